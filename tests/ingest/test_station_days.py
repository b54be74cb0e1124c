"""Days of stations judged from the database: as a backtest judges them, and right again after late readings."""

import random

import pytest

from alerts.reconcile import CONTRADICTED
from alerts.ruleset import Ruleset
from alerts.station_evidence import CappedEvidence
from alerts.timeline import Timeline
from ingest.backtest_days import StationDays
from ingest.station_days import judge_days_over
from storage.alert_log import finding_of
from storage.batch import Batch
from storage.store import Store
from tests.support.days import judge_days
from tests.support.factories import World
from tests.support.late_ingest import LateIngest
from tests.support.tracks import dust

DAY_S = 86_400


@pytest.fixture
def world() -> World:
    return World("2026-03-02 00:00").station()


def capped(world: World, from_s: float = 0, *, count: int = 2100, top: int = 60, arrival_s: float = 0.0):
    """A day's readings at 40 s whose top is crowded; `arrival_s` is how late they come."""
    levels = [150.0, *[145.0] * (top - 1), *[60.0] * 100]
    levels += [50.0] * (count - len(levels))
    random.Random(1).shuffle(levels)
    return [
        _arriving(world, dust(world, from_s + 40 * (n + 1), interval_s=40, pm10=level), arrival_s)
        for n, level in enumerate(levels)
    ]


def _arriving(world: World, report, by_s: float):
    return type(report)(
        **{name: getattr(report, name) for name in report.__struct_fields__}
        | {"received_ms": report.time_ms + round(by_s * 1000)}
    )


class Versions:
    """Versions of which those asked for before are at hand."""

    def __init__(self, timeline: Timeline) -> None:
        self._timeline = timeline
        self._at_hand: set[int] = set()

    async def ready_at(self, time_ms: int) -> None:
        self._at_hand.add(self._timeline.number_at(time_ms))

    def nearest(self, time_ms: int) -> Ruleset:
        number = self._timeline.number_at(time_ms)
        return self._timeline.at(time_ms) if number in self._at_hand else self._timeline.newest


async def keep(store: Store, readings) -> None:
    await store.commit(Batch(dust=tuple(readings)))


async def judge_over(store: Store, world: World, until_s: float) -> int:
    return await judge_days_over(store, Versions(Timeline.of(world.ruleset())), world.ms(until_s))


async def alerts(store: Store, world: World):
    rows = sorted(await store.alerts(rule="capped_readings"), key=lambda row: row.started_ms)
    return [
        (world.seconds(row.started_ms), world.seconds(row.ended_ms), row.withdrawn, row.found_late)
        for row in rows
    ]


async def test_a_day_that_is_over_is_judged_once(store, world):
    await keep(store, capped(world))
    assert await judge_over(store, world, DAY_S + 119) == 0
    assert await judge_over(store, world, DAY_S + 120) == 1
    assert await alerts(store, world) == [(0, DAY_S, None, False)]
    assert await judge_over(store, world, DAY_S + 300) == 0


async def test_it_finds_what_a_backtest_finds(store, world):
    days = [*capped(world), *capped(world, DAY_S, top=20), *capped(world, 2 * DAY_S, count=300)]
    days.append(dust(world, 8 * DAY_S, pm10=40.0))
    for start in range(0, len(days), 500):
        await keep(store, days[start : start + 500])
    await judge_over(store, world, 9 * DAY_S)
    found = {row.id: finding_of(row) for row in await store.alerts()}
    counted = StationDays(world.ruleset(), days[0].device_id)
    for reading in days:
        counted.add(reading)
    by_backtest = {each.id: each for each in counted.judge(world.ms(9 * DAY_S))}
    assert found == by_backtest == judge_days(world, days, 9 * DAY_S).standing()
    assert sorted((each.started_ms - world.start_ms) // (DAY_S * 1000) for each in found.values()) == [
        0,
        1,
        2,
        7,
    ]


async def test_late_readings_add_an_alert_that_is_marked_so(store, world):
    readings = capped(world)
    await keep(store, readings[:1500])
    await judge_over(store, world, DAY_S + 300)
    assert await alerts(store, world) == []
    await keep(store, readings[1500:])
    await judge_over(store, world, DAY_S + 900)
    assert await alerts(store, world) == [(0, DAY_S, None, True)]


