"""Zones, routes and districts as GeoJSON, for the API and the exports, in WGS-84 or another system.

GeoJSON knows no circle: as an outline it is a polygon of 64 corners, and the properties keep its centre and
radius. Like `projection.py` this file knows that lon comes first.
"""

import math
from collections.abc import Callable
from typing import Any

import shapely

from domain.zone import Circle, Crs, District, Polygons, Ring, Route, Zone
from geofence.crs import from_wgs84, to_wgs84
from geofence.projection import Plane, plane_for
from geofence.shape import Area, Disc

CIRCLE_CORNERS = 64

JsonObject = dict[str, Any]
_Convert = Callable[[float, float], tuple[float, float]]


def zone_feature(zone: Zone, crs: Crs = Crs.WGS84) -> JsonObject:
    """A zone as a Feature in `crs`: its outline, and what a map says about it (None is left out)."""
    properties: JsonObject = {
        "id": zone.id,
        "kind": zone.kind.value,
        "name": zone.name,
        "drawn_in": zone.crs.value,
        "site_id": zone.site_id,
        "district_id": zone.district_id,
        "speed_limit_kmh": zone.speed_limit_kmh,
    }
    if isinstance(zone.shape, Circle):
        lon, lat = _between(zone.crs, crs)(zone.shape.lon, zone.shape.lat)
        properties |= {"centre": [lon, lat], "radius_m": zone.shape.radius_m}
    return _feature(zone.id, zone_outline(zone, crs), properties)


def route_feature(route: Route, crs: Crs = Crs.WGS84) -> JsonObject:
    """A route as a Feature in `crs`."""
    properties = {
        "id": route.id,
        "name": route.name,
        "drawn_in": route.crs.value,
        "half_width_m": route.half_width_m,
    }
    return _feature(route.id, _line(route.line, _between(route.crs, crs)), properties)


def district_feature(district: District, crs: Crs = Crs.WGS84) -> JsonObject:
    """A district as a Feature in `crs`."""
    outline = _polygons(district.shape, _between(Crs.WGS84, crs))
    return _feature(district.id, outline, {"id": district.id, "name": district.name})


def zone_outline(zone: Zone, crs: Crs = Crs.WGS84) -> JsonObject:
    """The area of a zone in `crs` as a Polygon or MultiPolygon; a circle's corners lie on the true circle."""
    if not isinstance(zone.shape, Circle):
        return _polygons(zone.shape, _between(zone.crs, crs))
    lon, lat = to_wgs84(zone.crs, zone.shape.lon, zone.shape.lat)
    ring = circle_ring(lon, lat, zone.shape.radius_m)
    return {"type": "Polygon", "coordinates": [_places(ring, _between(Crs.WGS84, crs))]}


def outline_around(shape: Area | Disc, plane: Plane, around_m: float) -> JsonObject:
    """What lies no farther than some metres from a shape of the plane, in WGS-84."""
    if isinstance(shape, Disc):
        lon, lat = plane.to_degrees(shape.x_m, shape.y_m)
        return {
            "type": "Polygon",
            "coordinates": [_places(circle_ring(lon, lat, shape.radius_m + around_m), _unchanged)],
        }
    wide = shape.buffer(around_m)
    polygons = [
        [_places(tuple(ring.coords), plane.to_degrees) for ring in (part.exterior, *part.interiors)]
        for part in shapely.get_parts(wide)
    ]
    return {"type": "MultiPolygon", "coordinates": polygons}


def point(lon: float, lat: float, crs: Crs = Crs.WGS84) -> JsonObject:
    """One WGS-84 place as a Point in `crs`."""
    return {"type": "Point", "coordinates": list(from_wgs84(crs, lon, lat))}


def track(places: Ring, crs: Crs = Crs.WGS84) -> JsonObject:
    """Two or more WGS-84 places in their order as a LineString in `crs`."""
    return _line(places, _between(Crs.WGS84, crs))


def circle_ring(lon: float, lat: float, radius_m: float) -> Ring:
    """A circle around a WGS-84 place as a closed ring, anticlockwise as GeoJSON wants it."""
    plane = plane_for(lon)
    x_m, y_m = plane.to_plane(lon, lat)
    angles = (2.0 * math.pi * corner / CIRCLE_CORNERS for corner in range(CIRCLE_CORNERS))
    ring = [plane.to_degrees(x_m + radius_m * math.cos(a), y_m + radius_m * math.sin(a)) for a in angles]
    return (*ring, ring[0])


def _feature(feature_id: str, geometry: JsonObject, properties: JsonObject) -> JsonObject:
    known = {name: value for name, value in properties.items() if value is not None}
    return {"type": "Feature", "id": feature_id, "geometry": geometry, "properties": known}


def _between(given: Crs, wanted: Crs) -> _Convert:
    if given is wanted:
        return _unchanged  # not there and back: what was drawn stays as it was to the last digit
    return lambda lon, lat: from_wgs84(wanted, *to_wgs84(given, lon, lat))


def _unchanged(lon: float, lat: float) -> tuple[float, float]:
    return lon, lat


def _line(places: Ring, convert: _Convert) -> JsonObject:
    return {"type": "LineString", "coordinates": _places(places, convert)}


def _polygons(shape: Polygons, convert: _Convert) -> JsonObject:
    polygons = [[_places(ring, convert) for ring in rings] for rings in shape.polygons]
    if len(polygons) == 1:
        return {"type": "Polygon", "coordinates": polygons[0]}
    return {"type": "MultiPolygon", "coordinates": polygons}


def _places(ring: Ring, convert: _Convert) -> list[list[float]]:
    return [list(convert(lon, lat)) for lon, lat in ring]
