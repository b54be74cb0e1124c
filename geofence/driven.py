"""What a vehicle drove and worked in a span: kilometres, times, rounds, from its reports in their order.

Metres are counted from anchor to anchor, each at least 30 m from the one before, while the vehicle moves: what
fixes wander while it stands adds nothing, nor does the noise of a slow drive. Over a gap nothing is known, and it
is no distance driven. Fixes that the rules may not use are not used here.
"""

from collections.abc import Callable, Iterable

from msgspec import Struct

from domain.instant import HOUR_MS
from domain.report import PositionReport
from domain.work_plan import SpeedRange
from geofence.motion import STANDING_KMH, Motion, motion_after, speed_of
from geofence.place import Placed
from geofence.usable import (
    OUTLIER_KMH,
    Fix,
    FixUse,
    UsableState,
    distance_m,
    implied_kmh,
    is_gap,
    use_fix,
)

ANCHOR_M = 30.0
WORK_MS = 60_000
"""Shorter stretches at working speed are no work: a lorry that brakes for a light passes through these speeds too."""
PAUSE_MS = 120_000
"""So long it may be slower than at work, as at a light, without the stretch being over."""
BREAK_MS = 600_000
"""Standing this long, for water or for a meal, ends a round."""
ROUND_M = 300.0
"""A round is one once so much is worked in it."""
STAYED_M = 100.0
"""No farther apart, the two sides of a gap show a vehicle that stood through it: a terminal sleeps while parked."""

COUNTER_STEP_KM = 1.0
"""Some counters tell whole kilometres: so much they may rise between two reports however soon."""


class WorkTerms(Struct, frozen=True, kw_only=True):
    """When a vehicle is at work: at what speeds, and where (metres of the plane; None: anywhere)."""

    speed_kmh: SpeedRange
    counts_at: Callable[[float, float], bool] | None = None


class Driven(Struct, frozen=True, kw_only=True):
    """Of the reports from one instant to before another; None where no report says.

    The way and the time since the report before count to the later one, so that days add up.

    `working_m` and `rounds` are None for a vehicle without terms of work. `odometer_m` is what the device's own
    counter rose by.
    """

    reports: int = 0
    driven_m: float = 0.0
    moving_ms: int = 0
    engine_ms: int | None = None
    odometer_m: float | None = None
    working_m: float | None = None
    working_ms: int | None = None
    rounds: int | None = None


def driven(reports: Iterable[Placed], from_ms: int, to_ms: int, terms: WorkTerms | None) -> Driven:
    """What was driven in [from, to); reports before `from_ms` tell how it began, and are not counted."""
    tally = _Tally(from_ms, terms)
    for placed in reports:
        if placed.report.time_ms >= to_ms:
            break
        tally.take(placed)
    return tally.total()


