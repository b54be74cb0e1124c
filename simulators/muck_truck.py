"""A muck truck's driver: loads at a site, washes, drives the permitted route, unloads, and goes back.

Every step is what the permit wants unless a deed (see `violations`) changes one trip. Every truth line
follows from the true motion by RULES.md.
"""

from collections.abc import Iterator

from simulators.city import City, Lot
from simulators.driver import IDLING, PARKED, Script
from simulators.dumping import dump_at_wild_tip, dump_away, dump_beside
from simulators.faulty_device import (
    go_with_alarm,
    go_with_lift_stuck,
    stand_with_bad_position,
    stand_with_twin,
)
from simulators.fleet import Worker
from simulators.hauling import Hauler
from simulators.motion import Leg, Signals, stand
from simulators.odd_hauls import arrive_overdue, detour, drive_uncovered, go_abroad, halt
from simulators.truth import departure_s
from simulators.violations import (
    MUCK_DEEDS,
    NEVER,
    TRIPS_PER_DEED,
    WILD_TIP_TRIP,
    Deed,
    deed_of,
    fits_in,
)

HOURS_MARGIN_S = 420
"""An honest driver is to have unloaded this long before the permitted hours end."""
UNWASHED_SPAN_S = 60

HAULS = {
    Deed.DUMP_BESIDE: dump_beside,
    Deed.DUMP_AWAY: dump_away,
    Deed.WILD_TIP: dump_at_wild_tip,
    Deed.DETOUR: detour,
    Deed.ABROAD: go_abroad,
    Deed.HALT: halt,
    Deed.OVERDUE: arrive_overdue,
    Deed.UNCOVERED: drive_uncovered,
}


class MuckTruckDriver(Hauler):
    """Hauls from the site of the permit to its disposal site; every `every`-th trip has a deed."""

    def __init__(
        self, city: City, worker: Worker, *, horizon_s: int, midnight_s: int, every: int = TRIPS_PER_DEED
    ) -> None:
        super().__init__(city, worker, horizon_s=horizon_s, midnight_s=midnight_s)
        self.every = every
        self.trip = 0
        self.shift_number = 0
        self.shift_began_trip = 0
        self.without = frozenset[Deed]()
        """Deeds this truck's device could not show."""

    def shift(self, closes_s: int) -> Iterator[Leg]:
        """Trips until the permitted hours end, with a break after every fifth."""
        self.shift_number += 1
        runs_late = (self.worker.number + self.shift_number) % 3 == 0 and self.every != NEVER
        first_trip = self.shift_began_trip = self.trip
        while self.now_s < closes_s - 1200:
            deed = None if self.must_behave else self._deed()
            script = self._haul(deed, closes_s)
            if script is None:
                break
            yield from self.played(script)
            self.trip += 1
            if (self.trip - first_trip) % 5 == 0 and not self.must_behave:
                yield from self._break()
        limited = not self.worker.shift.is_always
        if limited and runs_late and self.now_s < closes_s and closes_s + 5400 < self.horizon_s:
            yield from self.played(self._late_haul(closes_s))
        script = Script(self.now_s)
        self.go(script, self.worker.depot, IDLING, "to the depot")
        yield from self.played(script)

    def _deed(self) -> Deed | None:
        """What is wrong with the trip that begins now, if it can still come out."""
        deed = deed_of(self.worker.model, MUCK_DEEDS, self.worker.number, self.trip, self.every)
        at_tip = self.worker.wild_tip is not None and self.every != NEVER
        if at_tip and self.trip - self.shift_began_trip == WILD_TIP_TRIP:
            deed = Deed.WILD_TIP
        if deed is None or deed in self.without:
            return None
        # A rest leaves minutes between reports, over which no washing can be judged.
        if deed is Deed.UNWASHED and self.lot is self.worker.depot:
            return None
        return deed if fits_in(deed, self.horizon_s - self.now_s) else None

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
        cover = "open" if deed is Deed.UNCOVERED else "closed"
        carried = self.load(script, site, cover=cover, overloaded=deed is Deed.OVERLOAD)
        if deed is not Deed.UNWASHED:
            self.wash(script, site, carried)
        ended_s = self.carry(script, site, carried, deed)
        if ended_s > closes_s - HOURS_MARGIN_S and not self.worker.shift.is_always:
            self.lot, self.spot, count, self.must_behave = before
            del self.violations[count:]
            return None
        return script

    def _late_haul(self, closes_s: int) -> Script:
        """A haul that runs out of the permitted hours, or begins after them."""
        script = Script(self.now_s)
        self._approach(script, self.home, None)
        carried = self.load(script, self.home, cover="closed")
        leave_s = closes_s + int(self.rng.integers(-150, 600))
        if leave_s > script.now_s + 150:
            script.add(stand(self.spot, leave_s - script.now_s - 90), carried, "waiting")
        self.wash(script, self.home, carried)
        haul, ended_s = self.drive_route(script, carried)
        start_s = max(closes_s, departure_s(haul, self.home.corners))
        self.list_violation("out_of_hours", start_s, ended_s, "late haul")
        return script

    def _approach(self, script: Script, site: Lot, deed: Deed | None) -> None:
        """Come to the site, empty, and stand there with a device that fails, if it does."""
        away = site is not self.lot
        if deed is Deed.FORBIDDEN and away:
            self.go_through_closed_area(script, site, IDLING)
        elif deed is Deed.TAMPER and away:
            go_with_alarm(self, script, site)
        elif not away or not self._went_oddly(script, site, deed):
            self.go(script, site, IDLING, "to the site")
        if deed is Deed.POSITION:
            stand_with_bad_position(self, script)
        elif deed is Deed.TWIN:
            stand_with_twin(self, script)

    def _went_oddly(self, script: Script, site: Lot, deed: Deed | None) -> bool:
        """Go as a deed wants that needs a fast straight; False (and nothing done) without one."""
        if deed is Deed.SPEEDING:
            return self.go_too_fast(script, site, IDLING)
        return deed is Deed.LIFT and go_with_lift_stuck(self, script, site, IDLING)

    def carry(self, script: Script, site: Lot, carried: Signals, deed: Deed | None) -> int:
        """From the wash bay to the end of the trip, which is returned (seconds)."""
        odd_haul = HAULS.get(deed) if deed else None
        if odd_haul is not None and (ended_s := odd_haul(self, script, carried)):
            return ended_s
        haul, ended_s = self.drive_route(script, carried, None if site is self.home else site)
        left_s = departure_s(haul, site.corners)
        if site is not self.home:
            self.list_violation("no_permit", left_s, ended_s, site.id)
        if deed is Deed.OVERLOAD:
            self.list_violation("overload", left_s, ended_s, f"{carried.tonnes:.1f} t")
        if deed is Deed.UNWASHED:
            self.list_violation("wash_skipped", left_s, left_s + UNWASHED_SPAN_S, site.id)
        if deed is Deed.SILENT:
            self.go_silent(script)
        return ended_s
