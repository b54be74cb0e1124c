"""Windows of local time: just before, at and just after each bound, over midnight, and over a clock change."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.instant import from_rfc3339
from domain.timewindow import (
    ALWAYS,
    WEEKDAYS,
    Validity,
    Weekday,
    Window,
    clock_min,
    is_open,
    same_until_ms,
    window_between,
)

SHANGHAI = ZoneInfo("Asia/Shanghai")
BERLIN = ZoneInfo("Europe/Berlin")
WEEK_MIN = 7 * 24 * 60


def window(begins, ends, *days):
    return window_between(clock_min(begins), clock_min(ends), [Weekday(day) for day in days] or WEEKDAYS)


NIGHT = window("22:00", "06:00")
DAY = window("06:00", "22:00")
MONDAY_NIGHT = window("22:00", "06:00", "mon")
SUNDAY_NIGHT = window("22:00", "06:00", "sun")
EVENING = window("20:00", "24:00")
TO_MIDNIGHT = window("20:00", "00:00")
FROM_NOON = window("12:00", "12:00", "mon")
MONDAY = window("00:00", "24:00", "mon")
ALSO_MONDAY = window("00:00", "00:00", "mon")


@pytest.mark.parametrize(
    ("windows", "local", "opens"),
    [
        pytest.param([], "2026-11-16T03:00:00", True, id="no-windows-is-always"),
        pytest.param([DAY], "2026-11-16T05:59:59.999", False, id="day-just-before"),
        pytest.param([DAY], "2026-11-16T06:00:00", True, id="day-begins"),
        pytest.param([DAY], "2026-11-16T21:59:59.999", True, id="day-last-ms"),
        pytest.param([DAY], "2026-11-16T22:00:00", False, id="day-ends"),
        pytest.param([NIGHT], "2026-11-16T21:59:59.999", False, id="night-just-before"),
        pytest.param([NIGHT], "2026-11-16T22:00:00", True, id="night-begins"),
        pytest.param([NIGHT], "2026-11-16T23:59:59.999", True, id="night-before-midnight"),
        pytest.param([NIGHT], "2026-11-17T00:00:00", True, id="night-at-midnight"),
        pytest.param([NIGHT], "2026-11-17T05:59:59.999", True, id="night-last-ms"),
        pytest.param([NIGHT], "2026-11-17T06:00:00", False, id="night-ends"),
        pytest.param([MONDAY_NIGHT], "2026-11-16T05:00:00", False, id="monday-morning-is-sunday-s-night"),
        pytest.param([MONDAY_NIGHT], "2026-11-16T22:00:00", True, id="monday-night-begins"),
        pytest.param([MONDAY_NIGHT], "2026-11-17T05:59:59.999", True, id="monday-night-on-tuesday"),
        pytest.param([MONDAY_NIGHT], "2026-11-17T22:00:00", False, id="tuesday-night"),
        pytest.param([SUNDAY_NIGHT], "2026-11-16T05:59:59.999", True, id="sunday-night-on-monday"),
        pytest.param([SUNDAY_NIGHT], "2026-11-16T06:00:00", False, id="sunday-night-ends"),
        pytest.param([EVENING], "2026-11-16T23:59:59.999", True, id="24-00-last-ms"),
        pytest.param([EVENING], "2026-11-17T00:00:00", False, id="24-00-ends"),
        pytest.param([TO_MIDNIGHT], "2026-11-16T23:59:59.999", True, id="00-00-last-ms"),
        pytest.param([TO_MIDNIGHT], "2026-11-17T00:00:00", False, id="00-00-ends"),
        pytest.param([FROM_NOON], "2026-11-16T11:59:59.999", False, id="24-hours-just-before"),
        pytest.param([FROM_NOON], "2026-11-16T12:00:00", True, id="24-hours-begin"),
        pytest.param([FROM_NOON], "2026-11-17T11:59:59.999", True, id="24-hours-last-ms"),
        pytest.param([FROM_NOON], "2026-11-17T12:00:00", False, id="24-hours-end"),
        pytest.param([MONDAY], "2026-11-15T23:59:59.999", False, id="whole-day-just-before"),
        pytest.param([MONDAY], "2026-11-16T00:00:00", True, id="whole-day-begins"),
        pytest.param([MONDAY], "2026-11-16T23:59:59.999", True, id="whole-day-last-ms"),
        pytest.param([MONDAY], "2026-11-17T00:00:00", False, id="whole-day-ends"),
        pytest.param([DAY, MONDAY_NIGHT], "2026-11-16T23:00:00", True, id="second-of-two"),
        pytest.param([DAY, MONDAY_NIGHT], "2026-11-17T23:00:00", False, id="neither-of-two"),
    ],
)
def test_a_window_holds_from_its_begin_to_before_its_end(windows, local, opens):
    assert is_open(tuple(windows), from_rfc3339(local + "+08:00"), SHANGHAI) is opens


def test_from_midnight_to_midnight_is_the_whole_day_however_it_is_written():
    assert MONDAY == ALSO_MONDAY


@pytest.mark.parametrize(
    ("held", "at", "opens"),
    [
        pytest.param(
            window("01:00", "03:30"), "2026-03-29T00:59:59.999Z", True, id="before-the-hour-left-out"
        ),
        pytest.param(
            window("01:00", "03:30"), "2026-03-29T01:29:59.999Z", True, id="after-the-hour-left-out"
        ),
        pytest.param(window("01:00", "03:30"), "2026-03-29T01:30:00Z", False, id="ends-by-the-clock"),
        pytest.param(window("02:00", "03:00"), "2026-03-29T01:00:00Z", False, id="the-hour-left-out"),
        pytest.param(window("02:00", "03:00"), "2026-10-25T00:30:00Z", True, id="first-time"),
        pytest.param(window("02:00", "03:00"), "2026-10-25T01:30:00Z", True, id="second-time"),
        pytest.param(window("02:00", "03:00"), "2026-10-25T02:00:00Z", False, id="after-both"),
        pytest.param(window("22:00", "06:00", "sat"), "2026-10-25T04:59:59.999Z", True, id="long-night"),
        pytest.param(window("22:00", "06:00", "sat"), "2026-10-25T05:00:00Z", False, id="long-night-ends"),
    ],
)
def test_a_window_goes_by_the_clock_where_clocks_are_moved(held, at, opens):
    assert is_open((held,), from_rfc3339(at), BERLIN) is opens


@pytest.mark.parametrize(
    ("text", "minute"), [("00:00", 0), ("00:01", 1), ("09:30", 570), ("23:59", 1439), ("24:00", 1440)]
)
def test_a_time_of_day_is_read(text, minute):
    assert clock_min(text) == minute


@pytest.mark.parametrize("text", ["", "24:01", "23:60", "9:30", "09.30", "0930", "09:30:00", "-1:00", "noon"])
def test_what_is_no_time_of_day_is_refused(text):
    with pytest.raises(ValueError):
        clock_min(text)


@pytest.mark.parametrize(("begins", "ends"), [(1440, 60), (-1, 60), (0, 1441), (0, -1)])
def test_a_window_that_no_day_has_cannot_be_made(begins, ends):
    with pytest.raises(ValueError):
        window_between(begins, ends)


def test_the_days_of_a_window_are_put_in_order_and_named_once():
    held = window_between(0, 60, [Weekday.SUN, Weekday.MON, Weekday.SUN])
    assert held.days == (Weekday.MON, Weekday.SUN)


@pytest.mark.parametrize(
    ("validity", "at_ms", "holds"),
    [
        pytest.param(ALWAYS, -(2**60), True, id="always"),
        pytest.param(Validity(from_ms=1000), 999, False, id="just-before"),
        pytest.param(Validity(from_ms=1000), 1000, True, id="begins"),
        pytest.param(Validity(from_ms=1000), 2**60, True, id="open-end"),
        pytest.param(Validity(to_ms=2000), -(2**60), True, id="open-begin"),
        pytest.param(Validity(to_ms=2000), 1999, True, id="last-ms"),
        pytest.param(Validity(to_ms=2000), 2000, False, id="ends"),
        pytest.param(Validity(from_ms=1000, to_ms=2000), 1500, True, id="within"),
    ],
)
def test_a_validity_is_half_open(validity, at_ms, holds):
    assert validity.contains(at_ms) is holds


@pytest.mark.parametrize(
    ("validity", "from_ms", "to_ms", "holds"),
    [
        pytest.param(ALWAYS, 0, 1, True, id="always"),
        pytest.param(Validity(from_ms=1000), 0, 1000, False, id="ends-as-it-begins"),
        pytest.param(Validity(from_ms=1000), 0, 1001, True, id="its-first-ms"),
        pytest.param(Validity(to_ms=2000), 2000, 3000, False, id="begins-as-it-ends"),
        pytest.param(Validity(to_ms=2000), 1999, 3000, True, id="its-last-ms"),
        pytest.param(Validity(from_ms=1000, to_ms=2000), 0, 5000, True, id="around-it"),
        pytest.param(Validity(from_ms=1000, to_ms=2000), 1200, 1300, True, id="within-it"),
    ],
)
def test_a_validity_meets_a_span_that_shares_an_instant_with_it(validity, from_ms, to_ms, holds):
    assert validity.meets(from_ms, to_ms) is holds


CLOCKS = st.sampled_from(["00:00", "00:01", "06:00", "12:00", "22:00", "23:59"]) | st.builds(
    "{:02d}:{:02d}".format, st.integers(0, 23), st.integers(0, 59)
)
WRITTEN = st.tuples(
    CLOCKS,
    CLOCKS | st.just("24:00"),
    st.lists(st.sampled_from(WEEKDAYS), min_size=1, unique=True),
)


def open_minutes(begins, ends, days):
    """The minutes of the week a window is open in, found by walking the clock from its begin to its end."""
    found = set()
    for day in days:
        minute = WEEKDAYS.index(day) * 24 * 60 + int(begins[:2]) * 60 + int(begins[3:])
        while True:
            found.add(minute % WEEK_MIN)
            minute += 1
            shown = f"{minute // 60 % 24:02d}:{minute % 60:02d}"
            if shown == ends.replace("24:00", "00:00"):
                break
    return found


@given(st.lists(WRITTEN, min_size=1, max_size=3), st.data())
def test_windows_agree_with_a_clock_walked_minute_by_minute(written, data):
    windows = tuple(window(begins, ends, *days) for begins, ends, days in written)
    minutes = set().union(*(open_minutes(*one) for one in written))
    bounds = sorted(minute for minute in minutes if (minute - 1) % WEEK_MIN not in minutes)
    near = st.sampled_from([(bound + by) % WEEK_MIN for bound in bounds or [0] for by in (-1, 0, 1)])
    minute = data.draw(st.integers(0, WEEK_MIN - 1) | near)
    in_minute_ms = data.draw(st.sampled_from([0, 1, 30_000, 59_999]))
    monday_ms = from_rfc3339("2026-11-16T00:00:00+08:00")
    assert is_open(windows, monday_ms + minute * 60_000 + in_minute_ms, SHANGHAI) == (minute in minutes)


@given(
    st.builds(window_between, st.integers(0, 1439), st.integers(0, 1440), st.sets(st.sampled_from(WEEKDAYS))),
    st.integers(from_rfc3339("1971-01-01T00:00:00Z"), from_rfc3339("2037-12-31T00:00:00Z")),
    st.sampled_from([SHANGHAI, BERLIN, UTC, ZoneInfo("Australia/Lord_Howe"), ZoneInfo("Asia/Beirut")]),
)
def test_the_fast_path_agrees_with_the_local_time_of_the_standard_library(held, at_ms, zone):
    local = (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=at_ms)).astimezone(zone)
    assert is_open((held,), at_ms, zone) == held.contains(local)


def test_windows_are_plain_values():
    assert Window(days=(Weekday.MON,), from_min=0, to_min=1440) == MONDAY


@given(
    st.lists(
        st.builds(
            window_between, st.integers(0, 1439), st.integers(0, 1440), st.sets(st.sampled_from(WEEKDAYS))
        ),
        max_size=3,
    ),
    st.integers(from_rfc3339("2026-01-01T00:00:00Z"), from_rfc3339("2027-12-31T00:00:00Z"))
    | st.integers(from_rfc3339("2026-03-28T12:00:00Z"), from_rfc3339("2026-03-29T12:00:00Z")),
    st.sampled_from([SHANGHAI, BERLIN, ZoneInfo("Australia/Lord_Howe"), ZoneInfo("Asia/Beirut")]),
)
def test_up_to_the_instant_it_names_a_window_stays_as_it_is(held, at_ms, zone):
    windows = tuple(held)
    until_ms = same_until_ms(windows, at_ms, zone)
    assert at_ms < until_ms <= at_ms + 24 * 60 * 60_000
    looks_ms = [until_ms - 1, *(at_ms + (until_ms - 1 - at_ms) * share // 50 for share in range(50))]
    assert {is_open(windows, look_ms, zone) for look_ms in looks_ms} == {is_open(windows, at_ms, zone)}


def test_the_instant_it_names_is_the_next_edge_or_midnight():
    windows = (window("22:00", "05:30"),)
    at_ms = from_rfc3339("2026-11-16T20:59:59+08:00")
    edges = []
    for _ in range(4):
        at_ms = same_until_ms(windows, at_ms, SHANGHAI)
        edges.append(datetime.fromtimestamp(at_ms / 1000, SHANGHAI).strftime("%H:%M"))
    assert edges == ["22:00", "00:00", "05:30", "22:00"]
