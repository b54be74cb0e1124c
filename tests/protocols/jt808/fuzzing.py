"""Streams of JT/T 808 gone wrong in every way, and what must hold of each: a seed tells them all.

    python -m tests.protocols.jt808.fuzzing 1000000 [SEED]

An input is a stream of frames with bytes changed, cut, doubled or put in between; half of the time the
bodies are changed and the frames put right again, so that what is behind the checksum is reached, too.
"""

import random
import sys
import time
from collections import Counter

from protocols.jt808.answers import PlatformAnswer, PlatformAsksParts, Result
from protocols.jt808.batch import Batch, batch_of
from protocols.jt808.error import Jt808Error
from protocols.jt808.framing import LONGEST_STRETCH, Frame, Reader, encode_frame
from protocols.jt808.header import LONGEST_BODY, Header, PartOf
from protocols.jt808.location import Item, Location, located
from protocols.jt808.messages import FORMS, decode_message, encode_body, message_id_of
from protocols.jt808.model import ready_made
from protocols.jt808.parameters import ParameterId, Parameters, parameter
from protocols.jt808.parts import Limits, Parts
from protocols.jt808.position import to_position
from protocols.jt808.sign_on import Authenticate, Register, RegisterAnswer, RegisterResult, ServerTime
from protocols.jt808.version import Version

GOOD = encode_frame(Header(message_id=0x0002, phone="13900000000", serial=4711), b"")
_HERE = located(
    time_ms=1_731_945_600_000,
    lon=113.5,
    lat=22.5,
    status=0x000C0303,
    speed_kmh=36.6,
    items=[
        Item(id=0x01, value=b"\0\0\x10\0"),
        Item(id=0x30, value=b"\x1f"),
        Item(id=0x12, value=bytes(6)),
        Item(id=0xE4, value=b"\0\0\0\1"),
        Item(id=0xF1, value=b"\1\2\3\4\5"),
    ],
)
_MESSAGES = (
    _HERE,
    batch_of((_HERE,) * 3),
    Register(province=44, county=1, maker="A", model="B", terminal_id="C", plate_color=2, plate="粤A12345"),
    Authenticate(code="code"),
    PlatformAnswer(answered_serial=1, answered_id=2, result=Result.OK),
    PlatformAsksParts(first_serial=1, indices=(1, 2, 3)),
    RegisterAnswer(answered_serial=1, result=RegisterResult.OK, code="x"),
    ServerTime(time_ms=1_731_945_600_000),
    Parameters(answered_serial=1, parameters=(parameter(ParameterId.INTERVAL_S, 30),)),
)
_EDITIONS = (Version.V2013, Version.V2019)
_BODIES = tuple(
    (message_id_of(message), version, encode_body(message, version))
    for message in _MESSAGES
    for version in _EDITIONS
)
_MARKS = (
    b"\x7e",
    b"\x7d",
    b"\x7d\x01",
    b"\x7d\x02",
    b"\x30\x31\x63\x64",
    b"GET / ",
    b"##0012",
    b"\x16\x03\x01",
)
_LIMITS = Limits(most_bytes=20_000, most_messages=4)


def damaged(draw: random.Random, data: bytes) -> bytes:
    """The bytes with up to four changes."""
    changed = bytearray(data)
    for _ in range(draw.randint(1, 4)):
        at = draw.randint(0, len(changed))
        kind = draw.randint(0, 5)
        if kind == 0 and at < len(changed):
            changed[at] ^= 1 << draw.randint(0, 7)
        elif kind == 1:
            changed[at:at] = draw.choice(_MARKS)
        elif kind == 2:
            del changed[at : at + draw.randint(1, 8)]
        elif kind == 3:
            changed[at:at] = draw.randbytes(draw.randint(1, 8))
        elif kind == 4:
            changed[at:at] = changed[at : at + draw.randint(1, 40)]
        elif at < len(changed):
            changed[at] = draw.choice((0, 1, 0x7D, 0x7E, 0x7F, 0x80, 0xFF))
    return bytes(changed)


