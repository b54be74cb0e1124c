"""Tables of the workbook: columns by what they hold, a line of totals that are formulas, a filter."""

from collections.abc import Callable, Sequence
from datetime import date
from enum import StrEnum
from math import ceil
from typing import Any

from msgspec import Struct
from xlsxwriter.utility import xl_col_to_name

from domain.instant import DAY_MS, EPOCH
from domain.localtime import wall_ms
from exports.words import word
from exports.workbook import look as looks
from exports.workbook.sheets import Binder

EXCEL_DAY_0 = date(1899, 12, 30).toordinal()
EXCEL_1970_DAYS = EPOCH.toordinal() - EXCEL_DAY_0

INDENT = 1.5
FILLED = 0.84
"""The part of a column that words fill before the next one goes onto another line."""
HEADINGS_PT, LINE_PT, MOST_LINES = 32, 13, 30
MOST_CHARACTERS = 32_767
MOST_LINKS = 65_000
"""Excel opens no sheet with more than 65,530."""


class Holds(StrEnum):
    """What a column holds."""

    TEXT = "text"
    WRAPPED = "wrapped"
    COUNT = "count"
    DIFFERENCE = "difference"
    SHARE = "share"
    RATE = "rate"
    DEGREE = "degree"
    ID = "id"
    DAY = "day"
    TIME = "time"
    DURATION = "duration"
    SEVERITY = "severity"
    ALERT = "alert"


NUMBERS = {
    Holds.COUNT: looks.COUNT,
    Holds.DIFFERENCE: looks.DIFFERENCE,
    Holds.SHARE: looks.SHARE,
    Holds.RATE: looks.RATE,
    Holds.DEGREE: looks.DEGREE,
    Holds.ID: looks.ID,
    Holds.DAY: looks.DAY,
    Holds.TIME: looks.TIME,
    Holds.DURATION: looks.DURATION,
}
CENTRED = (Holds.ID, Holds.DAY, Holds.TIME, Holds.SEVERITY, Holds.ALERT)

Value = str | int | float | date | None
"""Counts; shares of 1; ms for times and durations; names of severities; ids of alerts."""


class Column(Struct, frozen=True, kw_only=True):
    """A column; `sums` gives it a total, `is_blank_zero` shows nothing for none."""

    name: str
    width: float
    holds: Holds = Holds.TEXT
    sums: bool = False
    is_blank_zero: bool = False


class Extent(Struct, frozen=True, kw_only=True):
    """Where a table is: rows from 0; one without lines has one that says so."""

    header: int
    first: int
    last: int
    total: int | None


def write_table(
    binder: Binder,
    sheet: Any,
    columns: Sequence[Column],
    rows: Sequence[Sequence[Value]],
    *,
    at_row: int,
    total: Sequence[Value] | None = None,
) -> Extent:
    """Write a table with its headings; `total` gives what the formulas of the last line come to."""
    _write_header(binder, sheet, columns, at_row)
    _make_room(binder, sheet, columns, rows, at_row + 1)
    first, last = at_row + 1, at_row + len(rows)
    for at, column in enumerate(columns):
        write = _writer(binder, sheet, column, at, links=len(rows) <= MOST_LINKS)
        if column.holds is Holds.ALERT:  # each has a link of its own
            for number, row in enumerate(rows, first):
                write(number, row[at])
        else:
            sheet.write_values(first, at, [row[at] for row in rows], write)
    if not rows:
        last = first
        sheet.write_string(
            first, 0, binder.said("none"), binder.look.format(font_color=looks.MUTED, indent=1)
        )
    extent = Extent(header=at_row, first=first, last=last, total=None if total is None else last + 1)
    if total is not None:
        _write_total(binder, sheet, columns, extent, total)
    return extent


def whole_sheet(
    binder: Binder,
    sheet: Any,
    columns: Sequence[Column],
    rows: Sequence[Sequence[Value]],
    *,
    at_row: int,
    total: Sequence[Value] | None = None,
    frozen: int = 1,
    printed: int | None = None,
) -> Extent:
    """A table that is its sheet: filtered, its headings always in sight and on every printed page."""
    for at, column in enumerate(columns):
        sheet.set_column(at, at, column.width)
    extent = write_table(binder, sheet, columns, rows, at_row=at_row, total=total)
    sheet.freeze_panes(extent.first, frozen)
    sheet.repeat_rows(0, extent.header)
    sheet.autofilter(extent.header, 0, extent.last, len(columns) - 1)
    if printed is not None:
        sheet.print_area(0, 0, extent.total or extent.last, printed - 1)
    return extent


