"""Moving and standing, with a dead band: moving from 5 km/h on, standing below 3 km/h, between the two as before."""

from enum import IntEnum

from domain.report import PositionReport
from geofence.usable import GAP_MS, OUTLIER_KMH, Fix, distance_m

MOVING_KMH = 5.0
STANDING_KMH = 3.0


class Motion(IntEnum):
    """Whether a vehicle moves, as far as is known."""

    UNKNOWN = 0
    STANDING = 1
    MOVING = 2


def derived_kmh(before: Fix | None, fix: Fix | None) -> float | None:
    """The speed between two successive usable fixes, where they are close enough in time to mean one."""
    if before is None or fix is None:
        return None
    elapsed_ms = fix.time_ms - before.time_ms
    if not 0 < elapsed_ms <= GAP_MS:
        return None
    kmh = distance_m(before, fix) / elapsed_ms * 3600.0
    return kmh if kmh <= OUTLIER_KMH else None


def speed_of(report: PositionReport, before: Fix | None, fix: Fix | None) -> float | None:
    """The speed that motion goes by, in km/h: the reported one where there is a fix, else the derived one."""
    if report.fix and report.speed_kmh is not None:
        return report.speed_kmh
    return derived_kmh(before, fix)


def motion_after(before: Motion, speed_kmh: float | None) -> Motion:
    """The motion after a report with this speed."""
    if speed_kmh is None:
        return before
    if speed_kmh >= MOVING_KMH:
        return Motion.MOVING
    if speed_kmh < STANDING_KMH:
        return Motion.STANDING
    return before
