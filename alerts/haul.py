"""Rules about a haul under way: off_route, out_of_hours, no_permit."""

from msgspec import Struct
from msgspec.structs import replace

from alerts.episode import NONE, TELL_AGAIN_S, Findings, ended, is_ongoing, raised, vehicle_finding
from alerts.evidence import HoursEvidence, NoPermitEvidence, OffRouteEvidence
from alerts.finding import Finding
from alerts.moving_time import MovingTime, moving_after
from alerts.observation import Observation, VehicleContext
from alerts.ruleset import JudgedRule
from domain.identifiers import RouteId
from domain.permit import Permit
from domain.station import Severity
from domain.timewindow import is_open
from geofence.route_state import off_every_route_m
from geofence.usable import Fix

OFF_ROUTE_FIXES = 3
OFF_ROUTE_END_MS = 30_000
OFF_ROUTE_MAJOR_MS = 900_000
HOURS_HALT_MS = 600_000


class OffRouteState(Struct, frozen=True, array_like=True, tag=True):
    """The hold off the route, how long it added up to, the first fix back, and the alert."""

    first: Fix | None = None
    last_ms: int = 0
    fixes: int = 0
    held_ms: int = 0
    farthest_m: float = 0.0
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
    return OffRouteState(alert=alert, held_ms=state.held_ms, farthest_m=state.farthest_m), (alert,)


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
    state = OffRouteState(
        first=first,
        last_ms=fix.time_ms,
        fixes=1 if state.first is None else state.fixes + 1,
        held_ms=held_ms,
        farthest_m=off_m if fresh else max(off_m, state.farthest_m),
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
        evidence=OffRouteEvidence(
            permit_id=permit.id,
            route_ids=tuple(RouteId(route) for route in permit.route_ids),
            farthest_m=round(state.farthest_m, 1),
            held_s=held_ms / 1000,
        ),
    )
    alert = raised(state.alert, new)
    if alert is not new and state.alert is not None and isinstance(state.alert.evidence, OffRouteEvidence):
        earlier = state.alert.evidence
        state = replace(
            state,
            held_ms=held_ms + round(earlier.held_s * 1000),
            farthest_m=max(state.farthest_m, earlier.farthest_m),
        )
        if state.held_ms >= OFF_ROUTE_MAJOR_MS:
            alert = replace(alert, severity=rule.at_least(Severity.MAJOR))
        alert = replace(alert, evidence=_off_route_evidence(alert, state))
    return replace(state, alert=alert), (alert,)


def _held_s(alert: Finding) -> float:
    """How long the alert's evidence says that it was off the route."""
    return alert.evidence.held_s if isinstance(alert.evidence, OffRouteEvidence) else 0.0


def _off_route_evidence(alert: Finding, state: OffRouteState) -> OffRouteEvidence:
    evidence = alert.evidence
    assert isinstance(evidence, OffRouteEvidence)
    return replace(evidence, farthest_m=round(state.farthest_m, 1), held_s=state.held_ms / 1000)


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
            evidence=HoursEvidence(permit_id=permit.id, moving_s=moving.moved_ms / 1000),
        )
        alert = raised(alert, new)
        findings.append(alert)
    elif alert is not None and is_ongoing(alert) and isinstance(alert.evidence, HoursEvidence):
        moving_s = moving.moved_ms / 1000
        if moving_s >= alert.evidence.moving_s + TELL_AGAIN_S:
            alert = replace(alert, evidence=replace(alert.evidence, moving_s=moving_s))
            findings.append(alert)
    return HoursState(moving, alert), tuple(findings)


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
            evidence=NoPermitEvidence(
                site_zone_id=departure.site,
                permit_ids=tuple(permit.id for permit in context.profile.permits),
            ),
        )
        findings.append(alert)
    if not findings:
        return state, NONE
    return NoPermitState(alert), tuple(findings)
