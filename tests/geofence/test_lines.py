"""Distances by the edge tree against shapely's, edge by edge."""

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from geofence.edge_tree import BEYOND_M, FEW_EDGES
from geofence.lines import Lines

seeds = st.integers(0, 2**32 - 1)


def wander(seed, edges, step_m):
    """A road of so many edges that turns a little at each corner, in a plane like a real one."""
    random = np.random.default_rng(seed)
    heading = random.uniform(0.0, 2.0 * np.pi) + np.cumsum(random.normal(0.0, 0.4, edges))
    steps = step_m * random.uniform(0.2, 1.8, edges)
    corners = np.cumsum(np.column_stack((steps * np.cos(heading), steps * np.sin(heading))), axis=0)
    return np.vstack(([0.0, 0.0], corners)) + np.array([95_000.0, 3_430_000.0])


def places_about(line, seed, count):
    """Half of them within metres of the line, half up to 60 km away."""
    random = np.random.default_rng(seed)
    on_line = line[random.integers(0, len(line), count)]
    spread_m = np.where(np.arange(count) % 2, 30.0, 30_000.0)[:, np.newaxis]
    return (on_line + random.normal(0.0, 1.0, (count, 2)) * spread_m).T


@given(
    seed=seeds,
    edges=st.sampled_from([1, 2, FEW_EDGES - 1, FEW_EDGES, FEW_EDGES + 1, 60, 300]),
    step_m=st.floats(1.0, 400.0),
)
def test_distances_are_those_of_shapely(seed, edges, step_m):
    line = wander(seed, edges, step_m)
    x_m, y_m = places_about(line, seed + 1, 200)
    found = Lines([[line]]).distances_m(np.zeros(200, dtype=np.int64), x_m, y_m)
    assert found == pytest.approx(
        shapely.distance(shapely.LineString(line), shapely.points(x_m, y_m)), abs=1e-6
    )


@given(seed=seeds)
def test_a_pair_alone_and_in_any_batch_has_the_same_bits(seed):
    given_lines = [wander(seed + at, edges, 90.0) for at, edges in enumerate((3, 40, 150))]
    lines = Lines([[line] for line in given_lines])
    x_m, y_m = places_about(np.concatenate(given_lines), seed, 60)
    number = np.arange(60) % 3
    batch = lines.distances_m(number, x_m, y_m).tolist()
    back = lines.distances_m(number[::-1].copy(), x_m[::-1].copy(), y_m[::-1].copy()).tolist()
    alone = [
        lines.distance_m(*pair) for pair in zip(number.tolist(), x_m.tolist(), y_m.tolist(), strict=True)
    ]
    assert batch == alone
    assert back == batch[::-1]


def test_a_place_beyond_the_tree_has_its_distance_all_the_same():
    line = wander(5, 100, 50.0)
    lines = Lines([[line]])
    x_m, y_m = float(line[0, 0]) + 3.0 * BEYOND_M, float(line[0, 1])
    expected = shapely.distance(shapely.LineString(line), shapely.Point(x_m, y_m))
    found = lines.distances_m(np.zeros(1, dtype=np.int64), np.array([x_m]), np.array([y_m])).tolist()
    assert found == [lines.distance_m(0, x_m, y_m)]
    assert found[0] == pytest.approx(expected, abs=1e-6)


def test_near_and_far_places_of_one_batch_do_not_disturb_each_other():
    line = wander(6, 100, 50.0)
    lines = Lines([[line]])
    x_m = line[0, 0] + np.array([0.0, 5.0 * BEYOND_M, 10.0, -9.0 * BEYOND_M])
    y_m = np.full(4, line[0, 1])
    expected = shapely.distance(shapely.LineString(line), shapely.points(x_m, y_m))
    assert lines.distances_m(np.zeros(4, dtype=np.int64), x_m, y_m) == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("repeats", [1, 5, 100])
def test_a_place_drawn_again_and_again_changes_nothing(repeats):
    line = np.repeat(np.array([[0.0, 0.0], [100.0, 0.0], [100.0, 50.0]]), repeats, axis=0)
    assert Lines([[line]]).distance_m(0, 40.0, 30.0) == 30.0


def test_one_place_is_a_line_of_no_length():
    assert Lines([[np.array([[10.0, 20.0]])]]).distance_m(0, 13.0, 24.0) == 5.0


def test_the_nearest_part_of_several_counts():
    parts = [np.array([[0.0, 0.0], [10.0, 0.0]]), np.array([[0.0, 100.0], [10.0, 100.0]])]
    assert Lines([parts]).distance_m(0, 5.0, 70.0) == 30.0


def test_no_lines_and_no_pairs_are_no_distances():
    nobody = np.empty(0, dtype=np.int64)
    nowhere = np.empty(0)
    assert len(Lines([]).distances_m(nobody, nowhere, nowhere)) == 0
    assert len(Lines([[wander(1, 50, 10.0)]]).distances_m(nobody, nowhere, nowhere)) == 0
