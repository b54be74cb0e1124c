"""One limit at one station: the window that grows, the run it feeds, and windows whose background may yet come.

For a limit that subtracts a background, the windows of the last 26 hours stay in a tail behind a settled
base, so that a value that comes late, or again, can be put in and the runs be told anew: the order in
which values and readings come does not matter.
"""

from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from alerts.averaging import (
    OpenWindow,
    add,
    closed,
    counts,
    hour_end_ms,
    judge,
    needs_background,
    window_at,
)
from alerts.dust_run import LimitTerms, Run, advance, end, lapse
from alerts.episode import NONE, Findings
from alerts.finding import Finding
from alerts.station_evidence import DustWindow
from domain.identifiers import AreaId
from domain.instant import HOUR_MS
from domain.quantity import Flag
from domain.report import BackgroundReport, DustReport

JUDGED_AFTER_MS = 120_000
AWAIT_BACKGROUND_MS = 26 * HOUR_MS
Background = dict[int, BackgroundReport]
"""An area's values by the end (ms) of their hour."""
Backgrounds = dict[AreaId, Background]


class LimitState(Struct, frozen=True, array_like=True):
    """The window that grows; the run after all closed windows; and the base and tail it can be told from anew.

    `told` holds what was found over the tail, so that a new telling knows what to correct or take back.
    `begins_ms`: no window that starts before it is judged. `until_ms`: where the terms are over, the end of the
    window that was in course then.
    """

    terms: LimitTerms
    open: OpenWindow | None = None
    run: Run = Run()
    base: Run = Run()
    tail: tuple[DustWindow, ...] = ()
    told: tuple[Finding, ...] = ()
    begins_ms: int | None = None
    until_ms: int | None = None


def background_of(limit: LimitState, known: Backgrounds) -> Background:
    """The values that a limit is judged against: those of the area its terms name."""
    return known.get(limit.terms.area_id, {}) if limit.terms.area_id is not None else {}


def read(state: LimitState, report: DustReport, background: Background) -> tuple[LimitState, Findings]:
    """Add a reading; it closes the window before it."""
    terms = state.terms
    findings: Findings = NONE
    if state.open is not None and report.time_ms > state.open.end_ms:
        state, findings = close(state, background, report.time_ms)
    value = counts(report, terms.limit.quantity)
    window = state.open
    if window is None:
        if value is None and not state.run.is_running:
            return state, findings
        window = window_at(report.time_ms, terms.limit, terms.zone)
        if state.begins_ms is not None and window.start_ms < state.begins_ms:
            return state, findings
        run, news = lapse(terms, state.run, window.start_ms)
        state = replace(state, run=run, told=_told(state.told, news) if state.tail else ())
        findings = (*findings, *news)
    if value is not None:
        too_high = report.flag(terms.limit.quantity) is Flag.OVER_RANGE
        window = add(window, report, value, lower_bound=too_high)
    return replace(state, open=window), findings


def read_former(
    state: LimitState, report: DustReport, background: Background
) -> tuple[LimitState | None, Findings]:
    """As `read`, of a limit whose terms are over; None once nothing is awaited of it any more."""
    until_ms = state.until_ms
    assert until_ms is not None
    if report.time_ms <= until_ms:
        return read(state, report, background)
    state, findings = finish(state, background, report.time_ms)
    awaited = state.tail and report.time_ms - until_ms <= AWAIT_BACKGROUND_MS
    return state if awaited else None, findings


def finish(state: LimitState, background: Background, at_ms: int) -> tuple[LimitState, Findings]:
    """Close the window that grows, if any, and end the run: nothing of these terms comes after it."""
    findings: Findings = NONE
    if state.open is not None:
        state, findings = close(state, background, at_ms)
    run, news = end(state.run)
    told = _told(state.told, news) if state.tail else ()
    return replace(state, run=run, told=told), (*findings, *news)


