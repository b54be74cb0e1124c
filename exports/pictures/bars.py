"""Bars that stand or lie: stacked by severity, or this period beside the one before."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from msgspec import Struct

from exports.pictures.canvas import BEFORE, FAINT, INK, SEVERITY, THIS, png
from exports.pictures.lettering import Lettering
from exports.rounding import RATE_DIGITS, rounded
from exports.words import word

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WIDTH_MM = 156.0
_LABEL_WIDTH = 36
_LEGEND = {"loc": "outside upper right", "ncols": 4, "columnspacing": 1.4, "handlelength": 1.2}


class Stack(Struct, frozen=True, kw_only=True):
    """One bar by severity; `label` is drawn where its letters are there, else `number`."""

    label: str
    number: int
    by_severity: Mapping[str, int]

    @property
    def total(self) -> int:
        """How long it is."""
        return sum(self.by_severity.values())


class Pair(Struct, frozen=True, kw_only=True):
    """A figure and the one of the period before; None for one that is not known."""

    label: str
    number: int
    now: float | None
    before: float | None


def standing(bars: Sequence[Stack], lettering: Lettering) -> bytes:
    """Bars by severity side by side, such as one a day."""

    def paint(figure: "Figure") -> None:
        axes = figure.add_subplot()
        axes.grid(visible=False, axis="x")
        foot = [0] * len(bars)
        for name, colour in _shown(bars):
            heights = [bar.by_severity.get(name, 0) for bar in bars]
            axes.bar(
                range(len(bars)), heights, bottom=foot, width=0.62, color=colour, edgecolor=INK,
                linewidth=0.4, label=word(name, lettering.language),
            )  # fmt: skip
            foot = [low + height for low, height in zip(foot, heights, strict=True)]
        axes.set_xticks(range(len(bars)), [_label(bar, lettering) for bar in bars])
        axes.set_xlim(-0.6, max(len(bars), 7) - 0.4)
        if len(bars) > 10:
            axes.tick_params(axis="x", labelsize=7)
        _whole_numbers(axes, max((bar.total for bar in bars), default=0))
        if len(bars) <= 10:
            for at, bar in enumerate(bars):
                axes.annotate(
                    str(bar.total), (at, bar.total), (0, 2), textcoords="offset points", ha="center"
                )
        _legend(figure)

    return png(WIDTH_MM, 60, lettering, paint)


def lying(bars: Sequence[Stack], lettering: Lettering) -> bytes:
    """Bars by severity one below the other, such as one a company."""

    def paint(figure: "Figure") -> None:
        axes = figure.add_subplot()
        axes.grid(visible=False, axis="y")
        foot = [0] * len(bars)
        for name, colour in _shown(bars):
            widths = [bar.by_severity.get(name, 0) for bar in bars]
            axes.barh(
                range(len(bars)), widths, left=foot, height=0.6, color=colour, edgecolor=INK,
                linewidth=0.4, label=word(name, lettering.language),
            )  # fmt: skip
            foot = [left + width for left, width in zip(foot, widths, strict=True)]
        _lines(axes, [_label(bar, lettering) for bar in bars])
        _whole_numbers(axes, max((bar.total for bar in bars), default=0), lies=True)
        for at, bar in enumerate(bars):
            axes.annotate(
                f"{bar.total:,}", (bar.total, at), (3, 0), textcoords="offset points", va="center_baseline"
            )
        _legend(figure)

    return png(WIDTH_MM, _height_mm(len(bars), 6.0), lettering, paint)


def compared(
    pairs: Sequence[Pair], names: tuple[str, str], lettering: Lettering, *, in_percent: bool = False
) -> bytes:
    """Two bars a line, now above before; `names` are what the two are called."""
    has_before = any(pair.before is not None for pair in pairs)

    def paint(figure: "Figure") -> None:
        axes = figure.add_subplot()
        axes.grid(visible=False, axis="y")
        thickness = 0.36 if has_before else 0.6
        _row(
            axes,
            [pair.now for pair in pairs],
            -thickness / 2 if has_before else 0,
            thickness,
            THIS,
            names[0],
            in_percent,
        )
        if has_before:
            _row(
                axes, [pair.before for pair in pairs], thickness / 2, thickness, BEFORE, names[1], in_percent
            )
        _lines(axes, [_label(pair, lettering) for pair in pairs])
        if in_percent:
            axes.set(
                xlim=(0, 112), xticks=range(0, 101, 20), xticklabels=[f"{one}%" for one in range(0, 101, 20)]
            )
        else:
            most = max((one or 0 for pair in pairs for one in (pair.now, pair.before)), default=0)
            _whole_numbers(axes, most, lies=True)
        _legend(figure)

    return png(WIDTH_MM, _height_mm(len(pairs), 7.6 if has_before else 6.0), lettering, paint)


def _row(
    axes: "Axes",
    values: Sequence[float | None],
    aside: float,
    thickness: float,
    colour: str,
    name: str,
    in_percent: bool,
) -> None:
    at = [line + aside for line in range(len(values))]
    axes.barh(at, [one or 0 for one in values], height=thickness, color=colour, label=name)
    for line, one in zip(at, values, strict=True):
        text = "—" if one is None else f"{rounded(one, RATE_DIGITS)}%" if in_percent else f"{one:,.0f}"
        axes.annotate(
            text, (one or 0, line), (3, 0), textcoords="offset points", va="center_baseline", fontsize=8
        )


def _shown(bars: Sequence[Stack]) -> list[tuple[str, str]]:
    """The severities that there are, the worst first, at the foot."""
    return [
        (name, colour) for name, colour in SEVERITY.items() if any(bar.by_severity.get(name) for bar in bars)
    ]


def _label(one: Stack | Pair, lettering: Lettering) -> str:
    return lettering.drawable(_short(one.label)) if lettering.fits(one.label) else str(one.number)


def _short(text: str) -> str:
    """A label that leaves room for the bars; a Chinese letter is as wide as two others."""
    width = 0
    for at, letter in enumerate(text):
        width += 2 if letter >= "\u2e80" else 1
        if width > _LABEL_WIDTH:
            return text[:at] + "…"
    return text


def _lines(axes: "Axes", labels: Sequence[str]) -> None:
    axes.set_yticks(range(len(labels)), labels)
    axes.set_ylim(max(len(labels), 1) - 0.4, -0.6)  # the first at the top


def _whole_numbers(axes: "Axes", most: float, *, lies: bool = False) -> None:
    from matplotlib.ticker import MaxNLocator  # noqa: PLC0415

    axis = axes.xaxis if lies else axes.yaxis
    axis.set_major_locator(MaxNLocator(nbins=6, integer=True, min_n_ticks=1))
    axis.set_major_formatter("{x:,.0f}")
    axis.set_tick_params(labelcolor=FAINT, labelsize=8)
    top = max(most * 1.1, 1)
    axes.set(**({"xlim": (0, top)} if lies else {"ylim": (0, top)}))


def _height_mm(lines: int, each_mm: float) -> float:
    return 20 + max(lines, 2) * each_mm


def _legend(figure: "Figure") -> None:
    if figure.axes[0].get_legend_handles_labels()[1]:
        figure.legend(**_LEGEND)
