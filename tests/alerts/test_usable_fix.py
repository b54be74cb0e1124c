"""Which fixes count: accuracy, outliers, and the third of three outliers that agree.

Seen through `forbidden_zone`: a vehicle is inside from the first of two usable fixes in the square.
"""

import pytest

from tests.support.factories import World
from tests.support.tracks import at, judge

RULE = "forbidden_zone"


def no_go(x: float = 1000, half_m: float = 100) -> World:
    return World().vehicle(kind="other").square("NG", "no_go", x, half_m=half_m)


@pytest.mark.parametrize(
    ("accuracy_m", "start_s"),
    [
        pytest.param(None, 20, id="absent"),
        pytest.param(0.0, 20, id="0 m"),
        pytest.param(49.9, 20, id="49.9 m"),
        pytest.param(50.0, 20, id="50 m"),
        pytest.param(50.1, 30, id="50.1 m"),
    ],
)
def test_a_fix_is_usable_up_to_50_m_of_accuracy(accuracy_m, start_s):
    rows = [at(0, 700), at(10, 800), at(20, 950, acc=accuracy_m), at(30, 1000), at(40, 1050)]
    assert judge(no_go(), rows).of(RULE) == [(start_s, None, "major")]


@pytest.mark.parametrize(
    ("metres", "start_s"),
    [
        pytest.param(99.9, 1, id="99.9 m"),
        pytest.param(100.0, 1, id="100 m"),
        # 101 m: 364 km/h after 1 s, 182 after 2 s, 121 after 3 s: the third is believed.
        pytest.param(101.0, 3, id="101 m"),
    ],
)
def test_a_fix_within_100_m_of_the_last_is_no_outlier_however_fast(metres, start_s):
    rows = [at(0, 0)] + [at(second, metres) for second in range(1, 7)]
    assert judge(no_go(1090, 1000), rows).of(RULE) == [(start_s, None, "major")]


@pytest.mark.parametrize(
    ("metres", "start_s"),
    [
        pytest.param(124.9, 3, id="149.9 km/h"),
        pytest.param(125.0, 3, id="150 km/h"),
        pytest.param(125.1, 4, id="150.1 km/h"),
    ],
)
def test_a_fix_is_an_outlier_above_150_kmh(metres, start_s):
    rows = [at(0, 0), at(3, metres), at(4, metres), at(5, metres)]
    assert judge(no_go(1120, 1000), rows).of(RULE) == [(start_s, None, "major")]


def test_reports_of_one_instant_far_apart_are_an_outlier():
    rows = [at(0, 0, seq=1), at(0, 300, seq=2), at(10, 20), at(20, 40)]
    assert judge(no_go(300, 100), rows).of(RULE) == []


FAR = 50_000  # from x = 0 no speed below 150 km/h leads there within the tests


def far_world() -> World:
    return no_go(FAR, 2000)


def test_two_outliers_move_nothing():
    rows = [at(0, 0), at(10, FAR), at(20, FAR), at(30, 100), at(40, 200)]
    assert judge(far_world(), rows).of(RULE) == []


def test_the_third_of_three_agreeing_outliers_is_the_new_last_usable_fix():
    rows = [at(0, 0), *(at(second, FAR) for second in (10, 20, 30, 40))]
    verdict = judge(far_world(), rows)
    assert verdict.of(RULE) == [(30, None, "major")]
    assert verdict.detected(RULE) == [40]


def test_reports_without_a_fix_do_not_interrupt_three_outliers():
    rows = [at(0, 0), at(10, FAR), at(12, None), at(20, FAR), at(22, None), at(30, FAR), at(40, FAR)]
    assert judge(far_world(), rows).of(RULE) == [(30, None, "major")]


def test_a_usable_fix_between_interrupts_three_outliers():
    rows = [at(0, 0), at(10, FAR), at(20, FAR), at(25, 50), at(30, FAR), at(40, 60), at(50, 70)]
    assert judge(far_world(), rows).of(RULE) == []


@pytest.mark.parametrize(
    ("step_m", "start_s"),
    [
        # 250 m in 6 s is 150 km/h.
        pytest.param(249.0, 22, id="149.4 km/h"),
        pytest.param(250.0, 22, id="150 km/h"),
        pytest.param(251.0, None, id="150.6 km/h"),
    ],
)
def test_outliers_agree_up_to_150_kmh_from_each_to_the_next(step_m, start_s):
    rows = [at(0, 0), *(at(10 + 6 * n, FAR + step_m * n) for n in range(4))]
    expected = [] if start_s is None else [(start_s, None, "major")]
    assert judge(far_world(), rows).of(RULE) == expected


def test_outliers_that_do_not_agree_lock_a_device_out_only_until_three_do():
    wild = [at(10, FAR), at(20, -FAR), at(30, FAR), at(40, -FAR)]
    agreeing = [at(50, FAR), at(60, FAR), at(70, FAR), at(80, FAR)]
    assert judge(far_world(), [at(0, 0), *wild, *agreeing]).of(RULE) == [(70, None, "major")]


def test_a_fix_too_vague_to_use_is_no_outlier_either():
    rows = [at(0, 0), at(10, FAR), at(20, FAR), at(25, 0, acc=80.0), at(30, FAR), at(40, FAR)]
    assert judge(far_world(), rows).of(RULE) == [(30, None, "major")]


def test_the_first_fix_ever_is_believed():
    assert judge(far_world(), [at(0, FAR), at(10, FAR)]).of(RULE) == [(0, None, "major")]


def test_an_outlier_gives_no_place_but_its_signals_count():
    world = World().vehicle()
    rows = [at(0, 0, v=70.0), at(10, FAR, v=70.0), at(20, 100, v=60.0)]
    assert judge(world, rows).of("speeding") == [(0, None, "minor")]
