"""What becomes of a device's state when its next report is judged by another version than the one before.

What goes on, goes on by the new numbers from that report on. An alert ends where its rule, zone or permit is
gone, or its vehicle or station has another device: at the instant at which the version that last judged the
device went out of force. A limit whose terms changed is judged by its old ones up to the end of the window
in course then, and by the new ones from the next. No older ruleset is needed: the state remembers enough.
"""

from collections.abc import Iterable

from msgspec.structs import replace

from alerts import collection, station_carry_over
from alerts.collection import CollectionState
from alerts.cover import CoverState
from alerts.device_health import allowed_ms
from alerts.device_state import DeviceState, JudgedBy, StationState, VehicleRuleState, VehicleState
from alerts.dumping import DumpingState
from alerts.episode import NONE, Findings, ended, is_ongoing, place_of, station_finding
from alerts.evidence import OverdueEvidence, SilenceEvidence
from alerts.finding import Finding
from alerts.haul import HoursState, NoPermitState, OffRouteState
from alerts.observation import StationContext, VehicleContext
from alerts.renaming import findings_in
from alerts.ruleset import JudgedRule, Profile, Ruleset, StationProfile, VehicleProfile
from alerts.signal_fault import SignalState
from alerts.speeding import SpeedState
from alerts.station_health import SILENT_MS
from alerts.terminal import ConflictState, PositionState, TamperState
from alerts.trip import permit_of
from alerts.trip_rules import DistrictState, OverdueState, OverloadState, StopState
from alerts.washing import WashState
from alerts.zone_rules import ForbiddenState
from domain.identifiers import DeviceId, DistrictId, RuleId, VehicleId, ZoneId
from domain.rule import RuleKind
from domain.station import Severity
from domain.zone import ZoneKind
from geofence.usable import Fix

STATE_OF: dict[RuleKind, type[VehicleRuleState]] = {
    RuleKind.ILLEGAL_DUMPING: DumpingState,
    RuleKind.OFF_ROUTE: OffRouteState,
    RuleKind.OUT_OF_HOURS: HoursState,
    RuleKind.NO_PERMIT: NoPermitState,
    RuleKind.FORBIDDEN_ZONE: ForbiddenState,
    RuleKind.UNCOVERED_LOAD: CoverState,
    RuleKind.SPEEDING: SpeedState,
    RuleKind.CROSS_DISTRICT: DistrictState,
    RuleKind.OVERLOAD: OverloadState,
    RuleKind.UNEXPECTED_STOP: StopState,
    RuleKind.TRIP_OVERDUE: OverdueState,
    RuleKind.WASH_SKIPPED: WashState,
    RuleKind.MISSED_COLLECTION: CollectionState,
    RuleKind.TERMINAL_TAMPER: TamperState,
    RuleKind.POSITION_FAULT: PositionState,
    RuleKind.SIGNAL_FAULT: SignalState,
    RuleKind.IDENTITY_CONFLICT: ConflictState,
}
"""The state that a kind of vehicle rule keeps: of a rule that has another now, it begins anew."""
SILENT_KINDS = frozenset({RuleKind.DEVICE_SILENT, RuleKind.STATION_SILENT})


def judged_by(ruleset: Ruleset, device_id: DeviceId) -> JudgedBy:
    """What a state remembers of the version that judges it."""
    profile = ruleset.profiles.get(device_id)
    meridian_deg = ruleset.index.central_meridian_deg
    if profile is None:
        return JudgedBy(ruleset.version, "", meridian_deg)
    return JudgedBy(
        ruleset.version,
        _subject(profile),
        meridian_deg,
        tuple(rule for rule in profile.rules if rule.kind in SILENT_KINDS),
        {rule.id: rule.district_ids for rule in profile.rules if rule.district_ids is not None},
        place_of(profile.station) if isinstance(profile, StationProfile) else None,
    )


def carried_over(ruleset: Ruleset, state: DeviceState) -> tuple[DeviceState, Findings]:
    """The state as this version takes it over, and the alerts that end (or are to be told) with that."""
    before, after = state.judged_by, judged_by(ruleset, state.device_id)
    profile = ruleset.profiles.get(state.device_id)
    if before is None or state.order is None:
        same_kind = profile is None or isinstance(state, VehicleState) is isinstance(profile, VehicleProfile)
        carried = state if same_kind else _anew(state, profile)
        return replace(carried, judged_by=after), NONE
    at_ms = ruleset.superseded_ms(before.version)
    found = list(_silences(ruleset, state, before, after, at_ms))
    moved = isinstance(state, VehicleState) and before.meridian_deg != after.meridian_deg
    if profile is None or before.subject != after.subject or moved:
        carried, findings = _begun_anew(state, before, after, profile, at_ms)
    elif isinstance(state, VehicleState) and isinstance(profile, VehicleProfile):
        carried, findings = _vehicle(VehicleContext(ruleset, profile), state, before, at_ms)
    elif isinstance(state, StationState) and isinstance(profile, StationProfile):
        carried, findings = station_carry_over.carried(StationContext(ruleset, profile), state, at_ms)
    else:
        raise TypeError(f"{before.subject} is of another kind")  # subjects begin with what they are
    return replace(carried, judged_by=after), (*found, *findings)


