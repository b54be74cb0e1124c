"""How the text of an HJ 212 stream is read: what `haulwatch gateway decode` shows of dust monitors."""

from typing import Any

import msgspec
from msgspec import Struct

from domain.instant import to_rfc3339
from protocols.hj212.answers import WITHOUT_DATA, confirmation, refusal
from protocols.hj212.checksum import Checksum, digits_of
from protocols.hj212.dust import to_dust
from protocols.hj212.error import Hj212Error
from protocols.hj212.framing import Frame, Reader, encode_frame
from protocols.hj212.monitor import MonitorSettings
from protocols.hj212.segment import Segment, decode_segment, encode_segment
from protocols.refused import Refused

_FORMS = {
    Checksum.STANDARD: "as the standard reckons it",
    Checksum.MODBUS: "in the Modbus form: taken where `checksums` of the monitor has modbus",
    Checksum.SWAPPED: "with its bytes swapped: taken where `checksums` of the monitor has swapped",
}


class MonitorReading(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One frame, or bytes that are none: what it says, what comes of it, and what is answered.

    `notes` say what was forgiven, `fault` why it could not be read.
    """

    raw: str
    notes: tuple[str, ...] = ()
    fields: tuple[tuple[str, str], ...] = ()
    dust: tuple[dict[str, Any], ...] = ()
    answer: str | None = None
    fault: str | None = None


def read_monitor_frames(data: bytes, settings: MonitorSettings) -> list[MonitorReading]:
    """Every frame of a stream, in order, and what stands between them; the last line end may be missing."""
    reader = Reader()
    return [_read(one, settings) for one in (*reader.feed(data + b"\r\n"), *reader.close())]


def as_json(readings: list[MonitorReading]) -> bytes:
    """All of it as one JSON list."""
    return msgspec.json.encode(readings)


def print_monitor_readings(readings: list[MonitorReading]) -> None:
    """Print all readings."""
    for number, reading in enumerate(readings):
        if number:
            print()
        print(reading.raw)
        for note in reading.notes:
            print(f"  {note}")
        width = max((len(name) for name, _ in reading.fields), default=0)
        for name, value in reading.fields:
            print(f"    {name:{width}}  {value}")
        if reading.fault is not None:
            print(f"  {reading.fault}")
        for dust in reading.dust:
            print("  dust object")
            for name, value in dust.items():
                print(f"    {name}: {to_rfc3339(value) if name == 'time' else value}")
        if reading.answer is not None:
            print(f"  answered with\n    {reading.answer}")


def _read(one: Frame | Refused, settings: MonitorSettings) -> MonitorReading:
    raw = one.raw.decode("utf-8", "backslashreplace").strip()
    if isinstance(one, Refused):
        return MonitorReading(raw=raw, fault=f"{one.reason}{_right_checksum(one)}")
    notes = [f"checksum {_FORMS[one.checksum]}"]
    if one.is_length_wrong:
        notes.append(f"the length is wrong: the segment has {len(one.segment)} bytes")
    try:
        segment = decode_segment(one.segment)
    except Hj212Error as error:
        return MonitorReading(raw=raw, notes=tuple(notes), fault=f"{error.reason}: {error}")
    dust: tuple[dict[str, Any], ...] = ()
    answer, fault = confirmation(segment), None
    try:
        if segment.has_cp and segment.cn not in WITHOUT_DATA:
            dust = tuple(to_dust(segment, settings))
    except Hj212Error as error:
        answer, fault = refusal(segment, error.reason), f"{error.reason}: {error}"
    return MonitorReading(
        raw=raw,
        notes=tuple(notes),
        fields=_fields(segment),
        dust=dust,
        answer=encode_frame(encode_segment(answer)).decode().strip() if segment.wants_answer else None,
        fault=fault,
    )


def _fields(segment: Segment) -> tuple[tuple[str, str], ...]:
    flag = segment.flag
    flag_words = None
    if flag is not None:
        form = {0: "2005", 1: "2017", 2: "2025"}.get(flag.version, "of an unknown year")
        flag_words = f"{flag.bits} (form {form}{', packets' if flag.is_numbered else ''}"
        flag_words += f"{', answer wanted' if flag.wants_answer else ''})"
    head = {
        "QN": segment.qn,
        "ST": segment.st,
        "CN": segment.cn,
        "PW": segment.pw,
        "MN": segment.mn,
        "Flag": flag_words,
        "PNUM": segment.pnum,
        "PNO": segment.pno,
    }
    known = [(name, str(value)) for name, value in head.items() if value is not None]
    return (*known, *segment.others, *(pair for group in segment.cp for pair in group))


def _right_checksum(refused: Refused) -> str:
    """What the checksum would have to be, for who builds the monitor."""
    body = refused.raw.strip().lstrip(b"#")
    if refused.reason != "bad_checksum" or len(body) < 8:
        return ""
    return f": it would be {digits_of(body[4:-4]).decode()}"
