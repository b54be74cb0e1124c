"""`dust_exceedance`: averaging windows, verdicts, runs. Second 0 is local midnight unless said otherwise.

The limit is 100 µg/m³ over windows of 900 s; `air` fills each window with 15 one-minute readings.
"""

from collections.abc import Sequence

import pytest

from domain.quantity import Quantity
from domain.report import BackgroundReport, DustReport
from domain.rule import AppliesTo
from domain.station import Severity
from tests.support.factories import World, daily
from tests.support.tracks import Verdict, background, dust, judge_station

RULE = "dust_exceedance"
WINDOW_S = 900
OVER, UNDER = 120.0, 50.0


def world(start: str = "2026-03-02 00:00", **terms) -> World:
    return World(start).limit("L1", **terms).station("L1", area_id="A1")


def air(
    world_: World, means: Sequence[float | None], *, from_s: float = 0, closing: bool = True, **reading
) -> list[DustReport]:
    """One value a window, None for a window without readings; a last reading (flag M) settles the last window."""
    readings = []
    for number, mean in enumerate(means):
        start_s = from_s + number * WINDOW_S
        if mean is not None:
            readings += [dust(world_, start_s + 60 * n, pm10=mean, **reading) for n in range(1, 16)]
    end_s = from_s + len(means) * WINDOW_S
    if closing:
        readings.append(dust(world_, end_s + 60, pm10=0.0, flags={Quantity.PM10: "M"}))
    return readings


def spans(means: Sequence[float | None], **terms) -> list[tuple[float | None, float | None, str]]:
    world_ = world(**terms)
    return judge_station(world_, air(world_, means)).of(RULE)


@pytest.mark.parametrize(
    ("mean", "expected"),
    [
        pytest.param(99.9, [], id="just under"),
        pytest.param(100.0, [], id="exactly on"),
        pytest.param(100.1, [(0, 900, "minor")], id="just over"),
        pytest.param(199.9, [(0, 900, "minor")], id="just under twice"),
        pytest.param(200.0, [(0, 900, "major")], id="twice"),
        pytest.param(200.1, [(0, 900, "major")], id="just over twice"),
    ],
)
def test_a_window_over_the_limit_is_an_exceedance_and_major_from_twice_on(mean, expected):
    assert spans([mean, UNDER]) == expected


@pytest.mark.parametrize(
    ("means", "expected"),
    [
        pytest.param([OVER, OVER, UNDER], [(0, 1800, "minor")], id="two running"),
        pytest.param([OVER] * 3 + [UNDER], [(0, 2700, "minor")], id="three running"),
        pytest.param([OVER] * 4 + [UNDER], [(0, 3600, "major")], id="four running"),
        pytest.param([OVER] * 5 + [UNDER], [(0, 4500, "major")], id="five running"),
        pytest.param(
            [OVER, UNDER, OVER, UNDER], [(0, 900, "minor"), (1800, 2700, "minor")], id="one under between"
        ),
        pytest.param(
            [OVER, OVER, UNDER, OVER, OVER, UNDER], [(0, 1800, "minor"), (2700, 4500, "minor")], id="two runs"
        ),
        pytest.param([UNDER, OVER, UNDER], [(900, 1800, "minor")], id="not the first"),
        pytest.param([OVER, None, OVER, UNDER], [(0, 2700, "minor")], id="one without verdict between"),
        pytest.param(
            [OVER, OVER, None, OVER, OVER, UNDER], [(0, 4500, "major")], id="four of five with verdict"
        ),
        pytest.param([OVER, None, UNDER], [(0, 900, "minor")], id="one without verdict, then under"),
        pytest.param(
            [OVER, None, None, OVER, UNDER],
            [(0, 900, "minor"), (2700, 3600, "minor")],
            id="two without verdict",
        ),
        pytest.param(
            [OVER, None, None, None, OVER, UNDER],
            [(0, 900, "minor"), (3600, 4500, "minor")],
            id="three without verdict",
        ),
        pytest.param([OVER, None, OVER, None, OVER, UNDER], [(0, 4500, "minor")], id="never two without"),
    ],
)
def test_windows_running_are_one_alert(means, expected):
    assert spans(means) == expected


