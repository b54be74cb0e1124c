"""What a statement is put together from, read in one snapshot; and the statements that were issued, as bytes."""

import json
import zlib
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import date
from hashlib import sha256
from typing import Any, TypeAlias

import asyncpg
from msgspec import Struct

from storage.reports import AlertLine, CaseLine, alert_line
from storage.sql import queries
from storage.verbs import Verbs

Connection: TypeAlias = "asyncpg.Connection[Any]"

AT_ONCE = 2_000
"""Alerts held with their evidence at a time."""


class Heard(Struct, frozen=True, kw_only=True):
    """A device's account over some local days, and on how many of them something of it was stored."""

    device_id: str
    days_heard: int
    received: int
    rejected: int
    bad_fields: int


class Issued(Struct, frozen=True, kw_only=True):
    """An issued statement without its content; `by_district` has (alerts, violations), "" for those of none."""

    name: str
    number: int
    stated_ms: int
    issued_by: str
    by_district: Mapping[str, tuple[int, int]]


class Apart(Struct, frozen=True, kw_only=True):
    """An alert that another revision or verdict sets apart from what was stated of it; whether it counted, and counts."""

    id: str
    revision: int
    counted: bool
    counts: bool


class Convicting(Struct, frozen=True, kw_only=True):
    """An alert with its evidence (JSON), and the vehicles on site at the time (JSON), if it is about dust.

    `dismissed_because` is what was said when its case was dismissed; None where it is not.
    """

    line: AlertLine
    evidence: str
    on_site: str | None
    dismissed_because: str | None = None


class Snapshot:
    """The database as it stood at one instant."""

    def __init__(self, connection: Connection) -> None:
        """Read over a connection that stands in one transaction."""
        self._connection = connection
        self._sql = queries("statements")

    async def alerts(
        self, from_ms: int, to_ms: int, ids: Sequence[str] | None = None
    ) -> AsyncIterator[Sequence[Convicting]]:
        """The alerts detected in [from, to), all or some, in that order, some at a time."""
        cursor = await self._connection.cursor(self._sql["stated_alerts"], from_ms, to_ms, ids)
        while rows := await cursor.fetch(AT_ONCE):
            yield [
                Convicting(
                    line=alert_line(row),
                    evidence=row["evidence"],
                    on_site=row["on_site"],
                    dismissed_because=row["dismissed_because"],
                )
                for row in rows
            ]

    async def cases(self, from_ms: int, to_ms: int, now_ms: int) -> Sequence[CaseLine]:
        """The cases opened in [from, to), and those opened before it that are open and overdue now."""
        rows = await self._connection.fetch(self._sql["stated_cases"], from_ms, to_ms, now_ms)
        return [CaseLine(**row) for row in rows]

    async def days(self, first: date, last: date) -> Sequence[Mapping[str, Any]]:
        """The loss account of each local day on which something arrived."""
        rows: Sequence[Mapping[str, Any]] = await self._connection.fetch(
            self._sql["stated_days"], first, last
        )
        return rows

    async def devices(self, first: date, last: date) -> Mapping[str, Heard]:
        """What arrived of each device, by its id."""
        rows = await self._connection.fetch(self._sql["stated_devices"], first, last)
        return {row["device_id"]: Heard(**row) for row in rows}


class StatementStore(Verbs):
    """The statements of one database."""

    QUERIES = "statements"

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[Snapshot]:
        """Everything read within stands as of one instant, so that its parts agree."""
        async with (
            self._connections.connection() as connection,
            connection.transaction(isolation="repeatable_read", readonly=True),
        ):
            yield Snapshot(connection)

    async def keep(
        self,
        name: str,
        number: int,
        *,
        kind: str,
        stated_ms: int,
        issued_by: str,
        by_district: Mapping[str, tuple[int, int]],
        content: bytes,
    ) -> bool:
        """Keep a statement for ever; False where there is one of this number already."""
        packed, digest = zlib.compress(content, 6), sha256(content).digest()
        text = json.dumps(by_district)
        return bool(
            await self._fetch(
                "keep_statement", name, number, kind, stated_ms, issued_by, text, packed, digest
            )
        )

    async def contents(self, name: str) -> Sequence[bytes]:
        """What was issued of a period, in order of number, still deflated."""
        return [bytes(row["content"]) for row in await self._fetch("statements", name)]

    async def heads(self, names: Sequence[str]) -> Sequence[Issued]:
        """What was issued of these periods, without the content."""
        return [
            Issued(
                **{
                    **row,
                    "by_district": {key: tuple(two) for key, two in json.loads(row["by_district"]).items()},
                }
            )
            for row in await self._fetch("statement_heads", list(names))
        ]

    async def apart(
        self, from_ms: int, to_ms: int, ids: Sequence[str], revisions: Sequence[int], counted: Sequence[bool]
    ) -> Sequence[Apart]:
        """The alerts detected in [from, to), or stated to be, that are otherwise than stated and counted or count."""
        rows = await self._fetch("stated_apart", from_ms, to_ms, ids, revisions, counted)
        return [Apart(**row) for row in rows]

    async def counts(self, spans: Sequence[tuple[int, int]]) -> Sequence[Mapping[str, tuple[int, int]]]:
        """By district the alerts and violations detected in each span [from, to), as they stand now."""
        rows = await self._fetch(
            "stated_counts", [from_ms for from_ms, _ in spans], [to_ms for _, to_ms in spans]
        )
        return [
            {
                row["district_id"]: (row["alerts"], row["violations"])
                for row in rows
                if row["from_ms"] == from_ms
            }
            for from_ms, _ in spans
        ]

    async def first_known_ms(self) -> int | None:
        """When the first that a statement could speak of happened; None before it."""
        found: int | None = (await self._fetch("first_known"))[0]["first_ms"]
        return found
