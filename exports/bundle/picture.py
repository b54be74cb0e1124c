"""The picture of a place and a way: zones, routes and track in metres, as SVG drawn by hand. No map behind it."""

import math
from collections.abc import Sequence
from html import escape

from msgspec import Struct
from shapely import MultiPolygon, Polygon

from domain.report import PositionReport
from domain.zone import Route, Zone, ZoneKind
from exports.words import Language
from geofence.projection import Plane
from geofence.shape import Disc, route_shape, zone_shape

WIDTH, HEIGHT = 720, 420
_MARGIN = 28
_LEAST_M = 120.0
"""Half of the least width shown: a truck that stands still is a dot in its surroundings."""

INK, FAINT, LINE, PAPER = "#1A2230", "#4B5768", "#D5DCE5", "#F7F9FB"
ALERT, TRACK, ROUTE = "#A8071A", "#5C6B80", "#0B57D0"
ZONE_COLOURS = {
    ZoneKind.SOURCE_SITE: "#5B4A9E",
    ZoneKind.DISPOSAL_SITE: "#1F6F4A",
    ZoneKind.TRANSFER_STATION: "#0F6C8A",
    ZoneKind.NO_GO: "#9D174D",
    ZoneKind.SPEED_ZONE: "#9A6700",
}
WORDS = {
    "track": ("轨迹", "Track"),
    "alert": ("告警期间", "During the alert"),
    "place": ("告警位置", "Place of the alert"),
    "route": ("核准路线", "Approved route"),
    "map": ("轨迹与区域示意图", "The track and the zones around it"),
    "north": ("北", "N"),
    "member": ("卸料或停留", "Unloading or stay"),
}


class Scene(Struct, frozen=True, kw_only=True):
    """What is drawn; times in ms. `place` and `others` are (lon, lat)."""

    plane: Plane
    zones: Sequence[Zone]
    routes: Sequence[Route]
    positions: Sequence[PositionReport]
    from_ms: int
    to_ms: int
    place: tuple[float, float] | None
    others: Sequence[tuple[float, float]] = ()


class _View:
    """From degrees to the picture: metres to units, the north at the top."""

    def __init__(self, scene: Scene) -> None:
        self._plane = scene.plane
        places = [
            self.metres(one.lon, one.lat)
            for one in scene.positions
            if one.lon is not None and one.lat is not None
        ]
        places += [self.metres(*one) for one in (*([scene.place] if scene.place else []), *scene.others)]
        xs, ys = [x for x, _ in places], [y for _, y in places]
        self._x, self._y = (min(xs) + max(xs)) / 2, (min(ys) + max(ys)) / 2
        least_m = _LEAST_M if len(places) > 1 else 5 * _LEAST_M
        half_x = max((max(xs) - min(xs)) / 2 * 1.1, least_m)
        half_y = max((max(ys) - min(ys)) / 2 * 1.1, least_m * HEIGHT / WIDTH)
        self.per_m = min((WIDTH / 2 - _MARGIN) / half_x, (HEIGHT / 2 - _MARGIN) / half_y)

    def metres(self, lon: float, lat: float) -> tuple[float, float]:
        return self._plane.to_plane(lon, lat)

    def at(self, x_m: float, y_m: float) -> tuple[float, float]:
        return WIDTH / 2 + (x_m - self._x) * self.per_m, HEIGHT / 2 - (y_m - self._y) * self.per_m

    def of(self, lon: float, lat: float) -> tuple[float, float]:
        return self.at(*self.metres(lon, lat))


