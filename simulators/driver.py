"""What every driver does: go from lot to lot, wait at lights, rest at the depot, work in shifts.

The legs a driver yields are the true life of the vehicle; the violations it commits are collected in
`violations` as they are committed.
"""

import itertools
from collections.abc import Iterator

import numpy as np

from simulators.city import City, Lot
from simulators.fleet import Worker
from simulators.motion import Drive, Leg, Motion, Receiver, Signals, drive, stand
from simulators.plane import Floats, lengths
from simulators.roads import Path, walk
from simulators.truth import Violation, inside, speeding

PARKED = Signals(ignition=False)
IDLING = Signals()
HEARTBEATS_S = 1500
"""A parked device goes on with its heartbeats for so long before it sleeps."""
SLEEP_AFTER_S = 5400
TURN_M = 0.35


class Script:
    """Legs one after another from a given second on."""

    def __init__(self, start_s: int) -> None:
        self.now_s = start_s
        self.legs: list[Leg] = []

    def add(
        self,
        motion: Motion,
        signals: Signals,
        what: str,
        *,
        powered: bool = True,
        receiver: Receiver = Receiver.SOUND,
        twin: Floats | None = None,
    ) -> Leg:
        """Append a leg; returns it."""
        leg = Leg(
            start_s=self.now_s,
            motion=motion,
            signals=signals,
            what=what,
            powered=powered,
            receiver=receiver,
            twin=twin,
        )
        self.legs.append(leg)
        self.now_s = leg.end_s
        return leg


