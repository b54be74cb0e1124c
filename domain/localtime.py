"""Local days and clocks: where an instant lies in a time zone, in integer milliseconds.

Rules that speak of days, hours and windows mean the registry's time zone. Everything here is right in
zones that move their clocks too: a local day may have 23 or 25 hours, or no midnight.
"""

from bisect import bisect_left
from datetime import date, datetime, timedelta, tzinfo
from functools import lru_cache

from domain.instant import DAY_MS, EPOCH, MINUTE_MS

_MILLISECOND = timedelta(milliseconds=1)
_EPOCH_ORDINAL = EPOCH.toordinal()
_QUARTER_MS = 15 * MINUTE_MS


def wall_ms(at_ms: int, zone: tzinfo) -> int:
    """What the clock on the wall shows, in ms since its own 1970: days and minutes fall out by division."""
    offset_ms = _steady_offset_ms(zone, at_ms // _QUARTER_MS)
    return at_ms + (_offset_ms(at_ms, zone) if offset_ms is None else offset_ms)


def local_day(at_ms: int, zone: tzinfo) -> date:
    """The local date of an instant."""
    return date.fromordinal(_EPOCH_ORDINAL + wall_ms(at_ms, zone) // DAY_MS)


def local_rfc3339(at_ms: int, zone: tzinfo) -> str:
    """Write an instant as the clock on the wall shows it, with milliseconds and its offset."""
    return (EPOCH + timedelta(milliseconds=at_ms)).astimezone(zone).isoformat(timespec="milliseconds")


def local_midnight_ms(at_ms: int, zone: tzinfo) -> int:
    """When the local day of an instant began."""
    return _day_start_ms(zone, wall_ms(at_ms, zone) // DAY_MS)


def next_local_midnight_ms(at_ms: int, zone: tzinfo) -> int:
    """When the local day of an instant ends; 23 to 25 hours after it began where clocks are moved."""
    return _day_start_ms(zone, wall_ms(at_ms, zone) // DAY_MS + 1)


def day_start_ms(day: date, zone: tzinfo) -> int:
    """The first instant of a local date."""
    return _day_start_ms(zone, day.toordinal() - _EPOCH_ORDINAL)


def day_end_ms(day: date, zone: tzinfo) -> int:
    """The first instant after a local date; a day has 24 hours at the end of the calendar."""
    if day == date.max:
        return day_start_ms(day, zone) + DAY_MS
    return day_start_ms(day + timedelta(days=1), zone)


@lru_cache(maxsize=4096)
def _steady_offset_ms(zone: tzinfo, quarter: int) -> int | None:
    """The zone's offset throughout a quarter of an hour; None if clocks are moved within it."""
    first_ms = quarter * _QUARTER_MS
    offset_ms = _offset_ms(first_ms, zone)
    return offset_ms if offset_ms == _offset_ms(first_ms + _QUARTER_MS - 1, zone) else None


def _offset_ms(at_ms: int, zone: tzinfo) -> int:
    return _utcoffset_ms((EPOCH + timedelta(milliseconds=at_ms)).astimezone(zone))


def _utcoffset_ms(local: datetime) -> int:
    offset = local.utcoffset()
    assert offset is not None
    return offset // _MILLISECOND


@lru_cache(maxsize=4096)
def _day_start_ms(zone: tzinfo, day: int) -> int:
    """The first instant of a local day, counted from 1970-01-01."""
    midnight = datetime.combine(date.fromordinal(_EPOCH_ORDINAL + day), datetime.min.time(), tzinfo=zone)
    before_ms, after_ms = _utcoffset_ms(midnight), _utcoffset_ms(midnight.replace(fold=1))
    start_ms = day * DAY_MS - before_ms
    if before_ms >= after_ms:
        return start_ms
    # Clocks jump over this midnight: the day begins at the jump, with the offset after it.
    candidates = range(day * DAY_MS - after_ms, start_ms)
    return candidates[0] + bisect_left(candidates, after_ms, key=lambda at_ms: _offset_ms(at_ms, zone))
