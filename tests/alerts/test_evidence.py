"""What evidence holds, kind by kind: what was measured, and what it was measured against.

The worlds are those of each rule's own tests; what holds and what does not is tested there.
"""

import pytest

from alerts.evidence import (
    LimitFrom,
    Outlier,
    Sighting,
    SignalRun,
    SpeedReading,
    Weighing,
    ZoneNear,
)
from domain.quantity import Quantity
from tests.support.factories import World, daily, degrees, haul_world, permitted_world, stop
from tests.support.tracks import (
    At,
    at,
    background,
    chain,
    drive,
    dust,
    judge,
    judge_station,
    loaded_departure,
    stand,
)


def seen(world: World, second: float, x: float, y: float = 0.0) -> Sighting:
    lon, lat = degrees(x, y)
    return Sighting(at_ms=world.ms(second), lon=lon, lat=lat)


def evidence(world: World, rows: list[At], kind: str):
    return judge(world, rows).only(kind).evidence


# illegal_dumping


def tipping(x: float, from_s: float = 100) -> list[At]:
    raised = [at(from_s, x, v=0.0, lift=True), at(from_s + 15, x, v=0.0, lift=True)]
    return chain(loaded_departure(), drive((50, 400), (from_s - 10, x - 100)), raised)


def test_a_dumping_says_when_each_sign_set_in_and_was_borne_out():
    world = haul_world()
    emptied = [at(130, 2000, v=0.0, load="empty"), at(145, 2000, v=0.0, load="empty")]
    found = evidence(world, chain(tipping(2000), emptied), "illegal_dumping")
    assert [
        (sign.kind.value, world.seconds(sign.at_ms), world.seconds(sign.confirmed_ms)) for sign in found.signs
    ] == [
        ("lift", 100, 115),
        ("load", 130, 145),
    ]


def test_a_fall_in_weight_is_given_with_both_weights_and_when_it_was_borne_out():
    world = haul_world()
    weights = [at(90, 2000, v=0.0, weight=20.0), *(at(s, 2000, v=0.0, weight=8.0) for s in (100, 110))]
    (sign,) = evidence(world, chain(loaded_departure(), weights), "illegal_dumping").signs
    assert (sign.weight_before_t, sign.weight_after_t) == (20.0, 8.0)
    assert (world.seconds(sign.at_ms), world.seconds(sign.confirmed_ms)) == (100, 110)


def test_a_dumping_names_the_nearest_places_where_it_might_have_been_and_the_permits_in_force():
    world = haul_world().square("NEAR", "disposal_site", 3000).permit("P1", sources=("SRC",))
    world = world.permit("P2", disposals=("DSP", "NEAR"), valid=(50, None)).permit("P0", valid=(None, 60))
    found = evidence(world, tipping(2000), "illegal_dumping")
    assert found.allowed_zone_ids == ("NEAR", "DSP")
    assert found.nearest_allowed_m == 900.0
    assert found.permit_id == "P0"  # the trip's, run out since
    assert found.in_force_permit_ids == ("P1", "P2")
    assert world.seconds(found.place_ms) == 100


def test_a_disposal_site_that_was_closed_is_no_place_where_it_might_have_been():
    world = haul_world().square("SHUT", "disposal_site", 3000, windows=(daily("20:00", "22:00"),))
    assert evidence(world, tipping(2000), "illegal_dumping").allowed_zone_ids == ("DSP",)


def test_of_many_places_the_ten_nearest_are_named():
    world = haul_world()
    for number in range(12):
        world = world.square(f"D{number:02}", "disposal_site", 10_000 + 1000 * number)
    found = evidence(world, tipping(2000), "illegal_dumping")
    assert found.allowed_zone_ids == ("DSP", *(f"D{number:02}" for number in range(9)))


