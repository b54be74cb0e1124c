"""The command line as a person meets it: help, exit codes, one line for what goes wrong."""

import json
import os
import socket
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

CLEAN = {key: value for key, value in os.environ.items() if not key.startswith("HAULWATCH_")}


def haulwatch(
    *arguments: str, environ: Mapping[str, str] | None = None
) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "haulwatch", *arguments],
        env={**CLEAN, "COLUMNS": "200", **(environ or {})},
        capture_output=True,
        text=True,
        timeout=400,
        check=False,
    )


def registry_file(tmp_path: Path, document: object) -> Path:
    path = tmp_path / "registry.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    return path


def test_help_shows_every_command_and_needs_no_settings():
    done = haulwatch("--help", environ={"HAULWATCH_HTTP_PORT": "wrong"})
    assert done.returncode == 0
    for name in (
        "up",
        "ingest",
        "api",
        "gateway",
        "registry",
        "user",
        "simulate",
        "replay",
        "capture",
        "backtest",
        "backtests",
        "dock",
        "score",
        "doctor",
        "bench",
    ):
        assert f"│ {name} " in done.stdout
    assert "demo-fleet" not in done.stdout


@pytest.mark.parametrize(
    "command",
    [["up"], ["simulate"], ["replay"], ["backtest"], ["score"], ["registry", "check"], ["bench", "live"]],
)
def test_the_help_of_a_command_has_an_example(command: list[str]):
    done = haulwatch(*command, "--help")
    assert done.returncode == 0
    assert f"haulwatch {' '.join(command)}" in done.stdout.split("Example", 1)[1]


def test_a_wrong_setting_stops_a_command_with_code_2_and_without_a_trace():
    done = haulwatch("migrate", environ={"HAULWATCH_HTTP_PORT": "many", "HAULWATCH_PORT": "1"})
    assert done.returncode == 2
    assert "HAULWATCH_HTTP_PORT=many cannot be used" in done.stderr
    assert "HAULWATCH_PORT is no setting" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_database_that_is_away_is_one_line_and_code_1():
    done = haulwatch("migrate", environ={"HAULWATCH_DATABASE_URL": "postgresql://me:geheim@127.0.0.1:1/x"})
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert "geheim" not in done.stderr + done.stdout


def test_a_page_whose_port_is_taken_is_one_line_and_code_1(database: str):
    with socket.socket() as busy:
        busy.bind(("127.0.0.1", 0))
        busy.listen()
        port = str(busy.getsockname()[1])
        done = haulwatch("api", environ={"HAULWATCH_DATABASE_URL": database, "HAULWATCH_HTTP_PORT": port})
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1
    assert f"127.0.0.1:{port}" in done.stderr
    assert "HAULWATCH_HTTP_PORT" in done.stderr


def test_a_sound_registry_is_said_to_be_sound(tmp_path: Path):
    done = haulwatch("registry", "check", str(registry_file(tmp_path, {"version": 1})))
    assert (done.returncode, done.stderr) == (0, "")
    assert "is sound: 0 vehicles" in done.stdout


def test_every_fault_of_a_registry_is_named_with_its_path(tmp_path: Path):
    document = {"version": 1, "vehicles": [{"id": "V1", "kind": "boat"}], "zones": [{"id": "Z1"}]}
    done = haulwatch("registry", "check", str(registry_file(tmp_path, document)))
    assert done.returncode == 1
    assert "$.vehicles[0].kind" in done.stderr
    assert "$.zones[0]" in done.stderr
    assert "nothing of it was applied" in done.stderr


def test_a_file_that_is_not_there_is_a_usage_error():
    done = haulwatch("registry", "check", "/nowhere.json")
    assert done.returncode == 2
    assert "/nowhere.json" in done.stderr


def test_a_registry_is_loaded_shown_and_not_loaded_twice(tmp_path: Path, database: str):
    environ = {"HAULWATCH_DATABASE_URL": database}
    path = registry_file(tmp_path, {"version": 1, "districts": []})
    assert "version 1 is in force" in haulwatch("registry", "load", str(path), environ=environ).stdout
    assert (
        "version 1 says the same already" in haulwatch("registry", "load", str(path), environ=environ).stdout
    )
    shown = haulwatch("registry", "show", environ=environ)
    assert json.loads(shown.stdout) == {"version": 1, "districts": []}
    assert "(file registry.json)" in shown.stderr


def test_migrating_again_does_nothing(database: str):
    done = haulwatch("migrate", environ={"HAULWATCH_DATABASE_URL": database})
    assert done.returncode == 0
    assert "nothing to do" in done.stdout


def test_maintaining_says_what_was_done(database: str):
    done = haulwatch("maintain", environ={"HAULWATCH_DATABASE_URL": database})
    assert done.returncode == 0
    assert done.stdout.startswith("PostgreSQL")


def test_a_wrong_start_of_a_simulation_is_a_usage_error(tmp_path: Path):
    done = haulwatch("simulate", "--start", "yesterday", "--out", str(tmp_path / "sim"))
    assert done.returncode == 2
    assert "--start" in done.stderr


def test_without_a_broker_replay_says_what_to_set(tmp_path: Path):
    capture = tmp_path / "empty.ndjson"
    capture.write_text("", encoding="utf-8")
    done = haulwatch("replay", str(capture), environ={"HAULWATCH_DATA_DIR": str(tmp_path)})
    assert done.returncode == 2
    assert "HAULWATCH_BROKER_URL" in done.stderr


def test_a_speed_that_is_none_is_a_usage_error(tmp_path: Path):
    capture = tmp_path / "empty.ndjson"
    capture.write_text("", encoding="utf-8")
    for speed in ("0", "-1", "fast", "nan", "inf"):
        done = haulwatch(
            "replay", str(capture), "--speed", speed, environ={"HAULWATCH_BROKER_URL": "mqtt://127.0.0.1:1"}
        )
        assert (done.returncode, "--speed" in done.stderr) == (2, True), speed


