"""What `score` prints."""

import json
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TypeVar

from rich.console import Console
from rich.table import Table

from alerts.scoring import RuleScore, read_alerts, read_truth
from alerts.scoring import score as score_alerts
from haulwatch.problem import CommandError

T = TypeVar("T")


def run_score(alerts: Path, truth: Path, *, as_json: bool) -> None:
    """Print the score of an alert file as a table or as JSON."""
    scores = score_alerts(_lines_of(alerts, read_alerts), _lines_of(truth, read_truth))
    if as_json:
        print(json.dumps([_entry(one) for one in scores], indent=1))
        return
    if not scores:
        print(f"{alerts} and {truth} hold neither alerts nor violations")
        return
    # Eighty columns must do.
    table = Table(title=f"{alerts} against {truth}", title_justify="left", pad_edge=False)
    table.add_column("rule", no_wrap=True)
    for name in ("matched", "missed", "unfounded", "precision", "recall", "delay"):
        table.add_column(name, justify="right")
    for one in scores:
        table.add_row(
            one.rule.value,
            f"{one.matched:,}",
            f"{len(one.missed):,}",
            f"{len(one.unfounded):,}",
            _share(one.precision),
            _share(one.recall),
            "-" if one.median_delay_s is None else f"{one.median_delay_s:,.0f} s",
        )
    Console().print(table)


def _lines_of(path: Path, read: Callable[[Iterable[bytes]], Iterator[T]]) -> list[T]:
    try:
        with path.open("rb") as lines:
            return list(read(lines))
    except ValueError as error:
        raise CommandError(f"{path}: {error}") from error


def _entry(one: RuleScore) -> dict[str, str | int | float | None]:
    return {
        "rule": one.rule.value,
        "matched": one.matched,
        "missed": len(one.missed),
        "unfounded": len(one.unfounded),
        "precision": one.precision,
        "recall": one.recall,
        "median_delay_s": one.median_delay_s,
    }


def _share(share: float | None) -> str:
    return "-" if share is None else f"{share:.3f}"
