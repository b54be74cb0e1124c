"""`no_permit`: a haul without a permit; also what a departure is, and when a trip ends.

The source site SRC reaches to x = 100; `loaded_departure` leaves it at 30 and is at x = 300 at 40.
"""

import pytest

from tests.support.factories import World, daily, haul_world
from tests.support.tracks import At, at, chain, drive, judge, loaded_departure, stand

RULE = "no_permit"
GOES_ON = [(30, None, "major")]


def test_a_departure_without_a_permit_is_flagged_from_the_departure_on():
    verdict = judge(haul_world(), loaded_departure())
    assert verdict.of(RULE) == GOES_ON
    assert verdict.detected(RULE) == [40]
    found = verdict.only(RULE)
    assert (found.evidence.site_zone_id, found.evidence.permits) == ("SRC", ())
    assert (found.vehicle_id, found.device_id, found.subject) == ("V1", "D1", "vehicle:V1")


@pytest.mark.parametrize(
    ("permit", "expected"),
    [
        pytest.param({"sources": ("SRC",)}, [], id="names the site"),
        pytest.param({}, [], id="names no site, so every one"),
        pytest.param({"sources": ("DSP",)}, GOES_ON, id="names another site"),
        pytest.param({"vehicles": ("V2",)}, GOES_ON, id="of another vehicle"),
        pytest.param({"valid": (30, None)}, [], id="from the departure on"),
        pytest.param({"valid": (30.001, None)}, GOES_ON, id="from just after it"),
        pytest.param({"valid": (None, 30)}, GOES_ON, id="until the departure"),
        pytest.param({"valid": (None, 30.001)}, [], id="until just after it"),
        pytest.param({"windows": (daily("20:00", "22:00"),)}, [], id="out of its windows"),
        pytest.param(
            {"windows": (daily("11:00", "14:00"),), "valid": (None, 30)},
            GOES_ON,
            id="in its windows but run out",
        ),
    ],
)
def test_a_permit_must_be_in_force_at_departure_and_name_the_site(permit, expected):
    world = haul_world().vehicle("V2", "D2").permit("P1", **permit)
    assert judge(world, loaded_departure()).of(RULE) == expected


def test_evidence_says_why_each_permit_did_not_serve():
    world = haul_world().permit("P1", sources=("DSP",)).permit("P2", valid=(None, 0))
    world = world.permit("P3", valid=(3600, None)).permit("P4", sources=("SRC",), valid=(-100, 20))
    found = judge(world, loaded_departure()).only(RULE).evidence
    assert [(seen.permit_id, seen.why.value) for seen in found.permits] == [
        ("P3", "not_yet_in_force"),
        ("P4", "no_longer_in_force"),
        ("P2", "no_longer_in_force"),
        ("P1", "other_site"),
    ]
    assert [
        (world.seconds(seen.valid_from_ms), world.seconds(seen.valid_to_ms)) for seen in found.permits
    ] == [
        (3600, None),
        (-100, 20),
        (None, 0),
        (None, None),
    ]
    assert found.permits_known == 4


def test_evidence_names_no_more_than_ten_permits_and_says_how_many_there_are():
    world = haul_world()
    for number in range(12):
        world = world.permit(f"P{number:02}", valid=(None, 0))
    found = judge(world, loaded_departure()).only(RULE).evidence
    assert (len(found.permits), found.permits_known) == (10, 12)


def test_a_permit_that_runs_out_under_way_is_no_haul_without_one():
    world = haul_world().permit("P1", valid=(None, 100))
    assert judge(world, chain(loaded_departure(), drive((50, 400), (200, 1500)))).of(RULE) == []


# Load by sensor.


def leaving(*loads: str | None) -> list[At]:
    """Reports every 10 s with these loads; the fourth (at 30) is the first outside the site."""
    xs = [0.0, 0.0, 0.0, 150.0, 300.0, 450.0, 600.0, 750.0]
    return [
        at(10 * n, x, v=40.0 if x else 0.0, load=load)
        for n, (x, load) in enumerate(zip(xs, loads, strict=False))
    ]


