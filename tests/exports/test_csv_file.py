"""CSV files: read by spreadsheets as what they say, and never run."""

import csv
import io

import pytest

from exports.csv_file import csv_file


def read(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))


@pytest.mark.parametrize(
    "given",
    ["=1+1", "+86 28", "-2", "@SUM(A1)", "\t=1", "\r=1", "  =cmd", "＝1", '=HYPERLINK("http://x")'],
)
def test_a_text_that_would_be_a_formula_is_only_shown(given):
    assert read(csv_file(["a"], [[given]]))[1] == [f"'{given}"]


@pytest.mark.parametrize(
    ("given", "written"),
    [
        (-2.5, "-2.5"),
        (7, "7"),
        (None, ""),
        ("川A12345", "川A12345"),
        ('a,"b"\nc', 'a,"b"\nc'),
        ("a=1", "a=1"),
    ],
)
def test_what_is_no_formula_stays_what_it_is(given, written):
    assert read(csv_file(["a"], [[given, "end"]]))[1] == [written, "end"]


def test_the_file_begins_with_the_mark_of_utf_8_and_ends_lines_with_crlf():
    content = csv_file(["工地"], [["a"]])
    assert content.startswith(b"\xef\xbb\xbf")
    assert content.endswith(b"a\r\n")
