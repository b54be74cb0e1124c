"""The worker: place, judge, one transaction, acknowledge. A failure has one of three outcomes.

Retry: the database is away; the batch is held and nothing acknowledged. Reject: the database refuses what
one message holds; it is stored as a rejection. Stop: anything else is our bug; the exception leaves `run`
and nothing of the batch is acknowledged. While one batch is being stored the next is decoded and judged,
and judged again if the first is refused.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable
from typing import Protocol, TypeVar

import msgspec
import structlog

from domain.report import Rejection, RejectReason
from ingest.intake import Gathered, Intake, Source
from ingest.judging import Judge, Judged
from ingest.late import LateDriver
from ingest.wire import Decoded
from runtime.metrics import Metrics
from storage.batch import Batch, Committed
from storage.errors import StorageRefused, StorageUnavailable

FIRST_DELAY_S = 0.1
LONGEST_DELAY_S = 5.0
TICK_EVERY_MS = 1_000
# One message that the database refuses is bad data; more running are our bug.
MOST_PARKED_RUNNING = 5

_log = structlog.get_logger(__name__)
_Given = TypeVar("_Given")


class Committing(Protocol):
    """The one verb the worker needs of the store."""

    async def commit(self, batch: Batch) -> Committed:
        """Store a batch in one transaction."""
        ...


class Stopped(Exception):  # noqa: N818 -- says what happened
    """Asked to stop while the database is away."""


class Storing(msgspec.Struct, kw_only=True):
    """A batch on its way into the database."""

    gathered: Gathered
    judged: Judged
    task: "asyncio.Task[None]"


class Worker:
    """Batches from an intake to the store, one after another."""

    def __init__(
        self,
        *,
        source: Source,
        intake: Intake,
        judge: Judge,
        store: Committing,
        now_ms: Callable[[], int],
        stop: asyncio.Event,
        metrics: Metrics | None = None,
        late: LateDriver | None = None,
    ) -> None:
        """Wire the worker; it begins with `run`. Without `late` nothing is judged again."""
        self._source = source
        self._intake = intake
        self._judge = judge
        self._store = store
        self._now_ms = now_ms
        self._stop = stop
        self._metrics = metrics or Metrics()
        self._late = late
        self._parked_running = 0
        self._ticked_ms = 0
        self._storing: Storing | None = None

    async def run(
        self,
        *,
        between: Callable[[], None] = lambda: None,
        time_judged_ms: Callable[[], int | None] = lambda: None,
    ) -> None:
        """Work until stopped; `between` is called between batches, `time_judged_ms` says how far ticks may go."""
        try:
            while not self._stop.is_set():
                between()
                await self._keep_late()
                is_late_due = self._late is not None and self._late.is_due
                gathered = await self._intake.gather(timeout_s=0.0 if is_late_due else 0.2)
                await self._step(gathered, time_judged_ms)
            await self._settle()
        except Stopped:
            _log.warning("stopped while the database was away", action="stopped_unstored")
        finally:
            if self._storing is not None:
                self._storing.task.cancel()

    async def take_in(self, gathered: Gathered, at_ms: int) -> None:
        """Judge and store one batch, and let time pass up to an instant: for who has no source to wait for."""
        await self._keep_late()
        await self._step(gathered, lambda: at_ms)
        await self._settle()

    async def _step(self, gathered: Gathered | None, time_judged_ms: Callable[[], int | None]) -> None:
        if gathered is None:
            await self._settle()
        else:
            await self._work(gathered)
        await self._tick(time_judged_ms())
        await self._judge_late()

    async def _keep_late(self) -> None:
        """Note what another version is to judge again, before anything more is stored."""
        if self._late is not None:
            await self._persistently(self._late.keep)

    async def _judge_late(self) -> None:
        """Give late data its turn: what is judged is stored then, and nothing is judged meanwhile."""
        if self._late is not None and self._late.is_due:
            await self._settle()
            await self._late.run(ticked_ms=self._ticked_ms)

    async def _work(self, gathered: Gathered) -> None:
        """Judge a batch while the one before it is being stored, then begin to store it."""
        judged = await self._judged(gathered)
        if not await self._settle():
            judged = await self._judged(gathered)  # it was judged from states that are not to be
        self._begin(gathered, judged)

    async def _judged(self, gathered: Gathered) -> Judged:
        judged = Judged()
        for version in self._judge.judging(judged, gathered.positions, gathered.dust, gathered.background):
            await asyncio.sleep(0)  # the batch before it goes on being stored
            await self._judge.ready(version)
        return judged

    def _begin(self, gathered: Gathered, judged: Judged) -> None:
        checkpoints = self._judge.checkpoints(judged)
        batch = Batch(
            positions=tuple(gathered.positions),
            dust=tuple(gathered.dust),
            background=tuple(gathered.background),
            counted_elsewhere=frozenset(
                value.area_id for value in gathered.background if not self._judge.slot.has(value.area_id)
            ),
            statuses=tuple(gathered.statuses),
            rejections=tuple(gathered.rejections(redelivered=False)),
            redelivered_rejections=tuple(gathered.rejections(redelivered=True)),
            late=frozenset(judged.late),
            redelivered=gathered.redelivered_keys(),
            findings=tuple(judged.findings),
            facts=tuple(judged.facts.values()),
            checkpoints=tuple(checkpoints),
        )
        self._judge.adopt(judged, checkpoints)
        task = asyncio.create_task(self._store_and_acknowledge(gathered, batch), name="store")
        self._storing = Storing(gathered=gathered, judged=judged, task=task)

    async def _store_and_acknowledge(self, gathered: Gathered, batch: Batch) -> None:
        committed = await self._store_persistently(batch)
        if self._late is not None:
            self._late.note(committed.late_work)
            self._late.remember(batch.checkpoints)
            self._late.background_came(value.area_id for value in batch.background)
        self._source.acknowledge(gathered.messages)
        self._count(batch, committed, len(gathered.messages))

    async def _settle(self) -> bool:
        """Wait until the batch on its way is stored; False where it was refused, and stored in parts."""
        storing = self._storing
        if storing is None:
            return True
        try:
            await self._intake.decode_during(storing.task)
            await storing.task
        except StorageRefused as error:
            self._storing = None
            self._judge.take_back(storing.judged)
            await self._store_parts(storing.gathered, error)
            return False
        self._storing = None
        self._parked_running = 0
        return True

    async def _store_at_once(self, gathered: Gathered) -> None:
        self._begin(gathered, await self._judged(gathered))
        await self._settle()

    async def _store_parts(self, gathered: Gathered, error: StorageRefused) -> None:
        """Halve the batch until what the database refuses stands alone."""
        count = len(gathered.messages)
        if count > 1:
            await self._store_at_once(gathered.of(0, count // 2))
            await self._store_at_once(gathered.of(count // 2, count))
            return
        parked_running = self._parked_running + 1
        if parked_running > MOST_PARKED_RUNNING:
            raise error
        message = gathered.messages[0]
        _log.error("message parked", action="message_parked", topic=message.topic, error=str(error))
        parked = Rejection(
            reason=RejectReason.BAD_TYPE,
            detail=f"the database refuses it: {error}"[:500],
            topic=message.topic,
            payload=message.payload,
            received_ms=message.received_ms,
        )
        self._parked_running = parked_running
        await self._store_at_once(Gathered(messages=[message], decoded=[Decoded(rejections=[parked])]))
        self._parked_running = parked_running

    async def _tick(self, at_ms: int | None) -> None:
        if at_ms is None or at_ms < self._ticked_ms + TICK_EVERY_MS:
            return
        self._ticked_ms = at_ms
        await self._settle()
        judged = self._judge.tick(at_ms)
        if not judged.states:
            return
        checkpoints = self._judge.checkpoints(judged)
        if judged.findings:
            await self._store_meanwhile_decoding(
                Batch(findings=tuple(judged.findings), checkpoints=tuple(checkpoints))
            )
        self._judge.adopt(judged, checkpoints if judged.findings else ())

    async def _store_meanwhile_decoding(self, batch: Batch) -> Committed:
        task = asyncio.create_task(self._store_persistently(batch), name="commit")
        try:
            await self._intake.decode_during(task)
        finally:
            if not task.done():
                task.cancel()
        return await task

    async def _store_persistently(self, batch: Batch) -> Committed:
        return await self._persistently(lambda: self._store.commit(batch))

    async def _persistently(self, attempt: Callable[[], Awaitable[_Given]]) -> _Given:
        """Try until the database is there; raises Stopped."""
        delay_s = FIRST_DELAY_S
        while True:
            try:
                return await attempt()
            except StorageUnavailable as error:
                self._metrics.retries.labels(cause="database").inc()
                if self._late is not None:
                    self._late.doubt()
                _log.warning("database away", action="database_away", retry_in_s=delay_s, error=str(error))
            # Random, so that several workers do not come back as one.
            await self._sleep(random.uniform(delay_s / 2, delay_s))
            delay_s = min(delay_s * 2, LONGEST_DELAY_S)

    async def _sleep(self, delay_s: float) -> None:
        try:
            await asyncio.wait_for(self._stop.wait(), delay_s)
        except TimeoutError:
            return
        raise Stopped

    def _count(self, batch: Batch, committed: Committed, messages: int) -> None:
        metrics = self._metrics
        metrics.received.inc(committed.received)
        metrics.stored.inc(committed.stored)
        metrics.duplicate.inc(committed.duplicate)
        metrics.late.inc(committed.late)
        metrics.alert_changes.inc(len(committed.changes))
        for rejection in (*batch.rejections, *batch.redelivered_rejections):
            metrics.rejected.labels(reason=rejection.reason).inc()
        _log.info(
            "batch stored",
            action="batch_stored",
            messages=messages,
            received=committed.received,
            stored=committed.stored,
            duplicate=committed.duplicate,
            rejected=committed.rejected,
            late=committed.late,
            redelivered=committed.redelivered,
            alert_changes=len(committed.changes),
        )
