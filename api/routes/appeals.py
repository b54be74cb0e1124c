"""Appeals against demerit points, and the watch list and the blacklist. An alert stays as it is, whatever is decided."""

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Query
from pydantic import BaseModel, ConfigDict, Field

from alerts.demerits import AppealState, Line
from api.deps import Services, ServicesDep
from api.errors import CHANGED_RESPONSE, NOT_FOUND_RESPONSE, ApiError
from api.reporting import known
from api.routes.scores import FIRST_DAY, LAST_DAY
from api.score_shapes import (
    AboutWord,
    AppealDetail,
    AppealPage,
    ListsView,
    ListWord,
    StateWord,
)
from api.score_view import Names, appeal_fields, appeal_view, decision_view, listed_view
from api.scores import dates, lines_of, listed, scores, seen
from api.signed_in import HandlerDep, PersonDep, ScopedDep, TunerDep, sees_everything
from domain.instant import to_rfc3339
from storage.demerits import AlreadyAppealed, AppealSuperseded
from storage.scoped import Scoped

router = APIRouter(prefix="/scores", tags=["scores"])

Id = Annotated[int, Path(ge=1, le=2**63 - 1)]
FROZEN = ConfigDict(frozen=True, extra="forbid")


class NewAppeal(BaseModel):
    """Why the points of an alert are disputed, and under which number."""

    model_config = FROZEN

    alert_id: UUID
    reason: str = Field(min_length=1, max_length=4000)
    file_number: str = Field("", max_length=200)


class NewDecision(BaseModel):
    """What becomes of an appeal; where it is partly upheld, how many points are given back."""

    model_config = FROZEN

    state: Literal["upheld", "partly", "refused"]
    reason: str = Field(min_length=1, max_length=4000)
    company_points: int | None = Field(None, ge=0, le=1000)
    vehicle_points: int | None = Field(None, ge=0, le=1000)


class NewListing(BaseModel):
    """Who is put on which list, why, and until the end of which local day; null until taken off."""

    model_config = FROZEN

    about: AboutWord
    id: str = Field(min_length=1, max_length=200)
    list: ListWord
    reason: str = Field(min_length=1, max_length=4000)
    until: date | None = Field(None, ge=FIRST_DAY, le=LAST_DAY)


class Removal(BaseModel):
    """Why somebody is taken off a list."""

    model_config = FROZEN

    reason: str = Field(min_length=1, max_length=4000)


