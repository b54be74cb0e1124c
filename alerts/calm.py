"""When a rule has nothing to say and nothing to note: what it asks of the reports to come.

Most reports change nothing but the newest place. A rule that can tell so beforehand, from its own state and
from what lasts of the vehicle's (`Setting`), gives `Bounds`: any report within them leaves its state as it
is and finds nothing, as long as the setting lasts. `alerts/quiet.py` puts the bounds of all rules together.
"""

# ruff: noqa: PLR1730 - comparing costs a third of what `min` does, and this is done for each change of a state
import math
from collections.abc import Sequence

from msgspec import Struct

from alerts.load import LoadState
from alerts.trip import Trip
from alerts.weight_run import WeightRun
from domain.identifiers import RouteId
from domain.permit import Permit
from domain.report import Cover
from geofence.motion import Motion
from geofence.stay import Stay
from geofence.usable import GAP_MS, Fix
from geofence.zone_state import ZoneState

NEVER_MS = 1 << 62
ANY_COVER: frozenset[Cover | None] = frozenset({None, Cover.OPEN, Cover.CLOSED})
NOT_OPEN = ANY_COVER - {Cover.OPEN}
NOT_CLOSED = ANY_COVER - {Cover.CLOSED}
SLOW_KMH = 10.0


class Setting(Struct, frozen=True, kw_only=True):
    """What a quiet report leaves as it is: zones, motion, load, trip, and that there is a stay and where.

    Such a report has a usable fix within the reach of the one before, no gap before it, no alarm, and shows
    no sign of an unloading. `at_ms` is the time of the newest report, `place` the last usable fix.
    """

    at_ms: int
    place: Fix
    motion: Motion
    zones: tuple[ZoneState, ...]
    outside: bool
    stay: Stay | None
    load: LoadState
    weight_run: WeightRun | None
    trip: Trip | None
    permit: Permit | None


class Bounds(Struct, frozen=True, kw_only=True):
    """What reports must keep to: the default of each is no bound at all.

    `until_ms`: taken before this instant. `within_ms`: no later than this after the report before.
    `max_kmh`: speed, reported or derived, at most. `max_weight_t`: weight at most, where there is one.
    `stuck_ms`: shorter than this within 10 m at speed. `covers`: what the cover may be. `reach_m`: no farther than this from the setting's place;
    `slow_reach_m`: the same for reports below 10 km/h. `routes_m`: no farther from one of these routes.
    """

    until_ms: int = NEVER_MS
    within_ms: int = GAP_MS
    max_kmh: float = math.inf
    max_weight_t: float = math.inf
    stuck_ms: int = NEVER_MS
    covers: frozenset[Cover | None] = ANY_COVER
    reach_m: float = math.inf
    slow_reach_m: float = math.inf
    routes_m: tuple[tuple[RouteId, float], ...] | None = None


ANY = Bounds()


def tightest(bounds: Sequence[Bounds]) -> Bounds:
    """The bounds that keep to all of these; routes are those of the last that has any (`off_route` alone does)."""
    until_ms, within_ms, stuck_ms = NEVER_MS, GAP_MS, NEVER_MS
    max_kmh = max_weight_t = reach_m = slow_reach_m = math.inf
    covers, routes_m = ANY_COVER, None
    for each in bounds:
        if each.until_ms < until_ms:
            until_ms = each.until_ms
        if each.within_ms < within_ms:
            within_ms = each.within_ms
        if each.stuck_ms < stuck_ms:
            stuck_ms = each.stuck_ms
        if each.max_kmh < max_kmh:
            max_kmh = each.max_kmh
        if each.max_weight_t < max_weight_t:
            max_weight_t = each.max_weight_t
        if each.reach_m < reach_m:
            reach_m = each.reach_m
        if each.slow_reach_m < slow_reach_m:
            slow_reach_m = each.slow_reach_m
        if each.covers is not ANY_COVER:
            covers &= each.covers
        if each.routes_m is not None:
            routes_m = each.routes_m
    return Bounds(
        until_ms=until_ms,
        within_ms=within_ms,
        stuck_ms=stuck_ms,
        max_kmh=max_kmh,
        max_weight_t=max_weight_t,
        covers=covers,
        reach_m=reach_m,
        slow_reach_m=slow_reach_m,
        routes_m=routes_m,
    )
