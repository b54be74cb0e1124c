"""A registry document without a problem, into the types the rest of the program knows."""

import json

import pytest

from domain.instant import from_rfc3339
from domain.permit import CollectionRun, Permit, RunStop
from domain.quantity import Quantity
from domain.registry import Registry, check
from domain.rule import AppliesTo, Rule, RuleKind
from domain.station import AqiCorrection, Limit, Severity, Station
from domain.timewindow import ALWAYS, WEEKDAYS, Validity, Weekday, Window
from domain.vehicle import Company, Device, DeviceModel, Vehicle, VehicleKind, VehicleStatus
from domain.work_plan import SpeedRange, WorkPlan
from domain.zone import Circle, Crs, District, Polygons, Route, Zone, ZoneKind
from tests.domain.full_registry import FAR_SQUARE, HOLE, REMOVED, SQUARE, changed, full_document


def ring(points):
    return tuple((lon, lat) for lon, lat in points)


def span(begins, ends):
    return Validity(from_ms=from_rfc3339(begins), to_ms=from_rfc3339(ends))


@pytest.fixture(scope="module")
def registry():
    read = check(changed())
    assert isinstance(read, Registry)
    return read


def test_the_time_zone_is_read(registry):
    assert registry.zone_info.key == "Asia/Shanghai"


def test_a_district_is_read(registry):
    shape = Polygons(polygons=((ring(SQUARE), ring(HOLE)), (ring(FAR_SQUARE),)))
    assert registry.districts == (District(id="320583", name="Kunshan", shape=shape),)


def test_a_company_is_read(registry):
    assert registry.companies == (Company(id="C1", name="清运公司", uscc="91350100M000100Y43"),)


def test_a_vehicle_is_read(registry):
    assert registry.vehicles[0] == Vehicle(
        id="V1",
        kind=VehicleKind.MUCK_TRUCK,
        plate="苏E12345",
        plate_color="yellow",
        status=VehicleStatus.IRREGULAR,
        company_id="C1",
        device_id="T0001",
        speed_limit_kmh=60.0,
        max_load_t=15.5,
    )


def test_a_station_is_read(registry):
    assert registry.stations[0] == Station(
        id="S1",
        name="north gate",
        site_id="SITE-1",
        district_id="320583",
        background_area_id="kunshan",
        device_id="D0001",
        lon=119.05,
        lat=31.05,
        limit_ids=("L1",),
    )


def test_a_device_and_its_model_are_read(registry):
    assert registry.devices == (
        Device(id="T0001", protocol="jt808", model_id="M1", settings={"lift": "inverted"}),
    )
    assert registry.device_models == (
        DeviceModel(id="M1", name="box", signals={"lift": 3}, settings={"unit": "kg"}),
    )


def test_a_zone_with_a_polygon_is_read(registry):
    assert registry.zones[0] == Zone(
        id="Z1",
        name="pit",
        kind=ZoneKind.SOURCE_SITE,
        shape=Polygons(polygons=((ring(SQUARE), ring(HOLE)),)),
        crs=Crs.GCJ02,
        site_id="SITE-1",
        district_id="320583",
        windows=(Window(days=(Weekday.MON, Weekday.SAT), from_min=22 * 60, to_min=30 * 60),),
        validity=span("2026-01-01T00:00:00+08:00", "2027-01-01T00:00:00+08:00"),
    )


def test_a_zone_with_a_point_is_a_circle_and_its_height_is_ignored(registry):
    assert registry.zones[1].shape == Circle(lon=119.2, lat=31.2, radius_m=150.0)


def test_a_speed_zone_has_its_limit(registry):
    assert registry.zones[2].speed_limit_kmh == 30.0


def test_a_route_is_read(registry):
    line = ((119.0, 31.0), (119.2, 31.2))
    assert registry.routes == (Route(id="R1", name="ring road", line=line, crs=Crs.BD09, half_width_m=40.0),)


