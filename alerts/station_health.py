"""Stations that cannot be believed or heard: sensor_fault, station_silent.

Runs of several kinds of unbelievable readings that touch are one alert of the station.
"""

from collections.abc import Iterable

from msgspec import Struct
from msgspec.structs import replace

from alerts.averaging import PARTICULATE_MAX_UGM3
from alerts.episode import NONE, Findings, ended, is_ongoing, place_of, station_finding
from alerts.evidence import SilenceEvidence
from alerts.finding import Finding
from alerts.observation import StationContext
from alerts.ruleset import JudgedRule
from alerts.station_evidence import SensorEvidence, SensorRun
from domain.quantity import PARTICULATES, Flag, Quantity
from domain.report import DustReport
from domain.station import Severity

ABOVE_RUNNING = 10
FLAG_MS = 1_800_000
EARLIER = 8
SILENT_MS = 1_800_000
BAD_FLAGS = frozenset({Flag.FAULT, Flag.LINK_LOST, Flag.CALIBRATION, Flag.STOPPED, Flag.MAINTENANCE})


class Track(Struct, frozen=True, array_like=True):
    """One run under way; it counts once it is long enough."""

    run: SensorRun
    counts: bool


class SensorState(Struct, frozen=True, array_like=True, tag=True):
    """The runs under way, by kind and quantity, and the alert.

    `earlier` are alerts before it, eight at most, that a run under way would touch once it is long enough.
    """

    tracks: dict[str, Track]
    alert: Finding | None = None
    earlier: tuple[Finding, ...] = ()


def step(
    rule: JudgedRule, state: SensorState | None, report: DustReport, context: StationContext
) -> tuple[SensorState | None, Findings]:
    """Judge one reading."""
    before: dict[str, Track] = {} if state is None else state.tracks
    tracks = dict(before)
    ended_any = False
    for quantity in PARTICULATES:
        value = report.values.get(quantity)
        if value is None:
            continue
        ended_any |= _stuck(tracks, quantity, value, report.time_ms, round(rule.params["stuck_n"]))
        ended_any |= _out_of_range(tracks, quantity, value, report.time_ms)
    ended_any |= _above(tracks, report)
    for quantity in report.values.keys() | report.flags.keys():
        ended_any |= _flagged(tracks, quantity, report)
    alert, earlier = (None, ()) if state is None else (state.alert, state.earlier)
    counting = {key: track for key, track in tracks.items() if track.counts}
    new = [
        track.run
        for key, track in sorted(counting.items())
        if not (key in before and before[key].counts and before[key].run.from_ms == track.run.from_ms)
    ]
    last, alert, joined = alert, *_joined(alert, earlier, new)
    alert, findings = _told(rule, alert, new, counting, report.time_ms, context, over=ended_any)
    if findings and alert is not None:
        alert = _with_counts(alert, (*before.values(), *tracks.values()))
        findings = (*joined, alert)
    if last is not None and alert is not None and alert.first_started_ms > last.first_started_ms:
        earlier = (*earlier, last)[-EARLIER:]
    return SensorState(tracks, alert, _within_reach(earlier, alert, tracks.values())), findings


def _joined(
    alert: Finding | None, earlier: tuple[Finding, ...], new: list[SensorRun]
) -> tuple[Finding | None, Findings]:
    """The first alert that runs which have become long enough touch, with those after it taken back into it."""
    touched = [
        one for one in earlier if one.ended_ms is not None and any(run.from_ms <= one.ended_ms for run in new)
    ]
    if alert is None or not touched:
        return alert, NONE
    first, *others = *touched, alert
    runs = tuple(
        run
        for one in (first, *others)
        if isinstance(one.evidence, SensorEvidence)
        for run in one.evidence.runs
    )
    return replace(first, ended_ms=None, evidence=SensorEvidence(runs=runs)), tuple(
        replace(one, withdrawn="one fault with the alert before it") for one in others
    )


def _within_reach(
    earlier: tuple[Finding, ...], alert: Finding | None, tracks: Iterable[Track]
) -> tuple[Finding, ...]:
    """Those of the alerts before the last that a run which is not long enough yet has touched."""
    from_ms = min((track.run.from_ms for track in tracks if not track.counts), default=None)
    if from_ms is None or alert is None:
        return ()
    return tuple(
        one
        for one in earlier
        if one.ended_ms is not None
        and from_ms <= one.ended_ms
        and one.first_started_ms < alert.first_started_ms
    )


def _with_counts(alert: Finding, tracks: Iterable[Track]) -> Finding:
    """The alert with its runs as long as they have grown by now."""
    evidence = alert.evidence
    assert isinstance(evidence, SensorEvidence)
    grown = {(run.kind, run.quantity, run.from_ms): run for run in (track.run for track in tracks)}
    runs = tuple(grown.get((run.kind, run.quantity, run.from_ms), run) for run in evidence.runs)
    return replace(alert, evidence=SensorEvidence(runs=runs))


