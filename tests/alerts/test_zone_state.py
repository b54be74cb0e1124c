"""When a vehicle is inside a zone: entering, leaving, the exit buffer, windows, and passing through.

Seen through `forbidden_zone`: a no-go square from x = 900 to x = 1100.
"""

import pytest

from domain.rule import AppliesTo
from domain.vehicle import VehicleKind
from tests.support.factories import World, daily
from tests.support.tracks import At, at, chain, judge, stand

RULE = "forbidden_zone"


def no_go(**square) -> World:
    return World().vehicle(kind="other").square("NG", "no_go", 1000, **square)


def path(*points: tuple[float, float]) -> list[At]:
    return [at(second, x) for second, x in points]


IN = ((0, 700), (10, 800), (20, 950), (30, 1000), (40, 1050))


@pytest.mark.parametrize(
    ("points", "expected"),
    [
        pytest.param([(0, 700), (10, 800), (20, 950), (30, 1000)], [(20, None, "major")], id="two fixes in"),
        pytest.param([(0, 700), (10, 800), (20, 950)], [], id="one fix in"),
        pytest.param(
            [(0, 700), (10, 800), (20, 900), (30, 900)], [(20, None, "major")], id="on the edge is in"
        ),
        pytest.param([(0, 700), (10, 800), (20, 899.9), (30, 899.9)], [], id="just outside the edge"),
        pytest.param([(0, 1000), (10, 1000)], [(0, None, "major")], id="first heard of inside"),
        pytest.param([*IN, (50, 1150), (60, 1250)], [(20, 50, "major")], id="two fixes out"),
        pytest.param([*IN, (50, 1150)], [(20, None, "major")], id="one fix out"),
        pytest.param([*IN, (50, 1120), (60, 1120), (70, 1120)], [(20, None, "major")], id="20 m out"),
        pytest.param([*IN, (50, 1120.1), (60, 1120.1)], [(20, 50, "major")], id="20.1 m out"),
        pytest.param(
            [*IN, (50, 1150), (60, 1110), (70, 1150), (80, 1110)],
            [(20, None, "major")],
            id="out and back in the buffer",
        ),
        pytest.param(
            [*IN, (50, 1150), (60, 1110), (70, 1150), (80, 1160)],
            [(20, 70, "major")],
            id="out, in the buffer, out twice",
        ),
    ],
)
def test_a_zone_is_entered_at_two_fixes_in_it_and_left_at_two_beyond_the_buffer(points, expected):
    assert judge(no_go(), path(*points)).of(RULE) == expected


def test_it_is_detected_at_the_second_fix():
    verdict = judge(no_go(), path(*IN))
    assert verdict.detected(RULE) == [30]


def test_the_alert_names_vehicle_zone_and_place():
    found = judge(no_go(), path(*IN)).only(RULE)
    assert (found.vehicle_id, found.device_id, found.zone_ids) == ("V1", "D1", ("NG",))
    assert found.evidence.zone_id == "NG"
    assert found.evidence.passed_through_m is None
    assert found.lon is not None
    assert found.lat == pytest.approx(38.0, abs=0.1)


def test_the_buffer_is_a_parameter():
    world = no_go().rule(RULE, exit_buffer_m=60)
    stays = [*IN, (50, 1160), (60, 1160)]
    leaves = [*IN, (50, 1160.1), (60, 1160.1)]
    assert judge(world, path(*stays)).of(RULE) == [(20, None, "major")]
    assert judge(world, path(*leaves)).of(RULE) == [(20, 50, "major")]


def test_a_round_zone_works_like_a_square_one():
    world = World().vehicle(kind="other").circle("NG", "no_go", 1000, radius_m=100)
    assert judge(world, path(*IN, (50, 1150), (60, 1250))).of(RULE) == [(20, 50, "major")]


def test_two_zones_are_two_alerts():
    world = no_go().square("NG2", "no_go", 1050)
    verdict = judge(world, path(*IN, (50, 1100), (60, 1140), (70, 1145)))
    assert {(each.zone_ids, *each.subject.split("|")[:1]) for each in verdict.findings(RULE)} == {
        (("NG",), "vehicle:V1"),
        (("NG2",), "vehicle:V1"),
    }
    assert len({each.id for each in verdict.findings(RULE)}) == 2


