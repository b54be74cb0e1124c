"""The header of every message (§4.4.3): what it is, whose, which of how many.

The phone number is the terminal's id; leading zeros are padding, so the 12 digits of 2013 and the 20
of 2019 name the same terminal.
"""

from msgspec import Struct

from protocols.jt808.cursor import Cursor
from protocols.jt808.error import Jt808Error, Reason
from protocols.jt808.version import Version
from protocols.jt808.written import read_digits, write_digits, write_number

LONGEST_BODY = 1023
SHORTEST_HEADER = 12
_LENGTH_BITS = 0x03FF
_ENCRYPTION_SHIFT, _ENCRYPTION_BITS = 10, 0b111
_PARTED, _IS_2019 = 1 << 13, 1 << 14


class PartOf(Struct, frozen=True, kw_only=True):
    """Which sub-packet of how many; the first is 1."""

    total: int
    index: int


class Header(Struct, frozen=True, kw_only=True):
    """A message's header without its body length, which the body has.

    `phone` is without leading zeros (`0` if there is nothing else). `encryption` are the three bits of
    the attributes as a number: 0 none, 1 RSA. `protocol_version` exists in 2019 only. `version` is
    2013 for both 2011 and 2013, which look alike here.
    """

    message_id: int
    phone: str
    serial: int
    version: Version = Version.V2013
    part: PartOf | None = None
    encryption: int = 0
    protocol_version: int = 1

    @property
    def encrypted(self) -> bool:
        """Tell whether the body cannot be read."""
        return self.encryption != 0


def decode_header(cursor: Cursor) -> tuple[Header, int]:
    """The header at the cursor, and the length of the body as it states it; raises Jt808Error."""
    message_id = cursor.word("message_id")
    attributes = cursor.word("attributes")
    version = Version.V2019 if attributes & _IS_2019 else Version.V2013
    protocol_version = cursor.byte("protocol_version") if version is Version.V2019 else 1
    header = Header(
        message_id=message_id,
        version=version,
        encryption=attributes >> _ENCRYPTION_SHIFT & _ENCRYPTION_BITS,
        protocol_version=protocol_version,
        phone=cursor.read("phone", version.phone_digits // 2, _read_phone),
        serial=cursor.word("serial"),
        part=_decode_part(cursor) if attributes & _PARTED else None,
    )
    return header, attributes & _LENGTH_BITS


def encode_header(header: Header, body_length: int) -> bytes:
    """The header's bytes; raises ValueError for what does not fit."""
    if not 0 <= body_length <= LONGEST_BODY:
        raise ValueError(f"a body has at most {LONGEST_BODY} bytes, not {body_length}")
    is_2019 = header.version is Version.V2019
    attributes = body_length | header.encryption << _ENCRYPTION_SHIFT
    attributes |= _IS_2019 if is_2019 else 0
    attributes |= _PARTED if header.part is not None else 0
    part = header.part
    return b"".join(
        (
            write_number(header.message_id, 2),
            write_number(attributes, 2),
            write_number(header.protocol_version, 1) if is_2019 else b"",
            write_digits(header.phone, header.version.phone_digits // 2),
            write_number(header.serial, 2),
            b"" if part is None else write_number(part.total, 2) + write_number(part.index, 2),
        )
    )


def _read_phone(raw: bytes) -> str:
    return read_digits(raw).lstrip("0") or "0"


def _decode_part(cursor: Cursor) -> PartOf:
    offset = cursor.offset
    part = PartOf(total=cursor.word("part_total"), index=cursor.word("part_index"))
    if not 1 <= part.index <= part.total:
        detail = f"there is no part {part.index} of {part.total}"
        raise Jt808Error(Reason.BAD_PART, detail, field="part_index", offset=offset, length=4)
    return part
