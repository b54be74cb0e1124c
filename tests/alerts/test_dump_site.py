"""`suspected_dump_site`: which dumpings and stays make a place, when it is flagged, how it grows and ends."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.dump_site import judge
from alerts.evidence import DumpingEvidence, DumpSiteEvidence
from alerts.facts import Fact, FactKind
from alerts.finding import Finding
from domain.identifiers import DeviceId, DistrictId, RuleId, VehicleId, ZoneId
from domain.rule import AppliesTo, RuleKind
from domain.station import Severity
from tests.support.factories import World, degrees

HOUR = 3600.0


def world(vehicles: int = 9) -> World:
    made = World().square("SRC", "source_site", -3000)
    for number in range(1, vehicles + 1):
        made.vehicle(f"V{number}", f"D{number}")
    return made


def dump(made: World, vehicle: int, at_s: float, x: float = 0.0, y: float = 0.0, **fields) -> Finding:
    lon, lat = degrees(x, y)
    return Finding(
        **{
            "rule": RuleKind.ILLEGAL_DUMPING,
            "rule_id": RuleId("illegal_dumping"),
            "subject": f"vehicle:V{vehicle}",
            "severity": Severity.MAJOR,
            "first_started_ms": made.ms(at_s),
            "started_ms": made.ms(at_s),
            "detected_ms": made.ms(at_s + 10),
            "vehicle_id": VehicleId(f"V{vehicle}"),
            "lon": lon,
            "lat": lat,
            "evidence": DumpingEvidence(signs=(), load_before="loaded"),
            **fields,
        }
    )


def stay(
    made: World, vehicle: int, at_s: float, x: float = 0.0, y: float = 0.0, *, stay_s: float = 300
) -> Fact:
    lon, lat = degrees(x, y)
    return Fact(
        device_id=DeviceId(f"D{vehicle}"),
        vehicle_id=VehicleId(f"V{vehicle}"),
        kind=FactKind.STAY,
        about=f"{stay_s:g}",
        started_ms=made.ms(at_s),
        ended_ms=made.ms(at_s + stay_s),
        known_ms=made.ms(at_s + stay_s),
        lon=lon,
        lat=lat,
    )


def places(
    made: World, *members: Finding | Fact, until_s: float = 1e6
) -> list[tuple[float | None, float | None]]:
    """(start, end) of what is flagged."""
    return [
        (made.seconds(one.started_ms), made.seconds(one.ended_ms))
        for one in found(made, *members, until_s=until_s)
    ]


def found(made: World, *members: Finding | Fact, until_s: float = 1e6) -> list[Finding]:
    dumpings = [one for one in members if isinstance(one, Finding)]
    stays = [one for one in members if isinstance(one, Fact)]
    return list(judge(made.ruleset(), dumpings, stays, made.ms(until_s)))


def test_three_vehicles_of_which_one_dumped_make_a_place():
    made = world()
    members = (dump(made, 1, 100), stay(made, 2, 700), stay(made, 3, 1300))
    (place,) = found(made, *members, until_s=2000)
    assert (made.seconds(place.started_ms), made.seconds(place.detected_ms), place.ended_ms) == (
        100,
        1600,
        None,
    )
    assert (place.severity, place.device_id, place.vehicle_id) == (Severity.MAJOR, None, None)
    evidence = place.evidence
    assert isinstance(evidence, DumpSiteEvidence)
    assert (evidence.vehicles, evidence.dumpings, evidence.stays) == (3, 1, 2)
    assert [(one.kind, one.vehicle_id, made.seconds(one.at_ms)) for one in evidence.members] == [
        ("dumping", "V1", 100),
        ("stay", "V2", 700),
        ("stay", "V3", 1300),
    ]


@pytest.mark.parametrize(
    ("dumped", "stayed", "flagged"),
    [
        pytest.param((1, 2), (), False, id="two that dumped"),
        pytest.param((1, 2, 3), (), True, id="three that dumped"),
        pytest.param((1,), (2,), False, id="two vehicles"),
        pytest.param((1, 1, 1), (1,), False, id="one vehicle four times"),
        pytest.param((), (1, 2, 3, 4, 5), False, id="five that only stayed"),
        pytest.param((), (1, 2, 3, 4, 5, 6), True, id="six that only stayed"),
        pytest.param((), (1, 2, 3, 4, 5, 5), False, id="five, one of them twice"),
        pytest.param((1,), (1, 2, 3), True, id="one that dumped and stayed, and two more"),
    ],
)
def test_how_many_vehicles_it_takes(dumped, stayed, flagged):
    made = world()
    members = [dump(made, vehicle, 1000 * n) for n, vehicle in enumerate(dumped)]
    members += [stay(made, vehicle, 500 + 1000 * n) for n, vehicle in enumerate(stayed)]
    assert bool(found(made, *members)) is flagged


@pytest.mark.parametrize(("apart_m", "flagged"), [(99.9, True), (100.0, True), (100.1, False)])
def test_members_chain_together_within_100_m(apart_m, flagged):
    made = world()
    members = [dump(made, 1, 0, 0), dump(made, 2, 60, 90), dump(made, 3, 120, 90 + apart_m - 0.000_001)]
    assert bool(found(made, *members)) is flagged


@pytest.mark.parametrize(("span_h", "flagged"), [(23.99, True), (24.0, True), (24.001, False)])
def test_they_do_so_inside_24_h(span_h, flagged):
    made = world()
    members = [dump(made, 1, 0), dump(made, 2, 12 * HOUR), dump(made, 3, span_h * HOUR)]
    assert bool(found(made, *members)) is flagged


def test_a_member_between_may_come_last():
    made = world()
    members = [dump(made, 1, 0, 0), dump(made, 2, 60, 180), dump(made, 3, 120, 90)]
    assert places(made, *members) == [(0, 120 + 24 * HOUR)]


def test_it_grows_and_moves_to_the_mean_of_its_members():
    made = world()
    three = [dump(made, n, 100 * n, 30.0 * n) for n in (1, 2, 3)]
    (small,) = found(made, *three)
    (grown,) = found(
        made, *three, dump(made, 4, 30 * HOUR - 10 * HOUR, 120.0), stay(made, 5, 40 * HOUR, 150.0)
    )
    assert grown.id == small.id
    assert (small.lon, small.lat) == pytest.approx(degrees(60, 0))
    assert (grown.lon, grown.lat) == pytest.approx(degrees(90, 0))
    assert made.seconds(grown.ended_ms) == 64 * HOUR
    assert (grown.started_ms, grown.detected_ms) == (small.started_ms, small.detected_ms)


@pytest.mark.parametrize(
    ("until_h", "ended"), [(23.9, False), (24.0, False), (24.001, True)], ids=["before", "at", "after 24 h"]
)
def test_it_ends_when_nothing_new_came_for_24_h(until_h, ended):
    made = world()
    (place,) = found(made, *(dump(made, n, 0, n) for n in (1, 2, 3)), until_s=until_h * HOUR)
    assert made.seconds(place.ended_ms) == (24 * HOUR if ended else None)


def test_what_comes_later_than_that_has_to_make_a_place_of_its_own():
    made = world()
    again = 25 * HOUR
    first = [dump(made, n, 0, n) for n in (1, 2, 3)]
    assert len(found(made, *first, dump(made, 4, again))) == 1
    both = places(made, *first, *(dump(made, n, again, n) for n in (4, 5, 6)))
    assert both == [(0, 24 * HOUR), (again, again + 24 * HOUR)]


def test_places_that_grow_together_are_one_from_then_on():
    made = world()
    west = [dump(made, n, 10 * n, 0) for n in (1, 2, 3)]
    east = [dump(made, n, 10 * n, 180) for n in (4, 5, 6)]
    one, other = found(made, *west, *east, dump(made, 7, 1000, 90))
    assert (made.seconds(one.started_ms), made.seconds(other.started_ms)) == (10, 40)
    assert (made.seconds(other.ended_ms), made.seconds(one.ended_ms)) == (1000, 1000 + 24 * HOUR)
    assert one.evidence.vehicles == 7


def test_places_far_apart_are_two_alerts_of_different_names():
    made = world()
    west = [dump(made, n, 0, 0) for n in (1, 2, 3)]
    east = [dump(made, n, 0, 5000) for n in (4, 5, 6)]
    assert len({one.id for one in found(made, *west, *east)}) == 2


def test_places_of_one_start_and_one_neighbourhood_are_two_alerts_all_the_same():
    made = world()
    west = [dump(made, n, 0, 0) for n in (1, 2, 3)]
    east = [dump(made, n, 0, 150) for n in (4, 5, 6)]
    assert len({one.id for one in found(made, *west, *east)}) == 2


def test_it_takes_dumpings_of_any_severity_but_none_that_was_withdrawn_or_lies_in_a_listed_zone():
    made = world().square("PARK", "parking", 0, half_m=500).square("NOGO", "no_go", 0, half_m=500)
    two = [dump(made, 1, 0), dump(made, 2, 60)]
    assert found(made, *two, dump(made, 3, 120, severity=Severity.MINOR))
    assert not found(made, *two, dump(made, 3, 120, withdrawn="for a reason"))
    assert not found(made, *two, dump(made, 3, 120, zone_ids=(ZoneId("PARK"),)))
    assert found(made, *two, dump(made, 3, 120, zone_ids=(ZoneId("NOGO"),)))


def test_its_numbers_are_the_rule_s():
    made = world().rule("suspected_dump_site", radius_m=50, span_h=1, min_vehicles=2, stay_s=600)
    assert found(made, dump(made, 1, 0, 0), dump(made, 2, HOUR, 50))
    assert not found(made, dump(made, 1, 0, 0), dump(made, 2, HOUR, 51))
    assert not found(made, dump(made, 1, 0, 0), dump(made, 2, HOUR + 1, 50))
    assert not found(made, dump(made, 1, 0), stay(made, 2, 0, stay_s=300))
    assert found(made, dump(made, 1, 0), stay(made, 2, 0, stay_s=600))


def test_whom_and_where_it_concerns_is_the_rule_s():
    for applies, flagged in [
        (AppliesTo(vehicle_ids=(VehicleId("V1"), VehicleId("V2"))), False),
        (AppliesTo(vehicle_kinds=()), False),
        (AppliesTo(district_ids=(DistrictId("A"),)), True),
        (AppliesTo(district_ids=(DistrictId("B"),)), False),
    ]:
        made = world().district("A", -500, 500).district("B", 500, 900)
        made.rule("suspected_dump_site", severity="critical", applies_to=applies)
        assert [one.severity for one in found(made, *(dump(made, n, 0, n) for n in (1, 2, 3)))] == [
            Severity.CRITICAL
        ] * flagged


def test_a_vehicle_that_the_registry_does_not_know_is_not_counted():
    made = world(2)
    assert not found(made, *(dump(made, n, 0, n) for n in (1, 2, 3)))


def test_the_evidence_lists_the_newest_hundred():
    made = world()
    (place,) = found(made, *(dump(made, 1 + n % 9, 60 * n) for n in range(150)))
    assert isinstance(place.evidence, DumpSiteEvidence)
    assert (place.evidence.dumpings, len(place.evidence.members)) == (150, 100)
    assert made.seconds(place.evidence.members[-1].at_ms) == 149 * 60


MEMBERS = st.lists(
    st.tuples(st.booleans(), st.integers(1, 9), st.integers(0, 60), st.integers(0, 8), st.integers(0, 2)),
    max_size=30,
    unique_by=lambda each: (each[0], each[1], each[2]),
)


@given(MEMBERS, st.randoms(use_true_random=False), st.integers(0, 80))
def test_the_order_in_which_members_come_to_be_known_does_not_matter(members, random, until_h):
    made = world()
    made_of = [
        (dump if dumped else stay)(made, vehicle, hour * HOUR, 60.0 * x, 60.0 * y)
        for dumped, vehicle, hour, x, y in members
    ]
    shuffled = list(made_of)
    random.shuffle(shuffled)
    places = found(made, *made_of, until_s=until_h * HOUR)
    assert found(made, *shuffled, until_s=until_h * HOUR) == places
    assert len({one.id for one in places}) == len(places)
