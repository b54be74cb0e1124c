"""`capped_readings`: readings that look trimmed or made up. Second 0 is local midnight.

`day` makes a day of readings with median 50 and maximum 150, so that the top tenth of the range above
the median reaches from 140 to 150 and the tenth below it from 130 to 140; the tests say how many lie
in each. The rest of the day is 50 or, a few, 60.
"""

from collections.abc import Mapping, Sequence
from datetime import date

import pytest

from alerts import capped
from domain.identifiers import DistrictId, StationId
from domain.quantity import Flag, Quantity
from domain.report import DustReport
from domain.rule import AppliesTo
from tests.support.days import judge_days
from tests.support.factories import World
from tests.support.tracks import dust

RULE = "capped_readings"
DAY_S = 86_400
FLAGGED = [(0, DAY_S, "major")]
JUDGED_S = DAY_S + 300


def world() -> World:
    return World("2026-03-02 00:00").station()


def values(
    *, top: int, below: int, count: int = 2000, base: float = 50.0, maximum: float = 150.0
) -> list[float]:
    """So many in the top tenth (one of them the maximum) and in the one below; over half at the median."""
    tenth = (maximum - base) / 10
    high = [maximum, *([maximum - tenth / 2] * (top - 1))] + [maximum - 1.5 * tenth] * below
    other = [base + tenth] * 100
    return [*high, *other, *([base] * (count - len(high) - len(other)))]


def readings(
    levels: Sequence[float],
    *,
    from_s: float = 0,
    every: float = 40,
    quantity: str = "pm10",
    flags: Mapping[Quantity, str] | None = None,
) -> list[DustReport]:
    """One reading every 40 s, scattered so that equal values are apart."""
    count, world_ = len(levels), world()
    order = [levels[(n * 7919) % count] for n in range(count)]
    return [
        dust(world_, from_s + every * (n + 1), interval_s=every, flags=flags, **{quantity: level})
        for n, level in enumerate(order)
    ]


def judged(items: Sequence[DustReport], until_s: float = JUDGED_S):
    return judge_days(world(), items, until_s)


def spans(items: Sequence[DustReport], until_s: float = JUDGED_S):
    return judged(items, until_s).of(RULE)


@pytest.mark.parametrize(
    ("top", "below", "expected"),
    [
        pytest.param(49, 0, [], id="49 in the top tenth"),
        pytest.param(50, 0, FLAGGED, id="50"),
        pytest.param(51, 0, FLAGGED, id="51"),
        pytest.param(56, 69, FLAGGED, id="more than 0.8 times the tenth below"),
        pytest.param(56, 70, FLAGGED, id="exactly 0.8 times"),
        pytest.param(56, 71, [], id="less than 0.8 times"),
        pytest.param(200, 0, FLAGGED, id="a cap"),
        pytest.param(100, 100, FLAGGED, id="an even spread"),
        pytest.param(60, 200, [], id="thinning out"),
    ],
)
def test_many_readings_near_the_maximum_look_trimmed(top, below, expected):
    assert spans(readings(values(top=top, below=below))) == expected


@pytest.mark.parametrize(
    ("count", "expected"), [(1999, []), (2000, FLAGGED), (2001, FLAGGED)], ids=["1999", "2000", "2001"]
)
def test_it_takes_2000_readings(count, expected):
    assert spans(readings(values(top=60, below=0, count=count))) == expected


@pytest.mark.parametrize(
    ("maximum", "expected"),
    [(149.0, []), (150.0, FLAGGED), (151.0, FLAGGED)],
    ids=["1.49 times", "1.5 times", "1.51 times"],
)
def test_the_maximum_is_at_least_1_5_times_the_median(maximum, expected):
    assert spans(readings(values(top=60, below=0, base=100.0, maximum=maximum))) == expected


def test_dust_that_thins_out_is_no_cap():
    # Exponential above 30: each tenth holds less than the one below.
    thinning = [30 + 40 * (2 ** (n % 8)) / 16 + n % 13 for n in range(1990)] + [
        400.0 + 40 * n for n in range(11)
    ]
    assert spans(readings(thinning)) == []


