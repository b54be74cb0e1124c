"""`position_fault`: wild fixes, and a speed without a change of place. Reports come every 20 s."""

from collections.abc import Sequence

import pytest

from tests.support.factories import World
from tests.support.tracks import At, at, judge

RULE = "position_fault"
WILD_M = 30_000.0


def world(kind: str = "other") -> World:
    # A zone far away: distances are true where the registry's shapes are.
    return World().vehicle(kind=kind).square("FAR", "parking", 0, -20_000)


def wild(seconds: Sequence[float], *, until_s: float = 800, every: float = 20, **signals) -> list[At]:
    """Standing at x = 0 but for wild fixes at the given seconds, each in another direction."""
    calm = [at(n * every, 0, v=0.0) for n in range(int(until_s / every) + 1) if n * every not in seconds]
    places = [(WILD_M, 0.0), (-WILD_M, 0.0), (0.0, WILD_M), (0.0, -WILD_M)]
    out = [at(s, *places[n % 4], **{"v": 0.0, **signals}) for n, s in enumerate(seconds)]
    return sorted([*calm, *out], key=lambda row: row.second)


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        pytest.param((110,), [], id="one"),
        pytest.param((110, 150), [], id="two"),
        pytest.param((110, 450, 490), [(110, None, "minor")], id="three"),
        pytest.param((110, 410, 709), [(110, None, "minor")], id="three in 599 s"),
        pytest.param((110, 410, 710), [(110, None, "minor")], id="three in 600 s"),
        pytest.param((110, 410, 711), [], id="three in 601 s"),
        pytest.param((110, 130, 731, 750), [], id="two and two"),
        pytest.param((110, 410, 711, 990), [(410, None, "minor")], id="the last three of four"),
    ],
)
def test_three_outliers_within_10_min_are_a_fault(seconds, expected):
    assert judge(world(), wild(seconds, until_s=1000)).of(RULE) == expected


def test_it_is_detected_at_the_third():
    assert judge(world(), wild((110, 150, 190, 210))).detected(RULE) == [190]


def test_outliers_one_after_another_count_each():
    rows = [at(0, 0, v=0.0), at(10, 0, v=0.0), *wild((20, 30, 40), until_s=-1), at(50, 0, v=0.0)]
    assert judge(world(), rows).of(RULE) == [(20, None, "minor")]


def test_a_new_place_that_three_fixes_agree_on_is_no_fault():
    # A ferry, or a device switched on elsewhere: the third is the new place, and only two were outliers.
    rows = [at(0, 0, v=0.0), *(at(20 + 20 * n, 50_000, v=0.0) for n in range(20))]
    assert judge(world(), rows).of(RULE) == []


def test_vague_fixes_are_none():
    assert judge(world(), wild((110, 150, 190), acc=51.0)).of(RULE) == []


def test_reports_without_a_fix_are_none():
    rows = [row._replace(x=None) if row.x else row for row in wild((110, 150, 190))]
    assert judge(world(), [row._replace(x=None) if row.y else row for row in rows]).of(RULE) == []


@pytest.mark.parametrize(("x", "flagged"), [(99.0, False), (101.0, True)], ids=["99 m", "101 m"])
def test_only_what_is_farther_than_100_m_can_be_an_outlier(x, flagged):
    # There and back within a second each time: 360 km/h.
    rows = [row for n in range(4) for row in (at(60 * n, 0, v=0.0), at(60 * n + 1, x, v=0.0))]
    assert bool(judge(world(), rows).of(RULE)) is flagged


# The end.


@pytest.mark.parametrize(
    ("until_s", "expected"),
    [
        pytest.param(789, [(110, None, "minor")], id="599 s"),
        pytest.param(790, [(110, 190, "minor")], id="600 s"),
        pytest.param(791, [(110, 190, "minor")], id="601 s"),
    ],
)
def test_it_ends_after_10_min_without_dated_at_the_last_one(until_s, expected):
    rows = [*wild((110, 150, 190), until_s=780), at(until_s, 0, v=0.0)]
    assert judge(world(), rows).of(RULE) == expected


def test_one_outlier_more_prolongs_it():
    assert judge(world(), wild((110, 150, 190, 770), until_s=1360)).of(RULE) == [(110, None, "minor")]
    assert judge(world(), wild((110, 150, 190, 770), until_s=1380)).of(RULE) == [(110, 770, "minor")]


def test_after_its_end_it_takes_three_again():
    rows = wild((110, 150, 190, 810, 830), until_s=900)
    assert judge(world(), rows).of(RULE) == [(110, 190, "minor")]
    rows = wild((110, 150, 190, 1010, 1030, 1050), until_s=1100)
    assert judge(world(), rows).of(RULE) == [(110, 190, "minor"), (1010, None, "minor")]


def test_a_gap_does_not_hide_that_it_is_over():
    rows = [*wild((110, 150, 190), until_s=200), at(9000, 0, v=0.0)]
    assert judge(world(), rows).of(RULE) == [(110, 190, "minor")]


# A speed without a change of place.


