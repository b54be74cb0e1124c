"""`haulwatch export work`: the days of vehicles as a file."""

import json
from datetime import date

import pytest

from haulwatch.problem import CommandError
from haulwatch.work_file import write_work
from storage.store import Store
from tests.api import district
from tests.api.worked import keep, registry

DAY = date(2026, 3, 2)


async def test_the_file_has_a_line_a_vehicle_and_day(database, tmp_path):
    store = await Store.connect(database)
    await store.save_registry(
        json.dumps(registry()).encode(), author="t", effective_from_ms=district.START_MS
    )
    await keep(store, day=DAY, vehicle=0, hauls=[("P1", "F1", 2, 31.0, 0)])
    await keep(store, day=DAY, vehicle=3, runs=[("RUN1", (5, 1, 1, 1))])
    await store.close()
    out = tmp_path / "work.csv"
    said = await write_work(database, DAY, DAY, out, "en")
    assert said == f"{out}: 2 days of vehicles"
    head, truck, refuse = out.read_text("utf-8-sig").splitlines()
    assert head.split(",")[12:16] == ["Trips", "Tonnes", "Stops due", "Served in time"]
    assert truck.split(",")[12:16] == ["2", "31.0", "", ""]
    assert refuse.split(",")[12:16] == ["", "", "8", "5"]


async def test_a_file_with_a_day_that_runs_says_so(database, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    store = await Store.connect(database)
    await store.save_registry(
        json.dumps(registry()).encode(), author="t", effective_from_ms=district.START_MS
    )
    await keep(store, day=DAY, vehicle=0, so_far="2026-03-02T06:05:00Z", hauls=[("P1", "F1", 2, 31.0, 0)])
    await store.close()
    said = await write_work(database, DAY, DAY, None, "en")
    name = "haulwatch-work-2026-03-02-2026-03-02-provisional.csv"
    assert said == f"{name}: 1 days of vehicles; provisional, counted up to 2026-03-02 14:05:00"
    assert (tmp_path / name).exists()


async def test_without_a_registry_it_says_so(database, tmp_path):
    with pytest.raises(CommandError, match="no registry"):
        await write_work(database, DAY, DAY, tmp_path / "work.csv", "zh")


async def test_days_the_wrong_way_round_are_refused(database, tmp_path):
    with pytest.raises(CommandError, match="--to"):
        await write_work(database, DAY, date(2026, 3, 1), tmp_path / "work.csv", "zh")
