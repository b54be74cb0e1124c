"""Cases: what people do about alerts, and about warnings from outside."""

import hashlib
from typing import Annotated, Literal
from urllib.parse import quote
from uuid import UUID

import filetype
from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from alerts.case_flow import DEFAULT_CLOSING_HOURS, DONE, Act, CaseState, Found, possible
from alerts.working_hours import after_working_hours
from api.case_view import AttachmentView, CaseDetail, CaseView, attachment_view, case_detail, case_view
from api.deps import Services, ServicesDep
from api.errors import CHANGED_RESPONSE, NOT_FOUND_RESPONSE, ApiError
from api.schemas import Shape
from api.signed_in import HandlerDep, PersonDep
from domain.instant import from_rfc3339
from domain.person import Person
from storage.case_records import CaseRow
from storage.cases import NewAct, facts_of

router = APIRouter(tags=["cases"])

MOST_BYTES = 10 * 1024 * 1024
MEDIA_TYPES = frozenset(
    {"image/jpeg", "image/png", "image/webp", "image/heic", "application/pdf", "video/mp4"}
)
CaseId = Annotated[int, Path(ge=1, le=2**63 - 1)]
Tab = Literal["to_assign", "awaiting_answer", "to_close", "overdue", "review", "open", "done", "all"]

TABS: dict[str, tuple[CaseState, ...] | None] = {
    "to_assign": (CaseState.NEW, CaseState.ACKNOWLEDGED, CaseState.REOPENED),
    "awaiting_answer": (CaseState.ASSIGNED,),
    "to_close": (CaseState.ANSWERED,),
    "open": tuple(state for state in CaseState if state not in DONE),
    "done": tuple(DONE),
}
EXAMPLE = "2026-11-20T10:00:00Z"


class Given(BaseModel):
    """What a client sends: nothing but what is named."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class GivenAct(Given):
    """What somebody does. `version` is the case's as they saw it."""

    act: Act
    version: int | None = Field(None, ge=1, le=2**31 - 1)
    reason: str = Field("", max_length=2000)
    assignee: str | None = Field(None, max_length=200)
    close_within_hours: float | None = Field(
        None, gt=0, le=2000, description="Working hours until it is to be closed; 16 where nothing is said"
    )
    close_due_at: str | None = Field(None, examples=[EXAMPLE], description="The same as an instant")
    found: Found | None = None
    attachment_ids: list[UUID] = Field(default_factory=list, max_length=20)
    alert_ids: list[UUID] = Field(default_factory=list, max_length=200)


class Warning_(Given):  # noqa: N801 -- the word is taken
    """A warning from outside: a higher platform's, a citizen's."""

    title: str = Field(min_length=1, max_length=200)
    reference: str | None = Field(
        None, max_length=200, description="The sender's number; sent again, one case"
    )
    district_id: str | None = Field(None, max_length=200)
    lon: float | None = Field(None, ge=-180, le=180)
    lat: float | None = Field(None, ge=-90, le=90)
    text: str = Field("", max_length=10_000)


class CasePage(Shape):
    """One page of cases, by the nearer deadline."""

    items: list[CaseView]
    next: str | None = Field(description="Pass as `cursor` for the next page; null on the last one")


class CaseChanges(Shape):
    """Cases that changed, and the number of the newest act among them, from which to go on."""

    number: int
    items: list[CaseView]


class CaseTabs(Shape):
    """How many cases each tab holds."""

    to_assign: int
    awaiting_answer: int
    to_close: int
    review: int
    overdue: int
    open: int
    all: int


