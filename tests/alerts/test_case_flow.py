"""The life of a case, from what a monitoring centre does with one."""

import pytest

from alerts.case_flow import (
    DONE,
    LEADS_TO,
    NEEDS_REASON,
    OPEN,
    Act,
    CaseFacts,
    CaseRefused,
    CaseState,
    after,
    possible,
)
from domain.person import Person, Role

NOW_MS = 1_795_000_000_000
DISPATCHER = Person(user_id="li", name="李", role=Role.DISPATCHER)
VIEWER = Person(user_id="wang", name="王", role=Role.VIEWER)


def act(state: CaseState, what: Act, reason: str = "", **facts: object) -> CaseState:
    return after(CaseFacts(state=state, **facts), what, DISPATCHER, reason=reason, at_ms=NOW_MS)


def test_a_case_goes_from_new_to_closed_by_way_of_an_answer() -> None:
    state = CaseState.NEW
    for what in (Act.ACKNOWLEDGE, Act.ASSIGN, Act.ANSWER):
        state = act(state, what)
    assert state is CaseState.ANSWERED
    assert act(state, Act.CLOSE, "整改完成") is CaseState.CLOSED


@pytest.mark.parametrize("state", sorted(OPEN - {CaseState.ANSWERED}))
def test_nothing_is_closed_without_an_answer(state: CaseState) -> None:
    with pytest.raises(CaseRefused, match=f"is_{state.value}"):
        act(state, Act.CLOSE, "done")


def test_a_new_case_may_be_assigned_at_once() -> None:
    assert act(CaseState.NEW, Act.ASSIGN) is CaseState.ASSIGNED


@pytest.mark.parametrize("what", sorted(NEEDS_REASON))
def test_what_needs_a_reason_is_refused_without_one(what: Act) -> None:
    state = next(iter(LEADS_TO[what]))
    with pytest.raises(CaseRefused, match="reason_needed"):
        act(state, what, "  ")
    assert act(state, what, "because") in CaseState


def test_an_answer_that_does_not_do_goes_back_to_the_unit() -> None:
    assert act(CaseState.ANSWERED, Act.RETURN, "照片看不清") is CaseState.ASSIGNED


@pytest.mark.parametrize("state", sorted(DONE))
def test_what_is_done_can_be_reopened_and_disputed(state: CaseState) -> None:
    assert act(state, Act.REOPEN, "复查") is CaseState.REOPENED
    assert act(state, Act.DISPUTE, "公司申诉") is CaseState.REOPENED


def test_a_dispute_of_an_open_case_leaves_its_state() -> None:
    assert act(CaseState.ANSWERED, Act.DISPUTE, "公司申诉") is CaseState.ANSWERED


def test_a_deadline_is_put_off_once() -> None:
    assert act(CaseState.ASSIGNED, Act.EXTEND, "暴雨") is CaseState.ASSIGNED
    with pytest.raises(CaseRefused, match="was_extended"):
        act(CaseState.ASSIGNED, Act.EXTEND, "暴雨", was_extended=True)


def test_a_viewer_may_do_nothing_with_a_case() -> None:
    case = CaseFacts(state=CaseState.NEW)
    assert possible(case, VIEWER, NOW_MS) == ()
    with pytest.raises(CaseRefused, match="role"):
        after(case, Act.ACKNOWLEDGE, VIEWER, reason="", at_ms=NOW_MS)


def test_what_is_not_possible_now_says_why() -> None:
    found = {may.act: may.why_not for may in possible(CaseFacts(state=CaseState.NEW), DISPATCHER, NOW_MS)}
    assert found[Act.ACKNOWLEDGE] is None
    assert found[Act.CLOSE] == "is_new"
    assert found[Act.TAKE_BACK] == "nothing_to_take_back"


def test_an_assignment_is_taken_back_by_whoever_made_it_within_ten_seconds() -> None:
    made = {
        "last_act": Act.ASSIGN,
        "last_by": "li",
        "state_before": CaseState.NEW,
    }
    assert act(CaseState.ASSIGNED, Act.TAKE_BACK, last_at_ms=NOW_MS - 10_000, **made) is CaseState.NEW
    with pytest.raises(CaseRefused, match="too_late"):
        act(CaseState.ASSIGNED, Act.TAKE_BACK, last_at_ms=NOW_MS - 10_001, **made)
    with pytest.raises(CaseRefused, match="done_by_another"):
        act(CaseState.ASSIGNED, Act.TAKE_BACK, last_at_ms=NOW_MS, **made | {"last_by": "zhao"})


def test_every_act_is_possible_somewhere_and_leads_to_a_state_of_the_table() -> None:
    for what, moves in LEADS_TO.items():
        assert moves, what
    assert set(LEADS_TO) | {Act.TAKE_BACK} == set(Act)
