"""Vehicles that did it again: often in the period, or the same kind in this one and in the one before."""

from collections.abc import Mapping

from msgspec import Struct

from exports.counted import Counted

FREQUENT = 3
"""Violations of one vehicle in a period that make it a repeated offender."""


class Offender(Struct, frozen=True, kw_only=True):
    """A repeated offender; `again` are the kinds that it was found with in the period before, too."""

    vehicle_id: str
    plate: str
    vehicle_kind: str | None
    company_id: str | None
    company: str
    count: Counted
    by_severity: Mapping[str, int]
    by_rule: Mapping[str, int]
    again: tuple[str, ...] = ()

    @property
    def is_frequent(self) -> bool:
        """Tell whether it is one by number alone."""
        return self.count.n >= FREQUENT
