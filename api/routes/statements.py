"""Weeks and months as they were issued, their files, and what changed since. Reading changes nothing."""

import asyncio
from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from fastapi.responses import Response
from starlette.requests import Request

from api.bulletin_found import BulletinScopeDep
from api.deps import Services, ServicesDep
from api.errors import CHANGED_RESPONSE, NOT_FOUND_RESPONSE, ApiError
from api.periods import PeriodDep
from api.signed_in import PersonDep, TunerDep, sees_everything
from api.statement_shapes import (
    AmendmentsView,
    AmendmentView,
    ChangeView,
    CorrectionView,
    IssuedView,
    StatedPeriods,
    StatedPeriodView,
)
from domain.instant import to_rfc3339, to_rfc3339_if_known
from domain.period import Period, PeriodKind
from domain.person import Scope
from exports.amendments import CORRECTED_FIELDS, Amendment, Change, amendments
from exports.period_file import MEDIA_TYPES, FileFormat, file_name, period_file
from exports.reasons import withdrawn_because
from exports.sentences import LANGUAGES
from exports.statement import StatedAlert
from exports.statements import NotToBeStated, StatedPeriod
from exports.within import within
from exports.words import Language

router = APIRouter(tags=["reports"])

MOST_CHANGES = 500

Lang = Annotated[Language, Query(description="The language of the file")]
NOT_STATED_RESPONSE = CHANGED_RESPONSE


@router.get("/statements")
async def list_statements(
    services: ServicesDep,
    person: PersonDep,
    kind: PeriodKind = PeriodKind.WEEK,
    limit: Annotated[int, Query(ge=1, le=60)] = 12,
) -> StatedPeriods:
    """The last weeks or months, newest first: how far each is, and what it counts."""
    found = await services.statements.periods(kind, limit, services.now_ms())
    return StatedPeriods(items=[_view(one, person.scope) for one in found])


@router.get("/statements/{period}", responses=NOT_STATED_RESPONSE)
async def get_statement(services: ServicesDep, person: PersonDep, period: PeriodDep) -> StatedPeriodView:
    """One week or month."""
    return await _described(services, person.scope, period)


@router.post(
    "/statements/{period}/issue",
    responses=NOT_STATED_RESPONSE,
    dependencies=[Depends(sees_everything)],
)
async def issue_statement(services: ServicesDep, person: TunerDep, period: PeriodDep) -> StatedPeriodView:
    """Issue a period that is over; again, an amendment where what counts has changed since, and nothing else.

    A statement is of the whole city, so this is for those who may see every district.
    """
    try:
        await services.statements.issue(period, services.now_ms(), person.user_id)
    except NotToBeStated as error:
        raise _not_stated(error) from None
    return await _described(services, person.scope, period)


@router.get("/statements/{period}/amendments")
async def list_amendments(services: ServicesDep, person: PersonDep, period: PeriodDep) -> AmendmentsView:
    """What each later statement changed of the one before."""
    seen = [within(one, person.scope.district_ids) for one in await services.statements.issued(period)]
    found = await asyncio.to_thread(amendments, seen)
    return AmendmentsView(period=period.name, items=[_amendment(one) for one in found])


def _file_responses(file_format: FileFormat) -> dict[int | str, dict[str, Any]]:
    content: dict[str, Any] = {MEDIA_TYPES[file_format].partition(";")[0]: {}}
    return NOT_STATED_RESPONSE | NOT_FOUND_RESPONSE | {200: {"content": content, "description": "The file"}}


@router.get(
    "/statements/{period}/violations.xlsx",
    response_class=Response,
    responses=_file_responses(FileFormat.XLSX),
)
async def export_period_workbook(
    services: ServicesDep,
    scope: BulletinScopeDep,
    request: Request,
    period: PeriodDep,
    lang: Lang = "zh",
) -> Response:
    """The period as an Excel workbook; provisional, and marked so, where it was not issued."""
    link = services.public_url or str(request.base_url).rstrip("/")
    return await _file(services, scope, period, FileFormat.XLSX, lang, link)


@router.get(
    "/statements/{period}/violations.csv",
    response_class=Response,
    responses=_file_responses(FileFormat.CSV),
)
async def export_period_csv(
    services: ServicesDep, scope: BulletinScopeDep, period: PeriodDep, lang: Lang = "zh"
) -> Response:
    """Every alert of the period as it was issued, and a line for each change since."""
    return await _file(services, scope, period, FileFormat.CSV, lang)


