"""The sections of the registry file, entry by entry, into the types the rest of the program knows.

Here are the names, defaults and bounds of the fields, and which part of the document each reference
means. That ids are unique is checked in `registry`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from domain.document import UnfitError
from domain.identifiers import (
    CompanyId,
    DistrictId,
    LimitId,
    PermitId,
    PlateColor,
    RouteId,
    RuleId,
    SiteId,
    StationId,
    VehicleId,
    ZoneId,
)
from domain.legal_limits import LEGAL_LIMITS
from domain.permit import CollectionRun, Permit, RunStop
from domain.problem import message
from domain.quantity import Quantity
from domain.registry_shapes import read_area, read_line, read_zone_shape
from domain.registry_times import read_days, read_validity, read_window, read_windows
from domain.rule import AppliesTo, Rule, RuleKind
from domain.station import AqiCorrection, Limit, Severity, Station
from domain.values import (
    area_id,
    calendar_year,
    count,
    credit_code,
    device_id,
    district_id,
    filled_text,
    free_object,
    identifier,
    not_negative,
    number,
    number_between,
    one_of,
    part_of_day_s,
    positive,
    shown,
    text,
    truth,
    word,
)
from domain.vehicle import Company, Device, DeviceModel, Vehicle, VehicleKind, VehicleStatus
from domain.work_plan import SpeedRange, WorkPlan
from domain.zone import Crs, District, Route, Zone, ZoneKind

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import tzinfo

    from domain.document import Node
    from domain.timewindow import Weekday

_LON = number_between(-180.0, 180.0)
_LAT = number_between(-90.0, 90.0)
_SHARE = number_between(0.0, 1.0)


class Known:
    """What the entries of a document may refer to: ids by section, and the zone its local times are in."""

    def __init__(self, root: Node, zone: tzinfo) -> None:
        """Collect the ids of every section, also of entries that have problems of their own."""
        self.zone = zone
        self.district = one_of(_ids(root, "districts"), DistrictId, "districts")
        self.company = one_of(_ids(root, "companies"), CompanyId, "companies")
        self.vehicle = one_of(_ids(root, "vehicles"), VehicleId, "vehicles")
        self.station = one_of(_ids(root, "stations"), StationId, "stations")
        self.device_model = one_of(_ids(root, "device_models"), str, "device_models")
        self.any_zone = one_of(_ids(root, "zones"), ZoneId, "zones")
        self.route = one_of(_ids(root, "routes"), RouteId, "routes")
        self.limit = one_of(_ids(root, "limits") | LEGAL_LIMITS.keys(), LimitId, "limits")
        self.source_zone = _zone_of(root, ZoneKind.SOURCE_SITE)
        self.disposal_zone = _zone_of(root, ZoneKind.DISPOSAL_SITE, ZoneKind.TRANSFER_STATION)


def _ids(root: Node, section: str) -> frozenset[str]:
    children = (entry.child("id") for entry in root.objects(section))
    return frozenset(child.value for child in children if child is not None and isinstance(child.value, str))


def _zone_of(root: Node, *kinds: ZoneKind) -> Callable[[object], ZoneId]:
    """Reads the id of a zone of some kinds; one whose kind is unreadable has that problem already."""
    known, fitting = _ids(root, "zones"), set[str]()
    for entry in root.objects("zones"):
        kind, name = entry.child("kind"), entry.child("id")
        is_other = kind is not None and kind.value in tuple(ZoneKind) and kind.value not in kinds
        if name is not None and isinstance(name.value, str) and not is_other:
            fitting.add(name.value)
    any_zone = one_of(known, ZoneId, "zones")

    def parse(value: object) -> ZoneId:
        zone_id = any_zone(value)
        if zone_id not in fitting:
            raise UnfitError("other_zone_kind", value=shown(zone_id), kinds=kinds)
        return zone_id

    return parse


def read_district(entry: Node) -> District:
    """One of `districts`."""
    return District(
        id=entry.need("id", district_id),
        name=entry.get("name", text, ""),
        shape=read_area(entry),
    )


def read_company(entry: Node) -> Company:
    """One of `companies`."""
    return Company(
        id=entry.need("id", identifier(CompanyId)),
        name=entry.get("name", text, ""),
        uscc=entry.get("uscc", credit_code, None),
    )


def read_vehicle(entry: Node, known: Known) -> Vehicle:
    """One of `vehicles`."""
    return Vehicle(
        id=entry.need("id", identifier(VehicleId)),
        kind=entry.need("kind", word(VehicleKind)),
        plate=entry.get("plate", filled_text, ""),
        plate_color=entry.get("plate_color", word(PlateColor), PlateColor.OTHER),
        status=entry.get("status", word(VehicleStatus), VehicleStatus.FORMAL),
        company_id=entry.get("company_id", known.company, None),
        device_id=entry.get("device_id", device_id, None),
        speed_limit_kmh=entry.get("speed_limit_kmh", positive, None),
        max_load_t=entry.get("max_load_t", positive, None),
    )


def read_station(entry: Node, known: Known) -> Station:
    """One of `stations`. A site is whatever zones bear its id, so a station may name one not drawn yet."""
    lon, lat = entry.get("lon", _LON, None), entry.get("lat", _LAT, None)
    for name, other in (("lon", "lat"), ("lat", "lon")):
        if entry.child(name) is None and entry.child(other) is not None:
            entry.missing(name, message("missing_beside", other=other))
    return Station(
        id=entry.need("id", identifier(StationId)),
        name=entry.get("name", text, ""),
        site_id=entry.get("site_id", identifier(SiteId), None),
        district_id=entry.get("district_id", known.district, None),
        background_area_id=entry.get("background_area_id", area_id, None),
        device_id=entry.get("device_id", device_id, None),
        lon=lon,
        lat=lat,
        limit_ids=entry.get_values("limit_ids", known.limit, ()),
    )


def read_device(entry: Node, known: Known) -> Device:
    """One of `devices`."""
    return Device(
        id=entry.need("id", device_id),
        protocol=entry.get("protocol", filled_text, "mqtt"),
        model_id=entry.get("model_id", known.device_model, None),
        settings=entry.get("settings", free_object, {}),
    )


def read_device_model(entry: Node) -> DeviceModel:
    """One of `device_models`."""
    return DeviceModel(
        id=entry.need("id", identifier(str)),
        name=entry.get("name", text, ""),
        signals=entry.get("signals", free_object, {}),
        settings=entry.get("settings", free_object, {}),
    )


def read_zone(entry: Node, known: Known) -> Zone:
    """One of `zones`."""
    kind = entry.want("kind", word(ZoneKind))
    if kind is ZoneKind.SPEED_ZONE and entry.child("speed_limit_kmh") is None:
        entry.missing("speed_limit_kmh", message("missing_speed_limit"))
    return Zone(
        id=entry.need("id", identifier(ZoneId)),
        kind=kind or ZoneKind.OTHER,
        shape=read_zone_shape(entry),
        name=entry.get("name", text, ""),
        crs=entry.get("crs", word(Crs), Crs.WGS84),
        site_id=entry.get("site_id", identifier(SiteId), None),
        district_id=entry.get("district_id", known.district, None),
        speed_limit_kmh=entry.get("speed_limit_kmh", positive, None),
        windows=read_windows(entry),
        validity=read_validity(entry, known.zone),
    )


def read_route(entry: Node) -> Route:
    """One of `routes`."""
    return Route(
        id=entry.need("id", identifier(RouteId)),
        line=read_line(entry),
        name=entry.get("name", text, ""),
        crs=entry.get("crs", word(Crs), Crs.WGS84),
        half_width_m=entry.get("half_width_m", positive, 50.0),
    )


def read_permit(entry: Node, known: Known) -> Permit:
    """One of `permits`."""
    return Permit(
        id=entry.need("id", identifier(PermitId)),
        vehicle_ids=entry.get_values("vehicle_ids", known.vehicle, ()),
        source_zone_ids=entry.get_values("source_zone_ids", known.source_zone, ()),
        disposal_zone_ids=entry.get_values("disposal_zone_ids", known.disposal_zone, ()),
        route_ids=entry.get_values("route_ids", known.route, ()),
        windows=read_windows(entry),
        validity=read_validity(entry, known.zone),
        max_trip_min=entry.get("max_trip_min", positive, 180.0),
        declared_t=entry.get("declared_t", positive, None),
        declared_m3=entry.get("declared_m3", positive, None),
        density_t_m3=entry.get("density_t_m3", positive, None),
    )


def read_work_plan(entry: Node, known: Known) -> WorkPlan:
    """One of `work_plans`."""
    return WorkPlan(
        id=entry.need("id", identifier(str)),
        name=entry.get("name", text, ""),
        vehicle_kind=entry.get("vehicle_kind", word(VehicleKind), None),
        vehicle_ids=entry.get_values("vehicle_ids", known.vehicle, ()),
        route_ids=entry.get_values("route_ids", known.route, ()),
        zone_ids=entry.get_values("zone_ids", known.any_zone, ()),
        year=entry.get("year", calendar_year, None),
        validity=read_validity(entry, known.zone),
        rounds_per_day=entry.get("rounds_per_day", positive, None),
        km_per_year=entry.get("km_per_year", positive, None),
        working_speed_kmh=entry.get_object("working_speed_kmh", read_speed_range, None),
    )


def read_speed_range(entry: Node) -> SpeedRange:
    """A plan's `working_speed_kmh`."""
    from_kmh, to_kmh = entry.want("from", positive), entry.want("to", positive)
    upper = entry.child("to")
    if upper is not None and from_kmh is not None and to_kmh is not None and from_kmh > to_kmh:
        upper.note(message("below_from"))
    return SpeedRange(from_kmh=from_kmh or 0.0, to_kmh=to_kmh or 0.0)


