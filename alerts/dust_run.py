"""Runs of windows over a limit: when one begins, goes on and ends, and the alert it makes.

The first n windows over in a local day are recorded; each after them raises an alert or continues that
of the window before. One window without verdict neither continues nor breaks a run, two end it.
"""

from functools import cache
from zoneinfo import ZoneInfo

from msgspec import Struct
from msgspec.structs import replace

from alerts.averaging import Verdict, needs_background
from alerts.episode import NONE, Findings, StationPlace, ended, is_ongoing, station_finding
from alerts.finding import Finding
from alerts.ruleset import JudgedRule
from alerts.station_evidence import DustEvidence, DustWindow
from domain.identifiers import AreaId, DeviceId
from domain.localtime import local_midnight_ms
from domain.rule import RuleKind
from domain.station import Limit, Severity
from domain.timewindow import is_open

RUNNING_MAJOR = 4
QUIET_ENDS = 2
EVIDENCE_WINDOWS = 48


class Run(Struct, frozen=True, array_like=True):
    """Where a limit stands after its latest window: the day's count, and the run with its alert.

    `recorded` are the day's windows over it that were allowed.
    """

    day_ms: int | None = None
    over_today: int = 0
    last_start_ms: int | None = None
    quiet: int = 0
    windows: tuple[DustWindow, ...] = ()
    windows_over: int = 0
    peak: float = 0.0
    last_end_ms: int = 0
    alert: Finding | None = None
    recorded: tuple[DustWindow, ...] = ()

    @property
    def is_running(self) -> bool:
        """Tell whether a run is under way."""
        return self.windows_over > 0


class LimitTerms(Struct, frozen=True, array_like=True):
    """One limit at one station, judged by one rule: all that its windows are judged by, whatever comes later.

    `area_id` is where the background comes from, if the limit needs one.
    """

    rule: JudgedRule
    limit: Limit
    device_id: DeviceId
    place: StationPlace
    time_zone: str
    area_id: AreaId | None = None

    @property
    def window_ms(self) -> int:
        """The length of its windows."""
        return self.limit.window_s * 1000

    @property
    def zone(self) -> ZoneInfo:
        """The zone of its days and windows."""
        return _zone(self.time_zone)


@cache
def _zone(key: str) -> ZoneInfo:
    return ZoneInfo(key)


def advance(terms: LimitTerms, run: Run, window: DustWindow, at_ms: int) -> tuple[Run, Findings]:
    """Add the next closed window; `at_ms` is when its verdict was settled."""
    limit, zone = terms.limit, terms.zone
    run, findings = lapse(terms, run, window.start_ms)
    day_ms = local_midnight_ms(window.start_ms, zone)
    if day_ms != run.day_ms:
        run = replace(run, day_ms=day_ms, over_today=0, recorded=())
    run = replace(run, last_start_ms=window.start_ms)
    if not is_in_force(limit, window.start_ms, zone) or window.verdict == Verdict.UNDER:
        run, news = end(run)
    elif window.verdict == Verdict.OVER:
        run = replace(run, over_today=run.over_today + 1, quiet=0)
        news = NONE
        if run.over_today > limit.exceedances_allowed_per_day:
            run, news = _extend(terms, run, window, at_ms)
        else:
            run = replace(run, recorded=(*run.recorded, window))
    elif window.verdict == Verdict.BETWEEN and run.is_running:
        run, news = _prolong(terms, run, window)
    else:
        run = replace(run, quiet=run.quiet + 1)
        run, news = end(run) if run.quiet >= QUIET_ENDS else (run, NONE)
    findings = (*findings, *news)
    ends_day = local_midnight_ms(window.start_ms + terms.window_ms, zone) != day_ms
    if ends_day and limit.exceedances_allowed_per_day > 0:
        run, news = end(run)
        findings = (*findings, *news)
    return run, findings


def is_in_force(limit: Limit, start_ms: int, zone: ZoneInfo) -> bool:
    """Tell whether a window that starts then is within the limit's dates and its own hours."""
    return limit.validity.contains(start_ms) and is_open(limit.windows, start_ms, zone)


