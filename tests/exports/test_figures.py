"""The figures of a report, each counted by hand beside it."""

from uuid import UUID

import pytest

from domain.rule import RuleKind
from exports.figures import Share, case_figures, is_overdue, online, taken, tallies
from exports.words import WORDS
from storage.reports import AlertLine, CaseLine

NOW_MS = 1_000_000
DUE_MS = NOW_MS + 1


def alert(number: int, **changes: object) -> AlertLine:
    fields = {"rule": "speeding", "severity": "minor", "started_ms": 0, "detected_ms": number, "revision": 1}
    return AlertLine(id=UUID(int=number), rule_id="s", ruleset_version=1, **fields | changes)


def case(number: int, state: str, **changes: object) -> CaseLine:
    fields = {"source": "alert", "opened_ms": 0, "verify_due_ms": DUE_MS}
    return CaseLine(id=number, state=state, **fields | changes)


def test_groups_hold_every_alert_once_the_withdrawn_apart():
    lines = [
        alert(1),
        alert(2, severity="major"),
        alert(3, withdrawn="late data"),
        alert(4, rule="overload", severity="critical"),
    ]
    speeding, overload = tallies(lines, lambda line: line.rule)
    assert (speeding.id, speeding.total, speeding.withdrawn) == ("speeding", 3, 1)
    assert speeding.by_severity == {"critical": 0, "major": 1, "minor": 1, "info": 0}
    assert (overload.id, overload.total) == ("overload", 1)
    assert sum(speeding.by_severity.values()) + speeding.withdrawn == speeding.total


def test_the_group_of_none_comes_last():
    lines = [alert(1), alert(2), alert(3, vehicle_id="V1")]
    assert [one.id for one in tallies(lines, lambda line: line.vehicle_id)] == ["V1", None]


def test_taken_is_of_those_that_stand_and_a_case_that_is_new_or_reopened_is_not_taken():
    states = [None, "new", "reopened", "acknowledged", "closed", "dismissed"]
    lines = [alert(n, case_state=state) for n, state in enumerate(states)]
    withdrawn = alert(9, withdrawn="late data", case_state="acknowledged")
    assert taken([*lines, withdrawn]) == Share(n=3, of=6)


@pytest.mark.parametrize(
    ("line", "overdue"),
    [
        (case(1, "assigned", verify_due_ms=NOW_MS - 1), True),
        (case(1, "assigned", verify_due_ms=NOW_MS), False),
        (case(1, "assigned", verify_due_ms=NOW_MS - 1, verified_ms=5), False),
        (case(1, "answered", verify_due_ms=0, verified_ms=5, close_due_ms=NOW_MS - 1), True),
        (case(1, "closed", verify_due_ms=0, close_due_ms=0), False),
        (case(1, "dismissed", verify_due_ms=0), False),
    ],
    ids=["check passed", "on the point", "checked", "closing passed", "closed", "dismissed"],
)
def test_open_cases_are_overdue_by_the_deadline_that_still_runs(line, overdue):
    assert is_overdue(line, NOW_MS) is overdue


def test_cases_are_counted_as_they_stand():
    lines = [
        case(1, "assigned", verify_due_ms=10),  # late and unchecked: overdue, of those to check
        case(2, "assigned"),  # still has time: of none
        case(3, "answered", verified_ms=DUE_MS, close_due_ms=NOW_MS - 1),  # checked in time, closing passed
        case(
            4, "closed", verified_ms=DUE_MS + 1, close_due_ms=50, closed_ms=50
        ),  # checked late, closed in time
        case(5, "closed", verified_ms=3, close_due_ms=50, closed_ms=51),  # checked in time, closed late
        case(6, "dismissed", verify_due_ms=10),  # a false alarm needs no check
    ]
    found = case_figures(lines, NOW_MS)
    assert (found.opened, found.open, found.closed, found.dismissed, found.overdue) == (6, 3, 2, 1, 2)
    assert found.open + found.closed + found.dismissed == found.opened
    assert sum(found.by_state.values()) == found.opened
    assert found.answered_in_time == Share(n=2, of=4)
    assert found.closed_in_time == Share(n=1, of=3)


def test_devices_that_were_never_heard_count_among_the_days():
    assert online(["T1", "T2", "T3"], {"T1": 7, "T2": 2, "X": 7}, 7) == Share(n=9, of=21)


def test_files_have_a_word_for_every_kind_of_rule():
    assert {kind.value for kind in RuleKind} <= set(WORDS)
