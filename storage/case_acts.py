"""One act on a case: what it brings, and what it makes of the case. No database here."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import msgspec

from alerts.case_flow import Act, CaseFacts, CaseRefused, CaseState, Found
from storage.case_records import CaseAct, CaseRow


class NewAct(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody does with a case.

    `expected_version` is the one they saw (None: whatever it is). `assignee`, `close_due_ms` go with assigning
    and extending, `found` with an answer, `alert_ids` with joining.
    """

    act: Act
    expected_version: int | None = None
    reason: str = ""
    assignee: str | None = None
    close_due_ms: int | None = None
    found: Found | None = None
    attachment_ids: tuple[UUID, ...] = ()
    alert_ids: tuple[UUID, ...] = ()


def facts_of(case: CaseRow, log: Sequence[CaseAct]) -> CaseFacts:
    """What the table of acts asks of a case."""
    last = log[-1] if log else None
    known = last is not None and last.act in set(Act)
    return CaseFacts(
        state=CaseState(case.state),
        was_extended=case.was_extended,
        last_act=Act(last.act) if last is not None and known else None,
        last_by=None if last is None else last.user_id,
        last_at_ms=None if last is None else last.at_ms,
        state_before=None if last is None or last.from_state is None else CaseState(last.from_state),
    )


def changed(case: CaseRow, log: Sequence[CaseAct], new: NewAct, to: CaseState, at_ms: int) -> CaseRow:
    """The case after an act; raises CaseRefused where the act lacks something."""
    changes: dict[str, Any] = {"state": to.value, "review": None}
    if new.act is Act.ASSIGN:
        if not (new.assignee or "").strip():
            raise CaseRefused("assignee_needed")
        if new.close_due_ms is None or new.close_due_ms <= at_ms:
            raise CaseRefused("deadline_needed")
        changes |= {"assignee": new.assignee, "assigned_ms": at_ms, "close_due_ms": new.close_due_ms}
    elif new.act is Act.EXTEND:
        if new.close_due_ms is None or new.close_due_ms <= (case.close_due_ms or at_ms):
            raise CaseRefused("later_deadline_needed")
        changes |= {"close_due_ms": new.close_due_ms, "was_extended": True}
    elif new.act is Act.ANSWER:
        if new.found is None:
            raise CaseRefused("finding_needed")
        changes |= {"finding": new.found.value, "verified_ms": case.verified_ms or at_ms}
    elif new.act in (Act.CLOSE, Act.DISMISS):
        changes |= {"closed_ms": at_ms, "disputed": False}
    elif new.act is Act.REOPEN:
        changes |= {"closed_ms": None}
    elif new.act is Act.DISPUTE:
        changes |= {"disputed": True, "closed_ms": None if to is CaseState.REOPENED else case.closed_ms}
    elif new.act is Act.SUPERVISE:
        changes |= {"supervised": True}
    elif new.act is Act.TAKE_BACK and log and log[-1].act == Act.ASSIGN.value:
        changes |= msgspec.json.decode(log[-1].detail).get("before", {})
    elif new.act in (Act.COMMENT, Act.JOIN, Act.REMIND):
        changes |= {"review": case.review}
    return msgspec.structs.replace(case, **changes)


def log_detail(case: CaseRow, new: NewAct) -> dict[str, Any]:
    """What the log says of an act beyond its reason."""
    detail: dict[str, Any] = {}
    if new.act is Act.ASSIGN:
        before = {name: getattr(case, name) for name in ("assignee", "assigned_ms", "close_due_ms")}
        detail |= {"assignee": new.assignee, "close_due_ms": new.close_due_ms, "before": before}
    elif new.act is Act.EXTEND:
        detail |= {"close_due_ms": new.close_due_ms}
    elif new.found is not None:
        detail |= {"found": new.found.value}
    if new.attachment_ids:
        detail |= {"attachment_ids": [str(one) for one in new.attachment_ids]}
    if new.alert_ids:
        detail |= {"alert_ids": [str(one) for one in new.alert_ids]}
    return detail