def _subject(profile: Profile) -> str:
    if isinstance(profile, StationProfile):
        return f"station:{profile.station.id}"
    return f"vehicle:{profile.vehicle.id}"


def _begun_anew(
    state: DeviceState, before: JudgedBy, after: JudgedBy, profile: Profile | None, at_ms: int
) -> tuple[DeviceState, list[Finding]]:
    """The device is another vehicle's or station's now, or nobody's: all that is open ends."""
    fresh = _anew(state, profile)
    if isinstance(state, StationState):
        former, findings = station_carry_over.broken_off(state, at_ms)
        if isinstance(fresh, StationState) and isinstance(profile, StationProfile):
            awaited = {profile.station.area_id, *(limit.terms.area_id for limit in former)}
            values = {area_id: hours for area_id, hours in state.background.items() if area_id in awaited}
            fresh = replace(fresh, former=former, background=values)
        elif isinstance(fresh, StationState):
            fresh = replace(fresh, former=former, background=state.background)
        return fresh, findings
    if before.subject == after.subject and isinstance(fresh, VehicleState):
        fresh = replace(fresh, was_active=state.was_active)
    return fresh, [one for key, each in state.rules.items() for one in _ended(key, each, before, at_ms)]


def _anew(state: DeviceState, profile: Profile | None) -> DeviceState:
    """A state that knows only which report was the newest, and what ticks have told."""
    kind: type[DeviceState] = type(state)
    if profile is not None:
        kind = VehicleState if isinstance(profile, VehicleProfile) else StationState
    return kind(
        device_id=state.device_id, order=state.order, tentative=state.tentative, ticked_ms=state.ticked_ms
    )


def _ended(rule_id: RuleId, state: object, before: JudgedBy, at_ms: int) -> list[Finding]:
    """The alerts in a rule's state that were told and go on, ended."""
    districts = before.districts.get(rule_id)
    return [
        ended(finding, at_ms)
        for finding in findings_in(state)
        if is_ongoing(finding) and _is_within(finding, districts)
    ]


def _is_within(finding: Finding, districts: frozenset[DistrictId] | None) -> bool:
    return districts is None or finding.district_id in districts


def _vehicle(
    context: VehicleContext, state: VehicleState, before: JudgedBy, at_ms: int
) -> tuple[VehicleState, list[Finding]]:
    ruleset, profile = context.ruleset, context.profile
    known = {rule.id: rule for rule in profile.rules}
    rules: dict[RuleId, VehicleRuleState] = {}
    findings: list[Finding] = []
    for rule_id, rule_state in state.rules.items():
        rule = known.get(rule_id)
        if rule is None or not isinstance(rule_state, STATE_OF.get(rule.kind, ())):
            findings += _ended(rule_id, rule_state, before, at_ms)
            continue
        kept, gone = _kept(context, rule, rule_state, state, at_ms)
        findings += [one for one in gone if _is_within(one, before.districts.get(rule_id))]
        if kept is not None:
            rules[rule_id] = kept
            findings += _newly_within(rule, kept, before, at_ms)
    carried = replace(
        state,
        zones=tuple(zone for zone in state.zones if zone.zone_id in ruleset.zones),
        passing=tuple(one for one in state.passing if _is_no_go(ruleset, one.zone_id)),
        clearance_m=0.0,  # zones may be nearer than they were
        trip=state.trip if profile.makes_trips else None,
        awaiting_load=state.awaiting_load if profile.makes_trips else None,
        rules=rules,
    )
    return _at_the_gates(carried, ruleset, known.values()), findings


def _at_the_gates(state: VehicleState, ruleset: Ruleset, rules: Iterable[JudgedRule]) -> VehicleState:
    """Let a vehicle enter a no-go zone that it is in already and that no alert tells of: it was none before."""
    if not any(rule.kind is RuleKind.FORBIDDEN_ZONE for rule in rules):
        return state
    told = {
        zone_id
        for rule_state in state.rules.values()
        if isinstance(rule_state, ForbiddenState)
        for zone_id, alert in rule_state.alerts.items()
        if is_ongoing(alert)
    }
    zones = tuple(
        zone
        for zone in state.zones
        if not (zone.is_inside and zone.zone_id not in told and _is_no_go(ruleset, zone.zone_id))
    )
    return replace(state, zones=zones)


def _newly_within(rule: JudgedRule, state: object, before: JudgedBy, at_ms: int) -> list[Finding]:
    """What the districts of a rule now take in or leave out of what goes on."""
    then, now = before.districts.get(rule.id), rule.district_ids
    if then == now:
        return []
    ongoing = [one for one in findings_in(state) if is_ongoing(one)]
    out = [ended(one, at_ms) for one in ongoing if _is_within(one, then) and not _is_within(one, now)]
    return out + [one for one in ongoing if _is_within(one, now) and not _is_within(one, then)]


