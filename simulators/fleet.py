"""Who drives in the district: vehicles, the device each carries, and the permit each holds.

A device model says which signals a device can send and how; everything else about a vehicle's work is
fixed here as well, so that the registry can be written before anything has moved.
"""

from collections.abc import Sequence

import numpy as np
from msgspec import Struct

from simulators.city import City, Lot
from simulators.plane import Floats, at_distance, lengths
from simulators.roads import Path

MAX_TRIP_MIN = 90
"""How long a permit allows a haul to take; honest ones take less than an hour."""
STOP_WINDOW_MIN = (5 * 60, 16 * 60)
"""When a collection stop is to be served, in local minutes of the day."""

MUCK, REFUSE, SWEEPER, SPRINKLER = "muck_truck", "refuse_truck", "sweeper", "sprinkler"


class Model(Struct, frozen=True, kw_only=True):
    """What a device can sense and how it reports; intervals in seconds."""

    id: str
    interval_s: int
    ignition: bool = True
    speed: bool = True
    accuracy: bool = False
    load: bool = False
    weight: bool = False
    lift: bool = False
    cover: bool = False
    alarms: bool = False
    extras: bool = False
    """Also odometer, altitude and its own running number."""
    batch: int = 1
    """Positions sent together in one message."""
    time_style: str = "ms"
    """`ms`, `utc` or `beijing`: how times are written."""
    crs: str = "WGS84"
    whole_seconds: bool = False

    @property
    def sees_unloading(self) -> bool:
        """Has a sensor that shows an unloading by itself."""
        return self.load or self.weight or self.lift


MUCK_MODELS = (
    Model(
        id="full-5",
        interval_s=5,
        accuracy=True,
        load=True,
        weight=True,
        lift=True,
        cover=True,
        alarms=True,
        extras=True,
    ),
    Model(id="load-lift", interval_s=15, load=True, lift=True, time_style="beijing", whole_seconds=True),
    Model(
        id="full-10",
        interval_s=10,
        load=True,
        weight=True,
        lift=True,
        cover=True,
        alarms=True,
        time_style="utc",
    ),
    Model(id="lift-only", interval_s=10, lift=True, alarms=True, batch=3, accuracy=True),
    Model(id="weight-only", interval_s=20, weight=True, accuracy=True, time_style="beijing"),
    Model(id="cover-lift", interval_s=10, lift=True, cover=True, crs="GCJ02", time_style="utc"),
    Model(id="place-only", interval_s=30, accuracy=True, alarms=True, whole_seconds=True),
    Model(id="bare", interval_s=20, ignition=False, speed=False, time_style="beijing"),
)
REFUSE_MODELS = (
    Model(id="refuse-load", interval_s=10, load=True, lift=True, accuracy=True, alarms=True, extras=True),
    Model(id="refuse-lift", interval_s=15, lift=True, time_style="beijing", crs="BD09"),
)
PLAIN_MODELS = (
    Model(id="plain", interval_s=15, accuracy=True, alarms=True),
    Model(id="plain-batch", interval_s=10, batch=5),
)
ALL_MODELS = (*MUCK_MODELS, *REFUSE_MODELS, *PLAIN_MODELS)


class Shift(Struct, frozen=True, kw_only=True):
    """Working hours as local minutes of the day; `to_min` is over 1440 past midnight."""

    from_min: int
    to_min: int

    @property
    def is_always(self) -> bool:
        """Around the clock."""
        return self.to_min - self.from_min >= 1440


NIGHT = Shift(from_min=19 * 60, to_min=30 * 60)
DAY = Shift(from_min=7 * 60, to_min=18 * 60 + 30)
ALWAYS = Shift(from_min=0, to_min=1440)


class Worker(Struct, frozen=True, kw_only=True):
    """One vehicle and all that is fixed about its work."""

    number: int
    kind: str
    vehicle_id: str
    device_id: str
    plate: str
    company: int
    model: Model
    shift: Shift
    depot: Lot
    own_limit_kmh: float | None
    max_load_t: float
    drop: Lot
    """Where it may unload: its disposal site or transfer station."""
    home: Lot | None = None
    """Muck trucks: the source site the permit names."""
    other: Lot | None = None
    """Muck trucks: a site the permit does not name."""
    route_nodes: tuple[int, ...] = ()
    wild_tip: int | None = None
    """Muck trucks: the secret tip it goes to once a shift, as a number of the city's."""
    run: Path | None = None
    run_stops_m: tuple[float, ...] = ()
    seed: tuple[int, int] = (0, 0)

    @property
    def limit_kmh(self) -> float:
        """The limit that holds on an open road."""
        return self.own_limit_kmh or 60.0

    def rng(self, purpose: int) -> np.random.Generator:
        """The vehicle's own generator for one purpose: what another draws never shifts it."""
        return np.random.default_rng(
            np.random.SeedSequence(self.seed[0], spawn_key=(2, self.seed[1], purpose))
        )


