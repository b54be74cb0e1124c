"""Encoding by the format's own text: the golden payloads, and places in shifted systems."""

import json
from pathlib import Path

import pytest

from domain.zone import Crs
from geofence.crs import to_wgs84
from simulators import encode

GOLDEN = sorted((Path(__file__).parents[1] / "golden" / "payloads").glob("*.json"))


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
def test_what_is_written_is_the_golden_payload(path):
    golden = json.loads(path.read_text())
    assert encode.topic(encode.DEFAULT_PREFIX, golden["device_id"], golden["kind"]) == golden["topic"]
    assert json.loads(encode.payload_bytes(golden["elements"], **golden["style"])) == golden["payload"]


@pytest.mark.parametrize("crs", ["GCJ02", "BD09"])
def test_a_place_in_a_shifted_system_is_named_so_and_leads_back(crs):
    written = encode.payload([{"time": 0, "lon": 120.305, "lat": 31.576}], crs=crs)
    assert written["crs"] == crs
    lon, lat = to_wgs84(Crs(crs), written["lon"], written["lat"])
    assert (lon, lat) == pytest.approx((120.305, 31.576), abs=2e-6)
    assert abs(written["lon"] - 120.305) > 0.001


def test_an_element_without_a_fix_needs_no_place():
    assert encode.payload([{"time": 5, "fix": False}], crs="GCJ02") == {"time": 5, "fix": False}