def _kept(
    context: VehicleContext, rule: JudgedRule, rule_state: VehicleRuleState, state: VehicleState, at_ms: int
) -> tuple[VehicleRuleState | None, Findings]:
    """What is kept of a rule's state, and the alerts that end because what they are about is gone."""
    ruleset = context.ruleset
    if isinstance(rule_state, ForbiddenState):
        alerts = {key: one for key, one in rule_state.alerts.items() if _is_no_go(ruleset, key)}
        gone = [one for key, one in rule_state.alerts.items() if key not in alerts and is_ongoing(one)]
        return ForbiddenState(alerts), tuple(ended(one, at_ms) for one in gone)
    if isinstance(rule_state, CollectionState):
        assert state.order is not None
        return collection.carried(rule, rule_state, state.order[0], at_ms, context)
    alert = getattr(rule_state, "alert", None)
    if not isinstance(alert, Finding) or not is_ongoing(alert) or _holds(context, rule_state, state):
        return rule_state, NONE
    alert = ended(alert, at_ms)
    kept = replace(rule_state, alert=alert) if isinstance(rule_state, OverdueState) else None
    return kept, (alert,)


def _holds(context: VehicleContext, rule_state: VehicleRuleState, state: VehicleState) -> bool:
    """Tell whether what an ongoing alert rests on is still there: the trip's permit, a district, a load."""
    permits = context.ruleset.permits
    permit_id = permit_of(state.trip)
    permit = None if permit_id is None else permits.get(permit_id)
    if isinstance(rule_state, OffRouteState):
        return permit is not None and bool(permit.route_ids)
    if isinstance(rule_state, HoursState):
        return permit is not None and bool(permit.windows)
    if isinstance(rule_state, DistrictState):
        return bool(context.ruleset.registry.districts)
    if isinstance(rule_state, OverloadState):
        return context.profile.vehicle.max_load_t is not None
    if isinstance(rule_state, OverdueState) and rule_state.alert is not None:
        evidence = rule_state.alert.evidence
        named = evidence.permit_id if isinstance(evidence, OverdueEvidence) else None
        return named is None or named in permits
    return True


def _is_no_go(ruleset: Ruleset, zone_id: ZoneId) -> bool:
    return ruleset.kind_of(zone_id) is ZoneKind.NO_GO


def _silences(
    ruleset: Ruleset, state: DeviceState, before: JudgedBy, after: JudgedBy, at_ms: int
) -> Iterable[Finding]:
    """Silences that were too long by then, by rules that are gone: a rule that stays judges them itself."""
    assert state.order is not None
    last_ms = state.order[0]
    stay = {(rule.id, rule.kind) for rule in after.silent} if before.subject == after.subject else set()
    for rule in before.silent:
        allowed = _allowed_ms(rule, state)
        if (rule.id, rule.kind) in stay or allowed is None or at_ms - last_ms < allowed:
            continue
        finding = _silence(ruleset, state, before, rule, allowed)
        if _is_within(finding, rule.district_ids):
            yield ended(finding, at_ms)


def _allowed_ms(rule: JudgedRule, state: DeviceState) -> int | None:
    """How long the device may say nothing; None where nothing was heard of this vehicle or station."""
    if isinstance(state, StationState):
        return SILENT_MS if state.is_heard else None
    return None if state.was_active is None else allowed_ms(rule, was_active=state.was_active)


def _silence(
    ruleset: Ruleset, state: DeviceState, before: JudgedBy, rule: JudgedRule, allowed: int
) -> Finding:
    assert state.order is not None
    fix: Fix | None = state.usable.last if isinstance(state, VehicleState) else None
    last_ms = state.order[0]
    severity, detected_ms = rule.at_least(Severity.MINOR), last_ms + allowed
    evidence = SilenceEvidence(
        allowed_s=allowed / 1000,
        was_active=not isinstance(state, VehicleState) or bool(state.was_active),
        place_ms=None if fix is None else fix.time_ms,
    )
    if before.place is not None:
        return station_finding(
            rule,
            before.place,
            state.device_id,
            severity=severity,
            started_ms=last_ms,
            detected_ms=detected_ms,
            evidence=evidence,
        )
    return Finding(
        rule=rule.kind,
        rule_id=rule.id,
        subject=before.subject,
        severity=severity,
        first_started_ms=last_ms,
        started_ms=last_ms,
        detected_ms=detected_ms,
        device_id=state.device_id,
        vehicle_id=VehicleId(before.subject.removeprefix("vehicle:")),
        district_id=None if fix is None else ruleset.index.district_at(fix.x_m, fix.y_m),
        lon=None if fix is None else fix.lon,
        lat=None if fix is None else fix.lat,
        evidence=evidence,
    )
