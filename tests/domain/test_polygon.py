"""Rings that make a polygon and rings that do not, and agreement with a geometry library."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import Polygon

from domain.polygon import polygon_flaws

SQUARE = [(0, 0), (10, 0), (10, 10), (0, 10)]
INNER = [(4, 4), (6, 4), (6, 6), (4, 6)]


def closed(*rings):
    return [tuple((float(x), float(y)) for x, y in [*ring, ring[0]]) for ring in rings]


@pytest.mark.parametrize(
    ("rings", "flawed"),
    [
        pytest.param(closed(SQUARE), [], id="square"),
        pytest.param(closed(SQUARE[::-1]), [], id="clockwise"),
        pytest.param(closed([(0, 0), (1, 0), (0, 1)]), [], id="triangle"),
        pytest.param(closed([(0, 0), (0, 0), (5, 0), (5, 5), (5, 5)]), [], id="repeated-points"),
        pytest.param(closed([(0, 0), (5, 0), (10, 0), (10, 10), (5, 10)]), [], id="points-on-a-side"),
        pytest.param(
            closed([(0, 0), (10, 0), (10, 1), (1, 1), (1, 9), (10, 9), (10, 10), (0, 10)]), [], id="bay"
        ),
        pytest.param(closed(SQUARE, INNER), [], id="hole"),
        pytest.param(closed(SQUARE, [(0, 0), (4, 2), (2, 4)]), [], id="hole-touching-a-corner"),
        pytest.param(closed(SQUARE, [(0, 5), (4, 4), (4, 6)]), [], id="hole-touching-a-side"),
        pytest.param(closed(SQUARE, INNER, [(6, 6), (8, 6), (8, 8)]), [], id="two-holes-that-touch"),
        pytest.param(closed([(0, 0), (10, 10), (10, 0), (0, 10)]), [0], id="bow-tie"),
        pytest.param(closed([(0, 0), (5, 0), (10, 0)]), [0], id="flat"),
        pytest.param(closed([(0, 0), (10, 0)]), [0], id="there-and-back"),
        pytest.param(closed([(0, 0), (0, 0), (0, 0)]), [0], id="one-place"),
        pytest.param(closed([(0, 0), (10, 0), (10, 10), (10, 5), (10, 12), (0, 10)]), [0], id="spike"),
        pytest.param(closed([(0, 0), (5, 5), (10, 0), (10, 10), (5, 5), (0, 10)]), [0], id="touches-itself"),
        pytest.param(closed([(0, 0), (10, 0), (10, 10), (5, 0), (0, 10)]), [0], id="corner-on-a-side"),
        pytest.param(closed(SQUARE, [(8, 8), (12, 8), (12, 9)]), [1], id="hole-crosses-out"),
        pytest.param(closed(SQUARE, [(20, 20), (21, 20), (21, 21)]), [1], id="hole-outside"),
        pytest.param(closed(SQUARE, [(0, 2), (0, 4), (2, 3)]), [1], id="hole-along-a-side"),
        pytest.param(closed(SQUARE, [(0, 5), (5, 0), (5, 5)]), [1], id="hole-cuts-a-corner-off"),
        pytest.param(closed(SQUARE, [(0, 5), (5, 0), (10, 5)]), [1], id="hole-from-side-to-side"),
        pytest.param(closed(SQUARE, SQUARE), [1], id="hole-is-all"),
        pytest.param(closed(SQUARE, INNER, [(4.5, 4.5), (5, 4.5), (5, 5)]), [2], id="hole-in-a-hole"),
        pytest.param(closed(SQUARE, [(4.5, 4.5), (5, 4.5), (5, 5)], INNER), [1], id="hole-in-a-later-hole"),
        pytest.param(
            closed(SQUARE, [(0, 5), (3, 4), (3, 6)], [(3, 5), (7, 4), (7, 6)], [(7, 5), (10, 5), (8, 6)]),
            [3],
            id="chain-of-holes-from-side-to-side",
        ),
        pytest.param(closed([(0, 0), (9, 9), (9, 0), (0, 9)], [(1, 1), (2, 2)]), [0, 1], id="every-ring"),
    ],
)
def test_the_rings_at_fault_are_named(rings, flawed):
    assert [flaw.ring for flaw in polygon_flaws(rings)] == flawed
    assert bool(flawed) != Polygon(rings[0], rings[1:]).is_valid


def test_the_place_of_a_crossing_is_named():
    [flaw] = polygon_flaws(closed([(0, 0), (10, 10), (10, 0), (0, 10)]))
    assert "lon 5.000000, lat 5.000000" in str(flaw.message)


def test_no_rings_have_no_flaw():
    assert polygon_flaws([]) == []


def test_a_crossing_too_slight_for_a_division_is_found_all_the_same():
    tiny = 5e-324  # the smallest number there is
    rings = closed([(0, 0), (tiny, tiny), (tiny, 0), (0, tiny)])
    assert [flaw.ring for flaw in polygon_flaws(rings)] == [0]


def star(count, dent):
    """A ring of many points round a place, in and out in turn."""
    angles = [2 * math.pi * i / count for i in range(count)]
    return [
        (120 + (1 - dent * (i % 2)) * math.cos(angle), 30 + (1 - dent * (i % 2)) * math.sin(angle))
        for i, angle in enumerate(angles)
    ]


@pytest.mark.parametrize("stretch", [1.0, 1e-3], ids=["round", "thin"])
def test_a_ring_of_thousands_of_points_is_checked(stretch):
    ring = [(lon * stretch, lat) for lon, lat in star(4000, 0.05)]
    assert polygon_flaws(closed(ring)) == []
    ring[1000], ring[1003] = ring[1003], ring[1000]
    assert [flaw.ring for flaw in polygon_flaws(closed(ring))] == [0]


COORDINATES = st.integers(0, 6).map(float)
RINGS = st.lists(st.tuples(COORDINATES, COORDINATES), min_size=3, max_size=7).map(
    lambda ring: (*ring, ring[0])
)
DEGREES = st.floats(119, 120)  # real ones: nearer to 0 the library rounds differences that are exact here
FINE_RINGS = st.lists(st.tuples(DEGREES, DEGREES), min_size=3, max_size=6).map(lambda ring: (*ring, ring[0]))
SIX = ((0.0, 0.0), (6.0, 0.0), (6.0, 6.0), (0.0, 6.0), (0.0, 0.0))


@given(RINGS)
def test_a_ring_is_judged_as_shapely_judges_it(ring):
    assert (not polygon_flaws([ring])) == Polygon(ring).is_valid


@given(FINE_RINGS)
def test_a_ring_with_arbitrary_coordinates_is_judged_as_shapely_judges_it(ring):
    assert (not polygon_flaws([ring])) == Polygon(ring).is_valid


@settings(max_examples=300)
@given(st.lists(RINGS, min_size=1, max_size=4), st.booleans())
def test_a_polygon_with_holes_is_judged_as_shapely_judges_it(rings, in_a_square):
    whole = [SIX, *rings] if in_a_square else rings
    assert (not polygon_flaws(whole)) == Polygon(whole[0], whole[1:]).is_valid


@given(RINGS, RINGS, st.integers(0, 6))
def test_where_a_ring_begins_and_which_way_it_runs_do_not_matter(outer, hole, shift):
    def turned(ring):
        open_ring = ring[:-1]
        at = shift % len(open_ring)
        rotated = open_ring[at:] + open_ring[:at]
        return tuple(reversed((*rotated, rotated[0])))

    plain = polygon_flaws([outer, hole])
    assert bool(polygon_flaws([turned(outer), turned(hole)])) == bool(plain)
