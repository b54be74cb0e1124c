"""A picture drawn in memory: one at a time, with nothing of the machine's settings, no date and no name in it."""

import threading
from collections.abc import Callable
from io import BytesIO
from typing import TYPE_CHECKING, Any

from exports.pictures.lettering import Lettering

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_MM_PER_INCH = 25.4
_DOTS_PER_INCH = 200

_one_at_a_time = threading.Lock()
"""Fonts and settings of matplotlib belong to the process."""


def png(width_mm: float, height_mm: float, lettering: Lettering, paint: Callable[["Figure"], None]) -> bytes:
    """What `paint` draws on a sheet; takes some tenths of a second and is not for the event loop."""
    import matplotlib as mpl  # noqa: PLC0415
    from matplotlib.figure import Figure  # noqa: PLC0415

    with _one_at_a_time, mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update({**STYLE, "font.family": list(lettering.families)})
        figure = Figure(
            figsize=(width_mm / _MM_PER_INCH, height_mm / _MM_PER_INCH),
            dpi=_DOTS_PER_INCH,
            layout="constrained",
        )
        paint(figure)
        written = BytesIO()
        figure.savefig(written, format="png", metadata={"Software": None})
        return written.getvalue()


INK, FAINT, RULE = "#1A2230", "#4B5768", "#D5DCE5"
"""Text, lesser text and lines, as the page has them (web/src/theme.ts)."""

THIS, BEFORE = "#0B57D0", "#A3C0EE"
"""This period and the one before."""

SEVERITY = {"critical": "#A8071A", "major": "#F08C00", "minor": "#FFE066", "info": "#2F6FDE"}

STYLE: dict[Any, Any] = {
    "font.size": 9,
    "axes.unicode_minus": False,
    "axes.edgecolor": RULE,
    "axes.labelcolor": FAINT,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.spines.left": False,
    "axes.axisbelow": True,
    "axes.grid": True,
    "grid.color": RULE,
    "grid.linewidth": 0.6,
    "text.color": INK,
    "text.parse_math": False,  # a dollar sign in a name begins no formula
    "xtick.color": INK,
    "ytick.color": INK,
    "xtick.major.size": 0,
    "ytick.major.size": 0,
    "legend.frameon": False,
    "legend.fontsize": 8.5,
    "patch.linewidth": 0.6,
}
