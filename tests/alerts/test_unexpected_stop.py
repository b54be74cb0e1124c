"""`unexpected_stop`: a loaded truck stands in an odd place. Departure is at 30; the stop begins at 100."""

import pytest

from tests.support.factories import haul_world
from tests.support.tracks import At, at, chain, drive, judge, loaded_departure, stand

RULE = "unexpected_stop"
X = 900.0


def stop(until_s: float, *, from_s: float = 100, x: float = X, y: float = 0.0, **signals) -> list[At]:
    """Loaded, then standing from `from_s` to `until_s`."""
    way = [at(60, 600, v=36.0), at(80, 800, v=36.0)]
    return chain(loaded_departure(), way, stand(from_s, until_s, x, y, **signals))


def off(second: float, x: float = X) -> list[At]:
    return drive((second, x + 60), (second + 20, x + 260))


@pytest.mark.parametrize(
    ("until_s", "expected"),
    [
        pytest.param(699, [], id="599 s"),
        pytest.param(700, [(100, 710, "minor")], id="600 s"),
        pytest.param(701, [(100, 711, "minor")], id="601 s"),
    ],
)
def test_a_stay_of_600_s_outside_all_zones_is_flagged(until_s, expected):
    verdict = judge(haul_world(), chain(stop(until_s), off(until_s + 10)))
    assert verdict.of(RULE) == expected
    assert verdict.detected(RULE) == [700 for _ in expected]


def test_it_goes_on_while_the_truck_stands():
    assert judge(haul_world(), stop(3000)).of(RULE) == [(100, None, "minor")]


def test_it_ends_at_the_first_report_that_moves():
    rows = chain(stop(800), [at(810, X + 5, v=4.9), at(820, X + 10, v=5.0), at(830, X + 30, v=8.0)])
    assert judge(haul_world(), rows).of(RULE) == [(100, 820, "minor")]


def test_it_ends_where_it_stands_more_than_50_m_away():
    rows = chain(stop(800), stand(810, 900, X + 50), stand(910, 1000, X + 51))
    assert judge(haul_world(), rows).of(RULE) == [(100, 910, "minor")]


@pytest.mark.parametrize(("metres", "flagged"), [(50, True), (51, False)], ids=["50 m", "51 m"])
def test_fixes_farther_than_50_m_from_the_first_are_another_stay(metres, flagged):
    rows = chain(stop(400), stand(410, 750, X + metres))
    assert bool(judge(haul_world(), rows).of(RULE)) is flagged


def test_moving_between_makes_two_stays():
    rows = chain(stop(400), [at(405, X + 1, v=6.0)], stand(410, 750, X))
    assert judge(haul_world(), rows).of(RULE) == []


def test_each_stop_is_an_alert_of_its_own():
    rows = chain(stop(700), off(710), stand(800, 1400, X + 900))
    assert judge(haul_world(), rows).of(RULE) == [(100, 710, "minor"), (800, None, "minor")]


# Where.


@pytest.mark.parametrize(
    "kind",
    ["source_site", "disposal_site", "transfer_station", "wash_bay", "parking", "fuel_station", "other"],
)
def test_a_stay_in_a_place_to_be_is_not_odd(kind):
    world = haul_world().square("Z", kind, X)
    assert judge(world, stop(900)).of(RULE) == []


@pytest.mark.parametrize("kind", ["speed_zone", "no_go"])
def test_speed_zones_and_no_go_zones_are_no_places_to_be(kind):
    world = haul_world().square("Z", kind, X, speed_limit_kmh=30 if kind == "speed_zone" else None)
    assert judge(world, stop(700)).of(RULE) == [(100, None, "minor")]


@pytest.mark.parametrize(("y", "flagged"), [(99.0, False), (101.0, True)], ids=["1 m in", "1 m out"])
def test_a_zone_ends_at_its_edge_for_who_was_never_in_it(y, flagged):
    world = haul_world().square("PARK", "parking", X)
    assert bool(judge(world, stop(900, y=y)).of(RULE)) is flagged


def test_within_the_exit_buffer_it_is_still_inside():
    # In at y = 60, then standing 19 m beyond the edge.
    world = haul_world().square("PARK", "parking", X)
    rows = chain(stop(150, y=60), [at(160, X, 90, v=8.0)], stand(170, 1000, X, 119))
    assert judge(world, rows).of(RULE) == []


