"""A capture into the database by the clock of then, and a demo that has a past."""

import asyncio
from pathlib import Path

import psycopg
import pytest

from runtime.clock import now_ms
from simulators.live import demo_registry
from simulators.simulate import simulate
from storage.store import Store
from tests.haulwatch.test_commands import haulwatch

HOUR_MS = 3_600_000
VEHICLES = 2


def put_in_force(dsn: str, document: bytes) -> None:
    async def run() -> None:
        store = await Store.connect(dsn)
        await store.save_registry(document, author="test")
        await store.close()

    asyncio.run(run())


def asked(dsn: str, sql: str) -> list[tuple]:
    with psycopg.connect(dsn) as connection:
        return connection.execute(sql).fetchall()


def test_a_capture_that_is_too_old_to_be_replayed_is_stored_as_it_arrived(database: str, tmp_path: Path):
    made = simulate(seed=3, hours=2, vehicles=3, out=tmp_path / "sim", start_ms=1_600_000_000_000)
    environ = {"HAULWATCH_DATABASE_URL": database, "HAULWATCH_DATA_DIR": str(tmp_path)}
    refused = haulwatch("capture", "store", str(made.capture), environ=environ)
    assert (refused.returncode, "registry load" in refused.stderr) == (1, True)
    put_in_force(database, made.registry.read_bytes())
    done = haulwatch("capture", "store", str(made.capture), environ=environ)
    assert done.returncode == 0, done.stderr
    assert f"{made.messages:,} messages taken in, the last of 2020-09-13" in done.stdout
    assert asked(database, "select sum(stored), sum(rejected), max(day)::text from loss_account") == [
        (made.elements, 0, "2020-09-13")
    ]
    broken = tmp_path / "broken.ndjson"
    broken.write_text('{"received_at": "2020-09-13T13:00:00Z", "topic": "t", "payload": 1}\nnot json\n')
    wrong = haulwatch("capture", "store", str(broken), environ=environ)
    assert (wrong.returncode, "line 2" in wrong.stderr, "Traceback" in wrong.stderr) == (1, True, False)


@pytest.mark.slow
def test_a_demo_with_a_past_has_days_of_reports_and_cases_that_were_worked_in_order(
    database: str, tmp_path: Path
):
    put_in_force(database, demo_registry(seed=1, vehicles=VEHICLES))
    environ = {
        "HAULWATCH_DATABASE_URL": database,
        "HAULWATCH_DATA_DIR": str(tmp_path),
        "HAULWATCH_DEMO_VEHICLES": str(VEHICLES),
    }
    began_ms = now_ms()
    done = haulwatch("demo-past", "1", environ=environ)
    assert done.returncode == 0, done.stderr
    ((days, last_ms),) = asked(
        database,
        "select count(distinct day), (select ms_of(max(received_at)) from positions) from loss_account",
    )
    assert days >= 2
    assert began_ms - HOUR_MS < last_ms < began_ms
    ((alerts, cases),) = asked(database, "select (select count(*) from alerts), (select count(*) from cases)")
    assert alerts >= cases > 0
    states = {state for (state,) in asked(database, "select distinct state from cases")}
    assert "closed" in states
    ((acts, in_order, latest_ms),) = asked(
        database,
        "select count(*), bool_and(ordered), ms_of(max(at)) from ("
        " select at, at >= lag(at, 1, at) over (order by number) as ordered from case_log) log",
    )
    assert (acts > cases, in_order, latest_ms < began_ms) == (True, True, True)
    ((too_soon,),) = asked(
        database,
        "select count(*) from case_log l where l.at < ("
        " select min(c.at) from case_alerts a join alert_changes c on c.id = a.alert_id where a.case_id = l.case_id)",
    )
    assert too_soon == 0, "nobody acts on an alert before there is one"
    again = haulwatch("demo-past", "1", environ=environ)
    assert (again.returncode, "No past is added" in again.stdout) == (0, True)
    assert asked(database, "select count(*) from case_log") == [(acts,)]


def test_a_past_is_the_demos():
    done = haulwatch("up", "--past-days", "3")
    assert (done.returncode, "capture store" in done.stderr) == (2, True)
