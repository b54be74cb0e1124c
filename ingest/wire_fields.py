"""Reading the optional fields of an element: what cannot be used is kept as it came and named.

Null is the same as absent. A JSON boolean is no number, and a number no boolean.
"""

import json
import math
from collections.abc import Callable
from hashlib import sha256
from typing import Any, TypeVar

import msgspec

T = TypeVar("T")

_SORTED = msgspec.json.Encoder(order="sorted")


class Refused(Exception):  # noqa: N818 -- a verdict on data, not an error
    """A needed field that makes its element a rejection; the arguments are reason and detail."""


class Fields:
    """One JSON object while it is read: what is left at the end is unknown and kept."""

    __slots__ = ("bad", "left")

    def __init__(self, element: dict[str, Any]) -> None:
        """Take a copy without nulls."""
        self.left = {name: value for name, value in element.items() if value is not None}
        self.bad: dict[str, Any] = {}

    def need(self, name: str) -> Any:
        """Take a field that has been found to be there."""
        return self.left.pop(name)

    def take(self, name: str, read: Callable[[Any], T]) -> T | None:
        """Take an optional field; None, and a bad field, where `read` raises ValueError."""
        value = self.left.pop(name, None)
        if value is None:
            return None
        try:
            return read(value)
        except (ValueError, OverflowError):
            self.bad[name] = value
            return None

    def extra_json(self) -> str | None:
        """What is kept beside the report: unknown fields, and bad ones as they came."""
        kept = self.left | self.bad
        return canonical_json(kept).decode() if kept else None

    def bad_fields(self) -> tuple[str, ...]:
        """The names of the unusable fields, sorted."""
        return tuple(sorted(self.bad))


def canonical_json(value: Any) -> bytes:
    """JSON with sorted keys and nothing between the tokens."""
    try:
        return _SORTED.encode(value)
    except OverflowError:  # an integer beyond 64 bits, which msgspec reads but does not write
        return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def digest_of(content: bytes, extra_json: str | None) -> bytes:
    """SHA-256 of a report's canonical content; `extra` is its last member, under a key no field has."""
    if extra_json is not None:
        comma = b"" if content == b"{}" else b","
        content = content[:-1] + comma + b'"~extra":' + extra_json.encode() + b"}"
    return sha256(content).digest()


def number(value: Any) -> float:
    """A finite number; -0 is 0."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError("not a number")
    read = float(value) + 0.0
    if not math.isfinite(read):
        raise ValueError("not finite")
    return read


def number_within(lowest: float, highest: float) -> Callable[[Any], float]:
    """A number within bounds, both included."""

    def read(value: Any) -> float:
        found = number(value)
        if not lowest <= found <= highest:
            raise ValueError("out of range")
        return found

    return read


def truth(value: Any) -> bool:
    """A boolean."""
    if not isinstance(value, bool):
        raise ValueError("not a boolean")
    return value


def text(value: Any) -> str:
    """A text."""
    if not isinstance(value, str):
        raise ValueError("not a text")
    return value


def texts(value: Any) -> tuple[str, ...]:
    """A list of texts."""
    if not isinstance(value, list):
        raise ValueError("not a list")
    return tuple(text(one) for one in value)


def whole_number(value: Any) -> int:
    """An integer that 64 bits hold."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValueError("not an integer")
    if not -(2**63) <= value < 2**63:
        raise ValueError("beyond 64 bits")
    return value
