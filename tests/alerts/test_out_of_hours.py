"""`out_of_hours`: a haul outside its permit's windows. Second 0 is noon; the window is 12:00 to 12:10."""

import pytest

from tests.support.factories import World, daily, haul_world, permitted_world
from tests.support.tracks import At, at, chain, drive, judge, loaded_departure, stand

RULE = "out_of_hours"
X_0 = 400.0


def world(*windows: tuple[str, str]) -> World:
    return permitted_world(
        routes=(), windows=tuple(daily(*each) for each in windows or (("12:00", "12:10"),))
    )


def x_at(second: float) -> float:
    return X_0 + second


def moving(from_s: float, to_s: float, every: float = 10) -> list[At]:
    return drive((from_s, x_at(from_s)), (to_s, x_at(to_s)), every=every)


def standing(from_s: float, to_s: float, every: float = 10) -> list[At]:
    return stand(from_s, to_s, x_at(from_s), every=every)


def haul(*parts: list[At]) -> list[At]:
    """Away from the site in hours, until 590, then the parts."""
    return chain(loaded_departure(), moving(50, 590), *parts)


@pytest.mark.parametrize(
    ("until_s", "expected"),
    [(659, []), (660, [(600, None, "major")]), (661, [(600, None, "major")])],
    ids=["59 s", "60 s", "61 s"],
)
def test_it_takes_60_s_of_moving(until_s, expected):
    assert judge(world(), haul(moving(600, until_s))).of(RULE) == expected


def test_it_is_detected_when_moving_has_added_up():
    assert judge(world(), haul(moving(600, 800))).detected(RULE) == [660]


@pytest.mark.parametrize(
    ("first_s", "start_s"),
    [pytest.param(599.999, 605, id="just in hours"), pytest.param(600, 600, id="at the end of the window")],
)
def test_the_window_ends_before_its_last_instant(first_s, start_s):
    rows = haul([at(first_s, x_at(600), v=36.0)], moving(605, 700))
    assert judge(world(), rows).of(RULE) == [(start_s, None, "major")]


@pytest.mark.parametrize(
    ("halt_until_s", "again_s", "expected"),
    [
        pytest.param(1239, 1239.5, [(600, None, "major")], id="halt of 599 s"),
        pytest.param(1240, 1240.5, [], id="halt of 600 s"),
    ],
)
def test_halts_shorter_than_10_min_do_not_break_the_stretch(halt_until_s, again_s, expected):
    # 30 s of moving before the halt and 35 s after it.
    rows = haul(moving(600, 630), standing(640, halt_until_s), moving(again_s, again_s + 35))
    assert judge(world(), rows).of(RULE) == expected


def test_time_between_moving_and_standing_reports_does_not_add_up():
    # 29 s, a halt, 29 s: the seconds into and out of the halt count for nothing.
    rows = haul(moving(600, 629), standing(634, 700), moving(705, 734), standing(740, 800))
    assert judge(world(), rows).of(RULE) == []
    rows = haul(moving(600, 629), standing(634, 700), moving(705, 736), standing(740, 800))
    assert judge(world(), rows).of(RULE) == [(600, None, "major")]


@pytest.mark.parametrize(
    ("halt_until_s", "end_s"),
    [
        pytest.param(1299, None, id="599 s"),
        pytest.param(1300, 700, id="600 s"),
        pytest.param(1310, 700, id="610 s"),
    ],
)
def test_standing_10_min_ends_it_at_the_first_standing_report(halt_until_s, end_s):
    rows = haul(moving(600, 690), standing(700, halt_until_s))
    assert judge(world(), rows).of(RULE) == [(600, end_s, "major")]


def test_back_in_hours_it_ends():
    rows = haul(moving(600, 1300))
    assert judge(world(("12:00", "12:10"), ("12:20", "12:30")), rows).of(RULE) == [(600, 1200, "major")]


@pytest.mark.parametrize(
    ("closes", "expected"),
    [
        pytest.param("12:25", [(600, None, "major")], id="300 s"),
        pytest.param("12:26", [(600, 1200, "major"), (1560, None, "major")], id="360 s"),
    ],
)
def test_out_of_hours_again_within_300_s_of_the_end_is_the_same_alert(closes, expected):
    rows = haul(moving(600, 1700))
    assert judge(world(("12:00", "12:10"), ("12:20", closes)), rows).of(RULE) == expected


def test_the_unloading_ends_it_with_the_trip():
    rows = haul(moving(600, 700), stand(710, 730, x_at(700), lift=True))
    assert judge(world(), rows).of(RULE) == [(600, 710, "major")]


def test_the_empty_way_back_is_no_haul():
    rows = haul(standing(592, 596), stand(598, 630, x_at(590), load="empty"), moving(640, 900))
    assert judge(world(), rows).of(RULE) == []


@pytest.mark.parametrize(
    ("gap_s", "start_s"), [pytest.param(300, 600, id="300 s"), pytest.param(301, 931, id="a gap")]
)
def test_no_stretch_runs_across_a_gap(gap_s, start_s):
    rows = haul(moving(600, 630), moving(630 + gap_s, 630 + gap_s + 70))
    assert judge(world(), rows).of(RULE) == [(start_s, None, "major")]


