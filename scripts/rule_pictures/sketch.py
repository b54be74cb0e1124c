"""The map sketch: zones, districts, routes, stops, and the track with its fixes and direction, in true proportion."""

import itertools
import math
from collections.abc import Sequence

import pyproj
from matplotlib.axes import Axes
from matplotlib.patches import Polygon

from alerts.finding import Finding
from domain.zone import Circle, Zone, ZoneKind
from scripts.rule_pictures import style
from scripts.rule_pictures.case import JudgedSide, Row
from scripts.rule_pictures.lanes import NAMES
from tests.support.factories import NORTHING_0_M, World

GAP_S = 300
_PLANE = pyproj.Proj("+proj=tmerc +lat_0=0 +lon_0=114 +k=1 +ellps=WGS84")
View = tuple[float, float, float, float]


def metres(lon: float, lat: float) -> tuple[float, float]:
    """Degrees to metres east and north of the world's origin."""
    x_m, y_m = _PLANE(lon, lat)
    return float(x_m), float(y_m) - NORTHING_0_M


def draw(axes: Axes, judged: JudgedSide, view_m: View) -> None:
    """Draw one side's map."""
    west, south, east, north = _filled(view_m)
    axes.set_xlim(west, east)
    axes.set_ylim(south, north)
    axes.set_aspect("equal")
    axes.set_facecolor(style.GROUND)
    axes.set_xticks([])
    axes.set_yticks([])
    world = judged.side.world
    _districts(axes, world, (west, south, east, north))
    for zone in world.zones:
        _zone(axes, zone, (west, south, east, north))
    _routes(axes, world)
    _stops(axes, world)
    for track in (judged.rows, *judged.others):
        _track(axes, track, judged.findings, (east - west) / style.PANEL_IN)
        if judged.others:
            _halt(axes, track)
    _scale(axes, (west, south, east, north))


def _filled(view_m: View) -> View:
    """The view, widened about its middle to the proportions of the panel."""
    west, south, east, north = view_m
    wanted = style.PANEL_IN / style.MAP_IN
    width, height = east - west, north - south
    more_x = max(0.0, height * wanted - width) / 2
    more_y = max(0.0, width / wanted - height) / 2
    return west - more_x, south - more_y, east + more_x, north + more_y


def _label(axes: Axes, x_m: float, y_m: float, text: str, colour: str, **where: str) -> None:
    box = {"boxstyle": "square,pad=0.12", "facecolor": style.GROUND, "edgecolor": "none", "alpha": 0.85}
    axes.text(x_m, y_m, text, color=colour, fontsize=7, bbox=box, clip_on=True, zorder=6, **where)  # type: ignore[arg-type]


def _districts(axes: Axes, world: World, view_m: View) -> None:
    for district in world.districts:
        ring = [metres(*point) for point in district.shape.polygons[0][0]]
        axes.add_patch(
            Polygon(ring, facecolor="#FFFFFF", edgecolor=style.MUTED, linewidth=1, linestyle=(0, (4, 3)))
        )
        edge_m = max(x for x, _ in ring)
        _label(
            axes,
            edge_m - (view_m[2] - view_m[0]) / 100,
            view_m[1] * 0.93,
            "district",
            style.MUTED,
            ha="right",
            va="bottom",
        )


def _zone(axes: Axes, zone: Zone, view_m: View) -> None:
    colour = style.zone_colour(zone.kind)
    shape = zone.shape
    if isinstance(shape, Circle):
        raise TypeError("the pictures draw no round zones")
    ring = [metres(*point) for point in shape.polygons[0][0]]
    edge = {ZoneKind.NO_GO: 1.8, ZoneKind.SOURCE_SITE: 1.4, ZoneKind.DISPOSAL_SITE: 1.4}.get(zone.kind, 1.0)
    dashes = (0, (4, 2)) if zone.kind is ZoneKind.SPEED_ZONE else "solid"
    axes.add_patch(Polygon(ring, facecolor=colour, alpha=0.14, edgecolor="none", zorder=1))
    axes.add_patch(Polygon(ring, fill=False, edgecolor=colour, linewidth=edge, linestyle=dashes, zorder=2))
    name = NAMES[zone.kind]
    if zone.speed_limit_kmh is not None:
        name = f"{name}, {zone.speed_limit_kmh:.0f} km/h"
    left, right = max(min(x for x, _ in ring), view_m[0]), min(max(x for x, _ in ring), view_m[2])
    top = min(max(y for _, y in ring), view_m[3])
    line_m = (view_m[3] - view_m[1]) * 0.045
    if zone.kind is ZoneKind.WASH_BAY:
        _label(axes, (left + right) / 2, top + line_m, name, colour, ha="center", va="bottom")
    else:
        _label(axes, (left + right) / 2, top - line_m, name, colour, ha="center", va="top")


