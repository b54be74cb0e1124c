"""The demo: the seeded district's fleet in real time over MQTT, already at work when it starts.

The registry does not depend on the hour: most permits hold around the clock, and two groups of trucks
have permits for one half of the day each and drive through both, so that some are always out of hours.
Four trucks open the show within the first minutes: one tips its load at the roadside, one speeds, one
cuts through a closed area, one strays from its route and comes back to it. After that every second trip of
a muck truck has something wrong with it.

Every truck that carries loads begins full: by the road, at the site, or about to unload where it may. So a
demo that is started again, its trucks elsewhere and perhaps loaded when it was stopped, has unloaded nothing.
"""

import asyncio
import heapq
import itertools
import time
from collections.abc import Callable, Iterator

import msgspec
import numpy as np

from simulators import encode
from simulators.city import City
from simulators.driver import IDLING, Script, longest_straight
from simulators.fleet import MUCK, REFUSE, Model, Shift, Worker, far_from_lots
from simulators.gateway_publisher import Gateways, Publishes, publisher_for
from simulators.motion import Leg, Signals, drive, stand
from simulators.muck_truck import MuckTruckDriver
from simulators.plane import at_distance, lengths
from simulators.publisher import BrokerUnreachableError
from simulators.registry_document import registry_document
from simulators.reporting import Sent, Terminal
from simulators.roads import Path, walk
from simulators.sanitation import SanitationDriver
from simulators.sensor import StationLife, background_messages
from simulators.simulate import World, build_world, captured, seconds_since_midnight
from simulators.violations import Deed, can

RUN_S = 7 * 86_400
TRIPS_PER_DEED = 2
SIDE_ROAD_M = 450.0
"""Long enough to be off the route for more than a minute."""
_TICK_S = 0.25
_RETRY_S = 3.0
_ACTS = ("tip", "speed", "trespass", "stray")
_HALVES = (Shift(from_min=0, to_min=720), Shift(from_min=720, to_min=1440))
_ACTOR_MODEL = Model(
    id="full-5", interval_s=5, accuracy=True, load=True, weight=True, lift=True, cover=True, extras=True
)


def _clock_ms() -> int:
    return time.time_ns() // 1_000_000


def demo_world(seed: int, vehicles: int) -> World:
    """The demo's district: the first four muck trucks carry every sensor and open the show."""
    world = build_world(seed, vehicles, around_the_clock=True)
    actors = {worker.number for worker in _actors(world)}
    fleet = [
        msgspec.structs.replace(worker, model=_ACTOR_MODEL) if worker.number in actors else worker
        for worker in world.fleet
    ]
    return msgspec.structs.replace(world, fleet=fleet)


def _actors(world: World) -> list[Worker]:
    return [worker for worker in world.fleet if worker.kind == MUCK][: len(_ACTS)]


def _half(worker: Worker) -> Shift | None:
    """The half of the day a truck's permit is for, for the two groups that ignore it."""
    if worker.kind != MUCK or worker.number % 10 not in (4, 9):
        return None
    return _HALVES[worker.number % 2]


def demo_registry(*, seed: int, vehicles: int) -> bytes:
    """The registry of the demo district, the same at any hour; its devices are those `run_demo` plays."""
    world = demo_world(seed, vehicles)
    fleet = [msgspec.structs.replace(worker, shift=_half(worker) or worker.shift) for worker in world.fleet]
    return msgspec.json.encode(registry_document(world.city, fleet, world.monitors))


async def run_demo(
    *,
    broker_url: str,
    prefix: str = encode.DEFAULT_PREFIX,
    seed: int,
    vehicles: int,
    stop: asyncio.Event,
    gateways: Gateways | None = None,
    now_ms: Callable[[], int] = _clock_ms,
) -> int:
    """Publish the demo fleet's reports as time passes, until `stop`; returns how many messages went out.

    With `gateways`, enrolled devices speak to those. A broker that goes away is waited for; the fleet drives on meanwhile, as real ones do.
    """
    start_ms = now_ms()
    stream = demo_messages(demo_world(seed, vehicles), start_ms)
    published = 0
    while not stop.is_set():
        try:
            async with publisher_for(broker_url, f"haulwatch-demo-{seed}", gateways) as publisher:
                published += await _play(publisher, stream, prefix, stop, now_ms)
                return published
        except (BrokerUnreachableError, OSError, TimeoutError):
            await _pause(stop, _RETRY_S)
    return published


