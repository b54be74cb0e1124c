"""The engine's contract: order, lateness, duplicates, checkpoints, ticks, identities, whom a rule is for."""

import pytest

from alerts import engine
from alerts.ruleset import Ruleset
from domain.identifiers import CompanyId, DeviceId, DistrictId, VehicleId
from domain.rule import AppliesTo, RuleKind
from domain.vehicle import VehicleKind
from domain.zone import District
from tests.support.factories import World, haul_world, rectangle
from tests.support.tracks import (
    At,
    at,
    chain,
    drive,
    dust,
    fold,
    in_order,
    judge,
    loaded_departure,
    place,
    position,
    stand,
)


def fast(*, seq: tuple[int | None, ...] = (None, None, None)) -> list[At]:
    return [at(10 * n, 100 * n, v=80.0, seq=number) for n, number in enumerate(seq)]


def world() -> World:
    return World().vehicle().station()


def test_a_device_the_ruleset_does_not_know_has_no_state():
    with pytest.raises(KeyError):
        engine.new_state(world().ruleset(), DeviceId("nobody"))


def test_the_ruleset_tells_vehicles_from_stations():
    ruleset = world().ruleset()
    assert (ruleset.vehicle_devices, ruleset.station_devices) == ({"D1"}, {"M1"})


# Late, and duplicates.


def judged(world_: World, *rows: At):
    state = engine.new_state(world_.ruleset(), DeviceId("D1"))
    state, _ = fold(world_, state, in_order(world_, rows))
    return state


@pytest.mark.parametrize(
    ("row", "late"),
    [
        pytest.param(at(9.999, 0, v=1.0), True, id="older"),
        pytest.param(at(10, 0, v=1.0, seq=4), True, id="same time, smaller seq"),
        pytest.param(at(10, 0, v=1.0), True, id="same time, no seq"),
        pytest.param(at(10, 0, v=50.0, seq=5), True, id="the very same"),
        pytest.param(at(10, 0, v=1.0, seq=6), False, id="same time, greater seq"),
        pytest.param(at(10.001, 0, v=1.0), False, id="newer"),
    ],
)
def test_late_is_what_is_not_newer_in_the_devices_order(row, late):
    world_ = world()
    state = judged(world_, at(0, 0, v=50.0), at(10, 0, v=50.0, seq=5))
    (item,) = place(world_, [position(world_, row)])
    assert engine.is_late(state, item) is late
    if late:
        with pytest.raises(ValueError, match=r".*"):
            engine.step(world_.ruleset(), state, item)


def test_of_two_reports_alike_in_time_and_seq_the_digest_decides():
    world_ = world()
    first, second = sorted(
        (at(0, 0, v=50.0, seq=1), at(0, 0, v=51.0, seq=1)), key=lambda row: position(world_, row).digest
    )
    (item,) = place(world_, [position(world_, first)])
    assert engine.is_late(judged(world_, second), item)
    (item,) = place(world_, [position(world_, second)])
    assert not engine.is_late(judged(world_, first), item)


def test_a_device_never_heard_of_has_nothing_late():
    world_ = world()
    state = engine.new_state(world_.ruleset(), DeviceId("D1"))
    (item,) = place(world_, [position(world_, at(-100_000, 0))])
    assert not engine.is_late(state, item)


def test_a_stations_readings_are_late_by_the_same_order():
    world_ = world()
    state = engine.new_state(world_.ruleset(), DeviceId("M1"))
    state, _ = fold(world_, state, [dust(world_, 60, pm10=1.0)])
    assert engine.is_late(state, dust(world_, 60, pm10=1.0))
    assert engine.is_late(state, dust(world_, 59, pm10=1.0))
    assert not engine.is_late(state, dust(world_, 61, pm10=1.0))


def test_reports_of_one_instant_are_judged_by_seq_absent_first():
    # Opened and shut within a second: the order of the running numbers tells which came last.
    rows = [at(0, 0, v=80.0), at(10, 100, v=50.0, seq=8), at(10, 100, v=80.0, seq=7), at(20, 200, v=50.0)]
    assert judge(world(), rows).of("speeding") == [(0, 10, "minor")]
    rows = [at(0, 0, v=50.0), at(10, 100, v=80.0, seq=1), at(10, 100, v=50.0), at(20, 200, v=80.0)]
    assert judge(world(), rows).of("speeding") == [(10, None, "minor")]


