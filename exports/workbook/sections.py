"""The sections of the first sheet: a table and its chart each, by day, by rule, by company, and cases by state."""

from collections.abc import Sequence
from typing import Any

from msgspec.structs import replace

from exports.figures import SEVERITIES
from exports.words import word
from exports.workbook.charts import ROW_PX, WIDTH_PX, bars, bars_by_severity, columns_by_severity
from exports.workbook.counting import Count, by_day, by_state, count, counted
from exports.workbook.groups import VIOLATIONS_AT, Tied
from exports.workbook.sheets import Binder
from exports.workbook.tables import Column, Holds, Value, write_table

MOST_COMPANIES = 10
CHART_AT = 8
LEAST_ROWS = 9
"""A chart takes as many lines as its table, but at least so many."""
MOST_CHART_ROWS = 24
PAGE_PX, TITLE_PX, HEAD_PX, HEADINGS_PX = 665, 60, 215, 43
"""What is printed on a page of A4, of it the title, the head of the first page, and the headings of a table."""

BY_SEVERITY = (
    *(
        Column(name=one.value, width=9, holds=Holds.COUNT, sums=True, is_blank_zero=True)
        for one in SEVERITIES
    ),
    Column(name="count_of_violations", width=9, holds=Holds.COUNT, sums=True),
)
Rows = Sequence[Sequence[Value]]


class Layout:
    """Where the next section begins: on the next printed page if it does not fit on this one."""

    def __init__(self, row: int) -> None:
        """Begin at a row of the first page, below the tiles."""
        self._left_px = PAGE_PX - HEAD_PX
        self.row = row
        self.breaks: list[int] = []

    def begin(self, lines: int) -> int:
        """The row of a section with a table of so many lines."""
        rows = max(lines, LEAST_ROWS) + 4  # its name, headings, total, and a free row
        px = rows * ROW_PX + HEADINGS_PX - ROW_PX
        whole_px = PAGE_PX - TITLE_PX
        if self._left_px < px <= whole_px:
            self.breaks.append(self.row)
            self._left_px = whole_px
        # A table longer than a page flows on from here.
        self._left_px = (self._left_px - px) % whole_px
        at, self.row = self.row, self.row + rows
        return at


def sections(binder: Binder, sheet: Any, row: int) -> list[Tied]:
    """Write them one below the other; gives where their totals of violations are."""
    layout = Layout(row)
    statement = binder.statement
    days = [(day, one) for day, one in by_day(statement, binder.zone).items()]
    rules = counted((one for one in statement.alerts if one.counts), lambda one: one.rule)
    rule_rows = [(word(rule, binder.language), one) for rule, one in rules.items()]
    companies, charted = _companies(binder)
    tied = [
        _by_severity(binder, sheet, layout, "per_day", "day", days, len(days)),
        _by_severity(binder, sheet, layout, "per_rule", "rule", rule_rows, len(rule_rows)),
        _by_severity(binder, sheet, layout, "per_company", "company", companies, charted),
    ]
    _states(binder, sheet, layout)
    sheet.set_h_pagebreaks(layout.breaks)
    return tied


def _companies(binder: Binder) -> tuple[list[tuple[str, Count]], int]:
    """Those with most violations, then all others in one line, then what is of none; how many are charted."""
    alerts = [one for one in binder.statement.alerts if one.counts]
    names = {one.company_id: one.company or one.company_id or "" for one in alerts}
    groups = counted((one for one in alerts if one.company_id is not None), lambda one: one.company_id)
    most = list(groups)[:MOST_COMPANIES]
    rows = [(names[key], groups[key]) for key in most]
    others = [one for one in alerts if one.company_id is not None and one.company_id not in most]
    if others:
        rows.append((binder.said("other_companies", n=len(groups) - len(most)), count(others)))
    if of_none := [one for one in alerts if one.company_id is None]:
        rows.append((binder.said("of_no_company"), count(of_none)))
    return rows, len(most)


def _by_severity(
    binder: Binder,
    sheet: Any,
    layout: Layout,
    name: str,
    label: str,
    groups: Sequence[tuple[Value, Count]],
    charted: int,
) -> Tied:
    """A section by severity, the first so many lines of it in its chart."""
    whole = binder.whole
    rows = [[key, *one.by_severity, one.violations] for key, one in groups]
    total: list[Value] = [binder.said("total"), *whole.by_severity, whole.violations]
    holds = Holds.DAY if label == "day" else Holds.TEXT
    columns = (Column(name=label, width=24, holds=holds), *BY_SEVERITY)
    at_row = _begin(binder, sheet, layout, name, len(rows))
    extent = write_table(binder, sheet, columns, rows, at_row=at_row, total=total)
    if whole.violations and charted:
        make = columns_by_severity if label == "day" else bars_by_severity
        shown = replace(extent, last=extent.first + charted - 1)
        _insert(sheet, make(binder, sheet.get_name(), shown), at_row, 0 if label == "day" else charted)
    assert extent.total is not None
    return Tied(
        sheet="summary", part=name, row=extent.total, column=1 + VIOLATIONS_AT, value=whole.violations
    )


def _states(binder: Binder, sheet: Any, layout: Layout) -> None:
    states = by_state(binder.statement)
    rows: list[list[Value]] = [[word(state, binder.language), n] for state, n in states.items()]
    columns = (
        Column(name="cases_state", width=24),
        Column(name="cases_count", width=9, holds=Holds.COUNT, sums=True),
    )
    at_row = _begin(binder, sheet, layout, "per_state", len(rows))
    total: list[Value] = [binder.said("total"), sum(states.values())]
    extent = write_table(binder, sheet, columns, rows, at_row=at_row, total=total)
    if any(states.values()):
        _insert(sheet, bars(binder, sheet.get_name(), extent), at_row, len(rows))


def _begin(binder: Binder, sheet: Any, layout: Layout, name: str, lines: int) -> int:
    """Write a section's name; gives the row of its table."""
    row = layout.begin(lines)
    sheet.write_string(row, 0, binder.said(name), binder.look.section)
    return row + 1


def _insert(sheet: Any, chart: Any, row: int, lines: int) -> None:
    rows = min(max(lines, LEAST_ROWS), MOST_CHART_ROWS) + 1
    chart.set_size({"width": WIDTH_PX, "height": HEADINGS_PX + rows * ROW_PX})
    sheet.insert_chart(row, CHART_AT, chart, {"object_position": 2})
