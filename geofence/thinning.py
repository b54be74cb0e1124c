"""Fewer reports of a way, so that a line and a strip drawn from them say the same as all of them would."""

from collections.abc import Iterable, Sequence
from itertools import pairwise

from domain.report import PositionReport
from geofence.way import Way


def thinned(
    reports: Sequence[PositionReport],
    way: Way,
    instants_ms: Iterable[int],
    breaks: frozenset[int],
    *,
    most: int,
) -> list[int]:
    """The places of the reports to keep, in order: all where there are no more than `most`.

    Kept in any case, even beyond `most`: the first and the last, both ends of stops, both sides of gaps and
    breaks, the reports next to each instant, and the first report of each value of a signal. The rest of
    the room goes to the fastest report of each of as many even shares.
    """
    if len(reports) <= most:
        return list(range(len(reports)))
    kept = {0, len(reports) - 1}
    kept.update(place for run in (*way.stops, *way.gaps) for place in (run.first, run.last))
    kept.update(place for at in breaks for place in (at - 1, at))
    kept.update(_next_to(reports, instants_ms))
    kept.update(at for at in range(1, len(reports)) if _signals(reports[at]) != _signals(reports[at - 1]))
    room = most - len(kept)
    if room > 0:
        edges = [number * len(reports) // room for number in range(room + 1)]
        kept.update(_fastest(reports, first, end) for first, end in pairwise(edges))
    return sorted(kept)


def _next_to(reports: Sequence[PositionReport], instants_ms: Iterable[int]) -> Iterable[int]:
    """The last report at or before each instant, and the first after it."""
    at = 0
    for instant_ms in sorted(instants_ms):
        while at < len(reports) and reports[at].time_ms <= instant_ms:
            at += 1
        if at > 0:
            yield at - 1
        if at < len(reports):
            yield at


def _signals(report: PositionReport) -> tuple[object, ...]:
    return (report.load, report.lift, report.cover, report.ignition, report.fix)


def _fastest(reports: Sequence[PositionReport], first: int, end: int) -> int:
    return max(range(first, end), key=lambda at: -1.0 if (kmh := reports[at].speed_kmh) is None else kmh)
