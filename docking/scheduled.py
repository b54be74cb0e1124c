"""Schedules at work: what is due is issued, written and mailed; what fails is tried again, and told.

A mail goes out at least once: after a crash between sending and noting it goes again, under the same id.
"""

import asyncio
from collections.abc import Callable, Sequence

import structlog
from msgspec import Struct

from docking.failed import Failed
from docking.mail import MOST_ATTACHED_BYTES, Attachment, Mail, send
from domain.document import UnfitError
from domain.period import Period, read_period
from exports.book_reader import BookReader
from exports.bulletin import docx_file
from exports.bulletin.bulletin import Bulletin
from exports.bulletin.reading import bulletin_file, bulletin_of
from exports.bulletin.summary import period_words, summary
from exports.period_file import MEDIA_TYPES, FileFormat, file_name, period_file
from exports.statement import Statement
from exports.statements import NotToBeStated, Statements
from exports.timetable import next_try_ms, periods_due
from exports.words import Language, word
from runtime.secret_url import SecretUrl
from storage.errors import StorageUnavailable
from storage.schedules import Outcome, Run, Schedule, Schedules
from storage.sole import Held
from storage.store import Store

TASK = "schedules"
LOOK_EVERY_S = 10.0
DOCX = "docx"

_log = structlog.get_logger(__name__)


class MailSettings(Struct, frozen=True, kw_only=True):
    """By which server, as whom, and where the page is (empty: not told)."""

    server: SecretUrl
    sender: str
    public_url: str
    organ: str = ""


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
        runs = [run for run in await self._schedules.due(at_ms) if run.schedule_id in schedules]
        for run in runs:
            await self._schedules.note(run, await self._tried(schedules[run.schedule_id], run))
        return len(runs)

    async def _tried(self, schedule: Schedule, run: Run) -> Outcome:
        try:
            number, sent_to = await self._done(schedule, run)
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
                error=error.code,
                detail=str(error)[:1000],
            )
        refused = sorted(set(schedule.recipients) - set(sent_to))
        _log.info(
            "schedule done", action="schedule_done", schedule=schedule.name, period=run.period, number=number
        )
        return Outcome(
            state="done",
            next_try_ms=run.next_try_ms,
            number=number,
            done_ms=self._now_ms(),
            sent_to=sent_to,
            error="some_refused" if refused else None,
            detail=", ".join(refused),
        )

    async def _done(self, schedule: Schedule, run: Run) -> tuple[int, Sequence[str]]:
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

    async def _do(self, schedule: Schedule, run: Run) -> tuple[int, Sequence[str]]:
        """Issue, write and mail; gives the statement's number and who got it."""
        period = read_period(run.period)
        try:
            issued = await self._statements.issue(period, self._now_ms(), schedule.created_by)
        except NotToBeStated as error:
            raise Failed(error.code, str(error), is_passing=error.code == "no_registry") from error
        found = await self._statements.of(period, self._now_ms())
        if not schedule.recipients:
            return issued.number, ()
        if not self._mail.server:
            raise Failed("no_mail_server", is_passing=True)
        return issued.number, await send(await self._mail_of(schedule, period, found), self._mail.server)

    async def _mail_of(self, schedule: Schedule, period: Period, found: Sequence[Statement]) -> Mail:
        language: Language = "zh" if schedule.language == "zh" else "en"
        districts = None if schedule.district_ids is None else frozenset(schedule.district_ids)
        bulletin = await bulletin_of(self._statements, period, self._now_ms(), districts)
        files = await self._files(schedule, found, bulletin, language, districts)
        attached, left_out = _fitting(files)
        number = found[-1].number
        amended = word("mail_amended", language).format(number=number) if number else ""
        return Mail(
            id=f"haulwatch-{schedule.id}-{period.name}-{number}",
            sender=self._mail.sender,
            recipients=schedule.recipients,
            subject=f"{schedule.name} {period_words(bulletin, language)}{amended}",
            text=_text(bulletin, language, left_out, self._mail.public_url),
            at_ms=self._now_ms(),
            attachments=attached,
        )

    async def _files(
        self,
        schedule: Schedule,
        found: Sequence[Statement],
        bulletin: Bulletin,
        language: Language,
        districts: frozenset[str] | None,
    ) -> list[Attachment]:
        files = []
        for one in FileFormat:
            if one.value in schedule.formats:
                content = await asyncio.to_thread(
                    period_file,
                    found,
                    one,
                    language=language,
                    districts=districts,
                    link=self._mail.public_url,
                )
                files.append(
                    Attachment(
                        name=file_name(found, one, language), media_type=MEDIA_TYPES[one], content=content
                    )
                )
        if DOCX in schedule.formats:
            files.insert(0, await self._bulletin_file(bulletin, language, districts))
        return files

    async def _bulletin_file(
        self, bulletin: Bulletin, language: Language, districts: frozenset[str] | None
    ) -> Attachment:
        try:
            content = await bulletin_file(
                self._store, bulletin, language=language, districts=districts, organ=self._mail.organ
            )
        except UnfitError as error:
            raise Failed("template", str(error), is_passing=False) from error
        name = docx_file.file_name(bulletin, language)
        return Attachment(name=name, media_type=docx_file.MEDIA_TYPE, content=content)


def _fitting(files: Sequence[Attachment]) -> tuple[list[Attachment], list[str]]:
    """The files that go with a mail, and the names of those that are too large to."""
    attached: list[Attachment] = []
    left_out: list[str] = []
    room = MOST_ATTACHED_BYTES
    for one in files:
        if len(one.content) <= room:
            attached.append(one)
            room -= len(one.content)
        else:
            left_out.append(one.name)
    return attached, left_out


def _text(bulletin: Bulletin, language: Language, left_out: Sequence[str], public_url: str) -> str:
    lines = [*summary(bulletin, language)]
    if left_out:
        lines += ["", word("mail_too_large", language).format(names=", ".join(left_out))]
    if public_url:
        lines += ["", f"{public_url}/?page=reports&bulletin={bulletin.period.name}"]
    lines += ["", word("mail_automatic", language)]
    return "\n".join(lines) + "\n"
