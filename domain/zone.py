"""Zones, routes and districts as the registry names them; their shapes in degrees.

Coordinates stay as they were drawn, in the system that `crs` names. Conversion to WGS-84 and what a
shape means in metres are the business of `geofence`.
"""

from enum import StrEnum

from msgspec import Struct

from domain.identifiers import DistrictId, RouteId, SiteId, ZoneId
from domain.timewindow import ALWAYS, Validity, Window


class Crs(StrEnum):
    """Coordinate systems a device, a zone or a route may come in."""

    WGS84 = "WGS84"
    GCJ02 = "GCJ02"
    BD09 = "BD09"


class ZoneKind(StrEnum):
    """What a zone is for."""

    SOURCE_SITE = "source_site"
    DISPOSAL_SITE = "disposal_site"
    TRANSFER_STATION = "transfer_station"
    WASH_BAY = "wash_bay"
    PARKING = "parking"
    FUEL_STATION = "fuel_station"
    NO_GO = "no_go"
    SPEED_ZONE = "speed_zone"
    OTHER = "other"


PLACES_TO_BE = frozenset(
    {
        ZoneKind.SOURCE_SITE,
        ZoneKind.DISPOSAL_SITE,
        ZoneKind.TRANSFER_STATION,
        ZoneKind.WASH_BAY,
        ZoneKind.PARKING,
        ZoneKind.FUEL_STATION,
        ZoneKind.OTHER,
    }
)
"""Kinds that `outside all zones` speaks of; speed zones and no-go zones are no places to be."""

Ring = tuple[tuple[float, float], ...]


class Polygons(Struct, frozen=True, kw_only=True, tag=True):
    """One or more polygons, each an outer ring and its holes, as (lon, lat) pairs in `crs`."""

    polygons: tuple[tuple[Ring, ...], ...]


class Circle(Struct, frozen=True, kw_only=True, tag=True):
    """A point with a radius in metres."""

    lon: float
    lat: float
    radius_m: float


class Zone(Struct, frozen=True, kw_only=True):
    """A named area with a kind, in the coordinate system it was drawn in."""

    id: ZoneId
    kind: ZoneKind
    shape: Polygons | Circle
    name: str = ""
    crs: Crs = Crs.WGS84
    site_id: SiteId | None = None
    district_id: DistrictId | None = None
    speed_limit_kmh: float | None = None
    windows: tuple[Window, ...] = ()
    validity: Validity = ALWAYS


class Route(Struct, frozen=True, kw_only=True):
    """A permitted line with the half-width in metres that still counts as on it."""

    id: RouteId
    line: Ring
    name: str = ""
    crs: Crs = Crs.WGS84
    half_width_m: float = 50.0


class District(Struct, frozen=True, kw_only=True):
    """An administrative area, WGS-84."""

    id: DistrictId
    shape: Polygons
    name: str = ""
