"""The time lines: numbers with their levels, strips of states, spans, a station's readings and windows."""

import itertools
import statistics
from collections.abc import Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from alerts import averaging
from alerts.finding import Finding
from alerts.station_evidence import DustWindow
from domain.quantity import Quantity
from domain.report import BackgroundReport, DustReport
from domain.station import Limit
from scripts.rule_pictures import style
from scripts.rule_pictures.case import Case, JudgedSide, Lane, Numbers, Readings, Row, Spans, Strip, Tenths
from scripts.rule_pictures.sketch import GAP_S
from tests.support.factories import SHANGHAI, World

# About the width of a letter of a strip's word, in inches.
LETTER_IN = 0.068


def height_in(lane: Lane) -> float:
    """The height of a lane's panel."""
    return {Numbers: style.NUMBERS_IN, Readings: style.READINGS_IN, Tenths: style.READINGS_IN}.get(
        type(lane), style.STRIP_IN
    )


def draw(axes: Axes, case: Case, judged: JudgedSide, lane: Lane) -> None:
    """Draw one lane of one side, with the alert's span behind it."""
    axes.set_xlim(*case.span_s)
    axes.set_xticks([])
    for finding in judged.findings:
        _shade(axes, finding, judged.side.world, case.span_s)
    for second, _ in case.marks_s:
        axes.axvline(second, color=style.MUTED, linewidth=0.8, linestyle=(0, (1, 2)), zorder=3)
    if isinstance(lane, Numbers):
        _numbers(axes, judged.rows, lane)
    elif isinstance(lane, Strip):
        _strip(axes, case, words(judged.rows, lane))
    elif isinstance(lane, Spans):
        _strip(axes, case, lane.spans)
    elif isinstance(lane, Tenths):
        _tenths(axes, judged, lane)
    else:
        _readings(axes, judged, lane)


def _shade(axes: Axes, finding: Finding, world: World, span_s: tuple[float, float]) -> None:
    start_s = (finding.started_ms - world.start_ms) / 1000
    end_s = span_s[1] if finding.ended_ms is None else (finding.ended_ms - world.start_ms) / 1000
    # What ends at once has no width of its own.
    end_s = max(end_s, start_s + (span_s[1] - span_s[0]) / 120)
    colour = style.FILL[finding.severity]
    axes.axvspan(start_s, end_s, facecolor=colour, alpha=0.32, linewidth=0, zorder=0.5)
    axes.axvline(start_s, color=colour, linewidth=1.2, zorder=0.6)


def _numbers(axes: Axes, rows: Sequence[Row], lane: Numbers) -> None:
    axes.set_ylim(lane.bottom, lane.top)
    axes.grid(axis="y", color=style.GRID, linewidth=0.5, zorder=0)
    known = [(row.second, lane.value(row)) for row in rows]
    points = [(second, value) for second, value in known if value is not None]
    runs: list[list[tuple[float, float]]] = []
    for point in points:
        if not runs or point[0] - runs[-1][-1][0] > GAP_S:
            runs.append([])
        runs[-1].append(point)
    for run in runs:
        axes.plot(*zip(*run, strict=True), color=style.VEHICLE, linewidth=1.1, zorder=3)
    xs, ys = zip(*points, strict=True)
    axes.scatter(xs, ys, s=6, color=style.VEHICLE, linewidths=0, zorder=4)
    _gaps(axes, [second for second, _ in points])
    for level, text in lane.levels:
        _level(axes, level, text, right=lane.levels_named_right)
    axes.locator_params(axis="y", nbins=4)


def _level(axes: Axes, level: float, text: str, *, right: bool = False) -> None:
    axes.axhline(level, color=style.LEVEL, linewidth=0.9, linestyle=(0, (5, 2)), zorder=2)
    if text:
        axes.annotate(
            text,
            (0.994 if right else 0.008, level),
            xycoords=("axes fraction", "data"),
            xytext=(0, 1.5),
            textcoords="offset points",
            ha="right" if right else "left",
            va="bottom",
            fontsize=6.8,
            color=style.LEVEL,
            zorder=6,
        )


