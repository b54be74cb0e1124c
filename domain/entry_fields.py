"""An entry of the registry as flat fields in the document's own words: path → plain value.

`applies_to.vehicle_ids`, `params.hold_s`, `stops[7].radius_m`. What is unknown has no field; lists whose
order means nothing are sorted. Shapes are left out: `shape_size` says what can be said of them.
"""

from collections.abc import Iterator, Mapping
from enum import Enum
from typing import Any, TypeAlias

import msgspec
from msgspec import Struct

from domain.instant import to_rfc3339
from domain.timewindow import DAY_MIN, WEEKDAYS, Validity, Window
from domain.zone import Circle

Plain: TypeAlias = str | int | float | bool | tuple[str, ...]

SHAPES = ("shape", "line")


def fields_of(entry: Struct) -> dict[str, Plain]:
    """All that an entry says, but its shape; a circle's radius is a field."""
    found = dict(_of_struct(entry, ""))
    shape = getattr(entry, "shape", None)
    if isinstance(shape, Circle):
        found["radius_m"] = shape.radius_m
    return found


def _of_struct(entry: Struct, path: str) -> Iterator[tuple[str, Plain]]:
    for name in entry.__struct_fields__:
        if name not in SHAPES:
            yield from _of_value(getattr(entry, name), f"{path}{name}")


def _of_value(value: Any, path: str) -> Iterator[tuple[str, Plain]]:
    match value:
        case None:
            return
        case Validity(from_ms=from_ms, to_ms=to_ms):
            owner = path.removesuffix("validity")
            for name, at_ms in (("valid_from", from_ms), ("valid_to", to_ms)):
                if at_ms is not None:
                    yield f"{owner}{name}", to_rfc3339(at_ms)
        case Window():
            yield path, window_text(value)
        case Struct():
            yield from _of_struct(value, f"{path}.")
        case tuple():
            yield from _of_list(value, path)
        case dict():
            yield from _of_object(value, path)
        case Enum():
            yield path, str(value)
        case _:
            yield path, value


def _of_list(values: tuple[Any, ...], path: str) -> Iterator[tuple[str, Plain]]:
    if all(isinstance(value, Window) for value in values):
        yield path, tuple(sorted({window_text(value) for value in values}))
    elif all(value in WEEKDAYS for value in values):
        yield path, tuple(str(day) for day in WEEKDAYS if day in values)
    elif all(isinstance(value, str) for value in values):
        yield path, tuple(sorted({str(value) for value in values}))
    else:  # the stops of a run: entries of their own
        yield path, tuple(sorted(str(value.id) for value in values))
        for value in values:
            yield from _of_struct(value, f"{path}[{value.id}].")


def _of_object(value: Mapping[str, Any], path: str) -> Iterator[tuple[str, Plain]]:
    """A free object: its fields one by one; lists and what is empty in it as JSON."""
    for name, field in value.items():
        inner = f"{path}.{name}"
        if isinstance(field, dict) and field:
            yield from _of_object(field, inner)
        elif isinstance(field, dict | list):
            yield inner, msgspec.json.encode(field).decode()
        else:
            yield inner, field


def window_text(window: Window) -> str:
    """A window as people write it: "22:00-06:00 mon,sat"; without days it is every day's."""
    days = "" if window.days == WEEKDAYS else " " + ",".join(window.days)
    return f"{clock_text(window.from_min)}-{clock_text(window.to_min)}{days}"


def clock_text(minute: int) -> str:
    """A minute of the day or of the next one as "HH:MM", 24:00 where the day ends."""
    in_day = minute if minute <= DAY_MIN else minute - DAY_MIN
    return f"{in_day // 60:02}:{in_day % 60:02}"
