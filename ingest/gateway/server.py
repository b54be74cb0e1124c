"""The TCP server of a gateway: whom it lets in, whom it parts with, and how it ends.

It looks at every connection once a second. When it stops, it confirms what is in flight and takes nothing more.
"""

import asyncio
import contextlib
import resource
from collections import Counter
from collections.abc import Callable

import structlog

from ingest.gateway.confirm import Confirmer
from ingest.gateway.connections import Limits, Link, Speaker
from ingest.gateway.counts import GatewayCounts
from runtime.clock import monotonic_s

LOOK_EVERY_S = 1.0
READ_BYTES = 16 * 1024
STOP_S = 5.0
PART_S = 1.0
"""How long peers may take to read our last answers when we stop."""
SPARE_DESCRIPTORS = 200
BACKLOG = 1024

_log = structlog.get_logger(__name__)


class Gateway:
    """The server of one protocol on one port."""

    def __init__(
        self,
        *,
        confirmer: Confirmer,
        counts: GatewayCounts,
        limits: Limits,
        speaks: Callable[[Link], Speaker],
    ) -> None:
        """`speaks` makes the speaker of a connection."""
        self.confirmer = confirmer
        self.counts = counts
        self.limits = limits
        self.speaker_of = speaks
        # One for all: the loop is done with it before it reads from the next connection.
        self.buffer = memoryview(bytearray(READ_BYTES))
        self._links: set[Link] = set()
        self._strangers: Counter[str] = Counter()
        self._stalled: set[Link] = set()
        self._server: asyncio.Server | None = None
        self.is_stopping = False
        confirmer.on_room = self._go_on

    @property
    def links(self) -> int:
        """How many connections there are."""
        return len(self._links)

    @property
    def port(self) -> int:
        """Where it listens."""
        assert self._server is not None
        return int(self._server.sockets[0].getsockname()[1])

    async def start(self, host: str, port: int) -> None:
        """Listen; raises OSError where the port is taken."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: Link(self), host, port, backlog=BACKLOG)

    async def serve(self, stop: asyncio.Event) -> None:
        """Look after the connections until stopped, then confirm what is in flight and part."""
        looked_s = monotonic_s()
        while not stop.is_set():
            try:
                await asyncio.wait_for(stop.wait(), LOOK_EVERY_S)
            except TimeoutError:
                now_s = monotonic_s()
                for link in list(self._links):
                    link.look(now_s, self.limits)
                self.counts.looked(
                    links=len(self._links),
                    strangers=self._strangers.total(),
                    lag_s=now_s - looked_s - LOOK_EVERY_S,
                )
                looked_s = now_s
        await self._part()

    async def _part(self) -> None:
        assert self._server is not None
        self._server.close()
        self.is_stopping = True
        await self.confirmer.drained(STOP_S)
        for link in list(self._links):
            link.part("stopping")
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(PART_S):
                while self._links:  # noqa: ASYNC110 -- once, at the end
                    await asyncio.sleep(0.01)
        for link in list(self._links):
            link.abort("stopping")
        await asyncio.sleep(0)

    # What follows is called by the links.

    def let_in(self, link: Link) -> str | None:
        """Count a connection in; why it may not stay, if so."""
        if len(self._links) >= self.limits.connections:
            return "too_many"
        if self._strangers[link.address] >= self.limits.strangers_per_address:
            return "too_many_of_address"
        self._links.add(link)
        self._strangers[link.address] += 1
        return None

    def stranger_left(self, link: Link) -> None:
        """One fewer that has not signed on."""
        if self._strangers[link.address] <= 1:
            del self._strangers[link.address]
        else:
            self._strangers[link.address] -= 1

    def left(self, link: Link, why: str) -> None:
        """Count a connection out."""
        self.counts.closed(why)
        if link in self._links:
            self._links.discard(link)
            self._stalled.discard(link)
            if not link.is_signed_on:
                self.stranger_left(link)

    def stall(self, link: Link) -> None:
        """Wait for room at the broker."""
        self._stalled.add(link)

    def _go_on(self) -> None:
        while self._stalled and self.confirmer.has_room:
            self._stalled.pop().pump()


def allow_descriptors(wanted: int) -> int:
    """Let this process open so many connections as far as the system does; gives how many it does."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = wanted + SPARE_DESCRIPTORS
    allowed = needed if hard == resource.RLIM_INFINITY else min(needed, hard)
    if soft != resource.RLIM_INFINITY and soft < allowed:
        resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, hard))
        soft = allowed
    fits = wanted if soft == resource.RLIM_INFINITY else min(wanted, soft - SPARE_DESCRIPTORS)
    if fits < wanted:
        _log.warning(
            "fewer connections than wanted: raise the limit of open files (ulimit -n, LimitNOFILE=)",
            action="gateway_few_descriptors",
            wanted=wanted,
            possible=fits,
        )
    return fits
