"""Moments as the protocol writes them: local time of China, which is UTC+8 all year, without an offset."""

from datetime import UTC, datetime, timedelta

from domain.instant import EPOCH, HOUR_MS

_AHEAD_MS = 8 * HOUR_MS
_SECOND = timedelta(seconds=1)


def decode_moment(text: str) -> int:
    """Read YYYYMMDDhhmmss as ms since 1970 UTC; raises ValueError.

    More digits are a fraction of the second, of which milliseconds count: QN has three, devices write others.
    """
    if not (14 <= len(text) <= 20 and text.isascii() and text.isdigit()):
        raise ValueError(f"not a moment of 14 to 20 digits: {text[:40]!r}")
    year, month, day, hour, minute, second = (
        int(text[begin:end]) for begin, end in ((0, 4), (4, 6), (6, 8), (8, 10), (10, 12), (12, 14))
    )
    wall = datetime(year, month, day, hour, minute, second, tzinfo=UTC)
    return (wall - EPOCH) // _SECOND * 1000 + int(text[14:17].ljust(3, "0")) - _AHEAD_MS


def encode_moment(time_ms: int) -> str:
    """Write an instant as YYYYMMDDhhmmss, for DataTime."""
    wall = EPOCH + timedelta(milliseconds=time_ms + _AHEAD_MS)
    return f"{wall.year:04d}{wall:%m%d%H%M%S}"


def encode_request_number(time_ms: int) -> str:
    """Write an instant as YYYYMMDDhhmmsszzz, for QN."""
    return f"{encode_moment(time_ms)}{time_ms % 1000:03d}"
