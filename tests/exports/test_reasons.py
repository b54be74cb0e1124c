"""Reasons of withdrawals as files say them."""

import re
from pathlib import Path

from alerts.reconcile import CONTRADICTED
from exports.reasons import REASONS, withdrawn_because

SOURCES = Path(__file__).parents[2] / "alerts"


def test_every_reason_that_the_engine_writes_has_its_words():
    written = {CONTRADICTED}
    for file in sorted(SOURCES.glob("*.py")):
        text = file.read_text(encoding="utf-8")
        written |= set(re.findall(r'withdrawn="([^"]+)"', text))
        written |= set(re.findall(r'_taken_back\([^")]*"([^"]+)"\)', text))
    assert len(written) > 5
    assert written == set(REASONS)


def test_a_reason_is_said_in_the_language_and_an_unknown_one_as_it_is():
    assert withdrawn_because(CONTRADICTED, "zh") == "迟报数据与之矛盾"
    assert withdrawn_because(CONTRADICTED, "en") == CONTRADICTED
    assert (withdrawn_because("by hand", "zh"), withdrawn_because(None, "zh")) == ("by hand", "")