def test_a_suspected_dumping_gives_its_stay_and_where_that_began():
    world = haul_world()
    loading = stand(0, 200, 0)
    rows = chain(
        loading, drive((210, 150), (300, 1900)), stand(310, 550, 2000), drive((560, 2060), (580, 2300))
    )
    found = evidence(world, rows, "illegal_dumping")
    assert (found.signs, found.stay_s, world.seconds(found.place_ms)) == ((), 240.0, 310)


# Hauls.


def test_off_route_gives_the_farthest_fix_and_what_was_allowed_there():
    world = permitted_world().route("R2", (0, 500), (6000, 500), half_width_m=30.0)
    world = world.permit("P1", sources=("SRC",), routes=("R1", "R2"))
    world.permits = world.permits[1:]
    off = [
        at(50 + 10 * n, 400 + 50 * n, y, v=36.0, acc=8.0)
        for n, y in enumerate((150, 200, 240, 300, 280, 180, 170))
    ]
    found = evidence(world, chain(loaded_departure(), off), "off_route")
    assert (found.route_ids, found.nearest_route_id) == (("R1", "R2"), "R1")
    assert (found.farthest_m, found.half_width_m, found.accuracy_m) == (240.0, 50.0, 8.0)
    assert found.farthest == seen(world, 70, 500, 240)


def test_a_comeback_keeps_the_farthest_fix_of_the_alert():
    world = permitted_world()
    off = [at(50 + 10 * n, 400 + 50 * n, 200 if n == 3 else 100, v=36.0) for n in range(8)]
    back = [at(130 + 10 * n, 900 + 50 * n, 0, v=36.0) for n in range(5)]
    again = [at(180 + 10 * n, 1200 + 50 * n, 150, v=36.0) for n in range(8)]
    found = evidence(world, chain(loaded_departure(), off, back, again), "off_route")
    assert (found.farthest_m, found.farthest) == (200.0, seen(world, 80, 550, 200))


def test_a_comeback_that_goes_farther_gives_that_fix():
    world = permitted_world()
    off = [at(50 + 10 * n, 400 + 50 * n, 100, v=36.0) for n in range(8)]
    back = [at(130 + 10 * n, 900 + 50 * n, 0, v=36.0) for n in range(5)]
    again = [at(180 + 10 * n, 1200 + 50 * n, 250 if n == 2 else 150, v=36.0) for n in range(8)]
    found = evidence(world, chain(loaded_departure(), off, back, again), "off_route")
    assert (found.farthest_m, found.farthest) == (250.0, seen(world, 200, 1300, 250))


def test_of_routes_that_run_together_and_fixes_as_far_off_the_first_is_told():
    world = (
        permitted_world().route("R0", (0, 0), (6000, 0)).permit("P0", routes=("R1", "R0"), valid=(0, None))
    )
    off = [at(50 + 10 * n, 400 + 50 * n, 150 + 0.01 * (n % 3), v=36.0) for n in range(8)]
    found = evidence(world, chain(loaded_departure(), off), "off_route")
    assert (found.nearest_route_id, found.farthest.at_ms) == ("R0", world.ms(50))


def test_out_of_hours_gives_the_windows_and_the_start_on_the_local_clock():
    hours = (daily("12:00", "12:10"), daily("20:00", "04:00", ("mon",)))
    world = permitted_world(routes=(), windows=hours)
    rows = chain(loaded_departure(), drive((50, 400), (590, 940)), drive((600, 1000), (700, 1100)))
    found = evidence(world, rows, "out_of_hours")
    assert found.windows == hours
    assert found.started_local == "2026-03-02T12:10:00.000+08:00"


def test_leaving_the_districts_gives_the_departure_and_where_the_permit_would_have_let_it_go():
    world = haul_world().district("WEST", -1000, 7000).permit("P1", disposals=("DSP",))
    rows = chain(loaded_departure(), drive((50, 6800), (200, 9000)))
    found = evidence(world, rows, "cross_district")
    assert (found.permit_id, found.disposal_zone_ids) == ("P1", ("DSP",))
    assert (found.site_zone_id, world.seconds(found.departed_ms)) == ("SRC", 30)


