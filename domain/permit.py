"""Permits tie vehicles, sources, disposal sites, routes and hours; collection runs tie a refuse truck to stops."""

from msgspec import Struct

from domain.identifiers import PermitId, RouteId, VehicleId, ZoneId
from domain.timewindow import ALWAYS, Validity, Weekday, Window

DENSITY_T_M3 = 1.8
"""Of declared earth in its natural bed, where a permit names no density: the middle of the 16 to 20 kN/m³ that soil
mechanics gives for natural soils. Loose earth on a truck is lighter; a declared volume means earth before digging."""


class Permit(Struct, frozen=True, kw_only=True):
    """A haul permit. Empty sources or disposals name every one; empty routes prescribe none."""

    id: PermitId
    vehicle_ids: tuple[VehicleId, ...] = ()
    source_zone_ids: tuple[ZoneId, ...] = ()
    disposal_zone_ids: tuple[ZoneId, ...] = ()
    route_ids: tuple[RouteId, ...] = ()
    windows: tuple[Window, ...] = ()
    validity: Validity = ALWAYS
    max_trip_min: float = 180.0
    declared_t: float | None = None
    declared_m3: float | None = None
    density_t_m3: float | None = None

    @property
    def declared_total_t(self) -> float | None:
        """The tonnes it was granted for, by its volume where it names no weight; None where it names neither."""
        if self.declared_t is not None or self.declared_m3 is None:
            return self.declared_t
        return self.declared_m3 * (DENSITY_T_M3 if self.density_t_m3 is None else self.density_t_m3)


class RunStop(Struct, frozen=True, kw_only=True):
    """A planned stop of a run: a circle in WGS-84 to be visited within one local window."""

    id: str
    lon: float
    lat: float
    radius_m: float
    window: Window
    name: str = ""
    min_stay_s: float = 10.0


class CollectionRun(Struct, frozen=True, kw_only=True):
    """A refuse truck's planned stops on some weekdays."""

    id: str
    vehicle_id: VehicleId
    days: tuple[Weekday, ...]
    stops: tuple[RunStop, ...] = ()
