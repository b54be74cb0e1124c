"""Scores put together: the ledger of a cycle, what of it somebody may see, and who is on a list today."""

from collections.abc import Iterable, Sequence
from datetime import date

from msgspec import Struct

from alerts.demerit_scheme import (
    About,
    Cycle,
    DatedScheme,
    Follows,
    Named,
    Part,
    Timeline,
    cycle_of,
    cycles,
    in_force,
    parts,
)
from alerts.demerits import Line, Standing, standings
from api.deps import Services
from api.reporting import Known, known
from domain.instant import DAY_MS
from domain.localtime import day_end_ms, local_day
from domain.registry import Registry
from storage.demerits import ListingRow
from storage.scoped import Scoped

WEEK_MS = 7 * DAY_MS


class Seen(Struct, frozen=True, kw_only=True):
    """Whose names somebody may see; None for everybody's."""

    companies: frozenset[str] | None = None
    vehicles: frozenset[str] | None = None

    def covers(self, about: About, subject_id: str) -> bool:
        """Tell whether a company or vehicle may be named."""
        known = self.companies if about == "company" else self.vehicles
        return known is None or subject_id in known


class Listed(Struct, frozen=True, kw_only=True):
    """Somebody on a list: by hand where `listing` says so, else by points, or by the special rule `why`."""

    about: About
    id: str
    on: Follows
    why: Named | None = None
    listing: ListingRow | None = None


class Scores(Struct, frozen=True, kw_only=True):
    """A cycle's ledger of the whole city. `now_ms` is the cycle's end once it is over.

    `dated` is the scheme whose bands and special rules hold: of the last day, or of today.
    """

    known: Known
    today: date
    now_ms: int
    cycle: Cycle
    parts: tuple[Part, ...]
    dated: DatedScheme
    lines: Sequence[Line]

    def within(self, scoped: Scoped) -> Sequence[Line]:
        """The lines of somebody's districts."""
        if scoped.scope.district_ids is None:
            return self.lines
        return [line for line in self.lines if scoped.scope.covers(line.violation.district_id)]

    def standings(self, about: About, lines: Sequence[Line], *, others: Iterable[str] = ()) -> list[Standing]:
        """Where companies or vehicles stand by some of the lines; `others` may have none."""
        return standings(
            self.dated.scheme,
            about,
            lines,
            now_ms=self.now_ms,
            week_ms=WEEK_MS,
            others=others,
        )

    def companies(self, scoped: Scoped) -> list[Standing]:
        """Where the companies stand by the lines that somebody sees; who sees all sees those without any, too."""
        everyone = scoped.scope.district_ids is None
        others = [str(one.id) for one in self.known.registry.companies] if everyone else []
        return self.standings("company", self.within(scoped), others=others)


class Dates(Struct, frozen=True, kw_only=True):
    """What a day lies in: the schemes there are, and its cycle, None where no scheme is in force."""

    known: Known
    today: date
    timeline: Timeline
    cycle: Cycle | None
    cycles: tuple[Cycle, ...]


async def dates(services: Services, day: date | None) -> Dates:
    """The cycle of a local day, of today for None; raises ApiError 409 before the first registry."""
    found = await known(services)
    today = local_day(services.now_ms(), found.zone)
    timeline = await services.scores.timeline()
    return Dates(
        known=found,
        today=today,
        timeline=timeline,
        cycle=cycle_of(timeline, day or today),
        cycles=cycles(timeline, today),
    )


async def scores(services: Services, found: Dates) -> Scores | None:
    """The ledger of a cycle; None where no scheme is in force."""
    cycle = found.cycle
    if cycle is None:
        return None
    last = max(cycle.first, min(cycle.last, found.today))
    dated = in_force(found.timeline, last)
    assert dated is not None
    zone = found.known.zone
    return Scores(
        known=found.known,
        today=found.today,
        now_ms=min(services.now_ms(), day_end_ms(cycle.last, zone)),
        cycle=cycle,
        parts=parts(found.timeline, cycle.first, cycle.last),
        dated=dated,
        lines=await services.scores.lines(found.timeline, cycle, zone),
    )


async def seen(scoped: Scoped, registry: Registry, lines: Iterable[Line]) -> Seen:
    """Whose names somebody may see: of what drives in their districts, or did wrong in them."""
    devices = await scoped.devices()
    if devices is None:
        return Seen()
    here = [(str(one.id), one.company_id) for one in registry.vehicles if one.device_id in devices]
    those = [(line.violation.vehicle_id, line.violation.company_id) for line in lines]
    return Seen(
        companies=frozenset(str(company) for _, company in here + those if company is not None),
        vehicles=frozenset(vehicle for vehicle, _ in here + those),
    )


async def listed(services: Services, found: Scores | None, today: date) -> list[Listed]:
    """Everybody on a list today, by hand first, then by the points of today's cycle."""
    by_hand = [
        Listed(about=one.about, id=one.subject_id, on=Follows(one.list), listing=one)
        for one in await services.demerits.listings(today)
    ]
    if found is None:
        return by_hand
    abouts: tuple[About, ...] = ("company", "vehicle")
    return by_hand + [
        _by_points(one)
        for about in abouts
        for one in found.standings(about, found.lines)
        if one.follows is not Follows.NONE
    ]


def _by_points(one: Standing) -> Listed:
    fired = next((each for each in one.fired if each.special.follows.rank > one.band.follows.rank), None)
    return Listed(
        about=one.about, id=one.id, on=one.follows, why=None if fired is None else fired.special.name
    )


def worst(all_listed: Iterable[Listed]) -> dict[tuple[About, str], Follows]:
    """The worse list that each stands on."""
    found: dict[tuple[About, str], Follows] = {}
    for one in all_listed:
        before = found.get((one.about, one.id), Follows.NONE)
        found[one.about, one.id] = max(before, one.on, key=lambda each: each.rank)
    return found
