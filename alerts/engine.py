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
    station_fold,
    terminal,
    trip_rules,
    washing,
    zone_rules,
)
from alerts.carry_over import carried_over, judged_by
from alerts.collection import CollectionState
from alerts.device_state import (
    DeviceState,
    StationState,
    VehicleRuleState,
    VehicleState,
    decode_state,
    encode_state,
)
from alerts.envelope import take_down
from alerts.episode import NONE, Findings, is_ongoing
from alerts.finding import Finding
from alerts.observation import Observation, StationContext, VehicleContext
from alerts.observe import observe
from alerts.quiet import quiet_after
from alerts.renaming import alerts_in, kept_ids, rename, renamed
from alerts.ruleset import JudgedRule, Ruleset, StationProfile, VehicleProfile
from alerts.station_fold import BACKGROUND_KEPT_MS
from alerts.trip_rules import OverdueState
from domain.identifiers import DeviceId, RuleId
from domain.report import BackgroundReport, DustReport
from domain.rule import RuleKind
from geofence.place import Placed

__all__ = [
    "BACKGROUND_KEPT_MS",
    "KINDS",
    "Findings",
    "Item",
    "decode_state",
    "due_ms",
    "encode_state",
    "is_due_no_sooner",
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
KINDS = frozenset({*VEHICLE_STEPS, *dust.QUANTITIES, _SILENT, RuleKind.SENSOR_FAULT, RuleKind.STATION_SILENT})
"""The kinds that the fold judges; others have steps of their own."""
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


def new_state(ruleset: Ruleset, device_id: DeviceId) -> DeviceState:
    """The state of a device never heard of; raises KeyError if the ruleset does not know it."""
    if isinstance(ruleset.profiles[device_id], VehicleProfile):
        return VehicleState(device_id=device_id, judged_by=judged_by(ruleset, device_id))
    return StationState(device_id=device_id, judged_by=judged_by(ruleset, device_id))


def is_late(state: DeviceState, item: Item) -> bool:
    """Tell whether an item is not newer than the newest one judged (a background value never is)."""
    if state.order is None:
        return False
    if isinstance(item, Placed):  # asked first: nearly every item is one
        return item.report.order <= state.order
    return not isinstance(item, BackgroundReport) and item.order <= state.order


def step(ruleset: Ruleset, state: DeviceState, item: Item) -> tuple[DeviceState, Findings]:
    """Judge one item that is not late, by the version in force at its time.

    Raises ValueError if it is late, or if it is of the other kind of device.
    """
    if isinstance(item, BackgroundReport):
        return _step_background(ruleset, state, item)
    if is_late(state, item):
        raise ValueError(f"{state.device_id}: not newer than what is judged")
    findings: Findings = NONE
    after: DeviceState
    if state.judged_by is None or state.judged_by.version != ruleset.version:
        state, findings = carried_over(ruleset, state)
    if isinstance(state, VehicleState):
        if not isinstance(item, Placed):
            raise ValueError(f"{state.device_id} is a vehicle's device")
        after, news = _step_vehicle(_vehicle(ruleset, state), state, item)
    elif isinstance(item, Placed):
        raise ValueError(f"{state.device_id} is a station's device")
    else:
        after, news = station_fold.step_reading(_station(ruleset, state), state, item)
    if findings:
        news = (*findings, *news)
    if after.tentative:
        return _settle(ruleset, after, news)
    if after.ticked_ms is not None:
        after = replace(after, ticked_ms=None)  # it may have come late: what it shows may be due already
    return after, news


def _step_background(
    ruleset: Ruleset, state: DeviceState, value: BackgroundReport
) -> tuple[DeviceState, Findings]:
    """Judge the windows that waited for a value, by their own terms; that of another area is none of its business."""
    if not isinstance(state, StationState):
        raise ValueError(f"{state.device_id} is a vehicle's device")
    profile = ruleset.profiles.get(state.device_id)
    if not isinstance(profile, StationProfile) or value.area_id != profile.station.area_id:
        return state, NONE
    after, findings = station_fold.step_background(state, value)
    if after is state:
        return state, NONE
    kept = kept_ids(findings, state.tentative)
    named: DeviceState = renamed(after, kept) if kept else after
    if named.ticked_ms is not None and named.order is not None:
        named = replace(named, ticked_ms=named.order[0])  # what a tick is to show now may be due already
    return named, tuple(rename(finding, kept) for finding in findings)


def tick(ruleset: Ruleset, state: DeviceState, at_ms: int) -> tuple[DeviceState, Findings]:
    """Judge the passing of time up to `at_ms`, by the version then in force; only what is new is given."""
    shown = _as_told(state, _shown(ruleset, state, at_ms))
    if not shown and not state.tentative:
        due = due_ms(ruleset, state)
        # noted, so that what was looked at is not due again
        return (state if due is None or due > at_ms else replace(state, ticked_ms=at_ms)), NONE
    known = {finding.id: finding for finding in state.tentative}
    news = [finding for finding in shown if known.get(finding.id) != finding]
    ids = {finding.id for finding in shown}
    kept = tuple(finding for finding in state.tentative if finding.id not in ids)
    if kept and at_ms >= (state.ticked_ms or 0):
        news += _taken_back(state, kept, "the ruleset now in force does not show it")
        kept = ()
    return replace(state, tentative=(*kept, *shown), ticked_ms=at_ms), tuple(news)


def _shown(ruleset: Ruleset, state: DeviceState, at_ms: int) -> Findings:
    """What the passing of time shows, another version's coming into force too."""
    changed = NONE
    if _is_others(ruleset, state):
        state, changed = carried_over(ruleset, state)
    passed = _peek(ruleset, state, at_ms) if state.device_id in ruleset.profiles else NONE
    return tuple({finding.id: finding for finding in (*changed, *passed)}.values())


def _is_others(ruleset: Ruleset, state: DeviceState) -> bool:
    """Tell whether another version judged the newest report."""
    return (
        state.order is not None and state.judged_by is not None and state.judged_by.version != ruleset.version
    )


def due_ms(ruleset: Ruleset, state: DeviceState) -> int | None:
    """The earliest time at which `tick` by this version could find something new; None if never."""
    if state.order is None:
        return None
    after_ms, change_ms = state.ticked_ms, None
    if _is_others(ruleset, state):
        assert state.judged_by is not None
        began_ms = max(ruleset.superseded_ms(state.judged_by.version), ruleset.effective_from_ms)
        told = {finding.id: finding for finding in state.tentative}
        is_stale = after_ms is not None and after_ms < began_ms
        state, ended = carried_over(ruleset, state)
        if (is_stale and told) or any(told.get(finding.id) != finding for finding in ended):
            change_ms = began_ms
        after_ms = None if is_stale else after_ms
    dues = [change_ms]
    if state.device_id not in ruleset.profiles:
        pass
    elif isinstance(state, VehicleState):
        context = _vehicle(ruleset, state)
        dues += [_vehicle_due_ms(context, rule, state, after_ms) for rule in context.profile.timed_rules]
    else:
        dues.append(station_fold.due_ms(_station(ruleset, state), state, after_ms))
    return min((due for due in dues if due is not None), default=None)


def is_due_no_sooner(before: DeviceState, after: DeviceState) -> bool:
    """Tell whether a report surely made nothing due sooner by the version that judged it and the one before."""
    return (
        isinstance(before, VehicleState)
        and isinstance(after, VehicleState)
        and after.rules is before.rules
        and after.trip is before.trip
        and after.judged_by is before.judged_by
        and before.ticked_ms is None
        and after.ticked_ms is None  # a tick has used up what was planned
        and not after.tentative
        and before.was_active is not None
        and (before.was_active or not after.was_active)
    )


def _vehicle_due_ms(
    context: VehicleContext, rule: JudgedRule, state: VehicleState, after_ms: int | None
) -> int | None:
    """When time alone could next show something of one rule."""
    due: int | None = None
    if rule.kind is _SILENT and state.order is not None and state.was_active is not None:
        due = state.order[0] + device_health.allowed_ms(rule, was_active=state.was_active)
    elif rule.kind is _OVERDUE and state.trip is not None:
        due = trip_rules.due_ms(rule, state.trip, context) + 1
    elif rule.kind is _COLLECTION:
        collected = state.rules.get(rule.id)
        if isinstance(collected, CollectionState):
            return collection.due_ms(collected, after_ms, context)
    return None if due is None or (after_ms is not None and due <= after_ms) else due


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
    """Take in a vehicle's report and show it to each rule that it concerns; of a quiet one, to few or none."""
    quiet = quiet_after(context, state, placed)
    if quiet is None:
        return _judge(context, state, *observe(context, state, placed), context.profile.rules)
    if quiet.seen is None:
        return quiet.after, NONE
    after, findings = _judge(context, state, quiet.after, quiet.seen, quiet.busy)
    if findings:
        take_down(after)  # a rule that has told its alert's end may be quiet again
    return after, findings


def step_long(ruleset: Ruleset, state: VehicleState, placed: Placed) -> tuple[VehicleState, Findings]:
    """What `step` comes to for a vehicle's report, without the short way for quiet ones: for the law that holds them equal."""
    context = _vehicle(ruleset, state)
    return _judge(context, state, *observe(context, state, placed), context.profile.rules)


def _judge(
    context: VehicleContext,
    state: VehicleState,
    after: VehicleState,
    seen: Observation,
    asked: tuple[JudgedRule, ...],
) -> tuple[VehicleState, Findings]:
    """Show a report to some rules, and put what they remember into the state after it."""
    findings: list[Finding] = []
    rules: dict[RuleId, VehicleRuleState] | None = None
    steps, state_of = VEHICLE_STEPS, state.rules.get
    no_haul = seen.trip is None and seen.trip_ended_ms is None
    for rule in asked:
        kind = rule.kind
        if kind is _SILENT:
            news = _silence(context, rule, state, seen.at_ms, heard=True)
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
    if state.order is None or state.was_active is None:
        return NONE
    return device_health.silence(
        rule,
        context,
        last_ms=state.order[0],
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


def _peek(ruleset: Ruleset, state: DeviceState, at_ms: int) -> Findings:
    """What the passing of time up to `at_ms` shows of a state."""
    if isinstance(state, VehicleState):
        context = _vehicle(ruleset, state)
        return tuple(
            finding
            for rule in context.profile.timed_rules
            for finding in _in_districts(rule, _peek_vehicle(context, rule, state, at_ms))
        )
    return station_fold.peek(_station(ruleset, state), state, at_ms)


def _peek_vehicle(context: VehicleContext, rule: JudgedRule, state: VehicleState, at_ms: int) -> Findings:
    """What time alone shows of one rule."""
    if rule.kind is _SILENT:
        return _silence(context, rule, state, at_ms, heard=False)
    rule_state = state.rules.get(rule.id)
    if rule.kind is _OVERDUE and state.trip is not None:
        finding = trip_rules.overdue(rule, state.trip, at_ms, context)
        known = isinstance(rule_state, OverdueState) and is_ongoing(rule_state.alert)
        return NONE if finding is None or known else (finding,)
    if rule.kind is _COLLECTION and isinstance(rule_state, CollectionState):
        assert state.order is not None
        return collection.peek(rule, rule_state, state.order[0], at_ms, context)
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
    shown = {finding.id: finding for finding in _as_told(state, _shown(ruleset, state, state.ticked_ms))}
    told = {finding.id: finding for finding in state.tentative} | {
        finding.id: finding for finding in findings
    }
    corrections = [finding for finding in shown.values() if told.get(finding.id) != finding]
    found = {finding.id for finding in findings}
    gone = [f for f in state.tentative if f.id not in shown and f.id not in found]
    corrections += _taken_back(state, gone, "later reports contradict it")
    ticked_ms = state.ticked_ms if shown else None
    return replace(state, tentative=tuple(shown.values()), ticked_ms=ticked_ms), (*findings, *corrections)


def _taken_back(state: DeviceState, gone: Iterable[Finding], reason: str) -> list[Finding]:
    """What ticks found and is so no more: as the reports alone left it, else withdrawn."""
    gone = tuple(gone)
    standing = alerts_in(state) if gone else {}
    return [standing.get(finding.id) or replace(finding, withdrawn=reason) for finding in gone]
