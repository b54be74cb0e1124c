"""The connections to one database, and the names that one process at a time may hold in it."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, Self
from zoneinfo import ZoneInfo

import asyncpg

from storage.account import day_in
from storage.commit import Habits
from storage.errors import StorageUnavailable, driver_errors
from storage.sole import Claim, Held, sole, while_sole


class Pool:
    """A pool of connections to one database. Raises the errors of `storage.errors` only."""

    def __init__(
        self,
        pool: "asyncpg.Pool[Any]",
        *,
        dsn: str,
        timezone: str,
        claim: Claim | None = None,
        now_ms: Callable[[], int | None] = lambda: None,
    ) -> None:
        """Take over an open pool; callers use `connect`."""
        self._pool = pool
        self._dsn = dsn
        self._claim = claim
        self._now_ms = now_ms
        self._timezone = timezone
        self._day_of = day_in(ZoneInfo(timezone))
        self._habits = Habits()

    @classmethod
    async def connect(cls, dsn: str, *, timezone: str = "Asia/Shanghai", pool_size: int = 4) -> Self:
        """Open the pool; `timezone` decides what a day is in the loss account."""
        with driver_errors():
            pool = await asyncpg.create_pool(
                dsn,
                min_size=1,
                max_size=pool_size,
                timeout=10,
                reset=_keep_session,
                server_settings={"timezone": "UTC", "application_name": "haulwatch"},
            )
        return cls(pool, dsn=dsn, timezone=timezone)

    async def close(self, *, timeout_s: float = 10.0) -> None:
        """Close the pool; connections that do not part in time are cut."""
        with driver_errors():
            try:
                await asyncio.wait_for(self._pool.close(), timeout_s)
            except TimeoutError:
                self._pool.terminate()
                await asyncio.sleep(0.01)  # the loop closes the sockets in its next rounds

    @contextlib.asynccontextmanager
    async def connection(self) -> "AsyncIterator[asyncpg.Connection[Any]]":
        """One of the pool's connections, also for what has verbs of its own over this database."""
        with driver_errors():
            async with self._pool.acquire() as connection:
                yield connection

    async def told(self, channel: str) -> AsyncIterator[str | None]:
        """LISTEN: yields None as soon as nothing is missed any more, then what is told on a channel.

        Raises StorageUnavailable when its connection is lost.
        """
        told: asyncio.Queue[str | None] = asyncio.Queue()
        with driver_errors():
            connection = await asyncpg.connect(self._dsn, timeout=10)
        try:
            with driver_errors():
                connection.add_termination_listener(lambda _: told.put_nowait(None))
                await connection.add_listener(channel, lambda *given: told.put_nowait(str(given[3])))
            yield None
            while (payload := await told.get()) is not None:
                yield payload
            raise StorageUnavailable(f"the connection that listens on {channel} was lost")
        finally:
            connection.terminate()

    def under(self, claim: Claim, *, now_ms: Callable[[], int | None] = lambda: None) -> Self:
        """The same store, whose commits are refused from the moment that another has claimed the name.

        Alerts change by the clock `now_ms` (ms since 1970 UTC), or by the database's where it says None.
        """
        return type(self)(self._pool, dsn=self._dsn, timezone=self._timezone, claim=claim, now_ms=now_ms)

    def sole(self, name: str) -> contextlib.AbstractAsyncContextManager[Held]:
        """Wait until nobody else holds the name, and hold it on a connection of its own."""
        return sole(self._dsn, name)

    async def while_sole(
        self, name: str, work: Callable[[Held], Awaitable[None]], *, stop: asyncio.Event
    ) -> None:
        """Do the work whenever this process holds the name; it is cancelled where the name is lost."""
        await while_sole(self._dsn, name, work, stop=stop)


async def _keep_session(connection: "asyncpg.Connection[Any]") -> None:
    """Do nothing on release: no verb leaves session state behind, and a reset costs a round trip."""
