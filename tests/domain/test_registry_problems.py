"""Every kind of problem a registry document can have, each with the exact paths it is reported at."""

import json

import pytest

from domain.problem import Problem, message
from domain.registry import Registry, check
from tests.domain.full_registry import HOLE, REMOVED, SQUARE, changed

BOWTIE = [[119.0, 31.0], [119.1, 31.1], [119.1, 31.0], [119.0, 31.1], [119.0, 31.0]]
OUTSIDE = [[119.5, 31.5], [119.6, 31.5], [119.6, 31.6], [119.5, 31.5]]
AREA = "$.zones[0].geometry"
RING = "$.zones[0].geometry.coordinates[0]"
WINDOW = "$.zones[0].windows[0]"
STOP = "$.collection_runs[0].stops[0]"


def paths(document):
    found = check(document)
    assert isinstance(found, list)
    return [problem.path for problem in found]


@pytest.mark.parametrize(
    "document",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"{", id="cut-off"),
        pytest.param(b'{"version": 1} {}', id="two-documents"),
        pytest.param(b'{"version": NaN}', id="nan"),
        pytest.param(b'{"version": 1, "limits": [{"limit": Infinity}]}', id="infinity"),
        pytest.param(b'{"version": 1, "limits": [{"limit": 1e999}]}', id="out-of-range"),
        pytest.param(b'\xef\xbb\xbf{"version": 1}', id="byte-order-mark"),
        pytest.param('{"version": 1, "timezone": "é"}'.encode("latin-1"), id="not-utf-8"),
        pytest.param(b"[" * 100_000, id="too-deep"),
        pytest.param(b"[]", id="list"),
        pytest.param(b'"text"', id="text"),
        pytest.param(b"null", id="null"),
        pytest.param(b"1", id="number"),
    ],
)
def test_what_is_no_json_object_is_one_problem_of_the_whole(document):
    assert paths(document) == ["$"]


@pytest.mark.parametrize("version", [0, 2, "1", True, None, 1.5, [1]])
def test_the_version_must_be_one(version):
    assert paths(json.dumps({"version": version}).encode()) == ["$.version"]


@pytest.mark.parametrize("zone", ["", "Asia", "Asia/Nowhere", "../etc", "/etc/passwd", "\0", "x" * 5000, 8])
def test_an_unknown_time_zone_is_a_problem(zone):
    assert paths(changed(("timezone", zone))) == ["$.timezone"]


SECTIONS = [
    "districts",
    "companies",
    "vehicles",
    "stations",
    "devices",
    "device_models",
    "zones",
    "routes",
    "permits",
    "collection_runs",
    "work_plans",
    "limits",
    "rules",
]


@pytest.mark.parametrize("section", SECTIONS)
@pytest.mark.parametrize("value", [{}, "text", 1, True])
def test_a_section_must_be_a_list(section, value):
    assert f"$.{section}" in paths(changed((section, value)))


@pytest.mark.parametrize("section", SECTIONS)
@pytest.mark.parametrize("value", [[], "text", 1, None])
def test_an_entry_must_be_an_object(section, value):
    document = json.loads(changed())
    document[section].append(value)
    assert paths(json.dumps(document).encode()) == [f"$.{section}[{len(document[section]) - 1}]"]


@pytest.mark.parametrize("section", SECTIONS)
@pytest.mark.parametrize("value", [REMOVED, None, "", " ", 7, ["V9"], "V\x00", "V\n", "V" * 201])
def test_an_entry_needs_an_id_of_text(section, value):
    """References to the entry that lost its id are problems as well, so only the first path is told apart."""
    assert f"$.{section}[0].id" in paths(changed((f"{section}[0].id", value)))


@pytest.mark.parametrize("section", SECTIONS)
def test_an_id_is_unique_in_its_section(section):
    document = json.loads(changed())
    again = {name: value for name, value in document[section][0].items() if name != "device_id"}
    document[section].append(again)
    assert paths(json.dumps(document).encode()) == [f"$.{section}[{len(document[section]) - 1}].id"]


def test_an_id_may_be_used_again_in_another_section():
    assert isinstance(check(changed(("rules[0].id", "Z1"))), Registry)


