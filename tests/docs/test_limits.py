"""The table of ready-made limits in docs/RULES.md is the one of the code."""

import re
from pathlib import Path

from domain.legal_limits import LEGAL_LIMITS
from haulwatch.registry_tables import terms_text

PAGE = Path(__file__).resolve().parents[2] / "docs" / "RULES.md"


def limits_table() -> str:
    rows = ["| Id | Terms | Where, stage | Source | Checked |", "|---|---|---|---|---|"]
    for limit_id, entry in LEGAL_LIMITS.items():
        where = "; ".join(filter(None, (entry.region, entry.terms.stage)))
        status = entry.checked if entry.verified else f"**disabled**: {entry.checked}"
        rows.append(f"| `{limit_id}` | {terms_text(entry)} | {where} | {entry.source} | {status} |")
    return "\n".join(rows)


def test_the_rules_page_has_every_ready_made_limit_with_its_terms_and_how_it_was_checked():
    table = re.search(r"<!-- limits: .*? -->\n(.*?)\n<!-- end", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert table is not None
    assert table[1] == limits_table()
