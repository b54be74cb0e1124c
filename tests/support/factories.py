"""Small worlds in metres: a `World` collects zones, routes, permits, vehicles and stations.

It turns metres from its origin into WGS-84 degrees on the central meridian 114°, where the plane of the
spatial index has no metric error, and gives the registry and the ruleset of what was collected.
"""

from datetime import datetime
from functools import cache
from zoneinfo import ZoneInfo

import pyproj
from msgspec.structs import replace

from alerts.ruleset import Ruleset
from domain.identifiers import (
    DeviceId,
    DistrictId,
    LimitId,
    PermitId,
    RouteId,
    RuleId,
    SiteId,
    StationId,
    VehicleId,
    ZoneId,
)
from domain.permit import CollectionRun, Permit, RunStop
from domain.quantity import Quantity
from domain.registry import Registry
from domain.rule import AppliesTo, Rule, RuleKind
from domain.station import AqiCorrection, Limit, Severity, Station
from domain.timewindow import WEEKDAYS, Validity, Weekday, Window
from domain.vehicle import Vehicle, VehicleKind
from domain.zone import Circle, District, Polygons, Route, Zone, ZoneKind

SHANGHAI = ZoneInfo("Asia/Shanghai")
NORTHING_0_M = 4_207_000.0  # a round northing, near 38° N, so that offsets in metres are exact in floats


@cache
def _plane() -> pyproj.Proj:
    return pyproj.Proj("+proj=tmerc +lat_0=0 +lon_0=114 +k=1 +ellps=WGS84")


def degrees(x_m: float, y_m: float) -> tuple[float, float]:
    """Metres east and north of the origin to (lon, lat)."""
    lon, lat = _plane()(x_m, NORTHING_0_M + y_m, inverse=True)
    return (lon, lat)


def local_ms(text: str) -> int:
    """`2026-03-02 12:00` in Shanghai to ms since 1970 UTC."""
    return int(datetime.fromisoformat(text).replace(tzinfo=SHANGHAI).timestamp() * 1000)


def daily(from_: str, to: str, days: tuple[str, ...] | None = None) -> Window:
    """A local window on every day (or the named ones), over midnight where `to` is not after `from_`."""
    from_min, to_min = (int(text[:2]) * 60 + int(text[3:]) for text in (from_, to))
    return Window(
        days=tuple(day for day in WEEKDAYS if days is None or day.value in days),
        from_min=from_min,
        to_min=to_min if to_min > from_min else to_min + 24 * 60,
    )


def polygon(*corners: tuple[float, float]) -> Polygons:
    """One polygon without holes from its corners in metres."""
    ring = tuple(degrees(x, y) for x, y in (*corners, corners[0]))
    return Polygons(polygons=((ring,),))


def rectangle(x_min: float, y_min: float, x_max: float, y_max: float) -> Polygons:
    """An upright rectangle in metres; its long edges keep their corners, so it stays one in degrees."""
    return polygon((x_min, y_min), (x_max, y_min), (x_max, y_max), (x_min, y_max))


def stop(
    stop_id: str,
    x: float,
    from_: str,
    to: str,
    *,
    y: float = 0.0,
    radius_m: float = 50.0,
    min_stay_s: float | None = None,
) -> RunStop:
    """A stop of a collection run, due between two local times."""
    lon, lat = degrees(x, y)
    made = RunStop(id=stop_id, lon=lon, lat=lat, radius_m=float(radius_m), window=daily(from_, to))
    return made if min_stay_s is None else replace(made, min_stay_s=float(min_stay_s))


