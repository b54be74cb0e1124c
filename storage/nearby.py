"""What vehicles said in a part of the map lately, as far back as can be read in a bounded time."""

import time
from collections.abc import Sequence
from typing import Any, TypeAlias

import asyncpg
from msgspec import Struct

from domain.instant import MINUTE_MS
from domain.report import PositionReport
from storage.rows import position_of
from storage.sql import queries

Connection: TypeAlias = "asyncpg.Connection[Any]"
Box: TypeAlias = tuple[float, float, float, float]
"""West, south, east, north in WGS-84 degrees."""

MOST_REPORTS = 60_000
MOST_S = 4.0
# The first slice is small, so that even the largest fleet has an answer; then as much again, and more.
SLICES_MS = tuple(minutes * MINUTE_MS for minutes in (2, 8, 50, 120, 300, 960))


class Nearby(Struct, frozen=True, kw_only=True):
    """The reports after `from_ms`, each device's together and in its order; less than a day where it was too much."""

    from_ms: int
    to_ms: int
    reports: Sequence[PositionReport]


async def load_nearby(
    connection: Connection, box: Box, to_ms: int, *, most: int = MOST_REPORTS, most_s: float = MOST_S
) -> Nearby:
    """The positions within a box in the day before `to_ms`, slice by slice into the past until a bound is met."""
    sql, ends_by = queries("nearby")["positions_within"], time.monotonic() + most_s
    found: list[PositionReport] = []
    from_ms = to_ms
    for slice_ms in SLICES_MS:
        left_s, room = ends_by - time.monotonic(), most - len(found)
        if left_s <= 0 or room <= 0:
            break
        try:
            rows = await connection.fetch(
                sql, from_ms - slice_ms, from_ms, *box, room + 1, timeout=left_s
            )  # fmt: skip
        except TimeoutError:
            break
        if len(rows) > room:
            break
        from_ms -= slice_ms
        found += [position_of(row.values()) for row in rows]
    found.sort(key=lambda report: (report.device_id, report.order))
    return Nearby(from_ms=from_ms, to_ms=to_ms, reports=found)
