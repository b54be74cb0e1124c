"""What is kept of a backtest: coverage first, then the figures of both judgements, and the list of changes.

Made of the same result that the command prints and writes.
"""

import msgspec

from alerts.comparison import Comparison, compared
from alerts.difference import Span
from ingest.backtest import BacktestResult
from ingest.backtest_coverage import Coverage
from ingest.backtest_files import change_json
from storage.backtests import KeptChange

MOST_CHANGES = 10_000
"""Of so many changes the list is kept; the figures count all of them."""


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """The result of a backtest of history without the list of changes, of which `changes_kept` are kept."""

    reports: int
    warm_up: int
    seconds: float
    coverage: Coverage
    before: int
    after: int
    changes: int
    changes_kept: int
    comparison: Comparison


def report(result: BacktestResult, span: Span) -> Report:
    """The figures of a backtest of history that was compared."""
    assert result.before is not None, "a report is of a comparison"
    assert result.changes is not None, "a report is of a comparison"
    assert result.coverage is not None, "a report is of history"
    return Report(
        reports=result.received,
        warm_up=result.warm_up,
        seconds=result.seconds,
        coverage=result.coverage,
        before=len(result.before),
        after=len(result.alerts),
        changes=len(result.changes),
        changes_kept=min(len(result.changes), MOST_CHANGES),
        comparison=compared(result.before, result.alerts, result.changes, span, result.companies),
    )


def kept_changes(result: BacktestResult, *, versions: tuple[int, int]) -> list[KeptChange]:
    """The changes to be kept, each as in the file of the command; `versions` judged before and after."""
    return [
        KeptChange(
            change=str(one.kind),
            rule=str(one.alert.rule),
            severity=str(one.alert.severity),
            line=change_json(one, result.companies, versions=versions),
        )
        for one in (result.changes or ())[:MOST_CHANGES]
    ]
