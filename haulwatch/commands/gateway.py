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
    for command in (jt808, hj212, emqx, enrol, decode, models):
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


def hj212(
    *,
    port: Annotated[
        int | None, typer.Option(help="Port to listen on instead of HAULWATCH_HJ212_PORT.", min=1, max=65535)
    ] = None,
) -> None:
    """Take in HJ 212 dust monitors over TCP and publish what they measure, until a signal stops it.

    A monitor that nobody knows waits for approval on the page Devices. Needs the database and the broker.

    Example:

      HAULWATCH_GATEWAY_HOST=0.0.0.0 haulwatch gateway hj212 --port 6212
    """
    from haulwatch.processes import run_hj212_process
    from haulwatch.startup import begin

    asyncio.run(run_hj212_process(begin(), port))


def emqx(
    *,
    mountpoint: Annotated[
        str | None, typer.Option(help="EMQX's mount point instead of HAULWATCH_EMQX_MOUNTPOINT, else jt808.")
    ] = None,
) -> None:
    """Take in what EMQX's own JT/T 808 gateway publishes (MOUNTPOINT/CLIENT/up), until a signal stops it.

    The broker is EMQX; who of its terminals speaks as which device is decided on the page Devices, as for our
    own gateway.

    Example:

      HAULWATCH_BROKER_URL=mqtt://emqx:1883 haulwatch gateway emqx
    """
    from haulwatch.processes import run_emqx_process
    from haulwatch.startup import begin

    asyncio.run(run_emqx_process(begin(), mountpoint))


def enrol(
    file: Annotated[
        Path,
        typer.Argument(
            metavar="CSV",
            help="Columns protocol,terminal_id,device_id,model,settings; UTF-8 or GB18030.",
            exists=True,
            dir_okay=False,
        ),
    ],
) -> None:
    """Let all terminals of a list speak, each as a device of the registry; gateways take them in at once.

    `terminal_id` is the phone number of a JT/T 808 terminal or the MN of an HJ 212 monitor. All of the list is
    taken, or nothing of it. A terminal that is enrolled already and speaks as the same device goes on.

    Example:

      haulwatch gateway enrol terminals.csv
    """
    from haulwatch.enrolling import enrol as put_down
    from haulwatch.enrolling import read_list
    from haulwatch.startup import begin, database, open_store

    async def run(dsn: str) -> list[str]:
        async with open_store(dsn) as store:
            return await put_down(store, enrolments, by=f"file {file.name}")

    enrolments = read_list(file)
    with database(begin()) as dsn:
        strangers = asyncio.run(run(dsn))
    print(f"{file}: {len(enrolments):,} terminals may speak")
    if strangers:
        shown = ", ".join(strangers[:10]) + (" …" if len(strangers) > 10 else "")
        print(
            f"{len(strangers):,} of their devices are not in the registry yet, so their reports are refused: {shown}"
        )


def decode(
    hexadecimal: Annotated[
        str,
        typer.Argument(
            metavar="HEX|TEXT",
            help="Bytes of a JT/T 808 stream in hexadecimal, or the text of an HJ 212 one; - reads standard input.",
        ),
    ],
    *,
    model: Annotated[
        str, typer.Option(help="A ready-made model (`gateway models`), or a file with one.")
    ] = "generic",
    unit: Annotated[
        str, typer.Option(help="The unit of an HJ 212 monitor's particulates: ug, mg or ng.")
    ] = "ug",
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Show how a frame of JT/T 808 or HJ 212 is read, field by field, and the report that comes of it.

    Any number of frames, also sub-packets; blanks, commas and 0x between the digits do no harm. The code is 1
    if something could not be read.

    Example:

      haulwatch gateway decode "7E 80 01 00 05 00 20 02 60 43 23 00 09 00 EE 02 00 00 43 7E"
      haulwatch gateway decode '##0060ST=39;CN=2011;MN=M1;CP=&&DataTime=20260801080000;LA-Rtd=57&&71C0'
    """
    from haulwatch.frame_reading import as_json as json_of
    from haulwatch.frame_reading import bytes_of, read_frames
    from haulwatch.frame_table import print_readings
    from haulwatch.problem import FAILED, USAGE, CommandError

    given = sys.stdin.read() if hexadecimal == "-" else hexadecimal
    if "##" in given:
        _decode_monitor(given, unit, as_json=as_json)
        return
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


def _decode_monitor(text: str, unit: str, *, as_json: bool) -> None:
    from haulwatch.monitor_reading import as_json as json_of
    from haulwatch.monitor_reading import print_monitor_readings, read_monitor_frames
    from haulwatch.problem import FAILED, USAGE, CommandError
    from protocols.hj212.monitor import decode_settings

    try:
        settings = decode_settings({"unit": unit})
    except ValueError as error:
        raise CommandError(f"no unit {unit}: it is one of ug, mg and ng", code=USAGE) from error
    readings = read_monitor_frames(text.encode(), settings)
    if as_json:
        print(json_of(readings).decode())
    else:
        print_monitor_readings(readings)
    if any(reading.fault is not None for reading in readings):
        raise typer.Exit(FAILED)


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
