"""missed_collection: a stop of a refuse run that was not visited in its window.

A visit is a hold within the stop's radius, below 10 km/h. The windows of a day are judged once they are
over, by the next report or by a tick; a later visit of that day is noted on the alert.
"""

import math
from collections.abc import Iterator
from datetime import tzinfo

from msgspec import Struct
from msgspec.structs import replace

from alerts.calm import ANY, NEVER_MS, Bounds, Setting
from alerts.episode import NONE, Findings
from alerts.evidence import CollectionEvidence
from alerts.finding import Finding
from alerts.observation import Observation, VehicleContext
from alerts.ruleset import JudgedRule, PlannedStop
from domain.instant import DAY_MS, MINUTE_MS
from domain.localtime import local_day, local_midnight_ms, next_local_midnight_ms
from domain.station import Severity
from domain.timewindow import WEEKDAYS
from geofence.index import SURELY_M
from geofence.usable import GAP_MS, Fix

VISIT_KMH = 10.0
Span = tuple[int, int]


class CollectionState(Struct, frozen=True, array_like=True, tag=True):
    """Visits by stop: the hold under way, and those of the last two days that were long enough.

    `judged_ms`: every window that ended by then is judged, and `next_ms` is the end of the next one.
    `first_ms`: the first report. `alerts`: today's, by stop. `stops`: as they were when last judged;
    `since_ms`: from when those are known that came, or changed, after the first report.
    """

    first_ms: int
    judged_ms: int
    next_ms: int | None
    holds: dict[str, Span] = {}
    visits: dict[str, tuple[Span, ...]] = {}
    alerts: dict[str, Finding] = {}
    stops: tuple[PlannedStop, ...] = ()
    since_ms: dict[str, int] = {}

    def knows(self, stop: PlannedStop, window: Span) -> bool:
        """Tell whether the device and the stop were known when a window began."""
        return window[0] >= self.since_ms.get(stop.key, self.first_ms)


def step(
    rule: JudgedRule, state: CollectionState | None, seen: Observation, context: VehicleContext
) -> tuple[CollectionState | None, Findings]:
    """Judge one report."""
    stops = context.profile.stops
    if not stops:
        return None, NONE
    at_ms = seen.at_ms
    if state is None:
        state = CollectionState(at_ms, at_ms, _next_ms(stops, at_ms, context), stops=stops)
    holds, visits = _visited(state, seen, stops)
    if (state.next_ms is None or at_ms < state.next_ms) and visits is state.visits:
        if holds == state.holds:
            return state, NONE
        return replace(state, holds=holds, visits=visits), NONE
    findings: list[Finding] = []
    alerts = {key: alert for key, alert in state.alerts.items() if at_ms - alert.started_ms < 2 * DAY_MS}
    for stop, window in windows_over(stops, state.judged_ms, at_ms, context.ruleset.time_zone):
        hold = holds.get(stop.key)
        if hold is not None and hold[0] < window[1] and not _is_long(hold, stop):
            continue  # a visit begun in the window may still prove long enough
        if not state.knows(stop, window) or _overlaps(visits.get(stop.key, ()), window):
            continue
        if stop.key in alerts and alerts[stop.key].started_ms == window[1]:
            continue  # told, while a visit begun at another stop keeps its windows open
        heard = seen.before_ms is not None and seen.before_ms >= window[0]
        alerts[stop.key] = missed(rule, stop, window, heard, context)
        findings.append(alerts[stop.key])
    for key, alert in alerts.items():
        later = _later_visit(alert, visits.get(key, ()), context)
        if later is not None:
            alerts[key] = later
            findings = [finding for finding in findings if finding.id != later.id]
            findings.append(later)
    judged_ms = max(_judged_until(stops, holds, at_ms), state.judged_ms)
    next_ms = _next_ms(stops, judged_ms, context)
    after = replace(state, judged_ms=judged_ms, next_ms=next_ms, holds=holds, visits=visits, alerts=alerts)
    return after, tuple(findings)


