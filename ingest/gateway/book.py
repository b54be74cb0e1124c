"""What a gateway writes down of its terminals: when they were heard, and what was refused, whole, with its reason.

Written every other second in one go. Refused frames stand among the rejections, beside those of MQTT, so that
there is one place to look; of each terminal, and of all together, so many are kept an hour: the rest is counted.
"""

import asyncio
import contextlib
from collections import Counter
from collections.abc import Callable, Coroutine
from typing import Any

import structlog

from domain.instant import HOUR_MS
from domain.report import Rejection
from ingest.gateway.counts import GatewayCounts
from storage.batch import Batch
from storage.errors import StorageUnavailable
from storage.store import Store
from storage.terminals import RefusedCount, Seen, Terminals, refused_topic

WRITE_EVERY_S = 2.0
KEPT_OF_ONE = 20
"""Refused frames an hour that are kept of one terminal, or of one address that no terminal's name came from."""
KEPT_OF_ALL = 5_000
"""Of all terminals that are devices; and as many of strangers, who so cannot crowd them out."""
MOST_COUNTED = 20_000
"""Names whose refused frames are counted while the database is away: anyone may make up another."""

_log = structlog.get_logger(__name__)


class Book:
    """The writing down of one gateway. A database that is away is waited for; nothing is waited for here."""

    def __init__(
        self,
        protocol: str,
        *,
        store: Store,
        terminals: Terminals,
        counts: GatewayCounts,
        now_ms: Callable[[], int],
    ) -> None:
        self._protocol = protocol
        self._store = store
        self._terminals = terminals
        self._counts = counts
        self._now_ms = now_ms
        self._seen: dict[str, Seen] = {}
        self._refused: dict[str, RefusedCount] = {}
        self._kept: Counter[str] = Counter()
        self._kept_of_all: Counter[bool] = Counter()
        self._hour = 0
        self._rejections: list[Rejection] = []
        self._tasks: set[asyncio.Task[None]] = set()

    def seen(self, terminal_id: str, *, address: str, connected_ms: int | None, frames: int) -> None:
        """A terminal was heard; `frames` are those since the last time."""
        before = self._seen.get(terminal_id)
        self._seen[terminal_id] = Seen(
            terminal_id=terminal_id,
            seen_ms=self._now_ms(),
            address=address,
            connected_ms=connected_ms,
            frames=frames + (0 if before is None else before.frames),
        )

    def refuse(
        self,
        *,
        terminal_id: str | None,
        device_id: str | None,
        address: str,
        reason: str,
        detail: str,
        raw: bytes,
    ) -> None:
        """A frame was refused; `terminal_id` is None where nobody knows whose it is."""
        now_ms = self._now_ms()
        self._counts.refused(reason)
        before = None if terminal_id is None else self._refused.get(terminal_id)
        if terminal_id is not None and (before is not None or len(self._refused) < MOST_COUNTED):
            self._refused[terminal_id] = RefusedCount(
                terminal_id=terminal_id,
                count=1 + (0 if before is None else before.count),
                at_ms=now_ms,
                reason=reason,
            )
        name = terminal_id or address
        if self._may_keep(name, now_ms, is_device=device_id is not None):
            self._rejections.append(
                Rejection(
                    reason=reason,
                    detail=detail,
                    topic=refused_topic(self._protocol, name),
                    payload=raw,
                    received_ms=now_ms,
                    device_id=device_id,
                )
            )

    def later(self, work: Coroutine[Any, Any, Any]) -> None:
        """Write something down that is worth no waiting; lost where the database is away."""
        task = asyncio.create_task(self._try(work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def run(self, stop: asyncio.Event) -> None:
        """Write down again and again, and a last time at the end."""
        while not stop.is_set():
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), WRITE_EVERY_S)
            await self.write()

    async def write(self) -> None:
        """Write down what there is; kept for the next time where the database is away."""
        seen, refused, rejections = self._seen, self._refused, self._rejections
        self._seen, self._refused, self._rejections = {}, {}, []
        try:
            if seen or refused:
                await self._terminals.note(self._protocol, list(seen.values()), list(refused.values()))
                seen, refused = {}, {}
            if rejections:
                await self._store.commit(Batch(rejections=tuple(rejections)))
        except StorageUnavailable as error:
            _log.warning("database away", action="gateway_book_waits", error=str(error))
            self._seen = seen | self._seen
            self._refused = refused | self._refused
            self._rejections = (rejections + self._rejections)[: 2 * KEPT_OF_ALL]

    async def _try(self, work: Coroutine[Any, Any, Any]) -> None:
        try:
            await work
        except StorageUnavailable as error:
            _log.warning("database away", action="gateway_book_waits", error=str(error))

    def _may_keep(self, name: str, now_ms: int, *, is_device: bool) -> bool:
        if now_ms // HOUR_MS != self._hour:
            self._hour = now_ms // HOUR_MS
            self._kept.clear()
            self._kept_of_all.clear()
        if self._kept[name] >= KEPT_OF_ONE or self._kept_of_all[is_device] >= KEPT_OF_ALL:
            return False
        self._kept[name] += 1
        self._kept_of_all[is_device] += 1
        return True
