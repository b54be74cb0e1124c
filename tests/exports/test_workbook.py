"""The workbook, read back: its sheets, that its totals tie, that it is the same made again, and what it refuses to be."""

import hashlib
import io
import os
import re
import subprocess
import sys
import zipfile
from collections import Counter
from datetime import datetime
from pathlib import Path

import openpyxl
import pytest
from msgspec.structs import replace
from xlsxwriter.worksheet import Worksheet

from domain.instant import DAY_MS
from domain.localtime import local_rfc3339
from domain.period import read_period
from exports.statement import StatedAlert, Statement
from exports.within import within
from exports.workbook import workbook
from exports.workbook.quick_cells import QuickSheet
from tests.exports.stated import ZONE, alert, big_statement, case, statement

LINK = "https://haulwatch.example.cn"
SHEETS = {
    "zh": ["概览", "按企业", "按辖区", "按规则", "按车辆和监测点", "全部违规", "超期案件", "撤回、排除与补判", "收数对账", "说明"],
    "en": [
        "Summary", "By company", "By district", "By rule", "By vehicle and station", "Violations", "Overdue cases",
        "Withdrawn and late", "Loss account", "Notes",
    ],
}  # fmt: skip
AMENDMENTS = {"zh": "更正表", "en": "Amendments"}
TOTAL = {"zh": "合计", "en": "Total"}
COUNTED = 4
"""The sheets after the first that count."""


def made(
    *statements: Statement, language: str = "en", districts: frozenset[str] | None = None, link: str = LINK
) -> bytes:
    return workbook(statements, language=language, districts=districts, link=link)


def opened(content: bytes, *, formulas: bool = False) -> openpyxl.Workbook:
    return openpyxl.load_workbook(io.BytesIO(content), data_only=not formulas)


def lines(sheet) -> list[dict[str, object]]:
    """The lines of a sheet by the names of its columns."""
    names = [cell.value for cell in sheet[5]]
    found = []
    for row in sheet.iter_rows(min_row=6, values_only=True):
        if row[0] is None or row[0] in TOTAL.values():
            break
        found.append(dict(zip(names, row, strict=True)))
    return found


def total_of(sheet, column: str) -> object:
    """What the line of totals says of a column."""
    names = [cell.value for cell in sheet[5]]
    row = next(row for row in sheet.iter_rows(min_row=6) if row[0].value in TOTAL.values())
    return row[names.index(column)].value


def parts(content: bytes) -> dict[str, bytes]:
    """The sheets of a workbook as they are in its file, by number."""
    with zipfile.ZipFile(io.BytesIO(content)) as file:
        return {
            name: file.read(name) for name in file.namelist() if re.fullmatch(r"xl/worksheets/\w+\.xml", name)
        }


@pytest.fixture(scope="module")
def week() -> Statement:
    return big_statement(150)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_sheet_is_there_by_its_name(week, language):
    assert opened(made(week, language=language)).sheetnames == SHEETS[language]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_totals_of_all_sheets_are_the_number_of_violations(week, language):
    book = opened(made(week, language=language))
    violations = sum(one.counts for one in week.alerts)
    column = {"zh": "违规数", "en": "Violations"}[language]
    for name in SHEETS[language][1 : 1 + COUNTED]:
        assert sum(line[column] for line in lines(book[name])) == violations, name
        assert total_of(book[name], column) == violations, name
    assert len(lines(book[SHEETS[language][5]])) == violations


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_notes_show_that_every_total_ties(week, language):
    notes = opened(made(week, language=language))[SHEETS[language][-1]]
    violations = sum(one.counts for one in week.alerts)
    said = " ".join(str(row[1]) for row in notes.iter_rows(values_only=True))
    assert {"en": "background values of areas", "zh": "区域背景值"}[language] in said
    tied = [row for row in notes.iter_rows(values_only=True) if row[1] == violations]
    assert len(tied) == 8
    assert all(row[2] is not None and row[2].startswith("✓") for row in tied[1:])