# On a trip.


def test_an_empty_truck_may_stand_where_it_likes():
    assert judge(haul_world(), [row.but(load="empty") for row in stop(900)]).of(RULE) == []


def test_a_truck_of_unknown_load_is_on_no_trip():
    assert judge(haul_world(), stand(0, 900, X)).of(RULE) == []


def test_an_unloading_ends_the_trip_and_the_stay_after_it_is_nothing():
    rows = chain(stop(300), stand(310, 1500, X, load="empty"))
    assert judge(haul_world(), rows).of(RULE) == []


@pytest.mark.parametrize("kind", ["refuse_truck", "sprinkler"])
def test_trips_concern_muck_trucks_only(kind):
    assert judge(haul_world(kind=kind), stop(900)).of(RULE) == []


# What is not known.


@pytest.mark.parametrize(
    ("gap_s", "expected"),
    [pytest.param(300, [(100, None, "minor")], id="300 s"), pytest.param(301, [], id="a gap")],
)
def test_no_stay_runs_across_a_gap(gap_s, expected):
    rows = chain(stop(300), stand(300 + gap_s, 720, X))
    assert judge(haul_world(), rows).of(RULE) == expected


def test_a_gap_does_not_end_it_while_the_truck_still_stands_there():
    assert judge(haul_world(), chain(stop(800), stand(2000, 2100, X))).of(RULE) == [(100, None, "minor")]


def test_the_first_report_after_a_gap_that_moves_ends_it():
    rows = chain(stop(800), drive((2000, X + 3000), (2020, X + 3200)))
    assert judge(haul_world(), rows).of(RULE) == [(100, 2000, "minor")]


def test_standing_elsewhere_after_a_gap_it_has_moved_on():
    rows = chain(stop(800), stand(2000, 2100, X + 3000))
    assert judge(haul_world(), rows).of(RULE) == [(100, 2000, "minor")]


def test_reports_without_a_fix_do_not_break_a_stay():
    rows = [row._replace(x=None) if 200 < row.second < 400 else row for row in stop(700)]
    assert judge(haul_world(), rows).of(RULE) == [(100, None, "minor")]


def test_without_fixes_there_is_no_stay():
    rows = [row._replace(x=None) if row.second >= 100 else row for row in stop(900)]
    assert judge(haul_world(), rows).of(RULE) == []


def test_without_a_reported_speed_the_fixes_tell_that_it_stands():
    # The first fix of the stop is still reached at 18 km/h; it stands from the second on.
    assert judge(haul_world(), stop(800, v=None)).of(RULE) == [(110, None, "minor")]


@pytest.mark.parametrize(
    ("stay_s", "until_s", "flagged"),
    [
        pytest.param(300, 399, False, id="300: 299 s"),
        pytest.param(300, 400, True, id="300: 300 s"),
        pytest.param(900, 999, False, id="900: 899 s"),
        pytest.param(900, 1000, True, id="900: 900 s"),
    ],
)
def test_the_stay_is_a_parameter(stay_s, until_s, flagged):
    world = haul_world().rule(RULE, stay_s=stay_s)
    assert bool(judge(world, stop(until_s)).of(RULE)) is flagged


def test_the_alert_is_the_vehicles_and_lies_where_it_stands():
    found = judge(haul_world(), stop(700)).only(RULE)
    assert (found.subject, found.vehicle_id) == ("vehicle:V1", "V1")
    assert found.lon == pytest.approx(114 + X / 87_800, abs=0.0005)


def test_standing_on_after_a_gap_is_the_same_stop_and_not_another():
    # The stay of after the gap begins 40 m from the first one's place and reaches 80 m from it.
    rows = chain(stop(800), stand(1200, 2000, X + 40), stand(2010, 2100, X + 80), off(2120, X + 80))
    assert judge(haul_world(), rows).of(RULE) == [(100, 2120, "minor")]


def test_standing_farther_on_after_a_gap_is_another_stop():
    rows = chain(stop(800), stand(1200, 2000, X + 60), off(2010, X + 60))
    assert judge(haul_world(), rows).of(RULE) == [(100, 1200, "minor"), (1200, 2010, "minor")]
