"""illegal_dumping: an unloading where it may not be; without any sensor, a suspicious stay while loaded."""

import math
from collections.abc import Sequence

from msgspec import Struct
from msgspec.structs import replace

from alerts.calm import ANY, Bounds, Setting
from alerts.episode import NONE, Findings, ended, is_ongoing, vehicle_finding
from alerts.evidence import DumpingEvidence, Sign
from alerts.finding import Finding
from alerts.load import LoadValue
from alerts.observation import Observation, VehicleContext
from alerts.ruleset import JudgedRule
from alerts.trip import permit_of, unloading_zones
from alerts.unloading import Unloading
from domain.identifiers import PermitId, ZoneId
from domain.station import Severity
from domain.zone import ZoneKind
from geofence.motion import Motion
from geofence.stay import Stay
from geofence.usable import Fix

AWAY_M = 200.0
ZONES_TOLD = 10


class DumpingState(Struct, frozen=True, array_like=True, tag=True):
    """The alert and the place it is about; a stay that the first moving report would settle."""

    alert: Finding | None = None
    place: Fix | None = None
    stay: Stay | None = None


def step(
    rule: JudgedRule, state: DumpingState | None, seen: Observation, context: VehicleContext
) -> tuple[DumpingState | None, Findings]:
    """Judge one report."""
    if state is None and seen.unloading is None and seen.ended_stay is None:
        return None, NONE
    state = state or DumpingState()
    findings: list[Finding] = []
    if state.alert is not None and state.place is not None and is_ongoing(state.alert):
        apart_m = 0.0 if seen.fix is None else _apart_m(state.place, seen.fix)
        if apart_m >= AWAY_M:
            state = DumpingState(ended(state.alert, seen.at_ms), state.place, state.stay)
            findings.append(_alert_of(state))
    if seen.unloading is not None and not seen.unloading.allowed:
        state, news = _dumped(rule, state, seen, seen.unloading, context)
        findings.extend(news)
    state, news = _suspected(rule, state, seen, context)
    findings.extend(news)
    return state, tuple(findings)


def calm(
    rule: JudgedRule, state: DumpingState | None, setting: Setting, context: VehicleContext
) -> Bounds | None:
    """Quiet unless an alert lasts or a stay is to be settled: it speaks at signs of an unloading, and after stays."""
    del rule, setting, context
    return ANY if state is None or (state.stay is None and not is_ongoing(state.alert)) else None


def _apart_m(one: Fix, other: Fix) -> float:
    return math.hypot(one.x_m - other.x_m, one.y_m - other.y_m)


def _alert_of(state: DumpingState) -> Finding:
    assert state.alert is not None
    return state.alert


def _dumped(
    rule: JudgedRule,
    state: DumpingState,
    seen: Observation,
    unloading: Unloading,
    context: VehicleContext,
) -> tuple[DumpingState, Findings]:
    """Raise, or add a further sign to the alert of this place."""
    if unloading.load_before == LoadValue.EMPTY.word:
        return state, NONE
    started_ms = min(sign.at_ms for sign in unloading.signs)
    place, alert = unloading.spot.fix, state.alert
    if alert is not None and _belongs(unloading, alert, state.place):
        earlier = alert.evidence.signs if isinstance(alert.evidence, DumpingEvidence) else ()
        signs = tuple(dict.fromkeys((*earlier, *unloading.signs)))
        severity = max(alert.severity, _severity(signs), key=lambda each: each.rank)
        alert = replace(
            alert,
            started_ms=min(alert.started_ms, started_ms),
            severity=rule.at_least(severity),
            evidence=_evidence(unloading, context, signs=signs),
        )
        return DumpingState(alert, state.place, state.stay), (alert,)
    findings: list[Finding] = []
    if alert is not None and is_ongoing(alert):
        findings.append(ended(alert, seen.at_ms))
    alert = vehicle_finding(
        context,
        rule,
        severity=_severity(unloading.signs),
        started_ms=started_ms,
        detected_ms=seen.at_ms,
        place=place,
        zone_ids=unloading.spot.inside,
        evidence=_evidence(unloading, context, signs=unloading.signs),
    )
    findings.append(alert)
    if seen.fix is not None and _apart_m(place, seen.fix) >= AWAY_M:
        alert = ended(alert, seen.at_ms)
        findings[-1] = alert
    return DumpingState(alert, place, state.stay), tuple(findings)


