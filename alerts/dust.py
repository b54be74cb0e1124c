"""dust_exceedance: each limit of a station, window by window; background that comes late is judged again.

Windows whose background is missing stay in a tail behind a settled base, so that the value can be put in
when it comes and the runs be told anew. A tick closes windows on a copy: the readings decide in the end.
"""

from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from alerts.averaging import (
    HOUR_MS,
    OpenWindow,
    Verdict,
    add,
    closed,
    counts,
    hour_end_ms,
    judge,
    needs_background,
    window_at,
)
from alerts.dust_run import LimitTerms, Run, advance, lapse
from alerts.episode import NONE, Findings
from alerts.evidence import DustWindow
from alerts.finding import Finding
from alerts.observation import StationContext
from alerts.ruleset import JudgedRule
from domain.identifiers import LimitId
from domain.quantity import Flag
from domain.report import BackgroundReport, DustReport
from domain.station import Limit

JUDGED_AFTER_MS = 120_000
AWAIT_BACKGROUND_MS = 26 * HOUR_MS
Background = dict[int, BackgroundReport]


class LimitState(Struct, frozen=True, array_like=True):
    """One limit: the window that grows, the settled run, the windows after it, the run after those.

    `told` holds what was found over the tail, so that a re-judging knows what to take back.
    """

    open: OpenWindow | None = None
    base: Run = Run()
    tail: tuple[DustWindow, ...] = ()
    run: Run = Run()
    told: tuple[Finding, ...] = ()


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
        if not _concerns(limit):
            continue
        terms = LimitTerms(rule, limit, context)
        before = limits.get(limit.id) or LimitState()
        after, news = _read(terms, before, report, background)
        limits[limit.id] = after
        findings.extend(news)
    return DustState(limits), tuple(findings)


def step_background(
    rule: JudgedRule,
    state: DustState | None,
    background: Background,
    at_ms: int,
    context: StationContext,
) -> tuple[DustState | None, Findings]:
    """Judge again the windows that waited for a background value; `at_ms` is the value's time."""
    if state is None:
        return None, NONE
    limits = dict(state.limits)
    findings: list[Finding] = []
    for limit in context.profile.limits:
        before = limits.get(limit.id)
        if before is None or not before.tail or not needs_background(limit):
            continue
        limits[limit.id], news = _retell(LimitTerms(rule, limit, context), before, background, at_ms)
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
        settled_ms = at_ms - JUDGED_AFTER_MS
        after = before
        window = before.open
        if window is not None and window.end_ms <= settled_ms:
            after, news = _close(terms, before, background, window.end_ms + JUDGED_AFTER_MS)
            findings.extend(news)
        if after.open is None and after.run.is_running:
            passed = window_at(settled_ms + 1, limit.window_s, context.ruleset.time_zone)
            _, news = lapse(terms, after.run, passed.start_ms)
            findings.extend(news)
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


def _concerns(limit: Limit) -> bool:
    """Noise is a rule of its own."""
    return limit.quantity.endswith("_ugm3")


def _read(
    terms: LimitTerms, state: LimitState, report: DustReport, background: Background
) -> tuple[LimitState, Findings]:
    """Add a reading to one limit; it closes the window before it."""
    findings: Findings = NONE
    if state.open is not None and report.time_ms > state.open.end_ms:
        state, findings = _close(terms, state, background, report.time_ms)
    value = counts(report, terms.limit.quantity)
    zone = terms.context.ruleset.time_zone
    window = state.open
    if window is None:
        if value is None and not state.run.is_running:
            return state, findings
        window = window_at(report.time_ms, terms.limit.window_s, zone)
        run, news = lapse(terms, state.run, window.start_ms)
        if run is not state.run:
            state = replace(state, run=run) if state.tail else replace(state, run=run, base=run)
            findings = (*findings, *news)
    if value is not None:
        too_high = report.flag(terms.limit.quantity) is Flag.OVER_RANGE
        window = add(window, report, value, lower_bound=too_high)
    return replace(state, open=window), findings