def frozen(until_s: float, *, v: float | None = 20.0, every: float = 10, swing_m: float = 0.0) -> list[At]:
    """From 100 to `until_s` at one place (or swinging between two), at a speed."""
    seconds = [100 + every * n for n in range(int((until_s - 100) / every) + 1)]
    if seconds[-1] < until_s:
        seconds.append(until_s)
    before = [at(80, -300, v=36.0), at(90, -100, v=36.0)]
    after = [at(until_s + 10, 300, v=36.0), at(until_s + 20, 500, v=36.0)]
    return [*before, *(at(s, swing_m * (n % 2), v=v) for n, s in enumerate(seconds)), *after]


@pytest.mark.parametrize(
    ("until_s", "expected"),
    [
        pytest.param(399, [], id="299 s"),
        pytest.param(400, [(100, None, "minor")], id="300 s"),
        pytest.param(401, [(100, None, "minor")], id="301 s"),
    ],
)
def test_five_minutes_at_speed_in_one_place_are_a_fault(until_s, expected):
    verdict = judge(world(), frozen(until_s))
    assert verdict.of(RULE) == expected
    assert verdict.detected(RULE) == [400 for _ in expected]


@pytest.mark.parametrize(
    ("speed", "flagged"),
    [(19.9, False), (20.0, True), (20.1, True), (0.0, False), (None, False)],
    ids=["19.9 km/h", "20 km/h", "20.1 km/h", "standing", "unknown"],
)
def test_at_speed_is_from_20_kmh_on(speed, flagged):
    assert bool(judge(world(), frozen(500, v=speed)).of(RULE)) is flagged


@pytest.mark.parametrize(
    ("swing_m", "flagged"), [(9.9, True), (10.0, True), (10.1, False)], ids=["9.9 m", "10 m", "10.1 m"]
)
def test_in_one_place_is_within_10_m(swing_m, flagged):
    assert bool(judge(world(), frozen(500, swing_m=swing_m)).of(RULE)) is flagged


def test_one_slow_report_breaks_it():
    rows = [row.but(v=5.0) if row.second == 300 else row for row in frozen(500)]
    assert judge(world(), rows).of(RULE) == []


def test_one_report_of_unknown_speed_does_not():
    rows = [row.but(v=None) if row.second == 300 else row for row in frozen(500)]
    assert judge(world(), rows).of(RULE) == [(100, None, "minor")]


def test_reports_without_a_fix_do_not_break_it():
    rows = [row._replace(x=None) if 200 <= row.second <= 300 else row for row in frozen(500)]
    assert judge(world(), rows).of(RULE) == [(100, None, "minor")]


def test_without_fixes_nothing_is_known():
    rows = [row._replace(x=None) if 100 < row.second <= 500 else row for row in frozen(500)]
    assert judge(world(), rows).of(RULE) == []


@pytest.mark.parametrize(
    ("gap_s", "expected"), [(300, [(100, None, "minor")]), (301, [])], ids=["300 s", "a gap"]
)
def test_it_does_not_run_across_a_gap(gap_s, expected):
    rows = [at(90, -100, v=36.0), at(100, 0, v=30.0), at(100 + gap_s, 0, v=30.0), at(120 + gap_s, 0, v=30.0)]
    assert judge(world(), rows).of(RULE) == expected


@pytest.mark.parametrize(
    ("until_s", "end_s"), [(1099, None), (1100, 500), (1101, 500)], ids=["599 s", "600 s", "601 s"]
)
def test_it_ends_10_min_after_the_last_report_of_it(until_s, end_s):
    driving = [at(530 + 20 * n, 600 + 200 * n, v=36.0) for n in range(28)]
    rows = [*frozen(500), *driving, at(until_s, 6500, v=36.0)]
    assert judge(world(), rows).of(RULE) == [(100, end_s, "minor")]


def test_crawling_is_none():
    rows = [at(10 * n, 60 * n, v=21.6) for n in range(60)]
    assert judge(world(), rows).of(RULE) == []


@pytest.mark.parametrize("kind", ["muck_truck", "refuse_truck", "sweeper", "other"])
def test_it_concerns_every_vehicle(kind):
    assert judge(world(kind), wild((110, 150, 190), until_s=400)).of(RULE) == [(110, None, "minor")]


def test_the_alert_is_the_vehicles_and_says_how_many():
    found = judge(world(), wild((110, 150, 190))).only(RULE)
    assert (found.subject, found.vehicle_id) == ("vehicle:V1", "V1")
    assert len(found.evidence.outliers) == 3


@pytest.mark.parametrize(
    ("late_s", "flagged"), [(0, False), (1, True)], ids=["the very same time", "a second later"]
)
def test_a_fix_elsewhere_at_the_time_of_the_last_one_is_a_coarse_clock_and_no_fault(late_s, flagged):
    rows = [row for n in range(4) for row in (at(60 * n, 0, v=0.0), at(60 * n + late_s, 400, v=0.0, seq=n))]
    assert bool(judge(world(), rows).of(RULE)) is flagged