class _Names:
    """The names of zones, one beside the other: one that would lie over another is left out."""

    def __init__(self) -> None:
        self.drawn: list[str] = []
        self._taken: list[tuple[float, float, float]] = [(WIDTH - 20, 34, 60)]  # the arrow to the north

    def add(self, zone: Zone, x: float, y: float, colour: str) -> None:
        """Write a zone's name in the middle of (x, y), if there is room."""
        text = zone.name or zone.id
        width = sum(12 if ord(letter) > 0x2E7F else 7 for letter in text)
        x = min(max(x, width / 2 + 4), WIDTH - width / 2 - 4)
        y = min(max(y, 16), HEIGHT - 34)
        if any(abs(x - at_x) < (width + wide) / 2 and abs(y - at_y) < 15 for at_x, at_y, wide in self._taken):
            return
        self._taken.append((x, y, width))
        style = 'text-anchor="middle" font-size="12" paint-order="stroke" stroke="#fff" stroke-width="3"'
        self.drawn.append(f'<text x="{x:.0f}" y="{y:.0f}" {style} fill="{colour}">{escape(text)}</text>')


def has_picture(scene: Scene) -> bool:
    """Tell whether there is something to draw: a way, several places, or one among zones."""
    is_way = any(one.lon is not None for one in scene.positions)
    return is_way or bool(scene.others) or (scene.place is not None and bool(scene.zones))


def picture(scene: Scene, language: Language) -> str:
    """The picture as an SVG element."""
    view = _View(scene)
    at = 0 if language == "zh" else 1
    names = _Names()
    parts = [
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" xmlns="http://www.w3.org/2000/svg" class="picture">',
        f"<title>{WORDS['map'][at]}</title>",
        f'<clipPath id="view"><rect width="{WIDTH}" height="{HEIGHT}"/></clipPath>',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="{PAPER}" stroke="{LINE}"/>',
        '<g clip-path="url(#view)">',
        *(_zone(view, scene, zone, names) for zone in scene.zones),
        *(_route(view, scene, route) for route in scene.routes),
        _line(view, scene.positions, TRACK, 2),
        _line(view, _during(scene), ALERT, 4),
        *(
            _dot(view, one, 3, TRACK if not _is_during(scene, one) else ALERT)
            for one in _sparse(scene.positions)
        ),
        *(_member(view, place) for place in scene.others),
        "" if scene.place is None else _mark(view, scene.place),
        *names.drawn,
        "</g>",
        _scale(view),
        f'<path d="M{WIDTH - 26} 34 l6 -20 l6 20 l-6 -5z" fill="{INK}"/>',
        f'<text x="{WIDTH - 20}" y="48" text-anchor="middle" font-size="12" fill="{INK}">{WORDS["north"][at]}</text>',
        "</svg>",
    ]
    return "".join(parts)


def legend(scene: Scene, language: Language) -> str:
    """What the colours of the picture mean."""
    at = 0 if language == "zh" else 1
    keys = [("track", TRACK), ("alert", ALERT)] if scene.positions else []
    keys += [("route", ROUTE)] if scene.routes else []
    keys += [("place", ALERT)] if scene.place is not None and not scene.positions else []
    keys += [("member", INK)] if scene.others else []
    swatch = '<span class="key"><i style="background:{}"></i>{}</span>'
    return "".join(swatch.format(colour, WORDS[name][at]) for name, colour in keys)


def _is_during(scene: Scene, report: PositionReport) -> bool:
    return scene.from_ms <= report.time_ms <= scene.to_ms


def _during(scene: Scene) -> list[PositionReport]:
    return [one for one in scene.positions if _is_during(scene, one)]


