"""Fleet work: trips and tonnes, cleaning against its plan, stops served; counted by local day."""

import asyncio
from collections.abc import Sequence
from datetime import date
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query
from fastapi.responses import Response
from msgspec import Struct

from alerts.work_asked import WorkPlans
from api.deps import Services, ServicesDep
from api.errors import ApiError
from api.reporting import known
from api.signed_in import ScopedDep
from api.work_cleaning import cleaned, cleaned_days, cleaned_rows, plan_rows, planned_km
from api.work_collection import collected, collected_days, collected_rows
from api.work_days import vehicle_day
from api.work_shapes import VehicleDays, WorkCleaning, WorkCollection, WorkTrips
from api.work_span import Names, so_far
from api.work_trips import hauled, hauled_days, hauled_rows, permit_rows
from domain.localtime import day_end_ms, day_start_ms, local_day
from domain.permit import Permit
from exports.csv_file import csv_file
from exports.words import Language
from exports.work_rows import day_header, day_rows, file_name
from storage.scoped import Scoped
from storage.verbs import districts

router = APIRouter(prefix="/work", tags=["work"])

MOST_DAYS = 366
MOST_LINES = 100_000
NAME = Query(max_length=200, description="Of this one alone")
CSV_RESPONSE: dict[int | str, dict[str, Any]] = {
    200: {"content": {"text/csv": {}}, "description": "UTF-8 with its mark"}
}


class Asked(Struct, frozen=True, kw_only=True):
    """The days that are asked about, and what of them somebody may see."""

    first: date
    last: date
    districts: Sequence[str] | None
    sites: Sequence[str] | None
    span: dict[str, Any]
    names: Names


async def _asked(
    services: ServicesDep,
    scoped: ScopedDep,
    first: Annotated[date, Query(description="First local day")],
    last: Annotated[date, Query(description="Last local day, included")],
) -> Asked:
    """Local days of the registry in force."""
    if last < first or (last - first).days >= MOST_DAYS:
        raise ApiError(422, "invalid_request", f"last must be first or up to {MOST_DAYS - 1} days after it")
    found = await known(services)
    counted = await services.work.counted(first, last)
    return Asked(
        first=first,
        last=last,
        districts=districts(scoped.scope),
        sites=_sites(services, scoped),
        span={
            "first": first.isoformat(),
            "last": last.isoformat(),
            "counted_to": None if counted.counted_to is None else counted.counted_to.isoformat(),
            "so_far": so_far(counted),
            "waiting": counted.waiting,
            "late": counted.late,
        },
        names=Names(known=found),
    )


def _sites(services: Services, scoped: Scoped) -> Sequence[str] | None:
    """The zones of a scope; None for all."""
    known_districts = services.registry.districts
    if scoped.scope.district_ids is None or known_districts is None:
        return None if scoped.scope.district_ids is None else []
    return [zone for zone, district in known_districts.of_zone.items() if scoped.scope.covers(district)]


AskedDep = Annotated[Asked, Depends(_asked)]


@router.get("/trips")
async def get_trips(
    services: ServicesDep,
    asked: AskedDep,
    by: Literal["vehicle", "permit", "site", "field"] = "permit",
    vehicle: Annotated[str | None, NAME] = None,
    permit: Annotated[str | None, NAME] = None,
    site: Annotated[str | None, NAME] = None,
) -> WorkTrips:
    """Trips that ended in these days and their tonnes, by vehicle, permit (against its declared volume), site or field."""
    work, first, last, sites = services.work, asked.first, asked.last, asked.sites
    rows = await work.hauls(first, last, by, sites=sites, vehicle=vehicle, permit=permit, site=site)
    by_day = await work.hauls(first, last, "day", sites=sites, vehicle=vehicle, permit=permit, site=site)
    if by == "permit":
        # What a permit was granted for is of all its vehicles: it says nothing of one of them.
        permits = [] if vehicle is not None else _permits(asked, {row.key for row in rows}, permit, site)
        shown = {row.key for row in rows} | {str(one.id) for one in permits}
        items = permit_rows(rows, await work.so_far(sorted(shown), last, sites=sites), permits)
    else:
        items = hauled_rows(rows, by, asked.names)
    by_vehicle = (
        rows
        if by == "vehicle"
        else await work.hauls(first, last, "vehicle", sites=sites, vehicle=vehicle, permit=permit, site=site)
    )
    return WorkTrips(
        **asked.span,
        by=by,
        total=hauled(rows, len(by_vehicle)),
        days=hauled_days(by_day, first, last),
        items=items,
    )


