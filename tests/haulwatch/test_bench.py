"""The benches run small and write what they measured; how fast they are is not tested."""

import json
from pathlib import Path

import pytest

from alerts.ruleset import Ruleset
from haulwatch.bench_world import BenchWorld
from haulwatch.load_generator import publish_packet
from ingest.known import known_devices
from ingest.wire import decode
from tests.haulwatch.test_commands import haulwatch

KEYS = {"what", "value", "unit", "bound", "at_least", "is_reached"}


@pytest.mark.slow
def test_the_live_bench_counts_everything_and_writes_its_measurements(tmp_path: Path):
    out = tmp_path / "live.json"
    done = haulwatch(
        *(
            "bench",
            "live",
            "--seconds",
            "1",
            "--devices",
            "100",
            "--zones",
            "20",
            "--routes",
            "4",
            "--json",
            str(out),
        )
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(out.read_text(encoding="utf-8"))
    assert set(found) == {"bench", "machine", "measured", "counts", "words"}
    assert all(set(one) == KEYS for one in found["measured"])
    assert {one["what"] for one in found["measured"]} >= {
        "whole path: sent to stored",
        "whole path / null subscriber",
        "lost (sent, not stored)",
        "report to stream, p99",
        "memory of ingest, 100 devices",
        "restart after kill -9",
        "null subscriber (paho)",
        "decoding alone",
        "placing alone",
        "judging alone",
        "storing alone",
    }
    counts = found["counts"]
    assert counts["sent"] == counts["acknowledged"] == counts["accounted"] > 0


@pytest.mark.slow
def test_the_backtest_bench_judges_everything_and_writes_its_measurements(tmp_path: Path):
    out = tmp_path / "backtest.json"
    done = haulwatch(
        *(
            "bench",
            "backtest",
            "--fixes",
            "2000",
            "--devices",
            "50",
            "--zones",
            "20",
            "--routes",
            "4",
            "--json",
            str(out),
        )
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(out.read_text(encoding="utf-8"))
    assert found["counts"]["judged"] == found["counts"]["fixes"] == 2000
    assert all(set(one) == KEYS for one in found["measured"])


@pytest.mark.slow
def test_the_export_bench_issues_a_week_and_writes_its_measurements(tmp_path: Path):
    out = tmp_path / "export.json"
    done = haulwatch("bench", "export", "--violations", "40", "--json", str(out))
    assert done.returncode == 0, done.stderr
    found = json.loads(out.read_text(encoding="utf-8"))
    assert found["counts"]["violations"] == found["counts"]["cases"] == 40
    assert {"xlsx kB", "csv kB", "geojson kB"} <= set(found["counts"])
    assert all(set(one) == KEYS for one in found["measured"])


def test_the_reports_of_the_bench_world_are_all_good():
    world = BenchWorld(devices=30, zones=16, routes=3)
    ruleset = Ruleset.build(world.registry(), version=1)
    known = known_devices(ruleset, "haulwatch/v1")
    for i, payload in world.payloads(90, first_ms=1_794_758_400_000, step_ms=5_000):
        decoded = decode(f"haulwatch/v1/B{i:05d}/position", payload, 1_794_758_900_000, known)
        assert (len(decoded.positions), decoded.rejections) == (1, [])


@pytest.mark.parametrize(
    ("size", "head"),
    [
        (100, b"\x32\x69"),
        (122, b"\x32\x7f"),
        (123, b"\x32\x80\x01"),
        (16_378, b"\x32\xff\x7f"),
        (16_379, b"\x32\x80\x80\x01"),
    ],
)
def test_a_packet_says_its_length_as_mqtt_has_it(size: int, head: bytes):
    packet = publish_packet(b"t", b"x" * size, 6)
    assert packet.startswith(head)
    assert packet[len(head) :] == b"\x00\x01t\x00\x07" + b"x" * size