NEEDED = [
    "districts[0].geometry",
    "districts[0].geometry.type",
    "districts[0].geometry.coordinates",
    "vehicles[1].kind",
    "zones[0].kind",
    "zones[0].geometry",
    "zones[0].windows[0].from",
    "zones[0].windows[0].to",
    "zones[1].radius_m",
    "zones[2].speed_limit_kmh",
    "routes[0].geometry",
    "collection_runs[0].vehicle_id",
    "collection_runs[0].stops[0].id",
    "collection_runs[0].stops[0].lon",
    "collection_runs[0].stops[0].lat",
    "collection_runs[0].stops[0].radius_m",
    "collection_runs[0].stops[0].from",
    "collection_runs[0].stops[0].to",
    "work_plans[0].working_speed_kmh.from",
    "work_plans[0].working_speed_kmh.to",
    "limits[0].quantity",
    "limits[0].window_s",
    "limits[0].limit",
    "limits[0].aqi_correction.from",
    "limits[0].aqi_correction.to",
    "limits[0].aqi_correction.subtract",
    "rules[0].kind",
    "stations[0].lon",
    "stations[0].lat",
]


@pytest.mark.parametrize("path", NEEDED)
@pytest.mark.parametrize("value", [REMOVED, None])
def test_a_needed_field_that_is_missing_is_a_problem(path, value):
    assert paths(changed((path, value))) == [f"$.{path}"]


WORDS = [
    "vehicles[0].kind",
    "vehicles[0].plate_color",
    "vehicles[0].status",
    "zones[1].crs",
    "zones[0].windows[0].days[1]",
    "routes[0].crs",
    "collection_runs[0].days[0]",
    "limits[0].quantity",
    "limits[0].severity",
    "rules[0].kind",
    "rules[0].severity",
    "rules[0].applies_to.vehicle_kinds[0]",
    "zones[0].kind",
    "zones[0].geometry.type",
]


@pytest.mark.parametrize("path", WORDS)
@pytest.mark.parametrize("value", ["nonsense", "", "MON", 1, {}, []])
def test_an_unknown_word_is_a_problem(path, value):
    assert paths(changed((path, value))) == [f"$.{path}"]


REFERENCES = [
    "vehicles[0].company_id",
    "stations[0].district_id",
    "stations[0].limit_ids[0]",
    "devices[0].model_id",
    "zones[0].district_id",
    "permits[0].vehicle_ids[0]",
    "permits[0].source_zone_ids[0]",
    "permits[0].disposal_zone_ids[1]",
    "permits[0].route_ids[0]",
    "collection_runs[0].vehicle_id",
    "work_plans[0].vehicle_ids[0]",
    "work_plans[0].route_ids[0]",
    "work_plans[0].zone_ids[0]",
    "rules[0].applies_to.vehicle_ids[0]",
    "rules[0].applies_to.company_ids[0]",
    "rules[0].applies_to.district_ids[0]",
    "rules[0].applies_to.station_ids[0]",
]


@pytest.mark.parametrize("path", REFERENCES)
@pytest.mark.parametrize("value", ["nobody", "", 5, ["V1"]])
def test_an_unknown_reference_is_a_problem(path, value):
    assert paths(changed((path, value))) == [f"$.{path}"]


@pytest.mark.parametrize(
    ("path", "zone"),
    [
        pytest.param("permits[0].source_zone_ids[0]", "Z2", id="disposal-as-source"),
        pytest.param("permits[0].source_zone_ids[0]", "Z4", id="transfer-station-as-source"),
        pytest.param("permits[0].disposal_zone_ids[0]", "Z1", id="source-as-disposal"),
        pytest.param("permits[0].disposal_zone_ids[0]", "Z3", id="speed-zone-as-disposal"),
    ],
)
def test_a_permit_names_zones_of_the_right_kind(path, zone):
    assert paths(changed((path, zone))) == [f"$.{path}"]


@pytest.mark.parametrize("kind", [REMOVED, "nonsense"])
def test_a_zone_whose_kind_cannot_be_read_is_one_problem_and_not_its_permit_s_too(kind):
    assert paths(changed(("zones[1].kind", kind))) == ["$.zones[1].kind"]


@pytest.mark.parametrize(
    ("path", "device", "reported"),
    [
        pytest.param("vehicles[1].device_id", "T0001", "$.vehicles[1].device_id", id="two-vehicles"),
        pytest.param("stations[1].device_id", "D0001", "$.stations[1].device_id", id="two-stations"),
        pytest.param("stations[1].device_id", "T0002", "$.stations[1].device_id", id="vehicle-and-station"),
    ],
)
def test_a_device_belongs_to_one_vehicle_or_station(path, device, reported):
    assert paths(changed((path, device))) == [reported]