def test_while_it_runs_it_has_no_end():
    world_ = world()
    verdict = judge_station(
        world_, [*air(world_, [UNDER, OVER], closing=False), dust(world_, 1860, pm10=OVER)]
    )
    assert verdict.of(RULE) == [(900, None, "minor")]


def test_severity_rises_as_it_goes_on():
    world_ = world()
    verdict = judge_station(world_, air(world_, [OVER] * 4 + [UNDER]))
    assert verdict.first_said(RULE).severity is Severity.MINOR
    assert verdict.of(RULE) == [(0, 3600, "major")]


def test_the_limits_own_severity_is_where_it_begins():
    assert spans([OVER, UNDER], severity="info") == [(0, 900, "info")]
    assert spans([OVER, UNDER], severity="critical") == [(0, 900, "critical")]
    assert spans([250.0, UNDER], severity="critical") == [(0, 900, "critical")]
    assert spans([250.0, UNDER], severity="info") == [(0, 900, "major")]


# When it is judged.


@pytest.mark.parametrize(
    ("tick_s", "flagged"), [(1019.999, False), (1020, True)], ids=["just before 120 s", "120 s after"]
)
def test_a_window_is_judged_120_s_after_its_end_by_the_clock(tick_s, flagged):
    world_ = world()
    readings = air(world_, [OVER], closing=False)
    assert bool(judge_station(world_, readings, ticks=[tick_s]).of(RULE)) is flagged


@pytest.mark.parametrize(
    ("next_s", "flagged"), [(900, False), (900.001, True)], ids=["at its end", "just after its end"]
)
def test_a_window_is_judged_at_the_first_reading_after_its_end(next_s, flagged):
    world_ = world()
    readings = air(world_, [OVER], closing=False)[:-1]
    verdict = judge_station(world_, [*readings, dust(world_, next_s, pm10=OVER, interval_s=1.0)])
    assert bool(verdict.of(RULE)) is flagged


def test_a_reading_that_comes_after_the_tick_still_counts():
    # At 1020 only 11 of 15 minutes had come: no verdict. The others arrive later, in order.
    world_ = world()
    readings = air(world_, [OVER], closing=False)
    late = [_arriving(world_, each, 1100) for each in readings[11:]]
    closing = dust(world_, 1150, pm10=UNDER)
    with_tick = judge_station(world_, [*readings[:11], *late, closing], ticks=[1020, 1050])
    without = judge_station(world_, [*readings[:11], *late, closing])
    assert without.of(RULE) == with_tick.of(RULE) == [(0, None, "minor")]


def test_a_verdict_by_the_clock_is_taken_back_when_later_readings_contradict_it():
    world_ = world()
    readings = [dust(world_, 60 * n, pm10=110.0) for n in range(1, 13)]
    late = [_arriving(world_, dust(world_, 60 * n, pm10=10.0), 1100) for n in range(13, 16)]
    closing = dust(world_, 1150, pm10=UNDER)
    first = judge_station(world_, readings, ticks=[1020])
    assert first.of(RULE) == [(0, None, "minor")]
    verdict = judge_station(world_, [*readings, *late, closing], ticks=[1020])
    assert verdict.of(RULE) == []
    assert len(verdict.withdrawn(RULE)) == 1


def _arriving(world_: World, reading: DustReport, second: float) -> DustReport:
    return DustReport(
        device_id=reading.device_id,
        time_ms=reading.time_ms,
        received_ms=world_.ms(second),
        digest=reading.digest,
        interval_s=reading.interval_s,
        values=reading.values,
        flags=reading.flags,
    )


# The value of a window.


