"""What every kind of rule has in common: on or off, for whom, how grave at least, which parameters.

Each case is the plainest way to break one rule; its own file tells what the rule means.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import pytest
from msgspec.structs import replace

from alerts.parameters import KINDS
from alerts.ruleset import Ruleset
from domain.identifiers import DistrictId, StationId, VehicleId
from domain.quantity import Quantity
from domain.rule import AppliesTo, RuleKind
from domain.station import Severity
from domain.vehicle import VehicleKind
from tests.support.factories import World, stop
from tests.support.tracks import At, Item, Verdict, at, chain, drive, dust, judge, loaded_departure, stand


class Case(NamedTuple):
    """One broken rule: the world, what is reported in it, and an instant by which it is known."""

    world: Callable[[], World]
    items: Callable[[World], Sequence[At | Item]]
    until_s: float
    severity: Severity

    def verdict(self, world: World) -> Verdict:
        device_id = "M1" if world.stations else "D1"
        return judge(world, self.items(world), device_id=device_id, ticks=[self.until_s])


def hauling(kind: str, **terms: object) -> Callable[[], World]:
    """A haul's world in one district, without a permit."""

    def make() -> World:
        world = World().vehicle("V1", "D1", kind=kind, **terms).vehicle("V2", "D2")  # type: ignore[arg-type]
        world.district("MID", -1000, 2000).square("SRC", "source_site", 0, site_id="A")
        world.square("BAY", "wash_bay", 80, 80, half_m=10, site_id="A")
        return world.run(stop("ST1", 1500, "12:02", "12:05"))

    return make


def dusty() -> World:
    world = World("2026-03-02 00:00").limit("L1", quantity=Quantity.NOISE, limit=70).station("L1")
    return world.district("MID", -1000, 2000).station(station_id="S2", device_id="M2")


def haul(*parts: list[At], **signals: object) -> Callable[[World], list[At]]:
    site = stand(-1300, -10, -50, every=100, load="empty")
    departure = chain(site, loaded_departure(**signals))
    return lambda _: chain(departure, *parts)


def told(*rows: At) -> Callable[[World], list[At]]:
    return lambda _: list(rows)


MUCK = hauling("muck_truck", max_load_t=10)
CASES = {
    "cross_district": Case(
        MUCK, haul(drive((50, 450), (160, 2300)), drive((170, 2400), (300, 3700))), 300, Severity.MAJOR
    ),
    "overload": Case(MUCK, haul(drive((50, 400), (100, 900), weight=12.0)), 100, Severity.MINOR),
    "unexpected_stop": Case(MUCK, haul(stand(60, 800, 600)), 800, Severity.MINOR),
    "trip_overdue": Case(MUCK, haul(), 12_000, Severity.MINOR),
    "wash_skipped": Case(MUCK, haul(), 60, Severity.MINOR),
    "missed_collection": Case(hauling("refuse_truck"), told(*stand(0, 300, 0)), 400, Severity.MINOR),
    "terminal_tamper": Case(
        hauling("other"), told(*stand(0, 20, 0, alarms=("removed",))), 20, Severity.MAJOR
    ),
    "position_fault": Case(
        hauling("other"),
        told(*(at(10 * n, 0 if n % 2 == 0 else 9000 * n, v=0.0) for n in range(8))),
        80,
        Severity.MINOR,
    ),
    "signal_fault": Case(hauling("other"), told(*drive((0, 0), (70, 700), lift=True)), 70, Severity.MINOR),
    "identity_conflict": Case(
        hauling("other"), told(*(at(5 * n, 9000 * (n % 2), v=0.0) for n in range(12))), 60, Severity.MAJOR
    ),
    "noise_exceedance": Case(
        dusty, lambda world: [dust(world, 60 * n, noise=75.0) for n in range(1, 17)], 1200, Severity.MINOR
    ),
    "station_silent": Case(dusty, lambda world: [dust(world, 60, pm10=50.0)], 2000, Severity.MINOR),
}
EVERY_KIND = pytest.mark.parametrize("kind", sorted(CASES))
PARAMETERS = {"cross_district": {"hold_s"}, "unexpected_stop": {"stay_s"}, "wash_skipped": {"min_stay_s"}}


@EVERY_KIND
def test_it_is_of_the_default_ruleset(kind):
    case = CASES[kind]
    (found,) = case.verdict(case.world()).findings(kind)
    assert (found.severity, found.rule_id) == (case.severity, kind)


@EVERY_KIND
def test_disabled_it_flags_nothing(kind):
    case = CASES[kind]
    assert case.verdict(case.world().rule(kind, enabled=False)).by_id == {}


@EVERY_KIND
def test_alone_in_the_registry_it_flags_and_nothing_else_does(kind):
    case = CASES[kind]
    verdict = case.verdict(case.world().rule(kind, "mine"))
    assert {(each.rule, each.rule_id) for each in verdict.by_id.values()} == {(RuleKind(kind), "mine")}


