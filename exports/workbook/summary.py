"""The first sheet: the figures that matter, above the sections with their charts."""

from typing import Any

from exports.figures import SEVERITIES
from exports.within import STATION
from exports.workbook import look as looks
from exports.workbook.account import totals
from exports.workbook.counting import share
from exports.workbook.groups import VEHICLE, Tied
from exports.workbook.sections import sections
from exports.workbook.sheets import HEAD_ROWS, SUMMARY, Binder
from exports.workbook.tables import Value

WIDTHS = (24, 9, 9, 9, 9, 9, 9, 2, 9, 9, 9, 9, 9, 9)
TILES = ((0, 0), (1, 2), (3, 4), (5, 6), (8, 9), (10, 11), (12, 13))
"""First and last column of each of seven tiles."""


def summary_sheet(binder: Binder) -> list[Tied]:
    """Write the sheet; gives where its totals are."""
    sheet = binder.sheet(SUMMARY, columns=len(WIDTHS), tab=looks.PRIMARY)
    for at, width in enumerate(WIDTHS):
        sheet.set_column(at, at, width)
    sheet.repeat_rows(0, HEAD_ROWS - 1)
    row = _tiles(binder, sheet, HEAD_ROWS)
    if not any(one.counts for one in binder.statement.alerts):
        sheet.write_string(row, 0, binder.said("no_violation"), binder.look.format(bold=True))
        row += 2
    return sections(binder, sheet, row)


def _tiles(binder: Binder, sheet: Any, row: int) -> int:
    statement = binder.statement
    whole = binder.whole
    cases = [one for one in statement.cases if one.is_of_period]
    late = sum(one.counts and one.found_late for one in statement.alerts)
    account = totals(statement.account)
    first: list[tuple[str, Value, str | None]] = [
        ("tile_violations", whole.violations, None),
        *((one.value, n, one.value) for one, n in zip(SEVERITIES, whole.by_severity, strict=True)),
        ("tile_concerned", whole.subjects, None),
        ("tile_late", late, None),
    ]
    second: list[tuple[str, Value, str | None]] = [
        ("tile_cases", len(cases), None),
        ("tile_overdue", sum(one.is_overdue for one in statement.cases), None),
        ("tile_withdrawn", whole.withdrawn, None),
        ("tile_dismissed", whole.dismissed, None),
        ("tile_vehicles_online", _online(binder, VEHICLE), None),
        ("tile_stations_online", _online(binder, STATION), None),
        (
            "tile_rejected",
            share(account["rejected"], account["received"]),
            None,
        ),
    ]
    for line, tiles in enumerate((first, second)):
        for at, tile in zip(TILES, tiles, strict=True):
            _tile(binder, sheet, row + line * 3, at, *tile)
    return row + 6


def _tile(
    binder: Binder, sheet: Any, row: int, at: tuple[int, int], name: str, value: Value, severity: str | None
) -> None:
    edge = {"left": 5, "left_color": looks.SEVERITY[severity][0]} if severity else {}
    face = {"bg_color": looks.GROUND, "indent": 1, "right": 5, "right_color": looks.PAPER, **edge}
    number = looks.RATE if isinstance(value, float) else looks.COUNT
    figure = binder.look.format(bold=True, font_size=16, num_format=number, align="left", **face)
    label = binder.look.format(font_color=looks.MUTED, font_size=9, align="left", **face)
    shown = "—" if value is None else value
    sheet.set_row(row, 26)
    sheet.set_row(row + 2, 6)
    for line, text, style in ((row, shown, figure), (row + 1, binder.said(name), label)):
        if at[0] == at[1]:
            sheet.write(line, at[0], text, style)
        else:
            sheet.merge_range(line, at[0], line, at[1], text, style)


def _online(binder: Binder, kind: str) -> float | None:
    fleets = [one for one in binder.statement.fleets if one.kind == kind]
    return share(sum(one.days_heard for one in fleets), sum(one.days for one in fleets))
