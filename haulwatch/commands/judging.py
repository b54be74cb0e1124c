"""`backtest` and `score`: judging a capture, and judging the judge."""

from pathlib import Path
from typing import Annotated

import typer

from domain.rule import RuleKind

PANEL = "Try the rules"


def add_to(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command(rich_help_panel=PANEL)(backtest)
    app.command(rich_help_panel=PANEL)(score)


def backtest(
    *,
    registry: Annotated[
        Path | None, typer.Option(help="Registry file that judges a capture.", exists=True, dir_okay=False)
    ] = None,
    input_: Annotated[
        Path | None,
        typer.Option("--input", help="Capture, .ndjson or .ndjson.gz.", exists=True, dir_okay=False),
    ] = None,
    from_: Annotated[
        str | None,
        typer.Option(
            "--from",
            help="Day or time from which stored history is judged; local to the registry without an offset.",
        ),
    ] = None,
    to: Annotated[str | None, typer.Option(help="Where it ends, itself left out; now unless given.")] = None,
    ruleset: Annotated[
        str | None, typer.Option(help="Version or registry file that judges the whole span.")
    ] = None,
    against: Annotated[
        str | None, typer.Option(help="Compare with: version, registry file, or as-judged (stored alerts).")
    ] = None,
    alerts: Annotated[
        Path | None, typer.Option(help="Where to write the alerts (NDJSON).", dir_okay=False)
    ] = None,
    difference: Annotated[
        Path | None, typer.Option(help="Where to write what differs (NDJSON).", dir_okay=False)
    ] = None,
    vehicle: Annotated[list[str] | None, typer.Option(help="Only this vehicle; may be repeated.")] = None,
    company: Annotated[
        list[str] | None, typer.Option(help="Only this company's vehicles; may be repeated.")
    ] = None,
    rule: Annotated[list[RuleKind] | None, typer.Option(help="Only this rule; may be repeated.")] = None,
) -> None:
    """Judge the past by any version of the rules: a capture, or what is stored. Nothing stored is touched.

    A capture needs neither database nor broker. Of stored history one version judges the whole span, and the
    difference says which alerts would appear, vanish or change.

    Examples:

      haulwatch backtest --registry sim/registry.json --input sim/capture.ndjson.gz --alerts alerts.ndjson

      haulwatch backtest --from 2026-11-01 --to 2026-11-08 --ruleset tried.json --against as-judged

      haulwatch backtest --from 2026-11-01 --ruleset 8 --against 7 --rule speeding --difference diff.ndjson
    """
    from haulwatch.backtesting import Outputs, run_on_capture, run_on_history
    from haulwatch.problem import USAGE, CommandError

    outputs = Outputs(alerts=alerts, difference=difference)
    of_history = (from_, to, ruleset, vehicle, company, rule)
    if registry is not None and input_ is not None and not any(of_history):
        run_on_capture(registry, input_, against, outputs)
    elif from_ is not None and ruleset is not None and registry is None and input_ is None:
        run_on_history(
            from_=from_,
            to=to,
            ruleset=ruleset,
            against=against,
            outputs=outputs,
            vehicles=vehicle or [],
            companies=company or [],
            rules=rule or [],
        )
    else:
        raise CommandError(
            "give either --registry and --input (a capture), or --from and --ruleset (stored history)",
            code=USAGE,
        )


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
