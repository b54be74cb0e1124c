"""One slot's life in a worker, from being claimed to being given up: its session, its states, its batches.

It ends when it is told to stop, with all that it judged stored, or when another has claimed the slot, with
nothing of what it held stored or acknowledged; the broker delivers that again to the next holder.
"""

import asyncio
import gc
from collections.abc import Callable, Sequence
from functools import partial

import structlog
from msgspec import Struct

from ingest.batching import BatchLimits
from ingest.intake import Intake
from ingest.judging import Judge
from ingest.known import known_devices
from ingest.late import LateDriver
from ingest.patience import until_done
from ingest.registry_watch import Rulesets, Versions
from ingest.restart import restore
from ingest.slots import ALL, Slot, client_id_of
from ingest.station_days import judge_days_whenever_over
from ingest.subscriber import Subscriber
from ingest.work_days import count_days_whenever_over
from ingest.worker import Worker
from runtime.clock import monotonic_s
from runtime.metrics import Metrics
from storage.batch import LateWork
from storage.sole import Claim
from storage.store import Store

_log = structlog.get_logger(__name__)


class Shared(Struct, frozen=True, kw_only=True):
    """What the slots of one process share; one of them is restored at a time."""

    store: Store
    broker_url: str
    prefix: str
    client_id: str
    limits: BatchLimits
    now_ms: Callable[[], int]
    metrics: Metrics
    redelivery_wait_s: float
    versions: Versions
    restoring: asyncio.Lock


class HeldSlot:
    """A slot that this process holds; `run` is its life, which `stop` ends in order."""

    def __init__(self, slot: Slot, claim: Claim, shared: Shared) -> None:
        """Take over a claim."""
        self.slot = slot
        self.claim = claim
        self.stop = asyncio.Event()
        self._shared = shared
        self._store = shared.store.under(claim)
        loop = asyncio.get_running_loop()

        def wake() -> None:
            loop.call_soon_threadsafe(self._intake.arrived)

        self._subscriber = Subscriber(
            shared.broker_url,
            prefix=shared.prefix,
            client_id=client_id_of(slot, shared.client_id),
            now_ms=shared.now_ms,
            on_arrival=wake,
            takes=None if slot == ALL else partial(slot.takes, prefix=shared.prefix),
            redelivery_wait_s=shared.redelivery_wait_s,
        )
        self._intake = Intake(
            self._subscriber,
            limits=shared.limits,
            now_ms=shared.now_ms,
            known=known_devices(shared.versions.in_force, shared.prefix),
            slot=slot,
        )

    @property
    def has_session(self) -> bool:
        """Whether the broker keeps its messages from now on, whoever holds it."""
        return self._subscriber.has_session

    @property
    def waiting(self) -> int:
        """How many messages wait to be batched."""
        return self._subscriber.waiting

    def drop_others(self) -> None:
        """Let go of other slots' messages, as every slot has its session."""
        self._subscriber.drop_others()

    async def run(self) -> None:
        """Restore, then judge until told to stop; raises ClaimLost where another has claimed the slot."""
        # Connected before restoring: what a resumed session has to redeliver comes meanwhile.
        self._subscriber.start()
        try:
            restored = await until_done(self._restored, self.stop)
            if restored is not None:
                await self._judge(*restored)
        finally:
            await asyncio.to_thread(self._subscriber.stop)

    async def _restored(self) -> tuple[Judge, Sequence[LateWork]]:
        """A judge with the states of before, and what is to be judged again.

        It is a new judge each time, as a broken attempt leaves half of the states.
        """
        async with self._shared.restoring:
            versions = self._shared.versions
            judge = Judge(versions.timeline, self.slot, ready=versions.ready)
            late_work = await restore(judge, self._store)
        return judge, late_work

    async def _judge(self, judge: Judge, late_work: Sequence[LateWork]) -> None:
        shared = self._shared
        late = LateDriver(judge, self._store, clock_s=monotonic_s, metrics=shared.metrics)
        late.note(late_work, at_once=True)
        _spare_the_collector()
        worker = Worker(
            source=self._subscriber,
            intake=self._intake,
            judge=judge,
            store=self._store,
            now_ms=shared.now_ms,
            stop=self.stop,
            metrics=shared.metrics,
            late=late,
        )

        versions = shared.versions
        known_to = [versions.in_force]
        self._intake.known = known_devices(versions.in_force, shared.prefix)

        def take_over() -> None:
            for task in (days, work):
                if task.done() and not self.stop.is_set():
                    task.result()  # a bug beside the batches stops the process too
            late.use(versions.timeline)
            if known_to[0] is not versions.in_force:
                known_to[0] = versions.in_force
                self._intake.known = known_devices(versions.in_force, shared.prefix)

        def time_judged_ms() -> int | None:
            # Absence is judged only of devices that could be heard, and once everything heard is judged.
            source = self._subscriber
            heard_all = source.is_listening and not source.waiting and not self._intake.holds_messages
            return shared.now_ms() if heard_all else None

        days = asyncio.create_task(self._judge_days(versions, time_judged_ms), name="days")
        work = asyncio.create_task(self._count_work(versions, time_judged_ms), name="work days")
        _log.info(
            "judging",
            action="ingest_ready",
            slot=self.slot.number,
            slots=self.slot.of,
            version=versions.in_force.version,
        )
        try:
            await worker.run(between=take_over, time_judged_ms=time_judged_ms)
        finally:
            days.cancel()
            work.cancel()
            await asyncio.gather(days, work, return_exceptions=True)

    async def _judge_days(self, rulesets: Rulesets, time_judged_ms: Callable[[], int | None]) -> None:
        """Judge the slot's stations' days as they end."""

        async def judge() -> None:
            await judge_days_whenever_over(
                self._store, rulesets, slot=self.slot, time_judged_ms=time_judged_ms, stop=self.stop
            )

        await until_done(judge, self.stop)

    async def _count_work(self, rulesets: Rulesets, time_judged_ms: Callable[[], int | None]) -> None:
        """Count the slot's vehicles' days as they end."""

        async def count() -> None:
            await count_days_whenever_over(
                self._store, rulesets, slot=self.slot, time_judged_ms=time_judged_ms, stop=self.stop
            )

        await until_done(count, self.stop)


def _spare_the_collector() -> None:
    """Registry and states stay for good and nothing here makes cycles: looking through them is a twentieth of judging."""
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)
