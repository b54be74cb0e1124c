"""0x0704: many locations at once, as they are seen in the field (§8.49 of 2013).

Counts are overstated by some terminals, which send a refused batch again and again: what is whole is
taken. A length that leads past the body, or an item that is no location, damages itself only.
"""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING

from msgspec import Struct

from protocols.jt808.error import Jt808Error
from protocols.jt808.location import Location, decode_location, encode_location
from protocols.jt808.written import write_number

if TYPE_CHECKING:
    from protocols.jt808.cursor import Cursor
    from protocols.jt808.version import Version


class BatchKind(IntEnum):
    """Why locations come together."""

    NORMAL = 0
    BLIND_AREA = 1


class Damaged(Struct, frozen=True, kw_only=True):
    """An item of a batch that could not be read, as it came; `offset` of the fault is in the body."""

    reason: str
    detail: str
    offset: int
    raw: bytes


class Batch(Struct, frozen=True, kw_only=True):
    """The body of 0x0704: the locations that are whole, and what is not.

    `stated_count` is what the terminal says; `kind` is a number of BatchKind, or another.
    """

    kind: int
    stated_count: int
    locations: tuple[Location, ...]
    damaged: tuple[Damaged, ...] = ()


def batch_of(locations: tuple[Location, ...], kind: int = BatchKind.NORMAL) -> Batch:
    """A batch that states its own length."""
    return Batch(kind=kind, stated_count=len(locations), locations=locations)


def decode_batch(cursor: Cursor, version: Version) -> Batch:
    """Body of 0x0704; raises Jt808Error only if it has no head."""
    stated_count, kind = cursor.word("count"), cursor.byte("kind")
    locations: list[Location] = []
    damaged: list[Damaged] = []
    number = 0
    while cursor.left:
        number += 1
        raw = cursor.unread()
        try:
            item = cursor.part(f"location_{number}", cursor.word(f"location_{number} length"))
        except Jt808Error as error:
            damaged.append(_damaged(error, raw))
            cursor.rest("damaged")  # where the next item begins, nobody knows
            break
        raw = item.unread()
        try:
            locations.append(decode_location(item, version))
        except Jt808Error as error:
            damaged.append(_damaged(error, raw))
    return Batch(kind=kind, stated_count=stated_count, locations=tuple(locations), damaged=tuple(damaged))


def encode_batch(message: Batch, version: Version) -> bytes:
    """Body of 0x0704; nobody sends what is damaged, so that is a ValueError."""
    if message.damaged:
        raise ValueError("a batch with damaged items is not sent")
    bodies = [encode_location(location, version) for location in message.locations]
    return b"".join(
        (
            write_number(message.stated_count, 2),
            write_number(message.kind, 1),
            *(write_number(len(body), 2) + body for body in bodies),
        )
    )


def _damaged(error: Jt808Error, raw: bytes) -> Damaged:
    return Damaged(reason=error.reason, detail=str(error), offset=error.offset, raw=raw)
