"""A seeded district: its roads, sites, disposal sites, transfer stations, depots, closed areas and schools.

Everything is drawn from the seed alone, so a seed always gives the same district. What protects honest
drivers from alerts is here too: places to be lie `SET_BACK_M` off the roads and closed areas lie so that
no straight line between two fixes of a truck on open roads cuts through one.
"""

import math

import numpy as np
from msgspec import Struct

from simulators.plane import Floats, Plane, points, rectangle
from simulators.roads import ARTERIAL_KMH, CLOSED_KMH, MINOR_KMH, Path, Road, RoadGraph, walk

CENTRE = (120.305, 31.576)
COLUMNS, ROWS = 11, 9
SET_BACK_M = 45.0
CLOSED_HALF_M = 150.0
ROUTE_HALF_WIDTH_M = 50.0
CANYON_RADIUS_M = 350.0


class Lot(Struct, frozen=True, kw_only=True):
    """A fenced place beside a road, reached by a spur from the road's node `node`."""

    id: str
    name: str
    kind: str
    node: int
    corners: Floats
    gate: Floats
    along: Floats
    inward: Floats
    depth_m: float

    def spot(self, across_m: float, in_m: float) -> Floats:
        """A place inside, given by metres along the road and metres inwards from the gate."""
        spot: Floats = self.gate + self.along * across_m + self.inward * in_m
        return spot

    @property
    def wash_bay(self) -> Floats:
        """Where the wheels are washed, close to the gate."""
        return self.spot(-14.0, 24.0)


class ClosedArea(Struct, frozen=True, kw_only=True):
    """A no-go zone and the nodes of the road that runs through it (west, middle, east), if any."""

    id: str
    name: str
    corners: Floats
    through: tuple[int, int, int] | None


class School(Struct, frozen=True, kw_only=True):
    """A speed zone along one road."""

    id: str
    name: str
    corners: Floats
    road: tuple[int, int]


class WildTip(Struct, frozen=True, kw_only=True):
    """A secret tip by an open road, far from every lot; trucks come to it from crossing `node`."""

    node: int
    place: Floats
    along: Floats
    limit_kmh: float


class City(Struct, frozen=True, kw_only=True):
    """A whole district, in metres around its centre."""

    plane: Plane
    graph: RoadGraph
    outline: Floats
    sites: tuple[Lot, ...]
    disposals: tuple[Lot, ...]
    transfers: tuple[Lot, ...]
    depots: tuple[Lot, ...]
    closed: tuple[ClosedArea, ...]
    schools: tuple[School, ...]
    canyons: tuple[Floats, ...]
    corners: tuple[int, ...]
    """Crossings of open roads, for runs that wander."""
    rim: tuple[tuple[int, Floats], ...]
    """Crossings at the edge of the road network, each with the unit vector out of the district."""
    wild_tips: tuple[WildTip, ...] = ()

    def way(
        self, start: Lot, end: Lot, avoid: frozenset[tuple[int, int]] = frozenset(), via: tuple[int, ...] = ()
    ) -> Path:
        """From the gate of one lot to the gate of another, by nodes to pass on the way."""
        nodes = [start.node]
        for stop in (*via, end.node):
            nodes += self.graph.way(nodes[-1], stop, avoid)[1:]
        return self.from_nodes(start, nodes, end)

    def from_nodes(self, start: Lot, nodes: list[int], end: Lot) -> Path:
        """The path over given nodes, with the spurs at both ends."""
        road = self.graph.trace(nodes)
        return walk(start.gate, road.places[0]) + road + walk(road.places[-1], end.gate)

    def canyon_factor(self, x_m: Floats, y_m: Floats) -> Floats:
        """How much worse positioning is between high buildings: 1 in the open, up to 2.5."""
        factor = np.ones_like(x_m)
        for centre in self.canyons:
            near = np.clip(1.3 - np.hypot(x_m - centre[0], y_m - centre[1]) / CANYON_RADIUS_M, 0.0, 1.0)
            factor = np.maximum(factor, 1.0 + 1.5 * near)
        return factor


NAMES = ("江湾", "云湖", "新城", "望亭", "青阳", "长桥", "石塘", "东港", "梅村", "泰伯", "鸿山", "锦溪")