def test_a_constant_is_no_cap():
    assert spans(readings([50.0] * 2100)) == []


# Which readings.


@pytest.mark.parametrize("flag", [each.value for each in Flag if each is not Flag.NORMAL])
def test_only_normal_readings_count(flag):
    assert spans(readings(values(top=60, below=0), flags={Quantity.PM10: flag})) == []


@pytest.mark.parametrize("quantity", ["pm10", "pm25", "tsp"])
def test_each_particulate_is_judged(quantity):
    assert spans(readings(values(top=60, below=0), quantity=quantity)) == FLAGGED


def test_noise_is_no_particulate():
    assert spans(readings(values(top=60, below=0), quantity="noise")) == []


def test_two_quantities_do_not_add_up():
    one = readings(values(top=60, below=0, count=1100))
    other = readings(values(top=60, below=0, count=1100), from_s=44_020, every=38, quantity="tsp")
    assert spans([*one, *other]) == []


def test_values_that_cannot_be_do_not_count():
    # With 6000 as the maximum nothing else would lie in the top tenth.
    items = readings(values(top=60, below=0))
    assert spans([*items, dust(world(), 85_000, pm10=6000.0)]) == FLAGGED


# The day and the seven days.


@pytest.mark.parametrize(
    ("tick_s", "expected"), [(DAY_S - 1, []), (JUDGED_S, FLAGGED)], ids=["before midnight", "after it"]
)
def test_it_is_judged_when_the_day_is_over(tick_s, expected):
    assert spans(readings(values(top=60, below=0)), tick_s) == expected


@pytest.mark.parametrize(
    ("until_s", "expected"),
    [(DAY_S + 119, []), (DAY_S + 120, FLAGGED), (DAY_S + 121, FLAGGED)],
    ids=["119 s", "120 s", "121 s"],
)
def test_it_is_judged_120_s_after_the_end_of_its_day(until_s, expected):
    assert spans(readings(values(top=60, below=0)), until_s) == expected


@pytest.mark.parametrize("until_s", [DAY_S + 400, 2 * DAY_S - 1], ids=["soon", "late"])
def test_readings_of_the_next_day_change_nothing(until_s):
    items = [*readings(values(top=60, below=0)), dust(world(), DAY_S + 400, pm10=50.0)]
    verdict = judged(items, until_s)
    assert verdict.of(RULE) == FLAGGED
    assert verdict.detected(RULE) == [DAY_S]


def test_a_reading_at_midnight_is_of_the_day_that_ends():
    levels = values(top=60, below=0)
    items = readings(levels, from_s=DAY_S - 40 * len(levels))
    assert items[-1].time_ms == world().ms(DAY_S)
    assert spans(items) == FLAGGED
    later = readings(levels, from_s=DAY_S - 40 * len(levels) + 1)
    assert spans(later) == []


def test_readings_of_seven_days_add_up():
    levels = values(top=60, below=0, count=2100)
    items = readings(levels, every=288)  # 300 a day
    assert items[-1].time_ms == world().ms(7 * DAY_S)
    verdict = judged(items, 7 * DAY_S + 300)
    assert verdict.of(RULE) == [(6 * DAY_S, 7 * DAY_S, "major")]


def test_what_is_older_than_seven_days_does_not_count():
    # The capped day is the first; a few harmless readings on each of the days after it.
    first = readings(values(top=60, below=0))
    daily = [dust(world(), n * DAY_S + s, pm10=50.0) for n in range(1, 9) for s in (40_000, 50_000)]
    found = judged([*first, *daily], 9 * DAY_S + 300).of(RULE)
    assert (0, DAY_S, "major") in found
    assert (6 * DAY_S, 7 * DAY_S, "major") in found
    assert max(start for start, _, _ in found) == 6 * DAY_S


def test_each_day_is_an_alert_of_its_own():
    levels = values(top=60, below=0)
    items = [*readings(levels), *readings(levels, from_s=DAY_S)]
    verdict = judged(items, 2 * DAY_S + 300)
    assert verdict.of(RULE) == [(0, DAY_S, "major"), (DAY_S, 2 * DAY_S, "major")]


