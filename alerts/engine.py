"""The fold: the only entry the shells call. Live judging, restart, late data and backtests all run it.

`step` takes one report in its device's order; `tick` says what the mere passing of time shows. A tick
never changes what a later report finds: what it finds is tentative, and the next report confirms or
withdraws it, so the alerts depend on the reports alone.
"""

from collections.abc import Callable, Iterable
from typing import TypeVar

from msgspec.structs import force_setattr, replace

from alerts import (
    collection,
    cover,
    device_health,
    dumping,
    dust,
    haul,
    signal_fault,
    speeding,
    station_health,
    terminal,
    trip_rules,
    washing,
    zone_rules,
)
from alerts.averaging import HOUR_MS, hour_end_ms
from alerts.collection import CollectionState
from alerts.device_state import (
    DeviceState,
    StationRuleState,
    StationState,
    VehicleRuleState,
    VehicleState,
    decode_state,
    encode_state,
)
from alerts.dust import DustState
from alerts.episode import NONE, Findings
from alerts.finding import Finding
from alerts.observation import Observation, StationContext, VehicleContext
from alerts.observe import observe
from alerts.renaming import alerts_in, kept_ids, rename, renamed
from alerts.ruleset import JudgedRule, Ruleset, StationProfile, VehicleProfile
from alerts.station_health import SensorState
from alerts.trip_rules import OverdueState
from domain.identifiers import DeviceId, RuleId
from domain.report import BackgroundReport, DustReport
from domain.rule import RuleKind
from geofence.place import Placed

__all__ = [
    "Findings",
    "Item",
    "decode_state",
    "due_ms",
    "encode_state",
    "is_late",
    "new_state",
    "step",
    "tick",
]

Item = Placed | DustReport | BackgroundReport
RuleState = TypeVar("RuleState")
VehicleStep = Callable[
    [JudgedRule, RuleState | None, Observation, VehicleContext], tuple[RuleState | None, Findings]
]

VEHICLE_STEPS: dict[RuleKind, VehicleStep] = {  # type: ignore[type-arg]  # each takes its own rule state
    RuleKind.ILLEGAL_DUMPING: dumping.step,
    RuleKind.OFF_ROUTE: haul.off_route,
    RuleKind.OUT_OF_HOURS: haul.out_of_hours,
    RuleKind.NO_PERMIT: haul.no_permit,
    RuleKind.FORBIDDEN_ZONE: zone_rules.step,
    RuleKind.UNCOVERED_LOAD: cover.step,
    RuleKind.SPEEDING: speeding.step,
    RuleKind.CROSS_DISTRICT: trip_rules.cross_district,
    RuleKind.OVERLOAD: trip_rules.overload,
    RuleKind.UNEXPECTED_STOP: trip_rules.unexpected_stop,
    RuleKind.TRIP_OVERDUE: trip_rules.trip_overdue,
    RuleKind.WASH_SKIPPED: washing.step,
    RuleKind.MISSED_COLLECTION: collection.step,
    RuleKind.TERMINAL_TAMPER: terminal.terminal_tamper,
    RuleKind.POSITION_FAULT: terminal.position_fault,
    RuleKind.SIGNAL_FAULT: signal_fault.step,
    RuleKind.IDENTITY_CONFLICT: terminal.identity_conflict,
}
# Read once: an enum's attribute costs as much as a small function, and the loop over rules asks for each.
_SILENT, _OVERDUE, _COLLECTION = RuleKind.DEVICE_SILENT, RuleKind.TRIP_OVERDUE, RuleKind.MISSED_COLLECTION
HAUL_KINDS = frozenset(
    {
        RuleKind.OFF_ROUTE,
        RuleKind.OUT_OF_HOURS,
        RuleKind.NO_PERMIT,
        RuleKind.CROSS_DISTRICT,
        RuleKind.UNEXPECTED_STOP,
        RuleKind.TRIP_OVERDUE,
    }
)
"""Kinds that have nothing to say of a vehicle on no haul, unless they remember one."""
BACKGROUND_KEPT_MS = 50 * HOUR_MS


def new_state(ruleset: Ruleset, device_id: DeviceId) -> DeviceState:
    """The state of a device never heard of; raises KeyError if the ruleset does not know it."""
    if isinstance(ruleset.profiles[device_id], VehicleProfile):
        return VehicleState(device_id=device_id)
    return StationState(device_id=device_id)


