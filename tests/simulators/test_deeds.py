"""What drivers do wrong, seen from their true motion; and that the lawful ones do nothing of it."""

import itertools
from collections import Counter

import numpy as np
import pytest
from msgspec import structs

from domain.rule import RuleKind
from simulators.fleet import MAX_TRIP_MIN, MUCK, REFUSE
from simulators.motion import Receiver
from simulators.plane import at_distance
from simulators.reporting import Terminal
from simulators.sensor import StationLife
from simulators.simulate import START_MS, build_world, driver_of, simulate
from simulators.truth import outside_m
from simulators.violations import Conduct

DAY_S = 86_400
OF_STATIONS = {"dust_exceedance", "noise_exceedance", "sensor_fault", "station_silent", "capped_readings"}


@pytest.fixture(scope="module")
def world():
    return build_world(3, 40)


def _lives(world, conduct):
    told = []
    for worker in world.fleet:
        driver = driver_of(world, worker, horizon_s=DAY_S, midnight_s=0, conduct=conduct)
        told.append((driver, list(itertools.takewhile(lambda leg: leg.start_s < DAY_S, driver.life()))))
    return told


@pytest.fixture(scope="module")
def lives(world):
    return _lives(world, Conduct.ALL)


@pytest.fixture(scope="module")
def lawful(world):
    return _lives(world, Conduct.NONE)


def test_a_day_has_every_kind_of_a_vehicle(lives):
    listed = {violation.rule for driver, _ in lives for violation in driver.violations}
    assert listed == set(RuleKind) - OF_STATIONS - {"suspected_dump_site"}


def test_a_day_has_every_kind_of_a_station_but_the_one_that_needs_longer(world):
    listed = set()
    for monitor in build_world(3, 120).monitors:
        life = StationLife(monitor, start_ms=START_MS, horizon_s=DAY_S, midnight_s=0)
        assert sum(1 for _ in life.messages())
        listed |= {violation.rule for violation in life.violations}
    assert listed == OF_STATIONS - {"capped_readings"}


def test_a_lawful_driver_does_nothing_that_is_listed(lawful):
    assert [violation for driver, _ in lawful for violation in driver.violations] == []


def test_a_lawful_driver_washes_for_two_minutes_just_before_leaving(world, lawful):
    departures = 0
    for driver, legs in lawful:
        for before, leg in itertools.pairwise(legs):
            if leg.what != "hauling":
                continue
            departures += 1
            assert before.what == "washing"
            assert before.end_s - before.start_s >= 120
            place = np.array([before.motion.x_m[0], before.motion.y_m[0]])
            assert np.hypot(*(place - driver.worker.home.wash_bay)) < 1.0
    assert departures > 200


def test_loading_and_washing_are_two_stays_for_any_receiver(world, lawful):
    for driver, legs in lawful:
        if driver.worker.kind != MUCK:
            continue
        for leg in legs:
            if leg.what == "loading":
                place = np.array([leg.motion.x_m[0], leg.motion.y_m[0]])
                assert np.hypot(*(place - driver.worker.home.wash_bay)) > 75.0


def test_a_lawful_haul_takes_less_than_half_the_permitted_time(lawful):
    for _, legs in lawful:
        left_s = None
        for leg in legs:
            if leg.what == "hauling":
                left_s = leg.start_s
            elif leg.what == "unloading" and left_s is not None:
                assert leg.start_s - left_s < MAX_TRIP_MIN * 60 / 2


def test_a_lawful_load_is_no_heavier_than_it_may_be(lawful):
    for driver, legs in lawful:
        assert max(leg.signals.tonnes for leg in legs) <= driver.worker.max_load_t


