"""Writes the bulletin of a week or a month as a Word file, and the template that it is made with."""

from pathlib import Path

from msgspec import Struct
from rich.console import Console

from domain.document import UnfitError
from domain.localtime import local_day
from domain.period import Period, PeriodKind, period_of
from exports.book_reader import BookReader
from exports.bulletin.bulletin import Bulletin
from exports.bulletin.docx_file import file_name, ready_made
from exports.bulletin.reading import bulletin_file, bulletin_of
from exports.pictures.lettering import lettering
from exports.statements import Statements
from exports.words import Language
from haulwatch.exporting import book_now, issued_or_provisional
from haulwatch.problem import CommandError
from haulwatch.startup import open_store
from runtime.clock import now_ms


class WantedBulletin(Struct, frozen=True, kw_only=True):
    """What is to be written; `period` None is the last whole week, `template` None the city's own or the ready-made."""

    period: Period | None
    out: Path | None
    language: Language
    district: str | None
    template: Path | None
    organ: str


async def write_bulletin(dsn: str, wanted: WantedBulletin, *, issued_by: str) -> list[str]:
    """Write the file; gives what to say of it. Raises CommandError."""
    given = None if wanted.template is None else _read(wanted.template)
    districts = None if wanted.district is None else frozenset({wanted.district})
    async with open_store(dsn) as store:
        books = BookReader(store)
        at_ms = now_ms()
        book = await book_now(books, at_ms, wanted.district)
        period = wanted.period or period_of(PeriodKind.WEEK, local_day(at_ms, book.zone)).before
        with Console(stderr=True).status(f"{period.name}: counting"):
            statements = Statements(store, books)
            await issued_or_provisional(statements, period, at_ms, issued_by)
            found = await bulletin_of(statements, period, at_ms, districts)
        with Console(stderr=True).status(f"{period.name}: writing"):
            try:
                content = await bulletin_file(
                    store,
                    found,
                    language=wanted.language,
                    districts=districts,
                    organ=wanted.organ,
                    template=given,
                )
            except UnfitError as error:
                named = "the city's own template" if given is None else str(wanted.template)
                raise CommandError(f"{named}: {error}") from error
    out = wanted.out or Path(file_name(found, wanted.language))
    _write(out, content)
    return [
        f"{out}: {period.name}, {found.headline.violations.n} violations",
        *_notices(found, wanted.language),
    ]


def write_template(language: Language, out: Path) -> str:
    """Write the ready-made template; gives what to say of it. Raises CommandError."""
    _write(out, ready_made(language))
    return f"{out}: edit it in Word, then `haulwatch export bulletin --template {out}`, or give it to the settings page"


def _notices(found: Bulletin, language: Language) -> list[str]:
    provisional = f"{found.period.name} is not over: the bulletin is provisional and marked so"
    missing = lettering(language).notice
    return ([provisional] if found.is_provisional else []) + ([] if missing is None else [missing])


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise CommandError(f"{path} cannot be read: {error.strerror}") from error


def _write(path: Path, content: bytes) -> None:
    try:
        path.write_bytes(content)
    except OSError as error:
        raise CommandError(f"{path} cannot be written: {error.strerror}") from error
