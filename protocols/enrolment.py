"""Which device a terminal's own name stands for: the list that people keep of the terminals they own, as CSV.

Columns: `protocol` (jt808 or hj212), `terminal_id` (phone number, or MN), `device_id`, and, where they differ
from the usual, `model` (JT/T 808) and `settings` (HJ 212, a JSON object).
"""

import csv
import io
from collections.abc import Iterable
from typing import Any, Literal

import msgspec
from msgspec import Struct

from domain.identifiers import is_device_id
from protocols.hj212.monitor import decode_settings, is_monitor_name

COLUMNS = ("protocol", "terminal_id", "device_id", "model", "settings")
_NEEDED = COLUMNS[:3]
_LONGEST_PHONE = 20  # BCD[10], the form of 2019


class EnrolmentError(ValueError):
    """A list that cannot be taken; the message names the line and the column."""


class Enrolment(Struct, frozen=True, kw_only=True):
    """One terminal that may speak as a device."""

    protocol: Literal["jt808", "hj212"]
    terminal_id: str
    device_id: str
    model: str | None = None
    settings: dict[str, Any] = {}


def read_enrolments(text: str) -> list[Enrolment]:
    """The terminals of a list; raises EnrolmentError for the first line that is not right."""
    reader = csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline=""), restkey="beyond")
    missing = [name for name in _NEEDED if name not in (reader.fieldnames or ())]
    if missing:
        raise EnrolmentError(f"line 1: the header lacks {', '.join(missing)}; it is {','.join(COLUMNS)}")
    found: list[Enrolment] = []
    lines: dict[tuple[str, str], int] = {}
    rows = iter(reader)
    while True:
        try:
            row = next(rows, None)
        except csv.Error as error:  # a cell without end, say
            raise EnrolmentError(f"line {reader.line_num + 1}: {error}") from error
        if row is None:
            return found
        line = reader.line_num
        try:
            one = _enrolment(row)
        except ValueError as error:
            raise EnrolmentError(f"line {line}: {error}") from error
        for key in ((one.protocol, one.terminal_id), ("device_id", one.device_id)):
            if (before := lines.setdefault(key, line)) != line:
                raise EnrolmentError(f"line {line}: {' '.join(key)} stands in line {before} already")
        found.append(one)


def write_enrolments(enrolments: Iterable[Enrolment]) -> str:
    """The list as CSV, as `read_enrolments` reads it."""
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, COLUMNS, lineterminator="\n")
    writer.writeheader()
    for one in enrolments:
        settings = msgspec.json.encode(one.settings).decode() if one.settings else ""
        writer.writerow({**msgspec.structs.asdict(one), "model": one.model or "", "settings": settings})
    return out.getvalue()


def _enrolment(row: dict[str, Any]) -> Enrolment:
    """One line; raises ValueError that names the column."""
    if "beyond" in row:
        raise ValueError(f"more columns than the header: {row['beyond']}")
    cells = {name: (row.get(name) or "").strip() for name in COLUMNS}
    if not is_device_id(cells["device_id"]):
        raise ValueError(f"device_id: 1 to 64 of A-Z a-z 0-9 _ -, not {cells['device_id']!r}")
    if cells["protocol"] == "jt808":
        return _vehicle_terminal(cells)
    if cells["protocol"] == "hj212":
        return _monitor(cells)
    raise ValueError(f"protocol: jt808 or hj212, not {cells['protocol']!r}")


def _vehicle_terminal(cells: dict[str, str]) -> Enrolment:
    phone = cells["terminal_id"]
    if not (phone.isascii() and phone.isdigit() and len(phone) <= _LONGEST_PHONE):
        raise ValueError(f"terminal_id: a phone number of 1 to {_LONGEST_PHONE} digits, not {phone!r}")
    if cells["settings"]:
        raise ValueError("settings: a JT/T 808 terminal has a model instead")
    return Enrolment(
        protocol="jt808",
        terminal_id=phone.lstrip("0") or "0",
        device_id=cells["device_id"],
        model=cells["model"] or None,
    )


def _monitor(cells: dict[str, str]) -> Enrolment:
    name = cells["terminal_id"]
    if not is_monitor_name(name):
        raise ValueError(f"terminal_id: an MN of 1 to 64 letters, digits, _ . and -, not {name!r}")
    if cells["model"]:
        raise ValueError("model: an HJ 212 monitor has settings instead")
    return Enrolment(
        protocol="hj212",
        terminal_id=name,
        device_id=cells["device_id"],
        settings=_settings(cells["settings"]),
    )


def _settings(text: str) -> dict[str, Any]:
    if not text:
        return {}
    try:
        settings = msgspec.json.decode(text, type=dict[str, Any])
        decode_settings(settings)
    except ValueError as error:
        raise ValueError(f"settings: {error}") from error
    return settings
