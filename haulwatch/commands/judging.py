"""`backtest` and `score`: judging a capture, and judging the judge."""

from pathlib import Path
from typing import Annotated

import typer

PANEL = "Try the rules"


def add_to(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command(rich_help_panel=PANEL)(backtest)
    app.command(rich_help_panel=PANEL)(score)


def backtest(
    *,
    registry: Annotated[Path, typer.Option(help="Registry file.", exists=True, dir_okay=False)],
    input_: Annotated[
        Path, typer.Option("--input", help="Capture, .ndjson or .ndjson.gz.", exists=True, dir_okay=False)
    ],
    alerts: Annotated[Path, typer.Option(help="Where to write the alerts (NDJSON).", dir_okay=False)],
) -> None:
    """Judge a capture by a registry, without database and broker.

    Example:

      haulwatch backtest --registry sim/registry.json --input sim/capture.ndjson.gz --alerts alerts.ndjson
    """
    from haulwatch.judging import run_backtest

    run_backtest(registry, input_, alerts)


def score(
    *,
    alerts: Annotated[Path, typer.Option(help="Alerts (NDJSON).", exists=True, dir_okay=False)],
    truth: Annotated[Path, typer.Option(help="What really happened (NDJSON).", exists=True, dir_okay=False)],
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")] = False,
) -> None:
    """Compare alerts with the truth: precision, recall and median delay of each rule.

    Example:

      haulwatch score --alerts alerts.ndjson --truth sim/truth.ndjson
    """
    from haulwatch.judging import run_score

    run_score(alerts, truth, as_json=as_json)
