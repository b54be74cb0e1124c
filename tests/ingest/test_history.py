"""A recording taken in as it arrived then is what live ingest would have made of it, with the times of then."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
import pytest_asyncio

from domain.capture import Captured
from domain.localtime import local_day
from domain.registry import Registry, check
from ingest.backtest import backtest
from ingest.capture import read_capture
from ingest.history import TURN_MS, IngestRuns, NoRegistry, take_in
from ingest.slots import ALL
from ingest.wire import DEFAULT_PREFIX
from simulators.simulate import SimulationSummary, simulate
from storage.store import Store

START_MS = 1_780_000_000_000
HOURS = 12
HOUR_MS = 3_600_000


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> SimulationSummary:
    """Half a day that is long past, by a network that is late, repeats and loses."""
    out = tmp_path_factory.mktemp("made")
    return simulate(seed=11, hours=HOURS, vehicles=8, out=out, start_ms=START_MS, faults="harsh")


@pytest_asyncio.fixture
async def ready(store: Store, made: SimulationSummary) -> Store:
    await store.save_registry(made.registry.read_bytes(), author="test")
    return store


def recorded(made: SimulationSummary) -> list[Captured]:
    return list(read_capture(made.capture))


async def standing(store: Store) -> set[tuple[object, ...]]:
    return {
        (a.rule, a.subject, a.started_ms, a.ended_ms, a.severity)
        for a in await store.alerts(limit=10_000)
        if a.withdrawn is None
    }


def backtested(made: SimulationSummary, capture: Path) -> set[tuple[object, ...]]:
    registry = check(made.registry.read_bytes())
    assert isinstance(registry, Registry)
    return {
        (a.rule, a.subject, a.started_ms, a.ended_ms, a.severity)
        for a in backtest(registry, capture).alerts
        if a.withdrawn is None
    }


async def test_the_alerts_are_those_of_a_backtest_and_every_element_is_counted_on_its_day(ready, made):
    messages = recorded(made)
    taken = await take_in(ready, messages, prefix=DEFAULT_PREFIX)
    assert (taken.messages, taken.last_ms) == (len(messages), max(one.received_ms for one in messages))
    alerts = await standing(ready)
    assert alerts == backtested(made, made.capture)
    assert len({rule for rule, *_ in alerts}) > 6, "a fleet that breaks no rules shows nothing"
    async with ready.connection() as connection:
        (row,) = await connection.fetch(
            "select sum(received) r, sum(stored + duplicate + rejected) told, sum(duplicate) d,"
            " array_agg(distinct day order by day) days from loss_account"
        )
    assert row["r"] == row["told"] == made.elements
    assert row["d"] > 0
    zone = check(made.registry.read_bytes()).zone_info
    assert row["days"] == sorted({local_day(one.received_ms, zone) for one in messages})


async def test_alerts_were_found_by_the_clock_of_then(ready, made):
    await take_in(ready, recorded(made), prefix=DEFAULT_PREFIX)
    async with ready.connection() as connection:
        found = await connection.fetch(
            "select distinct on (id) ms_of(at) - ms_of(detected_at) as after_ms, found_late"
            " from alert_changes order by id, number"
        )
    assert all(0 <= one["after_ms"] < HOURS * HOUR_MS for one in found)
    in_time_ms = sorted(one["after_ms"] for one in found if not one["found_late"])
    assert in_time_ms[len(in_time_ms) // 2] <= TURN_MS


async def test_a_recording_taken_in_again_in_two_halves_changes_nothing_but_the_count_of_duplicates(
    ready, made
):
    messages = recorded(made)
    await take_in(ready, messages[: len(messages) // 2], prefix=DEFAULT_PREFIX)
    await take_in(ready, messages[len(messages) // 2 :], prefix=DEFAULT_PREFIX)
    before = await standing(ready)
    assert before == backtested(made, made.capture)
    await take_in(ready, messages, prefix=DEFAULT_PREFIX)
    assert await standing(ready) == before
    async with ready.connection() as connection:
        stored = await connection.fetchval("select sum(stored) from loss_account")
        assert stored == await connection.fetchval(
            "select (select count(*) from positions) + (select count(*) from dust) + (select count(*) from background)"
        )


async def test_nothing_is_taken_in_while_ingest_holds_the_devices(ready, made):
    seat = await ready.seat()
    try:
        assert await seat.try_claim(ALL.name) is not None
        with pytest.raises(IngestRuns, match="stop it"):
            await take_in(ready, recorded(made), prefix=DEFAULT_PREFIX)
    finally:
        await seat.close()
    assert not await standing(ready)
    assert (await take_in(ready, [], prefix=DEFAULT_PREFIX)).last_ms is None


async def test_without_a_registry_there_is_nothing_to_judge_by(store, made):
    with pytest.raises(NoRegistry, match="registry load"):
        await take_in(store, recorded(made)[:1], prefix=DEFAULT_PREFIX)


async def test_what_cannot_be_read_is_kept_as_refused_on_its_day(ready):
    at_ms = round(datetime(2026, 5, 28, 12, tzinfo=UTC).timestamp() * 1000)
    bad = Captured(received_ms=at_ms, topic=f"{DEFAULT_PREFIX}/T0001/position", payload=b"{")
    await take_in(ready, [bad], prefix=DEFAULT_PREFIX)
    async with ready.connection() as connection:
        (row,) = await connection.fetch("select reason, received_at from rejections")
    assert (row["reason"], row["received_at"]) == ("bad_json", datetime(2026, 5, 28, 12, tzinfo=UTC))
