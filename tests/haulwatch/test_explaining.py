"""`haulwatch explain`: the whole case in lines, of alerts that the engine itself raised and the store keeps."""

import asyncio
import json
import uuid

import pytest

from domain.instant import DAY_MS
from haulwatch.explaining import MOST_REPORTS
from storage.batch import Batch
from storage.store import Store
from tests.api import district
from tests.api.district import START_MS, finding, fix, raised
from tests.haulwatch.test_commands import haulwatch


def explained(database: str, *arguments: str) -> str:
    done = haulwatch("explain", *arguments, environ={"HAULWATCH_DATABASE_URL": database})
    assert done.returncode == 0, done.stderr
    return done.stdout


def stored(database: str, *batches: Batch) -> None:
    async def run() -> None:
        store = await Store.connect(database)
        try:
            await district.save_registry(store)
            for batch in batches:
                await store.commit(batch)
        finally:
            await store.close()

    asyncio.run(run())


SPEEDING = finding(2, START_MS, vehicle=1)


def test_an_alert_that_is_not_there_is_one_line_and_code_1(database):
    done = haulwatch("explain", str(uuid.UUID(int=1)), environ={"HAULWATCH_DATABASE_URL": database})
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == f"haulwatch: there is no alert {uuid.UUID(int=1)}\n"


def test_the_case_is_told_on_the_local_clock_with_the_rules_numbers(database):
    reports = tuple(fix(1, START_MS + 10_000 * n) for n in range(4))
    stored(database, Batch(positions=reports), raised(SPEEDING))
    text = explained(database, str(SPEEDING.id))
    for told in (
        "川A10001, muck_truck of 蓉城运输 (device T0001)",
        "up to 83 km/h where 40 km/h is allowed",
        "2026-11-18T19:06:40.000+08:00",
        "for at least 10 s and 2 reports",
        "default_limit_kmh 60",
        "Reports: 4 from 2026-11-18T18:56:40.000+08:00",
        "#1 ",
        "received 4 = stored 4 + duplicate 0 + rejected 0; 0 late",
    ):
        assert told in text


def test_the_rule_is_told_in_chinese_where_that_is_asked_for(database):
    stored(database, raised(SPEEDING))
    assert "持续不少于 10 秒" in explained(database, str(SPEEDING.id), "--language", "zh")


def test_of_many_reports_the_ends_and_those_the_case_rests_on_are_lines(database):
    reports = tuple(fix(1, START_MS + 1000 * n) for n in range(60))
    stored(database, Batch(positions=reports), raised(SPEEDING))
    lines = explained(database, str(SPEEDING.id)).splitlines()
    begin = next(n for n, line in enumerate(lines) if line.startswith("Reports: 60"))
    shown = lines[begin + 1 : lines.index("", begin)]
    assert 2 <= len(shown) <= MOST_REPORTS
    assert shown[0].startswith("  * 2026-11-18T19:06:40")
    assert "19:07:39" in shown[-1]


def test_json_has_all_of_it(database):
    stored(database, Batch(positions=tuple(fix(1, START_MS + 1000 * n) for n in range(60))), raised(SPEEDING))
    case = json.loads(explained(database, str(SPEEDING.id), "--json"))
    assert case["alert"]["id"] == str(SPEEDING.id)
    assert len(case["positions"]["items"]) == 60


@pytest.mark.parametrize("number", range(3), ids=["dumping", "forbidden zone", "speeding"])
def test_a_withdrawn_alert_says_why(database, number):
    one = finding(number, START_MS, withdrawn="reports that came late contradict it")
    stored(database, raised(finding(number, START_MS)), raised(one))
    text = explained(database, str(one.id))
    assert text.count("withdrawn: reports that came late contradict it") == 2


def test_a_case_without_data_says_so(database):
    old = finding(2, START_MS - 40 * DAY_MS, vehicle=1)
    stored(database, raised(old))
    text = explained(database, str(old.id))
    assert "Reports: 0 from" in text
    assert "nothing arrived" in text
