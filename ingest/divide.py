"""Another number of slots, while the workers of the old number run: nothing lost, and no pause.

The new sessions are made first, so that from then on they keep everything. Then a mark goes through each old
session; once it is stored, so is all that came before the new sessions. Then the new number is in force, and
the old slots' commits are refused. What came meanwhile is in both, and its second coming changes nothing.
"""

import asyncio
import secrets
from collections.abc import Callable, Sequence

from ingest.publisher import Publisher
from ingest.slots import Slot, client_id_of
from ingest.subscriber import REDELIVERY_WAIT_S, Subscriber
from runtime.clock import now_ms
from storage.seat import Seat
from storage.store import Store

LOOK_EVERY_S = 0.5
CONNECT_S = 20.0
GIVEN_UP_S = 30.0

Progress = Callable[[str], None]


class CannotDivide(RuntimeError):  # noqa: N818 -- says what is wrong
    """The number of slots cannot be changed now; nothing was."""


async def divide_anew(
    store: Store, broker_url: str, *, prefix: str, client_id: str, slots: int, progress: Progress
) -> None:
    """Put another number of slots in force; raises CannotDivide, StorageError."""
    seat = await store.seat()
    try:
        there = await seat.slots()
        if there == slots:
            return
        if not there:
            await seat.divide(slots, [])
            return
        old = [Slot(number, there) for number in range(there)]
        progress("making the new sessions")
        for number in range(slots):
            await _make_session(broker_url, prefix, client_id_of(Slot(number, slots), client_id))
        if not await seat.workers():
            raise CannotDivide(
                "no ingest worker runs that could store what the old sessions hold: start one, then try again"
            )
        progress("waiting until the workers have stored what came before")
        await _marks_stored(seat, broker_url, prefix, client_id, old)
        await seat.divide(slots, [slot.name for slot in old])
        progress("removing the old sessions")
        for slot in old:
            await _given_up(seat, slot)
            await _remove_session(broker_url, client_id_of(slot, client_id))
    finally:
        await seat.close()


async def _make_session(broker_url: str, prefix: str, client_id: str) -> None:
    """Have the broker keep everything for a client from now on."""
    subscriber = Subscriber(
        broker_url, prefix=prefix, client_id=client_id, now_ms=now_ms, takes=lambda _: False
    )
    subscriber.start()
    try:
        for _ in range(round(CONNECT_S / LOOK_EVERY_S)):
            if subscriber.has_session:
                return
            await asyncio.sleep(LOOK_EVERY_S)
        raise CannotDivide("the broker does not answer")
    finally:
        await asyncio.to_thread(subscriber.stop)


async def _marks_stored(
    seat: Seat, broker_url: str, prefix: str, client_id: str, old: Sequence[Slot]
) -> None:
    """Send a mark through each old session, and wait until it is stored, as a message of no known topic."""
    mark = f"slots {secrets.token_hex(8)}".encode()
    after = await seat.newest_rejection()
    publisher = Publisher(broker_url, f"{client_id}-slots")
    publisher.start()
    try:
        for slot in old:
            topics = (f"{prefix}/~slots/{number}" for number in range(1_000_000))
            topic = next(one for one in topics if slot.has_topic(one, prefix))
            for _ in range(round(CONNECT_S / LOOK_EVERY_S)):
                if await asyncio.to_thread(publisher.publish, topic, mark):
                    break
                await asyncio.sleep(LOOK_EVERY_S)
            else:
                raise CannotDivide("the broker does not answer")
    finally:
        await asyncio.to_thread(publisher.stop)
    while await seat.marks_stored(mark, after) < len(old):  # noqa: ASYNC110 -- other processes are waited for
        await asyncio.sleep(LOOK_EVERY_S)
    # What a worker that died meanwhile had not acknowledged comes again after newer messages.
    await asyncio.sleep(REDELIVERY_WAIT_S)


async def _given_up(seat: Seat, slot: Slot) -> None:
    """Wait until the slot's last holder has noticed that it is over."""
    for _ in range(round(GIVEN_UP_S / LOOK_EVERY_S)):
        if await seat.try_claim(slot.name) is not None:
            return
        await asyncio.sleep(LOOK_EVERY_S)


async def _remove_session(broker_url: str, client_id: str) -> None:
    """Have the broker forget a client: what connects without wanting a session has none."""
    client = Publisher(broker_url, client_id)
    client.start()
    try:
        for _ in range(round(CONNECT_S / LOOK_EVERY_S)):
            if client.is_connected:
                return
            await asyncio.sleep(LOOK_EVERY_S)
    finally:
        await asyncio.to_thread(client.stop)
