"""Where a vehicle was."""

import asyncio
from typing import Annotated

from fastapi import APIRouter, Path, Query

from api.deps import ServicesDep
from api.errors import NOT_FOUND_RESPONSE, ApiError
from api.signed_in import ScopedDep
from api.track import track_view
from api.track_shapes import Track
from domain.instant import DAY_MS, from_rfc3339
from storage.tracks import MOST_REPORTS, TooManyReports

router = APIRouter(tags=["positions"])

MOST_DAYS = 7
FIRST_MS, LAST_MS = from_rfc3339("1970-01-01T00:00:00Z"), from_rfc3339("2999-12-31T00:00:00Z")


@router.get("/vehicles/{vehicle_id}/track", responses=NOT_FOUND_RESPONSE)
async def get_track(
    services: ServicesDep,
    scoped: ScopedDep,
    vehicle_id: Annotated[str, Path(max_length=64)],
    first: Annotated[str, Query(alias="from", max_length=40, description="RFC 3339, with an offset")],
    last: Annotated[str, Query(alias="to", max_length=40, description="Included; up to 7 days after `from`")],
    max_points: Annotated[int, Query(ge=2, le=20_000)] = 2000,
) -> Track:
    """Where a vehicle was, with its signals, gaps, stops, trips, visits and alerts.

    More reports than `max_points` are thinned: the first, the last, ends of stops and alerts, both sides of
    a gap and changes of a signal are kept in any case, even beyond `max_points`. What lies outside the
    asking person's districts is left out.
    """
    from_ms, to_ms = _span(first, last)
    device_id = await _device_of(services, vehicle_id)
    try:
        found = None if device_id is None else await scoped.track(device_id, from_ms, to_ms)
    except TooManyReports as error:
        message = f"The span holds more than {MOST_REPORTS} reports; ask for a shorter one"
        raise ApiError(422, "too_many_reports", message) from error
    if device_id is None or found is None:
        raise ApiError(404, "not_found", f"There is no vehicle {vehicle_id} that reports")
    # A week of reports takes a while to go through; the stream goes on meanwhile.
    return await asyncio.to_thread(
        track_view,
        found,
        vehicle_id=vehicle_id,
        device_id=device_id,
        from_ms=from_ms,
        to_ms=to_ms,
        most=max_points,
    )


def _span(first: str, last: str) -> tuple[int, int]:
    try:
        from_ms, to_ms = from_rfc3339(first), from_rfc3339(last)
    except ValueError as error:
        raise ApiError(422, "invalid_request", f"from, to: {error}") from error
    if not FIRST_MS <= from_ms <= to_ms <= LAST_MS or to_ms - from_ms > MOST_DAYS * DAY_MS:
        raise ApiError(422, "invalid_request", f"to must be from or up to {MOST_DAYS} days after it")
    return from_ms, to_ms


async def _device_of(services: ServicesDep, vehicle_id: str) -> str | None:
    """The device that the registry in force has in a vehicle."""
    entry = await services.registry.in_force()
    known = () if entry is None else entry.registry.vehicles
    return next((one.device_id for one in known if one.id == vehicle_id), None)
