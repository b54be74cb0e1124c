"""Messages: what both languages fill in, and what none can."""

from string import Formatter

import pytest

from domain.problem import message
from domain.problem_words import SENTENCES


def filled_in(sentence: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(sentence) if name}


@pytest.mark.parametrize("code", SENTENCES)
def test_both_languages_fill_in_the_same(code):
    english, chinese = SENTENCES[code]
    assert filled_in(english) == filled_in(chinese)


def test_what_is_named_is_worded_and_what_is_quoted_is_not():
    told = message("unknown", value="'vehicles'", section="vehicles")
    assert told.said("en") == "'vehicles' is unknown: list it under $.vehicles, or correct it"
    assert told.said("zh") == "'vehicles' 未登记：请先登记到“车辆”，或改正"


def test_several_words_are_listed():
    told = message("other_zone_kind", value="'Z1'", kinds=("disposal_site", "transfer_station"))
    assert told.said("en").endswith("name one of disposal_site, transfer_station")
    assert told.said("zh").endswith("应为消纳场、转运站")


@pytest.mark.parametrize(("code", "values"), [("no_such_code", {}), ("unknown", {"value": "x"})])
def test_a_message_that_cannot_be_said_is_a_bug_where_it_is_made(code, values):
    with pytest.raises(KeyError):
        message(code, **values)
