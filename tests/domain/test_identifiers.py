"""Credit codes with their check character, and ids that fit into MQTT topics."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.identifiers import (
    credit_check_character,
    credit_code_problem,
    is_device_id,
    is_topic_level,
)

# Weighted sums of the 17 characters before the check character, modulo 31, by hand:
# 91350100M000100Y4 -> 1640 = 52·31 + 28 -> 31 - 28 = 3.
GOOD = ["91350100M000100Y43", "000000000000000000", "100000000000000000"[:17] + "Y"]
ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
BODIES = st.text(alphabet=ALPHABET, min_size=17, max_size=17)


@pytest.mark.parametrize("code", GOOD)
def test_a_credit_code_with_its_check_character_is_right(code):
    assert credit_code_problem(code) is None


@pytest.mark.parametrize(
    "code",
    [
        pytest.param("", id="empty"),
        pytest.param("91350100M000100Y4", id="one-short"),
        pytest.param("91350100M000100Y433", id="one-long"),
        pytest.param("91350100m000100y43", id="lower-case"),
        pytest.param("91350100M000100Y44", id="check-character"),
        pytest.param("91350100M000100Y4I", id="letter-without-value"),
        pytest.param("9135010OM000100Y43", id="letter-o-for-0"),
        pytest.param("９1350100M000100Y43", id="full-width-digit"),
        pytest.param("91350100M000100Y4 ", id="space"),
    ],
)
def test_what_is_no_credit_code_says_why(code):
    assert credit_code_problem(code)


@given(BODIES)
def test_the_check_character_makes_a_credit_code(body):
    assert credit_code_problem(body + credit_check_character(body)) is None


@given(BODIES, st.integers(0, 17), st.sampled_from(ALPHABET))
def test_one_wrong_character_never_passes(body, place, character):
    code = body + credit_check_character(body)
    wrong = code[:place] + character + code[place + 1 :]
    assert (credit_code_problem(wrong) is None) == (wrong == code)


@given(BODIES, st.integers(0, 16))
def test_two_neighbours_exchanged_never_pass(body, place):
    code = body + credit_check_character(body)
    wrong = code[:place] + code[place + 1] + code[place] + code[place + 2 :]
    assert (credit_code_problem(wrong) is None) == (wrong == code)


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        pytest.param("T0001", True, id="plain"),
        pytest.param("a-Z_9", True, id="every-kind"),
        pytest.param("A" * 64, True, id="longest"),
        pytest.param("A" * 65, False, id="too-long"),
        pytest.param("", False, id="empty"),
        pytest.param("T 1", False, id="space"),
        pytest.param("T/1", False, id="slash"),
        pytest.param("苏E", False, id="other-script"),
        pytest.param("T1\n", False, id="newline"),
    ],
)
def test_a_device_id_is_a_plain_topic_level(text, is_one):
    assert is_device_id(text) is is_one


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        pytest.param("320583", True, id="code"),
        pytest.param("昆山市", True, id="other-script"),
        pytest.param("a b", False, id="space"),
        pytest.param("a*", False, id="wildcard-of-nats"),
        pytest.param("", False, id="empty"),
        pytest.param("a/b", False, id="slash"),
        pytest.param("+", False, id="plus"),
        pytest.param("#", False, id="hash"),
        pytest.param("\0", False, id="null-character"),
    ],
)
def test_a_topic_level_has_no_wildcard_and_no_slash(text, is_one):
    assert is_topic_level(text) is is_one
