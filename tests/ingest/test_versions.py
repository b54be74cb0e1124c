"""Versions that take effect while reports flow, over a real database: what is in force when, and what judges what."""

import asyncio
import json
from typing import Any

import pytest

from alerts.timeline import KEPT
from ingest.registry_watch import RegistryUnusable, Versions
from storage.store import Store
from tests.support.factories import World, permitted_world
from tests.support.late_ingest import LateIngest
from tests.support.tracks import At, at, drive, loaded_departure, shifted, with_signals
from tests.support.versions import reports, timeline


class Clock:
    """A clock set by hand."""

    def __init__(self, now_ms: int) -> None:
        self.now_ms = now_ms

    def __call__(self) -> int:
        return self.now_ms


def document(speed_limit_kmh: float, **more: Any) -> bytes:
    vehicle = {"id": "V1", "kind": "muck_truck", "device_id": "T1", "speed_limit_kmh": speed_limit_kmh}
    return json.dumps({"version": 1, "vehicles": [vehicle], **more}).encode()


def limit_kmh(versions: Versions, time_ms: int) -> float | None:
    return versions.timeline.at(time_ms).registry.vehicles[0].speed_limit_kmh


async def saved(store: Store, *versions: tuple[bytes, int]) -> None:
    for content, from_ms in versions:
        await store.save_registry(content, author="test", effective_from_ms=from_ms)


async def test_without_a_version_there_is_nothing_to_judge_by(store: Store) -> None:
    assert not await Versions(store, now_ms=Clock(0)).look()


async def test_a_new_version_is_there_at_the_next_look_and_judges_from_its_time_on(store: Store) -> None:
    versions = Versions(store, now_ms=Clock(5000))
    await saved(store, (document(60), 1000))
    assert await versions.look()
    known = versions.timeline
    await versions.look()
    assert versions.timeline is known
    await saved(store, (document(80), 7000))
    await versions.look()
    assert versions.timeline is not known
    assert [limit_kmh(versions, time_ms) for time_ms in (0, 6999, 7000)] == [60, 60, 80]
    assert versions.in_force.version == 1


async def test_a_planned_version_comes_into_force_by_the_clock_alone(store: Store) -> None:
    clock = Clock(5000)
    versions = Versions(store, now_ms=clock)
    await saved(store, (document(60), 1000), (document(80), 7000))
    await versions.look()
    assert versions.in_force.version == 1
    clock.now_ms = 7000
    await versions.look()
    assert versions.in_force.version == 2


async def test_a_planned_version_that_is_cancelled_is_forgotten(store: Store) -> None:
    clock = Clock(5000)
    versions = Versions(store, now_ms=clock)
    far_ms = 32_503_680_000_000
    await saved(store, (document(60), 1000), (document(80), far_ms))
    await versions.look()
    assert versions.timeline.numbers == (1, 2)
    await store.cancel_registry(2, author="test")
    await versions.look()
    assert versions.timeline.numbers == (1,)


@pytest.mark.alone
async def test_a_new_version_is_had_within_two_seconds(store: Store) -> None:
    versions = Versions(store, now_ms=Clock(5000))
    await saved(store, (document(60), 1000))
    await versions.look()
    stop = asyncio.Event()
    watching = asyncio.create_task(versions.watch(stop))
    try:
        await saved(store, (document(80), 2000))
        await asyncio.sleep(2.0)
        assert versions.in_force.version == 2
    finally:
        stop.set()
        await watching


UNUSABLE = json.dumps({"version": 1, "vehicles": [{"id": "V1", "kind": "spaceship"}]}).encode()


async def test_an_unusable_version_stops_nothing_and_the_one_before_stays_in_force(store: Store) -> None:
    versions = Versions(store, now_ms=Clock(5000))
    await saved(store, (document(60), 1000), (UNUSABLE, 2000), (document(80), 3000))
    await versions.look()
    await versions.ready(2)
    assert [limit_kmh(versions, time_ms) for time_ms in (1500, 2500, 3500)] == [60, 60, 80]
    await saved(store, (UNUSABLE, 4000))
    await versions.look()
    assert versions.in_force.version == 3


async def test_where_no_version_can_be_used_ingest_says_so(store: Store) -> None:
    await saved(store, (UNUSABLE, 1000))
    with pytest.raises(RegistryUnusable):
        await Versions(store, now_ms=Clock(5000)).look()


async def test_old_versions_are_compiled_when_they_are_needed(store: Store) -> None:
    count = KEPT + 4
    versions = Versions(store, now_ms=Clock(count * 1000))
    await saved(store, *((document(50 + number), number * 1000) for number in range(1, count + 1)))
    await versions.look()
    with pytest.raises(LookupError):
        versions.timeline.version(1)
    for number in range(1, count):
        await versions.ready(number)
        assert versions.timeline.version(number).version == number
    assert not versions.timeline.is_compiled(1)
    assert versions.timeline.is_compiled(count)
    assert versions.nearest(1000).version == count


def departure_at(second: float) -> list[At]:
    """Out of the source site, loaded, at a second; loaded 20 s before."""
    return shifted(loaded_departure(), second - 30)


