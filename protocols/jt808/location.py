"""0x0200, 0x0201 and 0x8201: where a terminal is, in the wire's own numbers (§8.21 to §8.23 of 2019).

Nothing is judged here: what the bits mean to us is `position`'s business, and what a maker hides in
additional items the device model's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from protocols.jt808.cursor import Cursor
from protocols.jt808.written import read_time_ms, write_number, write_time

if TYPE_CHECKING:
    from collections.abc import Iterable

    from protocols.jt808.version import Version

FIXED_LENGTH = 28
MICRODEGREES = 1_000_000

# Bits of the status.
ACC_ON, POSITIONED, SOUTH, WEST, OUT_OF_SERVICE, COORDINATES_ENCRYPTED = (1 << bit for bit in range(6))
LOAD_SHIFT, LOAD_BITS = 8, 0b11


class Item(Struct, frozen=True, kw_only=True):
    """An additional item as it came; `items` reads the standard ones."""

    id: int
    value: bytes


class Location(Struct, frozen=True, kw_only=True):
    """The body of 0x0200.

    Latitude and longitude are millionths of a degree without sign, the hemispheres are in the status;
    `direction_deg` is clockwise from north. `tail` are the bytes after the last whole item.
    """

    alarm: int
    status: int
    latitude_udeg: int
    longitude_udeg: int
    altitude_m: int
    speed_kmh: float
    direction_deg: int
    time_ms: int
    items: tuple[Item, ...] = ()
    tail: bytes = b""

    @property
    def lat(self) -> float:
        """Latitude in degrees, south negative."""
        return (-self.latitude_udeg if self.status & SOUTH else self.latitude_udeg) / MICRODEGREES

    @property
    def lon(self) -> float:
        """Longitude in degrees, west negative."""
        return (-self.longitude_udeg if self.status & WEST else self.longitude_udeg) / MICRODEGREES

    def item(self, item_id: int) -> bytes | None:
        """The value of an additional item; of several the last."""
        return next((item.value for item in reversed(self.items) if item.id == item_id), None)


class AskLocation(Struct, frozen=True, kw_only=True):
    """0x8201: where are you."""


class LocationAnswer(Struct, frozen=True, kw_only=True):
    """0x0201: the answer to 0x8201."""

    answered_serial: int
    location: Location


def located(
    *,
    time_ms: int,
    lon: float,
    lat: float,
    status: int = POSITIONED,
    alarm: int = 0,
    altitude_m: int = 0,
    speed_kmh: float = 0.0,
    direction_deg: int = 0,
    items: Iterable[Item] = (),
) -> Location:
    """A location from degrees; sets the hemispheres in the status."""
    hemispheres = (SOUTH if lat < 0 else 0) | (WEST if lon < 0 else 0)
    return Location(
        alarm=alarm,
        status=status & ~(SOUTH | WEST) | hemispheres,
        latitude_udeg=abs(round(lat * MICRODEGREES)),
        longitude_udeg=abs(round(lon * MICRODEGREES)),
        altitude_m=altitude_m,
        speed_kmh=speed_kmh,
        direction_deg=direction_deg,
        time_ms=time_ms,
        items=tuple(items),
    )


def decode_location(cursor: Cursor, _: Version) -> Location:
    """Body of 0x0200."""
    return Location(
        alarm=cursor.dword("alarm"),
        status=cursor.dword("status"),
        latitude_udeg=cursor.dword("latitude_udeg"),
        longitude_udeg=cursor.dword("longitude_udeg"),
        altitude_m=cursor.word("altitude_m"),
        speed_kmh=cursor.read("speed_kmh", 2, read_tenths),
        direction_deg=cursor.word("direction_deg"),
        time_ms=cursor.read("time_ms", 6, read_time_ms),
        items=_decode_items(cursor),
        tail=cursor.rest("tail") if cursor.left else b"",
    )


def encode_location(message: Location, _: Version) -> bytes:
    """Body of 0x0200."""
    return b"".join(
        (
            write_number(message.alarm, 4),
            write_number(message.status, 4),
            write_number(message.latitude_udeg, 4),
            write_number(message.longitude_udeg, 4),
            write_number(message.altitude_m, 2),
            write_number(round(message.speed_kmh * 10), 2),
            write_number(message.direction_deg, 2),
            write_time(message.time_ms),
            *(
                write_number(item.id, 1) + write_number(len(item.value), 1) + item.value
                for item in message.items
            ),
            message.tail,
        )
    )


def decode_location_answer(cursor: Cursor, version: Version) -> LocationAnswer:
    """Body of 0x0201."""
    return LocationAnswer(
        answered_serial=cursor.word("answered_serial"), location=decode_location(cursor, version)
    )


def encode_location_answer(message: LocationAnswer, version: Version) -> bytes:
    """Body of 0x0201."""
    return write_number(message.answered_serial, 2) + encode_location(message.location, version)


def read_tenths(raw: bytes) -> float:
    """An unsigned number of tenths."""
    return int.from_bytes(raw) / 10


def _decode_items(cursor: Cursor) -> tuple[Item, ...]:
    """The whole items; one that says more than there is stays in the cursor, for it harms no other field."""
    items = []
    while cursor.left >= 2 and cursor.left >= (length := 2 + cursor.ahead(1)):
        item_id = cursor.ahead(0)
        items.append(Item(id=item_id, value=cursor.take(f"item_{item_id:02x}", length)[2:]))
    return tuple(items)
