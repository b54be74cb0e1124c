"""`export weekly`, `export monthly`: the violations of a week or a month as a file."""

import asyncio
import sys
from pathlib import Path
from typing import Annotated

import typer

from domain.period import PeriodKind
from haulwatch.account import account
from haulwatch.commands import bulletins, work
from haulwatch.registry_words import Language

Format = Annotated[
    str | None,
    typer.Option(
        "--format",
        help="xlsx, csv or geojson; else what the file's name ends in, xlsx where it says nothing.",
    ),
]
Out = Annotated[
    Path | None, typer.Option(help="The file to write; else one in this folder, named for the period.")
]
Lang = Annotated[Language, typer.Option("--lang", help="The language of the file.")]
District = Annotated[str | None, typer.Option(help="Of this district alone, by its id.")]
Link = Annotated[
    str,
    typer.Option(
        help="Where people open the page, for links to alerts in the workbook; HAULWATCH_PUBLIC_URL unless given."
    ),
]


def add_to(app: typer.Typer) -> None:
    """Add the commands of this module."""
    group = typer.Typer(no_args_is_help=True, help="Write the violations of a week or a month as a file.")
    group.command()(weekly)
    group.command()(monthly)
    bulletins.add_to(group)
    work.add_to(group)
    app.add_typer(group, name="export", rich_help_panel="Report")


def weekly(
    *,
    week: Annotated[
        str | None, typer.Option(help="An ISO week, 2026-W46; the last whole one unless given.")
    ] = None,
    file_format: Format = None,
    out: Out = None,
    language: Lang = Language.ZH,
    district: District = None,
    link: Link = "",
) -> None:
    """Write the violations of a week.

    A week that is over is issued with its first export: exported again it gives the same file, and what has
    changed since is added to it as an amendment. Of a running week the file is provisional and marked so.

    Examples:

      haulwatch export weekly

      haulwatch export weekly --week 2026-W46 --format csv --out week.csv --lang en
    """
    _export(PeriodKind.WEEK, week, file_format, out, language, district, link)


def monthly(
    *,
    month: Annotated[
        str | None, typer.Option(help="A month, 2026-10; the last whole one unless given.")
    ] = None,
    file_format: Format = None,
    out: Out = None,
    language: Lang = Language.ZH,
    district: District = None,
    link: Link = "",
) -> None:
    """Write the violations of a month; as `export weekly` does.

    Example:

      haulwatch export monthly --month 2026-10 --format geojson --district D1
    """
    _export(PeriodKind.MONTH, month, file_format, out, language, district, link)


def _export(
    kind: PeriodKind,
    name: str | None,
    file_format: str | None,
    out: Path | None,
    language: Language,
    district: str | None,
    link: str,
) -> None:
    from haulwatch.exporting import Wanted, check_out, export_period, wanted_format, wanted_period
    from haulwatch.startup import begin, database

    settings = begin()
    wanted = Wanted(
        kind=kind,
        period=wanted_period(name, kind),
        file_format=wanted_format(file_format, out),
        out=out,
        language=language.value,
        district=district,
        link=link.rstrip("/") or settings.public_url,
    )
    check_out(out)
    with database(settings) as dsn:
        said = asyncio.run(export_period(dsn, wanted, issued_by=account()))
    print(said[0])
    for line in said[1:]:
        print(line, file=sys.stderr)