@pytest.mark.parametrize(("language", "period"), [("zh", "2026年10月"), ("en", "October 2026")])
def test_a_month_is_called_as_people_call_it(language, period):
    book = opened(made(statement(period=read_period("2026-10")), language=language))
    assert book.properties.title.endswith(period)
    assert book[SHEETS[language][0]]["A2"].value.startswith(period)


def test_groups_are_those_of_the_violations_counted_by_hand(week):
    book = opened(made(week))
    standing = [one for one in week.alerts if one.counts]
    by_company = Counter(one.company for one in standing)
    told = {line["Company"]: line["Violations"] for line in lines(book["By company"])}
    assert told == {name or "(of no company)": n for name, n in by_company.items()}
    by_severity = Counter(one.severity for one in standing)
    for severity in ("critical", "major", "minor", "info"):
        for name in SHEETS["en"][1 : 1 + COUNTED]:
            assert (total_of(book[name], severity.capitalize()) or 0) == by_severity[severity], (
                name,
                severity,
            )
    by_plate = Counter(one.plate or one.station for one in standing)
    subjects = {
        line["Vehicle or station"]: line["Violations"] for line in lines(book["By vehicle and station"])
    }
    assert {name: n for name, n in subjects.items() if n} == by_plate


def test_totals_are_formulas_that_say_what_their_values_say(week):
    content = made(week)
    formulas, values = opened(content, formulas=True)["By rule"], opened(content)["By rule"]
    found = 0
    for row in formulas.iter_rows(min_row=6):
        for cell in row:
            if isinstance(cell.value, str) and cell.value.startswith("=SUM"):
                first, last = re.fullmatch(r"=SUM\((\w+):(\w+)\)", cell.value).groups()
                cells = values[first:last]
                assert sum(each[0].value for each in cells) == values[cell.coordinate].value
                found += 1
    assert found == 7


def test_a_violation_is_a_line_with_real_times_and_a_link_to_its_page(week):
    sheet = opened(made(week))["Violations"]
    standing = [one for one in week.alerts if one.counts]
    told = lines(sheet)
    for line, one in zip(told, standing, strict=True):
        started = datetime.fromisoformat(local_rfc3339(one.started_ms, ZONE)).replace(
            tzinfo=None, microsecond=0
        )
        assert line["Started"] == started
        assert line["What happened"] == one.what["en"]
    links = [row[1].hyperlink.target for row in sheet.iter_rows(min_row=6, max_row=5 + len(told))]
    assert links == [f"{LINK}/?page=alert&alert={one.id}" for one in standing]


def test_without_an_address_of_the_page_there_are_no_links(week):
    sheet = opened(made(week, link=""))["Violations"]
    assert sheet["B6"].hyperlink is None
    assert sheet["B6"].value == next(one for one in week.alerts if one.counts).id[:8]


def test_what_does_not_count_is_listed_apart(week):
    told = lines(opened(made(week))["Withdrawn and late"])
    why = Counter(line["Why listed"] for line in told)
    assert why["withdrawn"] == sum(one.withdrawn is not None for one in week.alerts) > 0
    dismissed = sum(one.withdrawn is None and one.case_state == "dismissed" for one in week.alerts)
    assert why["Dismissed on review"] == dismissed > 0
    assert why["Found late"] == sum(one.counts and one.found_late for one in week.alerts) > 0
    assert sum(line["Counted"] == "no" for line in told) == sum(not one.counts for one in week.alerts)


def test_overdue_cases_of_earlier_periods_are_listed_too(week):
    told = lines(opened(made(week))["Overdue cases"])
    assert {line["Case"] for line in told} == {one.id for one in week.cases if one.is_overdue}
    assert 999_999 in {line["Case"] for line in told}
    hours = [line["Overdue by (h)"] for line in told]
    assert hours == sorted(hours, reverse=True)


def test_a_deadline_that_passed_first_is_the_one_named():
    checked = case(1, state="answered", verified_ms=1, close_due_ms=10 * DAY_MS, is_overdue=True)
    unchecked = case(2, verify_due_ms=9 * DAY_MS, close_due_ms=10 * DAY_MS, is_overdue=True)
    told = lines(opened(made(statement(cases=(checked, unchecked))))["Overdue cases"])
    assert [(line["Case"], line["Deadline passed"]) for line in told] == [
        (2, "on-site check"),
        (1, "closing"),
    ]


