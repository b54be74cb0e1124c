"""One act on a case: what it brings, and what it makes of the case. No database here."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import msgspec

from alerts.case_flow import DONE, Act, CaseFacts, CaseRefused, CaseState, Found, WrongEvidence
from storage.case_records import CaseAct, CaseRow


class OnSite(msgspec.Struct, frozen=True, kw_only=True):
    """Where and when the field wrote its answer, as far as its phone told."""

    written_ms: int
    lon: float | None = None
    lat: float | None = None
    accuracy_m: float | None = None


class NewAct(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody does with a case.

    `expected_version` is the one they saw (None: whatever it is). `assignee`, `close_due_ms` and the `message` to
    the field go with assigning (`default_due_ms` counts where no deadline is given and none was set), `found` and
    `on_site` with an answer, `alert_ids` with joining and parting, `wrong_evidence` with dismissing. `was` is
    the state before an assignment that acknowledged, too.
    """

    act: Act
    expected_version: int | None = None
    reason: str = ""
    assignee: str | None = None
    close_due_ms: int | None = None
    default_due_ms: int | None = None
    message: str = ""
    found: Found | None = None
    on_site: OnSite | None = None
    attachment_ids: tuple[UUID, ...] = ()
    alert_ids: tuple[UUID, ...] = ()
    wrong_evidence: tuple[WrongEvidence, ...] = ()
    was: CaseState | None = None


def facts_of(case: CaseRow, log: Sequence[CaseAct]) -> CaseFacts:
    """What the table of acts asks of a case."""
    last = log[-1] if log else None
    known = last is not None and last.act in set(Act)
    return CaseFacts(
        state=CaseState(case.state),
        was_extended=case.was_extended,
        awaits_review=case.review is not None,
        alerts=len(case.alert_ids),
        last_act=Act(last.act) if last is not None and known else None,
        last_by=None if last is None else last.user_id,
        last_at_ms=None if last is None else last.at_ms,
        state_before=_state_before(log),
    )


def _state_before(log: Sequence[CaseAct]) -> CaseState | None:
    """The state before the last act; assigning a new case is acknowledging it too, and is taken back whole."""
    if not log or log[-1].from_state is None:
        return None
    if log[-1].act == Act.ASSIGN:
        return CaseState(msgspec.json.decode(log[-1].detail).get("was", log[-1].from_state))
    return CaseState(log[-1].from_state)


def changed(case: CaseRow, log: Sequence[CaseAct], new: NewAct, to: CaseState, at_ms: int) -> CaseRow:
    """The case after an act; raises CaseRefused where the act lacks something."""
    changes: dict[str, Any] = {"state": to.value, "review": None}
    if new.act is Act.ASSIGN:
        changes |= _assigned(case, new, at_ms)
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
        changes |= _reopened(case)
    elif new.act is Act.DISPUTE:
        changes |= {"disputed": True, "review": case.review} | _reopened(case)
    elif new.act is Act.SUPERVISE:
        changes |= {"supervised": True}
    elif new.act is Act.TAKE_BACK and log and log[-1].act == Act.ASSIGN.value:
        changes |= msgspec.json.decode(log[-1].detail).get("before", {})
    elif new.act in (Act.COMMENT, Act.JOIN, Act.PART, Act.REMIND):
        changes |= {"review": case.review}
    return msgspec.structs.replace(case, **changes)


def _assigned(case: CaseRow, new: NewAct, at_ms: int) -> dict[str, Any]:
    """Somebody else of the same deadline, else the deadline as given, as the sender set it, or the usual one."""
    if not (new.assignee or "").strip():
        raise CaseRefused("assignee_needed")
    if case.state == CaseState.ASSIGNED:
        due_ms = case.close_due_ms if new.close_due_ms is None else new.close_due_ms
        if due_ms is not None and case.close_due_ms is not None and due_ms > case.close_due_ms:
            raise CaseRefused("extend_instead")
    else:
        due_ms = new.close_due_ms or case.close_due_ms or new.default_due_ms
        if due_ms is None or due_ms <= at_ms:
            raise CaseRefused("deadline_needed")
    message = new.message.strip() or (case.message if case.state == CaseState.ASSIGNED else "")
    return {"assignee": new.assignee, "assigned_ms": at_ms, "close_due_ms": due_ms, "message": message}


def _reopened(case: CaseRow) -> dict[str, Any]:
    """A case that was done begins anew: its closing is set by the next assignment."""
    if CaseState(case.state) not in DONE:
        return {}
    return {"closed_ms": None, "close_due_ms": None, "was_extended": False}


def log_detail(case: CaseRow, made: CaseRow, new: NewAct) -> dict[str, Any]:
    """What the log says beyond its reason of an act that makes `made` of a case."""
    detail: dict[str, Any] = {}
    if new.act is Act.ASSIGN:
        names = ("assignee", "assigned_ms", "close_due_ms", "message")
        before = {name: getattr(case, name) for name in names}
        detail |= {name: getattr(made, name) for name in names if name != "assigned_ms"} | {"before": before}
        detail |= {} if new.was is None else {"was": new.was.value}
    elif new.act is Act.EXTEND:
        detail |= {"close_due_ms": new.close_due_ms}
    elif new.found is not None:
        detail |= {"found": new.found.value}
    if new.on_site is not None:
        detail |= {"on_site": msgspec.to_builtins(new.on_site)}
    if new.wrong_evidence:
        detail |= {"wrong_evidence": [one.value for one in new.wrong_evidence]}
    if new.attachment_ids:
        detail |= {"attachment_ids": [str(one) for one in new.attachment_ids]}
    if new.alert_ids:
        detail |= {"alert_ids": [str(one) for one in new.alert_ids]}
    return detail