@pytest.mark.parametrize("path", ["vehicles[0].device_id", "stations[0].device_id", "devices[0].id"])
@pytest.mark.parametrize("value", ["", "a/b", "+", "#", "é", "a b", "A" * 65, "T1\n", 5])
def test_a_device_id_must_fit_into_a_topic(path, value):
    assert paths(changed((path, value))) == [f"$.{path}"]


@pytest.mark.parametrize("path", ["districts[0].id", "stations[0].background_area_id"])
@pytest.mark.parametrize("value", ["a/b", "+", "a#", "\n", "a b", "*", "a>", "\u3000", "\ufffe", "\x85"])
def test_a_district_and_an_area_must_fit_into_a_topic(path, value):
    assert f"$.{path}" in paths(changed((path, value)))


TEXTS = [
    "districts[0].name",
    "companies[0].name",
    "vehicles[0].plate",
    "stations[0].name",
    "stations[0].site_id",
    "stations[0].background_area_id",
    "devices[0].protocol",
    "device_models[0].name",
    "zones[0].name",
    "zones[0].site_id",
    "routes[0].name",
    "collection_runs[0].stops[0].name",
    "limits[0].name",
    "limits[0].stage",
    "companies[0].uscc",
    "zones[0].valid_from",
    "zones[0].valid_to",
    "zones[0].windows[0].from",
    "zones[0].windows[0].to",
]
NUMBERS = [
    "vehicles[0].speed_limit_kmh",
    "vehicles[0].max_load_t",
    "stations[0].lon",
    "stations[0].lat",
    "zones[1].radius_m",
    "zones[2].speed_limit_kmh",
    "routes[0].half_width_m",
    "permits[0].max_trip_min",
    "permits[0].declared_t",
    "permits[0].density_t_m3",
    "work_plans[0].year",
    "work_plans[0].km_per_year",
    "work_plans[0].working_speed_kmh.from",
    "collection_runs[0].stops[0].lon",
    "collection_runs[0].stops[0].lat",
    "collection_runs[0].stops[0].radius_m",
    "collection_runs[0].stops[0].min_stay_s",
    "limits[0].window_s",
    "limits[0].limit",
    "limits[0].clear_below",
    "limits[0].background_cap",
    "limits[0].aqi_correction.from",
    "limits[0].aqi_correction.to",
    "limits[0].aqi_correction.subtract",
    "limits[0].exceedances_allowed_per_day",
    "limits[0].min_coverage",
]
BOOLEANS = ["limits[0].enabled", "limits[0].minus_background", "rules[0].enabled"]
OBJECTS = [
    "districts[0].geometry",
    "zones[0].geometry",
    "routes[0].geometry",
    "devices[0].settings",
    "device_models[0].signals",
    "device_models[0].settings",
    "zones[0].windows[0]",
    "collection_runs[0].stops[0]",
    "work_plans[0].working_speed_kmh",
    "limits[0].aqi_correction",
    "rules[0].params",
    "rules[0].applies_to",
]
LISTS = [
    "stations[0].limit_ids",
    "zones[0].windows",
    "zones[0].windows[0].days",
    "permits[0].vehicle_ids",
    "permits[0].source_zone_ids",
    "permits[0].disposal_zone_ids",
    "permits[0].route_ids",
    "collection_runs[0].days",
    "collection_runs[0].stops",
    "work_plans[0].zone_ids",
    "rules[0].applies_to.vehicle_kinds",
    "districts[0].geometry.coordinates",
    "zones[0].geometry.coordinates",
    "zones[0].geometry.coordinates[0]",
    "zones[0].geometry.coordinates[0][0]",
    "zones[1].geometry.coordinates",
    "routes[0].geometry.coordinates",
]


@pytest.mark.parametrize(
    ("path", "value"),
    [(path, value) for path in TEXTS for value in (1, True, {}, [])]
    + [(path, value) for path in NUMBERS for value in ("1", True, {}, [], 10**400)]
    + [(path, value) for path in BOOLEANS for value in (0, 1, "true", {}, [])]
    + [(path, value) for path in OBJECTS for value in (1, True, "text", [])]
    + [(path, value) for path in LISTS for value in (1, True, "text", {})],
)
def test_a_wrong_type_is_a_problem(path, value):
    assert paths(changed((path, value))) == [f"$.{path}"]


