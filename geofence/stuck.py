"""A place that does not move although the vehicle says that it drives."""

from geofence.usable import Fix, distance_m

STUCK_KMH = 20.0
STUCK_M = 10.0


def stuck_after(before: Fix | None, fix: Fix | None, speed_kmh: float | None, *, gap: bool) -> Fix | None:
    """The first fix of a run at a reported speed of 20 km/h and more within 10 m; a report may break it."""
    if speed_kmh is not None and speed_kmh < STUCK_KMH:
        return None
    kept = None if gap else before
    if fix is None or (kept is not None and round(distance_m(kept, fix), 3) <= STUCK_M):
        return kept
    return None if speed_kmh is None else fix
