"""The tables of a backtest: alerts by rule, and what appears, vanishes and changes by rule and by company."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

from alerts.comparison import Row, company_of, rows, rule_of
from alerts.difference import Alert
from alerts.finding import Finding

if TYPE_CHECKING:
    from ingest.backtest import BacktestResult

NOBODY = "-"


def print_alerts(result: "BacktestResult", *, title: str) -> None:
    """How many alerts each rule found; nothing where there are none."""
    counts = Counter(str(one.rule) for one in result.alerts if one.withdrawn is None)
    if not counts:
        return
    table = Table(title=title, title_justify="left")
    table.add_column("rule", no_wrap=True)
    table.add_column("alerts", justify="right")
    for rule, count in sorted(counts.items()):
        table.add_row(rule, f"{count:,}")
    Console().print(table)


def print_difference(
    result: "BacktestResult", company_names: Mapping[str, str], *, before: str, after: str
) -> None:
    """What differs, once by rule and once by company; rows without a difference are left in, as they tell too."""

    def company(alert: Alert) -> str:
        company_id = company_of(alert, result.companies)
        return NOBODY if not company_id else company_names.get(company_id, company_id)

    print(f"before: {before}; after: {after}")
    for title, group in (("rule", rule_of), ("company", company)):
        table = _table(title, rows(group, result.before or (), _standing(result), result.changes or ()))
        if table.row_count:
            Console().print(table)
    if not result.changes:
        print("no difference")


def _table(title: str, counted: Iterable[Row]) -> Table:
    table = Table()
    table.add_column(title, no_wrap=True, max_width=28)
    for name in ("before", "after", "appear", "vanish", "change"):
        table.add_column(name, justify="right")
    for row in counted:
        counts = (row.before, row.after, row.appear, row.vanish, row.change)
        table.add_row(row.name, *(f"{count:,}" if count else "" for count in counts))
    return table


def _standing(result: "BacktestResult") -> list[Finding]:
    return [one for one in result.alerts if one.withdrawn is None]
