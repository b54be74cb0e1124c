"""What really happened, by RULES.md applied to true motion: the lines of a truth file.

Computed from the noise-free second-by-second motion and never by running the rules' own code, so that
the two can disagree. Where the reports of a device could show either (a hold of just about the needed
length), the answer is None and the driver does something clearer instead.
"""

import numpy as np
import numpy.typing as npt
import shapely
from msgspec import Struct

from simulators.motion import Leg, Motion
from simulators.plane import Floats

MERGE_S = 300
OFF_ROUTE_HOLD_S = 60
OFF_ROUTE_BREAK_S = 30
SPEEDING_HOLD_S = 10
ACCURACY_ALLOWANCE_M = 15.0

Span = tuple[int, int]
Mask = npt.NDArray[np.bool_]


class Violation(Struct, frozen=True, kw_only=True):
    """One truth line in seconds since the run began; `end_s` None while it lasts. `note` says how it was done.

    A line of an area has a place and no device.
    """

    rule: str
    device_id: str | None
    start_s: float
    end_s: float | None
    note: str = ""
    place: tuple[float, float] | None = None
    """Where a load was dumped, in the district's metres; for a line without device, where the place is."""


def outside_m(corners: Floats, x_m: Floats, y_m: Floats) -> Floats:
    """How far outside a convex polygon places are, roughly (by the farthest edge line); negative inside."""
    following = np.roll(corners, -1, axis=0)
    edges = following - corners
    area = float(np.sum(corners[:, 0] * following[:, 1] - following[:, 0] * corners[:, 1]))
    normals = np.column_stack((edges[:, 1], -edges[:, 0])) * np.sign(area)
    normals /= np.hypot(normals[:, 0], normals[:, 1])[:, None]
    distance: Floats = np.max(
        [n[0] * (x_m - c[0]) + n[1] * (y_m - c[1]) for n, c in zip(normals, corners, strict=True)], axis=0
    )
    return distance


def spans(mask: Mask, start_s: int, bridge_s: int = 0) -> list[Span]:
    """Where a second-by-second condition holds, joined over breaks shorter than `bridge_s`."""
    edges = np.flatnonzero(np.diff(np.concatenate(([0], mask.astype(np.int8), [0]))))
    found: list[Span] = []
    for first, last in zip(edges[::2], edges[1::2], strict=True):
        span = (start_s + int(first), start_s + int(last) - 1)
        if found and span[0] - found[-1][1] < bridge_s:
            found[-1] = (found[-1][0], span[1])
        else:
            found.append(span)
    return found


def lasting(found: list[Span], hold_s: int, interval_s: int) -> list[Span] | None:
    """Spans of a rule that does not join them: those sure to be found; None if one is doubtful."""
    sure = [span for span in found if span[1] - span[0] >= hold_s + 2 * interval_s + 5]
    doubtful = [span for span in found if span not in sure and span[1] - span[0] >= hold_s - 5]
    return None if doubtful else sure


def _clear(found: list[Span], hold_s: int, interval_s: int) -> list[Span] | None:
    """Spans that any device reporting every `interval_s` must show; None if one is doubtful.

    A doubtful span within `MERGE_S` of a sure one belongs to the same alert and does no harm.
    """
    sure = [span for span in found if span[1] - span[0] >= hold_s + 2 * interval_s + 5]
    for span in found:
        if span in sure or span[1] - span[0] < hold_s - 5:
            continue
        if not any(span[0] - s[1] < MERGE_S - 60 and s[0] - span[1] < MERGE_S - 60 for s in sure):
            return None
    return sure


def merge(found: list[Span]) -> list[Span] | None:
    """Join spans that are one alert; None where the pause is too close to `MERGE_S` to tell."""
    joined: list[Span] = []
    for span in sorted(found):
        if not joined or span[0] - joined[-1][1] > MERGE_S + 60:
            joined.append(span)
        elif span[0] - joined[-1][1] < MERGE_S - 60:
            joined[-1] = (joined[-1][0], span[1])
        else:
            return None
    return joined


def off_route(legs: list[Leg], route: Floats, half_width_m: float, interval_s: int) -> list[Span] | None:
    """When loaded motion was clearly beside its route, or None if that is doubtful."""
    line = shapely.LineString(route)
    beside: list[Mask] = []
    for leg in legs:
        distance = shapely.distance(line, shapely.points(leg.motion.x_m[:-1], leg.motion.y_m[:-1]))
        beside.append(np.asarray(distance) > half_width_m + ACCURACY_ALLOWANCE_M)
    found = spans(np.concatenate(beside), legs[0].start_s, OFF_ROUTE_BREAK_S)
    sure = _clear(found, OFF_ROUTE_HOLD_S, interval_s)
    return None if sure is None else merge(sure)


def speeding(leg: Leg, limit_kmh: float, interval_s: int) -> list[Span] | None:
    """When a leg ran clearly over 1.1 times the limit, or None if that is doubtful."""
    found = spans(leg.motion.speed_kmh > limit_kmh * 1.1, leg.start_s)
    sure = _clear(found, SPEEDING_HOLD_S, interval_s)
    return None if sure is None else merge(sure)


def inside(leg: Leg, corners: Floats) -> list[Span]:
    """When a leg was in a convex polygon."""
    return spans(outside_m(corners, leg.motion.x_m, leg.motion.y_m) <= 0, leg.start_s)


def departure_s(leg: Leg, corners: Floats) -> int:
    """When a leg that starts in a site is more than 20 m outside it."""
    out = outside_m(corners, leg.motion.x_m, leg.motion.y_m) > 20.0
    return leg.start_s + int(np.argmax(out))


def leaves_after_s(motion: Motion, place: Floats, radius_m: float) -> int:
    """Seconds until the motion first leaves a circle around a place; its duration if it never does."""
    away = np.hypot(motion.x_m - place[0], motion.y_m - place[1]) >= radius_m
    return int(np.argmax(away)) if bool(away.any()) else motion.duration_s
