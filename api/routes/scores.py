"""Standings of companies and vehicles by demerit points, and the ledgers they are the sums of."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query
from fastapi.responses import Response

from alerts.demerit_scheme import About
from alerts.demerits import Line
from api.deps import Services, ServicesDep
from api.errors import CHANGED_RESPONSE, NOT_FOUND_RESPONSE, ApiError
from api.routes.reports import CSV_RESPONSE, Lang
from api.score_shapes import AboutWord, LedgerView, ScoresView, VehicleScores
from api.score_view import Names, by_grade, cycle_view, line_view, part_view, standing_view
from api.scores import Dates, Scores, dates, listed, scores, seen, worst
from api.signed_in import ScopedDep
from domain.instant import to_rfc3339
from exports.csv_file import csv_file
from exports.demerits import LINE_COLUMNS, STANDING_COLUMNS, line_rows, standing_rows
from exports.violations import header
from storage.scoped import Scoped

router = APIRouter(prefix="/scores", tags=["scores"], responses=CHANGED_RESPONSE)

FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2100, 1, 1)
Day = Annotated[
    date | None,
    Query(ge=FIRST_DAY, le=LAST_DAY, description="A local day of the cycle; absent for the running one"),
]
Limit = Annotated[int, Query(ge=1, le=500)]
Offset = Annotated[int, Query(ge=0, le=1_000_000, description="`next` of the page before")]
CompanyId = Annotated[str, Path(max_length=200)]
VehicleId = Annotated[str, Path(max_length=200)]


async def _dates(services: ServicesDep, day: Day = None) -> Dates:
    return await dates(services, day)


async def _scores(services: ServicesDep, found: Annotated[Dates, Depends(_dates)]) -> Scores:
    cycle = await scores(services, found)
    if cycle is None:
        raise ApiError(409, "no_scheme", "No scheme is in force on that day")
    return cycle


DatesDep = Annotated[Dates, Depends(_dates)]
ScoresDep = Annotated[Scores, Depends(_scores)]


@router.get("")
async def get_scores(services: ServicesDep, scoped: ScopedDep, found: DatesDep) -> ScoresView:
    """Where every company stands in a cycle, worst first, and how many vehicles are in each grade."""
    cycle = await scores(services, found)
    whole_city = scoped.scope.district_ids is None
    if cycle is None:
        companies, grades, scheme = [], {}, None
    else:
        names, scheme = Names(found.known), cycle.dated.scheme
        on_list = worst(await listed(services, await _todays(services, found, cycle), found.today))
        of_companies = await cycle.companies(scoped)
        companies = [standing_view(one, cycle, names, on_list) for one in of_companies]
        grades = {
            "companies": by_grade(of_companies),
            "vehicles": by_grade(await cycle.vehicles(scoped)),
        }
    return ScoresView(
        at=to_rfc3339(services.now_ms() if cycle is None else cycle.as_of_ms),
        today=found.today.isoformat(),
        cycle=None if found.cycle is None else cycle_view(found.cycle, found.today),
        cycles=[cycle_view(one, found.today) for one in found.cycles],
        parts=[] if cycle is None else [part_view(one) for one in cycle.parts],
        counting=None if scheme is None else scheme.counting.value,
        full_company=None if scheme is None or scheme.full is None else scheme.full.company,
        full_vehicle=None if scheme is None or scheme.full is None else scheme.full.vehicle,
        whole_city=whole_city,
        companies=companies,
        grades=grades,
    )


@router.get("/vehicles")
async def list_vehicle_scores(
    services: ServicesDep,
    scoped: ScopedDep,
    found: DatesDep,
    cycle: ScoresDep,
    company: Annotated[str | None, Query(max_length=200, description="Of one company")] = None,
    limit: Limit = 100,
    offset: Offset = 0,
) -> VehicleScores:
    """The vehicles that have a violation in a cycle, most points first."""
    if company is None:
        these = await cycle.vehicles(scoped)
    else:
        lines = [line for line in cycle.within(scoped) if line.violation.company_id == company]
        these = await cycle.standings("vehicle", lines)
    on_list = worst(await listed(services, await _todays(services, found, cycle), found.today))
    names = Names(found.known)
    return VehicleScores(
        total=len(these),
        items=[standing_view(one, cycle, names, on_list) for one in these[offset : offset + limit]],
        next=offset + limit if len(these) > offset + limit else None,
    )


@router.get("/standings.csv", response_class=Response, responses=CSV_RESPONSE)
async def export_standings(
    scoped: ScopedDep, cycle: ScoresDep, about: AboutWord = "company", lang: Lang = "zh"
) -> Response:
    """The standings of a cycle as a file."""
    these = await (cycle.companies(scoped) if about == "company" else cycle.vehicles(scoped))
    rows = standing_rows(these, cycle.dated.scheme, cycle.known.book, lang)
    name = f"haulwatch-scores-{about}-{cycle.cycle.first}-{cycle.cycle.last}.csv"
    return _file(csv_file(header(STANDING_COLUMNS, lang), rows), name)


@router.get("/companies/{company_id}/ledger", responses=NOT_FOUND_RESPONSE)
async def get_company_ledger(
    services: ServicesDep,
    scoped: ScopedDep,
    cycle: ScoresDep,
    found: DatesDep,
    company_id: CompanyId,
    limit: Limit = 100,
    offset: Offset = 0,
) -> LedgerView:
    """The violations that make up a company's points, newest first."""
    return await _ledger(services, scoped, found, cycle, "company", company_id, limit, offset)


