"""Being the only one: names of which at most one connection to a database is the holder at a time.

A name is free again the moment its holder's connection is gone, however the holder ended. Who loses the
connection may learn of it late, so holding a name is leave to work and no proof that nobody else does: a
commit under its `Claim` is refused once another has claimed the name.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, Self

import asyncpg
import structlog
from msgspec import Struct

from storage.errors import ClaimLost, StorageUnavailable, driver_errors
from storage.sql import queries

LOOK_EVERY_S = 0.5
RETRY_S = 1.0
BEAT_EVERY_S = 2.0
# Whoever ends waits no longer than this for the server to hear of it.
RELEASE_S = 1.0
# The server ends a connection that was silent for so long: its process is frozen, or its host is gone.
SILENT_S = 15

_log = structlog.get_logger(__name__)


class Claim(Struct, frozen=True):
    """A name that is held, and the epoch that began with its being claimed."""

    name: str
    epoch: int


class Holder:
    """A connection that holds names, until it is closed or lost."""

    def __init__(self, connection: "asyncpg.Connection[Any]") -> None:
        """Take over a connection; callers use `connect`."""
        self._connection = connection
        self._sql = queries("claims")
        self._one_at_a_time = asyncio.Lock()
        self._lost = asyncio.Event()
        connection.add_termination_listener(lambda _: self._lost.set())
        self._beating = asyncio.create_task(self._beat(), name="beat")

    @classmethod
    async def connect(cls, dsn: str, *, silent_s: int = SILENT_S) -> Self:
        """Open the connection; the server gives up its names once it was silent for `silent_s`."""
        with driver_errors():
            connection = await asyncpg.connect(
                dsn,
                timeout=10,
                command_timeout=60,
                server_settings={
                    "application_name": "haulwatch holder",
                    "idle_session_timeout": f"{silent_s}s",
                },
            )
        return cls(connection)

    @property
    def is_lost(self) -> bool:
        """Whether the connection, and with it every name, is known to be lost."""
        return self._lost.is_set()

    async def wait_lost(self) -> None:
        """Wait until the connection is known to be lost."""
        await self._lost.wait()

    async def try_claim(self, name: str) -> Claim | None:
        """Become the holder of a name; None while another is."""
        if not await self._fetch("hold", name):
            return None
        try:
            return Claim(name, await self._fetch("raise_epoch", name))
        except StorageUnavailable:
            await self.release(name)
            raise

    async def try_resume(self, claim: Claim) -> bool:
        """Hold a name again that an earlier connection lost; False if it was claimed since or another holds it."""
        if not await self._fetch("hold", claim.name):
            return False
        if await self._fetch("epoch", claim.name) == claim.epoch:
            return True
        await self.release(claim.name)
        return False

    async def release(self, name: str) -> None:
        """Give a name up; where that cannot be done, the connection is cut, and with it every name."""
        try:
            await self._fetch("release", name)
        except StorageUnavailable:
            self._cut()

    async def close(self) -> None:
        """Give everything up."""
        self._beating.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._beating
        try:
            if not self.is_lost:
                # Cut alone, it would hold its names for as long as the server takes to notice.
                with contextlib.suppress(StorageUnavailable, TimeoutError):
                    async with asyncio.timeout(RELEASE_S):
                        await self._fetch("release_all")
        finally:
            self._cut()

    async def _fetch(self, query: str, *arguments: object) -> Any:
        async with self._one_at_a_time:
            with driver_errors():
                return await self._connection.fetchval(self._sql[query], *arguments)

    async def _beat(self) -> None:
        """Notice a dead connection, and keep a living one from being taken for dead."""
        while not self.is_lost:
            await asyncio.sleep(BEAT_EVERY_S)
            try:
                async with self._one_at_a_time:
                    with driver_errors():
                        await self._connection.execute("select 1", timeout=SILENT_S)
            except (StorageUnavailable, TimeoutError) as error:
                _log.warning("holder lost", action="holder_lost", error=str(error))
                self._cut()

    def _cut(self) -> None:
        self._connection.terminate()
        self._lost.set()


class Held(Struct, frozen=True):
    """What `sole` gives: the claim, to commit under, and how to learn that it is lost."""

    claim: Claim
    holder: Holder

    @property
    def is_lost(self) -> bool:
        """Whether the name is known to be lost."""
        return self.holder.is_lost

    async def wait_lost(self) -> None:
        """Wait until the name is known to be lost."""
        await self.holder.wait_lost()


@contextlib.asynccontextmanager
async def sole(dsn: str, name: str) -> AsyncIterator[Held]:
    """Wait until nobody else holds the name, and hold it; raises StorageUnavailable while the database is away."""
    holder = await Holder.connect(dsn)
    try:
        while (claim := await holder.try_claim(name)) is None:  # noqa: ASYNC110 -- another process is waited for
            await asyncio.sleep(LOOK_EVERY_S)
        yield Held(claim, holder)
    finally:
        await holder.close()


async def while_sole(
    dsn: str, name: str, work: Callable[[Held], Awaitable[None]], *, stop: asyncio.Event
) -> None:
    """Do the work whenever this process is the holder, until stopped; where the name is lost it is cancelled.

    Work that ends is begun anew. What it raises is raised, but for StorageUnavailable and ClaimLost.
    """
    stopping = asyncio.create_task(stop.wait())
    working = asyncio.create_task(_work_when_held(dsn, name, work), name=name)
    try:
        await _first_of(working, stopping)
    finally:
        await _ended(stopping, working)


async def _work_when_held(dsn: str, name: str, work: Callable[[Held], Awaitable[None]]) -> None:
    while True:
        try:
            async with sole(dsn, name) as held:
                working = asyncio.ensure_future(work(held))
                losing = asyncio.create_task(held.wait_lost())
                try:
                    await _first_of(working, losing)
                finally:
                    await _ended(working, losing)
        except (StorageUnavailable, ClaimLost) as error:
            _log.warning("holder lost", action="holder_lost", name=name, error=str(error))
        await asyncio.sleep(RETRY_S)


async def _first_of(main: "asyncio.Future[None]", other: "asyncio.Future[Any]") -> None:
    """Wait for either; raises what the first raised."""
    await asyncio.wait({main, other}, return_when=asyncio.FIRST_COMPLETED)
    if main.done():
        main.result()


async def _ended(*tasks: "asyncio.Future[Any]") -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
