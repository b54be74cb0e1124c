"""What `simulate`, `replay` and `capture` do around the simulators: arguments in, progress and sums out."""

import signal
import threading
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfoNotFoundError

from rich.console import Console
from rich.table import Table

from domain.instant import from_rfc3339
from haulwatch.problem import USAGE, CommandError
from haulwatch.progress import progress_bar
from haulwatch.startup import begin, broker_url
from simulators.convert import ColumnMap

if TYPE_CHECKING:
    from simulators.gateway_publisher import Gateways


def run_simulate(
    *,
    out: Path,
    seed: int,
    hours: float,
    vehicles: int,
    faults: str,
    violations: str = "all",
    start: str | None,
) -> None:
    """Write a simulated district into `out` and say what is in it."""
    from simulators.simulate import simulate

    start_ms = None if start is None else _instant(start)
    with progress_bar("Simulating") as on_progress:
        summary = simulate(
            seed=seed,
            hours=hours,
            vehicles=vehicles,
            out=out,
            start_ms=start_ms,
            faults=faults,
            violations=violations,
            on_progress=on_progress,
        )
    print(f"{summary.registry}: {summary.vehicles:,} vehicles, {summary.stations:,} stations")
    print(f"{summary.capture}: {summary.messages:,} messages, {summary.elements:,} reports")
    table = Table(title=f"{summary.truth_file}", title_justify="left")
    table.add_column("what truly happened")
    table.add_column("times", justify="right")
    for rule, times in summary.truth.items():
        table.add_row(rule, f"{times:,}")
    Console().print(table)


def run_replay(
    capture: Path,
    *,
    speed: str,
    shift: str,
    terminals: Path | None = None,
    gateways: Mapping[str, str | None] = MappingProxyType({}),
) -> None:
    """Publish a capture to the broker, or through gateways, and say how many messages were acknowledged."""
    from simulators.capture_file import CaptureError
    from simulators.replay import Shift, replay

    settings = begin()
    url = broker_url(settings)
    times = _speed(speed)
    through = _gateways(terminals, gateways)
    with progress_bar("Publishing") as on_progress:
        try:
            count = replay(
                capture,
                broker_url=url,
                speed=times,
                prefix=settings.topic_prefix,
                shift=Shift(shift),
                gateways=through,
                on_progress=on_progress,
            )
        except (CaptureError, ConnectionError) as error:
            raise CommandError(str(error)) from error
    print(
        f"{count.messages:,} messages with {count.elements:,} reports sent, {count.acknowledged:,} acknowledged, "
        f"in {count.seconds:,.1f} s ({count.messages_per_s:,.0f} messages/s)"
    )
    if count.shifted_ms:
        print(f"times were moved by {count.shifted_ms / 86_400_000:+,.2f} days")


def run_record(out: Path, *, seconds: float | None) -> None:
    """Record what devices publish until the time is over, or Ctrl-C."""
    from simulators.record import record

    settings = begin()
    url = broker_url(settings)
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    with Console(stderr=True).status(f"Recording into {out}; Ctrl-C ends it"):
        try:
            count = record(broker_url=url, out=out, prefix=settings.topic_prefix, seconds=seconds, stop=stop)
        except ConnectionError as error:
            raise CommandError(str(error)) from error
    print(f"{out}: {count:,} messages")


def run_convert(
    source: Path,
    *,
    out: Path,
    columns: list[str],
    timezone: str,
    crs: str,
    device_id: str | None,
    registry_out: Path | None,
) -> None:
    """Make a capture of recorded tracks and say what became of each row."""
    from simulators.convert import convert_csv, convert_gpx, convert_json

    suffix = Path(source.stem).suffix if source.suffix == ".gz" else source.suffix
    with progress_bar("Converting") as on_progress:
        try:
            if suffix == ".gpx":
                done = convert_gpx(
                    source,
                    device_id=device_id,
                    timezone=timezone,
                    out=out,
                    registry_out=registry_out,
                    on_progress=on_progress,
                )
            else:
                done = (convert_json if suffix == ".json" else convert_csv)(
                    source,
                    columns=_column_map(columns),
                    timezone=timezone,
                    crs=crs,
                    device_id=device_id,
                    out=out,
                    registry_out=registry_out,
                    on_progress=on_progress,
                )
        except ZoneInfoNotFoundError as error:
            raise CommandError(f"--timezone {timezone}: there is no such zone", code=USAGE) from error
        except (ValueError, KeyError) as error:
            raise CommandError(f"{source}: {error}") from error
    print(
        f"{out}: {done.written:,} of {done.rows:,} rows, {done.devices:,} devices; {done.bad:,} could not be read"
    )
    for problem in done.problems:
        print(f"  line {problem.line}: {problem.reason}")
    if done.rows and not done.written:
        raise CommandError(f"{source}: not one row could be read")
    if registry_out is not None:
        print(f"{registry_out}: a registry that knows these devices")


def _gateways(terminals: Path | None, addresses: Mapping[str, str | None]) -> "Gateways | None":
    """The way through gateways, None where the broker is meant."""
    from haulwatch.enrolling import read_list
    from simulators.gateway_publisher import Gateways

    given = {protocol: _address(protocol, text) for protocol, text in addresses.items() if text is not None}
    if terminals is None and not given:
        return None
    if terminals is None or not given:
        raise CommandError("--terminals goes with --jt808, --hj212 or both", code=USAGE)
    return Gateways(enrolments=tuple(read_list(terminals)), addresses=given)


def _address(option: str, text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    if not host or not port.isascii() or not port.isdigit() or not 0 < int(port) < 65536:
        raise CommandError(f"--{option} {text}: allowed is HOST:PORT", code=USAGE)
    return host, int(port)


def _column_map(columns: list[str]) -> ColumnMap:
    pairs: dict[str, str] = {}
    for column in columns:
        field, sign, header = column.partition("=")
        if not sign or field not in ColumnMap.__struct_fields__:
            allowed = ", ".join(ColumnMap.__struct_fields__)
            raise CommandError(
                f"--column {column}: allowed is FIELD=HEADER with one of {allowed}", code=USAGE
            )
        pairs[field] = header
    return ColumnMap(**pairs)


def _instant(text: str) -> int:
    try:
        return from_rfc3339(text)
    except ValueError as error:
        raise CommandError(f"--start: {error}", code=USAGE) from error


def _speed(text: str) -> float | None:
    """How many times faster, None for as fast as it goes."""
    if text == "max":
        return None
    try:
        speed = float(text)
    except ValueError:
        speed = 0.0
    if not 0 < speed < float("inf"):
        raise CommandError(f"--speed {text}: allowed is a number above 0, or max", code=USAGE)
    return speed
