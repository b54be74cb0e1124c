"""What becomes of alerts when another version of the ruleset takes effect while a vehicle is on its way."""

import pytest
from msgspec.structs import replace

from alerts import engine
from alerts.finding import Finding
from domain.identifiers import DeviceId, VehicleId
from domain.report import BackgroundReport
from domain.rule import AppliesTo, RuleKind
from tests.support.factories import World, daily, permitted_world, stop
from tests.support.tracks import At, at, background, chain, drive, dust, loaded_departure, stand, with_signals
from tests.support.versions import judged, reports, timeline


def said(first: World, *later: tuple[float, World], rows: list[At], ticks: tuple[float, ...] = ()):
    """The alerts in the end, as (rule, start, end) in seconds, by start."""
    versions = timeline(first, (0, first), *later)
    ticks_ms = [first.ms(second) for second in ticks]
    _, found = judged(versions, reports(first, rows), ticks_ms=ticks_ms)
    return spans(first, found)


def spans(world: World, found: list[Finding]):
    last = {one.id: one for one in found}
    return sorted(
        (one.rule.value, world.seconds(one.started_ms), world.seconds(one.ended_ms))
        for one in last.values()
        if one.withdrawn is None
    )


def rules(world: World, *kinds: str, **params: float) -> World:
    for kind in kinds:
        world.rule(kind, **params)
    return world


FAST = drive((0, 0), (100, 2000), v=90.0)


def test_an_alert_of_a_rule_that_is_gone_ends_when_the_version_takes_effect():
    before = rules(World().vehicle(), "speeding", "device_silent")
    after = rules(World().vehicle(), "device_silent")
    assert said(before, (45, after), rows=FAST) == [("speeding", 0, 45)]


def test_an_alert_of_a_rule_that_changed_its_kind_ends_and_the_other_kind_begins_anew():
    before = World().vehicle().square("NG", "no_go", 1500).rule("speeding", "R")
    after = World().vehicle().square("NG", "no_go", 1500).rule("forbidden_zone", "R")
    assert said(before, (45, after), rows=FAST) == [("forbidden_zone", 70, 90), ("speeding", 0, 45)]


def test_a_rule_that_is_no_more_for_this_vehicle_ends():
    before = World().vehicle().rule("speeding")
    other = World().vehicle().vehicle("V2", "D2")
    after = other.rule("speeding", applies_to=AppliesTo(vehicle_ids=(VehicleId("V2"),)))
    assert said(before, (45, after), rows=FAST) == [("speeding", 0, 45)]


def test_changed_numbers_count_from_the_next_report_on_and_the_state_goes_on():
    before = World().vehicle().rule("speeding", default_limit_kmh=100)
    after = World().vehicle().rule("speeding", default_limit_kmh=60)
    assert said(before, (45, after), rows=FAST) == [("speeding", 50, None)]
    longer = World().vehicle().rule("speeding", hold_s=300)
    assert said(World().vehicle().rule("speeding"), (45, longer), rows=FAST) == [("speeding", 0, None)]


def test_an_alert_in_a_no_go_zone_that_is_gone_ends():
    before = rules(World().vehicle().square("NG", "no_go", 0, half_m=500), "forbidden_zone")
    after = rules(World().vehicle(), "forbidden_zone")
    assert said(before, (45, after), rows=stand(0, 100, 0)) == [("forbidden_zone", 0, 45)]


def test_a_zone_that_becomes_a_no_go_zone_round_a_vehicle_is_entered():
    before = rules(World().vehicle().square("Z", "other", 0, half_m=500), "forbidden_zone")
    after = rules(World().vehicle().square("Z", "no_go", 0, half_m=500), "forbidden_zone")
    assert said(before, (45, after), rows=stand(0, 100, 0)) == [("forbidden_zone", 50, None)]


def test_a_haul_off_route_whose_permit_is_taken_back_ends_there():
    rows = [*loaded_departure(), *with_signals(drive((50, 400), (400, 3000), y=300.0), load="full")]
    (found,) = [one for one in said(permitted_world(), rows=rows) if one[0] == "off_route"]
    assert found[2] is None
    after = World().vehicle().square("SRC", "source_site", 0).square("DSP", "disposal_site", 6000)
    (found,) = [one for one in said(permitted_world(), (200, after), rows=rows) if one[0] == "off_route"]
    assert found[2] == 200


@pytest.mark.parametrize(("taken_back_s", "is_flagged"), [(25, True), (45, False)], ids=["before", "after"])
def test_a_departure_is_judged_by_the_permits_of_the_version_in_force_then(taken_back_s, is_flagged):
    after = World().vehicle().square("SRC", "source_site", 0).square("DSP", "disposal_site", 6000)
    found = said(permitted_world(), (taken_back_s, after), rows=loaded_departure())
    assert [one[0] for one in found if one[0] == "no_permit"] == ["no_permit"] * is_flagged


