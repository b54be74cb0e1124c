"""The ruleset: one immutable, numbered snapshot of zones, routes, permits, limits and rules in force.

Compiled for judging: which rules with which numbers concern which device. What a kind of rule means is
in the file of its family; its default numbers are in `alerts/parameters.py`.
"""

from collections.abc import Mapping, Sequence
from zoneinfo import ZoneInfo

from msgspec import Struct

from alerts.parameters import KINDS, compile_params
from alerts.reach import is_for_station, is_for_vehicle
from domain.identifiers import (
    AreaId,
    DeviceId,
    DistrictId,
    LimitId,
    PermitId,
    RouteId,
    RuleId,
    SiteId,
    VehicleId,
    ZoneId,
)
from domain.permit import Permit, RunStop
from domain.registry import Registry
from domain.rule import Rule, RuleKind
from domain.station import Limit, Severity, Station
from domain.timewindow import is_open
from domain.vehicle import Vehicle, VehicleKind
from domain.zone import PLACES_TO_BE, Circle, Zone, ZoneKind
from geofence.crs import to_wgs84
from geofence.index import PlaceIndex

MAY_UNLOAD_M = 30.0
Starts = Sequence[tuple[int, int]]
"""Versions by number, and the instant (ms) each takes effect."""
TIMED_KINDS = frozenset({RuleKind.DEVICE_SILENT, RuleKind.TRIP_OVERDUE, RuleKind.MISSED_COLLECTION})
"""The kinds of vehicle rules of which time alone can show something."""
DAY_KINDS = frozenset({RuleKind.CAPPED_READINGS})
"""The kinds of station rules that look at whole local days, beside the fold."""


class JudgedRule(Struct, frozen=True, kw_only=True):
    """One rule with all its numbers filled in; `severity` replaces the kind's own lowest where given."""

    id: RuleId
    kind: RuleKind
    params: Mapping[str, float]
    severity: Severity | None = None
    district_ids: frozenset[DistrictId] | None = None

    def at_least(self, severity: Severity, lowest: Severity | None = None) -> Severity:
        """The severity of a finding that the kind itself would give `severity`.

        The rule's own replaces the kind's lowest (or `lowest`, where something else sets that); a graver
        one stays unless the rule's is graver still.
        """
        if self.severity is None:
            return severity
        if severity is (KINDS[self.kind].lowest if lowest is None else lowest):
            return self.severity
        return max(severity, self.severity, key=lambda each: each.rank)


class PlannedStop(Struct, frozen=True, kw_only=True):
    """A stop of a vehicle's collection runs, placed in the plane; `key` names it within the vehicle."""

    key: str
    run_id: str
    stop: RunStop
    x_m: float
    y_m: float


class VehicleProfile(Struct, frozen=True, kw_only=True):
    """All that judging one vehicle's device needs to know of the registry; `timed_rules` are some of `rules`.

    `linger_s`: the lengths of a loaded stay that the area rules ask for.
    """

    vehicle: Vehicle
    device_id: DeviceId
    rules: tuple[JudgedRule, ...]
    timed_rules: tuple[JudgedRule, ...]
    permits: tuple[Permit, ...]
    stops: tuple[PlannedStop, ...]
    buffers_m: Mapping[ZoneId, float]
    linger_s: tuple[float, ...] = ()

    @property
    def makes_trips(self) -> bool:
        """Trips, load by place and washing concern muck trucks."""
        return self.vehicle.kind is VehicleKind.MUCK_TRUCK


class StationProfile(Struct, frozen=True, kw_only=True):
    """All that judging one station's device needs to know of the registry; `day_rules` look at whole local days."""

    station: Station
    device_id: DeviceId
    rules: tuple[JudgedRule, ...]
    day_rules: tuple[JudgedRule, ...]
    limits: tuple[Limit, ...]


Profile = VehicleProfile | StationProfile


