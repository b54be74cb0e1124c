"""Stays: successive usable fixes while standing, each within 50 m of the first."""

from msgspec import Struct

from geofence.usable import Fix, distance_m

STAY_RADIUS_M = 50.0


class Stay(Struct, frozen=True, array_like=True, gc=False):
    """A stay so far.

    `outside`: every fix of it was outside all zones; `at_site`: its last fix was in a source or disposal
    site, so that part of it counts as there. `sum_x_m`, `sum_y_m` and `fixes` give its mean place.
    """

    first: Fix
    last_ms: int
    outside: bool
    at_site: bool
    fixes: int
    sum_x_m: float
    sum_y_m: float

    @property
    def length_ms(self) -> int:
        """Last fix minus first."""
        return self.last_ms - self.first.time_ms

    def since_ms(self, at_ms: int) -> int:
        """How much of it lies after an instant; 0 or less if nothing does."""
        return self.last_ms - max(self.first.time_ms, at_ms)

    @property
    def mean_m(self) -> tuple[float, float]:
        """Its mean place in the plane."""
        return self.sum_x_m / self.fixes, self.sum_y_m / self.fixes


def stay_after(stay: Stay | None, fix: Fix, *, outside: bool, at_site: bool) -> tuple[Stay, Stay | None]:
    """Add a usable fix while standing: (the stay it is in, the stay it ended by being too far away)."""
    if stay is None or distance_m(stay.first, fix) > STAY_RADIUS_M:
        return Stay(fix, fix.time_ms, outside, at_site, 1, fix.x_m, fix.y_m), stay
    return (
        Stay(
            stay.first,
            fix.time_ms,
            stay.outside and outside,
            at_site,
            stay.fixes + 1,
            stay.sum_x_m + fix.x_m,
            stay.sum_y_m + fix.y_m,
        ),
        None,
    )
