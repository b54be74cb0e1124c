"""Late work: noting and finishing it within a batch's transaction, and what judging a device again reads."""

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias
from uuid import UUID

import asyncpg

from alerts.device_state import Order
from alerts.finding import Finding
from domain.identifiers import AreaId, DeviceId
from domain.report import BackgroundReport, DustReport, PositionReport
from storage.account import Key
from storage.alert_log import finding_of
from storage.batch import Checkpoint, LateWork
from storage.records import alert_from
from storage.rows import background_from, checkpoint_from, dust_from, position_from
from storage.sql import queries

Connection: TypeAlias = "asyncpg.Connection[Any]"


async def note_late(connection: Connection, stored: Sequence[Key]) -> tuple[LateWork, ...]:
    """Note that these reports came late; gives all work of their devices."""
    if not stored:
        return ()
    since_ms: dict[str, int] = {}
    for device_id, time_ms, _ in stored:
        since_ms[device_id] = min(time_ms, since_ms.get(device_id, time_ms))
    devices = sorted(since_ms)
    rows = await connection.fetch(
        queries("late")["note_late_work"], devices, [since_ms[device_id] for device_id in devices]
    )
    return tuple(_work(row) for row in rows)


async def finish_late(connection: Connection, done: Sequence[LateWork]) -> None:
    """Strike off finished work, and the checkpoints that knew nothing of it."""
    sql = queries("late")
    rows = sorted(done, key=lambda work: work.device_id)
    devices = [work.device_id for work in rows]
    await connection.execute(sql["clear_late_work"], devices, [work.revision for work in rows])
    await connection.execute(sql["drop_checkpoints_since"], devices, [work.since_ms for work in rows])


async def late_work(connection: Connection) -> tuple[LateWork, ...]:
    """All work that is not finished, oldest first."""
    return tuple(_work(row) for row in await connection.fetch(queries("late")["late_work"]))


async def checkpoint_before(connection: Connection, device_id: DeviceId, time_ms: int) -> Checkpoint | None:
    """The newest checkpoint of a device whose newest report is older than this."""
    row = await connection.fetchrow(queries("late")["checkpoint_before"], device_id, time_ms)
    return None if row is None else checkpoint_from(row)


async def positions_after(
    connection: Connection, device_id: DeviceId, order: Order | None, limit: int
) -> list[PositionReport]:
    """The next positions of a device after an order key, in its order."""
    time_ms, has_seq, seq, digest = order or (None, None, None, None)
    rows = await connection.fetch(
        queries("late")["positions_after"], device_id, time_ms, has_seq, seq, digest, limit
    )
    return [position_from(row) for row in rows]


async def dust_after(
    connection: Connection, device_id: DeviceId, order: Order | None, limit: int
) -> list[DustReport]:
    """The next readings of a device after an order key, in its order."""
    time_ms, _, _, digest = order or (None, None, None, None)
    rows = await connection.fetch(queries("late")["dust_after"], device_id, time_ms, digest, limit)
    return [dust_from(row) for row in rows]


async def background_after(
    connection: Connection, area_id: AreaId, time_ms: int | None
) -> list[BackgroundReport]:
    """An area's values of the hours that end after an instant."""
    rows = await connection.fetch(queries("late")["background_after"], area_id, time_ms)
    return [background_from(row) for row in rows]


async def alerts_since(
    connection: Connection, device_id: DeviceId, time_ms: int, ids: Sequence[UUID]
) -> list[Finding]:
    """The alerts of a device that were not over, or not found yet, at an instant, and those named."""
    rows = await connection.fetch(queries("late")["alerts_since"], device_id, time_ms, list(ids))
    return [finding_of(alert_from(row)) for row in rows]


def _work(row: Mapping[str, Any]) -> LateWork:
    return LateWork(device_id=DeviceId(row["device_id"]), since_ms=row["since_ms"], revision=row["revision"])
