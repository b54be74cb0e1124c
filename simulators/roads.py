"""A road graph: an irregular grid of arterials and minor roads, and the ways through it.

Roads through closed areas are in the graph but only taken by a driver who means to.
"""

import heapq
import itertools
from collections.abc import Set as AbstractSet

import numpy as np
from msgspec import Struct

from simulators.plane import Floats, cut, join, lengths

ARTERIAL_KMH = 60.0
MINOR_KMH = 40.0
SPUR_KMH = 18.0
SCHOOL_KMH = 30.0
CLOSED_KMH = 36.0


class Road(Struct, kw_only=True):
    """One straight road between two nodes; `closed` ones run through a no-go zone."""

    a: int
    b: int
    limit_kmh: float
    closed: bool = False
    school: bool = False
    spur: bool = False

    @property
    def key(self) -> tuple[int, int]:
        """The road's two nodes, smaller first."""
        return (min(self.a, self.b), max(self.a, self.b))


class RoadGraph:
    """Nodes with places, roads between them."""

    def __init__(self) -> None:
        self.places: list[Floats] = []
        self.roads: dict[tuple[int, int], Road] = {}
        self.neighbours: dict[int, list[int]] = {}

    def add_node(self, place: Floats) -> int:
        """Add a node and return its number."""
        self.places.append(np.asarray(place, dtype=np.float64))
        self.neighbours[len(self.places) - 1] = []
        return len(self.places) - 1

    def add_road(self, road: Road) -> None:
        """Add a road between existing nodes."""
        self.roads[road.key] = road
        self.neighbours[road.a].append(road.b)
        self.neighbours[road.b].append(road.a)

    def remove_road(self, key: tuple[int, int]) -> Road:
        """Take a road out."""
        road = self.roads.pop(key)
        self.neighbours[road.a].remove(road.b)
        self.neighbours[road.b].remove(road.a)
        return road

    def split(self, key: tuple[int, int], share: float) -> int:
        """Put a node on a road; returns it."""
        road = self.remove_road(key)
        node = self.add_node(self.places[road.a] * (1 - share) + self.places[road.b] * share)
        for end in (road.a, road.b):
            self.add_road(
                Road(a=end, b=node, limit_kmh=road.limit_kmh, closed=road.closed, school=road.school)
            )
        return node

    def length_m(self, road: Road) -> float:
        """A road's length."""
        return float(np.hypot(*(self.places[road.a] - self.places[road.b])))

    def way(
        self, start: int, end: int, avoid: AbstractSet[tuple[int, int]] = frozenset(), *, closed: bool = False
    ) -> list[int]:
        """The quickest way as nodes; roads in `avoid` cost twenty times as much. Raises ValueError without one."""
        best = {start: 0.0}
        came: dict[int, int] = {}
        queue = [(0.0, start)]
        while queue:
            cost, node = heapq.heappop(queue)
            if node == end:
                break
            if cost > best[node]:
                continue
            for other in self.neighbours[node]:
                road = self.roads[min(node, other), max(node, other)]
                if road.closed and not closed:
                    continue
                step = self.length_m(road) / road.limit_kmh * (20.0 if road.key in avoid else 1.0)
                if cost + step < best.get(other, np.inf):
                    best[other] = cost + step
                    came[other] = node
                    heapq.heappush(queue, (cost + step, other))
        if end not in best:
            raise ValueError(f"no way from node {start} to node {end}")
        nodes = [end]
        while nodes[-1] != start:
            nodes.append(came[nodes[-1]])
        return nodes[::-1]

    def trace(self, nodes: list[int]) -> "Path":
        """The places and limits along a way."""
        places = np.array([self.places[n] for n in nodes])
        limits = [
            SCHOOL_KMH if road.school else road.limit_kmh
            for road in (self.roads[min(p, q), max(p, q)] for p, q in itertools.pairwise(nodes))
        ]
        return Path(places=places, limits_kmh=np.array(limits, dtype=np.float64))


class Path(Struct, frozen=True, kw_only=True):
    """A line to drive: (n, 2) places in metres and the limit of each of its n − 1 pieces."""

    places: Floats
    limits_kmh: Floats

    def __add__(self, other: "Path") -> "Path":
        joined = float(np.hypot(*(other.places[0] - self.places[-1]))) > 0.01
        bridge = [SPUR_KMH] if joined else []
        return Path(
            places=join(self.places, other.places),
            limits_kmh=np.concatenate((self.limits_kmh, bridge, other.limits_kmh)),
        )

    def part(self, from_m: float, to_m: float | None = None) -> "Path":
        """The path between two distances along it; to its end without the second."""
        along = lengths(self.places)
        places = cut(self.places, from_m, float(along[-1]) if to_m is None else to_m)
        own = lengths(places)
        middles = (own[:-1] + own[1:]) / 2 + from_m
        piece = np.clip(np.searchsorted(along, middles, side="right") - 1, 0, len(self.limits_kmh) - 1)
        return Path(places=places, limits_kmh=self.limits_kmh[piece])

    def reverse(self) -> "Path":
        """The same way back."""
        return Path(places=self.places[::-1].copy(), limits_kmh=self.limits_kmh[::-1].copy())


def walk(*places: Floats, limit_kmh: float = SPUR_KMH) -> Path:
    """A path over given places at one limit."""
    line = join(np.array(places, dtype=np.float64))
    return Path(places=line, limits_kmh=np.full(len(line) - 1, limit_kmh))
