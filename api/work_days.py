"""The counted days of vehicles, as the API tells them."""

from api.work_collection import collected
from api.work_shapes import VehicleDay
from api.work_span import km
from domain.instant import to_rfc3339_if_known
from storage.work import DayLine


def vehicle_day(line: DayLine) -> VehicleDay:
    """One counted day."""
    return VehicleDay(
        vehicle_id=line.vehicle_id,
        day=line.day.isoformat(),
        driven_km=km(line.driven_m),
        odometer_km=None if line.odometer_m is None else km(line.odometer_m),
        moving_h=round(line.moving_s / 3600, 2),
        engine_h=None if line.engine_s is None else round(line.engine_s / 3600, 2),
        working_km=None if line.working_m is None else km(line.working_m),
        rounds=line.rounds,
        trips=line.trips,
        tonnes=None if line.tonnes is None else round(line.tonnes, 2),
        stops=collected([line]),
        reports=line.reports,
        is_whole=line.is_whole,
        is_late=line.is_late,
        counted_at=to_rfc3339_if_known(line.counted_ms),
    )