def is_late(state: DeviceState, item: Item) -> bool:
    """Tell whether an item is not newer than the newest one judged (a background value never is)."""
    if state.order is None:
        return False
    if isinstance(item, Placed):  # asked first: nearly every item is one
        return item.report.order <= state.order
    return not isinstance(item, BackgroundReport) and item.order <= state.order


def step(ruleset: Ruleset, state: DeviceState, item: Item) -> tuple[DeviceState, Findings]:
    """Judge one item that is not late. Raises ValueError if it is, or if it is of the other kind of device."""
    if is_late(state, item):
        raise ValueError(f"{state.device_id}: not newer than what is judged")
    after: DeviceState
    if isinstance(state, VehicleState):
        if not isinstance(item, Placed):
            raise ValueError(f"{state.device_id} is a vehicle's device")
        after, findings = _step_vehicle(_vehicle(ruleset, state), state, item)
    elif isinstance(item, Placed):
        raise ValueError(f"{state.device_id} is a station's device")
    else:
        after, findings = _step_station(_station(ruleset, state), state, item)
    if after.tentative:
        return _settle(ruleset, after, findings)
    if after.ticked_ms is not None:
        after = replace(after, ticked_ms=None)  # it may have come late: what it shows may be due already
    return after, findings


def tick(ruleset: Ruleset, state: DeviceState, at_ms: int) -> tuple[DeviceState, Findings]:
    """Judge the passing of time up to `at_ms`; only what is new since the last tick is given."""
    shown = _as_told(state, _peek(ruleset, state, at_ms))
    if not shown and not state.tentative:
        due = due_ms(ruleset, state)
        # noted, so that what was looked at is not due again
        return (state if due is None or due > at_ms else replace(state, ticked_ms=at_ms)), NONE
    known = {finding.id: finding for finding in state.tentative}
    news = tuple(finding for finding in shown if known.get(finding.id) != finding)
    ids = {finding.id for finding in shown}
    kept = tuple(finding for finding in state.tentative if finding.id not in ids)
    return replace(state, tentative=(*kept, *shown), ticked_ms=at_ms), news


def due_ms(ruleset: Ruleset, state: DeviceState) -> int | None:
    """The earliest time at which `tick` could find something new; None if never."""
    if state.order is None:
        return None
    after_ms = state.ticked_ms
    if isinstance(state, VehicleState):
        context = _vehicle(ruleset, state)
        dues = [_vehicle_due_ms(context, rule, state, after_ms) for rule in context.profile.timed_rules]
    else:
        station = _station(ruleset, state)
        dues = [_station_due_ms(station, rule, state, after_ms) for rule in station.profile.rules]
    return min((due for due in dues if due is not None), default=None)


def _vehicle_due_ms(
    context: VehicleContext, rule: JudgedRule, state: VehicleState, after_ms: int | None
) -> int | None:
    """When time alone could next show something of one rule."""
    due: int | None = None
    if rule.kind is _SILENT and state.order is not None:
        due = state.order[0] + device_health.allowed_ms(rule, was_active=state.was_active)
    elif rule.kind is _OVERDUE and state.trip is not None:
        due = trip_rules.due_ms(rule, state.trip, context) + 1
    elif rule.kind is _COLLECTION:
        collected = state.rules.get(rule.id)
        if isinstance(collected, CollectionState):
            return collection.due_ms(collected, after_ms, context)
    return None if due is None or (after_ms is not None and due <= after_ms) else due


def _station_due_ms(
    context: StationContext, rule: JudgedRule, state: StationState, after_ms: int | None
) -> int | None:
    """When time alone could next show something of one rule."""
    assert state.order is not None
    if rule.kind in dust.QUANTITIES:
        begin_ms = state.order[0] if after_ms is None else max(state.order[0], after_ms)
        return dust.due_ms(_dust_state(state, rule), begin_ms, context)
    if rule.kind is RuleKind.STATION_SILENT:
        due = state.order[0] + station_health.SILENT_MS
        return None if after_ms is not None and due <= after_ms else due
    return None


def _vehicle(ruleset: Ruleset, state: VehicleState) -> VehicleContext:
    profile = ruleset.profiles[state.device_id]
    if not isinstance(profile, VehicleProfile):
        raise ValueError(f"{state.device_id} is a station's device")
    return VehicleContext(ruleset, profile)