def test_the_loss_account_says_in_a_sentence_how_complete_the_data_was(week):
    sheet = opened(made(week))["Loss account"]
    text = "\n".join(str(row[0]) for row in sheet.iter_rows(min_row=5, max_row=9, values_only=True))
    assert "840,000 reports came in: 99.0% were stored" in text
    assert "no record of a violation is not the same as no violation" in text


def test_a_share_is_never_rounded_to_all_or_nothing():
    days = tuple(
        replace(one, received=1_000_000, stored=999_999, duplicate=0, rejected=1)
        for one in statement().account
    )
    sheet = opened(made(statement(account=days)))["Loss account"]
    assert "99.9% were stored, 0.0% came twice, < 0.1% were rejected" in sheet["A5"].value


def test_on_line_rates_have_two_decimals_wherever_they_stand(week):
    book = opened(made(week))
    named = [
        cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.value == "On-line rate"
    ]
    beneath = [cell.parent.cell(cell.row + 1, cell.column) for cell in named]
    rates = [cell.number_format for cell in beneath if isinstance(cell.value, int | float)]
    assert len(rates) >= 4
    assert set(rates) == {"0.00%"}
    tiles = [cell for row in book["Summary"].iter_rows() for cell in row if cell.value == "Vehicles on line"]
    assert {book["Summary"].cell(one.row - 1, one.column).number_format for one in tiles} == {"0.00%"}
    heard = next(row[0] for row in book["Loss account"].iter_rows(min_row=6, max_row=6, values_only=True))
    assert re.search(r"\d\.\d\d%", heard)


def test_a_day_whose_account_does_not_tie_is_named():
    first, *others = statement().account
    sheet = opened(made(statement(account=(replace(first, rejected=0), *others))))["Loss account"]
    ties = [cell.value for cell in sheet["G"] if isinstance(cell.value, str) and cell.value[0] in "✓✗"]
    assert ties == ["✗ DOES NOT TIE", *["✓ ties"] * 6]


def test_the_summary_has_native_charts(week):
    with zipfile.ZipFile(io.BytesIO(made(week))) as file:
        charts = [file.read(name).decode() for name in file.namelist() if name.startswith("xl/charts/chart")]
    assert len(charts) == 4
    assert all("'Summary'!" in one or "Summary!" in one for one in charts)


def test_a_week_without_anything_is_a_workbook_without_charts_that_says_so():
    content = made(statement(account=(), fleets=()))
    with zipfile.ZipFile(io.BytesIO(content)) as file:
        assert not [name for name in file.namelist() if name.startswith("xl/charts/")]
    book = opened(content)
    assert book.sheetnames == SHEETS["en"]
    assert any("No violations" in str(cell.value) for cell in book["Summary"]["A"])
    assert book["Violations"]["A6"].value == "None in this period."


def test_texts_that_look_like_formulas_or_links_stay_texts():
    bad = ["=1+1", "+cmd|'/c calc'!A1", "@SUM(A1)", "http://evil.example", "{=A1}", "\x01\x02", "x" * 40_000]
    stated = [
        alert(n, company=text, company_id=f"C{n}", what={"en": text}, site=text, severity="minor")
        for n, text in enumerate(bad, 1)
    ]
    content = made(statement(*stated, fleets=()))
    book, values = opened(content, formulas=True), opened(content)
    kinds = {
        cell.data_type
        for row in book["Violations"].iter_rows(min_row=6)
        for cell in row
        if cell.value is not None
    }
    assert "f" not in kinds
    assert {
        one.target
        for one in (cell.hyperlink for row in book["Violations"].iter_rows() for cell in row)
        if one
    } == {f"{LINK}/?page=alert&alert={one.id}" for one in stated}
    said = {line["What happened"] for line in lines(values["Violations"])}
    assert {"=1+1", "+cmd|'/c calc'!A1", "@SUM(A1)", "http://evil.example", "{=A1}", "x" * 32_767} <= said
    assert not [cell for cell in book["By company"]["A"] if cell.data_type == "f"]