def carried(
    rule: JudgedRule, state: CollectionState, heard_ms: int, at_ms: int, context: VehicleContext
) -> tuple[CollectionState, Findings]:
    """The state under another version's stops: what ended by then is judged by those that were.

    Windows that had begun before a stop came or changed are not judged by it.
    """
    stops = context.profile.stops
    if stops == state.stops:
        return state, NONE
    known = {stop.key: stop for stop in state.stops}
    same = {stop.key for stop in stops if known.get(stop.key) == stop}
    gone = tuple(stop for stop in state.stops if stop.key not in same)
    findings = [
        missed(rule, stop, window, heard_ms >= window[0], context)
        for stop, window in windows_over(gone, state.judged_ms, at_ms, context.ruleset.time_zone)
        if state.knows(stop, window)
        and not _overlaps(state.visits.get(stop.key, ()), window)
        and not (stop.key in state.alerts and state.alerts[stop.key].started_ms == window[1])
    ]
    after = CollectionState(
        state.first_ms,
        state.judged_ms,
        _next_ms(stops, state.judged_ms, context),
        {key: hold for key, hold in state.holds.items() if key in same},
        {key: visits for key, visits in state.visits.items() if key in same},
        {key: alert for key, alert in state.alerts.items() if key in same},
        stops,
        {
            stop.key: state.since_ms.get(stop.key, state.first_ms) if stop.key in same else at_ms
            for stop in stops
        },
    )
    return after, tuple(findings)


def calm(
    rule: JudgedRule, state: CollectionState | None, setting: Setting, context: VehicleContext
) -> Bounds | None:
    """At no stop: quiet until the next window ends, as far as the next stop if slow."""
    del rule
    stops = context.profile.stops
    if not stops:
        return ANY if state is None else None
    if state is None or state.holds:
        return None
    away_m = min(
        math.hypot(setting.place.x_m - stop.x_m, setting.place.y_m - stop.y_m) - stop.stop.radius_m
        for stop in stops
    )
    until_ms = NEVER_MS if state.next_ms is None else state.next_ms
    return Bounds(until_ms=until_ms, slow_reach_m=away_m - SURELY_M)


def peek(
    rule: JudgedRule, state: CollectionState | None, heard_ms: int, at_ms: int, context: VehicleContext
) -> Findings:
    """What the passing of time up to `at_ms` shows after a report at `heard_ms`: windows over without a visit."""
    if state is None:
        return NONE
    return tuple(
        missed(rule, stop, window, heard_ms >= window[0], context)
        for stop, window in windows_over(
            context.profile.stops, state.judged_ms, at_ms, context.ruleset.time_zone
        )
        if state.knows(stop, window)
        and not _overlaps(state.visits.get(stop.key, ()), window)
        and not _overlaps(_may_grow(state, stop, at_ms), window)
        and not (stop.key in state.alerts and state.alerts[stop.key].started_ms == window[1])
    )


def due_ms(state: CollectionState | None, after_ms: int | None, context: VehicleContext) -> int | None:
    """The end of the next window that is not judged yet."""
    if state is None:
        return None
    next_ms = state.next_ms
    if after_ms is not None and next_ms is not None and after_ms >= next_ms:
        next_ms = _next_ms(context.profile.stops, after_ms, context)
    ends = [hold[1] + GAP_MS + 1 for hold in state.holds.values()]
    dues = [due for due in (next_ms, *ends) if due is not None and (after_ms is None or due > after_ms)]
    return min(dues, default=None)


def _may_grow(state: CollectionState, stop: PlannedStop, at_ms: int) -> tuple[Span, ...]:
    """The hold at a stop, as long as a report may yet make a visit of it."""
    hold = state.holds.get(stop.key)
    return () if hold is None or at_ms - hold[1] > GAP_MS else (hold,)


def missed(
    rule: JudgedRule, stop: PlannedStop, window: Span, heard: bool, context: VehicleContext
) -> Finding:
    """The alert about a window without a visit; it starts and ends with the window's end."""
    vehicle = context.profile.vehicle
    return Finding(
        rule=rule.kind,
        rule_id=rule.id,
        subject=f"vehicle:{vehicle.id}|stop:{stop.key}",
        severity=rule.at_least(Severity.MINOR),
        first_started_ms=window[1],
        started_ms=window[1],
        detected_ms=window[1],
        ended_ms=window[1],
        device_id=context.profile.device_id,
        vehicle_id=vehicle.id,
        district_id=context.ruleset.index.district_at(stop.x_m, stop.y_m),
        lon=stop.stop.lon,
        lat=stop.stop.lat,
        evidence=CollectionEvidence(
            run_id=stop.run_id,
            stop_id=stop.stop.id,
            window_from_ms=window[0],
            window_to_ms=window[1],
            heard=heard,
            radius_m=stop.stop.radius_m,
            min_stay_s=stop.stop.min_stay_s,
        ),
    )


