"""How the bulletin looks: that of an official Chinese document (GB/T 9704-2012), and a sober one in English."""

from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class Type:
    """A typeface with its size in points; `east` is the one of Chinese letters."""

    latin: str
    east: str
    size: float
    bold: bool = False
    colour: str = "000000"


@dataclass(frozen=True, kw_only=True)
class Look:
    """Typefaces, measures in millimetres and points, and the forms of numbers."""

    language: str
    margins_mm: tuple[float, float, float, float]
    """Top, right, bottom, left."""
    types: dict[str, Type]
    line_pt: float | None
    """Exact line spacing of the text; None for the typeface's own."""
    indent_letters: int
    heading: tuple[str, str]
    """The kind of number and its text."""
    captions: tuple[str, str]
    """Of a table and of a figure."""
    grid: bool
    """Lines round every cell, or only across."""
    instead: dict[str, str] = field(default_factory=dict)
    """What a computer without a typeface takes in its place."""


RED = "C00000"
_ROMAN, _SANS = "Times New Roman", "Arial"

LOOKS = {
    "zh": Look(
        language="zh",
        # The type area is 156 mm by 225 mm.
        margins_mm=(37, 26, 35, 28),
        types={
            "organ": Type(latin=_ROMAN, east="方正小标宋简体", size=30, bold=True, colour=RED),
            "title": Type(latin=_ROMAN, east="方正小标宋简体", size=22, bold=True),
            "subtitle": Type(latin=_ROMAN, east="楷体", size=16),
            "heading": Type(latin=_ROMAN, east="黑体", size=16),
            "body": Type(latin=_ROMAN, east="仿宋", size=16),
            "caption": Type(latin=_ROMAN, east="黑体", size=12),
            "head": Type(latin=_ROMAN, east="黑体", size=10.5),
            "cell": Type(latin=_ROMAN, east="仿宋", size=10.5),
            "note": Type(latin=_ROMAN, east="仿宋", size=10.5),
            "page": Type(latin=_ROMAN, east="宋体", size=14),
            "warning": Type(latin=_ROMAN, east="黑体", size=12, colour=RED),
        },
        line_pt=28,
        indent_letters=2,
        heading=("chineseCountingThousand", "%1、"),
        captions=("表 %1", "图 %1"),
        grid=True,
        instead={
            "方正小标宋简体": "宋体",
            "仿宋": "仿宋_GB2312",
            "楷体": "楷体_GB2312",
            "黑体": "SimHei",
            "宋体": "SimSun",
        },
    ),
    "en": Look(
        language="en",
        margins_mm=(25, 27, 24, 27),
        types={
            "organ": Type(latin=_SANS, east="黑体", size=13, bold=True, colour="4B5768"),
            "title": Type(latin=_SANS, east="黑体", size=17, bold=True, colour="1A2230"),
            "subtitle": Type(latin=_SANS, east="黑体", size=12, colour="4B5768"),
            "heading": Type(latin=_SANS, east="黑体", size=13, bold=True, colour="1A2230"),
            "body": Type(latin=_SANS, east="宋体", size=10.5),
            "caption": Type(latin=_SANS, east="黑体", size=9, bold=True),
            "head": Type(latin=_SANS, east="黑体", size=8.5, bold=True),
            "cell": Type(latin=_SANS, east="宋体", size=8.5),
            "note": Type(latin=_SANS, east="宋体", size=8.5, colour="4B5768"),
            "page": Type(latin=_SANS, east="宋体", size=8.5, colour="4B5768"),
            "warning": Type(latin=_SANS, east="黑体", size=9, bold=True, colour=RED),
        },
        line_pt=None,
        indent_letters=0,
        heading=("decimal", "%1. "),
        captions=("Table %1", "Figure %1"),
        grid=False,
    ),
}