def stream(draw: random.Random) -> bytes:
    """One input."""
    frames = [_frame(draw) for _ in range(draw.randint(1, 3))]
    joined = b"".join(frames)
    return damaged(draw, joined) if draw.random() < 0.5 else joined


def _frame(draw: random.Random) -> bytes:
    message_id, version, body = draw.choice(_BODIES)
    if draw.random() < 0.6:
        body = damaged(draw, body)[:LONGEST_BODY]
    if draw.random() < 0.1:
        message_id = draw.choice((*FORMS, 0x0801, 0x5501))
    total = draw.choice((1, 2, 3, 0xFFFF))
    header = Header(
        message_id=message_id,
        phone=str(draw.randrange(10**12)),
        serial=draw.randrange(0x10000),
        version=version,
        part=PartOf(total=total, index=draw.randint(1, total)) if draw.random() < 0.2 else None,
        encryption=1 if draw.random() < 0.02 else 0,
    )
    return encode_frame(header, body)


class Gateway:
    """All that a connection does with bytes; one for many inputs, as connections last."""

    def __init__(self) -> None:
        self.reader = Reader()
        self.parts = Parts(_LIMITS)
        self.models = tuple(ready_made().values())
        self.counts: Counter[str] = Counter()

    def take(self, data: bytes, now_ms: int, pieces: list[int]) -> None:
        """Feed one input, cut at `pieces`; AssertionError if something does not hold."""
        serials = []
        for start, end in zip([0, *pieces], [*pieces, len(data)], strict=True):
            for one in self.reader.feed(data[start:end]):
                if isinstance(one, Frame):
                    serials.append(one.header.serial)
                    self._frame(one, now_ms)
                else:
                    self.counts[one.reason] += 1
                    assert len(one.raw) <= LONGEST_STRETCH + 1
                    assert one.raw
        self.parts.missing(now_ms)
        self.parts.given_up(now_ms)
        assert self.parts.size <= _LIMITS.most_bytes
        # A mark of its own before it, for what came before may lack one.
        told = [one for one in self.reader.feed(b"\x7e" + GOOD) if isinstance(one, Frame)]
        assert told, "a good frame was not read after this input"
        assert told[-1].header.serial == 4711

    def _frame(self, frame: Frame, now_ms: int) -> None:
        assert encode_frame(frame.header, frame.body)
        whole = self.parts.add(frame, now_ms)
        if whole is None:
            self.counts["part"] += 1
            return
        try:
            message = decode_message(whole)
        except Jt808Error as error:
            self.counts[error.reason] += 1
            return
        self.counts["message"] += 1
        if isinstance(message, Location):
            locations = (message,)
            assert encode_body(message, whole.header.version) == whole.body
        else:
            locations = message.locations if isinstance(message, Batch) else ()
        for location in locations:
            to_position(location, self.models[now_ms % len(self.models)], serial=whole.header.serial)


def run(count: int, seed: int) -> Counter[str]:
    """Make and take this many inputs; what became of them."""
    draw = random.Random(seed)
    gateway = Gateway()
    for number in range(count):
        data = stream(draw)
        pieces = sorted(draw.randint(0, len(data)) for _ in range(draw.choice((0, 0, 1, 3))))
        try:
            gateway.take(data, number * 50, pieces)
        except Exception as error:
            error.add_note(f"seed {seed}, input {number}: {data.hex()} cut at {pieces}")
            raise
    return gateway.counts


if __name__ == "__main__":
    wanted, chosen = int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 1
    began_s = time.process_time()
    counted = run(wanted, chosen)
    print(f"{wanted:,} inputs of seed {chosen}, {time.process_time() - began_s:.0f} s of CPU: nothing failed")
    print(", ".join(f"{name} {number:,}" for name, number in counted.most_common()))
