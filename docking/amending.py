"""What schedules that amend by themselves do about periods that went out and count otherwise since.

A difference has to stand for a whole day, so that data that come and go send nothing; the amendment then goes out
at the schedule's hour, which makes one a day of a period at most.
"""

from collections.abc import Sequence
from datetime import tzinfo

import structlog

from domain.instant import DAY_MS
from domain.period import Period, read_period
from exports.amendments import changes_between
from exports.statements import Statements
from exports.timetable import amendment_due_ms
from exports.within import within
from storage.errors import StorageUnavailable
from storage.schedules import Run, Schedule, Schedules

AMENDED_FOR_DAYS = 56
"""How long after its end a period is amended by itself; what changes later is left to people."""

LOOK_EVERY_MS = 600_000

_log = structlog.get_logger(__name__)


class Amending:
    """Looks after the schedules of one database that amend by themselves."""

    def __init__(self, schedules: Schedules, statements: Statements) -> None:
        self._schedules = schedules
        self._statements = statements
        self._looked_ms: int | None = None

    async def look(self, schedules: Sequence[Schedule], at_ms: int, zone: tzinfo) -> None:
        """Note what differs, and let go out what is due; at most every ten minutes. Raises StorageUnavailable."""
        if self._looked_ms is not None and 0 <= at_ms - self._looked_ms < LOOK_EVERY_MS:
            return
        self._looked_ms = at_ms
        for schedule in schedules:
            if not (schedule.amends and schedule.is_active):
                continue
            try:
                await self._look_at(schedule, at_ms, zone)
            except StorageUnavailable:
                raise
            except Exception:  # noqa: BLE001 -- told in the log
                # A fault of ours in one schedule holds up no other, and no webhooks.
                _log.exception("amending broken", action="amending_broken", schedule=schedule.name)

    async def _look_at(self, schedule: Schedule, at_ms: int, zone: tzinfo) -> None:
        from_ms = at_ms - AMENDED_FOR_DAYS * DAY_MS
        gone_out = {
            run.period: run
            for run in await self._schedules.runs(schedule.id)
            if run.state == "done" and read_period(run.period).to_ms(zone) >= from_ms
        }
        periods = [read_period(name) for name in gone_out]
        for found in await self._statements.described(periods, at_ms):
            run = gone_out[found.period.name]
            newest = found.issued[-1].number if found.issued else None
            differs = found.has_changed or newest != run.number
            if not differs and run.differs_since_ms is not None:
                await self._schedules.note_differs(run, since_ms=None)
            elif differs and run.differs_since_ms is None:
                await self._schedules.note_differs(run, since_ms=at_ms)
            elif differs and amendment_due_ms(schedule, run.differs_since_ms or at_ms, zone) <= at_ms:
                await self._amend(schedule, run, found.period, at_ms)

    async def _amend(self, schedule: Schedule, run: Run, period: Period, at_ms: int) -> None:
        """Issue the period again, and mail it where something of the schedule's districts counts otherwise."""
        number = (await self._statements.issue(period, at_ms, schedule.created_by)).number
        issued = await self._statements.issued(period)
        before, after = (within(issued[one], schedule.districts) for one in (run.number or 0, number))
        if changes_between(before, after):
            _log.info("amending", action="schedule_amends", schedule=schedule.name, period=period.name)
            await self._schedules.send_again(run, at_ms)
        else:
            await self._schedules.note_differs(run, since_ms=None, number=number)
