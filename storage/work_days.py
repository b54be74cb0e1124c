"""Vehicles' local days of work: counted once they are over, and again where more came of them.

While a day runs its lines say what it came to so far; once it is over they are counted as a whole.

A report that comes after its day was to be counted notes that day within the transaction that stores it, and so does
judging a device again, which may tell other trips.
"""

from collections import Counter
from collections.abc import Awaitable, Iterable, Mapping, Sequence
from datetime import date, timedelta, tzinfo
from typing import Any, Protocol, TypeAlias

import asyncpg

from alerts.facts import Fact
from alerts.finding import Finding
from alerts.work_day import SETTLES_MS, WorkDay
from alerts.work_hauls import NEAR_MS, Haul
from alerts.work_stops import DueStop, StopState
from domain.identifiers import DeviceId
from domain.localtime import day_end_ms, day_start_ms
from domain.report import PositionReport
from storage.account import DayOf
from storage.alert_log import finding_of
from storage.batch import LateWork
from storage.facts import fact_from
from storage.records import alert_from
from storage.rows import position_of
from storage.sql import queries

Connection: TypeAlias = "asyncpg.Connection[Any]"


class Counting(Protocol):
    """How a day is counted, for whoever holds the database."""

    def reads_from_ms(self, facts: Sequence[Fact]) -> int:
        """From when on reports bear on the day."""
        ...

    def count(
        self, reports: Sequence[PositionReport], facts: Sequence[Fact], alerts: Sequence[Finding], to_ms: int
    ) -> Awaitable[WorkDay | None]:
        """What the day came to until an instant; None for a device that is no vehicle's."""
        ...


async def note_late_days(connection: Connection, reports: Sequence[PositionReport], day_of: DayOf) -> None:
    """Note the days of reports that are being stored after they were over; late, where they were to be counted by then."""
    oldest_ms = min(report.time_ms for report in reports)
    if day_of(oldest_ms) >= day_of(max(report.received_ms for report in reports)):
        return  # as all day but for a minute at midnight
    days: dict[tuple[str, date], bool] = {}
    for report in reports:
        day = day_of(report.time_ms)
        if day < day_of(report.received_ms):
            key = (report.device_id, day)
            days[key] = days.get(key, False) or day < day_of(report.received_ms - SETTLES_MS)
    keys = sorted(days)
    await connection.execute(
        queries("work_days")["note_late_days"],
        [device_id for device_id, _ in keys],
        [day for _, day in keys],
        [days[key] for key in keys],
    )


async def note_judged_again(connection: Connection, done: Iterable[LateWork], day_of: DayOf) -> None:
    """Note the counted days since devices were judged again: their trips and visits may be others now."""
    since = sorted((work.device_id, day_of(work.since_ms)) for work in done)
    await connection.execute(
        queries("work_days")["note_judged_again"], [key for key, _ in since], [day for _, day in since]
    )


async def seed_days(
    connection: Connection, devices: Sequence[DeviceId], first: date, last: date, zone: tzinfo
) -> None:
    """Offer the local days, both included, on which these devices said something or left a stop, and all that ran till then."""
    days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    await connection.execute(queries("work_days")["end_days"], last)
    await _seed(connection, devices, days, zone, is_whole=True)


async def running_days(
    connection: Connection, devices: Sequence[DeviceId], day: date, zone: tzinfo, before_ms: int
) -> list[DeviceId]:
    """Offer a day that runs, and give the devices whose line was last counted by then, the longest ago first."""
    await _seed(connection, devices, [day], zone, is_whole=False)
    rows = await connection.fetch(queries("work_days")["running_days"], day, before_ms)
    return [DeviceId(row["device_id"]) for row in rows]


async def _seed(
    connection: Connection, devices: Sequence[DeviceId], days: Sequence[date], zone: tzinfo, *, is_whole: bool
) -> None:
    await connection.execute(
        queries("work_days")["seed_days"],
        list(devices),
        days,
        [day_start_ms(day, zone) for day in days],
        [day_end_ms(day, zone) for day in days],
        is_whole,
    )


