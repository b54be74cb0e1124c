"""One ingest process: the registry watched, its share of the slots held, alerts forwarded by one of all processes."""

import asyncio
import contextlib
from collections.abc import Callable

import structlog

from alerts.ruleset import Ruleset
from domain.registry import Registry, check
from ingest.batching import BatchLimits
from ingest.forward import forward_alerts
from ingest.patience import until_done
from ingest.publisher import Publisher
from ingest.share import Share
from ingest.slot import HeldSlot, Shared
from ingest.subscriber import REDELIVERY_WAIT_S
from ingest.wire import DEFAULT_PREFIX
from runtime.metrics import Metrics
from storage.errors import StorageUnavailable
from storage.sole import Held
from storage.store import RegistryVersion, Store

LOOK_FOR_REGISTRY_EVERY_S = 1.0

_log = structlog.get_logger(__name__)


class RegistryUnusable(RuntimeError):  # noqa: N818 -- says what is wrong
    """The stored registry does not pass the checks that it passed when it was stored."""


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
    version = await until_done(lambda: _first_registry(store, stop), stop)
    if version is None:
        return
    newest = [await asyncio.to_thread(_ruleset, version)]
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
        ruleset=lambda: newest[0],
        restoring=asyncio.Lock(),
    )
    share = Share(store, lambda slot, claim: HeldSlot(slot, claim, shared), wanted=slots, metrics=metrics)
    publisher = Publisher(broker_url, f"{client_id}-alerts")
    beside = [
        asyncio.create_task(_watch_registry(store, newest, stop), name="registry"),
        asyncio.create_task(_forward(store, publisher, prefix, stop), name="forward"),
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


def _ruleset(version: RegistryVersion) -> Ruleset:
    registry = check(version.document)
    if not isinstance(registry, Registry):
        raise RegistryUnusable(
            f"registry version {version.version}: {registry[0].path} {registry[0].message}"
        )
    return Ruleset.build(registry, version=version.version)


async def _first_registry(store: Store, stop: asyncio.Event) -> RegistryVersion | None:
    """The newest version, waited for: a service without a registry has nothing to judge by."""
    said = False
    while not stop.is_set():
        version = await store.newest_registry()
        if version is not None:
            return version
        if not said:
            _log.warning("no registry yet", action="registry_awaited")
            said = True
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), LOOK_FOR_REGISTRY_EVERY_S)
    return None


async def _watch_registry(store: Store, newest: list[Ruleset], stop: asyncio.Event) -> None:
    """Put a newer version's ruleset into `newest`, for the slots to take over between two batches."""
    while not stop.is_set():
        await asyncio.sleep(LOOK_FOR_REGISTRY_EVERY_S)
        try:
            stored = await store.newest_registry()
        except StorageUnavailable:
            continue
        if stored is not None and stored.version != newest[0].version:
            newest[0] = await asyncio.to_thread(_ruleset, stored)
