"""`registry …`: what is known about the world, and its numbered versions."""

import asyncio
import sys
from pathlib import Path
from typing import Annotated

import typer

from haulwatch.account import account
from haulwatch.registry_words import Language

File = Annotated[Path, typer.Argument(help="Registry file (JSON).", exists=True, dir_okay=False)]
Author = Annotated[str | None, typer.Option(help="Who does it; the account's name unless given.")]
MOST_SHOWN = 30


def add_to(app: typer.Typer) -> None:
    """Add the commands of this module."""
    group = typer.Typer(
        no_args_is_help=True,
        help="Vehicles, zones, permits, limits, rules: check a file, load it, compare and call off versions.",
    )
    for command in (check, load, show, versions, diff, cancel, limits):
        group.command()(command)
    app.add_typer(group, name="registry", rich_help_panel="Registry")


def check(file: File) -> None:
    """Check a registry file; every problem is named with its JSON path.

    Example:

      haulwatch registry check district.json
    """
    from haulwatch.registries import read_registry, remarks, summary

    _, registry = read_registry(file)
    print(f"{file} is sound: {summary(registry)}")
    for remark in remarks(registry):
        print(f"but {remark}")


def load(
    file: File,
    *,
    from_: Annotated[
        str,
        typer.Option("--from", help="When it takes effect: now, a day, a local time or one with an offset."),
    ] = "now",
    note: Annotated[str, typer.Option(help="What the change is for.")] = "",
    author: Author = None,
) -> None:
    """Check a registry file and save it as a new version, in force from now on or from a time to come.

    What differs from the version before is shown. Ingest changes over by itself.

    Examples:

      haulwatch registry load district.json --note "new disposal site"

      haulwatch registry load district.json --from 2026-12-01T00:00
    """
    from haulwatch.registries import read_registry, remarks, summary
    from haulwatch.registry_tables import print_difference
    from haulwatch.registry_versions import Saved, effective_ms, save_version
    from haulwatch.registry_words import Words, local_text
    from haulwatch.startup import begin, database, open_store

    document, registry = read_registry(file)
    from_ms = effective_ms(from_, registry.zone_info)
    settings = begin()

    async def run(dsn: str) -> Saved:
        async with open_store(dsn) as store:
            return await save_version(
                store,
                document,
                registry,
                author=author or account(),
                from_ms=from_ms,
                note=note or f"file {file.name}",
            )

    with database(settings) as dsn:
        saved = asyncio.run(run(dsn))
    number = saved.version.version
    if not saved.is_new:
        print(f"registry version {number} says the same already: nothing to do")
        return
    if saved.changes is not None:
        title = f"Version {number} against {saved.before}"
        print_difference(saved.changes, Words(Language.EN, registry.zone_info), title=title, most=MOST_SHOWN)
    for remark in remarks(registry):
        print(f"Note: {remark}")
    when = local_text(saved.version.effective_from_ms, registry.zone_info)
    print(f"registry version {number} is in force from {when} ({registry.timezone}): {summary(registry)}")


def show(
    number: Annotated[int | None, typer.Argument(help="Version; the one in force unless given.")] = None,
) -> None:
    """Print a version of the registry as it was given; a line about it goes to standard error.

    Example:

      haulwatch registry show > district.json
    """
    from domain.instant import to_rfc3339
    from haulwatch.registry_versions import version_asked_for
    from haulwatch.startup import begin, database, open_store
    from storage.store import RegistryVersion

    async def run(dsn: str) -> RegistryVersion:
        async with open_store(dsn) as store:
            return await version_asked_for(store, number)

    with database(begin()) as dsn:
        version = asyncio.run(run(dsn))
    cancelled = f", cancelled by {version.cancelled_by}" if version.cancelled_by else ""
    print(
        f"version {version.version}, in force from {to_rfc3339(version.effective_from_ms)}, of {version.author}"
        f"{f' ({version.note})' if version.note else ''}{cancelled}",
        file=sys.stderr,
    )
    sys.stdout.write(version.document.decode())


def versions(
    *, limit: Annotated[int, typer.Option(help="How many, from the newest on.", min=1, max=1000)] = 50
) -> None:
    """List the versions: which is in force since when, who saved it and why, which are planned or cancelled.

    Example:

      haulwatch registry versions
    """
    from haulwatch.registry_tables import print_versions
    from haulwatch.registry_versions import Listed, list_versions
    from haulwatch.startup import begin, database, open_store

    async def run(dsn: str) -> Listed:
        async with open_store(dsn) as store:
            return await list_versions(store, limit)

    with database(begin()) as dsn:
        listed = asyncio.run(run(dsn))
    print_versions(listed.heads, in_force=listed.in_force, planned=listed.planned, zone=listed.zone)


def diff(
    first: Annotated[int | None, typer.Argument(help="Version; the newest unless given.")] = None,
    second: Annotated[
        int | None, typer.Argument(help="Version to compare it with; else FIRST with the one before.")
    ] = None,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")] = False,
    language: Annotated[Language, typer.Option(help="Of the words in the table.")] = Language.EN,
) -> None:
    """Show what differs between two versions, entry by entry, with old and new values.

    Examples:

      haulwatch registry diff

      haulwatch registry diff 7 9 --language zh
    """
    from haulwatch.registry_tables import print_difference, print_difference_json
    from haulwatch.registry_versions import Compared, compare
    from haulwatch.registry_words import Words
    from haulwatch.startup import begin, database, open_store

    async def run(dsn: str) -> Compared:
        async with open_store(dsn) as store:
            return await compare(store, first, second)

    with database(begin()) as dsn:
        compared = asyncio.run(run(dsn))
    if as_json:
        print_difference_json(compared.changes, old=compared.old, new=compared.new)
        return
    title = f"{compared.old} → {compared.new}"
    print_difference(compared.changes, Words(language, compared.zone), title=title)


def cancel(
    number: Annotated[int, typer.Argument(help="The newest version, not in force yet.")],
    *,
    author: Author = None,
) -> None:
    """Call off a version that is planned for later; it will be as if it had never been.

    Example:

      haulwatch registry cancel 8
    """
    from haulwatch.registry_versions import cancel as call_off
    from haulwatch.startup import begin, database, open_store

    async def run(dsn: str) -> None:
        async with open_store(dsn) as store:
            await call_off(store, number, author=author or account())

    with database(begin()) as dsn:
        asyncio.run(run(dsn))
    print(f"registry version {number} is cancelled")


def limits(
    limit_id: Annotated[
        str | None, typer.Argument(metavar="[ID]", help="Print this one, to be copied into a registry.")
    ] = None,
) -> None:
    """List the ready-made legal limits that stations may name, with their sources; needs no database.

    Example:

      haulwatch registry limits CN-JS-DB32-4437-2022-TSP-15MIN
    """
    from domain.identifiers import LimitId
    from domain.legal_limits import LEGAL_LIMITS
    from haulwatch.problem import USAGE, CommandError
    from haulwatch.registry_tables import print_limit, print_limits

    if limit_id is None:
        print_limits()
        return
    entry = LEGAL_LIMITS.get(LimitId(limit_id))
    if entry is None:
        raise CommandError(
            f"there is no ready-made limit {limit_id}; `haulwatch registry limits` lists them", code=USAGE
        )
    print_limit(entry)
