"""The field's form of one case, opened by a link: what the unit reads, and what it sends back, each once.

Whoever has the link has this case and nothing else. The secret comes as a bearer token.
"""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request
from pydantic import Field

from alerts.case_flow import Act, CaseState, Found
from api.case_given import Given, Text, instant
from api.deps import Services, ServicesDep
from api.errors import CHANGED_RESPONSE, NOT_FOUND_RESPONSE, SIGN_IN_RESPONSES, TOO_OFTEN_RESPONSE, ApiError
from api.routes.cases import CaseId
from api.schemas import Instant, Shape
from api.uploads import FILE_RESPONSES, UPLOAD, received
from domain.instant import to_rfc3339, to_rfc3339_if_known
from domain.person import EVERYTHING, Person, Role
from storage.case_acts import OnSite
from storage.cases import NewAct
from storage.field import LINK_PREFIX, FieldLink

router = APIRouter(tags=["field"])

LINK_RESPONSES = NOT_FOUND_RESPONSE | SIGN_IN_RESPONSES | TOO_OFTEN_RESPONSE


class FieldCase(Shape):
    """What the field reads of its case."""

    id: int
    state: CaseState
    unit: str
    message: str
    plate: str | None
    lon: float | None
    lat: float | None
    timezone: str
    verify_due_at: str = Instant
    close_due_at: str | None
    reminders: int
    supervised: bool
    returned_because: str | None = Field(description="Why an earlier answer came back; null where none did")
    answered_at: str | None = Field(description="When the answer that stands was given")


class GivenAnswer(Given):
    """What the field found. `key` is the phone's own: sent again, it is the same answer."""

    key: UUID
    found: Found
    text: Text = Field("", max_length=2000)
    written_at: str = Field(examples=["2026-11-20T10:00:00Z"], description="When it was written on the phone")
    lon: float | None = Field(None, ge=-180, le=180)
    lat: float | None = Field(None, ge=-90, le=90)
    accuracy_m: float | None = Field(None, ge=0, le=100_000)
    photo_ids: list[UUID] = Field(default_factory=list, max_length=20)


class Delivered(Shape):
    """When the service has it."""

    delivered_at: str = Instant


class KeptPhoto(Shape):
    """A photo that is with the case."""

    id: str


async def linked(services: ServicesDep, request: Request, case_id: CaseId) -> FieldLink:
    """Whom the link lets in; raises ApiError 401 where it opens nothing (any more), 429 where asked too often."""
    at_ms = services.now_ms()
    address = request.client.host if request.client else ""
    scheme, _, secret = request.headers.get("authorization", "").partition(" ")
    if services.refused_links.is_full(address, at_ms):
        raise ApiError(429, "too_often", "Too many links that open nothing; wait a minute")
    is_link = scheme.lower() == "bearer" and secret.startswith(LINK_PREFIX)
    link = await services.field.link(secret.strip(), case_id) if is_link else None
    if link is None:
        services.refused_links.count(address, at_ms)
        raise ApiError(401, "link_ended", "This link opens nothing (any more); ask for another")
    if services.asked_links.is_full(str(link.id), at_ms):
        raise ApiError(429, "too_often", "Too often; wait a minute")
    services.asked_links.count(str(link.id), at_ms)
    return link


LinkDep = Annotated[FieldLink, Depends(linked)]


@router.get("/field/{case_id}", responses=LINK_RESPONSES)
async def get_field_case(services: ServicesDep, link: LinkDep, case_id: CaseId) -> FieldCase:
    """The case as its unit reads it."""
    case = await services.cases.case(EVERYTHING, case_id)
    log = await services.cases.log(EVERYTHING, case_id)
    last = {act: [row for row in log if row.act == act] for act in (Act.RETURN, Act.ANSWER)}
    is_returned = case.state == CaseState.ASSIGNED and last[Act.RETURN]
    is_answered = case.state == CaseState.ANSWERED and last[Act.ANSWER]
    return FieldCase(
        id=case.id,
        state=CaseState(case.state),
        unit=link.unit,
        message=case.message or case.title,
        plate=case.plate,
        lon=case.lon,
        lat=case.lat,
        timezone=await _timezone(services),
        verify_due_at=to_rfc3339(case.verify_due_ms),
        close_due_at=to_rfc3339_if_known(case.close_due_ms),
        reminders=case.reminders,
        supervised=case.supervised,
        returned_because=last[Act.RETURN][-1].reason if is_returned else None,
        answered_at=to_rfc3339(last[Act.ANSWER][-1].at_ms) if is_answered else None,
    )


@router.put(
    "/field/{case_id}/photos/{photo_id}",
    responses=LINK_RESPONSES | CHANGED_RESPONSE | FILE_RESPONSES,
    openapi_extra=UPLOAD,
)
async def put_field_photo(
    services: ServicesDep,
    link: LinkDep,
    request: Request,
    case_id: CaseId,
    photo_id: UUID,
    name: Annotated[str, Query(min_length=1, max_length=200, pattern=r"^[^\x00]*$")] = "photo.jpg",
) -> KeptPhoto:
    """Keep a photo, under the phone's own id: sent again, it is the same one."""
    file = await received(request, name)
    kept = await services.cases.attach(
        _person(link),
        case_id,
        name=file.name,
        media_type=file.media_type,
        sha256=file.sha256,
        content=file.content,
        key=photo_id,
    )
    return KeptPhoto(id=str(kept.id))


@router.post("/field/{case_id}/answer", responses=LINK_RESPONSES | CHANGED_RESPONSE)
async def answer_from_field(
    services: ServicesDep, link: LinkDep, case_id: CaseId, given: GivenAnswer
) -> Delivered:
    """What was found on site, taken once for each key; beside an answer that is there already it is a note."""
    on_site = OnSite(
        written_ms=instant(given.written_at, "written_at"),
        lon=given.lon,
        lat=given.lat,
        accuracy_m=given.accuracy_m,
    )
    new = NewAct(
        act=Act.ANSWER,
        found=given.found,
        reason=given.text,
        on_site=on_site,
        attachment_ids=tuple(given.photo_ids),
    )
    delivered_ms = await services.cases.deliver(
        _person(link), case_id, new, key=given.key, link_id=link.id, at_ms=services.now_ms()
    )
    return Delivered(delivered_at=to_rfc3339(delivered_ms))


def _person(link: FieldLink) -> Person:
    """The unit, as the log names it. What it may do is what the routes above do."""
    return Person(user_id=f"field-{link.id}", name=link.unit, role=Role.DISPATCHER)


async def _timezone(services: Services) -> str:
    entry = await services.registry.in_force()
    return "Asia/Shanghai" if entry is None else entry.registry.timezone
