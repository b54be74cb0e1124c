"""Rows of a sheet as edits of a registry document: what each adds or changes, or why it is refused.

A column that the sheet lacks leaves its field alone; an empty cell empties it. What can be read is checked
together with the document, so that a row is refused for whatever would keep a draft from taking effect.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal, TypeAlias
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from domain.document import UnfitError
from domain.problem import Language, Message, Problem, message
from domain.registry import Registry, check
from domain.registry_edits import Document, Edit, Entry, act_of, applied, entries_of, owner_of
from domain.sheet import Sheet, SheetRow, read_sheet
from domain.sheet_cells import Plate
from domain.sheet_columns import COLUMNS, Column, SheetSection, field_by_heading
from domain.sheet_names import Names
from domain.values import shown

RowAct: TypeAlias = Literal["added", "changed", "unchanged", "refused"]

PLATE = Plate()
_LANGUAGES: tuple[Language, Language] = ("en", "zh")
_FIELD = re.compile(r"\$\.\w+\[\d+\]\.(\w+)")
_MOST_CHECKS = 3
"""A row that is refused may be what another rests on, so what is left is checked again."""


class CellFlaw(Struct, frozen=True, kw_only=True):
    """What is wrong with a row, and in which field; None where it is the row as a whole."""

    field: str | None
    message: Message


class RowEdit(Struct, frozen=True, kw_only=True):
    """One row: what the entry of an id is to be, and was. With a flaw it is refused."""

    number: int
    id: str
    entry: dict[str, Any]
    before: Entry | None
    flaws: tuple[CellFlaw, ...] = ()

    @property
    def act(self) -> RowAct:
        """What becomes of the entry."""
        if self.flaws:
            return "refused"
        act = act_of(self.before, self.entry)
        return "unchanged" if act is None else "added" if self.before is None else "changed"


class SheetEdits(Struct, frozen=True, kw_only=True):
    """A sheet that was read: its headings by field, those that mean nothing here, and its rows."""

    headings: dict[str, str]
    ignored: tuple[str, ...]
    rows: tuple[RowEdit, ...]


def read_edits(
    content: bytes, section: SheetSection, document: Document, zone: ZoneInfo, *, kind: str
) -> SheetEdits:
    """Read a file against a document; new vehicles without a kind get `kind`. Raises UnfitError for no sheet."""
    fields = field_by_heading(section)
    examples = [column.zh for column in COLUMNS[section][:3]] + [column.en for column in COLUMNS[section][:3]]
    sheet = read_sheet(content, fields.get, examples)
    reader = _Reader(sheet, section, document, zone, kind)
    pairs = list(zip(sheet.headings, sheet.fields, strict=True))
    return SheetEdits(
        headings={field: heading for heading, field in pairs if field is not None},
        ignored=tuple(heading for heading, field in pairs if field is None and heading),
        rows=_checked([reader.read(row) for row in sheet.rows], section, document),
    )


def written_rows(section: SheetSection, document: Document, language: Language) -> list[list[str]]:
    """The entries of a section as rows of a sheet that reads as nothing changed, under all headings."""
    names = Names(document)
    return [
        [written(column, entry, names, language) for column in COLUMNS[section]]
        for entry in entries_of(document, section).values()
    ]


def written(column: Column, entry: Entry, names: Names, language: Language) -> str:
    """A field of an entry as a cell; empty where it has none."""
    value = entry.get(column.field)
    return "" if value is None else column.cell.write(value, names, language)


class _Reader:
    """Reads the rows of one sheet, one after another."""

    def __init__(
        self, sheet: Sheet, section: SheetSection, document: Document, zone: ZoneInfo, kind: str
    ) -> None:
        by_field = {column.field: column for column in COLUMNS[section]}
        self._columns = [None if field is None else by_field[field] for field in sheet.fields]
        self._section = section
        self._names = Names(document)
        self._known = entries_of(document, section)
        self._zone = zone
        self._kind = kind
        self._rows: dict[str, int] = {}

    def read(self, row: SheetRow) -> RowEdit:
        """What a row would make of which entry."""
        cells = {
            column.field: (column, cell)
            for column, cell in zip(self._columns, row.cells, strict=False)
            if column is not None
        }
        flaws = [] if not any(row.cells[len(self._columns) :]) else [_flaw(None, message("more_cells"))]
        entry_id = self._id_of({field: cell for field, (_, cell) in cells.items()}, row.number, flaws)
        before = self._known.get(entry_id)
        entry = dict(before or {})
        for field, (column, cell) in cells.items():
            try:
                value = self._value(column, cell, before or {})
            except UnfitError as error:
                flaws.append(_flaw(field, error.message))
                continue
            entry.pop(field, None)
            if value is not None:
                entry[field] = value
        entry["id"] = entry_id
        if self._section == "vehicles" and before is None:
            entry.setdefault("kind", self._kind)
        return RowEdit(number=row.number, id=entry_id, entry=entry, before=before, flaws=tuple(flaws))

    def _value(self, column: Column, cell: str, before: Entry) -> Any:
        """What a cell holds; where it says what is there, exactly that, however it is put in the document."""
        if any(cell == written(column, before, self._names, language) for language in _LANGUAGES):
            return before.get(column.field)
        return (column.cell.read(cell, self._names, self._zone) or None) if cell else None

    def _id_of(self, cells: Mapping[str, str], number: int, flaws: list[CellFlaw]) -> str:
        """The id that a row is about, by its plate where it gives none; with a flaw where that cannot be."""
        entry_id = cells.get("id", "")
        try:
            entry_id = (
                self._permit(entry_id) if self._section == "permits" else self._vehicle(entry_id, cells)
            )
        except UnfitError as error:
            flaws.append(_flaw(None if error.message.code.startswith("row_") else "plate", error.message))
            return entry_id
        first = self._rows.setdefault(entry_id, number)
        if first != number:
            flaws.append(_flaw(None, message("row_twice", value=shown(entry_id), row=str(first))))
        return entry_id

    def _permit(self, given: str) -> str:
        if not given:
            raise UnfitError("row_without_number")
        return given

    def _vehicle(self, given: str, cells: Mapping[str, str]) -> str:
        plate = PLATE.read(cells.get("plate", ""), self._names, self._zone)
        having = self._names.vehicles_with(plate) if plate else []
        if given:
            if having and given not in having:
                raise UnfitError("plate_of_other", value=shown(plate), other=shown(having[0]))
            return given
        if not plate:
            raise UnfitError("row_without_id")
        if len(having) > 1:
            raise UnfitError("several", value=shown(plate), ids=tuple(having))
        return having[0] if having else plate


def _checked(rows: Sequence[RowEdit], section: SheetSection, document: Document) -> tuple[RowEdit, ...]:
    """The rows, with what the whole document has against those that could be read."""
    for _ in range(_MOST_CHECKS):
        edits = [
            Edit(kind=section, id=row.id, entry=row.entry) for row in rows if row.act in ("added", "changed")
        ]
        after = applied(document, edits)
        found = check(msgspec.json.encode(after))
        if isinstance(found, Registry):
            break
        against = _by_id(found, section, after)
        hit = {edit.id for edit in edits} & against.keys()
        if not hit:
            break
        rows = [
            replace(row, flaws=against[row.id]) if row.id in hit and not row.flaws else row for row in rows
        ]
    return tuple(rows)


def _by_id(
    problems: Iterable[Problem], section: SheetSection, document: Document
) -> dict[str, tuple[CellFlaw, ...]]:
    found: dict[str, tuple[CellFlaw, ...]] = {}
    for problem in problems:
        kind, name = owner_of(document, problem.path) or ("", "")
        if kind == section:
            field = _FIELD.match(problem.path)
            flaw = _flaw(field and field[1], _named(problem.message, document))
            found[name] = (*found.get(name, ()), flaw)
    return found


def _named(told: Message, document: Document) -> Message:
    """A message that speaks of another place of the document, which a sheet knows by its id alone."""
    first = told.values.get("first")
    owner = owner_of(document, first) if isinstance(first, str) else None
    return told if owner is None else Message(told.code, {**told.values, "first": owner[1]})


def _flaw(field: str | None, told: Message) -> CellFlaw:
    return CellFlaw(field=field, message=told)
