"""Distances from places to broken lines (routes, the outlines of areas), for many pairs at once.

Every number depends on its own pair alone, and one pair gives the same bits as the same pair in any batch:
both ways do the same IEEE operations in the same order.
"""

import math
from collections.abc import Sequence

import numpy as np
import shapely

from geofence.edge_tree import EdgeTree
from geofence.edges import Edges, Ints, distances2, expand
from geofence.projection import Floats


class Lines:
    """Broken lines in the plane, each of one part or several, numbered as given."""

    def __init__(self, lines: Sequence[Sequence[Floats]]) -> None:
        self.edges = Edges(lines)
        self._tree = EdgeTree(self.edges)
        self._scalars = self.edges.scalars()
        # Only for places off a line's tree, tens of kilometres away.
        # Part by part: those with different numbers of corners make no array.
        self._shapes = np.array(
            [shapely.MultiLineString([_drawable(part).tolist() for part in parts]) for parts in lines]
        )

    def distances_m(self, line: Ints, x_m: Floats, y_m: Floats) -> Floats:
        """The distance of each pair: from the place (x, y) to line number `line`."""
        starts, counts, off = self._tree.leaves(line, x_m, y_m)
        edge = self._tree.member[expand(starts, counts)]
        distance2 = distances2(self.edges.columns(edge), np.repeat(x_m, counts), np.repeat(y_m, counts))
        distance_m = np.empty(len(line))
        if len(distance2):
            run_starts = np.cumsum(counts) - counts
            distance_m[~off] = np.sqrt(np.minimum.reduceat(distance2, run_starts[~off]))
        if off.any():
            distance_m[off] = shapely.distance(self._shapes[line[off]], shapely.points(x_m[off], y_m[off]))
        return distance_m

    def distance_m(self, line: int, x_m: float, y_m: float) -> float:
        """The distance of one pair."""
        edges = self._tree.leaf(line, x_m, y_m)
        if edges is None:
            return float(shapely.distance(self._shapes[line], shapely.Point(x_m, y_m)))
        best = math.inf
        for edge in edges:
            ax, ay, dx, dy, per_length2 = self._scalars[edge]
            ux, uy = x_m - ax, y_m - ay
            share = min(max((ux * dx + uy * dy) * per_length2, 0.0), 1.0)
            ux, uy = ux - share * dx, uy - share * dy
            best = min(best, ux * ux + uy * uy)
        return math.sqrt(best)


def _drawable(part: Floats) -> Floats:
    """A place as a line from itself to itself: shapely knows no line of one place."""
    return part if len(part) > 1 else np.vstack((part, part))
