"""Recorded tracks become captures: zones, units, arrival, bad rows named by line, legal device ids."""

import gzip
import json

import pytest

from domain.capture import decode_captured
from domain.registry import Registry, check
from simulators.convert import ColumnMap, convert_csv, convert_gpx, convert_json, legal_device_id

COLUMNS = ColumnMap(
    time="when", lon="x", lat="y", device="unit", received="polled", speed="v", speed_unit="mph"
)
TABLE = """polled,unit,when,y,x,v
2026-11-16T00:00:30Z,truck 7,2026-11-15T19:00:00,40.7,-74.0,10
2026-11-16T00:01:30Z,truck 7,2026-11-15T19:00:00,40.8,-74.0,
2026-11-16T00:01:30Z,9,yesterday,40.8,-74.0,5
2026-11-16T00:01:00Z,9,2026-11-15T18:59:00,40.8,-74.0,5
2026-11-16T00:02:00Z,9,2026-11-15T19:01:00,0,0,5
"""


@pytest.fixture
def converted(tmp_path):
    source, out, registry = tmp_path / "t.csv.gz", tmp_path / "c.ndjson.gz", tmp_path / "r.json"
    source.write_bytes(gzip.compress(TABLE.encode()))
    result = convert_csv(source, columns=COLUMNS, timezone="America/New_York", out=out, registry_out=registry)
    with gzip.open(out) as file:
        return result, [decode_captured(line) for line in file], check(registry.read_bytes())


def test_good_rows_are_kept_and_bad_ones_named_by_their_line(converted):
    result, messages, _ = converted
    assert (result.rows, result.written, result.bad, len(messages)) == (5, 3, 2, 3)
    assert [problem.line for problem in result.problems] == [4, 6]


def test_local_times_units_and_arrival_are_told(converted):
    messages = converted[1]
    first = json.loads(messages[0].payload)
    assert first == {"time": 1_794_787_200_000, "lon": -74.0, "lat": 40.7, "speed_kmh": 16.093}
    assert messages[0].received_ms == first["time"] + 30_000
    assert "speed_kmh" not in json.loads(messages[1].payload)


def test_arrival_never_goes_back(converted):
    arrivals = [m.received_ms for m in converted[1]]
    assert arrivals == sorted(arrivals)


def test_the_registry_lists_the_devices_under_legal_ids(converted):
    result, messages, registry = converted
    assert isinstance(registry, Registry)
    assert (
        {v.device_id for v in registry.vehicles}
        == {"truck-7", "9"}
        == {m.topic.split("/")[2] for m in messages}
    )
    assert result.devices == 2


@pytest.mark.parametrize(
    ("name", "legal"), [(" 苏B·123 ", "B-123"), ("a" * 80, "a" * 64), ("\\x0001", "x0001")]
)
def test_a_device_id_is_made_legal(name, legal):
    assert legal_device_id(name) == legal


def test_a_missing_column_is_named(tmp_path):
    source = tmp_path / "t.csv"
    source.write_text("a,b\n1,2\n")
    with pytest.raises(ValueError, match="no column time, lon, lat"):
        convert_csv(source, columns=ColumnMap(), device_id="T1", out=tmp_path / "c.ndjson")


def test_a_gpx_track_is_a_device(tmp_path):
    source = tmp_path / "t.gpx"
    source.write_text(
        '<gpx version="1.1" creator="x" xmlns="http://www.topografix.com/GPX/1/1"><trk><name>My car</name><trkseg>'
        '<trkpt lat="31.5" lon="120.3"><ele>4</ele><time>2026-11-16T00:00:00Z</time></trkpt>'
        '<trkpt lat="31.6" lon="120.3"/></trkseg></trk></gpx>'
    )
    result = convert_gpx(source, out=tmp_path / "c.ndjson")
    assert (result.written, result.bad) == (1, 1)
    message = decode_captured((tmp_path / "c.ndjson").read_bytes())
    assert message.topic == "haulwatch/v1/My-car/position"
    assert json.loads(message.payload) == {
        "time": 1_794_787_200_000,
        "lon": 120.3,
        "lat": 31.5,
        "altitude_m": 4.0,
    }


def test_a_json_list_with_points_is_read(tmp_path):
    source = tmp_path / "t.json"
    source.write_text('[{"p":"POINT(11.5 48.1)","time":"2014-09-10 06:54:07+0200","id":"\\\\x0001"}]')
    result = convert_json(source, columns=ColumnMap(point="p", device="id"), out=tmp_path / "c.ndjson")
    assert result.written == 1


def test_rows_of_one_time_keep_their_order_and_a_repeated_row_stays_a_repetition(tmp_path):
    source = tmp_path / "t.csv"
    source.write_text(
        "time,lon,lat\n"
        "1447632000,11.5,48.1\n"
        "1447632000,11.4,48.1\n"
        "1447632000,11.3,48.1\n"
        "1447632000,11.4,48.1\n"
        "1447632000,11.5,48.1\n"
        "1447632060,11.2,48.1\n"
    )
    out = tmp_path / "c.ndjson"
    convert_csv(source, columns=ColumnMap(), device_id="T1", out=out)
    elements = [json.loads(decode_captured(line).payload) for line in out.read_bytes().splitlines()]
    assert [element.get("seq") for element in elements] == [None, 1, 2, 1, None, None]
    assert elements[1] == elements[3]
    assert elements[0] == elements[4]


SIMPLE = "device,time,lon,lat\n渣土1,2026-11-16 10:00:00,114.1,38.0\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030"])
def test_a_table_is_read_in_whatever_it_was_saved(tmp_path, encoding):
    source, out = tmp_path / "t.csv", tmp_path / "c.ndjson"
    source.write_bytes((SIMPLE + "T2,2026-11-16 10:00:00,114.1,38.0\n").encode(encoding))
    assert convert_csv(source, columns=ColumnMap(), out=out).devices == 2


BROKEN = {
    "empty.csv": (b"", "the file is empty"),
    "quote.csv": (b'device,time,lon,lat\n"T1"x,2026-11-16 10:00:00,1,1\n', "line 2: "),
    "field.csv": (b"device,time,lon,lat\n" + b"1" * 200_000 + b",,,\n", "line 2: field larger"),
    "cut.csv.gz": (gzip.compress(SIMPLE.encode())[:-9], "the file is damaged"),
    "cut.gpx": (b"<gpx><trk>", "no GPX that can be read"),
    "empty.gpx": (b"", "no GPX that can be read"),
    "cut.json": (b"[{", "truncated"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_file_is_told_in_one_line(tmp_path, name):
    content, said = BROKEN[name]
    source, out = tmp_path / name, tmp_path / "c.ndjson"
    source.write_bytes(content)
    convert = {
        ".gpx": lambda: convert_gpx(source, device_id="T1", out=out),
        ".json": lambda: convert_json(source, columns=ColumnMap(), out=out),
    }.get(source.suffix, lambda: convert_csv(source, columns=ColumnMap(), out=out))
    with pytest.raises(ValueError, match=said) as told:
        convert()
    assert "\n" not in str(told.value)


def test_a_file_is_never_converted_onto_itself(tmp_path):
    source = tmp_path / "t.csv"
    source.write_text(SIMPLE)
    with pytest.raises(ValueError, match="choose another"):
        convert_csv(source, columns=ColumnMap(), out=source)
    assert source.read_text() == SIMPLE