def test_every_stop_is_served_in_a_lawful_day_and_one_left_out_is_never_near_a_slow_truck(world, lives):
    left_out = 0
    for driver, legs in lives:
        worker = driver.worker
        if worker.kind != REFUSE:
            continue
        missed = {v.note for v in driver.violations if v.rule == "missed_collection"}
        for n, s in enumerate(worker.run_stops_m):
            stop = at_distance(worker.run.places, s)[0]
            slow_s = sum(_slow_seconds_near(leg, stop) for leg in legs)
            if f"stop {n + 1:02d}" in missed:
                left_out += 1
                assert slow_s == 0
            else:
                assert slow_s >= 45
    assert left_out


def _slow_seconds_near(leg, stop):
    near = np.hypot(leg.motion.x_m - stop[0], leg.motion.y_m - stop[1]) < 70
    return int((near & (leg.motion.speed_kmh < 13)).sum())


def test_who_goes_abroad_is_outside_the_district_for_minutes(world, lives):
    for driver, legs in lives:
        for violation in driver.violations:
            if violation.rule == "cross_district":
                assert violation.end_s - violation.start_s > 100
        for leg in legs:
            out = outside_m(world.city.outline, leg.motion.x_m, leg.motion.y_m) > 0
            assert not out.any() or leg.what == "hauling abroad"


def test_three_trucks_or_more_use_a_tip(lives):
    users = Counter()
    for driver, _ in lives:
        if any(violation.note.startswith("wild tip") for violation in driver.violations):
            users[driver.worker.wild_tip] += 1
    assert max(users.values()) >= 3


def _reports(world, worker, leg, **settings):
    terminal = Terminal(world.city, worker, START_MS, **settings)
    return [row for message in terminal.messages([leg], leg.end_s) for row in message.elements]


def _leg(lives, wanted):
    return next((d.worker, leg) for d, legs in lives for leg in legs if wanted(leg))


def test_a_wild_receiver_is_off_by_kilometres_now_and_then(world, lives):
    worker, leg = _leg(lives, lambda leg: leg.receiver is Receiver.WILD)
    rows = _reports(world, worker, leg)
    lat = np.median([row["lat"] for row in rows])
    lon = np.median([row["lon"] for row in rows])
    wild = [row for row in rows if abs(row["lat"] - lat) + abs(row["lon"] - lon) > 0.03]
    assert 4 <= len(wild) <= len(rows) // 2


def test_a_frozen_receiver_shows_one_place_and_one_speed(world, lives):
    worker, leg = _leg(
        [(d, legs) for d, legs in lives if d.worker.model.speed], lambda leg: leg.what == "loading"
    )
    rows = _reports(world, worker, structs.replace(leg, receiver=Receiver.FROZEN))
    assert len({(row["lon"], row["lat"], row["speed_kmh"]) for row in rows}) == 1
    assert rows[0]["speed_kmh"] >= 20


def test_a_twin_sends_from_far_away_under_the_same_id(world, lives):
    worker, leg = _leg(lives, lambda leg: leg.twin is not None)
    rows = _reports(world, worker, leg)
    lat = np.median([row["lat"] for row in rows])
    lon = np.median([row["lon"] for row in rows])
    far = [np.hypot((row["lon"] - lon) * 95_000, (row["lat"] - lat) * 111_000) > 2500 for row in rows]
    assert sum(far) >= 8
    assert not any(a and b for a, b in itertools.pairwise(far))


def test_a_stuck_weight_stays_within_a_tenth_of_a_tonne(world, lives):
    worker, leg = _leg(
        [(d, legs) for d, legs in lives if d.worker.model.weight], lambda leg: leg.what == "hauling"
    )
    rows = _reports(world, worker, leg, weight_stuck_s=leg.end_s)
    weights = [row["weight_t"] for row in rows if row["weight_t"] is not None]
    assert max(weights) - min(weights) < 0.1


def test_a_lawful_run_has_no_truth_and_goes_through_the_same_faults(tmp_path):
    summary = simulate(
        seed=2,
        hours=2,
        vehicles=8,
        out=tmp_path,
        start_ms=START_MS + 8 * 3_600_000,
        faults="harsh",
        violations="none",
    )
    assert summary.truth == {}
    assert summary.truth_file.read_bytes() == b""
    assert summary.faults.lost > 0