@EVERY_KIND
def test_another_kind_alone_in_the_registry_leaves_it_out(kind):
    case = CASES[kind]
    other = "speeding" if case.world is not dusty else "sensor_fault"
    assert case.verdict(case.world().rule(other)).of(kind) == []


@EVERY_KIND
@pytest.mark.parametrize("wanted", ["info", "minor", "major", "critical"])
def test_a_severity_of_the_rule_replaces_the_kinds_lowest(kind, wanted):
    case = CASES[kind]
    (found,) = case.verdict(case.world().rule(kind, severity=wanted)).findings(kind)
    graver = max(case.severity, Severity(wanted), key=lambda each: each.rank)
    assert found.severity is (Severity(wanted) if case.severity is KINDS[kind].lowest else graver)


@EVERY_KIND
def test_it_is_for_whom_its_lists_name(kind):
    case = CASES[kind]
    mine, others = (
        (
            [AppliesTo(station_ids=(StationId("S1"),)), AppliesTo()],
            [AppliesTo(station_ids=(StationId("S2"),)), AppliesTo(station_ids=())],
        )
        if case.world is dusty
        else (
            [AppliesTo(vehicle_ids=(VehicleId("V1"),)), AppliesTo()],
            [
                AppliesTo(vehicle_ids=(VehicleId("V2"),)),
                AppliesTo(vehicle_kinds=(VehicleKind.SPRINKLER,)),
                AppliesTo(vehicle_ids=()),
            ],
        )
    )
    for applies_to in mine:
        assert case.verdict(case.world().rule(kind, applies_to=applies_to)).of(kind) != []
    for applies_to in others:
        assert case.verdict(case.world().rule(kind, applies_to=applies_to)).of(kind) == []


@EVERY_KIND
def test_two_rules_of_a_kind_are_two_alerts(kind):
    case = CASES[kind]
    verdict = case.verdict(case.world().rule(kind, "one").rule(kind, "two"))
    assert [each.rule_id for each in verdict.findings(kind)] == ["one", "two"]
    assert len(verdict.by_id) == 2


@EVERY_KIND
def test_it_takes_its_own_parameters_only(kind):
    case = CASES[kind]
    names = {"hold_s", "stay_s", "min_stay_s", "max_trip_min", "dwell_s", "silent_s", "stuck_n", "radius_m"}
    for name in names - PARAMETERS.get(kind, set()):
        with pytest.raises(ValueError, match=name):
            Ruleset.build(case.world().rule(kind, **{name: 10}).registry(), version=1)
    for name in PARAMETERS.get(kind, set()):
        assert Ruleset.build(case.world().rule(kind, **{name: 10}).registry(), version=1).version == 1


@pytest.mark.parametrize("kind", sorted(set(CASES) - {"noise_exceedance", "station_silent"}))
def test_a_rule_of_another_district_is_not_for_what_happens_here(kind):
    case = CASES[kind]
    everywhere = case.verdict(case.world()).only(kind)
    world = case.world().district("EAST", 50_000, 60_000)
    elsewhere = world.rule(kind, applies_to=AppliesTo(district_ids=(DistrictId("EAST"),)))
    assert case.verdict(elsewhere).of(kind) == []
    if everywhere.district_id is not None:
        here = case.world().rule(kind, applies_to=AppliesTo(district_ids=(DistrictId("MID"),)))
        assert len(case.verdict(here).of(kind)) == 1


@EVERY_KIND
def test_ticks_or_none_it_is_the_same(kind):
    case = CASES[kind]
    world = case.world()
    device_id = "M1" if world.stations else "D1"
    items = case.items(world)
    often = judge(world, items, device_id=device_id, ticks=range(-2000, int(case.until_s), 13))
    often = [
        each
        for each in often.findings(kind)
        if each.ended_ms is None or each.ended_ms <= world.ms(case.until_s)
    ]
    once = case.verdict(world).findings(kind)
    assert [each.started_ms for each in often] == [each.started_ms for each in once]


def test_every_kind_of_vehicle_and_station_has_a_case_here_or_in_a_file_of_the_first_kinds():
    first = {
        *("illegal_dumping", "off_route", "out_of_hours", "no_permit", "forbidden_zone", "uncovered_load"),
        *("speeding", "device_silent", "dust_exceedance", "sensor_fault"),
    }
    # The last two are judged over days or devices and have files of their own.
    assert {kind.value for kind in RuleKind} == {*first, *CASES, "capped_readings", "suspected_dump_site"}


def test_what_has_no_device_is_not_judged_and_its_area_is_still_known():
    world = World().vehicle().station(area_id="A1")
    world.vehicles = [replace(world.vehicles[0], device_id=None)]
    world.stations = [replace(world.stations[0], device_id=None)]
    ruleset = world.ruleset()
    assert ruleset.profiles == {}
    assert ruleset.stations_of_area == {"A1": ()}


def test_a_zone_that_a_registry_does_not_have_is_not_open():
    assert World().vehicle().ruleset().is_zone_open("gone", 0) is False
