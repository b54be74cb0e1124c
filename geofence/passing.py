"""Passing through a zone between two fixes outside it: a fast truck, a small zone, a fix every ten seconds."""

from collections.abc import Callable

from msgspec import Struct

from domain.identifiers import ZoneId
from geofence.usable import OUTLIER_KMH, Fix, distance_m, implied_kmh

PASS_MS = 60_000
PASS_M = 20.0

Crossings = Callable[[Fix, Fix], tuple[tuple[ZoneId, float], ...]]


class PassState(Struct, frozen=True, array_like=True, gc=False):
    """A line that has begun to run through a zone: the last fix outside, and the metres in it so far."""

    zone_id: ZoneId
    from_ms: int
    length_m: float


class Passed(Struct, frozen=True, gc=False):
    """A vehicle went through a zone between two fixes outside it, without being found inside."""

    zone_id: ZoneId
    from_ms: int
    to_ms: int
    length_m: float


def joins(before: Fix, fix: Fix) -> bool:
    """Tell whether the straight line between two successive usable fixes may be taken as the way driven."""
    return fix.time_ms - before.time_ms <= PASS_MS and implied_kmh(before, fix) <= OUTLIER_KMH


def passes_after(
    states: tuple[PassState, ...],
    before: Fix | None,
    fix: Fix,
    *,
    clearance_m: float,
    crossings: Crossings,
    in_polygon_before: frozenset[ZoneId],
    in_polygon: frozenset[ZoneId],
    inside: frozenset[ZoneId],
) -> tuple[tuple[PassState, ...], tuple[Passed, ...]]:
    """Add the line between two successive usable fixes.

    `clearance_m` is the sum of the distances of both fixes to their nearest no-go zone: a shorter line
    cannot have touched one. `crossings` gives the zones (open ones) a line runs in, with the metres.
    """
    if before is None or not joins(before, fix):
        return (), ()
    if not states and distance_m(before, fix) < clearance_m:
        return (), ()
    lengths = dict(crossings(before, fix))
    begun = {state.zone_id: state for state in states}
    after: list[PassState] = []
    passed: list[Passed] = []
    for zone_id in sorted(lengths.keys() | begun.keys()):
        state = begun.get(zone_id)
        if zone_id in inside or (state is None and zone_id in in_polygon_before):
            continue  # found inside, or in it since before anything is known
        from_ms = before.time_ms if state is None else state.from_ms
        length_m = lengths.get(zone_id, 0.0) + (0.0 if state is None else state.length_m)
        if zone_id in in_polygon:
            after.append(PassState(zone_id, from_ms, length_m))
        elif round(length_m, 3) >= PASS_M:  # to the millimetre: sums of floats miss a bound by less
            passed.append(Passed(zone_id, from_ms, fix.time_ms, length_m))
    return tuple(after), tuple(passed)
