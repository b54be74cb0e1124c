"""Sheets as spreadsheets save them: encodings, separators, titles above the headings, and files that are none."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.document import UnfitError
from domain.sheet import MOST_ROWS, read_sheet
from domain.sheet_columns import field_by_heading

FIELDS = field_by_heading("vehicles")
LINES = [["车牌号", "所属企业", "备注"], ["川A12345", "安运", "夜班"]]


def read(content):
    return read_sheet(content, FIELDS.get, ["车牌"])


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_encodings_and_separators_are_told_by_the_file_itself(separator, encoding, end):
    text = end.join(separator.join(line) for line in LINES) + end
    sheet = read(text.encode(encoding))
    assert sheet.headings == ("车牌号", "所属企业", "备注")
    assert sheet.fields == ("plate", "company_id", None)
    assert [(row.number, row.cells) for row in sheet.rows] == [(2, ("川A12345", "安运", "夜班"))]


def test_a_title_and_empty_rows_are_passed_over_and_rows_count_as_in_the_spreadsheet():
    sheet = read("锦江区渣土车登记表,,\n,,\n车牌号,所属企业,\n,,\n川A1,'安运 ,\n".encode())
    assert [(row.number, row.cells) for row in sheet.rows] == [(5, ("川A1", "安运", ""))]


@pytest.mark.parametrize(
    "heading",
    ["核定载重（吨）", "核定载重 t", "max_load_t", "Maximum Load (t)", "核定载质量", "ＭＡＸ　ＬＯＡＤ"],
)
def test_headings_are_understood_with_units_brackets_and_widths(heading):
    assert read(f"plate,{heading}\nA1,2\n".encode()).fields == ("plate", "max_load_t")


@pytest.mark.parametrize(
    ("content", "code"),
    [
        pytest.param(b"", "sheet_no_header", id="empty"),
        pytest.param(b"PK\x03\x04rest", "sheet_workbook", id="xlsx"),
        pytest.param(b"\xd0\xcf\x11\xe0rest", "sheet_workbook", id="xls"),
        pytest.param(b"\xff\xff\xff", "sheet_encoding", id="bytes"),
        pytest.param("姓名,年龄\n张,3\n".encode(), "sheet_no_header", id="another table"),
        pytest.param("车牌,车牌号\nA,B\n".encode(), "sheet_column_twice", id="a column twice"),
        pytest.param("车牌,企业\n,\n".encode(), "sheet_no_rows", id="headings alone"),
        pytest.param("车牌\n".encode() + b"A1\n" * (MOST_ROWS + 1), "sheet_too_long", id="too long"),
        pytest.param(b"plate\n" + b"x" * 200_000, "sheet_unreadable", id="an endless cell"),
    ],
)
def test_what_is_no_sheet_is_refused_with_what_to_do(content, code):
    with pytest.raises(UnfitError) as refused:
        read(content)
    assert refused.value.message.code == code


@given(st.binary(max_size=300))
def test_no_file_is_a_crash(content):
    with suppress(UnfitError):
        assert read(b"plate,kind\n" + content).rows
