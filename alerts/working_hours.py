"""Working hours on the Chinese working-day calendar: closing limits are counted in them.

Public holidays and the weekend days worked in their place are as announced by the State Council, where
the calendar library has them; for a year not announced yet it knows the holidays by law, and weekends.
"""

from datetime import datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from holidays import HolidayBase, country_holidays
from msgspec import Struct

MOST_DAYS = 3660
"""A limit that is not over in ten years is a mistake, not a limit."""


class WorkingHours(Struct, frozen=True, kw_only=True):
    """The hours worked on a working day, in local time; the default is 9:00 to 12:00 and 13:00 to 18:00."""

    spans: tuple[tuple[time, time], ...] = ((time(9), time(12)), (time(13), time(18)))


DEFAULT_HOURS = WorkingHours()


@cache
def _calendar() -> HolidayBase:
    return country_holidays("CN")


def is_working_day(day: datetime) -> bool:
    """Tell whether a local day is worked: no holiday and no weekend, or a weekend day worked instead."""
    return bool(_calendar().is_working_day(day.date()))


def after_working_hours(
    start_ms: int, hours: float, zone: ZoneInfo, worked: WorkingHours = DEFAULT_HOURS
) -> int:
    """The instant (ms) at which so many working hours have passed; raises ValueError for none, or for ten years."""
    if hours <= 0:
        raise ValueError("a limit needs more than no working hours")
    left = timedelta(hours=hours)
    start = datetime.fromtimestamp(start_ms / 1000, zone)
    day = start.replace(hour=0, minute=0, second=0, microsecond=0)
    for _ in range(MOST_DAYS):
        for begin, end in _spans(day, zone, worked):
            begun = max(begin, start)
            if begun + left <= end:
                return int((begun + left).timestamp() * 1000)
            if begun < end:
                left -= end - begun
        day += timedelta(days=1)
    raise ValueError("a limit longer than ten years")


def working_hours_between(
    start_ms: int, end_ms: int, zone: ZoneInfo, worked: WorkingHours = DEFAULT_HOURS
) -> float:
    """How many working hours lie between two instants (ms); below 0 where the second is the earlier."""
    if end_ms < start_ms:
        return -working_hours_between(end_ms, start_ms, zone, worked)
    start, end = (datetime.fromtimestamp(ms / 1000, zone) for ms in (start_ms, end_ms))
    day = start.replace(hour=0, minute=0, second=0, microsecond=0)
    passed = timedelta(0)
    while day <= end:
        for begin, stop in _spans(day, zone, worked):
            passed += max(min(stop, end) - max(begin, start), timedelta(0))
        day += timedelta(days=1)
    return passed / timedelta(hours=1)


def worked_spans(
    start_ms: int, end_ms: int, zone: ZoneInfo, worked: WorkingHours = DEFAULT_HOURS
) -> list[tuple[int, int]]:
    """The spans (ms) worked on the local days from one instant to another: what is left is counted in them."""
    start, end = (datetime.fromtimestamp(ms / 1000, zone) for ms in (start_ms, end_ms))
    day = start.replace(hour=0, minute=0, second=0, microsecond=0)
    found = []
    while day <= end:
        found += [
            (int(begin.timestamp() * 1000), int(stop.timestamp() * 1000))
            for begin, stop in _spans(day, zone, worked)
        ]
        day += timedelta(days=1)
    return found


def _spans(day: datetime, zone: ZoneInfo, worked: WorkingHours) -> list[tuple[datetime, datetime]]:
    if not is_working_day(day):
        return []
    return [
        (datetime.combine(day.date(), begin, zone), datetime.combine(day.date(), end, zone))
        for begin, end in worked.spans
    ]
