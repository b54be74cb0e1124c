"""dust_exceedance and noise_exceedance: each limit of a station, reading by reading; a tick looks without changing anything."""

from msgspec import Struct

from alerts import dust_limit
from alerts.averaging import needs_background
from alerts.dust_limit import JUDGED_AFTER_MS, Background, LimitState
from alerts.dust_run import LimitTerms
from alerts.episode import NONE, Findings
from alerts.finding import Finding
from alerts.observation import StationContext
from alerts.ruleset import JudgedRule
from domain.identifiers import LimitId
from domain.quantity import PARTICULATES, Quantity
from domain.report import DustReport
from domain.rule import RuleKind
from domain.station import Limit

QUANTITIES = {
    RuleKind.DUST_EXCEEDANCE: frozenset(PARTICULATES),
    RuleKind.NOISE_EXCEEDANCE: frozenset({Quantity.NOISE}),
}


class DustState(Struct, frozen=True, array_like=True, tag=True):
    """All limits of a station."""

    limits: dict[LimitId, LimitState]


def step(
    rule: JudgedRule,
    state: DustState | None,
    report: DustReport,
    background: Background,
    context: StationContext,
) -> tuple[DustState | None, Findings]:
    """Judge one reading."""
    limits: dict[LimitId, LimitState] = {} if state is None else dict(state.limits)
    findings: list[Finding] = []
    for limit in context.profile.limits:
        if limit.quantity not in QUANTITIES[rule.kind]:
            continue
        terms = LimitTerms(rule, limit, context)
        before = limits.get(limit.id) or LimitState()
        after, news = dust_limit.read(terms, before, report, background)
        limits[limit.id] = after
        findings.extend(news)
    return DustState(limits), tuple(findings)


def step_background(
    rule: JudgedRule,
    state: DustState | None,
    background: Background,
    at_ms: int,
    newest_ms: int | None,
    context: StationContext,
) -> tuple[DustState | None, Findings]:
    """Judge again the windows that waited for a background value.

    `at_ms` is the value's time, `newest_ms` that of the station's newest reading.
    """
    if state is None:
        return None, NONE
    limits = dict(state.limits)
    findings: list[Finding] = []
    for limit in context.profile.limits:
        before = limits.get(limit.id)
        if before is None or not before.tail or not needs_background(limit):
            continue
        terms = LimitTerms(rule, limit, context)
        limits[limit.id], news = dust_limit.retell(terms, before, background, at_ms, newest_ms)
        findings.extend(news)
    return DustState(limits), tuple(findings)


def peek(
    rule: JudgedRule,
    state: DustState | None,
    background: Background,
    at_ms: int,
    context: StationContext,
) -> Findings:
    """What the passing of time up to `at_ms` shows, without a change of state."""
    findings: list[Finding] = []
    for limit, before in _watched(state, context):
        terms = LimitTerms(rule, limit, context)
        findings.extend(dust_limit.pass_time(terms, before, background, at_ms))
    return tuple({finding.id: finding for finding in findings}.values())


def due_ms(state: DustState | None, after_ms: int, context: StationContext) -> int | None:
    """The earliest time after `after_ms` at which `peek` could show something new."""
    due: list[int] = []
    for limit, before in _watched(state, context):
        length_ms = limit.window_s * 1000
        ends = []
        if before.open is not None:
            ends = [before.open.end_ms, before.open.end_ms + length_ms, before.open.end_ms + 2 * length_ms]
        elif before.run.last_start_ms is not None and before.run.is_running:
            ends = [before.run.last_start_ms + (number + 2) * length_ms for number in range(2)]
        due.extend(end + JUDGED_AFTER_MS for end in ends if end + JUDGED_AFTER_MS > after_ms)
    return min(due, default=None)


def _watched(state: DustState | None, context: StationContext) -> list[tuple[Limit, LimitState]]:
    """The limits that have a state."""
    if state is None:
        return []
    return [(limit, state.limits[limit.id]) for limit in context.profile.limits if limit.id in state.limits]
