"""When a schedule is due: by the clock on the wall, once a period, and for some that were missed."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.instant import DAY_MS, HOUR_MS, MINUTE_MS
from domain.period import PeriodKind, period_of, read_period
from exports.timetable import MOST_MISSED, amendment_due_ms, due_ms, next_due, next_try_ms, periods_due
from storage.schedules import Schedule

SHANGHAI = ZoneInfo("Asia/Shanghai")
BERLIN = ZoneInfo("Europe/Berlin")


def schedule(kind: str = "week", after_days: int = 0, at: str = "08:30", created: int = 0) -> Schedule:
    hours, minutes = at.split(":")
    return Schedule(
        id=1, name="周小结", kind=kind, after_days=after_days, at_minute=int(hours) * 60 + int(minutes),
        formats=("xlsx",), language="zh", district_ids=None, recipients=(), created_by="a", created_ms=created,
        since_ms=created,
    )  # fmt: skip


def at(text: str, zone: ZoneInfo = SHANGHAI) -> int:
    return round(datetime.fromisoformat(text).replace(tzinfo=zone).timestamp() * 1000)


def test_a_week_goes_out_on_the_monday_after_it():
    week = read_period("2026-W46")
    assert due_ms(schedule(), week, SHANGHAI) == at("2026-11-16T08:30")
    assert due_ms(schedule(after_days=1, at="00:00"), week, SHANGHAI) == at("2026-11-17T00:00")
    assert due_ms(schedule("month", at="23:59"), read_period("2026-12"), SHANGHAI) == at("2027-01-01T23:59")


@pytest.mark.parametrize(
    ("since", "due"),
    [("2026-11-17T08:29", "2026-11-18T08:30"), ("2026-11-17T08:30", "2026-11-18T08:30"),
     ("2026-11-17T08:31", "2026-11-19T08:30"), ("2026-11-17T23:59", "2026-11-19T08:30")],
)  # fmt: skip
def test_an_amendment_goes_out_at_the_hour_of_any_day_after_a_whole_day(since: str, due: str):
    assert amendment_due_ms(schedule(after_days=3), at(since), SHANGHAI) == at(due)


@pytest.mark.parametrize(("week", "day"), [("2026-W12", "2026-03-29"), ("2026-W42", "2026-10-25")])
@pytest.mark.parametrize("clock", ["01:30", "04:00", "08:30", "23:59"])
def test_the_minute_is_that_of_the_wall_also_where_clocks_are_moved(week: str, day: str, clock: str):
    # Six days after the Monday is the Sunday on which Berlin moves its clocks.
    assert due_ms(schedule(after_days=6, at=clock), read_period(week), BERLIN) == at(f"{day}T{clock}", BERLIN)


def test_a_schedule_is_for_what_comes_due_after_it_was_made():
    now_ms = at("2026-11-22T12:00")
    made_before = schedule(created=at("2026-11-01T00:00"))
    assert [one.name for one, _ in periods_due(made_before, now_ms, SHANGHAI)] == [
        "2026-W46",
        "2026-W45",
        "2026-W44",
    ]
    assert list(periods_due(schedule(created=at("2026-11-16T08:31")), now_ms, SHANGHAI)) == []
    assert next_due(made_before, now_ms, SHANGHAI) == (read_period("2026-W47"), at("2026-11-23T08:30"))
    long_ago = list(periods_due(schedule(created=0), now_ms, SHANGHAI))
    assert MOST_MISSED <= len(long_ago) <= MOST_MISSED + 2


@given(
    kind=st.sampled_from(["week", "month"]),
    after_days=st.integers(0, 27),
    minute=st.integers(0, 1439),
    start=st.dates(date(2020, 1, 1), date(2035, 1, 1)),
    zone=st.sampled_from([SHANGHAI, BERLIN]),
)
def test_looking_every_day_finds_every_period_once_and_in_order(kind, after_days, minute, start, zone):
    one = schedule(
        kind, after_days, f"{minute // 60:02}:{minute % 60:02}", created=at(f"{start}T12:00", zone)
    )
    found: dict[str, int] = {}
    for day in range(130):
        now_ms = one.since_ms + day * DAY_MS
        promised, promised_ms = next_due(one, now_ms, zone)
        for period, when_ms in periods_due(one, now_ms, zone):
            assert one.since_ms <= when_ms <= now_ms
            assert found.setdefault(period.name, when_ms) == when_ms
        assert promised_ms > now_ms
        assert promised.name not in found
    first = period_of(PeriodKind(kind), start - timedelta(days=after_days + 40))
    expected = []
    while due_ms(one, first, zone) <= one.since_ms + 129 * DAY_MS:
        if due_ms(one, first, zone) >= one.since_ms:
            expected.append(first.name)
        first = period_of(PeriodKind(kind), first.last + timedelta(days=1))
    assert sorted(found) == sorted(expected)


def test_what_fails_is_tried_for_three_days_ever_more_rarely():
    tries, now_ms = [], 0
    while (again_ms := next_try_ms(len(tries), now_ms)) is not None:
        tries.append(again_ms - now_ms)
        now_ms = again_ms
    assert tries[:3] == [MINUTE_MS, 5 * MINUTE_MS, 15 * MINUTE_MS]
    assert set(tries[3:]) == {HOUR_MS}
    assert 3 * DAY_MS <= now_ms < 3 * DAY_MS + HOUR_MS
