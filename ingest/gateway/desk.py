"""What all connections of one gateway share."""

import asyncio
from collections.abc import Callable
from typing import Any, Generic, TypeVar

from ingest.gateway.book import Book
from ingest.gateway.counts import GatewayCounts
from ingest.gateway.directory import Directory
from ingest.gateway.fleet import Fleet
from storage.store import Store
from storage.terminals import Terminals

KNOCK_AGAIN_MS = 20_000
MOST_KNOCKED = 20_000
KNOCKS_A_SECOND = 50
"""Of all strangers: each costs the database a round trip, and who is put off knocks again."""

S = TypeVar("S")


class Desk(Generic[S]):
    """The parts that speakers stand on; `live` has the one speaker of each terminal that has signed on."""

    def __init__(
        self,
        protocol: str,
        *,
        terminals: Terminals,
        directory: Directory,
        fleet: Fleet,
        book: Book,
        counts: GatewayCounts,
        prefix: str,
        now_ms: Callable[[], int],
    ) -> None:
        self.protocol = protocol
        self.terminals = terminals
        self.directory = directory
        self.fleet = fleet
        self.book = book
        self.counts = counts
        self.prefix = prefix
        self.now_ms = now_ms
        self.live: dict[str, S] = {}
        self._knocked: dict[str, tuple[int, object]] = {}
        self._second = 0
        self._knocks = 0

    async def load(self) -> None:
        """Read who may speak, and as what; raises StorageError where the database is away."""
        await self.directory.load()
        await self.fleet.look()

    def kept(self, parted: asyncio.Event) -> list[asyncio.Task[None]]:
        """What keeps the parts true to the database, until the speakers have parted."""
        return [
            asyncio.create_task(self.directory.watch(parted), name="directory"),
            asyncio.create_task(self.fleet.watch(parted), name="fleet"),
            asyncio.create_task(self.book.run(parted), name="book"),
        ]

    async def knock(self, terminal_id: str, said: dict[str, Any], address: str) -> bool:
        """Let a terminal that nobody has decided about wait; False where too many wait. Raises StorageUnavailable."""
        if not self._may_knock(terminal_id, said):
            return True
        if not said and (before := self.directory.get(terminal_id)) is not None:
            said = before.said
        if not await self.terminals.knock(self.protocol, terminal_id, said, address):
            return False
        await self.directory.refresh(terminal_id)
        return True

    def refuse(self, terminal_id: str | None, *, address: str, reason: str, detail: str, raw: bytes) -> None:
        """Write down what is not taken, and of which device; `terminal_id` is None where nobody knows whose it is."""
        known = None if terminal_id is None else self.directory.get(terminal_id)
        self.book.refuse(
            terminal_id=terminal_id,
            device_id=None if known is None else known.device_id,
            address=address,
            reason=reason,
            detail=detail,
            raw=raw,
        )

    def note_conflict(self, terminal_id: str, address: str) -> None:
        """Write down that another says it is this terminal, and from where."""
        self.book.later(
            self.terminals.note_conflict(self.protocol, terminal_id, at_ms=self.now_ms(), address=address)
        )

    def _may_knock(self, terminal_id: str, said: object) -> bool:
        """Whether to write down that somebody waits: once in a while, and whenever it says something new."""
        now_ms = self.now_ms()
        before_ms, before = self._knocked.get(terminal_id, (-KNOCK_AGAIN_MS, None))
        if now_ms - before_ms < KNOCK_AGAIN_MS and said in (before, {}):
            return False
        if now_ms // 1000 != self._second:
            self._second, self._knocks = now_ms // 1000, 0
        if self._knocks >= KNOCKS_A_SECOND:
            return False
        self._knocks += 1
        if len(self._knocked) >= MOST_KNOCKED:
            self._knocked.clear()
        self._knocked[terminal_id] = (now_ms, said)
        return True


def desk_over(
    store: Store, protocol: str, *, counts: GatewayCounts, prefix: str, now_ms: Callable[[], int]
) -> Desk[Any]:
    """The desk of a gateway of this protocol, over a database."""
    terminals = Terminals(store)
    return Desk(
        protocol,
        terminals=terminals,
        directory=Directory(terminals, protocol),
        fleet=Fleet(store, now_ms=now_ms),
        book=Book(protocol, store=store, terminals=terminals, counts=counts, now_ms=now_ms),
        counts=counts,
        prefix=prefix,
        now_ms=now_ms,
    )