def build_city(seed: int, *, vehicles: int = 60) -> City:
    """Draw the district of a seed; more vehicles get more places to work at."""
    rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(0,)))
    graph, grid, middles = _grid(rng)
    closed = _closed_areas(graph, grid, middles)
    lots = _Lots(
        graph, grid, rng, taken={(c + i, r + j) for c, r in middles for i in (-1, 0) for j in (-1, 0)}
    )
    sites = tuple(
        lots.place("SITE", "工地", "source_site", 80, 150) for _ in range(min(14, 5 + vehicles // 12))
    )
    disposals = tuple(lots.place("DISP", "消纳场", "disposal_site", 100, 180) for _ in range(4))
    transfers = tuple(lots.place("TRAN", "中转站", "transfer_station", 55, 90) for _ in range(3))
    depots = tuple(lots.place("PARK", "停车场", "parking", 75, 110) for _ in range(4))
    schools = _schools(graph, grid, rng, lots.used_roads)
    places = np.array(graph.places)
    low, high = places.min(axis=0) - 900, places.max(axis=0) + 900
    lots_all = (*sites, *disposals, *transfers, *depots)
    canyons = _canyons(graph, grid, lots_all)
    outline = points((low[0], low[1]), (high[0], low[1]), (high[0], high[1]), (low[0], high[1]))
    return City(
        plane=Plane(*CENTRE),
        graph=graph,
        outline=outline,
        sites=sites,
        disposals=disposals,
        transfers=transfers,
        depots=depots,
        closed=closed,
        schools=schools,
        canyons=canyons,
        corners=tuple(n for key, n in grid.items() if key not in middles),
        rim=_rim(grid),
        wild_tips=_wild_tips(graph, grid, rng, lots_all, canyons)[: max(1, min(8, vehicles // 10))],
    )


def _grid(
    rng: np.random.Generator,
) -> tuple[RoadGraph, dict[tuple[int, int], int], tuple[tuple[int, int], ...]]:
    """An irregular grid; the middles of three double blocks carry a closed road instead of open ones."""
    graph = RoadGraph()
    east = np.concatenate(([0.0], np.cumsum(rng.uniform(520, 680, COLUMNS - 1))))
    north = np.concatenate(([0.0], np.cumsum(rng.uniform(520, 660, ROWS - 1))))
    east, north = east - east.mean(), north - north.mean()
    grid: dict[tuple[int, int], int] = {}
    for c in range(COLUMNS):
        for r in range(ROWS):
            wobble = rng.uniform(-25, 25, 2) if 0 < c < COLUMNS - 1 and 0 < r < ROWS - 1 else np.zeros(2)
            grid[c, r] = graph.add_node(np.array([east[c], north[r]]) + wobble)
    middles = ((2, 2), (6, 6), (8, 3))
    for (c, r), node in grid.items():
        for other, arterial in (((c + 1, r), r % 3 == 1), ((c, r + 1), c % 3 == 1)):
            if other not in grid:
                continue
            ends = {(c, r), other}
            if ends & set(middles):
                continue
            limit = ARTERIAL_KMH if arterial or r % 8 == 0 else MINOR_KMH
            graph.add_road(Road(a=node, b=grid[other], limit_kmh=limit))
    return graph, grid, middles


def _closed_areas(
    graph: RoadGraph, grid: dict[tuple[int, int], int], middles: tuple[tuple[int, int], ...]
) -> tuple[ClosedArea, ...]:
    areas = []
    for n, ((c, r), name) in enumerate(
        zip(middles, ("老城历史街区", "水源保护区", "医院片区"), strict=True), 1
    ):
        middle = grid[c, r]
        west, east = grid[c - 1, r], grid[c + 1, r]
        graph.places[middle] = (graph.places[west] + graph.places[east]) / 2
        for side in (west, east):
            graph.add_road(Road(a=side, b=middle, limit_kmh=CLOSED_KMH, closed=True))
        square = rectangle(graph.places[middle], np.array([1.0, 0.0]), CLOSED_HALF_M, CLOSED_HALF_M)
        areas.append(ClosedArea(id=f"NOGO-{n}", name=name, corners=square, through=(west, middle, east)))
    # One beside the straight southern boundary road, which every honest truck passes at 85 m.
    south = graph.places[grid[4, 0]] + np.array([0.0, -85.0 - 150.0])
    areas.append(
        ClosedArea(
            id="NOGO-4",
            name="湿地公园",
            corners=rectangle(south, np.array([1.0, 0.0]), 400.0, 150.0),
            through=None,
        )
    )
    return tuple(areas)


class _Lots:
    """Hands out blocks: one lot a block, at the middle of one of its roads."""

    def __init__(
        self,
        graph: RoadGraph,
        grid: dict[tuple[int, int], int],
        rng: np.random.Generator,
        taken: set[tuple[int, int]],
    ) -> None:
        self._graph, self._grid, self._rng = graph, grid, rng
        blocks = [(c, r) for c in range(COLUMNS - 1) for r in range(ROWS - 1) if (c, r) not in taken]
        self._free = [blocks[i] for i in rng.permutation(len(blocks))]
        self._count: dict[str, int] = {}
        self.used_roads: set[tuple[int, int]] = set()

    def place(self, prefix: str, word: str, kind: str, half_width_m: float, depth_m: float) -> Lot:
        c, r = self._free.pop()
        corners = [self._grid[c + i, r + j] for i, j in ((0, 0), (1, 0), (1, 1), (0, 1))]
        sides = [(min(p, q), max(p, q)) for p, q in zip(corners, corners[1:] + corners[:1], strict=True)]
        sides = [key for key in sides if key in self._graph.roads and not self._graph.roads[key].closed]
        if not sides:
            return self.place(prefix, word, kind, half_width_m, depth_m)
        key = sides[int(self._rng.integers(len(sides)))]
        a, b = (self._graph.places[n] for n in key)
        node = self._graph.split(key, 0.5)
        self.used_roads.add(key)
        along = (b - a) / np.hypot(*(b - a))
        inward = np.array([-along[1], along[0]])
        middle = sum((self._graph.places[n] for n in corners), np.zeros(2)) / 4
        if float(inward @ (middle - self._graph.places[node])) < 0:
            inward = -inward
        gate = self._graph.places[node] + inward * SET_BACK_M
        number = self._count[prefix] = self._count.get(prefix, 0) + 1
        return Lot(
            id=f"{prefix}-{number:02d}",
            name=f"{NAMES[(number * 5 + len(prefix)) % len(NAMES)]}{word}{number}号",
            kind=kind,
            node=node,
            corners=rectangle(gate + inward * depth_m / 2, along, half_width_m, depth_m / 2),
            gate=gate,
            along=along,
            inward=inward,
            depth_m=depth_m,
        )


def _schools(
    graph: RoadGraph,
    grid: dict[tuple[int, int], int],
    rng: np.random.Generator,
    used: set[tuple[int, int]],
) -> tuple[School, ...]:
    """School streets on minor roads between two crossings; the zone keeps 90 m off both."""
    crossings = set(grid.values())
    minor = [
        road
        for key, road in sorted(graph.roads.items())
        if road.limit_kmh == MINOR_KMH
        and key not in used
        and {road.a, road.b} <= crossings
        and not road.closed
    ]
    schools = []
    for n, i in enumerate(rng.permutation(len(minor))[:6], 1):
        road = minor[int(i)]
        road.school = True
        a, b = graph.places[road.a], graph.places[road.b]
        along = (b - a) / np.hypot(*(b - a))
        box = rectangle((a + b) / 2, along, graph.length_m(road) / 2 - 90, 25.0)
        schools.append(School(id=f"SPEED-{n}", name=f"第{n}小学路段", corners=box, road=road.key))
    return tuple(schools)


def _rim(grid: dict[tuple[int, int], int]) -> tuple[tuple[int, Floats], ...]:
    """The crossings of the western, eastern and northern edges (a closed area lies in the south)."""
    west = [(grid[0, r], np.array([-1.0, 0.0])) for r in range(1, ROWS - 1)]
    east = [(grid[COLUMNS - 1, r], np.array([1.0, 0.0])) for r in range(1, ROWS - 1)]
    north = [(grid[c, ROWS - 1], np.array([0.0, 1.0])) for c in range(1, COLUMNS - 1)]
    return (*west, *east, *north)


def _wild_tips(
    graph: RoadGraph,
    grid: dict[tuple[int, int], int],
    rng: np.random.Generator,
    lots: tuple[Lot, ...],
    canyons: tuple[Floats, ...],
) -> tuple[WildTip, ...]:
    """Roadsides midway between two crossings, in the open and well apart from one another."""
    crossings = set(grid.values())
    roads = [r for _, r in sorted(graph.roads.items()) if {r.a, r.b} <= crossings and not r.closed]
    chosen: list[WildTip] = []
    for i in rng.permutation(len(roads)):
        road = roads[int(i)]
        a, b = graph.places[road.a], graph.places[road.b]
        along = (b - a) / np.hypot(*(b - a))
        place = (a + b) / 2 + np.array([along[1], -along[0]]) * 7.0
        clear = min(math.hypot(*(place - lot.spot(0.0, lot.depth_m / 2))) for lot in lots)
        high = min(math.hypot(*(place - canyon)) for canyon in canyons)
        apart = min((math.hypot(*(place - other.place)) for other in chosen), default=math.inf)
        if not road.school and clear > 400 and high > 2 * CANYON_RADIUS_M and apart > 800:
            chosen.append(WildTip(node=road.a, place=place, along=along, limit_kmh=road.limit_kmh))
    return tuple(chosen)


def _canyons(graph: RoadGraph, grid: dict[tuple[int, int], int], lots: tuple[Lot, ...]) -> tuple[Floats, ...]:
    """High buildings stand at crossings that are far from every lot."""
    chosen: list[Floats] = []
    for c in range(2, COLUMNS - 2):
        for r in range(2, ROWS - 2):
            place = graph.places[grid[c, r]]
            clear = min(math.hypot(*(place - lot.gate)) for lot in lots)
            apart = min((math.hypot(*(place - other)) for other in chosen), default=math.inf)
            if clear > CANYON_RADIUS_M + 150 and apart > 1500 and len(chosen) < 3:
                chosen.append(place)
    return tuple(chosen) or (graph.places[grid[COLUMNS // 2, ROWS // 2]],)
