"""Rows of a sheet as edits of a registry: what is added, changed, left alone and refused."""

import json
from zoneinfo import ZoneInfo

import pytest

from domain.registry import Registry, check
from domain.registry_edits import Edit, applied
from domain.sheet_columns import COLUMNS
from domain.sheet_edits import read_edits, written_rows
from exports.csv_file import csv_file
from tests.domain.full_registry import full_document

CHINA = ZoneInfo("Asia/Shanghai")
KNOWN = {
    "version": 1,
    "companies": [{"id": "C1", "name": "安运渣土"}],
    "vehicles": [
        {"id": "V1", "kind": "muck_truck", "plate": "川A11111", "plate_color": "yellow", "device_id": "T1",
         "max_load_t": 20},
        {"id": "V2", "kind": "sweeper", "plate": "川A22222", "device_id": "T2"},
    ],
    "zones": [
        {"id": "Z1", "kind": "source_site", "name": "东湖工地", "radius_m": 50,
         "geometry": {"type": "Point", "coordinates": [104, 30]}},
        {"id": "Z2", "kind": "disposal_site", "name": "城北消纳场", "radius_m": 50,
         "geometry": {"type": "Point", "coordinates": [104.1, 30]}},
    ],
    "permits": [{"id": "P1", "vehicle_ids": ["V1"], "max_trip_min": 90}],
}  # fmt: skip


def edits(text, section="vehicles", known=KNOWN):
    return read_edits(text.encode(), section, known, CHINA, kind="muck_truck")


def acts(found):
    return [(row.number, row.id, row.act) for row in found.rows]


def flaws(found):
    return [[(flaw.field, flaw.message.code) for flaw in row.flaws] for row in found.rows]


def test_rows_add_and_change_by_id_or_plate_and_leave_alone_what_has_no_column():
    found = edits("车牌,企业,核定载重（吨）\n川A·11111,安运渣土,18\n川A 22222,,\n川A33333,C1,\n")
    assert acts(found) == [(2, "V1", "changed"), (3, "V2", "unchanged"), (4, "川A33333", "added")]
    assert found.rows[0].entry == {**KNOWN["vehicles"][0], "company_id": "C1", "max_load_t": 18}
    assert found.rows[2].entry == {
        "id": "川A33333", "kind": "muck_truck", "plate": "川A33333", "company_id": "C1",
    }  # fmt: skip


def test_an_empty_cell_empties_its_field():
    found = edits("车辆编号,终端\nV1,\n")
    assert "device_id" not in found.rows[0].entry
    assert found.rows[0].act == "changed"


def test_a_permit_ties_several_trucks_sites_and_hours_of_one_row():
    text = "准运证号,车辆,工地,消纳场,有效期起,有效期止,时段\nP2,川A11111；V2,东湖工地,Z2,2026/1/5,2026/6/30,22:00-6:00\n"
    found = edits(text, "permits")
    assert found.rows[0].entry == {
        "id": "P2", "vehicle_ids": ["V1", "V2"], "source_zone_ids": ["Z1"], "disposal_zone_ids": ["Z2"],
        "valid_from": "2026-01-05", "valid_to": "2026-06-30", "windows": [{"from": "22:00", "to": "06:00"}],
    }  # fmt: skip


def test_what_a_document_would_be_refused_for_is_said_at_the_row_and_the_column():
    text = (
        "准运证号,车辆,消纳场,有效期起,有效期止,时段\nP2,V1,Z1,2026-06-30,2026-01-05,\nP3,V1,,,,25:00-26:00\n"
    )
    found = edits(text, "permits")
    assert flaws(found) == [
        [("disposal_zone_ids", "other_zone_kind"), ("valid_to", "ends_too_early")],
        [("windows", "no_clock"), ("windows", "no_clock")],
    ]
    assert (found.headings["valid_to"], found.ignored) == ("有效期止", ())


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        pytest.param("车牌,企业\n川A9,谁\n", [[("company_id", "unknown")]], id="a company nobody knows"),
        pytest.param("车牌,状态\n,正式\n", [[(None, "row_without_id")]], id="neither id nor plate"),
        pytest.param("车牌\n川A9\n川A·9\n", [[], [(None, "row_twice")]], id="a plate twice"),
        pytest.param("车辆编号,车牌\nV9,川A11111\n", [[("plate", "plate_of_other")]], id="another's plate"),
        pytest.param("车牌,载重\n川A9,1,2\n", [[(None, "more_cells")]], id="a comma too many"),
        pytest.param("车牌,载重\n川A9,-3\n", [[("max_load_t", "not_positive")]], id="less than nothing"),
        pytest.param("车牌,终端\n川A9,1.38E+11\n", [[("device_id", "no_device_id")]], id="a mangled number"),
        pytest.param("车牌,终端\n川A9,T1\n", [[("device_id", "device_twice")]], id="another's terminal"),
    ],
)
def test_a_row_is_refused_with_its_reason(text, wanted):
    assert flaws(edits(text)) == wanted


def test_who_has_the_terminal_is_named():
    found = edits("车牌,终端\n川A9,T1\n")
    assert "V1" in found.rows[0].flaws[0].message.said("zh")


def test_two_trucks_may_swap_their_terminals():
    found = edits("车辆编号,终端\nV1,T2\nV2,T1\n")
    assert acts(found) == [(2, "V1", "changed"), (3, "V2", "changed")]


def test_a_row_that_rests_on_a_refused_one_is_refused_too():
    found = edits("车辆编号,终端,企业\nV1,T9,谁\nV3,T1,\n")
    assert flaws(found) == [[("company_id", "unknown")], [("device_id", "device_twice")]]


def test_headings_without_meaning_are_named():
    assert edits("序号,车牌,备注,\n1,川A9,x,\n").ignored == ("序号", "备注")


def test_what_is_taken_makes_a_document_that_passes():
    found = edits("车牌,企业,终端\n川A·9,安运渣土,T9\n川A8,谁,T8\n")
    taken = [Edit(kind="vehicles", id=row.id, entry=row.entry) for row in found.rows if not row.flaws]
    assert isinstance(check(json.dumps(applied(KNOWN, taken)).encode()), Registry)


@pytest.mark.parametrize("section", COLUMNS)
@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("known", [KNOWN, full_document()], ids=["small", "full"])
def test_what_is_written_reads_back_as_nothing_changed(section, language, known):
    header = [column.heading(language) for column in COLUMNS[section]]
    content = csv_file(header, written_rows(section, known, language))
    found = read_edits(content, section, known, CHINA, kind="muck_truck")
    assert {row.act for row in found.rows} == {"unchanged"}
    assert len(found.rows) == len(known[section])
    assert found.ignored == ()
