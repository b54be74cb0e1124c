"""`gateway …`: devices as they are sold, JT/T 808 terminals and HJ 212 monitors."""

import asyncio
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from protocols.jt808.model import TerminalModel


def add_to(app: typer.Typer) -> None:
    """Add the commands of this module."""
    group = typer.Typer(
        no_args_is_help=True,
        help="Vehicle terminals (JT/T 808) and dust monitors (HJ 212): take them in, look at what they send.",
    )
    for command in (jt808, decode, models):
        group.command()(command)
    app.add_typer(group, name="gateway", rich_help_panel="Devices")


def jt808(
    *,
    port: Annotated[
        int | None, typer.Option(help="Port to listen on instead of HAULWATCH_JT808_PORT.", min=1, max=65535)
    ] = None,
) -> None:
    """Take in JT/T 808 terminals over TCP and publish what they report, until a signal stops it.

    A terminal that nobody knows waits for approval on the page Devices. Needs the database and the broker.

    Example:

      HAULWATCH_GATEWAY_HOST=0.0.0.0 haulwatch gateway jt808 --port 6808
    """
    from haulwatch.processes import run_jt808_process
    from haulwatch.startup import begin

    asyncio.run(run_jt808_process(begin(), port))


def decode(
    hexadecimal: Annotated[
        str, typer.Argument(metavar="HEX", help="Bytes of a JT/T 808 stream; - reads standard input.")
    ],
    *,
    model: Annotated[
        str, typer.Option(help="A ready-made model (`gateway models`), or a file with one.")
    ] = "generic",
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Show how a JT/T 808 frame is read, field by field, and the position that comes of it.

    Any number of frames, also sub-packets; blanks, commas and 0x between the digits do no harm. The code is 1
    if something could not be read.

    Example:

      haulwatch gateway decode "7E 80 01 00 05 00 20 02 60 43 23 00 09 00 EE 02 00 00 43 7E"
    """
    from haulwatch.frame_reading import as_json as json_of
    from haulwatch.frame_reading import bytes_of, read_frames
    from haulwatch.frame_table import print_readings
    from haulwatch.problem import FAILED, USAGE, CommandError

    given = sys.stdin.read() if hexadecimal == "-" else hexadecimal
    try:
        data = bytes_of(given)
    except ValueError as error:
        raise CommandError(str(error), code=USAGE) from error
    readings = read_frames(data, _model(model))
    if not readings:
        raise CommandError("there is nothing between the marks", code=USAGE)
    if as_json:
        print(json_of(readings).decode())
    else:
        print_readings(readings)
    if any(reading.fault is not None for reading in readings):
        raise typer.Exit(FAILED)


def models() -> None:
    """List the ready-made models of terminals: what each takes for cover, lift, load and weight, and its source.

    Example:

      haulwatch gateway models
    """
    from protocols.jt808.model import ready_made

    for model in ready_made().values():
        has = [name for name in ("load", "cover", "lift", "weight_t") if getattr(model.signals, name)]
        print(f"{model.id}: {model.name}\n  signals: {', '.join(has)}\n  {model.source.strip()}\n")


def _model(name: str) -> "TerminalModel":
    from haulwatch.problem import USAGE, CommandError
    from protocols.jt808.model import ModelError, read_model, ready_made

    known = ready_made()
    if name in known:
        return known[name]
    file = Path(name)
    if not file.is_file():
        raise CommandError(f"there is no model {name}, and no such file: {', '.join(known)}", code=USAGE)
    try:
        return read_model(file.read_text(encoding="utf-8"))
    except (ModelError, UnicodeDecodeError) as error:
        raise CommandError(f"{name}: {error}", code=USAGE) from error
