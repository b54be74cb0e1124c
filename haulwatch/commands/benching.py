"""`bench live`, `bench backtest`, `bench page`, `bench gateway`, `bench export`: the bounds the service is built to, beside what this machine does."""

from pathlib import Path
from typing import Annotated

import typer

JsonFile = Annotated[
    Path | None, typer.Option("--json", help="Write what was measured to this file.", dir_okay=False)
]


def add_to(app: typer.Typer) -> None:
    """Add the commands of this module."""
    group = typer.Typer(no_args_is_help=True, help="Measure the bounds the service is built to.")
    group.command()(live)
    group.command()(backtest)
    group.command()(page)
    group.command()(gateway)
    group.command()(export)
    app.add_typer(group, name="bench", rich_help_panel="Keep it running")


def live(
    *,
    seconds: Annotated[float, typer.Option(help="How long each measurement lasts.", min=1)] = 10.0,
    devices: Annotated[int, typer.Option(help="Devices of the made-up world.", min=10)] = 20_000,
    zones: Annotated[int, typer.Option(help="Zones of the made-up world.", min=1)] = 1_000,
    routes: Annotated[int, typer.Option(help="Routes of the made-up world.", min=1)] = 200,
    json_file: JsonFile = None,
) -> None:
    """Measure the live way: broker, decoding, placing, judging, storing, and all of it together.

    Uses the configured database and broker, in a database of its own; else embedded ones.

    Example:

      haulwatch bench live --seconds 10 --json live.json
    """
    from haulwatch.bench_live import run_bench_live
    from haulwatch.startup import begin

    run_bench_live(begin(), seconds=seconds, devices=devices, zones=zones, routes=routes, json_file=json_file)


def backtest(
    *,
    fixes: Annotated[int, typer.Option(help="How many fixes are judged.", min=1_000)] = 250_000,
    devices: Annotated[int, typer.Option(help="Devices of the made-up world.", min=10)] = 2_000,
    zones: Annotated[int, typer.Option(help="Zones of the made-up world.", min=1)] = 1_000,
    routes: Annotated[int, typer.Option(help="Routes of the made-up world.", min=1)] = 200,
    json_file: JsonFile = None,
) -> None:
    """Measure the backtest: how many fixes a second are read, placed and judged.

    Example:

      haulwatch bench backtest --fixes 1000000 --json backtest.json
    """
    from haulwatch.bench_backtest import run_bench_backtest

    run_bench_backtest(fixes=fixes, devices=devices, zones=zones, routes=routes, json_file=json_file)


def page(
    *,
    vehicles: Annotated[
        int, typer.Option(help="Moving vehicles, each reporting every 5 s.", min=100)
    ] = 11_000,
    zones: Annotated[int, typer.Option(help="Zones of the made-up world.", min=1)] = 1_000,
    routes: Annotated[int, typer.Option(help="Routes of the made-up world.", min=1)] = 200,
    heap_seconds: Annotated[float, typer.Option(help="How long the heap is watched.", min=1)] = 120.0,
    json_file: JsonFile = None,
) -> None:
    """Measure the page in a browser: first paint, panning, updates, messages, heap, and report to page.

    Needs Chromium, Playwright and the built page.

    Example:

      haulwatch bench page --heap-seconds 600 --json page.json
    """
    from haulwatch.bench_page import run_bench_page
    from haulwatch.startup import begin

    run_bench_page(
        begin(), vehicles=vehicles, zones=zones, routes=routes, heap_s=heap_seconds, json_file=json_file
    )


def gateway(
    *,
    connections: Annotated[int, typer.Option(help="How many terminals are connected.", min=1)] = 10_000,
    every: Annotated[float, typer.Option(help="Seconds between the reports of one.", min=0.1)] = 5.0,
    seconds: Annotated[float, typer.Option(help="How long they report.", min=1)] = 60.0,
    json_file: JsonFile = None,
) -> None:
    """Measure the JT/T 808 gateway with many terminals, up to what is stored.

    Each terminal needs an open file in the gateway and another in the process that plays them all (`ulimit -n`).

    Example:

      haulwatch bench gateway --connections 10000 --every 5
    """
    from haulwatch.bench_gateway import run_bench_gateway
    from haulwatch.startup import begin

    run_bench_gateway(begin(), connections=connections, every_s=every, seconds=seconds, json_file=json_file)


def export(
    *,
    violations: Annotated[int, typer.Option(help="Violations of the week.", min=1)] = 10_000,
    json_file: JsonFile = None,
) -> None:
    """Measure the weekly export: a week issued from a database, and its files written.

    Example:

      haulwatch bench export --violations 10000 --json export.json
    """
    from haulwatch.bench_export import run_bench_export
    from haulwatch.startup import begin

    run_bench_export(begin(), violations=violations, json_file=json_file)
