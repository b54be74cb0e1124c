"""A map of the districts with numbered spots, a scale bar and an arrow to the north."""

import math
from collections.abc import Sequence
from itertools import combinations
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from domain.zone import ZoneKind
from exports.pictures.canvas import FAINT, INK, RULE, SEVERITY, png
from exports.pictures.ground import SHOWN, Ground, Outline
from exports.pictures.lettering import Lettering

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.patches import PathPatch

Box = tuple[float, float, float, float]
"""Left, bottom, right and top in metres."""

WIDTH_MM, HEIGHT_MM = 156.0, 112.0
_LAND, _SPOT = "#F3F5F8", SEVERITY["critical"]
_MARGIN = 0.07
_APART = 0.042
"""How far the middles of two numbers are at least, as a share of the map's width."""

ZONE_COLOURS = {
    ZoneKind.SOURCE_SITE: "#5B4A9E",
    ZoneKind.DISPOSAL_SITE: "#1F6F4A",
    ZoneKind.TRANSFER_STATION: "#0F6C8A",
    ZoneKind.NO_GO: "#9D174D",
}

ZONE_WORDS = {
    ZoneKind.SOURCE_SITE: ("Source site", "工地"),
    ZoneKind.DISPOSAL_SITE: ("Disposal site", "消纳场"),
    ZoneKind.TRANSFER_STATION: ("Transfer station", "中转站"),
    ZoneKind.NO_GO: ("No-go area", "禁行区"),
}
_HOT_SPOT = ("Hot spot (number in the table)", "高发点位（编号同表）")


class Spot(Struct, frozen=True, kw_only=True):
    """A numbered place, WGS-84 degrees."""

    number: int
    lon: float
    lat: float


def city_map(ground: Ground, spots: Sequence[Spot], lettering: Lettering) -> bytes:
    """The map as PNG; a spot far outside the ground is left to the table, or the city would be a dot beside it."""
    placed = [(one, ground.plane.to_plane(one.lon, one.lat)) for one in spots]
    near = [(one, place) for one, place in placed if _is_near(place, _bounds(ground))]
    at = [place for _, place in near]
    frame = _frame(ground, at)

    def paint(figure: "Figure") -> None:
        axes = figure.add_subplot(aspect="equal")
        axes.grid(visible=False)
        axes.spines[:].set(visible=True, color=RULE)
        axes.set(xlim=(frame[0], frame[2]), ylim=(frame[1], frame[3]), xticks=[], yticks=[])
        _ground(axes, ground)
        for one in ground.districts:
            _name(axes, one, lettering)
        _spots(axes, [one for one, _ in near], at, frame[2] - frame[0])
        _scale(axes, frame, lettering)
        _north(axes, lettering)
        _legend(figure, ground, bool(near), lettering)

    return png(WIDTH_MM, HEIGHT_MM, lettering, paint)


def _bounds(ground: Ground) -> Box:
    """The box round the districts, else round the zones."""
    outlines = ground.districts or ground.zones
    return _box([place for one in outlines for ring in one.rings for place in ring])


def _box(places: Sequence[tuple[float, float]]) -> Box:
    xs, ys = [x for x, _ in places] or [0.0], [y for _, y in places] or [0.0]
    return min(xs), min(ys), max(xs), max(ys)


def _is_near(place: tuple[float, float], box: Box) -> bool:
    """Tell whether a place lies within half a box's size of it."""
    left, bottom, right, top = box
    reach = max(right - left, top - bottom) / 2
    return left - reach <= place[0] <= right + reach and bottom - reach <= place[1] <= top + reach


def _frame(ground: Ground, at: Sequence[tuple[float, float]]) -> Box:
    """The map's left, bottom, right and top in metres: of the sheet's proportions, round what is to be seen."""
    left, bottom, right, top = _bounds(ground)
    left, bottom, right, top = _box([(left, bottom), (right, top), *at])
    width = max(right - left, (top - bottom) * WIDTH_MM / HEIGHT_MM, 1000.0) * (1 + 2 * _MARGIN)
    height = width * HEIGHT_MM / WIDTH_MM
    middle_x, middle_y = (left + right) / 2, (bottom + top) / 2
    return middle_x - width / 2, middle_y - height / 2, middle_x + width / 2, middle_y + height / 2


def _ground(axes: "Axes", ground: Ground) -> None:
    for one in ground.districts:
        axes.add_patch(_patch(one, facecolor=_LAND, edgecolor="#7C8899", linewidth=0.9, zorder=1))
    for one in ground.zones:
        assert one.kind is not None
        colour = ZONE_COLOURS[one.kind]
        axes.add_patch(_patch(one, facecolor=colour + "33", edgecolor=colour, linewidth=0.8, zorder=2))


def _patch(one: Outline, **look: Any) -> "PathPatch":
    from matplotlib.patches import PathPatch  # noqa: PLC0415
    from matplotlib.path import Path  # noqa: PLC0415

    rings = [Path(list(ring), closed=True) for ring in one.rings]
    return PathPatch(Path.make_compound_path(*rings), **look)