def _permits(asked: Asked, hauled: set[str], permit: str | None, site: str | None) -> list[Permit]:
    """Those that something was hauled under in these days, and those in force in them that declare a volume."""
    zone, registry = asked.names.known.zone, asked.names.known.registry
    from_ms, to_ms = day_start_ms(asked.first, zone), day_end_ms(asked.last, zone)
    return [
        one
        for one in registry.permits
        if permit in (None, one.id)
        and (asked.sites is None or not set(one.source_zone_ids).isdisjoint(asked.sites))
        and (site is None or site in one.source_zone_ids)
        and (one.id in hauled or (one.declared_total_t is not None and one.validity.meets(from_ms, to_ms)))
    ]


@router.get("/cleaning")
async def get_cleaning(
    services: ServicesDep,
    asked: AskedDep,
    by: Literal["vehicle", "plan"] = "plan",
    vehicle: Annotated[str | None, NAME] = None,
    plan: Annotated[str | None, NAME] = None,
) -> WorkCleaning:
    """Rounds and working kilometres of sprinklers, fog cannons and sweepers, against their plans."""
    work, first, last = services.work, asked.first, asked.last
    # What a plan asks for is of all its vehicles: it says nothing of one of them, or of one district's.
    is_whole = asked.districts is None and vehicle is None
    of = None if is_whole and plan is None else [plan] if is_whole and plan else []
    plans = WorkPlans.of(asked.names.known.registry)
    until = min(last, local_day(services.now_ms(), plans.zone))  # nothing is asked for of days to come
    rows = await work.cleaned(first, last, by, districts=asked.districts, vehicle=vehicle, plan=plan)
    by_day = await work.cleaned(first, last, "day", districts=asked.districts, vehicle=vehicle, plan=plan)
    by_vehicle = (
        rows
        if by == "vehicle"
        else await work.cleaned(first, last, "vehicle", districts=asked.districts, vehicle=vehicle, plan=plan)
    )
    if by == "plan":
        year = await work.cleaned(last.replace(month=1, day=1), last, "plan", districts=asked.districts)
        items = plan_rows(rows, year, asked.names, plans, first, until, is_all=is_whole and plan is None)
    else:
        items = cleaned_rows(rows, asked.names, plans, until)
    return WorkCleaning(
        **asked.span,
        by=by,
        total=cleaned(rows, len(by_vehicle)),
        planned_km=planned_km(plans, of, first, until),
        days=cleaned_days(by_day, plans, of, first, last),
        items=items,
    )


@router.get("/collection")
async def get_collection(
    services: ServicesDep,
    asked: AskedDep,
    by: Literal["run", "vehicle", "district"] = "run",
    vehicle: Annotated[str | None, NAME] = None,
    run: Annotated[str | None, NAME] = None,
) -> WorkCollection:
    """What became of the stops that were due: in time, late, missed, not known; by run, vehicle or district."""
    work, first, last = services.work, asked.first, asked.last
    rows = await work.collected(first, last, by, districts=asked.districts, vehicle=vehicle, run=run)
    by_day = await work.collected(first, last, "day", districts=asked.districts, vehicle=vehicle, run=run)
    return WorkCollection(
        **asked.span,
        by=by,
        total=collected(rows),
        days=collected_days(by_day, first, last),
        items=collected_rows(rows, by, asked.names),
    )


@router.get("/days")
async def get_vehicle_days(
    services: ServicesDep,
    asked: AskedDep,
    vehicle: Annotated[str, Query(max_length=200, description="Whose days")],
) -> VehicleDays:
    """The counted days of one vehicle, those that lie in one's districts."""
    lines = await services.work.days(asked.first, asked.last, districts=asked.districts, vehicle=vehicle)
    return VehicleDays(
        **asked.span,
        vehicle_id=vehicle,
        label=asked.names.of("vehicle", vehicle) if lines else vehicle,
        items=[vehicle_day(line) for line in lines],
    )


@router.get("/days.csv", response_class=Response, responses=CSV_RESPONSE)
async def export_vehicle_days(
    services: ServicesDep,
    asked: AskedDep,
    lang: Annotated[Language, Query(description="The language of the file")] = "zh",
) -> Response:
    """A line a vehicle and day, with all that is counted of it."""
    lines = await services.work.days(asked.first, asked.last, districts=asked.districts, limit=MOST_LINES + 1)
    if len(lines) > MOST_LINES:
        raise ApiError(
            422, "too_many_lines", f"More than {MOST_LINES} days of vehicles; ask for a shorter span"
        )
    rows = day_rows(lines, asked.names.known.book, lang)
    # A hundred thousand lines take a second; whoever watches the stream does not wait for them.
    content = await asyncio.to_thread(csv_file, day_header(lang), rows)
    name = file_name(asked.first, asked.last, is_provisional=asked.span["so_far"] is not None)
    headers = {"content-disposition": f'attachment; filename="{name}"', "x-content-type-options": "nosniff"}
    return Response(content, media_type="text/csv; charset=utf-8", headers=headers)
