"""Dust stations: how each stands now; one over a span, with its windows, alerts, vehicles and readings."""

import asyncio
from typing import Annotated

from fastapi import APIRouter, Query

from api.alerts import alert_object
from api.deps import Services, ServicesDep
from api.errors import NOT_FOUND_RESPONSE, ApiError
from api.registry_view import RegistryEntry, station_view
from api.schemas import Alert
from api.signed_in import ScopedDep
from api.station_shapes import StationReadings, StationsNow, StationWindows
from api.stations import (
    Span,
    devices_of,
    limits_over,
    readings_view,
    sites_of,
    visit_views,
    windows_in,
)
from domain.identifiers import LimitId, ZoneId
from domain.instant import DAY_MS, from_rfc3339, to_rfc3339
from domain.station import Station
from storage.scoped import Scoped
from storage.stations import StationReader

router = APIRouter(prefix="/stations", tags=["stations"])

MOST_DAYS = 31
MOST_WINDOWS = 20_000
ENTRY_ID = "^[^\\x00]{1,64}$"

From = Annotated[
    str, Query(alias="from", max_length=40, description="RFC 3339", examples=["2026-11-16T00:00:00Z"])
]
To = Annotated[str, Query(max_length=40, description=f"RFC 3339, up to {MOST_DAYS} days after `from`")]


@router.get("")
async def list_stations(services: ServicesDep, scoped: ScopedDep) -> StationsNow:
    """How every station stands: its newest reading, and the newest closed window of each of its limits."""
    entry = await services.registry.in_force()
    if entry is None:
        return StationsNow(at=to_rfc3339(services.now_ms()), items=[])
    at_ms, found = await services.stations.now(entry)
    seen = scoped.stations(entry.registry.stations)
    return StationsNow(at=to_rfc3339(at_ms), items=[found[station.id] for station in seen])


@router.get("/{station_id}/windows", responses=NOT_FOUND_RESPONSE)
async def get_station_windows(
    services: ServicesDep,
    scoped: ScopedDep,
    station_id: str,
    from_: From,
    to: To,
    limit: Annotated[str | None, Query(pattern=ENTRY_ID, description="Only this limit, by its id")] = None,
) -> StationWindows:
    """The averaging windows of a station as they are judged, by the limits in force when each begins; with the
    exceedances of each local day, the station's alerts and the vehicles on its site. A span shorter than a
    window gives the windows it touches.
    """
    span = _span(services, from_, to)
    entry, station = await _station(services, scoped, station_id)
    terms = (await services.terms.over(span.from_ms, span.to_ms, [station.id]))[station.id]
    spans, number = windows_in(terms, span, None if limit is None else LimitId(limit))
    if limit is not None and not spans:
        raise ApiError(404, "not_found", f"The station had no limit {limit} in this span")
    if number > MOST_WINDOWS:
        raise ApiError(422, "invalid_request", f"to: this would be more than {MOST_WINDOWS} windows")
    reader = StationReader(services.store)
    zones = [ZoneId(zone_id) for zone_id in sites_of(entry.registry, station)]
    alerts = await reader.alerts(station.id, devices_of(terms), span.from_ms, span.to_ms)
    return StationWindows.model_validate(
        {
            "station": station_view(station),
            "timezone": entry.registry.timezone,
            "from": to_rfc3339(span.from_ms),
            "to": to_rfc3339(span.to_ms),
            "at": to_rfc3339(span.at_ms),
            "limits": await limits_over(reader, spans, span),
            "alerts": [
                Alert.model_validate(alert_object(row))
                for row in alerts
                if row.withdrawn is None and scoped.scope.covers(row.district_id)
            ],
            "vehicles": visit_views(
                entry.registry, await reader.visits(zones, span.from_ms, span.to_ms) if zones else []
            ),
        }
    )


@router.get("/{station_id}/readings", responses=NOT_FOUND_RESPONSE)
async def get_station_readings(
    services: ServicesDep,
    scoped: ScopedDep,
    station_id: str,
    from_: From,
    to: To,
    max_points: Annotated[int, Query(ge=100, le=20_000, description="Thinned out to about this many")] = 2000,
) -> StationReadings:
    """A station's readings: of each piece of the span the lowest and the highest of every quantity, so that
    nothing that stands out is lost. Flags and gaps are those of all readings.
    """
    span = _span(services, from_, to)
    _, station = await _station(services, scoped, station_id)
    terms = (await services.terms.over(span.from_ms, span.to_ms, [station.id]))[station.id]
    reader = StationReader(services.store)
    found = [
        reading
        for device_id in devices_of(terms)
        for reading in await reader.readings(device_id, span.from_ms, span.to_ms)
    ]
    found.sort(key=lambda reading: reading.order)
    return await asyncio.to_thread(readings_view, found, span, max_points)


def _span(services: Services, first: str, last: str) -> Span:
    times = []
    for name, text in (("from", first), ("to", last)):
        try:
            times.append(from_rfc3339(text))
        except ValueError as error:
            raise ApiError(422, "invalid_request", f"{name}: {error}") from error
    from_ms, to_ms = times
    if not from_ms < to_ms <= from_ms + MOST_DAYS * DAY_MS:
        raise ApiError(422, "invalid_request", f"to: must be after from, by up to {MOST_DAYS} days")
    return Span(from_ms=from_ms, to_ms=to_ms, at_ms=services.now_ms())


async def _station(services: Services, scoped: Scoped, station_id: str) -> tuple[RegistryEntry, Station]:
    entry = await services.registry.in_force()
    seen = () if entry is None else scoped.stations(entry.registry.stations)
    station = next((one for one in seen if one.id == station_id), None)
    if entry is None or station is None:
        raise ApiError(404, "not_found", f"There is no station {station_id}")
    return entry, station