def read_collection_run(entry: Node, known: Known) -> CollectionRun:
    """One of `collection_runs`."""
    days = read_days(entry)
    return CollectionRun(
        id=entry.need("id", identifier(str)),
        vehicle_id=entry.need("vehicle_id", known.vehicle),
        days=days,
        stops=entry.get_objects("stops", lambda stop: read_stop(stop, days)),
    )


def read_stop(entry: Node, days: tuple[Weekday, ...]) -> RunStop:
    """One of a run's `stops`; its window is due on the run's days."""
    return RunStop(
        id=entry.need("id", identifier(str)),
        name=entry.get("name", text, ""),
        lon=entry.need("lon", _LON),
        lat=entry.need("lat", _LAT),
        radius_m=entry.need("radius_m", positive),
        window=read_window(entry, days),
        min_stay_s=entry.get("min_stay_s", not_negative, 10.0),
    )


def read_limit(entry: Node, known: Known) -> Limit:
    """One of `limits`; `limit`, `clear_below` and the rest are in the quantity's own unit."""
    return Limit(
        id=entry.need("id", _own_limit_id),
        quantity=entry.need("quantity", word(Quantity)),
        window_s=entry.need("window_s", part_of_day_s),
        limit=entry.need("limit", number),
        name=entry.get("name", text, ""),
        enabled=entry.get("enabled", truth, default=True),
        clear_below=entry.get("clear_below", number, None),
        severity=entry.get("severity", word(Severity), Severity.MINOR),
        minus_background=entry.get("minus_background", truth, default=False),
        background_cap=entry.get("background_cap", not_negative, None),
        aqi_correction=entry.get_object("aqi_correction", read_aqi_correction, None),
        stage=entry.get("stage", text, None),
        exceedances_allowed_per_day=entry.get("exceedances_allowed_per_day", count, 0),
        min_coverage=entry.get("min_coverage", _SHARE, 0.75),
        windows=read_windows(entry),
        validity=read_validity(entry, known.zone),
    )


