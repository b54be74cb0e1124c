"""How large a drawn shape is and where its middle lies: enough to say in words how it was changed.

Metres per degree are those of WGS-84 at the middle of the shape, good to a thousandth over a city; what is
judged by is measured in `geofence`.
"""

import math
from itertools import pairwise

from msgspec import Struct

from domain.zone import Circle, Polygons, Ring


class ShapeSize(Struct, frozen=True, kw_only=True):
    """What a shape is and how large: an area has `area_m2`, a line `length_m`; a circle has no corners."""

    kind: str
    corners: int
    area_m2: float | None = None
    length_m: float | None = None
    lon: float
    lat: float


def size_of(shape: Polygons | Circle | Ring) -> ShapeSize:
    """The size of a zone's, district's or route's shape, and its middle in degrees."""
    match shape:
        case Circle(lon=lon, lat=lat, radius_m=radius_m):
            return ShapeSize(kind="circle", corners=0, area_m2=math.pi * radius_m**2, lon=lon, lat=lat)
        case Polygons(polygons=polygons):
            return _area([(ring, index > 0) for rings in polygons for index, ring in enumerate(rings)])
        case line:
            return _line(line)


def distance_m(first: ShapeSize, second: ShapeSize) -> float:
    """How far apart the middles of two shapes are."""
    lon_m, lat_m = metres_per_degree((first.lat + second.lat) / 2)
    return math.hypot((second.lon - first.lon) * lon_m, (second.lat - first.lat) * lat_m)


def metres_per_degree(lat: float) -> tuple[float, float]:
    """Metres in a degree of longitude and in one of latitude, there."""
    phi = math.radians(lat)
    lon_m = 111_412.84 * math.cos(phi) - 93.5 * math.cos(3 * phi) + 0.118 * math.cos(5 * phi)
    lat_m = 111_132.954 - 559.822 * math.cos(2 * phi) + 1.175 * math.cos(4 * phi)
    return lon_m, lat_m


def _area(rings: list[tuple[Ring, bool]]) -> ShapeSize:
    corners = [corner for ring, _ in rings for corner in ring]
    # Taken from a corner: products of whole degrees would swallow the metres.
    lon0, lat0 = corners[0]
    area = lon_sum = lat_sum = 0.0
    for ring, is_hole in rings:
        part, part_lon, part_lat = _moments([(lon - lon0, lat - lat0) for lon, lat in ring])
        sign = (-1 if is_hole else 1) * math.copysign(1, part)
        area, lon_sum, lat_sum = area + sign * part, lon_sum + sign * part_lon, lat_sum + sign * part_lat
    lon, lat = (lon0 + lon_sum / area, lat0 + lat_sum / area) if area else (lon0, lat0)
    lon_m, lat_m = metres_per_degree(lat)
    return ShapeSize(
        kind="polygon",
        corners=sum(len(set(ring)) for ring, _ in rings),
        area_m2=area * lon_m * lat_m,
        lon=lon,
        lat=lat,
    )


def _moments(ring: list[tuple[float, float]]) -> tuple[float, float, float]:
    """A ring's area with the sign of its direction, and the area times its middle, in degrees."""
    area = lon_sum = lat_sum = 0.0
    for (x, y), (u, v) in pairwise(ring):
        cross = x * v - u * y
        area, lon_sum, lat_sum = (
            area + cross / 2,
            lon_sum + (x + u) * cross / 6,
            lat_sum + (y + v) * cross / 6,
        )
    return area, lon_sum, lat_sum


def _line(line: Ring) -> ShapeSize:
    lon_m, lat_m = metres_per_degree(sum(lat for _, lat in line) / len(line))
    length_m = lon_sum = lat_sum = 0.0
    for (x, y), (u, v) in pairwise(line):
        part_m = math.hypot((u - x) * lon_m, (v - y) * lat_m)
        length_m += part_m
        lon_sum, lat_sum = lon_sum + part_m * (x + u) / 2, lat_sum + part_m * (y + v) / 2
    return ShapeSize(
        kind="line", corners=len(line), length_m=length_m, lon=lon_sum / length_m, lat=lat_sum / length_m
    )