@router.get("/cases")
async def list_cases(
    services: ServicesDep,
    person: PersonDep,
    tab: Tab = "open",
    assignee: Annotated[str | None, Query(max_length=200)] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
    cursor: Annotated[str | None, Query(pattern=r"^-?[0-9]{1,18}:[0-9]{1,18}$")] = None,
) -> CasePage:
    """The cases of a tab, by the nearer deadline; follow `next` until it is null to have each once."""
    key = None if cursor is None else (int(cursor.split(":")[0]), int(cursor.split(":")[1]))
    rows = await services.cases.cases(
        person.scope,
        states=TABS.get(tab),
        assignee=assignee,
        review_only=tab == "review",
        overdue_at_ms=services.now_ms() if tab == "overdue" else None,
        after_key=key,
        limit=limit + 1,
    )
    page = rows[:limit]
    return CasePage(
        items=[case_view(row) for row in page], next=_key(page[-1]) if len(rows) > limit else None
    )


@router.get("/cases/counts")
async def count_cases(services: ServicesDep, person: PersonDep) -> CaseTabs:
    """How many cases each tab holds."""
    counts = await services.cases.counts(person.scope, now_ms=services.now_ms())
    return CaseTabs(**{name: getattr(counts, name) for name in CaseTabs.model_fields})


@router.get("/cases/changes")
async def list_case_changes(
    services: ServicesDep,
    person: PersonDep,
    after: Annotated[
        int | None, Query(ge=0, le=2**63 - 1, description="`number` of the answer before")
    ] = None,
) -> CaseChanges:
    """The cases that somebody acted on after a number, as they stand; without one only the newest number."""
    if after is None:
        return CaseChanges(number=await services.cases.newest_act(), items=[])
    acts = await services.cases.acts(person.scope, after)
    found = [
        await services.cases.case(person.scope, number) for number in dict.fromkeys(a.case_id for a in acts)
    ]
    newest = acts[-1].number if acts else max(after, await services.cases.newest_act())
    return CaseChanges(number=newest, items=[case_view(row) for row in found])


@router.get("/cases/units")
async def list_units(
    services: ServicesDep, person: PersonDep, district: Annotated[str | None, Query(max_length=200)] = None
) -> list[str]:
    """Who has been assigned cases, the last choice for a district first."""
    return list(await services.cases.units(person.scope, district))


@router.get("/cases/{case_id}", responses=NOT_FOUND_RESPONSE)
async def get_case(services: ServicesDep, person: PersonDep, case_id: CaseId) -> CaseDetail:
    """A case with its log, its files, and what the asking person may do with it now."""
    return await _detail(services, person, await services.cases.case(person.scope, case_id))


@router.post("/cases", status_code=201, responses=NOT_FOUND_RESPONSE)
async def open_external_case(
    services: ServicesDep, person: HandlerDep, given: Warning_, response: Response
) -> CaseView:
    """Enter a warning from outside; one with a reference that is known already is that case, and answers 200."""
    case, is_new = await services.cases.open_external(
        person,
        title=given.title,
        reference=given.reference,
        district_id=given.district_id,
        lon=given.lon,
        lat=given.lat,
        at_ms=services.now_ms(),
        detail={"text": given.text},
    )
    if not is_new:
        response.status_code = 200
    return case_view(case)


@router.post("/cases/{case_id}/acts", responses=NOT_FOUND_RESPONSE | CHANGED_RESPONSE)
async def act_on_case(
    services: ServicesDep, person: HandlerDep, case_id: CaseId, given: GivenAct
) -> CaseDetail:
    """Do something with a case; 409 where it is not as the client saw it, or does not allow it now."""
    new = await _new_act(services, given)
    case = await services.cases.act(person, case_id, new, at_ms=services.now_ms())
    return await _detail(services, person, case)


@router.post("/alerts/{alert_id}/acts", responses=NOT_FOUND_RESPONSE | CHANGED_RESPONSE)
async def act_on_alert(
    services: ServicesDep, person: HandlerDep, alert_id: UUID, given: GivenAct
) -> CaseDetail:
    """Do something about an alert: as with its case, which the first act opens."""
    new = await _new_act(services, given)
    case = await services.cases.act_on_alert(person, alert_id, new, at_ms=services.now_ms())
    return await _detail(services, person, case)


