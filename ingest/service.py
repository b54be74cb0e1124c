"""The ingest process: registry, restart, subscriber, worker and forwarder, wired and run until stopped."""

import asyncio
import contextlib
import gc
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

import structlog

from alerts.ruleset import Ruleset
from domain.registry import Registry, check
from ingest.batching import BatchLimits
from ingest.forward import forward_alerts
from ingest.intake import Intake
from ingest.judging import Judge
from ingest.known import known_devices
from ingest.late import LateDriver
from ingest.publisher import Publisher
from ingest.restart import restore
from ingest.station_days import RulesetAt, judge_days_whenever_over
from ingest.subscriber import REDELIVERY_WAIT_S, Subscriber
from ingest.wire import DEFAULT_PREFIX
from ingest.worker import Worker
from runtime.clock import monotonic_s
from runtime.metrics import Metrics
from storage.batch import LateWork
from storage.errors import StorageUnavailable
from storage.sole import Held
from storage.store import RegistryVersion, Store

LOOK_FOR_REGISTRY_EVERY_S = 1.0

T = TypeVar("T")

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
    limits: BatchLimits | None = None,
    metrics: Metrics | None = None,
    redelivery_wait_s: float = REDELIVERY_WAIT_S,
) -> None:
    """Ingest until `stop` is set; raises what is our bug, with nothing of it acknowledged."""
    loop = asyncio.get_running_loop()
    version = await until_done(lambda: _first_registry(store, stop), stop)
    if version is None:
        return
    ruleset = await asyncio.to_thread(_ruleset, version)

    def wake() -> None:
        loop.call_soon_threadsafe(intake.arrived)

    subscriber = Subscriber(
        broker_url,
        prefix=prefix,
        client_id=client_id,
        now_ms=now_ms,
        on_arrival=wake,
        redelivery_wait_s=redelivery_wait_s,
    )
    intake = Intake(
        subscriber, limits=limits or BatchLimits(), now_ms=now_ms, known=known_devices(ruleset, prefix)
    )
    # Connected before restoring: what a resumed session has to redeliver comes meanwhile.
    subscriber.start()
    newer: list[Ruleset] = []
    background: list[asyncio.Task[None]] = []
    try:
        restored = await until_done(lambda: _restored(ruleset, store), stop)
        if restored is None:
            return
        judge, late_work = restored
        late = LateDriver(judge, store, clock_s=monotonic_s, metrics=metrics)
        late.note(late_work, at_once=True)
        _spare_the_collector()
        worker = Worker(
            source=subscriber,
            intake=intake,
            judge=judge,
            store=store,
            now_ms=now_ms,
            stop=stop,
            metrics=metrics,
            late=late,
        )
        background = [
            asyncio.create_task(_watch_registry(store, version.version, newer, stop), name="registry"),
            asyncio.create_task(
                _forward(store, Publisher(broker_url, f"{client_id}-alerts"), prefix, stop), name="forward"
            ),
        ]

        judging = judge

        def take_over() -> None:
            for task in background:
                if task.done() and not stop.is_set():
                    task.result()  # a bug beside the worker stops the process too
            if newer:
                judging.use(newer.pop())
                newer.clear()
                intake.known = known_devices(judging.ruleset, prefix)
                _log.info(
                    "registry taken over", action="registry_taken_over", version=judging.ruleset.version
                )

        def time_judged_ms() -> int | None:
            # Absence is judged only of devices that could be heard, and once everything heard is judged.
            heard_all = subscriber.is_listening and not subscriber.waiting and not intake.holds_messages
            return now_ms() if heard_all else None

        background.append(
            asyncio.create_task(
                _judge_days(store, lambda _: judging.ruleset, time_judged_ms, stop), name="station days"
            )
        )
        _log.info("judging", action="ingest_ready", version=version.version)
        await worker.run(between=take_over, time_judged_ms=time_judged_ms)
    finally:
        for task in background:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError, Exception):
                await task
        await asyncio.to_thread(subscriber.stop)


async def _forward(store: Store, publisher: Publisher, prefix: str, stop: asyncio.Event) -> None:
    """Forward alerts, as the only process that does."""

    async def work(_: Held) -> None:
        publisher.start()
        try:
            await forward_alerts(store, publisher.publish, prefix=prefix, stop=stop)
        finally:
            await asyncio.to_thread(publisher.stop)

    await store.while_sole("alert forwarding", work, stop=stop)


async def _judge_days(
    store: Store, ruleset_at: RulesetAt, time_judged_ms: Callable[[], int | None], stop: asyncio.Event
) -> None:
    """Judge stations' days that are over, as the only process that does."""

    async def work(_: Held) -> None:
        await judge_days_whenever_over(store, ruleset_at, time_judged_ms=time_judged_ms, stop=stop)

    await store.while_sole("station days", work, stop=stop)


def _spare_the_collector() -> None:
    """Registry and states stay for good and nothing here makes cycles: looking through them is a twentieth of judging."""
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)


async def until_done(attempt: Callable[[], Awaitable[T]], stop: asyncio.Event) -> T | None:
    """Try until the database is there; None once stopped."""
    while not stop.is_set():
        try:
            return await attempt()
        except StorageUnavailable as error:
            _log.warning("database away", action="database_away", error=str(error))
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), LOOK_FOR_REGISTRY_EVERY_S)
    return None


async def _restored(ruleset: Ruleset, store: Store) -> tuple[Judge, Sequence[LateWork]]:
    """A judge with the states of before, and what is to be judged again.

    It is a new judge each time, as a broken attempt leaves half of the states.
    """
    judge = Judge(ruleset)
    late_work = await store.late_work()
    await restore(judge, store, late=frozenset(work.device_id for work in late_work))
    return judge, late_work


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


async def _watch_registry(store: Store, version: int, newer: list[Ruleset], stop: asyncio.Event) -> None:
    """Put a newer version's ruleset into `newer`, for the worker to take over between two batches."""
    while not stop.is_set():
        await asyncio.sleep(LOOK_FOR_REGISTRY_EVERY_S)
        try:
            newest = await store.newest_registry()
        except StorageUnavailable:
            continue
        if newest is not None and newest.version != version:
            version = newest.version
            newer.append(await asyncio.to_thread(_ruleset, newest))
