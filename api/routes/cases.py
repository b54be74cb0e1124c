"""Cases: what people do about alerts, and about warnings from outside."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Path, Query, Request, Response

from alerts.case_flow import DONE, Act, CaseRefused, CaseState, possible
from alerts.working_hours import worked_spans
from api.case_filter import CaseFilterDep
from api.case_given import GivenAct, GivenActs, GivenWarning, new_act, warned
from api.case_lists import (
    ActResult,
    CaseChanges,
    CasePage,
    CaseTabs,
    LookerView,
    UnitView,
    WorkingHoursView,
    act_results,
    looker_view,
    unit_view,
)
from api.case_view import CaseDetail, CaseView, LinkView, case_detail, case_view
from api.deps import Services, ServicesDep
from api.errors import CHANGED_RESPONSE, NOT_FOUND_RESPONSE
from api.field_link import make_link
from api.signed_in import HandlerDep, PersonDep
from domain.instant import DAY_MS, to_rfc3339
from domain.person import Person
from storage.case_records import CaseRow
from storage.cases import facts_of

router = APIRouter(tags=["cases"])

CaseId = Annotated[int, Path(ge=1, le=2**63 - 1)]
Tab = Literal[
    "to_assign", "awaiting_answer", "to_close", "overdue", "review", "placed", "open", "done", "all"
]

TABS: dict[str, tuple[CaseState, ...] | None] = {
    "to_assign": (CaseState.NEW, CaseState.ACKNOWLEDGED, CaseState.REOPENED),
    "awaiting_answer": (CaseState.ASSIGNED,),
    "to_close": (CaseState.ANSWERED,),
    "open": tuple(state for state in CaseState if state not in DONE),
    "done": tuple(DONE),
}
HOURS_BEFORE_MS, HOURS_AFTER_MS = 60 * DAY_MS, 120 * DAY_MS


@router.get("/cases")
async def list_cases(
    services: ServicesDep,
    person: PersonDep,
    found: CaseFilterDep,
    tab: Annotated[Tab, Query(description="`placed`: open warnings from outside that have a place")] = "open",
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
    cursor: Annotated[str | None, Query(pattern=r"^-?[0-9]{1,18}:[0-9]{1,18}$")] = None,
) -> CasePage:
    """The cases of a tab, by the nearer deadline; follow `next` until it is null to have each once."""
    rows, total = await services.case_lists.page(
        person.scope,
        found,
        states=TABS.get(tab),
        review_only=tab == "review",
        overdue_at_ms=services.now_ms() if tab == "overdue" else None,
        placed_only=tab == "placed",
        after_key=None if cursor is None else _key(cursor),
        limit=limit + 1,
    )
    page = rows[:limit]
    more = f"{page[-1].sort_ms}:{page[-1].id}" if len(rows) > limit else None
    return CasePage(items=[case_view(row) for row in page], total=total, next=more)


@router.get("/cases/counts")
async def count_cases(services: ServicesDep, person: PersonDep, found: CaseFilterDep) -> CaseTabs:
    """How many cases each tab holds, of those that the filter lets through."""
    counts = await services.case_lists.counts(person.scope, found, now_ms=services.now_ms())
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
    services: ServicesDep,
    person: PersonDep,
    district: Annotated[str | None, Query(max_length=200, pattern=r"^[^\x00]*$")] = None,
    alert: Annotated[list[UUID] | None, Query(max_length=200, description="What is to be assigned")] = None,
) -> list[UnitView]:
    """Who has been assigned cases: for the alerts' site first, then their rule, then the district; last choice first."""
    units = await services.cases.units(person.scope, district, alert or [])
    return [unit_view(unit) for unit in units]


@router.get("/cases/working-hours")
async def list_working_hours(services: ServicesDep) -> WorkingHoursView:
    """The spans worked from 60 days ago to 120 days ahead, on the Chinese working-day calendar.

    Closing limits are counted in them: what is left of one is their sum from now to the deadline.
    """
    entry = await services.registry.in_force()
    if entry is None:
        return WorkingHoursView(spans=[])
    now_ms = services.now_ms()
    spans = worked_spans(now_ms - HOURS_BEFORE_MS, now_ms + HOURS_AFTER_MS, entry.registry.zone_info)
    return WorkingHoursView(spans=[(to_rfc3339(start), to_rfc3339(end)) for start, end in spans])


@router.get("/cases/{case_id}", responses=NOT_FOUND_RESPONSE)
async def get_case(services: ServicesDep, person: PersonDep, case_id: CaseId) -> CaseDetail:
    """A case with its log, its files, and what the asking person may do with it now."""
    return await _detail(services, person, await services.cases.case(person.scope, case_id))


