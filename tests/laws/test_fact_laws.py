"""Laws of facts over a real database: however reports arrive, the facts end as if they had come in order."""

import asyncio
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts import engine
from alerts.facts import Fact, facts
from domain.identifiers import DeviceId
from geofence.place import Placed
from storage.store import Store
from tests.laws.strategies import district, drives
from tests.laws.test_late_laws import BETWEEN, DEVICES, PACES, Pace, arrivals, unique
from tests.support.factories import World
from tests.support.late_ingest import LateIngest, Report, emptied
from tests.support.postgres import TestServer
from tests.support.tracks import in_order, position

Known = tuple[Any, ...]


@pytest.fixture(scope="module")
def database(postgres: TestServer) -> Iterator[str]:
    """One database for all examples; each begins by emptying it."""
    with postgres.database() as dsn:
        yield dsn


def told(world: World, reports: Sequence[Report], device_id: str) -> list[Known]:
    """The last word on each fact, all reports taken in order."""
    ruleset = world.ruleset()
    state = engine.new_state(ruleset, DeviceId(device_id))
    last: dict[object, Fact] = {}
    for item in in_order(world, reports, device_id, rounded=False):
        after, _ = engine.step(ruleset, state, item)
        last.update({fact.key: fact for fact in facts(ruleset, state, after)})
        state = after
    return as_known(
        (
            one.vehicle_id,
            one.kind.value,
            one.about,
            one.started_ms,
            one.ended_ms,
            one.permit_id,
            one.lon,
            one.lat,
        )
        for one in last.values()
    )


def as_known(rows: Iterable[Sequence[Any]]) -> list[Known]:
    """Facts in one order."""
    return sorted(map(tuple, rows), key=repr)


@given(rows=drives(max_legs=6), device=st.sampled_from(DEVICES))
def test_a_trip_ends_when_the_rules_say_that_it_does(rows, device):
    world = district()
    ruleset, state = world.ruleset(), engine.new_state(world.ruleset(), DeviceId(device))
    ended: dict[object, int | None] = {}
    for item in in_order(world, unique([position(world, row, device) for row in rows]), device):
        assert isinstance(item, Placed)
        after, _ = engine.step(ruleset, state, item)
        for fact in facts(ruleset, state, after):
            if fact.kind == "trip":
                assert ended.get(fact.key) is None
                assert fact.ended_ms is None or fact.started_ms <= fact.ended_ms <= item.report.time_ms
                ended[fact.key] = fact.ended_ms
        under_way = [] if after.trip is None else [after.trip.departure.at_ms]
        assert [key[3] for key, end_ms in ended.items() if end_ms is None] == under_way
        state = after


@given(rows=drives(max_legs=5), device=st.sampled_from(DEVICES), data=st.data())
def test_however_a_vehicles_reports_arrive_its_facts_end_as_in_order(database, rows, device, data):
    world = district()
    reports = unique([position(world, row, device) for row in rows])
    batches = data.draw(arrivals(reports))
    between = data.draw(st.lists(BETWEEN, min_size=len(batches), max_size=len(batches)))
    pace = data.draw(PACES)
    assert asyncio.run(_ends(database, world, batches, between, pace)) == told(world, reports, device)


async def _ends(
    dsn: str, world: World, batches: list[list[Report]], between: list[str], pace: Pace
) -> list[Known]:
    store = await Store.connect(dsn, pool_size=2)  # a restart stores while it reads on
    try:
        await emptied(store)
        ingest = LateIngest(world.ruleset(), store, slice_size=pace[0], slice_s=pace[1])
        for batch, event in zip(batches, between, strict=True):
            await ingest.take(batch)
            if event in {"turn", "wait"}:
                await ingest.turn(after_s=0.5 if event == "turn" else 10.0)
            elif event == "restart":
                await ingest.restart()
            elif event == "tick":
                await ingest.tick(max(report.time_ms for report in batch) + 1_000_000)
        await ingest.catch_up()
        async with store.connection() as connection:
            rows = await connection.fetch(
                "select vehicle_id, kind, about, ms_of(started_at), ms_of(ended_at), permit_id, lon, lat"
                " from facts where not withdrawn"
            )
        return as_known(rows)
    finally:
        await store.close()
