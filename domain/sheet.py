"""A sheet as people save it from a spreadsheet: bytes of some encoding and separator into rows under headings.

Titles above the headings and empty rows are passed over. What the headings mean is told by whoever reads.
"""

import csv
import io
import re
import unicodedata
from collections.abc import Callable, Sequence

from msgspec import Struct

from domain.document import UnfitError

MOST_ROWS = 5_000
HEADER_WITHIN = 10
SEPARATORS = (",", "\t", ";")

_WORKBOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")  # xlsx, xls
_MARKS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_IN_BRACKETS = re.compile(r"\([^)]*\)")
_NO_LETTER = re.compile(r"[\s_.·•*:/-]")


class SheetRow(Struct, frozen=True, kw_only=True):
    """One row with something in it; `number` as spreadsheets count, from 1."""

    number: int
    cells: tuple[str, ...]


class Sheet(Struct, frozen=True, kw_only=True):
    """Headings, what each means (None where nothing known), and the rows under them."""

    headings: tuple[str, ...]
    fields: tuple[str | None, ...]
    rows: tuple[SheetRow, ...]


def folded(text: str) -> str:
    """A text as it is compared: width, case, spaces, dots and dashes do not count."""
    return _NO_LETTER.sub("", unicodedata.normalize("NFKC", text).casefold())


def folded_heading(text: str) -> str:
    """A heading as it is compared: what stands in brackets does not count either."""
    return folded(_IN_BRACKETS.sub("", unicodedata.normalize("NFKC", text)))


def read_sheet(content: bytes, field_of: Callable[[str], str | None], examples: Sequence[str]) -> Sheet:
    """Read a sheet; `field_of` knows folded headings. Raises UnfitError for a file that is none."""
    text = _decoded(content)
    found = max((_headed(text, separator, field_of) for separator in SEPARATORS), key=_known)
    if not _known(found):
        raise UnfitError("sheet_no_header", most=str(HEADER_WITHIN), words=tuple(examples))
    _refuse_twice(found)
    if not found.rows:
        raise UnfitError("sheet_no_rows")
    if len(found.rows) > MOST_ROWS:
        raise UnfitError("sheet_too_long", length=f"{len(found.rows):,}", most=f"{MOST_ROWS:,}")
    return found


def _decoded(content: bytes) -> str:
    if content.startswith(_WORKBOOKS):
        raise UnfitError("sheet_workbook")
    marked = (encoding for mark, encoding in _MARKS if content.startswith(mark))
    for encoding in (*marked, "utf-8", "gb18030"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise UnfitError("sheet_encoding")


def _headed(text: str, separator: str, field_of: Callable[[str], str | None]) -> Sheet:
    """The sheet with its headings where most of them are known, among its first rows."""
    rows = _rows(text, separator)
    candidates = rows[:HEADER_WITHIN] or [SheetRow(number=1, cells=())]
    fields = [tuple(field_of(folded_heading(cell)) for cell in row.cells) for row in candidates]
    at = max(range(len(candidates)), key=lambda number: sum(field is not None for field in fields[number]))
    return Sheet(headings=candidates[at].cells, fields=fields[at], rows=tuple(rows[at + 1 :]))


def _rows(text: str, separator: str) -> list[SheetRow]:
    try:
        read = list(csv.reader(io.StringIO(text, newline=""), delimiter=separator))
    except csv.Error as error:
        raise UnfitError("sheet_unreadable", reason=str(error)) from error
    cleaned = [(number, tuple(_cell(cell) for cell in cells)) for number, cells in enumerate(read, 1)]
    return [SheetRow(number=number, cells=cells) for number, cells in cleaned if any(cells)]


def _cell(text: str) -> str:
    """Without what spreadsheets put around: spaces, and the apostrophe that keeps a text a text."""
    return text.strip().removeprefix("'").strip()


def _known(sheet: Sheet) -> int:
    return sum(field is not None for field in sheet.fields)


def _refuse_twice(sheet: Sheet) -> None:
    first: dict[str, str] = {}
    for heading, field in zip(sheet.headings, sheet.fields, strict=True):
        if field is None:
            continue
        if field in first:
            raise UnfitError("sheet_column_twice", first=first[field], second=heading)
        first[field] = heading