async def _play(
    publisher: Publishes,
    stream: Iterator[Sent],
    prefix: str,
    stop: asyncio.Event,
    now_ms: Callable[[], int],
) -> int:
    for message in stream:
        while message.received_ms > now_ms():
            await publisher.flush()
            if await _pause(stop, _TICK_S):
                break
        if stop.is_set():
            break
        row = captured(message, prefix)
        await publisher.publish(row.topic, row.payload)
    await publisher.drain()
    return publisher.published


async def _pause(stop: asyncio.Event, seconds: float) -> bool:
    """Wait, but not when told to stop; tells whether it is to stop."""
    try:
        async with asyncio.timeout(seconds):
            await stop.wait()
    except TimeoutError:
        return False
    return True


def demo_messages(
    world: World, start_ms: int, run_s: int = RUN_S, *, trips_per_deed: int = TRIPS_PER_DEED
) -> Iterator[Sent]:
    """The demo's messages in order of arrival, from `start_ms` on; one trip of so many has something wrong with it."""
    midnight_s = seconds_since_midnight(start_ms)
    acts = {worker.number: act for worker, act in zip(_actors(world), _ACTS, strict=False)}
    streams: list[Iterator[Sent]] = []
    for worker in world.fleet:
        terminal = Terminal(world.city, worker, start_ms)
        life = _life(world.city, worker, acts.get(worker.number), run_s, midnight_s, trips_per_deed)
        streams.append(terminal.messages(life, run_s))
    for monitor in world.monitors:
        station = StationLife(monitor, start_ms=start_ms, horizon_s=run_s, midnight_s=midnight_s)
        streams.append(station.messages())
    streams.append(background_messages(world.seed, start_ms=start_ms, horizon_s=run_s, midnight_s=midnight_s))
    return heapq.merge(*streams, key=lambda message: message.received_ms)


def _life(
    city: City, worker: Worker, act: str | None, run_s: int, midnight_s: int, trips_per_deed: int
) -> Iterator[Leg]:
    """A demo vehicle's life: on the move from the first second, without a first rest at the depot."""
    if worker.kind != MUCK:
        sanitation = _DemoSanitation(city, worker, horizon_s=run_s, midnight_s=midnight_s)
        return itertools.chain(sanitation.join_in(), sanitation.shift(run_s + 7200))
    driver = _DemoTruck(city, worker, horizon_s=run_s, midnight_s=midnight_s, every=trips_per_deed)
    openings = {
        "tip": driver.tip,
        "speed": driver.speed,
        "trespass": driver.trespass,
        "stray": driver.stray,
    }
    opening = openings.get(act or "", driver.join_in)
    return itertools.chain(opening(), driver.shift(run_s + 86_400))


class _DemoSanitation(SanitationDriver):
    """A refuse truck that is about to unload at the transfer station when the demo starts."""

    def join_in(self) -> Iterator[Leg]:
        """Begin full, where it may unload; the others carry nothing and begin with their round."""
        script = Script(0)
        if self.worker.kind == REFUSE:
            self.lot, self.spot = self.worker.drop, self.spot_in(self.worker.drop)
            self._unload(script, Signals(load="full", tonnes=0.8 * self.worker.max_load_t))
            self.go(script, self.worker.depot, IDLING, "to the depot")
        yield from self.played(script)


