"""A recording taken in as it arrived then: stored with its own times of arrival, judged by the clock of then.

What live ingest does to a batch happens here too, by the same worker; only messages come of a file, and time passes
by their arrivals. Nothing else may ingest meanwhile, so all slots are claimed.
"""

import asyncio
from collections.abc import Callable, Iterable, Iterator

from msgspec import Struct

from alerts.ruleset import Ruleset
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
from runtime.metrics import Metrics
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
        return await _History(store.under(claim), prefix, on_progress).take(captured)
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


class _History:
    def __init__(self, store: Store, prefix: str, on_progress: Callable[[int, int], None]) -> None:
        self._store = store
        self._prefix = prefix
        self._on_progress = on_progress
        self._at_ms = 0
        self._messages = 0
        self._versions = Versions(store, now_ms=self._clock_ms)
        self._in_force: Ruleset | None = None
        self._known: KnownDevices

    def _clock_ms(self) -> int:
        return self._at_ms

    async def take(self, captured: Iterable[Captured]) -> TakenIn:
        spanned_ms: int | None = None
        worker: Worker | None = None
        for messages, until_ms in _turns(captured):
            self._at_ms = max(self._at_ms, messages[0].received_ms)
            if not await self._versions.look():
                raise NoRegistry("no registry is in force: `haulwatch registry load FILE` puts one in force")
            self._use_version_in_force()
            if worker is None:
                worker = await self._begun()
                spanned_ms = self._at_ms
            self._use_versions()
            decoded = [decode(one.topic, one.payload, one.received_ms, self._known) for one in messages]
            self._at_ms = until_ms
            await worker.take_in(Gathered(messages=messages, decoded=decoded), until_ms)
            self._messages += len(messages)
            if spanned_ms is None or until_ms - spanned_ms >= SPANNING_EVERY_MS:
                await self._judge_spanning()
                spanned_ms = until_ms
            self._on_progress(self._messages, until_ms)
            await asyncio.sleep(0)
        if worker is None:
            return TakenIn(messages=0, last_ms=None)
        await self._finish(worker)
        return TakenIn(messages=self._messages, last_ms=self._at_ms)

    async def _begun(self) -> Worker:
        self._judge = Judge(self._versions.timeline, ready=self._versions.ready)
        self._late = LateDriver(self._judge, self._store, clock_s=lambda: self._at_ms / 1000)
        self._late.note(await restore(self._judge, self._store), at_once=True)
        source = _Nothing()
        return Worker(
            source=source,
            intake=Intake(source, limits=BatchLimits(), now_ms=self._clock_ms, known=self._known),
            judge=self._judge,
            store=self._store,
            now_ms=self._clock_ms,
            stop=asyncio.Event(),
            metrics=Metrics(),
            late=self._late,
        )

    def _use_version_in_force(self) -> None:
        if self._in_force is not self._versions.in_force:
            self._in_force = self._versions.in_force
            self._known = known_devices(self._in_force, self._prefix)

    def _use_versions(self) -> None:
        if self._judge.timeline is not self._versions.timeline:
            self._judge.use(self._versions.timeline)
            self._late.again(self._judge.judged_otherwise())

    async def _judge_spanning(self) -> None:
        """Days of stations that are over, then places and who was where."""
        await judge_days_over(self._store, self._versions, self._at_ms)
        await judge_areas(self._store, self._versions.nearest, self._at_ms)

    async def _finish(self, worker: Worker) -> None:
        """Judge again what came late, and what spans devices, until nothing is left."""
        last_ms = self._at_ms
        while await self._store.late_work():
            self._at_ms += MINUTE_MS  # what is late waits a while by the clock
            await worker.take_in(Gathered(messages=[], decoded=[]), last_ms)
        self._at_ms = last_ms
        await self._judge_spanning()


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
