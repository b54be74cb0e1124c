"""A simulated day of a fleet, from messages to counted work: it ties with what the drivers truly did."""

import itertools

import numpy as np
import pytest

from alerts.ruleset import Ruleset
from alerts.timeline import Timeline
from domain.localtime import local_day
from domain.registry import Registry, check
from domain.report import PositionReport
from ingest.known import known_devices
from ingest.wire import DEFAULT_PREFIX, decode_plainly
from ingest.work_days import count_days_over, offer_days
from simulators.motion import Leg
from simulators.reporting import Terminal
from simulators.simulate import START_MS, TIMEZONE, build_world, captured, driver_of
from simulators.violations import Conduct
from storage.work import Work
from tests.ingest.test_station_days import Versions
from tests.support.late_ingest import LateIngest

DAY_S = 86_400
HORIZON_S = DAY_S + 1800
DAY = local_day(START_MS, TIMEZONE)
CHOSEN = {2: "refuse_truck", 3: "muck_truck", 6: "sweeper", 8: "muck_truck", 12: "sprinkler"}
"""Of the muck trucks one weighs its load, of the other nothing is known but where it is."""

pytestmark = pytest.mark.slow


def lived(driver) -> list[Leg]:
    return list(itertools.takewhile(lambda leg: leg.start_s < HORIZON_S, driver.life()))


def begun(legs: list[Leg], what: str) -> list[Leg]:
    """The legs of a kind that began and ended on the day."""
    return [leg for leg in legs if leg.what == what and leg.end_s < DAY_S]


def km(leg: Leg) -> float:
    return float(np.hypot(np.diff(leg.motion.x_m), np.diff(leg.motion.y_m)).sum()) / 1000


async def test_a_simulated_day_ties_with_what_the_drivers_did(store):
    world = build_world(3, 16)
    registry = check(world.registry())
    assert isinstance(registry, Registry)
    ruleset = Ruleset.build(registry, version=1)
    ingest = LateIngest(ruleset, store)
    known = known_devices(ruleset, DEFAULT_PREFIX)
    truth: dict[str, list[Leg]] = {}
    for number, kind in CHOSEN.items():
        worker = world.fleet[number]
        assert worker.kind == kind
        legs = lived(driver_of(world, worker, horizon_s=HORIZON_S, midnight_s=0, conduct=Conduct.NONE))
        truth[worker.vehicle_id] = legs
        messages = Terminal(world.city, worker, START_MS).messages(iter(legs), HORIZON_S)
        reports: list[PositionReport] = []
        for message in map(captured, messages):
            reports += decode_plainly(message.topic, message.payload, message.received_ms, known).positions
        reports.sort(key=lambda one: (one.received_ms, one.order))
        for start in range(0, len(reports), 2000):
            await ingest.take(reports[start : start + 2000])
    await ingest.tick(START_MS + HORIZON_S * 1000)
    await ingest.catch_up()
    at_ms = START_MS + HORIZON_S * 1000
    await offer_days(store, ruleset, at_ms)
    await count_days_over(store, Versions(Timeline.of(ruleset)), at_ms, rest=0)

    work = Work(store)
    hauled = {row.key: row for row in await work.hauls(DAY, DAY, "vehicle")}
    cleaned = {row.key: row for row in await work.cleaned(DAY, DAY, "vehicle")}
    for number, kind in CHOSEN.items():
        vehicle = world.fleet[number].vehicle_id
        legs = truth[vehicle]
        if kind == "muck_truck":
            trips = begun(legs, "unloading")
            assert hauled[vehicle].trips == len(trips), vehicle
            assert hauled[vehicle].nowhere_trips == hauled[vehicle].elsewhere_trips == 0
            if world.fleet[number].model.weight:
                true_t = sum(leg.signals.tonnes for leg in trips)
                assert hauled[vehicle].measured_trips == len(trips)
                assert hauled[vehicle].tonnes == pytest.approx(true_t, rel=0.05)
        elif kind in ("sweeper", "sprinkler"):
            rounds = begun(legs, "cleaning")
            assert cleaned[vehicle].rounds == len(rounds), vehicle
            assert cleaned[vehicle].working_m / 1000 == pytest.approx(sum(map(km, rounds)), rel=0.04)
    (run,) = await work.collected(DAY, DAY, "run")
    (refuse,) = [one for one in registry.collection_runs if one.vehicle_id == world.fleet[2].vehicle_id]
    assert (run.key, run.served) == (refuse.id, len(refuse.stops))
    assert (run.late, run.missed, run.unknown) == (0, 0, 0)
    assert not [one for one in await store.alerts(rule="missed_collection") if one.withdrawn is None]
