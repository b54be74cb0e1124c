"""Scores put together: the ledger of a cycle, what of it somebody may see, and who is on a list today."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from itertools import chain
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

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
from alerts.demerits import Line, Standing, standings, worst_first
from api.deps import Services
from api.reporting import Known, known
from api.score_book import WEEK_MS, CycleTerms, Judged
from domain.localtime import day_end_ms, local_day
from domain.registry import Registry
from storage.demerits import ListingRow
from storage.scoped import Scoped


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

    Since `as_of_ms` alerts and cases may have changed it. `dated` is the scheme whose bands and special rules hold: of the last day, or of today.
    """

    known: Known
    today: date
    now_ms: int
    as_of_ms: int
    cycle: Cycle
    parts: tuple[Part, ...]
    dated: DatedScheme
    judged: Judged

    def within(self, scoped: Scoped) -> Sequence[Line]:
        """The lines of somebody's districts."""
        if scoped.scope.district_ids is None:
            return self.judged.lines
        return [line for line in self.judged.lines if scoped.scope.covers(line.violation.district_id)]

    async def standings(
        self, about: About, lines: Sequence[Line], *, others: Iterable[str] = ()
    ) -> list[Standing]:
        """Where companies or vehicles stand by some of the lines, worst first; `others` may have none."""
        return await asyncio.to_thread(
            standings,
            self.dated.scheme,
            about,
            lines,
            now_ms=self.now_ms,
            week_ms=WEEK_MS,
            others=others,
        )

    async def vehicles(self, scoped: Scoped) -> Sequence[Standing]:
        """Where the vehicles stand by the lines that somebody sees."""
        if scoped.scope.district_ids is None:
            return self.judged.vehicles
        return await self.standings("vehicle", self.within(scoped))

    async def companies(self, scoped: Scoped) -> Sequence[Standing]:
        """Where the companies stand by the lines that somebody sees; who sees all sees those without any, too."""
        if scoped.scope.district_ids is None:
            return self.all_companies()
        return await self.standings("company", self.within(scoped))

    def all_companies(self) -> list[Standing]:
        """Where all companies of the registry stand."""
        have = {one.id for one in self.judged.companies}
        others = [str(one.id) for one in self.known.registry.companies if one.id not in have]
        without = standings(
            self.dated.scheme, "company", (), now_ms=self.now_ms, week_ms=WEEK_MS, others=others
        )
        return worst_first([*self.judged.companies, *without])


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
    first_ms = await services.demerits.first_alert_ms()
    # A scheme may be in force for years before anything was there to be judged.
    since = today if first_ms is None else local_day(first_ms, found.zone)
    return Dates(
        known=found,
        today=today,
        timeline=timeline,
        cycle=cycle_of(timeline, day or today),
        cycles=cycles(timeline, today, since=since),
    )


async def scores(services: Services, found: Dates) -> Scores | None:
    """The ledger of a cycle; None where no scheme is in force."""
    cycle = found.cycle
    if cycle is None:
        return None
    last = max(cycle.first, min(cycle.last, found.today))
    dated = in_force(found.timeline, last)
    assert dated is not None
    now_ms = min(services.now_ms(), day_end_ms(cycle.last, found.known.zone))
    terms = CycleTerms(timeline=found.timeline, cycle=cycle, dated=dated, zone=found.known.zone)
    judged, age_ms = await services.scores.kept(terms, now_ms)
    return Scores(
        known=found.known,
        today=found.today,
        now_ms=now_ms,
        as_of_ms=services.now_ms() - age_ms,
        cycle=cycle,
        parts=parts(found.timeline, cycle.first, cycle.last),
        dated=dated,
        judged=judged,
    )


async def lines_of(services: Services, detected_ms: Mapping[UUID, int]) -> Mapping[UUID, Line]:
    """The lines of alerts, given with their detection, in the ledgers of their cycles; none of one that costs nothing."""
    found = await dates(services, None)
    cycles_of = {
        alert_id: cycle_of(found.timeline, local_day(ms, found.known.zone))
        for alert_id, ms in detected_ms.items()
    }
    lines: dict[UUID, Line] = {}
    for cycle in dict.fromkeys(cycles_of.values()):
        ledger = await scores(services, replace(found, cycle=cycle))
        all_lines = () if ledger is None else ledger.judged.lines
        lines |= {
            line.violation.alert_id: line for line in all_lines if line.violation.alert_id in detected_ms
        }
    return lines


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
    everybody = chain(found.judged.companies, found.judged.vehicles)
    return by_hand + [_by_points(one) for one in everybody if one.follows is not Follows.NONE]


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