class Driver:
    """A vehicle's driver: where the vehicle stands, and its own random choices."""

    def __init__(self, city: City, worker: Worker, *, horizon_s: int, midnight_s: int) -> None:
        """`midnight_s`: seconds from the last local midnight to the start of the run."""
        self.city, self.worker = city, worker
        self.horizon_s, self.midnight_s = horizon_s, midnight_s
        self.rng = worker.rng(0)
        self.share = float(self.rng.uniform(0.84, 0.93))
        self.lot: Lot = worker.depot
        self.spot: Floats = self.spot_in(worker.depot)
        self.now_s = 0
        self.violations: list[Violation] = []

    def life(self) -> Iterator[Leg]:
        """The vehicle's whole life in the run: rest, shift, rest, …"""
        for opens_s, closes_s in self._shifts():
            if closes_s < self.now_s + 3600:
                continue
            stagger_s = int(self.rng.integers(0, 1500))
            yield from self.rest_until(max(opens_s, self.now_s) + stagger_s)
            yield from self.shift(closes_s)
        yield from self.rest_until(self.horizon_s + 60)

    def shift(self, closes_s: int) -> Iterator[Leg]:
        """One shift's work, from the depot back to it."""
        raise NotImplementedError

    def _shifts(self) -> Iterator[tuple[int, int]]:
        shift = self.worker.shift
        if shift.is_always:
            yield 0, self.horizon_s + 86_400
            return
        for day in range(-1, self.horizon_s // 86_400 + 2):
            opens_s = (day * 1440 + shift.from_min) * 60 - self.midnight_s
            yield opens_s, opens_s + (shift.to_min - shift.from_min) * 60

    def rest_until(self, until_s: int) -> Iterator[Leg]:
        """Park with the engine off; a long rest lets the device sleep."""
        script = Script(self.now_s)
        rest_s = until_s - self.now_s
        if rest_s > SLEEP_AFTER_S:
            script.add(stand(self.spot, HEARTBEATS_S), PARKED, "parked")
            while until_s - script.now_s > 7200:
                script.add(stand(self.spot, 3600), PARKED, "asleep", powered=False)
            script.add(stand(self.spot, until_s - 120 - script.now_s), PARKED, "asleep", powered=False)
        elif rest_s > 240:
            script.add(stand(self.spot, rest_s - 120), PARKED, "parked")
        if until_s > script.now_s:
            script.add(stand(self.spot, until_s - script.now_s), IDLING, "warming up")
        yield from self.played(script)

    def played(self, script: Script) -> Iterator[Leg]:
        """The legs of a script, the driver's own time moving on with them."""
        for leg in script.legs:
            self.now_s = leg.end_s
            yield leg

    def spot_in(self, lot: Lot) -> Floats:
        """A fresh spot in a lot; in a source site well away from the wash bay, so that the stays there are two."""
        near, far = (0.72, 0.86) if lot.kind == "source_site" else (0.55, 0.8)
        return lot.spot(float(self.rng.uniform(-35, 35)), float(self.rng.uniform(near, far)) * lot.depth_m)

    def manner(
        self, path: Path, *, lights: bool = True, hurry: tuple[float, float, float] | None = None
    ) -> Drive:
        """How this driver takes a path; one who hurries meets green lights."""
        waits: list[tuple[float, float]] = []
        along = lengths(path.places)
        for i in range(1, len(path.limits_kmh)):
            at = float(along[i]) - 12.0
            open_road = min(path.limits_kmh[i - 1], path.limits_kmh[i]) >= 30
            red, wait_s = self.rng.random() < 0.2, float(self.rng.uniform(6, 50))
            hurried = hurry is not None and hurry[0] - 100 < at < hurry[1] + 100
            if lights and open_road and red and not hurried and at - (waits[-1][0] if waits else 0.0) > 60:
                waits.append((at, wait_s))
        return Drive(share=self.share, own_limit_kmh=self.worker.limit_kmh, waits=tuple(waits), hurry=hurry)

    def way_to(self, lot: Lot, spot: Floats, road: Path | None = None) -> Path:
        """From where the vehicle stands to a spot in a lot, over a road from gate to gate."""
        if lot is self.lot and road is None:
            return walk(self.spot, spot)
        between = road if road is not None else self.city.way(self.lot, lot)
        return walk(self.spot, self.lot.gate) + between + walk(lot.gate, spot)

    def go(self, script: Script, lot: Lot, signals: Signals, what: str, road: Path | None = None) -> Leg:
        """Drive to a fresh spot in a lot."""
        spot = self.spot_in(lot)
        path = self.way_to(lot, spot, road)
        leg = script.add(drive(path, self.manner(path)), signals, what)
        self.lot, self.spot = lot, spot
        return leg

    def list_violation(
        self, rule: str, start_s: float, end_s: float | None, note: str = "", place: Floats | None = None
    ) -> None:
        """Remember a violation of this vehicle; `place` where others may have done the same."""
        self.violations.append(
            Violation(
                rule=rule,
                device_id=self.worker.device_id,
                start_s=start_s,
                end_s=end_s,
                note=note,
                place=None if place is None else (float(place[0]), float(place[1])),
            )
        )

    def go_through_closed_area(self, script: Script, lot: Lot, signals: Signals) -> None:
        """Drive to a lot by the road through a no-go zone."""
        areas = [area for area in self.city.closed if area.through]
        area = areas[int(self.rng.integers(len(areas)))]
        assert area.through is not None
        graph = self.city.graph
        west, _, east = area.through
        ways = []
        for first, last in ((west, east), (east, west)):
            nodes = graph.way(self.lot.node, first)
            nodes = [*nodes, area.through[1], *graph.way(last, lot.node)]
            ways.append(
                (sum(graph.length_m(graph.roads[min(p, q), max(p, q)]) for p, q in _pairs(nodes)), nodes)
            )
        nodes = min(ways)[1]
        leg = self.go(script, lot, signals, "through closed area", self.city.from_nodes(self.lot, nodes, lot))
        for start_s, end_s in inside(leg, area.corners):
            self.list_violation("forbidden_zone", start_s, end_s, area.id)

    def go_too_fast(self, script: Script, lot: Lot, signals: Signals, road: Path | None = None) -> bool:
        """Drive to a lot and speed on the longest straight; False (and nothing done) if there is none."""
        spot = self.spot_in(lot)
        path = self.way_to(lot, spot, road)
        straight = longest_straight(path)
        if straight[1] - straight[0] < 750:
            return False
        limit = self.worker.limit_kmh
        hurry = (straight[0] + 30, straight[1] - 30, limit * float(self.rng.uniform(1.25, 1.55)))
        motion = drive(path, self.manner(path, hurry=hurry))
        leg = Leg(start_s=script.now_s, motion=motion, signals=signals, what="too fast")
        found = speeding(leg, limit, self.worker.model.interval_s)
        if not found:
            return False
        script.add(motion, signals, "too fast")
        self.lot, self.spot = lot, spot
        for start_s, end_s in found:
            self.list_violation("speeding", start_s, end_s, f"{hurry[2]:.0f} km/h")
        return True

    def go_silent(self, script: Script) -> None:
        """Pull the plug on the way to the depot, rest there, and plug in again."""
        spot = self.spot_in(self.worker.depot)
        path = self.way_to(self.worker.depot, spot)
        # Green lights: a device without ignition must have been moving at its last report.
        motion = drive(path, self.manner(path, lights=False))
        fast = np.flatnonzero(motion.speed_kmh > 20)
        cut = int(fast[int(len(fast) * 0.6)])
        self.lot, self.spot = self.worker.depot, spot
        script.add(part_of(motion, 0, cut), IDLING, "to the depot")
        silent_from = script.now_s
        script.add(part_of(motion, cut, motion.duration_s), IDLING, "unplugged", powered=False)
        rest_s = int(self.rng.integers(2400, 5400))
        script.add(stand(self.spot, rest_s), PARKED, "unplugged", powered=False)
        self.list_violation("device_silent", silent_from, script.now_s, "unplugged")
        script.add(stand(self.spot, 120), IDLING, "plugged in")


def _pairs(nodes: list[int]) -> list[tuple[int, int]]:
    return list(itertools.pairwise(nodes))


def part_of(motion: Motion, first: int, last: int) -> Motion:
    """The motion between two of its seconds."""
    here = slice(first, last + 1)
    return Motion(x_m=motion.x_m[here], y_m=motion.y_m[here], speed_kmh=motion.speed_kmh[here])


def longest_straight(path: Path) -> tuple[float, float]:
    """The longest stretch of a path, in metres along it, without corner, spur or school street."""
    along = lengths(path.places)
    heading = np.arctan2(*np.diff(path.places, axis=0).T[::-1])
    best, start = (0.0, 0.0), 0
    for i in range(len(path.limits_kmh)):
        turned = i > 0 and abs((heading[i] - heading[i - 1] + np.pi) % (2 * np.pi) - np.pi) > TURN_M
        slow = path.limits_kmh[i] < 40
        if turned or slow:
            start = i
        if slow:
            start = i + 1
            continue
        if along[i + 1] - along[start] > best[1] - best[0]:
            best = (float(along[start]), float(along[i + 1]))
    return best
