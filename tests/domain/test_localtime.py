"""Local days in zones that keep their clocks and in zones that move them."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.instant import from_rfc3339
from domain.localtime import (
    day_end_ms,
    day_start_ms,
    local_day,
    local_midnight_ms,
    next_local_midnight_ms,
    wall_ms,
)

SHANGHAI = ZoneInfo("Asia/Shanghai")
HOUR_MS = 3_600_000
ZONES = [
    SHANGHAI,
    UTC,
    ZoneInfo("Europe/Berlin"),  # moves its clocks at 02:00 and 03:00
    ZoneInfo("Asia/Beirut"),  # moves them at midnight, so that a day may have none
    ZoneInfo("America/St_Johns"),  # half hours, and once a jump at one minute past midnight
    ZoneInfo("Australia/Lord_Howe"),  # moves them by half an hour
    ZoneInfo("Pacific/Apia"),  # left out 2011-12-30
]
INSTANTS = st.integers(from_rfc3339("1971-01-01T00:00:00Z"), from_rfc3339("2037-12-31T00:00:00Z"))


def plain_day(at_ms, zone):
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=at_ms)).astimezone(zone).date()


@pytest.mark.parametrize(
    ("at", "day"),
    [
        pytest.param("2026-11-16T15:59:59.999Z", date(2026, 11, 16), id="last-ms-of-the-day"),
        pytest.param("2026-11-16T16:00:00.000Z", date(2026, 11, 17), id="midnight"),
        pytest.param("2026-11-16T16:00:00.001Z", date(2026, 11, 17), id="first-ms-of-the-day"),
        pytest.param("1969-12-31T15:59:59.999Z", date(1969, 12, 31), id="before-the-epoch"),
    ],
)
def test_a_local_day_begins_at_local_midnight(at, day):
    assert local_day(from_rfc3339(at), SHANGHAI) == day


@pytest.mark.parametrize(
    ("zone", "at", "begins", "ends"),
    [
        pytest.param(
            "Asia/Shanghai",
            "2026-11-16T14:03:21Z",
            "2026-11-15T16:00:00Z",
            "2026-11-16T16:00:00Z",
            id="plain",
        ),
        pytest.param(
            "Europe/Berlin",
            "2026-03-29T12:00:00Z",
            "2026-03-28T23:00:00Z",
            "2026-03-29T22:00:00Z",
            id="23-hours",
        ),
        pytest.param(
            "Europe/Berlin",
            "2026-10-25T12:00:00Z",
            "2026-10-24T22:00:00Z",
            "2026-10-25T23:00:00Z",
            id="25-hours",
        ),
        pytest.param(
            "Asia/Beirut",
            "2026-03-29T12:00:00Z",
            "2026-03-28T22:00:00Z",
            "2026-03-29T21:00:00Z",
            id="no-midnight",
        ),
        pytest.param(
            "America/Toronto",
            "1919-03-31T12:00:00Z",
            "1919-03-31T04:30:00Z",  # clocks jumped from 23:30 to 00:30: the day began at the jump
            "1919-04-01T04:00:00Z",
            id="jump-from-before-midnight",
        ),
    ],
)
def test_a_local_day_runs_from_midnight_to_midnight(zone, at, begins, ends):
    at_ms = from_rfc3339(at)
    assert local_midnight_ms(at_ms, ZoneInfo(zone)) == from_rfc3339(begins)
    assert next_local_midnight_ms(at_ms, ZoneInfo(zone)) == from_rfc3339(ends)


def test_a_date_runs_from_its_first_instant_to_the_first_of_the_next():
    day = date(2026, 11, 16)
    assert day_start_ms(day, SHANGHAI) == from_rfc3339("2026-11-16T00:00:00+08:00")
    assert day_end_ms(day, SHANGHAI) == from_rfc3339("2026-11-17T00:00:00+08:00")


def test_the_last_date_of_the_calendar_has_an_end():
    assert day_end_ms(date.max, SHANGHAI) == from_rfc3339("9999-12-31T00:00:00+08:00") + 24 * HOUR_MS


def test_the_first_date_of_the_calendar_has_a_beginning():
    assert day_start_ms(date.min, UTC) == from_rfc3339("0001-01-01T00:00:00Z")


@given(INSTANTS, st.sampled_from(ZONES))
def test_the_wall_clock_agrees_with_the_standard_library(at_ms, zone):
    local = (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=at_ms)).astimezone(zone)
    shown = local.replace(tzinfo=UTC) - datetime(1970, 1, 1, tzinfo=UTC)
    assert wall_ms(at_ms, zone) == shown // timedelta(milliseconds=1)


@pytest.mark.parametrize("jump", ["2026-03-29T01:00:00Z", "2026-10-25T01:00:00Z"])
@pytest.mark.parametrize("away_ms", [-1, 0, 1])
def test_the_wall_clock_jumps_at_the_millisecond(jump, away_ms):
    berlin = ZoneInfo("Europe/Berlin")
    at_ms = from_rfc3339(jump) + away_ms
    summer = (away_ms < 0) == (jump == "2026-10-25T01:00:00Z")
    assert wall_ms(at_ms, berlin) - at_ms == (2 if summer else 1) * HOUR_MS


def test_the_wall_clock_jumps_within_a_quarter_of_an_hour_too():
    at_ms = from_rfc3339("1900-12-31T15:54:17Z")  # Shanghai left its sun time, 8:05:43 ahead, for +08:00
    assert wall_ms(at_ms - 1, SHANGHAI) - (at_ms - 1) == ((8 * 60 + 5) * 60 + 43) * 1000
    assert wall_ms(at_ms, SHANGHAI) - at_ms == 8 * HOUR_MS


@given(INSTANTS, st.sampled_from(ZONES))
def test_a_day_begins_at_its_first_instant(at_ms, zone):
    day = plain_day(at_ms, zone)
    start_ms = local_midnight_ms(at_ms, zone)
    assert local_day(at_ms, zone) == day
    assert start_ms <= at_ms
    assert plain_day(start_ms, zone) == day
    assert plain_day(start_ms - 1, zone) < day


@given(INSTANTS, st.sampled_from([zone for zone in ZONES if str(zone) != "America/St_Johns"]))
def test_days_follow_each_other_without_a_hole(at_ms, zone):
    end_ms = next_local_midnight_ms(at_ms, zone)
    assert at_ms < end_ms
    assert local_midnight_ms(end_ms, zone) == end_ms
