"""What people and forwarders read: alerts and their changes, positions, the loss account."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

import asyncpg

from storage import exhibits, explaining, tracks
from storage.errors import StorageUnavailable, driver_errors
from storage.pool import Pool
from storage.records import AlertChange, AlertRow, LatestPosition, LossRow, alert_from, change_from
from storage.sql import queries

_CHANGES_CHANNEL = "haulwatch_alert_changes"


class Reading(Pool):
    """Reads, and how far a forwarder has read."""

    async def alerts(
        self,
        *,
        rule: str | None = None,
        severities: Sequence[str] | None = None,
        device_id: str | None = None,
        open_only: bool = False,
        unacknowledged_only: bool = False,
        before: tuple[int, UUID] | None = None,
        limit: int = 100,
        districts: Sequence[str] | None = None,
    ) -> Sequence[AlertRow]:
        """Alerts, newest `detected_ms` first; `before` continues after the last row of a page."""
        at_ms, alert_id = before or (None, None)
        rows = await self._fetch(
            "alerts", rule, severities, device_id, open_only, at_ms, alert_id, limit, districts, unacknowledged_only
        )  # fmt: skip
        return [alert_from(row) for row in rows]

    async def alert(self, alert_id: UUID) -> AlertRow | None:
        """One alert."""
        rows = await self._fetch("alerts_by_id", [alert_id])
        return alert_from(rows[0]) if rows else None

    async def case(self, alert_id: UUID) -> explaining.Case | None:
        """All that is stored about one alert, to explain it."""
        async with self.connection() as connection:
            return await explaining.load_case(connection, alert_id, self._day_of)

    async def exhibit(self, alert_id: UUID, *, districts: list[str] | None = None) -> exhibits.Exhibit | None:
        """All that one alert rests on, for its evidence bundle; what people did only within `districts`."""
        async with self.connection() as connection:
            return await exhibits.load_exhibit(connection, alert_id, self._day_of, districts)

    async def track(self, device_id: str, from_ms: int, to_ms: int) -> tracks.StoredTrack:
        """A device's way over a span, both ends included; raises TooManyReports."""
        async with self.connection() as connection:
            return await tracks.load_track(connection, device_id, from_ms, to_ms)

    async def alert_changes(self, after: int, *, limit: int = 1000) -> Sequence[AlertChange]:
        """Alert changes with a number above `after`, in order."""
        return [change_from(row) for row in await self._fetch("alert_changes", after, limit)]

    async def change_bounds(self) -> tuple[int, int]:
        """The oldest number still kept and the newest given out; (1, 0) when there is none."""
        row = (await self._fetch("change_bounds"))[0]
        return row["oldest"], row["newest"]

    async def forwarded(self, name: str) -> int:
        """The number up to which a forwarder (MQTT, a webhook) has delivered alert changes."""
        rows = await self._fetch("forwarded", name)
        return int(rows[0]["number"]) if rows else 0

    async def set_forwarded(self, name: str, number: int) -> None:
        """Remember a forwarder's progress."""
        await self._fetch("set_forwarded", name, number)

    async def latest_positions(self, *, changed_after_ms: int | None = None) -> Sequence[LatestPosition]:
        """The newest position of each device, or of those received since."""
        return [LatestPosition(**row) for row in await self._fetch("latest_positions", changed_after_ms)]

    async def loss_account(self, *, first: date, last: date) -> Sequence[LossRow]:
        """The loss account over local days, both included."""
        return [LossRow(**row) for row in await self._fetch("loss_account", first, last)]

    async def rejections(
        self, *, limit: int = 100, before: int | None = None, devices: Sequence[str] | None = None
    ) -> Sequence[dict[str, Any]]:
        """Rejections, newest first; of these devices, or of all and of none that can be named."""
        return [dict(row) for row in await self._fetch("rejections", before, limit, devices)]

    async def wait_for_changes(self) -> AsyncIterator[int]:
        """LISTEN: yields the newest change number whenever a commit added alert changes.

        Yields the newest number at once, so that a caller who listens again has missed nothing. Raises
        StorageUnavailable when its connection is lost.
        """
        numbers: asyncio.Queue[int | None] = asyncio.Queue()
        with driver_errors():
            connection = await asyncpg.connect(self._dsn, timeout=10)
        try:
            with driver_errors():
                connection.add_termination_listener(lambda _: numbers.put_nowait(None))
                await connection.add_listener(
                    _CHANGES_CHANNEL, lambda *told: numbers.put_nowait(int(told[3]))
                )
                newest = int((await connection.fetchrow(queries("reading")["change_bounds"]))["newest"])
            yield newest
            while (number := await numbers.get()) is not None:
                # Many commits at once are one piece of news.
                if number > newest:
                    newest = number
                    if numbers.empty():
                        yield newest
            raise StorageUnavailable("the connection that listens for alert changes was lost")
        finally:
            connection.terminate()

    async def _fetch(self, name: str, *arguments: object) -> Sequence[Mapping[str, Any]]:
        async with self.connection() as connection:
            rows: Sequence[Mapping[str, Any]] = await connection.fetch(queries("reading")[name], *arguments)
        return rows
