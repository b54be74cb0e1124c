"""`noise_exceedance`: a limit on noise_db. As `dust_exceedance`, but the mean is one of energy.

Second 0 is local midnight unless said otherwise; the limit is 70 dB over windows of 900 s.
"""

import math
from collections.abc import Sequence

import pytest

from domain.quantity import Quantity
from domain.report import DustReport
from domain.station import Severity
from tests.support.factories import World, daily
from tests.support.tracks import background, dust, judge_station

RULE = "noise_exceedance"
WINDOW_S = 900
LOUD, QUIET = 75.0, 50.0


def world(start: str = "2026-03-02 00:00", **terms) -> World:
    limit = {"quantity": Quantity.NOISE, "limit": 70.0, "window_s": WINDOW_S, **terms}
    return World(start).limit("L1", **limit).station("L1", area_id="A1")


def sound(world_: World, levels: Sequence[float | None], *, from_s: float = 0, **reading) -> list[DustReport]:
    """One level a window, None for a window without readings; a last reading (flag M) settles the last one."""
    readings = []
    for number, level in enumerate(levels):
        if level is not None:
            start_s = from_s + number * WINDOW_S
            readings += [dust(world_, start_s + 60 * n, noise=level, **reading) for n in range(1, 16)]
    end_s = from_s + len(levels) * WINDOW_S
    return [*readings, dust(world_, end_s + 60, noise=0.0, flags={Quantity.NOISE: "M"})]


def spans(levels: Sequence[float | None], start: str = "2026-03-02 00:00", **terms):
    world_ = world(start, **terms)
    return judge_station(world_, sound(world_, levels)).of(RULE)


@pytest.mark.parametrize(
    ("level", "expected"),
    [
        pytest.param(69.9, [], id="just under"),
        pytest.param(70.0, [], id="exactly on"),
        pytest.param(70.1, [(0, 900, "minor")], id="just over"),
    ],
)
def test_a_window_over_the_limit_is_an_exceedance(level, expected):
    assert spans([level, QUIET]) == expected


@pytest.mark.parametrize(
    ("loud_minutes", "flagged"),
    [
        # 75 dB is 3.16 times the energy of 70 dB, 60 dB a tenth: 5 of 15 min make 1.12 times, 4 make 0.92.
        pytest.param(4, False, id="4 loud minutes"),
        pytest.param(5, True, id="5 loud minutes"),
    ],
)
def test_the_mean_is_one_of_energy(loud_minutes, flagged):
    world_ = world()
    readings = [dust(world_, 60 * n, noise=75.0 if n <= loud_minutes else 60.0) for n in range(1, 16)]
    readings.append(dust(world_, 960, noise=0.0, flags={Quantity.NOISE: "M"}))
    verdict = judge_station(world_, readings)
    assert bool(verdict.of(RULE)) is flagged
    if flagged:
        energy = (loud_minutes * 10**7.5 + (15 - loud_minutes) * 10**6) / 15
        (window,) = verdict.only(RULE).evidence.windows
        assert window.mean == pytest.approx(10 * math.log10(energy))
        assert window.value == window.mean


def test_readings_are_weighted_by_their_interval():
    # 300 s of 75 dB in one reading.
    world_ = world()
    readings = [dust(world_, 300, noise=75.0, interval_s=300)]
    readings += [dust(world_, 300 + 60 * n, noise=60.0) for n in range(1, 11)]
    readings.append(dust(world_, 960, noise=0.0, flags={Quantity.NOISE: "M"}))
    assert judge_station(world_, readings).of(RULE) == [(0, None, "minor")]


@pytest.mark.parametrize(
    ("levels", "expected"),
    [
        pytest.param([LOUD, LOUD, QUIET], [(0, 1800, "minor")], id="two running"),
        pytest.param([LOUD] * 4 + [QUIET], [(0, 3600, "minor")], id="four running are no graver"),
        pytest.param([140.0, QUIET], [(0, 900, "minor")], id="twice the limit is no graver"),
        pytest.param(
            [LOUD, QUIET, LOUD, QUIET], [(0, 900, "minor"), (1800, 2700, "minor")], id="quiet between"
        ),
        pytest.param([LOUD, None, LOUD, QUIET], [(0, 2700, "minor")], id="one without verdict between"),
        pytest.param(
            [LOUD, None, None, LOUD, QUIET],
            [(0, 900, "minor"), (2700, 3600, "minor")],
            id="two without verdict",
        ),
        pytest.param([QUIET] * 3, [], id="quiet"),
        pytest.param([None] * 3, [], id="no readings"),
    ],
)
def test_windows_running_are_one_alert(levels, expected):
    assert spans(levels) == expected


def test_the_limits_own_severity_counts():
    assert spans([LOUD, QUIET], severity="major") == [(0, 900, "major")]


# Day and night.


def test_outside_the_limits_windows_nothing_is_judged():
    # From 21:30: windows that start at 21:30 and 21:45 are of the day, 22:00 and 22:15 of the night.
    day = {"start": "2026-03-02 21:30", "windows": (daily("06:00", "22:00"),)}
    assert spans([LOUD] * 4, **day) == [(0, 1800, "minor")]
    night = {"start": "2026-03-02 21:30", "windows": (daily("22:00", "06:00"),)}
    assert spans([LOUD] * 4 + [QUIET], **night) == [(1800, 3600, "minor")]