def _name(axes: "Axes", one: Outline, lettering: Lettering) -> None:
    if not lettering.fits(one.name):
        return
    from matplotlib.patheffects import withStroke  # noqa: PLC0415

    axes.text(
        *one.at_m,
        lettering.drawable(one.name),
        color=FAINT,
        fontsize=9,
        ha="center",
        va="center",
        zorder=3,
        path_effects=[withStroke(linewidth=2.5, foreground="white")],
    )


def _spots(axes: "Axes", spots: Sequence[Spot], at: Sequence[tuple[float, float]], width_m: float) -> None:
    for spot, place, badge in zip(spots, at, _apart(at, width_m * _APART), strict=True):
        axes.plot(*zip(place, badge, strict=True), color=_SPOT, linewidth=0.8, zorder=4)
        axes.plot(*place, marker="o", markersize=3, color=_SPOT, zorder=4)
        axes.plot(
            *badge,
            marker="o",
            markersize=14,
            color=_SPOT,
            markeredgecolor="white",
            zorder=5 + 1 / spot.number,
        )
        axes.text(
            *badge,
            str(spot.number),
            color="white",
            fontsize=8,
            fontweight="bold",
            ha="center",
            va="center_baseline",
            zorder=6 + 1 / spot.number,
        )


def _apart(at: Sequence[tuple[float, float]], least_m: float) -> list[tuple[float, float]]:
    """Where numbers are written so that none hides another: pushed away from each other, step by step."""
    badges = [list(place) for place in at]
    for _ in range(60):
        for (i, one), (j, other) in combinations(enumerate(badges), 2):
            dx, dy = other[0] - one[0], other[1] - one[1]
            gap = math.hypot(dx, dy)
            if gap >= least_m:
                continue
            if gap < least_m / 1000:  # at one place: a direction for each pair
                dx, dy, gap = math.cos(i + 2.4 * j), math.sin(i + 2.4 * j), 1.0
            push = (least_m - min(gap, least_m)) / 2 / gap if gap > 1.0 else least_m / 2
            for axis, by in enumerate((dx * push, dy * push)):
                one[axis] -= by
                other[axis] += by
    return [(x, y) for x, y in badges]


def _scale(axes: "Axes", frame: Box, lettering: Lettering) -> None:
    width = frame[2] - frame[0]
    length = scale_m(width / 5)
    x, y = frame[0] + width * 0.03, frame[1] + (frame[3] - frame[1]) * 0.045
    axes.barh(
        y + width * 0.012, length + width * 0.03, left=x - width * 0.015, height=width * 0.055,
        color="white", alpha=0.85, zorder=6.9,
    )  # fmt: skip
    for part, colour in enumerate((INK, "white")):
        axes.barh(
            y, length / 2, left=x + part * length / 2, height=width * 0.007, color=colour,
            edgecolor=INK, linewidth=0.6, zorder=7,
        )  # fmt: skip
    text = f"{length / 1000:g} km" if length >= 1000 else f"{length:g} m"
    axes.text(x + length / 2, y + width * 0.012, lettering.drawable(text), fontsize=8, ha="center", zorder=7)


def scale_m(most_m: float) -> float:
    """The longest round length, 1, 2 or 5 times a power of ten, of at most `most_m`."""
    power = 10.0 ** math.floor(math.log10(most_m))
    return max(step * power for step in (1, 2, 5) if step * power <= most_m)


def _north(axes: "Axes", lettering: Lettering) -> None:
    axes.annotate(
        "北" if lettering.language == "zh" else "N",
        xy=(0.955, 0.965),
        xytext=(0.955, 0.875),
        xycoords="axes fraction",
        ha="center",
        va="center",
        fontsize=10,
        arrowprops={"arrowstyle": "-|>", "color": INK, "lw": 1.2},
        zorder=7,
    )


def _legend(figure: "Figure", ground: Ground, has_spots: bool, lettering: Lettering) -> None:
    from matplotlib.lines import Line2D  # noqa: PLC0415
    from matplotlib.patches import Patch  # noqa: PLC0415

    is_zh = lettering.language == "zh"
    kinds = {one.kind for one in ground.zones}
    entries: list[object] = [
        Patch(
            facecolor=ZONE_COLOURS[kind] + "33", edgecolor=ZONE_COLOURS[kind], label=ZONE_WORDS[kind][is_zh]
        )
        for kind in SHOWN
        if kind in kinds
    ]
    if has_spots:
        mark = Line2D(
            [],
            [],
            marker="o",
            color=_SPOT,
            markeredgecolor="white",
            markersize=8,
            linestyle="",
            label=_HOT_SPOT[is_zh],
        )
        entries.insert(0, mark)
    if entries:
        figure.legend(
            handles=entries,
            loc="outside lower center",
            ncols=len(entries) if is_zh else 3,
            columnspacing=1.2,
            fontsize=8,
            handlelength=1.4,
        )
