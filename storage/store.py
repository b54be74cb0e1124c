"""The few verbs of the shells, over asyncpg. One transaction a batch; what people read comes from here too."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from datetime import date, tzinfo
from typing import Any, Self, TypeVar
from uuid import UUID
from zoneinfo import ZoneInfo

import asyncpg

from alerts.device_state import Order
from alerts.facts import Fact
from alerts.finding import Finding
from domain.identifiers import AreaId, DeviceId, ZoneId
from domain.report import BackgroundReport, DustReport, PositionReport
from domain.rule import RuleKind
from storage import dust_days, explaining, facts, late, registry_versions, tracks
from storage.account import day_in
from storage.batch import Batch, Checkpoint, Committed, LateWork
from storage.commit import Habits, check_claim, commit
from storage.dust_days import JudgeDays
from storage.errors import StorageUnavailable, driver_errors
from storage.facts import AreaNews, NewFact
from storage.records import (
    AlertChange,
    AlertRow,
    LatestPosition,
    LossRow,
    RegistryHead,
    RegistryVersion,
    VersionInForce,
    alert_from,
    change_from,
)
from storage.rows import background_from, checkpoint_from, dust_from, position_from
from storage.seat import Seat
from storage.sole import Claim, Held, sole, while_sole
from storage.sql import queries

__all__ = [
    "AlertChange",
    "AlertRow",
    "LatestPosition",
    "LossRow",
    "RegistryHead",
    "RegistryVersion",
    "Store",
    "VersionInForce",
]

NO_DEVICE = DeviceId("")
CHANGES_CHANNEL = "haulwatch_alert_changes"

_ROWS_AT_ONCE = 5_000
_Report = TypeVar("_Report", PositionReport, DustReport, BackgroundReport)


class Store:
    """A pool of connections to one database. Raises the errors of `storage.errors` only."""

    def __init__(
        self, pool: "asyncpg.Pool[Any]", *, dsn: str, timezone: str, claim: Claim | None = None
    ) -> None:
        """Take over an open pool; callers use `connect`."""
        self._pool = pool
        self._dsn = dsn
        self._day_of = day_in(ZoneInfo(timezone))
        self._habits = Habits()
        self._claim = claim
        self._timezone = timezone
        self._reading = queries("reading")
        self._restart = queries("restart")

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

    def connection(self) -> "contextlib.AbstractAsyncContextManager[asyncpg.Connection[Any]]":
        """One of the pool's connections, for what has verbs of its own over this database."""
        return self._connection()

    @contextlib.asynccontextmanager
    async def _connection(self) -> "AsyncIterator[asyncpg.Connection[Any]]":
        with driver_errors():
            async with self._pool.acquire() as connection:
                yield connection

    async def _fetch(self, name: str, *arguments: object) -> Sequence[Mapping[str, Any]]:
        async with self._connection() as connection:
            rows: Sequence[Mapping[str, Any]] = await connection.fetch(self._reading[name], *arguments)
        return rows

    async def commit(self, batch: Batch) -> Committed:
        """Store a batch in one transaction; raises ClaimLost where this is `under` a claim that is not the newest."""
        async with self._connection() as connection:
            return await commit(connection, batch, self._day_of, self._habits, self._claim)

    def under(self, claim: Claim) -> Self:
        """The same store, whose commits are refused from the moment that another has claimed the name."""
        return type(self)(self._pool, dsn=self._dsn, timezone=self._timezone, claim=claim)

    def sole(self, name: str) -> contextlib.AbstractAsyncContextManager[Held]:
        """Wait until nobody else holds the name, and hold it on a connection of its own."""
        return sole(self._dsn, name)

    async def while_sole(
        self, name: str, work: Callable[[Held], Awaitable[None]], *, stop: asyncio.Event
    ) -> None:
        """Do the work whenever this process holds the name; it is cancelled where the name is lost."""
        await while_sole(self._dsn, name, work, stop=stop)

    async def seat(self) -> Seat:
        """A connection for a worker to join the others with."""
        return await Seat.connect(self._dsn)

    async def ingest_slots(self) -> int:
        """The number of slots in force; 0 before the first start of ingest."""
        async with self._connection() as connection:
            return int(await connection.fetchval(queries("claims")["count_slots"]))

    async def lay_out_slots(self, slots: int) -> None:
        """Put a number of slots in force, before the first start of ingest."""
        async with self._connection() as connection:
            await connection.execute(queries("claims")["lay_out_slots"], slots)

    async def devices(self) -> Sequence[DeviceId]:
        """Every device of which there is a report or a checkpoint."""
        async with self._connection() as connection:
            return [DeviceId(row["device_id"]) for row in await connection.fetch(self._restart["devices"])]

    async def load_checkpoints(self, devices: Sequence[DeviceId] | None = None) -> dict[DeviceId, Checkpoint]:
        """The newest checkpoint of every device, or of each of these."""
        async with self._connection() as connection:
            rows = await connection.fetch(self._restart["newest_checkpoints"], devices)
        return {DeviceId(row["device_id"]): checkpoint_from(row) for row in rows}

    async def reports_after_checkpoints(
        self, devices: Sequence[DeviceId] | None = None
    ) -> AsyncIterator[Sequence[PositionReport | DustReport | BackgroundReport]]:
        """All stored reports newer, in their device's order, than its newest checkpoint, in lists by device and order.

        Of these devices, or of all. Those without a checkpoint give all their reports. Background values come
        per area, in order, and whatever the devices: those that any of them might not have seen. A list
        holds one kind; it may hold several devices, and a device may go on in the next list.
        """
        async with (
            self._connection() as connection,
            connection.transaction(isolation="repeatable_read", readonly=True),
        ):
            async for positions in self._stream(
                connection, "positions_after_checkpoints", position_from, devices
            ):
                yield positions
            async for dust in self._stream(connection, "dust_after_checkpoints", dust_from, devices):
                yield dust
            async for background in self._stream(
                connection, "background_after_checkpoints", background_from, devices
            ):
                yield background

    async def _stream(
        self,
        connection: "asyncpg.Connection[Any]",
        name: str,
        made_of: Callable[[Mapping[str, Any]], _Report],
        devices: Sequence[DeviceId] | None,
    ) -> AsyncIterator[Sequence[_Report]]:
        cursor = await connection.cursor(self._restart[name], devices)
        while rows := await cursor.fetch(_ROWS_AT_ONCE):
            yield [made_of(row) for row in rows]

    async def late_work(self) -> Sequence[LateWork]:
        """Devices to be judged again because reports came late."""
        async with self._connection() as connection:
            return await late.late_work(connection)

    async def note_late_work(self, since_ms: Mapping[DeviceId, int]) -> Sequence[LateWork]:
        """Note that devices are to be judged again since these times; gives all work of theirs."""
        async with self._connection() as connection:
            return await late.note_late(connection, [(key, at_ms, b"") for key, at_ms in since_ms.items()])

    async def checkpoint_before(self, device_id: DeviceId, time_ms: int) -> Checkpoint | None:
        """The newest checkpoint of a device whose newest report is older than this."""
        async with self._connection() as connection:
            return await late.checkpoint_before(connection, device_id, time_ms)

    async def positions_after(
        self, device_id: DeviceId, order: Order | None, *, limit: int
    ) -> Sequence[PositionReport]:
        """The next stored positions of a device after an order key (None: from the first), in its order."""
        async with self._connection() as connection:
            return await late.positions_after(connection, device_id, order, limit)

    async def dust_after(
        self, device_id: DeviceId, order: Order | None, *, limit: int
    ) -> Sequence[DustReport]:
        """As `positions_after`, a station's readings."""
        async with self._connection() as connection:
            return await late.dust_after(connection, device_id, order, limit)

    async def background_after(self, area_id: AreaId, time_ms: int | None) -> Sequence[BackgroundReport]:
        """An area's values of the hours that end after an instant (None: all), by time."""
        async with self._connection() as connection:
            return await late.background_after(connection, area_id, time_ms)

    async def alerts_since(
        self, device_id: DeviceId, time_ms: int, ids: Sequence[UUID] = ()
    ) -> Sequence[Finding]:
        """A device's alerts that were not over, or not found yet, at an instant, and those named."""
        async with self._connection() as connection:
            return await late.alerts_since(connection, device_id, time_ms, ids)

    async def devices_with_days_to_judge(
        self, until: date, *, after: DeviceId = NO_DEVICE, limit: int = 100
    ) -> Sequence[tuple[DeviceId, date]]:
        """Stations' devices with local days up to `until` that are not counted yet, and the first such day, by id."""
        async with self._connection() as connection:
            return await dust_days.devices_to_judge(connection, until, after, limit)

    async def judge_days(
        self, device_id: DeviceId, until: date, zone: tzinfo, judge: JudgeDays
    ) -> tuple[int, ...]:
        """Count a device's days up to `until` that have news and store what `judge` says of them; gives the changes."""
        async with self._connection() as connection, connection.transaction():
            if self._claim is not None:
                await check_claim(connection, self._claim)
            return await dust_days.judge_days(connection, device_id, until, zone, judge)

    async def new_facts(self) -> Sequence[NewFact]:
        """Facts that the area step has not looked at, a bounded number of them."""
        async with self._connection() as connection:
            return await facts.new_facts(connection)

    async def stays_between(self, from_ms: int, to_ms: int) -> Sequence[Fact]:
        """Loaded stays that began in [from, to]."""
        async with self._connection() as connection:
            return await facts.stays_between(connection, from_ms, to_ms)

    async def visits_during(self, zones: Sequence[ZoneId], from_ms: int, to_ms: int) -> Sequence[Fact]:
        """Visits of these zones that overlap [from, to)."""
        async with self._connection() as connection:
            return await facts.visits_during(connection, zones, from_ms, to_ms)

    async def alerts_of_rule(self, kind: RuleKind, from_ms: int, to_ms: int) -> Sequence[AlertRow]:
        """Alerts of a kind, not over at `from_ms` or begun since, none after `to_ms`; withdrawn ones too."""
        async with self._connection() as connection:
            return await facts.alerts_of_rule(connection, kind.value, from_ms, to_ms)

    async def earliest_starts(self, ids: Sequence[UUID]) -> Mapping[UUID, int]:
        """The earliest start (ms) that each alert ever had."""
        async with self._connection() as connection:
            return await facts.earliest_starts(connection, ids)

    async def save_area(self, news: AreaNews) -> tuple[int, ...]:
        """Store what the area step found and that it has looked; the numbers of the alert changes."""
        async with self._connection() as connection, connection.transaction():
            if self._claim is not None:
                await check_claim(connection, self._claim)
            return await facts.save_area(connection, news)

    async def save_registry(
        self, document: bytes, *, author: str, effective_from_ms: int | None = None, note: str = ""
    ) -> int:
        """Append a version, in force from an instant or as soon as ingest has it, and give its number.

        Where the version in force from then on says the same, it is that one's number. Raises VersionRefused
        where a later version is planned.
        """
        async with self._connection() as connection:
            return await registry_versions.save(
                connection, document, author=author, effective_from_ms=effective_from_ms, note=note
            )

    async def cancel_registry(self, version: int, *, author: str) -> None:
        """Call off a planned version, as if it had never been; raises VersionRefused where it is too late."""
        async with self._connection() as connection:
            await registry_versions.cancel(connection, version, author=author)

    async def newest_registry(self) -> RegistryVersion | None:
        """The newest version that is not cancelled, if any; it may be in force only later."""
        async with self._connection() as connection:
            known = await registry_versions.timeline(connection)
            return await registry_versions.load(connection, known[-1].version) if known else None

    async def registry_at(self, time_ms: int) -> RegistryVersion | None:
        """The version in force at an instant, if there is any."""
        async with self._connection() as connection:
            found = registry_versions.in_force_at(await registry_versions.timeline(connection), time_ms)
            return None if found is None else await registry_versions.load(connection, found.version)

    async def registry_timeline(self) -> Sequence[VersionInForce]:
        """When which version is in force, in order; cancelled ones are left out."""
        async with self._connection() as connection:
            return await registry_versions.timeline(connection)

    async def registry_stamp(self) -> tuple[int, int]:
        """What differs once there are other versions: the last number, and how many are cancelled."""
        async with self._connection() as connection:
            return await registry_versions.stamp(connection)

    async def registry_version(self, version: int) -> RegistryVersion | None:
        """One version with its document, also a cancelled one."""
        async with self._connection() as connection:
            return await registry_versions.load(connection, version)

    async def registry_versions(
        self, *, limit: int = 100, before: int | None = None
    ) -> Sequence[RegistryHead]:
        """Versions without their documents, newest first; `before` continues after the last of a page."""
        async with self._connection() as connection:
            return await registry_versions.heads(connection, limit, before)

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
        async with self._connection() as connection:
            return await explaining.load_case(connection, alert_id, self._day_of)

    async def track(self, device_id: str, from_ms: int, to_ms: int) -> tracks.StoredTrack:
        """A device's way over a span, both ends included; raises TooManyReports."""
        async with self._connection() as connection:
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
                await connection.add_listener(CHANGES_CHANNEL, lambda *told: numbers.put_nowait(int(told[3])))
                newest = int((await connection.fetchrow(self._reading["change_bounds"]))["newest"])
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


async def _keep_session(connection: "asyncpg.Connection[Any]") -> None:
    """Do nothing on release: no verb leaves session state behind, and a reset costs a round trip."""
