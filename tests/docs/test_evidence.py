"""The page on the wire format names every field of evidence, as the code has them."""

import re
from pathlib import Path
from typing import get_args

from alerts.evidence import Evidence

PAGE = Path(__file__).resolve().parents[2] / "docs" / "WIRE.md"


def evidence_table() -> str:
    """The table of docs/WIRE.md, as the code has it."""
    rows = ["| `type` | Fields |", "|---|---|"]
    for kind in get_args(Evidence):
        fields = ", ".join(f"`{name}`" for name in kind.__struct_fields__)
        rows.append(f"| `{kind.__struct_config__.tag}` | {fields} |")
    return "\n".join(rows)


def test_the_evidence_table_of_the_wire_page_is_the_one_of_the_code():
    found = re.search(r"<!-- evidence: .*? -->\n(.*?)\n<!-- end", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert found is not None
    assert found[1] == evidence_table()
