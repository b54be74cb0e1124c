"""Which edges of a broken line can be the nearest to a place: a tree of squares over each line's surroundings.

A square that many edges could matter to is split into 4 × 4. What is dropped on the way is certain: where
one point of the line is no farther than an edge from all four corners of a square, it is so everywhere in
the square, because the places closer to a point than to a straight edge form a convex set.
"""

import itertools
import math

import numpy as np
from numpy.typing import NDArray

from geofence.edges import Edges, Ints, distances2, expand, offsets
from geofence.projection import Floats

FEW_EDGES = 24
"""So few are tried one by one rather than split further."""
BEYOND_M = 40_000.0
"""How far a line's tree reaches beyond its box."""
MAX_LEVELS = 4
FINEST = 4**MAX_LEVELS
PAIRS_AT_ONCE = 32_768
SLACK_M = 1e-6
"""Far above the rounding of a distance in the plane, far below what matters."""


class EdgeTree:
    """The squares of all lines in one table; a line's own number is its root.

    `member` holds edge numbers, leaf after leaf.
    """

    def __init__(self, edges: Edges) -> None:
        self._edges = edges
        counts = np.diff(edges.first)
        self._split = counts > FEW_EDGES
        self._west, self._south, side_m = _squares(edges)
        self._per_finest = FINEST / side_m
        self._grow(counts, side_m)

    def leaves(self, line: Ints, x_m: Floats, y_m: Floats) -> tuple[Ints, Ints, NDArray[np.bool_]]:
        """For each pair where its edges start in `member`, how many they are, and whether it lies off the tree."""
        column = np.floor((x_m - self._west[line]) * self._per_finest[line])
        row = np.floor((y_m - self._south[line]) * self._per_finest[line])
        off = self._split[line] & ~((column >= 0) & (column < FINEST) & (row >= 0) & (row < FINEST))
        node = np.where(off, -1, line)  # the last node is nowhere: it has no edges
        (deeper,) = np.nonzero(self._split[line] & ~off)
        column, row = column[deeper].astype(np.int64), row[deeper].astype(np.int64)
        shift = 2 * MAX_LEVELS
        while len(deeper):
            shift -= 2
            child = self._child[node[deeper]] + ((row >> shift & 3) << 2 | column >> shift & 3)
            node[deeper] = child
            going = self._child[child] >= 0
            deeper, column, row = deeper[going], column[going], row[going]
        return self._starts[node], self._counts[node], off

    def leaf(self, line: int, x_m: float, y_m: float) -> list[int] | None:
        """The edges that matter to one place, None off the tree."""
        node = line
        if self._split[line]:
            column = math.floor((x_m - float(self._west[line])) * float(self._per_finest[line]))
            row = math.floor((y_m - float(self._south[line])) * float(self._per_finest[line]))
            if not (0 <= column < FINEST and 0 <= row < FINEST):
                return None
            shift = 2 * MAX_LEVELS
            while (child := int(self._child[node])) >= 0:
                shift -= 2
                node = child + ((row >> shift & 3) << 2 | column >> shift & 3)
        start = int(self._starts[node])
        edges: list[int] = self.member[start : start + int(self._counts[node])].tolist()
        return edges

    def _grow(self, counts: Ints, side_m: Floats) -> None:
        """Split level by level, all lines at once, until few edges are left everywhere."""
        west, south, edge = self._west, self._south, np.arange(len(self._edges.ax))
        child: list[Ints] = []
        leaf_counts: list[Ints] = []
        members: list[Ints] = []
        nodes = 0
        for level in range(MAX_LEVELS + 1):
            nodes += len(counts)
            split = (counts > FEW_EDGES) & (level < MAX_LEVELS)
            child.append(np.where(split, nodes + 16 * (np.cumsum(split) - 1), -1))
            leaf_counts.append(np.where(split, 0, counts))
            members.append(edge[np.repeat(~split, counts)])
            starts = np.cumsum(counts) - counts
            edge = edge[expand(np.repeat(starts[split], 16), np.repeat(counts[split], 16))]
            counts, side_m = np.repeat(counts[split], 16), np.repeat(side_m[split] / 4.0, 16)
            quarter = np.tile(np.arange(16), int(split.sum()))
            west = np.repeat(west[split], 16) + (quarter & 3) * side_m
            south = np.repeat(south[split], 16) + (quarter >> 2) * side_m
            edge, counts = self._sieve(edge, counts, west, south, side_m)
        self._child = np.concatenate([*child, [-1]])
        self._counts = np.concatenate([*leaf_counts, [0]])
        self._starts = np.cumsum(self._counts) - self._counts
        self.member: Ints = np.concatenate(members)

    def _sieve(
        self, edge: Ints, counts: Ints, west: Floats, south: Floats, side_m: Floats
    ) -> tuple[Ints, Ints]:
        """Drop of each square's edges what cannot be nearest in it, so many squares at a time as fit a cache."""
        ends = np.cumsum(counts)
        keep = np.empty(len(edge), dtype=np.bool_)
        kept = np.empty(len(counts), dtype=np.int64)
        low = done = 0
        while low < len(counts):
            high = max(int(np.searchsorted(ends, done + PAIRS_AT_ONCE)), low + 1)
            pairs, squares = slice(done, int(ends[high - 1])), slice(low, high)
            keep[pairs] = self._matters(
                edge[pairs], counts[squares], west[squares], south[squares], side_m[squares]
            )
            kept[squares] = np.add.reduceat(
                keep[pairs], ends[squares] - counts[squares] - done, dtype=np.int64
            )
            low, done = high, int(ends[high - 1])
        return edge[keep], kept

    def _matters(
        self, edge: Ints, counts: Ints, west: Floats, south: Floats, side_m: Floats
    ) -> NDArray[np.bool_]:
        """Whether an edge is nearer to some corner of its square than the point nearest to the middle is."""
        edges = self._edges.columns(edge)
        starts = np.cumsum(counts) - counts
        x_m, y_m = west + side_m / 2.0, south + side_m / 2.0
        ux, uy = offsets(edges, np.repeat(x_m, counts), np.repeat(y_m, counts))
        distance2 = ux * ux + uy * uy
        (nearest,) = np.nonzero(distance2 == np.repeat(np.minimum.reduceat(distance2, starts), counts))
        first = nearest[np.searchsorted(nearest, starts)]
        point_x, point_y = x_m - ux[first], y_m - uy[first]
        matters = np.zeros(len(edge), dtype=np.bool_)
        for corner_x, corner_y in itertools.product((west, west + side_m), (south, south + side_m)):
            limit_m = np.hypot(corner_x - point_x, corner_y - point_y) * (1.0 + 1e-9) + SLACK_M
            corner2 = distances2(edges, np.repeat(corner_x, counts), np.repeat(corner_y, counts))
            matters |= corner2 <= np.repeat(limit_m * limit_m, counts)
        return matters


def _squares(edges: Edges) -> tuple[Floats, Floats, Floats]:
    """West and south side, and the width, of the square around each line."""
    starts = edges.first[:-1]
    if not len(starts):
        return np.empty(0), np.empty(0), np.empty(0)
    west, south = (np.minimum.reduceat(np.minimum(a, b), starts) for a, b in _axes(edges))
    east, north = (np.maximum.reduceat(np.maximum(a, b), starts) for a, b in _axes(edges))
    side_m = np.maximum(east - west, north - south) + 2.0 * BEYOND_M
    return (west + east - side_m) / 2.0, (south + north - side_m) / 2.0, side_m


def _axes(edges: Edges) -> tuple[tuple[Floats, Floats], tuple[Floats, Floats]]:
    return (edges.ax, edges.bx), (edges.ay, edges.by)
