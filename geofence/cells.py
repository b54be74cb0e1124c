"""A grid over the plane whose cells list the areas that could matter to a place in them.

It saves asking a tree for every fix: most fixes of a city fall into a cell that lists nothing.
"""

import math

import numpy as np
import shapely
from shapely import Geometry

from geofence.edges import Ints, Shapes, expand
from geofence.projection import Floats

CELL_M = 250.0
MAX_CELLS = 1_000_000


class Cells:
    """For each cell the areas within `reach_m` of some place in it, by number; `nearest_only` keeps of them
    those that are the nearest to some place in it.

    An area is a shape and a distance around it: a circle is a point with its radius.
    """

    def __init__(
        self, shapes: Shapes, around_m: Floats, *, reach_m: float, nearest_only: bool = False
    ) -> None:
        self._cell_m, self._width, self._height = CELL_M, 0, 0
        self._west = self._south = 0.0
        if len(shapes):
            self._cover(shapely.bounds(shapes), float(around_m.max()) + reach_m)
        self._half_m = self._cell_m * math.sqrt(0.5) * (1.0 + 1e-9)
        found = [
            self._listed(*of, reach_m)
            for of in zip(shapely.bounds(shapes), shapes.tolist(), around_m.tolist(), strict=True)
        ]
        cell = np.concatenate([np.empty(0, dtype=np.int64)] + [cells for cells, _ in found])
        distance_m = np.concatenate([np.empty(0)] + [distances for _, distances in found])
        area = np.repeat(np.arange(len(found)), [len(cells) for cells, _ in found])
        if nearest_only:
            best_m = np.full(self._width * self._height, np.inf)
            np.minimum.at(best_m, cell, distance_m)
            keep = distance_m <= best_m[cell] + 2.0 * self._half_m
            cell, area = cell[keep], area[keep]
        # A stable sort keeps the areas of a cell in their order. The last cell is everywhere else.
        self._areas = area[np.argsort(cell, kind="stable")]
        self._counts = np.bincount(cell, minlength=self._width * self._height + 1)
        self._starts = np.cumsum(self._counts) - self._counts

    def pairs(self, x_m: Floats, y_m: Floats) -> tuple[Ints, Ints]:
        """Every (place, area) that could matter, by number, in the order of places and then of areas."""
        east = np.floor((x_m - self._west) / self._cell_m)
        north = np.floor((y_m - self._south) / self._cell_m)
        on_grid = (east >= 0) & (east < self._width) & (north >= 0) & (north < self._height)
        cell = np.where(on_grid, north * self._width + east, self._width * self._height).astype(np.int64)
        counts = self._counts[cell]
        places = np.flatnonzero(counts)
        counts = counts[places]
        return np.repeat(places, counts), self._areas[expand(self._starts[cell[places]], counts)]

    def areas_at(self, x_m: float, y_m: float) -> list[int]:
        """The areas that could matter to one place."""
        east, north = (x_m - self._west) / self._cell_m, (y_m - self._south) / self._cell_m
        if not (0.0 <= east < self._width and 0.0 <= north < self._height):
            return []
        cell = math.floor(north) * self._width + math.floor(east)
        start = int(self._starts[cell])
        areas: list[int] = self._areas[start : start + int(self._counts[cell])].tolist()
        return areas

    def _cover(self, bounds: Floats, beyond_m: float) -> None:
        west, south = bounds[:, :2].min(axis=0) - beyond_m
        east, north = bounds[:, 2:].max(axis=0) + beyond_m
        self._west, self._south = float(west), float(south)
        self._cell_m = max(CELL_M, math.sqrt((east - west) * (north - south) / MAX_CELLS))
        self._width = math.ceil((east - west) / self._cell_m)
        self._height = math.ceil((north - south) / self._cell_m)

    def _listed(
        self, bounds: Floats, shape: Geometry, around_m: float, reach_m: float
    ) -> tuple[Ints, Floats]:
        """The cells that list an area, and the distance from their middles to it."""
        west, south, east, north = bounds.tolist()
        beyond_m = around_m + reach_m
        columns = self._span(west - beyond_m - self._west, east + beyond_m - self._west, self._width)
        rows = self._span(south - beyond_m - self._south, north + beyond_m - self._south, self._height)
        row, column = (grid.ravel() for grid in np.meshgrid(rows, columns, indexing="ij"))
        x_m = self._west + (column + 0.5) * self._cell_m
        y_m = self._south + (row + 0.5) * self._cell_m
        distance_m = np.maximum(shapely.distance(shape, shapely.points(x_m, y_m)) - around_m, 0.0)
        keep = distance_m <= reach_m + self._half_m
        return (row * self._width + column)[keep], distance_m[keep]

    def _span(self, from_m: float, to_m: float, size: int) -> Ints:
        first = max(math.floor(from_m / self._cell_m), 0)
        last = min(math.floor(to_m / self._cell_m), size - 1)
        return np.arange(first, last + 1)
