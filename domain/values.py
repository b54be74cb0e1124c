"""Readers of single JSON values: each gives a typed value, or raises UnfitError with what to mend."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, TypeVar

from domain.document import UnfitError, kind_of
from domain.identifiers import AreaId, DeviceId, DistrictId, credit_code_problem, is_device_id, is_topic_level

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from enum import StrEnum

    Word = TypeVar("Word", bound=StrEnum)

Id = TypeVar("Id", bound=str)

LONGEST_ID = 200


def text(value: object) -> str:
    """Any text, also an empty one."""
    if not isinstance(value, str):
        raise UnfitError("no_text", kind=kind_of(value))
    return value


def filled_text(value: object) -> str:
    """A text that says something."""
    written = text(value)
    if not written.strip():
        raise UnfitError("empty")
    return written


def truth(value: object) -> bool:
    """A boolean; 0, 1 and "true" are none."""
    if not isinstance(value, bool):
        raise UnfitError("no_truth", kind=kind_of(value))
    return value


def number(value: object) -> float:
    """A finite number."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise UnfitError("no_number", kind=kind_of(value))
    try:
        read = float(value)
    except OverflowError:
        read = math.inf
    if not math.isfinite(read):
        raise UnfitError("not_finite")
    return read


def number_between(lowest: float, highest: float) -> Callable[[object], float]:
    """A number within bounds, both included."""

    def parse(value: object) -> float:
        read = number(value)
        if not lowest <= read <= highest:
            raise UnfitError("not_between", lowest=f"{lowest:g}", highest=f"{highest:g}", value=f"{read:g}")
        return read

    return parse


def positive(value: object) -> float:
    """A number over 0."""
    read = number(value)
    if read <= 0:
        raise UnfitError("not_positive", value=f"{read:g}")
    return read


def not_negative(value: object) -> float:
    """A number of at least 0."""
    read = number(value)
    if read < 0:
        raise UnfitError("negative", value=f"{read:g}")
    return read


def count(value: object) -> int:
    """A whole number of at least 0."""
    read = not_negative(value)
    if not read.is_integer():
        raise UnfitError("not_whole", value=f"{read:g}")
    return int(read)


def calendar_year(value: object) -> int:
    """A year of these times."""
    read = count(value)
    if not 2000 <= read <= 2999:
        raise UnfitError("not_between", lowest="2000", highest="2999", value=str(read))
    return read


def part_of_day_s(value: object) -> int:
    """A whole number of seconds that divides the day."""
    read = count(value)
    if read == 0 or 86_400 % read:
        raise UnfitError("no_part_of_day", value=str(read))
    return read


def free_object(value: object) -> dict[str, Any]:
    """An object whose fields are somebody else's business."""
    if not isinstance(value, dict):
        raise UnfitError("no_object", kind=kind_of(value))
    try:
        return {name: _without_nulls(field) for name, field in value.items() if field is not None}
    except RecursionError as error:
        raise UnfitError("nested_too_deeply") from error


def _without_nulls(value: Any) -> Any:
    """Null equals absent inside free objects too, so that nobody who reads them meets both."""
    if isinstance(value, dict):
        return {name: _without_nulls(field) for name, field in value.items() if field is not None}
    return [_without_nulls(element) for element in value] if isinstance(value, list) else value


def word(words: type[Word]) -> Callable[[object], Word]:
    """One of the words of an enumeration."""

    def parse(value: object) -> Word:
        written = text(value)
        try:
            return words(written)
        except ValueError as error:
            raise UnfitError("unknown_word", words=tuple(words), value=shown(written)) from error

    return parse


def one_of(known: Collection[str], make: Callable[[str], Id], section: str) -> Callable[[object], Id]:
    """An id that is known; `section` is the part of the document that would have to list it."""

    def parse(value: object) -> Id:
        written = text(value)
        if written not in known:
            raise UnfitError("unknown", value=shown(written), section=section)
        return make(written)

    return parse


def identifier(make: Callable[[str], Id]) -> Callable[[object], Id]:
    """An id of a section's own entry."""
    return lambda value: make(_id_text(value))


def _id_text(value: object) -> str:
    """What can be an id: it becomes a key of the database, which takes neither NUL nor any length."""
    written = filled_text(value)
    if len(written) > LONGEST_ID:
        raise UnfitError("too_long", most=str(LONGEST_ID), length=f"{len(written):,}")
    if any(ord(character) < 0x20 or ord(character) == 0x7F for character in written):
        raise UnfitError("control_characters", value=shown(written))
    return written


def device_id(value: object) -> DeviceId:
    """The id of a device."""
    written = text(value)
    if not is_device_id(written):
        raise UnfitError("no_device_id", value=shown(written))
    return DeviceId(written)


def district_id(value: object) -> DistrictId:
    """The id of a district."""
    return DistrictId(_topic_level(value))


def area_id(value: object) -> AreaId:
    """The id of a background area."""
    return AreaId(_topic_level(value))


def credit_code(value: object) -> str:
    """A unified social credit code."""
    problem = credit_code_problem(text(value))
    if problem is not None:
        raise UnfitError(problem.code, **problem.values)
    return text(value)


def _topic_level(value: object) -> str:
    written = _id_text(value)
    if not is_topic_level(written):
        raise UnfitError("no_topic_level", value=shown(written))
    return written


def shown(written: str) -> str:
    """A text as a message shows it: not at any length."""
    return repr(written if len(written) <= 80 else written[:79] + "…")
