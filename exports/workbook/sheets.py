"""A sheet of the workbook: its title, what all sheets say of the statement, and how it is printed."""

from datetime import timedelta
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from domain.instant import EPOCH
from domain.localtime import wall_ms
from domain.period import PeriodKind
from exports.statement import Statement
from exports.words import Language
from exports.workbook.counting import Count, count
from exports.workbook.look import Look
from exports.workbook.phrases import said
from exports.workbook.quick_cells import QuickSheet

SUMMARY = "summary"
HEAD_ROWS = 4
"""Title, what the statement is, whether it is provisional, a free row."""

LONGEST_FOOTER = 220
"""Letters of its left part; Excel takes 255 in all, and of a longer one nothing would be printed."""

ROW_PT = 15.75
MARGINS_IN = {"left": 0.4, "right": 0.4, "top": 0.5, "bottom": 0.6}


class Binder:
    """The workbook being made, and what all its sheets share."""

    def __init__(
        self,
        book: Any,
        statement: Statement,
        language: Language,
        districts: frozenset[str] | None,
        link: str,
    ) -> None:
        """Bind a statement that holds only what these districts may see."""
        self.book = book
        self.statement = statement
        self.language: Language = language
        self.districts = districts
        self.zone = ZoneInfo(statement.timezone)
        self.look = Look(book, language)
        self._link = link.rstrip("/")

    def said(self, name: str, /, **values: object) -> str:
        """A phrase in the language of the workbook."""
        return said(name, self.language, **values)

    def link(self, alert_id: str) -> str | None:
        """The address of an alert's page; None if nobody said where the page is."""
        return f"{self._link}/?page=alert&alert={alert_id}" if self._link else None

    @cached_property
    def whole(self) -> Count:
        """All its alerts counted, which most sheets show."""
        return count(self.statement.alerts)

    def clock(self, at_ms: int) -> str:
        """Write an instant as the clock on the wall showed it, to the minute."""
        return (EPOCH + timedelta(milliseconds=wall_ms(at_ms, self.zone))).strftime("%Y-%m-%d %H:%M")

    @property
    def period(self) -> str:
        """The week or month as people say it, with its days."""
        period = self.statement.period
        if period.kind is PeriodKind.MONTH:
            return self.said("month_of", first=period.first)
        year, week, _ = period.first.isocalendar()
        return self.said("week_of", year=year, week=week, first=period.first, last=period.last)

    @property
    def scope(self) -> str:
        """Of which districts it speaks."""
        if self.districts is None:
            return self.said("whole_city")
        alerts, fleets = self.statement.alerts, self.statement.fleets
        names = {one.district_id: one.district for one in alerts} | {one.id: one.name for one in fleets}
        return self.said("comma").join(names.get(one) or one for one in sorted(self.districts))

    @property
    def issue(self) -> str:
        """Period, scope and when it was issued, in one line."""
        statement = self.statement
        when = "counted_at" if statement.is_provisional else "issued_at"
        parts = [self.period, self.scope, self.said(when, at=self.clock(statement.stated_ms))]
        return "  ·  ".join(parts)

    def sheet(self, name: str, *, columns: int, tab: str | None = None) -> Any:
        """Add a sheet of so many printed columns, with its title rows and its print set-up."""
        sheet, look = self.book.add_worksheet(self.said(name), QuickSheet), self.look
        sheet.hide_gridlines(2)
        sheet.set_default_row(ROW_PT)
        title = f"file_{self.statement.period.kind.value}" if name == SUMMARY else f"{name}_title"
        sheet.write_string(0, 0, self.said(title), look.title)
        sheet.set_row(0, 27)
        sheet.write_string(1, 0, self.issue, look.muted)
        if self.statement.is_provisional:
            sheet.merge_range(2, 0, 2, max(columns, 4) - 1, self.said("provisional"), look.warning)
        sheet.set_row(2, 18 if self.statement.is_provisional else 4)
        sheet.set_row(3, 6)
        sheet.set_landscape()
        sheet.set_paper(9)  # A4
        sheet.set_margins(**MARGINS_IN)
        sheet.fit_to_pages(1, 0)
        sheet.set_footer(self._footer(), {"margin": 0.25})
        if tab is not None:
            sheet.set_tab_color(tab)
        return sheet

    def _footer(self) -> str:
        kind = self.said("provisional_short") + "  " if self.statement.is_provisional else ""
        left = (kind + self.issue).replace("&", "&&")
        if len(left) > LONGEST_FOOTER:
            left = left[:LONGEST_FOOTER].rstrip("&") + "…"
        # A figure right after the size would be read as part of it.
        return f"&L&8 {left}&R&8 &A  &P / &N"
