"""Differences between statements: a table of what is one, and that what is left after them is what counts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from exports.amendments import (
    CORRECTED_FIELDS,
    ENDS_LATER,
    GAINED,
    LOST,
    ChangeKind,
    amendments,
    changes_between,
)
from exports.statement import StatedAlert, Statement
from tests.exports.stated import TO_MS, alert, big_statement, statement

FALSE_ALARM = {"case_id": 1, "case_state": "dismissed"}


@pytest.mark.parametrize(
    ("before", "after", "kind"),
    [
        (None, {}, ChangeKind.ADDED),
        ({}, {"withdrawn": "late_data"}, ChangeKind.WITHDRAWN),
        ({}, None, ChangeKind.WITHDRAWN),  # late data dates its detection into another week
        ({"withdrawn": "late_data"}, {}, ChangeKind.RESTORED),
        ({}, FALSE_ALARM, ChangeKind.DISMISSED),
        ({}, FALSE_ALARM | {"withdrawn": "late_data"}, ChangeKind.WITHDRAWN),
        (FALSE_ALARM, {"case_id": 1, "case_state": "reopened"}, ChangeKind.REOPENED),
        ({}, {"severity": "info", "revision": 2}, ChangeKind.CORRECTED),
        (None, {"withdrawn": "late_data"}, None),  # came and went between the two
        (FALSE_ALARM, {"withdrawn": "late_data"}, None),
        ({}, {"case_id": 1, "case_state": "closed", "assignee": "城管局"}, None),
        ({}, {"found_late": True}, None),
        ({}, {"what": {"en": "in other words"}}, None),  # of a later release, not of the engine
        ({"ended_ms": None}, {"ended_ms": 5, "what": {"en": "more of it"}, "revision": 2}, None),
    ],
)
def test_what_becomes_of_an_alert_is_a_change_or_none(before, after, kind):
    stated = [statement() if one is None else statement(alert(1, **one)) for one in (before, after)]
    assert [change.kind for change in changes_between(*stated)] == ([] if kind is None else [kind])


@pytest.mark.parametrize(
    ("correction", "name"),
    [
        ({"severity": "info"}, "severity"),
        ({"started_ms": 5}, "started"),
        ({"ended_ms": 5}, "ended_at"),
        ({"lon": 1.0}, "place"),
        ({"lat": None}, "place"),
        ({"site_id": "P9"}, "place"),
        ({"district_id": None}, "place"),
        ({"vehicle_id": "V99"}, "subject"),
        ({"company_id": "C9"}, "subject"),
        ({"what": {"zh": "不同", "en": "else"}}, "what"),
    ],
    ids=str,
)
def test_a_correction_says_what_was_corrected(correction, name):
    (change,) = changes_between(statement(alert(1)), statement(alert(1, revision=2, **correction)))
    assert (change.kind, change.fields) == (ChangeKind.CORRECTED, (name,))


def test_what_went_on_ends_without_a_correction_but_not_with_another_severity():
    ended = {"ended_ms": TO_MS, "what": {"en": "at last"}, "severity": "critical", "revision": 3}
    before, after = statement(alert(2, ended_ms=None, severity="minor")), statement(alert(2, **ended))
    (change,) = changes_between(before, after)
    assert change.fields == ("severity",)


def test_changes_are_told_number_by_number_against_the_one_before():
    first, second = alert(1), alert(2)
    found = amendments(
        [
            statement(first),
            statement(first, second, number=1),
            statement(first, replace(second, withdrawn="late_data"), number=2),
        ]
    )
    assert [(one.number, [change.kind for change in one.changes]) for one in found] == [
        (1, [ChangeKind.ADDED]), (2, [ChangeKind.WITHDRAWN])
    ]  # fmt: skip


ALTERED = st.fixed_dictionaries(
    {},
    optional={
        "withdrawn": st.sampled_from([None, "late_data"]),
        "case_state": st.sampled_from([None, "new", "dismissed", "closed"]),
        "severity": st.sampled_from(["minor", "major"]),
        "ended_ms": st.none() | st.integers(0, TO_MS),
        "lon": st.none() | st.floats(100, 110),
        "company_id": st.sampled_from([None, "C1"]),
        "what": st.sampled_from([{"en": "a"}, {"en": "b"}]),
    },
)
STATED = st.dictionaries(st.integers(1, 12), ALTERED)


def stated(alerts: dict, revision: int) -> Statement:
    return statement(*(alert(number, revision=revision, **given) for number, given in alerts.items()))


def counting(of: Statement) -> dict[str, StatedAlert]:
    return {one.id: one for one in of.alerts if one.counts}


def told(one: StatedAlert, *, went_on: bool) -> tuple:
    left_out = ENDS_LATER if went_on else ()
    return tuple(
        getattr(one, field)
        for name, fields in CORRECTED_FIELDS.items()
        if name not in left_out
        for field in fields
    )


@given(STATED, STATED)
def test_the_first_and_what_changed_are_what_counts_in_the_second(first, second):
    before, after = stated(first, 1), stated(second, 2)
    left = counting(before)
    for change in changes_between(before, after):
        if change.kind in LOST:
            del left[change.alert.id]
        else:
            assert (change.alert.id in left) is (change.kind not in GAINED)
            left[change.alert.id] = change.after
    counts = counting(after)
    assert left.keys() == counts.keys()
    for key, one in left.items():
        went_on = key in counting(before) and counting(before)[key].ended_ms is None
        assert told(one, went_on=went_on) == told(counts[key], went_on=went_on)


def test_ten_thousand_violations_that_stay_the_same_are_no_change():
    big = big_statement(10_000)
    assert changes_between(big, replace(big, number=1)) == []
