"""The doctor, against real servers and against nothing."""

import json
import os
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from haulwatch.doctor import examine
from haulwatch.ports import free_port
from haulwatch.running import Running, write_running
from ingest.embedded import EmbeddedBroker
from tests.haulwatch.test_commands import haulwatch
from tests.support.postgres import TestServer


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[EmbeddedBroker]:
    with EmbeddedBroker(tmp_path / "broker") as running:
        yield running


def parts(stdout: str) -> dict[str, dict[str, str]]:
    return {finding["part"]: finding for finding in json.loads(stdout)["findings"]}


def test_servers_that_work_are_found_well(database: str, broker: EmbeddedBroker, tmp_path: Path):
    environ = {
        "HAULWATCH_DATABASE_URL": database,
        "HAULWATCH_BROKER_URL": broker.url,
        "HAULWATCH_DATA_DIR": str(tmp_path),
        "HAULWATCH_HTTP_PORT": "0",
    }
    done = haulwatch("doctor", "--json", environ=environ)
    assert done.returncode == 0, done.stdout
    found = parts(done.stdout)
    assert found["database"]["health"] == "ok"
    assert "PostgreSQL" in found["database"]["says"]
    assert "migrations applied" in found["database"]["says"]
    assert found["broker"]["health"] == "ok"
    assert "came back" in found["broker"]["says"]


def test_servers_that_are_away_are_broken_and_end_with_code_1(tmp_path: Path):
    environ = {
        "HAULWATCH_DATABASE_URL": f"postgresql://me:geheim@127.0.0.1:{free_port()}/x",
        "HAULWATCH_BROKER_URL": f"mqtt://me:geheim@127.0.0.1:{free_port()}",
        "HAULWATCH_DATA_DIR": str(tmp_path),
    }
    done = haulwatch("doctor", "--json", environ=environ)
    assert done.returncode == 1
    found = parts(done.stdout)
    assert found["database"]["health"] == found["broker"]["health"] == "broken"
    assert found["database"]["mend"]
    assert found["broker"]["mend"]
    assert "geheim" not in done.stdout


def test_a_database_that_was_not_migrated_is_a_warning(
    postgres: TestServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    monkeypatch.setenv("HAULWATCH_DATA_DIR", str(tmp_path))
    with postgres.empty_database() as dsn:
        monkeypatch.setenv("HAULWATCH_DATABASE_URL", dsn)
        found = {finding.part: finding for finding in examine().findings}
    assert found["database"].health == "warning"
    assert "haulwatch migrate" in (found["database"].mend or "")


def test_wrong_settings_are_findings_and_the_rest_is_still_looked_at():
    done = haulwatch("doctor", "--json", environ={"HAULWATCH_HTTP_PORT": "x"})
    assert done.returncode == 1
    found = parts(done.stdout)
    assert "HAULWATCH_HTTP_PORT=x" in found["settings"]["says"]
    assert found["clock"]["health"] == "ok"


def test_settings_are_listed_with_where_they_come_from(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setenv("HAULWATCH_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("HAULWATCH_HTTP_PORT", "0")
    shown = {setting.variable: setting for setting in examine().settings}
    assert (shown["HAULWATCH_DATA_DIR"].value, shown["HAULWATCH_DATA_DIR"].source) == (
        str(tmp_path),
        "environment",
    )
    assert shown["HAULWATCH_BATCH_SIZE"].source == "default"


def test_the_tables_are_for_people():
    done = haulwatch("doctor", environ={"HAULWATCH_HTTP_PORT": "0"})
    assert done.returncode == 0
    assert "HAULWATCH_DATABASE_URL" in done.stdout
    assert "embedded PostgreSQL" in done.stdout


def test_the_port_that_is_shown_is_the_one_of_the_service_that_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("HAULWATCH_DATA_DIR", str(tmp_path))
    running = Running(
        pid=os.getpid(),
        page_url="http://127.0.0.1:53551",
        broker_url=f"mqtt://127.0.0.1:{free_port()}",
        database_url=f"postgresql://127.0.0.1:{free_port()}/x",
    )
    write_running(tmp_path, running)
    found = {finding.part: finding.says for finding in examine().findings}
    assert found["port"] == "http://127.0.0.1:53551 is ours"


def test_a_setting_that_is_empty_shows_no_unit() -> None:
    done = haulwatch("doctor", environ={})
    row = next(line for line in done.stdout.splitlines() if "HAULWATCH_INGEST_SLOTS" in line)
    assert [cell.strip() for cell in row.split("│")[1:-1]] == ["HAULWATCH_INGEST_SLOTS", "", "default"]


def test_dead_letters_and_targets_that_are_off_are_a_warning(database: str, tmp_path: Path):
    environ = {"HAULWATCH_DATABASE_URL": database, "HAULWATCH_DATA_DIR": str(tmp_path)}
    assert parts(haulwatch("doctor", "--json", environ=environ).stdout)["docking"]["health"] == "ok"
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(
            "insert into webhook_targets (name, url, secret, state, created_by, change, act)"
            " values ('City', 'http://127.0.0.1:9/', 'x', 'off', 'test', 0, 0)"
        )
        connection.execute(
            "insert into webhook_letters (target_id, event_id, subjects, body, state)"
            " select id, 'alert-1-1', '{}', '{}', 'refused' from webhook_targets"
        )
    found = parts(haulwatch("doctor", "--json", environ=environ).stdout)["docking"]
    assert found["health"] == "warning"
    assert "1 switched off" in found["says"]
    assert "1 dead letters" in found["says"]
