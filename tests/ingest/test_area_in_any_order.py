"""Five trucks and a dusty site, their reports in any order: the area step ends where a backtest does."""

import json
import random
from collections.abc import Sequence
from typing import Any

import pytest
from msgspec.structs import replace

from alerts.alert_json import alert_json, finding_json
from domain.identifiers import SiteId
from domain.report import DustReport, PositionReport
from ingest.area import judge_areas
from ingest.backtest_finish import brought_together
from ingest.backtest_fold import Fold
from storage.store import Store
from tests.support.factories import World, haul_world
from tests.support.late_ingest import LateIngest, Report
from tests.support.tracks import At, chain, drive, dust, loaded_departure, position, shifted, stand

NOWHERE = 2000.0
AREA = {"suspected_dump_site", "dust_exceedance"}


def five_trucks() -> World:
    world = haul_world().limit("L1", limit=100).station("L1")
    world.stations[-1] = replace(world.stations[-1], site_id=SiteId("G1"))
    world.zones[0] = replace(world.zones[0], site_id=SiteId("G1"))
    for number in range(2, 6):
        world.vehicle(f"V{number}", f"D{number}")
    return world


def haul(number: int) -> list[At]:
    """Loads in the site, then tips or (the fourth and fifth) lingers at the same unlisted place, and drives off."""
    x = NOWHERE + 25.0 * number
    way = drive((50, 400), (200, x), load="full", v=36.0)
    tip = [*stand(210, 230, x, load="full", lift=True), *stand(240, 260, x, load="empty", lift=False)]
    wait = stand(210, 600, x, load="full")
    away = drive((610, x + 100), (700, x + 1000), load="full" if number > 3 else "empty", v=36.0)
    return shifted(chain(loaded_departure(), way, wait if number > 3 else tip, away), 1200.0 * number)


def reports(world: World) -> list[Report]:
    made: list[Report] = [
        position(world, row, f"D{number}") for number in range(1, 6) for row in haul(number)
    ]
    return made + [dust(world, 60.0 * n, pm10=150.0 if n > 25 else 50.0) for n in range(1, 91)]


def backtested(world: World, made: Sequence[Report], until_ms: int) -> list[Any]:
    fold = Fold(world.ruleset())
    fold.judge_positions(
        sorted(
            (one for one in made if isinstance(one, PositionReport)),
            key=lambda one: (one.device_id, one.order),
        )
    )
    for reading in sorted((one for one in made if isinstance(one, DustReport)), key=lambda one: one.order):
        fold.judge_station(reading.device_id, reading)
    fold.end_all(until_ms)
    alerts = brought_together(world.ruleset(), [fold.found()], until_ms=until_ms)
    return told([finding_json(one, ruleset_version=1) for one in alerts])


def told(lines: Sequence[bytes]) -> list[Any]:
    """What makes alerts the same, of the kinds that the area step has a part in."""
    objects = [json.loads(line) for line in lines]
    return sorted(
        (
            [one["rule"], one["started_at"], one["ended_at"], one["severity"], one["lon"], one["evidence"]]
            for one in objects
            if one["rule"] in AREA and not one["withdrawn"]
        ),
        key=repr,
    )


@pytest.mark.parametrize("seed", range(6))
async def test_areas_end_as_in_a_backtest_whatever_the_order_of_arrival(store: Store, seed: int) -> None:
    world = five_trucks()
    made = reports(world)
    until_ms = world.ms(30 * 3600)
    rng = random.Random(seed)
    order = list(made)
    if seed == 0:
        order.sort(key=lambda one: one.time_ms)
    else:
        rng.shuffle(order)
    ingest = LateIngest(world.ruleset(), store)
    while order:
        size = rng.randint(1, 200)
        batch, order = order[:size], order[size:]
        await ingest.take(batch)
        await ingest.turn(after_s=rng.choice((0.0, 10.0)))
        if rng.random() < 0.2:
            await ingest.restart()
        if rng.random() < 0.5:
            await judge_areas(store, lambda _: world.ruleset(), max(one.time_ms for one in batch))
    await ingest.catch_up()
    await ingest.tick(until_ms)
    await judge_areas(store, lambda _: world.ruleset(), until_ms)
    alerts = told([alert_json(row) for row in await store.alerts(limit=1000)])
    assert alerts == backtested(world, made, until_ms)
    assert {rule for rule, *_ in alerts} == AREA
    (place,) = (one[-1] for one in alerts if one[0] == "suspected_dump_site")
    assert (place["vehicles"], place["dumpings"], place["stays"]) == (5, 3, 2)
    assert any(len(one[-1].get("vehicles_on_site", ())) > 1 for one in alerts)
