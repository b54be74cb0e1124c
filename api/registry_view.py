"""The registry in force as the API shows it, made once a version.

A registry is checked on its way into the store, so one that cannot be read here is a fault of ours.
"""

import asyncio
import json
from collections.abc import Callable, Mapping
from typing import Any

from msgspec import Struct

from api.schemas import FeatureCollection, RegistryView, Station, Vehicle
from domain.identifiers import DeviceId, RouteId, ZoneId
from domain.instant import to_rfc3339
from domain.person import Scope
from domain.registry import Registry, check
from domain.station import Station as KnownStation
from domain.vehicle import Vehicle as KnownVehicle
from geofence.geojson import district_feature, route_feature, zone_feature
from storage.districts import Districts
from storage.registry_versions import in_force_at
from storage.store import RegistryVersion, Store


class RegistryEntry(Struct, frozen=True, kw_only=True):
    """One version: its tag, its view as JSON, and the document as it was given."""

    version: int
    etag: str
    view: RegistryView
    body: bytes
    document: bytes
    districts: Districts
    registry: Registry


class RegistryReader:
    """Reads the version in force and keeps what was made of it until there is another."""

    def __init__(self, store: Store, now_ms: Callable[[], int]) -> None:
        self._store = store
        self._now_ms = now_ms
        self._entry: RegistryEntry | None = None
        self._making = asyncio.Lock()

    @property
    def districts(self) -> Districts | None:
        """The districts of the version read last."""
        return None if self._entry is None else self._entry.districts

    async def in_force(self) -> RegistryEntry | None:
        """The version in force now, or None before the first."""
        current = in_force_at(await self._store.registry_timeline(), self._now_ms())
        if current is None:
            return None
        async with self._making:
            if self._entry is None or self._entry.version != current.version:
                found = await self._store.registry_version(current.version)
                assert found is not None
                # A city's registry takes a while to read; the stream goes on meanwhile.
                self._entry = await asyncio.to_thread(_entry, found)
            return self._entry


def _entry(found: RegistryVersion) -> RegistryEntry:
    registry = read_registry(found)
    view = registry_view(found, registry)
    return RegistryEntry(
        version=found.version,
        # Weak, because the same version may go out compressed or not.
        etag=f'W/"registry-{found.version}-{found.effective_from_ms}"',
        view=view,
        body=view.model_dump_json().encode(),
        document=found.document,
        districts=Districts(registry),
        registry=registry,
    )


def within(entry: RegistryEntry, scope: Scope, devices: frozenset[DeviceId] | None) -> RegistryView:
    """What somebody may see of a version: their districts, and what lies or drives in them."""
    view = entry.view
    if scope.district_ids is None or devices is None:
        return view
    zones = entry.districts.of_zone
    return view.model_copy(
        update={
            "note": "",  # it may speak of any district
            "vehicles": [vehicle for vehicle in view.vehicles if vehicle.device_id in devices],
            "stations": [station for station in view.stations if scope.covers(station.district_id)],
            "districts": _those(view.districts, scope.covers),
            "zones": _those(view.zones, lambda one: scope.covers(zones.get(ZoneId(one)))),
            "routes": _those(view.routes, lambda one: entry.districts.touches(RouteId(one), scope)),
        }
    )


def _those(features: FeatureCollection, is_seen: Callable[[str], bool]) -> FeatureCollection:
    return _collection([one for one in features.features if is_seen(one["properties"]["id"])])


def read_registry(found: RegistryVersion) -> Registry:
    """A stored version as the rules know it; raises ValueError where the document cannot be read."""
    registry = check(found.document)
    if not isinstance(registry, Registry):
        raise ValueError(f"registry version {found.version}: {registry[0].path}: {registry[0].message}")
    return registry


def registry_view(found: RegistryVersion, registry: Registry) -> RegistryView:
    """A stored version, ready to be drawn."""
    companies = {company.id: company.name for company in registry.companies}
    return RegistryView(
        version=found.version,
        effective_from=to_rfc3339(found.effective_from_ms),
        author=found.author,
        note=found.note,
        timezone=registry.timezone,
        vehicles=[vehicle_view(vehicle, companies) for vehicle in registry.vehicles],
        stations=[station_view(station) for station in registry.stations],
        districts=_collection([district_feature(district) for district in registry.districts]),
        roads=_collection(_roads(found.document)),
        zones=_collection([zone_feature(zone) for zone in registry.zones]),
        routes=_collection([route_feature(route) for route in registry.routes]),
    )


def vehicle_view(vehicle: KnownVehicle, companies: Mapping[Any, str]) -> Vehicle:
    """A vehicle with the name of its company."""
    return Vehicle(
        id=vehicle.id,
        plate=vehicle.plate,
        plate_color=vehicle.plate_color,
        kind=vehicle.kind,
        status=vehicle.status,
        company_id=vehicle.company_id,
        company_name=companies.get(vehicle.company_id) or None,
        device_id=vehicle.device_id,
    )


def station_view(station: KnownStation) -> Station:
    """A station."""
    return Station(
        id=station.id,
        name=station.name,
        site_id=station.site_id,
        district_id=station.district_id,
        device_id=station.device_id,
        lon=station.lon,
        lat=station.lat,
        limit_ids=list(station.limit_ids),
    )


def _collection(features: list[dict[str, Any]]) -> FeatureCollection:
    return FeatureCollection(features=features)


def _roads(document: bytes) -> list[dict[str, Any]]:
    """Lines to draw underneath; no rule knows them, so they are shown as they are, or not at all."""
    given = json.loads(document).get("roads")
    entries = given.get("features", []) if isinstance(given, dict) else given
    return [_road(entry) for entry in entries or [] if _is_line(entry)]


def _is_line(entry: object) -> bool:
    geometry = entry.get("geometry") if isinstance(entry, dict) else None
    return isinstance(geometry, dict) and geometry.get("type") in {"LineString", "MultiLineString"}


def _road(entry: dict[str, Any]) -> dict[str, Any]:
    named = entry.get("properties") or {key: entry[key] for key in ("id", "name", "kind") if key in entry}
    return {"type": "Feature", "properties": named, "geometry": entry["geometry"]}
