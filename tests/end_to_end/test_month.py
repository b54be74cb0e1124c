"""A simulated month of four weeks, exported: totals tie, exports repeat to the byte, late data is amended."""

import asyncio
import csv
import io
import json
import zipfile
from collections.abc import Iterator, Mapping

import openpyxl
import pytest

from exports.words import WORDS
from tests.end_to_end.month import AMENDED, FORMATS, WEEKS, Month, Tallies, lived, tallied
from tests.support.postgres import TestServer

pytestmark = pytest.mark.slow

KINDS = {english: name for name, (english, _) in WORDS.items()}
HEADINGS = 5


@pytest.fixture(scope="module")
def month(postgres: TestServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Month]:
    with postgres.database() as dsn:
        yield asyncio.run(lived(dsn, tmp_path_factory.mktemp("month")))


def table(content: bytes, sheet: str) -> list[dict[str, object]]:
    """The lines of a sheet of a workbook, by its headings, without its totals."""
    book = openpyxl.load_workbook(io.BytesIO(content), data_only=True)
    names = [cell.value for cell in book[sheet][HEADINGS]]
    rows = [
        dict(zip(names, row, strict=True))
        for row in book[sheet].iter_rows(min_row=HEADINGS + 1, values_only=True)
    ]
    return [row for row in rows if row[names[0]] not in (None, "Total")]


def of_workbook(content: bytes) -> Tallies:
    return tallied(
        (KINDS[line["Rule"]], KINDS[line["Severity"]], line["Company"] or "", line["District"] or "")
        for line in table(content, "Violations")
    )


def of_csv(content: bytes) -> Tallies:
    lines = csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline=""))
    return tallied(
        (KINDS[line["Rule"]], KINDS[line["Severity"]], line["Company"], line["District"])
        for line in lines
        if line["Counts"] == "1" and line["Line"] == "As issued"
    )


def of_geojson(content: bytes) -> Tallies:
    told = [one["properties"] for one in json.loads(content)["features"]]
    return tallied(
        (one["rule"], one["severity"], one["company"], one["district"]) for one in told if one["counts"]
    )


READERS = {"xlsx": of_workbook, "csv": of_csv, "geojson": of_geojson}


@pytest.mark.parametrize("week", WEEKS)
def test_the_database_the_api_and_every_file_count_the_same(month: Month, week: str):
    by_sql = month.by_sql[week]
    assert len(by_sql["rule"]) > 5, "a week in which little happens shows nothing"
    assert len(by_sql["company"]) > 1
    assert month.by_api[week] == by_sql
    assert month.told_by_api[week] == by_sql["rule"].total()
    for suffix in FORMATS:
        assert READERS[suffix](month.files[week, suffix]) == by_sql, suffix


@pytest.mark.parametrize("week", WEEKS)
def test_the_sheets_that_count_say_what_the_database_says(month: Month, week: str):
    content = month.files[week, "xlsx"]
    for sheet, heading, kind in (
        ("By company", "Company", "company"),
        ("By district", "District", "district"),
        ("By rule", "Rule", "rule"),
    ):
        none = {"(of no company)": "", "(outside all districts)": ""}
        told = {
            KINDS.get(name, name) if kind == "rule" else none.get(name, name): line["Violations"]
            for line in table(content, sheet)
            if (name := str(line[heading])) and line["Violations"]
        }
        assert told == month.by_sql[week][kind], sheet


def test_somebody_dismissed_something_and_it_does_not_count(month: Month):
    for week in WEEKS:
        listed = {line["Why listed"] for line in table(month.files[week, "xlsx"], "Withdrawn and late")}
        assert "Dismissed on review" in listed


def test_exported_again_every_file_is_the_same_to_the_byte(month: Month):
    assert month.again == month.files
    assert len(month.files) == len(WEEKS) * len(FORMATS)


def test_another_process_in_another_time_zone_exports_the_same_bytes(month: Month):
    assert month.by_another_process == {key: month.files[key] for key in month.by_another_process}
    assert month.after_by_another_process == {
        key: month.files_after[key] for key in month.after_by_another_process
    }


def test_data_of_the_second_week_that_comes_late_changes_no_file_of_another_week(month: Month):
    for week in WEEKS:
        if week != AMENDED:
            assert month.amendments[week] == []
            for suffix in FORMATS:
                assert month.files_after[week, suffix] == month.files[week, suffix], (week, suffix)


def sheets(content: bytes) -> Mapping[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as file:
        return {name: file.read(name) for name in file.namelist() if name.startswith("xl/worksheets/sheet")}


def test_the_sheets_as_issued_stay_to_the_byte_and_one_of_amendments_is_added(month: Month):
    before, after = sheets(month.files[AMENDED, "xlsx"]), sheets(month.files_after[AMENDED, "xlsx"])
    assert {name: after[name] for name in before} == before
    assert len(after) == len(before) + 1
    assert of_workbook(month.files_after[AMENDED, "xlsx"]) == month.by_sql[AMENDED]
    assert of_csv(month.files_after[AMENDED, "csv"]) == month.by_sql[AMENDED]


def changes(month: Month) -> tuple[set[str], set[str], set[str], set[str]]:
    """By SQL alone: alerts that count now and did not, that did and do not, surely corrected, and touched at all."""
    before, after = month.before[AMENDED], month.after[AMENDED]
    counted = {key for key, one in before.items() if one.counts}
    counts = {key for key, one in after.items() if one.counts}
    both = counted & counts
    corrected = {key for key in both if before[key].about != after[key].about}
    touched = {key for key in both if before[key].revision != after[key].revision}
    return counts - counted, counted - counts, corrected, touched


def test_every_format_lists_exactly_the_alerts_that_differ(month: Month):
    gained, lost, corrected, touched = changes(month)
    assert gained, "late data that shows nothing new shows nothing"
    content = month.files_after[AMENDED, "xlsx"]
    book = openpyxl.load_workbook(io.BytesIO(content), data_only=True)
    rows = list(book["Amendments"].iter_rows(values_only=True))
    begin = next(n for n, row in enumerate(rows) if row[1] == "Change")
    names = rows[begin]
    changed = (dict(zip(names, row, strict=True)) for row in rows[begin + 1 :] if row[0] != "Total")
    by_workbook = {line["Alert id"]: line["Effect"] for line in changed}
    lines = csv.DictReader(io.StringIO(month.files_after[AMENDED, "csv"].decode("utf-8-sig"), newline=""))
    by_csv = {line["Alert"]: int(line["Counts"]) for line in lines if line["Line"].startswith("Amendment")}
    assert by_csv == by_workbook
    assert {key for key, effect in by_csv.items() if effect == 1} == gained
    assert {key for key, effect in by_csv.items() if effect == -1} == lost
    rest = {key for key, effect in by_csv.items() if effect == 0}
    assert corrected <= rest <= touched
    features = json.loads(month.files_after[AMENDED, "geojson"])["features"]
    assert {one["id"] for one in features if one["properties"]["amended"]} == set(by_csv)


def test_what_stands_after_the_amendment_is_what_the_database_counts_now(month: Month):
    now = sum(one.counts for one in month.after[AMENDED].values())
    lines = csv.DictReader(io.StringIO(month.files_after[AMENDED, "csv"].decode("utf-8-sig"), newline=""))
    assert sum(int(line["Counts"]) for line in lines) == now
    told = json.loads(month.files_after[AMENDED, "geojson"])["features"]
    assert sum(one["properties"]["counts"] for one in told) == now