@router.get("/appeals")
async def list_appeals(
    services: ServicesDep,
    person: PersonDep,
    state: StateWord | None = None,
    alert: Annotated[UUID | None, Query(description="Against one alert")] = None,
    before: Annotated[int | None, Query(ge=1, le=2**63 - 1, description="`next` of the page before")] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> AppealPage:
    """Appeals against alerts of one's districts as they stand, newest first."""
    rows = await services.demerits.appeals(
        person.scope, before=before, state=state, alert_id=alert, limit=limit + 1
    )
    names, page = Names(await known(services)), rows[:limit]
    lines = await lines_of(services, {row.alert_id: row.detected_ms for row in page})
    return AppealPage(
        items=[appeal_view(row, names, lines.get(row.alert_id)) for row in page],
        next=page[-1].id if len(rows) > limit else None,
    )


@router.get("/appeals/{appeal_id}", responses=NOT_FOUND_RESPONSE)
async def get_appeal(services: ServicesDep, person: PersonDep, appeal_id: Id) -> AppealDetail:
    """One appeal, with all that was ever decided on it."""
    row = await services.demerits.appeal(person.scope, appeal_id)
    log = [decision_view(one) for one in await services.demerits.decisions(appeal_id)]
    line = (await lines_of(services, {row.alert_id: row.detected_ms})).get(row.alert_id)
    fields = appeal_fields(row, Names(await known(services)), line)
    return AppealDetail.model_validate(fields | {"log": log})


@router.post("/appeals", status_code=201, responses=NOT_FOUND_RESPONSE | CHANGED_RESPONSE)
async def file_appeal(
    services: ServicesDep, scoped: ScopedDep, person: HandlerDep, given: NewAppeal
) -> AppealDetail:
    """File an appeal against the points of an alert. 409 `no_points` where it cost none, `appealed` where one stands."""
    line = await _line(services, scoped, given.alert_id)
    try:
        appeal_id = await services.demerits.file(
            person,
            given.alert_id,
            company_id=line.violation.company_id,
            vehicle_id=line.violation.vehicle_id,
            district_id=line.violation.district_id,
            file_number=given.file_number,
            reason=given.reason,
            at_ms=services.now_ms(),
        )
    except AlreadyAppealed:
        raise ApiError(
            409, "appealed", "There is an appeal against this alert already that was not refused"
        ) from None
    await services.people.note(
        person.user_id, "file_appeal", f"appeal:{appeal_id}", detail={"alert_id": str(given.alert_id)}
    )
    return await get_appeal(services, person, appeal_id)


@router.post("/appeals/{appeal_id}/decisions", responses=NOT_FOUND_RESPONSE | CHANGED_RESPONSE)
async def decide_appeal(
    services: ServicesDep, scoped: ScopedDep, person: TunerDep, appeal_id: Id, given: NewDecision
) -> AppealDetail:
    """Decide an appeal, or decide it anew: the newest decision holds, those before it stay in its log."""
    row = await services.demerits.appeal(person.scope, appeal_id)
    company, vehicle = given.company_points, given.vehicle_points
    if given.state == "partly":
        line = await _line(services, scoped, row.alert_id)
        _check_part(line, company, vehicle)
    elif company is not None or vehicle is not None:
        raise ApiError(422, "invalid_request", "Points are given where an appeal is partly upheld alone")
    try:
        await services.demerits.decide(
            person,
            appeal_id,
            AppealState(given.state),
            company_points=company,
            vehicle_points=vehicle,
            reason=given.reason,
            at_ms=services.now_ms(),
        )
    except AppealSuperseded:
        raise ApiError(
            409, "superseded", "Another appeal against this alert was filed since; that one counts"
        ) from None
    await services.people.note(
        person.user_id,
        "decide_appeal",
        f"appeal:{appeal_id}",
        detail={"state": given.state, "company_points": company, "vehicle_points": vehicle},
    )
    return await get_appeal(services, person, appeal_id)


@router.get("/lists")
async def get_lists(services: ServicesDep, scoped: ScopedDep) -> ListsView:
    """Who is on the watch list or the blacklist today: by hand, and by the points of the running cycle."""
    found = await dates(services, None)
    now = await scores(services, found)
    registry = found.known.registry
    may = await seen(scoped, registry, () if now is None else now.within(scoped))
    names = Names(found.known)
    return ListsView(
        at=to_rfc3339(services.now_ms()),
        items=[
            listed_view(one, names)
            for one in await listed(services, now, found.today)
            if may.covers(one.about, one.id)
        ],
    )


@router.post("/lists", status_code=201, dependencies=[Depends(sees_everything)], responses=NOT_FOUND_RESPONSE)
async def put_on_list(
    services: ServicesDep, scoped: ScopedDep, person: TunerDep, given: NewListing
) -> ListsView:
    """Put a company or vehicle of the registry on a list by hand."""
    registry = (await known(services)).registry
    entries = registry.companies if given.about == "company" else registry.vehicles
    if not any(one.id == given.id for one in entries):
        raise ApiError(404, "not_found", f"There is no {given.about} {given.id}")
    listing_id = await services.demerits.enter(
        person,
        given.about,
        given.id,
        given.list,
        until=given.until,
        reason=given.reason,
        at_ms=services.now_ms(),
    )
    await services.people.note(
        person.user_id,
        "put_on_list",
        f"listing:{listing_id}",
        detail={"about": given.about, "id": given.id, "list": given.list, "reason": given.reason},
    )
    return await get_lists(services, scoped)


@router.post(
    "/lists/{listing_id}/removal", dependencies=[Depends(sees_everything)], responses=NOT_FOUND_RESPONSE
)
async def take_off_list(
    services: ServicesDep, scoped: ScopedDep, person: TunerDep, listing_id: Id, given: Removal
) -> ListsView:
    """Take off a list who was put on it by hand."""
    await services.demerits.take_off(person, listing_id, reason=given.reason, at_ms=services.now_ms())
    await services.people.note(
        person.user_id, "take_off_list", f"listing:{listing_id}", detail={"reason": given.reason}
    )
    return await get_lists(services, scoped)


async def _line(services: Services, scoped: Scoped, alert_id: UUID) -> Line:
    """The line of an alert in the ledger of its cycle; raises ApiError 404, or 409 where it has none."""
    alert = await scoped.alert(alert_id)
    if alert is None:
        raise ApiError(404, "not_found", f"There is no alert {alert_id}")
    line = (await lines_of(services, {alert_id: alert.detected_ms})).get(alert_id)
    if line is None:
        raise ApiError(409, "no_points", "This alert costs no points by the scheme of its day")
    return line


def _check_part(line: Line, company: int | None, vehicle: int | None) -> None:
    most = f"up to {line.company.charged} of the company and {line.vehicle.charged} of the vehicle"
    if company is None or vehicle is None or company + vehicle == 0:
        raise ApiError(422, "invalid_request", f"Say how many points are given back: {most}")
    if company > line.company.charged or vehicle > line.vehicle.charged:
        raise ApiError(422, "invalid_request", f"No more than the alert cost can be given back: {most}")
