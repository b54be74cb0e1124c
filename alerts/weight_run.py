"""A weight that does not change: a run of weights within 0.1 t of each other, and the stays in sites meanwhile."""

from msgspec import Struct

from geofence.stay import Stay

SAME_T = 0.1


class WeightRun(Struct, frozen=True, array_like=True, gc=False):
    """The run under way, since its first weight; `stays` are those in source or disposal sites during it."""

    first_ms: int
    low_t: float
    high_t: float
    stays: int = 0


def weight_run_after(
    before: WeightRun | None, weight_t: float | None, ended_stay: Stay | None, at_ms: int
) -> WeightRun | None:
    """Follow a report's weight, and count the stay that it ended."""
    stays = 0 if before is None else before.stays
    if before is not None and ended_stay is not None and ended_stay.at_site and ended_stay.length_ms > 0:
        stays += ended_stay.first.time_ms >= before.first_ms
    if weight_t is None:
        if before is None or stays == before.stays:
            return before
        return WeightRun(before.first_ms, before.low_t, before.high_t, stays)
    if before is None:
        return WeightRun(at_ms, weight_t, weight_t)
    low_t, high_t = min(before.low_t, weight_t), max(before.high_t, weight_t)
    if round(high_t - low_t, 6) > SAME_T:
        return WeightRun(at_ms, weight_t, weight_t)
    if low_t == before.low_t and high_t == before.high_t and stays == before.stays:
        return before
    return WeightRun(before.first_ms, low_t, high_t, stays)