@pytest.mark.parametrize(
    ("seconds", "flagged"),
    [
        pytest.param(674, False, id="74.9 %"),
        pytest.param(675, True, id="75 %"),
        pytest.param(676, True, id="75.1 %"),
    ],
)
def test_below_a_coverage_of_75_percent_there_is_no_verdict(seconds, flagged):
    world_ = world()
    readings = [dust(world_, 60 * n, pm10=OVER) for n in range(1, 12)]  # 660 s
    readings += [dust(world_, 800, pm10=OVER, interval_s=seconds - 660), *_closing(world_)]
    assert bool(judge_station(world_, readings).of(RULE)) is flagged


@pytest.mark.parametrize(("minutes", "flagged"), [(7, False), (8, True)], ids=["46.7 %", "53.3 %"])
def test_the_coverage_needed_is_the_limits_own(minutes, flagged):
    world_ = world(min_coverage=0.5)
    readings = [dust(world_, 60 * n, pm10=OVER) for n in range(1, minutes + 1)]
    assert bool(judge_station(world_, [*readings, *_closing(world_)]).of(RULE)) is flagged


def _closing(world_: World) -> list[DustReport]:
    return [dust(world_, 960, pm10=0.0, flags={Quantity.PM10: "M"})]


def test_intervals_that_overlap_cover_once():
    world_ = world()
    readings = [dust(world_, 120 + 60 * n, pm10=OVER, interval_s=120) for n in range(6)]  # 0 to 420
    assert judge_station(world_, [*readings, *_closing(world_)]).of(RULE) == []


def test_an_interval_covers_only_its_own_window():
    # It reaches back before midnight: 300 s of this window, and with 6 minutes more 660 s, not enough.
    world_ = world()
    readings = [dust(world_, 300, pm10=OVER, interval_s=1800)]
    readings += [dust(world_, 300 + 60 * n, pm10=OVER) for n in range(1, 7)]
    assert judge_station(world_, [*readings, *_closing(world_)]).of(RULE) == []


@pytest.mark.parametrize(
    ("long_value", "flagged"), [(101.0, True), (99.0, False)], ids=["long one over", "under"]
)
def test_readings_are_weighted_by_their_interval(long_value, flagged):
    # 600 s of one value against 5 readings of 60 s of the mirrored one.
    world_ = world()
    readings = [dust(world_, 600, pm10=long_value, interval_s=600)]
    readings += [dust(world_, 600 + 60 * n, pm10=200 - long_value) for n in range(1, 6)]
    assert bool(judge_station(world_, [*readings, *_closing(world_)]).of(RULE)) is flagged


@pytest.mark.parametrize(
    ("second", "expected"),
    [
        pytest.param(900, [(0, None, "minor")], id="at the end: this window"),
        pytest.param(901, [], id="just after it: the next"),
    ],
)
def test_a_reading_belongs_to_the_window_whose_end_it_does_not_pass(second, expected):
    # Without the last reading the mean is 90.
    world_ = world()
    readings = [dust(world_, 60 * n, pm10=90.0) for n in range(1, 15)]
    readings += [dust(world_, second, pm10=500.0), dust(world_, 961, pm10=50.0)]
    assert judge_station(world_, readings).of(RULE) == expected


@pytest.mark.parametrize("flag", ["F", "M", "S", "D", "C", "B"])
def test_readings_that_are_not_normal_count_for_nothing(flag):
    world_ = world()
    flagged = air(world_, [OVER, UNDER], flags={Quantity.PM10: flag})
    assert judge_station(world_, flagged).of(RULE) == []


def test_a_flag_of_another_quantity_does_not_matter():
    world_ = world()
    assert judge_station(world_, air(world_, [OVER, UNDER], flags={Quantity.PM25: "D"})).of(RULE) == [
        (0, 900, "minor")
    ]