class _Tally:
    """The fold: what is known of the vehicle after a report, and the sums of the span."""

    def __init__(self, from_ms: int, terms: WorkTerms | None) -> None:
        self._from_ms = from_ms
        self._terms = terms
        self._usable = UsableState()
        self._motion = Motion.UNKNOWN
        self._anchor: Fix | None = None
        self._still_ms: int | None = None
        self._before: PositionReport | None = None
        self._odometer: tuple[int, float] | None = None
        self._work = _Work(from_ms)
        self.reports = 0
        self.driven_m = 0.0
        self.moving_ms = 0
        self.engine_ms: int | None = None
        self.odometer_m: float | None = None

    def take(self, placed: Placed) -> None:
        """Take in the next report."""
        report = placed.report
        counts = report.time_ms >= self._from_ms
        self.reports += counts
        self._take_signals(report, counts)
        self._before = report
        last = self._usable.last
        self._usable, use = use_fix(self._usable, placed)
        fix = self._usable.last
        if use is not FixUse.USABLE or fix is None:
            return
        if last is None or is_gap(last.time_ms, fix.time_ms):
            self._begin_anew(last, fix, report)
        else:
            self._go_on(last, fix, report, counts)

    def _take_signals(self, report: PositionReport, counts: bool) -> None:
        """The engine and the odometer."""
        before = self._before
        if counts and report.ignition is not None and self.engine_ms is None:
            self.engine_ms = 0
        if counts and before is not None and before.ignition and not is_gap(before.time_ms, report.time_ms):
            self.engine_ms = (self.engine_ms or 0) + report.time_ms - before.time_ms
        if report.odometer_km is not None:
            if counts and self._odometer is not None:
                self.odometer_m = (self.odometer_m or 0.0) + _rise_m(*self._odometer, report)
            self._odometer = (report.time_ms, report.odometer_km)

    def _begin_anew(self, last: Fix | None, fix: Fix, report: PositionReport) -> None:
        """The first fix, or the first after a gap."""
        if last is not None and distance_m(last, fix) <= STAYED_M:
            self._still_ms = last.time_ms if self._still_ms is None else self._still_ms
        else:
            self._still_ms = None
        self._motion = motion_after(Motion.UNKNOWN, speed_of(report, None, fix))
        self._anchor = fix
        self._work.end_stretch()
        self._rest(fix)

    def _go_on(self, last: Fix, fix: Fix, report: PositionReport, counts: bool) -> None:
        kmh = speed_of(report, last, fix)
        was = self._motion
        self._motion = motion_after(was, kmh)
        elapsed_ms = fix.time_ms - last.time_ms
        if counts and was is Motion.MOVING:
            self.moving_ms += elapsed_ms
        step_m = self._step_m(fix, is_derived=report.speed_kmh is None)
        if counts:
            self.driven_m += step_m
        self._rest(fix)
        if self._terms is not None:
            self._work.take(self._terms, fix, kmh, self._motion, step_m, elapsed_ms)

    def _step_m(self, fix: Fix, *, is_derived: bool) -> float:
        """Metres from the anchor, where they are enough for a new one; standing, they are none.

        Without a reported speed, noise looks like motion now and then; what took too long was no drive.
        """
        assert self._anchor is not None  # the first fix is one
        step_m = distance_m(self._anchor, fix)
        if step_m < ANCHOR_M:
            return 0.0
        is_drift = is_derived and implied_kmh(self._anchor, fix) < STANDING_KMH
        self._anchor = fix
        return step_m if self._motion is Motion.MOVING and not is_drift else 0.0

    def _rest(self, fix: Fix) -> None:
        """Follow since when it stands; moving again after long enough, it begins another round."""
        if self._motion is Motion.STANDING and self._still_ms is None:
            self._still_ms = fix.time_ms
        elif self._motion is Motion.MOVING:
            if self._still_ms is not None and fix.time_ms - self._still_ms >= BREAK_MS:
                self._work.begin_round()
            self._still_ms = None

    def total(self) -> Driven:
        """The sums."""
        self._work.end_stretch()
        has_terms = self._terms is not None
        return Driven(
            reports=self.reports,
            driven_m=self.driven_m,
            moving_ms=self.moving_ms,
            engine_ms=self.engine_ms,
            odometer_m=self.odometer_m,
            working_m=self._work.worked_m if has_terms else None,
            working_ms=self._work.worked_ms if has_terms else None,
            rounds=self._work.rounds if has_terms else None,
        )


def _rise_m(since_ms: int, since_km: float, report: PositionReport) -> float:
    """What the device's counter rose by since it was told last; 0 where it was set rather than driven."""
    rise_km = (report.odometer_km or 0.0) - since_km
    drivable_km = COUNTER_STEP_KM + OUTLIER_KMH * (report.time_ms - since_ms) / HOUR_MS
    return rise_km * 1000 if 0.0 <= rise_km <= drivable_km else 0.0


class _Work:
    """Stretches of work, and the rounds that they make up."""

    def __init__(self, from_ms: int) -> None:
        self._from_ms = from_ms
        self._stretch: list[tuple[int, float, int]] = []
        self._stretch_ms = 0
        self._slow_ms = 0
        self._round_m = 0.0
        self.worked_m = 0.0
        self.worked_ms = 0
        self.rounds = 0

    def take(
        self, terms: WorkTerms, fix: Fix, kmh: float | None, motion: Motion, step_m: float, elapsed_ms: int
    ) -> None:
        """Take in the way since the fix before."""
        speed = terms.speed_kmh
        is_here = terms.counts_at is None or terms.counts_at(fix.x_m, fix.y_m)
        if kmh is None or kmh > speed.to_kmh or not is_here:
            self.end_stretch()
        elif kmh >= speed.from_kmh and motion is not Motion.STANDING:
            self._stretch.append((fix.time_ms, step_m, elapsed_ms))
            self._stretch_ms += elapsed_ms
            self._slow_ms = 0
        else:
            self._slow_ms += elapsed_ms
            if self._slow_ms > PAUSE_MS:
                self.end_stretch()

    def end_stretch(self) -> None:
        """Count the stretch if it lasted, and begin none."""
        if self._stretch_ms >= WORK_MS:
            for at_ms, metres, elapsed_ms in self._stretch:
                self._count(at_ms, metres, elapsed_ms)
        self._stretch, self._stretch_ms, self._slow_ms = [], 0, 0

    def begin_round(self) -> None:
        """It stood long enough: what is worked from here on is another round."""
        self.end_stretch()
        self._round_m = 0.0

    def _count(self, at_ms: int, metres: float, elapsed_ms: int) -> None:
        before_m = self._round_m
        self._round_m += metres
        if at_ms >= self._from_ms:
            self.worked_m += metres
            self.worked_ms += elapsed_ms
            self.rounds += before_m < ROUND_M <= self._round_m