def _gaps(axes: Axes, seconds: Sequence[float], what: str = "report") -> None:
    for before, second in itertools.pairwise(seconds):
        if second - before > GAP_S:
            axes.axvspan(
                before, second, facecolor="none", edgecolor="#AAB4C2", hatch="////", linewidth=0, zorder=1
            )
            axes.text(
                (before + second) / 2,
                0.5,
                f"no {what} for {_lasting(second - before)}",
                transform=axes.get_xaxis_transform(),
                ha="center",
                va="center",
                fontsize=7,
                color=style.MUTED,
                bbox={"boxstyle": "square,pad=0.2", "facecolor": style.PANEL, "edgecolor": "none"},
                zorder=5,
            )


def _lasting(seconds: float) -> str:
    return f"{seconds / 60:.0f} min" if seconds % 60 == 0 else f"{seconds:.0f} s"


def words(rows: Sequence[Row], strip: Strip) -> list[tuple[float, float, str | None]]:
    """The strip's words as spans: each lasts from its report to the next, across no gap, and the last no longer."""
    spans: list[tuple[float, float, str | None]] = []
    following = [row.second for row in rows[1:]]
    for row, next_s in zip(rows, [*following, rows[-1].second], strict=True):
        word = strip.word(row)
        end_s = next_s if next_s - row.second <= GAP_S else row.second
        if spans and spans[-1][2] == word and spans[-1][1] == row.second:
            spans[-1] = (spans[-1][0], end_s, word)
        else:
            spans.append((row.second, end_s, word))
    return spans


def _strip(axes: Axes, case: Case, spans: Sequence[tuple[float, float, str | None]]) -> None:
    axes.set_ylim(0, 1)
    axes.set_yticks([])
    in_per_s = style.PANEL_IN / (case.span_s[1] - case.span_s[0])
    for start_s, end_s, word in spans:
        _state(axes, (start_s, end_s), word)
        text = "unknown" if word is None else word
        for each in (text, text.split(" ", maxsplit=1)[0]):
            if each and len(each) * LETTER_IN < (end_s - start_s) * in_per_s:
                ink = style.PANEL if word in style.FILLED else style.TEXT
                middle_s = (start_s + end_s) / 2
                axes.text(middle_s, 0.46, each, ha="center", va="center", fontsize=7, color=ink, zorder=4)
                break
    _gap_hatch(axes, spans)


def _state(axes: Axes, span_s: tuple[float, float], word: str | None) -> None:
    if word == "":
        return
    # Thin colours, so that the alert's span behind them stays to be seen.
    tint = style.WORDS.get(word or "", style.PANEL)
    look: dict[str, Any] = {"facecolor": tint, "alpha": 0.25 if word in style.WORDS else 0.45}
    if word in style.FILLED:
        look = {"facecolor": style.VEHICLE, "alpha": 0.9}
    if word is None:
        look = {"facecolor": "none", "edgecolor": "#AAB4C2", "hatch": "////"}
    axes.add_patch(Rectangle((span_s[0], 0), span_s[1] - span_s[0], 1, linewidth=0, zorder=1, **look))
    for edge_s in span_s:
        axes.axvline(edge_s, color="#AAB4C2", linewidth=0.7, zorder=2)


def _gap_hatch(axes: Axes, spans: Sequence[tuple[float, float, str | None]]) -> None:
    for (_, end_s, _), (start_s, _, _) in itertools.pairwise(spans):
        if start_s - end_s > GAP_S:
            axes.axvspan(
                end_s, start_s, facecolor="none", edgecolor="#AAB4C2", hatch="////", linewidth=0, zorder=1
            )


def _readings(axes: Axes, judged: JudgedSide, lane: Readings) -> None:
    axes.set_ylim(lane.bottom, lane.top)
    axes.grid(axis="y", color=style.GRID, linewidth=0.5, zorder=0)
    world = judged.side.world
    reports = [each for each in judged.side.rows if isinstance(each, DustReport)]
    seconds = [(each.time_ms - world.start_ms) / 1000 for each in reports]
    values = [lane.value(each) for each in reports]
    axes.scatter(seconds, values, s=7, color=style.VEHICLE, alpha=0.75, linewidths=0, zorder=3)  # type: ignore[arg-type]
    _gaps(axes, seconds, "reading")
    for limit in world.limits:
        _windows(axes, judged, limit)
    axes.locator_params(axis="y", nbins=5)


