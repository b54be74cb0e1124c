"""Drawing zones and routes: what a shape would have seen, and places in other coordinate systems."""

import asyncio
import math
from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import Field

from api.deps import ServicesDep
from api.errors import ApiError
from api.schemas import Shape
from api.signed_in import Needs, ScopedDep
from api.zone_effect import DrawnShape, ZoneEffect, drawn
from domain.person import Permission
from domain.shape_size import metres_per_degree
from domain.zone import Crs
from geofence.crs import from_wgs84, to_wgs84

router = APIRouter(tags=["registry"])

MOST_PLACES = 20_000
Degrees = Annotated[float, Field(ge=-180, le=180)]


class PlacesToConvert(Shape):
    """Places as [longitude, latitude] in degrees, and the two systems."""

    from_crs: Crs
    to_crs: Crs
    places: list[tuple[Degrees, Degrees]] = Field(max_length=MOST_PLACES)


class ConvertedPlaces(Shape):
    """The same places in the other system, and how many metres each figure moved by it."""

    places: list[tuple[float, float]]
    shifts_m: list[float]


@router.post("/zones/effect", response_model_by_alias=True, dependencies=[Depends(Needs(Permission.TUNE))])
async def judge_zone(services: ServicesDep, scoped: ScopedDep, shape: DrawnShape) -> ZoneEffect:
    """What a zone or a route that somebody draws would have seen in the last 24 h, saved or not."""
    entry = await services.registry.in_force()
    if entry is None:
        raise ApiError(404, "no_registry", "No registry has been loaded yet")
    return await services.effects.effect(drawn(shape), scoped, entry.registry.zone_info)


@router.post("/places/convert")
async def convert_places(given: PlacesToConvert) -> ConvertedPlaces:
    """Places between WGS-84, GCJ-02 and BD-09; outside China they stay as they are."""
    return await asyncio.to_thread(_convert, given)


def _convert(given: PlacesToConvert) -> ConvertedPlaces:
    if given.from_crs is given.to_crs:
        places = given.places
    else:
        places = [from_wgs84(given.to_crs, *to_wgs84(given.from_crs, lon, lat)) for lon, lat in given.places]
    shifts_m = [_shift_m(before, after) for before, after in zip(given.places, places, strict=True)]
    return ConvertedPlaces(places=places, shifts_m=shifts_m)


def _shift_m(before: tuple[float, float], after: tuple[float, float]) -> float:
    lon_m, lat_m = metres_per_degree((before[1] + after[1]) / 2)
    return round(math.hypot((after[0] - before[0]) * lon_m, (after[1] - before[1]) * lat_m), 2)