def _station(ruleset: Ruleset, state: StationState) -> StationContext:
    profile = ruleset.profiles[state.device_id]
    if not isinstance(profile, StationProfile):
        raise ValueError(f"{state.device_id} is a vehicle's device")
    return StationContext(ruleset, profile)


def _step_vehicle(
    context: VehicleContext, state: VehicleState, placed: Placed
) -> tuple[VehicleState, Findings]:
    """Take in a vehicle's report and show it to each rule."""
    after, seen = observe(context, state, placed)
    findings: list[Finding] = []
    rules: dict[RuleId, VehicleRuleState] | None = None
    steps, state_of = VEHICLE_STEPS, state.rules.get
    no_haul = seen.trip is None and seen.trip_ended_ms is None
    for rule in context.profile.rules:
        kind = rule.kind
        if kind is _SILENT:
            news = _silence(context, rule, state, placed.report.time_ms, heard=True)
        else:
            before = state_of(rule.id)
            if before is None and no_haul and kind in HAUL_KINDS:
                continue
            rule_state, news = steps[kind](rule, before, seen, context)
            if rule_state is not before and rule_state != before:
                rules = dict(state.rules) if rules is None else rules
                if rule_state is None:
                    rules.pop(rule.id, None)
                else:
                    rules[rule.id] = rule_state
        if news:
            findings.extend(_in_districts(rule, news))
    if rules is not None:
        force_setattr(
            after, "rules", rules
        )  # nobody else has it yet; a copy would cost as much as three rules
    return after, tuple(findings)


def _silence(
    context: VehicleContext, rule: JudgedRule, state: VehicleState, at_ms: int, *, heard: bool
) -> Findings:
    return device_health.silence(
        rule,
        context,
        last_ms=None if state.order is None else state.order[0],
        was_active=state.was_active,
        place=state.usable.last,
        at_ms=at_ms,
        heard=heard,
    )


def _in_districts(rule: JudgedRule, findings: Findings) -> Iterable[Finding]:
    """Leave out what lies in a district the rule is not for."""
    if rule.district_ids is None:
        return findings
    return (finding for finding in findings if finding.district_id in rule.district_ids)


def _step_station(
    context: StationContext, state: StationState, item: DustReport | BackgroundReport
) -> tuple[StationState, Findings]:
    """Take in a station's reading, or its area's background value, and show it to each rule."""
    rules: dict[RuleId, StationRuleState] = dict(state.rules)
    background = state.background
    order = state.order
    if isinstance(item, BackgroundReport):
        if item.area_id == context.profile.station.area_id:
            background = _with_background(background, item)
        if background is state.background:
            return state, NONE
    else:
        order = item.order
    findings: list[Finding] = []
    for rule in context.profile.rules:
        before = rules.get(rule.id)
        after: StationRuleState | None = before
        news: Findings = NONE
        if rule.kind in dust.QUANTITIES:
            dust_before = _dust_state(state, rule)
            if isinstance(item, BackgroundReport):
                newest_ms = None if order is None else order[0]
                after, news = dust.step_background(
                    rule, dust_before, background, item.time_ms, newest_ms, context
                )
            else:
                after, news = dust.step(rule, dust_before, item, background, context)
        elif rule.kind is RuleKind.SENSOR_FAULT and isinstance(item, DustReport):
            sensor_before = before if isinstance(before, SensorState) else None
            after, news = station_health.step(rule, sensor_before, item, context)
        elif rule.kind is RuleKind.STATION_SILENT and isinstance(item, DustReport):
            last_ms = None if state.order is None else state.order[0]
            news = station_health.silence(rule, context, last_ms=last_ms, at_ms=item.time_ms, heard=True)
        if after is not None:
            rules[rule.id] = after
        findings.extend(news)
    return replace(state, order=order, background=background, rules=rules), tuple(findings)


def _dust_state(state: StationState, rule: JudgedRule) -> DustState | None:
    rule_state = state.rules.get(rule.id)
    return rule_state if isinstance(rule_state, DustState) else None


