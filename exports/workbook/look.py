"""How the workbook looks: the colours of the page on paper, and one format for each kind of cell."""

from typing import Any

from exports.words import Language

TEXT, MUTED, PRIMARY = "#1A2230", "#4B5768", "#0B57D0"
GROUND, BORDER, RULE_LINE = "#E9EDF2", "#D5DCE5", "#7C8899"
WARN, ON_WARN = "#FFE7BF", "#4A2E00"
FINE, PAPER = "#1F6F4A", "#FFFFFF"
SEVERITY = {
    "critical": ("#A8071A", "#FFFFFF"),
    "major": ("#F08C00", "#111111"),
    "minor": ("#FFE066", "#111111"),
    "info": ("#2F6FDE", "#FFFFFF"),
}
"""What an alert is filled with, and what is written on it, as on the page."""

FONTS = {"zh": ("Microsoft YaHei", 1.0), "en": ("Calibri", 0.86)}
"""The font of a language, and how wide its Latin letters are in the unit of columns."""
COUNT, DIFFERENCE, SHARE, DEGREE, RATE, ID = (
    "#,##0",
    "+#,##0;-#,##0;0",
    "0.0%",
    "0.000000",
    "0.00%",
    "0",
)
HAN_WIDTH, LATIN = 1.9, 0x2E7F
DAY, TIME, DURATION = "yyyy-mm-dd", "yyyy-mm-dd hh:mm:ss", "[h]:mm:ss"


class Look:
    """Makes each format once."""

    def __init__(self, book: Any, language: Language) -> None:
        """Formats of this workbook in the font of this language."""
        self.font, self._letter = FONTS[language]
        self._book = book
        self._made: dict[tuple[tuple[str, object], ...], Any] = {}

    def width(self, text: str) -> float:
        """How wide a text is in the unit of columns; Chinese characters are about two of them."""
        if text.isascii():
            return len(text) * self._letter
        return sum(HAN_WIDTH if ord(one) > LATIN else self._letter for one in text)

    def format(self, **properties: object) -> Any:
        """The format of these properties beside font, colour and middle alignment."""
        whole = {
            "font_name": self.font,
            "font_size": 10,
            "font_color": TEXT,
            "valign": "vcenter",
        } | properties
        key = tuple(sorted(whole.items()))
        if key not in self._made:
            self._made[key] = self._book.add_format(whole)
        return self._made[key]

    def cell(self, **properties: object) -> Any:
        """A cell of a table: a fine line below it."""
        return self.format(bottom=1, bottom_color=BORDER, **properties)

    def total(self, **properties: object) -> Any:
        """A cell of the line of totals."""
        return self.format(
            bold=True,
            bg_color=GROUND,
            top=1,
            top_color=RULE_LINE,
            bottom=1,
            bottom_color=RULE_LINE,
            **properties,
        )

    def header(self, **properties: object) -> Any:
        """A heading of a column."""
        return self.format(
            bold=True, bg_color=GROUND, text_wrap=True, bottom=2, bottom_color=RULE_LINE, **properties
        )

    def severity(self, severity: str) -> Any:
        """A cell in the colour of a severity."""
        fill, ink = SEVERITY.get(severity, ("#FFFFFF", TEXT))
        return self.cell(bg_color=fill, font_color=ink, align="center")

    @property
    def title(self) -> Any:
        """The name of a sheet over its table."""
        return self.format(bold=True, font_size=16)

    @property
    def section(self) -> Any:
        """The name of a part of a sheet."""
        return self.format(bold=True, font_size=12)

    @property
    def muted(self) -> Any:
        """What explains."""
        return self.format(font_color=MUTED)

    @property
    def warning(self) -> Any:
        """What must not be overlooked."""
        return self.format(bold=True, bg_color=WARN, font_color=ON_WARN)