@router.post(
    "/cases/{case_id}/attachments",
    status_code=201,
    responses=NOT_FOUND_RESPONSE,
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
        }
    },
)
async def add_attachment(
    services: ServicesDep,
    person: HandlerDep,
    request: Request,
    case_id: CaseId,
    name: Annotated[str, Query(min_length=1, max_length=200, description="The file's name")],
) -> AttachmentView:
    """Keep a photo, a PDF or a short film with a case: the body is the file, of at most 10 MiB."""
    content = await _body(request)
    kind = filetype.guess(content)
    media_type = None if kind is None else str(kind.mime)
    if media_type not in MEDIA_TYPES:
        raise ApiError(
            415, "media_type", f"Not a file of a kind that is kept: {', '.join(sorted(MEDIA_TYPES))}"
        )
    digest = hashlib.sha256(content).digest()
    kept = await services.cases.attach(
        person, case_id, name=_clean(name), media_type=media_type, sha256=digest, content=content
    )
    return attachment_view(kept)


@router.get(
    "/attachments/{attachment_id}",
    responses=NOT_FOUND_RESPONSE | {200: {"content": {"application/octet-stream": {}}}},
    response_class=Response,
)
async def get_attachment(services: ServicesDep, person: PersonDep, attachment_id: UUID) -> Response:
    """A file, as it was sent."""
    kept, content = await services.cases.attachment(person.scope, attachment_id)
    headers = {
        # Shown or saved by the browser, never run: what people upload is not to be trusted as a page.
        "content-disposition": f"inline; filename*=UTF-8''{quote(kept.name)}",
        "x-content-type-options": "nosniff",
        "content-security-policy": "default-src 'none'; sandbox",
        "cache-control": "private, max-age=31536000, immutable",
        "etag": f'"{kept.sha256}"',
    }
    return Response(content, media_type=kept.media_type, headers=headers)


async def _body(request: Request) -> bytes:
    """The request's body; raises ApiError 413 as soon as it is too large."""
    parts, size = [], 0
    async for part in request.stream():
        size += len(part)
        if size > MOST_BYTES:
            raise ApiError(413, "too_large", f"A file may have {MOST_BYTES // 1024 // 1024} MiB at most")
        parts.append(part)
    return b"".join(parts)


def _clean(name: str) -> str:
    """A file's name without its path and without what cannot be printed."""
    bare = name.replace("\\", "/").rsplit("/", 1)[-1]
    return "".join(letter for letter in bare if letter.isprintable()) or "file"


async def _new_act(services: Services, given: GivenAct) -> NewAct:
    return NewAct(
        act=given.act,
        expected_version=given.version,
        reason=given.reason,
        assignee=given.assignee,
        close_due_ms=await _close_due_ms(services, given),
        found=given.found,
        attachment_ids=tuple(given.attachment_ids),
        alert_ids=tuple(given.alert_ids),
    )


async def _close_due_ms(services: Services, given: GivenAct) -> int | None:
    """Until when it is to be closed: as given, else so many working hours from now."""
    if given.act not in (Act.ASSIGN, Act.EXTEND):
        return None
    if given.close_due_at is not None:
        try:
            return from_rfc3339(given.close_due_at)
        except ValueError as error:
            raise ApiError(422, "invalid_request", f"close_due_at: {error}") from error
    entry = await services.registry.in_force()
    if entry is None:
        raise ApiError(409, "no_registry", "No registry has been loaded yet")
    hours = DEFAULT_CLOSING_HOURS if given.close_within_hours is None else given.close_within_hours
    return after_working_hours(services.now_ms(), hours, entry.registry.zone_info)


async def _detail(services: Services, person: Person, case: CaseRow) -> CaseDetail:
    log = await services.cases.log(person.scope, case.id)
    files = await services.cases.attachments(person.scope, case.id)
    return case_detail(case, log, files, possible(facts_of(case, log), person, services.now_ms()))


def _key(case: CaseRow) -> str:
    due_ms = 9_000_000_000_000_000 if case.due_ms is None else case.due_ms
    return f"{due_ms}:{case.id}"
