"""The ledger of a cycle and its standings, of the whole city: judged once for all who ask, and kept.

What people enter about scores counts at once. In a city alerts change every second, and judging half a year again
for each of them would take a core: a large ledger rests for a while, and says as of when it is.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Sequence
from time import thread_time
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
from runtime.clock import monotonic_s
from storage.demerits import AppealRow, Demerits, Stamp, ViolationRow

WEEK_MS = 7 * DAY_MS

SHORT = 1_000
"""Lines; a ledger of no more is judged in some hundredths of a second and does not rest."""
RESTS = 40
"""Longer ones rest so many times as long as judging took; with reading, which takes as long again, a twentieth of a core."""
KEPT_CYCLES = 2
"""Today's, by which the lists are, and the one that is looked at."""


class CycleTerms(Struct, frozen=True, kw_only=True):
    """What a cycle is judged by. `dated` is the scheme whose bands and special rules hold."""

    timeline: Timeline
    cycle: Cycle
    dated: DatedScheme
    zone: ZoneInfo


class Judged(Struct, frozen=True, kw_only=True):
    """A cycle's lines in order of time, and where companies and vehicles stand by them; `core_s` is what it took."""

    lines: Sequence[Line]
    companies: Sequence[Standing]
    vehicles: Sequence[Standing]
    core_s: float


class _Kept(Struct, frozen=True, kw_only=True):
    """What was judged, by which stamp and in which hour; `at_s` is monotonic."""

    judged: Judged
    stamp: Stamp
    hour: int
    at_s: float

    def holds(self, stamp: Stamp, hour: int, now_s: float) -> bool:
        if (stamp.entered, hour) != (self.stamp.entered, self.hour):
            return False
        rests_s = RESTS * self.judged.core_s if len(self.judged.lines) > SHORT else 0.0
        return stamp == self.stamp or now_s < self.at_s + rests_s


class ScoreBook:
    """Reads what a ledger is made of, and keeps the last cycles that were asked for."""

    def __init__(self, demerits: Demerits, books: BookReader) -> None:
        self._demerits = demerits
        self._books = books
        self._judging = asyncio.Lock()
        self._kept: OrderedDict[tuple[Cycle, str, int], _Kept] = OrderedDict()
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

    async def kept(self, terms: CycleTerms, now_ms: int) -> tuple[Judged, int]:
        """A cycle by the schemes that are stored, and for how long (ms) alerts and cases may have changed it since.

        What the last week changed is up to an hour old.
        """
        name, hour = (terms.cycle, terms.zone.key, len(terms.timeline)), now_ms // HOUR_MS
        async with self._judging:
            stamp = await self._demerits.stamp()
            kept = self._kept.get(name)
            if kept is None or not kept.holds(stamp, hour, monotonic_s()):
                at_s = monotonic_s()
                kept = _Kept(judged=await self.judged(terms, now_ms), stamp=stamp, hour=hour, at_s=at_s)
                self._kept[name] = kept
                while len(self._kept) > KEPT_CYCLES:
                    self._kept.popitem(last=False)
            self._kept.move_to_end(name)
            return kept.judged, 0 if kept.stamp == stamp else round(1000 * (monotonic_s() - kept.at_s))

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
    began_s = thread_time()
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
        core_s=thread_time() - began_s,
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