async def test_readings_that_come_when_their_day_is_over_are_found_late_the_first_time(store, world):
    await keep(store, capped(world, arrival_s=2 * DAY_S))
    await judge_over(store, world, 3 * DAY_S)
    assert await alerts(store, world) == [(0, DAY_S, None, True)]


async def test_late_readings_take_back_what_no_longer_holds_and_bring_it_back(store, world):
    await keep(store, capped(world))
    await judge_over(store, world, DAY_S + 300)
    await keep(store, [dust(world, 50_001, pm10=400.0)])
    await judge_over(store, world, DAY_S + 900)
    assert await alerts(store, world) == [(0, DAY_S, CONTRADICTED, True)]
    await keep(store, [dust(world, 60_001 + n, pm10=399.0) for n in range(60)])
    await judge_over(store, world, DAY_S + 1800)
    assert await alerts(store, world) == [(0, DAY_S, None, True)]


async def test_late_readings_change_the_days_after_theirs_too(store, world):
    days = [capped(world, n * DAY_S, count=700 if n else 1, top=1 if not n else 30) for n in range(3)]
    for day in (days[1], days[2]):
        await keep(store, day)
    await judge_over(store, world, 3 * DAY_S + 300)
    assert await alerts(store, world) == []
    await keep(store, capped(world, count=700, top=30))
    await judge_over(store, world, 3 * DAY_S + 900)
    assert await alerts(store, world) == [(2 * DAY_S, 3 * DAY_S, None, True)]


async def test_the_evidence_is_corrected_and_the_alert_keeps_its_id(store, world):
    await keep(store, capped(world))
    await judge_over(store, world, DAY_S + 300)
    (before,) = await store.alerts()
    await keep(store, [dust(world, 70_001, pm10=146.0)])
    await judge_over(store, world, DAY_S + 900)
    (after,) = await store.alerts()
    evidence = finding_of(after).evidence
    assert isinstance(evidence, CappedEvidence)
    assert (after.id, after.revision, evidence.particulates[0].top) == (before.id, 2, 61)


async def test_a_station_that_the_registry_does_not_know_is_counted_and_not_judged(store, world):
    await keep(store, capped(world))
    stranger = World("2026-03-02 00:00").station(station_id="S9", device_id="M9")
    assert await judge_over(store, stranger, DAY_S + 300) == 1
    assert await judge_over(store, stranger, DAY_S + 300) == 0
    assert await alerts(store, world) == []


async def test_an_alert_of_a_rule_that_is_gone_is_left_alone(store, world):
    await keep(store, capped(world))
    await judge_over(store, world, DAY_S + 300)
    await keep(store, [dust(world, 50_001, pm10=400.0)])
    without = World("2026-03-02 00:00").station().rule("sensor_fault")
    await judge_over(store, without, DAY_S + 900)
    assert await alerts(store, world) == [(0, DAY_S, None, False)]


async def test_a_day_is_judged_by_the_version_in_force_at_its_end(store, world):
    await keep(store, [*capped(world), *capped(world, DAY_S)])
    severer = World("2026-03-02 00:00").station().rule("capped_readings", severity="critical")
    starts = ((1, 0), (2, world.ms(DAY_S + 60)))
    first = Ruleset.build(world.registry(), version=1, starts=starts[:1])
    second = Ruleset.build(severer.registry(), version=2, starts=starts)
    await judge_days_over(store, Versions(Timeline.of(first, second)), world.ms(3 * DAY_S))
    rows = sorted(await store.alerts(rule="capped_readings"), key=lambda row: row.started_ms)
    assert [(row.ruleset_version, row.severity) for row in rows] == [(1, "major"), (2, "critical")]


async def test_judging_a_station_again_for_late_readings_leaves_the_alerts_of_its_days_alone(store, world):
    ingest = LateIngest(Timeline.of(world.ruleset()), store)
    readings = capped(world)
    for start in range(0, len(readings), 700):
        await ingest.take(readings[start : start + 700])
    await judge_over(store, world, DAY_S + 300)
    await ingest.take([dust(world, 50_001, pm10=51.0)])
    assert await store.late_work() != ()
    await ingest.catch_up()
    assert await alerts(store, world) == [(0, DAY_S, None, False)]