@pytest.mark.parametrize(
    ("value", "flagged"),
    [
        pytest.param(-0.1, False, id="below 0"),
        pytest.param(5000.0, True, id="5000"),
        pytest.param(5000.1, False, id="over 5000"),
    ],
)
def test_values_outside_0_to_5000_count_for_nothing(value, flagged):
    world_ = world()
    assert bool(judge_station(world_, air(world_, [value, UNDER])).of(RULE)) is flagged


def test_zero_is_a_value():
    # 10 minutes of 0 and 5 of 330 make a mean of 110.
    world_ = world()
    readings = [dust(world_, 60 * n, pm10=0.0 if n <= 10 else 330.0) for n in range(1, 16)]
    found = judge_station(world_, [*readings, *_closing(world_)]).only(RULE)
    assert found.evidence.windows[0].mean == pytest.approx(110)


@pytest.mark.parametrize(
    ("normal", "over_range", "expected"),
    [
        pytest.param(90.0, 200.0, [(0, None, "minor")], id="over: 5 of 15 minutes at least 200"),
        pytest.param(50.0, 180.0, [], id="not over: at least 93 is no verdict"),
    ],
)
def test_over_range_readings_are_a_lower_bound(normal, over_range, expected):
    world_ = world()
    readings = [dust(world_, 60 * n, pm10=normal) for n in range(1, 11)]
    readings += [dust(world_, 60 * n, pm10=over_range, flags={Quantity.PM10: "T"}) for n in range(11, 16)]
    verdict = judge_station(world_, [*readings, *_closing(world_)])
    assert verdict.of(RULE) == expected
    if expected:
        assert verdict.only(RULE).evidence.windows[0].lower_bound is True


def test_one_over_range_reading_makes_a_lower_bound_wherever_it_stands():
    world_ = world()
    for over_range_minute in (1, 8, 15):
        readings = [
            dust(world_, 60 * n, pm10=90.0, flags={Quantity.PM10: "T" if n == over_range_minute else "N"})
            for n in range(1, 16)
        ]
        before = air(world_, [OVER], from_s=-900, closing=False)
        rest = air(world_, [OVER, UNDER], from_s=900)
        assert judge_station(world_, [*before, *readings, *rest]).of(RULE) == [(-900, 1800, "minor")]


def test_a_window_with_over_range_readings_that_is_not_over_does_not_end_a_run():
    world_ = world()
    middle = air(world_, [UNDER], from_s=900, closing=False, flags={Quantity.PM10: "T"})
    rest = air(world_, [OVER, UNDER], from_s=1800)
    readings = [*air(world_, [OVER], closing=False), *middle, *rest]
    assert judge_station(world_, readings).of(RULE) == [(0, 2700, "minor")]


def test_another_quantity_alone_gives_no_verdict():
    world_ = world()
    readings = [dust(world_, 60 * n, tsp=500.0) for n in range(1, 31)]
    assert judge_station(world_, readings).of(RULE) == []


def test_windows_start_at_multiples_from_local_midnight():
    # Three hours are no divisor of the offset of 8 h, so windows from UTC midnight would lie elsewhere.
    world_ = World("2026-03-02 00:00").limit("L1", window_s=10_800).station("L1")
    readings = [dust(world_, 600 * n, pm10=OVER if n <= 18 else UNDER, interval_s=600) for n in range(1, 38)]
    assert judge_station(world_, readings).of(RULE) == [(0, 10_800, "minor")]


# Exceedances allowed per day.