def _routes(axes: Axes, world: World) -> None:
    for route in world.routes:
        points = [metres(*point) for point in route.line]
        xs, ys = zip(*points, strict=True)
        half = route.half_width_m
        band = [
            (xs[0], ys[0] - half),
            (xs[-1], ys[-1] - half),
            (xs[-1], ys[-1] + half),
            (xs[0], ys[0] + half),
        ]
        axes.add_patch(Polygon(band, facecolor=style.ROUTE, alpha=0.10, edgecolor="none", zorder=1))
        axes.plot(xs, ys, color=style.ROUTE, linewidth=1.2, alpha=0.6, zorder=2)
        _label(
            axes,
            axes.get_xlim()[1] * 0.985,
            -half * 0.55,
            "approved route",
            style.ROUTE,
            ha="right",
            va="center",
        )


def _stops(axes: Axes, world: World) -> None:
    for run in world.runs:
        for stop in run.stops:
            x_m, y_m = metres(stop.lon, stop.lat)
            turns = [2 * math.pi * n / 48 for n in range(48)]
            ring = [(x_m + stop.radius_m * math.cos(t), y_m + stop.radius_m * math.sin(t)) for t in turns]
            axes.add_patch(Polygon(ring, facecolor=style.THIN, alpha=0.14, edgecolor="none", zorder=1))
            axes.add_patch(Polygon(ring, fill=False, edgecolor=style.THIN, linewidth=1, zorder=2))
            _label(
                axes, x_m, y_m + stop.radius_m * 1.1, "collection stop", style.THIN, ha="center", va="bottom"
            )


def place(row: Row) -> tuple[float, float]:
    """Where a row's fix is."""
    assert row.report.lon is not None
    assert row.report.lat is not None
    return metres(row.report.lon, row.report.lat)


def _in_alert(row: Row, findings: Sequence[Finding]) -> Finding | None:
    for finding in findings:
        ended_ms = finding.ended_ms if finding.ended_ms is not None else math.inf
        if finding.started_ms <= row.report.time_ms <= max(ended_ms, finding.started_ms):
            return finding
    return None


def _lines(axes: Axes, rows: Sequence[Row]) -> None:
    run = [rows[0]]
    for row in [*rows[1:], None]:
        if row is not None and row.second - run[-1].second <= GAP_S:
            run.append(row)
            continue
        axes.plot(*zip(*map(place, run), strict=True), color=style.VEHICLE, linewidth=1.1, zorder=3)
        if row is not None:
            across = [place(run[-1]), place(row)]
            axes.plot(
                *zip(*across, strict=True),
                color=style.VEHICLE,
                linewidth=1.1,
                linestyle=(0, (2, 2)),
                zorder=3,
            )
            run = [row]


def _track(axes: Axes, rows: Sequence[Row], findings: Sequence[Finding], m_per_in: float) -> None:
    _lines(axes, rows)
    arrow_at_m = 0.0
    for before, row in itertools.pairwise(rows):
        (x_0, y_0), (x_1, y_1) = place(before), place(row)
        run_m = math.hypot(x_1 - x_0, y_1 - y_0)
        arrow_at_m -= run_m
        if arrow_at_m <= 0 and run_m > 0.16 * m_per_in:
            arrow_at_m = 0.8 * m_per_in
            middle = ((x_0 + x_1) / 2, (y_0 + y_1) / 2)
            ahead = (middle[0] + (x_1 - x_0) / run_m, middle[1] + (y_1 - y_0) / run_m)
            arrow = {
                "arrowstyle": "-|>,head_width=0.24,head_length=0.42",
                "color": style.VEHICLE,
                "shrinkA": 0,
                "shrinkB": 0,
            }
            axes.annotate("", xy=ahead, xytext=middle, arrowprops=arrow, zorder=4)
    calm = [place(row) for row in rows if _in_alert(row, findings) is None]
    if calm:
        xs, ys = zip(*calm, strict=True)
        axes.scatter(xs, ys, s=7, color=style.VEHICLE, linewidths=0, zorder=5)
    for finding in findings:
        held = [place(row) for row in rows if _in_alert(row, [finding])]
        if held:
            xs, ys = zip(*held, strict=True)
            axes.scatter(
                xs,
                ys,
                s=15,
                color=style.FILL[finding.severity],
                edgecolors=style.OUTLINE,
                linewidths=0.6,
                zorder=5.5,
            )


def _halt(axes: Axes, rows: Sequence[Row]) -> None:
    """Ring the place where one of several vehicles stands."""
    standing = [place(row) for row in rows if row.report.speed_kmh == 0]
    if standing:
        axes.scatter(
            *standing[0], s=110, facecolors="none", edgecolors=style.VEHICLE, linewidths=1.3, zorder=6
        )


def _scale(axes: Axes, view_m: View) -> None:
    west, south, east, north = view_m
    wanted = (east - west) / 8
    power = 10 ** math.floor(math.log10(wanted))
    length = max(step * power for step in (1, 2, 5) if step * power <= wanted)
    x_m, y_m = west + (east - west) * 0.015, south + (north - south) * 0.08
    axes.plot(
        [x_m, x_m + length], [y_m, y_m], color=style.TEXT, linewidth=1.6, solid_capstyle="butt", zorder=7
    )
    text_x = x_m + length + (east - west) * 0.01
    _label(axes, text_x, y_m, f"{length:.0f} m", style.TEXT, ha="left", va="center")