@pytest.mark.parametrize(
    ("path", "value"),
    [
        pytest.param("vehicles[0].plate", "", id="empty-plate"),
        pytest.param("vehicles[0].plate", "  ", id="blank-plate"),
        pytest.param("vehicles[0].speed_limit_kmh", 0, id="speed-limit-0"),
        pytest.param("vehicles[0].max_load_t", -1, id="negative-load"),
        pytest.param("stations[0].lon", 180.01, id="lon-over"),
        pytest.param("stations[0].lat", -90.01, id="lat-under"),
        pytest.param("zones[1].radius_m", 0, id="radius-0"),
        pytest.param("zones[1].radius_m", -0.0, id="radius-negative-0"),
        pytest.param("zones[2].speed_limit_kmh", 0, id="zone-limit-0"),
        pytest.param("routes[0].half_width_m", 0, id="half-width-0"),
        pytest.param("permits[0].max_trip_min", 0, id="trip-0"),
        pytest.param("permits[0].declared_m3", 0, id="declared-0"),
        pytest.param("work_plans[0].year", 26, id="year-of-two-digits"),
        pytest.param("work_plans[0].year", 2026.5, id="part-of-a-year"),
        pytest.param("work_plans[0].km_per_year", 0, id="plan-of-nothing"),
        pytest.param("work_plans[0].working_speed_kmh.to", 4, id="working-speed-backwards"),
        pytest.param("collection_runs[0].stops[0].radius_m", 0, id="stop-radius-0"),
        pytest.param("collection_runs[0].stops[0].min_stay_s", -1, id="negative-stay"),
        pytest.param("limits[0].window_s", 0, id="window-0"),
        pytest.param("limits[0].window_s", -3600, id="negative-window"),
        pytest.param("limits[0].window_s", 7, id="window-that-does-not-divide"),
        pytest.param("limits[0].window_s", 86_401, id="window-over-a-day"),
        pytest.param("limits[0].window_s", 172_800, id="window-of-two-days"),
        pytest.param("limits[0].window_s", 0.5, id="half-a-second"),
        pytest.param("limits[0].background_cap", -1, id="negative-cap"),
        pytest.param("limits[0].aqi_correction.to", 199, id="aqi-turned-round"),
        pytest.param("limits[0].exceedances_allowed_per_day", -1, id="negative-count"),
        pytest.param("limits[0].exceedances_allowed_per_day", 1.5, id="count-and-a-half"),
        pytest.param("limits[0].min_coverage", -0.01, id="coverage-under"),
        pytest.param("limits[0].min_coverage", 1.01, id="coverage-over"),
        pytest.param("companies[0].uscc", "91350100M000100Y44", id="credit-code-check"),
        pytest.param("companies[0].uscc", "91350100M000100Y4", id="credit-code-short"),
        pytest.param("companies[0].uscc", "91350100m000100y43", id="credit-code-lower-case"),
        pytest.param("collection_runs[0].days", [], id="run-on-no-day"),
        pytest.param("zones[0].windows[0].days", [], id="window-on-no-day"),
    ],
)
def test_an_impossible_value_is_a_problem(path, value):
    assert paths(changed((path, value))) == [f"$.{path}"]


def test_a_stop_is_unique_in_its_run():
    assert paths(changed(("collection_runs[0].stops[1].id", "1"))) == ["$.collection_runs[0].stops[1].id"]


@pytest.mark.parametrize(
    "value", ["24:00", "24:01", "6:00", "06:60", "0600", "06:00:00", "", "noon", "٠٦:٠٠", " 06:00", "06:00\n"]
)
def test_a_window_s_start_that_cannot_be_read_is_a_problem(value):
    assert paths(changed((f"{WINDOW[2:]}.from", value))) == [f"{WINDOW}.from"]


@pytest.mark.parametrize("value", ["24:01", "25:00", "6:00", "0600", "", "midnight"])
def test_a_window_s_end_that_cannot_be_read_is_a_problem(value):
    assert paths(changed((f"{STOP[2:]}.to", value))) == [f"{STOP}.to"]


