"""Closing limits on the working-day calendar; days as the State Council announced them for 2026."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from alerts.working_hours import after_working_hours, is_working_day, working_hours_between

BEIJING = ZoneInfo("Asia/Shanghai")


def ms(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=BEIJING).timestamp() * 1000)


def day(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=BEIJING)


def test_a_saturday_worked_for_spring_festival_is_a_working_day_and_the_holiday_is_none() -> None:
    assert is_working_day(day("2026-02-14"))  # a Saturday
    assert not is_working_day(day("2026-02-17"))  # Spring Festival, a Tuesday
    assert not is_working_day(day("2026-10-01"))
    assert is_working_day(day("2026-11-20"))


@pytest.mark.parametrize(
    ("start", "hours", "due"),
    [
        ("2026-11-20T10:00", 1, "2026-11-20T11:00"),
        ("2026-11-20T11:30", 1, "2026-11-20T13:30"),  # over noon
        ("2026-11-20T17:00", 4, "2026-11-23T12:00"),  # over a weekend
        ("2026-11-21T03:00", 4, "2026-11-23T14:00"),  # from the weekend on
        ("2026-09-30T17:00", 2, "2026-10-08T10:00"),  # over National Day
        ("2026-11-20T02:14", 16, "2026-11-23T18:00"),  # a night: two whole working days
    ],
)
def test_a_limit_in_working_hours_ends_when_so_many_have_passed(start: str, hours: float, due: str) -> None:
    assert after_working_hours(ms(start), hours, BEIJING) == ms(due)


def test_hours_between_are_the_inverse() -> None:
    start = ms("2026-09-29T22:00")
    for hours in (0.5, 3, 8, 20):
        assert working_hours_between(start, after_working_hours(start, hours, BEIJING), BEIJING) == hours
    assert working_hours_between(ms("2026-11-20T11:00"), ms("2026-11-20T10:00"), BEIJING) == -1


def test_a_limit_of_no_hours_is_refused() -> None:
    with pytest.raises(ValueError, match="more than no working hours"):
        after_working_hours(0, 0, BEIJING)