@pytest.mark.parametrize("kind", ["source_site", "disposal_site", "parking", "other", "wash_bay"])
def test_only_no_go_zones_are_forbidden(kind):
    world = World().vehicle(kind="other").square("Z", kind, 1000)
    assert judge(world, path(*IN)).of(RULE) == []


# Windows and validity: a zone does not exist outside them.


@pytest.mark.parametrize(
    "square",
    [
        pytest.param({"windows": (daily("12:10", "12:20"),)}, id="window"),
        pytest.param({"valid": (600, 1200)}, id="validity"),
    ],
)
def test_a_zone_that_opens_round_a_vehicle_is_entered_at_the_first_fix_and_left_when_it_closes(square):
    rows = stand(0, 1400, 1000)
    verdict = judge(no_go(**square), rows)
    assert verdict.of(RULE) == [(600, 1200, "major")]
    assert verdict.detected(RULE) == [600]


def test_before_a_zone_opens_nothing_is_flagged():
    assert judge(no_go(windows=(daily("12:10", "12:20"),)), stand(0, 599, 1000)).of(RULE) == []


def test_driving_into_an_open_zone_takes_two_fixes():
    world = no_go(windows=(daily("12:10", "12:20"),))
    rows = chain(stand(0, 610, 800), path((620, 950)), path((630, 1000), (640, 1000)))
    verdict = judge(world, rows)
    assert verdict.of(RULE) == [(620, None, "major")]
    assert verdict.detected(RULE) == [630]


def test_a_window_over_midnight_belongs_to_the_day_it_starts():
    world = World("2026-03-03 05:50").vehicle(kind="other")  # a Tuesday
    world.square("NG", "no_go", 1000, windows=(daily("22:00", "06:00", ("mon",)),))
    assert judge(world, stand(0, 1200, 1000)).of(RULE) == [(0, 600, "major")]


# Coming back.


@pytest.mark.parametrize(
    ("back_s", "expected"),
    [
        pytest.param(349, [(20, None, "major")], id="299 s"),
        pytest.param(350, [(20, None, "major")], id="300 s"),
        pytest.param(351, [(20, 50, "major"), (351, None, "major")], id="301 s"),
    ],
)
def test_coming_back_within_300_s_is_the_same_alert(back_s, expected):
    rows = [*path(*IN, (50, 1150)), *stand(60, 340, 1250), *path((345, 1150), (back_s, 1050), (360, 1000))]
    verdict = judge(no_go(), rows)
    assert verdict.of(RULE) == expected


def test_after_coming_back_the_alert_ends_when_it_is_left_for_good():
    rows = path(*IN, (50, 1150), (60, 1250), (70, 1050), (80, 1000), (90, 1150), (100, 1250))
    assert judge(no_go(), rows).of(RULE) == [(20, 90, "major")]


# Gaps.


def test_a_gap_does_not_end_an_alert():
    rows = path(*IN, (341, 1000))
    assert judge(no_go(), rows).of(RULE) == [(20, None, "major")]


def test_after_a_gap_the_first_fix_outside_ends_it():
    rows = path(*IN, (400, 1500), (410, 1600))
    assert judge(no_go(), rows).of(RULE) == [(20, 400, "major")]


# Unknown: without usable fixes nothing is known.


def test_reports_without_a_fix_do_not_stand_between_two_fixes():
    rows = [*path((0, 700), (10, 800), (20, 950)), at(25, None), at(28, None), *path((30, 1000))]
    assert judge(no_go(), rows).of(RULE) == [(20, None, "major")]


def test_a_device_that_never_has_a_fix_is_nowhere():
    assert judge(no_go(), stand(0, 600, None)).of(RULE) == []


# Passing through.


def thin(width_m: float) -> World:
    return World().vehicle(kind="other").square("NG", "no_go", 1000, half_m=width_m / 2)