def test_a_permit_is_read(registry):
    assert registry.permits == (
        Permit(
            id="P1",
            vehicle_ids=("V1",),
            source_zone_ids=("Z1",),
            disposal_zone_ids=("Z2", "Z4"),
            route_ids=("R1",),
            windows=(
                Window(days=WEEKDAYS, from_min=20 * 60, to_min=24 * 60),
                Window(days=WEEKDAYS, from_min=0, to_min=24 * 60),
            ),
            validity=span("2026-10-31T16:00:00Z", "2026-11-30T16:00:00Z"),
            max_trip_min=90.0,
            declared_m3=12000.0,
            density_t_m3=1.6,
        ),
    )
    assert registry.permits[0].declared_total_t == 19_200.0


def test_a_work_plan_is_read(registry):
    assert registry.work_plans == (
        WorkPlan(
            id="W1",
            name="ring road, washing",
            vehicle_kind=VehicleKind.SPRINKLER,
            vehicle_ids=("V1",),
            route_ids=("R1",),
            zone_ids=("Z3",),
            year=2026,
            validity=Validity(from_ms=from_rfc3339("2026-02-28T16:00:00Z")),
            rounds_per_day=3.0,
            km_per_year=9000.0,
            working_speed_kmh=SpeedRange(from_kmh=5.0, to_kmh=20.0),
        ),
    )


def test_a_collection_run_is_read_and_its_stops_are_due_on_its_days(registry):
    tuesday = (Weekday.TUE,)
    first = RunStop(
        id="1",
        name="market",
        lon=119.05,
        lat=31.06,
        radius_m=40.0,
        window=Window(days=tuesday, from_min=300, to_min=390),
        min_stay_s=20.0,
    )
    second = RunStop(
        id="2",
        lon=119.06,
        lat=31.06,
        radius_m=40.0,
        window=Window(days=tuesday, from_min=360, to_min=420),
    )
    assert registry.collection_runs == (
        CollectionRun(id="RUN1", vehicle_id="V2", days=tuesday, stops=(first, second)),
    )


def test_a_limit_is_read(registry):
    assert registry.limits[0] == Limit(
        id="L1",
        name="DB13 PM10",
        enabled=False,
        quantity=Quantity.PM10,
        window_s=3600,
        limit=80.0,
        clear_below=70.0,
        severity=Severity.MAJOR,
        minus_background=True,
        background_cap=150.0,
        aqi_correction=AqiCorrection(from_aqi=200.0, to_aqi=300.0, subtract=100.0),
        stage="earthworks",
        exceedances_allowed_per_day=2,
        min_coverage=0.8,
        windows=(Window(days=WEEKDAYS, from_min=6 * 60, to_min=22 * 60),),
        validity=span("2019-05-01T00:00:00+08:00", "2029-05-01T00:00:00+08:00"),
    )


def test_a_rule_is_read(registry):
    assert registry.rules[0] == Rule(
        id="dumping",
        kind=RuleKind.ILLEGAL_DUMPING,
        enabled=False,
        severity=Severity.CRITICAL,
        params={"dwell_s": 240},
        applies_to=AppliesTo(
            vehicle_kinds=(VehicleKind.MUCK_TRUCK,),
            vehicle_ids=("V1",),
            company_ids=("C1",),
            district_ids=("320583",),
            station_ids=("S1",),
        ),
    )


def test_what_is_left_out_has_its_default(registry):
    assert registry.vehicles[1] == Vehicle(id="V2", kind=VehicleKind.REFUSE_TRUCK, device_id="T0002")
    assert registry.stations[1] == Station(id="S2", device_id="D0002")
    assert registry.limits[1] == Limit(id="L2", quantity=Quantity.NOISE, window_s=300, limit=70.0)
    assert registry.rules[1] == Rule(id="speed", kind=RuleKind.SPEEDING)
    assert registry.zones[1].validity is ALWAYS


def test_the_defaults_of_the_format_are_those_of_the_wire():
    limit = Limit(id="L", quantity=Quantity.PM10, window_s=3600, limit=1.0)
    assert (limit.exceedances_allowed_per_day, limit.min_coverage) == (0, 0.75)
    assert (limit.minus_background, limit.enabled) == (False, True)
    assert Vehicle(id="V", kind=VehicleKind.OTHER).status is VehicleStatus.FORMAL


def test_every_section_is_optional():
    assert check(b'{"version": 1}') == Registry()


def test_absent_rules_are_none_and_an_empty_list_is_no_rule():
    assert check(changed(("rules", REMOVED))).rules is None
    assert check(changed(("rules", []))).rules == ()


