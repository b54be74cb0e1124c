"""A sheet that was read, as the page shows it before anything is taken into a draft."""

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import Field

from api.drafting import told_message
from api.schemas import Shape
from domain.problem import Language
from domain.registry_edits import Document, Entry, act_of
from domain.sheet_columns import COLUMNS, Column, SheetSection
from domain.sheet_edits import CellFlaw, RowAct, RowEdit, SheetEdits, written
from domain.sheet_names import Names


class SheetFlaw(Shape):
    """Why a row is refused: in which field, under which heading; both null where it is the row as a whole."""

    field: str | None
    column: str | None
    code: str
    message: str = Field(description="In English")
    message_zh: str = Field(description="In Chinese")


class SheetChange(Shape):
    """A field that a row changes, as cells: empty where there was or would be nothing."""

    field: str
    before: str
    after: str


class SheetRowView(Shape):
    """One row: what becomes of which entry. A refused row has flaws and nothing to take."""

    row: int = Field(description="As spreadsheets count, from 1")
    id: str
    act: RowAct
    entry: dict[str, Any] | None
    changes: list[SheetChange]
    flaws: list[SheetFlaw]


class SheetView(Shape):
    """A file, row by row, and the headings that mean nothing here."""

    section: SheetSection
    ignored: list[str]
    counts: dict[Literal["added", "changed", "unchanged", "refused"], int]
    rows: list[SheetRowView]


def sheet_view(found: SheetEdits, section: SheetSection, document: Document, language: Language) -> SheetView:
    """The rows of a sheet as they would change a document."""
    names = Names(document)
    counts = dict.fromkeys(("added", "changed", "unchanged", "refused"), 0)
    for row in found.rows:
        counts[row.act] += 1
    return SheetView(
        section=section,
        ignored=list(found.ignored),
        counts=counts,
        rows=[_row(row, found.headings, COLUMNS[section], names, language) for row in found.rows],
    )


def _row(
    row: RowEdit, headings: Mapping[str, str], columns: tuple[Column, ...], names: Names, language: Language
) -> SheetRowView:
    is_taken = row.act in ("added", "changed")
    changed = [column for column in columns if is_taken and _differs(column, row.before or {}, row.entry)]
    return SheetRowView(
        row=row.number,
        id=row.id,
        act=row.act,
        entry=row.entry if is_taken else None,
        changes=[
            SheetChange(
                field=column.field,
                before=written(column, row.before or {}, names, language),
                after=written(column, row.entry, names, language),
            )
            for column in changed
        ],
        flaws=[_flaw(flaw, headings) for flaw in row.flaws],
    )


def _differs(column: Column, before: Entry, after: Entry) -> bool:
    was, is_now = ({"value": entry.get(column.field)} for entry in (before, after))
    return act_of(was, is_now) is not None


def _flaw(flaw: CellFlaw, headings: Mapping[str, str]) -> SheetFlaw:
    column = None if flaw.field is None else headings.get(flaw.field)
    return SheetFlaw(field=flaw.field, column=column, **told_message(flaw.message))
