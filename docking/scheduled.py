"""Schedules at work: what is due is issued, written and mailed; what fails is tried again, and told.

A mail goes out at least once: after a crash between sending and noting it goes again, under the same id.
"""

import asyncio
from collections.abc import Callable, Sequence

import structlog

from docking.amending import Amending
from docking.failed import Failed
from docking.mail import Reply, Sent, send
from docking.writing import MailSettings, Writer
from domain.period import read_period
from exports.book_reader import BookReader
from exports.statement import Statement
from exports.statements import NotToBeStated, Statements
from exports.timetable import next_try_ms, periods_due
from storage.errors import StorageUnavailable
from storage.schedules import Outcome, Run, Schedule, Schedules
from storage.sole import Held
from storage.store import Store

TASK = "schedules"
LOOK_EVERY_S = 10.0

_log = structlog.get_logger(__name__)


async def run_schedules(
    store: Store,
    mail: MailSettings,
    *,
    stop: asyncio.Event,
    now_ms: Callable[[], int],
    look_every_s: float = LOOK_EVERY_S,
) -> None:
    """Do what is due whenever no other process does, until stopped."""

    async def work(_: Held) -> None:
        office = Office(store, mail, now_ms)
        while True:
            try:
                await office.look()
            except StorageUnavailable as error:
                _log.warning("database away", action="database_away", error=str(error))
            await asyncio.sleep(look_every_s)

    await store.while_sole(TASK, work, stop=stop)


class Office:
    """Does what the schedules of one database ask for."""

    def __init__(self, store: Store, mail: MailSettings, now_ms: Callable[[], int]) -> None:
        self._store = store
        self._mail = mail
        self._now_ms = now_ms
        self._schedules = Schedules(store)
        self._books = BookReader(store)
        self._statements = Statements(store, self._books)
        self._writer = Writer(store, self._statements, mail)
        self._amending = Amending(self._schedules, self._statements)

    async def look(self) -> int:
        """Do what is due now; gives how many runs were tried. Raises StorageUnavailable."""
        at_ms = self._now_ms()
        schedules = {one.id: one for one in await self._schedules.schedules()}
        if not schedules:
            return 0
        version = await self._books.version_at(at_ms)
        if version is None:
            return 0
        zone = (await self._books.book(version)).zone
        for schedule in schedules.values():
            if schedule.is_active:
                for period, due_ms in periods_due(schedule, at_ms, zone):
                    await self._schedules.make_due(schedule.id, period.name, due_ms)
        await self._amending.look(list(schedules.values()), at_ms, zone)
        runs = [run for run in await self._schedules.due(at_ms) if run.schedule_id in schedules]
        for run in runs:
            await self._schedules.note(run, await self._tried(schedules[run.schedule_id], run))
        return len(runs)

    async def _tried(self, schedule: Schedule, run: Run) -> Outcome:
        try:
            number, sent = await self._done(schedule, run)
        except Failed as error:
            now_ms = self._now_ms()
            again_ms = next_try_ms(run.attempts, now_ms)
            is_over = again_ms is None or not error.is_passing
            _log.warning(
                "schedule failed",
                action="schedule_failed",
                schedule=schedule.name,
                period=run.period,
                error=error.code,
                detail=str(error),
            )
            return Outcome(
                state="failed" if is_over else "due",
                next_try_ms=now_ms if is_over or again_ms is None else again_ms,
                answers=run.answers,
                error=error.code,
                detail=str(error)[:1000],
            )
        return self._outcome(schedule, run, number, sent)

    def _outcome(self, schedule: Schedule, run: Run, number: int, sent: Sent) -> Outcome:
        """What came of an attempt that the mail server answered: those that it was to come back for are asked again."""
        now_ms = self._now_ms()
        has_it = {*run.sent_to, *sent.taken}
        replies = _replies(run) | sent.replies
        waiting = [one for one in schedule.recipients if one not in has_it and _may_come(replies.get(one))]
        again_ms = next_try_ms(run.attempts, now_ms) if waiting else None
        is_over = again_ms is None
        is_short = not has_it.issuperset(schedule.recipients)
        is_failed = is_over and is_short and not has_it
        _log.info(
            "schedule tried",
            action="schedule_tried",
            schedule=schedule.name,
            period=run.period,
            number=number,
            taken=len(sent.taken),
            refused=len(sent.replies),
        )
        return Outcome(
            state="due" if not is_over else "failed" if is_failed else "done",
            next_try_ms=run.next_try_ms if again_ms is None else again_ms,
            number=number,
            done_ms=now_ms if is_over and not is_failed else None,
            sent_to=sent.taken,
            answers={one: (said.code, said.text) for one, said in replies.items() if one not in has_it},
            error=_why_short(is_over=is_over, has_some=bool(has_it)) if is_short else None,
        )

    async def _done(self, schedule: Schedule, run: Run) -> tuple[int, Sent]:
        """As `_do`; a fault of ours in one schedule is told and holds up nothing else."""
        try:
            return await self._do(schedule, run)
        except (Failed, StorageUnavailable):
            raise
        except Exception as error:
            _log.exception(
                "schedule broken", action="schedule_broken", schedule=schedule.name, period=run.period
            )
            raise Failed("fault", repr(error), is_passing=True) from error

    async def _do(self, schedule: Schedule, run: Run) -> tuple[int, Sent]:
        """Issue, write and mail to whom it is not told yet; gives the statement's number and who got it."""
        found = await self._stated(schedule, run)
        known = _replies(run)
        to = [one for one in schedule.recipients if one not in run.sent_to and _may_come(known.get(one))]
        if not to:
            return found[-1].number, Sent(taken=(), replies={})
        if not self._mail.server:
            raise Failed("no_mail_server", is_passing=True)
        mail = await self._writer.mail_of(schedule, found, self._now_ms())
        return found[-1].number, await send(mail, self._mail.server, to)

    async def _stated(self, schedule: Schedule, run: Run) -> Sequence[Statement]:
        """The statements up to the one that goes out; who is asked again gets what the others have."""
        period = read_period(run.period)
        if run.sent_to and run.number is not None:
            return (await self._statements.issued(period))[: run.number + 1]
        try:
            issued = await self._statements.issue(period, self._now_ms(), schedule.created_by)
        except NotToBeStated as error:
            raise Failed(error.code, str(error), is_passing=error.code == "no_registry") from error
        return (await self._statements.issued(period))[: issued.number + 1]


def _replies(run: Run) -> dict[str, Reply]:
    return {one: Reply(code=code, text=text) for one, (code, text) in run.answers.items()}


def _may_come(said: Reply | None) -> bool:
    """Whether a recipient who does not have it may still get it."""
    return said is None or said.is_passing


def _why_short(*, is_over: bool, has_some: bool) -> str:
    if not is_over:
        return "some_deferred" if has_some else "deferred"
    return "some_refused" if has_some else "recipients_refused"
