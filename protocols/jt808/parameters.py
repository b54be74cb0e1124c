"""0x8103, 0x8104 and 0x0104: the terminal's parameters (§8.12 to §8.14 of 2019).

A parameter is an id and some bytes; `KINDS` says what the bytes of the ones we set or show mean.
"""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING

from msgspec import Struct

from protocols.jt808.written import read_text, write_number, write_text

if TYPE_CHECKING:
    from protocols.jt808.cursor import Cursor
    from protocols.jt808.version import Version


class ParameterId(IntEnum):
    """Parameters that the platform sets or shows."""

    HEARTBEAT_S = 0x0001
    SERVER = 0x0013
    INTERVAL_ASLEEP_S = 0x0027
    INTERVAL_ALARM_S = 0x0028
    INTERVAL_S = 0x0029
    DISTANCE_M = 0x002C
    CORNER_DEG = 0x0030
    TOP_SPEED_KMH = 0x0055
    OVERSPEED_S = 0x0056
    PROVINCE = 0x0081
    COUNTY = 0x0082
    PLATE = 0x0083
    PLATE_COLOR = 0x0084


# Bytes of a number; 0 means a text.
_LENGTHS = {
    ParameterId.HEARTBEAT_S: 4,
    ParameterId.SERVER: 0,
    ParameterId.INTERVAL_ASLEEP_S: 4,
    ParameterId.INTERVAL_ALARM_S: 4,
    ParameterId.INTERVAL_S: 4,
    ParameterId.DISTANCE_M: 4,
    ParameterId.CORNER_DEG: 4,
    ParameterId.TOP_SPEED_KMH: 4,
    ParameterId.OVERSPEED_S: 4,
    ParameterId.PROVINCE: 2,
    ParameterId.COUNTY: 2,
    ParameterId.PLATE: 0,
    ParameterId.PLATE_COLOR: 1,
}


class Parameter(Struct, frozen=True, kw_only=True):
    """One parameter as it is on the wire."""

    id: int
    value: bytes


class SetParameters(Struct, frozen=True, kw_only=True):
    """0x8103: set these."""

    parameters: tuple[Parameter, ...]


class AskParameters(Struct, frozen=True, kw_only=True):
    """0x8104: tell all parameters."""


class Parameters(Struct, frozen=True, kw_only=True):
    """0x0104: the parameters as the terminal has them."""

    answered_serial: int
    parameters: tuple[Parameter, ...]


def parameter(parameter_id: ParameterId, value: int | str) -> Parameter:
    """A parameter with its value as the standard writes it; ValueError if it does not fit."""
    length = _LENGTHS[parameter_id]
    if isinstance(value, str) != (length == 0):
        raise ValueError(f"{parameter_id.name} takes a {'number' if length else 'text'}, not {value!r}")
    raw = write_text(value) if isinstance(value, str) else write_number(value, length)
    return Parameter(id=parameter_id, value=raw)


def meaning(one: Parameter) -> int | str | None:
    """The value of a parameter that we know; None of any other, or one with another length."""
    length = _LENGTHS.get(one.id)  # type: ignore[call-overload]  # an IntEnum's members are ints
    if length == 0:
        return read_text(one.value)
    return int.from_bytes(one.value) if length == len(one.value) else None


def decode_set_parameters(cursor: Cursor, _: Version) -> SetParameters:
    """Body of 0x8103."""
    return SetParameters(parameters=_decode_list(cursor))


def encode_set_parameters(message: SetParameters, _: Version) -> bytes:
    """Body of 0x8103."""
    return _encode_list(message.parameters)


def decode_parameters(cursor: Cursor, _: Version) -> Parameters:
    """Body of 0x0104."""
    return Parameters(answered_serial=cursor.word("answered_serial"), parameters=_decode_list(cursor))


def encode_parameters(message: Parameters, _: Version) -> bytes:
    """Body of 0x0104."""
    return write_number(message.answered_serial, 2) + _encode_list(message.parameters)


def _decode_list(cursor: Cursor) -> tuple[Parameter, ...]:
    return tuple(_decode_one(cursor) for _ in range(cursor.byte("count")))


def _decode_one(cursor: Cursor) -> Parameter:
    parameter_id = cursor.dword("parameter_id")
    length = cursor.byte("parameter_length")
    return Parameter(id=parameter_id, value=cursor.take(f"parameter_{parameter_id:04x}", length))


def _encode_list(parameters: tuple[Parameter, ...]) -> bytes:
    return write_number(len(parameters), 1) + b"".join(
        write_number(one.id, 4) + write_number(len(one.value), 1) + one.value for one in parameters
    )