def _put(tracks: dict[str, Track], key: str, track: Track | None) -> bool:
    """Replace a track; tell whether one that counted has ended."""
    before = tracks.get(key)
    if track is None:
        tracks.pop(key, None)
    else:
        tracks[key] = track
    return before is not None and before.counts and (track is None or track.run.from_ms != before.run.from_ms)


def _stuck(tracks: dict[str, Track], quantity: Quantity, value: float, at_ms: int, stuck_n: int) -> bool:
    key = f"stuck:{quantity}"
    if value == 0:
        return _put(tracks, key, None)
    before = tracks.get(key)
    run = SensorRun(kind="stuck", quantity=quantity, from_ms=at_ms, readings=1, value=value)
    if before is not None and before.run.value == value:
        run = replace(before.run, readings=before.run.readings + 1)
    return _put(tracks, key, Track(run, run.readings >= stuck_n))


def _out_of_range(tracks: dict[str, Track], quantity: Quantity, value: float, at_ms: int) -> bool:
    key = f"out_of_range:{quantity}"
    if 0 <= value <= PARTICULATE_MAX_UGM3:
        return _put(tracks, key, None)
    before = tracks.get(key)
    run = SensorRun(kind="out_of_range", quantity=quantity, from_ms=at_ms, readings=1, value=value)
    if before is not None:
        run = replace(before.run, readings=before.run.readings + 1)
    return _put(tracks, key, Track(run, counts=True))


def _above(tracks: dict[str, Track], report: DustReport) -> bool:
    fine, coarse = report.values.get(Quantity.PM25), report.values.get(Quantity.PM10)
    if fine is None or coarse is None:
        return False
    key = "pm25_above_pm10"
    if fine * 10 <= coarse * 11:  # tenths, so that exactly 1.1 times is not above
        return _put(tracks, key, None)
    before = tracks.get(key)
    run = SensorRun(
        kind=key, quantity=Quantity.PM25, from_ms=report.time_ms, readings=1, value=fine, beside=coarse
    )
    if before is not None:
        run = replace(before.run, readings=before.run.readings + 1)
    return _put(tracks, key, Track(run, run.readings >= ABOVE_RUNNING))


def _flagged(tracks: dict[str, Track], quantity: Quantity, report: DustReport) -> bool:
    key = f"flag:{quantity}"
    flag = report.flag(quantity)
    if flag not in BAD_FLAGS:
        return _put(tracks, key, None)
    before = tracks.get(key)
    run = SensorRun(kind="flag", quantity=quantity, from_ms=report.time_ms, readings=1, flag=flag.value)
    if before is not None:
        run = replace(before.run, readings=before.run.readings + 1)
    return _put(tracks, key, Track(run, report.time_ms - run.from_ms >= FLAG_MS))


def _told(
    rule: JudgedRule,
    alert: Finding | None,
    new: list[SensorRun],
    counting: dict[str, Track],
    at_ms: int,
    context: StationContext,
    *,
    over: bool,
) -> tuple[Finding | None, Findings]:
    """Raise, widen or end the station's one alert."""
    findings: Findings = NONE
    if new:
        from_ms = min(run.from_ms for run in new)
        touches = alert is not None and (alert.ended_ms is None or from_ms <= alert.ended_ms)
        if alert is not None and touches:
            evidence = alert.evidence
            known = evidence.runs if isinstance(evidence, SensorEvidence) else ()
            alert = replace(
                alert,
                started_ms=min(alert.started_ms, from_ms),
                ended_ms=None,
                evidence=SensorEvidence(runs=(*known, *new)),
            )
        else:
            alert = _finding(rule, new, from_ms, at_ms, context)
        findings = (alert,)
    if alert is not None and is_ongoing(alert) and not counting and (over or new):
        alert = ended(alert, at_ms)
        findings = (alert,)
    return alert, findings


def _finding(
    rule: JudgedRule, runs: list[SensorRun], from_ms: int, at_ms: int, context: StationContext
) -> Finding:
    profile = context.profile
    return station_finding(
        rule,
        place_of(profile.station),
        profile.device_id,
        severity=rule.at_least(Severity.MINOR),
        started_ms=from_ms,
        detected_ms=at_ms,
        evidence=SensorEvidence(runs=tuple(runs)),
    )


def silence(
    rule: JudgedRule, context: StationContext, *, last_ms: int | None, at_ms: int, heard: bool
) -> Findings:
    """The silence since the last reading, if it is too long at `at_ms`; `heard` when a reading ends it there."""
    if last_ms is None or at_ms - last_ms < SILENT_MS:
        return NONE
    profile = context.profile
    finding = station_finding(
        rule,
        place_of(profile.station),
        profile.device_id,
        severity=rule.at_least(Severity.MINOR),
        started_ms=last_ms,
        detected_ms=last_ms + SILENT_MS,
        ended_ms=at_ms if heard else None,
        evidence=SilenceEvidence(allowed_s=SILENT_MS / 1000, was_active=True),
    )
    return (finding,)
