"""A muck truck's shift: load at the site, close the cover, wash, drive the permitted route, unload, return.

An honest driver gives no cause for any alert; a deed (see `violations`) changes one trip. Every truth
line follows from the true motion by RULES.md.
"""

import itertools
from collections.abc import Iterator

import numpy as np
import shapely

from simulators.city import ROUTE_HALF_WIDTH_M, City, Lot
from simulators.driver import IDLING, PARKED, Driver, Script
from simulators.fleet import Worker, far_from_lots
from simulators.motion import Leg, Motion, Signals, drive, stand
from simulators.plane import Floats, at_distance, cut, lengths
from simulators.roads import Path, walk
from simulators.truth import departure_s, leaves_after_s, off_route, outside_m
from simulators.violations import MUCK_DEEDS, TRIPS_PER_DEED, Deed, deed_of

HOURS_MARGIN_S = 420
"""An honest driver is to have unloaded this long before the permitted hours end."""


class MuckTruckDriver(Driver):
    """Hauls from the site of the permit to its disposal site."""

    def __init__(
        self, city: City, worker: Worker, *, horizon_s: int, midnight_s: int, every: int = TRIPS_PER_DEED
    ) -> None:
        super().__init__(city, worker, horizon_s=horizon_s, midnight_s=midnight_s)
        assert worker.home is not None
        assert worker.other is not None
        self.home, self.other = worker.home, worker.other
        self.every = every
        self.trip = 0
        self.shift_number = 0
        self.route = city.from_nodes(self.home, list(worker.route_nodes), worker.drop)
        self.must_behave = False

    def shift(self, closes_s: int) -> Iterator[Leg]:
        """Trips until the permitted hours end, with a break after every fifth."""
        self.shift_number += 1
        runs_late = not self.worker.shift.is_always and (self.worker.number + self.shift_number) % 3 == 0
        first_trip = self.trip
        while self.now_s < closes_s - 1200:
            deed = None if self.must_behave else self._deed()
            script = self._haul(deed, closes_s)
            if script is None:
                break
            yield from self.played(script)
            self.trip += 1
            if (self.trip - first_trip) % 5 == 0 and not self.must_behave:
                yield from self._break()
        if runs_late and self.now_s < closes_s and closes_s + 5400 < self.horizon_s:
            yield from self.played(self._late_haul(closes_s))
        script = Script(self.now_s)
        self.go(script, self.worker.depot, IDLING, "to the depot")
        yield from self.played(script)

    def _deed(self) -> Deed | None:
        if self.now_s + 5400 > self.horizon_s:
            return None
        return deed_of(self.worker.model, MUCK_DEEDS, self.worker.number, self.trip, self.every)

    def _break(self) -> Iterator[Leg]:
        script = Script(self.now_s)
        self.go(script, self.worker.depot, IDLING, "to a break")
        script.add(stand(self.spot, int(self.rng.integers(1200, 2400))), PARKED, "break")
        script.add(stand(self.spot, 60), IDLING, "warming up")
        yield from self.played(script)

    def _haul(self, deed: Deed | None, closes_s: int) -> Script | None:
        """One trip with its way to the site; None (and nothing done) if it would not end in hours."""
        before = (self.lot, self.spot, len(self.violations), self.must_behave)
        script = Script(self.now_s)
        self.must_behave = False
        site = self.other if deed is Deed.NO_PERMIT else self.home
        self._approach(script, site, deed)
        carried = self._load(script, site, cover="open" if deed is Deed.UNCOVERED else "closed")
        self._wash(script, site, carried)
        ended_s = self._carry(script, site, carried, deed)
        if ended_s > closes_s - HOURS_MARGIN_S and not self.worker.shift.is_always:
            self.lot, self.spot, count, self.must_behave = before
            del self.violations[count:]
            return None
        return script

    def _late_haul(self, closes_s: int) -> Script:
        """A haul that runs out of the permitted hours, or begins after them."""
        script = Script(self.now_s)
        self._approach(script, self.home, None)
        carried = self._load(script, self.home, cover="closed")
        leave_s = closes_s + int(self.rng.integers(-150, 600))
        if leave_s > script.now_s + 60:
            script.add(stand(self.spot, leave_s - script.now_s - 90), carried, "waiting")
        self._wash(script, self.home, carried)
        haul, ended_s = self._drive_route(script, carried)
        start_s = max(closes_s, departure_s(haul, self.home.corners))
        self.list_violation("out_of_hours", start_s, ended_s, "late haul")
        return script

    def _approach(self, script: Script, site: Lot, deed: Deed | None) -> None:
        if deed is Deed.FORBIDDEN and site is not self.lot:
            self.go_through_closed_area(script, site, IDLING)
        elif deed is Deed.SPEEDING and site is not self.lot and self.go_too_fast(script, site, IDLING):
            pass
        else:
            self.go(script, site, IDLING, "to the site")

    def _load(self, script: Script, site: Lot, *, cover: str) -> Signals:
        """Queue, be loaded in some minutes, close the cover; returns the signals of the loaded truck."""
        assert self.lot is site
        total_s = int(self.rng.integers(320, 820))
        tonnes = self.worker.max_load_t * float(self.rng.uniform(0.75, 0.97))
        script.add(stand(self.spot, int(self.rng.integers(10, 120))), Signals(cover="open"), "queueing")
        parts = (("empty", 0.0, 0.3), ("partial", 0.3, 0.7), ("full", 0.7, 1.0))
        for load, start, end in parts:
            signals = Signals(load=load, tonnes=tonnes * start, tonnes_end=tonnes * end, cover="open")
            script.add(stand(self.spot, int(total_s * (end - start))), signals, "loading")
        carried = Signals(load="full", tonnes=tonnes, cover=cover)
        script.add(stand(self.spot, 20), carried, "closing the cover")
        return carried

    def _wash(self, script: Script, site: Lot, carried: Signals) -> None:
        path = walk(self.spot, site.wash_bay)
        script.add(drive(path, self.manner(path)), carried, "to the wash bay")
        self.spot = site.wash_bay
        script.add(stand(self.spot, int(self.rng.integers(75, 140))), carried, "washing")

    def _carry(self, script: Script, site: Lot, carried: Signals, deed: Deed | None) -> int:
        """From the wash bay to the end of the trip, which is returned (seconds)."""
        if deed is Deed.DUMP_BESIDE and (ended_s := self._dump_beside(script, carried)):
            return ended_s
        if deed is Deed.DUMP_AWAY and (ended_s := self._dump_away(script, carried)):
            return ended_s
        if deed is Deed.DETOUR and (ended_s := self._detour(script, carried)):
            return ended_s
        if deed is Deed.UNCOVERED:
            return self._drive_uncovered(script, carried)
        haul, ended_s = self._drive_route(script, carried, None if site is self.home else site)
        if site is not self.home:
            self.list_violation("no_permit", departure_s(haul, site.corners), ended_s, site.id)
        if deed is Deed.SILENT:
            self.go_silent(script)
        return ended_s

    def _drive_route(self, script: Script, carried: Signals, site: Lot | None = None) -> tuple[Leg, int]:
        road = self.route if site is None else self.city.way(site, self.worker.drop)
        haul = self.go(script, self.worker.drop, carried, "hauling", road)
        return haul, self._unload(script, carried)

    def _unload(self, script: Script, carried: Signals) -> int:
        """Wait one's turn, raise the body, go on empty; returns when the body rose."""
        script.add(stand(self.spot, int(self.rng.integers(60, 150))), carried, "queueing to unload")
        return self._tip(script, carried)

    def _tip(self, script: Script, carried: Signals) -> int:
        open_ = Signals(load="full", tonnes=carried.tonnes, cover="open")
        script.add(stand(self.spot, 15), open_, "opening the cover")
        rose_s = script.now_s
        up = Signals(load="full", tonnes=carried.tonnes, tonnes_end=0.0, lift=True, cover="open")
        script.add(stand(self.spot, int(self.rng.integers(45, 90))), up, "unloading")
        script.add(stand(self.spot, 20), Signals(cover="open"), "body down")
        script.add(stand(self.spot, 40), IDLING, "cover closed")
        return rose_s

    def _dump_beside(self, script: Script, carried: Signals) -> int:
        """Unload at the roadside of the route and go back to the site; 0 if no place is fit."""
        along = lengths(self.route.places)
        for share in self.rng.permutation(np.linspace(0.25, 0.8, 12)):
            s = float(along[-1] * share)
            place, right = at_distance(self.route.places, s)
            if float(np.abs(along - s).min()) < 50 or not far_from_lots(self.city, place, 250):
                continue
            there = cut(self.route.places, 0.0, s)
            spot = place + right * 7.0
            out = walk(self.spot, self.home.gate) + self._limited(there, spot)
            return self._dump(script, carried, out, out.reverse(), "beside the route")
        return 0

    def _limited(self, line: Floats, spot: Floats) -> Path:
        """The first part of the route as a path that ends at a spot beside it."""
        count = len(line) - 1
        road = Path(places=line, limits_kmh=self.route.limits_kmh[:count])
        return road + walk(line[-1], spot)

    def _dump_away(self, script: Script, carried: Signals) -> int:
        """Leave the route, unload by a distant road and go back to the site; 0 if no place is fit."""
        graph = self.city.graph
        line = shapely.LineString(self.route.places)
        for node in self.rng.permutation(self.city.corners)[:25]:
            place = graph.places[int(node)]
            if float(line.distance(shapely.Point(place))) < 700 or not far_from_lots(self.city, place, 300):
                continue
            nodes = graph.way(self.home.node, int(node))
            path = graph.trace(nodes)
            total = float(lengths(path.places)[-1])
            short = cut(path.places, 0.0, total - 90.0)
            spot = short[-1] + at_distance(path.places, total - 90.0)[1] * 7.0
            road = Path(places=short, limits_kmh=path.limits_kmh[: len(short) - 1]) + walk(short[-1], spot)
            if total < 1500:
                continue
            out = walk(self.spot, self.home.gate, graph.places[self.home.node]) + road
            if ended_s := self._dump(script, carried, out, out.reverse(), "far from the route"):
                return ended_s
        return 0

    def _dump(self, script: Script, carried: Signals, out: Path, back: Path, note: str) -> int:
        """Drive out, unload, drive back to the site; 0 and nothing done if the truth would be doubtful."""
        seen = self.worker.model.sees_unloading
        trial = Script(script.now_s)
        haul = trial.add(drive(out, self.manner(out)), carried, "hauling")
        self.spot = out.places[-1]
        arrived_s = trial.now_s
        if not seen:
            trial.add(stand(self.spot, int(self.rng.integers(150, 260))), carried, "looking round")
        else:
            trial.add(stand(self.spot, 20), carried, "looking round")
        rose_s = self._tip(trial, carried)
        path = back + walk(back.places[-1], self.home.spot(0.0, 90.0))
        home = trial.add(drive(path, self.manner(path)), IDLING, "back to the site")
        legs = [haul] if seen else trial.legs
        beside = off_route(
            [_outside(leg, self.home) for leg in legs],
            self.route.places,
            ROUTE_HALF_WIDTH_M,
            self.worker.model.interval_s,
        )
        if beside is None:
            self.spot = self.home.wash_bay
            return 0
        for leg in trial.legs:
            script.add(leg.motion, leg.signals, leg.what)
        gone_s = home.start_s + leaves_after_s(home.motion, out.places[-1], 200.0)
        note = note if seen else f"{note}, suspected"
        self.list_violation("illegal_dumping", rose_s if seen else arrived_s, gone_s, note)
        for start_s, end_s in beside:
            self.list_violation("off_route", start_s, end_s, note)
        self.lot, self.spot = self.home, self.home.spot(0.0, 90.0)
        self.must_behave = True  # the next trip starts with an honest loading here
        return script.now_s if not seen else rose_s

    def _detour(self, script: Script, carried: Signals) -> int:
        """Haul by roads far from the route; 0 and nothing done if no clear one is found."""
        graph, nodes = self.city.graph, list(self.worker.route_nodes)
        on_route = frozenset((min(p, q), max(p, q)) for p, q in itertools.pairwise(nodes))
        for via in self.rng.permutation(self.city.corners)[:12]:
            if int(via) in nodes:
                continue
            first = graph.way(nodes[0], int(via), on_route)
            road = self.city.from_nodes(
                self.home, [*first, *graph.way(int(via), nodes[-1], on_route)[1:]], self.worker.drop
            )
            if float(lengths(road.places)[-1]) > 2.5 * float(lengths(self.route.places)[-1]) + 3000:
                continue
            standing = (self.lot, self.spot)
            trial = Script(script.now_s)
            haul = self.go(trial, self.worker.drop, carried, "hauling by a detour", road)
            beside = off_route(
                [_outside(_outside(haul, self.home), self.worker.drop)],
                self.route.places,
                ROUTE_HALF_WIDTH_M,
                self.worker.model.interval_s,
            )
            if not beside:
                self.lot, self.spot = standing
                continue
            script.add(haul.motion, carried, haul.what)
            for start_s, end_s in beside:
                self.list_violation("off_route", start_s, end_s, "detour")
            return self._unload(script, carried)
        return 0

    def _drive_uncovered(self, script: Script, carried: Signals) -> int:
        """Haul with the cover open, all the way or until the driver stops to close it."""
        haul = self.go(script, self.worker.drop, carried, "hauling uncovered", self.route)
        out = outside_m(self.worker.drop.corners, haul.motion.x_m, haul.motion.y_m) > 0
        arrived_s = haul.start_s + int(np.argmin(out))
        self.list_violation("uncovered_load", departure_s(haul, self.home.corners), arrived_s, "never closed")
        return self._unload(script, carried)


def _outside(leg: Leg, lot: Lot) -> Leg:
    """The part of a leg outside a lot (it begins or ends there)."""
    out = np.flatnonzero(outside_m(lot.corners, leg.motion.x_m, leg.motion.y_m) > 0)
    if not len(out):
        return leg
    here = slice(int(out[0]), int(out[-1]) + 1)
    motion = Motion(x_m=leg.motion.x_m[here], y_m=leg.motion.y_m[here], speed_kmh=leg.motion.speed_kmh[here])
    return Leg(start_s=leg.start_s + int(out[0]), motion=motion, signals=leg.signals, what=leg.what)