def _close(
    terms: LimitTerms, state: LimitState, background: Background, at_ms: int
) -> tuple[LimitState, Findings]:
    """Close the window that grows and go on from it."""
    open_window = state.open
    assert open_window is not None
    at_ms = min(at_ms, open_window.end_ms + JUDGED_AFTER_MS)
    window = closed(terms.limit, open_window, background.get(hour_end_ms(open_window.end_ms)))
    run, findings = advance(terms, state.run, window, at_ms)
    told = {finding.id: finding for finding in (*state.told, *findings)}
    state = LimitState(None, state.base, (*state.tail, window), run, tuple(told.values()))
    return _settle(terms, state, window.start_ms), findings


def _settle(terms: LimitTerms, state: LimitState, now_ms: int) -> LimitState:
    """Move what no background can change any more from the tail into the base."""
    base, tail = state.base, state.tail
    while tail and (
        tail[0].verdict != Verdict.PROVISIONAL or now_ms - tail[0].start_ms > AWAIT_BACKGROUND_MS
    ):
        base, _ = advance(terms, base, tail[0], tail[0].start_ms)
        tail = tail[1:]
    if not tail:
        return LimitState(state.open, state.run, (), state.run)
    return replace(state, base=_same_alert(base, state.told), tail=tail)


def _same_alert(run: Run, told: tuple[Finding, ...]) -> Run:
    """Give a run that was told over again the alert as it was first told: its id and its detection."""
    if run.alert is None:
        return run
    known = next((finding for finding in told if finding.id == run.alert.id), None)
    if known is None:
        return run
    return replace(run, alert=replace(run.alert, detected_ms=known.detected_ms))


def _retell(
    terms: LimitTerms, state: LimitState, background: Background, at_ms: int
) -> tuple[LimitState, Findings]:
    """Judge the windows of the tail again and tell their runs anew."""
    tail = tuple(
        judge(terms.limit, window, background.get(hour_end_ms(window.start_ms + terms.window_ms)))
        for window in state.tail
    )
    if tail == state.tail:
        return state, NONE
    run, found = state.base, dict[UUID, Finding]()
    for window in tail:
        run, news = advance(terms, run, window, at_ms)
        found.update({finding.id: finding for finding in news})
    if state.run.last_start_ms is not None and run.last_start_ms is not None:
        run, news = lapse(terms, run, state.run.last_start_ms + terms.window_ms)
        found.update({finding.id: finding for finding in news})
    told = {finding.id: finding for finding in state.told}
    renamed = _renamed(found, told)
    findings = [renamed[key] for key in renamed if told.get(renamed[key].id) != renamed[key]]
    kept = {finding.id for finding in renamed.values()}
    findings += [
        replace(finding, withdrawn="background value came late")
        for finding in state.told
        if finding.id not in kept and finding.withdrawn is None
    ]
    if run.alert is not None and run.alert.id in renamed:
        run = replace(run, alert=renamed[run.alert.id])
    after = LimitState(state.open, state.base, tail, run, tuple(renamed.values()))
    return _settle(terms, after, tail[-1].start_ms), tuple(findings)


def _renamed(found: dict[UUID, Finding], told: dict[UUID, Finding]) -> dict[UUID, Finding]:
    """Let a finding that overlaps one told before be that alert, corrected: it keeps id and detection."""
    renamed: dict[UUID, Finding] = {}
    taken: set[UUID] = set()
    for key, finding in found.items():
        known = told.get(key)
        if known is None:
            known = next(
                (
                    old
                    for old in told.values()
                    if old.id not in taken and old.id not in found and _overlap(old, finding)
                ),
                None,
            )
        if known is None:
            renamed[key] = finding
            continue
        taken.add(known.id)
        renamed[key] = replace(
            finding, first_started_ms=known.first_started_ms, detected_ms=known.detected_ms
        )
    return renamed


def _overlap(one: Finding, other: Finding) -> bool:
    far = 1 << 62
    return one.started_ms <= (other.ended_ms or far) and other.started_ms <= (one.ended_ms or far)
