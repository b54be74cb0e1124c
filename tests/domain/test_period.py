"""Weeks and months by name: around the turn of years, where a week is the 53rd, and where clocks are moved."""

from datetime import UTC, date, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.instant import HOUR_MS, from_rfc3339
from domain.period import PeriodKind, period_of, read_period

DAYS = st.dates(date(1, 2, 1), date(9999, 11, 30))
KINDS = st.sampled_from(PeriodKind)


@pytest.mark.parametrize(
    ("name", "first", "last"),
    [
        ("2026-W46", "2026-11-09", "2026-11-15"),
        ("2026-W01", "2025-12-29", "2026-01-04"),  # a week of the year that most of its days are of
        ("2026-W53", "2026-12-28", "2027-01-03"),
        ("2020-W53", "2020-12-28", "2021-01-03"),
        ("2026-10", "2026-10-01", "2026-10-31"),
        ("2026-12", "2026-12-01", "2026-12-31"),
        ("2024-02", "2024-02-01", "2024-02-29"),
        ("2026-02", "2026-02-01", "2026-02-28"),
    ],
)
def test_a_name_is_of_these_days(name, first, last):
    period = read_period(name)
    assert (period.first.isoformat(), period.last.isoformat(), period.name) == (first, last, name)


@pytest.mark.parametrize(
    "name",
    [
        "2025-W53",  # 2025 has 52 weeks
        "2026-W00", "2026-W54", "2026-13", "2026-00", "2026-W6", "2026-6", "2026W46", "2026-w46", "2026", "",
        "2026-W46 ", " 2026-10", "2026-10-01", "0000-W01", "0000-01", "２０２６-10", "9999-W52",
    ],
)  # fmt: skip
def test_what_names_no_week_and_no_month_is_refused(name):
    with pytest.raises(ValueError, match="no week such as 2026-W46"):
        read_period(name)


@pytest.mark.parametrize(
    ("name", "before"),
    [("2027-W01", "2026-W53"), ("2026-W01", "2025-W52"), ("2027-01", "2026-12"), ("2024-03", "2024-02")],
)
def test_the_period_before_ends_where_this_one_begins(name, before):
    assert read_period(name).before == read_period(before)


@given(DAYS, KINDS)
def test_a_day_lies_in_its_period_which_is_read_back_from_its_name(day, kind):
    period = period_of(kind, day)
    assert day in period.days
    assert read_period(period.name) == period
    assert period.before.last + timedelta(days=1) == period.first
    assert len(period.days) == 7 if kind is PeriodKind.WEEK else period.days[-1].month == period.days[0].month


@pytest.mark.parametrize(
    ("name", "zone", "begins", "hours"),
    [
        ("2026-W46", "Asia/Shanghai", "2026-11-08T16:00:00Z", 168),
        ("2026-W13", "Europe/Berlin", "2026-03-22T23:00:00Z", 167),  # clocks go forward on its Sunday
        ("2026-W43", "Europe/Berlin", "2026-10-18T22:00:00Z", 169),
        ("2026-10", "Europe/Berlin", "2026-09-30T22:00:00Z", 31 * 24 + 1),
        ("2011-12", "Pacific/Apia", "2011-12-01T10:00:00Z", 30 * 24),  # had no 30th
    ],
)
def test_it_lasts_from_midnight_to_midnight_of_its_zone(name, zone, begins, hours):
    period, zone = read_period(name), ZoneInfo(zone)
    assert period.from_ms(zone) == from_rfc3339(begins)
    assert period.to_ms(zone) - period.from_ms(zone) == hours * HOUR_MS


@given(DAYS, KINDS)
def test_one_begins_the_instant_that_the_one_before_ends(day, kind):
    period = period_of(kind, day)
    assert period.before.to_ms(UTC) == period.from_ms(UTC)