@pytest.mark.parametrize(
    ("allowed", "means", "expected"),
    [
        pytest.param(1, [OVER, UNDER], [], id="1 allowed: 1"),
        pytest.param(1, [OVER, UNDER, OVER, UNDER], [(1800, 2700, "minor")], id="1 allowed: 2"),
        pytest.param(2, [OVER, UNDER, OVER, UNDER], [], id="2 allowed: 2"),
        pytest.param(2, [OVER, UNDER, OVER, UNDER, OVER, UNDER], [(3600, 4500, "minor")], id="2 allowed: 3"),
        pytest.param(2, [OVER, OVER, UNDER], [], id="2 allowed: 2 running"),
        pytest.param(2, [OVER, OVER, OVER, UNDER], [(1800, 2700, "minor")], id="2 allowed: 3 running"),
        pytest.param(1, [OVER, OVER, OVER, UNDER], [(900, 2700, "minor")], id="1 allowed: 3 running"),
        pytest.param(
            1,
            [OVER, UNDER, OVER, UNDER, OVER, UNDER],
            [(1800, 2700, "minor"), (3600, 4500, "minor")],
            id="1 allowed: each after it",
        ),
        pytest.param(
            1, [250.0, UNDER, 250.0, UNDER], [(1800, 2700, "major")], id="1 allowed: twice the limit"
        ),
    ],
)
def test_the_first_exceedances_of_a_day_are_recorded_only(allowed, means, expected):
    assert spans(means, allowed=allowed) == expected


def over_midnight(means: Sequence[float | None], **terms) -> list[tuple[float | None, float | None, str]]:
    """Windows from 23:30 on: the third is the first of the new day."""
    return spans(means, start="2026-03-02 23:30", **terms)


def test_without_allowance_a_run_goes_on_over_midnight():
    assert over_midnight([OVER, OVER, OVER, UNDER]) == [(0, 2700, "minor")]


def test_with_allowance_a_run_ends_at_midnight_and_the_count_begins_anew():
    assert over_midnight([OVER, OVER, OVER, OVER, UNDER], allowed=1) == [
        (900, 1800, "minor"),
        (2700, 3600, "minor"),
    ]


def test_the_allowance_of_yesterday_is_no_longer_used_up():
    assert over_midnight([OVER, UNDER, OVER, UNDER], allowed=1) == []


# clear_below.


@pytest.mark.parametrize(
    ("means", "expected"),
    [
        pytest.param([OVER, 90.0, 70.0], [(0, 1800, "minor")], id="between prolongs"),
        pytest.param([OVER, 79.9], [(0, 900, "minor")], id="just below"),
        pytest.param([OVER, 80.0, 70.0], [(0, 1800, "minor")], id="exactly on prolongs"),
        pytest.param([OVER, 100.0, 70.0], [(0, 1800, "minor")], id="on the limit prolongs"),
        pytest.param([OVER, 90.0, OVER, 70.0], [(0, 2700, "minor")], id="over again"),
        pytest.param([OVER, 90.0, 90.0, 90.0, 90.0, 70.0], [(0, 4500, "minor")], id="between is not running"),
        pytest.param([OVER, OVER, OVER, 90.0, 70.0], [(0, 3600, "minor")], id="three and one between"),
        pytest.param([90.0, 90.0, 70.0], [], id="between raises nothing"),
        pytest.param([OVER, 90.0, None, 90.0, 70.0], [(0, 3600, "minor")], id="one without verdict"),
        pytest.param(
            [OVER, None, 90.0, None, OVER, 70.0], [(0, 4500, "minor")], id="never two without verdict"
        ),
        pytest.param([OVER, 90.0, None, None, 90.0], [(0, 1800, "minor")], id="two without verdict"),
    ],
)
def test_with_clear_below_it_lasts_until_a_window_below_that(means, expected):
    assert spans(means, clear_below=80.0) == expected


def test_windows_between_use_up_no_allowance():
    assert spans([OVER, 90.0, 70.0, OVER, 70.0], clear_below=80.0, allowed=2) == []


# The limit's own windows and validity.


@pytest.mark.parametrize(
    "terms",
    [
        pytest.param({"windows": (daily("00:15", "00:30"),)}, id="windows"),
        pytest.param({"valid": (900, 1800)}, id="validity"),
    ],
)
def test_a_limit_holds_only_at_its_times(terms):
    assert spans([OVER, OVER, OVER, OVER, UNDER], **terms) == [(900, 1800, "minor")]


