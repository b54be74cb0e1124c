"""The bulletin as a Word file, read back: its tables say what the bulletin counts, and the same is the same bytes."""

import re
import zipfile
from io import BytesIO
from pathlib import Path

import docx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import Struct
from msgspec.structs import asdict, replace

from domain.period import Period, read_period
from exports.bulletin import tags as bulletin_tags
from exports.bulletin.bulletin import Bulletin, bulletin
from exports.bulletin.docx_file import bulletin_docx, ready_made
from exports.bulletin.docx_template import fill, opened
from exports.bulletin.said import said
from exports.bulletin.summary import summary
from exports.bulletin.tags import ChartsTag
from exports.bulletin.trial import samples, try_template
from exports.pictures.lettering import lettering_of
from exports.statement import Statement
from scripts.make_bulletin_template import template as made_template
from tests.exports.stated import WEEK, alert, big_statement, day, fleet, statement

DAY_MS = 86_400_000
NO_CHARTS = ChartsTag(**dict.fromkeys(ChartsTag.__struct_fields__, ""))


def a_week_before(found: Statement) -> Statement:
    alerts = tuple(
        replace(one, started_ms=one.started_ms - 7 * DAY_MS, detected_ms=one.detected_ms - 7 * DAY_MS)
        for one in found.alerts
    )
    return replace(found, period=WEEK.before, stated_ms=found.stated_ms - 7 * DAY_MS, alerts=alerts)


@pytest.fixture(scope="module")
def week() -> Bulletin:
    return bulletin([big_statement(150)], [a_week_before(big_statement(120, seed=2))], districts=None)


def written(found: Bulletin, language: str = "zh"):
    """The Word file without its pictures, read back."""
    document = opened(ready_made(language))
    tags = said(found, language=language, organ="城管局", charts=NO_CHARTS, font_notice="")
    fill(document, asdict(tags))
    return read(document.docx)


def read(document):
    saved = BytesIO()
    document.save(saved)
    return docx.Document(saved)


def tables(document) -> dict[str, list[list[str]]]:
    """The rows of each table by its caption, without its head."""
    found, caption = {}, ""
    for part in document.element.body:
        if part.tag.endswith("}p"):
            caption = "".join(text.text or "" for text in part.iter("{*}t")) or caption
        elif part.tag.endswith("}tbl"):
            table = docx.table.Table(part, document)
            found[caption] = [[cell.text for cell in row.cells] for row in table.rows][1:]
    return found


def words(document) -> str:
    return "\n".join(paragraph.text for paragraph in document.paragraphs)


def test_the_tables_say_what_the_bulletin_counts(week):
    found = tables(written(week))
    rules = found["各类违规情况"]
    assert [int(row[1]) for row in rules[:-1]] == [one.count.n for one in week.headline.by_rule]
    assert int(rules[-1][1]) == sum(int(row[1]) for row in rules[:-1]) == week.headline.violations.n == 150
    severities = found["违规级别情况"]
    assert sum(int(row[1]) for row in severities[:-1]) == 150
    assert int(severities[-1][2]) == week.headline.violations.before == 120
    companies = next(rows for caption, rows in found.items() if caption.startswith("企业违规排名"))
    assert [(row[1], int(row[3])) for row in companies] == [
        (one.name, one.count.n) for one in week.companies.rows
    ]
    assert sum(int(row[3]) for row in companies) + week.companies.of_none.n == 150
    districts = next(rows for caption, rows in found.items() if caption.startswith("辖区违规排名"))
    assert [(row[1], int(row[2])) for row in districts] == [
        (one.name, one.count.n) for one in week.districts.rows
    ]
    offenders = found["屡次违规车辆"]
    assert [row[1] for row in offenders] == [one.plate for one in week.offenders[:20]]
    assert [int(row[4]) for row in found["违规多发点位"]] == [one.count.n for one in week.hot_spots[:20]]
    assert [row[4] for row in found["工地扬尘超标时长"]] == [f"{one.over_h:.1f}" for one in week.dust]


def test_a_rate_is_rounded_in_a_table_as_in_a_sentence(week):
    found = tables(written(week))
    sentences = "".join(summary(week, "zh"))
    told = dict(re.findall(r"(\w+率)([\d.]+%)", re.sub(r"[，；。]", " ", sentences)))
    rows = {row[0]: row[1] for caption in ("按期核查和销号", "设备在线与数据质量") for row in found[caption]}
    assert len(told) == 5
    assert told == {name: rows[name] for name in told}


def test_english_says_the_same_figures_as_chinese(week):
    chinese, english = (list(tables(written(week, language)).values()) for language in ("zh", "en"))
    assert len(chinese) == len(english)
    for one, other in zip(chinese, english, strict=True):
        assert [[cell for cell in row if cell.isdigit()] for row in one] == [
            [cell for cell in row if cell.isdigit()] for row in other
        ]


