"""The bulletin as a Word file: a template, its tags and its pictures.

Without a template of the city's own it is the ready-made one of the language (`scripts/make_bulletin_template.py`).
The same bulletin, template and fonts give the same bytes.
"""

from importlib import resources
from io import BytesIO
from typing import TYPE_CHECKING

import msgspec

from exports.bulletin.bulletin import Bulletin
from exports.bulletin.charts import charts
from exports.bulletin.docx_seal import sealed
from exports.bulletin.docx_template import fill, opened
from exports.bulletin.said import said
from exports.bulletin.tags import ChartsTag
from exports.pictures.bars import WIDTH_MM
from exports.pictures.ground import Ground
from exports.pictures.lettering import Lettering, lettering
from exports.words import Language

if TYPE_CHECKING:
    from docxtpl import DocxTemplate, InlineImage

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


def ready_made(language: Language) -> bytes:
    """The template that comes with the service, to be edited."""
    return resources.files("exports.bulletin").joinpath("templates", f"bulletin.{language}.docx").read_bytes()


def file_name(bulletin: Bulletin, language: Language) -> str:
    """What the file is called where nobody says otherwise."""
    provisional = "-provisional" if bulletin.is_provisional else ""
    return f"haulwatch-bulletin-{bulletin.period.name}{provisional}-{language}.docx"


def bulletin_docx(
    bulletin: Bulletin,
    *,
    language: Language,
    template: bytes | None = None,
    ground: Ground | None = None,
    organ: str = "",
    letters: Lettering | None = None,
) -> bytes:
    """The file; `template` None takes the ready-made one, `ground` None draws no map, `organ` is who issues it.

    Takes about two seconds and is not for the event loop. Raises UnfitError for a template that cannot be filled in.
    """
    letters = letters or lettering(language)
    document = opened(ready_made(language) if template is None else template)
    pictures = {name: _picture(document, png) for name, png in charts(bulletin, ground, letters).items()}
    tags = said(
        bulletin,
        language=language,
        organ=organ,
        charts=ChartsTag(**{"map": "", **pictures}),
        font_notice=letters.notice or "",
    )
    fill(document, msgspec.structs.asdict(tags))
    return sealed(
        document.docx, title=f"{tags.title} {tags.period_name}", author=organ, at_ms=bulletin.stated_ms
    )


def _picture(document: "DocxTemplate", png: bytes) -> "InlineImage":
    from docx.shared import Mm  # noqa: PLC0415 -- reading it would slow every command
    from docxtpl import InlineImage  # noqa: PLC0415

    return InlineImage(document, BytesIO(png), width=Mm(WIDTH_MM))
