"""The area step: what spans devices, from what their folds have stored; one process at a time does it.

It looks every second for dumpings and facts that are new, and judges again only what they could change:
places by the area rules, and who was on the site of a dusty station. It has a connection and small
transactions of its own, so that live judging does not wait for it, and doing it again is harmless.
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Protocol
from uuid import UUID

import structlog
from msgspec import Struct

from alerts import dump_site, on_site, same_place
from alerts.evidence import DumpSiteEvidence
from alerts.facts import Fact, FactKind
from alerts.finding import Finding
from alerts.ruleset import JudgedRule, Ruleset
from alerts.same_place import MemberKey
from domain.identifiers import StationId, ZoneId
from domain.rule import RuleKind
from runtime.clock import ticks
from storage.alert_log import finding_of
from storage.batch import JudgedFinding
from storage.facts import AREA_PROGRESS, AreaNews, NewFact
from storage.records import AlertChange, AlertRow

LOOK_EVERY_S = 1.0
MOST_CHANGES = 1_000
_FAR_MS = 1 << 47
"""Later than any alert; PostgreSQL's own latest time is not much later."""

RulesetAt = Callable[[int], Ruleset]

_log = structlog.get_logger(__name__)


class AreaStore(Protocol):
    """The verbs of the store that the area step needs."""

    async def forwarded(self, name: str) -> int:
        """Up to which alert change it has looked."""
        ...

    async def alert_changes(self, after: int, *, limit: int = MOST_CHANGES) -> Sequence[AlertChange]:
        """The next alert changes."""
        ...

    async def new_facts(self) -> Sequence[NewFact]:
        """Facts that it has not looked at."""
        ...

    async def stays_between(self, from_ms: int, to_ms: int) -> Sequence[Fact]:
        """Loaded stays."""
        ...

    async def visits_during(self, zones: Sequence[ZoneId], from_ms: int, to_ms: int) -> Sequence[Fact]:
        """Visits of zones."""
        ...

    async def alerts_of_rule(self, kind: RuleKind, from_ms: int, to_ms: int) -> Sequence[AlertRow]:
        """Alerts of a kind by time."""
        ...

    async def alert(self, alert_id: UUID) -> AlertRow | None:
        """One alert."""
        ...

    async def earliest_starts(self, ids: Sequence[UUID]) -> Mapping[UUID, int]:
        """The earliest start that each alert ever had."""
        ...

    async def save_area(self, news: AreaNews) -> tuple[int, ...]:
        """Store what was found, and that it has looked."""
        ...


async def judge_areas_whenever_new(
    store: AreaStore, ruleset_at: RulesetAt, *, now_ms: Callable[[], int], stop: asyncio.Event
) -> None:
    """Look until stopped. Raises StorageUnavailable."""
    async for _ in ticks(LOOK_EVERY_S, stop):
        await judge_areas(store, ruleset_at, now_ms())


async def judge_areas(store: AreaStore, ruleset_at: RulesetAt, at_ms: int) -> int:
    """Judge what is new until nothing is; gives the number of alert changes made. Raises StorageUnavailable."""
    made = 0
    while True:
        looked_to = await store.forwarded(AREA_PROGRESS)
        changes = await store.alert_changes(looked_to, limit=MOST_CHANGES)
        facts = await store.new_facts()
        area = _Area(store, ruleset_at(at_ms), at_ms, changes, facts)
        findings = await area.places()
        lists, found_late = await area.lists()
        if not (changes or facts or findings):
            return made
        numbers = await store.save_area(
            AreaNews(
                findings=findings,
                on_site=lists,
                found_late=found_late,
                looked_at=tuple(facts),
                looked_to=changes[-1].number if changes else looked_to,
            )
        )
        made += len(numbers)
        if not numbers and not changes and not facts:
            return made
        if numbers:
            _log.info("area judged", action="area_judged", places=len(findings), on_site=len(lists))


class _Trigger(Struct, frozen=True):
    """A member that is new or changed: the earliest time it ever began, and whether late data says so."""

    start_ms: int
    key: MemberKey
    found_late: bool