@pytest.mark.parametrize("field", ["valid_from", "valid_to"])
@pytest.mark.parametrize(
    "value",
    ["2026-11-16T00:00:00", "2026-02-29", "2026-13-01", "20261116", "2026-W47-1", "soon", "", "0000-01-01"],
)
def test_a_date_that_cannot_be_read_is_a_problem(field, value):
    assert paths(changed((f"permits[0].{field}", value))) == [f"$.permits[0].{field}"]


@pytest.mark.parametrize(
    ("begins", "ends"),
    [
        pytest.param("2026-11-16T00:00:00Z", "2026-11-16T00:00:00Z", id="equal"),
        pytest.param("2026-11-16T00:00:00Z", "2026-11-16T07:59:59.999+08:00", id="a-millisecond-before"),
        pytest.param("2026-11-17", "2026-11-16", id="dates"),
        pytest.param("2026-11-16T16:00:00Z", "2026-11-16", id="date-that-ends-as-it-begins"),
    ],
)
def test_what_ends_before_it_begins_is_a_problem(begins, ends):
    document = changed(("permits[0].valid_from", begins), ("permits[0].valid_to", ends))
    assert paths(document) == ["$.permits[0].valid_to"]


def test_what_ends_a_millisecond_after_it_begins_is_none():
    document = changed(
        ("permits[0].valid_from", "2026-11-16T15:59:59.999Z"), ("permits[0].valid_to", "2026-11-16")
    )
    assert isinstance(check(document), Registry)


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        pytest.param("districts[0]", "Point", id="district-point"),
        pytest.param("districts[0]", "LineString", id="district-line"),
        pytest.param("zones[0]", "LineString", id="zone-line"),
        pytest.param("zones[0]", "polygon", id="lower-case"),
        pytest.param("routes[0]", "MultiLineString", id="route-of-parts"),
        pytest.param("routes[0]", "Polygon", id="route-polygon"),
        pytest.param("zones[0]", "Feature", id="feature"),
    ],
)
def test_a_geometry_of_a_type_that_does_not_fit_is_a_problem(path, kind):
    assert paths(changed((f"{path}.geometry.type", kind))) == [f"$.{path}.geometry.type"]


@pytest.mark.parametrize(
    ("coordinates", "reported"),
    [
        pytest.param([], [f"{AREA}.coordinates"], id="no-ring"),
        pytest.param([[]], [RING], id="empty-ring"),
        pytest.param([SQUARE[:4]], [RING], id="not-closed"),
        pytest.param([[*SQUARE[:2], SQUARE[0]]], [RING], id="three-positions"),
        pytest.param([[SQUARE[0]] * 4], [RING], id="one-place"),
        pytest.param([[SQUARE[0], SQUARE[1], SQUARE[1], SQUARE[0]]], [RING], id="two-places"),
        pytest.param([BOWTIE], [RING], id="crosses-itself"),
        pytest.param([BOWTIE, HOLE[:4]], [f"{AREA}.coordinates[1]"], id="one-ring-unreadable"),
        pytest.param([SQUARE, BOWTIE], [f"{AREA}.coordinates[1]"], id="hole-crosses-itself"),
        pytest.param([SQUARE, OUTSIDE], [f"{AREA}.coordinates[1]"], id="hole-outside"),
        pytest.param([SQUARE, HOLE, HOLE], [f"{AREA}.coordinates[2]"], id="hole-twice"),
        pytest.param([[*SQUARE[:2], [119.1], *SQUARE[3:]]], [f"{RING}[2]"], id="short-position"),
        pytest.param([[*SQUARE[:2], [119.1, "31"], *SQUARE[3:]]], [f"{RING}[2]"], id="text-in-position"),
        pytest.param([[*SQUARE[:2], [119.1, None], *SQUARE[3:]]], [f"{RING}[2]"], id="null-in-position"),
        pytest.param([[*SQUARE[:2], [180.1, 31], *SQUARE[3:]]], [f"{RING}[2]"], id="lon-over"),
        pytest.param([[*SQUARE[:2], [119.1, 90.1], *SQUARE[3:]]], [f"{RING}[2]"], id="lat-over"),
        pytest.param([[[31, 119]] * 2 + SQUARE], [f"{RING}[0]", f"{RING}[1]"], id="swapped"),
        pytest.param([[*SQUARE[:2], None, *SQUARE[3:]]], [f"{RING}[2]"], id="null-for-a-position"),
        pytest.param([SQUARE, None], [f"{AREA}.coordinates[1]"], id="null-for-a-ring"),
    ],
)
def test_a_polygon_that_cannot_be_is_a_problem(coordinates, reported):
    assert paths(changed(("zones[0].geometry.coordinates", coordinates))) == reported


