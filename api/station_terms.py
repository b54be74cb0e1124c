"""What stations were held to over a span of time: their limits, by the registry versions in force.

A city makes many versions a day and few of them touch a station. So a version is read whole only where its
stations, limits or time zone are written otherwise than in those read before.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from hashlib import sha256
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Struct

from alerts.dust_windows import Terms
from api.registry_view import read_registry
from domain.identifiers import LimitId, StationId
from domain.instant import DAY_MS
from domain.station import Limit, Station
from storage.store import RegistryVersion, Store, VersionInForce

KEPT = 256


class _Parts(Struct):
    stations: msgspec.Raw = msgspec.Raw(b"")
    limits: msgspec.Raw = msgspec.Raw(b"")
    timezone: msgspec.Raw = msgspec.Raw(b"")


class _Known(Struct, frozen=True, kw_only=True):
    """The stations of a version and what their limits are."""

    digest: bytes
    stations: Mapping[StationId, Station]
    limits: Mapping[LimitId, Limit]
    zone: ZoneInfo


class TermsReader:
    """Reads the terms of stations; what it has read of a version, which never changes, it keeps."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._known: OrderedDict[int, _Known] = OrderedDict()
        self._reading = asyncio.Lock()

    async def over(
        self, from_ms: int, to_ms: int, stations: Sequence[StationId]
    ) -> dict[StationId, list[Terms]]:
        """The terms of stations over [from, to), in order of time; none for one that was not there."""
        found: dict[StationId, list[Terms]] = {station_id: [] for station_id in stations}
        versions = _in_force(await self._store.registry_timeline(), from_ms - DAY_MS, to_ms)
        for version in versions:
            known = await self._read(version.version)
            for station_id in stations:
                terms = found[station_id]
                now = _terms(known, station_id, version.effective_from_ms)
                if terms or now.device_id is not None:
                    terms.append(now)
        return found

    async def _read(self, version: int) -> _Known:
        async with self._reading:
            if version not in self._known:
                found = await self._store.registry_version(version)
                assert found is not None
                by_digest = {known.digest: known for known in self._known.values()}
                self._known[version] = await asyncio.to_thread(_know, found, by_digest)
                while len(self._known) > KEPT:
                    self._known.popitem(last=False)
            self._known.move_to_end(version)
            return self._known[version]


def _in_force(timeline: Sequence[VersionInForce], from_ms: int, to_ms: int) -> list[VersionInForce]:
    """The versions that are in force at some time of a span, in order."""
    known = [
        one
        for one, after in zip(timeline, [*timeline[1:], None], strict=True)
        if after is None or after.effective_from_ms > one.effective_from_ms
    ]
    return [
        one
        for number, one in enumerate(known)
        if (number + 1 == len(known) or known[number + 1].effective_from_ms > from_ms)
        and (number == 0 or one.effective_from_ms < to_ms)
    ]


def _terms(known: _Known, station_id: StationId, from_ms: int) -> Terms:
    station = known.stations.get(station_id)
    if station is None:
        return Terms(from_ms=from_ms, device_id=None, area_id=None, limits=(), zone=known.zone)
    limits = (known.limits[limit_id] for limit_id in station.limit_ids)
    return Terms(
        from_ms=from_ms,
        device_id=station.device_id,
        area_id=station.area_id,
        limits=tuple(limit for limit in limits if limit.enabled),
        zone=known.zone,
    )


def _know(found: RegistryVersion, by_digest: Mapping[bytes, _Known]) -> _Known:
    parts = msgspec.json.decode(found.document, type=_Parts)
    digest = sha256(b"\0".join((bytes(parts.stations), bytes(parts.limits), bytes(parts.timezone)))).digest()
    if digest in by_digest:
        return by_digest[digest]
    registry = read_registry(found)
    return _Known(
        digest=digest,
        stations={station.id: station for station in registry.stations},
        limits=registry.limit_terms,
        zone=registry.zone_info,
    )
