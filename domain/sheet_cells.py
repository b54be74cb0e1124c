"""Cells of a sheet, each kind read from what people write and written so that it can be read again.

`read` gives the value as the registry document has it, None for nothing, and raises UnfitError.
"""

import re
import unicodedata
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from msgspec import Struct

from domain.document import UnfitError
from domain.instant import EPOCH, to_rfc3339
from domain.problem import Language
from domain.sheet import folded
from domain.sheet_names import Names
from domain.values import shown

_BETWEEN = re.compile(r"[;；、|,，\n]+")
_NO_PLATE = re.compile(r"[\s.·•-]")
_NUMBER = re.compile(r"([+-]?\d[\d,]*(?:\.\d+)?)\s*(\D*)")
_DATE = re.compile(
    r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?:\s*T?\s*(\d{1,2}):(\d\d)(?::(\d\d)(?:\.0+)?)?)?"
)
_DIGITS = re.compile(r"(\d{4})(\d\d)(\d\d)")
_UNCLEAR = re.compile(r"\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4}.*")
_SERIAL = re.compile(r"[345]\d{4}")
_SERIAL_DAY_0 = date(1899, 12, 30)
_MIDNIGHT, _LAST_MINUTE = "00:00:00", ("23:59:00", "23:59:59")
_FOR_EVER = ("长期", "永久", "无限期", "不限", "unlimited", "permanent")


class Cell(Protocol):
    """How one kind of cell is read and written."""

    def read(self, text: str, names: Names, zone: ZoneInfo) -> Any:
        """The value that a filled cell holds; None for nothing; raises UnfitError."""

    def write(self, value: Any, names: Names, language: Language) -> str:
        """A value of the document as a cell."""


class Text(Struct, frozen=True):
    """A text as it is."""

    def read(self, text: str, _names: Names, _zone: ZoneInfo) -> str:
        """The text."""
        return text

    def write(self, value: Any, _names: Names, _language: Language) -> str:
        """The text."""
        return str(value)


class Plate(Text, frozen=True):
    """A plate: spaces, dots and dashes in it are left out."""

    def read(self, text: str, _names: Names, _zone: ZoneInfo) -> str:
        """The plate in capitals."""
        return _NO_PLATE.sub("", unicodedata.normalize("NFKC", text)).upper()


class Code(Text, frozen=True):
    """A terminal's id: spaces in it are left out."""

    def read(self, text: str, _names: Names, _zone: ZoneInfo) -> str:
        """The id."""
        return re.sub(r"\s", "", unicodedata.normalize("NFKC", text))


class Choice(Struct, frozen=True):
    """One of some words; of those of each, the first is English, the second Chinese, the rest understood."""

    words: Mapping[str, tuple[str, ...]]

    def read(self, text: str, _names: Names, _zone: ZoneInfo) -> str:
        """The word of the document."""
        wanted = folded(text)
        for word, called in self.words.items():
            if wanted in {folded(word), *map(folded, called)}:
                return word
        known = tuple(called[1] for called in self.words.values())
        raise UnfitError("cell_unknown_word", value=shown(text), words=known)

    def write(self, value: Any, _names: Names, language: Language) -> str:
        """The word in a language."""
        return self.words[value][language == "zh"] if value in self.words else str(value)


class Number(Struct, frozen=True):
    """A number, with its unit or without."""

    units: tuple[str, ...]

    def read(self, text: str, _names: Names, _zone: ZoneInfo) -> float:
        """The number, a whole one as such."""
        found = _NUMBER.fullmatch(unicodedata.normalize("NFKC", text))
        if found is None or (found[2].strip() and folded(found[2]) not in map(folded, self.units)):
            raise UnfitError("cell_no_number", value=shown(text))
        number = float(found[1].replace(",", ""))
        return int(number) if number.is_integer() else number

    def write(self, value: Any, _names: Names, _language: Language) -> str:
        """The number without its unit."""
        return f"{value:.10g}" if isinstance(value, int | float) else str(value)


class Day(Struct, frozen=True):
    """A day of the calendar, or an instant where a time of day is given; `is_last` where it ends a span."""

    is_last: bool = False

    def read(self, text: str, _names: Names, zone: ZoneInfo) -> str | None:
        """An ISO date or an RFC 3339 instant; None for ever."""
        written = unicodedata.normalize("NFKC", text).strip()
        if folded(written) in _FOR_EVER:
            return None
        if _SERIAL.fullmatch(written):  # a day as spreadsheets count them
            return (_SERIAL_DAY_0 + timedelta(days=int(written))).isoformat()
        if _UNCLEAR.fullmatch(written):
            raise UnfitError("unclear_date", value=shown(text))
        found = _DATE.fullmatch(written) or _DIGITS.fullmatch(written)
        if found is None:
            if "T" in written:  # an instant as the document writes it, which knows how to refuse it
                return written
            raise UnfitError("cell_no_date", value=shown(text))
        try:
            return self._day_or_instant([int(part or 0) for part in found.groups()], zone)
        except ValueError as error:
            raise UnfitError("cell_no_date", value=shown(text)) from error

    def write(self, value: Any, _names: Names, _language: Language) -> str:
        """The day or the instant as the document has it."""
        return str(value)

    def _day_or_instant(self, parts: list[int], zone: ZoneInfo) -> str:
        """Midnight, and the last minute of a last day, stand for the day: so do spreadsheets and people write."""
        year, month, number, hour, minute, second = (*parts, 0, 0, 0)[:6]
        day, clock = date(year, month, number), time(hour, minute, second)
        if clock.isoformat() == _MIDNIGHT or (self.is_last and clock.isoformat() in _LAST_MINUTE):
            return day.isoformat()
        moment = datetime.combine(day, clock, tzinfo=zone)
        return to_rfc3339((moment - EPOCH) // timedelta(milliseconds=1))


class Named(Struct, frozen=True):
    """An entry of another section, by its id or what it is called."""

    section: str

    def read(self, text: str, names: Names, _zone: ZoneInfo) -> str:
        """The id."""
        return names.find(self.section, text)

    def write(self, value: Any, names: Names, _language: Language) -> str:
        """What it is called."""
        return names.name_of(self.section, str(value))


class NamedList(Struct, frozen=True):
    """Several entries of another section in one cell."""

    section: str
    kinds: tuple[str, ...] = ()

    def read(self, text: str, names: Names, _zone: ZoneInfo) -> list[str]:
        """Their ids, each once."""
        try:
            return [names.find(self.section, text, self.kinds)]
        except UnfitError:
            parts = [part.strip() for part in _BETWEEN.split(text)]
            found = [names.find(self.section, part, self.kinds) for part in parts if part]
            return list(dict.fromkeys(found))

    def write(self, value: Any, names: Names, language: Language) -> str:
        """What they are called."""
        between = "；" if language == "zh" else "; "
        listed = value if isinstance(value, list) else []
        return between.join(names.name_of(self.section, str(one), self.kinds) for one in listed)
