"""The ledger of a cycle, of the whole city: read and judged once, and kept until something changes it."""

import asyncio
from collections.abc import Sequence
from zoneinfo import ZoneInfo

from alerts.demerit_document import read_scheme
from alerts.demerit_scheme import Cycle, DatedScheme, Scheme, Timeline, Worth
from alerts.demerits import Appeal, Line, Violation, ledger
from domain.localtime import day_end_ms, day_start_ms, local_day
from domain.person import EVERYTHING
from domain.rule import RuleKind
from domain.station import Severity
from storage.demerits import AppealRow, Demerits, ViolationRow


class ScoreBook:
    """Reads what a ledger is made of, and keeps the last cycle's until the database's stamp changes."""

    def __init__(self, demerits: Demerits) -> None:
        self._demerits = demerits
        self._judging = asyncio.Lock()
        self._kept: tuple[object, Sequence[Line]] | None = None
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

    async def lines(self, timeline: Timeline, cycle: Cycle, zone: ZoneInfo) -> Sequence[Line]:
        """The ledger of a cycle by the schemes that are kept."""
        async with self._judging:
            key = (await self._demerits.stamp(), cycle, zone.key)
            if self._kept is None or self._kept[0] != key:
                self._kept = (key, await self.judged(timeline, cycle, zone))
            return self._kept[1]

    async def judged(self, timeline: Timeline, cycle: Cycle, zone: ZoneInfo) -> Sequence[Line]:
        """The ledger of a cycle by any schemes."""
        rows = await self._demerits.violations(day_start_ms(cycle.first, zone), day_end_ms(cycle.last, zone))
        appeals = await self._demerits.appeals(EVERYTHING)
        # A city's takes seconds; the live stream goes on meanwhile.
        return await asyncio.to_thread(_judged, timeline, rows, appeals, zone)

    def _scheme(self, version: int, document: str) -> Scheme:
        if version not in self._schemes:
            scheme = read_scheme(document.encode())
            if not isinstance(scheme, Scheme):
                raise ValueError(f"scheme {version}: {scheme[0].path}: {scheme[0].message}")
            self._schemes[version] = scheme
        return self._schemes[version]


def _judged(
    timeline: Timeline, rows: Sequence[ViolationRow], appeals: Sequence[AppealRow], zone: ZoneInfo
) -> Sequence[Line]:
    return ledger(timeline, (_violation(row, zone) for row in rows), (_appeal(row) for row in appeals))


def _violation(row: ViolationRow, zone: ZoneInfo) -> Violation:
    return Violation(
        alert_id=row.alert_id,
        rule=RuleKind(row.rule),
        severity=Severity(row.severity),
        at_ms=row.at_ms,
        day=local_day(row.at_ms, zone),
        vehicle_id=row.vehicle_id,
        company_id=row.company_id,
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
