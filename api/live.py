"""The live stream: one follower of the database feeds every client.

One LISTEN and one poll a second serve all clients. Alert changes carry the running number of the store,
which hands numbers out in commit order, so a client that has n has everything up to n. Each client has a
bounded outbox; one that does not keep up is dropped, and resumes by number like any other cut stream.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

import structlog

from api import messages
from api.registry_view import RegistryReader
from domain.person import EVERYTHING, Scope
from runtime.metrics import Metrics
from storage.cases import Cases
from storage.errors import StorageError
from storage.scoped import districts_of
from storage.store import AlertChange, LatestPosition, Store

log = structlog.get_logger()

CHANGES_A_READ = 500
# A batch may commit seconds after its reports arrived, so the poll looks back this far; the rest
# (a batch held while the database was away) is found by the full look every FULL_POLL_EVERY polls.
LOOK_BACK_MS = 10_000
FULL_POLL_EVERY = 30


class NotReadyError(Exception):
    """The newest change is not known yet: the database has not answered since the start."""


@dataclass(frozen=True, kw_only=True)
class LiveBounds:
    """How often the stream speaks, and how far a client may fall behind."""

    poll_s: float = 1.0
    heartbeat_s: float = 2.0
    max_messages: int = 4096
    max_bytes: int = 16 * 1024 * 1024
    farewell_s: float = 2.0
    first_answer_s: float = 2.0


@dataclass(kw_only=True, eq=False)
class Outbox:
    """What one client has still to be sent. `numbered` messages carry their change's number, others None."""

    start: int
    bounds: LiveBounds
    scope: Scope = EVERYTHING
    waiting: deque[tuple[int | None, str]] = field(default_factory=deque)
    size: int = 0
    overflowed: asyncio.Event = field(default_factory=asyncio.Event)
    _ready: asyncio.Event = field(default_factory=asyncio.Event)

    def put(self, number: int | None, text: str) -> None:
        """Add a message, or mark the client as too slow where it would not fit."""
        if self.overflowed.is_set():
            return
        if len(self.waiting) >= self.bounds.max_messages or self.size + len(text) > self.bounds.max_bytes:
            self.waiting.clear()
            self.overflowed.set()
            return
        self.waiting.append((number, text))
        self.size += len(text)
        self._ready.set()

    async def get(self) -> tuple[int | None, str]:
        """The next message, waiting for one."""
        while not self.waiting:
            self._ready.clear()
            await self._ready.wait()
        number, text = self.waiting.popleft()
        self.size -= len(text)
        return number, text


