"""Ways: distance, stops and gaps of a few reports; and that thinning keeps what must be kept."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.identifiers import DeviceId
from domain.report import Cover, Load, PositionReport
from geofence.thinning import thinned
from geofence.usable import GAP_MS
from geofence.way import way_of

DEGREE_M = 111_132.954 - 559.822 + 1.175
"""A degree of latitude at the equator."""


def report(at_s: float, north_m: float | None = 0.0, kmh: float | None = None, **signals) -> PositionReport:
    return PositionReport(
        device_id=DeviceId("T1"), time_ms=round(at_s * 1000), received_ms=0, digest=b"",
        lon=None if north_m is None else 0.0, lat=None if north_m is None else north_m / DEGREE_M,
        fix=north_m is not None, speed_kmh=kmh, **signals,
    )  # fmt: skip


def test_distance_and_motion_are_summed_between_reports():
    way = way_of([report(0, 0, 36), report(10, 100, 36), report(20, 200, 0), report(30, 200, 0)])
    assert way.distance_m == pytest.approx(200, abs=0.01)
    assert (way.moving_ms, way.standing_ms) == (20_000, 10_000)
    assert way.stops == ()


def test_a_stop_of_two_minutes_is_one_and_a_shorter_one_is_none():
    stands = [report(at_s, 0, 0) for at_s in range(0, 121, 10)]
    leaves = report(130, 50, 36)
    assert [(run.first, run.last) for run in way_of([*stands, leaves]).stops] == [(0, 13)]
    assert way_of([*stands[:10], report(100, 50, 36)]).stops == ()


def test_over_a_gap_nothing_is_driven_and_nobody_stands():
    way = way_of([report(0, 0, 36), report(301, 3000, 0), report(311, 3000, 0)])
    assert [(run.first, run.last) for run in way.gaps] == [(0, 1)]
    assert (way.distance_m, way.moving_ms, way.standing_ms) == (0.0, 0, 10_000)
    assert way_of([report(0), report(300)]).gaps == ()


def test_where_reports_are_left_out_nothing_is_driven_either():
    assert way_of([report(0, 0, 36), report(60, 900, 36)], frozenset({1})).distance_m == 0


def test_a_wild_fix_is_no_distance():
    assert way_of([report(0, 0, 36), report(10, 50_000, 36)]).distance_m == 0


def test_without_reports_there_is_no_way():
    assert way_of([]).stops == ()


steps = st.tuples(
    st.sampled_from([0, 1, 10, 60, 300, 301, 900]),
    st.sampled_from([None, 0, 4, 36, 90]),
    st.sampled_from([None, *Load]),
    st.sampled_from([None, *Cover]),
    st.sampled_from([None, True, False]),
)


@st.composite
def ways(draw: st.DrawFn) -> list[PositionReport]:
    at_s, made = 0, []
    for step_s, kmh, load, cover, lift in draw(st.lists(steps, max_size=60)):
        at_s += step_s
        place = draw(st.sampled_from([0.0, 100.0, 500.0, None]))
        made.append(report(at_s, place, kmh, load=load, cover=cover, lift=lift))
    return made


@given(ways(), st.lists(st.integers(0, 20_000_000), max_size=4), st.integers(2, 70), st.data())
def test_what_must_be_kept_is_kept_whatever_the_room(reports, instants_ms, most, data):
    places = st.frozensets(st.integers(1, max(len(reports) - 1, 1)), max_size=3)
    breaks = data.draw(places) if len(reports) > 1 else frozenset()
    way = way_of(reports, breaks)
    kept = thinned(reports, way, instants_ms, breaks, most=most)
    assert kept == sorted(set(kept))
    if len(reports) <= most:
        assert kept == list(range(len(reports)))
        return
    assert {0, len(reports) - 1} <= set(kept)
    for run in (*way.stops, *way.gaps):
        assert {run.first, run.last} <= set(kept)
    for at in breaks:
        assert {at - 1, at} <= set(kept)
    for instant_ms in instants_ms:
        before = [at for at, one in enumerate(reports) if one.time_ms <= instant_ms]
        after = [at for at, one in enumerate(reports) if one.time_ms > instant_ms]
        assert set(before[-1:] + after[:1]) <= set(kept)
    # What a lane shows between two points that are kept is what all reports between them said.
    for left, right in pairwise(kept):
        said = {(one.load, one.lift, one.cover) for one in reports[left:right]}
        assert len(said) == 1
        assert all(b.time_ms - a.time_ms <= GAP_MS for a, b in pairwise(reports[left:right + 1])) or right == left + 1  # fmt: skip


@given(st.integers(100, 400), st.integers(2, 99))
def test_no_more_are_kept_than_there_is_room_for_where_nothing_must_be(count, most):
    reports = [report(at, at * 10.0, 36) for at in range(count)]
    assert len(thinned(reports, way_of(reports), [], frozenset(), most=most)) <= most


def test_the_top_speed_outlives_thinning():
    reports = [report(at, at * 10.0, 95.0 if at == 333 else 36.0) for at in range(1000)]
    assert 333 in thinned(reports, way_of(reports), [], frozenset(), most=20)
