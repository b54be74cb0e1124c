"""`sensor_fault`: readings of a station that cannot be believed. One reading a minute from 60 on."""

from collections.abc import Iterable

import pytest

from domain.quantity import Quantity
from domain.report import DustReport
from tests.support.factories import World
from tests.support.tracks import dust, judge_station

RULE = "sensor_fault"


def world() -> World:
    return World("2026-03-02 00:00").station()


def pm10(world_: World, values: Iterable[float | None], *, from_s: float = 60, **reading) -> list[DustReport]:
    """One reading a minute; None is a reading without the quantity."""
    return [
        dust(world_, from_s + 60 * n, **reading, **({"noise": 60.0} if value is None else {"pm10": value}))
        for n, value in enumerate(values)
    ]


def changing(count: int) -> list[float]:
    return [50.0 + n % 7 for n in range(count)]


def spans(values: Iterable[float | None]) -> list[tuple[float | None, float | None, str]]:
    world_ = world()
    return judge_station(world_, pm10(world_, values)).of(RULE)


# Stuck.


@pytest.mark.parametrize(
    ("count", "expected"),
    [(29, []), (30, [(60, 1860, "minor")]), (31, [(60, 1920, "minor")])],
    ids=["29", "30", "31"],
)
def test_the_same_value_30_times_running_is_stuck(count, expected):
    assert spans([77.0] * count + [50.0, 51.0]) == expected


@pytest.mark.parametrize(
    ("values", "flagged"),
    [
        pytest.param([0.0] * 40, False, id="zero"),
        pytest.param([77.0] * 29 + [78.0] + [77.0] * 29, False, id="another between"),
        pytest.param([77.0] * 15 + [None] * 3 + [77.0] * 15, True, id="unknown between"),
        pytest.param([None] * 40, False, id="unknown"),
        pytest.param([77.0 + n / 10 for n in range(40)], False, id="creeping"),
    ],
)
def test_stuck_is_a_value_that_is_not_zero_and_does_not_change(values, flagged):
    assert bool(spans(values)) is flagged


@pytest.mark.parametrize("quantity", ["pm25", "pm10", "tsp"])
def test_each_particulate_can_be_stuck(quantity):
    world_ = world()
    readings = [dust(world_, 60 * n, **{quantity: 77.0}) for n in range(1, 31)]
    assert judge_station(world_, readings).of(RULE) == [(60, None, "minor")]


def test_noise_is_no_particulate():
    world_ = world()
    assert judge_station(world_, [dust(world_, 60 * n, noise=55.0) for n in range(1, 60)]).of(RULE) == []


def test_it_is_detected_at_the_30th_and_goes_on_while_stuck():
    world_ = world()
    verdict = judge_station(world_, pm10(world_, [77.0] * 45))
    assert verdict.of(RULE) == [(60, None, "minor")]
    assert verdict.detected(RULE) == [1800]


def test_evidence_lists_the_run():
    world_ = world()
    (run,) = judge_station(world_, pm10(world_, [77.0] * 35 + [50.0])).only(RULE).evidence.runs
    assert (run.kind, run.quantity, run.value, run.readings) == ("stuck", Quantity.PM10, 77.0, 35)
    assert world_.seconds(run.from_ms) == 60


@pytest.mark.parametrize(("count", "flagged"), [(9, False), (10, True)], ids=["9", "10"])
def test_how_many_is_a_parameter(count, flagged):
    world_ = world().rule(RULE, stuck_n=10)
    assert bool(judge_station(world_, pm10(world_, [77.0] * count)).of(RULE)) is flagged


# pm25 above pm10.


def pairs(world_: World, values: Iterable[tuple[float | None, float | None]]) -> list[DustReport]:
    return [
        dust(
            world_,
            60 * (n + 1),
            **({} if pm25 is None else {"pm25": pm25}),
            **({} if ten is None else {"pm10": ten}),
        )
        for n, (pm25, ten) in enumerate(values)
    ]


def above(factor: float, count: int) -> list[tuple[float, float]]:
    return [(factor * (50 + n), 50.0 + n) for n in range(count)]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        pytest.param([*above(1.2, 9), (10.0, 50.0)], [], id="9"),
        pytest.param([*above(1.2, 10), (10.0, 50.0)], [(60, 660, "minor")], id="10"),
        pytest.param([*above(1.2, 11), (10.0, 50.0)], [(60, 720, "minor")], id="11"),
        pytest.param([(55.0, 50.0 + 0.0)] * 12, [], id="exactly 1.1 times"),
        pytest.param(above(1.11, 10), [(60, None, "minor")], id="just over 1.1 times"),
        pytest.param(above(1.05, 20), [], id="a little above"),
        pytest.param([*above(1.2, 6), (10.0, 50.0), *above(1.2, 6)], [], id="below between"),
        pytest.param([(60.0 + n, None) for n in range(12)], [], id="pm10 unknown"),
        pytest.param([(None, 60.0 + n) for n in range(12)], [], id="pm25 unknown"),
    ],
)
def test_pm25_over_1_1_times_pm10_for_10_readings_cannot_be(values, expected):
    world_ = world()
    assert judge_station(world_, pairs(world_, values)).of(RULE) == expected


# Flags.


def flagged(world_: World, flags: Iterable[str], every_s: float = 60) -> list[DustReport]:
    return [
        dust(world_, every_s * (n + 1), pm10=50.0 + n % 7, flags={Quantity.PM10: flag})
        for n, flag in enumerate(flags)
    ]


