"""Facts: visits, loaded stays far from every zone, and trips, read off two successive states.

SRC reaches from x = -100 to 100, DSP from 5900 to 6100; x = 2000 is nowhere.
"""

from typing import NamedTuple

import pytest
from msgspec.structs import replace

from alerts import engine
from alerts.facts import Fact, FactKind, facts, open_facts
from alerts.ruleset import Ruleset
from alerts.trip import Departure, Trip
from domain.identifiers import DeviceId, ZoneId
from geofence.place import Placed
from geofence.usable import Fix
from tests.support.factories import World, daily, haul_world, permitted_world
from tests.support.tracks import At, chain, drive, in_order, loaded_departure, stand

NOWHERE = 2000.0


class Told(NamedTuple):
    """The last word on each fact, in seconds of its world; what the state holds open; when trips ended by the fold."""

    facts: list[tuple[str, str, float | None, float | None]]
    open: list[tuple[str, str, float | None]]
    all: list[Fact]


def tell(world: World, rows: list[At], device_id: str = "D1") -> Told:
    ruleset = world.ruleset()
    state = engine.new_state(ruleset, DeviceId(device_id))
    known: dict[object, Fact] = {}
    for item in in_order(world, rows, device_id):
        assert isinstance(item, Placed)
        after, _ = engine.step(ruleset, state, item)
        known.update({fact.key: fact for fact in facts(ruleset, state, after)})
        state = after
    last = sorted(known.values(), key=lambda fact: (fact.started_ms, fact.kind))
    return Told(
        [
            (fact.kind.value, fact.about, world.seconds(fact.started_ms), world.seconds(fact.ended_ms))
            for fact in last
        ],
        [
            (fact.kind.value, fact.about, world.seconds(fact.started_ms))
            for fact in open_facts(ruleset, state)
        ],
        last,
    )


def of(kind: FactKind, told: Told) -> list[tuple[str, float | None, float | None]]:
    return [(about, start, end) for each, about, start, end in told.facts if each == kind.value]


def loaded(from_s: float, to_s: float, x: float = NOWHERE, **signals) -> list[At]:
    return stand(from_s, to_s, x, **{"load": "full", **signals})


# Visits.


def test_a_visit_is_told_on_entering_and_on_leaving():
    rows = [*drive((0, -500), (100, 0)), *stand(110, 200, 0)]
    told = tell(haul_world(), rows)
    assert (told.facts, told.open) == ([("visit", "SRC", 80, None)], [("visit", "SRC", 80)])
    told = tell(haul_world(), [*rows, *drive((210, 100), (260, 600))])
    assert (told.facts, told.open) == ([("visit", "SRC", 80, 220)], [])
    assert told.all[0].vehicle_id == "V1"


def test_places_to_be_are_visited_and_no_go_and_speed_zones_are_not():
    world = haul_world().square("NG", "no_go", 0).square("SPD", "speed_zone", 0, speed_limit_kmh=20)
    world.square("PARK", "parking", 0).square("BAY", "wash_bay", 0)
    told = tell(world, stand(0, 30, 0))
    assert [about for about, _, _ in of(FactKind.VISIT, told)] == ["BAY", "PARK", "SRC"]


def test_a_zone_that_closes_around_a_vehicle_is_left_then():
    world = World().vehicle().square("PARK", "parking", 0, windows=(daily("11:00", "12:05"),))
    assert of(FactKind.VISIT, tell(world, stand(0, 600, 0))) == [("PARK", 0, 300)]


def test_two_visits_of_one_zone_are_two_facts():
    rows = chain(
        stand(0, 30, 0), drive((40, 100), (90, 600)), drive((100, 600), (150, 0)), stand(160, 200, 0)
    )
    assert len(of(FactKind.VISIT, tell(haul_world(), rows))) == 2


# Loaded stays.


@pytest.mark.parametrize(
    ("length_s", "told"), [(299.9, False), (300.0, True), (300.1, True)], ids=["299.9 s", "300 s", "300.1 s"]
)
def test_a_loaded_stay_of_300_s_is_told_when_it_has_lasted_so_long(length_s, told):
    rows = loaded(10, 10 + length_s, every=50)
    expected = [("300", 10, 310)] if told else []
    assert of(FactKind.STAY, tell(haul_world(), [*loaded(0, 0, NOWHERE - 90), *rows])) == expected


