"""Rules about a haul under way: off_route, out_of_hours, no_permit."""

from collections.abc import Sequence

from msgspec import Struct
from msgspec.structs import replace

from alerts.calm import ANY, Bounds, Setting
from alerts.episode import NONE, TELL_AGAIN_S, Findings, ended, is_ongoing, raised, vehicle_finding
from alerts.evidence import (
    HoursEvidence,
    NoPermitEvidence,
    OffRouteEvidence,
    PermitSeen,
    PermitWhyNot,
    Sighting,
    sighting,
)
from alerts.finding import Finding
from alerts.moving_time import MovingTime, moving_after
from alerts.observation import Observation, VehicleContext
from alerts.ruleset import JudgedRule
from domain.identifiers import RouteId, ZoneId
from domain.localtime import local_rfc3339
from domain.permit import Permit
from domain.report import DEFAULT_ACCURACY_M
from domain.station import Severity
from domain.timewindow import is_open, same_until_ms
from geofence.route_state import off_every_route_m
from geofence.usable import Fix

OFF_ROUTE_FIXES = 3
OFF_ROUTE_END_MS = 30_000
OFF_ROUTE_MAJOR_MS = 900_000
HOURS_HALT_MS = 600_000
PERMITS_TOLD = 10


class Beside(Struct, frozen=True, array_like=True):
    """A fix off every route: the metres to the nearest one, and what was allowed beside that."""

    off_m: float
    at: Sighting
    route_id: RouteId
    half_width_m: float
    accuracy_m: float


class OffRouteState(Struct, frozen=True, array_like=True, tag=True):
    """The hold off the route, how long it added up to, its farthest fix, the first fix back, and the alert."""

    first: Fix | None = None
    last_ms: int = 0
    fixes: int = 0
    held_ms: int = 0
    farthest: Beside | None = None
    back_ms: int | None = None
    alert: Finding | None = None


def off_route(
    rule: JudgedRule, state: OffRouteState | None, seen: Observation, context: VehicleContext
) -> tuple[OffRouteState | None, Findings]:
    """Judge one report: farther than half-width and accuracy from each route of the trip's permit."""
    if state is None and seen.permit is None:
        return None, NONE
    state = state or OffRouteState()
    findings: list[Finding] = []
    if seen.trip_ended_ms is not None:
        state, news = _off_route_ends(state, seen.trip_ended_ms)
        findings.extend(news)
    if seen.gap and (state.first is not None or state.back_ms is not None):
        state = replace(state, first=None, fixes=0, back_ms=None)
    permit = seen.permit
    if seen.fix is None or permit is None or not permit.route_ids:
        return state, tuple(findings)
    off_m = None
    if seen.outside:
        widths = {route: context.ruleset.half_widths_m[route] for route in permit.route_ids}
        off_m = off_every_route_m(seen.placed.routes, widths, seen.report.accuracy_m)
    if off_m is None:
        state, news = _off_route_back(state, seen.at_ms)
    else:
        state, news = _off_route_holds(rule, state, seen, context, permit, off_m)
    findings.extend(news)
    return state, tuple(findings)


def off_route_calm(
    rule: JudgedRule, state: OffRouteState | None, setting: Setting, context: VehicleContext
) -> Bounds | None:
    """Nothing held: quiet on one of the routes, in a place to be, and where none is prescribed."""
    del rule
    permit = setting.permit
    if permit is None or (state is not None and not permit.route_ids):
        return ANY
    if state is None or is_ongoing(state.alert) or state != OffRouteState(alert=state.alert):
        return None
    if not setting.outside:
        return ANY
    return Bounds(routes_m=tuple((route, context.ruleset.half_widths_m[route]) for route in permit.route_ids))


def _off_route_ends(state: OffRouteState, at_ms: int) -> tuple[OffRouteState, Findings]:
    """The trip is over: so is whatever was off its route."""
    if state.alert is None or not is_ongoing(state.alert):
        return OffRouteState(alert=state.alert), NONE
    at_ms = at_ms if state.back_ms is None else min(at_ms, state.back_ms)
    alert = ended(state.alert, at_ms, _off_route_evidence(state.alert, state))
    return OffRouteState(alert=alert), (alert,)


def _off_route_back(state: OffRouteState, at_ms: int) -> tuple[OffRouteState, Findings]:
    """One fix on the route, or in a zone: it ends once that has lasted."""
    if state.alert is None or not is_ongoing(state.alert):
        return OffRouteState(alert=state.alert), NONE
    back_ms = at_ms if state.back_ms is None else state.back_ms
    if at_ms - back_ms < OFF_ROUTE_END_MS:
        return replace(state, first=None, fixes=0, back_ms=back_ms), NONE
    alert = ended(state.alert, back_ms, _off_route_evidence(state.alert, state))
    return OffRouteState(alert=alert, held_ms=state.held_ms, farthest=state.farthest), (alert,)


