"""Feed the HJ 212 codec what nobody should send: `python scripts/fuzz_hj212.py [inputs] [seed]`.

Each input is a stream made of published frames, spoilt, cut and joined, in pieces. Whatever comes: no exception
but the protocol's own, no byte told twice, no input that takes long.
"""

import random
import sys
import time
from collections import Counter

import msgspec

from protocols.hj212.answers import confirmation
from protocols.hj212.dust import to_dust
from protocols.hj212.error import Hj212Error
from protocols.hj212.framing import Frame, Reader, encode_frame
from protocols.hj212.monitor import Feed, MonitorSettings, Unit
from protocols.hj212.packets import Packets
from protocols.hj212.segment import decode_segment, encode_segment
from tests.protocols.hj212 import published

FRAMES = [value for name, value in vars(published).items() if name.isupper()]
TOKENS = [
    b"##",
    b"##0100",
    b"##9999",
    b"&&",
    b"CP=&&",
    b"&&0000\r\n",
    b";",
    b",",
    b"=",
    b"-Rtd=",
    b"\r\n",
    b"\xff",
    b"\0",
]
LONGEST_S = 1.0


def stream(rng: random.Random) -> bytes:
    """One stream."""
    parts = []
    for _ in range(rng.choice((1, 1, 1, 2, 3))):
        frame = bytearray(rng.choice(FRAMES))
        for _ in range(rng.choice((0, 1, 1, 2, 4))):
            at = rng.randrange(len(frame) + 1)
            until = min(len(frame), at + rng.choice((0, 1, 1, 3, 40)))
            frame[at:until] = rng.choice((rng.randbytes(rng.randrange(4)), rng.choice(TOKENS)))
        if rng.random() < 0.4:  # else most would end at the checksum
            frame = bytearray(encode_frame(bytes(frame[6:-4])))
        parts.append(bytes(frame) + rng.choice((b"\r\n", b"", b"\n")))
    return b"".join(parts)


def fed(data: bytes, rng: random.Random, told: Counter[str]) -> None:
    """Read one stream to its end, and everything it holds."""
    reader, packets = Reader(), Packets()
    step = rng.choice((7, 100, len(data) or 1))
    found = [one for at in range(0, len(data), step) for one in reader.feed(data[at : at + step])]
    found += reader.close()
    assert sum(len(one.raw) for one in found) <= len(data)
    settings = MonitorSettings(unit=rng.choice(tuple(Unit)), feeds=rng.choice(tuple(Feed)))
    for one in found:
        if not isinstance(one, Frame):
            told[one.reason] += 1
            continue
        try:
            segment = packets.complete(decode_segment(one.segment))
            encode_frame(encode_segment(confirmation(segment)))
            msgspec.json.encode(to_dust(segment, settings))
            told["taken"] += 1
        except Hj212Error as error:
            told[error.reason] += 1


def main() -> None:
    """Count what came of it, and name the input that took longest."""
    inputs = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    rng = random.Random(int(sys.argv[2]) if len(sys.argv) > 2 else 1)
    told: Counter[str] = Counter()
    slowest_s, slowest, began_s = 0.0, b"", time.monotonic()
    for _ in range(inputs):
        data = stream(rng)
        at_s = time.thread_time()  # of this process alone: the machine may be busy
        fed(data, rng, told)
        took_s = time.thread_time() - at_s
        if took_s > slowest_s:
            slowest_s, slowest = took_s, data
    print(
        f"{inputs} inputs in {time.monotonic() - began_s:.0f} s; slowest {slowest_s * 1000:.1f} ms ({len(slowest)} bytes)"
    )
    for reason, count in told.most_common():
        print(f"{count:10} {reason}")
    if slowest_s > LONGEST_S:
        sys.exit(f"took too long: {slowest!r}")


if __name__ == "__main__":
    main()
