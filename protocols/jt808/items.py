"""The standard's additional items of a location (§8.21 table 27 of 2019; 0x14 to 0x18 of JT/T 1078).

An item whose length is not the standard's is not read: it stays raw, as one we do not know.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from msgspec import Struct

from protocols.jt808.location import Item, read_tenths
from protocols.jt808.written import write_number

_NO_TYRE = 0xFF
_COLDEST_C = -273


class Overspeed(Struct, frozen=True, kw_only=True):
    """0x11: over speed, where: 0 anywhere, 1 circle, 2 rectangle, 3 polygon, 4 part of a route."""

    kind: int
    area_id: int | None = None


class Crossing(Struct, frozen=True, kw_only=True):
    """0x12: into (0) or out of (1) an area or a route; kinds 1 to 3 as of `Overspeed`, 4 a route."""

    kind: int
    area_id: int
    direction: int


class Segment(Struct, frozen=True, kw_only=True):
    """0x13: too short (0) or too long (1) on a part of a route."""

    segment_id: int
    time_s: int
    result: int


class Behaviour(Struct, frozen=True, kw_only=True):
    """0x18: abnormal driving, as bits, and how tired the driver seems (0 to 100)."""

    bits: int
    fatigue: int


Value: TypeAlias = (
    int | float | tuple[int, ...] | tuple[int | None, ...] | Overspeed | Crossing | Segment | Behaviour
)


class Kind(Struct, frozen=True, kw_only=True):
    """One standard item: its name with the unit, the lengths it may have, and how it is read and written."""

    name: str
    lengths: frozenset[int]
    read: Callable[[bytes], Value]
    write: Callable[[Any], bytes]


def _unsigned(name: str, length: int) -> Kind:
    return Kind(
        name=name,
        lengths=frozenset({length}),
        read=int.from_bytes,
        write=lambda value: write_number(value, length),
    )


def _tenths(name: str, length: int) -> Kind:
    return Kind(
        name=name,
        lengths=frozenset({length}),
        read=read_tenths,
        write=lambda value: write_number(round(value * 10), length),
    )


def _read_overspeed(raw: bytes) -> Overspeed:
    return Overspeed(kind=raw[0], area_id=int.from_bytes(raw[1:]) if len(raw) > 1 else None)


def _write_overspeed(value: Overspeed) -> bytes:
    area = b"" if value.area_id is None else write_number(value.area_id, 4)
    return write_number(value.kind, 1) + area


def _read_crossing(raw: bytes) -> Crossing:
    return Crossing(kind=raw[0], area_id=int.from_bytes(raw[1:5]), direction=raw[5])


def _write_crossing(value: Crossing) -> bytes:
    return write_number(value.kind, 1) + write_number(value.area_id, 4) + write_number(value.direction, 1)


def _read_segment(raw: bytes) -> Segment:
    return Segment(segment_id=int.from_bytes(raw[:4]), time_s=int.from_bytes(raw[4:6]), result=raw[6])


def _write_segment(value: Segment) -> bytes:
    return write_number(value.segment_id, 4) + write_number(value.time_s, 2) + write_number(value.result, 1)


def _read_behaviour(raw: bytes) -> Behaviour:
    return Behaviour(bits=int.from_bytes(raw[:2]), fatigue=raw[2])


def _write_behaviour(value: Behaviour) -> bytes:
    return write_number(value.bits, 2) + write_number(value.fatigue, 1)


def _read_tyres(raw: bytes) -> tuple[int | None, ...]:
    return tuple(None if one == _NO_TYRE else one for one in raw)


def _write_tyres(value: tuple[int | None, ...]) -> bytes:
    return bytes(_NO_TYRE if one is None else one for one in value)


def _read_temperature_c(raw: bytes) -> int:
    """The highest bit means below zero; what would then be colder than can be is two's complement."""
    magnitude = int.from_bytes(raw) & 0x7FFF
    if raw[0] < 0x80:
        return magnitude
    return -magnitude if -magnitude >= _COLDEST_C else int.from_bytes(raw, signed=True)


def _write_temperature_c(value: int) -> bytes:
    return write_number(-value | 0x8000 if value < 0 else value, 2)


def _read_analogues(raw: bytes) -> tuple[int, ...]:
    return (int.from_bytes(raw[2:]), int.from_bytes(raw[:2]))


def _write_analogues(value: tuple[int, int]) -> bytes:
    return write_number(value[1], 2) + write_number(value[0], 2)


def _compound(
    name: str, lengths: set[int], read: Callable[[bytes], Value], write: Callable[[Any], bytes]
) -> Kind:
    return Kind(name=name, lengths=frozenset(lengths), read=read, write=write)


KINDS: dict[int, Kind] = {
    0x01: _tenths("odometer_km", 4),
    0x02: _tenths("fuel_l", 2),
    0x03: _tenths("recorder_speed_kmh", 2),
    0x04: _unsigned("event_to_confirm", 2),
    0x05: _compound("tyre_pressures", {30}, _read_tyres, _write_tyres),
    0x06: _compound("carriage_temperature_c", {2}, _read_temperature_c, _write_temperature_c),
    0x11: _compound("overspeed_at", {1, 5}, _read_overspeed, _write_overspeed),
    0x12: _compound("crossing", {6}, _read_crossing, _write_crossing),
    0x13: _compound("segment_time", {7}, _read_segment, _write_segment),
    0x14: _unsigned("video_alarm", 4),
    0x15: _unsigned("video_lost", 4),
    0x16: _unsigned("video_covered", 4),
    0x17: _unsigned("storage_fault", 2),
    0x18: _compound("abnormal_driving", {3}, _read_behaviour, _write_behaviour),
    0x25: _unsigned("vehicle_signals", 4),
    0x2A: _unsigned("io_status", 2),
    0x2B: _compound("analogues", {4}, _read_analogues, _write_analogues),  # AD0, AD1
    0x30: _unsigned("signal_strength", 1),
    0x31: _unsigned("satellites", 1),
}


def read_item(item: Item) -> tuple[str, Value] | None:
    """The name and the value of a standard item; None of any other, and of one of another length."""
    kind = KINDS.get(item.id)
    if kind is None or len(item.value) not in kind.lengths:
        return None
    return kind.name, kind.read(item.value)


def write_item(item_id: int, value: Value) -> Item:
    """A standard item; raises ValueError for what does not fit."""
    return Item(id=item_id, value=KINDS[item_id].write(value))