class _Area:
    """One look: what is new, and what it comes to under a ruleset."""

    def __init__(
        self,
        store: AreaStore,
        ruleset: Ruleset,
        at_ms: int,
        changes: Sequence[AlertChange],
        facts: Sequence[NewFact],
    ) -> None:
        self._store = store
        self._ruleset = ruleset
        self._at_ms = at_ms
        self._changed = {change.alert.id: change.alert for change in changes}
        self._facts = facts

    async def places(self) -> tuple[JudgedFinding, ...]:
        """The suspected dump sites that changed."""
        triggers = await self._triggers()
        late = {one.key for one in triggers if one.found_late}
        due = await self._due_ms()
        begins = [one.start_ms for one in triggers] + ([] if due is None else [due])
        if not begins or not self._ruleset.area_rules:
            return ()
        since_ms = min(begins)
        stored = await self._stored_since(since_ms)
        starts_ms = [one.started_ms for one in stored if one.withdrawn is None]
        longest_ms = max(map(dump_site.span_ms, self._ruleset.area_rules))
        from_ms = min([since_ms - longest_ms, *starts_ms])
        dumpings = [
            finding_of(row)
            for row in await self._store.alerts_of_rule(RuleKind.ILLEGAL_DUMPING, from_ms, _FAR_MS)
            if row.started_ms >= from_ms
        ]
        stays = await self._store.stays_between(from_ms, _FAR_MS)
        news: list[Finding] = []
        for rule in self._ruleset.area_rules:
            news += await asyncio.to_thread(self._corrections, rule, dumpings, stays, stored, since_ms)
        before = {one.id: same_place.member_keys(one) for one in stored}
        return tuple(
            JudgedFinding(
                finding=one,
                ruleset_version=self._ruleset.version,
                found_late=not late.isdisjoint(same_place.member_keys(one) | before.get(one.id, frozenset())),
            )
            for one in news
        )

    def _corrections(
        self,
        rule: JudgedRule,
        dumpings: Sequence[Finding],
        stays: Sequence[Fact],
        stored: Sequence[Finding],
        since_ms: int,
    ) -> tuple[Finding, ...]:
        """What one rule finds of the time since, against what is stored; older places are left alone."""
        members = dump_site.members(self._ruleset, rule, dumpings, stays)
        found = dump_site.judge_rule(self._ruleset, rule, members, self._at_ms)
        return same_place.correct(
            [one for one in stored if one.rule_id == rule.id and _lasts(one, since_ms)],
            [one for one in found if _lasts(one, since_ms)],
        )

    async def _triggers(self) -> list[_Trigger]:
        """Dumpings and stays that are new, changed or withdrawn."""
        rows = {key: row for key, row in self._changed.items() if row.rule == RuleKind.ILLEGAL_DUMPING.value}
        starts_ms = await self._store.earliest_starts(list(rows)) if rows else {}
        triggers = [
            _Trigger(
                starts_ms.get(key, row.started_ms),
                ("dumping", row.vehicle_id or "", row.started_ms),
                row.found_late,
            )
            for key, row in rows.items()
        ]
        triggers += [
            _Trigger(one.fact.started_ms, ("stay", one.fact.vehicle_id, one.fact.started_ms), one.found_late)
            for one in self._facts
            if one.fact.kind is FactKind.STAY
        ]
        return triggers

    async def _due_ms(self) -> int | None:
        """The start of the earliest place that time has ended, None where there is none."""
        rules = {rule.id: rule for rule in self._ruleset.area_rules}
        begins: list[int] = []
        rows = (
            await self._store.alerts_of_rule(RuleKind.SUSPECTED_DUMP_SITE, self._at_ms, _FAR_MS)
            if rules
            else ()
        )
        for place in _standing(rows):
            rule, evidence = rules.get(place.rule_id), place.evidence
            if place.ended_ms is None and rule is not None and isinstance(evidence, DumpSiteEvidence):
                over_ms = evidence.members[-1].at_ms + dump_site.open_ms(rule)
                begins += [place.started_ms] if over_ms < self._at_ms else []
        return min(begins, default=None)

    async def _stored_since(self, since_ms: int) -> list[Finding]:
        """Places that last or begin since, and those that overlap them: they share what is to be read."""
        from_ms = since_ms
        while True:
            rows = await self._store.alerts_of_rule(RuleKind.SUSPECTED_DUMP_SITE, from_ms, _FAR_MS)
            stored = [finding_of(row) for row in rows]
            earliest_ms = min((one.started_ms for one in stored if one.withdrawn is None), default=from_ms)
            if earliest_ms >= from_ms:
                return stored
            from_ms = earliest_ms

    async def lists(self) -> tuple[dict[UUID, str | None], frozenset[UUID]]:
        """Who was on site, by dust alert, where that is not what is stored; and which of them late data changed."""
        visits = [one for one in self._facts if one.fact.kind is FactKind.VISIT]
        rows = await self._touched(visits)
        lists: dict[UUID, str | None] = {}
        late: set[UUID] = set()
        for row in rows:
            finding = finding_of(row)
            zones = on_site.site_zones(self._ruleset, StationId(row.station_id or ""))
            spans = on_site.over_ms(finding)
            during = (
                await self._store.visits_during(zones, spans[0][0], spans[-1][1]) if zones and spans else ()
            )
            said = on_site.on_site_json(on_site.vehicles_on_site(self._ruleset, finding, during))
            if said != row.on_site:
                lists[row.id] = said
                if any(one.found_late and one.fact.about in zones for one in visits):
                    late.add(row.id)
        return lists, frozenset(late)

    async def _touched(self, visits: Sequence[NewFact]) -> list[AlertRow]:
        """The dust alerts that changed, and those of stations whose site was visited, as they stand."""
        dust = RuleKind.DUST_EXCEEDANCE
        rows: dict[UUID, AlertRow] = {}
        for key in (key for key, row in self._changed.items() if row.rule == dust.value):
            if (row := await self._store.alert(key)) is not None:
                rows[key] = row
        zones = {zone_id for station_id in self._ruleset.stations for zone_id in self._zones(station_id)}
        of_sites = [one.fact for one in visits if one.fact.about in zones]
        if of_sites:
            from_ms = min(fact.started_ms for fact in of_sites)
            to_ms = max(_FAR_MS if fact.ended_ms is None else fact.ended_ms for fact in of_sites)
            visited = {fact.about for fact in of_sites}
            for row in await self._store.alerts_of_rule(dust, from_ms, to_ms):
                if not visited.isdisjoint(self._zones(StationId(row.station_id or ""))):
                    rows[row.id] = row
        return [row for row in rows.values() if row.withdrawn is None]

    def _zones(self, station_id: StationId) -> tuple[ZoneId, ...]:
        return on_site.site_zones(self._ruleset, station_id)


def _standing(rows: Iterable[AlertRow]) -> list[Finding]:
    return [finding_of(row) for row in rows if row.withdrawn is None]


def _lasts(finding: Finding, since_ms: int) -> bool:
    return finding.ended_ms is None or finding.ended_ms >= since_ms
