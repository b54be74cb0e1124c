"""Coming and going: register, authenticate, heartbeat, log out, ask the time (§8.3 to §8.11 of 2019)."""

from enum import IntEnum

from msgspec import Struct

from protocols.jt808.cursor import Cursor
from protocols.jt808.version import Version
from protocols.jt808.written import read_text, read_time_ms, write_number, write_text, write_time

_IMEI_LENGTH, _SOFTWARE_LENGTH = 15, 20
# Lengths of maker, model and terminal id.
_LENGTHS = {Version.V2011: (5, 8, 7), Version.V2013: (5, 20, 7), Version.V2019: (11, 30, 30)}
_AROUND_LENGTHS = 5  # two words before, the colour's byte after


class Register(Struct, frozen=True, kw_only=True):
    """0x0100: what the terminal says of itself.

    `province` and `county` are the first two and the last four digits of the division code
    (GB/T 2260); `plate_color` is JT/T 415's: 1 blue, 2 yellow, 3 black, 4 white, 9 other, 0 none.
    """

    province: int
    county: int
    maker: str
    model: str
    terminal_id: str
    plate_color: int
    plate: str


class RegisterResult(IntEnum):
    """The verdict of 0x8100."""

    OK = 0
    VEHICLE_REGISTERED = 1
    VEHICLE_UNKNOWN = 2
    TERMINAL_REGISTERED = 3
    TERMINAL_UNKNOWN = 4


class RegisterAnswer(Struct, frozen=True, kw_only=True):
    """0x8100: the verdict on a registration; the code only if it is OK."""

    answered_serial: int
    result: RegisterResult
    code: str = ""


class Authenticate(Struct, frozen=True, kw_only=True):
    """0x0102: the code given at registration; the other two in 2019 only, and there not by all."""

    code: str
    imei: str = ""
    software: str = ""


class Heartbeat(Struct, frozen=True, kw_only=True):
    """0x0002: still here."""


class LogOut(Struct, frozen=True, kw_only=True):
    """0x0003: the terminal gives up its registration."""


class AskTime(Struct, frozen=True, kw_only=True):
    """0x0004: what time is it (2019)."""


class ServerTime(Struct, frozen=True, kw_only=True):
    """0x8004: the time, to the second (2019)."""

    time_ms: int


def register_version(body_length: int, header_version: Version) -> Version:
    """The edition a registration is in: the header does not tell 2011 from 2013, the length does."""
    shortest_2013 = sum(_LENGTHS[Version.V2013]) + _AROUND_LENGTHS
    if header_version is Version.V2019:
        return Version.V2019
    return Version.V2013 if body_length >= shortest_2013 else Version.V2011


def decode_register(cursor: Cursor, version: Version) -> Register:
    """Body of 0x0100."""
    maker, model, terminal_id = _LENGTHS[register_version(cursor.left, version)]
    return Register(
        province=cursor.word("province"),
        county=cursor.word("county"),
        maker=cursor.read("maker", maker, read_text),
        model=cursor.read("model", model, read_text),
        terminal_id=cursor.read("terminal_id", terminal_id, read_text),
        plate_color=cursor.byte("plate_color"),
        plate=cursor.read("plate", cursor.left, read_text),
    )


def encode_register(message: Register, version: Version) -> bytes:
    """Body of 0x0100; a plate so long that 2011 would be read as 2013 is a ValueError."""
    maker, model, terminal_id = _LENGTHS[version]
    body = b"".join(
        (
            write_number(message.province, 2),
            write_number(message.county, 2),
            write_text(message.maker, maker),
            write_text(message.model, model),
            write_text(message.terminal_id, terminal_id),
            write_number(message.plate_color, 1),
            write_text(message.plate),
        )
    )
    if register_version(len(body), version) is not version:
        raise ValueError(f"the plate {message.plate!r} is too long for the form of {version}")
    return body


def decode_register_answer(cursor: Cursor, _: Version) -> RegisterAnswer:
    """Body of 0x8100."""
    return RegisterAnswer(
        answered_serial=cursor.word("answered_serial"),
        result=cursor.read("result", 1, _read_result),
        code=cursor.read("code", cursor.left, read_text),
    )


def encode_register_answer(message: RegisterAnswer, _: Version) -> bytes:
    """Body of 0x8100."""
    return (
        write_number(message.answered_serial, 2) + write_number(message.result, 1) + write_text(message.code)
    )


def decode_authenticate(cursor: Cursor, version: Version) -> Authenticate:
    """Body of 0x0102.

    2019 has no agreed tail: the software version comes as BYTE[20] or with a length before it, and
    some terminals send nothing after the code; so what remains decides.
    """
    if version is not Version.V2019:
        return Authenticate(code=cursor.read("code", cursor.left, read_text))
    return Authenticate(
        code=cursor.read("code", cursor.byte("code_length"), read_text),
        imei=cursor.read("imei", min(_IMEI_LENGTH, cursor.left), read_text),
        software=cursor.read("software", cursor.left, _read_software),
    )


def encode_authenticate(message: Authenticate, version: Version) -> bytes:
    """Body of 0x0102; 2011 and 2013 have no room for more than the code."""
    code = write_text(message.code)
    if version is not Version.V2019:
        if message.imei or message.software:
            raise ValueError(f"the form of {version} has neither IMEI nor software version")
        return code
    return b"".join(
        (
            write_number(len(code), 1),
            code,
            write_text(message.imei, _IMEI_LENGTH),
            write_text(message.software, _SOFTWARE_LENGTH),
        )
    )


def decode_server_time(cursor: Cursor, _: Version) -> ServerTime:
    """Body of 0x8004."""
    return ServerTime(time_ms=cursor.read("time", 6, read_time_ms))


def encode_server_time(message: ServerTime, _: Version) -> bytes:
    """Body of 0x8004."""
    return write_time(message.time_ms)


def _read_result(raw: bytes) -> RegisterResult:
    return RegisterResult(raw[0])


def _read_software(raw: bytes) -> str:
    has_length = len(raw) > 1 and raw[0] == len(raw) - 1
    return read_text(raw[1:] if has_length else raw)