def test_what_a_stay_does_after_that_changes_nothing():
    rows = [*loaded(0, 400), *stand(410, 410, NOWHERE, load="empty"), *loaded(420, 3000)]
    told = tell(haul_world(), rows)
    assert of(FactKind.STAY, told) == [("300", 0, 300)]
    (stay,) = (fact for fact in told.all if fact.kind is FactKind.STAY)
    assert stay.known_ms == stay.ended_ms


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        pytest.param(stand(0, 600, NOWHERE), False, id="load unknown"),
        pytest.param(stand(0, 600, NOWHERE, load="empty"), False, id="empty"),
        pytest.param(
            [*stand(0, 290, NOWHERE, load="empty"), *loaded(300, 590)], False, id="loaded for 290 s of it"
        ),
        pytest.param(
            [*stand(0, 290, NOWHERE, load="empty"), *loaded(300, 600)], True, id="loaded for 300 s of it"
        ),
        pytest.param(
            [*loaded(0, 290), *stand(300, 600, NOWHERE, load="empty")], False, id="empty after 290 s"
        ),
        pytest.param(
            [*loaded(0, 280), *stand(290, 290, NOWHERE, load="empty"), *loaded(300, 300)],
            True,
            id="empty once",
        ),
        pytest.param([*loaded(0, 100), *loaded(500, 700)], False, id="across a gap"),
        pytest.param(loaded(0, 600, 0.0), False, id="in a zone"),
        pytest.param(loaded(0, 600, load=None), False, id="no load"),
    ],
)
def test_it_is_one_while_loaded_outside_all_zones(rows, told):
    assert bool(of(FactKind.STAY, tell(haul_world(), rows))) is told


@pytest.mark.parametrize(
    ("x", "told"),
    [(299.999, False), (300.000_001, True), (300.001, True)],
    ids=["199.999 m", "200 m", "200.001 m"],
)
def test_it_is_one_at_least_200_m_from_every_place_to_be(x, told):
    assert bool(of(FactKind.STAY, tell(haul_world(), loaded(0, 600, x)))) is told


def test_no_go_and_speed_zones_do_not_keep_it_away_nor_do_zones_that_are_closed():
    world = haul_world().square("NG", "no_go", 2150).square("SPD", "speed_zone", 2150, speed_limit_kmh=20)
    world.square("PARK", "parking", 2150, windows=(daily("20:00", "21:00"),))
    assert of(FactKind.STAY, tell(world, loaded(0, 600)))
    assert not of(FactKind.STAY, tell(world.square("FUEL", "fuel_station", 2250), loaded(0, 600)))


def on_trip(x: float, y: float) -> list[At]:
    return [
        *loaded_departure(),
        *drive((50, 400), (200, x), y=0, load="full"),
        *stand(210, 900, x, y, load="full"),
    ]


@pytest.mark.parametrize(("y", "told"), [(0, False), (60.0, False), (60.1, True)])
def test_it_is_one_off_the_trip_s_own_routes(y, told):
    assert bool(of(FactKind.STAY, tell(permitted_world(), on_trip(NOWHERE, y)))) is told


def test_another_s_route_or_none_does_not_excuse_it():
    world = permitted_world().route("R2", (0, 500), (6000, 500))
    assert of(FactKind.STAY, tell(world, on_trip(NOWHERE, 500)))
    assert of(FactKind.STAY, tell(haul_world(), on_trip(NOWHERE, 0)))


def test_each_length_that_a_rule_asks_for_is_told_of_whom_it_concerns():
    world = haul_world().rule("suspected_dump_site", "short", stay_s=120)
    world.rule("suspected_dump_site", "long", stay_s=600)
    assert of(FactKind.STAY, tell(world, loaded(0, 900))) == [("120", 0, 120), ("600", 0, 600)]
    sweeper = haul_world(kind="sweeper")
    assert not of(FactKind.STAY, tell(sweeper, loaded(0, 900)))
    assert not of(FactKind.STAY, tell(haul_world().rule("speeding"), loaded(0, 900)))


