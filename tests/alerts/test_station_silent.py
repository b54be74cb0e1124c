"""`station_silent`: no reading of a station for 30 min."""

import pytest

from alerts import engine
from domain.identifiers import DeviceId
from domain.quantity import Quantity
from tests.support.factories import World
from tests.support.tracks import background, dust, fold, judge_station

RULE = "station_silent"


def world() -> World:
    return World().station(area_id="A1")


def readings(*seconds: float, world_: World | None = None):
    return [dust(world_ or world(), second, pm10=50.0 + second % 7) for second in seconds]


@pytest.mark.parametrize(
    ("tick_s", "expected"),
    [
        pytest.param(1799.999, [], id="just before 30 min"),
        pytest.param(1800, [(0, None, "minor")], id="30 min"),
        pytest.param(9000, [(0, None, "minor")], id="hours"),
    ],
)
def test_it_is_found_by_the_clock(tick_s, expected):
    verdict = judge_station(world(), readings(0), ticks=[tick_s])
    assert verdict.of(RULE) == expected
    assert verdict.detected(RULE) == [1800 for _ in expected]


@pytest.mark.parametrize(
    ("next_s", "expected"),
    [
        pytest.param(1799, [], id="1799 s"),
        pytest.param(1800, [(0, 1800, "minor")], id="1800 s"),
        pytest.param(1801, [(0, 1801, "minor")], id="1801 s"),
        pytest.param(90_000, [(0, 90_000, "minor")], id="a day"),
    ],
)
@pytest.mark.parametrize("ticks", [(), (600, 1799, 1800), range(0, 3000, 7)], ids=["no tick", "few", "many"])
def test_the_next_reading_ends_it_and_finds_it_without_any_tick(next_s, expected, ticks):
    verdict = judge_station(world(), readings(0, next_s), ticks=[each for each in ticks if each <= next_s])
    assert verdict.of(RULE) == expected
    assert verdict.detected(RULE) == [1800 for _ in expected]


def test_any_reading_counts_also_one_of_a_fault_or_of_the_weather():
    world_ = world()
    faulty = dust(world_, 1000, pm10=50.0, flags={Quantity.PM10: "D"})
    weather = dust(world_, 2500, values={Quantity.TEMPERATURE: 20.0})
    assert judge_station(world_, [*readings(0), faulty, weather, *readings(4000)]).of(RULE) == []


def test_a_background_value_is_no_reading():
    world_ = world()
    items = [*readings(0), background(world_, 0, received=1000, pm10=50.0)]
    assert judge_station(world_, items, ticks=[1800]).of(RULE) == [(0, None, "minor")]


def test_each_silence_is_an_alert_of_its_own():
    verdict = judge_station(world(), readings(0, 2000, 4000))
    assert verdict.of(RULE) == [(0, 2000, "minor"), (2000, 4000, "minor")]


def test_a_station_never_heard_of_gives_no_alert():
    world_ = world()
    assert judge_station(world_, [], ticks=[5000, 90_000]).of(RULE) == []
    assert judge_station(world_, [background(world_, 0, pm10=50.0)], ticks=[5000, 90_000]).of(RULE) == []


def test_many_ticks_are_no_news():
    verdict = judge_station(world(), readings(0), ticks=range(0, 9000, 10))
    assert verdict.of(RULE) == [(0, None, "minor")]
    assert len([each for each in verdict.said if each.rule == RULE]) == 1


def test_a_reading_that_arrives_late_but_in_order_takes_a_tentative_silence_back():
    world_ = world()
    (late,) = readings(1500)
    late = type(late)(
        device_id=late.device_id,
        time_ms=late.time_ms,
        received_ms=world_.ms(2000),
        digest=late.digest,
        values=late.values,
    )
    verdict = judge_station(world_, [*readings(0), late, *readings(2100)], ticks=[1900])
    assert verdict.of(RULE) == []
    assert len(verdict.withdrawn(RULE)) == 1


def test_a_tick_is_due_after_30_min_and_not_again():
    world_ = world()
    ruleset = world_.ruleset()
    state, _ = fold(world_, engine.new_state(ruleset, DeviceId("M1")), readings(0))
    assert engine.due_ms(ruleset, state) == world_.ms(1800)
    after, found = engine.tick(ruleset, state, world_.ms(1800))
    assert [each.rule for each in found] == [RULE]
    due_ms = engine.due_ms(ruleset, after)
    assert due_ms is None or due_ms > world_.ms(1800)


def test_the_alert_is_the_stations():
    found = judge_station(world(), readings(0), ticks=[1800]).only(RULE)
    assert (found.subject, found.station_id, found.device_id) == ("station:S1", "S1", "M1")
    assert found.lat == pytest.approx(38.0, abs=0.1)
