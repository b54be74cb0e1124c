"""How the stops of refuse runs were served on a day: in their window, late, missed, or nobody knows.

The alerts of `missed_collection` decide where there are any, so that both always say the same; what was served is
read off the positions by the measure of that rule.
"""

from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum

from msgspec import Struct

from alerts.collection import VISIT_KMH, Span, is_at, windows_over
from alerts.evidence import CollectionEvidence
from alerts.finding import Finding
from alerts.ruleset import PlannedStop, Ruleset, VehicleProfile
from domain.identifiers import DistrictId
from domain.localtime import next_local_midnight_ms
from domain.rule import RuleKind
from geofence.motion import speed_of
from geofence.place import Placed
from geofence.usable import FixUse, UsableState, is_gap, use_fix


class StopState(StrEnum):
    """What became of a stop that was due."""

    SERVED = "served"
    LATE = "late"
    MISSED = "missed"
    UNKNOWN = "unknown"


class DueStop(Struct, frozen=True, kw_only=True):
    """A stop that was due in a window, and what became of it."""

    run_id: str
    stop_id: str
    district_id: DistrictId | None
    window: Span
    state: StopState


def due_stops(
    ruleset: Ruleset,
    profile: VehicleProfile,
    placed: Sequence[Placed],
    alerts: Iterable[Finding],
    from_ms: int,
    to_ms: int,
) -> tuple[DueStop, ...]:
    """The stops of a vehicle whose windows ended in (from, to], as the day's reports and the alerts about them say."""
    windows = list(windows_over(profile.stops, from_ms, to_ms, ruleset.time_zone))
    if not windows:
        return ()
    visits = visits_of(profile.stops, placed)
    heard_ms = [one.report.time_ms for one in placed]
    told = {
        (finding.evidence.run_id, finding.evidence.stop_id, finding.evidence.window_to_ms): finding.evidence
        for finding in alerts
        if finding.withdrawn is None and isinstance(finding.evidence, CollectionEvidence)
    }
    is_judged = any(rule.kind is RuleKind.MISSED_COLLECTION for rule in profile.rules)
    return tuple(
        DueStop(
            run_id=stop.run_id,
            stop_id=stop.stop.id,
            district_id=ruleset.index.district_at(stop.x_m, stop.y_m),
            window=window,
            state=_of_alert(evidence)
            if (evidence := told.get((stop.run_id, stop.stop.id, window[1]))) is not None
            else _of_visits(
                visits.get(stop.key, ()),
                window,
                next_local_midnight_ms(window[0], ruleset.time_zone),
                was_heard=not is_judged and any(at_ms >= window[0] for at_ms in heard_ms),
            ),
        )
        for stop, window in windows
    )


def _of_alert(evidence: CollectionEvidence) -> StopState:
    if evidence.visited_later_ms is not None:
        return StopState.LATE
    return StopState.MISSED if evidence.heard else StopState.UNKNOWN


def _of_visits(visits: Sequence[Span], window: Span, day_end_ms: int, *, was_heard: bool) -> StopState:
    """Without an alert: by the visits, and where the rule does not judge it also by their absence."""
    if any(first < window[1] and last >= window[0] for first, last in visits):
        return StopState.SERVED
    if any(window[1] <= first < day_end_ms for first, _ in visits):
        return StopState.LATE
    return StopState.MISSED if was_heard else StopState.UNKNOWN


def visits_of(stops: Sequence[PlannedStop], placed: Iterable[Placed]) -> Mapping[str, tuple[Span, ...]]:
    """The visits of each stop, by its key: holds within its radius, slower than 10 km/h, that were long enough."""
    usable, holds = UsableState(), dict[str, Span]()
    visits: dict[str, dict[int, Span]] = {}
    for one in placed:
        last = usable.last
        usable, use = use_fix(usable, one)
        fix = usable.last
        if use is not FixUse.USABLE or fix is None:
            continue
        if last is not None and is_gap(last.time_ms, fix.time_ms):
            holds = {}
        kmh = speed_of(one.report, last, fix)
        after: dict[str, Span] = {}
        if kmh is not None and kmh < VISIT_KMH:
            for stop in stops:
                if is_at(stop, fix):
                    hold = after[stop.key] = (
                        holds.get(stop.key, (fix.time_ms, fix.time_ms))[0],
                        fix.time_ms,
                    )
                    if hold[1] - hold[0] >= stop.stop.min_stay_s * 1000:
                        visits.setdefault(stop.key, {})[hold[0]] = hold
        holds = after
    return {key: tuple(spans.values()) for key, spans in visits.items()}
