"""Cutting a stream into frames: 7E marks, escapes, checksum, stated length (§4.4.1, §4.4.4).

Every 7E may end one frame and begin the next, so each stretch between two marks is tried for itself:
a damaged frame, or rubbish between frames, costs only itself. Memory is bounded by one longest frame.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from msgspec import Struct

from protocols.jt808.cursor import Cursor, Note
from protocols.jt808.error import Jt808Error, Reason
from protocols.jt808.header import LONGEST_BODY, SHORTEST_HEADER, Header, decode_header, encode_header
from protocols.refused import Refused

if TYPE_CHECKING:
    from collections.abc import Iterator

MARK = b"\x7e"
LONGEST_STRETCH = 2 * (21 + LONGEST_BODY + 1)  # every byte of the longest frame escaped
_SHORTEST_STRETCH = SHORTEST_HEADER + 1
_OTHERS = (
    (re.compile(rb"(GET|POST|PUT|HEAD|OPTIONS|DELETE|PATCH|CONNECT|TRACE) |PRI \* HTTP/2|HTTP/1"), "HTTP"),
    (re.compile(rb"[\x16\x14\x15]\x03[\x00-\x04]"), "TLS"),
    (re.compile(rb"##[0-9]{4}"), "HJ 212"),
    (re.compile(rb"\x30\x31\x63\x64"), "JT/T 1078 media"),
    (re.compile(rb"SSH-[12]"), "SSH"),
)
_LONGEST_MAGIC = 8


class Frame(Struct, frozen=True, kw_only=True):
    """A whole frame: its checksum and stated length hold. `raw` is as it came, between the marks."""

    header: Header
    body: bytes
    raw: bytes


class Reader:
    """One connection's stream; feed it what comes, in whatever pieces."""

    __slots__ = ("_begun", "_kept", "_passing")

    def __init__(self) -> None:
        """Begin before the first byte."""
        self._kept = bytearray()
        self._begun = False  # a mark has been seen: what follows may be a frame
        self._passing = False  # this stretch is refused already: pass over the rest of it

    def feed(self, data: bytes) -> Iterator[Frame | Refused]:
        """What ends within these bytes, in order. Take all of it before feeding more."""
        stretches = data.split(MARK)
        for stretch in stretches[:-1]:
            yield from self._take(stretch)
            yield from self._end()
        yield from self._take(stretches[-1])

    def close(self) -> Iterator[Refused]:
        """What is left when the peer has gone."""
        kept, self._kept = bytes(self._kept), bytearray()
        if kept:
            yield _refuse(Reason.CUT_OFF, kept, "the stream ended before the frame did")

    def _take(self, stretch: bytes) -> Iterator[Refused]:
        if self._passing or not stretch:
            return
        room = LONGEST_STRETCH - len(self._kept)
        is_first = not self._begun and len(self._kept) < _LONGEST_MAGIC
        self._kept += stretch[: room + 1]
        if len(self._kept) > LONGEST_STRETCH:
            yield self._pass_over(Reason.TOO_LONG, f"more than {LONGEST_STRETCH} bytes without a 7E")
        elif is_first and other_protocol(self._kept) is not None:
            # Said at once: a peer that speaks something else never sends the mark that would end this.
            yield self._pass_over(Reason.NOT_THIS_PROTOCOL, "")

    def _pass_over(self, reason: Reason, detail: str) -> Refused:
        kept, self._kept, self._passing = bytes(self._kept), bytearray(), True
        return _refuse(reason, kept, detail)

    def _end(self) -> Iterator[Frame | Refused]:
        kept, self._kept = bytes(self._kept), bytearray()
        begun, self._begun, self._passing = self._begun, True, False
        if not kept:
            return
        if not begun:
            yield _refuse(Reason.NOT_THIS_PROTOCOL, kept, "bytes before the first 7E")
            return
        try:
            yield decode_frame(kept)
        except Jt808Error as error:
            yield _refuse(error.reason, kept, str(error))


def decode_frame(raw: bytes, *, notes: list[Note] | None = None) -> Frame:
    """The frame between two marks; raises Jt808Error. An encrypted body is left as it is."""
    message = plain(raw)
    cursor = Cursor(message[:-1], notes=notes)
    header, stated = decode_header(cursor)
    check_length(stated, cursor)
    return Frame(header=header, body=cursor.unread(), raw=raw)


def encode_frame(header: Header, body: bytes) -> bytes:
    """The bytes to send, marks included; raises ValueError for what does not fit."""
    message = encode_header(header, len(body)) + body
    message += bytes((checksum(message),))
    return MARK + message.replace(b"\x7d", b"\x7d\x01").replace(MARK, b"\x7d\x02") + MARK


def plain(raw: bytes) -> bytes:
    """Header, body and checksum, unescaped, the checksum verified; raises Jt808Error."""
    message = unescape(raw)
    if len(message) < _SHORTEST_STRETCH:
        raise Jt808Error(Reason.BAD_LENGTH, f"{len(message)} bytes are no frame", length=len(message))
    found = checksum(message)
    if found:
        stated = message[-1]
        detail = f"{stated:02X}, but the bytes before it give {found ^ stated:02X}"
        raise Jt808Error(Reason.BAD_CHECKSUM, detail, field="checksum", offset=len(message) - 1, length=1)
    return message


def check_length(stated: int, cursor: Cursor) -> None:
    """Raise Jt808Error unless the body has the length that the header states."""
    if stated != cursor.left:
        detail = f"the header states {stated} bytes of body, there are {cursor.left}"
        raise Jt808Error(Reason.BAD_LENGTH, detail, field="attributes", offset=2, length=2)


def checksum(data: bytes) -> int:
    """XOR of all bytes; of a message with its checksum, 0."""
    # Folded as one number: eight times as fast as byte by byte, and it is asked of every byte.
    folded = int.from_bytes(data)
    width = 8 << max(len(data) - 1, 0).bit_length()
    while width > 8:
        width //= 2
        folded = folded >> width ^ folded & (1 << width) - 1
    return folded


def unescape(raw: bytes) -> bytes:
    """7D 02 back to 7E, 7D 01 to 7D; any other 7D raises Jt808Error, its offset that of `raw`."""
    if b"\x7d" not in raw:
        return raw
    first, *others = raw.split(b"\x7d")
    at = len(first)
    for piece in others:
        if piece[:1] not in (b"\x01", b"\x02"):
            followed = f"{piece[0]:02X}" if piece else "nothing or another 7D"
            detail = f"7D is followed by {followed}, not by 01 or 02"
            raise Jt808Error(Reason.BAD_ESCAPE, detail, offset=at, length=1)
        at += 1 + len(piece)
    return raw.replace(b"\x7d\x02", MARK).replace(b"\x7d\x01", b"\x7d")


def other_protocol(data: bytes | bytearray) -> str | None:
    """The name of another protocol that begins as these bytes do."""
    return next((name for magic, name in _OTHERS if magic.match(data)), None)


def _refuse(reason: Reason, raw: bytes, detail: str) -> Refused:
    other = other_protocol(raw)
    if other is not None:
        return Refused(reason=Reason.NOT_THIS_PROTOCOL, raw=raw, detail=other)
    return Refused(reason=reason, raw=raw, detail=detail)
