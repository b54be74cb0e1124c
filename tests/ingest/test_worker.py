"""The worker over a real database: retry, reject or stop, and never an acknowledgement before the commit."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta

import pytest

from alerts.ruleset import Ruleset
from alerts.timeline import Timeline
from domain.registry import Registry, check
from ingest.batching import BatchLimits
from ingest.intake import Intake
from ingest.judging import Judge
from ingest.known import known_devices
from ingest.restart import restore
from ingest.subscriber import Message
from ingest.worker import Worker
from storage.batch import Batch, Committed
from storage.errors import StorageRefused, StorageUnavailable
from storage.store import LossRow, Store
from tests.ingest.garbage import garbage

PREFIX = "haulwatch/v1"
NOW_MS = time.time_ns() // 1_000_000
DOCUMENT = json.dumps(
    {
        "version": 1,
        "vehicles": [{"id": "V1", "kind": "muck_truck", "device_id": "T1", "speed_limit_kmh": 60}],
        "stations": [{"id": "ST1", "device_id": "S1", "background_area_id": "A1"}],
    }
).encode()


def ruleset() -> Ruleset:
    registry = check(DOCUMENT)
    assert isinstance(registry, Registry)
    return Ruleset.build(registry, version=1)


class Queue:
    """Messages for a worker, and what it acknowledged."""

    def __init__(
        self, *payloads: tuple[str, bytes], redelivered: bool = False, retained: bool = False
    ) -> None:
        self.waiting = [
            Message(topic, payload, NOW_MS, redelivered, retained, n + 1, 1)
            for n, (topic, payload) in enumerate(payloads)
        ]
        self.acknowledged: list[Message] = []

    def take(self, limit: int) -> list[Message]:
        taken, self.waiting = self.waiting[:limit], self.waiting[limit:]
        return taken

    def acknowledge(self, messages: list[Message]) -> None:
        self.acknowledged.extend(messages)


class Failing:
    """A store whose commits fail as told before they succeed."""

    def __init__(self, store: Store, *errors: Exception, poison: bytes | None = None) -> None:
        self._store = store
        self._errors = list(errors)
        self._poison = poison
        self.commits = 0

    async def commit(self, batch: Batch) -> Committed:
        self.commits += 1
        if self._errors:
            raise self._errors.pop(0)
        if self._poison and any(self._poison in (one.extra_json or "").encode() for one in batch.positions):
            raise StorageRefused("poison")
        return await self._store.commit(batch)


def fix(second: int, speed_kmh: float = 40.0, **fields: object) -> tuple[str, bytes]:
    report = {"time": NOW_MS - 600_000 + second * 1000, "lon": 114.0 + second * 1e-4, "lat": 38.0}
    return f"{PREFIX}/T1/position", json.dumps({**report, "speed_kmh": speed_kmh, **fields}).encode()


@asynccontextmanager
async def working(
    queue: Queue, store: object, judge: Judge | None = None
) -> AsyncIterator["asyncio.Task[None]"]:
    stop = asyncio.Event()
    judge = judge or Judge(Timeline.of(ruleset()))
    intake = Intake(
        queue,
        limits=BatchLimits(),
        now_ms=lambda: time.time_ns() // 1_000_000,
        known=known_devices(judge.timeline.newest, PREFIX),
    )
    worker = Worker(source=queue, intake=intake, judge=judge, store=store, now_ms=lambda: NOW_MS, stop=stop)
    task = asyncio.create_task(worker.run())
    try:
        yield task
    finally:
        stop.set()
        with suppress(Exception):
            await task


async def until(is_done: object, task: "asyncio.Task[None] | None" = None, timeout_s: float = 20) -> None:
    deadline = time.monotonic() + timeout_s
    while not is_done():
        if task is not None and task.done():
            task.result()
        assert time.monotonic() < deadline, "waited in vain"
        await asyncio.sleep(0.02)


async def account(store: Store) -> list[LossRow]:
    today = datetime.now(UTC).date()
    return list(await store.loss_account(first=today - timedelta(days=1), last=today + timedelta(days=1)))


async def total(store: Store, name: str) -> int:
    return sum(getattr(row, name) for row in await account(store))


async def test_a_commit_that_fails_acknowledges_nothing_and_one_copy_is_stored_after_recovery(
    store: Store,
) -> None:
    queue = Queue(fix(0), fix(1))
    failing = Failing(store, StorageUnavailable("away"), StorageUnavailable("away"))
    async with working(queue, failing) as task:
        await until(lambda: failing.commits >= 1, task)
        assert queue.acknowledged == []
        await until(lambda: len(queue.acknowledged) == 2, task)
    assert failing.commits == 3
    assert await total(store, "stored") == 2
    assert await total(store, "duplicate") == 0


async def test_a_failed_commit_changes_no_state(store: Store) -> None:
    speeding = [fix(second, 90.0) for second in range(0, 60, 5)]
    failing = Failing(store, StorageUnavailable("away"))
    queue = Queue(*speeding, fix(60), fix(75))
    async with working(queue, failing) as task:
        await until(lambda: len(queue.acknowledged) == len(speeding) + 2, task)
    alerts = [one for one in await store.alerts() if one.rule == "speeding"]
    assert len(alerts) == 1
    assert alerts[0].ended_ms is not None


async def test_a_message_the_database_refuses_is_parked_and_the_others_are_stored(store: Store) -> None:
    queue = Queue(fix(0), fix(1), fix(2, note="poison"), fix(3), fix(4))
    async with working(queue, Failing(store, poison=b"poison")) as task:
        await until(lambda: len(queue.acknowledged) == 5, task)
    assert await total(store, "stored") == 4
    assert await total(store, "rejected") == 1
    rejections = await store.rejections()
    assert b"poison" in bytes(rejections[0]["payload"])


async def test_a_bug_stops_the_worker_with_nothing_acknowledged(store: Store) -> None:
    queue = Queue(fix(0))
    async with working(queue, Failing(store, RuntimeError("a bug"))) as task:
        with pytest.raises(RuntimeError, match="a bug"):
            await until(lambda: False, task)
    assert queue.acknowledged == []


async def test_everything_refused_stops_the_worker(store: Store) -> None:
    queue = Queue(*(fix(second, note="poison") for second in range(20)))
    async with working(queue, Failing(store, poison=b"poison")) as task:
        with pytest.raises(StorageRefused):
            await until(lambda: len(queue.acknowledged) == 20, task)
    assert len(queue.acknowledged) < 20


async def test_late_and_repeated_reports_are_counted_and_not_judged_again(store: Store) -> None:
    queue = Queue(fix(0), fix(10), fix(10))
    judge = Judge(Timeline.of(ruleset()))
    async with working(queue, store, judge) as task:
        await until(lambda: len(queue.acknowledged) == 3, task)
    later = Queue(fix(5), fix(10), fix(20))
    async with working(later, store, judge) as task:
        await until(lambda: len(later.acknowledged) == 3, task)
    assert await total(store, "stored") == 4
    assert await total(store, "duplicate") == 2
    assert await total(store, "late") == 1


async def test_a_redelivered_message_is_neither_received_nor_duplicate(store: Store) -> None:
    bad = (f"{PREFIX}/T1/position", b"{")
    for redelivered in (False, True):
        queue = Queue(fix(0), bad, redelivered=redelivered)
        async with working(queue, store) as task:
            await until(lambda queue=queue: len(queue.acknowledged) == 2, task)
    row = next(one for one in await account(store) if one.device_id == "T1")
    assert (row.received, row.stored, row.rejected, row.duplicate, row.redelivered) == (2, 1, 1, 0, 2)


async def test_what_a_broker_retains_is_received_once_however_often_it_comes(store: Store) -> None:
    bad = (f"{PREFIX}/T1/position", b"{")
    for _ in range(3):
        queue = Queue(fix(0), bad, retained=True)
        async with working(queue, store) as task:
            await until(lambda queue=queue: len(queue.acknowledged) == 2, task)
    row = next(one for one in await account(store) if one.device_id == "T1")
    assert (row.received, row.stored, row.rejected, row.duplicate, row.redelivered) == (2, 1, 1, 0, 4)
    assert len(await store.rejections()) == 1


async def test_a_restart_folds_to_the_state_it_had(store: Store) -> None:
    await store.save_registry(DOCUMENT, author="test", effective_from_ms=0)
    before = Judge(Timeline.of(ruleset()))
    queue = Queue(*(fix(second, 90.0 if second > 40 else 40.0) for second in range(0, 100, 5)))
    async with working(queue, store, before) as task:
        await until(lambda: len(queue.acknowledged) == 20, task)
    alerts = await store.alerts()
    after = Judge(Timeline.of(ruleset()))
    await restore(after, store)
    assert after.states == before.states
    assert await store.alerts() == alerts


async def test_thousands_of_bad_messages_are_all_accounted_for(store: Store) -> None:
    messages = list(garbage(3000, seed=3, now_ms=NOW_MS))
    queue = Queue(*messages)
    async with working(queue, store) as task:
        await until(lambda: len(queue.acknowledged) == len(messages), task, timeout_s=60)
    rows = await account(store)
    assert sum(row.received for row in rows) == sum(row.stored + row.duplicate + row.rejected for row in rows)
    assert sum(row.rejected for row in rows) > 1000