async def days_to_count(
    connection: Connection, until: date, after: DeviceId, limit: int
) -> list[tuple[DeviceId, Sequence[date]]]:
    """Devices, by id, with days up to `until` that are not counted, and these days."""
    rows = await connection.fetch(queries("work_days")["days_to_count"], until, after, limit)
    return [(DeviceId(row["device_id"]), row["days"]) for row in rows]


async def count_day(
    connection: Connection, device_id: DeviceId, day: date, zone: tzinfo, counting: Counting, at_ms: int
) -> bool:
    """Count a day in the caller's transaction, one that runs up to `at_ms`; False where it is counted already."""
    sql = queries("work_days")
    is_whole = await connection.fetchval(sql["claim_day"], device_id, day)
    if is_whole is None:
        return False
    from_ms, end_ms = day_start_ms(day, zone), day_end_ms(day, zone)
    to_ms = end_ms if is_whole else min(at_ms, end_ms)
    rows = await connection.fetch(sql["work_facts"], device_id, from_ms - NEAR_MS, from_ms, to_ms)
    facts = [fact_from(row) for row in rows]
    positions = await connection.fetch(sql["work_positions"], device_id, counting.reads_from_ms(facts), to_ms)
    alerts = await connection.fetch(sql["collection_alerts"], device_id, from_ms, to_ms)
    found = await counting.count(
        [position_of(row.values()) for row in positions],
        facts,
        [finding_of(alert_from(row)) for row in alerts],
        to_ms,
    )
    await _keep(connection, device_id, day, found, at_ms)
    return True


async def _keep(
    connection: Connection, device_id: DeviceId, day: date, found: WorkDay | None, at_ms: int
) -> None:
    sql = queries("work_days")
    await connection.execute(sql["keep_day"], device_id, day, at_ms, *_line(found))
    await connection.execute(sql["drop_hauls"], device_id, day)
    await connection.execute(sql["drop_runs"], device_id, day)
    if found is not None and found.hauls:
        rows = _haul_rows(found.hauls)
        await connection.execute(sql["keep_hauls"], device_id, day, *zip(*rows, strict=True))
    if found is not None and found.stops:
        rows = _run_rows(found.stops, found.vehicle_id)
        await connection.execute(sql["keep_runs"], device_id, day, *zip(*rows, strict=True))


def _line(found: WorkDay | None) -> tuple[object, ...]:
    if found is None:
        return (None,) * 13
    driven, tonnes = found.driven, [haul.tonnes for haul in found.hauls if haul.tonnes is not None]
    return (
        found.vehicle_id,
        found.district_id,
        found.plan_id,
        driven.reports,
        driven.driven_m,
        driven.odometer_m,
        driven.moving_ms / 1000,
        _seconds(driven.engine_ms),
        driven.working_m,
        _seconds(driven.working_ms),
        driven.rounds,
        len(found.hauls),
        sum(tonnes) if tonnes else None,
    )


def _seconds(ms: int | None) -> float | None:
    return None if ms is None else ms / 1000


def _haul_rows(hauls: Sequence[Haul]) -> list[tuple[object, ...]]:
    """Trips added up by source, permit, field and vehicle."""
    alike: dict[tuple[str, str, str, str], list[Haul]] = {}
    for haul in hauls:
        key = (haul.source, haul.permit_id or "", haul.unloaded_in or "", haul.vehicle_id)
        alike.setdefault(key, []).append(haul)
    return [
        (
            *key,
            len(those),
            sum(one.is_measured for one in those),
            sum(one.tonnes is None for one in those),
            sum(one.is_permitted is False for one in those),
            sum(one.tonnes or 0.0 for one in those),
            sum(one.rated_t or 0.0 for one in those),
        )
        for key, those in sorted(alike.items())
    ]


def _run_rows(stops: Sequence[DueStop], vehicle_id: str) -> list[tuple[object, ...]]:
    """Stops added up by run and district."""
    counts: Mapping[tuple[str, str, StopState], int] = Counter(
        (stop.run_id, stop.district_id or "", stop.state) for stop in stops
    )
    runs = sorted({(run, district) for run, district, _ in counts})
    return [
        (run, district, vehicle_id, *(counts.get((run, district, state), 0) for state in StopState))
        for run, district in runs
    ]
