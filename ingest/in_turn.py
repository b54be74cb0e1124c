"""A slot's devices that wait for something, in turn and in no hurry: for work beside the batches."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import TypeVar

from domain.identifiers import DeviceId
from ingest.slots import Slot
from runtime.clock import monotonic_s
from storage.store import NO_DEVICE

T = TypeVar("T")


async def in_turn(
    waiting_after: Callable[[DeviceId], Awaitable[Sequence[tuple[DeviceId, T]]]], slot: Slot
) -> AsyncIterator[tuple[DeviceId, T]]:
    """Each waiting device of the slot and what waits of it, by id; `waiting_after` gives some, after a device."""
    after = NO_DEVICE
    while some := await waiting_after(after):
        for device_id, what in some:
            if slot.has(device_id):
                yield device_id, what
        after = some[-1][0]


@contextlib.asynccontextmanager
async def rested(rest: float) -> AsyncIterator[None]:
    """Do something, then rest `rest` times as long as it took."""
    started_s = monotonic_s()
    yield
    await asyncio.sleep(rest * (monotonic_s() - started_s))
