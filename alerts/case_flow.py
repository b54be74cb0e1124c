"""The life of a case as a table: which act leads from which state to which, who may, and what it needs.

一单四制: a case is assigned (交办), answered (反馈), closed (销号) and reported (通报). Every act is a row
in an append-only log; nothing is closed without an answer, and nothing is dismissed without a reason.
"""

from enum import StrEnum

from msgspec import Struct

from domain.instant import DAY_MS
from domain.person import Permission, Person

VERIFY_WITHIN_MS = DAY_MS
"""An alert is verified on site within 24 hours of its detection, by the clock."""

TAKE_BACK_WITHIN_MS = 10_000
"""How long whoever acknowledged or assigned may take it back without a reason."""

DEFAULT_CLOSING_HOURS = 16.0
"""Working hours from the assignment to the closing where nobody says otherwise: two working days."""


class CaseState(StrEnum):
    """Where people are with a case."""

    NEW = "new"
    ACKNOWLEDGED = "acknowledged"
    ASSIGNED = "assigned"
    ANSWERED = "answered"
    CLOSED = "closed"
    DISMISSED = "dismissed"
    REOPENED = "reopened"


class Act(StrEnum):
    """What people do with a case."""

    ACKNOWLEDGE = "acknowledge"
    ASSIGN = "assign"
    REMIND = "remind"
    SUPERVISE = "supervise"
    EXTEND = "extend"
    ANSWER = "answer"
    RETURN = "return"
    CLOSE = "close"
    DISMISS = "dismiss"
    REOPEN = "reopen"
    DISPUTE = "dispute"
    COMMENT = "comment"
    JOIN = "join"
    PART = "part"
    REVIEW = "review"
    TAKE_BACK = "take_back"


class WrongEvidence(StrEnum):
    """What of the evidence was wrong where an alert was a false alarm."""

    PLACE = "place"
    TIME = "time"
    LIFT = "lift"
    WEIGHT = "weight"
    LOAD = "load"
    COVER = "cover"
    SPEED = "speed"
    ZONE = "zone"
    ROUTE = "route"
    PERMIT = "permit"
    LIMIT = "limit"
    READINGS = "readings"
    BACKGROUND = "background"
    VEHICLE = "vehicle"
    OTHER = "other"


class Found(StrEnum):
    """What the check on site came to."""

    CONFIRMED = "confirmed"
    NOT_CONFIRMED = "not_confirmed"
    CANNOT_VERIFY = "cannot_verify"


_S = CaseState
OPEN = frozenset({_S.NEW, _S.ACKNOWLEDGED, _S.ASSIGNED, _S.ANSWERED, _S.REOPENED})
DONE = frozenset({_S.CLOSED, _S.DISMISSED})

LEADS_TO: dict[Act, dict[CaseState, CaseState]] = {
    Act.ACKNOWLEDGE: {_S.NEW: _S.ACKNOWLEDGED, _S.REOPENED: _S.ACKNOWLEDGED},
    Act.ASSIGN: dict.fromkeys((_S.NEW, _S.ACKNOWLEDGED, _S.ASSIGNED, _S.REOPENED), _S.ASSIGNED),
    Act.REMIND: {_S.ASSIGNED: _S.ASSIGNED},
    Act.SUPERVISE: {state: state for state in OPEN},
    Act.EXTEND: {_S.ASSIGNED: _S.ASSIGNED},
    Act.ANSWER: {_S.ASSIGNED: _S.ANSWERED},
    Act.RETURN: {_S.ANSWERED: _S.ASSIGNED},
    Act.CLOSE: {_S.ANSWERED: _S.CLOSED},
    Act.DISMISS: dict.fromkeys((_S.NEW, _S.ACKNOWLEDGED, _S.REOPENED), _S.DISMISSED),
    Act.REOPEN: dict.fromkeys(DONE, _S.REOPENED),
    Act.DISPUTE: {state: (_S.REOPENED if state in DONE else state) for state in _S if state is not _S.NEW},
    Act.COMMENT: {state: state for state in _S},
    Act.JOIN: {state: state for state in OPEN},
    Act.PART: {state: state for state in OPEN},
    Act.REVIEW: {state: state for state in _S},
}
"""By act: the state it leads to from each state it is possible in. What is taken back leads to the state before."""

NEEDS_REASON = frozenset({Act.EXTEND, Act.RETURN, Act.CLOSE, Act.DISMISS, Act.REOPEN, Act.DISPUTE})
"""Acts that say why."""


class CaseRefused(Exception):  # noqa: N818 -- says what happened
    """An act that this person may not do, or that a case does not allow in its state."""


class May(Struct, frozen=True, kw_only=True):
    """Whether an act is possible now; `why_not` is a code where it is not."""

    act: Act
    why_not: str | None = None


class CaseFacts(Struct, frozen=True, kw_only=True):
    """What the table asks of a case."""

    state: CaseState
    was_extended: bool = False
    awaits_review: bool = False
    alerts: int = 1
    last_act: Act | None = None
    last_by: str | None = None
    last_at_ms: int | None = None
    state_before: CaseState | None = None


def after(case: CaseFacts, act: Act, person: Person, *, reason: str, at_ms: int) -> CaseState:
    """The state an act leads to; raises CaseRefused with what stands in the way."""
    if not person.may(Permission.HANDLE):
        raise CaseRefused("role")
    why_not = _why_not(case, act, person, at_ms)
    if why_not is not None:
        raise CaseRefused(why_not)
    if act in NEEDS_REASON and not reason.strip():
        raise CaseRefused("reason_needed")
    if act is Act.TAKE_BACK:
        assert case.state_before is not None
        return case.state_before
    return LEADS_TO[act][case.state]


def possible(case: CaseFacts, person: Person, at_ms: int) -> tuple[May, ...]:
    """Every act with what stands in its way, for a person who may act at all; none for another."""
    if not person.may(Permission.HANDLE):
        return ()
    return tuple(May(act=act, why_not=_why_not(case, act, person, at_ms)) for act in Act)


def _why_not(case: CaseFacts, act: Act, person: Person, at_ms: int) -> str | None:
    if act is Act.TAKE_BACK:
        return _why_not_taken_back(case, person, at_ms)
    if case.state not in LEADS_TO[act]:
        return f"is_{case.state.value}"
    if act is Act.EXTEND and case.was_extended:
        return "was_extended"
    if act is Act.PART and case.alerts < 2:
        return "only_alert"
    if act is Act.REVIEW and not case.awaits_review:
        return "nothing_to_review"
    return None


def _why_not_taken_back(case: CaseFacts, person: Person, at_ms: int) -> str | None:
    if case.last_act not in (Act.ACKNOWLEDGE, Act.ASSIGN) or case.state_before is None:
        return "nothing_to_take_back"
    if case.last_by != person.user_id:
        return "done_by_another"
    if case.last_at_ms is None or at_ms - case.last_at_ms > TAKE_BACK_WITHIN_MS:
        return "too_late"
    return None
