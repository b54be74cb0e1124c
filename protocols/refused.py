"""What any protocol's reader says of bytes that are no frame of it: kept as they came, with a reason."""

from msgspec import Struct


class Refused(Struct, frozen=True, kw_only=True):
    """Bytes taken out of a stream that goes on; `reason` is a short code such as `bad_checksum`, `detail` for people."""

    reason: str
    raw: bytes
    detail: str = ""
