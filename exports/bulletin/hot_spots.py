"""Places where violations recur: discs on the ground with several of them, of several vehicles or days."""

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import tzinfo
from heapq import heapify, heappop, heappush

from msgspec import Struct
from msgspec.structs import replace

from domain.localtime import local_day
from domain.rule import RuleKind
from exports.counted import Counted, by_rule, by_severity
from exports.statement import StatedAlert
from geofence.projection import Plane, plane_for

REACH_M = 250.0
"""Violations no farther from the middle of a place belong to it."""
SQUARE_M = 50.0
"""Places are looked for from the violations of squares of this side: few, however many lie in one."""
FEWEST = 3
AT_A_PLACE = frozenset(
    {
        RuleKind.ILLEGAL_DUMPING,
        RuleKind.OFF_ROUTE,
        RuleKind.OUT_OF_HOURS,
        RuleKind.NO_PERMIT,
        RuleKind.FORBIDDEN_ZONE,
        RuleKind.CROSS_DISTRICT,
        RuleKind.UNCOVERED_LOAD,
        RuleKind.OVERLOAD,
        RuleKind.SPEEDING,
        RuleKind.UNEXPECTED_STOP,
        RuleKind.WASH_SKIPPED,
        RuleKind.SUSPECTED_DUMP_SITE,
    }
)
"""What a vehicle did somewhere. Where a terminal fell silent says nothing of the place, and a monitor never moves."""

Square = tuple[int, int]
Point = tuple[float, float]
"""Where in the plane (m)."""


class HotSpot(Struct, frozen=True, kw_only=True):
    """One place, the one with the most violations first; WGS-84 degrees.

    `radius_m` is how far from its centre they lie. `place` is the site that most of them name, "" for none;
    `count.before` counts those of the period before on the same ground: within reach of the centre, and of no
    place found before this one.
    """

    rank: int
    lon: float
    lat: float
    radius_m: int
    count: Counted
    vehicles: int
    days: int
    by_severity: Mapping[str, int]
    by_rule: Mapping[str, int]
    place: str = ""
    district: str = ""


class _Spot(Struct, frozen=True, kw_only=True):
    """A violation in the plane."""

    alert: StatedAlert
    x_m: float
    y_m: float


def hot_spots(
    now: Sequence[StatedAlert], before: Sequence[StatedAlert] | None, zone: tzinfo
) -> tuple[HotSpot, ...]:
    """The places of these violations, whatever their order: the fullest disc first, then the fullest of the rest."""
    placed = [one for one in now if one.lon is not None and one.rule in AT_A_PLACE]
    if not placed:
        return ()
    plane = plane_for(min(one.lon for one in placed if one.lon is not None))
    earlier = None if before is None else _by_square(_spots(plane, before))
    found = [
        _hot_spot(plane, middle, disc, None if earlier is None else len(_take(earlier, middle)), zone)
        for middle, disc in _discs(_by_square(_spots(plane, placed)), zone)
    ]
    found.sort(key=lambda one: (-one.count.n, one.lon, one.lat))
    ranks = {n: rank for rank, n in reversed(list(enumerate((one.count.n for one in found), start=1)))}
    return tuple(replace(one, rank=ranks[one.count.n]) for one in found)


def _spots(plane: Plane, alerts: Iterable[StatedAlert]) -> Iterable[_Spot]:
    for one in alerts:
        if one.lon is not None and one.lat is not None and one.rule in AT_A_PLACE:
            x_m, y_m = plane.to_plane(one.lon, one.lat)
            yield _Spot(alert=one, x_m=x_m, y_m=y_m)


def _by_square(spots: Iterable[_Spot]) -> dict[Square, list[_Spot]]:
    found: dict[Square, list[_Spot]] = {}
    for spot in spots:
        found.setdefault(_square(spot.x_m, spot.y_m), []).append(spot)
    return found