def _off_route_holds(
    rule: JudgedRule,
    state: OffRouteState,
    seen: Observation,
    context: VehicleContext,
    permit: Permit,
    off_m: float,
) -> tuple[OffRouteState, Findings]:
    """One fix off the route."""
    fix = seen.fix
    assert fix is not None
    ongoing = is_ongoing(state.alert)
    first = fix if state.first is None else state.first
    fresh = not ongoing and state.first is None
    held_ms = 0 if fresh else state.held_ms + (0 if state.first is None else fix.time_ms - state.last_ms)
    farthest = None if fresh else state.farthest
    if farthest is None or round(off_m, 1) > farthest.off_m:
        farthest = _beside(seen, fix, permit, context)
    state = OffRouteState(
        first=first,
        last_ms=fix.time_ms,
        fixes=1 if state.first is None else state.fixes + 1,
        held_ms=held_ms,
        farthest=farthest,
        alert=state.alert,
    )
    severity = Severity.MAJOR if held_ms >= OFF_ROUTE_MAJOR_MS else Severity.MINOR
    if ongoing and state.alert is not None:
        severity = max(rule.at_least(severity), state.alert.severity, key=lambda each: each.rank)
        evidence = _off_route_evidence(state.alert, state)
        if severity is state.alert.severity and evidence.held_s < _held_s(state.alert) + TELL_AGAIN_S:
            return state, NONE
        alert = replace(state.alert, severity=severity, evidence=evidence)
        return replace(state, alert=alert), (alert,)
    if fix.time_ms - first.time_ms < rule.params["hold_s"] * 1000 or state.fixes < OFF_ROUTE_FIXES:
        return state, NONE
    new = vehicle_finding(
        context,
        rule,
        severity=severity,
        started_ms=first.time_ms,
        detected_ms=fix.time_ms,
        place=first,
        evidence=_off_route_grown(
            OffRouteEvidence(permit_id=permit.id, route_ids=permit.route_ids, farthest_m=0.0, held_s=0.0),
            state,
        ),
    )
    alert = raised(state.alert, new)
    if alert is not new and state.alert is not None and isinstance(state.alert.evidence, OffRouteEvidence):
        earlier = state.alert.evidence
        state = replace(
            state, held_ms=held_ms + round(earlier.held_s * 1000), farthest=_farther(farthest, earlier)
        )
        if state.held_ms >= OFF_ROUTE_MAJOR_MS:
            alert = replace(alert, severity=rule.at_least(Severity.MAJOR))
        alert = replace(alert, evidence=_off_route_evidence(alert, state))
    return replace(state, alert=alert), (alert,)


def _held_s(alert: Finding) -> float:
    """How long the alert's evidence says that it was off the route."""
    return alert.evidence.held_s if isinstance(alert.evidence, OffRouteEvidence) else 0.0


def _off_route_evidence(alert: Finding, state: OffRouteState) -> OffRouteEvidence:
    assert isinstance(alert.evidence, OffRouteEvidence)
    return _off_route_grown(alert.evidence, state)


def _off_route_grown(evidence: OffRouteEvidence, state: OffRouteState) -> OffRouteEvidence:
    farthest = state.farthest
    assert farthest is not None
    return replace(
        evidence,
        farthest_m=farthest.off_m,
        held_s=state.held_ms / 1000,
        nearest_route_id=farthest.route_id,
        half_width_m=farthest.half_width_m,
        accuracy_m=farthest.accuracy_m,
        farthest=farthest.at,
    )


def _beside(seen: Observation, fix: Fix, permit: Permit, context: VehicleContext) -> Beside:
    # rounded, so that of routes that run together, and of fixes as far off, the first is told, whatever the floats
    off_m, route_id = min(
        (round(far_m, 1), route) for route, far_m in seen.placed.routes if route in permit.route_ids
    )
    accuracy_m = seen.report.accuracy_m
    return Beside(
        off_m,
        sighting(fix),
        route_id,
        context.ruleset.half_widths_m[route_id],
        DEFAULT_ACCURACY_M if accuracy_m is None else accuracy_m,
    )


def _farther(now: Beside, earlier: OffRouteEvidence) -> Beside:
    """The farthest fix of an alert that goes on: of this hold or of the one before."""
    if earlier.farthest_m <= now.off_m or earlier.farthest is None or earlier.nearest_route_id is None:
        return now
    return Beside(
        earlier.farthest_m,
        earlier.farthest,
        earlier.nearest_route_id,
        earlier.half_width_m or 0.0,
        earlier.accuracy_m or 0.0,
    )


class HoursState(Struct, frozen=True, array_like=True, tag=True):
    """The moving time that adds up outside the permitted hours, and the alert."""

    moving: MovingTime | None = None
    alert: Finding | None = None


