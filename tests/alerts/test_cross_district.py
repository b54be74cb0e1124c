"""`cross_district`: a loaded truck leaves the registry's districts.

The district WEST ends at x = 1000; SRC lies in it. Departure is at 30; at 40 the truck is at x = 300.
"""

import pytest

from tests.support.factories import World
from tests.support.tracks import At, at, chain, drive, judge, loaded_departure, stand

RULE = "cross_district"


def world(**square) -> World:
    return World().vehicle().square("SRC", "source_site", 0, **square).district("WEST", -1000, 1000)


def leaving(until_s: float, *, out_s: float = 100, out_x: float = 1100) -> list[At]:
    """Loaded, inside until just before `out_s`, then farther out every 10 s up to `until_s`."""
    inside = [at(50, 450, v=50.0), at(70, 700, v=50.0), at(90, 950, v=50.0)]
    away = drive((out_s, out_x), (until_s, out_x + 5 * (until_s - out_s))) if until_s > out_s else []
    return chain(loaded_departure(), inside, away)


@pytest.mark.parametrize(
    ("until_s", "expected"),
    [
        pytest.param(159, [], id="59 s"),
        pytest.param(160, [(100, None, "major")], id="60 s"),
        pytest.param(161, [(100, None, "major")], id="61 s"),
    ],
)
def test_outside_every_district_for_60_s_is_flagged(until_s, expected):
    verdict = judge(world(), leaving(until_s))
    assert verdict.of(RULE) == expected
    assert verdict.detected(RULE) == [160 for _ in expected]


@pytest.mark.parametrize(("x", "flagged"), [(999, False), (1001, True)], ids=["1 m inside", "1 m outside"])
def test_outside_is_beyond_the_edge_of_the_district(x, flagged):
    rows = [*leaving(100), *(at(100 + 10 * n, x, 5.0 * n, v=36.0) for n in range(10))]
    assert bool(judge(world(), rows).of(RULE)) is flagged


def test_another_district_of_the_registry_is_inside_too():
    assert judge(world().district("EAST", 1000, 9000), leaving(300)).of(RULE) == []


def test_between_two_districts_it_is_outside_both():
    rows = leaving(180)  # at x = 1500 at 180
    assert judge(world().district("EAST", 1600, 9000), rows).of(RULE) == [(100, None, "major")]


def test_a_registry_without_districts_has_nothing_to_leave():
    bare = World().vehicle().square("SRC", "source_site", 0)
    assert judge(bare, leaving(300)).of(RULE) == []


def test_it_ends_at_the_first_fix_back_inside():
    rows = chain(leaving(160), [at(180, 1100, v=60.0), at(190, 990, v=60.0), at(200, 800, v=60.0)])
    assert judge(world(), rows).of(RULE) == [(100, 190, "major")]


def test_out_again_is_another_alert():
    back = [at(180, 990, v=60.0), at(190, 900, v=60.0)]
    rows = chain(leaving(160), back, drive((200, 1050), (260, 1500)))
    assert judge(world(), rows).of(RULE) == [(100, 180, "major"), (200, None, "major")]


def test_a_fix_inside_between_breaks_the_hold():
    rows = chain(leaving(140), [at(150, 990, v=60.0)], drive((160, 1050), (219, 1500)))
    assert judge(world(), rows).of(RULE) == []


def test_it_ends_with_the_trip_when_the_load_becomes_empty():
    rows = chain(leaving(170), stand(180, 200, 1400, load="empty"))
    assert judge(world(), rows).of(RULE) == [(100, 180, "major")]


def test_it_ends_with_the_trip_at_an_unloading():
    rows = chain(leaving(170), stand(180, 200, 1400, lift=True))
    assert judge(world(), rows).of(RULE) == [(100, 180, "major")]


def test_after_the_trip_it_may_go_where_it_likes():
    emptied = stand(50, 70, 500, load="empty")
    rows = chain(loaded_departure(), emptied, drive((80, 600), (400, 3800), load="empty"))
    assert judge(world(), rows).of(RULE) == []


# Permits.


