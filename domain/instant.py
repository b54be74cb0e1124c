"""Instants as text: integer milliseconds since 1970 UTC to RFC 3339 and back.

The one place that knows how a time is written on the wire. A text without an offset names no instant
and is refused. What a millisecond does not hold is cut off, never rounded up, so that a reading never
moves into the next window. A leap second (23:59:60 UTC) is read as the last millisecond of its minute,
so that it stays in its day.
"""

import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MINUTE_MS = 60_000
HOUR_MS = 60 * MINUTE_MS
DAY_MS = 24 * HOUR_MS

_RFC3339 = re.compile(
    r"(\d{4}-\d\d-\d\d)[Tt ]((?:[01]\d|2[0-3]):[0-5]\d):([0-5]\d|60)"
    r"(?:\.(\d+))?"
    r"([Zz]|[+-](?:[01]\d|2[0-3]):[0-5]\d)",
    re.ASCII,
)


def to_rfc3339(time_ms: int) -> str:
    """Write an instant in UTC with milliseconds; raises ValueError outside the years 1 to 9999."""
    try:
        instant = EPOCH + timedelta(milliseconds=time_ms)
    except OverflowError as error:
        raise ValueError(f"{time_ms} ms is outside the years 1 to 9999") from error
    return instant.isoformat(timespec="milliseconds")[:-6] + "Z"


def to_rfc3339_if_known(time_ms: int | None) -> str | None:
    """`time_ms` as `to_rfc3339` writes it; unknown stays unknown."""
    return None if time_ms is None else to_rfc3339(time_ms)


def from_rfc3339(text: str) -> int:
    """Read an instant as ms since 1970 UTC; raises ValueError if it is unreadable or has no offset."""
    match = _RFC3339.fullmatch(text)
    if match is None:
        raise ValueError(f"not a time with an offset, such as 2026-11-16T14:03:21.120Z: {text[:40]!r}")
    day, minute, second, fraction, offset = match.groups()
    minute_ms = _minute_ms(day, minute, offset)
    if second == "60":
        return _leap_second_ms(minute_ms)
    whole_ms = minute_ms + int(second) * 1000
    if fraction is None:
        return whole_ms
    return whole_ms + (int(fraction) if len(fraction) == 3 else int(fraction[:3].ljust(3, "0")))


@lru_cache(maxsize=4096)
def _minute_ms(day: str, minute: str, offset: str) -> int:
    """The instant a minute begins; cached, because reports of one batch share few minutes."""
    wall_ms = _day_ms(day) + _clock_ms(minute)
    if len(offset) == 1:
        return wall_ms
    offset_ms = _clock_ms(offset[1:])
    return wall_ms - offset_ms if offset[0] == "+" else wall_ms + offset_ms


def _day_ms(day: str) -> int:
    return (datetime.fromisoformat(day).replace(tzinfo=UTC) - EPOCH).days * DAY_MS


def _clock_ms(hours_minutes: str) -> int:
    return (int(hours_minutes[:2]) * 60 + int(hours_minutes[3:])) * MINUTE_MS


def _leap_second_ms(minute_ms: int) -> int:
    if (minute_ms + MINUTE_MS) % DAY_MS:
        raise ValueError("second 60 only ends the last minute of a day in UTC")
    return minute_ms + MINUTE_MS - 1
