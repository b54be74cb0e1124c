"""Companies and districts by what their vehicles and sites did: the worst first, those who are equal on one rank."""

from collections.abc import Mapping

from msgspec import Struct

from exports.counted import Counted, serious
from exports.figures import Share


class Ranked(Struct, frozen=True, kw_only=True):
    """One company or district of a ranking.

    `rank` goes by critical and major violations together, then by all; `rank_per_vehicle` by the same for each
    registered vehicle, so that a large fleet is not ranked for its size. `vehicles` is None where no number is
    known (a district has none), and `online` are the device-days heard of it.
    """

    rank: int
    id: str
    name: str
    count: Counted
    by_severity: Mapping[str, int]
    by_rule: Mapping[str, int]
    vehicles: int | None = None
    rank_per_vehicle: int | None = None
    online: Share | None = None

    @property
    def serious(self) -> int:
        """Critical and major ones."""
        return serious(self.by_severity)

    @property
    def per_vehicle(self) -> float | None:
        """Violations for each registered vehicle; None without any."""
        return self.count.n / self.vehicles if self.vehicles else None


class Ranking(Struct, frozen=True, kw_only=True):
    """All of them in order, and how many violations belong to none: together they are all violations."""

    rows: tuple[Ranked, ...]
    of_none: Counted
