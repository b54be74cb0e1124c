"""The simulator's own flat world: metres east and north of the district's centre, and lines in it.

Kept apart from `geofence` on purpose: what the rules measure is checked against another projection.
"""

from typing import Any

import numpy as np
import numpy.typing as npt
from pyproj import Transformer

Floats = npt.NDArray[np.float64]


class Plane:
    """A transverse Mercator plane around one place; `centre` is (lon, lat) in WGS-84 degrees."""

    def __init__(self, lon: float, lat: float) -> None:
        self.centre = (lon, lat)
        here = f"+proj=tmerc +lat_0={lat} +lon_0={lon} +k=1 +ellps=WGS84 +units=m"
        self._to_degrees = Transformer.from_crs(here, "EPSG:4326", always_xy=True)

    def to_degrees(self, x_m: Floats, y_m: Floats) -> tuple[Floats, Floats]:
        """Metres to (lon, lat)."""
        lon, lat = self._to_degrees.transform(x_m, y_m)
        return np.asarray(lon, dtype=np.float64), np.asarray(lat, dtype=np.float64)

    def ring(self, corners: Floats) -> list[list[float]]:
        """A closed GeoJSON ring of an open list of corners."""
        closed = self.line(corners)
        return [*closed, closed[0]]

    def line(self, points: Floats) -> list[list[float]]:
        """GeoJSON positions, to about a centimetre."""
        lon, lat = self.to_degrees(points[:, 0], points[:, 1])
        return [[round(float(a), 7), round(float(b), 7)] for a, b in zip(lon, lat, strict=True)]

    def polygon(self, corners: Floats) -> dict[str, Any]:
        """A GeoJSON polygon without holes."""
        return {"type": "Polygon", "coordinates": [self.ring(corners)]}


def points(*pairs: tuple[float, float]) -> Floats:
    """An (n, 2) array of places in metres."""
    return np.array(pairs, dtype=np.float64)


def lengths(path: Floats) -> Floats:
    """Distance along a line at each of its points, from 0."""
    steps: Floats = np.hypot(np.diff(path[:, 0]), np.diff(path[:, 1]))
    return np.concatenate(([0.0], np.cumsum(steps)))


def join(*parts: Floats) -> Floats:
    """One line of several, without repeated points."""
    path = np.concatenate(parts)
    keep = np.concatenate(([True], np.hypot(*np.diff(path, axis=0).T) > 0.01))
    kept: Floats = path[keep]
    return kept


def at_distance(path: Floats, s_m: float) -> tuple[Floats, Floats]:
    """The place `s_m` along a line, and the unit vector to the right of it."""
    along = lengths(path)
    i = int(np.clip(np.searchsorted(along, s_m, side="right") - 1, 0, len(path) - 2))
    step = path[i + 1] - path[i]
    unit = step / np.hypot(*step)
    return path[i] + unit * (s_m - along[i]), np.array([unit[1], -unit[0]])


def cut(path: Floats, from_m: float, to_m: float) -> Floats:
    """The part of a line between two distances along it."""
    along = lengths(path)
    inside = (along > from_m) & (along < to_m)
    return join(at_distance(path, from_m)[0][None], path[inside], at_distance(path, to_m)[0][None])


def rectangle(centre: Floats, along: Floats, half_along_m: float, half_across_m: float) -> Floats:
    """Corners of a rectangle whose long axis has the unit vector `along`."""
    across = np.array([-along[1], along[0]])
    a, b = along * half_along_m, across * half_across_m
    return np.array([centre - a - b, centre + a - b, centre + a + b, centre - a + b])