@pytest.mark.parametrize(
    ("disposals", "flagged"),
    [
        pytest.param(("FAR",), False, id="a disposal site outside"),
        pytest.param(("NEAR",), True, id="one inside"),
        pytest.param(("NEAR", "FAR"), False, id="both"),
        pytest.param((), False, id="every one, so the one outside too"),
    ],
)
def test_a_trip_whose_permit_names_a_disposal_site_outside_may_leave(disposals, flagged):
    sites = world().square("NEAR", "disposal_site", -500).square("FAR", "disposal_site", 9000)
    sites.permit(sources=("SRC",), disposals=disposals)
    assert bool(judge(sites, leaving(200)).of(RULE)) is flagged


def test_a_permit_that_is_not_the_trips_does_not_help():
    sites = world().square("NEAR", "disposal_site", -500).square("FAR", "disposal_site", 9000)
    sites.permit("P1", sources=("SRC",), disposals=("NEAR",))
    sites.permit("P2", vehicles=("V2",), disposals=("FAR",)).vehicle("V2", "D2")
    assert judge(sites, leaving(200)).of(RULE) == [(100, None, "major")]


def test_without_any_permit_it_may_not():
    sites = world().square("FAR", "disposal_site", 9000)
    assert judge(sites, leaving(200)).of(RULE) == [(100, None, "major")]


# What is no trip.


def test_a_truck_of_unknown_load_is_on_no_trip():
    rows = [row._replace(signals={"v": row.signals["v"]}) for row in leaving(300)]
    assert judge(world(), rows).of(RULE) == []


def test_an_empty_truck_is_on_no_trip():
    assert judge(world(), [row.but(load="empty") for row in leaving(300)]).of(RULE) == []


@pytest.mark.parametrize("kind", ["refuse_truck", "sweeper", "other"])
def test_trips_concern_muck_trucks_only(kind):
    others = World().vehicle(kind=kind).square("SRC", "source_site", 0).district("WEST", -1000, 1000)
    assert judge(others, leaving(300)).of(RULE) == []


def test_before_departure_it_is_no_haul():
    # The site itself lies outside: the hold begins with the fix at 40, from which the departure is known.
    beyond = World().vehicle().square("SRC", "source_site", 0).district("EAST", 10_000, 20_000)
    rows = chain(stand(-100, -10, 0, load="full"), loaded_departure()[1:], drive((50, 400), (99, 900)))
    assert judge(beyond, rows).of(RULE) == []
    assert judge(beyond, [*rows, at(100, 910, v=36.0)]).of(RULE) == [(40, None, "major")]


# What is not known.


@pytest.mark.parametrize(
    ("gap_s", "start_s"), [pytest.param(300, 100, id="300 s"), pytest.param(301, 401, id="a gap")]
)
def test_no_hold_runs_across_a_gap(gap_s, start_s):
    rows = chain(leaving(100), [at(100, 1100, v=36.0)], drive((100 + gap_s, 2000), (160 + gap_s, 2600)))
    assert judge(world(), rows).of(RULE) == [(start_s, None, "major")]


def test_a_gap_does_not_end_it_but_the_first_fix_after_it_that_is_back_does():
    rows = chain(leaving(160), [at(2000, 500, v=36.0), at(2010, 400, v=36.0)])
    assert judge(world(), rows).of(RULE) == [(100, 2000, "major")]


def test_still_outside_after_a_gap_it_goes_on():
    rows = chain(leaving(160), [at(2000, 5000, v=36.0), at(2010, 5100, v=36.0)])
    assert judge(world(), rows).of(RULE) == [(100, None, "major")]


def test_reports_without_a_fix_do_not_break_a_hold():
    rows = [row._replace(x=None) if row.second in {110, 130, 140} else row for row in leaving(160)]
    assert judge(world(), rows).of(RULE) == [(100, None, "major")]


def test_without_fixes_nothing_is_known():
    rows = [row._replace(x=None) if row.second >= 100 else row for row in leaving(300)]
    assert judge(world(), rows).of(RULE) == []


def test_the_alert_is_the_vehicles_and_lies_where_it_left():
    found = judge(world(), leaving(160)).only(RULE)
    assert (found.subject, found.vehicle_id, found.device_id) == ("vehicle:V1", "V1", "D1")
    assert found.lon == pytest.approx(114 + 1100 / 87_800, abs=0.001)