class _DemoTruck(MuckTruckDriver):
    """A muck truck that is in the middle of something when the demo starts."""

    def join_in(self) -> Iterator[Leg]:
        """Start somewhere: about to unload at the disposal site, under way to it, or being loaded."""
        script = Script(0)
        part = self.worker.number % 8
        if part in (0, 1, 5):
            self.lot, self.spot = self.worker.drop, self.spot_in(self.worker.drop)
            self.unload(script, self.full)
            if part == 0:
                self.go_through_closed_area(script, self.home, IDLING)
            elif not self.go_too_fast(script, self.home, IDLING):
                self.go(script, self.home, IDLING, "returning")
        elif part in (2, 6):
            path = self._way_to_unload()
            rest = path.part(float(self.rng.uniform(0.3, 0.95)) * float(lengths(path.places)[-1]))
            script.add(drive(rest, self.manner(rest, lights=False)), self.full, "hauling")
            self.unload(script, self.full)
        else:
            self._leave_loaded(script)
        yield from self.played(script)

    @property
    def full(self) -> Signals:
        """A load under its cover."""
        return Signals(load="full", tonnes=0.9 * self.worker.max_load_t)

    def _way_to_unload(self) -> Path:
        """The permitted route as far as a spot in the disposal site, where the truck will stand."""
        self.lot, self.spot = self.worker.drop, self.spot_in(self.worker.drop)
        return self.route + walk(self.lot.gate, self.spot)

    def _leave_loaded(self, script: Script) -> None:
        """The last minutes of being loaded, then a haul with one thing or another wrong with it."""
        self.lot, self.spot = self.home, self.spot_in(self.home)
        deeds = [
            d
            for d in (Deed.DUMP_BESIDE, Deed.DETOUR, Deed.UNCOVERED, Deed.DUMP_AWAY)
            if can(self.worker.model, d)
        ]
        deed = deeds[self.worker.number // 8 % len(deeds)]
        carried = self.full
        if deed is Deed.UNCOVERED:
            carried = msgspec.structs.replace(carried, cover="open")
        script.add(stand(self.spot, int(self.rng.integers(130, 400))), carried, "loading")
        self.wash(script, self.home, carried)
        self.carry(script, self.home, carried, deed)

    def tip(self) -> Iterator[Leg]:
        """Full, and about to unload by the road."""
        script = Script(0)
        s = self._open_place()
        there = self.route.part(s - 60.0, s)
        script.add(drive(there, self.manner(there, lights=False)), self.full, "hauling")
        self.spot = there.places[-1]
        self.tip_out(script, self.full)
        back = self.route.part(0.0, s).reverse() + walk(self.home.gate, self.home.spot(0.0, 110.0))
        script.add(drive(back, self.manner(back)), IDLING, "back to the site")
        self.lot, self.spot = self.home, self.home.spot(0.0, 110.0)
        yield from self.played(script)

    def speed(self) -> Iterator[Leg]:
        """Far too fast on the longest straight of the way to the disposal site."""
        script = Script(0)
        path = self._way_to_unload()
        from_m, to_m = longest_straight(path)
        rest = path.part(from_m)
        hurry = (20.0, to_m - from_m, self.worker.limit_kmh * 1.6)
        script.add(drive(rest, self.manner(rest, lights=False, hurry=hurry)), self.full, "too fast")
        self.unload(script, self.full)
        yield from self.played(script)

    def stray(self) -> Iterator[Leg]:
        """Washed and about to leave the site; a side road on the way, into it and back out."""
        script = Script(0)
        self.lot, self.spot = self.home, self.home.wash_bay
        script.add(stand(self.spot, 90), self.full, "washing")
        self.go(script, self.worker.drop, self.full, "straying", self._with_side_road())
        self.unload(script, self.full)
        yield from self.played(script)

    def _with_side_road(self) -> Path:
        """The route with a way into the first side road that is long enough, and back; as it is without one."""
        graph, nodes = self.city.graph, list(self.worker.route_nodes)
        for at, node in enumerate(nodes):
            for road in graph.roads:
                side = road[0] if road[1] == node else road[1]
                if node in road and side not in nodes and graph.length_m(graph.roads[road]) > SIDE_ROAD_M:
                    there_and_back = [*nodes[: at + 1], side, *nodes[at:]]
                    return self.city.from_nodes(self.home, there_and_back, self.worker.drop)
        return self.route

    def trespass(self) -> Iterator[Leg]:
        """In front of a closed area, and then back to the site with the load."""
        script = Script(0)
        area = next(area for area in self.city.closed if area.through)
        assert area.through is not None
        graph = self.city.graph
        nodes = [*area.through, *graph.way(area.through[-1], self.home.node)[1:]]
        spot = self.spot_in(self.home)
        path = graph.trace(nodes) + walk(graph.places[self.home.node], self.home.gate, spot)
        entry_m = float(np.hypot(*(path.places[1] - path.places[0]))) - 190.0
        rest = path.part(max(entry_m, 0.0))
        script.add(drive(rest, self.manner(rest, lights=False)), self.full, "through closed area")
        self.lot, self.spot = self.home, spot
        yield from self.played(script)

    def _open_place(self) -> float:
        along = lengths(self.route.places)
        for share in np.linspace(0.3, 0.75, 30):
            s = float(along[-1] * share)
            place = at_distance(self.route.places, s)[0]
            if float(np.abs(along - s).min()) > 70 and far_from_lots(self.city, place, 150):
                return s
        return float(along[-1]) / 2
