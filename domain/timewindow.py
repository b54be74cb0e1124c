"""Local windows by weekday, also over midnight, and validity spans.

A window whose `to` is not after its `from` runs into the next day and belongs to the day it starts.
No windows means always. `from` equal to `to` means 24 h; `to` may be "24:00". A window goes by the clock
on the wall: where clocks are moved within it, it is an hour longer or shorter.
"""

import re
from collections.abc import Iterable
from datetime import datetime, tzinfo
from enum import StrEnum

from msgspec import Struct

from domain.instant import DAY_MS, MINUTE_MS
from domain.localtime import wall_ms

DAY_MIN = 24 * 60

_CLOCK = re.compile(r"([01]\d|2[0-3]):([0-5]\d)|(24):(00)", re.ASCII)
_EPOCH_WEEKDAY = 3  # 1970-01-01 was a Thursday


class Weekday(StrEnum):
    """Days as the registry writes them, Monday first."""

    MON = "mon"
    TUE = "tue"
    WED = "wed"
    THU = "thu"
    FRI = "fri"
    SAT = "sat"
    SUN = "sun"


WEEKDAYS = tuple(Weekday)


class Window(Struct, frozen=True, kw_only=True):
    """One window: start weekdays, and local minutes of the day; `to_min` is over 1440 past midnight."""

    days: tuple[Weekday, ...]
    from_min: int
    to_min: int

    def contains(self, local: datetime) -> bool:
        """Tell whether a local time lies in [from, to) of an occurrence of this window."""
        return self.covers(local.weekday(), local.hour * 60 + local.minute)

    def covers(self, weekday: int, minute: int) -> bool:
        """Tell the same of a weekday (Monday 0) and a minute of its day."""
        if self.from_min <= minute < self.to_min and WEEKDAYS[weekday] in self.days:
            return True
        return minute + DAY_MIN < self.to_min and WEEKDAYS[weekday - 1] in self.days


def is_open(windows: tuple[Window, ...], at_ms: int, zone: tzinfo) -> bool:
    """Tell whether `at_ms` lies in one of the windows; no windows means always."""
    if not windows:
        return True
    day, in_day_ms = divmod(wall_ms(at_ms, zone), DAY_MS)
    weekday, minute = (day + _EPOCH_WEEKDAY) % 7, in_day_ms // MINUTE_MS
    for window in windows:  # noqa: SIM110 - a generator costs half as much again, at every fix of a trip
        if window.covers(weekday, minute):
            return True
    return False


def same_until_ms(windows: tuple[Window, ...], at_ms: int, zone: tzinfo) -> int:
    """An instant after `at_ms`, a day later at most, up to which `is_open` stays as it is at `at_ms`."""
    if not windows:
        return at_ms + DAY_MS
    in_day_ms = wall_ms(at_ms, zone) % DAY_MS
    edges_min = {
        DAY_MIN,
        *(edge % DAY_MIN for window in windows for edge in (window.from_min, window.to_min)),
    }
    wait_ms = min(edge * MINUTE_MS - in_day_ms for edge in edges_min if edge * MINUTE_MS > in_day_ms)
    offset_ms = wall_ms(at_ms, zone) - at_ms
    if wall_ms(at_ms + wait_ms, zone) - (at_ms + wait_ms) == offset_ms:
        return at_ms + wait_ms
    return at_ms + 1  # clocks are moved before that


def clock_min(text: str) -> int:
    """The minute of the day that "HH:MM" names, 1440 for "24:00"; raises ValueError for anything else."""
    match = _CLOCK.fullmatch(text)
    if match is None:
        raise ValueError(f"not a time of day from 00:00 to 24:00: {text[:40]!r}")
    return int(text[:2]) * 60 + int(text[3:])


def window_between(from_min: int, to_min: int, days: Iterable[Weekday] = WEEKDAYS) -> Window:
    """The window from one minute of the day to another; raises ValueError if it starts at 24:00."""
    if not (0 <= from_min < DAY_MIN and 0 <= to_min <= DAY_MIN):
        raise ValueError("a window starts from 00:00 to 23:59 and ends by 24:00")
    chosen = frozenset(days)
    return Window(
        days=tuple(day for day in WEEKDAYS if day in chosen),
        from_min=from_min,
        to_min=to_min if to_min > from_min else to_min + DAY_MIN,
    )


class Validity(Struct, frozen=True, kw_only=True):
    """A half-open span [from_ms, to_ms) of instants; None is open-ended."""

    from_ms: int | None = None
    to_ms: int | None = None

    def contains(self, at_ms: int) -> bool:
        """Tell whether the instant lies in the span."""
        return (self.from_ms is None or self.from_ms <= at_ms) and (self.to_ms is None or at_ms < self.to_ms)

    def meets(self, from_ms: int, to_ms: int) -> bool:
        """Tell whether any instant of [from_ms, to_ms) lies in the span."""
        return (self.from_ms is None or self.from_ms < to_ms) and (self.to_ms is None or from_ms < self.to_ms)


ALWAYS = Validity()
