"""Which district a place, a device or a zone belongs to: what a scope is asked about."""

from collections.abc import Mapping, Sequence

import numpy as np
import shapely

from domain.identifiers import DeviceId, DistrictId, RouteId, ZoneId
from domain.person import Scope
from domain.registry import Registry
from geofence.shape import Area, Disc, registry_shapes


class Districts:
    """The districts of one version of the registry."""

    def __init__(self, registry: Registry) -> None:
        """Compile a registry; raises ValueError where a shape of it cannot be used."""
        shapes = registry_shapes(registry)
        if isinstance(shapes, list):
            raise ValueError(f"{shapes[0].path}: {shapes[0].message}")
        self._plane = shapes.plane
        self._areas = [
            (each.id, area) for each, area in sorted(shapes.districts, key=lambda pair: pair[0].id)
        ]
        self.of_station_device: Mapping[DeviceId, DistrictId | None] = {
            station.device_id: station.district_id
            for station in registry.stations
            if station.device_id is not None
        }
        self.of_zone: Mapping[ZoneId, DistrictId | None] = {
            zone.id: zone.district_id or self._around(area) for zone, area in shapes.zones
        }

        self._route_districts: Mapping[RouteId, frozenset[DistrictId]] = {
            route.id: frozenset(each for each, area in self._areas if shapely.intersects(area, line))
            for route, line in shapes.routes
        }

    def touches(self, route_id: RouteId, scope: Scope) -> bool:
        """Tell whether a route runs through a district of the scope."""
        if scope.district_ids is None:
            return True
        return not scope.district_ids.isdisjoint(self._route_districts.get(route_id, ()))

    def of_places(self, lon: Sequence[float | None], lat: Sequence[float | None]) -> list[DistrictId | None]:
        """The district of each place in WGS-84 degrees, the smallest id where several overlap; None outside all."""
        found: list[DistrictId | None] = [None] * len(lon)
        known = [at for at in range(len(lon)) if lon[at] is not None and lat[at] is not None]
        if not known or not self._areas:
            return found
        x_m, y_m = self._plane.to_plane_array(
            np.array([lon[at] for at in known], dtype=np.float64),
            np.array([lat[at] for at in known], dtype=np.float64),
        )
        for district_id, area in reversed(self._areas):
            for at in np.flatnonzero(shapely.intersects_xy(area, x_m, y_m)):
                found[known[at]] = district_id
        return found

    def of_place(self, lon: float | None, lat: float | None) -> DistrictId | None:
        """As `of_places`, for one."""
        return self.of_places([lon], [lat])[0]

    def _around(self, shape: Area | Disc) -> DistrictId | None:
        centre = (
            shapely.points(shape.x_m, shape.y_m)
            if isinstance(shape, Disc)
            else shapely.point_on_surface(shape)
        )
        for district_id, district in self._areas:
            if shapely.intersects(district, centre):
                return district_id
        return None
