"""What is stored about stations, as people look at it: readings, background, alerts, visits of their sites."""

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct

from alerts.averaging import hour_end_ms
from alerts.dust_limit import Background
from alerts.facts import Fact
from domain.identifiers import AreaId, DeviceId, StationId, ZoneId
from domain.instant import HOUR_MS
from domain.quantity import Quantity
from domain.report import DustReport
from storage import facts
from storage.records import AlertRow, alert_from
from storage.rows import background_from, dust_from
from storage.sql import queries
from storage.store import Store

MOST_ALERTS = 1_000
_HEARD = (Quantity.PM25, Quantity.PM10, Quantity.TSP, Quantity.NOISE)


class Heard(Struct, frozen=True, kw_only=True):
    """A station's newest reading; times in ms since 1970 UTC."""

    time_ms: int
    received_ms: int
    values: Mapping[Quantity, float]


class StationReader:
    """Reads over a store; whoever asks has made sure that the station may be seen."""

    def __init__(self, store: Store) -> None:
        """Stand on a store."""
        self._store = store

    async def readings(self, device_id: DeviceId, from_ms: int, to_ms: int) -> list[DustReport]:
        """A device's readings with from < time ≤ to, in its order."""
        return [dust_from(row) for row in await self._fetch("dust_between", device_id, from_ms, to_ms)]

    async def readings_since(self, since_ms: Mapping[DeviceId, int]) -> dict[DeviceId, list[DustReport]]:
        """The readings of several devices after an instant of their own, in each one's order."""
        found: dict[DeviceId, list[DustReport]] = {device_id: [] for device_id in since_ms}
        for row in await self._fetch("dust_of_devices", list(since_ms), list(since_ms.values())):
            found[row["device_id"]].append(dust_from(row))
        return found

    async def background(self, areas: Sequence[AreaId], from_ms: int, to_ms: int) -> dict[AreaId, Background]:
        """The values of areas by the end of their hour, of all hours that a span touches.

        Of several for one hour the last in order counts, as in judging.
        """
        found: dict[AreaId, Background] = {area_id: {} for area_id in areas}
        rows = await self._fetch("background_between", list(areas), from_ms - HOUR_MS, to_ms + HOUR_MS)
        for report in map(background_from, rows):
            found[report.area_id][hour_end_ms(report.time_ms)] = report
        return found

    async def alerts(
        self, station_id: StationId, devices: Sequence[DeviceId], from_ms: int, to_ms: int
    ) -> list[AlertRow]:
        """A station's alerts that [from, to) touches, withdrawn ones too, newest start first; the newest 1,000."""
        rows = await self._fetch("alerts_of_station", list(devices), station_id, from_ms, to_ms, MOST_ALERTS)
        return [alert_from(row) for row in rows]

    async def visits(self, zones: Sequence[ZoneId], from_ms: int, to_ms: int) -> list[Fact]:
        """Visits of these zones that overlap [from, to), by their start."""
        async with self._store.connection() as connection:
            found = await facts.visits_during(connection, zones, from_ms, to_ms)
        return sorted(found, key=lambda visit: (visit.started_ms, visit.vehicle_id))

    async def heard(self) -> dict[DeviceId, Heard]:
        """The newest reading of every device."""
        return {
            row["device_id"]: Heard(
                time_ms=row["time_ms"],
                received_ms=row["received_ms"],
                values={quantity: row[quantity] for quantity in _HEARD if row[quantity] is not None},
            )
            for row in await self._fetch("newest_dust")
        }

    async def _fetch(self, name: str, *arguments: object) -> Sequence[Mapping[str, Any]]:
        async with self._store.connection() as connection:
            rows: Sequence[Mapping[str, Any]] = await connection.fetch(queries("stations")[name], *arguments)
        return rows