@pytest.mark.parametrize("flag", ["D", "B", "C", "F", "M"])
@pytest.mark.parametrize(
    ("count", "expected"),
    [(30, []), (31, [(60, 1920, "minor")]), (32, [(60, 1980, "minor")])],
    ids=["29 min", "30 min", "31 min"],
)
def test_a_flag_of_a_fault_for_30_min_is_one(flag, count, expected):
    world_ = world()
    assert judge_station(world_, flagged(world_, [flag] * count + ["N"])).of(RULE) == expected


@pytest.mark.parametrize("flag", ["N", "T", "S"])
def test_other_flags_are_no_fault(flag):
    world_ = world()
    assert judge_station(world_, flagged(world_, [flag] * 60)).of(RULE) == []


def test_a_normal_reading_between_breaks_the_run():
    world_ = world()
    assert judge_station(world_, flagged(world_, ["D"] * 20 + ["N"] + ["D"] * 20)).of(RULE) == []


def test_evidence_names_the_flag():
    world_ = world()
    (run,) = judge_station(world_, flagged(world_, ["D"] * 40 + ["N"])).only(RULE).evidence.runs
    assert (run.kind, run.flag) == ("flag", "D")


# Out of range.


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        pytest.param(-0.1, [(120, 180, "minor")], id="below 0"),
        pytest.param(0.0, [], id="0"),
        pytest.param(5000.0, [], id="5000"),
        pytest.param(5000.1, [(120, 180, "minor")], id="over 5000"),
    ],
)
def test_a_particulate_outside_0_to_5000_is_a_fault_at_once(value, expected):
    assert spans([50.0, value, 51.0]) == expected


def test_noise_and_weather_have_no_such_range():
    world_ = world()
    readings = [dust(world_, 60, values={Quantity.TEMPERATURE: -20.0, Quantity.NOISE: 60.0})]
    assert judge_station(world_, readings).of(RULE) == []


def test_each_run_apart_is_an_alert_of_its_own():
    assert spans([50.0, 6000.0, 51.0, 6000.0, 52.0]) == [(120, 180, "minor"), (240, 300, "minor")]


# Runs that touch.


def test_runs_that_touch_are_one_alert_whose_evidence_lists_them():
    world_ = world()
    verdict = judge_station(world_, pm10(world_, [6000.0, 6001.0] + [77.0] * 30 + [50.0]))
    assert verdict.of(RULE) == [(60, 1980, "minor")]
    assert sorted({run.kind for run in verdict.only(RULE).evidence.runs}) == ["out_of_range", "stuck"]


def test_runs_of_two_quantities_at_once_are_one_alert():
    world_ = world()
    readings = [dust(world_, 60 * n, pm10=77.0, tsp=99.0) for n in range(1, 36)]
    readings.append(dust(world_, 60 * 36, pm10=50.0, tsp=51.0))
    verdict = judge_station(world_, readings)
    assert verdict.of(RULE) == [(60, 2160, "minor")]
    assert {run.quantity for run in verdict.only(RULE).evidence.runs} == {Quantity.PM10, Quantity.TSP}


def test_a_run_that_turns_out_to_have_lasted_over_two_alerts_makes_them_one():
    world_ = world()
    both = [
        (6000.0, 7800.0),
        *[(50.0 + n, 70.0 + n) for n in range(7)],
        (6000.0, 7800.0),
        *[(50.0, 90.0)] * 2,
    ]
    readings = [dust(world_, 60 + 60 * n, pm10=pm10, pm25=pm25) for n, (pm10, pm25) in enumerate(both)]
    readings += pm10(world_, [61.0], from_s=720)
    assert judge_station(world_, readings[:9]).of(RULE) == [(60, 120, "minor"), (540, None, "minor")]
    verdict = judge_station(world_, [*readings, dust(world_, 780, pm10=50.0, pm25=40.0)])
    assert verdict.of(RULE) == [(60, 780, "minor")]
    assert [one.withdrawn for one in verdict.withdrawn(RULE)] == ["one fault with the alert before it"]
    kinds = [run.kind for run in verdict.only(RULE).evidence.runs]
    assert kinds.count("pm25_above_pm10") == 1
    assert kinds.count("out_of_range") == 4  # of PM10 and PM2.5, twice


def test_it_ends_with_the_last_of_the_runs_that_touch():
    # tsp stays stuck for five readings more.
    world_ = world()
    readings = [
        dust(world_, 60 * n, pm10=77.0 if n <= 30 else 50.0 + n % 7, tsp=99.0 if n <= 35 else 50.0 + n % 5)
        for n in range(1, 41)
    ]
    assert judge_station(world_, readings).of(RULE) == [(60, 2160, "minor")]


def test_the_alert_is_the_stations():
    world_ = world()
    found = judge_station(world_, pm10(world_, [6000.0])).only(RULE)
    assert (found.subject, found.station_id, found.device_id) == ("station:S1", "S1", "M1")


def test_a_silence_between_does_not_unstick_a_sensor():
    world_ = world()
    readings = [*pm10(world_, [77.0] * 20), *pm10(world_, [77.0] * 10, from_s=20_000)]
    assert judge_station(world_, readings).of(RULE) == [(60, None, "minor")]


def test_changing_readings_are_no_fault():
    assert spans(changing(200)) == []
