"""The live stream: one follower of the database feeds every client.

One LISTEN and one poll a second serve all clients. Alert changes carry the running number of the store,
which hands numbers out in commit order, so a client that has n has everything up to n. Each client has a
bounded outbox; one that does not keep up is dropped, and resumes by number like any other cut stream.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from uuid import UUID

import numpy as np
import structlog

from api import messages
from api.fleet import Fleet
from api.registry_view import RegistryReader
from api.shelf_watch import ShelfWatch
from api.sight import Sight, View
from domain.person import EVERYTHING, Scope
from runtime.metrics import Metrics
from storage.cases import Cases
from storage.duty import Duty
from storage.errors import StorageError
from storage.store import AlertChange, Store

log = structlog.get_logger()

CHANGES_A_READ = 500
POSITIONS = -1
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
    sight: Sight = field(init=False)
    told: list[str] = field(default_factory=list)
    positions_wait: bool = False
    waiting: deque[tuple[int | None, str]] = field(default_factory=deque)
    size: int = 0
    overflowed: asyncio.Event = field(default_factory=asyncio.Event)
    _ready: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        """See what the scope allows, once there is a view."""
        self.sight = Sight(self.scope)

    def put_positions(self, text: str) -> None:
        """Add positions: at most one such message waits."""
        self.positions_wait = True
        self.put(POSITIONS, text)

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
        if number == POSITIONS:
            self.positions_wait = False
            return None, text
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
        self.newest_act: int | None = None
        self.registry_version: int | None = None
        self.fleet = Fleet()
        self.database_available = False
        self._store = store
        self._now_ms = now_ms
        self._metrics = metrics
        self._outboxes: set[Outbox] = set()
        self._cases = Cases(store)
        self._shelves = ShelfWatch(store, now_ms)
        self._duty = Duty(store)
        self._registry = registry or RegistryReader(store, now_ms)
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
                await self._read_shelves()
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
            newest_data_ms=self.fleet.newest_data_ms,
            number=self.newest_change,
            registry_version=self.registry_version,
            database_available=self.database_available,
        )

    async def _read_changes(self) -> None:
        async with self._reading:
            if self.newest_change is None:
                self.newest_change = (await self._store.change_bounds())[1]
                self._ready.set()
            while changes := await self._store.alert_changes(self.newest_change, limit=CHANGES_A_READ):
                trips = await self._duty.trips_of([change.alert for change in changes])
                self._send_changes(changes, trips)
                await asyncio.sleep(0)

    def _send_changes(self, changes: Sequence[AlertChange], trips: Mapping[UUID, int]) -> None:
        for change in changes:
            text = messages.alert(change, trips.get(change.alert.id))
            for outbox in self._outboxes:
                covered = outbox.scope.covers(change.alert.district_id)
                outbox.put(change.number, text if covered else messages.passed(change.number))
            self.newest_change = change.number

    async def _read_acts(self) -> None:
        """Tell of the cases that people have acted on; a client that was away asks for them anew."""
        if self.newest_act is None:
            self.newest_act = await self._cases.newest_act()
        acts = await self._cases.acts(EVERYTHING, self.newest_act)
        if not acts:
            return
        self.newest_act = acts[-1].number
        for case_id, number in {act.case_id: act.number for act in acts}.items():
            case = await self._cases.case(EVERYTHING, case_id)
            for outbox in self._outboxes:
                if outbox.scope.covers(case.district_id):
                    outbox.put(None, messages.case(number, case))

    async def _read_shelves(self) -> None:
        """Tell of what was shelved, taken back or is over."""
        for shelf in await self._shelves.changed():
            for outbox in self._outboxes:
                if outbox.scope.covers(shelf.district_id):
                    outbox.put(None, messages.shelf(shelf))

    async def _read_positions(self) -> None:
        since_ms = None
        if self.fleet.newest_received_ms is not None and self._polls % FULL_POLL_EVERY:
            since_ms = self.fleet.newest_received_ms - LOOK_BACK_MS
        self._polls += 1
        latest = await self._store.latest_positions(changed_after_ms=since_ms)
        registry = await self._registry.in_force()
        self.registry_version = None if registry is None else registry.version
        self.fleet.take(latest, registry)
        told: dict[Scope, list[str]] = {}
        for outbox in self._outboxes:
            if outbox.scope not in told:
                told[outbox.scope] = self._told_of_all(outbox.scope)
            self._show(outbox, told[outbox.scope])

    def look(self, outbox: Outbox, view: View) -> None:
        """Let a client look at something else, and show it at once."""
        outbox.sight.look(view)
        self._show(outbox, self._told_of_all(outbox.scope))

    def _told_of_all(self, scope: Scope) -> list[str]:
        """What everybody of a scope is told, whatever they look at."""
        now_ms = self._now_ms()
        lost = np.flatnonzero(self.fleet.lost(now_ms) & self.fleet.covered(scope))
        return [
            messages.counts(self.fleet.counts(scope, now_ms)),
            messages.lost([self.fleet.ids[index] for index in lost]),
        ]

    def _show(self, outbox: Outbox, told: list[str]) -> None:
        """Send a client what is new in its view; one that has not taken the last lot yet gets both as one."""
        if outbox.positions_wait:
            return
        now_ms = self._now_ms()
        difference = outbox.sight.difference(self.fleet, now_ms)
        if difference is not None:
            outbox.put_positions(messages.positions(self.fleet, difference, at_ms=now_ms))
        if outbox.sight.is_open:
            for text in told:
                if text not in outbox.told:
                    outbox.put(None, text)
            outbox.told = told

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
