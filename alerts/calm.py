"""When a rule has nothing to say and nothing to note: what it asks of the reports to come.

Most reports change nothing but the newest place. A rule that can tell so beforehand, from its own state and
from what lasts of the vehicle's (`Setting`), gives `Bounds`: any report within them leaves its state as it
is and finds nothing, as long as the setting lasts. `alerts/quiet.py` puts the bounds of all rules together.
"""

import math

from msgspec import Struct

from alerts.load import LoadState
from alerts.trip import Trip
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

    def and_(self, other: "Bounds") -> "Bounds":
        """The bounds of both; routes are those of whichever has any (`off_route` alone does)."""
        return Bounds(
            until_ms=min(self.until_ms, other.until_ms),
            within_ms=min(self.within_ms, other.within_ms),
            max_kmh=min(self.max_kmh, other.max_kmh),
            max_weight_t=min(self.max_weight_t, other.max_weight_t),
            stuck_ms=min(self.stuck_ms, other.stuck_ms),
            covers=self.covers & other.covers,
            reach_m=min(self.reach_m, other.reach_m),
            slow_reach_m=min(self.slow_reach_m, other.slow_reach_m),
            routes_m=self.routes_m if other.routes_m is None else other.routes_m,
        )


ANY = Bounds()
