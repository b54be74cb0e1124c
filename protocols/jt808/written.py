"""How JT/T 808 writes digits, times and texts: BCD, BCD in Beijing time, and GBK.

Times are BCD[6] `YYMMDDhhmmss` at +08:00 without daylight saving, to the second, of the years 2000 to
2099 (§4.2 and §8 of the standard). Each pair of functions is inverse.
"""

from datetime import UTC, datetime, timedelta, timezone

BEIJING = timezone(timedelta(hours=8))
SECOND_MS = 1000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SECOND = timedelta(seconds=1)
_PADDING = "\0 "


def read_digits(raw: bytes) -> str:
    """BCD digits, two a byte; ValueError if a half is no digit."""
    digits = raw.hex()
    if not digits.isdecimal():
        raise ValueError(f"{digits.upper()} is no BCD: every half byte must be 0 to 9")
    return digits


def write_digits(digits: str, length: int) -> bytes:
    """Digits as BCD of `length` bytes, zeros in front; ValueError if they do not fit."""
    if not (digits.isascii() and digits.isdecimal()) or len(digits) > 2 * length:
        raise ValueError(f"{digits!r} is not up to {2 * length} digits")
    return bytes.fromhex(digits.rjust(2 * length, "0"))


def read_time_ms(raw: bytes) -> int:
    """BCD[6] as ms since 1970 UTC; ValueError for what is no time."""
    digits = read_digits(raw)
    year, month, day, hour, minute, second = (int(digits[at : at + 2]) for at in range(0, 12, 2))
    try:
        moment = datetime(2000 + year, month, day, hour, minute, second, tzinfo=BEIJING)
    except ValueError as error:
        raise ValueError(f"{digits} is no time of the form YYMMDDhhmmss: {error}") from error
    return (moment - _EPOCH) // _SECOND * SECOND_MS


def write_time(time_ms: int) -> bytes:
    """Ms since 1970 UTC as BCD[6], cut off to the second; ValueError outside 2000 to 2099."""
    moment = (_EPOCH + timedelta(milliseconds=time_ms)).astimezone(BEIJING)
    if not 2000 <= moment.year <= 2099:
        raise ValueError(f"the year {moment.year} has no two digits on the wire")
    return bytes.fromhex(moment.strftime("%y%m%d%H%M%S"))


def read_text(raw: bytes) -> str:
    """GBK without its padding; what is no GBK shows escaped, for a bad name must not shut a truck out."""
    return raw.decode("gbk", "backslashreplace").strip(_PADDING)


def write_text(text: str, length: int | None = None) -> bytes:
    """A text as GBK, filled up with zeros to `length` bytes; ValueError for what would not come back."""
    raw = text.encode("gbk")
    if text != text.strip(_PADDING):
        raise ValueError(f"{text!r} begins or ends with padding")
    if length is None:
        return raw
    if len(raw) > length:
        raise ValueError(f"{text!r} is longer than {length} bytes of GBK")
    return raw.ljust(length, b"\0")


def write_number(value: int, length: int) -> bytes:
    """An unsigned number, big-endian; ValueError if it does not fit."""
    try:
        return value.to_bytes(length)
    except OverflowError as error:
        raise ValueError(f"{value} does not fit into {length} bytes") from error