@router.post("/cases", status_code=201, responses=NOT_FOUND_RESPONSE)
async def open_external_case(
    services: ServicesDep, person: HandlerDep, given: GivenWarning, response: Response
) -> CaseView:
    """Enter a warning from outside; one whose number is known of its sender is that case, and answers 200."""
    case, is_new = await services.cases.open_external(
        person, await warned(services, given), at_ms=services.now_ms()
    )
    if not is_new:
        response.status_code = 200
    return case_view(case)


@router.post("/cases/acts")
async def act_on_many(services: ServicesDep, person: HandlerDep, given: GivenActs) -> list[ActResult]:
    """Do the same with up to 200 cases and alerts, each by itself: one that is refused holds up no other."""
    return await act_results(services, person, given)


@router.post("/cases/{case_id}/acts", responses=NOT_FOUND_RESPONSE | CHANGED_RESPONSE)
async def act_on_case(
    services: ServicesDep, person: HandlerDep, request: Request, case_id: CaseId, given: GivenAct
) -> CaseDetail:
    """Do something with a case; 409 where it is not as the client saw it, or does not allow it now."""
    before = await services.cases.case(person.scope, case_id)
    new = await new_act(services, given, before)
    case = await services.cases.act(person, case_id, new, at_ms=services.now_ms())
    return await _detail(services, person, case, link=await _link(services, person, request, given, case))


@router.post("/alerts/{alert_id}/acts", responses=NOT_FOUND_RESPONSE | CHANGED_RESPONSE)
async def act_on_alert(
    services: ServicesDep, person: HandlerDep, request: Request, alert_id: UUID, given: GivenAct
) -> CaseDetail:
    """Do something about an alert: as with its case, which the first act opens."""
    known = (await services.cases.of_alerts([alert_id])).get(alert_id)
    before = None if known is None else await services.cases.case(person.scope, known[0])
    new = await new_act(services, given, before)
    case = await services.cases.act_on_alert(person, alert_id, new, at_ms=services.now_ms())
    return await _detail(services, person, case, link=await _link(services, person, request, given, case))


@router.post("/cases/{case_id}/link", status_code=201, responses=NOT_FOUND_RESPONSE | CHANGED_RESPONSE)
async def make_case_link(
    services: ServicesDep, person: HandlerDep, request: Request, case_id: CaseId
) -> LinkView:
    """Another link for the field; the one before opens the case no more."""
    case = await services.cases.case(person.scope, case_id)
    if case.state != CaseState.ASSIGNED:
        raise CaseRefused(f"is_{case.state}")
    return await make_link(services, person, request, case)


@router.delete("/cases/{case_id}/link", status_code=204, responses=NOT_FOUND_RESPONSE)
async def revoke_case_link(services: ServicesDep, person: HandlerDep, case_id: CaseId) -> None:
    """Let no link open the case any more."""
    await services.cases.case(person.scope, case_id)
    await services.field.revoke_links(case_id)
    await services.people.note(person.user_id, "case_link_revoked", str(case_id))


@router.put("/cases/{case_id}/presence", responses=NOT_FOUND_RESPONSE)
async def look_at_case(services: ServicesDep, person: PersonDep, case_id: CaseId) -> list[LookerView]:
    """Say that you have the case open, every ten seconds; gives who else has."""
    await services.cases.case(person.scope, case_id)
    lookers = await services.field.look(person, case_id, now_ms=services.now_ms())
    return [looker_view(one) for one in lookers]


@router.delete("/cases/{case_id}/presence", status_code=204, responses=NOT_FOUND_RESPONSE)
async def stop_looking_at_case(services: ServicesDep, person: PersonDep, case_id: CaseId) -> None:
    """Say that you have closed the case."""
    await services.cases.case(person.scope, case_id)
    await services.field.stop_looking(person, case_id, now_ms=services.now_ms())


async def _link(
    services: Services, person: Person, request: Request, given: GivenAct, case: CaseRow
) -> LinkView | None:
    return await make_link(services, person, request, case) if given.act is Act.ASSIGN else None


async def _detail(
    services: Services, person: Person, case: CaseRow, *, link: LinkView | None = None
) -> CaseDetail:
    log = await services.cases.log(person.scope, case.id)
    return case_detail(
        case,
        log,
        await services.cases.attachments(person.scope, case.id),
        possible(facts_of(case, log), person, services.now_ms()),
        has_link=await services.field.has_link(case.id),
        link=link,
    )


def _key(cursor: str) -> tuple[int, int]:
    sort_ms, case_id = cursor.split(":")
    return int(sort_ms), int(case_id)
