"""Whether a period counts otherwise than the statement issued last, without stating it anew.

The database is asked for the alerts that another revision or verdict sets apart; only those that count on both
sides are read, as what the engine said again need not be a correction.
"""

import asyncio
import zlib
from collections.abc import Sequence
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from domain.period import Period
from exports.amendments import changes_between
from exports.book_reader import BookReader
from exports.statement import StatedAlert, Statement
from exports.stating import stated_alerts
from storage.statements import Apart, Issued, StatementStore


class _Known(Struct, frozen=True, kw_only=True):
    """What is compared of an issued statement: by alert its revision, and whether it counts."""

    from_ms: int
    to_ms: int
    marks: tuple[Sequence[str], Sequence[int], Sequence[bool]]


class Comparing:
    """Compares with the statements of one database; what it has read of them it keeps, as they never change."""

    def __init__(self, kept: StatementStore, books: BookReader) -> None:
        """Stand on a store's statements."""
        self._kept = kept
        self._books = books
        self._known: dict[str, tuple[int, _Known]] = {}
        self._judged: dict[str, tuple[int, Sequence[Apart], bool]] = {}

    async def differs(self, period: Period, last: Issued) -> bool:
        """Whether issuing the period now would amend its newest statement."""
        known = await self._known_of(period, last)
        apart = await self._kept.apart(known.from_ms, known.to_ms, *known.marks)
        if any(one.counted != one.counts for one in apart):
            return True
        if not apart:
            return False
        judged = self._judged.get(period.name)
        if judged is None or judged[:2] != (last.number, apart):
            judged = last.number, apart, await self._is_corrected(last, known, apart)
            self._judged[period.name] = judged
        return judged[2]

    async def _known_of(self, period: Period, last: Issued) -> _Known:
        known = self._known.get(period.name)
        if known is None or known[0] != last.number:
            known = last.number, await asyncio.to_thread(_marked, await self._statement(last))
            self._known[period.name] = known
        return known[1]

    async def _statement(self, last: Issued) -> Statement:
        contents = await self._kept.contents(last.name)
        return await asyncio.to_thread(unpacked, contents[last.number])

    async def _is_corrected(self, last: Issued, known: _Known, apart: Sequence[Apart]) -> bool:
        before = await self._statement(last)
        ids = {one.id: None for one in apart}
        found: list[StatedAlert] = []
        async with self._kept.snapshot() as seen:
            async for some in seen.alerts(known.from_ms, known.to_ms, list(ids)):
                versions = (one.line.ruleset_version for one in some)
                found += stated_alerts(some, await self._books.books(before.registry_version, versions))
        was = tuple(one for one in before.alerts if one.id in ids)
        return bool(changes_between(replace(before, alerts=was), replace(before, alerts=tuple(found))))


def unpacked(content: bytes) -> Statement:
    """A statement as it was kept."""
    return msgspec.json.decode(zlib.decompress(content), type=Statement)


def _marked(statement: Statement) -> _Known:
    # By the days of its first issue, which all later ones keep.
    zone = ZoneInfo(statement.timezone)
    alerts = statement.alerts
    return _Known(
        from_ms=statement.period.from_ms(zone),
        to_ms=statement.period.to_ms(zone),
        marks=([one.id for one in alerts], [one.revision for one in alerts], [one.counts for one in alerts]),
    )
