"""What a drawn zone or route would see: its area, and the vehicles of the last 24 h in it."""

import asyncio
import json
from collections.abc import Callable, Mapping
from datetime import tzinfo
from typing import Any, Literal

import numpy as np
import shapely
from fastapi.exceptions import RequestValidationError
from msgspec import Struct
from pydantic import Field

from api.schemas import Instant, Shape
from domain.instant import to_rfc3339
from domain.registry import Problem, Registry, check
from domain.report import DEFAULT_ACCURACY_M
from domain.timewindow import Window, is_open
from domain.zone import ZoneKind
from geofence.effect import Effect, effect_of
from geofence.geojson import outline_around
from geofence.projection import Plane
from geofence.shape import Area, Disc, registry_shapes
from geofence.zone_state import EXIT_BUFFER_M
from storage.nearby import Box, Nearby
from storage.scoped import Scoped

REACH_M = 1000.0
"""Reports this far around are looked at too: for leaving, and for lines that pass through."""


class DrawnShape(Shape):
    """A zone or a route as the registry would hold it; of its fields only shape and hours matter here."""

    kind: Literal["zones", "routes"]
    entry: dict[str, Any]


class ZoneEffect(Shape):
    """What a shape would have seen; the counts are null where nothing could be read in time."""

    first: str = Field(
        description="How far back it was looked: up to 24 h", examples=["2026-11-16T14:03:21.120Z"]
    )
    last: str = Instant
    vehicles_heard: int = Field(description="Vehicles in sight that reported since `from`")
    vehicles_inside: int | None
    vehicles_passed: int | None = Field(description="Only ever passed through between two fixes outside")
    long_stays: int | None = Field(description="Stays inside of at least 2 min")
    accuracy_m: float | None = Field(description="How inexact nine in ten fixes around were at most")
    area_m2: float | None
    length_m: float | None
    exit_buffer_m: float
    exit_outline: dict[str, Any] = Field(description="GeoJSON in WGS-84: beyond it a vehicle has left")


class Drawn(Struct, frozen=True, kw_only=True):
    """A shape in its plane, with its hours."""

    plane: Plane
    area: Area | Disc
    length_m: float | None
    windows: tuple[Window, ...]

    @property
    def area_m2(self) -> float | None:
        """The area of a zone; of a route None."""
        if self.length_m is not None:
            return None
        solid = self.area
        return np.pi * solid.radius_m**2 if isinstance(solid, Disc) else solid.area

    @property
    def box(self) -> Box:
        """The shape and what lies around it, in degrees."""
        solid = self.area
        if isinstance(solid, Disc):
            solid = shapely.Point(solid.x_m, solid.y_m).buffer(solid.radius_m)
        outline = outline_around(shapely.box(*solid.bounds), self.plane, REACH_M)
        lon, lat = np.array(outline["coordinates"][0][0]).T
        return float(lon.min()), float(lat.min()), float(lon.max()), float(lat.max())


def drawn(shape: DrawnShape) -> Drawn:
    """A shape as it is judged by; raises RequestValidationError with what is wrong with it."""
    registry = check(json.dumps({"version": 1, shape.kind: [_bare(shape)]}).encode())
    if not isinstance(registry, Registry):
        raise _unfit(registry)
    shapes = registry_shapes(registry)
    if isinstance(shapes, list):
        raise _unfit(shapes)
    if shape.kind == "zones":
        zone, area = shapes.zones[0]
        return Drawn(plane=shapes.plane, area=area, length_m=None, windows=zone.windows)
    route, line = shapes.routes[0]
    wide = line.buffer(route.half_width_m)
    assert isinstance(wide, shapely.Polygon | shapely.MultiPolygon)
    return Drawn(plane=shapes.plane, area=wide, length_m=line.length, windows=())


def _bare(shape: DrawnShape) -> Mapping[str, Any]:
    """The entry without what refers to other entries, or is not filled in yet."""
    kept = ("geometry", "radius_m", "crs", "windows", "half_width_m")
    known = {name: shape.entry[name] for name in kept if name in shape.entry}
    return (
        {"id": "drawn", "kind": ZoneKind.OTHER} | known if shape.kind == "zones" else {"id": "drawn"} | known
    )


def _unfit(problems: list[Problem]) -> RequestValidationError:
    return RequestValidationError(
        [
            {"loc": ("entry", one.path.partition("].")[2] or one.path), "msg": str(one.message)}
            for one in problems
        ]
    )


class EffectDesk:
    """Judges drawn shapes, one at a time: somebody who drags a corner asks often, and others ask too."""

    def __init__(self, now_ms: Callable[[], int]) -> None:
        self._now_ms = now_ms
        self._busy = asyncio.Semaphore(1)

    async def effect(self, shape: Drawn, scoped: Scoped, zone: tzinfo) -> ZoneEffect:
        """What the shape would have seen in the last 24 h of what the asking person may see."""
        async with self._busy:
            nearby = await scoped.nearby(shape.box, self._now_ms())
            heard = await scoped.latest_positions()
            found = await asyncio.to_thread(_judge, shape, nearby, zone)
        return _view(shape, nearby, found, sum(one.time_ms > nearby.from_ms for one in heard))


def _judge(shape: Drawn, nearby: Nearby, zone: tzinfo) -> Effect:
    return effect_of(
        shape.area,
        shape.plane,
        nearby.reports,
        is_open=lambda at_ms: is_open(shape.windows, at_ms, zone),
        buffer_m=EXIT_BUFFER_M,
    )


def _view(shape: Drawn, nearby: Nearby, found: Effect, heard: int) -> ZoneEffect:
    was_read = nearby.from_ms < nearby.to_ms
    accuracies = [DEFAULT_ACCURACY_M if one.accuracy_m is None else one.accuracy_m for one in nearby.reports]
    return ZoneEffect(
        first=to_rfc3339(nearby.from_ms),
        last=to_rfc3339(nearby.to_ms),
        vehicles_heard=heard,
        vehicles_inside=len(found.inside) if was_read else None,
        vehicles_passed=len(found.passed) if was_read else None,
        long_stays=found.stays if was_read else None,
        accuracy_m=round(float(np.percentile(accuracies, 90)), 1) if accuracies else None,
        area_m2=shape.area_m2,
        length_m=shape.length_m,
        exit_buffer_m=EXIT_BUFFER_M,
        exit_outline=outline_around(shape.area, shape.plane, EXIT_BUFFER_M),
    )