def test_a_device_that_moves_to_another_vehicle_ends_the_alerts_of_the_first():
    after = World().vehicle("V2").rule("speeding")
    versions = timeline(World(), (0, World().vehicle().rule("speeding")), (45, after))
    _, found = judged(versions, reports(World(), FAST))
    last = {one.id: one for one in found}
    told = {one.subject: (one.started_ms, one.ended_ms) for one in last.values()}
    ms = World().ms
    assert told == {"vehicle:V1": (ms(0), ms(45)), "vehicle:V2": (ms(50), None)}


def test_the_other_vehicle_is_not_silent_for_a_time_when_the_device_was_not_its():
    before, after = World().vehicle().rule("device_silent"), World().vehicle("V2").rule("device_silent")
    rows = [at(0, 0, v=30.0), at(2000, 10, v=30.0)]
    assert said(before, (600, after), rows=rows) == []
    assert said(before, (1000, after), rows=rows) == [("device_silent", 0, 1000)]


def test_what_is_open_of_a_device_nobody_has_any_more_ends_by_a_tick():
    before, after = rules(World().vehicle(), "speeding", "device_silent"), World()
    assert said(before, (145, after), rows=FAST, ticks=(120, 144)) == [("speeding", 0, None)]
    assert said(before, (145, after), rows=FAST, ticks=(120, 144, 146)) == [("speeding", 0, 145)]
    assert said(before, (5000, after), rows=FAST, ticks=(4000, 5001)) == [
        ("device_silent", 100, 5000),
        ("speeding", 0, 5000),
    ]


def test_a_silence_goes_on_over_versions_that_leave_its_rule_alone():
    before, after = World().vehicle().rule("device_silent"), World().vehicle().rule("device_silent")
    ticks = (1500, 2100, 3000)
    assert said(before, (2000, after), (2500, after), rows=FAST, ticks=ticks) == [
        ("device_silent", 100, None)
    ]


def test_a_silence_that_a_longer_allowance_covers_is_taken_back():
    before, after = (
        World().vehicle().rule("device_silent"),
        World().vehicle().rule("device_silent", silent_s=5000),
    )
    versions = timeline(World(), (0, before), (2000, after))
    ticks = [World().ms(second) for second in (1500, 2100)]
    _, found = judged(versions, reports(World(), FAST), ticks_ms=ticks)
    assert [one.withdrawn for one in found] == [None, "the ruleset now in force does not show it"]


def test_a_device_that_was_quiet_over_several_versions_ends_where_the_first_of_them_took_over():
    before, other = World().vehicle().rule("speeding"), World().vehicle().rule("device_silent", silent_s=9000)
    rows = [*FAST, at(3000, 2000, v=0.0)]
    assert said(before, (500, other), (900, other), (1200, other), rows=rows) == [("speeding", 0, 500)]


def served(from_: str, to: str) -> World:
    world = World("2026-03-02 08:00").vehicle(kind="refuse_truck").rule("missed_collection")
    return world.run(stop("A", 500, from_, to))


def test_windows_begun_before_a_stop_changed_are_not_judged_by_it():
    rows = stand(0, 10_000, 0, every=100)
    before, after = served("08:30", "09:00"), served("08:10", "09:30")
    assert said(before, (1200, after), rows=rows) == []
    assert said(before, (3700, after), rows=rows) == [("missed_collection", 3600, 3600)]
    later = served("08:50", "09:30")
    assert said(before, (1200, later), rows=rows) == [("missed_collection", 5400, 5400)]


def test_a_window_that_was_over_before_its_stop_was_gone_is_judged_even_if_nothing_was_heard_since():
    rows = [*stand(0, 1900, 0, every=100), at(9000, 0, v=0.0)]
    gone = World("2026-03-02 08:00").vehicle(kind="refuse_truck").rule("missed_collection")
    gone.square("ELSEWHERE", "other", 3000)
    assert said(served("08:30", "09:00"), (5000, gone), rows=rows) == [("missed_collection", 3600, 3600)]
    assert said(served("08:30", "09:00"), (3000, gone), rows=rows) == []


def dusty(limit: float | None, window_s: int = 900) -> World:
    world = World().rule("dust_exceedance")
    return world.station() if limit is None else world.limit(limit=limit, window_s=window_s).station("L1")


def exceedances(first: World, *later: tuple[float, World], values: list[float]):
    """(start, end) of the exceedances of minutes with these values."""
    items = [dust(first, 60 * (number + 1), pm10=value) for number, value in enumerate(values)]
    versions = timeline(first, (0, first), *later)
    _, found = judged(versions, items, "M1")
    return [span[1:] for span in spans(first, found)]


def test_the_window_in_course_is_judged_by_the_old_limit_and_the_next_by_the_new():
    values = [150.0] * 90
    assert exceedances(dusty(100), values=values) == [(0, None)]
    assert exceedances(dusty(100), (1000, dusty(200)), values=values) == [(0, 1800)]
    assert exceedances(dusty(200), (1000, dusty(100)), values=values) == [(1800, None)]
    assert exceedances(dusty(100), (1000, dusty(120)), values=values) == [(0, 1800), (1800, None)]


def test_a_change_on_the_edge_of_a_window_leaves_that_to_the_old_limit():
    values = [150.0] * 90
    assert exceedances(dusty(100), (1800, dusty(200)), values=values) == [(0, 1800)]
    assert exceedances(dusty(200), (1800, dusty(100)), values=values) == [(1800, None)]


