"""How bytes of a JT/T 808 stream are read, field by field: what `haulwatch gateway decode` shows.

The decoders of `protocols.jt808` keep notes of every field; here each note finds its place in the bytes
as they were given, escapes and all.
"""

from __future__ import annotations

import re
from typing import Any

import msgspec
from msgspec import Struct

from haulwatch.frame_words import message_words, value_words
from protocols.jt808.batch import Batch
from protocols.jt808.cursor import Note
from protocols.jt808.error import Jt808Error, Reason
from protocols.jt808.framing import MARK, Frame, decode_frame, other_protocol
from protocols.jt808.header import Header
from protocols.jt808.location import Location, LocationAnswer
from protocols.jt808.messages import Message, decode_message
from protocols.jt808.model import TerminalModel
from protocols.jt808.parts import Parts
from protocols.jt808.position import to_position

_BETWEEN_DIGITS = re.compile(r"0[xX]|[\s,:;-]+")


class Field(Struct, frozen=True, kw_only=True):
    """One field; `offset` counts the bytes given, or those of a joined body."""

    offset: int
    bytes: str
    name: str
    value: str


class Fault(Struct, frozen=True, kw_only=True):
    """Why a stretch or a message could not be read; `length` bytes from `offset` on are at fault."""

    reason: str
    detail: str
    offset: int
    length: int


class Reading(Struct, frozen=True, kw_only=True):
    """What stands between two marks, or a message joined of sub-packets; `raw` begins at byte `at`."""

    title: str
    raw: bytes
    at: int = 0
    fields: tuple[Field, ...] = ()
    header: Header | None = None
    message: Message | None = None
    positions: tuple[dict[str, Any], ...] = ()
    fault: Fault | None = None


def bytes_of(hexadecimal: str) -> bytes:
    """The bytes that hexadecimal digits name; raises ValueError with the first character that is none."""
    digits = _BETWEEN_DIGITS.sub("", hexadecimal)
    for place, digit in enumerate(digits):
        if digit not in "0123456789abcdefABCDEF":
            raise ValueError(f"{digit!r} (digit {place + 1}) is not hexadecimal")
    if len(digits) % 2:
        raise ValueError(f"{len(digits)} hexadecimal digits are no whole bytes")
    return bytes.fromhex(digits)


def read_frames(data: bytes, model: TerminalModel) -> list[Reading]:
    """What stands between the marks, in order, and each message that sub-packets make up."""
    parts = Parts()
    readings = []
    at = 0
    for stretch in data.split(MARK):
        if stretch:
            reading, frame = _read_stretch(stretch, at, model)
            readings.append(reading)
            whole = parts.add(frame, 0) if frame is not None and frame.header.part is not None else None
            if whole is not None and not whole.header.encrypted:
                readings.append(_read_joined(whole, model))
        at += len(stretch) + 1
    return readings


def as_json(readings: list[Reading]) -> bytes:
    """All of it as one JSON list; bytes are hexadecimal digits."""
    return msgspec.json.encode([_plain(reading) for reading in readings])


def _read_stretch(stretch: bytes, at: int, model: TerminalModel) -> tuple[Reading, Frame | None]:
    places = _places(stretch, at)
    notes: list[Note] = []
    try:
        frame = decode_frame(stretch, notes=notes)
    except Jt808Error as error:
        title = f"{other_protocol(stretch) or 'No frame'} ({len(stretch)} bytes from {at})"
        # An escape is wrong where it stands, before anything is unescaped.
        where = range(at, at + len(stretch)) if error.reason is Reason.BAD_ESCAPE else places
        fields = _fields(notes, places, stretch, at)
        return Reading(title=title, raw=stretch, at=at, fields=fields, fault=_fault(error, where)), None
    head = len(places) - 1 - len(frame.body)
    message, fault = None, None
    body: list[Note] = []
    if frame.header.part is None or frame.header.encrypted:
        try:
            message = decode_message(frame, notes=body)
        except Jt808Error as error:
            # The attributes say that it is encrypted; all other faults are the body's.
            fault = _fault(error, places[2:4] if error.reason is Reason.ENCRYPTED else places[head:-1])
        notes += [msgspec.structs.replace(note, offset=note.offset + head) for note in body]
    else:
        notes.append(Note(offset=head, raw=frame.body, name="body", value=frame.body))
    checksum = bytes((stretch[places[-1] - at],))
    notes.append(Note(offset=len(places) - 1, raw=checksum, name="checksum", value="right"))
    reading = Reading(
        title=_title(frame),
        raw=stretch,
        at=at,
        fields=_fields(notes, places, stretch, at),
        header=frame.header,
        message=message,
        positions=_positions(message, model, frame.header.serial),
        fault=fault or _damage(message, places[head:-1]),
    )
    return reading, frame