def _visited(
    state: CollectionState, seen: Observation, stops: tuple[PlannedStop, ...]
) -> tuple[dict[str, Span], dict[str, tuple[Span, ...]]]:
    """The holds under way after a report, and the visits."""
    holds = {} if seen.gap else state.holds
    if seen.fix is None:
        return holds, state.visits
    after: dict[str, Span] = {}
    visits = state.visits
    if seen.speed_kmh is not None and seen.speed_kmh < VISIT_KMH:
        for stop in stops:
            if is_at(stop, seen.fix):
                hold = (holds[stop.key][0] if stop.key in holds else seen.at_ms, seen.at_ms)
                after[stop.key] = hold
                if _is_long(hold, stop):
                    visits = _with_visit(visits, stop.key, hold)
    return after, visits


def is_at(stop: PlannedStop, fix: Fix) -> bool:
    """Tell whether a fix lies within a stop's radius."""
    east_m, north_m = fix.x_m - stop.x_m, fix.y_m - stop.y_m
    return east_m * east_m + north_m * north_m <= stop.stop.radius_m * stop.stop.radius_m


def _is_long(hold: Span, stop: PlannedStop) -> bool:
    return hold[1] - hold[0] >= stop.stop.min_stay_s * 1000


def _with_visit(visits: dict[str, tuple[Span, ...]], key: str, visit: Span) -> dict[str, tuple[Span, ...]]:
    """Add a visit, or let the one that began with it grow; what is two days old is forgotten."""
    kept = tuple(
        known for known in visits.get(key, ()) if known[0] != visit[0] and visit[1] - known[1] < 2 * DAY_MS
    )
    return visits | {key: (*kept, visit)}


def _overlaps(visits: "tuple[Span, ...] | list[Span]", window: Span) -> bool:
    return any(first < window[1] and last >= window[0] for first, last in visits)


def windows_over(
    stops: tuple[PlannedStop, ...], after_ms: int, until_ms: int, zone: tzinfo
) -> Iterator[tuple[PlannedStop, Span]]:
    """Windows of the stops that end after one instant and by another."""
    day_ms = local_midnight_ms(after_ms - 2 * DAY_MS, zone)
    while day_ms <= until_ms:
        weekday = WEEKDAYS[local_day(day_ms, zone).weekday()]
        for stop in stops:
            if weekday in stop.stop.window.days:
                window = (
                    day_ms + stop.stop.window.from_min * MINUTE_MS,
                    day_ms + stop.stop.window.to_min * MINUTE_MS,
                )
                if after_ms < window[1] <= until_ms:
                    yield stop, window
        day_ms = next_local_midnight_ms(day_ms, zone)


def _next_ms(stops: tuple[PlannedStop, ...], after_ms: int, context: VehicleContext) -> int | None:
    """The end of the first window that ends after an instant, within eight days."""
    for days in (1, 8):
        ends = [
            window[1]
            for _, window in windows_over(
                stops, after_ms, after_ms + days * DAY_MS, context.ruleset.time_zone
            )
        ]
        if ends:
            return min(ends)
    return None


def _judged_until(stops: tuple[PlannedStop, ...], holds: dict[str, Span], at_ms: int) -> int:
    """Up to which window end all is judged: a short hold begun before an end keeps it open."""
    open_since = [
        hold[0] for stop in stops if (hold := holds.get(stop.key)) is not None and not _is_long(hold, stop)
    ]
    return min([at_ms, *open_since])


def _later_visit(alert: Finding, visits: tuple[Span, ...], context: VehicleContext) -> Finding | None:
    """The alert with the first later visit of its day noted, if there is one that is not."""
    evidence = alert.evidence
    if not isinstance(evidence, CollectionEvidence) or evidence.visited_later_ms is not None:
        return None
    zone = context.ruleset.time_zone
    day_end_ms = next_local_midnight_ms(evidence.window_from_ms, zone)
    later = [first for first, _ in visits if evidence.window_to_ms <= first < day_end_ms]
    if not later:
        return None
    return replace(alert, evidence=replace(evidence, visited_later_ms=min(later)))
