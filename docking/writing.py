"""What a schedule's mail says and carries: the bulletin in sentences, and the files that fit."""

import asyncio
from collections import Counter
from collections.abc import Sequence

from msgspec import Struct

from docking.failed import Failed
from docking.mail import MOST_ATTACHED_BYTES, Attachment, Mail
from domain.document import UnfitError
from exports.amendments import ChangeKind, changes_between
from exports.bulletin import docx_file
from exports.bulletin.bulletin import Bulletin
from exports.bulletin.reading import bulletin_file, bulletin_of_stated
from exports.bulletin.summary import period_words, summary
from exports.period_file import MEDIA_TYPES, FileFormat, file_name, period_file
from exports.statement import Statement
from exports.statements import Statements
from exports.within import within
from exports.words import Language, word
from runtime.secret_url import SecretUrl
from storage.schedules import Schedule
from storage.store import Store

DOCX = "docx"


class MailSettings(Struct, frozen=True, kw_only=True):
    """By which server, as whom, and where the page is (empty: not told)."""

    server: SecretUrl
    sender: str
    public_url: str
    organ: str = ""


class Writer:
    """Writes the mails of one database."""

    def __init__(self, store: Store, statements: Statements, mail: MailSettings) -> None:
        self._store = store
        self._statements = statements
        self._mail = mail

    async def mail_of(self, schedule: Schedule, found: Sequence[Statement], at_ms: int) -> Mail:
        """The mail of a period as it was stated up to a number; raises Failed for a template that is unfit."""
        language: Language = "zh" if schedule.language == "zh" else "en"
        districts = schedule.districts
        bulletin = await bulletin_of_stated(self._statements, found, districts)
        files = await self._files(schedule, found, bulletin, language, districts)
        attached, left_out = _fitting(files)
        number = found[-1].number
        named = word("mail_amended", language).format(number=number) if number else ""
        return Mail(
            id=f"haulwatch-{schedule.id}-{found[-1].period.name}-{number}",
            sender=self._mail.sender,
            recipients=schedule.recipients,
            subject=f"{schedule.name} {period_words(bulletin, language)}{named}",
            text=_text(
                amendment(found, language, districts), bulletin, language, left_out, self._mail.public_url
            ),
            at_ms=at_ms,
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


def amendment(found: Sequence[Statement], language: Language, districts: frozenset[str] | None) -> str:
    """What the newest statement changed of the one before, in a sentence; nothing for a first issue."""
    if len(found) == 1:
        return ""
    before, after = (within(one, districts) for one in found[-2:])
    kinds = Counter(change.kind for change in changes_between(before, after))
    counted = [word(f"mail_{kind}", language).format(n=kinds[kind]) for kind in ChangeKind if kinds[kind]]
    said = (", " if language == "en" else "、").join(counted) or word("mail_nothing", language)
    return word("mail_amends", language).format(number=found[-1].number, changes=said)


def _text(
    amended: str, bulletin: Bulletin, language: Language, left_out: Sequence[str], public_url: str
) -> str:
    lines = [amended, ""] if amended else []
    lines += summary(bulletin, language)
    if left_out:
        lines += ["", word("mail_too_large", language).format(names=", ".join(left_out))]
    if public_url:
        lines += ["", f"{public_url}/?page=reports&bulletin={bulletin.period.name}"]
    lines += ["", word("mail_automatic", language)]
    return "\n".join(lines) + "\n"