@pytest.mark.parametrize(
    ("loads", "expected"),
    [
        pytest.param(("empty", "full", "full", "full", "full"), GOES_ON, id="loaded in the site"),
        pytest.param(("empty", "partial", "full", "full", "full"), GOES_ON, id="partial then full"),
        pytest.param(("empty", "partial", "partial", "partial", "partial"), GOES_ON, id="partial is loaded"),
        pytest.param(("empty", "empty", "full", "full", "full"), GOES_ON, id="known at the departure"),
        pytest.param(("empty", "empty", "empty", "full", "full"), GOES_ON, id="dated at the departure"),
        pytest.param(
            ("empty", "empty", "empty", "empty", "full", "full", "full"), [], id="dated after the departure"
        ),
        pytest.param(("empty", "empty", "empty", "empty", "empty"), [], id="empty"),
        pytest.param(("full", "full", "empty", "empty", "empty"), [], id="emptied in the site"),
        pytest.param(("empty", "full", "empty", "full", "empty", "empty"), [], id="never twice alike"),
        pytest.param(("full", "full", None, None, None), GOES_ON, id="unknown is not empty"),
    ],
)
def test_a_departure_is_loaded_by_a_load_change_dated_no_later(loads, expected):
    assert judge(haul_world(), leaving(*loads)).of(RULE) == expected


def test_a_load_change_settled_later_but_dated_before_makes_the_departure_after_the_fact():
    verdict = judge(haul_world(), leaving("empty", "empty", "full", None, None, None, "full"))
    assert verdict.of(RULE) == GOES_ON
    assert verdict.detected(RULE) == [60]


# Load by place: a truck that has sent no load.


def by_place(stay_s: float, **signals) -> list[At]:
    return chain(
        stand(0, stay_s, 0, **signals),
        [at(stay_s + 10, 150, v=40.0), at(stay_s + 20, 300, v=40.0), at(stay_s + 30, 450, v=40.0)],
    )


@pytest.mark.parametrize(
    ("stay_s", "flagged"), [(119, False), (120, True), (121, True)], ids=["119 s", "120 s", "121 s"]
)
def test_without_a_load_sensor_a_stay_of_120_s_in_the_source_site_loads(stay_s, flagged):
    verdict = judge(haul_world(), by_place(stay_s))
    assert verdict.of(RULE) == ([(stay_s + 10, None, "major")] if flagged else [])


def test_a_stay_across_a_gap_is_two():
    rows = chain(stand(0, 100, 0), stand(401, 501, 0), [at(511, 150, v=40.0), at(521, 300, v=40.0)])
    assert judge(haul_world(), rows).of(RULE) == []
    rows = chain(stand(0, 100, 0), stand(400, 500, 0), [at(510, 150, v=40.0), at(520, 300, v=40.0)])
    assert judge(haul_world(), rows).of(RULE) == [(510, None, "major")]


def test_of_a_stay_that_began_outside_only_the_part_in_the_site_counts():
    # Creeping in over 40 m: standing all the while.
    outside = stand(0, 60, 115)
    assert judge(haul_world(), chain(outside, by_place_from(70, 189))).of(RULE) == []
    assert judge(haul_world(), chain(outside, by_place_from(70, 190))).of(RULE) == [(200, None, "major")]


def by_place_from(from_s: float, to_s: float) -> list[At]:
    return chain(stand(from_s, to_s, 90), [at(to_s + 10, 150, v=40.0), at(to_s + 20, 300, v=40.0)])


def test_a_truck_that_has_sent_a_load_is_not_loaded_by_place():
    rows = by_place(300)
    assert judge(haul_world(), [rows[0].but(load="empty"), *rows[1:]]).of(RULE) == []


def test_driving_through_the_site_loads_nothing():
    assert judge(haul_world(), drive((0, -90), (60, 600))).of(RULE) == []


def test_standing_elsewhere_loads_nothing():
    rows = chain(stand(0, 600, 3000), drive((610, 3100), (700, 4000)))
    assert judge(haul_world(), rows).of(RULE) == []