def test_every_sheet_is_set_up_for_paper_and_keeps_its_headings_in_sight(week):
    book = opened(made(week))
    for sheet in book:
        assert (sheet.page_setup.orientation, int(sheet.page_setup.paperSize)) == ("landscape", 9), (
            sheet.title
        )
        assert (sheet.page_setup.fitToHeight, sheet.sheet_properties.pageSetUpPr.fitToPage) == (0, True)
        assert "&P / &N" in sheet.oddFooter.right.text or "&P" in str(sheet.oddFooter.right.text)
    for name in SHEETS["en"][1:8]:
        assert book[name].freeze_panes.endswith("6"), name
        assert book[name].auto_filter.ref is not None, name


def test_a_running_week_is_marked_on_every_sheet_and_every_printed_page(week):
    book = opened(made(replace(week, is_provisional=True)))
    for sheet in book:
        assert sheet["A3"].value.startswith("Provisional"), sheet.title
        assert "PROVISIONAL" in sheet.oddFooter.left.text
    assert all(sheet["A3"].value is None for sheet in opened(made(week)))


def test_a_footer_that_names_more_districts_than_fit_is_cut_and_still_says_that_it_is_provisional():
    names = [f"R&D district of the long name {number}" for number in range(40)]
    stated = statement(
        *(alert(n, district_id=f"D{n}", district=name) for n, name in enumerate(names)), is_provisional=True
    )
    content = workbook([stated], language="en", districts=frozenset(f"D{n}" for n in range(40)), link="")
    for sheet in opened(content):
        assert sheet.oddFooter.left.text.startswith("PROVISIONAL"), sheet.title
        assert sheet.oddFooter.left.text.endswith("…")


def test_made_again_it_is_the_same_to_the_byte_in_any_process(week):
    code = (
        "import hashlib, sys; from tests.exports.stated import big_statement; from exports.workbook import workbook;"
        f"print(hashlib.sha256(workbook([big_statement(150)], language='en', districts=None, link={LINK!r})).hexdigest())"
    )
    root = Path(__file__).parents[2]
    found = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONHASHSEED": seed, "TZ": zone},
            cwd=root,
            capture_output=True,
            check=True,
            text=True,
        ).stdout.strip()
        for seed, zone in (("1", "UTC"), ("2", "America/New_York"))
    }
    assert found == {hashlib.sha256(made(week)).hexdigest()}


def test_quick_cells_are_the_bytes_of_slow_ones(week, monkeypatch):
    def one_by_one(self, first_row, col, values, write):
        for row, value in enumerate(values, first_row):
            write(row, value)

    quick = made(*amended(week))
    monkeypatch.setattr(QuickSheet, "write_values", one_by_one)
    for name in ("_write_rows", "_calculate_spans"):
        monkeypatch.setattr(QuickSheet, name, getattr(Worksheet, name))
    assert made(*amended(week)) == quick


def test_an_alert_that_was_changed_twice_is_linked_twice(week):
    first = counting(week)[0]
    once, twice = (
        replace(
            week,
            number=number,
            alerts=tuple(
                replace(one, revision=number + 1, severity=severity) if one.id == first.id else one
                for one in week.alerts
            ),
        )
        for number, severity in ((1, "critical"), (2, "info"))
    )
    sheet = opened(made(week, once, twice))["Amendments"]
    linked = [cell.hyperlink.target for row in sheet.iter_rows() for cell in row if cell.hyperlink]
    assert linked == [f"{LINK}/?page=alert&alert={first.id}"] * 2


def counting(week: Statement) -> list[StatedAlert]:
    """The first two that count."""
    return [one for one in week.alerts if one.counts][:2]


def amended(week: Statement) -> tuple[Statement, Statement, Statement]:
    """Two amendments: one withdrawn and one found late; then one corrected."""
    first, second = counting(week)
    others = [one for one in week.alerts if one not in (first, second)]
    gone = replace(first, revision=2, withdrawn="later reports contradict it")
    new = alert(77_777, found_late=True, severity="major")
    after = sorted([gone, second, *others, new], key=lambda one: (one.detected_ms, one.id))
    one = replace(week, number=1, stated_ms=week.stated_ms + DAY_MS, alerts=tuple(after))
    graver = {second.id: replace(second, revision=2, severity="critical")}
    two = replace(
        one,
        number=2,
        stated_ms=one.stated_ms + DAY_MS,
        alerts=tuple(graver.get(each.id, each) for each in one.alerts),
    )
    return week, one, two