def test_a_window_outside_the_limits_hours_ends_a_run():
    hours = (daily("00:00", "00:15"), daily("00:30", "00:45"))
    assert spans([OVER, OVER, OVER, UNDER], windows=hours) == [(0, 900, "minor"), (1800, 2700, "minor")]


def test_a_limit_that_is_off_is_not_judged():
    assert spans([OVER, UNDER], enabled=False) == []


# Background and AQI. The hour from 0 to 3600 comes as a value of 3600.


def subtracting(
    means: Sequence[float | None], *values: BackgroundReport, world_: World, ticks: Sequence[float] = ()
) -> Verdict:
    """The windows, then the hour's value after all of them, then a last reading."""
    last_s = len(means) * WINDOW_S + 700
    return judge_station(
        world_, [*air(world_, means), *values, dust(world_, last_s, pm10=UNDER)], ticks=ticks
    )


@pytest.mark.parametrize(
    ("mean", "hour", "flagged"),
    [
        pytest.param(129.9, 50.0, False, id="79.9 over background"),
        pytest.param(130.0, 50.0, False, id="80 over background"),
        pytest.param(130.1, 50.0, True, id="80.1 over background"),
        pytest.param(229.9, 150.0, False, id="79.9 over the cap"),
        pytest.param(230.1, 150.0, True, id="80.1 over the cap"),
        pytest.param(230.1, 149.0, True, id="background under the cap: 81.1"),
        pytest.param(230.1, 151.0, True, id="background over the cap: 80.1 over the cap"),
        pytest.param(229.9, 400.0, False, id="background far over the cap: 79.9"),
    ],
)
def test_the_background_is_subtracted_up_to_its_cap(mean, hour, flagged):
    world_ = world(limit=80.0, minus_background=True, background_cap=150.0)
    hourly = background(world_, 3600, pm10=hour)
    assert bool(subtracting([UNDER, mean, UNDER, UNDER], hourly, world_=world_).of(RULE)) is flagged


def test_without_a_cap_all_of_the_background_is_subtracted():
    world_ = world(limit=80.0, minus_background=True)
    verdict = subtracting([479.0, 481.0, UNDER, UNDER], background(world_, 3600, pm10=400.0), world_=world_)
    assert verdict.of(RULE) == [(900, 1800, "minor")]


def test_until_the_background_has_come_there_is_no_alert():
    world_ = world(limit=80.0, minus_background=True)
    assert subtracting([500.0, UNDER, UNDER, UNDER], world_=world_, ticks=[5000, 9000]).of(RULE) == []


def test_when_the_background_comes_the_window_is_judged_again():
    world_ = world(limit=80.0, minus_background=True)
    verdict = subtracting([150.0, UNDER, UNDER, UNDER], background(world_, 3600, pm10=50.0), world_=world_)
    assert verdict.of(RULE) == [(0, 900, "minor")]
    window = next(each for each in verdict.only(RULE).evidence.windows if each.verdict == "over")
    assert (window.mean, window.value, window.background) == (150.0, 100.0, 50.0)


def test_an_alert_settled_by_an_earlier_hour_is_not_taken_back_by_a_later_one():
    world_ = world(minus_background=True)
    readings = air(world_, [150.0, 150.0, UNDER, 150.0, 150.0, UNDER, UNDER, UNDER])
    late = [
        background(world_, 3600, received=9000, pm10=10.0),
        background(world_, 7200, received=9001, pm10=10.0),
    ]
    verdict = judge_station(world_, [*readings, *late])
    assert verdict.of(RULE) == [(0, 1800, "minor"), (2700, 4500, "minor")]


