"""Straight edges in the plane, as columns: the bricks of routes and of the outlines of areas."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from geofence.projection import Floats

Ints = NDArray[np.int64]
Shapes = NDArray[np.object_]
Columns = tuple[Floats, Floats, Floats, Floats, Floats]


class Edges:
    """The edges from (ax, ay) to (bx, by) of many broken lines; those of line n are first[n] … first[n + 1] − 1.

    A line is given as its parts, each an array of places (x, y); a part may be one place.
    """

    def __init__(self, lines: Sequence[Sequence[Floats]]) -> None:
        edges = [_edges_of(parts) for parts in lines]
        self.first: Ints = np.cumsum([0] + [len(edge) for edge in edges])
        columns = np.concatenate([np.empty((0, 4)), *edges]).T
        self.ax, self.ay, self.bx, self.by = (np.ascontiguousarray(column) for column in columns)
        self.dx, self.dy = self.bx - self.ax, self.by - self.ay
        length2 = self.dx * self.dx + self.dy * self.dy
        self.per_length2 = np.divide(1.0, length2, out=np.zeros_like(length2), where=length2 > 0.0)

    def columns(self, edge: Ints) -> Columns:
        """(ax, ay, dx, dy, per_length2) of some edges."""
        return self.ax[edge], self.ay[edge], self.dx[edge], self.dy[edge], self.per_length2[edge]

    def scalars(self) -> list[tuple[float, float, float, float, float]]:
        """(ax, ay, dx, dy, per_length2) of every edge as plain numbers, for one place at a time."""
        columns = (self.ax, self.ay, self.dx, self.dy, self.per_length2)
        return list(zip(*(column.tolist() for column in columns), strict=True))


def offsets(edges: Columns, x_m: Floats, y_m: Floats) -> tuple[Floats, Floats]:
    """For each pair, how far east and north of the nearest point of the edge the place lies."""
    ax, ay, dx, dy, per_length2 = edges
    ux, uy = x_m - ax, y_m - ay
    share = ux * dx
    share += uy * dy
    share *= per_length2
    np.maximum(share, 0.0, out=share)
    np.minimum(share, 1.0, out=share)
    ux -= share * dx
    uy -= share * dy
    return ux, uy


def distances2(edges: Columns, x_m: Floats, y_m: Floats) -> Floats:
    """The squared distance of each pair."""
    ux, uy = offsets(edges, x_m, y_m)
    ux *= ux
    uy *= uy
    ux += uy
    return ux


def expand(starts: Ints, counts: Ints) -> Ints:
    """The numbers start, start + 1, … (count of them) of every run, one run after the other."""
    ends = np.cumsum(counts)
    total = int(ends[-1]) if len(ends) else 0
    return np.repeat(starts - (ends - counts), counts) + np.arange(total)


def _edges_of(parts: Sequence[Floats]) -> Floats:
    """(ax, ay, bx, by) of a line; edges without length are left out unless there is no other."""
    edges = np.concatenate(
        [np.hstack((part[:-1], part[1:]) if len(part) > 1 else (part, part)) for part in parts]
    )
    longer = edges[(edges[:, 0] != edges[:, 2]) | (edges[:, 1] != edges[:, 3])]
    return longer if len(longer) else edges[:1]