def test_overload_gives_the_three_weights_that_raised_it():
    world = World().vehicle(max_load_t=10.0).square("SRC", "source_site", 0)
    weighed = [
        at(50 + 10 * n, 400 + 100 * n, v=36.0, weight=t) for n, t in enumerate((11.0, 11.5, 11.2, 12.0, 14.0))
    ]
    found = evidence(world, chain(loaded_departure(), weighed), "overload")
    assert found.weights == tuple(
        Weighing(at_ms=world.ms(s), weight_t=t) for s, t in ((50, 11.0), (60, 11.5), (70, 11.2))
    )
    assert found.weight_t == 14.0


def test_an_unexpected_stop_gives_the_departure_and_the_zones_nearby():
    world = haul_world().square("LOT", "parking", 900, 150).square("FUEL", "fuel_station", 900, -180)
    world = world.square("SLOW", "speed_zone", 900, 300, half_m=220)
    rows = chain(loaded_departure(), [at(60, 600, v=36.0), at(80, 800, v=36.0)], stand(100, 800, 900))
    found = evidence(world, rows, "unexpected_stop")
    assert found.near == (ZoneNear(zone_id="LOT", distance_m=50.0), ZoneNear(zone_id="FUEL", distance_m=80.0))
    assert (found.site_zone_id, world.seconds(found.departed_ms)) == ("SRC", 30)


def test_a_skipped_wash_gives_the_visit_and_the_last_wash():
    world = World().vehicle().square("SRC", "source_site", 0, site_id="A")
    world = world.square("BAY", "wash_bay", 70, half_m=10, site_id="A")
    coming = [at(0, -300, v=30.0, load="empty"), at(10, -200, v=30.0, load="empty"), at(20, -80, v=10.0)]
    washed = stand(30, 120, 70, load="empty")
    filled = chain(stand(130, 1600, -60, load="full", every=60))
    leaving = [at(1610 + 10 * n, 150 + 150 * n, v=40.0, load="full") for n in range(3)]
    found = evidence(world, chain(coming, washed, filled, leaving), "wash_skipped")
    times = (found.entered_ms, found.last_wash_from_ms, found.last_wash_ms)
    assert [world.seconds(each) for each in times] == [20, 30, 120]


# Zones, speed, cover.


def test_an_entry_gives_how_deep_and_how_sure_its_second_fix_was():
    world = World().vehicle().square("NO", "no_go", 500, windows=(daily("08:00", "20:00"),))
    rows = [at(0, 300, v=30.0), at(10, 420, v=30.0), at(20, 430, v=30.0, acc=7.0)]
    found = evidence(world, rows, "forbidden_zone")
    assert (found.depth_m, found.accuracy_m, found.windows) == (30.0, 7.0, (daily("08:00", "20:00"),))


def test_a_passage_gives_the_metres_run_in_the_zone_and_no_depth():
    world = World().vehicle().square("NO", "no_go", 500)
    found = evidence(world, [at(0, 300, v=60.0), at(20, 700, v=60.0), at(40, 1000, v=60.0)], "forbidden_zone")
    assert (found.passed_through_m, found.depth_m, found.windows) == (200.0, None, ())


@pytest.mark.parametrize(
    ("own_kmh", "zone_kmh", "limit_from", "limit_kmh"),
    [
        pytest.param(None, None, LimitFrom.DEFAULT, 60.0, id="neither"),
        pytest.param(50, None, LimitFrom.VEHICLE, 50.0, id="the vehicle's"),
        pytest.param(50, 40, LimitFrom.SPEED_ZONE, 40.0, id="the zone's is lower"),
        pytest.param(40, 50, LimitFrom.VEHICLE, 40.0, id="the vehicle's is lower"),
    ],
)
def test_a_speed_limit_says_where_it_comes_from(own_kmh, zone_kmh, limit_from, limit_kmh):
    world = World().vehicle(kind="other", speed_limit_kmh=own_kmh)
    if zone_kmh is not None:
        world = world.square("SLOW", "speed_zone", 0, half_m=1000, speed_limit_kmh=zone_kmh)
    found = evidence(world, [at(s, 10 * s, v=70.0) for s in (0, 10, 20, 30)], "speeding")
    assert (found.limit_from, found.limit_kmh) == (limit_from, limit_kmh)


