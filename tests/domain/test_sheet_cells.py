"""Cells as people write them: dates, numbers, words, hours and names."""

from zoneinfo import ZoneInfo

import pytest

from domain.document import UnfitError
from domain.sheet_cells import Code, Day, Named, NamedList, Number, Plate
from domain.sheet_columns import COLORS, KINDS
from domain.sheet_hours import Hours
from domain.sheet_names import Names

CHINA = ZoneInfo("Asia/Shanghai")
NAMES = Names(
    {
        "vehicles": [{"id": "V1", "plate": "川A12345"}, {"id": "V2", "plate": "川B77777"}],
        "companies": [
            {"id": "C1", "name": "安运渣土"},
            {"id": "C2", "name": "同名"},
            {"id": "C3", "name": "同名"},
        ],
        "zones": [
            {"id": "Z1", "name": "东湖，一期", "kind": "source_site"},
            {"id": "Z2", "name": "城北", "kind": "disposal_site"},
            {"id": "Z3", "name": "城北", "kind": "no_go"},
        ],
    }
)
WEEK = ["mon", "tue", "wed", "thu", "fri"]
NIGHT = {"from": "22:00", "to": "06:00"}


def read(cell, text):
    return cell.read(text, NAMES, CHINA)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2026-01-05", "2026-01-05"),
        ("2026/1/5", "2026-01-05"),
        ("2026.1.5", "2026-01-05"),
        ("2026年1月5日", "2026-01-05"),
        ("２０２６／１／５", "2026-01-05"),
        ("20260105", "2026-01-05"),
        ("2026/1/5 0:00", "2026-01-05"),
        ("2026/1/5 8:30", "2026-01-05T00:30:00.000Z"),
        ("46027", "2026-01-05"),
        ("2026-01-05T08:30:00+08:00", "2026-01-05T08:30:00+08:00"),
        ("长期", None),
    ],
)
def test_days_are_read_as_spreadsheets_show_them(text, value):
    assert read(Day(), text) == value


def test_the_last_minute_of_a_last_day_is_that_day():
    assert read(Day(is_last=True), "2026/1/5 23:59:59") == "2026-01-05"
    assert read(Day(), "2026/1/5 23:59:59") == "2026-01-05T15:59:59.000Z"


@pytest.mark.parametrize(
    ("text", "code"),
    [("1/5/2026", "unclear_date"), ("5-1-26", "unclear_date"), ("2026-02-30", "cell_no_date"),
     ("明年", "cell_no_date"), ("2026-01-05 25:00", "cell_no_date")],
)  # fmt: skip
def test_a_day_that_is_none_or_could_be_two_is_refused(text, code):
    with pytest.raises(UnfitError) as refused:
        read(Day(), text)
    assert refused.value.message.code == code


@pytest.mark.parametrize(
    ("text", "value"), [("12.5", 12.5), ("12.5吨", 12.5), ("12 t", 12), ("1,200", 1200), ("１２．５", 12.5)]
)
def test_numbers_are_read_with_their_unit_and_without(text, value):
    assert read(Number(("t", "吨")), text) == value


@pytest.mark.parametrize("text", ["十二", "12 kg", "1-2", "12.5.3", "NaN"])
def test_what_is_no_number_is_refused(text):
    with pytest.raises(UnfitError):
        read(Number(("t", "吨")), text)


@pytest.mark.parametrize("text", ["川A·12345", "川A 12345", "川a12345", "川Ａ－１２３４５"])
def test_a_plate_is_read_without_what_people_put_into_it(text):
    assert read(Plate(), text) == "川A12345"


def test_a_terminal_is_read_without_spaces():
    assert read(Code(), "0138 0013 8000") == "013800138000"


@pytest.mark.parametrize(
    ("text", "word"), [("渣土车", "muck_truck"), ("Muck Truck", "muck_truck"), ("sweeper", "sweeper")]
)
def test_words_are_read_in_both_languages(text, word):
    assert read(KINDS, text) == word


def test_a_word_that_is_none_is_refused_with_those_there_are():
    with pytest.raises(UnfitError, match="黄牌"):
        read(COLORS, "紫牌")


@pytest.mark.parametrize(
    ("text", "windows"),
    [
        ("22:00-06:00", [NIGHT]),
        ("22:00~次日6:00", [NIGHT]),
        ("２２：００－６：００", [NIGHT]),
        ("22点至6点", [NIGHT]),
        ("20:00-24:00", [{"from": "20:00", "to": "24:00"}]),
        ("全天", []),
        ("每天 22:00-06:00", [NIGHT]),
        ("周一至周五 22:00-06:00", [{"days": WEEK, **NIGHT}]),
        ("工作日22:00-06:00", [{"days": WEEK, **NIGHT}]),
        ("22:00-06:00 周六、周日", [{"days": ["sat", "sun"], **NIGHT}]),
        ("mon-fri 22:00-06:00", [{"days": WEEK, **NIGHT}]),
        ("Saturday, Sunday 22:00-06:00", [{"days": ["sat", "sun"], **NIGHT}]),
        ("星期五至星期一 22:00-06:00", [{"days": ["mon", "fri", "sat", "sun"], **NIGHT}]),
        ("22:00-06:00，12:00-13:00", [NIGHT, {"from": "12:00", "to": "13:00"}]),
        ("周六 22:00-06:00；周日 12:00-13:00",
         [{"days": ["sat"], **NIGHT}, {"days": ["sun"], "from": "12:00", "to": "13:00"}]),
    ],
)  # fmt: skip
def test_hours_are_read_as_people_write_them(text, windows):
    assert read(Hours(), text) == windows


@pytest.mark.parametrize("text", ["夜间", "22:00", "周一", "22:00-06:00 节假日", "22-6", "晚10点至早6点"])
def test_hours_that_cannot_be_read_are_refused(text):
    with pytest.raises(UnfitError):
        read(Hours(), text)


@pytest.mark.parametrize("text", ["C1", "安运渣土", "安运 渣土"])
def test_an_entry_is_meant_by_its_id_or_its_name(text):
    assert read(Named("companies"), text) == "C1"


@pytest.mark.parametrize(("text", "code"), [("安达", "unknown"), ("同名", "several")])
def test_a_name_that_nobody_or_several_bear_is_refused(text, code):
    with pytest.raises(UnfitError) as refused:
        read(Named("companies"), text)
    assert refused.value.message.code == code


def test_of_zones_with_one_name_the_kind_decides():
    assert read(NamedList("zones", ("disposal_site",)), "城北") == ["Z2"]


@pytest.mark.parametrize("text", ["川A12345；川B·77777", "V1,V2", "川A 12345、V2", "V1\nV2;V1"])
def test_several_are_named_in_one_cell(text):
    assert read(NamedList("vehicles"), text) == ["V1", "V2"]


def test_a_name_with_a_comma_is_one_name():
    assert read(NamedList("zones", ("source_site",)), "东湖，一期") == ["Z1"]