def test_days_of_a_run_left_out_are_every_day():
    run = check(changed(("collection_runs[0].days", REMOVED))).collection_runs[0]
    assert run.days == WEEKDAYS
    assert run.stops[0].window.days == WEEKDAYS


def optional_paths(node, path):
    """Every field of the full document that may be left out."""
    needed = {"id", "version", "kind", "geometry", "type", "coordinates", "quantity", "window_s", "limit"}
    needed |= {"lon", "lat", "radius_m", "from", "to", "subtract", "vehicle_id"}
    # Without these sections the references to them would hang in the air.
    needed |= {"districts", "companies", "vehicles", "stations", "zones", "routes", "limits", "device_models"}
    if isinstance(node, dict):
        for name, value in node.items():
            if name not in needed and (name, path) != ("speed_limit_kmh", "$.zones[2]"):
                yield f"{path}.{name}"
            yield from optional_paths(value, f"{path}.{name}")
    elif isinstance(node, list):
        for i, value in enumerate(node):
            yield from optional_paths(value, f"{path}[{i}]")


@pytest.mark.parametrize("path", sorted(set(optional_paths(full_document(), "$"))))
def test_null_equals_absent(path):
    absent = check(changed((path, REMOVED)))
    assert isinstance(absent, Registry)
    assert check(changed((path, None))) == absent


def test_unknown_fields_are_no_problem(registry):
    document = full_document()
    document["comment"] = {"any": ["thing"]}
    for section in list(document.values()):
        for entry in section if isinstance(section, list) else []:
            entry["note_of_ours"] = None
            entry["x_key"] = [1, {"y": "z"}]
    assert check(json.dumps(document).encode()) == registry


@pytest.mark.parametrize(
    ("path", "value"),
    [
        pytest.param("limits[0].window_s", 3600.0, id="whole-number-with-a-point"),
        pytest.param("limits[0].window_s", 86_400, id="a-whole-day"),
        pytest.param("limits[0].window_s", 1, id="a-second"),
        pytest.param("limits[0].min_coverage", 0, id="coverage-0"),
        pytest.param("limits[0].min_coverage", 1, id="coverage-1"),
        pytest.param("limits[0].aqi_correction.to", 200, id="aqi-of-one-value"),
        pytest.param("vehicles[0].device_id", "A" * 64, id="longest-device-id"),
        pytest.param("vehicles[0].device_id", "-_aZ09", id="every-kind-of-character"),
        pytest.param("vehicles[0].plate", "any text at all", id="free-plate"),
        pytest.param("districts[0].name", "", id="empty-name"),
        pytest.param("permits[0].source_zone_ids", [], id="no-sources-named"),
        pytest.param("permits[0].windows", [], id="no-windows"),
        pytest.param("zones[0].valid_to", "2026-01-01", id="one-day"),
        pytest.param("zones[0].valid_to", "9999-12-31", id="for-ever"),
        pytest.param("zones[0].valid_from", "0001-01-01", id="since-ever"),
        pytest.param("zones[0].geometry.coordinates[0]", [*SQUARE[:1], *SQUARE], id="repeated-point"),
        pytest.param("zones[1].geometry.coordinates", [-180, 90], id="corner-of-the-world"),
        pytest.param("timezone", "America/New_York", id="another-time-zone"),
        pytest.param("stations[0].site_id", "nothing drawn yet", id="site-without-zone"),
        pytest.param("version", 1.0, id="version-with-a-point"),
    ],
)
def test_what_is_unusual_but_right_is_taken(path, value):
    assert isinstance(check(changed((path, value))), Registry)


def test_a_plain_date_is_a_day_of_the_registry_s_own_time_zone():
    berlin = check(
        changed(
            ("timezone", "Europe/Berlin"),
            ("zones[0].valid_from", "2026-10-25"),  # a day of 25 hours
            ("zones[0].valid_to", "2026-10-25"),
        )
    )
    assert berlin.zones[0].validity == span("2026-10-25T00:00:00+02:00", "2026-10-26T00:00:00+01:00")


def test_a_vehicle_s_device_may_also_be_listed_as_a_device():
    document = full_document()
    assert document["devices"][0]["id"] == document["vehicles"][0]["device_id"]
    assert isinstance(check(changed()), Registry)
