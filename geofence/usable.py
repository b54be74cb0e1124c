"""Which fixes the rules may use: accuracy, outliers, gaps.

One wild fix never locks a device out: three outliers in a row that agree among themselves make the
third the new last usable fix.
"""

import math
from enum import IntEnum

from msgspec import Struct

from domain.report import DEFAULT_ACCURACY_M
from geofence.place import Placed

MAX_ACCURACY_M = 50.0
OUTLIER_M = 100.0
OUTLIER_KMH = 150.0
OUTLIERS_TO_ACCEPT = 3
GAP_MS = 300_000


class Fix(Struct, frozen=True, array_like=True, gc=False):
    """A place with its time: metres in the plane, and the degrees it came in."""

    time_ms: int
    x_m: float
    y_m: float
    lon: float
    lat: float


class FixUse(IntEnum):
    """What becomes of a report's fix."""

    NONE = 0
    POOR = 1
    OUTLIER = 2
    USABLE = 3


class UsableState(Struct, frozen=True, array_like=True):
    """The last usable fix, and the latest outliers that agree among themselves."""

    last: Fix | None = None
    outliers: tuple[Fix, ...] = ()


def distance_m(one: Fix, other: Fix) -> float:
    """Metres between two fixes."""
    return math.hypot(one.x_m - other.x_m, one.y_m - other.y_m)


def implied_kmh(one: Fix, other: Fix) -> float:
    """The speed that two fixes imply, over at least one second whatever the time between."""
    seconds = max(abs(other.time_ms - one.time_ms) / 1000.0, 1.0)
    return distance_m(one, other) / seconds * 3.6


def is_outlier(last: Fix, fix: Fix) -> bool:
    """Tell whether a fix is too far from the last usable one to have been driven."""
    return distance_m(last, fix) > OUTLIER_M and implied_kmh(last, fix) > OUTLIER_KMH


def is_gap(before_ms: int, after_ms: int) -> bool:
    """Tell whether nothing is known between two successive usable fixes."""
    return after_ms - before_ms > GAP_MS


def fix_of(placed: Placed) -> Fix | None:
    """The fix of a report, None where it has none."""
    report = placed.report
    if not report.fix or report.lon is None or report.lat is None:
        return None
    return Fix(report.time_ms, placed.x_m, placed.y_m, report.lon, report.lat)


def use_fix(state: UsableState, placed: Placed) -> tuple[UsableState, FixUse]:
    """Decide what becomes of a report's fix."""
    fix = fix_of(placed)
    if fix is None:
        return state, FixUse.NONE
    accuracy_m = placed.report.accuracy_m
    if (DEFAULT_ACCURACY_M if accuracy_m is None else accuracy_m) > MAX_ACCURACY_M:
        return state, FixUse.POOR
    if state.last is None or not is_outlier(state.last, fix):
        return UsableState(fix), FixUse.USABLE
    outliers = (*state.outliers, fix)
    if state.outliers and implied_kmh(state.outliers[-1], fix) > OUTLIER_KMH:
        outliers = (fix,)
    if len(outliers) >= OUTLIERS_TO_ACCEPT:
        return UsableState(fix), FixUse.USABLE
    return UsableState(state.last, outliers), FixUse.OUTLIER