@pytest.mark.slow
def test_a_simulated_day_is_judged_and_scored(tmp_path: Path):
    sim = tmp_path / "sim"
    alerts = tmp_path / "alerts.ndjson"
    simulated = haulwatch("simulate", "--seed", "1", "--hours", "3", "--vehicles", "20", "--out", str(sim))
    assert simulated.returncode == 0, simulated.stderr
    judged = haulwatch(
        "backtest",
        *("--registry", str(sim / "registry.json")),
        *("--input", str(sim / "capture.ndjson.gz")),
        *("--alerts", str(alerts)),
    )
    assert judged.returncode == 0, judged.stderr
    scored = haulwatch("score", "--alerts", str(alerts), "--truth", str(sim / "truth.ndjson"), "--json")
    assert scored.returncode == 0, scored.stderr
    rows = json.loads(scored.stdout)
    assert rows
    assert set(rows[0]) == {"rule", "matched", "missed", "unfounded", "precision", "recall", "median_delay_s"}


def test_recorded_tracks_become_a_capture_and_a_bad_row_is_named(tmp_path: Path):
    tracks, out, registry = tmp_path / "day.csv", tmp_path / "day.ndjson", tmp_path / "day.json"
    tracks.write_text(
        "time,lng,lat,truck\n2026-11-16 10:00:00,121.4,31.2,T1\nnever,1,2,T1\n", encoding="utf-8"
    )
    done = haulwatch(
        *("capture", "convert", str(tracks), "--column", "device=truck", "--column", "lon=lng"),
        *("--out", str(out), "--registry", str(registry)),
    )
    assert done.returncode == 0, done.stderr
    assert "1 of 2 rows" in done.stdout
    assert "line 3" in done.stdout
    line = json.loads(out.read_text(encoding="utf-8"))
    assert (line["topic"], line["received_at"]) == ("haulwatch/v1/T1/position", "2026-11-16T02:00:00.000Z")
    assert haulwatch("registry", "check", str(registry)).returncode == 0


@pytest.mark.parametrize("column", ["device=none", "colour=red", "device"])
def test_a_column_that_is_none_is_named(tmp_path: Path, column: str):
    tracks = tmp_path / "day.csv"
    tracks.write_text("time,lon,lat,truck\n", encoding="utf-8")
    done = haulwatch(
        "capture", "convert", str(tracks), "--column", column, "--out", str(tmp_path / "x.ndjson")
    )
    assert done.returncode in {1, 2}
    assert column.rpartition("=")[2] in done.stderr
    assert "Traceback" not in done.stderr


def test_version_names_what_the_service_stands_on():
    done = haulwatch("version")
    assert done.returncode == 0
    assert done.stdout.startswith("haulwatch ")
    assert "\nshapely " in done.stdout


HOSTILE_FILES = {
    "empty": b"",
    "binary": bytes(range(256)),
    "marked": b"\xef\xbb\xbf{}",
    "another encoding": '{"version": 1}'.encode("utf-16"),
    "cut": b'{"version": 1, "vehicles": [',
    "deep": b'{"version":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "a list": b"[1]",
    "an odd rule": b'{"rule": "nothing", "device_id": "T1", "started_at": "2026-11-16T14:00:00Z"}',
    "backwards": (
        b'{"rule": "speeding", "device_id": "T1", "started_at": "2026-11-16T14:00:00Z",'
        b' "ended_at": "2026-11-15T14:00:00Z"}'
    ),
}


@pytest.mark.parametrize("name", HOSTILE_FILES)
def test_a_hostile_file_is_named_in_one_line_and_never_a_trace(tmp_path: Path, name: str):
    bad, good = tmp_path / "bad", tmp_path / "good"
    bad.write_bytes(HOSTILE_FILES[name])
    good.write_bytes(b"")
    registry = registry_file(tmp_path, {"version": 1})
    out = str(tmp_path / "alerts.ndjson")
    commands = [["registry", "check", str(bad)]]
    if name != "empty":  # to the others an empty file is one that holds nothing
        commands += [
            ["backtest", "--registry", str(registry), "--input", str(bad), "--alerts", out],
            ["score", "--alerts", str(good), "--truth", str(bad)],
        ]
    for command in commands:
        done = haulwatch(*command)
        assert done.returncode == 1, command
        assert "Traceback" not in done.stderr
        assert f"haulwatch: {bad}" in done.stderr
        assert "good" not in done.stderr


def test_files_that_hold_nothing_are_said_to_hold_nothing(tmp_path: Path):
    empty = tmp_path / "empty.ndjson"
    empty.write_bytes(b"")
    registry, out = registry_file(tmp_path, {"version": 1}), tmp_path / "alerts.ndjson"
    judged = haulwatch("backtest", "--registry", str(registry), "--input", str(empty), "--alerts", str(out))
    assert judged.returncode == 0
    assert "holds no report" in judged.stderr
    scored = haulwatch("score", "--alerts", str(out), "--truth", str(empty))
    assert scored.returncode == 0
    assert "neither alerts nor violations" in scored.stdout


def test_where_alerts_cannot_be_written_is_said_before_judging(tmp_path: Path):
    empty = tmp_path / "empty.ndjson"
    empty.write_bytes(b"")
    registry, out = registry_file(tmp_path, {"version": 1}), tmp_path / "none" / "alerts.ndjson"
    done = haulwatch("backtest", "--registry", str(registry), "--input", str(empty), "--alerts", str(out))
    assert done.returncode == 1
    assert "there is no directory" in done.stderr
