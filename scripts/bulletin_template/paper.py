"""A sheet of paper to write a template on: paragraphs, tables and pictures in one look, numbered by Word itself.

Sections, tables and figures count themselves, so that who takes one out leaves no gap.
"""

# ruff: noqa: SLF001 -- the library gives no other way to borders and to numbers
from collections.abc import Sequence
from dataclasses import dataclass

from docx import Document
from docx.enum.style import WD_STYLE_TYPE
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING
from docx.oxml import OxmlElement, parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.shared import Mm, Pt, RGBColor
from docx.styles.style import ParagraphStyle
from docx.table import Table
from docx.text.paragraph import Paragraph

from scripts.bulletin_template.look import RED, Look, Type

WIDTH_MM = 156
_CENTRE, _RIGHT = WD_ALIGN_PARAGRAPH.CENTER, WD_ALIGN_PARAGRAPH.RIGHT


@dataclass(frozen=True, kw_only=True)
class Column:
    """A column of a table: its head, what stands in a row, what in the sum, and how wide it is."""

    head: str
    tag: str
    width_mm: float
    total: str = ""
    is_text: bool = False


class Paper:
    """The document as it grows."""

    def __init__(self, look: Look) -> None:
        """Begin with an empty sheet."""
        self.look = look
        self.document = Document()
        self._drop_thumbnail()
        self._page()
        self._fonts()
        self._styles()
        self._ends()

    def say(self, en: str, zh: str) -> str:
        """The words of the look's language."""
        return zh if self.look.language == "zh" else en

    def text(self, text: str, style: str = "Text") -> Paragraph:
        """A paragraph."""
        return self.document.add_paragraph(text, style=style)

    def tag(self, tag: str) -> None:
        """A paragraph that holds nothing but a tag of Word's and goes away with it."""
        self.document.add_paragraph(f"{{%p {tag} %}}", style="Tag")

    def heading(self, text: str) -> None:
        """A numbered section."""
        self.document.add_paragraph(text, style="Heading 1")

    def picture(self, tag: str, caption: str) -> None:
        """A picture with its caption below."""
        self.document.add_paragraph(f"{{{{ {tag} }}}}", style="Picture")
        self.document.add_paragraph(caption, style="Figure Caption")

    def table(self, caption: str, loop: str, columns: Sequence[Column]) -> None:
        """A table of one row for each turn of a loop, its head repeated on every page."""
        self.document.add_paragraph(caption, style="Table Caption")
        has_total = any(column.total for column in columns)
        table = self.document.add_table(rows=5 if has_total else 4, cols=len(columns))
        _lay_out(table, columns, grid=self.look.grid)
        for at, column in enumerate(columns):
            _write(table.cell(0, at), column.head, "Table Head", centred=self.look.grid or not column.is_text)
            _write(table.cell(2, at), column.tag, "Table Cell", centred=not column.is_text)
            if has_total:
                _write(table.cell(4, at), column.total, "Table Head", centred=not column.is_text)
        table.cell(1, 0).paragraphs[0].text = f"{{%tr for {loop} %}}"
        table.cell(3, 0).paragraphs[0].text = "{%tr endfor %}"
        self.document.add_paragraph("", style="After Table")

    def _page(self) -> None:
        section = self.document.sections[0]
        section.page_width, section.page_height = Mm(210), Mm(297)
        top, right, bottom, left = self.look.margins_mm
        section.top_margin, section.right_margin = Mm(top), Mm(right)
        section.bottom_margin, section.left_margin = Mm(bottom), Mm(left)
        section.header_distance, section.footer_distance = Mm(15), Mm(bottom - 10 if bottom > 30 else 12)

    def _drop_thumbnail(self) -> None:
        """The library's own first page is no picture of ours."""
        relations = self.document.part.package.rels
        for id_ in [id_ for id_, one in relations.items() if one.reltype.endswith("/thumbnail")]:
            del relations[id_]

    def _fonts(self) -> None:
        """Say what stands in for a typeface that a computer lacks, and that Chinese letters are those of China."""
        (language,) = self.document.styles.element.iter(qn("w:lang"))
        language.set(qn("w:eastAsia"), "zh-CN")
        package = self.document.part.package
        table = next(part for part in package.iter_parts() if part.partname == "/word/fontTable.xml")
        entries = "".join(
            f'<w:font w:name="{name}"><w:altName w:val="{other}"/><w:charset w:val="86"/></w:font>'
            for name, other in self.look.instead.items()
        )
        table._blob = table.blob.replace(b"</w:fonts>", entries.encode() + b"</w:fonts>")

    def _styles(self) -> None:
        look, styles = self.look, self.document.styles
        numbered = {
            "Heading 1": self._numbering(1, *look.heading, "nothing"),
            "Table Caption": self._numbering(2, "decimal", look.captions[0], "space"),
            "Figure Caption": self._numbering(3, "decimal", look.captions[1], "space"),
        }
        for name, type_ in (
            ("Normal", "body"), ("Text", "body"), ("Heading 1", "heading"), ("Organ", "organ"), ("Issue", "body"),
            ("Title", "title"), ("Subtitle", "subtitle"), ("Warning", "warning"), ("Table Caption", "caption"),
            ("Figure Caption", "caption"), ("Picture", "cell"), ("Table Head", "head"), ("Table Cell", "cell"),
            ("Note", "note"), ("After Table", "cell"), ("Tag", "note"), ("Signature", "body"), ("Page", "page"),
        ):  # fmt: skip
            known = [style.name for style in styles]
            style = styles[name] if name in known else styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
            assert isinstance(style, ParagraphStyle)
            _set_type(style, look.types[type_])
            _set_plain(style)
            if name in numbered:
                number = style.element.get_or_add_pPr().get_or_add_numPr()
                number.get_or_add_ilvl().val = 0
                number.get_or_add_numId().val = numbered[name]
        self._spacing()

    def _spacing(self) -> None:
        look, styles = self.look, self.document.styles
        for name in ("Text", "Heading 1", "Issue", "Signature", "Subtitle"):
            shape = styles[name].paragraph_format
            if look.line_pt is not None:
                shape.line_spacing_rule, shape.line_spacing = WD_LINE_SPACING.EXACTLY, Pt(look.line_pt)
            else:
                shape.line_spacing, shape.space_after = 1.15, Pt(5)
        if look.indent_letters:
            for name in ("Text", "Heading 1"):
                indent = look.indent_letters * look.types["body"].size
                styles[name].paragraph_format.first_line_indent = Pt(indent)
        shapes = {name: styles[name].paragraph_format for name in (
            "Heading 1", "Organ", "Issue", "Title", "Subtitle", "Warning", "Picture", "Table Caption",
            "Figure Caption", "Signature", "Note", "After Table", "Tag",
        )}  # fmt: skip
        is_zh = look.grid
        shapes["Heading 1"].space_before, shapes["Heading 1"].keep_with_next = Pt(8 if is_zh else 14), True
        shapes["Picture"].alignment, shapes["Picture"].keep_with_next = _CENTRE, True
        shapes["Picture"].space_before = Pt(6)
        shapes["Table Caption"].alignment = _CENTRE if is_zh else None
        shapes["Table Caption"].keep_with_next = True
        shapes["Table Caption"].space_before, shapes["Table Caption"].space_after = Pt(8), Pt(4)
        shapes["Figure Caption"].alignment = _CENTRE if is_zh else None
        shapes["Figure Caption"].space_before, shapes["Figure Caption"].space_after = Pt(2), Pt(10)
        shapes["Signature"].alignment = _RIGHT
        shapes["Note"].space_after = Pt(3)
        shapes["Title"].space_after = Pt(6)
        shapes["Subtitle"].space_after = Pt(14)
        shapes["Warning"].space_after = Pt(8)
        if is_zh:
            for name in ("Organ", "Issue", "Title", "Subtitle", "Warning"):
                shapes[name].alignment = _CENTRE
            shapes["Organ"].space_after = Pt(16)
            shapes["Issue"].space_after = Pt(28)
            styles["Issue"].element.get_or_add_pPr().insert_element_before(
                _border("bottom", RED, 18), "w:shd", "w:tabs", "w:spacing", "w:ind", "w:jc", "w:rPr"
            )
        styles["Tag"].font.color.rgb = RGBColor.from_string("7C8899")
        styles["Tag"].font.size = Pt(8)

    def _numbering(self, number: int, kind: str, text: str, follow: str) -> int:
        """A way to count; gives its id."""
        id_ = 90 + number
        numbering = self.document.part.numbering_part.element
        abstract = parse_xml(
            f'<w:abstractNum {nsdecls("w")} w:abstractNumId="{id_}"><w:multiLevelType w:val="singleLevel"/>'
            f'<w:lvl w:ilvl="0"><w:start w:val="1"/><w:numFmt w:val="{kind}"/><w:suff w:val="{follow}"/>'
            f'<w:lvlText w:val="{text}"/><w:lvlJc w:val="left"/></w:lvl></w:abstractNum>'
        )
        numbering.insert(0, abstract)
        numbering.append(
            parse_xml(f'<w:num {nsdecls("w")} w:numId="{id_}"><w:abstractNumId w:val="{id_}"/></w:num>')
        )
        return id_

    def _ends(self) -> None:
        """Heads and feet of the pages: a provisional one says so on each, and each has its number."""
        section = self.document.sections[0]
        draft = self.say(
            "PROVISIONAL: not issued yet, the figures may still change",
            "暂定稿：尚未签发，数据可能变化",
        )
        head = f"{{% if provisional %}}{draft}{{% endif %}}"
        if not self.look.grid:
            _write(section.header, head, "Warning")
            foot = section.footer.paragraphs[0]
            foot.style, foot.alignment = self.document.styles["Page"], _RIGHT
            foot.add_run("{{ title }} · {{ period_name }} · ")
            _field(foot, "PAGE")
            foot.add_run(" / ")
            _field(foot, "NUMPAGES")
            return
        # An official document has its page numbers outside: right on odd pages, left on even ones.
        self.document.settings.odd_and_even_pages_header_footer = True
        for header in (section.header, section.even_page_header):
            _write(header, head, "Warning")
        for footer, alignment in ((section.footer, _RIGHT), (section.even_page_footer, None)):
            foot = footer.paragraphs[0]
            foot.style, foot.alignment = self.document.styles["Page"], alignment
            foot.add_run("— ")
            _field(foot, "PAGE")
            foot.add_run(" —")


