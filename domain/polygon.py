"""Why rings make no polygon: they cross, touch or retrace themselves, or holes lie where none can be.

Decided exactly, in degrees, without a geometry library; what a polygon means in metres is the business
of `geofence`. Repeated neighbouring points are harmless and ignored.
"""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from operator import itemgetter
from typing import TYPE_CHECKING, NamedTuple

from msgspec import Struct

from domain.problem import Message, message

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from domain.zone import Ring

Point = tuple[float, float]


class Flaw(Struct, frozen=True, kw_only=True):
    """What is wrong with one ring of a polygon (0 is the outer one)."""

    ring: int
    message: Message


class Edge(NamedTuple):
    """One side of a ring, with its place in it."""

    ring: int
    number: int
    start: Point
    end: Point


class Meeting(NamedTuple):
    """Where two edges meet; `is_touch` when they share that point only and neither runs through it."""

    at: Point
    is_touch: bool


def polygon_flaws(rings: Sequence[Ring]) -> list[Flaw]:
    """Find what is wrong with closed rings as one polygon, the first thing for each ring; valid gives none."""
    sides = [_edges(i, ring) for i, ring in enumerate(rings)]
    found: dict[int, Message] = {}
    for i, edges in enumerate(sides):
        if len(edges) < 3:
            found[i] = message("empty_ring")
    touches: set[tuple[int, Point]] = set()
    for first, second in _close_pairs([edge for edges in sides for edge in edges]):
        _note_meeting(first, second, len(sides[first.ring]), found, touches)
    if not found:
        _note_holes(rings, sides, touches, found)
    return [Flaw(ring=i, message=found[i]) for i in sorted(found)]


def _edges(ring: int, points: Ring) -> list[Edge]:
    pairs = [(a, b) for a, b in pairwise(points) if a != b]
    return [Edge(ring, i, a, b) for i, (a, b) in enumerate(pairs)]


def _close_pairs(edges: list[Edge]) -> Iterator[tuple[Edge, Edge]]:
    """Pairs whose bounding boxes meet, by a sweep along the longer extent; the earlier ring and edge first."""
    if not edges:
        return
    boxes = [_box(edge) for edge in edges]
    width, height = (_extent([edge.start[axis] for edge in edges]) for axis in (0, 1))
    if height > width:
        boxes = [(south, west, north, east, edge) for west, south, east, north, edge in boxes]
    boxes.sort(key=itemgetter(0))
    for i, (_, low, ends, high, edge) in enumerate(boxes):
        for j in range(i + 1, len(boxes)):
            other_begins, other_low, _, other_high, other = boxes[j]
            if other_begins > ends:
                break
            if other_low <= high and low <= other_high:
                yield (edge, other) if edge[:2] < other[:2] else (other, edge)


def _extent(degrees: list[float]) -> float:
    return max(degrees) - min(degrees)


def _box(edge: Edge) -> tuple[float, float, float, float, Edge]:
    (x0, y0), (x1, y1) = edge.start, edge.end
    return min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1), edge


def _note_meeting(
    first: Edge, second: Edge, edges_of_first: int, found: dict[int, Message], touches: set[tuple[int, Point]]
) -> None:
    """Note what it means that two edges meet, if they do."""
    meeting = _meeting(first, second)
    if meeting is None:
        return
    if first.ring == second.ring:
        if not (meeting.is_touch and _are_neighbours(first, second, edges_of_first)):
            found.setdefault(first.ring, message("crossed_ring", **_place(meeting.at)))
    elif meeting.is_touch:
        touches.update(((first.ring, meeting.at), (second.ring, meeting.at)))
    else:
        found.setdefault(second.ring, message("crossing_hole", **_place(meeting.at)))


def _are_neighbours(first: Edge, second: Edge, edges: int) -> bool:
    return second.number - first.number in (1, edges - 1)


