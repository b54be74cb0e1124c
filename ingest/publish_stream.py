"""MQTT 3.1.1 PUBLISH packets of QoS 1: out of a buffer, into one, and the bytes that acknowledge them. Pure.

paho reads a message in four system calls and a dozen locks. Nearly all that a subscriber receives is
PUBLISH of QoS 1, so these are cut out of the buffer here; every other packet is left to paho.
"""

from typing import NamedTuple

_PUBLISH_QOS1 = 0x32
_DUP_AND_RETAIN = 0x09


class Published(NamedTuple):
    """One PUBLISH packet."""

    topic: str
    payload: bytes
    mid: int
    redelivered: bool
    retained: bool


def packet_end(buffer: bytes | bytearray, start: int) -> int | None:
    """Where the packet that begins at `start` ends; None if not all of it is there."""
    length, shift, at = 0, 0, start + 1
    while at < len(buffer):
        byte = buffer[at]
        length |= (byte & 0x7F) << shift
        at += 1
        if byte < 0x80 or shift == 21:
            end = at + length
            return end if end <= len(buffer) else None
        shift += 7
    return None


def cut_publishes(buffer: bytes) -> tuple[list[Published], int]:
    """The whole QoS 1 PUBLISH packets the buffer begins with, and how many bytes they take."""
    found: list[Published] = []
    start, size = 0, len(buffer)
    while start < size and buffer[start] & ~_DUP_AND_RETAIN == _PUBLISH_QOS1:
        end = packet_end(buffer, start)
        if end is None:
            break
        # The remaining length took one to four bytes, the last of which is under 128.
        at = start + 2
        while buffer[at - 1] >= 0x80:
            at += 1
        topic_end = at + 2 + (buffer[at] << 8 | buffer[at + 1])
        if topic_end + 2 > end:
            break  # malformed: paho says so and hangs up
        found.append(
            Published(
                buffer[at + 2 : topic_end].decode("utf-8", "replace"),
                buffer[topic_end + 2 : end],
                buffer[topic_end] << 8 | buffer[topic_end + 1],
                bool(buffer[start] & 0x08),
                bool(buffer[start] & 0x01),
            )
        )
        start = end
    return found, start


def puback(mid: int) -> bytes:
    """The acknowledgement of one message."""
    return b"\x40\x02" + mid.to_bytes(2, "big")


def publish(topic: str, payload: bytes, mid: int) -> bytes:
    """A PUBLISH packet; it may have up to 256 MiB."""
    name = topic.encode()
    body = len(name).to_bytes(2, "big") + name + mid.to_bytes(2, "big") + payload
    size, length = len(body), bytearray()
    while size > 0x7F:
        length.append(size & 0x7F | 0x80)
        size >>= 7
    length.append(size)
    return b"".join((bytes((_PUBLISH_QOS1,)), length, body))
