"""Companies and districts by what their vehicles and sites did: the worst first, those who are equal on one rank."""

from collections.abc import Callable, Mapping, Sequence

from msgspec import Struct
from msgspec.structs import replace

from exports.counted import SERIOUS, Counted, by_rule, by_severity, grouped
from exports.figures import Share
from exports.statement import StatedAlert, StatedFleet


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
        return sum(self.by_severity[one] for one in SERIOUS)

    @property
    def per_vehicle(self) -> float | None:
        """Violations for each registered vehicle; None without any."""
        return self.count.n / self.vehicles if self.vehicles else None


class Ranking(Struct, frozen=True, kw_only=True):
    """All of them in order, and how many violations belong to none: together they are all violations."""

    rows: tuple[Ranked, ...]
    of_none: Counted


MemberOf = Callable[[StatedAlert], tuple[str | None, str]]


def ranking(
    now: Sequence[StatedAlert],
    before: Sequence[StatedAlert] | None,
    fleets: Sequence[StatedFleet],
    member_of: MemberOf,
) -> Ranking:
    """Rank all who have a fleet or a violation in either period; `fleets` are of one kind, by the same ids."""
    mine = grouped(now, lambda one: member_of(one)[0])
    theirs = grouped(before or (), lambda one: member_of(one)[0])
    of_fleet = {one.id: one for one in fleets if one.id is not None and one.devices}
    names = {
        id_: name for one in (*(before or ()), *now) for id_, name in (member_of(one),) if id_ is not None
    }
    names |= {id_: one.name for id_, one in of_fleet.items() if id_ not in names}
    compares = before is not None
    rows = [
        _row(id_, name, mine.get(id_, []), theirs.get(id_, []) if compares else None, of_fleet.get(id_))
        for id_, name in names.items()
    ]
    return Ranking(
        rows=_ranked(rows),
        of_none=_count(mine.get(None, []), theirs.get(None, []) if compares else None),
    )


def _count(now: Sequence[StatedAlert], before: Sequence[StatedAlert] | None) -> Counted:
    return Counted(n=len(now), before=None if before is None else len(before))


def _row(
    id_: str,
    name: str,
    now: Sequence[StatedAlert],
    before: Sequence[StatedAlert] | None,
    fleet: StatedFleet | None,
) -> Ranked:
    return Ranked(
        rank=0,
        id=id_,
        name=name or id_,
        count=_count(now, before),
        by_severity=by_severity(now),
        by_rule=by_rule(now),
        vehicles=fleet.devices if fleet is not None and fleet.kind == "vehicle" else None,
        online=None if fleet is None else Share(n=fleet.days_heard, of=fleet.days),
    )


def _ranked(rows: Sequence[Ranked]) -> tuple[Ranked, ...]:
    """The rows in order of their rank, those of one rank by name."""
    ranks = _ranks([(one.serious, one.count.n) for one in rows])
    sized = [one for one in rows if one.vehicles]
    by_size = dict(
        zip(
            (one.id for one in sized),
            _ranks(
                [(one.serious / one.vehicles, one.count.n / one.vehicles) for one in sized if one.vehicles]
            ),
            strict=True,
        )
    )
    placed = [
        replace(one, rank=rank, rank_per_vehicle=by_size.get(one.id))
        for one, rank in zip(rows, ranks, strict=True)
    ]
    return tuple(sorted(placed, key=lambda one: (one.rank, one.name, one.id)))


def _ranks(worst: Sequence[tuple[float, float]]) -> list[int]:
    """The rank of each, the greatest first; who is equal shares one, and the next is left out."""
    first: dict[tuple[float, float], int] = {}
    for place, key in enumerate(sorted(worst, reverse=True), start=1):
        first.setdefault(key, place)
    return [first[key] for key in worst]
