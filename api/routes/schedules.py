"""Schedules: what is issued and mailed by itself, for administrators who may see every district."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Response

from api.deps import Services, ServicesDep
from api.errors import CHANGED_RESPONSE, NOT_FOUND_RESPONSE, ApiError
from api.periods import PeriodDep
from api.schedule_shapes import GivenSchedule, SchedulesView, ScheduleView, schedule_given, schedule_view
from api.signed_in import AdministratorDep, sees_everything
from exports.statements import NotToBeStated
from exports.timetable import next_due
from storage.schedules import Schedule

router = APIRouter(tags=["docking"], prefix="/schedules", dependencies=[Depends(sees_everything)])

SHOWN_RUNS = 12

ScheduleId = Annotated[int, Path(ge=1, le=2**63 - 1)]


@router.get("")
async def list_schedules(services: ServicesDep, _person: AdministratorDep) -> SchedulesView:
    """Every schedule by name, when it is due next and what came of it."""
    rows = await services.schedules.schedules()
    return SchedulesView(
        items=[await _view(services, row) for row in rows],
        has_mail_server=services.has_mail_server,
        is_working=await services.webhooks.is_delivered(),
    )


@router.post("", status_code=201)
async def add_schedule(services: ServicesDep, person: AdministratorDep, given: GivenSchedule) -> ScheduleView:
    """Add a schedule, for periods that come due from now on."""
    await _check_districts(services, given)
    schedule_id = await services.schedules.add(
        schedule_given(given), by=person.user_id, at_ms=services.now_ms()
    )
    await _note(services, person.user_id, "add_schedule", schedule_id, given.model_dump(mode="json"))
    return await _found(services, schedule_id)


@router.put("/{schedule_id}", responses=NOT_FOUND_RESPONSE)
async def change_schedule(
    services: ServicesDep, person: AdministratorDep, schedule_id: ScheduleId, given: GivenSchedule
) -> ScheduleView:
    """Change a schedule; what is being tried again goes out as it is then."""
    await _check_districts(services, given)
    if not await services.schedules.change(schedule_id, schedule_given(given), at_ms=services.now_ms()):
        raise _no_schedule(schedule_id)
    await _note(services, person.user_id, "change_schedule", schedule_id, given.model_dump(mode="json"))
    return await _found(services, schedule_id)


@router.delete("/{schedule_id}", status_code=204, responses=NOT_FOUND_RESPONSE)
async def remove_schedule(
    services: ServicesDep, person: AdministratorDep, schedule_id: ScheduleId
) -> Response:
    """Forget a schedule; what it issued stays issued."""
    before = await _found(services, schedule_id)
    if not await services.schedules.remove(schedule_id):
        raise _no_schedule(schedule_id)
    await _note(services, person.user_id, "remove_schedule", schedule_id, {"name": before.name})
    return Response(status_code=204)


@router.post("/{schedule_id}/runs/{period}", responses=NOT_FOUND_RESPONSE | CHANGED_RESPONSE)
async def run_schedule(
    services: ServicesDep, person: AdministratorDep, schedule_id: ScheduleId, period: PeriodDep
) -> ScheduleView:
    """Let a period that is over go out now, also where it went out before; what comes of it is soon among the runs."""
    before = await _found(services, schedule_id)
    if before.kind != period.kind.value:
        raise ApiError(422, "invalid_request", f"the schedule is of {before.kind}s, {period.name} is none")
    try:
        await services.statements.check_is_over(period, services.now_ms())
    except NotToBeStated as error:
        raise ApiError(409, error.code, str(error)) from None
    if not await services.schedules.run_again(schedule_id, period.name, services.now_ms()):
        raise _no_schedule(schedule_id)
    await _note(services, person.user_id, "run_schedule", schedule_id, {"period": period.name})
    return await _found(services, schedule_id)


async def _view(services: Services, row: Schedule) -> ScheduleView:
    entry = await services.registry.in_force()
    runs = list(await services.schedules.runs(row.id, SHOWN_RUNS))
    if entry is None or not row.is_active:
        return schedule_view(row, runs, None, None)
    period, at_ms = next_due(row, services.now_ms(), entry.registry.zone_info)
    return schedule_view(row, runs, period.name, at_ms)


async def _found(services: Services, schedule_id: int) -> ScheduleView:
    rows = await services.schedules.schedules(schedule_id)
    if not rows:
        raise _no_schedule(schedule_id)
    return await _view(services, rows[0])


async def _check_districts(services: Services, given: GivenSchedule) -> None:
    entry = await services.registry.in_force()
    known = set() if entry is None else {str(one.id) for one in entry.registry.districts}
    if unknown := sorted(set(given.district_ids or ()) - known):
        raise ApiError(422, "invalid_request", f"there is no district {', '.join(unknown)}")


async def _note(
    services: Services, user_id: str, act: str, schedule_id: int, detail: dict[str, object]
) -> None:
    await services.people.note(user_id, act, f"schedule:{schedule_id}", detail=detail)


def _no_schedule(schedule_id: int) -> ApiError:
    return ApiError(404, "not_found", f"There is no schedule {schedule_id}")
