"""What every haul of a muck truck is made of: loading, washing, driving the route, unloading.

Nothing here is wrong by itself; hauls with a deed are put together from these in `dumping`, `odd_hauls`
and `muck_truck`.
"""

import numpy as np

from simulators.city import CANYON_RADIUS_M, City, Lot
from simulators.driver import IDLING, Driver, Script
from simulators.fleet import Worker, far_from_lots
from simulators.motion import Leg, Motion, Signals, drive, stand
from simulators.plane import Floats, at_distance, cut, lengths
from simulators.roads import Path, walk
from simulators.truth import outside_m

OVERLOADED = (1.14, 1.5)
HONEST_LOAD = (0.75, 0.97)


class Hauler(Driver):
    """A muck truck's driver, with the route of the permit."""

    def __init__(self, city: City, worker: Worker, *, horizon_s: int, midnight_s: int) -> None:
        super().__init__(city, worker, horizon_s=horizon_s, midnight_s=midnight_s)
        assert worker.home is not None
        assert worker.other is not None
        self.home, self.other = worker.home, worker.other
        self.route = city.from_nodes(self.home, list(worker.route_nodes), worker.drop)
        self.must_behave = False
        """The next trip starts with an honest loading at home."""

    def load(self, script: Script, site: Lot, *, cover: str, overloaded: bool = False) -> Signals:
        """Queue, be loaded in some minutes, close the cover; returns the signals of the loaded truck."""
        assert self.lot is site
        total_s = int(self.rng.integers(320, 820))
        share = float(self.rng.uniform(*(OVERLOADED if overloaded else HONEST_LOAD)))
        tonnes = self.worker.max_load_t * share
        script.add(stand(self.spot, int(self.rng.integers(10, 120))), Signals(cover="open"), "queueing")
        parts = (("empty", 0.0, 0.3), ("partial", 0.3, 0.7), ("full", 0.7, 1.0))
        for load, start, end in parts:
            signals = Signals(load=load, tonnes=tonnes * start, tonnes_end=tonnes * end, cover="open")
            script.add(stand(self.spot, int(total_s * (end - start))), signals, "loading")
        carried = Signals(load="full", tonnes=tonnes, cover=cover)
        script.add(stand(self.spot, 20), carried, "closing the cover")
        return carried

    def wash(self, script: Script, site: Lot, carried: Signals) -> None:
        """Stand in the wash bay, so long that a device that reports every 30 s and loses some still shows 60 s.

        One that sends several positions together loses as many at once.
        """
        path = walk(self.spot, site.wash_bay)
        script.add(drive(path, self.manner(path)), carried, "to the wash bay")
        self.spot = site.wash_bay
        longer_s = 50 * (self.worker.model.batch - 1)
        script.add(stand(self.spot, int(self.rng.integers(160, 240)) + longer_s), carried, "washing")

    def drive_route(self, script: Script, carried: Signals, site: Lot | None = None) -> tuple[Leg, int]:
        """The haul by the permitted route (or the quickest way from another site) and the unloading."""
        road = self.route if site is None else self.city.way(site, self.worker.drop)
        haul = self.go(script, self.worker.drop, carried, "hauling", road)
        return haul, self.unload(script, carried)

    def unload(self, script: Script, carried: Signals) -> int:
        """Wait one's turn, raise the body, go on empty; returns when the body rose."""
        script.add(stand(self.spot, int(self.rng.integers(60, 150))), carried, "queueing to unload")
        return self.tip_out(script, carried)

    def tip_out(self, script: Script, carried: Signals) -> int:
        """Open, raise the body, let it down, close; returns when the body rose."""
        open_ = Signals(load="full", tonnes=carried.tonnes, cover="open")
        script.add(stand(self.spot, 15), open_, "opening the cover")
        rose_s = script.now_s
        up = Signals(load="full", tonnes=carried.tonnes, tonnes_end=0.0, lift=True, cover="open")
        script.add(stand(self.spot, int(self.rng.integers(45, 90))), up, "unloading")
        script.add(stand(self.spot, 20), Signals(cover="open"), "body down")
        script.add(stand(self.spot, 40), IDLING, "cover closed")
        return rose_s

    def roadside(self) -> tuple[Floats, float] | None:
        """A spot beside the route, in the open and clear of crossings and lots, and how far along it is."""
        along = lengths(self.route.places)
        for share in self.rng.permutation(np.linspace(0.25, 0.8, 12)):
            s = float(along[-1] * share)
            place, right = at_distance(self.route.places, s)
            crossing = float(np.abs(along - s).min()) < 50
            if not crossing and far_from_lots(self.city, place, 250) and self.in_the_open(place):
                return place + right * 7.0, s
        return None

    def in_the_open(self, place: Floats) -> bool:
        """Tell whether positioning is good at a place."""
        return all(float(np.hypot(*(place - c))) > 1.4 * CANYON_RADIUS_M for c in self.city.canyons)

    def route_to(self, s: float, spot: Floats) -> Path:
        """The first `s` metres of the route as a path that ends at a spot beside it."""
        line = cut(self.route.places, 0.0, s)
        road = Path(places=line, limits_kmh=self.route.limits_kmh[: len(line) - 1])
        return road + walk(line[-1], spot)


def outside_of(leg: Leg, lot: Lot) -> Leg:
    """The part of a leg outside a lot (it begins or ends there)."""
    out = np.flatnonzero(outside_m(lot.corners, leg.motion.x_m, leg.motion.y_m) > 0)
    if not len(out):
        return leg
    here = slice(int(out[0]), int(out[-1]) + 1)
    motion = Motion(x_m=leg.motion.x_m[here], y_m=leg.motion.y_m[here], speed_kmh=leg.motion.speed_kmh[here])
    return Leg(start_s=leg.start_s + int(out[0]), motion=motion, signals=leg.signals, what=leg.what)