def windows(judged: JudgedSide, limit: Limit) -> list[DustWindow]:
    """The averaging windows of a side's readings, closed with the background that came."""
    open_windows: dict[int, averaging.OpenWindow] = {}
    ambient: BackgroundReport | None = None
    for item in judged.side.rows:
        if isinstance(item, BackgroundReport):
            ambient = item
        if isinstance(item, DustReport):
            value = item.values[limit.quantity]
            window = averaging.window_at(item.time_ms, limit, SHANGHAI)
            window = open_windows.get(window.start_ms, window)
            open_windows[window.start_ms] = averaging.add(window, item, value, lower_bound=False)
    closed = [averaging.closed(limit, window, ambient) for window in open_windows.values()]
    return [window for window in closed if window.verdict != "none"]


def _windows(axes: Axes, judged: JudgedSide, limit: Limit) -> None:
    world = judged.side.world
    for window in windows(judged, limit):
        assert window.mean is not None
        start_s = (window.start_ms - world.start_ms) / 1000
        end_s = start_s + limit.window_s
        ambient = window.background or 0.0
        colour = style.FILL["minor"] if window.verdict == "over" else "#C9D2DE"  # type: ignore[index]
        axes.add_patch(
            Rectangle(
                (start_s, ambient),
                end_s - start_s,
                window.mean - ambient,
                facecolor=colour,
                alpha=0.75,
                edgecolor=style.VEHICLE,
                linewidth=0.9,
                zorder=1.5,
            )
        )
        less = f" − {ambient:.0f} = {window.value:.0f}" if window.background else ""
        digits = 1 if limit.quantity is Quantity.NOISE else 0
        low_m = axes.get_ylim()[0]
        axes.text(
            (start_s + end_s) / 2,
            max(ambient, low_m) + (axes.get_ylim()[1] - low_m) * 0.045,
            f"mean {window.mean:.{digits}f}{less}",
            ha="center",
            va="bottom",
            fontsize=7,
            zorder=5,
        )
        if window.background:
            axes.plot([start_s, end_s], [ambient, ambient], color=style.ROUTE, linewidth=1.2, zorder=2)
    unit = "dB" if limit.quantity is Quantity.NOISE else "µg/m³"
    if limit.minus_background:
        axes.text(
            0.008,
            0.02,
            "background 60 µg/m³, the hour's value",
            transform=axes.transAxes,
            fontsize=6.8,
            color=style.ROUTE,
            va="bottom",
            zorder=6,
        )
        _level(axes, limit.limit + 60, f"background + limit = {limit.limit + 60:.0f} {unit}")
    else:
        _level(axes, limit.limit, f"limit {limit.limit:.0f} {unit}")


def _tenths(axes: Axes, judged: JudgedSide, lane: Tenths) -> None:
    """Every reading of the upper two tenths, one in 25 of the others, and the counts."""
    axes.set_ylim(0, lane.top)
    axes.grid(axis="y", color=style.GRID, linewidth=0.5, zorder=0)
    world = judged.side.world
    reports = [each for each in judged.side.rows if isinstance(each, DustReport)]
    values = [each.values[lane.quantity] for each in reports]
    middle, most = statistics.median(values), max(values)
    tenth = (most - middle) / 10
    drawn = [n for n, value in enumerate(values) if value > most - 2 * tenth or n % 25 == 0]
    axes.scatter(
        [(reports[n].time_ms - world.start_ms) / 1000 for n in drawn],
        [values[n] for n in drawn],
        s=5,
        color=style.VEHICLE,
        alpha=0.75,
        linewidths=0,
        zorder=3,
    )
    upper = sum(value > most - tenth for value in values)
    lower = sum(most - 2 * tenth < value <= most - tenth for value in values)
    _level(axes, most, f"maximum {most:.0f} µg/m³")
    _level(axes, middle, f"median {middle:.0f}")
    for number, count in ((1, upper), (2, lower)):
        edge = most - number * tenth
        axes.axhspan(edge, edge + tenth, facecolor=style.ROUTE, alpha=0.08 * number, linewidth=0, zorder=1)
        axes.text(
            0.994,
            edge + tenth / 2,
            f"{count} readings in this tenth",
            transform=axes.get_yaxis_transform(),
            ha="right",
            va="center",
            fontsize=6.8,
            color=style.LEVEL,
            bbox={"boxstyle": "square,pad=0.15", "facecolor": style.PANEL, "edgecolor": "none"},
            zorder=6,
        )
    axes.locator_params(axis="y", nbins=5)
