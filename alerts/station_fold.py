"""The fold over a station: its readings, the background values of its area, and what time alone shows."""

from msgspec.structs import replace

from alerts import dust, dust_limit, station_health
from alerts.averaging import hour_end_ms
from alerts.device_state import StationRuleState, StationState
from alerts.dust import DustState
from alerts.dust_limit import Backgrounds, LimitState, background_of
from alerts.episode import NONE, Findings
from alerts.finding import Finding
from alerts.observation import StationContext
from alerts.ruleset import JudgedRule
from alerts.station_health import SensorState
from domain.identifiers import RuleId
from domain.instant import HOUR_MS
from domain.report import BackgroundReport, DustReport
from domain.rule import RuleKind

KINDS = frozenset({*dust.QUANTITIES, RuleKind.SENSOR_FAULT, RuleKind.STATION_SILENT})
BACKGROUND_KEPT_MS = 50 * HOUR_MS


def step_reading(
    context: StationContext, state: StationState, report: DustReport
) -> tuple[StationState, Findings]:
    """Take in a reading and show it to each rule, and to the limits whose terms are over."""
    rules: dict[RuleId, StationRuleState] = dict(state.rules)
    former, findings = _read_former(state, report)
    for rule in context.profile.rules:
        before = rules.get(rule.id)
        after: StationRuleState | None = before
        news: Findings = NONE
        if rule.kind in dust.QUANTITIES:
            after, news = dust.step(rule, _dust_state(before), report, state.background, context)
        elif rule.kind is RuleKind.SENSOR_FAULT:
            sensor_before = before if isinstance(before, SensorState) else None
            after, news = station_health.step(rule, sensor_before, report, context)
        elif rule.kind is RuleKind.STATION_SILENT:
            news = _silence(context, rule, state, report.time_ms, heard=True)
        if after is not None:
            rules[rule.id] = after
        findings.extend(news)
    return replace(state, order=report.order, is_heard=True, rules=rules, former=former), tuple(findings)


def step_background(state: StationState, value: BackgroundReport) -> tuple[StationState, Findings]:
    """Take in a value of the station's area: windows that waited for it are judged by their own terms."""
    background = _with(state.background, value)
    if background is state.background:
        return state, NONE
    newest_ms = None if state.order is None else state.order[0]
    findings: list[Finding] = []

    def told(limit: LimitState) -> LimitState:
        if limit.terms.area_id != value.area_id:
            return limit
        after, news = dust.retell(limit, background, value.time_ms, newest_ms)
        findings.extend(news)
        return after

    rules = {
        key: DustState({name: told(limit) for name, limit in rule_state.limits.items()})
        if isinstance(rule_state, DustState)
        else rule_state
        for key, rule_state in state.rules.items()
    }
    former = tuple(told(limit) for limit in state.former)
    return replace(state, background=background, rules=rules, former=former), tuple(findings)


def peek(context: StationContext, state: StationState, at_ms: int) -> Findings:
    """What the passing of time up to `at_ms` shows of a state."""
    findings = list(dust.peek(state.former, state.background, at_ms))
    for rule in context.profile.rules:
        if rule.kind in dust.QUANTITIES:
            findings += dust.peek(_limits(state, rule), state.background, at_ms)
        elif rule.kind is RuleKind.STATION_SILENT:
            findings += _silence(context, rule, state, at_ms, heard=False)
    return tuple(findings)


def due_ms(context: StationContext, state: StationState, after_ms: int | None) -> int | None:
    """When time alone could next show something."""
    if state.order is None:
        return None
    begin_ms = state.order[0] if after_ms is None else max(state.order[0], after_ms)
    dues = [dust.due_ms(state.former, begin_ms)]
    for rule in context.profile.rules:
        if rule.kind in dust.QUANTITIES:
            dues.append(dust.due_ms(_limits(state, rule), begin_ms))
        elif rule.kind is RuleKind.STATION_SILENT and state.is_heard:
            due = state.order[0] + station_health.SILENT_MS
            dues.append(None if after_ms is not None and due <= after_ms else due)
    return min((due for due in dues if due is not None), default=None)


def _read_former(state: StationState, report: DustReport) -> tuple[tuple[LimitState, ...], list[Finding]]:
    former: list[LimitState] = []
    findings: list[Finding] = []
    for limit in state.former:
        after, news = dust_limit.read_former(limit, report, background_of(limit, state.background))
        findings.extend(news)
        if after is not None:
            former.append(after)
    return tuple(former), findings


def _silence(
    context: StationContext, rule: JudgedRule, state: StationState, at_ms: int, *, heard: bool
) -> Findings:
    last_ms = state.order[0] if state.order is not None and state.is_heard else None
    return station_health.silence(rule, context, last_ms=last_ms, at_ms=at_ms, heard=heard)


def _dust_state(state: StationRuleState | None) -> DustState | None:
    return state if isinstance(state, DustState) else None


def _limits(state: StationState, rule: JudgedRule) -> tuple[LimitState, ...]:
    rule_state = _dust_state(state.rules.get(rule.id))
    return () if rule_state is None else tuple(rule_state.limits.values())


def _with(known_of: Backgrounds, report: BackgroundReport) -> Backgrounds:
    """Note an hour's values; of several for one hour the last in order counts, whatever the order of arrival."""
    background = known_of.get(report.area_id, {})
    hour_ms = hour_end_ms(report.time_ms)
    known = background.get(hour_ms)
    if known is not None and (known.time_ms, known.digest) >= (report.time_ms, report.digest):
        return known_of
    newest_ms = max([hour_ms, *background])
    if newest_ms - hour_ms > BACKGROUND_KEPT_MS:
        return known_of
    kept = {hour: value for hour, value in background.items() if newest_ms - hour <= BACKGROUND_KEPT_MS}
    return known_of | {report.area_id: kept | {hour_ms: report}}
