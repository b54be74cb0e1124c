"""The last sheet: what counts, by which registry, when issued, and a table that shows that all totals agree."""

from collections.abc import Sequence
from math import ceil
from typing import Any

from xlsxwriter.utility import xl_rowcol_to_cell

from exports.workbook import look as looks
from exports.workbook.groups import Tied
from exports.workbook.sheets import HEAD_ROWS, Binder
from exports.workbook.tables import Extent

NOTES = (
    "note_changes", "note_counts", "note_period", "note_zone", "note_names", "note_late", "note_online",
    "note_arrived", "note_rejected", "note_overdue", "note_places",
)  # fmt: skip
LINE_WIDTH = 88
"""What of a text fits into a line beside its name."""


def notes_sheet(binder: Binder, violations: Extent, tied: Sequence[Tied]) -> None:
    """Write the sheet; `violations` is where all of them are listed."""
    sheet = binder.sheet("notes", columns=3)
    for at, width in enumerate((46, 82, 16)):
        sheet.set_column(at, at, width)
    row = HEAD_ROWS
    for name, text in ((binder.said("note_file"), _file_said(binder)), *_notes(binder)):
        sheet.write_string(row, 0, name, binder.look.format(bold=True, valign="top"))
        sheet.merge_range(row, 1, row, 2, text, binder.look.format(text_wrap=True, valign="top"))
        sheet.set_row(row, 4 + 15 * ceil(binder.look.width(text) / LINE_WIDTH))
        row += 1
    sheet.repeat_rows(0, HEAD_ROWS - 1)
    _ties(binder, sheet, row + 1, violations, tied)


def _file_said(binder: Binder) -> str:
    statement = binder.statement
    return binder.said(
        "note_provisional" if statement.is_provisional else "note_issued",
        period=binder.period, scope=binder.scope, at=binder.clock(statement.stated_ms),
        version=statement.registry_version,
    )  # fmt: skip


def _notes(binder: Binder) -> list[tuple[str, str]]:
    zone = binder.statement.timezone
    return [(binder.said(name), binder.said(f"{name}_said", zone=zone)) for name in NOTES]


def _ties(binder: Binder, sheet: Any, row: int, violations: Extent, tied: Sequence[Tied]) -> None:
    look = binder.look
    sheet.write_string(row, 0, binder.said("ties_title"), look.section)
    for at, name in enumerate(("ties_sheet", "ties_figure", "ties")):
        sheet.write_string(row + 1, at, binder.said(name), look.header(align="left"))
    listed = sum(one.counts for one in binder.statement.alerts)
    name = binder.said("violations")
    numbers = f"'{name}'!A{violations.first + 1}:A{violations.last + 1}"
    sheet.write_string(row + 2, 0, binder.said("ties_lines", sheet=name), look.cell())
    figure = look.cell(num_format=looks.COUNT, align="left")
    sheet.write_formula(row + 2, 1, f"=COUNT({numbers})", figure, listed)
    sheet.write_blank(row + 2, 2, None, look.cell())
    holds, fails = binder.said("ties_holds"), binder.said("ties_not")
    for at, one in enumerate(tied, row + 3):
        part = None if one.part is None else binder.said(one.part)
        told = "ties_total" if part is None else "ties_total_of"
        sheet.write_string(at, 0, binder.said(told, sheet=binder.said(one.sheet), part=part), look.cell())
        cell = f"'{binder.said(one.sheet)}'!{xl_rowcol_to_cell(one.row, one.column)}"
        sheet.write_formula(at, 1, f"={cell}", figure, one.value)
        formula = f'=IF(B{at + 1}=B{row + 3},"{holds}","{fails}")'
        sheet.write_formula(
            at, 2, formula, look.cell(font_color=looks.FINE), holds if one.value == listed else fails
        )
