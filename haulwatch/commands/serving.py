"""`up`, `ingest`, `api`, `backtests`: the service as one command, and its processes one by one."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from haulwatch.problem import USAGE, CommandError

PANEL = "Run the service"


def add_to(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command(rich_help_panel=PANEL)(up)
    app.command(rich_help_panel=PANEL)(ingest)
    app.command(rich_help_panel=PANEL)(slots)
    app.command(rich_help_panel=PANEL)(api)
    app.command(rich_help_panel=PANEL)(backtests)
    app.command(rich_help_panel=PANEL)(dock)
    app.command("demo-fleet", hidden=True)(demo_fleet)
    app.command("demo-past", hidden=True)(demo_past)


def up(
    *,
    demo: Annotated[bool, typer.Option("--demo", help="Add the demo district and its moving fleet.")] = False,
    port: Annotated[
        int | None, typer.Option(help="Port of the page; 0 takes any free one.", min=0, max=65535)
    ] = None,
    registry: Annotated[
        Path | None, typer.Option(help="Registry file to put in force first.", exists=True, dir_okay=False)
    ] = None,
    workers: Annotated[
        int, typer.Option(help="Ingest workers, each with a share of the devices.", min=1, max=64)
    ] = 1,
    open_browser: Annotated[bool, typer.Option("--open-browser", help="Open the page in a browser.")] = False,
    past_days: Annotated[
        int,
        typer.Option(
            help="With --demo, the first time: days that the fleet has driven already; each takes a minute or two.",
            min=0,
            max=29,
        ),
    ] = 0,
) -> None:
    """Start everything: database, broker, ingest, API and page; with --demo a moving fleet too.

    What is not configured runs embedded, in the data directory. A demo has a directory of its own.

    Examples:

      haulwatch up --demo

      haulwatch up --demo --past-days 10

      haulwatch up --registry district.json --port 9000

      haulwatch up --workers 2
    """
    from rich.console import Console

    from haulwatch.startup import begin
    from haulwatch.up import Wanted, run_up

    if demo and registry is not None:
        raise CommandError("--demo brings its own registry; leave --registry away", code=USAGE)
    if past_days and not demo:
        raise CommandError(
            "--past-days is the demo's; add --demo, or take in a recording by `capture store`", code=USAGE
        )
    settings = begin()
    wanted = Wanted(
        is_demo=demo,
        past_days=past_days,
        port=port,
        open_browser=open_browser,
        registry=registry,
        workers=workers,
    )
    asyncio.run(run_up(settings, wanted, Console(soft_wrap=True)))


def ingest() -> None:
    """Take reports from the broker, judge them and store them, until a signal stops it.

    Several may run on one database; they share the devices in the slots that HAULWATCH_INGEST_SLOTS names.
    Needs HAULWATCH_DATABASE_URL and HAULWATCH_BROKER_URL, or a running `haulwatch up` beside it.

    Example:

      HAULWATCH_DATABASE_URL=postgresql://… HAULWATCH_BROKER_URL=mqtt://… haulwatch ingest
    """
    from haulwatch.processes import run_ingest_process
    from haulwatch.startup import begin

    asyncio.run(run_ingest_process(begin()))


def slots(
    number: Annotated[int | None, typer.Argument(help="Divide the devices anew.", min=1, max=64)] = None,
) -> None:
    """Show how many slots the ingest workers share, or put another number of them in force while they run.

    Needs the settings of the workers.

    Examples:

      haulwatch slots

      haulwatch slots 4
    """
    from haulwatch.processes import run_slots
    from haulwatch.startup import begin

    asyncio.run(run_slots(begin(), number))


def api(
    *, demo_user: Annotated[str | None, typer.Option(help="Whom the sign-in page names.", hidden=True)] = None
) -> None:
    """Serve the page, the API and the live stream, until a signal stops it.

    Example:

      HAULWATCH_DATABASE_URL=postgresql://… HAULWATCH_HTTP_HOST=0.0.0.0 haulwatch api
    """
    from haulwatch.processes import run_api_process
    from haulwatch.startup import begin

    asyncio.run(run_api_process(begin(), demo_user=demo_user))


def backtests() -> None:
    """Run the backtests that people ask for on the page, one at a time, at low priority, until a signal stops it.

    Several may run on one database; one of them works, and another takes over where it is gone.

    Example:

      HAULWATCH_DATABASE_URL=postgresql://… haulwatch backtests
    """
    from haulwatch.processes import run_backtests_process
    from haulwatch.startup import begin

    asyncio.run(run_backtests_process(begin()))


def dock() -> None:
    """Deliver webhooks, and issue and mail what schedules ask for, until a signal.

    Several may run on one database; one of them works, and another takes over where it is gone.

    Example:

      HAULWATCH_DATABASE_URL=postgresql://… haulwatch dock
    """
    from haulwatch.processes import run_dock_process
    from haulwatch.startup import begin

    asyncio.run(run_dock_process(begin()))


def demo_past(days: Annotated[int, typer.Argument(min=1, max=29)]) -> None:
    """Give the demo a past of so many days, once; nothing may ingest meanwhile."""
    from haulwatch.past import run_demo_past
    from haulwatch.startup import begin

    asyncio.run(run_demo_past(begin(), days=days))


def demo_fleet() -> None:
    """Drive the demo fleet: publish its reports to the broker as time passes."""
    from haulwatch.processes import run_demo_process
    from haulwatch.startup import begin

    asyncio.run(run_demo_process(begin()))