def _belongs(unloading: Unloading, alert: Finding, place: Fix | None) -> bool:
    """Tell whether an unloading is that of an alert: it has signs of it, or it happened there while that lasted."""
    if place is not None and is_ongoing(alert) and _apart_m(place, unloading.spot.fix) < AWAY_M:
        return True
    evidence = alert.evidence
    return isinstance(evidence, DumpingEvidence) and not set(unloading.signs).isdisjoint(evidence.signs)


def _severity(signs: Sequence[Sign]) -> Severity:
    """Two kinds of sign or more are critical."""
    return Severity.CRITICAL if len({sign.kind for sign in signs}) > 1 else Severity.MAJOR


def _evidence(unloading: Unloading, context: VehicleContext, *, signs: tuple[Sign, ...]) -> DumpingEvidence:
    allowed, nearest_m = _allowed(unloading.permit_id, unloading.at_ms, context, unloading.spot.fix)
    return DumpingEvidence(
        signs=signs,
        load_before=unloading.load_before,
        place_ms=unloading.spot.fix.time_ms,
        permit_id=unloading.permit_id,
        in_force_permit_ids=_in_force(context, unloading.at_ms),
        allowed_zone_ids=allowed,
        nearest_allowed_m=nearest_m,
    )


def _allowed(
    permit_id: PermitId | None, at_ms: int, context: VehicleContext, place: Fix
) -> tuple[tuple[ZoneId, ...], float | None]:
    """The zones it might have unloaded in, nearest first, and the metres to the first of them."""
    ruleset = context.ruleset
    named = unloading_zones(ruleset, context.profile, permit_id, at_ms)
    if not context.profile.makes_trips:
        kinds = {ZoneKind.TRANSFER_STATION, ZoneKind.DISPOSAL_SITE}
        zones = [zone.id for zone in ruleset.registry.zones if zone.kind in kinds]
    elif named is None:
        zones = [zone.id for zone in ruleset.registry.zones if zone.kind is ZoneKind.DISPOSAL_SITE]
    else:
        zones = [zone_id for zone_id in named if zone_id in ruleset.zones]
    near = sorted(
        (max(round(ruleset.index.distance_m(zone_id, place.x_m, place.y_m), 1), 0.0), zone_id)
        for zone_id in zones
        if ruleset.is_zone_open(zone_id, at_ms)
    )
    return tuple(zone_id for _, zone_id in near[:ZONES_TOLD]), near[0][0] if near else None


def _in_force(context: VehicleContext, at_ms: int) -> tuple[PermitId, ...]:
    return tuple(permit.id for permit in context.profile.permits if permit.validity.contains(at_ms))


def _suspected(
    rule: JudgedRule, state: DumpingState, seen: Observation, context: VehicleContext
) -> tuple[DumpingState, Findings]:
    """A loaded vehicle without sensors stood outside all zones and moves again."""
    stay = state.stay
    ended_stay = seen.ended_stay
    if (
        stay is None
        and ended_stay is not None
        and ended_stay.outside
        and ended_stay.length_ms >= rule.params["dwell_s"] * 1000
        and seen.load.just_before(ended_stay.last_ms) is LoadValue.LOADED
    ):
        stay = ended_stay
    if stay is None:
        return (DumpingState(state.alert, state.place) if state.stay else state), NONE
    if seen.motion is not Motion.MOVING:
        return DumpingState(state.alert, state.place, stay), NONE
    last = state.alert
    begun_within = last is not None and (last.ended_ms is None or stay.first.time_ms <= last.ended_ms)
    if (
        seen.has_signals or begun_within
    ):  # a stay begun while an alert lasted was near its place: one condition
        return DumpingState(state.alert, state.place), NONE
    alert = vehicle_finding(
        context,
        rule,
        severity=Severity.MINOR,
        started_ms=stay.first.time_ms,
        detected_ms=seen.at_ms,
        place=stay.first,
        evidence=_stay_evidence(stay, seen, context),
    )
    if seen.fix is not None and _apart_m(stay.first, seen.fix) >= AWAY_M:
        alert = ended(alert, seen.at_ms)
    return DumpingState(alert, stay.first), (alert,)


def _stay_evidence(stay: Stay, seen: Observation, context: VehicleContext) -> DumpingEvidence:
    permit_id = permit_of(seen.trip)
    allowed, nearest_m = _allowed(permit_id, stay.first.time_ms, context, stay.first)
    return DumpingEvidence(
        signs=(),
        load_before=LoadValue.LOADED.word,
        stay_s=stay.length_ms / 1000,
        place_ms=stay.first.time_ms,
        permit_id=permit_id,
        in_force_permit_ids=_in_force(context, stay.first.time_ms),
        allowed_zone_ids=allowed,
        nearest_allowed_m=nearest_m,
    )