# Checkpoints.


def test_a_checkpoint_is_the_state():
    world_ = world()
    state = judged(world_, *fast())
    again = engine.decode_state(engine.encode_state(state))
    assert engine.encode_state(again) == engine.encode_state(state)
    assert again == state


def test_a_checkpoint_of_another_format_is_refused():
    for data in (b"", b"{}", b"\x00\x01\x02", b"null", b"[]"):
        with pytest.raises(ValueError, match=r".*"):
            engine.decode_state(data)


# Identity.


def test_the_same_reports_give_the_same_ids():
    one, other = judge(world(), fast()), judge(world(), fast())
    assert one.said == other.said
    assert len(one.by_id) == 1


def test_an_alert_keeps_its_id_as_it_goes_on_and_ends():
    rows = [*fast(), at(30, 300, v=95.0), at(40, 400, v=50.0), at(50, 500, v=50.0)]
    verdict = judge(world(), rows)
    assert verdict.of("speeding") == [(0, 40, "major")]
    assert {each.id for each in verdict.said if each.rule is RuleKind.SPEEDING} == {
        verdict.only("speeding").id
    }


def test_two_vehicles_alike_have_alerts_of_their_own():
    world_ = world().vehicle("V2", "D2")
    one, other = judge(world_, fast()), judge(world_, fast(), device_id="D2")
    assert one.only("speeding").id != other.only("speeding").id
    assert other.only("speeding").subject == "vehicle:V2"


def test_nothing_said_is_said_without_news():
    # A report that changes nothing about an alert says nothing.
    rows = [*fast(), *drive((30, 300), (300, 3000), v=80.0)]
    verdict = judge(world(), rows)
    assert len([each for each in verdict.said if each.rule is RuleKind.SPEEDING]) == 1


# Ticks and when they are due.


def test_nothing_is_due_for_a_device_never_heard_of():
    ruleset = world().ruleset()
    assert engine.due_ms(ruleset, engine.new_state(ruleset, DeviceId("D1"))) is None


def test_a_tick_is_due_no_later_than_what_it_finds():
    world_ = world()
    state = judged(world_, at(0, 0, ign=True))
    assert engine.due_ms(world_.ruleset(), state) == world_.ms(900)
    state, findings = engine.tick(world_.ruleset(), state, world_.ms(900))
    assert [each.rule for each in findings] == [RuleKind.DEVICE_SILENT]
    due_ms = engine.due_ms(world_.ruleset(), state)
    assert due_ms is None or due_ms > world_.ms(900)


def test_a_tick_too_early_finds_nothing_and_changes_nothing():
    world_ = world()
    state = judged(world_, at(0, 0, ign=True))
    after, findings = engine.tick(world_.ruleset(), state, world_.ms(500))
    assert findings == ()
    assert engine.due_ms(world_.ruleset(), after) == world_.ms(900)


# Whom a rule is for.


@pytest.mark.parametrize(
    ("applies_to", "flagged"),
    [
        pytest.param(AppliesTo(), True, id="all"),
        pytest.param(AppliesTo(vehicle_kinds=(VehicleKind.MUCK_TRUCK,)), True, id="its kind"),
        pytest.param(AppliesTo(vehicle_kinds=(VehicleKind.SWEEPER,)), False, id="another kind"),
        pytest.param(AppliesTo(vehicle_ids=(VehicleId("V1"),)), True, id="its id"),
        pytest.param(AppliesTo(vehicle_ids=(VehicleId("V9"),)), False, id="another id"),
        pytest.param(AppliesTo(vehicle_ids=()), False, id="nobody"),
        pytest.param(AppliesTo(company_ids=(CompanyId("C1"),)), False, id="a company, it has none"),
        pytest.param(
            AppliesTo(vehicle_kinds=(VehicleKind.MUCK_TRUCK,), vehicle_ids=(VehicleId("V9"),)),
            False,
            id="all lists must match",
        ),
    ],
)
def test_a_rule_applies_to_whom_its_lists_name(applies_to, flagged):
    world_ = world().rule("speeding", applies_to=applies_to)
    assert bool(judge(world_, fast()).of("speeding")) is flagged


