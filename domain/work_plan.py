"""Work plans: what sprinklers, fog cannons and sweepers are to do in a year, and at what speed they work."""

from collections.abc import Iterable, Mapping
from datetime import date, tzinfo

from msgspec import Struct

from domain.identifiers import RouteId, VehicleId, ZoneId
from domain.localtime import day_end_ms, day_start_ms
from domain.timewindow import ALWAYS, Validity
from domain.vehicle import Vehicle, VehicleKind

DAYS_OF_PLAN = 365


class SpeedRange(Struct, frozen=True, kw_only=True):
    """From one speed to another, both included, in km/h."""

    from_kmh: float
    to_kmh: float


WORKING_KMH: Mapping[VehicleKind, SpeedRange] = {
    VehicleKind.SPRINKLER: SpeedRange(from_kmh=5.0, to_kmh=25.0),
    VehicleKind.FOG_CANNON: SpeedRange(from_kmh=3.0, to_kmh=20.0),
    VehicleKind.SWEEPER: SpeedRange(from_kmh=3.0, to_kmh=15.0),
}
"""Of vehicles whose plan names none. A sprinkler is quoted at about 15 km/h and a sweeper at about 8 (Wuhan, 2011), a
sweeper at 11 km/h is shown as normal elsewhere: with room on both sides, and below what driving to work takes."""


class WorkPlan(Struct, frozen=True, kw_only=True):
    """What some vehicles are to do: rounds a vehicle and day, kilometres of all of them together in 365 days.

    Those of a list, else of a kind, else all that clean. Zones and routes are where work counts; without any it
    counts everywhere.
    """

    id: str
    name: str = ""
    vehicle_kind: VehicleKind | None = None
    vehicle_ids: tuple[VehicleId, ...] = ()
    route_ids: tuple[RouteId, ...] = ()
    zone_ids: tuple[ZoneId, ...] = ()
    year: int | None = None
    validity: Validity = ALWAYS
    rounds_per_day: float | None = None
    km_per_year: float | None = None
    working_speed_kmh: SpeedRange | None = None

    def concerns(self, vehicle: Vehicle) -> bool:
        """Tell whether it says what a vehicle is to do."""
        is_of_kind = (
            vehicle.kind in WORKING_KMH if self.vehicle_kind is None else vehicle.kind is self.vehicle_kind
        )
        return vehicle.id in self.vehicle_ids if self.vehicle_ids else is_of_kind

    def holds_on(self, day: date, zone: tzinfo) -> bool:
        """Tell whether it says what is to be done on a local day: one that lies in it from first to last instant."""
        first_ms, last_ms = day_start_ms(day, zone), day_end_ms(day, zone) - 1
        is_within = self.validity.contains(first_ms) and self.validity.contains(last_ms)
        return is_within and self.year in (None, day.year)

    def km_a_day(self) -> float | None:
        """Its kilometres spread evenly."""
        return None if self.km_per_year is None else self.km_per_year / DAYS_OF_PLAN


def plan_of(plans: Iterable[WorkPlan], vehicle: Vehicle, day: date, zone: tzinfo) -> WorkPlan | None:
    """The plan of a vehicle for a day: of several the one with the smallest id."""
    mine = (plan for plan in plans if plan.concerns(vehicle) and plan.holds_on(day, zone))
    return min(mine, key=lambda plan: plan.id, default=None)


def working_kmh(plan: WorkPlan | None, kind: VehicleKind) -> SpeedRange | None:
    """At what speeds a vehicle is at work; None for a vehicle that cleans nothing."""
    if plan is not None and plan.working_speed_kmh is not None:
        return plan.working_speed_kmh
    return WORKING_KMH.get(kind)
