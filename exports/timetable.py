"""When a schedule is due, and when what failed is tried again: pure."""

from collections.abc import Iterator
from datetime import date, timedelta, tzinfo

from domain.instant import DAY_MS, HOUR_MS, MINUTE_MS
from domain.localtime import day_start_ms, local_day, wall_ms
from domain.period import Period, PeriodKind, period_of
from storage.schedules import Schedule

MOST_MISSED = 8
"""Periods that came due while nothing ran and go out all the same; older ones are left to people."""

_PAUSES_MS = (MINUTE_MS, 5 * MINUTE_MS, 15 * MINUTE_MS, HOUR_MS)
MOST_TRIES = len(_PAUSES_MS) - 1 + 3 * DAY_MS // HOUR_MS
"""Of one run, after the first: three days of trying, however late it was when it was tried first."""


def due_ms(schedule: Schedule, period: Period, zone: tzinfo) -> int:
    """When a period goes out: by the clock on the wall, also on days on which clocks are moved."""
    return _at_its_hour(schedule, period.last + timedelta(days=1 + schedule.after_days), zone)


def amendment_due_ms(schedule: Schedule, differs_since_ms: int, zone: tzinfo) -> int:
    """When what differs goes out as an amendment: at the schedule's hour, once it has differed for a whole day."""
    settled_ms = differs_since_ms + DAY_MS
    day = local_day(settled_ms, zone)
    due = _at_its_hour(schedule, day, zone)
    return due if due >= settled_ms else _at_its_hour(schedule, day + timedelta(days=1), zone)


def _at_its_hour(schedule: Schedule, day: date, zone: tzinfo) -> int:
    start_ms = day_start_ms(day, zone)
    due = start_ms + schedule.at_minute * MINUTE_MS
    # Of a day that lost or won an hour, the minute as the wall shows it.
    shift_ms = _offset_ms(start_ms, zone) - _offset_ms(due, zone)
    return due + shift_ms


def periods_due(schedule: Schedule, now_ms: int, zone: tzinfo) -> Iterator[tuple[Period, int]]:
    """Periods that are due and came due since the schedule was made or went on, each with when, the newest first."""
    period = period_of(PeriodKind(schedule.kind), local_day(now_ms, zone))
    for _ in range(MOST_MISSED + 2):
        period = period.before
        at_ms = due_ms(schedule, period, zone)
        if at_ms < schedule.since_ms:
            return
        if at_ms <= now_ms:
            yield period, at_ms


def next_due(schedule: Schedule, now_ms: int, zone: tzinfo) -> tuple[Period, int]:
    """The next period that will go out, and when."""
    period = period_of(PeriodKind(schedule.kind), local_day(now_ms, zone))
    while (earlier := due_ms(schedule, period.before, zone)) > now_ms and earlier >= schedule.since_ms:
        period = period.before
    return period, due_ms(schedule, period, zone)


def next_try_ms(attempts: int, now_ms: int) -> int | None:
    """When to try again where so many attempts before this one failed, too; None once it is to be given up."""
    if attempts >= MOST_TRIES:
        return None
    return now_ms + _PAUSES_MS[min(attempts, len(_PAUSES_MS) - 1)]


def _offset_ms(at_ms: int, zone: tzinfo) -> int:
    return wall_ms(at_ms, zone) - at_ms
