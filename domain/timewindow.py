"""Local windows by weekday, also over midnight, and validity spans.

A window whose `to` is not after its `from` runs into the next day and belongs to the day it starts.
No windows means always. `from` equal to `to` means 24 h; `to` may be "24:00".
"""

from datetime import datetime, timedelta, tzinfo
from enum import StrEnum

from msgspec import Struct

DAY_MIN = 24 * 60


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
        minute = local.hour * 60 + local.minute
        if self.from_min <= minute < self.to_min and WEEKDAYS[local.weekday()] in self.days:
            return True
        yesterday = WEEKDAYS[(local - timedelta(days=1)).weekday()]
        return minute + DAY_MIN < self.to_min and yesterday in self.days


def is_open(windows: tuple[Window, ...], at_ms: int, zone: tzinfo) -> bool:
    """Tell whether `at_ms` lies in one of the windows; no windows means always."""
    if not windows:
        return True
    local = datetime.fromtimestamp(at_ms / 1000, zone)
    return any(window.contains(local) for window in windows)


class Validity(Struct, frozen=True, kw_only=True):
    """A half-open span [from_ms, to_ms) of instants; None is open-ended."""

    from_ms: int | None = None
    to_ms: int | None = None

    def contains(self, at_ms: int) -> bool:
        """Tell whether the instant lies in the span."""
        return (self.from_ms is None or self.from_ms <= at_ms) and (self.to_ms is None or at_ms < self.to_ms)


ALWAYS = Validity()
