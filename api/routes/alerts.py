"""The alerts, by page and one by one, each with its explanation and its bundle of evidence."""

import asyncio
from collections.abc import Sequence
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Response

from api.alerts import alert_object, cursor_after, read_cursor
from api.deps import ServicesDep
from api.errors import NOT_FOUND_RESPONSE, ApiError
from api.explanation import explain
from api.explanation_shapes import Explanation
from api.schemas import Alert, AlertPage
from api.signed_in import PersonDep, ScopedDep
from domain.rule import RuleKind
from domain.station import Severity
from exports.bundle.making import make_bundle
from storage.store import AlertRow

router = APIRouter(prefix="/alerts", tags=["alerts"])

# Other texts cannot name a device, and some, such as a NUL, the database would not even compare.
DEVICE_ID = "^[A-Za-z0-9_-]{1,64}$"


@router.get("")
async def list_alerts(
    services: ServicesDep,
    scoped: ScopedDep,
    rule: Annotated[RuleKind | None, Query(description="Only this kind of rule")] = None,
    severity: Annotated[
        list[Severity] | None,
        Query(max_length=4, description="Only these severities; several by repeating it"),
    ] = None,
    device: Annotated[str | None, Query(pattern=DEVICE_ID, description="Only this device")] = None,
    open_only: Annotated[
        bool, Query(alias="open", description="Only those neither ended nor withdrawn")
    ] = False,
    unacknowledged: Annotated[
        bool, Query(description="Only those that nobody has taken, ended or not; withdrawn ones are left out")
    ] = False,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
    cursor: Annotated[str | None, Query(max_length=120, description="`next` of the page before")] = None,
) -> AlertPage:
    """Alerts, newest `detected_at` first; follow `next` until it is null to have them all, each once."""
    rows = await scoped.alerts(
        rule=rule,
        severities=severity,
        device_id=device,
        open_only=open_only,
        unacknowledged_only=unacknowledged,
        before=None if cursor is None else _continue_from(cursor),
        limit=limit + 1,
    )
    page = rows[:limit]
    more = cursor_after(page[-1]) if len(rows) > limit else None
    return AlertPage(items=await _with_cases(services, page), next=more)


@router.get("/{alert_id}", responses=NOT_FOUND_RESPONSE)
async def get_alert(services: ServicesDep, scoped: ScopedDep, alert_id: UUID) -> Alert:
    """One alert in its present state."""
    row = await scoped.alert(alert_id)
    if row is None:
        raise ApiError(404, "not_found", f"There is no alert {alert_id}")
    return (await _with_cases(services, [row]))[0]


@router.get("/{alert_id}/explanation", responses=NOT_FOUND_RESPONSE)
async def get_explanation(services: ServicesDep, scoped: ScopedDep, alert_id: UUID) -> Explanation:
    """Why an alert was raised: its rule in words, permit, zones and limit of the registry version that judged
    it, its device's reports around it, every stored change, and how complete the device's data are.
    """
    is_seen = await scoped.alert(alert_id) is not None
    found = await explain(services.store, alert_id) if is_seen else None
    if found is None:
        raise ApiError(404, "not_found", f"There is no alert {alert_id}")
    return found


@router.get(
    "/{alert_id}/evidence.zip",
    responses=NOT_FOUND_RESPONSE | {200: {"content": {"application/zip": {}}}},
    response_class=Response,
)
async def get_evidence(
    services: ServicesDep,
    scoped: ScopedDep,
    person: PersonDep,
    alert_id: UUID,
    lang: Annotated[Literal["zh", "en"], Query(description="The language of the page in it")] = "zh",
) -> Response:
    """All that an alert rests on as a zip that others can read, check and judge again: reports, registry versions,
    what people did, digests. Who had it made, and its number, is in the audit log.
    """
    # One after the other: the files of a case alone may be 64 MiB, and those who wait hold no thread that others need.
    async with services.drawing:
        exhibit = await scoped.exhibit(alert_id)
        if exhibit is None:
            raise ApiError(404, "not_found", f"There is no alert {alert_id}")
        bundle = await asyncio.to_thread(make_bundle, exhibit, lang)
    detail = {"number": bundle.number, "revision": exhibit.case.alert.revision, "lang": lang}
    await services.people.note(person.user_id, "evidence", f"alert:{alert_id}", detail=detail)
    headers = {
        "content-disposition": f'attachment; filename="haulwatch-evidence-{alert_id}.zip"',
        "x-content-type-options": "nosniff",
        "cache-control": "no-store",
    }
    return Response(bundle.content, media_type="application/zip", headers=headers)


async def _with_cases(services: ServicesDep, rows: Sequence[AlertRow]) -> list[Alert]:
    """Alerts, each with the case that it is in and the trip that it belongs to."""
    cases = await services.cases.of_alerts([row.id for row in rows])
    trips = await services.duty.trips_of(rows)
    briefs = {
        key: {"id": number, "state": state, "assignee": assignee, "version": version}
        for key, (number, state, assignee, version) in cases.items()
    }
    return [
        Alert.model_validate(alert_object(row, trips.get(row.id)) | {"case": briefs.get(row.id)})
        for row in rows
    ]


def _continue_from(cursor: str) -> tuple[int, UUID]:
    try:
        return read_cursor(cursor)
    except ValueError as error:
        raise ApiError(422, "invalid_request", f"cursor: {error}") from error
