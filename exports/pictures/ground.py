"""The ground of a map: outlines of districts and zones in metres, of one version of the registry."""

from msgspec import Struct
from shapely import MultiPolygon, Point, Polygon

from domain.registry import Registry
from domain.zone import ZoneKind
from geofence.projection import Plane
from geofence.shape import Disc, registry_shapes

SHOWN = (ZoneKind.SOURCE_SITE, ZoneKind.DISPOSAL_SITE, ZoneKind.TRANSFER_STATION, ZoneKind.NO_GO)
"""The kinds of zones that a reader of a bulletin looks for; the others would only crowd the map."""

Ring = tuple[tuple[float, float], ...]


class Outline(Struct, frozen=True, kw_only=True):
    """A district or zone: its rings as (x, y) in metres, outer and inner alike, and a point inside for its name."""

    id: str
    name: str
    kind: ZoneKind | None
    rings: tuple[Ring, ...]
    at_m: tuple[float, float]


class Ground(Struct, frozen=True, kw_only=True):
    """What a map shows below its spots."""

    plane: Plane
    districts: tuple[Outline, ...]
    zones: tuple[Outline, ...]


def ground_of(registry: Registry, districts: frozenset[str] | None = None) -> Ground:
    """The ground of a registry, within some districts or whole; raises ValueError where a shape cannot be used."""
    shapes = registry_shapes(registry)
    if isinstance(shapes, list):
        raise ValueError(f"{shapes[0].path}: {shapes[0].message}")
    areas = [(one, area) for one, area in shapes.districts if districts is None or one.id in districts]
    zones = [(one, _area(shape)) for one, shape in shapes.zones if one.kind in SHOWN]
    if districts is not None:
        zones = [(one, area) for one, area in zones if any(each.intersects(area) for _, each in areas)]
    return Ground(
        plane=shapes.plane,
        districts=tuple(_outline(str(one.id), one.name, None, area) for one, area in areas),
        zones=tuple(_outline(str(one.id), one.name, one.kind, area) for one, area in zones),
    )


def _area(shape: Polygon | MultiPolygon | Disc) -> Polygon | MultiPolygon:
    return Point(shape.x_m, shape.y_m).buffer(shape.radius_m) if isinstance(shape, Disc) else shape


def _outline(name_id: str, name: str, kind: ZoneKind | None, area: Polygon | MultiPolygon) -> Outline:
    parts = area.geoms if isinstance(area, MultiPolygon) else (area,)
    inside = max(parts, key=lambda part: part.area).representative_point()
    return Outline(
        id=name_id,
        name=name or name_id,
        kind=kind,
        rings=tuple(
            tuple((x, y) for x, y in ring.coords)
            for part in parts
            for ring in (part.exterior, *part.interiors)
        ),
        at_m=(inside.x, inside.y),
    )
