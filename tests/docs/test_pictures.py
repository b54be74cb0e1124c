"""The pictures of docs/RULES.md show what the engine says today, and the numbers beside them are the code's."""

import re
from html import unescape
from pathlib import Path

import pytest

from alerts.parameters import KINDS
from domain.rule import RuleKind
from scripts.rule_pictures.case import Case, Side, WrongVerdictError, judge_case
from scripts.rule_pictures.catalogue import CASES

ROOT = Path(__file__).resolve().parents[2]
PICTURES = ROOT / "docs" / "pictures"
RULES = (ROOT / "docs" / "RULES.md").read_text(encoding="utf-8")
LARGEST_BYTES = 60_000

every_kind = pytest.mark.parametrize("kind", list(KINDS), ids=str)


def test_every_judged_kind_has_a_case_and_a_picture_in_the_rules_page():
    shown = re.findall(r"\(pictures/([a-z_]+)\.svg\)", RULES)
    assert sorted(shown) == sorted(KINDS) == sorted(CASES)
    assert sorted(path.stem for path in PICTURES.iterdir()) == sorted(KINDS)


@every_kind
def test_the_engine_flags_the_one_side_and_not_the_other(kind: RuleKind):
    flagged, near_miss = judge_case(CASES[kind]())
    assert [each.rule for each in flagged.findings] == [kind]
    assert list(near_miss.findings) == []


def test_a_picture_that_the_engine_contradicts_is_refused():
    case = CASES[RuleKind.SPEEDING]()

    def swapped(flagged: Side, near_miss: Side) -> Case:
        return Case(kind=case.kind, flagged=flagged, near_miss=near_miss, lanes=case.lanes)

    with pytest.raises(WrongVerdictError, match="has 0 alerts"):
        judge_case(swapped(case.near_miss, case.near_miss))
    with pytest.raises(WrongVerdictError, match="near miss is flagged"):
        judge_case(swapped(case.flagged, case.flagged))


@every_kind
def test_a_picture_is_small_and_tells_its_numbers_as_text(kind: RuleKind):
    drawn = (PICTURES / f"{kind}.svg").read_bytes()
    texts = re.findall(r"<text[^>]*>([^<]*)</text>", unescape(drawn.decode()))
    assert len(drawn) < LARGEST_BYTES
    assert {CASES[kind]().flagged.caption, CASES[kind]().near_miss.caption} <= set(texts)


@every_kind
def test_drawing_again_gives_the_same_bytes(kind: RuleKind):
    pytest.importorskip("matplotlib", reason="the pictures are drawn with the docs extra")
    from scripts.rule_pictures.picture import render

    assert render(CASES[kind]()) == (PICTURES / f"{kind}.svg").read_bytes()


@every_kind
def test_the_page_names_every_parameter_with_its_default(kind: RuleKind):
    row = next(line for line in RULES.splitlines() if line.startswith(f"| `{kind}` |"))
    observation = RULES[RULES.index("## 1. Observation") : RULES.index("## 2. Vehicle rules")]
    missing = [
        f"`{name}` {default:g}"
        for name, default in KINDS[kind].params.items()
        if f"`{name}` {default:g}" not in row
        and not (name == "exit_buffer_m" and f"`{name}` {default:g}" in observation)
    ]
    assert missing == []


@every_kind
def test_the_page_names_no_parameter_that_the_kind_has_not(kind: RuleKind):
    row = next(line for line in RULES.splitlines() if line.startswith(f"| `{kind}` |"))
    named = dict(re.findall(r"`([a-z]\w*_(?:s|m|n|h|kmh))` (\d+)", row))
    assert set(named) <= set(KINDS[kind].params)
