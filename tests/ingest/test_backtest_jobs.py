"""Backtests as people ask for them: queued, run by one process, told of, broken off, and never lost."""

import asyncio
import json
import subprocess
import sys
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import psycopg
import pytest
import pytest_asyncio

from alerts.ruleset import Ruleset
from domain.instant import to_rfc3339
from domain.registry import Registry, check
from domain.rule import RuleKind
from ingest.backtest_jobs import BacktestJobs
from simulators.simulate import simulate
from storage.backtests import (
    LOST_OFTEN,
    MOST_WAITING,
    BacktestRow,
    Backtests,
    BacktestState,
    NewBacktest,
    TooManyWait,
)
from storage.store import Store
from tests.haulwatch.test_commands import CLEAN, haulwatch
from tests.support.postgres import TestServer
from tests.support.stored_history import store_capture

START_MS = 1_780_000_000_000
HOURS, VEHICLES = 5, 6


class Stored(NamedTuple):
    """Some simulated hours in a database, judged by version 1; version 2 is quick with silence and has no `off_route`."""

    dsn: str
    until_ms: int


@pytest.fixture(scope="module")
def stored(postgres: TestServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stored]:
    out = tmp_path_factory.mktemp("hours")
    made = simulate(seed=11, hours=HOURS, vehicles=VEHICLES, out=out, start_ms=START_MS, faults="realistic")
    first = made.registry.read_bytes()
    registry = check(first)
    assert isinstance(registry, Registry)
    with postgres.database() as dsn:
        until_ms = asyncio.run(store_capture(dsn, Ruleset.build(registry, version=1), made.capture))
        asyncio.run(save(dsn, [first, other(json.loads(first))]))
        yield Stored(dsn, until_ms)


def other(document: dict[str, Any]) -> bytes:
    document["rules"] = [
        {"id": kind, "kind": kind, "params": {"silent_s": 20} if kind is RuleKind.DEVICE_SILENT else {}}
        for kind in RuleKind
        if kind is not RuleKind.OFF_ROUTE
    ]
    return json.dumps(document).encode()


async def save(dsn: str, documents: list[bytes]) -> None:
    store = await Store.connect(dsn)
    for document in documents:
        await store.save_registry(document, author="test", effective_from_ms=0)
    await store.close()


@pytest_asyncio.fixture
async def history(stored: Stored) -> AsyncIterator[Store]:
    store = await Store.connect(stored.dsn)
    yield store
    await store.close()


@asynccontextmanager
async def running(store: Store, dsn: str) -> AsyncIterator[None]:
    """A runner in this process."""
    stop = asyncio.Event()
    work = asyncio.create_task(BacktestJobs(store, dsn, processes=1, tell_every_s=0.05).run(stop))
    try:
        yield
    finally:
        stop.set()
        await work


@contextmanager
def out_of_reach(dsn: str, table: str) -> Iterator[None]:
    """Nobody reads a table for the while, so that a backtest comes so far and no farther."""
    with psycopg.connect(dsn) as connection:
        connection.execute(f"lock table {table} in access exclusive mode")
        yield


def version_2(stored: Stored, **changes: Any) -> NewBacktest:
    asked = {"from_ms": START_MS, "to_ms": stored.until_ms, "version": 2, "against_version": 1}
    return NewBacktest(**asked | changes)


async def until(
    backtests: Backtests, backtest_id: int, holds: Callable[[BacktestRow], bool], within_s: float = 60
) -> BacktestRow:
    row = None
    try:
        async with asyncio.timeout(within_s):
            while not ((row := await backtests.backtest(backtest_id)) and holds(row)):  # noqa: ASYNC110 -- a row of another's
                await asyncio.sleep(0.02)
    except TimeoutError:
        raise AssertionError(f"it did not come to it: {row}") from None
    return row


def has_ended(row: BacktestRow) -> bool:
    return row.state not in (BacktestState.QUEUED, BacktestState.RUNNING)


async def result_of(backtests: Backtests, backtest_id: int) -> dict[str, Any]:
    found = await backtests.result(backtest_id)
    assert found is not None
    told: dict[str, Any] = json.loads(found)
    return told


