"""The way that a vehicle drove, from its reports in order: distance, moving and standing, stops, gaps."""

import math
from collections.abc import Sequence

from msgspec import Struct

from domain.report import PositionReport
from domain.shape_size import metres_per_degree
from geofence.motion import Motion, motion_after
from geofence.usable import GAP_MS, OUTLIER_KMH, OUTLIER_M

STOP_MS = 120_000


class Run(Struct, frozen=True, gc=False):
    """From one report to another, by their places in the sequence."""

    first: int
    last: int


class Way(Struct, frozen=True, kw_only=True):
    """What was driven; `gaps` are pairs of reports more than 300 s apart, `stops` lasted 2 min or more.

    Over a gap nothing is known: it is neither moving nor standing, and its length is no distance driven.
    """

    distance_m: float
    moving_ms: int
    standing_ms: int
    stops: tuple[Run, ...]
    gaps: tuple[Run, ...]


def way_of(reports: Sequence[PositionReport], breaks: frozenset[int] = frozenset()) -> Way:
    """The way of one device's reports in their order; before those at `breaks` some are left out."""
    distance_m, by_motion = 0.0, dict.fromkeys(Motion, 0)
    stops: list[Run] = []
    gaps: list[Run] = []
    motion, stood, placed = Motion.UNKNOWN, -1, -1
    for at, report in enumerate(reports):
        if at > 0 and is_gap(reports[at - 1], report):
            gaps.append(Run(at - 1, at))
        if at in breaks or (gaps and gaps[-1].last == at):
            _end_stop(stops, reports, stood, at - 1)
            motion, stood, placed = Motion.UNKNOWN, -1, -1
        elif at > 0:
            by_motion[motion] += report.time_ms - reports[at - 1].time_ms
        step_m = 0.0 if placed < 0 else driven_m(reports[placed], report)
        distance_m += step_m
        motion = motion_after(motion, _speed_kmh(report, reports[placed] if placed >= 0 else None, step_m))
        if motion is Motion.STANDING and stood < 0:
            stood = at
        elif motion is Motion.MOVING:
            _end_stop(stops, reports, stood, at)
            stood = -1
        if report.lon is not None:
            placed = at
    _end_stop(stops, reports, stood, len(reports) - 1)
    return Way(
        distance_m=distance_m,
        moving_ms=by_motion[Motion.MOVING],
        standing_ms=by_motion[Motion.STANDING],
        stops=tuple(stops),
        gaps=tuple(gaps),
    )


def is_gap(before: PositionReport, after: PositionReport) -> bool:
    """Tell whether two successive reports are too far apart to know what was between."""
    return after.time_ms - before.time_ms > GAP_MS


def driven_m(before: PositionReport, after: PositionReport) -> float:
    """Metres from one report's place to another's; 0 where one has none, or nobody could have driven it."""
    if before.lon is None or before.lat is None or after.lon is None or after.lat is None:
        return 0.0
    east_m, north_m = metres_per_degree(before.lat)
    step_m = math.hypot((after.lon - before.lon) * east_m, (after.lat - before.lat) * north_m)
    seconds = max((after.time_ms - before.time_ms) / 1000, 1.0)
    is_wild = step_m > OUTLIER_M and step_m / seconds * 3.6 > OUTLIER_KMH
    return 0.0 if is_wild else step_m


def _speed_kmh(report: PositionReport, before: PositionReport | None, step_m: float) -> float | None:
    if report.lon is None:
        return None
    if report.speed_kmh is not None:
        return report.speed_kmh
    if before is None or report.time_ms <= before.time_ms:
        return None
    return step_m / (report.time_ms - before.time_ms) * 3600


def _end_stop(stops: list[Run], reports: Sequence[PositionReport], stood: int, last: int) -> None:
    if stood >= 0 and reports[last].time_ms - reports[stood].time_ms >= STOP_MS:
        stops.append(Run(stood, last))