@pytest.mark.parametrize(
    ("coordinates", "reported"),
    [
        pytest.param([], ["$.districts[0].geometry.coordinates"], id="no-part"),
        pytest.param([[SQUARE], [BOWTIE]], ["$.districts[0].geometry.coordinates[1][0]"], id="second-part"),
        pytest.param([[SQUARE], []], ["$.districts[0].geometry.coordinates[1]"], id="part-without-ring"),
        pytest.param([[SQUARE], None], ["$.districts[0].geometry.coordinates[1]"], id="null-for-a-part"),
    ],
)
def test_a_multipolygon_that_cannot_be_is_a_problem(coordinates, reported):
    assert paths(changed(("districts[0].geometry.coordinates", coordinates))) == reported


def test_parts_of_a_multipolygon_may_overlap_and_are_one_area():
    assert isinstance(check(changed(("districts[0].geometry.coordinates", [[SQUARE], [SQUARE]]))), Registry)


@pytest.mark.parametrize(
    ("coordinates", "reported"),
    [
        pytest.param([], "$.routes[0].geometry.coordinates", id="empty"),
        pytest.param([[119.0, 31.0]], "$.routes[0].geometry.coordinates", id="one-position"),
        pytest.param([[119.0, 31.0]] * 3, "$.routes[0].geometry.coordinates", id="one-place"),
        pytest.param([[119.0, 31.0], [200, 31]], "$.routes[0].geometry.coordinates[1]", id="out-of-range"),
    ],
)
def test_a_line_that_cannot_be_is_a_problem(coordinates, reported):
    assert paths(changed(("routes[0].geometry.coordinates", coordinates))) == [reported]


def test_every_problem_of_a_document_is_found_at_once():
    document = changed(
        ("version", 2),
        ("timezone", "Mars/Base"),
        ("districts[0].geometry.type", "Circle"),
        ("companies[0].uscc", "1"),
        ("vehicles[0].kind", "tank"),
        ("vehicles[1].device_id", "T0001"),
        ("zones[0].windows[0].from", "25:00"),
        ("zones[0].windows[0].to", "-1"),
        ("zones[0].valid_from", "never"),
        ("zones[1].radius_m", -1),
        ("zones[2].speed_limit_kmh", REMOVED),
        ("permits[0].vehicle_ids", ["V1", "V8", "V9"]),
        ("limits[0].window_s", 1000),
        ("limits[1].id", "L1"),
        ("rules[0].params", []),
    )
    assert sorted(paths(document)) == sorted(
        [
            "$.version",
            "$.timezone",
            "$.districts[0].geometry.type",
            "$.companies[0].uscc",
            "$.vehicles[0].kind",
            "$.vehicles[1].device_id",
            "$.zones[0].windows[0].from",
            "$.zones[0].windows[0].to",
            "$.zones[0].valid_from",
            "$.zones[1].radius_m",
            "$.zones[2].speed_limit_kmh",
            "$.permits[0].vehicle_ids[1]",
            "$.permits[0].vehicle_ids[2]",
            "$.limits[0].window_s",
            "$.limits[1].id",
            "$.rules[0].params",
        ]
    )


def test_a_problem_says_how_to_mend_it():
    found = check(changed(("zones[1].radius_m", REMOVED)))
    assert found == [Problem(path="$.zones[1].radius_m", message=message("missing_radius"))]
    assert str(found[0].message) == "is missing: a Point needs a radius in metres"
    assert found[0].message.said("zh") == "缺少半径：圆形须有以米为单位的半径"


def test_a_swapped_position_is_told_apart():
    found = check(changed(("zones[1].geometry.coordinates", [31.2, 119.2])))
    assert isinstance(found, list)
    assert "swapped" in str(found[0].message)


@pytest.mark.parametrize("depth", [600, 5000])
def test_a_document_nested_too_deeply_is_a_problem_and_no_crash(depth):
    deep = b'{"a":' * depth + b"1" + b"}" * depth
    document = b'{"version": 1, "rules": [{"id": "r", "kind": "speeding", "params": ' + deep + b"}]}"
    assert paths(document) in (["$"], ["$.rules[0].params"])  # the interpreter decides how deep it can read
