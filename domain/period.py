"""Weeks and months that reports are made of: whole local days, by the names people call them."""

import re
from calendar import monthrange
from datetime import date, timedelta, tzinfo
from enum import StrEnum

from msgspec import Struct

from domain.localtime import day_end_ms, day_start_ms

_WEEK = re.compile(r"([0-9]{4})-W([0-9]{2})")
_MONTH = re.compile(r"([0-9]{4})-([0-9]{2})")


class PeriodKind(StrEnum):
    """What a period is."""

    WEEK = "week"
    MONTH = "month"


class Period(Struct, frozen=True, kw_only=True):
    """An ISO week (Monday to Sunday) or a calendar month; `first` and `last` are local days, both included."""

    kind: PeriodKind
    first: date
    last: date

    @property
    def name(self) -> str:
        """`2026-W46` or `2026-10`."""
        if self.kind is PeriodKind.MONTH:
            return f"{self.first.year:04}-{self.first.month:02}"
        year, week, _ = self.first.isocalendar()
        return f"{year:04}-W{week:02}"

    @property
    def before(self) -> "Period":
        """The period that ends where this one begins; raises OverflowError before the calendar's first."""
        return period_of(self.kind, self.first - timedelta(days=1))

    @property
    def days(self) -> tuple[date, ...]:
        """Its days in order."""
        return tuple(self.first + timedelta(days=n) for n in range((self.last - self.first).days + 1))

    def from_ms(self, zone: tzinfo) -> int:
        """When it begins."""
        return day_start_ms(self.first, zone)

    def to_ms(self, zone: tzinfo) -> int:
        """When it ends; that instant is not of it."""
        return day_end_ms(self.last, zone)


def period_of(kind: PeriodKind, day: date) -> Period:
    """The week or month that a local day lies in."""
    if kind is PeriodKind.MONTH:
        first = day.replace(day=1)
        return Period(kind=kind, first=first, last=first.replace(day=monthrange(day.year, day.month)[1]))
    first = day - timedelta(days=day.weekday())
    return Period(kind=kind, first=first, last=first + timedelta(days=6))


def read_period(name: str) -> Period:
    """The period that people call so; raises ValueError that says how they are written."""
    try:
        if week := _WEEK.fullmatch(name):
            return period_of(PeriodKind.WEEK, date.fromisocalendar(int(week[1]), int(week[2]), 1))
        if month := _MONTH.fullmatch(name):
            return period_of(PeriodKind.MONTH, date(int(month[1]), int(month[2]), 1))
    except (ValueError, OverflowError):
        pass
    raise ValueError(f"{name!r} is no week such as 2026-W46 and no month such as 2026-10")