def _read_joined(frame: Frame, model: TerminalModel) -> Reading:
    notes: list[Note] = []
    message, fault = None, None
    try:
        message = decode_message(frame, notes=notes)
    except Jt808Error as error:
        fault = _fault(error, range(len(frame.body)))
    return Reading(
        title=f"Joined: {_title(frame)}, offsets in its body",
        raw=frame.body,
        fields=_fields(notes, range(len(frame.body)), frame.body, 0),
        header=frame.header,
        message=message,
        positions=_positions(message, model, frame.header.serial),
        fault=fault or _damage(message, range(len(frame.body))),
    )


def _places(stretch: bytes, at: int) -> list[int]:
    """Where each byte of the unescaped message stands in the bytes given."""
    return [at + place for place in range(len(stretch)) if not place or stretch[place - 1] != 0x7D]


def _fields(notes: list[Note], places: list[int] | range, given: bytes, at: int) -> tuple[Field, ...]:
    fields = []
    for note in notes:
        end = note.offset + len(note.raw)
        first = places[note.offset] if note.offset < len(places) else at + len(given)
        after = places[end] if end < len(places) else at + len(given)
        raw = given[first - at : after - at].hex(" ").upper()
        fields.append(Field(offset=first, bytes=raw, name=note.name, value=value_words(note)))
    return tuple(fields)


def _fault(error: Jt808Error, places: list[int] | range) -> Fault:
    after = (places[-1] + 1) if places else 0
    first = places[error.offset] if error.offset < len(places) else after
    return Fault(reason=error.reason, detail=str(error), offset=first, length=error.length)


def _damage(message: Message | None, places: list[int] | range) -> Fault | None:
    """The first fault in a batch that was read as far as it is whole."""
    if not isinstance(message, Batch) or not message.damaged:
        return None
    first = message.damaged[0]
    fault = Jt808Error(Reason(first.reason), first.detail, offset=first.offset)
    return _fault(fault, places)


def _positions(message: Message | None, model: TerminalModel, serial: int) -> tuple[dict[str, Any], ...]:
    if isinstance(message, Location):
        return (to_position(message, model, serial=serial),)
    if isinstance(message, LocationAnswer):
        return (to_position(message.location, model, serial=serial),)
    if isinstance(message, Batch):
        return tuple(to_position(location, model) for location in message.locations)
    return ()


def _title(frame: Frame) -> str:
    header = frame.header
    part = f", part {header.part.index} of {header.part.total}" if header.part is not None else ""
    return f"{message_words(header.message_id)}, phone {header.phone}, serial {header.serial}{part}"


def _plain(reading: Reading) -> dict[str, Any]:
    told: dict[str, Any] = msgspec.to_builtins(reading, enc_hook=str, builtin_types=(bytes,))
    told["raw"] = reading.raw.hex().upper()
    if reading.message is not None:
        told["message"] = {"type": type(reading.message).__name__, **_hexadecimal(told["message"])}
    return told


def _hexadecimal(value: Any) -> Any:
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, dict):
        return {name: _hexadecimal(one) for name, one in value.items()}
    return [_hexadecimal(one) for one in value] if isinstance(value, list | tuple) else value
