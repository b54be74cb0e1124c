"""What a bench says in the end: the bounds beside what was measured, as a table and as JSON."""

import json
import os
import platform
from pathlib import Path

import psutil
from msgspec import Struct, to_builtins
from rich.console import Console
from rich.table import Table

from runtime.clock import monotonic_s


class Measured(Struct, frozen=True, kw_only=True):
    """One measurement; `bound` is None for what explains and is not promised. `at_least` says which way is good."""

    what: str
    value: float
    unit: str
    bound: float | None = None
    at_least: bool = True

    @property
    def is_reached(self) -> bool | None:
        """Whether the bound is reached; None without one."""
        if self.bound is None:
            return None
        return self.value >= self.bound if self.at_least else self.value <= self.bound


class Stages:
    """Says on standard error what a bench is at."""

    def __init__(self, count: int) -> None:
        """Begin before the first of so many stages."""
        self._count = count
        self._number = 0
        self._began_s = monotonic_s()
        self._console = Console(stderr=True)

    def __call__(self, what: str) -> None:
        """A stage begins."""
        self._number += 1
        after_s = monotonic_s() - self._began_s
        self._console.print(f"{self._number}/{self._count}  {after_s:4.0f} s  {what}", highlight=False)


def missed(measured: list[Measured]) -> list[str]:
    """A sentence for each bound that was not reached."""
    return [
        f"{one.what}: {_number(one.value)} {one.unit}".rstrip()
        + f", where {_number(one.bound)} {'or more' if one.at_least else 'or less'} was to be reached."
        for one in measured
        if one.bound is not None and not one.is_reached
    ]


def report(
    name: str, measured: list[Measured], counts: dict[str, float], words: list[str], json_file: Path | None
) -> None:
    """Print the table, the counts and what there is to say, and write the JSON file."""
    table = Table(title=f"haulwatch bench {name}, on {_machine()['cpus']} cores", title_justify="left")
    table.add_column("what", no_wrap=True)
    for column in ("measured", "bound"):
        table.add_column(column, justify="right")
    table.add_column("")
    for one in measured:
        sign = "" if one.bound is None else f"{'≥' if one.at_least else '≤'} {_number(one.bound)} {one.unit}"
        mark = {None: "", True: "[green]reached[/]", False: "[red]not reached[/]"}[one.is_reached]
        table.add_row(one.what, f"{_number(one.value)} {one.unit}", sign, mark)
    console = Console()
    console.print(table)
    console.print("  ".join(f"{what} {_number(count)}" for what, count in counts.items()), highlight=False)
    for sentence in words:
        console.print(sentence, highlight=False)
    if json_file is not None:
        entries = [to_builtins(one) | {"is_reached": one.is_reached} for one in measured]
        json_file.write_text(
            json.dumps(
                {"bench": name, "machine": _machine(), "measured": entries, "counts": counts, "words": words},
                indent=1,
                ensure_ascii=False,
            ),
            encoding="utf-8",
        )


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 or value == int(value) else f"{value:,.3g}"


def _machine() -> dict[str, str | int]:
    return {
        "system": platform.platform(),
        "python": platform.python_version(),
        "cpus": len(os.sched_getaffinity(0)),
        "memory_bytes": psutil.virtual_memory().total,
    }
