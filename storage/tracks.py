"""One vehicle's way over a span: its reports in their order, and what was found of it."""

from collections.abc import Sequence
from typing import Any, TypeAlias

import asyncpg
from msgspec import Struct

from alerts.facts import Fact
from domain.report import PositionReport
from storage.facts import fact_from
from storage.records import AlertRow, alert_from
from storage.rows import position_of
from storage.sql import queries

Connection: TypeAlias = "asyncpg.Connection[Any]"

MOST_REPORTS = 100_000
"""More reports than this in a span are refused: no line shows them, and reading them holds up others."""
MOST_FOUND = 2_000


class TooManyReports(Exception):  # noqa: N818 -- said as it is, like the others that a route answers
    """A span holds more reports than `MOST_REPORTS`."""


class StoredTrack(Struct, frozen=True, kw_only=True):
    """What is stored of a device in a span; `breaks` are the places in `reports` before which some are left out."""

    reports: Sequence[PositionReport]
    breaks: frozenset[int] = frozenset()
    facts: Sequence[Fact]
    alerts: Sequence[AlertRow]


async def load_track(
    connection: Connection, device_id: str, from_ms: int, to_ms: int, most: int = MOST_REPORTS
) -> StoredTrack:
    """A device's reports in [from, to], and the facts and alerts that overlap it; raises TooManyReports."""
    sql = queries("track")
    rows = await connection.fetch(sql["positions_during"], device_id, from_ms, to_ms, most + 1)
    if len(rows) > most:
        raise TooManyReports(f"more than {most} reports")
    facts = await connection.fetch(sql["facts_during"], device_id, from_ms, to_ms, MOST_FOUND)
    alerts = await connection.fetch(sql["alerts_during"], device_id, from_ms, to_ms, MOST_FOUND)
    return StoredTrack(
        reports=[position_of(row.values()) for row in rows],
        facts=[fact_from(row) for row in facts],
        alerts=[alert_from(row) for row in alerts],
    )
