"""Position objects as the payloads of messages, within what docs/WIRE.md allows of one."""

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

MOST_ELEMENTS = 500
MOST_BYTES = 256 * 1024
"""More would be refused after it was confirmed to the terminal."""


def payloads(positions: Sequence[dict[str, Any]]) -> Iterator[bytes]:
    """Positions as messages, none with more elements or bytes than a message may have."""
    if len(positions) == 1:
        yield msgspec.json.encode(positions[0])
        return
    kept: list[bytes] = []
    size = 2
    for one in map(msgspec.json.encode, positions):
        if kept and (len(kept) == MOST_ELEMENTS or size + len(one) + 1 > MOST_BYTES):
            yield b"[" + b",".join(kept) + b"]"
            kept, size = [], 2
        kept.append(one)
        size += len(one) + 1
    yield b"[" + b",".join(kept) + b"]"