class Ruleset:
    """A registry compiled for judging."""

    def __init__(self, registry: Registry, *, version: int, starts: Starts) -> None:
        self.version = version
        self._starts = sorted(((number, from_ms) for number, from_ms in starts if number <= version))
        self.registry = registry
        self.time_zone: ZoneInfo = registry.zone_info
        self.zones: Mapping[ZoneId, Zone] = {zone.id: zone for zone in registry.zones}
        self.half_widths_m: Mapping[RouteId, float] = {r.id: float(r.half_width_m) for r in registry.routes}
        self.permits = {permit.id: permit for permit in registry.permits}
        self.limits: Mapping[LimitId, Limit] = registry.limit_terms
        self.rules = tuple(
            _compile(rule, path) for rule, path in _rules_of(registry) if rule.enabled and rule.kind in KINDS
        )
        self.area_rules = tuple(rule for rule in self.rules if KINDS[rule.kind].for_areas)
        lingers_s = [rule.params["stay_s"] for rule in self.area_rules]
        self.shortest_linger_ms: float = min(lingers_s, default=float("inf")) * 1000
        self.vehicles = {vehicle.id: vehicle for vehicle in registry.vehicles}
        self.stations = {station.id: station for station in registry.stations}
        self._applies = {rule.id: rule.applies_to for rule, _ in _rules_of(registry)}
        margin_m = max([100.0, *(rule.params.get("exit_buffer_m", 0.0) + 1.0 for rule in self.rules)])
        self.index = PlaceIndex.build(registry, margin_m=margin_m)
        self.profiles: Mapping[DeviceId, Profile] = self._profiles()
        self.vehicle_devices = frozenset(
            device for device, profile in self.profiles.items() if isinstance(profile, VehicleProfile)
        )
        self.station_devices = frozenset(self.profiles) - self.vehicle_devices
        self.routes_of: Mapping[DeviceId, tuple[RouteId, ...]] = {
            device: routes
            for device, profile in self.profiles.items()
            if isinstance(profile, VehicleProfile)
            and (routes := tuple(sorted({route for permit in profile.permits for route in permit.route_ids})))
        }
        self.stations_of_area: Mapping[AreaId, tuple[DeviceId, ...]] = self._areas()
        self.wash_bays_of: Mapping[SiteId, tuple[ZoneId, ...]] = _zones_of_sites(registry, ZoneKind.WASH_BAY)
        self.source_sites_of = _zones_of_sites(registry, ZoneKind.SOURCE_SITE)
        self._beyond_districts = frozenset(
            zone.id
            for zone in registry.zones
            if zone.kind is ZoneKind.DISPOSAL_SITE and self._is_beyond_districts(zone)
        )

    @classmethod
    def build(cls, registry: Registry, *, version: int, starts: Starts = ()) -> "Ruleset":
        """Compile a checked registry; raises ValueError for a shape or a parameter that cannot be used.

        `starts`: when this version and those before it took effect; without, it is the only one.
        """
        return cls(registry, version=version, starts=starts)

    @property
    def effective_from_ms(self) -> int:
        """The instant this version takes effect."""
        return self._starts[-1][1] if self._starts else 0

    def superseded_ms(self, version: int) -> int:
        """The instant at which an earlier version went out of force."""
        return next((from_ms for number, from_ms in self._starts if number > version), self.effective_from_ms)

    def is_zone_open(self, zone_id: ZoneId, at_ms: int) -> bool:
        """Tell whether a zone exists at this time."""
        zone = self.zones.get(zone_id)
        if zone is None:
            return False
        if not zone.windows and zone.validity.from_ms is None and zone.validity.to_ms is None:
            return True
        return zone.validity.contains(at_ms) and is_open(zone.windows, at_ms, self.time_zone)

    def may_leave_districts(self, permit_id: PermitId | None) -> bool:
        """Tell whether a trip's permit names a disposal site outside every district."""
        permit = None if permit_id is None else self.permits.get(permit_id)
        if permit is None:
            return False
        if not permit.disposal_zone_ids:
            return bool(self._beyond_districts)
        return not self._beyond_districts.isdisjoint(permit.disposal_zone_ids)

    def _is_beyond_districts(self, zone: Zone) -> bool:
        """Tell whether a zone's first corner, or centre, lies in no district."""
        if isinstance(zone.shape, Circle):
            lon, lat = zone.shape.lon, zone.shape.lat
        else:
            lon, lat = zone.shape.polygons[0][0][0]
        return self.index.district_at(*self.index.to_plane(*to_wgs84(zone.crs, lon, lat))) is None

    def concerns(self, rule: JudgedRule, vehicle_id: VehicleId) -> bool:
        """Tell whether an area rule counts a vehicle."""
        vehicle = self.vehicles.get(vehicle_id)
        return vehicle is not None and self._is_for(rule, vehicle)

    def is_place_to_be(self, zone_id: ZoneId) -> bool:
        """Tell whether being in this zone is being somewhere, in the sense of `outside all zones`."""
        zone = self.zones.get(zone_id)
        return zone is not None and zone.kind in PLACES_TO_BE

    def kind_of(self, zone_id: ZoneId) -> ZoneKind | None:
        """The kind of a zone, None for one the registry no longer has."""
        zone = self.zones.get(zone_id)
        return None if zone is None else zone.kind

    def _profiles(self) -> dict[DeviceId, Profile]:
        permits_of: dict[str, list[Permit]] = {}
        for permit in self.registry.permits:
            for vehicle_id in permit.vehicle_ids:
                permits_of.setdefault(vehicle_id, []).append(permit)
        stops_of = self._stops()
        profiles: dict[DeviceId, Profile] = {}
        by_terms: dict[object, tuple[JudgedRule, ...]] = {}
        buffers: dict[object, Mapping[ZoneId, float]] = {}
        for vehicle in self.registry.vehicles:
            if vehicle.device_id is None:
                continue
            rules = tuple(rule for rule in self.rules if self._concerns_vehicle(rule, vehicle))
            terms = tuple(rule.id for rule in rules)
            rules = by_terms.setdefault(terms, rules)
            profiles[vehicle.device_id] = VehicleProfile(
                vehicle=vehicle,
                device_id=vehicle.device_id,
                rules=rules,
                timed_rules=tuple(rule for rule in rules if rule.kind in TIMED_KINDS),
                permits=tuple(sorted(permits_of.get(vehicle.id, ()), key=lambda permit: permit.id)),
                stops=stops_of.get(vehicle.id, ()),
                buffers_m=buffers.setdefault(terms, self._buffers(rules)),
                linger_s=self._linger_s(vehicle),
            )
        for station in self.registry.stations:
            if station.device_id is None:
                continue
            concerning = [rule for rule in self.rules if self._concerns_station(rule, station)]
            profiles[station.device_id] = StationProfile(
                station=station,
                device_id=station.device_id,
                rules=tuple(rule for rule in concerning if rule.kind not in DAY_KINDS),
                day_rules=tuple(rule for rule in concerning if rule.kind in DAY_KINDS),
                limits=tuple(
                    self.limits[limit_id] for limit_id in station.limit_ids if self.limits[limit_id].enabled
                ),
            )
        return profiles

    def _stops(self) -> dict[str, tuple[PlannedStop, ...]]:
        stops: dict[str, tuple[PlannedStop, ...]] = {}
        for run in self.registry.collection_runs:
            placed = []
            for stop in run.stops:
                x_m, y_m = self.index.to_plane(stop.lon, stop.lat)
                key = f"{run.id}/{stop.id}"
                placed.append(PlannedStop(key=key, run_id=run.id, stop=stop, x_m=x_m, y_m=y_m))
            stops[run.vehicle_id] = (*stops.get(run.vehicle_id, ()), *placed)
        return stops

    def _buffers(self, rules: tuple[JudgedRule, ...]) -> Mapping[ZoneId, float]:
        """Exit buffers other than the default: a rule may set the one of the zones it looks at."""
        buffers: dict[ZoneId, float] = {}
        for kind, looks_at in (
            (RuleKind.FORBIDDEN_ZONE, ZoneKind.NO_GO),
            (RuleKind.SPEEDING, ZoneKind.SPEED_ZONE),
        ):
            rule = next((rule for rule in rules if rule.kind is kind), None)
            if rule is not None and rule.params["exit_buffer_m"] != KINDS[kind].params["exit_buffer_m"]:
                buffers |= {
                    zone.id: rule.params["exit_buffer_m"]
                    for zone in self.registry.zones
                    if zone.kind is looks_at
                }
        return buffers

    def _areas(self) -> dict[AreaId, tuple[DeviceId, ...]]:
        areas: dict[AreaId, tuple[DeviceId, ...]] = {
            AreaId(district.id): () for district in self.registry.districts
        }
        for station in self.registry.stations:
            if station.area_id is not None:
                known = areas.setdefault(station.area_id, ())
                if station.device_id is not None:
                    areas[station.area_id] = (*known, station.device_id)
        return areas

    def _concerns_vehicle(self, rule: JudgedRule, vehicle: Vehicle) -> bool:
        terms = KINDS[rule.kind]
        return not terms.for_stations and not terms.for_areas and self._is_for(rule, vehicle)

    def _linger_s(self, vehicle: Vehicle) -> tuple[float, ...]:
        lengths_s = {rule.params["stay_s"] for rule in self.area_rules if self._is_for(rule, vehicle)}
        return tuple(sorted(lengths_s))

    def _is_for(self, rule: JudgedRule, vehicle: Vehicle) -> bool:
        return is_for_vehicle(rule.kind, self._applies[rule.id], vehicle)

    def _concerns_station(self, rule: JudgedRule, station: Station) -> bool:
        return KINDS[rule.kind].for_stations and is_for_station(self._applies[rule.id], station)