def lapse(terms: LimitTerms, run: Run, start_ms: int) -> tuple[Run, Findings]:
    """Let the windows between the latest and the one that starts at `start_ms` pass without readings.

    Where exceedances are counted by the day, a run ends with it.
    """
    if run.last_start_ms is None:
        return run, NONE
    missing = (start_ms - run.last_start_ms) // terms.window_ms - 1
    if missing > 0:
        run = replace(run, quiet=run.quiet + missing, last_start_ms=start_ms - terms.window_ms)
    zone = terms.zone
    next_day = run.is_running and run.day_ms != local_midnight_ms(start_ms, zone)
    by_day = terms.limit.exceedances_allowed_per_day > 0
    return end(run) if run.quiet >= QUIET_ENDS or (next_day and by_day) else (run, NONE)


def end(run: Run) -> tuple[Run, Findings]:
    """End the run under way, if any."""
    findings: Findings = NONE
    alert = run.alert
    if alert is not None and is_ongoing(alert):
        alert = ended(alert, run.last_end_ms)
        findings = (alert,)
    return Run(
        run.day_ms, run.over_today, run.last_start_ms, run.quiet, alert=alert, recorded=run.recorded
    ), findings


def _extend(terms: LimitTerms, run: Run, window: DustWindow, at_ms: int) -> tuple[Run, Findings]:
    """A window over: it begins a run or goes on with it."""
    value = 0.0 if window.value is None else window.value
    windows = (*run.windows, window)[-EVIDENCE_WINDOWS:]
    after = replace(
        run,
        quiet=0,
        windows=windows,
        windows_over=run.windows_over + 1,
        peak=value if not run.is_running else max(run.peak, value),
        last_end_ms=window.start_ms + terms.window_ms,
    )
    severity = terms.limit.severity
    grave = after.peak >= 2 * terms.limit.limit or after.windows_over >= RUNNING_MAJOR
    if grave and terms.rule.kind is RuleKind.DUST_EXCEEDANCE:
        severity = max(severity, Severity.MAJOR, key=lambda s: s.rank)
    severity = terms.rule.at_least(severity, terms.limit.severity)
    alert = run.alert if run.is_running else None
    if alert is None:
        alert = _finding(terms, after, window, severity, at_ms)
    else:
        alert = replace(alert, severity=severity, evidence=_evidence(terms, after))
    return replace(after, alert=alert), (alert,)


def _prolong(terms: LimitTerms, run: Run, window: DustWindow) -> tuple[Run, Findings]:
    """A window that is not over, but not clear of it either: the run lasts."""
    after = replace(
        run,
        quiet=0,
        windows=(*run.windows, window)[-EVIDENCE_WINDOWS:],
        last_end_ms=window.start_ms + terms.window_ms,
    )
    if run.alert is None:
        return after, NONE
    alert = replace(run.alert, evidence=_evidence(terms, after))
    return replace(after, alert=alert), (alert,)


def _finding(terms: LimitTerms, run: Run, window: DustWindow, severity: Severity, at_ms: int) -> Finding:
    return station_finding(
        terms.rule,
        terms.place,
        terms.device_id,
        severity=severity,
        started_ms=window.start_ms,
        detected_ms=max(at_ms, window.start_ms + terms.window_ms),
        evidence=_evidence(terms, run),
        about=f"|limit:{terms.limit.id}",
    )


def _evidence(terms: LimitTerms, run: Run) -> DustEvidence:
    limit = terms.limit
    has_background = needs_background(limit)
    return DustEvidence(
        limit_id=limit.id,
        quantity=limit.quantity,
        limit=limit.limit,
        window_s=limit.window_s,
        peak=run.peak,
        windows_over=run.windows_over,
        allowed_per_day=limit.exceedances_allowed_per_day,
        windows=run.windows,
        recorded=run.recorded,
        limit_name=limit.name,
        clear_below=limit.clear_below,
        min_coverage=limit.min_coverage,
        minus_background=has_background and limit.minus_background,
        background_cap=limit.background_cap if has_background else None,
        aqi_correction=limit.aqi_correction if has_background else None,
    )
