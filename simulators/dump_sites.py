"""Places where several trucks unloaded: what the dumpings of a whole run make by the area rule of RULES.md §3.

Worked out from the true places of the dumpings that are in the truth; no driver of the simulator
lingers loaded off its route without dumping, so there are no other members.
"""

import math
from collections import defaultdict

from simulators.truth import Violation

RADIUS_M = 100.0
SPAN_S = 86_400
MIN_VEHICLES = 3


def suspected_sites(violations: list[Violation]) -> list[Violation]:
    """One line a place, at the mean of its dumpings, from the first to 24 h after the last of them."""
    dumps = sorted(
        (v for v in violations if v.rule == "illegal_dumping" and v.place), key=lambda v: v.start_s
    )
    return [
        _line(members)
        for members in _chained(dumps)
        if len({dump.device_id for dump in members}) >= MIN_VEHICLES
    ]


def _chained(dumps: list[Violation]) -> list[list[Violation]]:
    """The dumpings in groups, each chained by steps of at most 100 m and 24 h."""
    group = list(range(len(dumps)))

    def leader(i: int) -> int:
        while group[i] != i:
            i = group[i]
        return i

    for i, dump in enumerate(dumps):
        for j in range(i):
            if dump.start_s - dumps[j].start_s <= SPAN_S and _apart_m(dump, dumps[j]) <= RADIUS_M:
                group[leader(i)] = leader(j)
    found: dict[int, list[Violation]] = defaultdict(list)
    for i, dump in enumerate(dumps):
        found[leader(i)].append(dump)
    return list(found.values())


def _apart_m(one: Violation, other: Violation) -> float:
    assert one.place is not None
    assert other.place is not None
    return math.dist(one.place, other.place)


def _line(members: list[Violation]) -> Violation:
    places = [dump.place for dump in members if dump.place is not None]
    count = len(places)
    vehicles = len({dump.device_id for dump in members})
    return Violation(
        rule="suspected_dump_site",
        device_id=None,
        start_s=members[0].start_s,
        end_s=members[-1].start_s + SPAN_S,
        note=f"{count} loads of {vehicles} vehicles",
        place=(sum(x for x, _ in places) / count, sum(y for _, y in places) / count),
    )
