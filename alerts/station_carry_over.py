"""Limits whose terms change: the window in course is judged by the old ones, what begins after it by the new.

A limit whose terms are over stays with its station until no background value is awaited for it any more.
"""

from collections.abc import Iterable

from msgspec.structs import replace

from alerts import dust, dust_limit
from alerts.averaging import window_at
from alerts.device_state import StationRuleState, StationState
from alerts.dust import DustState
from alerts.dust_limit import LimitState, background_of
from alerts.episode import ended, is_ongoing
from alerts.finding import Finding
from alerts.observation import StationContext
from alerts.renaming import findings_in
from alerts.ruleset import JudgedRule
from alerts.station_health import SensorState
from domain.identifiers import LimitId, RuleId
from domain.rule import RuleKind


def carried(context: StationContext, state: StationState, at_ms: int) -> tuple[StationState, list[Finding]]:
    """The state as another version takes it over at an instant, and the alerts that end with that."""
    known = {rule.id: rule for rule in context.profile.rules}
    rules: dict[RuleId, StationRuleState] = {}
    former = list(state.former)
    findings: list[Finding] = []
    for rule_id, rule_state in state.rules.items():
        rule = known.get(rule_id)
        if isinstance(rule_state, SensorState):
            if rule is not None and rule.kind is RuleKind.SENSOR_FAULT:
                rules[rule_id] = rule_state
            else:
                findings += _ended(rule_state, at_ms)
    for rule in context.profile.rules:
        if rule.kind in dust.QUANTITIES:
            rules[rule.id] = _limits(context, rule, state.rules.get(rule.id), at_ms)
    for limit in _limits_of(state):
        after = rules.get(limit.terms.rule.id)
        goes_on = isinstance(after, DustState) and after.limits.get(limit.terms.limit.id) is limit
        if not goes_on and _has_begun(limit, at_ms):
            former.append(replace(limit, until_ms=_until_ms(limit, at_ms)))
    return replace(state, rules=rules, former=tuple(former)), findings


def broken_off(state: StationState, at_ms: int) -> tuple[tuple[LimitState, ...], list[Finding]]:
    """The limits that are still to be told of once the device is no more the station's, and what ends with that."""
    former: list[LimitState] = []
    findings: list[Finding] = []
    for limit in (*state.former, *_limits_of(state)):
        over, news = dust_limit.finish(limit, background_of(limit, state.background), at_ms)
        findings += news
        if over.tail:
            former.append(replace(over, until_ms=at_ms))
    for rule_state in state.rules.values():
        if isinstance(rule_state, SensorState):
            findings += _ended(rule_state, at_ms)
    return tuple(former), findings


def _limits(
    context: StationContext, rule: JudgedRule, before: StationRuleState | None, at_ms: int
) -> DustState:
    """The limits that a rule looks at now: those whose terms are as before, and those that begin."""
    known = before.limits if isinstance(before, DustState) else {}
    limits: dict[LimitId, LimitState] = {}
    for limit in context.profile.limits:
        if limit.quantity not in dust.QUANTITIES[rule.kind]:
            continue
        old, terms = known.get(limit.id), dust.terms_of(rule, limit, context)
        if old is not None and old.terms == terms:
            limits[limit.id] = old
        else:
            limits[limit.id] = LimitState(terms, begins_ms=at_ms if old is None else _until_ms(old, at_ms))
    return DustState(limits)


def _until_ms(limit: LimitState, at_ms: int) -> int:
    """The end of the window in course at an instant; of a limit that was to begin later, that."""
    if not _has_begun(limit, at_ms):
        assert limit.begins_ms is not None
        return limit.begins_ms
    return window_at(at_ms, limit.terms.limit, limit.terms.zone).end_ms


def _has_begun(limit: LimitState, at_ms: int) -> bool:
    return limit.begins_ms is None or limit.begins_ms < at_ms


def _limits_of(state: StationState) -> Iterable[LimitState]:
    return [
        limit
        for rule_state in state.rules.values()
        if isinstance(rule_state, DustState)
        for limit in rule_state.limits.values()
    ]


def _ended(state: SensorState, at_ms: int) -> list[Finding]:
    return [ended(finding, at_ms) for finding in findings_in(state) if is_ongoing(finding)]