@pytest.mark.parametrize(
    ("width_m", "passed"),
    [
        pytest.param(19.99, False, id="19.99 m"),
        pytest.param(20.001, True, id="20 m"),
        pytest.param(30.0, True, id="30 m"),
    ],
)
def test_a_line_of_20_m_in_a_zone_is_passing_through(width_m, passed):
    rows = path((0, 800), (10, 900), (20, 1100), (30, 1200))
    verdict = judge(thin(width_m), rows)
    assert verdict.of(RULE) == ([(10, 20, "major")] if passed else [])
    if passed:
        assert verdict.only(RULE).evidence.passed_through_m == pytest.approx(width_m, abs=0.01)
        assert verdict.detected(RULE) == [20]


@pytest.mark.parametrize(
    ("apart_s", "passed"), [(59, True), (60, True), (61, False)], ids=["59 s", "60 s", "61 s"]
)
def test_fixes_more_than_60_s_apart_draw_no_line(apart_s, passed):
    rows = path((0, 800), (10, 900), (10 + apart_s, 1100), (20 + apart_s, 1200))
    assert bool(judge(thin(30), rows).of(RULE)) is passed


@pytest.mark.parametrize(
    ("metres", "passed"),
    [pytest.param(83.2, True, id="149.8 km/h"), pytest.param(83.5, False, id="150.3 km/h")],
)
def test_a_line_faster_than_150_kmh_is_not_believed(metres, passed):
    # Under 100 m, so that the second fix is no outlier.
    rows = path((0, 960 - 40), (10, 960), (12, 960 + metres), (20, 960 + metres + 40))
    assert bool(judge(thin(30), rows).of(RULE)) is passed


def test_exactly_150_kmh_still_draws_a_line():
    rows = path((0, 800), (10, 940), (13, 1065), (20, 1200))  # 125 m in 3 s
    assert judge(thin(30), rows).of(RULE) == [(10, 13, "major")]


def test_one_fix_in_the_zone_on_the_way_counts_both_lines():
    rows = path((0, 700), (10, 800), (20, 1000), (30, 1200), (40, 1300))
    verdict = judge(no_go(), rows)
    assert verdict.of(RULE) == [(10, 30, "major")]
    assert verdict.only(RULE).evidence.passed_through_m == pytest.approx(200, abs=0.01)


def test_one_fix_in_the_zone_and_back_the_way_it_came():
    rows = path((0, 700), (10, 880), (20, 910.1), (30, 880), (40, 700))  # 10.1 m in and out
    assert judge(no_go(), rows).of(RULE) == [(10, 30, "major")]
    rows = path((0, 700), (10, 880), (20, 909.9), (30, 880), (40, 700))
    assert judge(no_go(), rows).of(RULE) == []


def test_a_zone_entered_is_not_passed_through_as_well():
    verdict = judge(no_go(), path(*IN, (50, 1150), (60, 1250)))
    assert len(verdict.findings(RULE)) == 1
    assert verdict.only(RULE).evidence.passed_through_m is None


def test_a_zone_that_does_not_exist_cannot_be_passed_through():
    world = World().vehicle(kind="other")
    world.square("NG", "no_go", 1000, half_m=15, windows=(daily("12:10", "12:20"),))
    rows = path((0, 800), (10, 900), (20, 1100), (30, 1200))
    assert judge(world, rows).of(RULE) == []


def test_passing_again_within_300_s_is_the_same_alert():
    there = path((0, 800), (10, 900), (20, 1100), (30, 1200))
    back = path((300, 1100), (310, 900), (320, 800))
    verdict = judge(thin(30), [*there, *stand(40, 290, 1200), *back])
    assert verdict.of(RULE) == [(10, 310, "major")]


def test_passing_across_a_gap_is_not_known():
    rows = path((0, 800), (10, 900), (311, 1100), (321, 1200))
    assert judge(thin(30), rows).of(RULE) == []


def test_an_unusable_fix_draws_no_line():
    rows = [*path((0, 800), (10, 890)), at(15, 1000, acc=51.0), *path((20, 890), (30, 800))]
    assert judge(no_go(), rows).of(RULE) == []


# Whom it is for.


def test_a_rule_for_other_kinds_leaves_this_vehicle_alone():
    world = no_go().rule(RULE, applies_to=AppliesTo(vehicle_kinds=(VehicleKind.MUCK_TRUCK,)))
    assert judge(world, path(*IN)).of(RULE) == []


def test_a_rule_that_is_off_flags_nothing():
    assert judge(no_go().rule(RULE, enabled=False), path(*IN)).of(RULE) == []
