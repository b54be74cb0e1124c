"""The wire format's tables: which reason comes first, what is kept, what is the same content."""

import json
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.quantity import Flag, Quantity
from domain.report import Cover, Load, PositionReport, RejectReason
from ingest.wire import (
    MAX_BYTES,
    Decoded,
    KnownDevices,
    decode,
    decode_plain_positions,
    decode_plainly,
)

NOW_MS = 1_763_301_801_120  # 2025-11-16T14:03:21.120Z
DAY_MS = 86_400_000
KNOWN = KnownDevices(
    vehicles=frozenset({"T1"}), stations=frozenset({"S1"}), areas=frozenset({"A1"}), others=frozenset({"X1"})
)
FIX = {"time": NOW_MS - 1000, "lon": 114.1, "lat": 38.0}


def read(payload: object, topic: str = "haulwatch/v1/T1/position") -> Decoded:
    data = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    return decode(topic, data, NOW_MS, KNOWN)


def position(**fields: object) -> PositionReport:
    decoded = read({**FIX, **fields})
    assert not decoded.rejections, decoded.rejections
    return decoded.positions[0]


def reasons(decoded: Decoded) -> list[str]:
    return [rejection.reason.value for rejection in decoded.rejections]


@pytest.mark.parametrize(
    ("topic", "payload", "reason"),
    [
        ("other/T1/position", FIX, "bad_topic"),
        ("haulwatch/v1", FIX, "bad_topic"),
        ("haulwatch/v1/T1", FIX, "bad_topic"),
        ("haulwatch/v1/T1/place", FIX, "bad_topic"),
        ("haulwatch/v1/T1/position/x", FIX, "bad_topic"),
        ("haulwatch/v1/T 1/position", FIX, "bad_topic"),
        ("haulwatch/v1/" + "T" * 65 + "/position", FIX, "bad_topic"),
        ("haulwatch/v1/京A/position", FIX, "bad_topic"),
        ("haulwatch/v1/background/", FIX, "bad_topic"),
        ("haulwatch/v1/nobody/place", b"x" * (MAX_BYTES + 1), "bad_topic"),
        ("haulwatch/v1/nobody/position", b"x" * (MAX_BYTES + 1), "too_large"),
        ("haulwatch/v1/nobody/position", [FIX] * 501, "too_large"),
        ("haulwatch/v1/nobody/position", [FIX] * 500, "unknown_device"),
        ("haulwatch/v1/nobody/position", b"{", "unknown_device"),
        ("haulwatch/v1/S1/position", FIX, "unknown_device"),
        ("haulwatch/v1/T1/dust", FIX, "unknown_device"),
        ("haulwatch/v1/nobody/status", {"online": True}, "unknown_device"),
        ("haulwatch/v1/background/A2", FIX, "unknown_device"),
    ],
)
def test_a_message_is_refused_whole_with_the_first_reason(topic: str, payload: object, reason: str) -> None:
    decoded = read(payload, topic)
    assert reasons(decoded) == [reason]
    assert decoded.elements == 1
    data = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    assert decoded.rejections[0].payload == data


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"{",
        b'{"time":1',
        b"NaN",
        b'{"time":NaN}',
        b'{"time":Infinity}',
        b'{"time":-Infinity}',
        b'{"time":1,"lon":1e999,"lat":1}',
        b"\xef\xbb\xbf{}",
        b'{"time":"\xff"}',
        b'{"\xff":1}',
        b'{"a":"\\ud800"}',
        '{"a":1}'.encode("utf-16"),
        b"{'time':1}",
        b'{"time":1,}',
        b'{"a":"\x00"}',
        b"{} {}",
        b"[" * 100_000,
        b"[" * 50_000 + b"]" * 50_000,
        b'{"a":' * 20_000 + b"1" + b"}" * 20_000,
        b'{"time":' + b"9" * 10_000 + b"}",
    ],
)
def test_what_is_not_json_is_bad_json_once(payload: bytes) -> None:
    decoded = read(payload)
    assert reasons(decoded) == ["bad_json"]
    assert decoded.rejections[0].payload == payload


