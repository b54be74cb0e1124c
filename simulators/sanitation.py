"""Refuse trucks on their collection runs, and sweepers and sprinklers on their rounds.

A refuse truck serves every stop in each of its rounds. On some days it leaves one out in all of them and
drives past it without slowing down.
"""

from collections.abc import Iterator

import numpy as np
from msgspec import structs

from simulators.city import City
from simulators.driver import IDLING, PARKED, Driver, Script
from simulators.faulty_device import go_with_alarm
from simulators.fleet import REFUSE, STOP_WINDOW_MIN, Worker, far_from_lots
from simulators.motion import Drive, Leg, Signals, drive, stand
from simulators.plane import Floats, at_distance, lengths
from simulators.roads import Path, walk
from simulators.truth import leaves_after_s
from simulators.violations import NEVER, SANITATION_DEEDS, Deed, deed_of

DAY_S = 86_400
SKIP_SHARE = 0.8
CLEAR_M = 150.0
"""No other part of the run, and no dumping, is so near a stop that is left out."""
KNOWN_BEFORE_S = 60


class SanitationDriver(Driver):
    """Rounds until the shift ends; every other one may carry a deed."""

    def __init__(
        self, city: City, worker: Worker, *, horizon_s: int, midnight_s: int, every: int = 3
    ) -> None:
        super().__init__(city, worker, horizon_s=horizon_s, midnight_s=midnight_s)
        self.every = every
        self.round = 0
        self.left_out: int | None = None
        """The stop that is not served today."""

    def shift(self, closes_s: int) -> Iterator[Leg]:
        """Rounds from the depot, with a break at the depot after each."""
        day: int | None = None
        while self.now_s < closes_s - 7200:
            today = (self.now_s + self.midnight_s) // DAY_S
            if today != day:
                day = today
                self._choose_left_out(today)
            script = Script(self.now_s)
            deed = self._deed()
            if self.worker.kind == REFUSE:
                self._collect(script, deed)
            else:
                self._clean(script)
            self._return(script, deed)
            script.add(stand(self.spot, int(self.rng.integers(900, 1800))), PARKED, "break")
            script.add(stand(self.spot, 60), IDLING, "warming up")
            yield from self.played(script)
            self.round += 1

    def _choose_left_out(self, day: int) -> None:
        """Leave out a stop on some days, and list it where its whole window is watched."""
        self.left_out = None
        run, stops = self.worker.run, self.worker.run_stops_m
        from_s, to_s = (day * DAY_S + minute * 60 - self.midnight_s for minute in STOP_WINDOW_MIN)
        if run is None or self.every == NEVER or self.rng.random() > SKIP_SHARE:
            return
        fit = [n for n in range(len(stops)) if _is_apart(run, stops, n)]
        if not fit or from_s < KNOWN_BEFORE_S or self.now_s > from_s + 3600:
            return
        self.left_out = fit[int(self.rng.integers(len(fit)))]
        self.list_violation("missed_collection", to_s, to_s, f"stop {self.left_out + 1:02d}")

    def manner(
        self, path: Path, *, lights: bool = True, hurry: tuple[float, float, float] | None = None
    ) -> Drive:
        """As any driver, but with green lights near the stop that is left out."""
        how = super().manner(path, lights=lights, hurry=hurry)
        if self.left_out is None or self.worker.run is None:
            return how
        stop = at_distance(self.worker.run.places, self.worker.run_stops_m[self.left_out])[0]
        waits = tuple(
            (at, wait_s)
            for at, wait_s in how.waits
            if _apart_m(at_distance(path.places, at)[0], stop) > CLEAR_M
        )
        return structs.replace(how, waits=waits)

    def _deed(self) -> Deed | None:
        if self.now_s + 3 * 3600 > self.horizon_s:
            return None
        deed = deed_of(self.worker.model, SANITATION_DEEDS, self.worker.number, self.round, self.every)
        return None if deed is Deed.DUMP_BESIDE and self.worker.kind != REFUSE else deed

    def _return(self, script: Script, deed: Deed | None) -> None:
        """Back to the depot, with the deed on the way."""
        depot = self.worker.depot
        if self.lot is depot and deed in (Deed.FORBIDDEN, Deed.SPEEDING, Deed.TAMPER):
            self.go(script, self.worker.drop, IDLING, "to the transfer station")
        if deed is Deed.FORBIDDEN:
            self.go_through_closed_area(script, depot, IDLING)
        elif deed is Deed.TAMPER:
            go_with_alarm(self, script, depot)
        elif deed is Deed.SILENT:
            if self.lot is depot:
                self.go(script, self.worker.drop, IDLING, "to the transfer station")
            self.go_silent(script)
        elif deed is not Deed.SPEEDING or not self.go_too_fast(script, depot, IDLING):
            self.go(script, depot, IDLING, "to the depot")

    def _collect(self, script: Script, deed: Deed | None) -> None:
        """The run, stop by stop, then the transfer station; or its load is dumped at the roadside."""
        run = self.worker.run
        assert run is not None
        along = lengths(run.places)
        where, place = 0.0, self.spot
        signals, began_s = IDLING, script.now_s
        stops = self.worker.run_stops_m
        for n, s in enumerate(stops):
            if n == self.left_out:
                continue
            self._leg_of_run(script, run, where, s, signals, script.now_s == began_s)
            share = (n + 1) / len(stops)
            signals = Signals(
                load="empty" if share < 0.3 else "partial" if share < 0.8 else "full",
                tonnes=share * 0.8 * self.worker.max_load_t,
            )
            script.add(
                stand(at_distance(run.places, s)[0], int(self.rng.integers(45, 90))), signals, "collecting"
            )
            where = s
        if deed is Deed.DUMP_BESIDE:
            for s in np.arange(where + 150, float(along[-1]) - 300, 70.0):
                place = at_distance(run.places, float(s))[0]
                clear = self.left_out is None or (
                    _apart_m(place, at_distance(run.places, stops[self.left_out])[0]) > CLEAR_M
                )
                if clear and float(np.abs(along - s).min()) > 45 and far_from_lots(self.city, place, 250):
                    self._leg_of_run(script, run, where, float(s), signals, first=False)
                    self._dump(script, run, float(s), signals)
                    where, signals = float(s), IDLING
                    break
        self._finish(script, run, where, signals)

    def _leg_of_run(
        self, script: Script, run: Path, from_m: float, to_m: float, signals: Signals, first: bool
    ) -> None:
        path = run.part(from_m, to_m)
        if first:
            path = walk(self.spot, self.lot.gate) + path
        script.add(drive(path, self.manner(path)), signals, "on the run")

    def _finish(self, script: Script, run: Path, from_m: float, signals: Signals) -> None:
        drop = self.worker.drop
        self.lot, self.spot = drop, self.spot_in(drop)
        path = run.part(from_m) + walk(drop.gate, self.spot)
        script.add(drive(path, self.manner(path)), signals, "to the transfer station")
        self._unload(script, signals)

    def _unload(self, script: Script, signals: Signals) -> None:
        script.add(stand(self.spot, int(self.rng.integers(60, 150))), signals, "queueing to unload")
        up = Signals(load=signals.load, tonnes=signals.tonnes, tonnes_end=0.0, lift=True)
        script.add(stand(self.spot, int(self.rng.integers(45, 90))), up, "unloading")
        script.add(stand(self.spot, 60), IDLING, "body down")

    def _dump(self, script: Script, run: Path, s: float, signals: Signals) -> None:
        place = at_distance(run.places, s)[0]
        script.add(stand(place, 20), signals, "looking round")
        rose_s = script.now_s
        up = Signals(load=signals.load, tonnes=signals.tonnes, tonnes_end=0.0, lift=True)
        script.add(stand(place, int(self.rng.integers(45, 90))), up, "dumping")
        script.add(stand(place, 60), IDLING, "body down")
        probe = drive(run.part(s), Drive(share=self.share))
        self.list_violation(
            "illegal_dumping",
            rose_s,
            script.now_s + leaves_after_s(probe, place, 200.0),
            "refuse at the roadside",
            place,
        )

    def _clean(self, script: Script) -> None:
        """A slow round by some crossings and back to the depot."""
        chosen = self.rng.choice(len(self.city.corners), 2, replace=False)
        via = tuple(self.city.corners[int(i)] for i in chosen)
        spot = self.spot_in(self.worker.depot)
        path = walk(self.spot, self.lot.gate) + self.city.way(self.lot, self.worker.depot, via=via)
        path = path + walk(self.worker.depot.gate, spot)
        slow_kmh = float(self.rng.uniform(9, 15))
        manner = Drive(share=1.0, own_limit_kmh=slow_kmh, waits=self.manner(path).waits)
        script.add(drive(path, manner), IDLING, "cleaning")
        self.lot, self.spot = self.worker.depot, spot


def _apart_m(one: Floats, other: Floats) -> float:
    return float(np.hypot(*(one - other)))


def _is_apart(run: Path, stops: tuple[float, ...], n: int) -> bool:
    """Tell whether a stop is neither first nor last, and the run passes near it only once."""
    if n in (0, len(stops) - 1):
        return False
    place = at_distance(run.places, stops[n])[0]
    along = np.arange(0.0, float(lengths(run.places)[-1]), 20.0)
    elsewhere = along[np.abs(along - stops[n]) > 2 * CLEAR_M]
    others = [at_distance(run.places, float(s))[0] for s in elsewhere]
    return all(_apart_m(place, other) > CLEAR_M for other in others)