class LiveHub:
    """Follows the database and fills the outboxes. `run` it for as long as the application lives."""

    def __init__(
        self,
        store: Store,
        now_ms: Callable[[], int],
        *,
        metrics: Metrics | None = None,
        bounds: LiveBounds | None = None,
        registry: RegistryReader | None = None,
    ) -> None:
        self.bounds = bounds or LiveBounds()
        self.newest_change: int | None = None
        self.newest_data_ms: int | None = None
        self.newest_received_ms: int | None = None
        self.database_available = False
        self._store = store
        self._now_ms = now_ms
        self._metrics = metrics
        self._outboxes: set[Outbox] = set()
        self._cases = Cases(store)
        self._newest_act: int | None = None
        self._registry = registry or RegistryReader(store, now_ms)
        self._known: dict[str, LatestPosition] = {}
        self._district_of: dict[str, str | None] = {}
        self._polls = 0
        self._reading = asyncio.Lock()
        self._ready = asyncio.Event()

    @property
    def clients(self) -> int:
        """How many clients are connected."""
        return len(self._outboxes)

    async def wait_until_ready(self) -> None:
        """Wait for the database's first answer; raises NotReadyError if it does not come soon."""
        try:
            await asyncio.wait_for(self._ready.wait(), self.bounds.first_answer_s)
        except TimeoutError as error:
            raise NotReadyError from error

    @contextmanager
    def subscribe(self, scope: Scope = EVERYTHING) -> Iterator[Outbox]:
        """An outbox that holds everything of a scope after its `start`; raises NotReadyError before the first answer."""
        if self.newest_change is None:
            raise NotReadyError
        outbox = Outbox(start=self.newest_change, bounds=self.bounds, scope=scope)
        self._outboxes.add(outbox)
        self._count_clients()
        try:
            yield outbox
        finally:
            self._outboxes.discard(outbox)
            self._count_clients()

    def count_drop(self) -> None:
        """Count a client that was dropped or told to reload."""
        if self._metrics is not None:
            self._metrics.stream_drops.inc()

    async def run(self) -> None:
        """Follow changes and positions and send heartbeats until cancelled; outlives a database that is away."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._poll_for_ever(), name="live poll")
            tasks.create_task(self._listen_for_ever(), name="live listen")
            tasks.create_task(self._beat_for_ever(), name="live heartbeat")

    async def _listen_for_ever(self) -> None:
        while True:
            try:
                async for _ in self._store.wait_for_changes():
                    await self._read_changes()
            except StorageError as error:
                self._lost_database(error)
            await asyncio.sleep(self.bounds.poll_s)

    async def _poll_for_ever(self) -> None:
        while True:
            try:
                # Changes too: a notification sent while the listener was reconnecting is gone for good.
                await self._read_changes()
                await self._read_acts()
                await self._read_positions()
                self.database_available = True
            except StorageError as error:
                self._lost_database(error)
            await asyncio.sleep(self.bounds.poll_s)

    async def _beat_for_ever(self) -> None:
        while True:
            await asyncio.sleep(self.bounds.heartbeat_s)
            self._send(None, self.heartbeat())

    def heartbeat(self) -> str:
        """What a client needs to tell a quiet district from a stopped feed."""
        return messages.heartbeat(
            server_ms=self._now_ms(),
            newest_data_ms=self.newest_data_ms,
            number=self.newest_change,
            database_available=self.database_available,
        )

    async def _read_changes(self) -> None:
        async with self._reading:
            if self.newest_change is None:
                self.newest_change = (await self._store.change_bounds())[1]
                self._ready.set()
            while changes := await self._store.alert_changes(self.newest_change, limit=CHANGES_A_READ):
                self._send_changes(changes)
                await asyncio.sleep(0)

    def _send_changes(self, changes: Sequence[AlertChange]) -> None:
        for change in changes:
            text = messages.alert(change)
            for outbox in self._outboxes:
                covered = outbox.scope.covers(change.alert.district_id)
                outbox.put(change.number, text if covered else messages.passed(change.number))
            self.newest_change = change.number

    async def _read_acts(self) -> None:
        """Tell of the cases that people have acted on; a client that was away asks for them anew."""
        if self._newest_act is None:
            self._newest_act = await self._cases.newest_act()
        acts = await self._cases.acts(EVERYTHING, self._newest_act)
        if not acts:
            return
        self._newest_act = acts[-1].number
        for case_id, number in {act.case_id: act.number for act in acts}.items():
            case = await self._cases.case(EVERYTHING, case_id)
            for outbox in self._outboxes:
                if outbox.scope.covers(case.district_id):
                    outbox.put(None, messages.case(number, case))

    async def _read_positions(self) -> None:
        since_ms = None
        if self.newest_received_ms is not None and self._polls % FULL_POLL_EVERY:
            since_ms = self.newest_received_ms - LOOK_BACK_MS
        is_first = self._polls == 0
        self._polls += 1
        latest = await self._store.latest_positions(changed_after_ms=since_ms)
        changed = [position for position in latest if self._known.get(position.device_id) != position]
        await self._registry.in_force()
        before = {position.device_id: self._district_of.get(position.device_id) for position in changed}
        for position, district in zip(changed, districts_of(changed, self._registry.districts), strict=True):
            self._remember(position)
            self._district_of[position.device_id] = district
        if changed and not is_first:
            self._send_positions(changed, before)

    def _send_positions(self, changed: Sequence[LatestPosition], before: dict[str, str | None]) -> None:
        """What changed, to each scope what lies in it, and what has left it as gone."""
        texts: dict[Scope, str | None] = {}
        at_ms = self._now_ms()
        for outbox in self._outboxes:
            if outbox.scope not in texts:
                covers = outbox.scope.covers
                inside = [one for one in changed if covers(self._district_of[one.device_id])]
                gone = [
                    one.device_id
                    for one in changed
                    if covers(before[one.device_id]) and not covers(self._district_of[one.device_id])
                ]
                some = inside or gone
                texts[outbox.scope] = (
                    messages.positions(at_ms=at_ms, positions=inside, gone=gone) if some else None
                )
            text = texts[outbox.scope]
            if text is not None:
                outbox.put(None, text)

    def _remember(self, position: LatestPosition) -> None:
        self._known[position.device_id] = position
        self.newest_received_ms = max(self.newest_received_ms or 0, position.received_ms)
        # A terminal whose clock runs ahead must not hide that the feed has stopped.
        believed_ms = min(position.time_ms, position.received_ms)
        self.newest_data_ms = max(self.newest_data_ms or 0, believed_ms)

    def _send(self, number: int | None, text: str) -> None:
        for outbox in self._outboxes:
            outbox.put(number, text)

    def _lost_database(self, error: StorageError) -> None:
        if self.database_available:
            log.warning("live stream lost the database", action="api.live_lost_database", cause=str(error))
        self.database_available = False

    def _count_clients(self) -> None:
        if self._metrics is not None:
            self._metrics.stream_clients.set(len(self._outboxes))
