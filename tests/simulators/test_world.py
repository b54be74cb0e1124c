"""The simulated district: a sound registry, honest motion, truth that follows from it, and the same bytes twice."""

import gzip
import itertools
import json

import numpy as np
import pytest

from alerts.scoring import read_truth
from domain.capture import decode_captured
from domain.registry import Registry, check
from domain.rule import RuleKind
from simulators.driver import Driver
from simulators.fleet import MUCK, far_from_lots
from simulators.registry_document import credit_code
from simulators.simulate import START_MS, build_world, driver_of, simulate
from simulators.truth import outside_m

HOURS_S = 6 * 3600
MIDNIGHT_S = 4 * 3600


@pytest.fixture(scope="module")
def world():
    return build_world(11, 20)


@pytest.fixture(scope="module")
def lives(world):
    told: list[tuple[Driver, list]] = []
    for worker in world.fleet:
        driver = driver_of(world, worker, horizon_s=HOURS_S, midnight_s=MIDNIGHT_S)
        told.append((driver, list(driver.life())))
    return told


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    out = tmp_path_factory.mktemp("sim")
    progress: list[float] = []
    summary = simulate(
        seed=5, hours=3, vehicles=13, out=out, start_ms=START_MS + 5 * 3_600_000, on_progress=progress.append
    )
    return summary, progress


@pytest.mark.parametrize("vehicles", [1, 13, 60, 150])
@pytest.mark.parametrize("seed", [0, 1, 7])
def test_the_registry_of_any_seed_and_size_is_sound(seed, vehicles):
    registry = check(build_world(seed, vehicles).registry())
    assert isinstance(registry, Registry)
    assert len(registry.vehicles) == vehicles


def test_most_vehicles_are_muck_trucks_and_each_has_its_own_device(world):
    kinds = [worker.kind for worker in world.fleet]
    assert 0.6 < kinds.count(MUCK) / len(kinds) < 0.8
    assert len({worker.device_id for worker in world.fleet}) == len(world.fleet)


def test_a_credit_code_ends_in_the_check_character_of_the_standard():
    letters = "0123456789ABCDEFGHJKLMNPQRTUWXY"
    code = credit_code(42)
    weights = [pow(3, n, 31) for n in range(17)]
    total = sum(letters.index(c) * w for c, w in zip(code, weights, strict=False))
    assert letters.index(code[-1]) == (31 - total % 31) % 31


def test_legs_follow_one_another_without_a_jump(lives):
    for _, legs in lives:
        for before, after in itertools.pairwise(legs):
            assert before.end_s == after.start_s
            jump = np.hypot(
                after.motion.x_m[0] - before.motion.x_m[-1], after.motion.y_m[0] - before.motion.y_m[-1]
            )
            assert jump < 15.0


def test_no_vehicle_speeds_up_or_brakes_harder_than_it_can(lives):
    for _, legs in lives:
        for leg in legs:
            change_ms2 = np.abs(np.diff(leg.motion.speed_kmh)) / 3.6
            assert change_ms2.max(initial=0.0) < 4.0


def test_the_way_made_fits_the_speed_shown(lives):
    for _, legs in lives:
        for leg in legs:
            step_m = np.hypot(np.diff(leg.motion.x_m), np.diff(leg.motion.y_m))
            assert np.all(
                step_m <= np.maximum(leg.motion.speed_kmh[1:], leg.motion.speed_kmh[:-1]) / 3.6 + 1.0
            )


def test_only_those_who_mean_to_speed_exceed_their_limit(lives):
    for driver, legs in lives:
        for leg in legs:
            top = leg.motion.speed_kmh.max()
            assert leg.what == "too fast" or top < driver.worker.limit_kmh


def test_only_those_who_mean_to_trespass_enter_a_closed_area(world, lives):
    for _, legs in lives:
        for leg in legs:
            for area in world.city.closed:
                inside = (outside_m(area.corners, leg.motion.x_m, leg.motion.y_m) <= 30).any()
                assert not inside or leg.what == "through closed area"