def test_a_ruleset_without_rules_flags_nothing():
    world_ = world()
    world_.rules = []
    assert judge(world_, fast(), ticks=[5000]).by_id == {}


def test_only_the_rules_of_the_registry_are_judged():
    world_ = world().rule("no_permit")
    assert judge(world_, fast()).of("speeding") == []


def test_a_rule_of_the_default_ruleset_is_on():
    assert judge(world(), fast()).of("speeding") == [(0, None, "minor")]


def test_a_parameter_that_cannot_be_used_is_refused_when_the_ruleset_is_built():
    world_ = world().rule("speeding", hold_s="ten")
    with pytest.raises(ValueError, match="hold_s"):
        Ruleset.build(world_.registry(), version=1)


# A whole haul, rule by rule.


def test_a_proper_haul_raises_nothing():
    world_ = haul_world().route("R1", (0, 0), (6000, 0))
    world_.permit(sources=("SRC",), disposals=("DSP",), routes=("R1",))
    rows = chain(
        loaded_departure(cover="closed", ign=True),
        drive((50, 400), (590, 5800), v=36.0, cover="closed", load="full", ign=True),
        stand(600, 640, 6000, load="full", cover="closed", ign=True),
        stand(650, 680, 6000, lift=True, load="empty", cover="open", ign=True),
        stand(690, 700, 6000, lift=False, load="empty", ign=True),
        drive((710, 5800), (1200, 300), v=36.0, load="empty", cover="open", ign=True),
        stand(1210, 1300, 0, load="empty", ign=False),
    )
    assert judge(world_, rows, ticks=range(0, 1400, 30)).by_id == {}


def test_a_bad_haul_raises_each_alert_once():
    world_ = haul_world().square("NG", "no_go", 3000)
    rows = chain(
        loaded_departure(cover="open", ign=True),
        drive((50, 400), (300, 2900), v=70.0, cover="open", load="full", ign=True),
        drive((310, 3000), (400, 3900), v=50.0, cover="closed", load="full", ign=True),
        stand(410, 440, 3900, lift=True, load="empty", ign=True),
        drive((450, 4000), (500, 5000), v=50.0, lift=False, load="empty", ign=True),
    )
    verdict = judge(world_, rows, ticks=[2000])
    counts = {kind.value: len(verdict.of(kind)) for kind in RuleKind if verdict.of(kind)}
    assert counts == {
        "no_permit": 1,
        "uncovered_load": 1,
        "speeding": 1,
        "forbidden_zone": 1,
        "illegal_dumping": 1,
        "device_silent": 1,
    }


# What no caller may do.


def test_a_vehicle_takes_no_reading_and_a_station_no_position():
    world_ = world()
    ruleset = world_.ruleset()
    vehicle, station = (engine.new_state(ruleset, DeviceId(device_id)) for device_id in ("D1", "M1"))
    (item,) = place(world_, [position(world_, at(0, 0))])
    with pytest.raises(ValueError, match="vehicle"):
        engine.step(ruleset, vehicle, dust(world_, 60, pm10=1.0))
    with pytest.raises(ValueError, match="station"):
        engine.step(ruleset, station, item)


def test_a_parameter_of_another_kind_is_refused():
    with pytest.raises(ValueError, match="dwell_s"):
        Ruleset.build(world().rule("speeding", dwell_s=10).registry(), version=1)


@pytest.mark.parametrize(
    ("district", "flagged"), [("WEST", True), ("EAST", False)], ids=["where it happens", "elsewhere"]
)
def test_a_rule_of_a_district_is_for_what_happens_there(district, flagged):
    world_ = world()
    for district_id, (x_min, x_max) in {"WEST": (-1000, 1000), "EAST": (1000, 3000)}.items():
        world_.districts.append(
            District(id=DistrictId(district_id), shape=rectangle(x_min, -1000, x_max, 1000))
        )
    world_.rule("speeding", applies_to=AppliesTo(district_ids=(DistrictId(district),)))
    assert bool(judge(world_, fast()).of("speeding")) is flagged


def test_an_alert_names_the_district_it_began_in():
    world_ = world()
    world_.districts.append(District(id=DistrictId("WEST"), shape=rectangle(-1000, -1000, 1000, 1000)))
    assert judge(world_, fast()).only("speeding").district_id == "WEST"