async def test_it_gives_what_the_command_gives(stored: Stored, history: Store, tmp_path: Path):
    backtests = Backtests(history)
    async with running(history, stored.dsn):
        asked = await backtests.ask("wang", version_2(stored))
        row = await until(backtests, asked, has_ended)
    assert (row.state, row.done_share, row.reason) == (BacktestState.DONE, 1.0, "")
    out = {name: tmp_path / f"{name}.ndjson" for name in ("alerts", "difference")}
    span = [f"--from={to_rfc3339(START_MS)}", f"--to={to_rfc3339(stored.until_ms)}"]
    files = [f"--{name}={path}" for name, path in out.items()]
    done = await asyncio.to_thread(
        haulwatch, "backtest", *span, "--ruleset=2", "--against=1", *files,
        environ={"HAULWATCH_DATABASE_URL": stored.dsn},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    lines = [json.loads(line) for line in out["difference"].read_bytes().splitlines()]
    kept = await backtests.changes(asked, limit=1000)
    assert [json.loads(line) for _, line in kept] == lines
    assert [number for number, _ in kept] == list(range(1, len(lines) + 1))
    alerts = [json.loads(line) for line in out["alerts"].read_bytes().splitlines()]
    told = await result_of(backtests, asked)
    assert (told["changes"], told["changes_kept"]) == (len(lines), len(lines))
    assert told["after"] == len(alerts)
    by_rule = {one["name"]: one for one in told["comparison"]["by_rule"]}
    assert Counter({name: one["after"] for name, one in by_rule.items() if one["after"]}) == Counter(
        one["rule"] for one in alerts
    )
    assert by_rule["off_route"]["vanish"] == by_rule["off_route"]["before"] > 0
    assert by_rule["device_silent"]["appear"] == by_rule["device_silent"]["after"] > 0
    assert row.reports == told["reports"] + told["warm_up"]


async def test_it_says_first_how_much_there_was_to_look_at(stored: Stored, history: Store):
    backtests = Backtests(history)
    async with running(history, stored.dsn):
        asked = await backtests.ask("wang", version_2(stored))
        await until(backtests, asked, has_ended)
    found = (await result_of(backtests, asked))["coverage"]
    assert found["vehicles"] == found["vehicles_heard"] == VEHICLES
    assert 0 < found["stations_heard"] <= found["stations"]
    assert found["hours"] == found["hours_heard"] == HOURS


async def test_against_what_was_judged_the_version_that_judged_differs_in_nothing_of_devices(
    stored: Stored, history: Store
):
    backtests = Backtests(history)
    async with running(history, stored.dsn):
        asked = await backtests.ask("wang", version_2(stored, version=1, against_version=None))
        await until(backtests, asked, has_ended)
    told = await result_of(backtests, asked)
    rows = [row for row in told["comparison"]["by_rule"] if row["name"] != "suspected_dump_site"]
    assert sum(row["before"] for row in rows) > 0
    assert [(row["appear"], row["vanish"]) for row in rows] == [(0, 0)] * len(rows)


async def test_a_draft_is_tried_as_it_was_when_it_was_asked(stored: Stored, history: Store):
    backtests = Backtests(history)
    found = await history.registry_version(2)
    assert found is not None
    draft = version_2(stored, version=None, draft_id=7, document=found.document)
    async with running(history, stored.dsn):
        first, second = await backtests.ask("wang", draft), await backtests.ask("wang", version_2(stored))
        row = await until(backtests, first, has_ended)
        await until(backtests, second, has_ended)
    assert (row.draft_id, row.version) == (7, None)
    of_draft, of_version = await result_of(backtests, first), await result_of(backtests, second)
    assert of_draft["comparison"] == of_version["comparison"]
    (_, line), *_ = await backtests.changes(first, change="vanishes", rule="off_route")
    assert json.loads(line)["before"]["ruleset_version"] == 1


async def test_it_tells_how_far_it_is_how_fast_and_for_how_long_still(stored: Stored, history: Store):
    backtests = Backtests(history)
    async with running(history, stored.dsn):
        with out_of_reach(stored.dsn, "dust"):
            asked = await backtests.ask("wang", version_2(stored))
            row = await until(backtests, asked, lambda row: row.left_s is not None)
            assert row.state is BacktestState.RUNNING
            assert 0 < row.done_share < 1, "the vehicles are judged, the stations cannot be read"
            assert row.reports > 0
            assert row.reports_per_s is not None
            assert row.reports_per_s > 0
            assert await backtests.cancel(asked)


async def test_one_waits_for_the_other_and_knows_how_many_are_ahead(stored: Stored, history: Store):
    backtests = Backtests(history)
    async with running(history, stored.dsn):
        with out_of_reach(stored.dsn, "positions"):
            asked = [await backtests.ask("wang", version_2(stored)) for _ in range(3)]
            await until(backtests, asked[0], lambda row: row.state is BacktestState.RUNNING)
            rows = await backtests.backtests(limit=3)
            assert [(row.id, row.ahead) for row in rows] == [(asked[2], 2), (asked[1], 1), (asked[0], None)]
            for one in reversed(asked):
                assert await backtests.cancel(one)


async def test_one_that_is_cancelled_is_so_at_once_stops_and_lets_the_next_one_run(
    stored: Stored, history: Store
):
    backtests = Backtests(history)
    async with running(history, stored.dsn):
        with out_of_reach(stored.dsn, "positions"):
            asked, next_one = [await backtests.ask("wang", version_2(stored)) for _ in range(2)]
            await until(backtests, asked, lambda row: row.state is BacktestState.RUNNING)
            assert await backtests.cancel(asked)
            row = await backtests.backtest(asked)
            assert row is not None
            assert row.state is BacktestState.CANCELLED
            assert not await backtests.cancel(asked), "it is cancelled already"
        await until(backtests, next_one, lambda row: row.state is BacktestState.DONE)
        row = await backtests.backtest(asked)
        assert row is not None
        assert row.state is BacktestState.CANCELLED
    assert await backtests.result(asked) is None
    assert await backtests.changes(asked) == []


async def test_where_nothing_is_stored_it_fails_and_says_so(stored: Stored, history: Store):
    backtests = Backtests(history)
    long_ago = version_2(stored, from_ms=START_MS - 90 * 86_400_000, to_ms=START_MS - 80 * 86_400_000)
    async with running(history, stored.dsn):
        row = await until(backtests, await backtests.ask("wang", long_ago), has_ended)
    assert (row.state, row.reason) == (BacktestState.FAILED, "nothing_stored")
    assert "oldest stored report is of" in row.detail


async def test_a_draft_that_does_not_pass_the_check_fails_with_its_path(stored: Stored, history: Store):
    backtests = Backtests(history)
    bad = version_2(stored, version=None, draft_id=1, document=b'{"version": 1, "zones": 7}')
    async with running(history, stored.dsn):
        row = await until(backtests, await backtests.ask("wang", bad), has_ended)
    assert (row.state, row.reason) == (BacktestState.FAILED, "unusable")
    assert row.detail.startswith("$.zones")


async def test_it_leaves_alerts_checkpoints_and_reports_as_they_are(stored: Stored, history: Store):
    backtests = Backtests(history)
    before = fingerprint(stored.dsn)
    async with running(history, stored.dsn):
        asked = await backtests.ask("wang", version_2(stored))
        row = await until(backtests, asked, has_ended)
    assert row.state is BacktestState.DONE
    assert fingerprint(stored.dsn) == before


def fingerprint(dsn: str) -> list[Any]:
    tables = ("alerts", "alert_changes", "checkpoints", "positions", "dust", "facts", "late_work")
    with psycopg.connect(dsn) as connection:
        return [
            connection.execute(
                f"select count(*), md5(string_agg(t::text, '' order by t::text)) from {table} t"
            ).fetchone()
            for table in tables
        ]


@pytest.mark.slow
async def test_one_whose_process_is_killed_is_taken_up_by_the_next(stored: Stored, history: Store):
    backtests = Backtests(history)
    asked = await backtests.ask("wang", version_2(stored))
    with out_of_reach(stored.dsn, "positions"):
        process = start(stored.dsn)
        try:
            await until(backtests, asked, lambda row: row.state is BacktestState.RUNNING)
        finally:
            process.kill()
            process.wait()
    async with running(history, stored.dsn):
        row = await until(backtests, asked, has_ended)
    assert row.state is BacktestState.DONE
    assert (await result_of(backtests, asked))["changes"] > 0


def start(dsn: str) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(
        [sys.executable, "-m", "haulwatch", "backtests"],
        env={**CLEAN, "HAULWATCH_DATABASE_URL": dsn},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


async def test_one_that_loses_its_process_again_and_again_fails_with_the_reason(database: str, store: Store):
    backtests = Backtests(store)
    await save(database, [b'{"version": 1}'])
    asked = await backtests.ask("wang", NewBacktest(from_ms=0, to_ms=1, version=1))
    for _ in range(LOST_OFTEN):
        taken = await backtests.take()
        assert taken is not None
        await backtests.take_up_again()
    row = await backtests.backtest(asked)
    assert row is not None
    assert (row.state, row.reason) == (BacktestState.FAILED, "lost")
    assert await backtests.take() is None
    assert not await backtests.finish(taken, b"{}", [], reports=0, reports_per_s=0.0)


async def test_two_runners_never_take_one(database: str, store: Store):
    backtests = Backtests(store)
    await save(database, [b'{"version": 1}'])
    asked = [await backtests.ask("wang", NewBacktest(from_ms=0, to_ms=1, version=1)) for _ in range(4)]
    taken = await asyncio.gather(*(backtests.take() for _ in range(8)))
    assert sorted(one.id for one in taken if one is not None) == asked


async def test_so_many_may_wait_and_no_more(database: str, store: Store):
    backtests = Backtests(store)
    await save(database, [b'{"version": 1}'])
    for _ in range(MOST_WAITING):
        await backtests.ask("wang", NewBacktest(from_ms=0, to_ms=1, version=1))
    with pytest.raises(TooManyWait):
        await backtests.ask("wang", NewBacktest(from_ms=0, to_ms=1, version=1))


async def test_a_runner_that_stops_in_order_gives_back_what_it_ran(stored: Stored, history: Store):
    backtests = Backtests(history)
    asked = await backtests.ask("wang", version_2(stored))
    with out_of_reach(stored.dsn, "positions"):
        stop = asyncio.Event()
        work = asyncio.create_task(BacktestJobs(history, stored.dsn, processes=1).run(stop))
        await until(backtests, asked, lambda row: row.state is BacktestState.RUNNING)
        stop.set()
        await until(backtests, asked, lambda row: row.state is BacktestState.QUEUED)
    await work
    assert await backtests.cancel(asked)
