"""More rules about a haul under way: cross_district, overload, unexpected_stop, trip_overdue."""

import math

from msgspec import Struct
from msgspec.structs import replace

from alerts.calm import ANY, NEVER_MS, Bounds, Setting
from alerts.episode import NONE, Findings, ended, is_ongoing, vehicle_finding
from alerts.evidence import (
    DistrictEvidence,
    OverdueEvidence,
    OverloadEvidence,
    StopEvidence,
    Weighing,
    ZoneNear,
)
from alerts.finding import Finding
from alerts.observation import Observation, VehicleContext
from alerts.ruleset import JudgedRule
from alerts.trip import Trip, permit_of
from domain.station import Severity
from domain.zone import ZoneKind
from geofence.motion import Motion
from geofence.stay import STAY_RADIUS_M
from geofence.usable import Fix, distance_m

OVERLOAD_REPORTS = 3
DEFAULT_MAX_TRIP_MIN = 180.0
NEAR_M = 100.0


class DistrictState(Struct, frozen=True, array_like=True, tag=True):
    """The hold outside every district, and the alert."""

    first: Fix | None = None
    alert: Finding | None = None


def cross_district(
    rule: JudgedRule, state: DistrictState | None, seen: Observation, context: VehicleContext
) -> tuple[DistrictState | None, Findings]:
    """Judge one report: on a trip outside every district, with no disposal site out there permitted."""
    if state is None and seen.trip is None:
        return None, NONE
    state = state or DistrictState()
    findings: Findings = NONE
    if seen.trip_ended_ms is not None:
        state, findings = _back_inside(state, seen.trip_ended_ms)
    if seen.gap and state.first is not None:
        state = DistrictState(alert=state.alert)
    fix, trip = seen.fix, seen.trip
    if trip is None or fix is None or not context.ruleset.registry.districts:
        return state, findings
    is_inside = context.ruleset.index.district_at(fix.x_m, fix.y_m) is not None
    if is_inside or context.ruleset.may_leave_districts(trip.permit_id):
        state, news = _back_inside(state, fix.time_ms)
        return state, (*findings, *news)
    first = fix if state.first is None else state.first
    held_ms = fix.time_ms - first.time_ms
    if is_ongoing(state.alert) or held_ms < rule.params["hold_s"] * 1000:
        return DistrictState(first, state.alert), findings
    alert = vehicle_finding(
        context,
        rule,
        severity=Severity.MAJOR,
        started_ms=first.time_ms,
        detected_ms=fix.time_ms,
        place=first,
        evidence=DistrictEvidence(
            permit_id=trip.permit_id,
            held_s=held_ms / 1000,
            disposal_zone_ids=() if seen.permit is None else seen.permit.disposal_zone_ids,
            site_zone_id=trip.departure.site,
            departed_ms=trip.departure.at_ms,
        ),
    )
    return DistrictState(first, alert), (*findings, alert)


def cross_district_calm(
    rule: JudgedRule, state: DistrictState | None, setting: Setting, context: VehicleContext
) -> Bounds | None:
    """Nothing held: quiet off a trip, where the permit leads outside, and as far as the district reaches."""
    del rule
    ruleset, trip = context.ruleset, setting.trip
    if trip is None or (state is not None and not ruleset.registry.districts):
        return ANY
    if state is None or state.first is not None or is_ongoing(state.alert):
        return None
    if ruleset.may_leave_districts(trip.permit_id):
        return ANY
    reach_m = ruleset.index.district_reach_m(setting.place.x_m, setting.place.y_m)
    return None if reach_m is None else Bounds(reach_m=reach_m)


def _back_inside(state: DistrictState, at_ms: int) -> tuple[DistrictState, Findings]:
    alert = state.alert
    if alert is None or not is_ongoing(alert):
        return DistrictState(alert=alert), NONE
    evidence = alert.evidence
    if isinstance(evidence, DistrictEvidence):
        held_s = max(at_ms - alert.started_ms, 0) / 1000
        evidence = replace(evidence, held_s=max(held_s, evidence.held_s))
    alert = ended(alert, at_ms, evidence)
    return DistrictState(alert=alert), (alert,)


class OverloadState(Struct, frozen=True, array_like=True, tag=True):
    """Successive reports over the load so far, as (time, tonnes), the alert as it was told, and its highest weight."""

    over: tuple[tuple[int, float], ...] = ()
    alert: Finding | None = None
    heaviest_t: float = 0.0


