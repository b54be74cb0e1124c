"""`doctor`, `migrate`, `maintain`, `version`: keeping the service well."""

from typing import Annotated

import typer

PANEL = "Keep it running"


def add_to(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command(rich_help_panel=PANEL)(doctor)
    app.command(rich_help_panel=PANEL)(migrate)
    app.command(rich_help_panel=PANEL)(maintain)
    app.command(rich_help_panel=PANEL)(version)


def doctor(
    *, as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of tables.")] = False
) -> None:
    """Look at every part: settings, database, broker, disk, clock, page; say what is wrong and how to mend it.

    Ends with code 1 if something is broken.
    """
    from haulwatch.doctor import run_doctor

    raise typer.Exit(run_doctor(as_json=as_json))


def migrate() -> None:
    """Bring the database to the schema of this version; run again it does nothing."""
    from haulwatch.startup import begin, database
    from storage.migrate import migrate as apply

    with database(begin()) as dsn:
        applied = apply(dsn)
    print(applied.server)
    for name in applied.new:
        print(f"applied {name}")
    if not applied.new:
        print(f"nothing to do: {len(applied.old)} migrations are applied")


def maintain() -> None:
    """Remove what is older than its retention, and bring roll-ups up to date. Meant for a daily timer."""
    from haulwatch.startup import begin
    from haulwatch.upkeep import run_maintain

    run_maintain(begin())


def version() -> None:
    """Print the version of Haulwatch and of what it stands on."""
    from haulwatch.upkeep import versions

    for name, number in versions().items():
        print(f"{name} {number}")
