"""What ingest asks of the database: one transaction a batch, and what it goes on from after a restart or late data."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from datetime import date, tzinfo
from typing import Any, TypeVar
from uuid import UUID

import asyncpg

from alerts.device_state import Order
from alerts.facts import Fact
from alerts.finding import Finding
from domain.identifiers import AreaId, DeviceId, ZoneId
from domain.report import BackgroundReport, DustReport, PositionReport
from domain.rule import RuleKind
from storage import dust_days, facts, late, work_days
from storage.batch import Batch, Checkpoint, Committed, LateWork
from storage.commit import check_claim, commit
from storage.dust_days import JudgeDays
from storage.facts import AreaNews, NewFact
from storage.pool import Pool
from storage.records import AlertRow
from storage.rows import background_from, checkpoint_from, dust_from, position_from
from storage.seat import Seat
from storage.sql import queries
from storage.work_days import Counting

NO_DEVICE = DeviceId("")

_ROWS_AT_ONCE = 5_000
_Report = TypeVar("_Report", PositionReport, DustReport, BackgroundReport)


class Ingesting(Pool):
    """What is judged, and what judging goes on from."""

    async def commit(self, batch: Batch) -> Committed:
        """Store a batch in one transaction; raises ClaimLost where this is `under` a claim that is not the newest."""
        async with self.connection() as connection:
            return await commit(connection, batch, self._day_of, self._habits, self._claim, self._now_ms())

    async def seat(self) -> Seat:
        """A connection for a worker to join the others with."""
        return await Seat.connect(self._dsn)

    async def ingest_slots(self) -> int:
        """The number of slots in force; 0 before the first start of ingest."""
        async with self.connection() as connection:
            return int(await connection.fetchval(queries("claims")["count_slots"]))

    async def lay_out_slots(self, slots: int) -> None:
        """Put a number of slots in force, before the first start of ingest."""
        async with self.connection() as connection:
            await connection.execute(queries("claims")["lay_out_slots"], slots)

    async def devices(self) -> Sequence[DeviceId]:
        """Every device of which there is a report or a checkpoint."""
        async with self.connection() as connection:
            return [
                DeviceId(row["device_id"]) for row in await connection.fetch(queries("restart")["devices"])
            ]

    async def load_checkpoints(self, devices: Sequence[DeviceId] | None = None) -> dict[DeviceId, Checkpoint]:
        """The newest checkpoint of every device, or of each of these."""
        async with self.connection() as connection:
            rows = await connection.fetch(queries("restart")["newest_checkpoints"], devices)
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
            self.connection() as connection,
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
        cursor = await connection.cursor(queries("restart")[name], devices)
        while rows := await cursor.fetch(_ROWS_AT_ONCE):
            yield [made_of(row) for row in rows]

    async def late_work(self) -> Sequence[LateWork]:
        """Devices to be judged again because reports came late."""
        async with self.connection() as connection:
            return await late.late_work(connection)

    async def note_late_work(self, since_ms: Mapping[DeviceId, int]) -> Sequence[LateWork]:
        """Note that devices are to be judged again since these times; gives all work of theirs."""
        async with self.connection() as connection:
            return await late.note_late(connection, [(key, at_ms, b"") for key, at_ms in since_ms.items()])

    async def checkpoint_before(self, device_id: DeviceId, time_ms: int) -> Checkpoint | None:
        """The newest checkpoint of a device whose newest report is older than this."""
        async with self.connection() as connection:
            return await late.checkpoint_before(connection, device_id, time_ms)

    async def positions_after(
        self, device_id: DeviceId, order: Order | None, *, limit: int
    ) -> Sequence[PositionReport]:
        """The next stored positions of a device after an order key (None: from the first), in its order."""
        async with self.connection() as connection:
            return await late.positions_after(connection, device_id, order, limit)

    async def dust_after(
        self, device_id: DeviceId, order: Order | None, *, limit: int
    ) -> Sequence[DustReport]:
        """As `positions_after`, a station's readings."""
        async with self.connection() as connection:
            return await late.dust_after(connection, device_id, order, limit)

    async def background_after(self, area_id: AreaId, time_ms: int | None) -> Sequence[BackgroundReport]:
        """An area's values of the hours that end after an instant (None: all), by time."""
        async with self.connection() as connection:
            return await late.background_after(connection, area_id, time_ms)

    async def alerts_since(
        self, device_id: DeviceId, time_ms: int, ids: Sequence[UUID] = ()
    ) -> Sequence[Finding]:
        """A device's alerts that were not over, or not found yet, at an instant, and those named."""
        async with self.connection() as connection:
            return await late.alerts_since(connection, device_id, time_ms, ids)

    async def devices_with_days_to_judge(
        self, until: date, *, after: DeviceId = NO_DEVICE, limit: int = 100
    ) -> Sequence[tuple[DeviceId, date]]:
        """Stations' devices with local days up to `until` that are not counted yet, and the first such day, by id."""
        async with self.connection() as connection:
            return await dust_days.devices_to_judge(connection, until, after, limit)

    async def judge_days(
        self, device_id: DeviceId, until: date, zone: tzinfo, judge: JudgeDays
    ) -> tuple[int, ...]:
        """Count a device's days up to `until` that have news and store what `judge` says of them; gives the changes."""
        async with self.connection() as connection, connection.transaction():
            if self._claim is not None:
                await check_claim(connection, self._claim)
            return await dust_days.judge_days(connection, device_id, until, zone, judge, self._now_ms())

    async def seed_work_days(
        self, devices: Sequence[DeviceId], first: date, last: date, zone: tzinfo
    ) -> None:
        """Offer the local days, both included, on which these devices said something or left a stop, and all that ran till then."""
        async with self.connection() as connection, connection.transaction():
            await work_days.seed_days(connection, devices, first, last, zone)

    async def running_work_days(
        self, devices: Sequence[DeviceId], day: date, zone: tzinfo, *, before_ms: int
    ) -> Sequence[DeviceId]:
        """Offer a day that runs, and give the devices whose line was last counted by then, the longest ago first."""
        async with self.connection() as connection:
            return await work_days.running_days(connection, devices, day, zone, before_ms)

    async def work_days_to_count(
        self, until: date, *, after: DeviceId = NO_DEVICE, limit: int = 100
    ) -> Sequence[tuple[DeviceId, Sequence[date]]]:
        """Devices with local days of work up to `until` that are not counted, by id, and these days."""
        async with self.connection() as connection:
            return await work_days.days_to_count(connection, until, after, limit)

    async def count_work_day(
        self, device_id: DeviceId, day: date, zone: tzinfo, counting: Counting, *, at_ms: int
    ) -> bool:
        """Count a device's local day, one that runs up to `at_ms`, and keep it; False where it is counted already."""
        async with self.connection() as connection, connection.transaction():
            if self._claim is not None:
                await check_claim(connection, self._claim)
            return await work_days.count_day(connection, device_id, day, zone, counting, at_ms)

    async def new_facts(self) -> Sequence[NewFact]:
        """Facts that the area step has not looked at, a bounded number of them."""
        async with self.connection() as connection:
            return await facts.new_facts(connection)

    async def stays_between(self, from_ms: int, to_ms: int) -> Sequence[Fact]:
        """Loaded stays that began in [from, to]."""
        async with self.connection() as connection:
            return await facts.stays_between(connection, from_ms, to_ms)

    async def visits_during(self, zones: Sequence[ZoneId], from_ms: int, to_ms: int) -> Sequence[Fact]:
        """Visits of these zones that overlap [from, to)."""
        async with self.connection() as connection:
            return await facts.visits_during(connection, zones, from_ms, to_ms)

    async def alerts_of_rule(self, kind: RuleKind, from_ms: int, to_ms: int) -> Sequence[AlertRow]:
        """Alerts of a kind, not over at `from_ms` or begun since, none after `to_ms`; withdrawn ones too."""
        async with self.connection() as connection:
            return await facts.alerts_of_rule(connection, kind.value, from_ms, to_ms)

    async def earliest_starts(self, ids: Sequence[UUID]) -> Mapping[UUID, int]:
        """The earliest start (ms) that each alert ever had."""
        async with self.connection() as connection:
            return await facts.earliest_starts(connection, ids)

    async def save_area(self, news: AreaNews) -> tuple[int, ...]:
        """Store what the area step found and that it has looked; the numbers of the alert changes."""
        async with self.connection() as connection, connection.transaction():
            if self._claim is not None:
                await check_claim(connection, self._claim)
            return await facts.save_area(connection, news, self._now_ms())
