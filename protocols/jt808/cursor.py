"""Reading fields one after the other, with every fault named by field and byte.

A cursor may keep notes of what it read: that is how a frame is explained to people without a second
description of its layout.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from msgspec import Struct

from protocols.jt808.error import Jt808Error, Reason

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")


class Note(Struct, frozen=True, kw_only=True):
    """One field as it was read; `offset` as in Jt808Error."""

    offset: int
    raw: bytes
    name: str
    value: object


class Cursor:
    """A place in some bytes; big-endian."""

    __slots__ = ("_base", "_data", "_notes", "_prefix", "at")

    def __init__(
        self, data: bytes, *, base: int = 0, notes: list[Note] | None = None, prefix: str = ""
    ) -> None:
        """Begin at the first byte; `base` is its offset in what errors and notes count by."""
        self.at = 0
        self._data = data
        self._base = base
        self._notes = notes
        self._prefix = prefix

    @property
    def left(self) -> int:
        """How many bytes are still to be read."""
        return len(self._data) - self.at

    @property
    def offset(self) -> int:
        """Where the next byte stands, as errors and notes count."""
        return self._base + self.at

    def unread(self) -> bytes:
        """What is left, without reading it."""
        return self._data[self.at :]

    def ahead(self, steps: int) -> int:
        """A byte that is still to be read, 0 being the next; the caller has looked that there is one."""
        return self._data[self.at + steps]

    def byte(self, name: str) -> int:
        """One byte, unsigned."""
        return self.read(name, 1, _unsigned)

    def word(self, name: str) -> int:
        """Two bytes, unsigned."""
        return self.read(name, 2, _unsigned)

    def dword(self, name: str) -> int:
        """Four bytes, unsigned."""
        return self.read(name, 4, _unsigned)

    def take(self, name: str, length: int) -> bytes:
        """Bytes as they are."""
        return self.read(name, length, bytes)

    def rest(self, name: str) -> bytes:
        """All that is left, as it is."""
        return self.read(name, self.left, bytes)

    def read(self, name: str, length: int, convert: Callable[[bytes], T]) -> T:
        """Some bytes as a value; `convert` raises ValueError for what they cannot be."""
        start = self.at
        end = start + length
        if end > len(self._data):
            raise self._fault(
                Reason.BAD_LENGTH, f"needs {length} bytes, {len(self._data) - start} are left", name
            )
        raw = self._data[start:end]
        try:
            value = convert(raw)
        except ValueError as error:
            raise self._fault(Reason.BAD_FIELD, str(error), name, length=length) from error
        self.at = end
        if self._notes is not None:
            self._notes.append(
                Note(offset=self._base + start, raw=raw, name=self._prefix + name, value=value)
            )
        return value

    def part(self, name: str, length: int) -> Cursor:
        """A cursor over the next bytes alone, which this one passes over."""
        start = self.at
        if length > self.left:
            raise self._fault(Reason.BAD_LENGTH, f"needs {length} bytes, {self.left} are left", name)
        self.at = start + length
        return Cursor(
            self._data[start : self.at],
            base=self._base + start,
            notes=self._notes,
            prefix=f"{self._prefix}{name} ",
        )

    def end(self) -> None:
        """Raise if anything is left."""
        if self.left:
            detail = f"{self.left} bytes more than the message has"
            raise self._fault(Reason.BAD_LENGTH, detail, "", length=self.left)

    def _fault(self, reason: Reason, detail: str, name: str, *, length: int = 0) -> Jt808Error:
        return Jt808Error(
            reason, detail, field=self._prefix + name, offset=self.offset, length=length or self.left
        )


def _unsigned(raw: bytes) -> int:
    return int.from_bytes(raw)