def test_honest_drivers_keep_school_limits(world, lives):
    for _, legs in lives:
        for leg in legs:
            for school in world.city.schools:
                near = outside_m(school.corners, leg.motion.x_m, leg.motion.y_m) <= 40
                if near.any() and leg.what != "too fast":
                    assert leg.motion.speed_kmh[near].max() < 31 or not _along(world, school, leg, near)


def _along(world, school, leg, near):
    """Whether the vehicle drove the school's street rather than across its end."""
    a, b = (world.city.graph.places[n] for n in school.road)
    unit = (b - a) / np.hypot(*(b - a))
    moved = np.array([np.ptp(leg.motion.x_m[near]), np.ptp(leg.motion.y_m[near])])
    return abs(moved @ np.abs(unit)) > 60


def test_a_body_is_raised_in_a_place_for_it_or_listed_as_dumping(world, lives):
    raised = 0
    for driver, legs in lives:
        dumps = [v.start_s for v in driver.violations if v.rule == "illegal_dumping"]
        for leg in legs:
            if (
                leg.signals.lift
                and leg.what != "lift sensor stuck"
                and far_from_lots(world.city, np.array([leg.motion.x_m[0], leg.motion.y_m[0]]), 60)
            ):
                raised += 1
                seen = driver.worker.model.sees_unloading
                assert any(start <= leg.start_s <= start + 600 for start in dumps) or not seen
    assert raised


def test_a_new_draw_for_one_vehicle_shifts_no_other(world, lives):
    other = build_world(11, 20)
    for worker, (_, legs) in list(zip(other.fleet, lives, strict=True))[3:5]:
        again = driver_of(other, worker, horizon_s=HOURS_S, midnight_s=MIDNIGHT_S)
        assert [(leg.start_s, leg.what) for leg in again.life()] == [(leg.start_s, leg.what) for leg in legs]


def test_truth_lines_are_of_known_rules_and_in_order(run):
    lines = list(read_truth(run[0].truth_file.read_bytes().splitlines()))
    assert lines
    assert {line.rule for line in lines} <= set(RuleKind)
    assert [line.started_ms for line in lines] == sorted(line.started_ms for line in lines)
    assert all(line.ended_ms is None or line.ended_ms >= line.started_ms for line in lines)
    assert sum(run[0].truth.values()) == len(lines)


def test_a_capture_is_in_order_of_arrival_and_counted(run):
    summary, progress = run
    with gzip.open(summary.capture) as file:
        messages = [decode_captured(line) for line in file]
    assert len(messages) == summary.messages
    assert [m.received_ms for m in messages] == sorted(m.received_ms for m in messages)
    elements = 0
    for message in messages:
        content = json.loads(message.payload)
        elements += len(content) if isinstance(content, list) else 1
    assert elements == summary.elements == summary.faults.delivered
    assert progress[-1] == 1.0


def test_the_same_seed_gives_the_same_bytes_and_another_does_not(run, tmp_path):
    first = run[0]
    again = simulate(seed=5, hours=3, vehicles=13, out=tmp_path / "a", start_ms=START_MS + 5 * 3_600_000)
    other = simulate(seed=6, hours=1, vehicles=13, out=tmp_path / "b", start_ms=START_MS + 5 * 3_600_000)
    for name in ("registry", "capture", "truth_file"):
        assert getattr(again, name).read_bytes() == getattr(first, name).read_bytes()
        assert getattr(other, name).read_bytes() != getattr(first, name).read_bytes()


@pytest.mark.parametrize(
    "bad", [{"hours": 0}, {"vehicles": 0}, {"faults": "biblical"}, {"violations": "some"}], ids=str
)
def test_an_impossible_wish_is_refused(bad, tmp_path):
    with pytest.raises(ValueError):
        simulate(**{"seed": 1, "hours": 1, "vehicles": 2, "out": tmp_path, **bad})