def _zones_of_sites(registry: Registry, kind: ZoneKind) -> dict[SiteId, tuple[ZoneId, ...]]:
    zones: dict[SiteId, tuple[ZoneId, ...]] = {}
    for zone in registry.zones:
        if zone.kind is kind and zone.site_id is not None:
            zones[zone.site_id] = (*zones.get(zone.site_id, ()), zone.id)
    return zones


def _rules_of(registry: Registry) -> list[tuple[Rule, str]]:
    """The registry's rules with their JSON paths; without any, one of each kind with default numbers."""
    if registry.rules is None:
        return [(Rule(id=RuleId(kind.value), kind=kind), "default rules") for kind in KINDS]
    return [(rule, f"$.rules[{number}]") for number, rule in enumerate(registry.rules)]


def rule_of(registry: Registry, rule_id: str) -> JudgedRule | None:
    """A rule of a registry, without compiling all of it; None where it has none of that id that is judged."""
    return next(
        (
            _compile(rule, path)
            for rule, path in _rules_of(registry)
            if rule.id == rule_id and rule.kind in KINDS
        ),
        None,
    )


def _compile(rule: Rule, path: str) -> JudgedRule:
    districts = rule.applies_to.district_ids
    return JudgedRule(
        id=rule.id,
        kind=rule.kind,
        params=compile_params(rule, path),
        severity=rule.severity,
        district_ids=None if districts is None else frozenset(districts),
    )
