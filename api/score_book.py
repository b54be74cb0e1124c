"""The ledger of a cycle and its standings, of the whole city: judged once, and kept until something changes them."""

import asyncio
from collections.abc import Sequence
from zoneinfo import ZoneInfo

from msgspec import Struct

from alerts.demerit_document import read_scheme
from alerts.demerit_scheme import Cycle, DatedScheme, Scheme, Timeline, Worth
from alerts.demerits import Appeal, Line, Standing, Violation, ledger, standings
from domain.instant import DAY_MS, HOUR_MS
from domain.localtime import day_end_ms, day_start_ms, local_day
from domain.person import EVERYTHING
from domain.rule import RuleKind
from domain.station import Severity
from exports.book import Books
from exports.book_reader import BookReader
from storage.demerits import AppealRow, Demerits, ViolationRow

WEEK_MS = 7 * DAY_MS


class CycleTerms(Struct, frozen=True, kw_only=True):
    """What a cycle is judged by. `dated` is the scheme whose bands and special rules hold."""

    timeline: Timeline
    cycle: Cycle
    dated: DatedScheme
    zone: ZoneInfo


class Judged(Struct, frozen=True, kw_only=True):
    """A cycle's lines in order of time, and where companies and vehicles stand by them."""

    lines: Sequence[Line]
    companies: Sequence[Standing]
    vehicles: Sequence[Standing]


class ScoreBook:
    """Reads what a ledger is made of, and keeps the last cycle's until the database's stamp changes."""

    def __init__(self, demerits: Demerits, books: BookReader) -> None:
        self._demerits = demerits
        self._books = books
        self._judging = asyncio.Lock()
        self._kept: tuple[object, Judged] | None = None
        self._schemes: dict[int, Scheme] = {}

    async def timeline(self) -> Timeline:
        """The schemes by version."""
        return [
            DatedScheme(
                version=row.version,
                effective_from=row.effective_from,
                scheme=self._scheme(row.version, row.document),
            )
            for row in await self._demerits.schemes()
        ]

    async def kept(self, terms: CycleTerms, now_ms: int) -> Judged:
        """A cycle by the schemes that are stored; what the last week changed is up to an hour old."""
        async with self._judging:
            key = (await self._demerits.stamp(), terms.cycle, terms.zone.key, now_ms // HOUR_MS)
            if self._kept is None or self._kept[0] != key:
                self._kept = (key, await self.judged(terms, now_ms))
            return self._kept[1]

    async def judged(self, terms: CycleTerms, now_ms: int) -> Judged:
        """A cycle by any schemes."""
        from_ms, to_ms = day_start_ms(terms.cycle.first, terms.zone), day_end_ms(terms.cycle.last, terms.zone)
        rows = await self._demerits.violations(from_ms, to_ms)
        current = await self._books.version_at(now_ms)
        assert current is not None  # whoever asks has found a registry in force
        books = await self._books.books(current, {row.ruleset_version for row in rows})
        appeals = await self._demerits.appeals(EVERYTHING)
        # A city's takes seconds; the live stream goes on meanwhile.
        return await asyncio.to_thread(_judged, terms, rows, books, appeals, now_ms)

    def _scheme(self, version: int, document: str) -> Scheme:
        if version not in self._schemes:
            scheme = read_scheme(document.encode())
            if not isinstance(scheme, Scheme):
                raise ValueError(f"scheme {version}: {scheme[0].path}: {scheme[0].message}")
            self._schemes[version] = scheme
        return self._schemes[version]


def _judged(
    terms: CycleTerms,
    rows: Sequence[ViolationRow],
    books: Books,
    appeals: Sequence[AppealRow],
    now_ms: int,
) -> Judged:
    lines = ledger(
        terms.timeline,
        (_violation(row, books, terms.zone) for row in rows),
        (_appeal(row) for row in appeals),
    )
    scheme = terms.dated.scheme
    return Judged(
        lines=lines,
        companies=standings(scheme, "company", lines, now_ms=now_ms, week_ms=WEEK_MS),
        vehicles=standings(scheme, "vehicle", lines, now_ms=now_ms, week_ms=WEEK_MS),
    )


def _violation(row: ViolationRow, books: Books, zone: ZoneInfo) -> Violation:
    return Violation(
        alert_id=row.alert_id,
        rule=RuleKind(row.rule),
        severity=Severity(row.severity),
        at_ms=row.at_ms,
        day=local_day(row.at_ms, zone),
        vehicle_id=row.vehicle_id,
        company_id=books.company_id(row),
        district_id=row.district_id,
        is_confirmed=row.is_confirmed,
    )


def _appeal(row: AppealRow) -> Appeal:
    back = (
        None
        if row.company_points is None or row.vehicle_points is None
        else Worth(company=row.company_points, vehicle=row.vehicle_points)
    )
    return Appeal(id=row.id, alert_id=row.alert_id, state=row.state, decided_ms=row.decided_ms, back=back)
