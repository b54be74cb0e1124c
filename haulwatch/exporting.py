"""Writes the file of a week or a month: issues the period where it is over, says so where it still runs."""

import asyncio
import os
from datetime import timedelta
from pathlib import Path

from msgspec import Struct
from rich.console import Console

from domain.instant import to_rfc3339
from domain.localtime import local_day
from domain.period import Period, PeriodKind, period_of, read_period
from exports.amendments import amendments
from exports.book import Book
from exports.book_reader import BookReader
from exports.period_file import FileFormat, file_name, period_file
from exports.statement import Statement
from exports.statements import NotToBeStated, Statements
from exports.within import within
from exports.words import Language
from haulwatch.problem import USAGE, CommandError
from haulwatch.startup import open_store
from runtime.clock import now_ms

FLAGS = {PeriodKind.WEEK: "export weekly --week", PeriodKind.MONTH: "export monthly --month"}


class Wanted(Struct, frozen=True, kw_only=True):
    """What is to be written: of which period (None: the last whole one), as what, and where to."""

    kind: PeriodKind
    period: Period | None
    file_format: FileFormat
    out: Path | None
    language: Language
    district: str | None
    link: str


def wanted_period(name: str | None, kind: PeriodKind) -> Period | None:
    """The period of a name; raises CommandError where it is none, or one of the other kind."""
    if name is None:
        return None
    try:
        period = read_period(name)
    except ValueError as error:
        raise CommandError(str(error), code=USAGE) from None
    if period.kind is not kind:
        raise CommandError(
            f"{name} is a {period.kind.value}: `haulwatch {FLAGS[period.kind]} {name}`", code=USAGE
        )
    return period


def wanted_format(given: str | None, out: Path | None) -> FileFormat:
    """The format that is asked for, else the one that a file's name ends in; raises CommandError."""
    suffix = "" if out is None else out.suffix.removeprefix(".").lower()
    known = [one.value for one in FileFormat]
    asked = (given or suffix or FileFormat.XLSX).lower()
    if asked not in known:
        raise CommandError(f"{asked!r} is no format: {', '.join(known)}", code=USAGE)
    if given is not None and suffix in known and suffix != asked:
        raise CommandError(f"--format {asked} and a file that ends in .{suffix}: say which", code=USAGE)
    return FileFormat(asked)


def check_out(out: Path | None) -> None:
    """Find out before any work whether a file can be written; raises CommandError."""
    folder = Path.cwd() if out is None else out.absolute().parent
    if not folder.is_dir():
        raise CommandError(f"there is no folder {folder}")
    if out is not None and out.is_dir():
        raise CommandError(f"{out} is a folder; name a file in it")
    if not os.access(folder if out is None or not out.exists() else out, os.W_OK):
        raise CommandError(f"{out or folder} cannot be written")


async def export_period(dsn: str, wanted: Wanted, *, issued_by: str) -> list[str]:
    """Write the file; gives what to say of it. Raises CommandError."""
    console = Console(stderr=True)
    async with open_store(dsn) as store:
        books = BookReader(store)
        at_ms = now_ms()
        book = await book_now(books, at_ms, wanted.district)
        today = local_day(at_ms, book.zone)
        period = wanted.period or period_of(wanted.kind, today).before
        with console.status(f"{period.name}: counting"):
            found = await issued_or_provisional(Statements(store, books), period, at_ms, issued_by)
        with console.status(f"{period.name}: writing {wanted.file_format.value}"):
            districts = None if wanted.district is None else frozenset({wanted.district})
            content = await asyncio.to_thread(
                period_file,
                found,
                wanted.file_format,
                language=wanted.language,
                districts=districts,
                link=wanted.link,
            )
    out = wanted.out or Path(file_name(found, wanted.file_format, wanted.language))
    try:
        out.write_bytes(content)
    except OSError as error:
        raise CommandError(f"{out} cannot be written: {error.strerror}") from error
    return _said([within(one, districts) for one in found], period, out)


async def book_now(books: BookReader, at_ms: int, district: str | None) -> Book:
    """What things are called now; raises CommandError without a registry, and for a district that it does not know."""
    version = await books.version_at(at_ms)
    if version is None:
        raise CommandError("no registry has been loaded yet: `haulwatch registry load FILE`")
    book = await books.book(version)
    if district is not None and district not in book.district_names:
        named = ", ".join(f"{key} ({name})" for key, name in book.district_names.items()) or "none"
        raise CommandError(f"there is no district {district!r}; there are: {named}", code=USAGE)
    return book


async def issued_or_provisional(
    statements: Statements, period: Period, at_ms: int, issued_by: str
) -> tuple[Statement, ...]:
    """What is stated of a period, issued now where it is over; raises CommandError."""
    try:
        await statements.issue(period, at_ms, issued_by)
    except NotToBeStated as error:
        if error.code != "running":
            raise CommandError(str(error)) from None
    try:
        return await statements.of(period, at_ms)
    except NotToBeStated as error:
        raise CommandError(str(error)) from None


def _said(found: list[Statement], period: Period, out: Path) -> list[str]:
    first = found[0]
    counted = f"{sum(one.counts for one in first.alerts)} violations of {len(first.alerts)} alerts"
    lines = [f"{out}: {period.name}, {counted}"]
    if first.is_provisional:
        return [
            *lines,
            f"{period.name} is not over before {period.last + timedelta(days=1)}: the file is provisional and marked so",
        ]
    lines[0] += f", as issued {to_rfc3339(first.stated_ms)}"
    return lines + [
        f"amendment {one.number} of {to_rfc3339(one.stated_ms)}: {len(one.changes)} changes"
        for one in amendments(found)
    ]
