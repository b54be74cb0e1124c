"""Colours, sizes and words of the pictures: the light theme of the page, one look for every rule."""

from collections.abc import Mapping
from typing import Any

from domain.station import Severity
from domain.zone import ZoneKind
from scripts.rule_pictures.lanes import NAMES

TEXT, MUTED, GRID = "#1A2230", "#4B5768", "#D5DCE5"
GROUND, PANEL = "#F3F5F8", "#FFFFFF"
VEHICLE, OUTLINE, ROUTE = "#3B4A5E", "#1A2230", "#0B57D0"
LEVEL = "#A8071A"

FILL: Mapping[Severity, str] = {
    Severity.CRITICAL: "#A8071A",
    Severity.MAJOR: "#F08C00",
    Severity.MINOR: "#FFE066",
    Severity.INFO: "#2F6FDE",
}
GLYPH: Mapping[Severity, tuple[str, str]] = {
    Severity.CRITICAL: ("!!", "#FFFFFF"),
    Severity.MAJOR: ("!", "#111111"),
    Severity.MINOR: ("·", "#111111"),
    Severity.INFO: ("i", "#FFFFFF"),
}
MARKER: Mapping[Severity, str] = {
    Severity.CRITICAL: "8",
    Severity.MAJOR: "^",
    Severity.MINOR: "D",
    Severity.INFO: "o",
}
THIN = "#4B5768"
ZONE: Mapping[ZoneKind, str] = {
    ZoneKind.SOURCE_SITE: "#5B4A9E",
    ZoneKind.DISPOSAL_SITE: "#1F6F4A",
    ZoneKind.TRANSFER_STATION: "#0F6C8A",
    ZoneKind.NO_GO: "#9D174D",
    ZoneKind.SPEED_ZONE: "#7A4B00",
}
# Words of the state lanes that are filled; every other known word stands on white.
FILLED = frozenset({"full", "open", "up", "outside", "power cut", "A"})

WIDTH_IN = 10.6
MAP_IN, NUMBERS_IN, STRIP_IN, READINGS_IN = 1.14, 0.74, 0.2, 1.9
HEADER_IN, FOOTER_IN, SPACE_IN = 0.56, 0.44, 0.09
LEFT_IN, BETWEEN_IN, RIGHT_IN = 0.92, 0.27, 0.16
PANEL_IN = (WIDTH_IN - LEFT_IN - BETWEEN_IN - RIGHT_IN) / 2

RC: Mapping[Any, Any] = {
    "svg.fonttype": "none",
    "svg.hashsalt": "haulwatch",
    "font.family": ["DejaVu Sans"],
    "font.size": 8.0,
    "hatch.linewidth": 0.6,
    "hatch.color": "#AAB4C2",
    "axes.linewidth": 0.7,
    "axes.edgecolor": "#AAB4C2",
    "axes.facecolor": PANEL,
    "text.color": TEXT,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "xtick.labelsize": 7.5,
    "ytick.labelsize": 7.5,
    "xtick.major.size": 2.5,
    "ytick.major.size": 2.5,
    "path.simplify": False,
}


def zone_colour(kind: ZoneKind) -> str:
    """The colour of a zone's edge and, thinned, of its ground."""
    return ZONE.get(kind, THIN)


# States that are zones, or hours of a permit or a stop, have those colours.
WORDS: Mapping[str, str] = {
    **{name: zone_colour(kind) for kind, name in NAMES.items()},
    "in force": ROUTE,
    "12:00 to 12:03": ROUTE,
    "12:02 to 12:06": ROUTE,
}