def close(state: LimitState, background: Background, at_ms: int) -> tuple[LimitState, Findings]:
    """Close the window that grows and go on from it; raises AssertionError without one."""
    terms, open_window = state.terms, state.open
    assert open_window is not None
    at_ms = min(at_ms, open_window.end_ms + JUDGED_AFTER_MS)
    window = closed(terms.limit, open_window, background.get(hour_end_ms(open_window.end_ms)))
    run, findings = advance(terms, state.run, window, at_ms)
    if not needs_background(terms.limit):
        return replace(state, open=None, run=run), findings
    told = _told(state.told, findings)
    after = replace(state, open=None, run=run, tail=(*state.tail, window), told=told)
    return _settled(after, window.start_ms), findings


def pass_time(state: LimitState, background: Background, at_ms: int) -> Findings:
    """What the passing of time up to `at_ms` shows: windows close 120 s after their end, runs lapse."""
    terms = state.terms
    findings: list[Finding] = []
    settled_ms = at_ms - JUDGED_AFTER_MS
    if state.open is not None and state.open.end_ms <= settled_ms:
        state, news = close(state, background, state.open.end_ms + JUDGED_AFTER_MS)
        findings.extend(news)
    if state.open is None and state.run.is_running:
        passed = window_at(settled_ms + 1, terms.limit, terms.zone)
        is_over = state.until_ms is not None and state.until_ms <= settled_ms
        _, news = end(state.run) if is_over else lapse(terms, state.run, passed.start_ms)
        findings.extend(news)
    return tuple(findings)


def retell(
    state: LimitState, background: Background, at_ms: int, newest_ms: int | None
) -> tuple[LimitState, Findings]:
    """Judge the windows of the tail again and tell their runs anew, up to the newest reading."""
    terms = state.terms
    tail = tuple(
        judge(terms.limit, window, background.get(hour_end_ms(window.start_ms + terms.window_ms)))
        for window in state.tail
    )
    if tail == state.tail:
        return state, NONE
    run, found = state.base, dict[UUID, Finding]()
    if run.alert is not None and run.is_running:
        found[run.alert.id] = run.alert
    for window in tail:
        run, news = advance(terms, run, window, at_ms)
        found.update({finding.id: finding for finding in news})
    now = state.open
    if now is None and newest_ms is not None:
        now = window_at(newest_ms, terms.limit, terms.zone)
    if now is not None:
        is_over = state.until_ms is not None and newest_ms is not None and newest_ms > state.until_ms
        run, news = end(run) if is_over else lapse(terms, run, now.start_ms)
        found.update({finding.id: finding for finding in news})
    known = {finding.id: finding for finding in state.told}
    renamed = _renamed(found, known)
    findings = [finding for finding in renamed.values() if known.get(finding.id) != finding]
    kept = {finding.id for finding in renamed.values()}
    findings += [
        replace(finding, withdrawn="a background value came late")
        for finding in state.told
        if finding.id not in kept
    ]
    if run.alert is not None and run.alert.id in renamed:
        run = replace(run, alert=renamed[run.alert.id])
    after = replace(state, run=run, tail=tail, told=tuple(renamed.values()))
    return after, tuple(findings)


def _told(told: tuple[Finding, ...], news: Findings) -> tuple[Finding, ...]:
    """What was told so far, with the news over it."""
    return tuple({finding.id: finding for finding in (*told, *news)}.values()) if news else told


def _settled(state: LimitState, now_ms: int) -> LimitState:
    """Move what no background is awaited for any more from the tail into the base."""
    base, tail = state.base, state.tail
    while tail and now_ms - tail[0].start_ms > AWAIT_BACKGROUND_MS:
        base, _ = advance(state.terms, base, tail[0], tail[0].start_ms)
        tail = tail[1:]
    if tail is state.tail:
        return state
    told = {finding.id: finding for finding in state.told}
    if base.alert is not None:
        as_told = _renamed({base.alert.id: base.alert}, told)[base.alert.id]
        base = replace(base, alert=as_told)
    begun_ms = tail[0].start_ms if tail else now_ms
    kept = tuple(finding for finding in state.told if finding.ended_ms is None or finding.ended_ms > begun_ms)
    return replace(state, base=base, tail=tail, told=kept)


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
