"""Charts of the workbook, native to it: they follow the cells beside them."""

from typing import Any

from exports.figures import SEVERITIES
from exports.words import word
from exports.workbook import look as looks
from exports.workbook.sheets import Binder
from exports.workbook.tables import Extent

ROW_PX = 21
WIDTH_PX = 408


def columns_by_severity(binder: Binder, sheet_name: str, extent: Extent) -> Any:
    """Columns of days, stacked by severity: first column the days, then a column for each severity."""
    return _stacked(binder, "column", sheet_name, extent)


def bars_by_severity(binder: Binder, sheet_name: str, extent: Extent) -> Any:
    """Bars of groups, stacked by severity, the first group on top."""
    return _stacked(binder, "bar", sheet_name, extent)


def _stacked(binder: Binder, kind: str, sheet_name: str, extent: Extent) -> Any:
    chart = binder.book.add_chart({"type": kind, "subtype": "stacked"})
    for at, severity in enumerate(SEVERITIES, 1):
        chart.add_series(
            {
                "name": word(severity.value, binder.language),
                "categories": [sheet_name, extent.first, 0, extent.last, 0],
                "values": [sheet_name, extent.first, at, extent.last, at],
                "fill": {"color": looks.SEVERITY[severity.value][0]},
                "border": {"none": True},
                "gap": 45,
            }
        )
    _axes(binder, chart, is_bar=kind == "bar", is_days=kind == "column")
    chart.set_legend({"position": "top", "font": _font(binder)})
    return chart


def bars(binder: Binder, sheet_name: str, extent: Extent) -> Any:
    """Bars of one column, in one colour, with their numbers."""
    chart = binder.book.add_chart({"type": "bar"})
    chart.add_series(
        {
            "categories": [sheet_name, extent.first, 0, extent.last, 0],
            "values": [sheet_name, extent.first, 1, extent.last, 1],
            "fill": {"color": looks.RULE_LINE},
            "border": {"none": True},
            "gap": 45,
            "data_labels": {"value": True, "font": _font(binder)},
        }
    )
    _axes(binder, chart, is_bar=True, is_days=False)
    chart.set_legend({"none": True})
    return chart


def _axes(binder: Binder, chart: Any, *, is_bar: bool, is_days: bool) -> None:
    line = {"color": looks.RULE_LINE, "width": 0.75}
    groups: dict[str, object] = {"num_font": _font(binder), "line": line, "major_tick_mark": "none"}
    if is_bar:
        # The first group on top, and the numbers below the last.
        groups |= {"reverse": True, "crossing": "max"}
    if is_days:
        groups |= {"text_axis": True, "num_format": "mm-dd"}
    values: dict[str, object] = {
        "num_font": _font(binder),
        "num_format": looks.COUNT,
        "line": {"none": True},
        "major_gridlines": {"visible": True, "line": {"color": looks.BORDER, "width": 0.5}},
        "min": 0,
    }
    # The axis of a bar chart that runs along the page is that of its values.
    across, up = (values, groups) if is_bar else (groups, values)
    chart.set_x_axis(across)
    chart.set_y_axis(up)
    chart.set_chartarea({"border": {"color": looks.BORDER}, "fill": {"color": looks.PAPER}})


def _font(binder: Binder) -> dict[str, object]:
    return {"name": binder.look.font, "size": 9, "color": looks.TEXT}
