"""Zones, routes and districts as shapes in the plane, and why a shape cannot be one.

A circle stays a circle, so that its distances are true. The edges of polygons and routes are straight in
the plane. Parts of one zone that overlap or touch are one area; a ring that crosses itself is a problem.
"""

import math
from collections.abc import Iterable, Iterator
from datetime import datetime

import shapely
from msgspec import Struct
from shapely import LineString, MultiPolygon, Polygon

from domain.problem import Message, Problem, message
from domain.registry import Registry
from domain.zone import Circle, Crs, District, Polygons, Ring, Route, Zone
from geofence.crs import to_wgs84
from geofence.projection import Plane, plane_for

Area = Polygon | MultiPolygon

LEAST_AREA_M2 = 1.0
"""Three places in a row on the map are seldom quite in a row in the plane."""


class Disc(Struct, frozen=True, kw_only=True):
    """A circle in the plane, in metres."""

    x_m: float
    y_m: float
    radius_m: float


def zone_shape(zone: Zone, plane: Plane) -> Area | Disc | Message:
    """The area of a zone in the plane, or why it has none."""
    if isinstance(zone.shape, Circle):
        return _disc(zone.shape, zone.crs, plane)
    return _area(zone.shape, zone.crs, plane)


def route_shape(route: Route, plane: Plane) -> LineString | Message:
    """The line of a route in the plane, or why it has none."""
    if problem := _degrees_problem(route.line):
        return problem
    if len(set(route.line)) < 2:
        return message("same_places")
    return LineString(_project(route.line, route.crs, plane))


def district_shape(district: District, plane: Plane) -> Area | Message:
    """The area of a district in the plane, or why it has none."""
    return _area(district.shape, Crs.WGS84, plane)


def registry_plane(registry: Registry) -> Plane:
    """The plane for a registry: by the middle of its shapes, else of its stations, else by its time zone."""
    lons = [lon for lon, lat in _shape_places(registry) if math.isfinite(lon) and math.isfinite(lat)]
    if not lons:
        lons = [station.lon for station in registry.stations if station.lon is not None]
        lons += [stop.lon for run in registry.collection_runs for stop in run.stops]
    if lons:
        return plane_for((min(lons) + max(lons)) / 2.0)
    return plane_for(_time_zone_lon(registry))


class RegistryShapes(Struct, frozen=True, kw_only=True):
    """Every shape of a registry in its plane, in the order of the registry."""

    plane: Plane
    zones: tuple[tuple[Zone, Area | Disc], ...]
    routes: tuple[tuple[Route, LineString], ...]
    districts: tuple[tuple[District, Area], ...]


def registry_shapes(registry: Registry) -> RegistryShapes | list[Problem]:
    """Every shape of the registry in its plane, or every one that cannot be used, with its JSON path."""
    plane = registry_plane(registry)
    problems: list[Problem] = []
    districts, zones, routes = [], [], []
    for at, district in enumerate(registry.districts):
        if isinstance(area := district_shape(district, plane), Message):
            problems.append(Problem(path=f"$.districts[{at}].geometry", message=area))
        else:
            districts.append((district, area))
    for at, zone in enumerate(registry.zones):
        if isinstance(shape := zone_shape(zone, plane), Message):
            problems.append(Problem(path=f"$.zones[{at}].geometry", message=shape))
        else:
            zones.append((zone, shape))
    for at, route in enumerate(registry.routes):
        if isinstance(line := route_shape(route, plane), Message):
            problems.append(Problem(path=f"$.routes[{at}].geometry", message=line))
        else:
            routes.append((route, line))
    return problems or RegistryShapes(
        plane=plane, zones=tuple(zones), routes=tuple(routes), districts=tuple(districts)
    )


def shape_problems(registry: Registry) -> list[Problem]:
    """What is wrong with the shapes of a registry: the half of its checks that needs geometry."""
    shapes = registry_shapes(registry)
    return shapes if isinstance(shapes, list) else []


def _disc(circle: Circle, crs: Crs, plane: Plane) -> Disc | Message:
    if problem := _degrees_problem(((circle.lon, circle.lat),)):
        return problem
    if not 0.0 < circle.radius_m < math.inf:
        return message("no_radius")
    x_m, y_m = plane.to_plane(*to_wgs84(crs, circle.lon, circle.lat))
    return Disc(x_m=x_m, y_m=y_m, radius_m=float(circle.radius_m))


def _area(shape: Polygons, crs: Crs, plane: Plane) -> Area | Message:
    if not shape.polygons:
        return message("empty_geometry")
    parts: list[Polygon] = []
    for rings in shape.polygons:
        part = _polygon(rings, crs, plane)
        if isinstance(part, Message):
            return part
        parts.append(part)
    whole = parts[0] if len(parts) == 1 else shapely.union_all(parts)
    assert isinstance(whole, Polygon | MultiPolygon)
    return whole


def _polygon(rings: tuple[Ring, ...], crs: Crs, plane: Plane) -> Polygon | Message:
    if not rings or not rings[0]:
        return message("empty_polygon")
    for ring in rings:
        if problem := _degrees_problem(ring):
            return problem
        if len(set(ring)) < 3:
            return message("few_places")
    outer, *holes = (_project(ring, crs, plane) for ring in rings)
    polygon = Polygon(outer, holes)
    if not polygon.is_valid:
        return _why_invalid(polygon, plane)
    if polygon.area < LEAST_AREA_M2:
        return message("no_area")
    return polygon


def _why_invalid(polygon: Polygon, plane: Plane) -> Message:
    """Say it in degrees: the reason shapely gives ends in `[x y]`, metres that nobody could find on a map."""
    reason, _, place = shapely.is_valid_reason(polygon).partition("[")
    x_m, y_m = (float(number) for number in place.rstrip("]").split())
    lon, lat = plane.to_degrees(x_m, y_m)
    return message("invalid_polygon", reason=reason.strip(), lon=f"{lon:.6f}", lat=f"{lat:.6f}")


def _degrees_problem(places: Iterable[tuple[float, float]]) -> Message | None:
    for lon, lat in places:
        if not (-180.0 <= lon <= 180.0 and -90.0 <= lat <= 90.0):
            return message("no_degrees", lon=str(lon), lat=str(lat))
    return None


def _project(ring: Ring, crs: Crs, plane: Plane) -> list[tuple[float, float]]:
    return [plane.to_plane(*to_wgs84(crs, lon, lat)) for lon, lat in ring]


def _shape_places(registry: Registry) -> Iterator[tuple[float, float]]:
    """Every place of every shape, as drawn: the shift of `crs` cannot matter to the middle."""
    for shape in [zone.shape for zone in registry.zones] + [
        district.shape for district in registry.districts
    ]:
        if isinstance(shape, Circle):
            yield shape.lon, shape.lat
        else:
            for polygon in shape.polygons:
                for ring in polygon:
                    yield from ring
    for route in registry.routes:
        yield from route.line


def _time_zone_lon(registry: Registry) -> float:
    """15° an hour of the standard offset at the start of 1970; only for registries without any place."""
    offset = datetime(1970, 1, 1, tzinfo=registry.zone_info).utcoffset()
    return 0.0 if offset is None else offset.total_seconds() / 240.0
