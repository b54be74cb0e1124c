"""One line of a capture file: what came in, when, on which topic.

Reading and writing files is the business of those who use it. A payload that is JSON stands in the line
as it came; any other is kept as base64.
"""

import base64
import binascii

import msgspec

from domain.instant import from_rfc3339, to_rfc3339


class Captured(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One message as it arrived."""

    received_ms: int
    topic: str
    payload: bytes


class _Line(msgspec.Struct):
    received_at: str
    topic: str
    payload: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    payload_b64: str | None = None


_DECODER = msgspec.json.Decoder(_Line)
_ENCODER = msgspec.json.Encoder()


def encode_captured(message: Captured) -> bytes:
    """One line, with its end."""
    head = b'{"received_at":"%b","topic":%b,' % (
        to_rfc3339(message.received_ms).encode(),
        _ENCODER.encode(message.topic),
    )
    if _stays_as_it_is(message.payload):
        return b'%b"payload":%b}\n' % (head, message.payload)
    return b'%b"payload_b64":"%b"}\n' % (head, base64.b64encode(message.payload))


def decode_captured(line: bytes) -> Captured:
    """Read one line; raises ValueError that says what is wrong with it."""
    if line.startswith(b"\xef\xbb\xbf"):
        raise ValueError("begins with a byte order mark: save the file as UTF-8 without one")
    try:
        read = _DECODER.decode(line)
        received_ms = from_rfc3339(read.received_at)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    if isinstance(read.payload, msgspec.Raw):
        payload = bytes(read.payload)
    elif read.payload_b64 is not None:
        try:
            payload = base64.b64decode(read.payload_b64, validate=True)
        except binascii.Error as error:
            raise ValueError(f"payload_b64 is not base64: {error}") from error
    else:
        raise ValueError("a line needs payload or payload_b64")
    return Captured(received_ms=received_ms, topic=read.topic, payload=payload)


def _stays_as_it_is(payload: bytes) -> bool:
    # A line end inside the JSON would end the line; anything that is not strict JSON would end the file's.
    if b"\n" in payload or b"\r" in payload:
        return False
    try:
        msgspec.json.decode(payload)
        payload.decode()
    except (ValueError, RecursionError):
        return False
    return payload == payload.strip()