class World:
    """A registry in the making, in metres from the origin and seconds from `start`."""

    def __init__(self, start: str = "2026-03-02 12:00") -> None:
        self.start_ms = local_ms(start)
        self.zones: list[Zone] = []
        self.routes: list[Route] = []
        self.permits: list[Permit] = []
        self.runs: list[CollectionRun] = []
        self.vehicles: list[Vehicle] = []
        self.stations: list[Station] = []
        self.limits: list[Limit] = []
        self.districts: list[District] = []
        self.rules: list[Rule] | None = None
        self._ruleset: Ruleset | None = None

    def ms(self, second: float) -> int:
        """The instant `second` seconds after the start."""
        return self.start_ms + round(second * 1000)

    def seconds(self, time_ms: int | None) -> float | None:
        """The other way round; whole seconds come as integers."""
        if time_ms is None:
            return None
        offset_ms = time_ms - self.start_ms
        return offset_ms // 1000 if offset_ms % 1000 == 0 else offset_ms / 1000

    def validity(self, from_s: float | None, to_s: float | None) -> Validity:
        """[from, to) in seconds after the start."""
        return Validity(
            from_ms=None if from_s is None else self.ms(from_s),
            to_ms=None if to_s is None else self.ms(to_s),
        )

    def square(
        self,
        zone_id: str,
        kind: str,
        x: float,
        y: float = 0.0,
        *,
        half_m: float = 100.0,
        windows: tuple[Window, ...] = (),
        valid: tuple[float | None, float | None] = (None, None),
        speed_limit_kmh: float | None = None,
        site_id: str | None = None,
    ) -> "World":
        """Add a square zone around a centre."""
        return self.zone(
            Zone(
                id=ZoneId(zone_id),
                kind=ZoneKind(kind),
                shape=rectangle(x - half_m, y - half_m, x + half_m, y + half_m),
                windows=windows,
                validity=self.validity(*valid),
                speed_limit_kmh=None if speed_limit_kmh is None else float(speed_limit_kmh),
                site_id=None if site_id is None else SiteId(site_id),
            )
        )

    def circle(
        self, zone_id: str, kind: str, x: float, y: float = 0.0, *, radius_m: float = 100.0
    ) -> "World":
        """Add a round zone."""
        lon, lat = degrees(x, y)
        return self.zone(
            Zone(id=ZoneId(zone_id), kind=ZoneKind(kind), shape=Circle(lon=lon, lat=lat, radius_m=radius_m))
        )

    def zone(self, zone: Zone) -> "World":
        """Add a zone made elsewhere."""
        self.zones.append(zone)
        return self._changed()

    def route(self, route_id: str, *points: tuple[float, float], half_width_m: float = 50.0) -> "World":
        """Add a route through points in metres."""
        line = tuple(degrees(x, y) for x, y in points)
        self.routes.append(Route(id=RouteId(route_id), line=line, half_width_m=half_width_m))
        return self._changed()

    def permit(
        self,
        permit_id: str = "P1",
        *,
        vehicles: tuple[str, ...] = ("V1",),
        sources: tuple[str, ...] = (),
        disposals: tuple[str, ...] = (),
        routes: tuple[str, ...] = (),
        windows: tuple[Window, ...] = (),
        valid: tuple[float | None, float | None] = (None, None),
        max_trip_min: float = 180.0,
    ) -> "World":
        """Add a permit; `valid` in seconds after the start."""
        self.permits.append(
            Permit(
                id=PermitId(permit_id),
                vehicle_ids=tuple(VehicleId(each) for each in vehicles),
                source_zone_ids=tuple(ZoneId(each) for each in sources),
                disposal_zone_ids=tuple(ZoneId(each) for each in disposals),
                route_ids=tuple(RouteId(each) for each in routes),
                windows=windows,
                validity=self.validity(*valid),
                max_trip_min=float(max_trip_min),
            )
        )
        return self._changed()

    def district(
        self, district_id: str, x_min: float, x_max: float, *, y_min: float = -5000.0, y_max: float = 5000.0
    ) -> "World":
        """Add an upright rectangle as a district."""
        shape = rectangle(x_min, y_min, x_max, y_max)
        self.districts.append(District(id=DistrictId(district_id), shape=shape))
        return self._changed()

    def run(
        self,
        *stops: RunStop,
        run_id: str = "RUN1",
        vehicle_id: str = "V1",
        days: tuple[str, ...] = tuple(WEEKDAYS),
    ) -> "World":
        """Add a collection run; the windows of its stops are due on the run's days."""
        chosen = tuple(Weekday(day) for day in days)
        due = tuple(replace(stop, window=replace(stop.window, days=chosen)) for stop in stops)
        run = CollectionRun(id=run_id, vehicle_id=VehicleId(vehicle_id), days=chosen, stops=due)
        self.runs.append(run)
        return self._changed()

    def vehicle(
        self,
        vehicle_id: str = "V1",
        device_id: str = "D1",
        *,
        kind: str = "muck_truck",
        speed_limit_kmh: float | None = None,
        max_load_t: float | None = None,
    ) -> "World":
        """Add a vehicle with its device."""
        self.vehicles.append(
            Vehicle(
                id=VehicleId(vehicle_id),
                kind=VehicleKind(kind),
                device_id=DeviceId(device_id),
                speed_limit_kmh=None if speed_limit_kmh is None else float(speed_limit_kmh),
                max_load_t=None if max_load_t is None else float(max_load_t),
            )
        )
        return self._changed()

    def station(
        self,
        *limits: str,
        station_id: str = "S1",
        device_id: str = "M1",
        area_id: str | None = None,
        district_id: str | None = None,
    ) -> "World":
        """Add a dust station at the origin, held to the named limits."""
        lon, lat = degrees(0, 0)
        self.stations.append(
            Station(
                id=StationId(station_id),
                device_id=DeviceId(device_id),
                lon=lon,
                lat=lat,
                limit_ids=tuple(LimitId(each) for each in limits),
                background_area_id=area_id,  # type: ignore[arg-type]
                district_id=district_id,  # type: ignore[arg-type]
            )
        )
        return self._changed()

    def limit(
        self,
        limit_id: str = "L1",
        *,
        limit: float = 100.0,
        window_s: int = 900,
        quantity: Quantity = Quantity.PM10,
        aqi_correction: tuple[float, float, float] | None = None,
        severity: str = "minor",
        valid: tuple[float | None, float | None] = (None, None),
        enabled: bool = True,
        clear_below: float | None = None,
        minus_background: bool = False,
        background_cap: float | None = None,
        allowed: int = 0,
        min_coverage: float = 0.75,
        windows: tuple[Window, ...] = (),
    ) -> "World":
        """Add a limit."""
        self.limits.append(
            Limit(
                id=LimitId(limit_id),
                quantity=quantity,
                window_s=window_s,
                limit=float(limit),
                enabled=enabled,
                clear_below=None if clear_below is None else float(clear_below),
                severity=Severity(severity),
                minus_background=minus_background,
                background_cap=None if background_cap is None else float(background_cap),
                aqi_correction=None
                if aqi_correction is None
                else AqiCorrection(
                    from_aqi=float(aqi_correction[0]),
                    to_aqi=float(aqi_correction[1]),
                    subtract=float(aqi_correction[2]),
                ),
                exceedances_allowed_per_day=allowed,
                min_coverage=min_coverage,
                windows=windows,
                validity=self.validity(*valid),
            )
        )
        return self._changed()

    def rule(
        self,
        kind: str,
        rule_id: str | None = None,
        *,
        enabled: bool = True,
        severity: str | None = None,
        applies_to: AppliesTo | None = None,
        **params: float,
    ) -> "World":
        """Add a rule; the first one replaces the default ruleset."""
        self.rules = [] if self.rules is None else self.rules
        self.rules.append(
            Rule(
                id=RuleId(rule_id or kind),
                kind=RuleKind(kind),
                enabled=enabled,
                severity=None if severity is None else Severity(severity),
                params=params,
                applies_to=applies_to or AppliesTo(),
            )
        )
        return self._changed()

    def registry(self) -> Registry:
        """All that was collected."""
        return Registry(
            districts=tuple(self.districts),
            vehicles=tuple(self.vehicles),
            stations=tuple(self.stations),
            zones=tuple(self.zones),
            routes=tuple(self.routes),
            permits=tuple(self.permits),
            collection_runs=tuple(self.runs),
            limits=tuple(self.limits),
            rules=None if self.rules is None else tuple(self.rules),
        )

    def ruleset(self) -> Ruleset:
        """The registry compiled, once until something is added."""
        if self._ruleset is None:
            self._ruleset = Ruleset.build(self.registry(), version=1)
        return self._ruleset

    def _changed(self) -> "World":
        self._ruleset = None
        return self


def haul_world(*, kind: str = "muck_truck", start: str = "2026-03-02 12:00") -> World:
    """One truck, a source site round x = 0 and a disposal site round x = 6000, both 200 m wide; no permit."""
    world = World(start).vehicle(kind=kind)
    return world.square("SRC", "source_site", 0).square("DSP", "disposal_site", 6000)


def permitted_world(*, start: str = "2026-03-02 12:00", **permit: object) -> World:
    """`haul_world` with a permit from SRC to DSP and a straight route between them, 50 m to each side."""
    world = haul_world(start=start).route("R1", (0, 0), (6000, 0))
    terms: dict[str, object] = {"sources": ("SRC",), "disposals": ("DSP",), "routes": ("R1",)}
    return world.permit("P1", **{**terms, **permit})  # type: ignore[arg-type]
