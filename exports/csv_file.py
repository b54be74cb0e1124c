"""A table as a CSV file that spreadsheets open without being asked, and run nothing of."""

import csv
import io
import re
from collections.abc import Iterable, Sequence

BOM = "\ufeff"
"""Lets Excel read it as UTF-8."""

STARTS_A_FORMULA = re.compile(" *[-=+@\t\r\n＝＋－＠]")

Cell = str | int | float | bool | None


def csv_file(header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> bytes:
    """UTF-8 with its mark, lines ended as RFC 4180 says; what is unknown is empty."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow([_cell(name) for name in header])
    for row in rows:
        writer.writerow([_cell(value) for value in row])
    return (BOM + text.getvalue()).encode()


def _cell(value: Cell) -> Cell:
    """A text that a spreadsheet would take for a formula gets an apostrophe before it; numbers are numbers."""
    if isinstance(value, str):
        return f"'{value}" if STARTS_A_FORMULA.match(value) else value
    return int(value) if isinstance(value, bool) else value