@pytest.mark.parametrize(
    ("element", "reason"),
    [
        ({"lon": 1, "lat": 1}, "missing_field"),
        ({"time": None, "lon": 1, "lat": 1}, "missing_field"),
        ({"time": "x", "lat": 1}, "missing_field"),
        ({"time": NOW_MS, "lon": None, "lat": 1}, "missing_field"),
        ({"fix": "no", "time": NOW_MS}, "missing_field"),
        (1, "bad_type"),
        ("x", "bad_type"),
        (None, "bad_type"),
        ([], "bad_type"),
        ({**FIX, "time": True}, "bad_type"),
        ({**FIX, "time": 1.5}, "bad_type"),
        ({**FIX, "time": "2025-11-16T14:03:21"}, "bad_type"),
        ({**FIX, "time": "yesterday", "lat": 91}, "bad_type"),
        ({**FIX, "lon": "114"}, "bad_type"),
        ({**FIX, "lat": True}, "bad_type"),
        ({**FIX, "crs": "CGCS2000"}, "bad_type"),
        ({**FIX, "crs": 1}, "bad_type"),
        ({**FIX, "crs": ["GCJ02"]}, "bad_type"),
        ({**FIX, "lat": 90.0001}, "out_of_range"),
        ({**FIX, "lon": -180.0001}, "out_of_range"),
        ({**FIX, "lon": 38.0, "lat": 114.1}, "out_of_range"),
        ({**FIX, "lon": 0, "lat": 0, "time": 0}, "out_of_range"),
        ({**FIX, "lon": -0.0, "lat": 0}, "out_of_range"),
        ({**FIX, "time": NOW_MS - 30 * DAY_MS - 1}, "too_old"),
        ({**FIX, "time": -1}, "too_old"),
        ({**FIX, "time": NOW_MS + 300_001}, "time_in_future"),
        ({**FIX, "time": 10**30}, "time_in_future"),
    ],
)
def test_an_element_is_refused_with_the_first_reason(element: object, reason: str) -> None:
    decoded = read([element, FIX])
    assert reasons(decoded) == [reason]
    assert len(decoded.positions) == 1, "the good element is kept"
    assert json.loads(decoded.rejections[0].payload) == element


@pytest.mark.parametrize(
    "fields",
    [
        {"lat": 90},
        {"lat": -90},
        {"lon": 180},
        {"lon": -180},
        {"lon": 0},
        {"lat": 0.0},
        {"time": NOW_MS - 30 * DAY_MS},
        {"time": NOW_MS + 300_000},
        {"speed_kmh": 300},
        {"weight_t": -5},
        {"crs": None},
    ],
)
def test_bounds_are_included(fields: dict[str, object]) -> None:
    assert position(**fields).bad_fields == ()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("speed_kmh", -0.1),
        ("speed_kmh", 300.1),
        ("speed_kmh", "40"),
        ("speed_kmh", True),
        ("speed_kmh", 10**400),
        ("heading_deg", 360.5),
        ("heading_deg", -1),
        ("weight_t", -5.1),
        ("weight_t", 200.1),
        ("accuracy_m", -1),
        ("altitude_m", []),
        ("odometer_km", {}),
        ("ignition", 1),
        ("ignition", "on"),
        ("lift", 0),
        ("load", "heavy"),
        ("load", 1),
        ("cover", "OPEN"),
        ("alarms", "sos"),
        ("alarms", ["sos", 1]),
        ("seq", 1.5),
        ("seq", 2**63),
        ("seq", True),
        ("fix", "yes"),
    ],
)
def test_a_bad_optional_field_is_unknown_kept_and_named(name: str, value: object) -> None:
    report = position(**{name: value})
    assert report.bad_fields == (name,)
    assert getattr(report, name) is (True if name == "fix" else None)
    assert report.extra_json is not None
    assert json.loads(report.extra_json) == {name: value}


