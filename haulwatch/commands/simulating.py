"""`simulate`, `replay`, `capture`: made-up and recorded traffic."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

PANEL = "Simulate and replay"


class Shift(StrEnum):
    """Whether the times of a capture are moved before it is published."""

    NONE = "none"
    DAYS = "days"
    NOW = "now"


class Faults(StrEnum):
    """How badly the simulated devices and networks behave."""

    NONE = "none"
    REALISTIC = "realistic"
    HARSH = "harsh"


class Violations(StrEnum):
    """Whether the people of a simulation break rules."""

    ALL = "all"
    NONE = "none"


def add_to(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command(rich_help_panel=PANEL)(simulate)
    app.command(rich_help_panel=PANEL)(replay)
    group = typer.Typer(no_args_is_help=True, help="Make captures: from recorded tracks, or of live traffic.")
    group.command()(convert)
    group.command()(record)
    group.command("store")(store_capture)
    app.add_typer(group, name="capture", rich_help_panel=PANEL)


def simulate(
    *,
    out: Annotated[
        Path,
        typer.Option(
            help="Directory for registry.json, terminals.csv, capture.ndjson.gz and truth.ndjson.",
            file_okay=False,
        ),
    ],
    seed: Annotated[int, typer.Option(help="The same seed gives the same world.", min=0)] = 1,
    hours: Annotated[float, typer.Option(help="How many hours pass.", min=0.1)] = 24.0,
    vehicles: Annotated[int, typer.Option(help="How many trucks drive.", min=1, max=100_000)] = 60,
    faults: Annotated[Faults, typer.Option(help="Faults of devices and networks.")] = Faults.NONE,
    violations: Annotated[
        Violations, typer.Option(help="Whether anyone breaks rules, or all keep them.")
    ] = Violations.ALL,
    start: Annotated[str | None, typer.Option(help="RFC 3339 instant at which it begins.")] = None,
) -> None:
    """Simulate a district: its registry, what its devices send, and what they truly did.

    Examples:

      haulwatch simulate --seed 1 --hours 24 --vehicles 60 --out sim

      haulwatch simulate --seed 2 --hours 2 --vehicles 20 --faults harsh --out rough

      haulwatch simulate --hours 168 --vehicles 100 --violations none --faults realistic --out lawful
    """
    from haulwatch.simulating import run_simulate

    run_simulate(
        out=out,
        seed=seed,
        hours=hours,
        vehicles=vehicles,
        faults=faults.value,
        violations=violations.value,
        start=start,
    )


def replay(
    capture: Annotated[
        Path, typer.Argument(help="Capture, .ndjson or .ndjson.gz.", exists=True, dir_okay=False)
    ],
    *,
    speed: Annotated[str, typer.Option(help="How many times faster than it happened, or max.")] = "1",
    shift: Annotated[
        Shift, typer.Option(help="Move all times: by whole days up to now, or so that it begins now.")
    ] = Shift.NONE,
    shift_to_now: Annotated[bool, typer.Option("--shift-to-now", help="The same as --shift now.")] = False,
    terminals: Annotated[
        Path | None,
        typer.Option(
            help="A list as `gateway enrol` takes it: its devices speak to the gateways.",
            exists=True,
            dir_okay=False,
        ),
    ] = None,
    jt808: Annotated[str | None, typer.Option(help="HOST:PORT of the JT/T 808 gateway.")] = None,
    hj212: Annotated[str | None, typer.Option(help="HOST:PORT of the HJ 212 gateway.")] = None,
) -> None:
    """Publish a capture to the broker, as it happened or faster.

    Reports that are more than 30 days old are refused, so move the times of an old capture.
    The broker is HAULWATCH_BROKER_URL, else that of the `haulwatch up` that runs in the data directory.

    Examples:

      haulwatch replay sim/capture.ndjson.gz --speed 10

      haulwatch replay sim/capture.ndjson.gz --speed max --shift days

      haulwatch replay sim/capture.ndjson.gz --terminals sim/terminals.csv --jt808 127.0.0.1:6808 --hj212 127.0.0.1:6212
    """
    from haulwatch.simulating import run_replay

    run_replay(
        capture,
        speed=speed,
        shift=(Shift.NOW if shift_to_now else shift).value,
        terminals=terminals,
        gateways={"jt808": jt808, "hj212": hj212},
    )


def store_capture(
    capture: Annotated[
        Path, typer.Argument(help="Capture, .ndjson or .ndjson.gz.", exists=True, dir_okay=False)
    ],
) -> None:
    """Store a capture as it arrived then: with its own times of arrival, judged by the clock of then.

    For history that another system has recorded, and for captures that are too old to be replayed. The registry
    must be in force and nothing may ingest meanwhile; storing the same again changes nothing.

    Example:

      haulwatch capture store 2026-10.ndjson.gz
    """
    from haulwatch.past import run_store_capture
    from haulwatch.startup import begin

    run_store_capture(begin(), capture)


def convert(
    source: Annotated[
        Path,
        typer.Argument(
            help="Recorded tracks: CSV, JSON list or GPX, also as .gz.", exists=True, dir_okay=False
        ),
    ],
    *,
    out: Annotated[Path, typer.Option(help="Capture to write; gzipped if it ends in .gz.", dir_okay=False)],
    columns: Annotated[
        list[str] | None,
        typer.Option(
            "--column",
            help="FIELD=HEADER for each column to take: time, lon, lat (or point), device, received, speed, heading, "
            "accuracy, altitude; and speed_unit=kmh, ms, mph or knots.",
        ),
    ] = None,
    timezone: Annotated[str, typer.Option(help="Zone of times without an offset.")] = "Asia/Shanghai",
    crs: Annotated[str, typer.Option(help="WGS84, GCJ02 or BD09.")] = "WGS84",
    device_id: Annotated[
        str | None, typer.Option("--device", help="Device of a track that names none.")
    ] = None,
    registry_out: Annotated[
        Path | None,
        typer.Option("--registry", help="Also write a registry that knows the devices.", dir_okay=False),
    ] = None,
) -> None:
    """Make a capture of recorded tracks; rows that cannot be read are named and left out.

    Examples:

      haulwatch capture convert day.csv --column device=truck --column lon=lng --column lat=lat --out day.ndjson.gz

      haulwatch capture convert ride.gpx --device T0001 --out ride.ndjson.gz --registry ride.json
    """
    from haulwatch.simulating import run_convert

    run_convert(
        source,
        out=out,
        columns=columns or [],
        timezone=timezone,
        crs=crs,
        device_id=device_id,
        registry_out=registry_out,
    )


def record(
    *,
    out: Annotated[Path, typer.Option(help="Capture to write; gzipped if it ends in .gz.", dir_okay=False)],
    seconds: Annotated[float | None, typer.Option(help="How long; without it until Ctrl-C.", min=1)] = None,
) -> None:
    """Make a capture of live traffic: everything that devices publish from now on.

    Example:

      haulwatch capture record --seconds 600 --out ten-minutes.ndjson.gz
    """
    from haulwatch.simulating import run_record

    run_record(out, seconds=seconds)
