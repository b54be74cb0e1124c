"""A vehicle's local day of work: what it drove and worked by its plan, the trips that ended in it, the stops due in it."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import date, timedelta

from msgspec import Struct

from alerts.collection import windows_over
from alerts.facts import Fact, FactKind
from alerts.finding import Finding
from alerts.ruleset import Ruleset, VehicleProfile
from alerts.work_hauls import Haul, hauls
from alerts.work_stops import DueStop, due_stops
from domain.identifiers import DistrictId, VehicleId
from domain.instant import DAY_MS, HOUR_MS
from domain.localtime import day_end_ms, day_start_ms, local_day
from domain.report import PositionReport
from domain.work_plan import WorkPlan, plan_of, working_kmh
from geofence.driven import Driven, WorkTerms, driven
from geofence.place import Placed

SETTLES_MS = 600_000
"""How long after its end by the clock a day is counted."""
LEAD_MS = 2 * HOUR_MS
"""How much of the day before tells how a day began."""
_SAMPLED = 48


class WorkDay(Struct, frozen=True, kw_only=True):
    """A day as it was counted; `district_id` is where most of its fixes lay."""

    vehicle_id: VehicleId
    district_id: DistrictId | None
    plan_id: str | None
    driven: Driven
    hauls: tuple[Haul, ...]
    stops: tuple[DueStop, ...]


def last_day_settled(at_ms: int, ruleset: Ruleset) -> date:
    """The newest local day that may be counted at a time by the clock."""
    # By the calendar: a day on which clocks are put back has 25 hours.
    return local_day(at_ms - SETTLES_MS, ruleset.time_zone) - timedelta(days=1)


def reads_from_ms(ruleset: Ruleset, profile: VehicleProfile, day: date, facts: Iterable[Fact]) -> int:
    """From when on reports bear on a day: its trips and windows may have begun the day before."""
    from_ms, to_ms = day_start_ms(day, ruleset.time_zone), day_end_ms(day, ruleset.time_zone)
    trips = (fact.started_ms for fact in facts if fact.kind is FactKind.TRIP)
    windows = (window[0] for _, window in windows_over(profile.stops, from_ms, to_ms, ruleset.time_zone))
    return max(min([from_ms - LEAD_MS, *trips, *windows]), from_ms - DAY_MS)


def work_day(
    ruleset: Ruleset,
    profile: VehicleProfile,
    day: date,
    *,
    reports: Sequence[PositionReport],
    facts: Sequence[Fact],
    alerts: Iterable[Finding],
    to_ms: int,
) -> WorkDay:
    """Count a day until `to_ms`, its end or, while it runs, before that.

    `reports` in their order since `reads_from_ms`, `facts` of its trips and visits, its `alerts`.
    """
    zone = ruleset.time_zone
    from_ms = day_start_ms(day, zone)
    placed = ruleset.index.in_plane(reports)
    plan = plan_of(ruleset.registry.work_plans, profile.vehicle, day, zone)
    return WorkDay(
        vehicle_id=profile.vehicle.id,
        district_id=_district(ruleset, [one for one in placed if one.report.time_ms >= from_ms]),
        plan_id=None if plan is None else plan.id,
        driven=driven(placed, from_ms, to_ms, _terms(ruleset, profile, plan)),
        hauls=hauls(ruleset, profile, facts, reports, from_ms, to_ms) if profile.makes_trips else (),
        stops=due_stops(ruleset, profile, placed, alerts, from_ms, to_ms),
    )


def _terms(ruleset: Ruleset, profile: VehicleProfile, plan: WorkPlan | None) -> WorkTerms | None:
    """When and where a vehicle is at work."""
    speed = working_kmh(plan, profile.vehicle.kind)
    if speed is None:
        return None
    counts_at = _counts_at(ruleset, plan) if plan is not None and (plan.zone_ids or plan.route_ids) else None
    return WorkTerms(speed_kmh=speed, counts_at=counts_at)


def _counts_at(ruleset: Ruleset, plan: WorkPlan) -> Callable[[float, float], bool]:
    index, widths_m = ruleset.index, ruleset.half_widths_m

    def counts(x_m: float, y_m: float) -> bool:
        return any(index.distance_m(zone_id, x_m, y_m) <= 0 for zone_id in plan.zone_ids) or any(
            index.route_m(route_id, x_m, y_m) <= widths_m[route_id] for route_id in plan.route_ids
        )

    return counts


def _district(ruleset: Ruleset, placed: Sequence[Placed]) -> DistrictId | None:
    """The district in which most fixes lie, by some of them."""
    fixes = [one for one in placed if one.report.fix]
    sampled = fixes[:: max(1, len(fixes) // _SAMPLED)]
    counts = Counter(ruleset.index.district_at(one.x_m, one.y_m) for one in sampled)
    return max(counts, key=lambda each: (counts[each], each or ""), default=None)
