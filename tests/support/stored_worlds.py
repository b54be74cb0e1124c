"""The flagged side of a rule's picture in a database, as ingest, the days of stations and the area step leave it."""

from collections.abc import Iterable, Sequence
from itertools import groupby

from alerts.ruleset import Ruleset
from alerts.timeline import Timeline
from domain.rule import RuleKind
from ingest.area import judge_areas
from ingest.station_days import judge_days_over
from scripts.rule_pictures.case import Side
from storage.records import AlertRow
from storage.store import Store
from tests.support.documents import document, read
from tests.support.factories import World
from tests.support.late_ingest import LateIngest, Report
from tests.support.tracks import At, Item, position

DAY_MS = 86_400_000


class Versions:
    """The versions of a timeline, all at hand."""

    def __init__(self, timeline: Timeline) -> None:
        self._timeline = timeline

    async def ready_at(self, time_ms: int) -> None:
        """It is at hand."""
        self._timeline.at(time_ms)

    def nearest(self, time_ms: int) -> Ruleset:
        """The one in force."""
        return self._timeline.at(time_ms)


async def store_side(store: Store, side: Side) -> None:
    """Store what a side shows, with its registry, and judge it."""
    tracks: dict[str, Sequence[At | Item]] = {"M1" if side.world.stations else "D1": side.rows, **side.others}
    reports = [
        position(side.world, row, device) if isinstance(row, At) else row
        for device, rows in tracks.items()
        for row in rows
    ]
    await store_reports(store, side.world, reports, side.ticks)


async def store_reports(
    store: Store,
    world: World,
    reports: Iterable[Report],
    ticks_s: Iterable[float] = (),
    *,
    later: Iterable[tuple[float, World]] = (),
) -> LateIngest:
    """Store reports in the order of arrival, time passing in between, and judge them; gives what judged.

    `later` are further versions of the registry, by the second from which each is in force.
    """
    starts: list[tuple[int, int]] = []
    versions: list[Ruleset] = []
    for from_ms, one in [(world.start_ms - DAY_MS, world), *((world.ms(at_s), one) for at_s, one in later)]:
        text = document(one)
        starts.append((await store.save_registry(text, author="test", effective_from_ms=from_ms), from_ms))
        versions.append(Ruleset.build(read(text), version=starts[-1][0], starts=starts))
    ruleset, timeline = versions[0], Timeline.of(*versions)
    ingest = LateIngest(timeline, store)
    ticks_ms = sorted(map(world.ms, ticks_s))
    arriving = sorted(reports, key=lambda one: one.received_ms)
    for minute, batch in groupby(arriving, key=lambda one: one.received_ms // 60_000):
        while ticks_ms and ticks_ms[0] < minute * 60_000:
            await ingest.tick(ticks_ms.pop(0))
        await ingest.take(list(batch))
    for at_ms in ticks_ms:
        await ingest.tick(at_ms)
    await ingest.catch_up()
    last_ms = max([*ticks_ms, *(one.received_ms for one in arriving)])
    if ruleset.station_devices:
        await judge_days_over(store, Versions(timeline), last_ms)
    if ruleset.area_rules:
        await judge_areas(store, lambda _: ruleset, last_ms)
    return ingest


async def alert_of(store: Store, kind: RuleKind) -> AlertRow:
    """The one alert of a kind that stands."""
    (found,) = [one for one in await store.alerts(rule=kind, limit=500) if one.withdrawn is None]
    return found