def _write(holder: object, text: str, style: str, *, centred: bool = False) -> None:
    paragraph: Paragraph = holder.paragraphs[0]  # type: ignore[attr-defined]  # cells, heads and feet have them
    paragraph.text = text
    paragraph.style = style  # type: ignore[assignment]  # by its name
    if centred:
        paragraph.alignment = _CENTRE


def _set_type(style: ParagraphStyle, type_: Type) -> None:
    style.font.size, style.font.bold, style.font.italic = Pt(type_.size), type_.bold, False
    style.font.color.rgb = RGBColor.from_string(type_.colour)
    fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
    fonts.attrib.clear()
    for script, name in (
        ("ascii", type_.latin),
        ("hAnsi", type_.latin),
        ("cs", type_.latin),
        ("eastAsia", type_.east),
    ):
        fonts.set(qn(f"w:{script}"), name)


def _set_plain(style: ParagraphStyle) -> None:
    """Nothing of what the library's own styles bring along: space, borders, a style to follow."""
    properties = style.element.get_or_add_pPr()
    for child in list(properties):
        if child.tag in (qn("w:pBdr"), qn("w:contextualSpacing"), qn("w:numPr")):
            properties.remove(child)
    style.paragraph_format.space_before = style.paragraph_format.space_after = Pt(0)
    style.paragraph_format.line_spacing = 1.0
    style.paragraph_format.widow_control = True