@router.get("/vehicles/{vehicle_id}/ledger", responses=NOT_FOUND_RESPONSE)
async def get_vehicle_ledger(
    services: ServicesDep,
    scoped: ScopedDep,
    cycle: ScoresDep,
    found: DatesDep,
    vehicle_id: VehicleId,
    limit: Limit = 100,
    offset: Offset = 0,
) -> LedgerView:
    """The violations that make up a vehicle's points, newest first."""
    return await _ledger(services, scoped, found, cycle, "vehicle", vehicle_id, limit, offset)


@router.get(
    "/companies/{company_id}/ledger.csv",
    response_class=Response,
    responses=CSV_RESPONSE | NOT_FOUND_RESPONSE,
)
async def export_company_ledger(
    scoped: ScopedDep, cycle: ScoresDep, company_id: CompanyId, lang: Lang = "zh"
) -> Response:
    """The same ledger as a file."""
    return await _ledger_file(scoped, cycle, "company", company_id, lang)


@router.get(
    "/vehicles/{vehicle_id}/ledger.csv",
    response_class=Response,
    responses=CSV_RESPONSE | NOT_FOUND_RESPONSE,
)
async def export_vehicle_ledger(
    scoped: ScopedDep, cycle: ScoresDep, vehicle_id: VehicleId, lang: Lang = "zh"
) -> Response:
    """The same ledger as a file."""
    return await _ledger_file(scoped, cycle, "vehicle", vehicle_id, lang)


async def _todays(services: Services, found: Dates, cycle: Scores) -> Scores | None:
    """The running cycle, by which the lists are: often the one that is looked at."""
    if cycle.cycle.first <= found.today <= cycle.cycle.last:
        return cycle
    return await scores(services, await dates(services, None))


async def _lines_of(scoped: Scoped, cycle: Scores, about: About, subject_id: str) -> list[Line]:
    """Somebody's lines, newest first; raises ApiError 404 for whom one may not see or nobody knows."""
    lines = cycle.within(scoped)
    theirs = [line for line in reversed(lines) if line.subject(about) == subject_id]
    registry = cycle.known.registry
    entries = registry.companies if about == "company" else registry.vehicles
    is_known = bool(theirs) or any(one.id == subject_id for one in entries)
    if not is_known or not (await seen(scoped, registry, lines)).covers(about, subject_id):
        raise ApiError(404, "not_found", f"There is no {about} {subject_id}")
    return theirs


async def _ledger(
    services: Services,
    scoped: Scoped,
    found: Dates,
    cycle: Scores,
    about: About,
    subject_id: str,
    limit: int,
    offset: int,
) -> LedgerView:
    lines = await _lines_of(scoped, cycle, about, subject_id)
    on_list = worst(await listed(services, await _todays(services, found, cycle), found.today))
    names = Names(found.known)
    mine = await cycle.standings(about, lines, others=(subject_id,))
    return LedgerView(
        cycle=cycle_view(cycle.cycle, cycle.today),
        whole_city=scoped.scope.district_ids is None,
        standing=standing_view(mine[0], cycle, names, on_list),
        total=len(lines),
        items=[line_view(line, about, names) for line in lines[offset : offset + limit]],
        next=offset + limit if len(lines) > offset + limit else None,
    )


async def _ledger_file(scoped: Scoped, cycle: Scores, about: About, subject_id: str, lang: Lang) -> Response:
    lines = await _lines_of(scoped, cycle, about, subject_id)
    known = cycle.known
    rows = line_rows(lines, about, known.book, known.zone, lang)
    name = f"haulwatch-ledger-{about}-{cycle.cycle.first}-{cycle.cycle.last}.csv"
    return _file(csv_file(header(LINE_COLUMNS, lang), rows), name)


def _file(content: bytes, name: str) -> Response:
    headers = {"content-disposition": f'attachment; filename="{name}"', "x-content-type-options": "nosniff"}
    return Response(content, media_type="text/csv; charset=utf-8", headers=headers)
