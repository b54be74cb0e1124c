"""*Place*: a whole batch of fixes → the zones each is in or near and its distance to the routes that matter.

Stateless and vectorised. What the numbers mean over time is the business of the state machines beside
it; which zones exist at a given hour is too (place reports every zone, open or not).
"""

import math

from msgspec import Struct

from domain.identifiers import RouteId, ZoneId
from domain.report import PositionReport


class Placed(Struct, frozen=True, kw_only=True, gc=False):
    """One report with what geometry says of its fix.

    `x_m`, `y_m`: metres in the index's plane, NaN without a fix. `near`: every zone no farther than
    the index's margin, as (zone id, signed distance to its edge in metres, ≤ 0 inside), sorted by id.
    `routes`: distance in metres to each route that any permit of the vehicle names, sorted by id.
    `no_go_clearance_m`: distance to the nearest no-go zone, 0 inside one, infinite where none is
    within reach (2,500 m: 150 km/h for 60 s). Two fixes up to that far apart whose line is shorter than
    the sum of theirs cannot have cut through one.
    """

    report: PositionReport
    x_m: float = math.nan
    y_m: float = math.nan
    near: tuple[tuple[ZoneId, float], ...] = ()
    routes: tuple[tuple[RouteId, float], ...] = ()
    no_go_clearance_m: float = math.inf