@pytest.mark.parametrize("language", ["zh", "en"])
def test_amendments_are_a_sheet_of_their_own_and_change_nothing_else(week, language):
    plain, changed = made(week, language=language), made(*amended(week), language=language)
    assert opened(changed).sheetnames == [*SHEETS[language], AMENDMENTS[language]]
    before, after = parts(plain), parts(changed)
    assert {name: after[name] for name in before} == before
    assert len(after) == len(before) + 1


def test_amendments_list_exactly_what_differs_and_what_it_comes_to(week):
    statements = amended(week)
    sheet = opened(made(*statements))["Amendments"]
    rows = list(sheet.iter_rows(min_row=7, values_only=True))
    violations = sum(one.counts for one in week.alerts)
    assert [row[2:6] for row in rows[1:4]] == [
        (None, None, None, violations),
        (1, 1, 0, violations),
        (0, 0, 1, violations),
    ]
    at = next(n for n, row in enumerate(rows) if row[1] == "Change")
    listed = [(row[0], row[1], row[2], row[12]) for row in rows[at + 1 : at + 4]]
    assert sorted(listed, key=repr) == sorted(
        [
            (1, "Withdrawn", -1, counting(week)[0].id),
            (1, "Added", 1, str(alert(77_777).id)),
            (2, "Corrected", 0, counting(week)[1].id),
        ],
        key=repr,
    )
    reasons = {row[1]: row[10] for row in rows[at + 1 : at + 4]}
    assert reasons["Withdrawn"] == "later reports contradict it"
    assert "→ Critical" in reasons["Corrected"]
    assert rows[at + 4][0] == "Total"


def test_why_people_dismissed_an_alert_stands_in_the_amendments_and_among_what_does_not_count(week):
    dismissed = replace(
        counting(week)[0], case_id=5, case_state="dismissed", dismissed_because="照片显示已覆盖"
    )
    alerts = tuple(dismissed if one.id == dismissed.id else one for one in week.alerts)
    after = replace(week, number=1, stated_ms=week.stated_ms + DAY_MS, alerts=alerts)
    rows = list(opened(made(week, after))["Amendments"].iter_rows(min_row=7, values_only=True))
    assert [(row[1], row[10]) for row in rows if row[12] == dismissed.id] == [("Dismissed", "照片显示已覆盖")]
    told = lines(opened(made(after))["Withdrawn and late"])
    reasons = [line["Reason"] for line in told if line["Alert id"] == dismissed.id]
    assert reasons == ["照片显示已覆盖"]


def test_an_amendment_that_changes_nothing_here_is_no_sheet(week):
    other = next(one for one in week.alerts if one.counts and one.district_id == "D2")
    alerts = tuple(
        replace(one, revision=2, withdrawn="later reports contradict it") if one is other else one
        for one in week.alerts
    )
    later = replace(week, number=1, alerts=alerts)
    assert "Amendments" in opened(made(week, later)).sheetnames
    assert "Amendments" not in opened(made(week, later, districts=frozenset({"D1"}))).sheetnames


def test_one_district_reads_nothing_of_another(week):
    mine = frozenset({"D1"})
    content = made(week, districts=mine)
    book = opened(content)
    violations = [one for one in week.alerts if one.counts and one.district_id == "D1"]
    assert len(lines(book["Violations"])) == len(violations) > 0
    assert total_of(book["By rule"], "Violations") == len(violations)
    others = {one.id for one in week.alerts if one.district_id != "D1"}
    text = {str(cell.value) for sheet in book for row in sheet.iter_rows() for cell in row}
    assert not text & others
    assert not text & {"青羊区", "成华区"}
    assert within(week, mine).account == ()
    assert any("whole city" in one for one in text)
