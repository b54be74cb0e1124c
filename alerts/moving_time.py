"""Moving time that adds up: between two successive reports that both show it, over halts that are short enough."""

from msgspec import Struct

from alerts.observation import Observation
from geofence.motion import Motion
from geofence.usable import Fix


class MovingTime(Struct, frozen=True, array_like=True, gc=False):
    """A stretch so far. `halted_ms` is set by the report at which a halt became too long: since when it stood."""

    first: Fix | None = None
    first_ms: int = 0
    moved_ms: int = 0
    reports: int = 0
    last_ms: int | None = None
    halt_ms: int | None = None
    halted_ms: int | None = None


def moving_after(
    state: MovingTime | None, seen: Observation, *, halt_ms: int, carries: bool = True
) -> MovingTime:
    """Add a report at which every other part of the condition holds (or, not `carries`, is not said)."""
    before = MovingTime() if state is None or seen.gap or state.halted_ms is not None else state
    at_ms = seen.at_ms
    if seen.motion is Motion.MOVING:
        if not carries:
            return MovingTime(before.first, before.first_ms, before.moved_ms, before.reports, before.last_ms)
        moved_ms = before.moved_ms + (0 if before.last_ms is None else at_ms - before.last_ms)
        if before.reports == 0:
            return MovingTime(seen.place, at_ms, moved_ms, 1, at_ms)
        return MovingTime(before.first, before.first_ms, moved_ms, before.reports + 1, at_ms)
    if seen.motion is Motion.UNKNOWN:
        return MovingTime(
            before.first, before.first_ms, before.moved_ms, before.reports, None, before.halt_ms
        )
    since_ms = at_ms if before.halt_ms is None else before.halt_ms
    halted_ms = since_ms if at_ms - since_ms >= halt_ms else None
    if halted_ms is not None:
        return MovingTime(halt_ms=since_ms, halted_ms=halted_ms)
    return MovingTime(before.first, before.first_ms, before.moved_ms, before.reports, None, since_ms)
