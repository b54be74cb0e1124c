"""EMQX's JT/T 808 gateway as a source: what it publishes comes in as if the terminals spoke to our own gateway.

EMQX lets terminals in; who of them speaks as which device, and by which model, is decided here as for our own
gateway, and under the same names. A message is acknowledged to the broker once what it told is at the broker again,
as positions; until then it is published again and again.
"""

import asyncio
import contextlib
from collections.abc import Callable

import msgspec
import structlog

from ingest.gateway.confirm import Confirmer
from ingest.gateway.counts import GatewayCounts
from ingest.gateway.desk import Desk, desk_over
from ingest.gateway.jt808 import PROTOCOL
from ingest.gateway.payloads import MOST_ELEMENTS
from ingest.gateway.service import READY_ACTION
from ingest.subscriber import Message, Subscriber
from protocols.jt808.emqx import Reported, read_published
from protocols.jt808.error import Jt808Error
from protocols.jt808.position import to_position
from runtime.metrics import Metrics
from storage.errors import StorageUnavailable
from storage.store import Store

MOUNTPOINT = "jt808"
TAKEN_AT_ONCE = 1_000
ADDRESS = "EMQX"
NOTE_EVERY_S = 60.0

_log = structlog.get_logger(__name__)


class EmqxSource:
    """Messages of EMQX on their way to become positions."""

    def __init__(self, desk: Desk[None], subscriber: Subscriber, confirmer: Confirmer) -> None:
        self._desk = desk
        self._subscriber = subscriber
        self._confirmer = confirmer
        self._frames: dict[str, int] = {}
        self._room = asyncio.Event()
        confirmer.on_room = self._room.set

    async def take(self) -> int:
        """Deal with what waits; gives how many messages that were."""
        messages = self._subscriber.take(TAKEN_AT_ONCE)
        for message in messages:
            await self._take(message)
        return len(messages)

    def note(self) -> None:
        """Write down who was heard."""
        frames, self._frames = self._frames, {}
        for phone, count in frames.items():
            self._desk.book.seen(phone, address=ADDRESS, connected_ms=None, frames=count)

    async def _take(self, message: Message) -> None:
        found = self._read(message)
        if found is None or not await self._may_speak(found, message):
            self._subscriber.acknowledge([message])
            return
        known = self._desk.directory.get(found.phone)
        assert known is not None, "it may speak"
        model = self._desk.fleet.model(known.model)
        serial = None if found.is_batch else found.serial
        positions = [to_position(one, model, serial=serial) for one in found.locations]
        self._frames[found.phone] = self._frames.get(found.phone, 0) + 1
        payloads = [
            msgspec.json.encode(positions[at : at + MOST_ELEMENTS] if found.is_batch else positions[at])
            for at in range(0, len(positions), MOST_ELEMENTS)
        ]
        waiting = len(payloads)

        def published() -> None:
            nonlocal waiting
            waiting -= 1
            if not waiting:
                self._subscriber.acknowledge([message])

        for payload in payloads:
            await self._publish(f"{self._desk.prefix}/{known.device_id}/position", payload, published)

    def _read(self, message: Message) -> Reported | None:
        """What a message tells; None where there is nothing to keep, or it is refused."""
        if not message.topic.endswith("/up"):
            return None  # what the platform says to terminals comes by, too
        self._desk.counts.frame()
        try:
            return read_published(message.payload)
        except Jt808Error as error:
            self._refuse(None, error.reason, str(error), message)
            return None

    async def _may_speak(self, found: Reported, message: Message) -> bool:
        desk, phone = self._desk, found.phone
        known = desk.directory.get(phone)
        if known is not None and known.is_approved:
            return True
        if known is not None and known.state == "blocked":
            self._refuse(phone, "blocked", f"{phone} is blocked", message)
            return False
        with contextlib.suppress(StorageUnavailable):  # it speaks again
            await desk.knock(phone, {}, ADDRESS)
        self._refuse(phone, "unknown_terminal", "nobody has approved this terminal yet", message)
        return False

    async def _publish(self, topic: str, payload: bytes, published: Callable[[], None]) -> None:
        """Publish once there is room, again where the broker does not confirm."""
        while not self._confirmer.has_room:
            self._room.clear()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._room.wait(), 1.0)

        def done(has_it: bool) -> None:
            if has_it:
                published()
            else:
                self._confirmer.publish(topic, payload, done)

        self._confirmer.publish(topic, payload, done)

    def _refuse(self, phone: str | None, reason: str, detail: str, message: Message) -> None:
        self._desk.refuse(phone, address=ADDRESS, reason=reason, detail=detail, raw=message.payload)


async def run_emqx(
    *,
    store: Store,
    broker_url: str,
    stop: asyncio.Event,
    now_ms: Callable[[], int],
    prefix: str,
    client_id: str,
    metrics: Metrics,
    mountpoint: str = MOUNTPOINT,
) -> None:
    """Run until stopped; raises StorageError where the database is away at the start."""
    counts = GatewayCounts(metrics, "emqx")
    desk = desk_over(store, PROTOCOL, counts=counts, prefix=prefix, now_ms=now_ms)
    arrived, loop = asyncio.Event(), asyncio.get_running_loop()

    def on_arrival() -> None:
        loop.call_soon_threadsafe(arrived.set)

    subscriber = Subscriber(
        broker_url,
        prefix=mountpoint,
        client_id=f"{client_id}-emqx",
        now_ms=now_ms,
        on_arrival=on_arrival,
    )
    confirmer = Confirmer(broker_url, client_id=f"{client_id}-emqx-{now_ms()}")
    source = EmqxSource(desk, subscriber, confirmer)
    await desk.load()
    parted = asyncio.Event()
    beside = [
        asyncio.create_task(confirmer.run(parted), name="confirmer"),
        *desk.kept(parted),
        asyncio.create_task(_note_for_ever(source), name="notes"),
    ]
    subscriber.start()
    _log.info("source ready", action=READY_ACTION, mountpoint=mountpoint)
    taking = asyncio.create_task(_take_for_ever(source, arrived), name="emqx")
    stopping = asyncio.create_task(stop.wait())
    try:
        # One that fails is a fault of ours, and ends the process: it is started again.
        await asyncio.wait({taking, stopping, *beside}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        taking.cancel()
        beside[-1].cancel()
        await confirmer.drained(5.0)
        await asyncio.to_thread(subscriber.stop)
        source.note()
        parted.set()
        for result in await asyncio.gather(taking, *beside, return_exceptions=True):
            if isinstance(result, Exception):
                raise result
        _log.info("source stopped", action="gateway_stopped", mountpoint=mountpoint)


async def _take_for_ever(source: EmqxSource, arrived: asyncio.Event) -> None:
    while True:
        arrived.clear()
        if not await source.take():
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(arrived.wait(), 1.0)


async def _note_for_ever(source: EmqxSource) -> None:
    while True:
        await asyncio.sleep(NOTE_EVERY_S)
        source.note()