def overload(
    rule: JudgedRule, state: OverloadState | None, seen: Observation, context: VehicleContext
) -> tuple[OverloadState | None, Findings]:
    """Judge one report: over 1.05 times the load it may carry at three successive reports of a trip."""
    max_load_t = context.profile.vehicle.max_load_t
    if max_load_t is None:
        return None, NONE
    state = OverloadState() if state is None else state
    alert, heaviest_t, over = state.alert, state.heaviest_t, state.over
    findings: list[Finding] = []
    if seen.trip_ended_ms is not None and alert is not None and is_ongoing(alert):
        alert = ended(alert, seen.trip_ended_ms, _weighed(alert, heaviest_t))
        findings.append(alert)
    weight_t = seen.report.weight_t
    if weight_t is not None:
        over = _still_over(over, seen.at_ms, weight_t, max_load_t)
    for leave in seen.left:
        if context.ruleset.kind_of(leave.zone_id) is ZoneKind.SOURCE_SITE:
            over = tuple(entry for entry in over if entry[0] >= leave.at_ms)
    hauled: tuple[tuple[int, float], ...] = ()
    if seen.trip is not None:
        departed_ms = seen.trip.departure.at_ms
        hauled = tuple(entry for entry in over if entry[0] >= departed_ms)
    if hauled:
        heaviest_t = max(heaviest_t if is_ongoing(alert) else 0.0, *(weight for _, weight in hauled))
        alert, news = _overloaded(rule, alert, hauled, heaviest_t, max_load_t, seen, context)
        findings.extend(news)
    if not over and alert is None:
        return None, tuple(findings)
    return OverloadState(over, alert, heaviest_t if is_ongoing(alert) else 0.0), tuple(findings)


def overload_calm(
    rule: JudgedRule, state: OverloadState | None, setting: Setting, context: VehicleContext
) -> Bounds | None:
    """Quiet up to the weight from which it counts."""
    del rule, setting
    max_load_t = context.profile.vehicle.max_load_t
    if max_load_t is None:
        return ANY if state is None else None
    if state is not None and (state.over or state.alert is None):
        return None
    return Bounds(max_weight_t=max_load_t)


def _still_over(
    over: tuple[tuple[int, float], ...], at_ms: int, weight_t: float, max_load_t: float
) -> tuple[tuple[int, float], ...]:
    """The successive reports over the load after one more: the first three tell, the last three may yet."""
    # hundredths, so that exactly 1.05 times is not over it whatever the floating point
    if weight_t * 100 <= max_load_t * 105:
        return ()
    after = (*over, (at_ms, weight_t))
    return (
        after if len(after) <= 2 * OVERLOAD_REPORTS else after[:OVERLOAD_REPORTS] + after[-OVERLOAD_REPORTS:]
    )


def _overloaded(
    rule: JudgedRule,
    alert: Finding | None,
    over: tuple[tuple[int, float], ...],
    heaviest_t: float,
    max_load_t: float,
    seen: Observation,
    context: VehicleContext,
) -> tuple[Finding | None, Findings]:
    """Raise, or let the alert of this haul become graver."""
    severity = rule.at_least(Severity.MAJOR if heaviest_t * 10 >= max_load_t * 13 else Severity.MINOR)
    if alert is not None and is_ongoing(alert):
        if severity.rank <= alert.severity.rank:
            return alert, NONE  # a little more weight is told at the end
        alert = replace(alert, severity=severity, evidence=_weighed(alert, heaviest_t))
        return alert, (alert,)
    if len(over) < OVERLOAD_REPORTS:
        return alert, NONE
    alert = vehicle_finding(
        context,
        rule,
        severity=severity,
        started_ms=over[0][0],
        detected_ms=seen.at_ms,
        place=seen.place,
        evidence=OverloadEvidence(
            weight_t=heaviest_t,
            max_load_t=max_load_t,
            weights=tuple(Weighing(at_ms=at_ms, weight_t=weight_t) for at_ms, weight_t in over),
        ),
    )
    return alert, (alert,)


def _weighed(alert: Finding, heaviest_t: float) -> OverloadEvidence:
    """An alert's evidence with the highest weight by now."""
    assert isinstance(alert.evidence, OverloadEvidence)
    return replace(alert.evidence, weight_t=max(heaviest_t, alert.evidence.weight_t))


class StopState(Struct, frozen=True, array_like=True, tag=True):
    """The alert about a stay, and where that began; after a gap, where the stay that goes on with it began."""

    alert: Finding
    first: Fix


def unexpected_stop(
    rule: JudgedRule, state: StopState | None, seen: Observation, context: VehicleContext
) -> tuple[StopState | None, Findings]:
    """Judge one report: on a trip, a long stay outside all zones, until it moves on."""
    findings: list[Finding] = []
    if state is not None and is_ongoing(state.alert):
        away = seen.fix is not None and distance_m(state.first, seen.fix) > STAY_RADIUS_M
        if seen.motion is not Motion.MOVING and not away:
            if seen.stay is None or seen.stay.first == state.first:
                return state, NONE
            return StopState(state.alert, seen.stay.first), NONE  # a stay that a gap broke goes on
        alert = ended(state.alert, seen.at_ms, _stopped(state, seen))
        state = StopState(alert, state.first)
        findings.append(alert)
    stay, trip = seen.stay, seen.trip
    if (
        stay is None
        or trip is None
        or not stay.outside
        or stay.length_ms < rule.params["stay_s"] * 1000
        or (state is not None and state.alert.started_ms == stay.first.time_ms)
    ):
        return state, tuple(findings)
    alert = vehicle_finding(
        context,
        rule,
        severity=Severity.MINOR,
        started_ms=stay.first.time_ms,
        detected_ms=seen.at_ms,
        place=stay.first,
        evidence=StopEvidence(
            stay_s=stay.length_ms / 1000,
            permit_id=trip.permit_id,
            site_zone_id=trip.departure.site,
            departed_ms=trip.departure.at_ms,
            near=_near(context, stay.first),
        ),
    )
    return StopState(alert, stay.first), (*findings, alert)


