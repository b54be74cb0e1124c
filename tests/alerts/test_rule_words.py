"""Rules in words: every kind has them in both languages, with all of its own numbers."""

import re

import pytest

from alerts.parameters import KINDS
from alerts.rule_words import WORDS, rule_words
from domain.rule import RuleKind


@pytest.mark.parametrize("kind", KINDS)
def test_every_judged_kind_is_in_words_with_exactly_its_parameters(kind):
    for holds, ends in (WORDS[kind].en, WORDS[kind].zh):
        assert set(re.findall(r"\{(\w+)\}", holds + ends)) == set(KINDS[kind].params)


@pytest.mark.parametrize("kind", KINDS)
def test_the_chinese_is_chinese_and_the_english_is_not(kind):
    words = rule_words(kind, KINDS[kind].params)
    assert re.search("[\u4e00-\u9fff]", words["zh"].holds)
    assert re.search("[\u4e00-\u9fff]", words["zh"].ends)
    assert not re.search("[\u4e00-\u9fff]", words["en"].holds + words["en"].ends)


def test_the_rules_own_numbers_are_in_the_words():
    words = rule_words(RuleKind.OFF_ROUTE, {"hold_s": 45.0})
    assert "at least 45 s" in words["en"].holds
    assert "不少于 45 秒" in words["zh"].holds


def test_a_number_is_written_as_people_write_it():
    assert (
        "2.5 秒"
        in rule_words(RuleKind.SPEEDING, KINDS[RuleKind.SPEEDING].params | {"hold_s": 2.5})["zh"].holds
    )
