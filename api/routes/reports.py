"""What a span of days comes to, its lists as files, and how shifts hand over."""

from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Path, Query
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field

from api.deps import ServicesDep
from api.errors import NOT_FOUND_RESPONSE
from api.handing_over import handover_view, state_now
from api.report_shapes import HandoverPage, HandoverState, HandoverView, Report, ReportedAlerts
from api.reporting import (
    AlertFilter,
    Days,
    alert_lines,
    books_of,
    case_lines,
    days_between,
    report,
    reported,
)
from api.signed_in import HandlerDep, PersonDep, ScopedDep
from domain.rule import RuleKind
from domain.station import Severity
from exports.book import Books
from exports.csv_file import csv_file
from exports.figures import is_overdue
from exports.violations import ALERT_COLUMNS, CASE_COLUMNS, alert_rows, case_rows, header
from exports.words import Language
from storage.reports import AlertLine

router = APIRouter(tags=["reports"])

First = Annotated[date, Query(description="First local day")]
Last = Annotated[date, Query(description="Last local day, included")]
Lang = Annotated[Language, Query(description="The language of the file")]
NAME = Query(max_length=200, description="Of one of these; empty for what belongs to none")
CSV_RESPONSE: dict[int | str, dict[str, Any]] = {
    200: {"content": {"text/csv": {}}, "description": "UTF-8 with its mark"}
}
CaseList = Literal["all", "open", "closed", "dismissed", "overdue"]


class NewHandover(BaseModel):
    """To whom a shift is handed over, and a word."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    handed_to: str = Field(min_length=1, max_length=200)
    note: str = Field("", max_length=4000)


@dataclass(frozen=True)
class Listed:
    """Alerts of a list, the days they are of, and what their ids were called."""

    days: Days
    books: Books
    lines: list[AlertLine]


@router.get("/reports")
async def get_report(services: ServicesDep, scoped: ScopedDep, first: First, last: Last) -> Report:
    """Alerts by rule, company, site and district; cases; how many devices were heard: of whole local days."""
    return await report(services, scoped, await days_between(services, first, last))


async def _listed(
    services: ServicesDep,
    scoped: ScopedDep,
    first: First,
    last: Last,
    rule: RuleKind | None = None,
    severity: Annotated[Severity | None, Query(description="Of those that stand")] = None,
    company: Annotated[str | None, NAME] = None,
    site: Annotated[str | None, NAME] = None,
    district: Annotated[str | None, NAME] = None,
) -> Listed:
    """The alerts that a figure counts, newest first: of the page's list and of the file."""
    days = await days_between(services, first, last)
    lines = await alert_lines(services, scoped, days)
    books = await books_of(services, days, lines)
    wanted = AlertFilter(rule=rule, severity=severity, company=company, site=site, district=district)
    return Listed(days, books, [line for line in reversed(lines) if wanted.lets_through(line, books)])


ListedDep = Annotated[Listed, Depends(_listed)]


@router.get("/reports/alerts")
async def list_reported_alerts(
    listed: ListedDep,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
    offset: Annotated[int, Query(ge=0, le=1_000_000, description="`next` of the page before")] = 0,
) -> ReportedAlerts:
    """The alerts that a figure counts, withdrawn ones marked, newest first."""
    page = listed.lines[offset : offset + limit]
    return ReportedAlerts(
        total=len(listed.lines),
        items=[reported(line, listed.books) for line in page],
        next=offset + limit if len(listed.lines) > offset + limit else None,
    )


@router.get("/reports/alerts.csv", response_class=Response, responses=CSV_RESPONSE)
async def export_alerts(listed: ListedDep, first: First, last: Last, lang: Lang = "zh") -> Response:
    """The same alerts as a file, one line each."""
    rows = alert_rows(listed.lines, listed.books, listed.days.zone, lang)
    return _file(csv_file(header(ALERT_COLUMNS, lang), rows), f"haulwatch-alerts-{first}-{last}.csv")


@router.get("/reports/cases.csv", response_class=Response, responses=CSV_RESPONSE)
async def export_cases(
    services: ServicesDep,
    scoped: ScopedDep,
    first: First,
    last: Last,
    of: Annotated[
        CaseList, Query(description="Which of the cases opened in these days, as they stand now")
    ] = "all",
    lang: Lang = "zh",
) -> Response:
    """The cases that a figure counts as a file, newest first."""
    days, now_ms = await days_between(services, first, last), services.now_ms()
    lines = await case_lines(services, scoped, days)
    books = await books_of(services, days, lines)
    listed = [
        line
        for line in reversed(lines)
        if of in ("all", line.state)
        or (of == "open" and line.state not in ("closed", "dismissed"))
        or (of == "overdue" and is_overdue(line, now_ms))
    ]
    content = csv_file(header(CASE_COLUMNS, lang), case_rows(listed, books, days.zone, lang, now_ms))
    return _file(content, f"haulwatch-cases-{first}-{last}.csv")


@router.get("/handovers/now")
async def get_handover_state(services: ServicesDep, scoped: ScopedDep) -> HandoverState:
    """What would be handed over now."""
    return await state_now(services, scoped)


@router.get("/handovers")
async def list_handovers(
    services: ServicesDep,
    person: PersonDep,
    before: Annotated[int | None, Query(ge=1, le=2**63 - 1, description="`next` of the page before")] = None,
    limit: Annotated[int, Query(ge=1, le=50)] = 10,
) -> HandoverPage:
    """How shifts were handed over, newest first: those that speak of nothing beyond one's districts."""
    found = await services.reports.handovers(person.scope, before=before, limit=limit + 1)
    page = found[:limit]
    return HandoverPage(
        items=[handover_view(one) for one in page], next=page[-1].id if len(found) > limit else None
    )


@router.get("/handovers/{handover_id}", responses=NOT_FOUND_RESPONSE)
async def get_handover(
    services: ServicesDep, person: PersonDep, handover_id: Annotated[int, Path(ge=1, le=2**63 - 1)]
) -> HandoverView:
    """One hand-over, as it was."""
    return handover_view(await services.reports.handover(person.scope, handover_id))


@router.post("/handovers", status_code=201)
async def hand_over(
    services: ServicesDep, scoped: ScopedDep, person: HandlerDep, given: NewHandover
) -> HandoverView:
    """Hand the shift over: what is open now is kept with the word to whoever comes."""
    state = await state_now(services, scoped)
    kept = await services.reports.hand_over(
        person,
        handed_to=given.handed_to,
        note=given.note,
        state=state.model_dump_json(),
        at_ms=services.now_ms(),
    )
    await services.people.note(
        person.user_id, "hand_over", f"handover:{kept.id}", detail={"handed_to": kept.handed_to}
    )
    return handover_view(kept)


def _file(content: bytes, name: str) -> Response:
    headers = {"content-disposition": f'attachment; filename="{name}"', "x-content-type-options": "nosniff"}
    return Response(content, media_type="text/csv; charset=utf-8", headers=headers)
