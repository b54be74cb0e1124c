"""Vehicles that did it again: often in the period, or the same kind in this one and in the one before."""

from collections.abc import Mapping, Sequence

from msgspec import Struct

from exports.counted import Counted, by_rule, by_severity, grouped
from exports.statement import StatedAlert

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


def offenders(now: Sequence[StatedAlert], before: Sequence[StatedAlert] | None) -> tuple[Offender, ...]:
    """The repeated ones among the vehicles of these violations, the most first."""
    theirs = grouped(before or (), lambda one: one.vehicle_id)
    found = [
        _offender(vehicle_id, alerts, None if before is None else theirs.get(vehicle_id, []))
        for vehicle_id, alerts in grouped(now, lambda one: one.vehicle_id).items()
        if vehicle_id is not None
    ]
    repeated = [one for one in found if one.is_frequent or one.again]
    return tuple(sorted(repeated, key=lambda one: (-one.count.n, one.plate, one.vehicle_id)))


def _offender(vehicle_id: str, now: Sequence[StatedAlert], before: Sequence[StatedAlert] | None) -> Offender:
    latest = now[-1]
    kinds = by_rule(now)
    earlier = {one.rule for one in before or ()}
    return Offender(
        vehicle_id=vehicle_id,
        plate=latest.plate or vehicle_id,
        vehicle_kind=latest.vehicle_kind,
        company_id=latest.company_id,
        company=latest.company,
        count=Counted(n=len(now), before=None if before is None else len(before)),
        by_severity=by_severity(now),
        by_rule=kinds,
        again=tuple(kind for kind in kinds if kind in earlier),
    )