def _border(side: str, colour: str, eighths_pt: int) -> object:
    return parse_xml(
        f'<w:pBdr {nsdecls("w")}><w:{side} w:val="single" w:sz="{eighths_pt}" w:space="8" w:color="{colour}"/></w:pBdr>'
    )


def _field(paragraph: Paragraph, name: str) -> None:
    field = OxmlElement("w:fldSimple")
    field.set(qn("w:instr"), name)
    field.append(parse_xml(f"<w:r {nsdecls('w')}><w:t>1</w:t></w:r>"))
    paragraph._p.append(field)


def _lay_out(table: Table, columns: Sequence[Column], *, grid: bool) -> None:
    table.alignment, table.autofit = WD_TABLE_ALIGNMENT.CENTER, False
    share = WIDTH_MM / sum(column.width_mm for column in columns)
    for at, column in enumerate(columns):
        table.columns[at].width = Mm(column.width_mm * share)
        for cell in table.columns[at].cells:
            cell.width = Mm(column.width_mm * share)
            cell._tc.get_or_add_tcPr().append(parse_xml(f'<w:vAlign {nsdecls("w")} w:val="center"/>'))
    properties = table._tbl.tblPr
    properties.insert_element_before(
        parse_xml(_borders(grid=grid)), "w:shd", "w:tblLayout", "w:tblCellMar", "w:tblLook"
    )
    properties.insert_element_before(
        parse_xml(
            f'<w:tblCellMar {nsdecls("w")}><w:top w:w="30" w:type="dxa"/><w:left w:w="40" w:type="dxa"/>'
            '<w:bottom w:w="30" w:type="dxa"/><w:right w:w="40" w:type="dxa"/></w:tblCellMar>'
        ),
        "w:tblLook",
    )
    for row in table.rows:
        row._tr.get_or_add_trPr().append(parse_xml(f"<w:cantSplit {nsdecls('w')}/>"))
    table.rows[0]._tr.get_or_add_trPr().append(parse_xml(f"<w:tblHeader {nsdecls('w')}/>"))
    for cell in table.rows[0].cells:
        cell._tc.get_or_add_tcPr().insert(
            1, parse_xml(f'<w:shd {nsdecls("w")} w:val="clear" w:color="auto" w:fill="EDF1F6"/>')
        )


def _borders(*, grid: bool) -> str:
    across = ("top", "bottom", "insideH")
    lines = "".join(
        f'<w:{side} w:val="single" w:sz="4" w:space="0" w:color="{"000000" if grid else "7C8899"}"/>'
        if grid or side in across
        else f'<w:{side} w:val="nil"/>'
        for side in ("top", "left", "bottom", "right", "insideH", "insideV")
    )
    return f"<w:tblBorders {nsdecls('w')}>{lines}</w:tblBorders>"