def test_speeding_gives_the_speeds_that_raised_it_and_when_it_was_fastest():
    world = World().vehicle(kind="other")
    speeds = enumerate((70.0, 71.0, 72.0, 73.0, 74.0, 75.0, 88.0, 70.0))
    found = evidence(world, [at(2 * n, 40 * n, v=v) for n, v in speeds], "speeding")
    assert found.onset == tuple(
        SpeedReading(at_ms=world.ms(s), speed_kmh=v)
        for s, v in ((0, 70.0), (2, 71.0), (4, 72.0), (6, 73.0), (10, 75.0))
    )
    assert (found.top_speed_kmh, world.seconds(found.top_at_ms)) == (88.0, 12)


def test_an_alert_that_goes_on_keeps_the_speeds_that_raised_it():
    world = World().vehicle(kind="other")
    speeds = [(0, 70), (10, 70), (20, 50), (30, 50), (100, 80), (110, 80), (120, 50), (130, 50)]
    found = evidence(world, [at(s, 20 * s, v=float(v)) for s, v in speeds], "speeding")
    assert [world.seconds(each.at_ms) for each in found.onset] == [0, 10]
    assert (found.top_speed_kmh, world.seconds(found.top_at_ms)) == (80.0, 100)


def test_an_open_cover_says_since_when_it_was_loaded_and_who_says_so():
    world = haul_world()
    opened = drive((50, 400), (120, 1100), cover="open")
    found = evidence(world, chain(loaded_departure(), opened), "uncovered_load")
    assert (found.load_by, world.seconds(found.load_since_ms)) == ("sensor", 10)
    by_place = chain(stand(0, 200, 0), drive((210, 150), (300, 1900), cover="open"))
    found = evidence(world, by_place, "uncovered_load")
    assert (found.load_by, world.seconds(found.load_since_ms)) == ("place", 210)


def test_a_missed_stop_says_what_a_visit_is():
    world = World().vehicle(kind="refuse_truck")
    world = world.run(stop("ST1", 1000, "12:10", "12:20", radius_m=40, min_stay_s=25))
    found = evidence(world, stand(0, 1300, 0, every=60), "missed_collection")
    assert (found.radius_m, found.min_stay_s, found.heard) == (40.0, 25.0, True)


# Devices and stations.


def test_a_silence_dates_the_last_place_known():
    world = World().vehicle()
    rows = [at(0, 0, v=30.0), at(10, None, v=30.0), at(20, None, v=30.0), at(1500, 0, v=0.0)]
    found = evidence(world, rows, "device_silent")
    assert world.seconds(found.place_ms) == 0


def test_outliers_are_given_with_their_jump_and_the_speed_it_would_take():
    world = World().vehicle(kind="other").square("FAR", "parking", 0, -20_000)
    wild = [at(s, 30_000 * side, v=0.0) for s, side in ((25, 1), (45, -1), (65, 1))]
    calm = [at(s, 0, v=0.0) for s in range(0, 101, 20)]
    found = evidence(world, sorted([*wild, *calm]), "position_fault")
    lon, lat = degrees(30_000, 0)
    assert found.outliers[0] == Outlier(
        at_ms=world.ms(25), lon=lon, lat=lat, jump_m=30_000.0, implied_kmh=21_600.0
    )
    assert [world.seconds(one.at_ms) for one in found.outliers] == [25, 45, 65]


