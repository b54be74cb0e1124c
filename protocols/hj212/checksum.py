"""The checksum of a frame (HJ 212-2017 annex A), and the two forms that devices send by mistake.

The standard shifts the whole register down by a byte before the next one comes in; the Modbus form, which
many took for it, comes to something else. Strict is `STANDARD`; what else a device may send is its setting.
"""

from enum import StrEnum


class Checksum(StrEnum):
    """In which form the four digits of a frame agree with its segment."""

    STANDARD = "standard"
    MODBUS = "modbus"
    SWAPPED = "swapped"


def _shifted(value: int) -> int:
    for _ in range(8):
        value = (value >> 1) ^ 0xA001 if value & 1 else value >> 1
    return value


_TABLE = tuple(_shifted(value) for value in range(256))


def standard_crc(segment: bytes) -> int:
    """The checksum as the standard computes it."""
    register = 0xFFFF
    table = _TABLE
    for byte in segment:
        register = table[(register >> 8) ^ byte]
    return register


def modbus_crc(segment: bytes) -> int:
    """The checksum as Modbus computes it."""
    register = 0xFFFF
    table = _TABLE
    for byte in segment:
        register = (register >> 8) ^ table[(register ^ byte) & 0xFF]
    return register


def digits_of(segment: bytes, form: Checksum = Checksum.STANDARD) -> bytes:
    """The four hexadecimal digits that close a segment."""
    crc = modbus_crc(segment) if form is Checksum.MODBUS else standard_crc(segment)
    digits = b"%04X" % crc
    return digits[2:] + digits[:2] if form is Checksum.SWAPPED else digits


def form_of(segment: bytes, digits: bytes) -> Checksum | None:
    """The form in which `digits` (of either case) agree with the segment, None where they do in none."""
    given = digits.upper()
    standard = digits_of(segment)
    if given == standard:
        return Checksum.STANDARD
    if given == standard[2:] + standard[:2]:
        return Checksum.SWAPPED
    if given == digits_of(segment, Checksum.MODBUS):
        return Checksum.MODBUS
    return None
