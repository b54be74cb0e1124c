"""A small world as a registry file, so that what is stored, cut down and read back is what was collected."""

import json
from typing import Any

from msgspec import to_builtins

from domain.limit_document import limit_document
from domain.permit_document import permit_document
from domain.registry import Registry, check
from domain.timewindow_document import validity_document, window_document
from domain.zone import Circle, Polygons, Zone
from tests.support.factories import World


def document(world: World) -> bytes:
    """The registry file of a world; reading it gives its registry again."""
    registry = world.registry()
    entries: dict[str, Any] = {
        "version": 1,
        "timezone": registry.timezone,
        "districts": [
            {"id": one.id, "name": one.name, "geometry": _area(one.shape)} for one in registry.districts
        ],
        "vehicles": [_known(to_builtins(one)) for one in registry.vehicles],
        "stations": [_known(to_builtins(one)) for one in registry.stations],
        "zones": [_zone(one) for one in registry.zones],
        "routes": [
            {
                "id": one.id,
                "name": one.name,
                "half_width_m": one.half_width_m,
                "geometry": {"type": "LineString", "coordinates": [list(place) for place in one.line]},
            }
            for one in registry.routes
        ],
        "permits": [_known(permit_document(one)) for one in registry.permits],
        "collection_runs": [
            {
                "id": run.id,
                "vehicle_id": run.vehicle_id,
                "days": [day.value for day in run.days],
                "stops": [
                    _known({name: value for name, value in to_builtins(stop).items() if name != "window"})
                    | {name: value for name, value in window_document(stop.window).items() if name != "days"}
                    for stop in run.stops
                ],
            }
            for run in registry.collection_runs
        ],
        "limits": [_known(limit_document(one)) for one in registry.limits],
    }
    if registry.rules is not None:
        entries["rules"] = [
            _known(to_builtins(one)) | {"applies_to": _known(to_builtins(one.applies_to))}
            for one in registry.rules
        ]
    return json.dumps(entries, ensure_ascii=False).encode()


def read(text: bytes) -> Registry:
    """A registry file that is in order."""
    found = check(text)
    assert isinstance(found, Registry), found
    return found


def _zone(zone: Zone) -> dict[str, Any]:
    entry = {
        "id": zone.id,
        "kind": zone.kind.value,
        "name": zone.name or None,
        "site_id": zone.site_id,
        "district_id": zone.district_id,
        "speed_limit_kmh": zone.speed_limit_kmh,
        "windows": [window_document(one) for one in zone.windows],
        **validity_document(zone.validity),
    }
    if isinstance(zone.shape, Circle):
        entry["geometry"] = {"type": "Point", "coordinates": [zone.shape.lon, zone.shape.lat]}
        entry["radius_m"] = zone.shape.radius_m
    else:
        entry["geometry"] = _area(zone.shape)
    return _known(entry)


def _area(shape: Polygons) -> dict[str, Any]:
    polygons = [[[list(place) for place in ring] for ring in rings] for rings in shape.polygons]
    return {"type": "MultiPolygon", "coordinates": polygons}


def _known(entry: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in entry.items() if value not in (None, "", [])}