def _sparse(positions: Sequence[PositionReport]) -> Sequence[PositionReport]:
    return positions[:: max(1, len(positions) // 200)]


def _line(view: _View, positions: Sequence[PositionReport], colour: str, width: int) -> str:
    places = [view.of(one.lon, one.lat) for one in positions if one.lon is not None and one.lat is not None]
    points = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
    style = (
        f'fill="none" stroke="{colour}" stroke-width="{width}" stroke-linejoin="round" stroke-linecap="round"'
    )
    return f'<polyline points="{points}" {style}/>' if len(places) > 1 else ""


def _dot(view: _View, report: PositionReport, radius: float, colour: str) -> str:
    if report.lon is None or report.lat is None:
        return ""
    x, y = view.of(report.lon, report.lat)
    return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius}" fill="{colour}"/>'


def _member(view: _View, place: tuple[float, float]) -> str:
    x, y = view.of(*place)
    return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="6" fill="none" stroke="{INK}" stroke-width="2"/>'


def _mark(view: _View, place: tuple[float, float]) -> str:
    x, y = view.of(*place)
    return (
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="13" fill="none" stroke="{ALERT}" stroke-width="2.5"/>'
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="{ALERT}" stroke="#fff"/>'
    )


def _zone(view: _View, scene: Scene, zone: Zone, names: _Names) -> str:
    """A zone as far as any of it can be seen; its name goes where its middle is."""
    shape = zone_shape(zone, scene.plane)
    colour = ZONE_COLOURS.get(zone.kind, FAINT)
    style = f'fill="{colour}" fill-opacity="0.12" stroke="{colour}" stroke-width="1.5"'
    if isinstance(shape, Disc):
        x, y = view.at(shape.x_m, shape.y_m)
        radius = shape.radius_m * view.per_m
        if not _is_seen(x - radius, y - radius, x + radius, y + radius):
            return ""
        names.add(zone, x, max(y - radius, 0) + 15, colour)
        return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius:.1f}" {style}/>'
    if not isinstance(shape, Polygon | MultiPolygon):
        return ""
    west, south, east, north = shape.bounds
    (left, bottom), (right, top) = view.at(west, south), view.at(east, north)
    if not _is_seen(left, top, right, bottom):
        return ""
    names.add(zone, (max(left, 0) + min(right, WIDTH)) / 2, max(top, 0) + 15, colour)
    areas = shape.geoms if isinstance(shape, MultiPolygon) else [shape]
    rings = [ring for area in areas for ring in (area.exterior, *area.interiors)]
    path = "".join(
        "M" + "L".join("{:.1f} {:.1f}".format(*view.at(x, y)) for x, y in ring.coords[:-1]) + "Z"
        for ring in rings
    )
    return f'<path d="{path}" fill-rule="evenodd" {style}/>'


def _is_seen(left: float, top: float, right: float, bottom: float) -> bool:
    return right >= 0 and left <= WIDTH and bottom >= 0 and top <= HEIGHT


def _route(view: _View, scene: Scene, route: Route) -> str:
    """A route, as wide as counts as on it."""
    shape = route_shape(route, scene.plane)
    if not hasattr(shape, "coords"):
        return ""
    points = " ".join("{:.1f},{:.1f}".format(*view.at(x, y)) for x, y in shape.coords)
    width = max(2 * route.half_width_m * view.per_m, 2)
    form = f'points="{points}" fill="none" stroke="{ROUTE}" stroke-linejoin="round"'
    return (
        f'<polyline {form} stroke-width="{width:.1f}" stroke-opacity="0.12"/>'
        f'<polyline {form} stroke-width="1.5" stroke-dasharray="6 4"/>'
    )


def _scale(view: _View) -> str:
    """A bar of a round length, about a sixth of the width."""
    wanted_m = WIDTH / 6 / view.per_m
    power = 10 ** math.floor(math.log10(wanted_m))
    length_m = max(step * power for step in (1, 2, 5) if step * power <= wanted_m)
    text = f"{length_m / 1000:g} km" if length_m >= 1000 else f"{length_m:g} m"
    x, y = 16, HEIGHT - 14
    width = length_m * view.per_m
    return (
        f'<rect x="{x - 6}" y="{y - 22}" width="{width + 12:.1f}" height="28" fill="#fff" fill-opacity="0.8"/>'
        f'<path d="M{x} {y - 5}V{y}H{x + width:.1f}V{y - 5}" fill="none" stroke="{INK}" stroke-width="1.5"/>'
        f'<text x="{x + width / 2:.1f}" y="{y - 8}" text-anchor="middle" font-size="12" fill="{INK}">{text}</text>'
    )