def _meeting(first: Edge, second: Edge) -> Meeting | None:
    a, b, c, d = first.start, first.end, second.start, second.end
    of_c, of_d = _turn(a, b, c), _turn(a, b, d)
    if of_c * of_d > 0:
        return None
    of_a, of_b = _turn(c, d, a), _turn(c, d, b)
    if of_a * of_b > 0:
        return None
    if of_c == of_d == 0:  # on one line: there the order of points is that of tuples
        begin, end = max(min(a, b), min(c, d)), min(max(a, b), max(c, d))
        return None if begin > end else Meeting(begin, begin == end)
    for turn, point in ((of_c, c), (of_d, d), (of_a, a), (of_b, b)):
        if turn == 0:
            return Meeting(point, is_touch=True)
    return Meeting(_crossing(a, b, c, d), is_touch=False)


def _crossing(a: Point, b: Point, c: Point, d: Point) -> Point:
    """Where two lines cross that are known to: to be shown, not to be decided by."""
    fall = _cross(a, c, d) - _cross(b, c, d)
    share = _cross(a, c, d) / fall if fall else 0.5
    return (a[0] + share * (b[0] - a[0]), a[1] + share * (b[1] - a[1]))


def _note_holes(
    rings: Sequence[Ring], sides: list[list[Edge]], touches: set[tuple[int, Point]], found: dict[int, Message]
) -> None:
    """Note holes outside the outer ring, inside another hole, or cutting the polygon in two."""
    for i in range(1, len(rings)):
        if _side(rings[i], sides[0]) < 0:
            found[i] = message("hole_outside")
        elif any(_side(rings[i], sides[j]) > 0 for j in range(1, len(rings)) if j != i):
            found[i] = message("hole_in_hole")
    if not found:
        ring = _closes_a_chain(touches)
        if ring is not None:
            found[ring] = message("cut_in_two")


def _side(ring: Ring, edges: list[Edge]) -> int:
    """1 when a ring lies inside another that it does not cross, −1 when outside, 0 when it only touches it."""
    for point in ring:
        side = _side_of_point(point, edges)
        if side != 0:
            return side
    return 0


def _side_of_point(point: Point, edges: list[Edge]) -> int:
    """1 inside, 0 on the ring, −1 outside: counts the edges that a ray to the east crosses."""
    inside = False
    for _, _, a, b in edges:
        if point in (a, b):
            return 0
        if (a[1] > point[1]) == (b[1] > point[1]):
            if a[1] == b[1] == point[1] and (a[0] > point[0]) != (b[0] > point[0]):
                return 0
            continue
        turn = _turn(a, b, point)
        if turn == 0:
            return 0
        if (turn > 0) == (b[1] > a[1]):
            inside = not inside
    return 1 if inside else -1


def _closes_a_chain(touches: set[tuple[int, Point]]) -> int | None:
    """A ring that closes a chain of touching rings, which cuts the inside in two; None if there is none."""
    leader: dict[int | Point, int | Point] = {}

    def find(member: int | Point) -> int | Point:
        while (above := leader.setdefault(member, member)) != member:
            member = above
        return member

    for ring, point in sorted(touches):
        if find(ring) == find(point):
            return ring
        leader[find(point)] = find(ring)
    return None


def _turn(a: Point, b: Point, c: Point) -> int:
    """1 when c lies left of the line from a to b, −1 right, 0 exactly on it."""
    if c in (a, b):  # so it is for all neighbours: not worth exact arithmetic
        return 0
    left, right = (b[0] - a[0]) * (c[1] - a[1]), (b[1] - a[1]) * (c[0] - a[0])
    cross = left - right
    # Twice the rounding error that the subtractions and products can have (3.3e-16), and room for underflow.
    if abs(cross) <= 7e-16 * (abs(left) + abs(right)) + 1e-290:
        cross = _exact_cross(a, b, c)
    return (cross > 0) - (cross < 0)


def _exact_cross(a: Point, b: Point, c: Point) -> int:
    ax, ay = Fraction(a[0]), Fraction(a[1])
    bx, by = Fraction(b[0]), Fraction(b[1])
    cx, cy = Fraction(c[0]), Fraction(c[1])
    cross = (bx - ax) * (cy - ay) - (by - ay) * (cx - ax)
    return (cross > 0) - (cross < 0)


def _cross(a: Point, b: Point, c: Point) -> float:
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])


def _place(point: Point) -> dict[str, str]:
    return {"lon": f"{point[0]:.6f}", "lat": f"{point[1]:.6f}"}
