"""The sheet of amendments: what counts otherwise since the period was first issued, and what it comes to."""

from collections.abc import Sequence

from exports.amendments import GAINED, LOST, Amendment, Change, ChangeKind
from exports.reasons import withdrawn_because
from exports.statement import StatedAlert
from exports.words import word
from exports.workbook import look as looks
from exports.workbook.groups import subject_name
from exports.workbook.lists import what
from exports.workbook.sheets import HEAD_ROWS, Binder
from exports.workbook.tables import Column, Holds, Value, write_table

EFFECT_COLUMNS = (
    Column(name="amendment", width=11, holds=Holds.ID),
    Column(name="amended_at", width=19, holds=Holds.TIME),
    Column(name="gained", width=11, holds=Holds.COUNT, sums=True),
    Column(name="lost", width=11, holds=Holds.COUNT, sums=True),
    Column(name="corrected", width=11, holds=Holds.COUNT, sums=True),
    Column(name="violations_then", width=15, holds=Holds.COUNT),
)
CHANGE_COLUMNS = (
    Column(name="amendment", width=11, holds=Holds.ID),
    Column(name="change", width=19),
    Column(name="effect", width=11, holds=Holds.DIFFERENCE, sums=True),
    Column(name="link", width=11, holds=Holds.ALERT),
    Column(name="severity", width=11, holds=Holds.SEVERITY),
    Column(name="rule", width=15),
    Column(name="of_vehicle", width=16, holds=Holds.WRAPPED),
    Column(name="company", width=22, holds=Holds.WRAPPED),
    Column(name="started_when", width=19, holds=Holds.TIME),
    Column(name="what", width=36, holds=Holds.WRAPPED),
    Column(name="why", width=40, holds=Holds.WRAPPED),
    # From here on not printed.
    Column(name="district", width=12),
    Column(name="alert_id", width=38),
)
PRINTED = 11


def amendment_sheet(binder: Binder, found: Sequence[Amendment]) -> None:
    """Write what was changed; the sheets before it stay as they were issued."""
    sheet = binder.sheet("amendments", columns=PRINTED, tab=looks.SEVERITY["critical"][0])
    for at, column in enumerate(CHANGE_COLUMNS):
        sheet.set_column(at, at, column.width)
    sheet.write_string(HEAD_ROWS, 0, binder.said("amendments_said"), binder.look.format(bold=True))
    issued = sum(one.counts for one in binder.statement.alerts)
    effects = write_table(
        binder,
        sheet,
        EFFECT_COLUMNS,
        _effects(binder, found, issued),
        at_row=HEAD_ROWS + 2,
        total=_whole(binder, found, issued),
    )
    assert effects.total is not None
    at_row = effects.total + 2
    rows = [_row(binder, one.number, change) for one in found for change in one.changes]
    effect = sum(_effect(change) for one in found for change in one.changes)
    total = [binder.said("total"), None, effect, *[None] * (len(CHANGE_COLUMNS) - 3)]
    extent = write_table(binder, sheet, CHANGE_COLUMNS, rows, at_row=at_row, total=total)
    assert extent.total is not None
    sheet.autofilter(extent.header, 0, extent.last, len(CHANGE_COLUMNS) - 1)
    sheet.print_area(0, 0, extent.total, PRINTED - 1)


def _effects(binder: Binder, found: Sequence[Amendment], issued: int) -> list[list[Value]]:
    rows: list[list[Value]] = [[0, binder.statement.stated_ms, None, None, None, issued]]
    for one in found:
        gained, lost, corrected = _counts(one)
        issued += gained - lost
        rows.append([one.number, one.stated_ms, gained, lost, corrected, issued])
    return rows


def _whole(binder: Binder, found: Sequence[Amendment], issued: int) -> list[Value]:
    gained, lost, corrected = (sum(each) for each in zip(*map(_counts, found), strict=True))
    return [binder.said("total"), None, gained, lost, corrected, issued + gained - lost]


def _counts(one: Amendment) -> tuple[int, int, int]:
    kinds = [change.kind for change in one.changes]
    return (
        sum(kind in GAINED for kind in kinds),
        sum(kind in LOST for kind in kinds),
        kinds.count(ChangeKind.CORRECTED),
    )


def _effect(change: Change) -> int:
    return (change.kind in GAINED) - (change.kind in LOST)


def _row(binder: Binder, number: int, change: Change) -> list[Value]:
    one = change.alert
    return [
        number, word(change.kind.value, binder.language).capitalize(), _effect(change), one.id, one.severity,
        word(one.rule, binder.language), subject_name(one), one.company, one.started_ms, what(one, binder),
        _why(binder, change), one.district, one.id,
    ]  # fmt: skip


def _why(binder: Binder, change: Change) -> str:
    """Why it was withdrawn or dismissed, or what was corrected from what to what."""
    before, after = change.before, change.after
    if change.kind is ChangeKind.CORRECTED and before is not None and after is not None:
        parts = [
            f"{binder.said(name)}{binder.said('colon')}{_value(binder, name, before)} → {_value(binder, name, after)}"
            for name in change.fields
        ]
        return binder.said("semicolon").join(parts)
    if change.kind is ChangeKind.WITHDRAWN:
        withdrawn = None if after is None else after.withdrawn
        return withdrawn_because(withdrawn, binder.language) or binder.said("moved_away")
    return change.alert.dismissed_because if change.kind is ChangeKind.DISMISSED else ""


def _value(binder: Binder, name: str, alert: StatedAlert) -> str:
    if name == "severity":
        return word(alert.severity, binder.language)
    if name == "started":
        return binder.clock(alert.started_ms)
    if name == "ended_at":
        return binder.said("is_ongoing") if alert.ended_ms is None else binder.clock(alert.ended_ms)
    if name == "subject":
        return subject_name(alert)
    if name == "place":
        near = alert.site or alert.district
        place = "" if alert.lon is None or alert.lat is None else f"{alert.lon:.5f}, {alert.lat:.5f}"
        return f"{near} {place}".strip() or "—"
    return what(alert, binder) or "—"
