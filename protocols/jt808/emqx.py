"""What EMQX's own JT/T 808 gateway publishes under `jt808/{client}/up`: frames it has read, as JSON.

EMQX lays additional items open by name, and others by their number, in Base64. They are put together again as they
came on the wire, so that a terminal is read by its model whichever gateway it speaks to. The form is that of EMQX's
"JT/T 808 gateway data exchange format"; bits of item 0x25 stand there from the highest down.
"""

import binascii
from base64 import b64decode
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import msgspec
from msgspec import Struct

from protocols.jt808.error import Jt808Error, Reason
from protocols.jt808.location import Item, Location
from protocols.jt808.written import read_time_ms, write_digits

LOCATION, LOCATION_ANSWER, BATCH = 0x0200, 0x0201, 0x0704
_SIGNAL_BITS = (
    "low_beam",
    "high_beam",
    "right_turn",
    "left_turn",
    "brake",
    "reverse",
    "fog",
    "side_marker",
    "horn",
    "air_conditioner",
    "neutral",
    "retarder",
    "abs",
    "heater",
    "cluth",
)
_FIRST_CUSTOM = 0xE0


class Reported(Struct, frozen=True, kw_only=True):
    """A message with places in it; `is_batch`: they came together, so the serial number is none of theirs."""

    phone: str
    serial: int
    is_batch: bool
    locations: tuple[Location, ...]


class _Header(Struct, kw_only=True):
    msg_id: int
    phone: str | int
    msg_sn: int


class _Message(Struct, kw_only=True):
    header: _Header
    body: msgspec.Raw = msgspec.Raw(b"{}")


class _Location(Struct, kw_only=True):
    alarm: int
    status: int
    latitude: int
    longitude: int
    altitude: int
    speed: int
    direction: int
    time: str
    extra: dict[str, Any] = {}


class _Batch(Struct, kw_only=True):
    location: list[_Location]


class _Answer(Struct, kw_only=True):
    params: _Location


def read_published(payload: bytes) -> Reported | None:
    """What a message of EMQX tells; None for one without a place. Raises Jt808Error that names the field."""
    try:
        message = msgspec.json.decode(payload, type=_Message)
        places = list(_places(message.header.msg_id, message.body))
        if not places:
            return None
        return Reported(
            phone=_phone(message.header.phone),
            serial=message.header.msg_sn,
            is_batch=message.header.msg_id == BATCH,
            locations=tuple(_location(one) for one in places),
        )
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError) as error:
        raise Jt808Error(Reason.BAD_FIELD, str(error)) from error


def _places(message_id: int, body: msgspec.Raw) -> Iterator[_Location]:
    if message_id == LOCATION:
        yield msgspec.json.decode(body, type=_Location)
    elif message_id == LOCATION_ANSWER:
        yield msgspec.json.decode(body, type=_Answer).params
    elif message_id == BATCH:
        yield from msgspec.json.decode(body, type=_Batch).location


def _phone(phone: str | int) -> str:
    digits = str(phone).lstrip("0") or "0"
    write_digits(digits, 10)
    return digits


def _location(one: _Location) -> Location:
    return Location(
        alarm=one.alarm,
        status=one.status,
        latitude_udeg=one.latitude,
        longitude_udeg=one.longitude,
        altitude_m=one.altitude,
        speed_kmh=one.speed / 10,
        direction_deg=one.direction,
        time_ms=read_time_ms(write_digits(one.time, 6)),
        items=tuple(_items(one.extra)),
    )


def _items(extra: Mapping[str, Any]) -> Iterator[Item]:
    for name, value in extra.items():
        if name in _WRITTEN:
            item_id, write = _WRITTEN[name]
            yield Item(id=item_id, value=write(value))
        elif name.isdecimal():
            yield _raw(int(name), value)
        elif name == "custome" and isinstance(value, dict):
            for item_id, own in value.items():
                yield _raw(int(item_id), own)
        elif name == "custome":
            yield _raw(_FIRST_CUSTOM, value)
        else:
            raise ValueError(f"extra: no item is called {name!r}")


def _raw(item_id: int, value: str) -> Item:
    if not 0 <= item_id <= 0xFF:
        raise ValueError(f"extra: {item_id} is no number of an item")
    return Item(id=item_id, value=_base64(value))


def _base64(value: str) -> bytes:
    try:
        return b64decode(value, validate=True)
    except binascii.Error as error:
        raise ValueError(f"extra: no Base64: {value[:40]!r}") from error


def _number(length: int, *, signed: bool = False) -> Callable[[int], bytes]:
    return lambda value: value.to_bytes(length, signed=signed)


def _parts(*parts: tuple[str, int]) -> Callable[[Mapping[str, int]], bytes]:
    """Numbers one after another; those at the end may be missing."""
    return lambda value: b"".join(value[name].to_bytes(length) for name, length in parts if name in value)


def _signals(value: Mapping[str, int]) -> bytes:
    return sum(value.get(name, 0) << 31 - at for at, name in enumerate(_SIGNAL_BITS)).to_bytes(4)


def _io_status(value: Mapping[str, int]) -> bytes:
    return (value["deep_sleep"] << 15 | value["sleep"] << 14).to_bytes(2)


_WRITTEN: Mapping[str, tuple[int, Callable[[Any], bytes]]] = {
    "mileage": (0x01, _number(4)),
    "fuel_meter": (0x02, _number(2)),
    "speed": (0x03, _number(2)),
    "alarm_id": (0x04, _number(2)),
    "tire_pressure": (0x05, _base64),
    "carriage_temp": (0x06, _number(2, signed=True)),
    "overspeed_alarm": (0x11, _parts(("type", 1), ("id", 4))),
    "in_out_alarm": (0x12, _parts(("type", 1), ("id", 4), ("direction", 1))),
    "path_time_alarm": (0x13, _parts(("id", 4), ("time", 2), ("result", 1))),
    "signal": (0x25, _signals),
    "io_status": (0x2A, _io_status),
    "analog": (0x2B, _parts(("ad1", 2), ("ad0", 2))),
    "rssi": (0x30, _number(1)),
    "gnss_sat_num": (0x31, _number(1)),
}