def test_a_gap_does_not_end_it():
    rows = haul(moving(600, 700), moving(1100, 1110))
    assert judge(world(), rows).of(RULE) == [(600, None, "major")]


@pytest.mark.parametrize(
    ("speed_kmh", "flagged"),
    [pytest.param(4.9, False, id="4.9 km/h"), pytest.param(5.0, True, id="5 km/h")],
)
def test_moving_begins_at_5_kmh(speed_kmh, flagged):
    # Standing until 600, so that the state before is known.
    before = chain(loaded_departure(), stand(50, 590, X_0))
    rows = [*before, *(row.but(v=speed_kmh) for row in moving(600, 700))]
    assert bool(judge(world(), rows).of(RULE)) is flagged


@pytest.mark.parametrize(
    ("speed_kmh", "flagged"),
    [
        pytest.param(2.9, False, id="2.9 km/h"),
        pytest.param(3.0, True, id="3 km/h"),
        pytest.param(4.9, True, id="4.9 km/h"),
    ],
)
def test_moving_goes_on_down_to_3_kmh(speed_kmh, flagged):
    rows = haul([row.but(v=speed_kmh) for row in moving(600, 700)])
    assert bool(judge(world(), rows).of(RULE)) is flagged


def without_speed(rows: list[At]) -> list[At]:
    return [row.but(v=None) for row in rows]


def test_without_reported_speed_the_fixes_tell():
    driven = without_speed(drive((600, 1000), (700, 2000)))
    assert judge(world(), haul(driven)).of(RULE) == [(600, None, "major")]
    parked = without_speed(stand(600, 1100, 1000))
    assert judge(world(), chain(loaded_departure(), stand(50, 590, X_0), parked)).of(RULE) == []


def test_reported_speed_of_a_report_without_a_fix_is_not_moving():
    rows = chain(loaded_departure(), stand(50, 590, X_0), stand(600, 700, None, v=36.0))
    assert judge(world(), rows).of(RULE) == []


def test_a_permit_without_windows_holds_always():
    assert judge(permitted_world(routes=()), haul(moving(600, 900))).of(RULE) == []


def test_without_a_permit_there_are_no_hours():
    assert judge(haul_world(), haul(moving(600, 900))).of(RULE) == []


def test_a_permit_that_ran_out_under_way_still_gives_the_hours():
    world_ = permitted_world(routes=(), windows=(daily("12:00", "12:10"),), valid=(None, 500))
    assert judge(world_, haul(moving(600, 900))).of(RULE) == [(600, None, "major")]


def test_a_window_over_midnight_belongs_to_the_day_it_starts():
    # From a Tuesday's 05:50: Monday's night runs until 06:00.
    night = daily("22:00", "06:00", ("mon",))
    world_ = permitted_world(start="2026-03-03 05:50", routes=(), windows=(night,))
    assert judge(world_, haul(moving(600, 700))).of(RULE) == [(600, None, "major")]
    # A Wednesday's early morning is Tuesday's night, which has no window.
    other = permitted_world(start="2026-03-04 05:50", routes=(), windows=(night,))
    assert judge(other, haul(moving(600, 700))).of(RULE)[0][0] in {30, 40}


def test_of_several_permits_the_one_whose_windows_contain_the_departure_is_the_trips():
    world_ = haul_world()
    world_.permit("P1", sources=("SRC",), windows=(daily("12:00", "12:30"),), valid=(-900, None))
    world_.permit("P2", sources=("SRC",), windows=(daily("20:00", "22:00"),), valid=(-100, None))
    assert judge(world_, haul(moving(600, 900))).of(RULE) == []


def test_when_no_permit_has_the_departure_in_its_windows_the_latest_is_the_trips():
    world_ = haul_world()
    world_.permit("P1", sources=("SRC",), windows=(daily("20:00", "22:00"),), valid=(-900, None))
    world_.permit("P2", sources=("SRC",), windows=(daily("20:00", "22:00"),), valid=(-100, None))
    assert judge(world_, haul(moving(600, 900))).only(RULE).evidence.permit_id == "P2"


def test_permits_alike_are_told_apart_by_the_smallest_id():
    world_ = haul_world()
    for permit_id in ("P3", "P2", "P4"):
        world_.permit(permit_id, sources=("SRC",), windows=(daily("20:00", "22:00"),))
    assert judge(world_, haul(moving(600, 900))).only(RULE).evidence.permit_id == "P2"


def test_evidence_says_how_much_moving_added_up():
    rows = haul(moving(600, 660), standing(670, 700), moving(710, 740), standing(750, 1350))
    found = judge(world(), rows).only(RULE)
    assert found.evidence.permit_id == "P1"
    assert found.evidence.moving_s == 90


@pytest.mark.parametrize(("until_s", "flagged"), [(629, False), (630, True)], ids=["29 s", "30 s"])
def test_the_hold_is_a_parameter(until_s, flagged):
    assert bool(judge(world().rule(RULE, hold_s=30), haul(moving(600, until_s))).of(RULE)) is flagged
