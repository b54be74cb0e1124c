"""What `simulate`, `replay` and `capture` do around the simulators: arguments in, progress and sums out."""

from pathlib import Path

from rich.console import Console
from rich.table import Table

from domain.instant import from_rfc3339
from haulwatch.problem import USAGE, CommandError
from haulwatch.progress import progress_bar


def run_simulate(
    *, out: Path, seed: int, hours: float, vehicles: int, faults: str, start: str | None
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