# The end of a trip.


def haul(*parts: list[At]) -> list[At]:
    return chain(loaded_departure(), drive((50, 400), (590, 5800), load="full"), *parts)


def test_the_trip_ends_at_the_unloading():
    rows = haul(stand(600, 620, 6000), stand(630, 660, 6000, lift=True))
    assert judge(haul_world(), rows).of(RULE) == [(30, 630, "major")]


def test_the_trip_ends_when_the_load_becomes_empty():
    rows = haul(stand(600, 620, 6000), stand(630, 660, 6000, load="empty"))
    assert judge(haul_world(), rows).of(RULE) == [(30, 630, "major")]


def test_one_report_of_empty_does_not_end_it():
    rows = haul([at(600, 6000, v=0.0, load="empty"), at(610, 6000, v=0.0, load="full")])
    assert judge(haul_world(), rows).of(RULE) == GOES_ON


def test_an_unloading_out_of_place_ends_it_too():
    rows = chain(loaded_departure(), stand(60, 90, 600, lift=True))
    assert judge(haul_world(), rows).of(RULE) == [(30, 60, "major")]


@pytest.mark.parametrize(
    ("stay_s", "end_s"), [(59, None), (60, 670), (61, 671)], ids=["59 s", "60 s", "61 s"]
)
def test_by_place_leaving_a_disposal_site_after_60_s_empties(stay_s, end_s):
    way = chain(by_place(120), drive((160, 600), (590, 5850)))
    rows = chain(way, stand(600, 600 + stay_s, 6000), drive((610 + stay_s, 5850), (650 + stay_s, 5400)))
    assert judge(haul_world(), rows).of(RULE) == [(130, end_s, "major")]


def two_sites() -> World:
    return haul_world().square("SRC2", "source_site", 1000)


def test_entering_a_source_site_ends_it_and_leaving_that_begins_another():
    # Into SRC2 at 110 (x = 900), out of it from 210 on.
    rows = chain(
        loaded_departure(),
        drive((50, 400), (100, 850)),
        [at(110, 920, v=20.0), at(120, 1000, v=10.0), at(130, 1000, v=0.0)],
        [at(200, 1090, v=20.0), at(210, 1150, v=20.0), at(220, 1250, v=30.0)],
    )
    verdict = judge(two_sites(), rows)
    assert verdict.of(RULE) == [(30, 110, "major"), (210, None, "major")]
    assert [each.evidence.site_zone_id for each in verdict.findings(RULE)] == ["SRC", "SRC2"]


def test_coming_back_to_the_same_site_ends_it_and_leaving_again_is_another_alert():
    back = [at(60, 150, v=20.0), at(70, 50, v=20.0), at(80, 0, v=20.0)]
    out = [at(100, 150, v=20.0), at(110, 300, v=20.0)]
    verdict = judge(haul_world(), chain(loaded_departure(), back, out))
    assert verdict.of(RULE) == [(30, 70, "major"), (100, None, "major")]


def test_a_gap_does_not_end_a_trip():
    rows = chain(loaded_departure(), [at(1000, 3000, v=36.0), at(1010, 3100, v=36.0)])
    assert judge(haul_world(), rows).of(RULE) == GOES_ON


@pytest.mark.parametrize("kind", ["refuse_truck", "sweeper", "sprinkler", "fog_cannon", "other"])
def test_trips_concern_muck_trucks_only(kind):
    assert judge(haul_world(kind=kind), loaded_departure()).of(RULE) == []


def test_a_site_that_is_closed_cannot_be_departed_from():
    world = World().vehicle().square("SRC", "source_site", 0, windows=(daily("20:00", "22:00"),))
    assert judge(world, loaded_departure()).of(RULE) == []


def test_leaving_takes_two_fixes_beyond_the_buffer():
    rows = [*loaded_departure()[:3], at(30, 120, v=10.0, load="full"), at(40, 120, v=10.0, load="full")]
    assert judge(haul_world(), rows).of(RULE) == []
