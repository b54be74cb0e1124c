"""What a muck truck hauled: each trip with its tonnes and the field it was unloaded in.

Tonnes are measured where the vehicle weighs its load: the median of what it says while it drives loaded, so that
neither a jolt nor the tipping counts. Else they are the greatest load it is registered for, and marked as estimated.
"""

from collections.abc import Iterable, Sequence
from statistics import median

from msgspec import Struct

from alerts.facts import Fact, FactKind
from alerts.ruleset import Ruleset, VehicleProfile
from alerts.trip import may_unload_in
from domain.identifiers import PermitId, VehicleId, ZoneId
from domain.report import Load, PositionReport
from domain.zone import ZoneKind
from geofence.motion import MOVING_KMH

FEWEST_WEIGHTS = 3
NEAR_MS = 60_000
"""A field left or entered no longer before or after the end of a trip is where it ended; one farther off was passed."""
FIELDS = frozenset({ZoneKind.DISPOSAL_SITE, ZoneKind.TRANSFER_STATION})


class Haul(Struct, frozen=True, kw_only=True):
    """One trip. `unloaded_in` is None where no field was visited at its end.

    `is_measured` tells tonnes weighed from those of the registry; `rated_t` are the latter whatever was weighed;
    `is_permitted` is None where nobody knows where it was unloaded.
    """

    vehicle_id: VehicleId
    source: ZoneId
    permit_id: PermitId | None
    unloaded_in: ZoneId | None
    started_ms: int
    ended_ms: int
    tonnes: float | None = None
    is_measured: bool = False
    rated_t: float | None = None
    is_permitted: bool | None = None


def hauls(
    ruleset: Ruleset,
    profile: VehicleProfile,
    facts: Sequence[Fact],
    reports: Sequence[PositionReport],
    from_ms: int,
    to_ms: int,
) -> tuple[Haul, ...]:
    """The trips that ended in [from, to), by start; `facts` and `reports` reach back to where the first began."""
    visits = [fact for fact in facts if fact.kind is FactKind.VISIT]
    return tuple(
        _haul(ruleset, profile, fact, fact.ended_ms, visits, reports)
        for fact in sorted(facts, key=lambda each: (each.started_ms, each.about))
        if fact.kind is FactKind.TRIP and fact.ended_ms is not None and from_ms <= fact.ended_ms < to_ms
    )


def _haul(
    ruleset: Ruleset,
    profile: VehicleProfile,
    trip: Fact,
    ended_ms: int,
    visits: Iterable[Fact],
    reports: Iterable[PositionReport],
) -> Haul:
    vehicle = ruleset.vehicles.get(trip.vehicle_id)
    rated_t = None if vehicle is None else vehicle.max_load_t
    weighed_t = weighed(
        report for report in reports if trip.started_ms <= report.time_ms < max(ended_ms, trip.started_ms + 1)
    )
    field = unloaded_in(ruleset, visits, ended_ms)
    return Haul(
        vehicle_id=trip.vehicle_id,
        source=ZoneId(trip.about),
        permit_id=trip.permit_id,
        unloaded_in=field,
        started_ms=trip.started_ms,
        ended_ms=ended_ms,
        tonnes=rated_t if weighed_t is None else weighed_t,
        is_measured=weighed_t is not None,
        rated_t=rated_t,
        is_permitted=None
        if field is None
        else may_unload_in(ruleset, profile, trip.permit_id, field, ended_ms),
    )


def weighed(reports: Iterable[PositionReport]) -> float | None:
    """The tonnes that a trip's reports say, by their median while moving loaded; None where too few say it."""
    weights = [
        report.weight_t
        for report in reports
        if report.weight_t is not None
        and report.load is not Load.EMPTY
        and (report.speed_kmh is None or report.speed_kmh >= MOVING_KMH)
    ]
    return median(weights) if len(weights) >= FEWEST_WEIGHTS else None


def unloaded_in(ruleset: Ruleset, visits: Iterable[Fact], ended_ms: int) -> ZoneId | None:
    """The field visited at or about the end of a trip, the nearest in time; None where there was none."""
    fields = [visit for visit in visits if ruleset.kind_of(ZoneId(visit.about)) in FIELDS]
    near = [(_away_ms(visit, ended_ms), visit.about) for visit in fields]
    fitting = [(abs(away_ms), about) for away_ms, about in near if abs(away_ms) <= NEAR_MS]
    return ZoneId(min(fitting)[1]) if fitting else None


def _away_ms(visit: Fact, at_ms: int) -> int:
    """How long after an instant a visit began, or (negative) before it it ended; 0 during it."""
    if visit.started_ms > at_ms:
        return visit.started_ms - at_ms
    return 0 if visit.ended_ms is None or visit.ended_ms >= at_ms else visit.ended_ms - at_ms
