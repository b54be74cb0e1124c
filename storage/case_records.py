"""Cases as they are read back. Times are ms since 1970 UTC."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from msgspec import Struct


class CaseRow(Struct, frozen=True, kw_only=True):
    """One case as it stands: `version` rises with every change, `due_ms` is the nearer deadline that still runs."""

    id: int
    version: int
    state: str
    source: str
    sender: str | None
    title: str
    reference: str | None
    district_id: str | None
    lon: float | None
    lat: float | None
    plate: str | None
    opened_ms: int
    verify_due_ms: int
    verified_ms: int | None
    assignee: str | None
    assigned_ms: int | None
    close_due_ms: int | None
    was_extended: bool
    message: str
    finding: str | None
    closed_ms: int | None
    disputed: bool
    review: str | None
    escalated_ms: int | None
    supervised: bool
    reminders: int
    alert_ids: tuple[UUID, ...]
    due_ms: int | None
    sort_ms: int


class CaseAct(Struct, frozen=True, kw_only=True):
    """One row of the log; `detail` is JSON text."""

    number: int
    at_ms: int
    case_id: int
    user_id: str
    user_name: str
    act: str
    from_state: str | None
    to_state: str
    reason: str
    detail: str


class Attachment(Struct, frozen=True, kw_only=True):
    """A file of a case, without its content."""

    id: UUID
    case_id: int
    at_ms: int
    user_id: str
    name: str
    media_type: str
    size: int
    sha256: str


class CaseCounts(Struct, frozen=True, kw_only=True):
    """How many cases each tab holds."""

    to_assign: int
    awaiting_answer: int
    to_close: int
    review: int
    overdue: int
    open: int
    all: int


class Unit(Struct, frozen=True, kw_only=True):
    """Who was assigned cases before, and what speaks for them: `because` is site, rule, district or None."""

    unit: str
    because: str | None
    last_ms: int | None
    open: int


class Looker(Struct, frozen=True, kw_only=True):
    """Somebody else who has a case open."""

    user_id: str
    name: str
    seen_ms: int


def case_from(row: Mapping[str, Any]) -> CaseRow:
    """A row of cases."""
    values = {name: row[name] for name in CaseRow.__struct_fields__}
    values["alert_ids"] = tuple(UUID(bytes=one.bytes) for one in row["alert_ids"])
    return CaseRow(**values)


def act_from(row: Mapping[str, Any]) -> CaseAct:
    """A row of the log."""
    return CaseAct(**{name: row[name] for name in CaseAct.__struct_fields__})


def attachment_from(row: Mapping[str, Any]) -> Attachment:
    """A row of attachments, its content left out."""
    values = {name: row[name] for name in Attachment.__struct_fields__}
    return Attachment(**values | {"id": UUID(bytes=row["id"].bytes)})
