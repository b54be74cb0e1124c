"""Makes the ready-made templates of the bulletin: `.venv/bin/python -m scripts.make_bulletin_template`.

Run it after a change and commit what it writes, `exports/bulletin/templates/bulletin.{zh,en}.docx`: the same script
gives the same bytes.
"""

from pathlib import Path

from exports.bulletin.docx_seal import sealed
from scripts.bulletin_template.content import write
from scripts.bulletin_template.look import LOOKS
from scripts.bulletin_template.paper import Paper

TEMPLATES = Path(__file__).resolve().parents[1] / "exports" / "bulletin" / "templates"
_OF_NO_DAY_MS = 1_767_225_600_000


def template(language: str) -> bytes:
    """The template of a language."""
    paper = Paper(LOOKS[language])
    write(paper)
    return sealed(paper.document, title="{{ title }}", author="", at_ms=_OF_NO_DAY_MS)


if __name__ == "__main__":
    for name in LOOKS:
        path = TEMPLATES / f"bulletin.{name}.docx"
        path.write_bytes(template(name))
        print(f"{path.name}  {path.stat().st_size / 1000:.0f} kB")
