"""The file that `export work` writes."""

from datetime import date
from pathlib import Path

from domain.registry import Registry, check
from exports.book import Book
from exports.csv_file import csv_file
from exports.violations import wall_time
from exports.words import Language
from exports.work_rows import day_header, day_rows, file_name
from haulwatch.problem import USAGE, CommandError
from haulwatch.startup import open_store
from runtime.clock import now_ms
from storage.registry_versions import in_force_at
from storage.store import Store
from storage.work import Work


async def write_work(dsn: str, first: date, last: date, out: Path | None, language: Language) -> str:
    """Write the days of vehicles, both ends included; gives what to say of it. Raises CommandError."""
    if last < first:
        raise CommandError("--to must not be before --from", code=USAGE)
    async with open_store(dsn) as store:
        registry = await _registry(store)
        lines = await Work(store).days(first, last)
        counted = await Work(store).counted(first, last)
    book = Book(registry)
    rows = day_rows(lines, book, language)
    so_far_ms = counted.so_far_ms
    path = out or Path(file_name(first, last, is_provisional=so_far_ms is not None))
    try:
        path.write_bytes(csv_file(day_header(language), rows))
    except OSError as error:
        raise CommandError(f"{path} cannot be written: {error.strerror}") from error
    waiting = f"; {counted.waiting} more are still to be counted" if counted.waiting else ""
    running = f"; provisional, counted up to {wall_time(so_far_ms, book.zone)}" if so_far_ms else ""
    return f"{path}: {len(lines)} days of vehicles{waiting}{running}"


async def _registry(store: Store) -> Registry:
    """The version in force; raises CommandError before the first."""
    current = in_force_at(await store.registry_timeline(), now_ms())
    found = None if current is None else await store.registry_version(current.version)
    registry = None if found is None else check(found.document)
    if not isinstance(registry, Registry):
        raise CommandError("no registry has been loaded yet: `haulwatch registry load FILE`")
    return registry
