"""Answers that fit any message, and asking for sub-packets again (§8.1, §8.2, §8.6, §8.7 of 2019)."""

from enum import IntEnum
from typing import TypeVar

from msgspec import Struct

from protocols.jt808.cursor import Cursor
from protocols.jt808.version import Version
from protocols.jt808.written import write_number


class Result(IntEnum):
    """What became of a message; ALARM_CONFIRMED is the platform's alone."""

    OK = 0
    FAILED = 1
    BAD_MESSAGE = 2
    NOT_SUPPORTED = 3
    ALARM_CONFIRMED = 4


class TerminalAnswer(Struct, frozen=True, kw_only=True):
    """0x0001: the terminal's answer to a message of the platform."""

    answered_serial: int
    answered_id: int
    result: Result


class PlatformAnswer(Struct, frozen=True, kw_only=True):
    """0x8001: the platform's answer to a message of the terminal."""

    answered_serial: int
    answered_id: int
    result: Result


class PlatformAsksParts(Struct, frozen=True, kw_only=True):
    """0x8003: send these sub-packets of the message that began with `first_serial` again."""

    first_serial: int
    indices: tuple[int, ...]


class TerminalAsksParts(Struct, frozen=True, kw_only=True):
    """0x0005: the same from the terminal (2019)."""

    first_serial: int
    indices: tuple[int, ...]


Answer = TypeVar("Answer", TerminalAnswer, PlatformAnswer)
AsksParts = TypeVar("AsksParts", PlatformAsksParts, TerminalAsksParts)


def decode_terminal_answer(cursor: Cursor, _: Version) -> TerminalAnswer:
    """Body of 0x0001."""
    return _decode_answer(cursor, TerminalAnswer)


def decode_platform_answer(cursor: Cursor, _: Version) -> PlatformAnswer:
    """Body of 0x8001."""
    return _decode_answer(cursor, PlatformAnswer)


def encode_answer(message: TerminalAnswer | PlatformAnswer, _: Version) -> bytes:
    """Body of 0x0001 and 0x8001."""
    return (
        write_number(message.answered_serial, 2)
        + write_number(message.answered_id, 2)
        + write_number(message.result, 1)
    )


def decode_platform_asks_parts(cursor: Cursor, version: Version) -> PlatformAsksParts:
    """Body of 0x8003."""
    return _decode_asks_parts(cursor, version, PlatformAsksParts)


def decode_terminal_asks_parts(cursor: Cursor, version: Version) -> TerminalAsksParts:
    """Body of 0x0005."""
    return _decode_asks_parts(cursor, version, TerminalAsksParts)


def encode_asks_parts(message: PlatformAsksParts | TerminalAsksParts, version: Version) -> bytes:
    """Body of 0x8003 and 0x0005."""
    return b"".join(
        (
            write_number(message.first_serial, 2),
            write_number(len(message.indices), _count_length(version)),
            *(write_number(index, 2) for index in message.indices),
        )
    )


def _decode_answer(cursor: Cursor, kind: type[Answer]) -> Answer:
    return kind(
        answered_serial=cursor.word("answered_serial"),
        answered_id=cursor.word("answered_id"),
        result=cursor.read("result", 1, _read_result),
    )


def _decode_asks_parts(cursor: Cursor, version: Version, kind: type[AsksParts]) -> AsksParts:
    first_serial = cursor.word("first_serial")
    count = cursor.read("count", _count_length(version), int.from_bytes)
    return kind(first_serial=first_serial, indices=tuple(cursor.word("index") for _ in range(count)))


def _count_length(version: Version) -> int:
    return 2 if version is Version.V2019 else 1


def _read_result(raw: bytes) -> Result:
    return Result(raw[0])