def out_of_hours(
    rule: JudgedRule, state: HoursState | None, seen: Observation, context: VehicleContext
) -> tuple[HoursState | None, Findings]:
    """Judge one report: moving on a trip outside the windows of its permit."""
    if state is None and seen.permit is None:
        return None, NONE
    state = state or HoursState()
    findings: list[Finding] = []
    if seen.trip_ended_ms is not None:
        state, news = _hours_end(state, seen.trip_ended_ms)
        findings.extend(news)
    permit = seen.permit
    if permit is None or not permit.windows:
        return state, tuple(findings)
    if is_open(permit.windows, seen.at_ms, context.ruleset.time_zone):
        state, news = _hours_end(state, seen.at_ms)
        return state, (*findings, *news)
    moving = moving_after(state.moving, seen, halt_ms=HOURS_HALT_MS)
    if moving.halted_ms is not None:
        state, news = _hours_end(state, moving.halted_ms)
        return HoursState(moving, state.alert), (*findings, *news)
    alert = state.alert
    if not is_ongoing(alert) and moving.first is not None and moving.moved_ms >= rule.params["hold_s"] * 1000:
        new = vehicle_finding(
            context,
            rule,
            severity=Severity.MAJOR,
            started_ms=moving.first_ms,
            detected_ms=seen.at_ms,
            place=moving.first,
            evidence=HoursEvidence(
                permit_id=permit.id,
                moving_s=moving.moved_ms / 1000,
                windows=permit.windows,
                started_local=local_rfc3339(moving.first_ms, context.ruleset.time_zone),
            ),
        )
        alert = raised(alert, new)
        findings.append(alert)
    elif alert is not None and is_ongoing(alert) and isinstance(alert.evidence, HoursEvidence):
        moving_s = moving.moved_ms / 1000
        if moving_s >= alert.evidence.moving_s + TELL_AGAIN_S:
            alert = replace(alert, evidence=replace(alert.evidence, moving_s=moving_s))
            findings.append(alert)
    return HoursState(moving, alert), tuple(findings)


def out_of_hours_calm(
    rule: JudgedRule, state: HoursState | None, setting: Setting, context: VehicleContext
) -> Bounds | None:
    """Nothing held: quiet until the permit's window closes."""
    del rule
    permit = setting.permit
    if permit is None or (state is not None and not permit.windows):
        return ANY
    if state is None or state.moving is not None or is_ongoing(state.alert):
        return None
    zone = context.ruleset.time_zone
    if not is_open(permit.windows, setting.at_ms, zone):
        return None
    return Bounds(until_ms=same_until_ms(permit.windows, setting.at_ms, zone))


def _hours_end(state: HoursState, at_ms: int) -> tuple[HoursState, Findings]:
    if state.alert is None or not is_ongoing(state.alert):
        return HoursState(alert=state.alert), NONE
    evidence = state.alert.evidence
    if isinstance(evidence, HoursEvidence) and state.moving is not None:
        evidence = replace(evidence, moving_s=max(evidence.moving_s, state.moving.moved_ms / 1000))
    alert = ended(state.alert, at_ms, evidence)
    return HoursState(alert=alert), (alert,)


class NoPermitState(Struct, frozen=True, array_like=True, tag=True):
    """The alert of the haul under way."""

    alert: Finding | None = None


def no_permit(
    rule: JudgedRule, state: NoPermitState | None, seen: Observation, context: VehicleContext
) -> tuple[NoPermitState | None, Findings]:
    """Judge one report: a departure with no permit in force that names the site."""
    findings: list[Finding] = []
    alert = None if state is None else state.alert
    if seen.trip_ended_ms is not None and alert is not None and is_ongoing(alert):
        alert = ended(alert, seen.trip_ended_ms)
        findings.append(alert)
    departure = seen.departure
    if departure is not None and seen.trip is not None and seen.trip.permit_id is None:
        alert = vehicle_finding(
            context,
            rule,
            severity=Severity.MAJOR,
            started_ms=departure.at_ms,
            detected_ms=seen.at_ms,
            place=departure.fix,
            zone_ids=(departure.site,),
            evidence=_no_permit_evidence(context.profile.permits, departure.site, departure.at_ms),
        )
        findings.append(alert)
    if not findings:
        return state, NONE
    return NoPermitState(alert), tuple(findings)


def no_permit_calm(
    rule: JudgedRule, state: NoPermitState | None, setting: Setting, context: VehicleContext
) -> Bounds:
    """It speaks at a departure, and at the end of a trip."""
    del rule, state, setting, context
    return ANY


def _no_permit_evidence(permits: Sequence[Permit], site: ZoneId, at_ms: int) -> NoPermitEvidence:
    """Why none of these permits covers a departure: those that name the site first, then the newest."""
    seen = [
        PermitSeen(
            permit_id=permit.id,
            why=_why_not(permit, site, at_ms),
            valid_from_ms=permit.validity.from_ms,
            valid_to_ms=permit.validity.to_ms,
        )
        for permit in permits
    ]
    seen.sort(key=lambda p: (p.why is PermitWhyNot.OTHER_SITE, -(p.valid_from_ms or 0), p.permit_id))
    return NoPermitEvidence(site_zone_id=site, permits=tuple(seen[:PERMITS_TOLD]), permits_known=len(permits))


def _why_not(permit: Permit, site: ZoneId, at_ms: int) -> PermitWhyNot:
    if permit.source_zone_ids and site not in permit.source_zone_ids:
        return PermitWhyNot.OTHER_SITE
    from_ms = permit.validity.from_ms
    return PermitWhyNot.NOT_YET if from_ms is not None and at_ms < from_ms else PermitWhyNot.OVER
