"""The geometry of zones, districts and routes as the registry file writes it: GeoJSON in degrees.

A position is [longitude, latitude]; a height after them is ignored.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from domain.document import Node, UnfitError, kind_of
from domain.polygon import polygon_flaws
from domain.problem import message
from domain.values import number, positive, shown, text
from domain.zone import Circle, Polygons, Ring

if TYPE_CHECKING:
    from collections.abc import Collection

AREA_TYPES = ("Polygon", "MultiPolygon")
ZONE_TYPES = (*AREA_TYPES, "Point")
NO_AREA = Polygons(polygons=())


def read_area(entry: Node) -> Polygons:
    """The `geometry` of a district."""
    geometry, kind = _geometry(entry, AREA_TYPES)
    return NO_AREA if geometry is None else _polygons(geometry, kind)


def read_zone_shape(entry: Node) -> Polygons | Circle:
    """The `geometry` of a zone, with `radius_m` where it is a Point."""
    geometry, kind = _geometry(entry, ZONE_TYPES)
    if geometry is None:
        return NO_AREA
    if kind != "Point":
        return _polygons(geometry, kind)
    if entry.child("radius_m") is None:
        entry.missing("radius_m", message("missing_radius"))
    radius_m = entry.get("radius_m", positive, 1.0)
    lon, lat = geometry.want("coordinates", position) or (0.0, 0.0)
    return Circle(lon=lon, lat=lat, radius_m=radius_m)


def read_line(entry: Node) -> Ring:
    """The `geometry` of a route."""
    geometry, _ = _geometry(entry, ("LineString",))
    coordinates = None if geometry is None else geometry.child("coordinates")
    if coordinates is None:
        return ()
    line = _positions(coordinates)
    if line is not None and len(set(line)) < 2:
        coordinates.note(message("short_line"))
    return line or ()


def position(value: object) -> tuple[float, float]:
    """A GeoJSON position, in degrees."""
    if not isinstance(value, list) or len(value) < 2:
        raise UnfitError("no_position", kind=kind_of(value))
    lon, lat = number(value[0]), number(value[1])
    if not (-180.0 <= lon <= 180.0 and -90.0 <= lat <= 90.0):
        code = "swapped_degrees" if abs(lat) > 90.0 >= abs(lon) else "beyond_degrees"
        raise UnfitError(code, lon=f"{lon:g}", lat=f"{lat:g}")
    return lon, lat


def _geometry(entry: Node, allowed: Collection[str]) -> tuple[Node | None, str]:
    """The entry's geometry if it is an object of an allowed type with coordinates, and its type."""
    geometry = entry.child("geometry")
    if geometry is None:
        entry.missing("geometry", message("missing_geometry", types=tuple(allowed)))
        return None, ""
    if not geometry.is_object():
        return None, ""

    def allowed_type(value: object) -> str:
        written = text(value)
        if written not in allowed:
            raise UnfitError("other_geometry", types=tuple(allowed), value=shown(written))
        return written

    kind = geometry.want("type", allowed_type)
    if geometry.child("coordinates") is None:
        geometry.missing("coordinates", message("missing_coordinates"))
        return None, ""
    return (None, "") if kind is None else (geometry, kind)


def _polygons(geometry: Node, kind: str) -> Polygons:
    coordinates = geometry.child("coordinates")
    assert coordinates is not None
    if kind == "Polygon":
        return Polygons(polygons=(_polygon(coordinates),))
    parts = coordinates.elements()
    if coordinates.value == []:
        coordinates.note(message("no_polygon"))
    return Polygons(polygons=tuple(_polygon(part) for part in parts))


def _polygon(node: Node) -> tuple[Ring, ...]:
    """Closed rings that make a polygon: the outer one, then holes."""
    elements = node.elements()
    if node.value == []:
        node.note(message("no_ring"))
    rings = [_ring(element) for element in elements]
    if any(ring is None for ring in rings):
        return ()
    whole = tuple(ring for ring in rings if ring is not None)
    for flaw in polygon_flaws(whole):
        elements[flaw.ring].note(flaw.message)
    return whole


def _ring(node: Node) -> Ring | None:
    """A closed ring; None, and a problem, if it is none."""
    ring = _positions(node)
    if ring is None:
        return None
    if len(ring) < 4:
        node.note(message("short_ring"))
    elif ring[0] != ring[-1]:
        node.note(message("open_ring"))
    else:
        return ring
    return None


def _positions(node: Node) -> Ring | None:
    """A list of positions; None, and a problem for each that is none, if they cannot all be read."""
    if not isinstance(node.value, list):
        node.note(message("no_positions", kind=kind_of(node.value)))
        return None
    read = tuple(element.read(position) for element in node.elements())
    known = tuple(place for place in read if place is not None)
    return known if len(known) == len(read) else None
