"""One picture: the flagged side and the near miss beside each other, on the same scales, as the bytes of an SVG."""

import io
import re
from collections.abc import Sequence

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

from scripts.rule_pictures import sketch, style, timeline
from scripts.rule_pictures.case import Case, JudgedSide, Lane, Numbers, Readings, Tenths, judge_case


def render(case: Case) -> bytes:
    """The SVG of a case, the same bytes every time; raises WrongVerdictError where the engine disagrees."""
    with mpl.rc_context(dict(style.RC)):
        figure = compose(case)
        FigureCanvasSVG(figure)
        buffer = io.BytesIO()
        figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None, "Title": _title(case)})
    return _slim(buffer.getvalue().decode()).encode()


def _slim(text: str) -> str:
    """Fonts that every reader has, two decimals, no indentation."""
    text = text.replace("'DejaVu Sans'", "'DejaVu Sans', Verdana, Arial, sans-serif")
    text = re.sub(r' transform="rotate\(-0 [^"]*\)"', "", text)
    text = re.sub(r"(\d\.\d\d)\d+", r"\1", text)
    return "\n".join(line.strip() for line in text.splitlines()) + "\n"


def _title(case: Case) -> str:
    return f"{case.kind}: flagged: {case.flagged.caption}; not flagged: {case.near_miss.caption}"


def compose(case: Case) -> Figure:
    """The figure of a case."""
    sides = judge_case(case)
    lanes = [[*judged.side.lanes, *case.lanes] for judged in sides]
    heights = [timeline.height_in(lane) for lane in lanes[0]]
    if case.view_m is not None:
        heights.insert(0, style.MAP_IN)
    total_in = style.HEADER_IN + sum(heights) + style.SPACE_IN * (len(heights) - 1) + style.FOOTER_IN
    figure = Figure(figsize=(style.WIDTH_IN, total_in), facecolor=style.PANEL)
    for column, judged in enumerate(sides):
        left_in = style.LEFT_IN + column * (style.PANEL_IN + style.BETWEEN_IN)
        _header(figure, judged, left_in, total_in, minutes=case.minutes)
        tops = [
            total_in - style.HEADER_IN - sum(heights[:n]) - style.SPACE_IN * n for n in range(len(heights))
        ]
        panels = [
            figure.add_axes(
                (
                    left_in / style.WIDTH_IN,
                    (top - height) / total_in,
                    style.PANEL_IN / style.WIDTH_IN,
                    height / total_in,
                )
            )
            for top, height in zip(tops, heights, strict=True)
        ]
        if case.view_m is not None:
            sketch.draw(panels.pop(0), judged, case.view_m)
        for axes, lane in zip(panels, lanes[column], strict=True):
            timeline.draw(axes, case, judged, lane)
            _name(axes, lane, first=column == 0)
        _time_axis(panels, lanes[column], case)
    return figure


def _header(figure: Figure, judged: JudgedSide, left_in: float, total_in: float, *, minutes: bool) -> None:
    strip = figure.add_axes(
        (
            left_in / style.WIDTH_IN,
            1 - style.HEADER_IN / total_in,
            style.PANEL_IN / style.WIDTH_IN,
            style.HEADER_IN / total_in,
        )
    )
    strip.set_axis_off()
    strip.set_xlim(0, style.PANEL_IN)
    strip.set_ylim(0, style.HEADER_IN)
    if judged.findings:
        severity = judged.findings[0].severity
        glyph, ink = style.GLYPH[severity]
        strip.scatter(
            [0.1],
            [0.4],
            s=120,
            marker=style.MARKER[severity],
            color=style.FILL[severity],
            edgecolors=style.OUTLINE,
            linewidths=0.8,
        )
        strip.text(0.1, 0.385, glyph, ha="center", va="center", fontsize=6.5, fontweight="bold", color=ink)
        strip.text(0.27, 0.4, f"Flagged, {severity}", va="center", fontsize=9.5, fontweight="bold")
    else:
        strip.scatter(
            [0.1], [0.4], s=95, marker="o", color=style.PANEL, edgecolors=style.MUTED, linewidths=1.1
        )
        strip.text(0.27, 0.4, "Not flagged", va="center", fontsize=9.5, fontweight="bold", color=style.MUTED)
    if judged.findings:
        told = _when(judged, minutes=minutes)
        strip.text(style.PANEL_IN, 0.4, told, ha="right", va="center", fontsize=7.5, color=style.MUTED)
    strip.text(0.0, 0.15, judged.side.caption, va="center", fontsize=8.3)


def _when(judged: JudgedSide, *, minutes: bool) -> str:
    """The alert's span and when it was found, in the unit of the time axis."""
    finding, start_ms = judged.findings[0], judged.side.world.start_ms

    def told(time_ms: int) -> str:
        return f"{(time_ms - start_ms) / (60_000 if minutes else 1000):.1f}".removesuffix(".0")

    end = "goes on" if finding.ended_ms is None else f"to {told(finding.ended_ms)}"
    if finding.ended_ms == finding.started_ms:
        end = "at once over"
    unit = "min" if minutes else "s"
    return f"from {told(finding.started_ms)}, {end}; found at {told(finding.detected_ms)} {unit}"


def _name(axes: Axes, lane: Lane, *, first: bool) -> None:
    if not first:
        axes.tick_params(axis="y", labelleft=False, left=False)
        return
    offset = -0.78 * 72
    axes.annotate(
        lane.label,
        (0, 0.5),
        xycoords="axes fraction",
        xytext=(offset, 0),
        textcoords="offset points",
        ha="left",
        va="center",
        fontsize=7.5,
        color=style.TEXT,
        annotation_clip=False,
    )


def _time_axis(panels: Sequence[Axes], lanes: Sequence[Lane], case: Case) -> None:
    axes = panels[-1]
    start_s, end_s = case.span_s
    wanted = (end_s - start_s) / 6
    steps = (60, 120, 300, 600, 900, 14_400) if case.minutes else (5, 10, 20, 30, 60)
    step = next((each for each in steps if each >= wanted), steps[-1])
    ticks = [start_s + n * step for n in range(int((end_s - start_s) / step) + 1)]
    axes.set_xticks(ticks, [f"{tick / 60:.0f}" if case.minutes else f"{tick:.0f}" for tick in ticks])
    axes.set_xlabel("time, min" if case.minutes else "time, s", fontsize=7.5, color=style.MUTED, labelpad=1.5)
    lined = (
        next(n for n, lane in enumerate(lanes) if isinstance(lane, Numbers | Readings | Tenths))
        if case.marks_s
        else 0
    )
    for second, text in case.marks_s:
        panels[lined].annotate(
            text,
            (second, 1),
            xycoords=("data", "axes fraction"),
            xytext=(2, -1.5),
            textcoords="offset points",
            ha="left",
            va="top",
            fontsize=6.8,
            color=style.MUTED,
            zorder=6,
        )
