"""Bytes → frames: `##`, four digits of length, the segment, four digits of checksum, CR LF (HJ 212-2017, 6.3).

A stream is never given up: what is no frame comes out as `Refused`, and reading goes on behind it. The
length is believed where the checksum agrees; else the frame ends where a checksum stands before CR LF,
because devices miscount. Which form of the checksum was used is told; whether it is taken is not decided here.
"""

import re
from collections.abc import Iterator
from enum import StrEnum

from msgspec import Struct

from protocols.hj212.checksum import Checksum, digits_of, form_of
from protocols.refused import Refused

HEAD = 6
DIGITS = 4
LONGEST_SEGMENT = 9999
"""What four digits can say. The standard's own bound of 1024 is passed by devices that send every factor."""

LONGEST_FRAME = HEAD + LONGEST_SEGMENT + DIGITS + 2

_START = re.compile(rb"##(?=\d|\Z)|#\Z")
_AGAIN = re.compile(rb"##\d")
_END = re.compile(rb"&&([0-9A-Fa-f]{4})\r?\n")
_HEX = re.compile(rb"[0-9A-Fa-f]{4}")
_BETWEEN = b"\r\n \t\x00"


class Reason(StrEnum):
    """Why bytes are no frame."""

    NOT_THIS_PROTOCOL = "not_this_protocol"
    BAD_LENGTH = "bad_length"
    BAD_CHECKSUM = "bad_checksum"
    TOO_LONG = "too_long"
    CUT_OFF = "cut_off"


class Frame(Struct, frozen=True, kw_only=True):
    """A segment whose checksum agrees, in the form that is named.

    `is_length_wrong`: the length said otherwise. `raw` is all of it, without CR LF.
    """

    segment: bytes
    checksum: Checksum
    is_length_wrong: bool
    raw: bytes


def encode_frame(segment: bytes, checksum: Checksum = Checksum.STANDARD) -> bytes:
    """One frame around a segment; raises ValueError where four digits cannot say its length."""
    if len(segment) > LONGEST_SEGMENT:
        raise ValueError(f"a segment of {len(segment)} bytes, over {LONGEST_SEGMENT}")
    return b"##%04d%b%b\r\n" % (len(segment), segment, digits_of(segment, checksum))


class Reader:
    """Frames out of one stream; holds at most one frame's bytes and what one `feed` gave."""

    __slots__ = ("_buffer", "_searched")

    def __init__(self) -> None:
        """Begin with nothing read."""
        self._buffer = b""
        self._searched = 0  # before this no closing stands in the buffer

    def feed(self, data: bytes) -> Iterator[Frame | Refused]:
        """Take what has come in; gives what is complete."""
        self._buffer += data
        while (found := self._next()) is not None:
            yield found

    def close(self) -> Iterator[Refused]:
        """The stream is over; gives what is left of it."""
        left = self._take(len(self._buffer)).strip(_BETWEEN)
        if left:
            is_frame = left.startswith(b"##")
            yield Refused(reason=Reason.CUT_OFF if is_frame else Reason.NOT_THIS_PROTOCOL, raw=left)

    def _next(self) -> Frame | Refused | None:
        """The next thing that is complete, None until more has come in.

        Each checksum is reckoned over bytes that are then done with, so that nobody can make us reckon for ever.
        """
        self._take(len(self._buffer) - len(self._buffer.lstrip(_BETWEEN)))
        if (start := _start(self._buffer, 0)) > 0:
            return self._refuse(Reason.NOT_THIS_PROTOCOL, start)
        buffer = self._buffer
        if len(buffer) < HEAD:
            return None
        digits = buffer[2:HEAD]
        end = HEAD + int(digits) if digits.isdigit() else len(buffer)
        closing = self._closing()
        if _is_closed(buffer, end) and (closing is None or closing.start(1) >= end):
            return self._ended(HEAD, end, is_length_wrong=False)
        again = _AGAIN.search(buffer, 1)
        if closing is not None and (again is None or closing.start() < again.start()):
            begin = HEAD - len(digits.lstrip(b"0123456789"))
            return self._ended(begin, closing.start(1), is_length_wrong=True)
        is_over = not digits.isdigit() or len(buffer) >= end + DIGITS or closing is not None
        if again is not None and is_over:
            return self._refuse(Reason.BAD_LENGTH, again.start())
        if len(buffer) >= LONGEST_FRAME:
            return self._refuse(Reason.TOO_LONG, _start(buffer, 1))
        return None

    def _closing(self) -> re.Match[bytes] | None:
        """The first place where a checksum and a line end stand as they do behind a segment."""
        found = _END.search(self._buffer, self._searched)
        self._searched = max(0, len(self._buffer) - DIGITS - 4) if found is None else found.start()
        return found

    def _ended(self, begin: int, end: int, *, is_length_wrong: bool) -> Frame | Refused:
        """What stands between two places is a frame if its checksum says so."""
        form = form_of(self._buffer[begin:end], self._buffer[end : end + DIGITS])
        if form is None:
            return self._refuse(Reason.BAD_CHECKSUM, end + DIGITS)
        raw = self._take(end + DIGITS)
        return Frame(segment=raw[begin:end], checksum=form, is_length_wrong=is_length_wrong, raw=raw)

    def _refuse(self, reason: Reason, length: int) -> Refused:
        return Refused(reason=reason, raw=self._take(length))

    def _take(self, length: int) -> bytes:
        taken, self._buffer = self._buffer[:length], self._buffer[length:]
        self._searched = max(0, self._searched - length)
        return taken


def _start(buffer: bytes, begin: int) -> int:
    """Where a frame may begin: at `##` with a digit, or what may become that; the end where there is none."""
    found = _START.search(buffer, begin)
    return len(buffer) if found is None else found.start()


def _is_closed(buffer: bytes, end: int) -> bool:
    """Whether a segment and its checksum end here, by their look; False while they are not all there."""
    return buffer[end - 2 : end] == b"&&" and _HEX.fullmatch(buffer, end, end + DIGITS) is not None
