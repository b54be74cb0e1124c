"""Which zones and routes could matter where: the registry's geometry in the local plane, indexed.

Immutable once built. The plane is a Gauss-Krüger zone of 3° (transverse Mercator on WGS-84, scale 1 on
its central meridian, as surveyors use with CGCS2000), so that distances are metres on the ground.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence

import numpy as np
import shapely
from shapely import STRtree

from domain.identifiers import DeviceId, DistrictId, RouteId, ZoneId
from domain.registry import Registry
from domain.report import PositionReport
from domain.zone import ZoneKind
from geofence.place import Placed
from geofence.projection import Floats, Plane
from geofence.shape import Area, Disc, district_shape, registry_plane, route_shape, shape_problems, zone_shape

NO_GO_REACH_M = 2500.0
"""150 km/h for 60 s: no believable step between two fixes is longer."""


class PlaceIndex:
    """The geometry of one registry.

    `margin_m`: zones farther than this from a fix are not named in its `Placed.near`.
    """

    central_meridian_deg: float
    margin_m: float

    def __init__(self, registry: Registry, plane: Plane, margin_m: float) -> None:
        self._plane = plane
        self.central_meridian_deg = plane.central_meridian_deg
        self.margin_m = margin_m
        zones = sorted(registry.zones, key=lambda zone: zone.id)
        self._zone_ids = [zone.id for zone in zones]
        self._zone_at = {zone_id: at for at, zone_id in enumerate(self._zone_ids)}
        shapes = [zone_shape(zone, plane) for zone in zones]
        self._discs = {at: shape for at, shape in enumerate(shapes) if isinstance(shape, Disc)}
        self._areas = np.array(
            [shapely.Point(s.x_m, s.y_m).buffer(s.radius_m) if isinstance(s, Disc) else s for s in shapes]
        )
        shapely.prepare(self._areas)
        self._edges = shapely.boundary(self._areas)
        self._tree = STRtree(self._areas)
        self._no_go = [at for at, zone in enumerate(zones) if zone.kind is ZoneKind.NO_GO]
        self._no_go_tree = STRtree(self._areas[self._no_go])
        self._routes = {route.id: route_shape(route, plane) for route in registry.routes}
        self._districts = [
            (district.id, district_shape(district, plane))
            for district in sorted(registry.districts, key=lambda district: district.id)
        ]
        shapely.prepare([shape for _, shape in self._districts])

    @classmethod
    def build(cls, registry: Registry, *, margin_m: float = 100.0) -> "PlaceIndex":
        """Project and index every zone, route and district; raises ValueError for an invalid shape."""
        if problems := shape_problems(registry):
            raise ValueError("; ".join(f"{problem.path}: {problem.message}" for problem in problems))
        return cls(registry, registry_plane(registry), margin_m)

    def place(
        self, reports: Sequence[PositionReport], routes_of: Mapping[DeviceId, tuple[RouteId, ...]]
    ) -> list[Placed]:
        """Place a batch, in its order; `routes_of` says which routes matter to a device."""
        if not reports:
            return []
        lon = np.array([report.lon for report in reports], dtype=np.float64)
        lat = np.array([report.lat for report in reports], dtype=np.float64)
        fixed = np.flatnonzero(~np.isnan(lon))
        x_m, y_m = self._plane.to_plane_array(lon[fixed], lat[fixed])
        near = self._near(x_m, y_m)
        clearance_m = self._clearance(x_m, y_m)
        placed = [Placed(report=report) for report in reports]
        for n, at in enumerate(fixed.tolist()):
            x, y = float(x_m[n]), float(y_m[n])
            placed[at] = Placed(
                report=reports[at],
                x_m=x,
                y_m=y,
                near=tuple(near[n]),
                routes=tuple(
                    (route, float(shapely.distance(self._routes[route], shapely.Point(x, y))))
                    for route in sorted(routes_of.get(reports[at].device_id, ()))
                ),
                no_go_clearance_m=clearance_m[n],
            )
        return placed

    def crossing_m(self, zone: ZoneId, x0_m: float, y0_m: float, x1_m: float, y1_m: float) -> float:
        """How many metres of the straight line between two places run in the zone."""
        line = shapely.LineString([(x0_m, y0_m), (x1_m, y1_m)])
        return float(shapely.intersection(line, self._areas[self._zone_at[zone]]).length)

    def near(self, x_m: float, y_m: float) -> tuple[tuple[ZoneId, float], ...]:
        """The zones near one place, as in `Placed.near`."""
        return tuple(self._near(np.array([x_m]), np.array([y_m]))[0])

    def district_at(self, x_m: float, y_m: float) -> DistrictId | None:
        """The district a place lies in, the smallest id where several overlap."""
        for district_id, shape in self._districts:
            if shapely.intersects_xy(shape, x_m, y_m):
                return district_id
        return None

    def to_plane(self, lon: float, lat: float) -> tuple[float, float]:
        """WGS-84 degrees to metres in the plane."""
        return self._plane.to_plane(lon, lat)

    def to_degrees(self, x_m: float, y_m: float) -> tuple[float, float]:
        """Metres in the plane to WGS-84 (lon, lat)."""
        return self._plane.to_degrees(x_m, y_m)

    def _near(self, x_m: Floats, y_m: Floats) -> list[list[tuple[ZoneId, float]]]:
        near: list[list[tuple[ZoneId, float]]] = [[] for _ in x_m]
        points = shapely.points(x_m, y_m)
        fixes, zones = self._tree.query(points, predicate="dwithin", distance=self.margin_m + 50.0)
        edge_m = shapely.distance(points[fixes], self._edges[zones])
        inside = shapely.intersects(self._areas[zones], points[fixes])
        signed_m = np.where(inside, -edge_m, edge_m)
        for fix, zone, distance_m in sorted(
            zip(fixes.tolist(), zones.tolist(), signed_m.tolist(), strict=True)
        ):
            if zone in self._discs:
                disc = self._discs[zone]
                distance_m = float(np.hypot(x_m[fix] - disc.x_m, y_m[fix] - disc.y_m)) - disc.radius_m
            if distance_m <= self.margin_m:
                near[fix].append((self._zone_ids[zone], distance_m))
        return near

    def _clearance(self, x_m: Floats, y_m: Floats) -> list[float]:
        clearance_m = np.full(len(x_m), np.inf)
        if self._no_go:
            (fixes, _), found_m = self._no_go_tree.query_nearest(
                shapely.points(x_m, y_m), max_distance=NO_GO_REACH_M, return_distance=True, all_matches=False
            )
            clearance_m[fixes] = found_m
        return list(clearance_m.tolist())