def test_an_alert_that_the_background_raises_is_ended_by_what_the_clock_has_shown():
    # By the clock both windows were over at 1920; the background comes when no reading has come after them.
    world_ = world(minus_background=True)
    readings = air(world_, [150.0, UNDER], closing=False)
    hourly = background(world_, 3600, pm10=10.0)
    assert judge_station(world_, [*readings, hourly], ticks=[1920, 5000]).of(RULE) == [(0, 900, "minor")]
    assert judge_station(world_, [*readings, hourly], ticks=[5000]).of(RULE) == [(0, 900, "minor")]


def test_a_window_uses_the_hour_that_contains_it():
    # Windows 0-3 need the hour that ends at 3600, window 4 the next one.
    world_ = world(limit=80.0, minus_background=True)
    means = [UNDER, UNDER, UNDER, 150.0, 150.0, UNDER]
    values = [background(world_, 3600, pm10=100.0), background(world_, 7200, pm10=20.0)]
    assert subtracting(means, *values, world_=world_).of(RULE) == [(3600, 4500, "minor")]


def test_background_of_another_area_is_none_of_its_business():
    world_ = world(limit=80.0, minus_background=True)
    world_.station("L1", station_id="S2", device_id="M2", area_id="A2")
    elsewhere = background(world_, 3600, area_id="A2", pm10=20.0)
    assert subtracting([150.0, UNDER, UNDER, UNDER], elsewhere, world_=world_).of(RULE) == []


def test_a_background_value_that_lacks_the_quantity_decides_nothing():
    world_ = world(limit=80.0, minus_background=True)
    assert (
        subtracting([500.0, UNDER, UNDER, UNDER], background(world_, 3600, tsp=50.0), world_=world_).of(RULE)
        == []
    )


@pytest.mark.parametrize("before", [True, False], ids=["before the readings", "after them"])
def test_it_does_not_matter_when_the_background_comes(before):
    world_ = world(limit=80.0, minus_background=True)
    hourly = background(world_, 3600, received=-10 if before else 4400, pm10=50.0)
    verdict = judge_station(world_, [*air(world_, [150.0, 150.0, UNDER, UNDER]), hourly])
    assert verdict.of(RULE) == [(0, 1800, "minor")]


@pytest.mark.parametrize(
    ("aqi", "flagged"),
    [(199.9, True), (200.0, False), (250.0, False), (300.0, False), (300.1, True)],
)
def test_the_aqi_correction_holds_between_its_bounds_both_included(aqi, flagged):
    # 250 less 200 is under the limit of 100.
    world_ = world(aqi_correction=(200, 300, 200))
    hourly = background(world_, 3600, aqi=aqi)
    assert bool(subtracting([250.0, UNDER, UNDER, UNDER], hourly, world_=world_).of(RULE)) is flagged


def test_what_the_correction_leaves_is_held_against_the_limit():
    world_ = world(aqi_correction=(200, 300, 200))
    verdict = subtracting([300.1, 300.0, UNDER, UNDER], background(world_, 3600, aqi=250), world_=world_)
    assert verdict.of(RULE) == [(0, 900, "minor")]


def test_until_the_aqi_has_come_there_is_no_alert():
    world_ = world(aqi_correction=(200, 300, 200))
    assert subtracting([250.0, UNDER, UNDER, UNDER], world_=world_).of(RULE) == []


def test_background_and_correction_add_up():
    world_ = world(limit=80.0, minus_background=True, aqi_correction=(200, 300, 100))
    hourly = background(world_, 3600, pm10=50.0, aqi=250.0)
    assert subtracting([230.1, 230.0, UNDER, UNDER], hourly, world_=world_).of(RULE) == [(0, 900, "minor")]


@pytest.mark.parametrize(
    ("quantity", "name"), [(Quantity.PM25, "pm25"), (Quantity.PM10, "pm10"), (Quantity.TSP, "tsp")]
)
def test_each_particulate_has_its_own_background(quantity, name):
    world_ = world(quantity=quantity, limit=80.0, minus_background=True)
    readings = [dust(world_, 60 * n, **{name: 130.1 if n <= 15 else 130.0}) for n in range(1, 32)]
    hourly = background(world_, 3600, **{"pm25": 0.0, "pm10": 0.0, "tsp": 0.0, name: 50.0})
    assert judge_station(world_, [*readings, hourly]).of(RULE) == [(0, 900, "minor")]


