"""`export bulletin`, `export template`: the bulletin of a week or a month as a Word file."""

import asyncio
import sys
from pathlib import Path
from typing import Annotated

import typer

from domain.period import Period, PeriodKind
from haulwatch.account import account
from haulwatch.problem import USAGE, CommandError
from haulwatch.registry_words import Language

Lang = Annotated[Language, typer.Option("--lang", help="The language of the file.")]


def add_to(group: typer.Typer) -> None:
    """Add the commands of this module to the group `export`."""
    group.command()(bulletin)
    group.command()(template)


def bulletin(
    *,
    week: Annotated[
        str | None, typer.Option(help="An ISO week, 2026-W46; the last whole one unless given.")
    ] = None,
    month: Annotated[str | None, typer.Option(help="A month instead, 2026-10.")] = None,
    out: Annotated[
        Path | None, typer.Option(help="The file to write; else one in this folder, named for the period.")
    ] = None,
    language: Lang = Language.ZH,
    district: Annotated[str | None, typer.Option(help="Of this district alone, by its id.")] = None,
    template: Annotated[
        Path | None,
        typer.Option(help="A template of yours; else the one on the settings page, else the ready-made one."),
    ] = None,
) -> None:
    """Write the bulletin (通报) of a week or a month as a Word file with charts and a map.

    A period that is over is issued first, as `export weekly` does; of a running one the file is provisional.

    Examples:

      haulwatch export bulletin --week 2026-W46 --out bulletin.docx

      haulwatch export bulletin --month 2026-10 --lang en --template ours.docx
    """
    from haulwatch.bulletin_file import WantedBulletin, write_bulletin
    from haulwatch.exporting import check_out
    from haulwatch.startup import begin, database

    period = _period(week, month)
    check_out(out)
    settings = begin()
    wanted = WantedBulletin(
        period=period,
        out=out,
        language=language.value,
        district=district,
        template=template,
        organ=settings.bulletin_organ,
    )
    with database(settings) as dsn:
        said = asyncio.run(write_bulletin(dsn, wanted, issued_by=account()))
    print(said[0])
    for line in said[1:]:
        print(line, file=sys.stderr)


def template(
    *,
    out: Annotated[Path, typer.Option(help="The file to write.")],
    language: Lang = Language.ZH,
) -> None:
    """Write the ready-made template of the bulletin, to be edited in Word.

    Example:

      haulwatch export template --lang zh --out bulletin.docx
    """
    from haulwatch.bulletin_file import write_template
    from haulwatch.exporting import check_out

    check_out(out)
    print(write_template(language.value, out))


def _period(week: str | None, month: str | None) -> Period | None:
    from haulwatch.exporting import wanted_period

    if week is not None and month is not None:
        raise CommandError("--week or --month, not both", code=USAGE)
    return wanted_period(week, PeriodKind.WEEK) or wanted_period(month, PeriodKind.MONTH)