def test_a_full_position_is_read() -> None:
    report = position(
        accuracy_m=3,
        speed_kmh=40.5,
        heading_deg=360,
        altitude_m=-3,
        ignition=False,
        load="partial",
        weight_t=12,
        lift=True,
        cover="open",
        odometer_km=1.5,
        alarms=["sos", "其他"],
        seq=7,
        fix=True,
    )
    assert (report.load, report.cover, report.lift, report.ignition) == (
        Load.PARTIAL,
        Cover.OPEN,
        True,
        False,
    )
    assert (report.alarms, report.seq, report.speed_kmh) == (("sos", "其他"), 7, 40.5)
    assert report.extra_json is None


def test_without_a_fix_no_place_is_needed_and_a_given_one_is_kept_beside() -> None:
    report = read({"time": NOW_MS, "fix": False, "lon": 999}).positions[0]
    assert (report.fix, report.lon, report.lat) == (False, None, None)
    assert report.extra_json == '{"lon":999}'
    assert report.bad_fields == ()


def test_shifted_coordinates_become_wgs84() -> None:
    report = position(crs="GCJ02")
    assert report.lon is not None
    assert report.lat is not None
    assert 0.001 < math.hypot(report.lon - 114.1, report.lat - 38.0) < 0.02
    assert position(crs="BD09").lon != report.lon


def test_unknown_fields_are_kept() -> None:
    report = position(driver="王", depth={"b": 1, "a": [1.0, None]}, nothing=None)
    assert report.extra_json == '{"depth":{"a":[1.0,null],"b":1},"driver":"王"}'
    assert report.bad_fields == ()


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"speed_kmh": 30}, {"speed_kmh": 30.0}),
        ({"speed_kmh": None}, {}),
        ({"fix": True}, {}),
        ({"speed_kmh": -0.0}, {"speed_kmh": 0}),
        ({"crs": "WGS84"}, {}),
        ({"x": 1, "y": 2}, {"y": 2, "x": 1}),
        ({"time": "2025-11-16T22:03:20.120+08:00"}, {}),
    ],
)
def test_the_same_content_has_the_same_digest(one: dict[str, object], other: dict[str, object]) -> None:
    assert position(**one).digest == position(**other).digest


@pytest.mark.parametrize(
    "fields",
    [
        {"speed_kmh": 1},
        {"x": 1},
        {"lat": 38.0000001},
        {"seq": 1},
        {"load": "full"},
        {"load": "heavy"},
        {"extra": {}},
    ],
)
def test_other_content_has_another_digest(fields: dict[str, object]) -> None:
    assert position(**fields).digest != position().digest


def test_the_last_of_equal_keys_counts() -> None:
    payload = b'{"time":%d,"lon":1,"lat":2,"lat":3,"speed_kmh":"x","speed_kmh":5}' % NOW_MS
    report = read(payload).positions[0]
    assert (report.lat, report.speed_kmh, report.bad_fields) == (3.0, 5.0, ())


def test_an_empty_array_counts_nothing() -> None:
    assert read([]).elements == 0


def test_a_dust_reading_is_read() -> None:
    decoded = read(
        {
            "time": NOW_MS,
            "pm10_ugm3": 99999,
            "tsp_ugm3": "high",
            "noise_db": 61,
            "interval_s": 0,
            "flags": {"pm10_ugm3": "T", "noise_db": "N", "tsp_ugm3": "Q", "smell": "N", "pm25_ugm3": []},
        },
        "haulwatch/v1/S1/dust",
    )
    report = decoded.dust[0]
    assert report.values == {Quantity.PM10: 99999.0, Quantity.NOISE: 61.0}
    assert report.flags == {Quantity.PM10: Flag.OVER_RANGE}
    assert report.interval_s == 60.0
    assert report.bad_fields == ("flags", "interval_s", "tsp_ugm3")
    assert json.loads(report.extra_json or "") == {
        "flags": {"tsp_ugm3": "Q", "smell": "N", "pm25_ugm3": []},
        "interval_s": 0,
        "tsp_ugm3": "high",
    }