def test_windows_of_another_length_begin_after_the_last_of_the_old():
    values = [150.0] * 200
    assert exceedances(dusty(100), (1000, dusty(100, 3600)), values=values) == [(0, 1800), (3600, None)]
    assert exceedances(dusty(100, 3600), (1000, dusty(100)), values=values) == [(0, 3600), (3600, None)]


def test_a_limit_that_is_gone_still_judges_the_window_in_course():
    assert exceedances(dusty(100), (1000, dusty(None)), values=[150.0] * 90) == [(0, 1800)]
    assert exceedances(dusty(100), (1000, dusty(None)), values=[50.0] * 15 + [150.0] * 75) == [(900, 1800)]


def test_a_window_that_ended_unjudged_before_the_change_is_judged_by_the_old_limit():
    first, second = dusty(100), dusty(200)
    items = [dust(first, 60 * (number + 1), pm10=150.0) for number in range(15)]
    items.append(dust(first, 6000, pm10=150.0))
    _, found = judged(timeline(first, (0, first), (3000, second)), items, "M1")
    assert spans(first, found) == [("dust_exceedance", 0, 900)]


def test_two_changes_within_a_window_leave_it_to_the_first_and_begin_with_the_last():
    values = [150.0] * 90
    found = exceedances(dusty(100), (1000, dusty(200)), (1100, dusty(120)), values=values)
    assert found == [(0, 1800), (1800, None)]


def test_a_version_that_leaves_a_limit_alone_leaves_its_run_alone():
    world = dusty(100)
    renamed = World().rule("dust_exceedance").limit(limit=100, window_s=900).limit("L2", limit=500)
    assert exceedances(world, (1000, renamed.station("L1", "L2")), values=[150.0] * 90) == [(0, None)]


def test_hours_of_a_permit_that_has_none_any_more_end_the_alert():
    before = permitted_world(windows=(daily("20:00", "21:00"),))
    after = permitted_world()
    rows = chain(loaded_departure(), with_signals(drive((50, 400), (400, 3000)), load="full"))
    found = [one for one in said(before, (300, after), rows=rows) if one[0] == "out_of_hours"]
    assert [one[2] for one in found] == [300]


def test_a_truck_whose_greatest_load_is_no_more_known_is_overloaded_no_more():
    before = permitted_world()
    before.vehicles = [replace(one, max_load_t=5.0) for one in before.vehicles]
    rows = with_signals([*loaded_departure(), *drive((50, 400), (400, 3000), load="full")], weight=9.0)
    found = [one for one in said(before, (300, permitted_world()), rows=rows) if one[0] == "overload"]
    assert [one[2] for one in found] == [300]


@pytest.mark.parametrize(("area_id", "flagged"), [("A1", [(0, None)]), ("A2", [])])
def test_the_background_known_of_an_area_counts_for_a_device_that_moves_to_another_station_there(
    area_id, flagged
):
    def station(station_id: str, area: str) -> World:
        limited = World("2026-03-02 00:00").limit(limit=100, window_s=900, minus_background=True)
        return limited.station("L1", station_id=station_id, area_id=area)

    first = station("S1", "A1")
    versions = timeline(first, (0, first), (120, station("S9", area_id)))
    state = engine.new_state(versions.at(first.ms(0)), DeviceId("M1"))
    found: dict[object, Finding] = {}
    value = background(first, 3600, pm10=20.0)
    readings = [dust(first, second, pm10=150.0) for second in range(60, 4600, 60)]
    for item in (readings[0], value, *readings[1:]):
        ruleset = versions.at(first.ms(0) if item is value else item.time_ms)
        state, news = engine.step(ruleset, state, item)
        found.update({one.id: one for one in news if one.rule is RuleKind.DUST_EXCEEDANCE})
    assert [span[1:] for span in spans(first, list(found.values()))] == flagged


def test_a_value_of_another_area_tells_nothing_of_the_station_that_the_device_was_before():
    def station(station_id: str, area: str) -> World:
        limited = World("2026-03-02 00:00").limit(limit=100, window_s=900, minus_background=True)
        return limited.station("L1", station_id=station_id, area_id=area)

    first = station("S1", "A1")
    versions = timeline(first, (0, first), (5400, station("S9", "A2")))
    readings = [dust(first, second, pm10=150.0) for second in range(60, 9000, 60)]
    values = [background(first, 3600, pm10=20.0), background(first, 7200, area_id="A2", pm10=100.0)]

    def alerts(*known: BackgroundReport) -> list[Finding]:
        state = engine.new_state(versions.at(first.ms(0)), DeviceId("M1"))
        found: dict[object, Finding] = {}
        for item in sorted([*readings, *known], key=lambda one: one.time_ms):
            state, news = engine.step(versions.at(item.time_ms), state, item)
            found.update({one.id: one for one in news if one.rule is RuleKind.DUST_EXCEEDANCE})
        return list(found.values())

    assert [one[:2] for one in spans(first, alerts(*values))] == [("dust_exceedance", 0)]
    assert alerts(*values) == alerts(values[0])