def test_a_place_stuck_at_speed_says_since_when_and_how_fast():
    world = World().vehicle(kind="other")
    found = evidence(world, [at(10 * n, 0, v=30.0 + n) for n in range(31)], "position_fault")
    assert (world.seconds(found.stuck_since_ms), found.stuck_kmh) == (0, 60.0)


def test_two_tracks_under_one_id_are_given_by_their_last_fixes():
    world = World().vehicle(kind="other").square("FAR", "parking", 0, -20_000)
    rows = [at(5 * n, 10_000 * (n % 2), v=0.0) for n in range(7)]
    found = evidence(world, rows, "identity_conflict")
    assert found.tracks == (seen(world, 30, 0), seen(world, 25, 10_000))
    assert found.apart_m == 10_000.0


def test_a_signal_fault_says_what_each_signal_did():
    world = haul_world()
    lifted = [at(10 * n, 100 * n, v=40.0, lift=True) for n in range(8)]
    assert evidence(world, lifted, "signal_fault").signals == (
        SignalRun(signal="lift", from_ms=world.ms(0), speed_kmh=40.0),
    )
    opened = [at(300 * n, 4000 * n, v=50.0, cover="open") for n in range(13)]
    assert evidence(world, opened, "signal_fault").signals == (
        SignalRun(signal="cover", from_ms=world.ms(0), moving_s=3600.0),
    )


def test_fine_dust_above_coarse_is_given_with_both():
    world = World().station()
    readings = [dust(world, 60 * n, pm25=60.0 + n, pm10=50.0 + n) for n in range(1, 11)]
    (run,) = judge_station(world, readings).only("sensor_fault").evidence.runs
    assert (run.value, run.beside) == (61.0, 51.0)


def windows_of(world: World, means: list[float]) -> list:
    return [
        dust(world, 900 * n + 60 * minute, pm10=mean)
        for n, mean in enumerate(means)
        for minute in range(1, 16)
    ]


def test_an_exceedance_gives_the_windows_of_the_day_that_were_allowed():
    world = World("2026-03-02 00:00").limit("L1", allowed=2).station("L1")
    means = [120.0, 50.0, 130.0, 50.0, 140.0, 150.0, 50.0, 50.0]
    found = judge_station(world, windows_of(world, means)).only("dust_exceedance").evidence
    assert [(world.seconds(each.start_ms), each.value) for each in found.recorded] == [
        (0, 120.0),
        (1800, 130.0),
    ]
    assert [each.value for each in found.windows] == [140.0, 150.0]


def test_what_was_allowed_on_another_day_is_not_given():
    world = World("2026-03-02 23:45").limit("L1", allowed=1).station("L1")
    found = judge_station(world, windows_of(world, [120.0, 130.0, 140.0, 50.0, 50.0])).only("dust_exceedance")
    assert [world.seconds(each.start_ms) for each in found.evidence.recorded] == [900]


def test_an_exceedance_gives_the_limits_terms():
    world = World("2026-03-02 00:00").limit(
        "L1",
        clear_below=80.0,
        minus_background=True,
        background_cap=50.0,
        min_coverage=0.5,
        aqi_correction=(0, 500, 5),
    )
    world = world.station("L1", area_id="A1")
    items = [background(world, 3600, pm10=40.0, aqi=70.0), *windows_of(world, [200.0, 50.0])]
    found = judge_station(world, items).only("dust_exceedance").evidence
    assert (found.clear_below, found.min_coverage) == (80.0, 0.5)
    assert (found.minus_background, found.background_cap) == (True, 50.0)
    assert (found.aqi_correction.from_aqi, found.aqi_correction.subtract) == (0.0, 5.0)
    assert found.windows[0].value == 155.0


def test_noise_has_no_background_whatever_its_limit_says():
    world = World("2026-03-02 00:00").limit("L1", quantity=Quantity.NOISE, limit=55, minus_background=True)
    loud = [dust(world, 60 * n, noise=70.0) for n in range(1, 17)]
    found = judge_station(world.station("L1"), loud).only("noise_exceedance").evidence
    assert found.minus_background is False