def _own_limit_id(value: object) -> LimitId:
    """The id of a limit of the registry's own; a ready-made one is not to be said in other terms."""
    own = identifier(LimitId)(value)
    if own in LEGAL_LIMITS:
        raise UnfitError("ready_made_limit", value=shown(own))
    return own


def read_aqi_correction(entry: Node) -> AqiCorrection:
    """A limit's `aqi_correction`."""
    from_aqi, to_aqi = entry.want("from", not_negative), entry.want("to", not_negative)
    upper = entry.child("to")
    if upper is not None and from_aqi is not None and to_aqi is not None and from_aqi > to_aqi:
        upper.note(message("below_from"))
    return AqiCorrection(
        from_aqi=from_aqi or 0.0, to_aqi=to_aqi or 0.0, subtract=entry.need("subtract", number)
    )


def read_rule(entry: Node, known: Known) -> Rule:
    """One of `rules`; what the parameters of each kind may be is known to `alerts`."""
    return Rule(
        id=entry.need("id", identifier(RuleId)),
        kind=entry.need("kind", word(RuleKind)),
        enabled=entry.get("enabled", truth, default=True),
        severity=entry.get("severity", word(Severity), None),
        params=entry.get("params", free_object, {}),
        applies_to=entry.get_object("applies_to", lambda node: read_applies_to(node, known), AppliesTo()),
    )


def read_applies_to(entry: Node, known: Known) -> AppliesTo:
    """A rule's `applies_to`."""
    return AppliesTo(
        vehicle_kinds=entry.get_values("vehicle_kinds", word(VehicleKind), None),
        vehicle_ids=entry.get_values("vehicle_ids", known.vehicle, None),
        company_ids=entry.get_values("company_ids", known.company, None),
        district_ids=entry.get_values("district_ids", known.district, None),
        station_ids=entry.get_values("station_ids", known.station, None),
    )
