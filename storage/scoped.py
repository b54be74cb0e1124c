"""What somebody may see: every read of the service within the districts of a scope. The one place that decides.

Alerts and cases belong to the district they carry, stations to theirs, zones to theirs or to the one they lie
in, vehicles to the district they were last seen in. What lies in no district is for those who may see all.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from itertools import pairwise
from typing import Any
from uuid import UUID

from alerts.facts import Fact
from domain.identifiers import DeviceId, DistrictId, ZoneId
from domain.person import Scope
from domain.station import Station
from storage.devices import BadFields, Devices, Heard, LossDay, Noisiest, UnknownDevices
from storage.districts import Districts
from storage.exhibits import Exhibit
from storage.nearby import Box, Nearby, load_nearby
from storage.records import AlertRow, LatestPosition, LossRow
from storage.store import Store
from storage.tracks import StoredTrack
from storage.verbs import districts


class Scoped:
    """A store as somebody may see it. `districts` gives those of the registry in force, None before the first."""

    def __init__(self, store: Store, scope: Scope, districts: Callable[[], Districts | None]) -> None:
        """Stand on a store."""
        self._store = store
        self.scope = scope
        self._districts = districts
        self._devices = Devices(store)

    @property
    def _ids(self) -> list[str] | None:
        return districts(self.scope)

    async def alerts(
        self,
        *,
        rule: str | None = None,
        severities: Sequence[str] | None = None,
        device_id: str | None = None,
        open_only: bool = False,
        unacknowledged_only: bool = False,
        before: tuple[int, UUID] | None = None,
        limit: int = 100,
    ) -> Sequence[AlertRow]:
        """Alerts, newest `detected_ms` first; `before` continues after the last row of a page."""
        return await self._store.alerts(
            rule=rule,
            severities=severities,
            device_id=device_id,
            open_only=open_only,
            unacknowledged_only=unacknowledged_only,
            before=before,
            limit=limit,
            districts=self._ids,
        )

    async def alert(self, alert_id: UUID) -> AlertRow | None:
        """One alert."""
        row = await self._store.alert(alert_id)
        return row if row is not None and self.scope.covers(row.district_id) else None

    async def exhibit(self, alert_id: UUID) -> Exhibit | None:
        """All that one alert rests on; its case only where that is in the scope too."""
        if await self.alert(alert_id) is None:
            return None
        return await self._store.exhibit(alert_id, districts=self._ids)

    async def latest_positions(self) -> Sequence[LatestPosition]:
        """The newest position of each vehicle."""
        return self.of(await self._store.latest_positions())

    def of(self, positions: Sequence[LatestPosition]) -> Sequence[LatestPosition]:
        """Those of these positions that lie within the scope."""
        if self.scope.district_ids is None:
            return positions
        found = districts_of(positions, self._districts())
        return [
            one for one, district in zip(positions, found, strict=True) if district in self.scope.district_ids
        ]

    async def devices(self) -> frozenset[DeviceId] | None:
        """The devices of the scope: stations by their district, vehicles by where they were last; None for all."""
        if self.scope.district_ids is None:
            return None
        districts = self._districts()
        stations = {} if districts is None else districts.of_station_device
        return frozenset(
            device for device, district in stations.items() if self.scope.covers(district)
        ) | frozenset(DeviceId(one.device_id) for one in await self.latest_positions())

    async def sees_device(self, device_id: str) -> bool:
        """Tell whether a device is one of the scope."""
        devices = await self.devices()
        return devices is None or device_id in devices

    async def track(self, device_id: str, from_ms: int, to_ms: int) -> StoredTrack | None:
        """A device's way over a span as far as it lies in the scope; None where nothing of it does.

        Raises TooManyReports.
        """
        found = await self._store.track(device_id, from_ms, to_ms)
        districts = self._districts()
        if self.scope.district_ids is None:
            return found
        if districts is None:
            return None
        at = districts.of_places([one.lon for one in found.reports], [one.lat for one in found.reports])
        kept = [number for number, district in enumerate(at) if self.scope.covers(district)]
        # A report without a place that is left out is no way driven elsewhere.
        elsewhere = {number for number, one in enumerate(found.reports) if one.lon is not None} - set(kept)
        if not kept and not await self.sees_device(device_id):
            return None
        return StoredTrack(
            reports=[found.reports[number] for number in kept],
            breaks=frozenset(
                place
                for place, (before, number) in enumerate(pairwise(kept), start=1)
                if not elsewhere.isdisjoint(range(before + 1, number))
            ),
            facts=[fact for fact in found.facts if self._covers(fact, districts)],
            alerts=[alert for alert in found.alerts if self.scope.covers(alert.district_id)],
        )

    async def nearby(self, box: Box, to_ms: int) -> Nearby:
        """What vehicles said within a box in the day before `to_ms`, as far as it lies in the scope."""
        async with self._store.connection() as connection:
            found = await load_nearby(connection, box, to_ms)
        districts = self._districts()
        if self.scope.district_ids is None:
            return found
        lon, lat = [one.lon for one in found.reports], [one.lat for one in found.reports]
        at = [None] * len(lon) if districts is None else districts.of_places(lon, lat)
        kept = [one for one, district in zip(found.reports, at, strict=True) if self.scope.covers(district)]
        return Nearby(from_ms=found.from_ms, to_ms=found.to_ms, reports=kept)

    def _covers(self, fact: Fact, districts: Districts) -> bool:
        """Tell whether a fact's place, or the zone that it is about, lies in the scope."""
        if fact.lon is not None:
            return self.scope.covers(districts.of_place(fact.lon, fact.lat))
        return self.scope.covers(districts.of_zone.get(ZoneId(fact.about)))

    def stations(self, known: Sequence[Station]) -> list[Station]:
        """Those of these stations that lie within the scope."""
        return [station for station in known if self.scope.covers(station.district_id)]

    async def loss_account(self, *, first: date, last: date) -> Sequence[LossRow]:
        """The loss account over local days, both included."""
        rows = await self._store.loss_account(first=first, last=last)
        devices = await self.devices()
        return rows if devices is None else [row for row in rows if row.device_id in devices]

    async def rejections(self, *, limit: int = 100, before: int | None = None) -> Sequence[dict[str, Any]]:
        """Rejections, newest first; of a scope only those of its devices."""
        return await self._store.rejections(limit=limit, before=before, devices=await self._device_ids())

    async def heard(self) -> Mapping[str, Heard]:
        """The devices that were ever heard, by id."""
        found, devices = await self._devices.heard(), await self.devices()
        return found if devices is None else {key: found[key] for key in found.keys() & devices}

    async def loss_days(self, *, first: date, last: date) -> Sequence[LossDay]:
        """The loss account by local day over all devices of the scope, both ends included."""
        return await self._devices.loss_days(first=first, last=last, ids=await self._device_ids())

    async def bad_fields(self, *, first: date, last: date, limit: int) -> BadFields:
        """The most frequent bad fields of these local days."""
        return await self._devices.bad_fields(
            first=first, last=last, ids=await self._device_ids(), limit=limit
        )

    async def unknown_devices(self, *, known: Sequence[str], limit: int) -> UnknownDevices:
        """Devices refused as unknown; nobody knows where they are, so a scope has none that it never had."""
        return await self._devices.unknown(ids=await self._device_ids(), known=known, limit=limit)

    async def noisiest(self, *, from_ms: int, to_ms: int, limit: int) -> Noisiest:
        """The subjects with most alerts detected in [from, to]."""
        return await self._devices.noisiest(from_ms=from_ms, to_ms=to_ms, districts=self._ids, limit=limit)

    async def _device_ids(self) -> list[str] | None:
        devices = await self.devices()
        return None if devices is None else sorted(devices)


def districts_of(
    positions: Sequence[LatestPosition], districts: Districts | None
) -> Sequence[DistrictId | None]:
    """The district of each position; None for all of them before the first registry."""
    if districts is None:
        return [None] * len(positions)
    return districts.of_places([one.lon for one in positions], [one.lat for one in positions])
