"""The process that sends what goes out by itself. Of several on one database, one works.

A look at the database a few times a second finds the targets for which there is something to do; each is worked
off by a task of its own, so that a slow one holds up no other. Between its tasks nothing is kept in memory.
"""

import asyncio
import random
from collections.abc import Callable, Coroutine
from typing import Any

import structlog

from docking.delivery import Delivery
from docking.retry import FIRST_DELAY_S
from docking.sender import TIMEOUT_S, Sender
from runtime.metrics import Metrics
from storage.deliveries import Deliveries
from storage.feed import Feed
from storage.sole import Held
from storage.store import Store
from storage.webhooks import TASK, Webhooks

LOOK_EVERY_S = 0.3
COUNT_EVERY = 20
"""Looks between two countings for the metrics."""

_log = structlog.get_logger(__name__)


async def run_docking(
    store: Store,
    *,
    stop: asyncio.Event,
    now_ms: Callable[[], int],
    metrics: Metrics,
    timeout_s: float = TIMEOUT_S,
    first_delay_s: float = FIRST_DELAY_S,
    look_every_s: float = LOOK_EVERY_S,
) -> None:
    """Deliver to the webhooks' targets whenever no other process does, until stopped."""

    async def deliver(held: Held) -> None:
        async with Sender(now_ms, timeout_s=timeout_s) as sender:
            notes = Deliveries(store, held.claim)
            delivery = Delivery(
                Feed(store),
                notes,
                sender,
                now_ms=now_ms,
                chance=random.SystemRandom().random,
                first_delay_s=first_delay_s,
                count=lambda what: metrics.webhook_attempts.labels(what.value).inc(),
            )
            _log.info("webhooks delivered by this process", action="docking_held")
            await _Dispatch(store, notes, delivery, now_ms, metrics).run(look_every_s)

    await store.while_sole(TASK, deliver, stop=stop)


class _Dispatch:
    """Starts a task for each target that has something to be done, and looks after them."""

    def __init__(
        self,
        store: Store,
        notes: Deliveries,
        delivery: Delivery,
        now_ms: Callable[[], int],
        metrics: Metrics,
    ) -> None:
        self._webhooks = Webhooks(store)
        self._notes = notes
        self._delivery = delivery
        self._now_ms = now_ms
        self._metrics = metrics
        self._tasks: dict[tuple[str, int], asyncio.Task[None]] = {}

    async def run(self, look_every_s: float) -> None:
        """Look for ever; raises what a task raised."""
        looks = 0
        try:
            while True:
                self._end_tasks()
                for work in await self._notes.work(self._now_ms()):
                    if work.has_events:
                        self._begin("events", work.id, self._delivery.work_off)
                    if work.wants_ping:
                        self._begin("ping", work.id, self._delivery.ping)
                if looks % COUNT_EVERY == 0:
                    await self._count()
                looks += 1
                await asyncio.sleep(look_every_s)
        finally:
            for task in self._tasks.values():
                task.cancel()
            await asyncio.gather(*self._tasks.values(), return_exceptions=True)

    def _begin(self, what: str, target_id: int, work: Callable[[int], Coroutine[Any, Any, None]]) -> None:
        if (what, target_id) not in self._tasks:
            self._tasks[what, target_id] = asyncio.create_task(work(target_id), name=f"{what} {target_id}")

    def _end_tasks(self) -> None:
        for key in [key for key, task in self._tasks.items() if task.done()]:
            self._tasks.pop(key).result()

    async def _count(self) -> None:
        """Tell the metrics how the targets stand; targets that are no more are no longer told."""
        targets = await self._webhooks.targets()
        self._metrics.webhook_behind.clear()
        self._metrics.dead_letters.clear()
        for target in targets:
            self._metrics.webhook_behind.labels(str(target.id)).set(target.behind)
            self._metrics.dead_letters.labels(str(target.id)).set(target.letters)
