"""The letters of pictures: which installed fonts draw Chinese, and what is done where none does.

Importing matplotlib takes most of a second, so that it is imported where it is needed.
"""

from functools import cache
from typing import TYPE_CHECKING

from msgspec import Struct

from exports.words import Language

if TYPE_CHECKING:
    from matplotlib.ft2font import FT2Font

LATIN = "DejaVu Sans"  # comes with matplotlib
CHINESE = (
    "Noto Sans CJK SC",
    "Source Han Sans SC",
    "Source Han Sans CN",
    "Noto Sans SC",
    "Microsoft YaHei",
    "PingFang SC",
    "Hiragino Sans GB",
    "WenQuanYi Micro Hei",
    "WenQuanYi Zen Hei",
    "SimHei",
    "SimSun",
    "Noto Serif CJK SC",
    "Source Han Serif SC",
)
"""What a computer in China is likely to have, the best drawn first."""

NOTICE = {
    "zh": "本机未安装中文字体，图中文字为英文，名称以表中序号代替；安装 fonts-noto-cjk 后重新导出即可。",
    "en": "No font for Chinese is installed here: names in pictures are given by their number in the table. "
    "Install fonts-noto-cjk and export again.",
}


class Lettering(Struct, frozen=True, kw_only=True):
    """How a picture writes: font families, the first that has a letter draws it; `language` of our own words.

    `notice` says what to install where names cannot be drawn, None where all is well.
    """

    families: tuple[str, ...]
    language: Language
    notice: str | None

    def fits(self, text: str) -> bool:
        """Tell whether every letter of a text can be drawn."""
        return all(letter == "\n" or any(_has(one, letter) for one in self.families) for letter in text)

    def drawable(self, text: str) -> str:
        """A text with what no font has as a box, and without what is no letter at all."""
        shown = "".join(letter if letter.isprintable() or letter == "\n" else " " for letter in text)
        return "".join(letter if self.fits(letter) else "\u25a1" for letter in shown)


def lettering(language: Language) -> Lettering:
    """What this machine's fonts allow for."""
    return lettering_of(language, installed())


def lettering_of(language: Language, families: frozenset[str]) -> Lettering:
    """What these font families allow for."""
    chinese = next((one for one in CHINESE if one in families), None)
    if chinese is None:
        return Lettering(families=(LATIN,), language="en", notice=NOTICE[language])
    both = (chinese, LATIN) if language == "zh" else (LATIN, chinese)
    return Lettering(families=both, language=language, notice=None)


@cache
def installed() -> frozenset[str]:
    """The font families of this machine."""
    from matplotlib.font_manager import fontManager  # noqa: PLC0415

    return frozenset(one.name for one in fontManager.ttflist)


@cache
def _has(family: str, letter: str) -> bool:
    return _face(family).get_char_index(ord(letter)) != 0


@cache
def _face(family: str) -> "FT2Font":
    from matplotlib.font_manager import FontProperties, findfont, get_font  # noqa: PLC0415

    return get_font(findfont(FontProperties(family=family)))
