"""Stays: successive usable fixes while standing, each within 50 m of the first."""

from msgspec import Struct

from geofence.usable import Fix, distance_m

STAY_RADIUS_M = 50.0


class Stay(Struct, frozen=True, array_like=True, gc=False):
    """A stay so far. `outside` holds while every fix of it was outside all zones."""

    first: Fix
    last_ms: int
    outside: bool

    @property
    def length_ms(self) -> int:
        """Last fix minus first."""
        return self.last_ms - self.first.time_ms


def stay_after(stay: Stay | None, fix: Fix, *, outside: bool) -> tuple[Stay, Stay | None]:
    """Add a usable fix while standing: (the stay it is in, the stay it ended by being too far away)."""
    if stay is None:
        return Stay(fix, fix.time_ms, outside), None
    if distance_m(stay.first, fix) > STAY_RADIUS_M:
        return Stay(fix, fix.time_ms, outside), stay
    return Stay(stay.first, fix.time_ms, stay.outside and outside), None
