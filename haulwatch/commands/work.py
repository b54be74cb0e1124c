"""`export work`: what vehicles drove, worked, hauled and collected, a line a vehicle and day."""

import asyncio
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from haulwatch.registry_words import Language


def add_to(group: typer.Typer) -> None:
    """Add the command of this module to the group `export`."""
    group.command()(work)


def work(
    *,
    first: Annotated[
        datetime, typer.Option("--from", formats=["%Y-%m-%d"], help="The first local day, 2026-11-16.")
    ],
    last: Annotated[datetime, typer.Option("--to", formats=["%Y-%m-%d"], help="The last one, included.")],
    out: Annotated[
        Path | None, typer.Option(help="The file to write; else one in this folder, named for the days.")
    ] = None,
    language: Annotated[Language, typer.Option("--lang", help="The language of the file.")] = Language.ZH,
) -> None:
    """Write the fleet's work (作业统计) as CSV: kilometres, rounds, trips, tonnes and stops by vehicle and day.

    A day is counted some minutes after its end, while `haulwatch up` or `ingest` runs.

    Example:

      haulwatch export work --from 2026-11-01 --to 2026-11-30 --out work.csv
    """
    from haulwatch.exporting import check_out
    from haulwatch.startup import begin, database
    from haulwatch.work_file import write_work

    check_out(out)
    with database(begin()) as dsn:
        print(asyncio.run(write_work(dsn, first.date(), last.date(), out, language.value)))
