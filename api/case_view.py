"""Cases as the API shows them."""

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
from pydantic import Field

from alerts.case_flow import Act, CaseState, Found, May
from api.schemas import Instant, Shape
from domain.instant import to_rfc3339, to_rfc3339_if_known
from storage.case_records import Attachment, CaseAct, CaseRow


class CaseView(Shape):
    """One case as it stands. `due_at` is the nearer of its deadlines that still run."""

    id: int
    version: int
    state: CaseState
    source: str
    sender: str | None = Field(description="Who warned from outside; null for a case of our own alerts")
    title: str
    reference: str | None = Field(description="The sender's own number")
    district_id: str | None
    lon: float | None
    lat: float | None
    plate: str | None = Field(description="As the sender gave it; the plates of alerts are their vehicles'")
    opened_at: str = Instant
    verify_due_at: str = Field(description="Until when the place is to be checked on site, 24 h by the clock")
    verified_at: str | None
    assignee: str | None
    assigned_at: str | None
    close_due_at: str | None = Field(description="Until when it is to be closed; set in working hours")
    due_at: str | None = Field(description="The nearer deadline that still runs")
    was_extended: bool
    message: str = Field(description="What the field reads")
    finding: Found | None
    closed_at: str | None
    disputed: bool
    review: str | None = Field(description="What the engine changed after people had acted; null for nothing")
    escalated_at: str | None
    supervised: bool
    reminders: int = Field(description="How often the unit was reminded since it was assigned")
    alert_ids: list[str]


class ActView(Shape):
    """One row of a case's log."""

    number: int
    at: str = Instant
    user_id: str
    user_name: str
    act: str
    from_state: str | None
    to_state: str
    reason: str
    detail: dict[str, Any]


class AttachmentView(Shape):
    """A file of a case."""

    id: str
    at: str = Instant
    user_id: str
    name: str
    media_type: str
    size: int
    sha256: str


class MayView(Shape):
    """Whether the asking person may do an act now; `why_not` is a code where not."""

    act: Act
    why_not: str | None


class LinkView(Shape):
    """A link to the form of a case, shown once: the service keeps its digest alone."""

    url: str = Field(examples=["https://haulwatch.example/f/17#hwf_…"])
    qr: str = Field(description="The same as a picture, a data URI of SVG")
    expires_at: str = Field(description="The latest; it ends with the case, or with another assignment")


class CaseDetail(Shape):
    """A case with its log, its files, and what the asking person may do with it."""

    case: CaseView
    log: list[ActView]
    attachments: list[AttachmentView]
    may: list[MayView]
    has_link: bool = Field(description="Whether some link opens the case for the field")
    link: LinkView | None = Field(None, description="The link that this assignment has made")


def case_view(row: CaseRow) -> CaseView:
    """A row as the API shows it."""
    return CaseView(
        id=row.id,
        version=row.version,
        state=CaseState(row.state),
        source=row.source,
        sender=row.sender,
        title=row.title,
        reference=row.reference,
        district_id=row.district_id,
        lon=row.lon,
        lat=row.lat,
        plate=row.plate,
        opened_at=to_rfc3339(row.opened_ms),
        verify_due_at=to_rfc3339(row.verify_due_ms),
        verified_at=to_rfc3339_if_known(row.verified_ms),
        assignee=row.assignee,
        assigned_at=to_rfc3339_if_known(row.assigned_ms),
        close_due_at=to_rfc3339_if_known(row.close_due_ms),
        due_at=to_rfc3339_if_known(row.due_ms),
        was_extended=row.was_extended,
        message=row.message,
        finding=None if row.finding is None else Found(row.finding),
        closed_at=to_rfc3339_if_known(row.closed_ms),
        disputed=row.disputed,
        review=row.review,
        escalated_at=to_rfc3339_if_known(row.escalated_ms),
        supervised=row.supervised,
        reminders=row.reminders,
        alert_ids=[str(one) for one in row.alert_ids],
    )


def case_detail(
    row: CaseRow,
    log: Sequence[CaseAct],
    attachments: Sequence[Attachment],
    may: Iterable[May],
    *,
    has_link: bool,
    link: LinkView | None = None,
) -> CaseDetail:
    """All that a page shows of one case."""
    return CaseDetail(
        case=case_view(row),
        log=[_act_view(one) for one in log],
        attachments=[attachment_view(one) for one in attachments],
        may=[MayView(act=one.act, why_not=one.why_not) for one in may],
        has_link=has_link or link is not None,
        link=link,
    )


def attachment_view(one: Attachment) -> AttachmentView:
    """A file as the API shows it."""
    return AttachmentView(
        id=str(one.id),
        at=to_rfc3339(one.at_ms),
        user_id=one.user_id,
        name=one.name,
        media_type=one.media_type,
        size=one.size,
        sha256=one.sha256,
    )


def _act_view(act: CaseAct) -> ActView:
    return ActView(
        number=act.number,
        at=to_rfc3339(act.at_ms),
        user_id=act.user_id,
        user_name=act.user_name,
        act=act.act,
        from_state=act.from_state,
        to_state=act.to_state,
        reason=act.reason,
        detail=msgspec.json.decode(act.detail),
    )