def test_a_windows_start_decides():
    # Hours: the one from 21:00 to 22:00 is of the limit that ends at 21:30.
    world_ = world("2026-03-02 21:00", window_s=3600, windows=(daily("06:00", "21:30"),))
    readings = [dust(world_, 60 * n, noise=LOUD) for n in range(1, 122)]
    assert judge_station(world_, readings).of(RULE) == [(0, 3600, "minor")]


def test_day_and_night_limits_are_two_alerts():
    world_ = World("2026-03-02 21:30")
    world_.limit("DAY", quantity=Quantity.NOISE, limit=70, windows=(daily("06:00", "22:00"),))
    world_.limit("NIGHT", quantity=Quantity.NOISE, limit=55, windows=(daily("22:00", "06:00"),))
    world_.station("DAY", "NIGHT")
    verdict = judge_station(world_, sound(world_, [LOUD, 60.0, 60.0, 50.0]))
    assert verdict.of(RULE) == [(0, 900, "minor"), (1800, 2700, "minor")]
    assert [each.subject for each in verdict.findings(RULE)] == [
        "station:S1|limit:DAY",
        "station:S1|limit:NIGHT",
    ]


# What counts.


@pytest.mark.parametrize("flag", ["F", "M", "S", "D", "C", "B"])
def test_readings_that_are_not_normal_count_for_nothing(flag):
    world_ = world()
    readings = sound(world_, [LOUD, QUIET], flags={Quantity.NOISE: flag})
    assert judge_station(world_, readings).of(RULE) == []


@pytest.mark.parametrize(("minutes", "flagged"), [(11, False), (12, True)], ids=["73 %", "80 %"])
def test_below_the_coverage_there_is_no_verdict(minutes, flagged):
    world_ = world()
    readings = [dust(world_, 60 * n, noise=LOUD) for n in range(1, minutes + 1)]
    readings.append(dust(world_, 960, noise=0.0, flags={Quantity.NOISE: "M"}))
    assert bool(judge_station(world_, readings).of(RULE)) is flagged


def test_dust_is_no_noise():
    world_ = world()
    readings = [dust(world_, 60 * n, pm10=500.0) for n in range(1, 32)]
    assert judge_station(world_, readings).of(RULE) == []


def test_noise_over_its_limit_is_no_dust_exceedance_and_the_other_way_round():
    world_ = World("2026-03-02 00:00").limit("L1", quantity=Quantity.NOISE, limit=70).limit("L2", limit=100)
    world_.station("L1", "L2")
    readings = [dust(world_, 60 * n, noise=LOUD, pm10=50.0) for n in range(1, 17)]
    verdict = judge_station(world_, readings)
    assert (len(verdict.of(RULE)), verdict.of("dust_exceedance")) == (1, [])
    readings = [dust(world_, 60 * n, noise=QUIET, pm10=150.0) for n in range(1, 17)]
    verdict = judge_station(world_, readings)
    assert (verdict.of(RULE), len(verdict.of("dust_exceedance"))) == ([], 1)


def test_no_background_is_subtracted():
    world_ = world(minus_background=True)
    readings = sound(world_, [LOUD, QUIET])
    assert judge_station(world_, readings).of(RULE) == [(0, 900, "minor")]
    values = [background(world_, 3600, received=0, pm10=60.0)]
    assert judge_station(world_, [*values, *readings]).of(RULE) == [(0, 900, "minor")]


# The clock, and the rest of a limit's terms.


@pytest.mark.parametrize(
    ("tick_s", "flagged"), [(1019.999, False), (1020, True)], ids=["just before 120 s", "120 s after"]
)
def test_a_window_is_judged_120_s_after_its_end_by_the_clock(tick_s, flagged):
    world_ = world()
    readings = [dust(world_, 60 * n, noise=LOUD) for n in range(1, 16)]
    assert bool(judge_station(world_, readings, ticks=[tick_s]).of(RULE)) is flagged


@pytest.mark.parametrize("ticks", [(), range(0, 6000, 70)], ids=["no tick", "many"])
def test_ticks_change_nothing_in_the_end(ticks):
    world_ = world()
    readings = sound(world_, [QUIET, LOUD, LOUD, QUIET, LOUD, QUIET])
    ticks = [each for each in ticks if each < 5400]
    assert judge_station(world_, readings, ticks=ticks).of(RULE) == [
        (900, 2700, "minor"),
        (3600, 4500, "minor"),
    ]


def test_with_clear_below_it_lasts_until_a_window_below_that():
    assert spans([LOUD, 65.0, 50.0], clear_below=60.0) == [(0, 1800, "minor")]


def test_the_first_exceedances_of_a_day_may_be_allowed():
    assert spans([LOUD, QUIET, LOUD, QUIET], allowed=1) == [(1800, 2700, "minor")]


def test_it_is_said_while_it_runs():
    world_ = world()
    verdict = judge_station(world_, [dust(world_, 60 * n, noise=LOUD) for n in range(1, 17)])
    assert verdict.of(RULE) == [(0, None, "minor")]
    assert verdict.first_said(RULE).severity is Severity.MINOR


def test_evidence_names_limit_and_quantity():
    world_ = world()
    found = judge_station(world_, sound(world_, [LOUD, QUIET])).only(RULE)
    assert (found.evidence.limit_id, found.evidence.quantity, found.evidence.limit) == (
        "L1",
        Quantity.NOISE,
        70,
    )
    assert found.evidence.peak == pytest.approx(LOUD)
    assert (found.subject, found.station_id) == ("station:S1|limit:L1", "S1")
