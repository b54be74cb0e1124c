"""A recording taken in as it arrived then: stored with its own times of arrival, judged by the clock of then.

What live ingest does to a batch happens here too, by the same worker; only messages come of a file, and time passes
by their arrivals. Nothing else may ingest meanwhile, so all slots are claimed.
"""

import asyncio
from collections.abc import Callable, Iterable, Iterator

from msgspec import Struct

from domain.capture import Captured
from domain.instant import HOUR_MS, MINUTE_MS
from ingest.area import judge_areas
from ingest.batching import BatchLimits
from ingest.intake import Gathered, Intake
from ingest.judging import Judge
from ingest.known import known_devices
from ingest.late import LateDriver
from ingest.registry_watch import Versions
from ingest.restart import restore
from ingest.slots import Slot
from ingest.station_days import judge_days_over
from ingest.subscriber import Message
from ingest.wire import KnownDevices, decode
from ingest.worker import Worker
from storage.seat import Seat
from storage.sole import Claim
from storage.store import Store

TURN_MS = 5 * MINUTE_MS
"""Silence is found at most so much later than live ingest would have."""
MOST_AT_ONCE = 2_000
SPANNING_EVERY_MS = HOUR_MS
"""What spans devices is judged by stored facts, so that how often one looks changes nothing."""


class IngestRuns(RuntimeError):  # noqa: N818 -- says what is wrong
    """Live ingest holds the devices of this database."""


class NoRegistry(RuntimeError):  # noqa: N818 -- says what is wrong
    """There is nothing to judge by."""


class TakenIn(Struct, frozen=True, kw_only=True):
    """What came of a recording: messages read, and the newest arrival (ms since 1970 UTC); None of an empty one."""

    messages: int
    last_ms: int | None


class _Clock:
    """The clock of then (ms since 1970 UTC); arrivals set it."""

    def __init__(self) -> None:
        self.at_ms = 0

    def now_ms(self) -> int:
        return self.at_ms


class _Nothing:
    """A source for who gives batches by hand."""

    def take(self, limit: int) -> list[Message]:  # noqa: ARG002 -- there is never any
        return []

    def acknowledge(self, messages: list[Message]) -> None:
        """Nobody waits for it."""


async def take_in(
    store: Store,
    captured: Iterable[Captured],
    *,
    prefix: str,
    on_progress: Callable[[int, int], None] = lambda _messages, _at_ms: None,
) -> TakenIn:
    """Take in messages in order of arrival; `on_progress` hears how many, and the clock (ms since 1970 UTC).

    Raises IngestRuns, NoRegistry, ClaimLost, StorageError, and what reading the recording raises; what was taken in
    before that stays, and taking the same in again changes nothing.
    """
    seat = await store.seat()
    try:
        claim = await _claim_all(seat)
        clock = _Clock()
        return await _take_turns(
            store.under(claim, now_ms=clock.now_ms), clock, captured, prefix, on_progress
        )
    finally:
        await seat.close()


async def _claim_all(seat: Seat) -> Claim:
    """Hold every slot; commits go under the first one's claim, and the others are held as long as it is."""
    slots = max(1, await seat.slots())
    claims = [await seat.try_claim(Slot(number, slots).name) for number in range(slots)]
    first, *_ = claims
    if first is None or None in claims:
        raise IngestRuns("ingest is running on this database: stop it, then try again")
    return first


async def _take_turns(
    store: Store,
    clock: _Clock,
    captured: Iterable[Captured],
    prefix: str,
    on_progress: Callable[[int, int], None],
) -> TakenIn:
    versions = Versions(store, now_ms=clock.now_ms)
    history: _History | None = None
    count = 0
    for messages, until_ms in _turns(captured):
        clock.at_ms = max(clock.at_ms, messages[0].received_ms)
        if not await versions.look():
            raise NoRegistry("no registry is in force: `haulwatch registry load FILE` puts one in force")
        if history is None:
            history = _History(store, versions, clock, prefix)
            await history.restore()
        await history.take_in(messages, until_ms)
        count += len(messages)
        on_progress(count, until_ms)
        await asyncio.sleep(0)
    if history is None:
        return TakenIn(messages=0, last_ms=None)
    await history.finish()
    return TakenIn(messages=count, last_ms=clock.at_ms)


class _History:
    """Ingest by the clock of then."""

    def __init__(self, store: Store, versions: Versions, clock: _Clock, prefix: str) -> None:
        self._store = store
        self._versions = versions
        self._clock = clock
        self._prefix = prefix
        self._spanned_ms = clock.at_ms
        self._judge = Judge(versions.timeline, ready=versions.ready)
        self._late = LateDriver(self._judge, store, clock_s=lambda: clock.at_ms / 1000)
        source = _Nothing()
        self._worker = Worker(
            source=source,
            intake=Intake(source, limits=BatchLimits(), now_ms=clock.now_ms, known=self._known()),
            judge=self._judge,
            store=store,
            now_ms=clock.now_ms,
            stop=asyncio.Event(),
            late=self._late,
        )

    async def restore(self) -> None:
        """Go on from what the database has."""
        self._late.note(await restore(self._judge, self._store), at_once=True)

    async def take_in(self, messages: list[Message], until_ms: int) -> None:
        """Judge and store a turn's messages, and let time pass up to its end, by the versions there are by now."""
        self._late.use(self._versions.timeline)
        known = self._known()
        decoded = [decode(one.topic, one.payload, one.received_ms, known) for one in messages]
        self._clock.at_ms = until_ms
        await self._worker.take_in(Gathered(messages=messages, decoded=decoded), until_ms)
        if until_ms - self._spanned_ms >= SPANNING_EVERY_MS:
            await self._judge_spanning()
            self._spanned_ms = until_ms

    async def finish(self) -> None:
        """Judge again what came late, and what spans devices, until nothing is left."""
        last_ms = self._clock.at_ms
        while await self._store.late_work():
            self._clock.at_ms += MINUTE_MS  # what is late waits a while by the clock
            await self._worker.take_in(Gathered(messages=[], decoded=[]), last_ms)
        self._clock.at_ms = last_ms
        await self._judge_spanning()

    def _known(self) -> KnownDevices:
        return known_devices(self._versions.in_force, self._prefix)

    async def _judge_spanning(self) -> None:
        """Days of stations that are over, then places and who was where."""
        await judge_days_over(self._store, self._versions, self._clock.at_ms)
        await judge_areas(self._store, self._versions.nearest, self._clock.at_ms)


def _turns(captured: Iterable[Captured]) -> Iterator[tuple[list[Message], int]]:
    """Messages in batches, each with the time that it is by the clock once they are taken in."""
    batch: list[Message] = []
    clock_ms = until_ms = 0
    for one in captured:
        clock_ms = max(clock_ms, one.received_ms)
        if batch and (clock_ms >= until_ms or len(batch) >= MOST_AT_ONCE):
            yield batch, min(clock_ms, until_ms)
            batch = []
        if not batch:
            until_ms = (clock_ms // TURN_MS + 1) * TURN_MS
        batch.append(_message(one))
    if batch:
        yield batch, clock_ms


def _message(one: Captured) -> Message:
    return Message(
        topic=one.topic,
        payload=one.payload,
        received_ms=one.received_ms,
        redelivered=False,
        retained=False,
        mid=0,
        connection=0,
    )
