"""The terminals of a protocol in memory, as people have decided about them: told within moments, not asked."""

import asyncio
import contextlib
from collections.abc import Callable, Iterable

import structlog

from storage.errors import StorageUnavailable
from storage.terminals import Terminal, Terminals

RETRY_S = 1.0

_log = structlog.get_logger(__name__)


class Directory:
    """Who may speak. While the database is away it stays as it was."""

    def __init__(self, terminals: Terminals, protocol: str) -> None:
        """Know nobody yet; `on_change` is called with each terminal that may be another now."""
        self.on_change: Callable[[str], None] = lambda _terminal_id: None
        self._terminals = terminals
        self._protocol = protocol
        self._known: dict[str, Terminal] = {}
        self._asked = 0
        self._answers: dict[str, int] = {}
        self._loaded = 0

    def get(self, terminal_id: str) -> Terminal | None:
        """A terminal, None if it never came."""
        return self._known.get(terminal_id)

    async def load(self) -> None:
        """Take over all terminals."""
        self._asked = asked = self._asked + 1
        found = {one.terminal_id: one for one in await self._terminals.of_protocol(self._protocol)}
        changed = [key for key in found.keys() | self._known.keys() if found.get(key) != self._known.get(key)]
        self._known, self._loaded = found, asked
        self._answers.clear()
        self._tell(changed)

    async def refresh(self, terminal_id: str) -> None:
        """Take over one terminal, unless a later asking was answered first: a block is never undone by an old answer."""
        self._asked = asked = self._asked + 1
        found = await self._terminals.of_protocol(self._protocol, [terminal_id])
        if asked < max(self._answers.get(terminal_id, 0), self._loaded):
            return
        self._answers[terminal_id] = asked
        before = self._known.pop(terminal_id, None)
        for one in found:
            self._known[terminal_id] = one
        if before != self._known.get(terminal_id):
            self._tell([terminal_id])

    async def watch(self, stop: asyncio.Event) -> None:
        """Follow what is decided until stopped."""
        while not stop.is_set():
            following = asyncio.create_task(self._follow())
            stopping = asyncio.create_task(stop.wait())
            await asyncio.wait({following, stopping}, return_when=asyncio.FIRST_COMPLETED)
            stopping.cancel()
            following.cancel()
            try:
                await following
            except asyncio.CancelledError:
                return
            except StorageUnavailable as error:
                _log.warning("database away", action="gateway_directory_waits", error=str(error))
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), RETRY_S)

    async def _follow(self) -> None:
        async for terminal_id in self._terminals.told(self._protocol):
            if terminal_id is None:
                await self.load()
            else:
                await self.refresh(terminal_id)

    def _tell(self, changed: Iterable[str]) -> None:
        for terminal_id in changed:
            self.on_change(terminal_id)
