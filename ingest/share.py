"""A worker's share of the slots: taken as others leave, given up as others join, none held by two.

All slots are always held as long as one worker lives. A worker whose connection to the database is lost goes
on with its slots, as its commits are refused from the moment that another has claimed one; connected again,
it keeps what nobody has claimed.
"""

import asyncio
import contextlib
from collections.abc import Callable, Sequence

import structlog

from ingest.slot import HeldSlot
from ingest.slots import Slot, SlotsDiffer, fair_share
from runtime.clock import monotonic_s
from runtime.metrics import Metrics
from storage.errors import ClaimLost, StorageUnavailable
from storage.seat import Seat
from storage.sole import Claim
from storage.store import Store

LOOK_EVERY_S = 0.5
# After a restart of the database the others come back too, and keep what they held.
OTHERS_COME_BACK_S = 5.0

_log = structlog.get_logger(__name__)


class Share:
    """The slots that this process holds."""

    def __init__(
        self, store: Store, hold: Callable[[Slot, Claim], HeldSlot], *, wanted: int | None, metrics: Metrics
    ) -> None:
        """Begin with none; `hold` makes a slot ready to run, `wanted` is how many there should be in all."""
        self._store = store
        self._hold = hold
        self._wanted = wanted
        self._metrics = metrics
        self._seat: Seat | None = None
        self._slots = 0
        self._held: dict[int, HeldSlot] = {}
        self._tasks: dict[int, asyncio.Task[None]] = {}
        self._are_sessions_known = False
        self._has_looked = False
        self._claims_from_s = 0.0

    async def run(self, stop: asyncio.Event, beside: Sequence["asyncio.Task[None]"] = ()) -> None:
        """Hold slots until stopped; raises what one of them, or of the tasks beside, raises."""
        stopping = asyncio.create_task(stop.wait())
        try:
            while not stop.is_set():
                try:
                    await self._look()
                except StorageUnavailable as error:
                    _log.warning("database away", action="database_away", error=str(error))
                await asyncio.wait(
                    {stopping, *beside, *self._tasks.values()},
                    timeout=LOOK_EVERY_S,
                    return_when=asyncio.FIRST_COMPLETED,
                )
                for task in beside:
                    if task.done() and not stop.is_set():
                        task.result()  # a bug beside the slots stops the process too
        finally:
            stopping.cancel()
            await self._give_up_all()

    async def _look(self) -> None:
        """Bring what is held to what is due."""
        if self._seat is None or self._seat.is_lost:
            self._seat = await self._seated()
        await self._reap(self._seat)
        await self._keep_to_the_number(self._seat)
        rank, workers = await self._seat.company()
        due = fair_share(self._slots, rank=rank, workers=workers)
        await self._balance(self._seat, due)
        await self._settle_sessions(self._seat)
        self._metrics.queue_depth.set(sum(held.waiting for held in self._held.values()))
        self._metrics.slots.set(len(self._held))
        if not self._has_looked and due == 0:
            _log.info("standing by", action="ingest_ready", slots=self._slots, workers=workers)
        self._has_looked = True

    async def _seated(self) -> Seat:
        """A seat among the workers, another where the connection was lost."""
        if self._seat is not None:
            await self._seat.close()
            self._claims_from_s = monotonic_s() + OTHERS_COME_BACK_S
        seat = await self._store.seat()
        try:
            await self._join(seat)
        except BaseException:
            await seat.close()
            raise
        return seat

    async def _join(self, seat: Seat) -> None:
        """Join the workers, and keep of what was held what nobody has claimed since."""
        self._slots = await seat.join(self._wanted)
        if self._wanted is not None and self._wanted != self._slots:
            raise SlotsDiffer(self._slots, self._wanted)
        self._are_sessions_known = False  # who joined first has forgotten them
        for number, held in self._held.items():
            if not await seat.try_resume(held.claim):
                _log.warning("slot lost", action="slot_lost", slot=number)
                held.stop.set()

    async def _reap(self, seat: Seat) -> None:
        """Give up the slots whose life has ended."""
        for number in [number for number, task in self._tasks.items() if task.done()]:
            held, task = self._held.pop(number), self._tasks.pop(number)
            await seat.release(held.slot.name)
            try:
                task.result()
                _log.info("slot given up", action="slot_given_up", slot=number)
            except ClaimLost as error:
                _log.warning("slot lost", action="slot_lost", slot=number, error=str(error))

    async def _keep_to_the_number(self, seat: Seat) -> None:
        """Take over another number of slots; the slots of the old one are over."""
        slots = await seat.slots()
        if slots == self._slots:
            return
        if self._wanted is not None:
            raise SlotsDiffer(slots, self._wanted)
        _log.info("devices divided anew", action="slots_taken_over", slots=slots)
        for held in self._held.values():
            held.stop.set()
        if self._tasks:
            await asyncio.wait(self._tasks.values())
        await self._reap(seat)
        self._slots, self._are_sessions_known = slots, False

    async def _balance(self, seat: Seat, due: int) -> None:
        """Begin to give up what is held beyond the share, or claim what is free up to it."""
        kept = [number for number, held in self._held.items() if not held.stop.is_set()]
        for number in kept[due:]:
            self._held[number].stop.set()
        for number in range(self._slots):
            if len(kept) >= due or monotonic_s() < self._claims_from_s:
                return
            slot = Slot(number, self._slots)
            if number not in self._held and (claim := await seat.try_claim(slot.name)) is not None:
                _log.info("slot claimed", action="slot_claimed", slot=number, epoch=claim.epoch)
                self._held[number] = self._hold(slot, claim)
                self._tasks[number] = asyncio.create_task(self._held[number].run(), name=slot.name)
                kept.append(number)

    async def _settle_sessions(self, seat: Seat) -> None:
        """Nobody lets go of another slot's messages before the broker keeps them for it."""
        if not self._are_sessions_known:
            those = [number for number, held in self._held.items() if held.has_session]
            self._are_sessions_known = await seat.note_sessions(those)
        if self._are_sessions_known:
            for held in self._held.values():
                held.drop_others()

    async def _give_up_all(self) -> None:
        for held in self._held.values():
            held.stop.set()
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)
        if self._seat is not None:
            with contextlib.suppress(StorageUnavailable):
                await self._seat.close()
