"""Which zones and routes could matter where: the registry's geometry in the local plane, indexed.

Immutable once built. The plane is a Gauss-Krüger zone of 3° (transverse Mercator on WGS-84, scale 1 on
its central meridian, as surveyors use with CGCS2000), so that distances are metres on the ground.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import shapely

from domain.identifiers import DeviceId, DistrictId, RouteId, ZoneId
from domain.registry import Registry
from domain.report import PositionReport
from domain.zone import ZoneKind
from geofence.areas import Areas
from geofence.cells import Cells
from geofence.lines import Lines
from geofence.place import Placed
from geofence.projection import Floats
from geofence.shape import RegistryShapes, registry_shapes

NO_GO_REACH_M = 2500.0
"""150 km/h for 60 s: no believable step between two fixes is longer."""

SURELY_M = 0.001
"""What rounding can surely not bridge."""

Near = tuple[tuple[ZoneId, float], ...]
Routes = tuple[tuple[RouteId, float], ...]


class PlaceIndex:
    """The geometry of one registry.

    `margin_m`: zones farther than this from a fix are not named in its `Placed.near`.
    """

    central_meridian_deg: float
    margin_m: float

    def __init__(self, shapes: RegistryShapes, *, margin_m: float) -> None:
        self._plane = shapes.plane
        self.central_meridian_deg = shapes.plane.central_meridian_deg
        self.margin_m = margin_m
        zones = sorted(shapes.zones, key=lambda each: each[0].id)
        self._zone_ids = [zone.id for zone, _ in zones]
        self._zone_numbers = {zone_id: number for number, zone_id in enumerate(self._zone_ids)}
        self._areas = Areas([area for _, area in zones])
        self._near_cells = Cells(self._areas.shapes, self._areas.around_m, reach_m=margin_m)
        around_m = self._areas.around_m
        west, south, east, north = shapely.bounds(self._areas.shapes).reshape(-1, 4).T
        self._bounds = (west - around_m, south - around_m, east + around_m, north + around_m)
        no_go = np.array([zone.kind is ZoneKind.NO_GO for zone, _ in zones], dtype=np.bool_)
        self._no_go = np.flatnonzero(no_go)
        west, south, east, north = self._bounds
        self._no_go_bounds = (west[no_go], south[no_go], east[no_go], north[no_go])
        self._no_go_cells = Cells(
            self._areas.shapes[no_go], self._areas.around_m[no_go], reach_m=NO_GO_REACH_M, nearest_only=True
        )
        self._route_numbers = {route.id: number for number, (route, _) in enumerate(shapes.routes)}
        self._routes = Lines([[shapely.get_coordinates(line)] for _, line in shapes.routes])
        districts = sorted(shapes.districts, key=lambda each: each[0].id)
        self._districts = [(district.id, area.bounds, area) for district, area in districts]
        shapely.prepare([area for _, area in districts])
        self._district_edges = [area.boundary for _, area in districts]
        shapely.prepare(self._district_edges)

    @classmethod
    def build(cls, registry: Registry, *, margin_m: float = 100.0) -> "PlaceIndex":
        """Project and index every zone, route and district; raises ValueError for an invalid shape."""
        shapes = registry_shapes(registry)
        if isinstance(shapes, RegistryShapes):
            return cls(shapes, margin_m=margin_m)
        raise ValueError("; ".join(f"{problem.path}: {problem.message}" for problem in shapes))

    def place(
        self, reports: Sequence[PositionReport], routes_of: Mapping[DeviceId, tuple[RouteId, ...]]
    ) -> list[Placed]:
        """Place a batch, in its order; `routes_of` says which routes matter to a device."""
        fixes = [report for report in reports if report.fix]
        placed = self._place_fixes(fixes, routes_of) if fixes else []
        if len(fixes) == len(reports):
            return placed
        rest = iter(placed)
        return [next(rest) if report.fix else Placed(report=report) for report in reports]

    def in_plane(self, reports: Sequence[PositionReport]) -> list[Placed]:
        """A batch as metres in the plane and nothing else, in its order: for what asks of few zones or none."""
        fixes = [report for report in reports if report.fix]
        x_m, y_m = self._to_plane_of(fixes)
        places = zip(x_m.tolist(), y_m.tolist(), strict=True)
        return [
            Placed(report=report, x_m=place[0], y_m=place[1]) if place is not None else Placed(report=report)
            for report in reports
            for place in (next(places) if report.fix else None,)
        ]

    def crossing_m(self, zone: ZoneId, x0_m: float, y0_m: float, x1_m: float, y1_m: float) -> float:
        """How many metres of the straight line between two places run in the zone."""
        return self._areas.crossing_m(self._zone_numbers[zone], x0_m, y0_m, x1_m, y1_m)

    def no_go_crossings(self, x0_m: float, y0_m: float, x1_m: float, y1_m: float) -> Near:
        """The no-go zones that the straight line between two places runs in, with the metres in each, by id."""
        west, south, east, north = self._no_go_bounds
        hit = (west <= max(x0_m, x1_m)) & (east >= min(x0_m, x1_m))
        hit &= (south <= max(y0_m, y1_m)) & (north >= min(y0_m, y1_m))
        lengths = (
            (self._zone_ids[area], self._areas.crossing_m(area, x0_m, y0_m, x1_m, y1_m))
            for area in self._no_go[hit].tolist()
        )
        return tuple((zone_id, length_m) for zone_id, length_m in lengths if length_m > 0)

    def distance_m(self, zone: ZoneId, x_m: float, y_m: float) -> float:
        """Signed distance from a place to a zone's edge, 0 or less inside; however far it is."""
        return self._areas.signed_one_m(self._zone_numbers[zone], x_m, y_m)

    def near(self, x_m: float, y_m: float) -> Near:
        """The zones near one place, as in `Placed.near`."""
        near: list[tuple[ZoneId, float]] = []
        for area in self._near_cells.areas_at(x_m, y_m):
            signed_m = self._areas.signed_one_m(area, x_m, y_m)
            if signed_m <= self.margin_m:
                near.append((self._zone_ids[area], signed_m))
        return tuple(near)

    def zones_within(self, x_m: float, y_m: float, reach_m: float) -> Near:
        """The zones no farther than `reach_m` from a place, with signed distances, by id; for places asked now and then."""
        west, south, east, north = self._bounds
        hit = (west <= x_m + reach_m) & (east >= x_m - reach_m)
        hit &= (south <= y_m + reach_m) & (north >= y_m - reach_m)
        distances = (
            (area, self._areas.signed_one_m(area, x_m, y_m)) for area in np.flatnonzero(hit).tolist()
        )
        return tuple((self._zone_ids[area], signed_m) for area, signed_m in distances if signed_m <= reach_m)

    def route_m(self, route: RouteId, x_m: float, y_m: float) -> float:
        """How far a place is from a route, in metres."""
        return self._routes.distance_m(self._route_numbers[route], x_m, y_m)

    def district_at(self, x_m: float, y_m: float) -> DistrictId | None:
        """The district a place lies in, the smallest id where several overlap."""
        for district_id, (west, south, east, north), area in self._districts:
            if west <= x_m <= east and south <= y_m <= north and shapely.intersects_xy(area, x_m, y_m):
                return district_id
        return None

    def district_reach_m(self, x_m: float, y_m: float) -> float | None:
        """How far one may surely go from a place in any direction without leaving every district; None if outside."""
        for number, (_, (west, south, east, north), area) in enumerate(self._districts):
            if west <= x_m <= east and south <= y_m <= north and shapely.intersects_xy(area, x_m, y_m):
                edge = self._district_edges[number]
                return float(shapely.distance(edge, shapely.Point(x_m, y_m))) - SURELY_M
        return None

    def to_plane(self, lon: float, lat: float) -> tuple[float, float]:
        """WGS-84 degrees to metres in the plane."""
        return self._plane.to_plane(lon, lat)

    def to_degrees(self, x_m: float, y_m: float) -> tuple[float, float]:
        """Metres in the plane to WGS-84 (lon, lat)."""
        return self._plane.to_degrees(x_m, y_m)

    def _place_fixes(
        self, reports: Sequence[PositionReport], routes_of: Mapping[DeviceId, tuple[RouteId, ...]]
    ) -> list[Placed]:
        x_m, y_m = self._to_plane_of(reports)
        return [
            Placed(report=report, x_m=x, y_m=y, near=near, routes=routes, no_go_clearance_m=clearance_m)
            for report, x, y, near, routes, clearance_m in zip(
                reports,
                x_m.tolist(),
                y_m.tolist(),
                self._near_each(x_m, y_m),
                self._routes_each(reports, routes_of, x_m, y_m),
                self._clearance_m(x_m, y_m).tolist(),
                strict=True,
            )
        ]

    def _to_plane_of(self, fixes: Sequence[PositionReport]) -> tuple[Floats, Floats]:
        lon = np.array([report.lon for report in fixes], dtype=np.float64)
        lat = np.array([report.lat for report in fixes], dtype=np.float64)
        return self._plane.to_plane_array(lon, lat)

    def _near_each(self, x_m: Floats, y_m: Floats) -> list[Near]:
        places, areas = self._near_cells.pairs(x_m, y_m)
        signed_m = self._areas.signed_m(areas, x_m[places], y_m[places])
        (kept,) = np.nonzero(signed_m <= self.margin_m)
        near: list[Near] = [()] * len(x_m)
        ids = self._zone_ids
        for place, area, distance_m in zip(
            places[kept].tolist(), areas[kept].tolist(), signed_m[kept].tolist(), strict=True
        ):
            near[place] += ((ids[area], distance_m),)
        return near

    def _clearance_m(self, x_m: Floats, y_m: Floats) -> Floats:
        places, areas = self._no_go_cells.pairs(x_m, y_m)
        signed_m = self._areas.signed_m(self._no_go[areas], x_m[places], y_m[places])
        signed_m[signed_m > NO_GO_REACH_M] = np.inf
        clearance_m = np.full(len(x_m), np.inf)
        np.minimum.at(clearance_m, places, np.maximum(signed_m, 0.0))
        return clearance_m

    def _routes_each(
        self,
        reports: Sequence[PositionReport],
        routes_of: Mapping[DeviceId, tuple[RouteId, ...]],
        x_m: Floats,
        y_m: Floats,
    ) -> list[Routes]:
        ids_of = [routes_of.get(report.device_id, ()) for report in reports]
        counts = np.array([len(ids) for ids in ids_of])
        if not counts.any():
            return [()] * len(reports)
        if counts.max() > 1:
            ids_of = [tuple(sorted(ids)) if len(ids) > 1 else ids for ids in ids_of]
        ids = [route for ids in ids_of for route in ids]
        line = np.array(list(map(self._route_numbers.__getitem__, ids)))
        distances_m = self._routes.distances_m(line, np.repeat(x_m, counts), np.repeat(y_m, counts))
        # All pairs as one tuple, cut into the reports' parts: half the time of building each by itself.
        pairs = tuple(zip(ids, distances_m.tolist(), strict=True))
        ends = np.cumsum(counts)
        return [pairs[start:end] for start, end in zip((ends - counts).tolist(), ends.tolist(), strict=True)]
