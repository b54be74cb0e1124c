"""One ingest process: the registry watched, its share of the slots held, alerts forwarded and areas judged by one of all."""

import asyncio
import contextlib
from collections.abc import Callable

import structlog

from ingest.area import RulesetAt, judge_areas_whenever_new
from ingest.batching import BatchLimits
from ingest.forward import forward_alerts
from ingest.patience import until_done
from ingest.publisher import Publisher
from ingest.registry_watch import LOOK_EVERY_S, Versions
from ingest.share import Share
from ingest.slot import HeldSlot, Shared
from ingest.subscriber import REDELIVERY_WAIT_S
from ingest.wire import DEFAULT_PREFIX
from runtime.metrics import Metrics
from storage.sole import Held
from storage.store import Store

_log = structlog.get_logger(__name__)


async def run_ingest(
    *,
    store: Store,
    broker_url: str,
    stop: asyncio.Event,
    now_ms: Callable[[], int],
    prefix: str = DEFAULT_PREFIX,
    client_id: str = "haulwatch-ingest",
    slots: int | None = None,
    limits: BatchLimits | None = None,
    metrics: Metrics | None = None,
    redelivery_wait_s: float = REDELIVERY_WAIT_S,
) -> None:
    """Ingest until `stop` is set, beside any number of other processes; raises what is our bug, nothing of it acknowledged.

    `slots` is how many all processes share (None: as many as there are, one at first); raises SlotsDiffer
    where there are others.
    """
    versions = Versions(store, now_ms=now_ms)
    if not await until_done(lambda: _first_registry(versions, stop), stop):
        return
    metrics = metrics or Metrics()
    shared = Shared(
        store=store,
        broker_url=broker_url,
        prefix=prefix,
        client_id=client_id,
        limits=limits or BatchLimits(),
        now_ms=now_ms,
        metrics=metrics,
        redelivery_wait_s=redelivery_wait_s,
        versions=versions,
        restoring=asyncio.Lock(),
    )
    share = Share(store, lambda slot, claim: HeldSlot(slot, claim, shared), wanted=slots, metrics=metrics)
    publisher = Publisher(broker_url, f"{client_id}-alerts")
    beside = [
        asyncio.create_task(versions.watch(stop), name="registry"),
        asyncio.create_task(_forward(store, publisher, prefix, stop), name="forward"),
        asyncio.create_task(_judge_areas(store, versions.nearest, now_ms, stop), name="areas"),
    ]
    try:
        await share.run(stop, beside)
    finally:
        for task in beside:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError, Exception):
                await task


async def _forward(store: Store, publisher: Publisher, prefix: str, stop: asyncio.Event) -> None:
    """Forward alerts, as the only process that does."""

    async def work(_: Held) -> None:
        publisher.start()
        try:
            await forward_alerts(store, publisher.publish, prefix=prefix, stop=stop)
        finally:
            await asyncio.to_thread(publisher.stop)

    await store.while_sole("alert forwarding", work, stop=stop)


async def _judge_areas(
    store: Store, ruleset_at: RulesetAt, now_ms: Callable[[], int], stop: asyncio.Event
) -> None:
    """Judge what spans devices, as the only process that does."""

    async def work(held: Held) -> None:
        await judge_areas_whenever_new(store.under(held.claim), ruleset_at, now_ms=now_ms, stop=stop)

    await store.while_sole("areas", work, stop=stop)


async def _first_registry(versions: Versions, stop: asyncio.Event) -> bool:
    """Wait for a first version: a service without a registry has nothing to judge by. False once stopped."""
    said = False
    while not stop.is_set():
        if await versions.look():
            return True
        if not said:
            _log.warning("no registry yet", action="registry_awaited")
            said = True
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), LOOK_EVERY_S)
    return False