def test_a_value_that_corrects_an_hours_first_one_counts_instead():
    # Of two for one hour with one time the digest decides, so that the order of arrival does not.
    world_ = world(limit=80.0, minus_background=True)
    readings = air(world_, [150.0, UNDER])
    values = [background(world_, 3600, pm10=20.0), background(world_, 3600, pm10=90.0)]
    one = judge_station(world_, [*readings, *values])
    other = judge_station(world_, [*readings, *reversed(values)])
    assert one.of(RULE) == other.of(RULE)


def test_the_hours_last_value_by_its_own_time_counts():
    world_ = world(limit=80.0, minus_background=True)
    readings = air(world_, [150.0, UNDER])
    early, late = background(world_, 3500, pm10=90.0), background(world_, 3600, pm10=20.0)
    assert judge_station(world_, [*readings, early, late]).of(RULE) == [(0, 900, "minor")]


# Several limits, evidence, gaps.


def test_each_limit_is_an_alert_of_its_own():
    world_ = World("2026-03-02 00:00").limit("L1", limit=100).limit("L2", limit=110).station("L1", "L2")
    verdict = judge_station(world_, air(world_, [OVER, UNDER]))
    assert sorted(each.subject for each in verdict.findings(RULE)) == [
        "station:S1|limit:L1",
        "station:S1|limit:L2",
    ]
    assert len({each.id for each in verdict.findings(RULE)}) == 2


def test_a_limit_the_station_is_not_held_to_does_not_matter():
    world_ = World("2026-03-02 00:00").limit("L1").limit("L2", limit=10).station("L1")
    assert judge_station(world_, air(world_, [90.0, UNDER])).of(RULE) == []


def test_evidence_lists_the_windows_and_the_peak():
    world_ = world()
    found = judge_station(world_, air(world_, [OVER, 150.0, UNDER])).only(RULE)
    evidence = found.evidence
    assert (evidence.limit_id, evidence.limit, evidence.window_s) == ("L1", 100.0, 900)
    assert (evidence.peak, evidence.windows_over, evidence.quantity) == (150.0, 2, Quantity.PM10)
    over = [each for each in evidence.windows if each.verdict == "over"]
    assert [(world_.seconds(each.start_ms), each.mean, each.coverage) for each in over] == [
        (0, 120.0, 1.0),
        (900, 150.0, 1.0),
    ]
    assert (found.station_id, found.device_id, found.vehicle_id) == ("S1", "M1", None)


def test_a_station_that_falls_silent_for_hours_ends_its_run():
    world_ = world()
    readings = [*air(world_, [OVER, OVER], closing=False), *air(world_, [OVER, UNDER], from_s=36_000)]
    assert judge_station(world_, readings).of(RULE) == [(0, 1800, "minor"), (36_000, 36_900, "minor")]


def test_a_silent_stations_run_ends_by_the_clock_too():
    world_ = world()
    readings = air(world_, [OVER, OVER], closing=False)
    assert judge_station(world_, readings, ticks=[1920]).of(RULE) == [(0, None, "minor")]
    ticks = [1920, 2820, 3600 + 120]
    assert judge_station(world_, readings, ticks=ticks).of(RULE) == [(0, 1800, "minor")]


def test_a_rule_for_other_stations_leaves_this_one_alone():
    world_ = world().rule(RULE, applies_to=AppliesTo(station_ids=("S2",)))
    assert judge_station(world_, air(world_, [OVER, UNDER])).of(RULE) == []


def test_a_rule_that_is_off_flags_nothing():
    world_ = world().rule(RULE, enabled=False)
    assert judge_station(world_, air(world_, [OVER, UNDER])).of(RULE) == []