def _discs(left: dict[Square, list[_Spot]], zone: tzinfo) -> Iterable[tuple[Point, list[_Spot]]]:
    """Take the fullest disc that is a place, then the fullest of what is left, until none is; each with its middle."""
    middles = {square: _middle(spots) for square, spots in left.items()}
    waiting = [(-len(_within(left, middle)), square) for square, middle in middles.items()]
    heapify(waiting)
    while waiting:
        was, square = heappop(waiting)
        disc = _within(left, middles[square])
        if len(disc) < FEWEST:
            continue
        if -was != len(disc):  # a disc taken since has emptied a part of this one
            heappush(waiting, (-len(disc), square))
            continue
        if _recurs(disc, zone):
            middle = _settled(middles[square], disc)
            yield middle, _take(left, middle)


def _settled(middle: Point, disc: Sequence[_Spot]) -> Point:
    """The middle of those that a disc holds, where a disc round that holds all of them, too."""
    centred = _middle(disc)
    return centred if all(_apart_m(one, centred) <= REACH_M for one in disc) else middle


def _within(left: Mapping[Square, Sequence[_Spot]], middle: Point) -> list[_Spot]:
    """Those within reach of a point."""
    return [
        spot for near in _near(middle) for spot in left.get(near, ()) if _apart_m(spot, middle) <= REACH_M
    ]


def _take(left: dict[Square, list[_Spot]], middle: Point) -> list[_Spot]:
    """Those within reach of a point, which are left no longer."""
    taken = _within(left, middle)
    for near in _near(middle):
        if near in left:
            left[near] = [spot for spot in left[near] if _apart_m(spot, middle) > REACH_M]
    return taken


def _near(middle: Point) -> Iterable[Square]:
    """The squares of which a part may lie within reach of a point."""
    x, y = _square(*middle)
    return ((x + right, y + up) for right, up in _STEPS)


_MOST_STEPS = math.ceil(REACH_M / SQUARE_M)
_STEPS = tuple(
    (right, up)
    for right in range(-_MOST_STEPS, _MOST_STEPS + 1)
    for up in range(-_MOST_STEPS, _MOST_STEPS + 1)
    if math.hypot(max(0, abs(right) - 1), max(0, abs(up) - 1)) * SQUARE_M <= REACH_M
)


def _square(x_m: float, y_m: float) -> Square:
    return math.floor(x_m / SQUARE_M), math.floor(y_m / SQUARE_M)


def _middle(spots: Sequence[_Spot]) -> Point:
    return math.fsum(one.x_m for one in spots) / len(spots), math.fsum(one.y_m for one in spots) / len(spots)


def _recurs(disc: Sequence[_Spot], zone: tzinfo) -> bool:
    """One truck on one day is a bad day, not a bad place."""
    return len(_days(disc, zone)) > 1 or len(_vehicles(disc)) > 1


def _days(disc: Sequence[_Spot], zone: tzinfo) -> set[object]:
    return {local_day(one.alert.started_ms, zone) for one in disc}


def _vehicles(disc: Sequence[_Spot]) -> set[str]:
    return {one.alert.vehicle_id for one in disc if one.alert.vehicle_id is not None}


def _hot_spot(
    plane: Plane, middle: Point, disc: Sequence[_Spot], before: int | None, zone: tzinfo
) -> HotSpot:
    lon, lat = plane.to_degrees(*middle)
    alerts = [one.alert for one in disc]
    return HotSpot(
        rank=0,
        lon=round(lon, 6),
        lat=round(lat, 6),
        radius_m=max(round(SQUARE_M), math.ceil(max(_apart_m(one, middle) for one in disc))),
        count=Counted(n=len(disc), before=before),
        vehicles=len(_vehicles(disc)),
        days=len(_days(disc, zone)),
        by_severity=by_severity(alerts),
        by_rule=by_rule(alerts),
        place=_commonest(one.site for one in alerts),
        district=_commonest(one.district for one in alerts),
    )


def _apart_m(spot: _Spot, middle: Point) -> float:
    return math.hypot(spot.x_m - middle[0], spot.y_m - middle[1])


def _commonest(names: Iterable[str]) -> str:
    """The name that most give, "" where none does."""
    found = Counter(name for name in names if name)
    return min(found, key=lambda name: (-found[name], name), default="")
