"""`device_silent`: no report for 900 s after an active last one, for 24 h after any other."""

import pytest

from tests.support.factories import World
from tests.support.tracks import at, judge

RULE = "device_silent"
DAY_S = 86_400


def world() -> World:
    return World().vehicle(kind="other")


@pytest.mark.parametrize(
    ("signals", "allowed_s"),
    [
        pytest.param({"ign": True, "v": 0.0}, 900, id="engine on"),
        pytest.param({"ign": None, "v": 36.0}, 900, id="moving"),
        pytest.param({"ign": False, "v": 36.0}, 900, id="moving with the engine off"),
        pytest.param({"ign": True, "v": None}, 900, id="engine on, speed unknown"),
        pytest.param({"ign": False, "v": 0.0}, DAY_S, id="parked"),
        pytest.param({"ign": None, "v": 0.0}, DAY_S, id="standing, engine unknown"),
        pytest.param({"ign": None, "v": None}, DAY_S, id="nothing known"),
    ],
)
def test_how_long_it_may_be_silent_depends_on_the_last_report(signals, allowed_s):
    rows = [at(0, 0, **signals)]
    early = judge(world(), rows, ticks=[allowed_s - 0.001])
    on_time = judge(world(), rows, ticks=[allowed_s])
    assert early.of(RULE) == []
    assert on_time.of(RULE) == [(0, None, "minor")]
    assert on_time.detected(RULE) == [allowed_s]
    assert on_time.only(RULE).evidence.allowed_s == allowed_s
    assert on_time.only(RULE).evidence.was_active is (allowed_s == 900)


def test_between_the_two_speeds_it_is_moving_as_before():
    rows = [at(0, 0, v=36.0), at(10, 100, v=4.0)]
    assert judge(world(), rows, ticks=[910]).of(RULE) == [(10, None, "minor")]
    rows = [at(0, 0, v=0.0), at(10, 0, v=4.0)]
    assert judge(world(), rows, ticks=[910]).of(RULE) == []


@pytest.mark.parametrize(
    ("next_s", "expected"),
    [
        pytest.param(899, [], id="899 s"),
        pytest.param(900, [(0, 900, "minor")], id="900 s"),
        pytest.param(901, [(0, 901, "minor")], id="901 s"),
    ],
)
@pytest.mark.parametrize("ticks", [(), (300, 899, 900), range(0, 5000, 7)], ids=["no tick", "few", "many"])
def test_the_next_report_ends_it_and_finds_it_without_any_tick(next_s, expected, ticks):
    rows = [at(0, 0, ign=True), at(next_s, 0, ign=False, v=0.0)]
    assert judge(world(), rows, ticks=ticks).of(RULE) == expected


def test_any_report_ends_it_also_one_without_a_fix():
    rows = [at(0, 0, ign=True), at(2000, None, ign=True)]
    assert judge(world(), rows).of(RULE) == [(0, 2000, "minor")]


def test_each_silence_is_an_alert_of_its_own():
    rows = [at(0, 0, ign=True), at(1000, 0, ign=True), at(2000, 0, ign=True)]
    assert judge(world(), rows).of(RULE) == [(0, 1000, "minor"), (1000, 2000, "minor")]


def test_a_device_never_heard_of_gives_no_alert():
    assert judge(world(), [], ticks=[1000, DAY_S * 3]).of(RULE) == []


def test_many_ticks_are_no_news():
    verdict = judge(world(), [at(0, 0, ign=True)], ticks=range(0, 5000, 10))
    assert verdict.of(RULE) == [(0, None, "minor")]
    assert len(verdict.by_id) == 1


def test_a_report_that_arrives_late_but_in_order_takes_a_tentative_silence_back():
    # Sent at 500, arrived at 1100: at 1000 it looked silent.
    rows = [at(0, 0, ign=True), at(500, 0, ign=True, received=1100), at(1200, 0, ign=True)]
    verdict = judge(world(), rows, ticks=[1000])
    assert verdict.of(RULE) == []
    assert len(verdict.withdrawn(RULE)) == 1


def test_a_silence_tentatively_found_starts_anew_where_the_late_report_shows_it():
    rows = [at(0, 0, ign=True), at(500, 0, ign=True, received=1100)]
    assert judge(world(), rows, ticks=[1000, 1399]).of(RULE) == []
    assert judge(world(), rows, ticks=[1000, 1400]).of(RULE) == [(500, None, "minor")]


@pytest.mark.parametrize(("tick_s", "flagged"), [(299, False), (300, True)], ids=["299 s", "300 s"])
def test_the_silence_is_a_parameter(tick_s, flagged):
    verdict = judge(world().rule(RULE, silent_s=300), [at(0, 0, ign=True)], ticks=[tick_s])
    assert bool(verdict.of(RULE)) is flagged


def test_the_alert_tells_the_vehicle_and_where_it_was_last():
    found = judge(world(), [at(0, 500, ign=True)], ticks=[900]).only(RULE)
    assert (found.vehicle_id, found.device_id, found.subject) == ("V1", "D1", "vehicle:V1")
    assert found.lon == pytest.approx(114.0057, abs=0.001)