def test_its_place_is_the_mean_of_its_fixes_so_far():
    rows = [*loaded(0, 150, NOWHERE, every=50), *loaded(200, 350, NOWHERE + 30, every=50)]
    (stay,) = (fact for fact in tell(haul_world(), rows).all if fact.kind is FactKind.STAY)
    x_m, _ = haul_world().ruleset().index.to_plane(stay.lon, stay.lat)
    home_m, _ = haul_world().ruleset().index.to_plane(114.0, stay.lat)
    assert x_m - home_m == pytest.approx(NOWHERE + 30 * 3 / 7, abs=0.01)


# Trips.


TO_DISPOSAL = [*loaded_departure(), *drive((50, 400), (600, 6000), load="full")]


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        pytest.param(loaded_departure(), [("SRC", 30, None)], id="under way"),
        pytest.param(
            [*TO_DISPOSAL, *stand(610, 640, 6000, load="empty")], [("SRC", 30, 610)], id="load gone"
        ),
        pytest.param(
            [*TO_DISPOSAL, *stand(610, 640, 6000, load="full", lift=True)],
            [("SRC", 30, 610)],
            id="body raised",
        ),
        pytest.param(
            [*loaded_departure(), *drive((50, 300), (90, 0), load="full")],
            [("SRC", 30, 80)],
            id="back in the site",
        ),
    ],
)
def test_a_trip_is_told_on_departure_and_at_its_end(rows, expected):
    assert of(FactKind.TRIP, tell(haul_world(), rows)) == expected


def test_a_trip_names_its_permit():
    (trip,) = (fact for fact in tell(permitted_world(), loaded_departure()).all if fact.kind is FactKind.TRIP)
    assert trip.permit_id == "P1"


def test_facts_told_twice_are_the_same_facts():
    rows = [
        *TO_DISPOSAL,
        *stand(610, 640, 6000, load="empty"),
        *drive((650, 6000), (1000, 2000), load="empty"),
    ]
    assert tell(permitted_world(), rows) == tell(permitted_world(), rows)


# Versions and devices.


def test_what_lasts_while_the_device_moves_to_another_vehicle_ends_as_the_first_one_s():
    old, new = haul_world(), World().vehicle("V2", "D1")
    new.zones = list(haul_world().zones)
    rows = [*loaded_departure(), *drive((50, 400), (200, 1900), load="full")]
    items = in_order(old, [*rows, *drive((210, 2000), (300, 2900), load="full")])
    later = Ruleset.build(new.registry(), version=2)
    state = engine.new_state(old.ruleset(), DeviceId("D1"))
    told: dict[object, Fact] = {}
    for number, item in enumerate(items):
        ruleset = old.ruleset() if number < len(rows) else later
        after, _ = engine.step(ruleset, state, item)
        told.update({fact.key: fact for fact in facts(ruleset, state, after)})
        state = after
    (trip,) = (fact for fact in told.values() if fact.kind is FactKind.TRIP)
    assert (trip.vehicle_id, old.seconds(trip.started_ms), old.seconds(trip.ended_ms)) == ("V1", 30, 210)
    assert open_facts(later, state) == ()


def test_a_device_that_is_no_vehicle_s_has_no_facts():
    world = haul_world().station()
    state = engine.new_state(world.ruleset(), DeviceId("D1"))
    (item, *_) = in_order(world, stand(0, 10, 0))
    after, _ = engine.step(world.ruleset(), state, item)
    nobody = Ruleset.build(World().square("SRC", "source_site", 0).registry(), version=2)
    assert facts(nobody, state, replace(after, trip=TRIP)) == ()
    assert open_facts(nobody, after) == ()
    station = engine.new_state(world.ruleset(), DeviceId("M1"))
    assert facts(world.ruleset(), station, station) == ()


TRIP = Trip(Departure(ZoneId("SRC"), 0, Fix(0, 0.0, 0.0, 114.0, 38.0), 0, None), None)
