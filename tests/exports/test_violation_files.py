"""The files of a period read back: they tie, they say what changed, and made again they are the same."""

import csv
import io
import json
from collections import Counter

import pytest
from msgspec.structs import replace

from exports.statement import Statement
from exports.violations_csv import COLUMNS, violations_csv
from exports.violations_geojson import violations_geojson
from exports.words import WORDS
from tests.exports.stated import alert, big_statement, statement

LANGUAGES = ("zh", "en")
EVIL = '=HYPERLINK("http://x")'


def rows(statements: list[Statement], *, language: str = "en", districts=None) -> list[dict[str, str]]:
    content = violations_csv(statements, language=language, districts=districts)
    assert content.startswith(b"\xef\xbb\xbf")
    assert content.count(b"\r\n") == content.count(b"\n")
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def features(statements: list[Statement], *, language: str = "en", districts=None) -> dict:
    return json.loads(violations_geojson(statements, language=language, districts=districts))


def amended() -> list[Statement]:
    """Four violations and one withdrawn; then one dismissed, one added, one restored, one corrected."""
    first = [alert(n, district_id="D1") for n in range(1, 5)] + [
        alert(5, withdrawn="late_data", district_id="D1")
    ]
    later = [
        replace(first[0], case_id=7, case_state="dismissed"),
        replace(first[1], severity="info", revision=2),
        first[2],
        first[3],
        replace(first[4], withdrawn=None, revision=2),
        alert(6, found_late=True, district_id="D2"),
    ]
    return [statement(*first), statement(*later, number=1, stated_ms=statement().stated_ms + 86_400_000)]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_alert_is_a_line_and_the_violations_add_up(language):
    big = big_statement(300)
    found = rows([big], language=language)
    count = WORDS["count"][language == "zh"]
    assert len(found) == len(big.alerts)
    assert sum(int(row[count]) for row in found) == 300 == sum(one.counts for one in big.alerts)
    assert all(None not in row and None not in row.values() for row in found)


def test_the_lines_as_issued_stay_and_each_change_is_a_line_of_its_own():
    found = rows(amended())
    as_issued = [row for row in found if row["Line"] == "As issued"]
    since = [row for row in found if row["Line"] != "As issued"]
    assert [row["Line"] for row in since] == ["Amendment 1 (2026-11-17)"] * 4
    assert Counter(row["Amended"] for row in since) == {
        "Dismissed": 1, "Corrected (Severity)": 1, "Restored": 1, "Added": 1
    }  # fmt: skip
    assert sum(int(row["Counts"]) for row in as_issued) == 4
    assert sum(int(row["Counts"]) for row in found) == 5
    told = {row["Alert"]: row["Amended"] for row in as_issued if row["Amended"]}
    assert told[alert(1).id] == "Amendment 1 (2026-11-17): Dismissed"
    # The line of the corrected one is as it was issued; the amendment has it as it is.
    (before,) = [row for row in as_issued if row["Alert"] == alert(2).id]
    (after,) = [row for row in since if row["Alert"] == alert(2).id]
    assert (before["Severity"], after["Severity"]) == (WORDS[alert(2).severity][0], "Info")


def test_no_cell_is_run_as_a_formula():
    found = rows([statement(alert(1, plate=EVIL, company="@SUM(A1)", what={"en": "+1"}))])
    assert (found[0]["Plate"], found[0]["Company"], found[0]["Evidence"]) == ("'" + EVIL, "'@SUM(A1)", "'+1")


def test_a_file_of_a_district_holds_that_district_alone():
    found = rows(amended(), districts=frozenset({"D1"}))
    assert alert(6).id not in {row["Alert"] for row in found}
    assert sum(int(row["Counts"]) for row in found) == 4
    shown = features(amended(), districts=frozenset({"D2"}))
    assert [one["id"] for one in shown["features"]] == [alert(6).id]


@pytest.mark.parametrize("language", LANGUAGES)
def test_points_are_the_violations_and_what_was_amended_is_told(language):
    found = features(amended(), language=language)
    assert (found["type"], found["period"], found["number"], found["provisional"]) == (
        "FeatureCollection", "2026-W46", 1, False
    )  # fmt: skip
    assert found["issued"] == ["2026-11-16T09:00:00.000+08:00", "2026-11-17T09:00:00.000+08:00"]
    told = {one["id"]: one["properties"] for one in found["features"]}
    assert told.keys() == {alert(n).id for n in range(1, 7)}
    assert {key for key, one in told.items() if not one["counts"]} == {alert(1).id}
    assert [one["kind"] for one in told[alert(6).id]["amended"]] == ["added"]
    assert told[alert(2).id]["amended"][0]["fields"] == ["severity"]
    assert told[alert(3).id]["what"] == alert(3).what[language]


def test_a_violation_without_a_place_is_there_all_the_same():
    found = features([statement(alert(1), alert(2, lon=None, lat=None))])
    by_id = {one["id"]: one["geometry"] for one in found["features"]}
    assert by_id[alert(1).id] == {"type": "Point", "coordinates": [alert(1).lon, alert(1).lat]}
    assert by_id[alert(2).id] is None


def test_what_is_not_issued_says_so():
    found = [statement(alert(1), is_provisional=True)]
    assert rows(found)[0]["Line"] == "Provisional"
    assert (features(found)["provisional"], features(found)["issued"]) == (True, [])


def test_made_again_the_bytes_are_the_same_and_a_period_without_anything_is_a_file():
    for make in (violations_csv, violations_geojson):
        given = {"language": "zh", "districts": None}
        assert make(amended(), **given) == make(amended(), **given)
        assert make([statement()], **given)
    assert rows([statement()]) == []
    assert features([statement()])["features"] == []


def test_every_column_has_a_heading_in_both_languages():
    assert set(COLUMNS) <= WORDS.keys()