def unexpected_stop_calm(
    rule: JudgedRule, state: StopState | None, setting: Setting, context: VehicleContext
) -> Bounds | None:
    """Quiet until the stay is long enough, and then until it is over."""
    del context
    stay = setting.stay
    if state is not None and is_ongoing(state.alert):
        return ANY if stay is not None and stay.first == state.first else None
    if stay is None or setting.trip is None or not stay.outside:
        return ANY
    if state is not None and state.alert.started_ms == stay.first.time_ms:
        return ANY
    return Bounds(until_ms=math.ceil(stay.first.time_ms + rule.params["stay_s"] * 1000))


def _near(context: VehicleContext, fix: Fix) -> tuple[ZoneNear, ...]:
    """The places to be close to a fix, the nearest first."""
    ruleset = context.ruleset
    near = sorted(
        (round(away_m, 1), zone_id)
        for zone_id, away_m in ruleset.index.near(fix.x_m, fix.y_m)
        if 0 < away_m <= NEAR_M and ruleset.is_place_to_be(zone_id)
    )
    return tuple(ZoneNear(zone_id=zone_id, distance_m=away_m) for away_m, zone_id in near)


def _stopped(state: StopState, seen: Observation) -> StopEvidence:
    evidence = state.alert.evidence
    assert isinstance(evidence, StopEvidence)
    stay = seen.ended_stay
    if stay is None or stay.first.time_ms != state.first.time_ms:
        return evidence
    return replace(evidence, stay_s=max(evidence.stay_s, stay.length_ms / 1000))


class OverdueState(Struct, frozen=True, array_like=True, tag=True):
    """The haul under way, and the alert about it or the last one that had any."""

    trip: Trip | None = None
    alert: Finding | None = None


def trip_overdue(
    rule: JudgedRule, state: OverdueState | None, seen: Observation, context: VehicleContext
) -> tuple[OverdueState | None, Findings]:
    """Judge one report: the haul before it, if that ended or goes on longer than it was given."""
    if state is None and seen.trip is None:
        return None, NONE
    state = state or OverdueState()
    findings: list[Finding] = []
    trip, alert = state.trip, state.alert
    if trip is not None:
        until_ms = seen.at_ms if seen.trip_ended_ms is None else seen.trip_ended_ms
        new = overdue(rule, trip, until_ms, context)
        if (
            new is not None
            and not is_ongoing(alert)
            and (alert is None or alert.started_ms != new.started_ms)
        ):
            alert = new
            findings.append(alert)
        if alert is not None and is_ongoing(alert) and seen.trip_ended_ms is not None:
            alert = ended(alert, seen.trip_ended_ms)
            findings = [alert]
    if seen.trip == trip and alert is state.alert:
        return state, tuple(findings)
    return OverdueState(seen.trip, alert), tuple(findings)


def trip_overdue_calm(
    rule: JudgedRule, state: OverdueState | None, setting: Setting, context: VehicleContext
) -> Bounds | None:
    """Quiet until the haul is overdue."""
    trip = setting.trip
    if state is None or state.trip is None or trip is None:
        return ANY if trip is None and (state is None or state.trip is None) else None
    if state.trip != trip:
        return None
    late_ms = due_ms(rule, trip, context)
    known = state.alert is not None and state.alert.started_ms == late_ms
    return Bounds(until_ms=NEVER_MS if known else late_ms + 1)


def due_ms(rule: JudgedRule, trip: Trip, context: VehicleContext) -> int:
    """The last instant at which a haul is not yet overdue."""
    del rule
    permit = None if trip.permit_id is None else context.ruleset.permits.get(trip.permit_id)
    minutes = DEFAULT_MAX_TRIP_MIN if permit is None else permit.max_trip_min
    return trip.departure.at_ms + round(minutes * 60_000)


def overdue(rule: JudgedRule, trip: Trip, until_ms: int, context: VehicleContext) -> Finding | None:
    """The finding about a haul that lasted until an instant, if that is too long."""
    started_ms = due_ms(rule, trip, context)
    if until_ms <= started_ms:
        return None
    departure = trip.departure
    return vehicle_finding(
        context,
        rule,
        severity=Severity.MINOR,
        started_ms=started_ms,
        detected_ms=started_ms,
        place=departure.fix,
        zone_ids=(departure.site,),
        evidence=OverdueEvidence(
            departed_ms=departure.at_ms,
            max_trip_min=(started_ms - departure.at_ms) / 60_000,
            site_zone_id=departure.site,
            permit_id=permit_of(trip),
        ),
    )
