"""Zones as areas in the plane: signed distances to their edges, and how far a straight line runs in them."""

import math
from collections.abc import Sequence

import numpy as np
import shapely
from shapely import Point

from geofence.edges import Ints, Shapes
from geofence.lines import Lines
from geofence.projection import Floats
from geofence.shape import Area, Disc


class Areas:
    """Areas, numbered as given. A circle is a point with the metres around it that belong to it."""

    def __init__(self, areas: Sequence[Area | Disc]) -> None:
        solid = [Point(area.x_m, area.y_m) if isinstance(area, Disc) else area for area in areas]
        self.shapes: Shapes = np.array(solid, dtype=np.object_)
        shapely.prepare(self.shapes)
        self.around_m = np.array([area.radius_m if isinstance(area, Disc) else 0.0 for area in areas])
        self._lines = Lines([_outline(area) for area in areas])
        wide_m = np.outer(self.around_m, [-1.0, -1.0, 1.0, 1.0])
        self._boxes: list[list[float]] = (shapely.bounds(self.shapes).reshape(-1, 4) + wide_m).tolist()
        edges = self._lines.edges
        cuts = edges.first[1:-1]
        self._outlines = list(
            zip(*(np.split(column, cuts) for column in (edges.ax, edges.ay, edges.bx, edges.by)), strict=True)
        )

    def signed_m(self, area: Ints, x_m: Floats, y_m: Floats) -> Floats:
        """The distance of each pair: from the place to the edge of area number `area`, ≤ 0 inside."""
        edge_m = self._lines.distances_m(area, x_m, y_m)
        inside = shapely.intersects_xy(self.shapes[area], x_m, y_m)
        # A circle's "edge" is its middle, which no place is inside of; adding 0 makes -0 an ordinary 0.
        around_m = self.around_m[area]
        signed_m: Floats = np.where(inside & (around_m == 0.0), -edge_m, edge_m) - around_m + 0.0
        return signed_m

    def signed_one_m(self, area: int, x_m: float, y_m: float) -> float:
        """The distance of one pair, the same to the bit."""
        edge_m = self._lines.distance_m(area, x_m, y_m)
        around_m = float(self.around_m[area])
        if around_m == 0.0 and shapely.intersects_xy(self.shapes[area], x_m, y_m):
            edge_m = -edge_m
        return edge_m - around_m + 0.0

    def crossing_m(self, area: int, x0_m: float, y0_m: float, x1_m: float, y1_m: float) -> float:
        """How many metres of the straight line between two places run in an area."""
        along_x, along_y = x1_m - x0_m, y1_m - y0_m
        length2 = along_x * along_x + along_y * along_y
        west, south, east, north = self._boxes[area]
        beside = (
            max(x0_m, x1_m) < west
            or min(x0_m, x1_m) > east
            or max(y0_m, y1_m) < south
            or min(y0_m, y1_m) > north
        )
        if beside or length2 == 0.0:
            return 0.0
        if self.around_m[area] > 0.0:
            cuts = self._circle_cuts(area, x0_m, y0_m, along_x, along_y)
        else:
            cuts = self._edge_cuts(area, x0_m, y0_m, along_x, along_y)
        inside = 0.0
        for enters, leaves in zip(cuts[::2], cuts[1::2], strict=True):
            inside += max(min(leaves, 1.0) - max(enters, 0.0), 0.0)
        return inside * math.sqrt(length2)

    def _edge_cuts(self, area: int, x_m: float, y_m: float, along_x: float, along_y: float) -> list[float]:
        """Where the endless line through a place cuts the edges, in multiples of its direction, in order.

        A corner on the line counts as left of it, always, so that there is an even number of cuts.
        """
        ax, ay, bx, by = self._outlines[area]
        ax, ay, bx, by = ax - x_m, ay - y_m, bx - x_m, by - y_m
        a_left, b_left = along_x * ay - along_y * ax, along_x * by - along_y * bx
        length2 = along_x * along_x + along_y * along_y
        cuts: list[float] = []
        # A line cuts a handful of edges: by plain numbers they are done sooner than numpy has begun.
        for cut in np.flatnonzero((a_left >= 0.0) != (b_left >= 0.0)).tolist():
            share = a_left.item(cut) / (a_left.item(cut) - b_left.item(cut))
            x, y = ax.item(cut), ay.item(cut)
            to_x, to_y = x + share * (bx.item(cut) - x), y + share * (by.item(cut) - y)
            cuts.append((to_x * along_x + to_y * along_y) / length2)
        return sorted(cuts)

    def _circle_cuts(self, area: int, x_m: float, y_m: float, along_x: float, along_y: float) -> list[float]:
        centre = self.shapes[area]
        to_x, to_y = centre.x - x_m, centre.y - y_m
        length2 = along_x * along_x + along_y * along_y
        middle = (to_x * along_x + to_y * along_y) / length2
        beside2 = (along_x * to_y - along_y * to_x) ** 2 / length2
        half2 = (float(self.around_m[area]) ** 2 - beside2) / length2
        if half2 <= 0.0:
            return []
        return [middle - math.sqrt(half2), middle + math.sqrt(half2)]


def _outline(area: Area | Disc) -> list[Floats]:
    if isinstance(area, Disc):
        return [np.array([[area.x_m, area.y_m]])]
    rings = [ring for part in shapely.get_parts(area) for ring in (part.exterior, *part.interiors)]
    return [shapely.get_coordinates(ring) for ring in rings]
