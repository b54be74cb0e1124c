"""Places where violations recur: discs on the ground with several of them, of several vehicles or days."""

from collections.abc import Mapping

from msgspec import Struct

from exports.counted import Counted


class HotSpot(Struct, frozen=True, kw_only=True):
    """One place, the one with the most violations first; WGS-84 degrees.

    `radius_m` is how far from its centre they lie. `place` is the site or area that most of them name, "" for
    none; `count.before` counts those of the period before within reach of the same centre.
    """

    rank: int
    lon: float
    lat: float
    radius_m: int
    count: Counted
    vehicles: int
    days: int
    by_severity: Mapping[str, int]
    by_rule: Mapping[str, int]
    place: str = ""
    district: str = ""