def _with_background(
    background: dict[int, BackgroundReport], report: BackgroundReport
) -> dict[int, BackgroundReport]:
    """Note an hour's values; of several for one hour the last in order counts, whatever the order of arrival."""
    hour_ms = hour_end_ms(report.time_ms)
    known = background.get(hour_ms)
    if known is not None and (known.time_ms, known.digest) >= (report.time_ms, report.digest):
        return background
    newest_ms = max([hour_ms, *background])
    if newest_ms - hour_ms > BACKGROUND_KEPT_MS:
        return background
    kept = {hour: value for hour, value in background.items() if newest_ms - hour <= BACKGROUND_KEPT_MS}
    return kept | {hour_ms: report}


def _peek(ruleset: Ruleset, state: DeviceState, at_ms: int) -> Findings:
    """What the passing of time up to `at_ms` shows of a state."""
    if isinstance(state, VehicleState):
        context = _vehicle(ruleset, state)
        return tuple(
            finding
            for rule in context.profile.timed_rules
            for finding in _in_districts(rule, _peek_vehicle(context, rule, state, at_ms))
        )
    station = _station(ruleset, state)
    return tuple(
        finding for rule in station.profile.rules for finding in _peek_station(station, rule, state, at_ms)
    )


def _peek_vehicle(context: VehicleContext, rule: JudgedRule, state: VehicleState, at_ms: int) -> Findings:
    """What time alone shows of one rule."""
    if rule.kind is _SILENT:
        return _silence(context, rule, state, at_ms, heard=False)
    rule_state = state.rules.get(rule.id)
    if rule.kind is _OVERDUE and state.trip is not None:
        finding = trip_rules.overdue(rule, state.trip, at_ms, context)
        known = (
            isinstance(rule_state, OverdueState)
            and rule_state.alert is not None
            and (finding is not None and rule_state.alert.id == finding.id)
        )
        return NONE if finding is None or known else (finding,)
    if rule.kind is _COLLECTION and isinstance(rule_state, CollectionState):
        assert state.order is not None
        return collection.peek(rule, rule_state, state.order[0], at_ms, context)
    return NONE


def _peek_station(context: StationContext, rule: JudgedRule, state: StationState, at_ms: int) -> Findings:
    """What time alone shows of one rule."""
    if rule.kind in dust.QUANTITIES:
        return dust.peek(rule, _dust_state(state, rule), state.background, at_ms, context)
    if rule.kind is RuleKind.STATION_SILENT and state.order is not None:
        return station_health.silence(rule, context, last_ms=state.order[0], at_ms=at_ms, heard=False)
    return NONE


def _as_told(state: DeviceState, shown: Findings) -> Findings:
    """What time shows, under the ids that late data has left the alerts of the same start."""
    if not shown:
        return NONE
    kept = kept_ids(shown, (*alerts_in(state).values(), *state.tentative))
    return tuple(rename(finding, kept) for finding in shown) if kept else shown


def _settle(ruleset: Ruleset, state: DeviceState, findings: Findings) -> tuple[DeviceState, Findings]:
    """Confirm or take back what ticks found, now that a report has come."""
    kept = kept_ids(findings, state.tentative)
    if kept:
        state, findings = renamed(state, kept), tuple(rename(finding, kept) for finding in findings)
    assert state.ticked_ms is not None
    shown = {finding.id: finding for finding in _as_told(state, _peek(ruleset, state, state.ticked_ms))}
    told = {finding.id: finding for finding in state.tentative} | {
        finding.id: finding for finding in findings
    }
    corrections = [finding for finding in shown.values() if told.get(finding.id) != finding]
    found = {finding.id for finding in findings}
    gone = [f for f in state.tentative if f.id not in shown and f.id not in found]
    if gone:
        standing = {known.id: known for known in _standing(state)}
        corrections += [
            standing.get(finding.id) or replace(finding, withdrawn="later reports contradict it")
            for finding in gone
        ]
    ticked_ms = state.ticked_ms if shown else None
    return replace(state, tentative=tuple(shown.values()), ticked_ms=ticked_ms), (*findings, *corrections)


def _standing(state: DeviceState) -> Iterable[Finding]:
    """The alerts that the reports alone, without ticks, have found and that rules still hold in their state."""
    if isinstance(state, StationState):
        for rule_state in state.rules.values():
            if isinstance(rule_state, DustState):
                for limit in rule_state.limits.values():
                    if limit.run.alert is not None:
                        yield limit.run.alert
