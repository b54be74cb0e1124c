"""`registry check`, `registry load`, `registry show`: what is known about the world."""

import asyncio
import sys
from pathlib import Path
from typing import Annotated

import typer

File = Annotated[Path, typer.Argument(help="Registry file (JSON).", exists=True, dir_okay=False)]


def add_to(app: typer.Typer) -> None:
    """Add the commands of this module."""
    group = typer.Typer(
        no_args_is_help=True,
        help="Check, load and show the registry: vehicles, zones, permits, limits, rules.",
    )
    group.command()(check)
    group.command()(load)
    group.command()(show)
    app.add_typer(group, name="registry", rich_help_panel="Registry")


def check(file: File) -> None:
    """Check a registry file; every problem is named with its JSON path.

    Example:

      haulwatch registry check district.json
    """
    from haulwatch.registries import read_registry, summary

    _, registry = read_registry(file)
    print(f"{file} is sound: {summary(registry)}")


def load(file: File) -> None:
    """Check a registry file and put it in force from now on; ingest has it within 2 s.

    Example:

      haulwatch registry load district.json
    """
    from haulwatch.registries import read_registry, save, summary
    from haulwatch.startup import begin, database, open_store

    document, registry = read_registry(file)
    settings = begin()

    async def run(dsn: str) -> int:
        async with open_store(dsn) as store:
            return await save(store, document, author=f"file {file.name}")

    with database(settings) as dsn:
        version = asyncio.run(run(dsn))
    print(f"registry version {version} is in force: {summary(registry)}")


def show() -> None:
    """Print the newest version of the registry as it was given; a line about it goes to standard error.

    Example:

      haulwatch registry show > district.json
    """
    from domain.instant import to_rfc3339
    from haulwatch.problem import CommandError
    from haulwatch.startup import begin, database, open_store
    from storage.store import RegistryVersion

    async def run(dsn: str) -> RegistryVersion | None:
        async with open_store(dsn) as store:
            return await store.newest_registry()

    with database(begin()) as dsn:
        newest = asyncio.run(run(dsn))
    if newest is None:
        raise CommandError("there is no registry yet; `haulwatch registry load FILE` puts one in force")
    print(
        f"version {newest.version}, in force from {to_rfc3339(newest.effective_from_ms)}, of {newest.author}",
        file=sys.stderr,
    )
    sys.stdout.write(newest.document.decode())
