"""The base map: what is configured, and tiles that the service passes on."""

from typing import Annotated, Literal

from fastapi import APIRouter, Path, Response
from pydantic import Field

from api.base_map import DEEPEST_ZOOM, TileError
from api.deps import ServicesDep
from api.errors import NOT_FOUND_RESPONSE, ApiError
from api.schemas import Shape
from domain.zone import Crs

router = APIRouter(prefix="/map", tags=["map"])

KEEP_TILES = "private, max-age=604800"


class BaseMapView(Shape):
    """What the page draws under the registry; with neither a style nor tiles it draws the registry alone."""

    style_url: str | None = Field(description="A MapLibre style, which the browser loads by itself")
    has_tiles: bool = Field(description="Whether `/api/map/tiles` has layers `vec` and `cva`")
    crs: Literal["wgs84", "gcj02"] = Field(description="The system its places are drawn in")
    approval_no: str | None = Field(description="审图号, to be written on the map at its lower left")
    source: str | None = Field(description="Who made it, to be written beside")


@router.get("")
async def get_base_map(services: ServicesDep) -> BaseMapView:
    """What is configured of the base map."""
    base_map = services.base_map
    return BaseMapView(
        style_url=base_map.style_url or None,
        has_tiles=bool(base_map.tianditu_key),
        crs="gcj02" if base_map.crs is Crs.GCJ02 else "wgs84",
        approval_no=base_map.approval_no or None,
        source=base_map.source or None,
    )


@router.get("/tiles/{layer}/{zoom}/{x}/{y}", responses=NOT_FOUND_RESPONSE, response_class=Response)
async def get_tile(
    services: ServicesDep,
    layer: Literal["vec", "cva"],
    zoom: Annotated[int, Path(ge=1, le=DEEPEST_ZOOM)],
    x: Annotated[int, Path(ge=0, lt=2**DEEPEST_ZOOM)],
    y: Annotated[int, Path(ge=0, lt=2**DEEPEST_ZOOM)],
) -> Response:
    """A tile of 天地图, passed on: `vec` is the ground, `cva` its names."""
    if not services.base_map.tianditu_key or max(x, y) >= 2**zoom:
        raise ApiError(404, "not_found", "There is no such tile")
    try:
        tile = await services.tiles.fetch(layer, zoom, x, y)
    except TileError as error:
        raise ApiError(502, "tiles_unavailable", f"Base map: {error}") from error
    return Response(tile.body, media_type=tile.media_type, headers={"cache-control": KEEP_TILES})