def _make_room(
    binder: Binder, sheet: Any, columns: Sequence[Column], rows: Sequence[Sequence[Value]], first: int
) -> None:
    """Rows whose texts do not fit on one line get more; spreadsheets do it differently, or not at all."""
    wrapped = [(at, column.width) for at, column in enumerate(columns) if column.holds is Holds.WRAPPED]
    for number, row in enumerate(rows, first):
        lines = 1
        for at, width in wrapped:
            text = row[at]
            # Most texts are short: only of the others is it worth knowing how wide they are.
            if isinstance(text, str) and len(text) * looks.HAN_WIDTH > width - INDENT:
                lines = max(lines, _lines(binder.look.width(text), width))
        if lines > 1:
            sheet.set_row(number, 4 + LINE_PT * min(lines, MOST_LINES))


def _lines(wide: float, width: float) -> int:
    return 1 if wide <= width - INDENT else ceil(wide / (width * FILLED))


def _write_header(binder: Binder, sheet: Any, columns: Sequence[Column], row: int) -> None:
    look = binder.look
    for at, column in enumerate(columns):
        align = "center" if column.holds in CENTRED else "right" if column.holds in NUMBERS else "left"
        indent = {"indent": 1} if align == "left" else {}
        sheet.write_string(row, at, binder.said(column.name), look.header(align=align, **indent))
    lines = max(_lines(binder.look.width(binder.said(one.name)), one.width) for one in columns)
    sheet.set_row(row, max(HEADINGS_PT, 4 + (LINE_PT + 1) * lines))


def _write_total(
    binder: Binder, sheet: Any, columns: Sequence[Column], extent: Extent, total: Sequence[Value]
) -> None:
    assert extent.total is not None
    for at, (column, value) in enumerate(zip(columns, total, strict=True)):
        style = binder.look.total(**_properties(column))
        if column.sums and value is not None:
            letter = xl_col_to_name(at)
            formula = f"=SUM({letter}{extent.first + 1}:{letter}{extent.last + 1})"
            sheet.write_formula(extent.total, at, formula, style, value)
        elif isinstance(value, str):
            sheet.write_string(extent.total, at, value, binder.look.total(indent=1))
        elif value is None:
            sheet.write_blank(extent.total, at, None, style)
        else:
            sheet.write_number(extent.total, at, value, style)


def _properties(column: Column) -> dict[str, object]:
    number = NUMBERS.get(column.holds)
    if number is None:
        return {} if column.holds in CENTRED else {"indent": 1}
    if column.is_blank_zero:
        number = f"{number};-{number};"
    centred: dict[str, object] = {"align": "center"} if column.holds in CENTRED else {}
    return {"num_format": number, **centred}


def _writer(
    binder: Binder, sheet: Any, column: Column, at: int, *, links: bool
) -> Callable[[int, Any], None]:
    """What writes a value into a row of this column, unknown as an empty cell."""
    look, holds = binder.look, column.holds
    if holds is Holds.SEVERITY:
        return _severity_writer(binder, sheet, at)
    if holds is Holds.ALERT:
        return _alert_writer(binder, sheet, at, links=links)
    if holds in NUMBERS:
        style = look.cell(**_properties(column))
        of = _number_of(binder, holds)

        def number(row: int, value: Any) -> None:
            if value is None:
                sheet.write_blank(row, at, None, style)
            else:
                sheet.write_number(row, at, of(value), style)

        return number
    style = look.cell(indent=1, text_wrap=holds is Holds.WRAPPED)

    def text(row: int, value: Any) -> None:
        if value:
            sheet.write_string(row, at, value[:MOST_CHARACTERS], style)
        else:
            sheet.write_blank(row, at, None, style)

    return text


def _number_of(binder: Binder, holds: Holds) -> Callable[[Any], float]:
    if holds is Holds.TIME:
        zone = binder.zone
        return lambda at_ms: wall_ms(at_ms, zone) // 1000 / 86_400 + EXCEL_1970_DAYS
    if holds is Holds.DURATION:
        return lambda ms: ms / DAY_MS
    if holds is Holds.DAY:
        return lambda day: day.toordinal() - EXCEL_DAY_0
    return lambda value: value


def _severity_writer(binder: Binder, sheet: Any, at: int) -> Callable[[int, Any], None]:
    styles: dict[str | None, tuple[str, Any]] = {}

    def write(row: int, value: Any) -> None:
        if value not in styles:
            styles[value] = (word(value, binder.language), binder.look.severity(value or ""))
        sheet.write_string(row, at, *styles[value])

    return write


def _alert_writer(binder: Binder, sheet: Any, at: int, *, links: bool) -> Callable[[int, Any], None]:
    plain = binder.look.cell(align="center")
    linked = binder.look.cell(align="center", font_color=looks.PRIMARY, underline=1)

    def write(row: int, alert_id: Any) -> None:
        address = binder.link(alert_id) if links else None
        if address is None:
            sheet.write_string(row, at, alert_id[:8], plain)
        else:
            sheet.write_url(row, at, address, linked, alert_id[:8])

    return write