def test_the_same_bulletin_is_the_same_bytes_with_its_pictures(week):
    first, again = (bulletin_docx(week, language="zh", organ="城管局") for _ in range(2))
    assert first == again
    with zipfile.ZipFile(BytesIO(first)) as package:
        pictures = [name for name in package.namelist() if name.startswith("word/media/")]
        assert len(pictures) == 4  # no ground, no map
        assert {one.date_time for one in package.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    properties = docx.Document(BytesIO(first)).core_properties
    assert properties.author == "城管局"
    assert int(properties.created.timestamp() * 1000) == week.stated_ms


def test_a_week_in_which_nothing_happened_says_so():
    found = words(written(bulletin([statement()], (), districts=None)))
    assert found.count("本期无此类情况。") >= 4
    assert "违规0起" in found


def test_a_provisional_bulletin_says_so_on_every_page():
    running = bulletin([statement(alert(), is_provisional=True)], (), districts=None)
    section = written(running).sections[0]
    for head in (section.header, section.even_page_header):
        assert head.paragraphs[0].text.startswith("暂定稿")
    assert written(replace(running, is_provisional=False)).sections[0].header.paragraphs[0].text == ""


def test_a_month_has_its_own_title_and_number():
    month: Period = read_period("2026-10")
    found = words(written(bulletin([statement(period=month)], (), districts=None)))
    assert "渣土运输与工地扬尘监管月通报" in found
    assert "2026年第10期" in found


def test_sixty_companies_are_all_in_the_table():
    fleets = tuple(fleet(id=f"C{n}", name=f"企业{n:02}") for n in range(60))
    alerts = [alert(n, company_id=f"C{n % 60}", company=f"企业{n % 60:02}") for n in range(1, 200)]
    found = bulletin([statement(*alerts, fleets=fleets)], (), districts=None)
    rows = next(
        rows for caption, rows in tables(written(found)).items() if caption.startswith("企业违规排名")
    )
    assert len(rows) == 60


def test_an_amended_bulletin_tells_its_amendments():
    first = statement(alert(1), alert(2), alert(3))
    found = bulletin([first, replace(first, number=1, alerts=first.alerts[1:])], (), districts=None)
    (row,) = tables(written(found))["更正情况"]
    assert row[2:] == ["2", "0", "1", "0"]


def test_days_without_any_data_are_named():
    silent = day(WEEK.days[2], devices=0, received=0, stored=0, duplicate=0, rejected=0, late=0)
    found = bulletin([statement(account=(day(), silent))], (), districts=None)
    assert "11月11日未收到任何数据" in words(written(found))


@settings(max_examples=8, deadline=None)
@given(name=st.text(min_size=1, max_size=30))
def test_any_name_gives_a_document_that_opens(name):
    alerts = [alert(n, company=name, plate=name, district=name, site=name) for n in range(1, 9)]
    assert tables(written(bulletin([statement(*alerts)], (), districts=None)))


def test_any_name_is_drawn_without_a_warning():
    names = [
        "<A&B> $x_1$ \\frac",
        "شركة النقل",
        "🚚🚚",
        "a\x00b\nc",
        "纯" * 60,
        "川A·12345",
        "\u202eabc",
        "𠮷野家",
    ]
    fleets = tuple(fleet(id=f"C{n}", name=name) for n, name in enumerate(names))
    alerts = [alert(n, company_id=f"C{n}", company=name) for n, name in enumerate(names)]
    assert bulletin_docx(bulletin([statement(*alerts, fleets=fleets)], (), districts=None), language="en")


def test_without_chinese_letters_pictures_are_in_english_and_say_what_to_install(week):
    letters = lettering_of("zh", frozenset({"DejaVu Sans"}))
    content = bulletin_docx(week, language="zh", letters=letters)
    assert "fonts-noto-cjk" in words(docx.Document(BytesIO(content)))


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_ready_made_templates_are_what_their_script_makes(language):
    kept, made = (unpacked(content) for content in (ready_made(language), made_template(language)))
    assert kept == made


def unpacked(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(BytesIO(content)) as package:
        return {name: package.read(name) for name in package.namelist()}


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_ready_made_templates_pass_their_own_trial(language):
    try_template(ready_made(language), language)


def test_the_samples_of_a_trial_leave_no_list_empty():
    full, empty = (said(one, language="en", organ="", charts=NO_CHARTS, font_notice="") for one in samples())
    lists = [name for name, value in asdict(full).items() if isinstance(value, tuple)]
    assert [name for name in lists if not getattr(full, name)] == []
    assert empty.provisional
    assert empty.offenders == ()


def test_every_tag_is_in_bulletins_md():
    text = (Path(__file__).parents[3] / "docs" / "BULLETINS.md").read_text()
    named = set(re.findall(r"`(\w+)`", text))
    kinds = [bulletin_tags.Tags, *(kind for kind in vars(bulletin_tags).values() if isinstance(kind, type))]
    fields = {field for kind in kinds if issubclass(kind, Struct) for field in kind.__struct_fields__}
    assert fields - named == set()


def test_the_example_of_bulletins_md_works(week):
    document = docx.Document()
    table = document.add_table(rows=3, cols=1)
    for row, text in zip(
        table.rows,
        (
            "{%tr for row in companies[:10] if row.serious > 1 %}",
            "{{ row.name }} {{ row.n }}",
            "{%tr endfor %}",
        ),
        strict=True,
    ):
        row.cells[0].text = text
    saved = BytesIO()
    document.save(saved)
    filled = opened(saved.getvalue())
    fill(filled, asdict(said(week, language="zh", organ="", charts=NO_CHARTS, font_notice="")))
    rows = [row.cells[0].text for row in read(filled.docx).tables[0].rows]
    assert rows == [f"{one.name} {one.count.n}" for one in week.companies.rows[:10] if one.serious > 1]