@router.get(
    "/statements/{period}/violations.geojson",
    response_class=Response,
    responses=_file_responses(FileFormat.GEOJSON),
)
async def export_period_geojson(
    services: ServicesDep, scope: BulletinScopeDep, period: PeriodDep, lang: Lang = "zh"
) -> Response:
    """The violations of the period as points (RFC 7946)."""
    return await _file(services, scope, period, FileFormat.GEOJSON, lang)


async def _file(
    services: Services,
    scope: Scope,
    period: Period,
    file_format: FileFormat,
    language: Language,
    link: str = "",
) -> Response:
    try:
        found = await services.statements.of(period, services.now_ms())
    except NotToBeStated as error:
        raise _not_stated(error) from None
    # Some seconds of work for ten thousand violations; the stream goes on meanwhile, and those who wait hold no thread.
    async with services.drawing:
        content = await asyncio.to_thread(
            period_file, found, file_format, language=language, districts=scope.district_ids, link=link
        )
    headers = {
        "content-disposition": f'attachment; filename="{file_name(found, file_format, language)}"',
        "x-content-type-options": "nosniff",
    }
    return Response(content, media_type=MEDIA_TYPES[file_format], headers=headers)


def _not_stated(error: NotToBeStated) -> ApiError:
    return ApiError(409, error.code, str(error))


async def _described(services: Services, scope: Scope, period: Period) -> StatedPeriodView:
    try:
        (found,) = await services.statements.described([period], services.now_ms())
    except NotToBeStated as error:
        raise _not_stated(error) from None
    return _view(found, scope)


def _view(found: StatedPeriod, scope: Scope) -> StatedPeriodView:
    return StatedPeriodView(
        name=found.period.name,
        kind=found.period.kind.value,
        first=found.period.first.isoformat(),
        last=found.period.last.isoformat(),
        state=found.state.value,
        issued=[
            IssuedView(
                number=one.number,
                stated_at=to_rfc3339(one.stated_ms),
                issued_by=one.issued_by,
                **_counted(one.by_district, scope),
            )
            for one in found.issued
        ],
        **_counted(found.counts, scope),
        has_changed=found.has_changed,
    )


def _counted(by_district: Mapping[str, tuple[int, int]], scope: Scope) -> dict[str, int]:
    seen = [two for district, two in by_district.items() if scope.covers(district or None)]
    return {"alerts": sum(alerts for alerts, _ in seen), "violations": sum(counts for _, counts in seen)}


def _amendment(found: Amendment) -> AmendmentView:
    return AmendmentView(
        number=found.number,
        stated_at=to_rfc3339(found.stated_ms),
        total=len(found.changes),
        changes=[_change(one) for one in found.changes[:MOST_CHANGES]],
    )


def _change(found: Change) -> ChangeView:
    alert = found.alert
    return ChangeView(
        kind=found.kind.value,
        alert_id=alert.id,
        rule=alert.rule,
        severity=alert.severity,
        subject=alert.subject,
        name=_name(alert),
        company=alert.company,
        district=alert.district,
        started_at=to_rfc3339(alert.started_ms),
        detected_at=to_rfc3339(alert.detected_ms),
        found_late=alert.found_late,
        withdrawn=None
        if alert.withdrawn is None
        else {language: withdrawn_because(alert.withdrawn, language) for language in LANGUAGES},
        dismissed=alert.dismissed_because or None,
        what=alert.what,
        corrections=[
            CorrectionView(field=field, before=_said(found.before, field), after=_said(found.after, field))
            for field in found.fields
        ],
    )


def _name(alert: StatedAlert) -> str:
    return alert.plate or alert.station or alert.subject.partition(":")[2]


def _said(alert: StatedAlert | None, field: str) -> Any:
    """What a statement says of one of the fields that may be corrected."""
    if alert is None:
        return None
    match field:
        case "severity":
            return alert.severity
        case "started":
            return to_rfc3339(alert.started_ms)
        case "ended_at":
            return to_rfc3339_if_known(alert.ended_ms)
        case "place":
            return " · ".join(filter(None, (alert.site, alert.district, _coordinates(alert))))
        case "subject":
            return " · ".join(filter(None, (_name(alert), alert.company)))
        case _:
            assert CORRECTED_FIELDS[field] == ("what",)
            return alert.what


def _coordinates(alert: StatedAlert) -> str:
    return "" if alert.lon is None or alert.lat is None else f"{alert.lat:.6f}, {alert.lon:.6f}"
