"""Instants as text: what is read, what is refused, and what is cut off."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.instant import from_rfc3339, to_rfc3339

NOON_MS = 1_794_837_801_000  # 2026-11-16T14:03:21Z
FIRST_MS = -62_135_596_800_000  # 0001-01-01T00:00:00Z
LAST_MS = 253_402_300_799_999  # 9999-12-31T23:59:59.999Z


@pytest.mark.parametrize(
    ("text", "time_ms"),
    [
        pytest.param("2026-11-16T14:03:21Z", NOON_MS, id="utc"),
        pytest.param("2026-11-16T22:03:21+08:00", NOON_MS, id="beijing"),
        pytest.param("2026-11-17T02:03:21+12:00", NOON_MS, id="offset-over-midnight"),
        pytest.param("2026-11-16T08:33:21-05:30", NOON_MS, id="negative-offset-with-minutes"),
        pytest.param("2026-11-16T14:03:21-00:00", NOON_MS, id="unknown-local-offset"),
        pytest.param("2026-11-16t14:03:21z", NOON_MS, id="lower-case"),
        pytest.param("2026-11-16 14:03:21Z", NOON_MS, id="space"),
        pytest.param("2026-11-16T14:03:21.1Z", NOON_MS + 100, id="one-digit"),
        pytest.param("2026-11-16T14:03:21.12Z", NOON_MS + 120, id="two-digits"),
        pytest.param("2026-11-16T14:03:21.120Z", NOON_MS + 120, id="milliseconds"),
        pytest.param("2026-11-16T14:03:21.120999999Z", NOON_MS + 120, id="nanoseconds-cut"),
        pytest.param("2026-11-16T14:03:21." + "9" * 5000 + "Z", NOON_MS + 999, id="fraction-of-any-length"),
        pytest.param("1969-12-31T23:59:59.999Z", -1, id="before-the-epoch"),
        pytest.param("1970-01-01T00:00:00Z", 0, id="epoch"),
        pytest.param("2024-02-29T00:00:00Z", 1_709_164_800_000, id="leap-day"),
        pytest.param("2016-12-31T23:59:60Z", 1_483_228_799_999, id="leap-second-is-the-minute's-last-ms"),
        pytest.param("2016-12-31T23:59:60.5Z", 1_483_228_799_999, id="leap-second-with-fraction"),
        pytest.param("2017-01-01T07:59:60+08:00", 1_483_228_799_999, id="leap-second-in-beijing"),
    ],
)
def test_an_instant_is_read(text, time_ms):
    assert from_rfc3339(text) == time_ms


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="empty"),
        pytest.param("2026-11-16T14:03:21", id="no-offset"),
        pytest.param("2026-11-16", id="date-only"),
        pytest.param("2026-11-16T14:03Z", id="no-seconds"),
        pytest.param("20261116T140321Z", id="basic-format"),
        pytest.param("2026-W47-1T14:03:21Z", id="week-date"),
        pytest.param("2026-320T14:03:21Z", id="ordinal-date"),
        pytest.param("2026-11-16T14:03:21,5Z", id="comma"),
        pytest.param("2026-11-16T14:03:21.Z", id="empty-fraction"),
        pytest.param("2026-11-16T14:03:21+0800", id="offset-without-colon"),
        pytest.param("2026-11-16T14:03:21+08", id="offset-without-minutes"),
        pytest.param("2026-11-16T14:03:21+24:00", id="offset-of-a-day"),
        pytest.param("2026-11-16T14:03:21+08:60", id="offset-minute-60"),
        pytest.param("2026-11-16T14:03:21+08:00:30", id="offset-with-seconds"),
        pytest.param("2026-11-16_14:03:21Z", id="odd-separator"),
        pytest.param("2026-11-16T24:00:00Z", id="hour-24"),
        pytest.param("2026-11-16T14:60:00Z", id="minute-60"),
        pytest.param("2026-11-16T14:03:61Z", id="second-61"),
        pytest.param("2026-11-16T14:03:60Z", id="leap-second-within-the-day"),
        pytest.param("2026-02-29T00:00:00Z", id="no-leap-day"),
        pytest.param("2026-13-01T00:00:00Z", id="month-13"),
        pytest.param("0000-01-01T00:00:00Z", id="year-0"),
        pytest.param("２０２６-11-16T14:03:21Z", id="full-width-digits"),
        pytest.param(" 2026-11-16T14:03:21Z", id="leading-space"),
        pytest.param("2026-11-16T14:03:21Z\n", id="trailing-newline"),
        pytest.param("1794837801000", id="number-as-text"),
    ],
)
def test_what_is_no_instant_is_refused(text):
    with pytest.raises(ValueError):
        from_rfc3339(text)


@pytest.mark.parametrize(
    ("time_ms", "text"),
    [
        pytest.param(NOON_MS + 120, "2026-11-16T14:03:21.120Z", id="milliseconds"),
        pytest.param(NOON_MS, "2026-11-16T14:03:21.000Z", id="always-three-digits"),
        pytest.param(-1, "1969-12-31T23:59:59.999Z", id="before-the-epoch"),
        pytest.param(FIRST_MS, "0001-01-01T00:00:00.000Z", id="first"),
        pytest.param(LAST_MS, "9999-12-31T23:59:59.999Z", id="last"),
    ],
)
def test_an_instant_is_written(time_ms, text):
    assert to_rfc3339(time_ms) == text


@pytest.mark.parametrize("time_ms", [FIRST_MS - 1, LAST_MS + 1, 2**63, -(2**80)])
def test_an_instant_outside_the_years_of_the_format_is_not_written(time_ms):
    with pytest.raises(ValueError):
        to_rfc3339(time_ms)


@given(st.integers(FIRST_MS, LAST_MS))
def test_writing_then_reading_is_identity(time_ms):
    assert from_rfc3339(to_rfc3339(time_ms)) == time_ms


@given(
    st.datetimes(min_value=datetime(1, 1, 2), max_value=datetime(9999, 12, 30)),  # noqa: DTZ001 - hypothesis wants naive bounds
    st.integers(-1439, 1439),
)
def test_reading_agrees_with_the_standard_library(wall, offset_min):
    instant = wall.replace(tzinfo=timezone(timedelta(minutes=offset_min)))
    expected = (instant - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)
    assert from_rfc3339(instant.isoformat()) == expected


@given(st.text(alphabet="0123456789-:.TtZz+ ", max_size=30))
def test_any_text_is_read_or_refused(text):
    try:
        from_rfc3339(text)
    except ValueError:
        return
    assert ":" in text
