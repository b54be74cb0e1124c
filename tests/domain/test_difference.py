"""The difference of two registries: by meaning, with old and new values, shapes in a few numbers."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.difference import Act, EntryDifference, FieldChange, difference
from domain.entry_fields import fields_of
from domain.permit import CollectionRun, Permit, RunStop
from domain.registry import SECTIONS, Registry, check
from domain.rule import Rule, RuleKind
from domain.shape_size import size_of
from domain.timewindow import WEEKDAYS, Validity, window_between
from domain.vehicle import Vehicle, VehicleKind
from domain.work_plan import WorkPlan
from domain.zone import Circle, Polygons, Zone, ZoneKind
from tests.domain.full_registry import REMOVED, changed, full_document


def registry(*changes) -> Registry:
    found = check(changed(*changes))
    assert isinstance(found, Registry), found
    return found


def entries(*changes, against=None) -> list[tuple[str, EntryDifference]]:
    told = difference(registry() if against is None else against, registry(*changes))
    return [(one.section, entry) for one in told.sections for entry in one.entries]


def only(*changes) -> EntryDifference:
    ((_, entry),) = entries(*changes)
    return entry


@pytest.mark.parametrize(
    ("path", "value", "field", "old", "new"),
    [
        ("vehicles.0.speed_limit_kmh", 70, "speed_limit_kmh", 60.0, 70.0),
        ("vehicles.0.speed_limit_kmh", REMOVED, "speed_limit_kmh", 60.0, None),
        ("vehicles.1.max_load_t", 12, "max_load_t", None, 12.0),
        ("vehicles.0.status", "suspended", "status", "irregular", "suspended"),
        ("zones.1.radius_m", 200, "radius_m", 150.0, 200.0),
        ("zones.0.crs", "WGS84", "crs", "GCJ02", "WGS84"),
        ("zones.0.windows.0.to", "05:30", "windows", ("22:00-06:00 mon,sat",), ("22:00-05:30 mon,sat",)),
        ("zones.0.windows", REMOVED, "windows", ("22:00-06:00 mon,sat",), ()),
        (
            "permits.0.valid_to",
            "2026-12-31T16:00:00Z",
            "valid_to",
            "2026-11-30T16:00:00.000Z",
            "2026-12-31T16:00:00.000Z",
        ),
        ("permits.0.disposal_zone_ids", ["Z4"], "disposal_zone_ids", ("Z2", "Z4"), ("Z4",)),
        ("collection_runs.0.days", ["sun", "mon"], "days", ("tue",), ("mon", "sun")),
        ("limits.0.aqi_correction.subtract", 200, "aqi_correction.subtract", 100.0, 200.0),
        ("rules.0.params.dwell_s", 300, "params.dwell_s", 240, 300),
        ("rules.0.params.dwell_s", REMOVED, "params.dwell_s", 240, None),
        ("rules.0.applies_to.vehicle_ids", REMOVED, "applies_to.vehicle_ids", ("V1",), None),
        ("rules.0.applies_to.vehicle_ids", [], "applies_to.vehicle_ids", ("V1",), ()),
        ("devices.0.settings.lift", True, "settings.lift", "inverted", True),
        ("device_models.0.signals.lift", {"bit": [3]}, "signals.lift", 3, None),
    ],
)
def test_a_changed_field_is_told_by_its_path_with_old_and_new(path, value, field, old, new):
    told = {one.path: one for one in only((path, value)).fields}
    assert told[field] == FieldChange(path=field, old=old, new=new)


def test_only_what_changed_is_told():
    assert only(("vehicles.0.speed_limit_kmh", 70)) == EntryDifference(
        id="V1",
        label="苏E12345",
        act=Act.CHANGED,
        fields=(FieldChange(path="speed_limit_kmh", old=60.0, new=70.0),),
    )


def test_a_stop_of_a_run_is_told_by_its_id():
    changed_stop = only(("collection_runs.0.stops.1.to", "08:00"))
    assert [(one.path, one.new) for one in changed_stop.fields] == [("stops[2].window", "06:00-08:00 tue")]
    gone = only(("collection_runs.0.stops.1", REMOVED))
    assert gone.fields[0] == FieldChange(path="stops", old=("1", "2"), new=("1",))
    assert {one.path for one in gone.fields[1:]} >= {"stops[2].radius_m", "stops[2].lon"}


def test_one_and_true_are_not_the_same_in_a_free_object():
    one, true = registry(("rules.0.params.dwell_s", 1)), registry(("rules.0.params.dwell_s", True))
    ((_, entry),) = entries(("rules.0.params.dwell_s", True), against=one)
    assert [field.path for field in entry.fields] == ["params.dwell_s"]
    assert difference(true, true).is_empty


def test_entries_are_added_and_removed_under_their_label():
    assert entries(("vehicles.append", {"id": "V3", "kind": "sweeper", "plate": "苏E1"})) == [
        ("vehicles", EntryDifference(id="V3", label="苏E1", act=Act.ADDED))
    ]
    assert entries(("limits.1", REMOVED)) == [("limits", EntryDifference(id="L2", label="", act=Act.REMOVED))]


def test_the_time_zone_is_a_field_of_the_document():
    told = difference(registry(), registry(("timezone", "Asia/Urumqi")))
    assert FieldChange(path="timezone", old="Asia/Shanghai", new="Asia/Urumqi") in told.fields


def test_a_registry_without_rules_has_one_of_each_kind():
    acts = {entry.id: entry.act for _, entry in entries(("rules", REMOVED))}
    assert acts == {
        "dumping": Act.REMOVED,
        "speed": Act.REMOVED,
        **{kind.value: Act.ADDED for kind in RuleKind},
    }
    spelled_out = ("rules", [{"id": kind.value, "kind": kind.value} for kind in RuleKind])
    assert entries(spelled_out, against=registry(("rules", REMOVED))) == []


@pytest.mark.parametrize(
    "same",
    [
        ("vehicles.0.max_load_t", 15.50),
        ("zones.1.crs", "WGS84"),
        ("permits.0.disposal_zone_ids", ["Z4", "Z2", "Z4"]),
        (
            "permits.0.windows",
            [{"from": "00:00", "to": "00:00", "days": list(WEEKDAYS)}, {"from": "20:00", "to": "24:00"}],
        ),
        ("limits.0.valid_to", "2029-04-30T16:00:00Z"),
        ("vehicles.1.speed_limit_kmh", None),
        ("roads", []),
    ],
    ids=["number", "default", "order of ids", "windows", "instant", "null", "what no rule knows"],
)
def test_what_means_the_same_makes_no_difference(same):
    assert entries(same) == []


SOUTH_WEST = (119.0, 31.0)


def metres_east(count_m: float) -> float:
    return count_m / 95_505  # at 31° north


def square(lon: float, lat: float, side_deg: float):
    ring = [(lon, lat), (lon + side_deg, lat), (lon + side_deg, lat + side_deg), (lon, lat + side_deg)]
    return [[list(corner) for corner in (*ring, ring[0])]]


def test_a_shape_drawn_anew_is_told_in_corners_area_and_how_far_it_moved():
    moved = only(("zones.2.geometry.coordinates", [square(119.0 + metres_east(500), 31.0, 0.1)])).shape
    assert (moved.old.kind, moved.old.corners, moved.new.corners) == ("polygon", 4, 4)
    assert moved.moved_m == pytest.approx(500, rel=0.01)
    assert moved.new.area_m2 == pytest.approx(moved.old.area_m2)
    assert moved.old.area_m2 == pytest.approx(9_546 * 11_087, rel=0.002)


def test_a_hole_counts_against_the_area_whichever_way_it_runs():
    with_hole = size_of(registry().zones[0].shape)
    rings = registry().zones[0].shape.polygons[0]
    turned = size_of(Polygons(polygons=((rings[0], rings[1][::-1]),)))
    assert with_hole.area_m2 == pytest.approx(0.96 * size_of(registry().zones[2].shape).area_m2, rel=1e-3)
    assert (turned.area_m2, turned.corners) == (with_hole.area_m2, 8)


def test_how_far_a_shape_moved_is_unknown_where_its_coordinate_system_changed_too():
    both = only(("zones.2.crs", "GCJ02"), ("zones.2.geometry.coordinates", [square(119.01, 31.0, 0.1)])).shape
    assert both.moved_m is None


def test_a_route_has_a_length_and_a_circle_no_corners():
    line = only(("routes.0.geometry.coordinates", [[119.0, 31.0], [119.0, 31.1], [119.0, 31.2]])).shape
    assert (line.old.corners, line.new.corners, line.new.area_m2) == (2, 3, None)
    assert line.new.length_m == pytest.approx(22_173, rel=0.001)
    circle = only(("zones.1.geometry", {"type": "Point", "coordinates": [119.2, 31.2001]})).shape
    assert (circle.new.kind, circle.new.corners) == ("circle", 0)
    assert circle.new.area_m2 == pytest.approx(70_686, rel=0.001)
    assert circle.moved_m == pytest.approx(11.09, rel=0.01)


IDS = st.sampled_from(["a", "b", "c", "d"])
TEXTS = st.text(max_size=4)
NUMBERS = st.floats(min_value=0.5, max_value=100.0)
WINDOWS = st.builds(
    window_between,
    st.integers(0, 1439),
    st.integers(0, 1440),
    st.sets(st.sampled_from(WEEKDAYS), min_size=1),
)
VALIDITIES = st.builds(
    Validity, from_ms=st.none() | st.integers(0, 10**12), to_ms=st.none() | st.integers(10**12, 2 * 10**12)
)
FREE = st.dictionaries(
    TEXTS,
    st.recursive(
        st.booleans() | st.integers(-5, 5) | TEXTS,
        lambda inner: st.lists(inner, max_size=2) | st.dictionaries(TEXTS, inner, max_size=2),
        max_leaves=4,
    ),
    max_size=3,
)
ID_LISTS = st.lists(IDS, max_size=3).map(tuple)
STOPS = st.builds(
    RunStop,
    id=IDS,
    lon=NUMBERS,
    lat=NUMBERS,
    radius_m=NUMBERS,
    window=WINDOWS,
    name=TEXTS,
    min_stay_s=NUMBERS,
)
CIRCLES = st.builds(Circle, lon=NUMBERS, lat=st.floats(-80, 80), radius_m=NUMBERS)


def section(entry):
    return st.lists(entry, max_size=4, unique_by=lambda one: one.id).map(tuple)


REGISTRIES = st.builds(
    Registry,
    timezone=st.sampled_from(["Asia/Shanghai", "Asia/Urumqi"]),
    vehicles=section(
        st.builds(
            Vehicle, id=IDS, kind=st.sampled_from(VehicleKind), max_load_t=st.none() | NUMBERS, plate=TEXTS
        )
    ),
    zones=section(
        st.builds(
            Zone,
            id=IDS,
            kind=st.sampled_from(ZoneKind),
            shape=CIRCLES,
            windows=st.lists(WINDOWS, max_size=2).map(tuple),
            validity=VALIDITIES,
        )
    ),
    permits=section(
        st.builds(Permit, id=IDS, vehicle_ids=ID_LISTS, validity=VALIDITIES, max_trip_min=NUMBERS)
    ),
    collection_runs=section(
        st.builds(
            CollectionRun,
            id=IDS,
            vehicle_id=IDS,
            days=st.lists(st.sampled_from(WEEKDAYS), max_size=3).map(tuple),
            stops=section(STOPS),
        )
    ),
    work_plans=section(
        st.builds(
            WorkPlan, id=IDS, name=TEXTS, vehicle_ids=ID_LISTS, validity=VALIDITIES, km_per_year=NUMBERS
        )
    ),
    rules=section(st.builds(Rule, id=IDS, kind=st.sampled_from(RuleKind), params=FREE)),
)


@given(REGISTRIES)
def test_nothing_differs_from_itself(one):
    assert difference(one, one).is_empty


@given(REGISTRIES, st.data())
def test_the_order_of_entries_makes_no_difference(one, data):
    shuffled = Registry(
        timezone=one.timezone,
        **{
            name: None if (known := getattr(one, name)) is None else tuple(data.draw(st.permutations(known)))
            for name in SECTIONS
        },
    )
    assert difference(one, shuffled).is_empty


@given(REGISTRIES, REGISTRIES)
def test_applied_to_the_old_registry_the_new_values_give_the_new_one(old, new):
    told = difference(old, new)
    by_section = {one.section: {entry.id: entry for entry in one.entries} for one in told.sections}
    for name in SECTIONS:
        before = {entry.id: entry for entry in getattr(old, name)}
        after = {entry.id: entry for entry in getattr(new, name)}
        acts = by_section.get(name, {})
        for entry_id in {*before, *after}:
            entry = acts.get(entry_id)
            if entry is not None and entry.act is not Act.CHANGED:
                assert entry.act is (Act.REMOVED if entry_id in before else Act.ADDED)
                assert (entry_id in before) != (entry_id in after)
                continue
            fields = {**fields_of(before[entry_id])}
            for field in entry.fields if entry else ():
                assert fields.get(field.path) == field.old
                fields[field.path] = field.new
            expected = fields_of(after[entry_id])
            assert {path: value for path, value in fields.items() if value is not None} == expected
    zones = {entry.id: entry.shape for entry in new.zones}
    for entry in by_section.get("zones", {}).values():
        if entry.shape is not None:
            assert (entry.shape.new.lon, entry.shape.new.lat) == (zones[entry.id].lon, zones[entry.id].lat)


@given(REGISTRIES, REGISTRIES)
def test_there_and_back_are_each_others_reverse(old, new):
    there, back = difference(old, new), difference(new, old)
    assert {(one.path, one.old, one.new) for one in there.fields} == {
        (one.path, one.new, one.old) for one in back.fields
    }
    assert [(one.section, [entry.id for entry in one.entries]) for one in there.sections] == [
        (one.section, [entry.id for entry in one.entries]) for one in back.sections
    ]


def test_the_full_document_is_all_told_against_an_empty_one():
    told = entries(against=check(b'{"version": 1, "rules": []}'))
    sections = {name for name in full_document() if name in SECTIONS}
    assert {name for name, _ in told} == sections
    assert len(told) == sum(len(full_document()[name]) for name in sections)
    assert json.dumps([entry.act for _, entry in told]).count("added") == len(told)
