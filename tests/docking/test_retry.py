"""What is done after an attempt, as a table; and long runs of random failures, where time is a number."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from docking.retry import (
    FIRST_DELAY_S,
    LONGEST_ASKED_S,
    LONGEST_DELAY_S,
    MOST_SET_ASIDE,
    REFUSALS,
    Outcome,
    Verdict,
    delay_s,
    retry_after_s,
    verdict,
)

ACCEPTED, TRY_AGAIN, SET_ASIDE, WAIT, OFF = (
    Verdict.ACCEPTED, Verdict.TRY_AGAIN, Verdict.SET_ASIDE, Verdict.WAIT, Verdict.OFF,
)  # fmt: skip


@pytest.mark.parametrize(
    ("status", "refusals", "set_aside", "then"),
    [
        (200, 0, 0, ACCEPTED),
        (204, 2, 9, ACCEPTED),
        (299, 0, 0, ACCEPTED),
        (199, 0, 0, WAIT),
        (300, 0, 0, WAIT),
        (302, 9, 0, WAIT),
        (399, 0, 0, WAIT),
        (400, 0, 0, TRY_AGAIN),
        (400, REFUSALS - 2, 0, TRY_AGAIN),
        (400, REFUSALS - 1, 0, SET_ASIDE),
        (400, REFUSALS - 1, MOST_SET_ASIDE - 1, SET_ASIDE),
        (400, REFUSALS - 1, MOST_SET_ASIDE, WAIT),
        (404, REFUSALS - 1, 0, SET_ASIDE),
        (408, REFUSALS - 1, 0, WAIT),
        (410, 0, 0, OFF),
        (425, REFUSALS - 1, 0, WAIT),
        (429, REFUSALS - 1, 0, WAIT),
        (499, REFUSALS - 1, 0, SET_ASIDE),
        (500, 99, 0, WAIT),
        (503, 99, 0, WAIT),
        (None, 99, 0, WAIT),
    ],
)
def test_what_is_done_after_an_answer(status, refusals, set_aside, then):
    error = "timeout" if status is None else None
    assert verdict(Outcome(status=status, error=error), refusals=refusals, set_aside=set_aside) is then


@pytest.mark.parametrize(
    ("status", "then"), [(200, ACCEPTED), (410, OFF), (500, SET_ASIDE), (400, SET_ASIDE), (None, SET_ASIDE)]
)
def test_what_a_person_wants_set_aside_is_unless_it_is_accepted(status, then):
    assert verdict(Outcome(status=status), refusals=0, set_aside=99, aside_wanted=True) is then


@pytest.mark.parametrize(
    ("failures", "chance", "asked_s", "wait_s"),
    [
        (1, 0.0, None, 1.0),
        (2, 0.0, None, 2.0),
        (5, 0.0, None, 16.0),
        (5, 0.5, None, 12.0),
        (9, 0.0, None, 256.0),
        (10, 0.0, None, 300.0),  # 512 would be longer than the longest
        (10_000, 0.0, None, 300.0),
        (1, 0.0, 0.5, 1.0),  # asked for less than is waited anyhow
        (1, 0.0, 60.0, 60.0),
        (10, 0.0, 3600.0, 3600.0),
        (1, 0.0, 86_400.0, 3600.0),  # a day is too much to ask
    ],
)
def test_how_long_is_waited(failures, chance, asked_s, wait_s):
    assert delay_s(failures, chance, retry_after_s=asked_s) == wait_s


@pytest.mark.parametrize(
    ("header", "asked_s"),
    [
        (None, None),
        ("", None),
        ("120", 120.0),
        (" 7 ", 7.0),
        ("-5", None),
        ("1.5", None),
        ("soon", None),
        ("٣", None),
        ("9" * 40, 999_999_999.0),
        ("Wed, 18 Nov 2026 11:07:40 GMT", 60.0),
        ("Wed, 18 Nov 2026 11:00:00 GMT", 0.0),
        ("Wed, 18 Nov 2026 99999999999999999999:00:00 GMT", None),
    ],
)
def test_what_a_retry_after_asks_for(header, asked_s):
    now_ms = round(datetime(2026, 11, 18, 11, 6, 40, tzinfo=UTC).timestamp() * 1000)
    assert retry_after_s(header, now_ms) == asked_s


outcomes = st.one_of(
    st.builds(Outcome, status=st.sampled_from([200, 204, 302, 400, 404, 422, 408, 425, 429, 500, 502, 503])),
    st.builds(Outcome, status=st.sampled_from([429, 503]), retry_after_s=st.floats(0, 10**6)),
    st.builds(Outcome, error=st.sampled_from(["timeout", "unreachable", "cut_off", "tls"])),
)


@given(st.lists(st.tuples(outcomes, st.floats(0, 1, exclude_max=True)), max_size=200), st.integers(1, 30))
def test_whatever_happens_each_event_is_accepted_set_aside_or_waited_for_and_none_is_passed_over(
    happens, events
):
    at, failures, in_a_row, refusals, done = 0, 0, 0, 0, []
    for outcome, chance in happens:
        if at == events:
            break
        what = verdict(outcome, refusals=refusals, set_aside=in_a_row)
        if what in (ACCEPTED, SET_ASIDE):
            done.append(at)
            assert what is ACCEPTED or refusals + 1 >= REFUSALS
            in_a_row = 0 if what is ACCEPTED else in_a_row + 1
            at, failures, refusals = at + 1, 0, 0
        elif what is TRY_AGAIN:
            refusals += 1
            assert delay_s(refusals, chance) <= FIRST_DELAY_S * 2 ** (REFUSALS - 2)
        else:
            failures, refusals = failures + 1, 0
            wait_s = delay_s(failures, chance, retry_after_s=outcome.retry_after_s)
            asked_s = min(outcome.retry_after_s or 0, LONGEST_ASKED_S)
            assert max(asked_s, FIRST_DELAY_S / 2) <= wait_s <= max(asked_s, LONGEST_DELAY_S)
        assert in_a_row <= MOST_SET_ASIDE
    assert done == list(range(at))
