"""The fold over a vehicle: its reports shown to each rule that they concern, and what time alone shows."""

from collections.abc import Callable, Iterable
from typing import TypeVar

from msgspec.structs import force_setattr

from alerts import (
    collection,
    cover,
    device_health,
    dumping,
    haul,
    signal_fault,
    speeding,
    terminal,
    trip_rules,
    washing,
    zone_rules,
)
from alerts.collection import CollectionState
from alerts.device_state import VehicleRuleState, VehicleState
from alerts.envelope import take_down
from alerts.episode import NONE, Findings, is_ongoing
from alerts.finding import Finding
from alerts.observation import Observation, VehicleContext
from alerts.observe import observe
from alerts.quiet import quiet_after
from alerts.ruleset import JudgedRule
from alerts.trip_rules import OverdueState
from domain.identifiers import RuleId
from domain.rule import RuleKind
from geofence.place import Placed

RuleState = TypeVar("RuleState")
Step = Callable[
    [JudgedRule, RuleState | None, Observation, VehicleContext], tuple[RuleState | None, Findings]
]

STEPS: dict[RuleKind, Step] = {  # type: ignore[type-arg]  # each takes its own rule state
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
KINDS = frozenset({*STEPS, _SILENT})
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


def step_report(
    context: VehicleContext, state: VehicleState, placed: Placed
) -> tuple[VehicleState, Findings]:
    """Take in a vehicle's report and show it to each rule that it concerns; of a quiet one, to few or none."""
    quiet = quiet_after(context, state, placed)
    if quiet is None:
        return step_long(context, state, placed)
    if quiet.seen is None:
        return quiet.after, NONE
    after, findings = _judge(context, state, quiet.after, quiet.seen, quiet.busy)
    if findings:
        take_down(after)  # a rule that has told its alert's end may be quiet again
    return after, findings


def step_long(context: VehicleContext, state: VehicleState, placed: Placed) -> tuple[VehicleState, Findings]:
    """What `step_report` comes to without its short way for quiet ones."""
    return _judge(context, state, *observe(context, state, placed), context.profile.rules)


def peek(context: VehicleContext, state: VehicleState, at_ms: int) -> Findings:
    """What the passing of time up to `at_ms` shows of a state."""
    return tuple(
        finding
        for rule in context.profile.timed_rules
        for finding in _in_districts(rule, _peek_rule(context, rule, state, at_ms))
    )


def due_ms(context: VehicleContext, state: VehicleState, after_ms: int | None) -> int | None:
    """When time alone could next show something."""
    dues = (_rule_due_ms(context, rule, state, after_ms) for rule in context.profile.timed_rules)
    return min((due for due in dues if due is not None), default=None)


def is_due_no_sooner(before: VehicleState, after: VehicleState) -> bool:
    """Tell whether a report surely made nothing due sooner by the version that judged it and the one before."""
    return (
        after.rules is before.rules
        and after.trip is before.trip
        and after.judged_by is before.judged_by
        and before.ticked_ms is None
        and after.ticked_ms is None  # a tick has used up what was planned
        and not after.tentative
        and before.was_active is not None
        and (before.was_active or not after.was_active)
    )


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
    steps, state_of = STEPS, state.rules.get
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


def _peek_rule(context: VehicleContext, rule: JudgedRule, state: VehicleState, at_ms: int) -> Findings:
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


def _rule_due_ms(
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
