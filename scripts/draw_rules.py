"""Draws the pictures of docs/RULES.md: `.venv/bin/python -m scripts.draw_rules [kind …]`.

Each kind of rule gets one SVG in docs/pictures: a simulated track that the engine flags, and beside it
a near miss that it does not. A picture that the engine contradicts is not drawn.
"""

import sys
from pathlib import Path

from domain.rule import RuleKind
from scripts.rule_pictures.catalogue import CASES
from scripts.rule_pictures.picture import render

PICTURES = Path(__file__).resolve().parents[1] / "docs" / "pictures"


def main(kinds: list[str]) -> None:
    """Draw the named kinds, or all."""
    PICTURES.mkdir(exist_ok=True)
    for kind in [RuleKind(each) for each in kinds] or list(CASES):
        path = PICTURES / f"{kind}.svg"
        path.write_bytes(render(CASES[kind]()))
        print(f"{path.name}  {path.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main(sys.argv[1:])
