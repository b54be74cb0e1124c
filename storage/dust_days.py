"""Stations' local days: noted within a batch's transaction, and counted and judged once they are over.

What a day's readings came to is kept, so that a day that is judged is read once, and the six before it not
again. A day that gets readings after it was counted is counted again.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, tzinfo
from typing import Any, TypeAlias

import asyncpg
import msgspec
from msgspec import Struct

from alerts.capped import DAYS, SETTLES_MS, DayTally, Tally, is_counted
from alerts.finding import Finding
from alerts.ruleset import DAY_KINDS
from domain.identifiers import DeviceId
from domain.localtime import day_end_ms, day_start_ms
from domain.quantity import Flag, Quantity
from domain.report import DustReport
from storage.account import DayOf
from storage.alert_log import finding_of, save_findings
from storage.batch import JudgedFinding
from storage.records import alert_from
from storage.sql import queries

Connection: TypeAlias = "asyncpg.Connection[Any]"

_TALLY: msgspec.json.Decoder[dict[Quantity, Tally]] = msgspec.json.Decoder(dict[Quantity, Tally])
_FLAGS = msgspec.json.Decoder(dict[Quantity, Flag])


class DustDay(Struct, frozen=True, kw_only=True):
    """One station's local day: what was read, whether that is news, and whether any of it came after the day was over."""

    day: date
    tally: DayTally
    is_new: bool
    is_late: bool


JudgeDays = Callable[[Sequence[DustDay], Sequence[Finding]], Sequence[JudgedFinding]]
"""From a station's days, rising, and the stored alerts of those days to what is to be stored."""


async def note_days(connection: Connection, readings: Sequence[DustReport], day_of: DayOf) -> None:
    """Note the days of readings that are being stored; one at midnight is of the day that ends."""
    days: dict[tuple[str, date], bool] = {}
    for reading in readings:
        key = (reading.device_id, day_of(reading.time_ms - 1))
        days[key] = days.get(key, False) or day_of(reading.received_ms - SETTLES_MS) > key[1]
    keys = sorted(days)
    await connection.execute(
        queries("dust_days")["note_dust_days"],
        [device_id for device_id, _ in keys],
        [day for _, day in keys],
        [days[key] for key in keys],
    )


async def devices_to_judge(
    connection: Connection, until: date, after: DeviceId, limit: int
) -> Sequence[tuple[DeviceId, date]]:
    """Devices, by id, with days up to `until` that are not counted, and the first such day."""
    rows = await connection.fetch(queries("dust_days")["devices_to_judge"], until, after, limit)
    return [(DeviceId(row["device_id"]), row["first_day"]) for row in rows]


async def judge_days(
    connection: Connection,
    device_id: DeviceId,
    until: date,
    zone: tzinfo,
    judge: JudgeDays,
    at_ms: int | None,
) -> tuple[int, ...]:
    """Count a device's days up to `until` that have news, and store what judging them gives; all in one transaction."""
    sql = queries("dust_days")
    async with connection.transaction():
        rows = await connection.fetch(sql["claim_dust_days"], device_id, until, DAYS - 1)
        days = [await _day(connection, device_id, row, zone) for row in rows]
        new = [day for day in days if day.is_new]
        if not new:
            return ()
        texts = [msgspec.json.encode(day.tally).decode() for day in new]
        await connection.execute(sql["keep_tallies"], device_id, [day.day for day in new], texts)
        first_ms, last_ms = day_start_ms(new[0].day, zone), day_end_ms(days[-1].day, zone)
        kinds = [kind.value for kind in DAY_KINDS]
        stored = await connection.fetch(sql["alerts_of_days"], device_id, kinds, first_ms, last_ms)
        found = judge(days, [finding_of(alert_from(row)) for row in stored])
        return await save_findings(connection, found, at_ms=at_ms) if found else ()


async def _day(connection: Connection, device_id: DeviceId, row: Mapping[str, Any], zone: tzinfo) -> DustDay:
    day, text = row["day"], row["tally_json"]
    tally = _TALLY.decode(text) if text is not None else await _counted(connection, device_id, day, zone)
    return DustDay(day=day, tally=tally, is_new=text is None, is_late=row["is_late"])


async def _counted(connection: Connection, device_id: DeviceId, day: date, zone: tzinfo) -> DayTally:
    """What was read of each particulate in one local day."""
    rows = await connection.fetch(
        queries("dust_days")["count_readings"], device_id, day_start_ms(day, zone), day_end_ms(day, zone)
    )
    values: dict[Quantity, dict[float, int]] = {}
    for quantity_name, value, flags_json, readings in rows:
        quantity = Quantity(quantity_name)
        flags = {} if flags_json is None else _FLAGS.decode(flags_json)
        if is_counted(value, flags.get(quantity, Flag.NORMAL)):
            counts = values.setdefault(quantity, {})
            counts[value] = counts.get(value, 0) + readings
    return {quantity: Tally(tuple(own), tuple(own.values())) for quantity, own in values.items()}