COMPANIES = ("恒通渣土运输", "顺达土方工程", "绿源环卫", "宏远运输", "金桥土石方", "洁净环境服务")


def build_fleet(seed: int, city: City, vehicles: int, *, around_the_clock: bool = False) -> list[Worker]:
    """Draw `vehicles` vehicles; about seven in ten are muck trucks."""
    return [_worker(seed, city, n, around_the_clock) for n in range(vehicles)]


def _kind(number: int) -> str:
    """Every tenth place in the fleet has its kind, so that any size is mixed alike."""
    return (MUCK, MUCK, REFUSE, MUCK, MUCK, MUCK, SWEEPER, MUCK, MUCK, MUCK, REFUSE, MUCK, SPRINKLER)[
        number % 13
    ]


def _worker(seed: int, city: City, number: int, around_the_clock: bool) -> Worker:
    rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(1, number)))
    kind = _kind(number)
    rank = sum(_kind(n) == kind for n in range(number))
    models = {MUCK: MUCK_MODELS, REFUSE: REFUSE_MODELS}.get(kind, PLAIN_MODELS)
    depot = city.depots[int(rng.integers(len(city.depots)))]
    shift = ALWAYS if around_the_clock else _shift(kind, rank)
    worker = Worker(
        number=number,
        kind=kind,
        vehicle_id=f"V{number + 1:04d}",
        device_id=f"T{number + 1:04d}",
        plate=f"苏B{chr(65 + number % 8)}{(number * 7919 + seed * 31) % 10000:04d}",
        company=rank % 4 if kind == MUCK else 4 + rank % 2,
        model=models[rank % len(models)],
        shift=shift,
        depot=depot,
        own_limit_kmh=50.0 if kind == MUCK and rank % 3 == 0 else None,
        max_load_t=22.0 if kind == MUCK else 8.0,
        drop=city.transfers[rank % len(city.transfers)],
        seed=(seed, number),
    )
    if kind == MUCK:
        return _with_permit(city, worker, rank)
    if kind == REFUSE:
        return _with_run(city, worker, rng)
    return worker


def _shift(kind: str, rank: int) -> Shift:
    if kind == MUCK:
        return DAY if rank % 5 in (1, 3) else NIGHT
    return (
        Shift(from_min=5 * 60, to_min=16 * 60) if kind == REFUSE else Shift(from_min=6 * 60, to_min=17 * 60)
    )


def _with_permit(city: City, worker: Worker, rank: int) -> Worker:
    home = city.sites[rank % len(city.sites)]
    other = city.sites[(rank + 1 + rank // len(city.sites)) % len(city.sites)]
    if other is home:
        other = city.sites[(rank + 1) % len(city.sites)]
    ways = {lot.id: float(lengths(city.way(home, lot).places)[-1]) for lot in city.disposals}
    far = [lot for lot in city.disposals if ways[lot.id] > 2500] or [
        max(city.disposals, key=lambda d: ways[d.id])
    ]
    drop = far[rank % len(far)]
    return _replace(
        worker,
        home=home,
        other=other,
        drop=drop,
        route_nodes=tuple(city.graph.way(home.node, drop.node)),
        wild_tip=rank // 8 % len(city.wild_tips) if rank % 2 == 0 and city.wild_tips else None,
    )


def _with_run(city: City, worker: Worker, rng: np.random.Generator) -> Worker:
    """A collection run by some crossings, with stops clear of crossings and of every lot."""
    via = [city.corners[int(i)] for i in rng.choice(len(city.corners), 5, replace=False)]
    run = city.way(worker.depot, worker.drop, via=tuple(via))
    along = lengths(run.places)
    stops: list[float] = []
    for share in np.linspace(0.12, 0.85, 9):
        s = float(along[-1] * share)
        clear = float(np.abs(along - s).min()) > 60
        if clear and far_from_lots(city, at_distance(run.places, s)[0], 200):
            stops.append(s)
    return _replace(worker, run=run, run_stops_m=tuple(stops))


def far_from_lots(city: City, place: Floats, distance_m: float) -> bool:
    """Tell whether no lot's gate or middle is nearer than `distance_m` (plus the lot's own half)."""
    lots: Sequence[Lot] = (*city.sites, *city.disposals, *city.transfers, *city.depots)
    return all(
        float(np.hypot(*(place - lot.spot(0.0, lot.depth_m / 2)))) > distance_m + lot.depth_m / 2
        for lot in lots
    )


def _replace(worker: Worker, **changes: object) -> Worker:
    fields = {name: getattr(worker, name) for name in worker.__struct_fields__}
    return Worker(**{**fields, **changes})