def test_the_alert_is_the_stations_and_has_the_counts():
    found = judged(readings(values(top=60, below=10))).only(RULE)
    assert (found.subject, found.station_id, found.device_id) == ("station:S1", "S1", "M1")
    (evidence,) = found.evidence.particulates
    assert evidence.quantity is Quantity.PM10
    assert (evidence.readings, evidence.median, evidence.maximum) == (2000, 50.0, 150.0)
    assert (evidence.top, evidence.below) == (60, 10)


# What every rule has in common.


def flagged_by(made: World) -> list[tuple[str, str]]:
    found = judge_days(made, readings(values(top=60, below=0)), JUDGED_S).findings(RULE)
    return [(each.rule_id, each.severity.value) for each in found]


def test_several_particulates_are_one_alert_that_lists_them():
    pm10, tsp = readings(values(top=60, below=0)), readings(values(top=70, below=0), quantity="tsp")
    pm25 = readings(values(top=60, below=200), quantity="pm25")
    found = judged([*pm10, *tsp, *pm25]).only(RULE)
    assert [(each.quantity.value, each.top) for each in found.evidence.particulates] == [
        ("pm10_ugm3", 60),
        ("tsp_ugm3", 70),
    ]


def test_of_a_particulate_not_read_in_the_day_nothing_is_said():
    pm10, tsp = readings(values(top=60, below=0)), [dust(world(), DAY_S + 100, tsp=50.0)]
    assert spans([*pm10, *tsp], 2 * DAY_S + 300) == FLAGGED


def test_a_day_without_readings_is_not_judged():
    assert spans(readings(values(top=60, below=0)), 5 * DAY_S) == FLAGGED


@pytest.mark.parametrize(
    ("severity", "expected"), [(None, "major"), ("info", "info"), ("critical", "critical")]
)
def test_a_severity_of_the_rule_replaces_its_own(severity, expected):
    assert flagged_by(world().rule(RULE, "mine", severity=severity)) == [("mine", expected)]


@pytest.mark.parametrize(
    ("applies_to", "expected"),
    [
        (AppliesTo(), ["mine"]),
        (AppliesTo(station_ids=(StationId("S1"),)), ["mine"]),
        (AppliesTo(station_ids=(StationId("S2"),)), []),
        (AppliesTo(station_ids=()), []),
        (AppliesTo(district_ids=(DistrictId("EAST"),)), []),
    ],
    ids=["everybody", "this station", "another", "none", "another district"],
)
def test_it_is_for_whom_its_lists_name(applies_to, expected):
    assert [rule for rule, _ in flagged_by(world().rule(RULE, "mine", applies_to=applies_to))] == expected


def test_disabled_it_flags_nothing():
    assert flagged_by(world().rule(RULE, enabled=False)) == []


def test_two_rules_are_two_alerts():
    assert [rule for rule, _ in flagged_by(world().rule(RULE, "one").rule(RULE, "two"))] == ["one", "two"]


def test_it_takes_no_parameters():
    with pytest.raises(ValueError, match="stuck_n"):
        world().rule(RULE, stuck_n=10).ruleset()


def test_a_device_that_is_no_stations_is_not_judged():
    made = world().vehicle("V1", "D1")
    assert judge_days(made, readings(values(top=60, below=0)), JUDGED_S, device_id="D1").by_id == {}


# Which days.


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ([1], [1, 2, 4, 5, 7]),
        ([2], [2, 4, 5, 7, 8]),
        ([5], [5, 7, 8]),
        ([5, 1], [1, 2, 4, 5, 7, 8]),
        ([9], []),
    ],
    ids=str,
)
def test_a_changed_day_bears_on_itself_and_the_six_after_it_that_are_over(changed, expected):
    day = [date(2026, 3, number) for number in range(1, 32)]
    heard = [day[number] for number in (1, 2, 4, 5, 7, 8, 9)]
    found = capped.days_to_judge([day[number] for number in changed], heard, day[8])
    assert found == [day[number] for number in expected]