def test_a_background_value_is_read() -> None:
    report = read(
        {"time": NOW_MS, "pm10_ugm3": 80, "aqi": "bad", "primary_pollutant": "pm10"},
        "haulwatch/v1/background/A1",
    ).background[0]
    assert (report.pm10_ugm3, report.aqi, report.primary_pollutant) == (80.0, None, "pm10")
    assert report.bad_fields == ("aqi",)


@pytest.mark.parametrize(
    ("payload", "reason"),
    [({}, "missing_field"), ({"online": 1}, "bad_type"), (b"", "bad_json"), (b"1", "bad_type")],
)
def test_a_bad_status_is_refused(payload: object, reason: str) -> None:
    assert reasons(read(payload, "haulwatch/v1/T1/status")) == [reason]


def test_a_status_is_shown_and_not_counted() -> None:
    decoded = read({"online": False}, "haulwatch/v1/S1/status")
    assert decoded.status is not None
    assert not decoded.status.online
    assert decoded.elements == 0


def test_a_listed_device_of_no_vehicle_may_send_anything() -> None:
    assert read(FIX, "haulwatch/v1/X1/position").positions
    assert read({"time": NOW_MS}, "haulwatch/v1/X1/dust").dust


NUMBERS = st.one_of(
    st.floats(-400, 400),
    st.integers(-400, 400),
    st.sampled_from([0, -0.0, 0.0, 90, 180, 300, 360, 1e-320, 2**63, "1", True, None, [], {}]),
)
ELEMENTS = st.fixed_dictionaries(
    {},
    optional={
        "time": st.one_of(
            st.integers(NOW_MS - 31 * DAY_MS, NOW_MS + 400_000),
            st.sampled_from(["2025-11-16T14:03:20Z", "2025-11-16T14:03:20", 1.5, True, None, 2**70]),
        ),
        "lon": NUMBERS,
        "lat": NUMBERS,
        "speed_kmh": NUMBERS,
        "heading_deg": NUMBERS,
        "weight_t": NUMBERS,
        "altitude_m": NUMBERS,
        "accuracy_m": NUMBERS,
        "seq": NUMBERS,
        "ignition": st.sampled_from([True, False, None, 1, "x"]),
        "load": st.sampled_from(["full", "empty", "half", None, 3]),
        "cover": st.sampled_from(["open", "closed", "OPEN", None]),
        "alarms": st.one_of(st.none(), st.lists(st.sampled_from(["sos", "其", "\x00", 1]))),
        "fix": st.sampled_from([True, False, None, "x"]),
        "crs": st.sampled_from(["WGS84", "GCJ02", None, "x"]),
        "other": st.sampled_from([1, None, "\x00"]),
    },
)


@settings(max_examples=500, deadline=None)
@given(st.one_of(ELEMENTS, st.lists(ELEMENTS, max_size=4)))
def test_the_fast_path_gives_what_the_plain_path_gives(payload: object) -> None:
    data = json.dumps(payload).encode()
    topic = "haulwatch/v1/T1/position"
    assert decode(topic, data, NOW_MS, KNOWN) == decode_plainly(topic, data, NOW_MS, KNOWN)


def test_plain_positions_take_the_fast_path() -> None:
    data = json.dumps([{**FIX, "speed_kmh": 3, "alarms": ["sos"], "load": "full"}]).encode()
    fast = decode_plain_positions(data, KNOWN_DEVICE, NOW_MS)
    assert fast is not None
    assert fast == decode_plainly("haulwatch/v1/T1/position", data, NOW_MS, KNOWN).positions


KNOWN_DEVICE = position().device_id


def test_the_order_of_the_reasons_is_the_order_of_the_words() -> None:
    assert [reason.value for reason in RejectReason] == [
        "bad_topic",
        "too_large",
        "unknown_device",
        "bad_json",
        "missing_field",
        "bad_type",
        "out_of_range",
        "too_old",
        "time_in_future",
    ]