@pytest.mark.parametrize("arrival", ["in order", "late"])
async def test_a_permit_taken_back_at_ten_leaves_a_departure_of_before_alone_and_flags_one_after(
    store: Store, arrival: str
) -> None:
    world = permitted_world(start="2026-03-02 09:40")
    without = World("2026-03-02 09:40").vehicle()
    without.square("SRC", "source_site", 0).square("DSP", "disposal_site", 6000)
    ingest = LateIngest(timeline(world, (0, world), (1200, without)), store)
    before = reports(world, departure_at(900))  # 09:55
    back = reports(world, with_signals([at(1300, 0, v=0.0), at(1400, 0, v=0.0)], load="empty"))
    after = reports(world, departure_at(1500))  # 10:05
    if arrival == "in order":
        for part in (before, back, after):
            await ingest.take(part)
    else:
        await ingest.take([*back, *after])
        await ingest.take(before)  # at 11:00
    await ingest.catch_up()
    found = [one for one in await store.alerts() if one.rule == "no_permit" and one.withdrawn is None]
    assert [(one.started_ms, one.ruleset_version) for one in found] == [(world.ms(1500), 2)]


async def test_alerts_end_with_their_rule_while_reports_flow_and_late_ones_are_judged_as_of_their_time(
    store: Store,
) -> None:
    first = World().vehicle().square("NG", "no_go", 1000, half_m=400).rule("speeding").rule("forbidden_zone")
    second = World().vehicle().square("X", "other", 9000).rule("speeding", default_limit_kmh=100)
    known = timeline(first, (0, first), (60, second))
    ingest = LateIngest(known, store)
    rows = drive((0, 0), (120, 2400), v=90.0)
    made = list(reports(first, rows))
    await ingest.take([*made[:3], *made[5:]])
    await ingest.take(made[3:5])
    await ingest.catch_up()
    alerts = {one.rule: one for one in await store.alerts() if one.withdrawn is None}
    spans = {
        rule: (first.seconds(one.started_ms), first.seconds(one.ended_ms)) for rule, one in alerts.items()
    }
    # Under the second version 90 km/h is no more than allowed: it ends with the first report that says so.
    assert spans == {"speeding": (0, 60), "forbidden_zone": (30, 60)}


async def test_a_version_that_became_known_too_late_is_made_good(store: Store) -> None:
    first, second = World().vehicle(), World().vehicle(speed_limit_kmh=120)
    known = timeline(first, (0, first), (15, second))
    ingest = LateIngest(timeline(first, (0, first)), store)
    await ingest.take(list(reports(first, drive((0, 0), (60, 600), v=90.0))))
    assert [one.rule for one in await store.alerts()] == ["speeding"]
    ingest.use(known)
    await ingest.catch_up()
    (alert,) = await store.alerts()
    assert alert.ended_ms == first.ms(20)


@pytest.mark.parametrize("crash", ["before anything more", "after the next batch"])
async def test_a_crash_right_after_a_version_became_known_forgets_nothing_of_it(
    store: Store, crash: str
) -> None:
    first, second = World().vehicle(), World().vehicle(speed_limit_kmh=120)
    ingest = LateIngest(timeline(first, (0, first)), store)
    made = list(reports(first, drive((0, 0), (120, 1200), v=90.0)))
    await ingest.take(made[:6])
    ingest.use(timeline(first, (0, first), (15, second)))
    if crash == "after the next batch":
        await ingest.take(made[6:])
    await ingest.restart()
    await ingest.take(made)
    await ingest.catch_up()
    (alert,) = await store.alerts()
    assert alert.ended_ms == first.ms(20)


async def test_after_a_restart_each_report_is_judged_by_its_version(store: Store) -> None:
    first, second = World().vehicle(), World().vehicle(speed_limit_kmh=120)
    ingest = LateIngest(timeline(first, (0, first), (45, second)), store)
    made = list(reports(first, drive((0, 0), (80, 2000), v=90.0)))
    await ingest.take(made[:2])
    ingest.judge.states.clear()
    await ingest.restart()
    await ingest.take(made[2:])
    (alert,) = await store.alerts()
    assert (first.seconds(alert.started_ms), first.seconds(alert.ended_ms)) == (0, 50)


async def test_a_restart_among_many_versions_compiles_those_that_it_needs(store: Store) -> None:
    first = World().vehicle()
    rows = [*drive((0, 0), (60, 1500), v=90.0), at(500_000, 0, v=0.0)]
    made = list(reports(first, rows, "T1"))
    at_ms = [first.ms(second) for second in (0, 1000, 200_000, 300_000, 400_000)]
    await saved(store, *((document(60 + number), from_ms) for number, from_ms in enumerate(at_ms)))
    versions = Versions(store, now_ms=Clock(at_ms[-1] + 1))
    await versions.look()
    ingest = LateIngest(versions.timeline, store, ready=versions.ready)
    await ingest.take(made[:4])
    await ingest.restart()
    await ingest.tick(at_ms[-1] + 1)
    await ingest.take(made[5:])
    await ingest.take(made[4:5])
    await ingest.catch_up()
    found = {(one.rule, one.ruleset_version) for one in await store.alerts() if one.withdrawn is None}
    assert {rule for rule, _ in found} == {"speeding", "device_silent"}
