"""Days of work counted from the database: hauled, worked and collected; once, and again where more came."""

import asyncio
from datetime import date, datetime, timedelta

import pytest
from msgspec.structs import replace

from alerts.timeline import Timeline
from alerts.work_day import WorkDay, last_day_settled
from domain.identifiers import DeviceId, VehicleId
from domain.work_plan import WorkPlan
from ingest.slots import ALL
from ingest.work_days import (
    SO_FAR_EVERY_MS,
    count_days_over,
    count_days_whenever_over,
    count_so_far,
    offer_days,
)
from storage.batch import Batch, LateWork
from storage.work import Work
from tests.ingest.test_station_days import Versions
from tests.support.factories import World, permitted_world, stop
from tests.support.late_ingest import LateIngest
from tests.support.tracks import at, chain, drive, position, stand

DAY = date(2026, 3, 2)
NOON_TO_MIDNIGHT_S = 12 * 3600
SETTLED_S = NOON_TO_MIDNIGHT_S + 600


def haul(begins_s: float = 0, *, weights: bool = True, to_x: float = 6000.0):
    """Loaded in SRC, 36 km/h to where it tips and stands a while, and empty back again."""

    def t(**signals):
        return {name: value for name, value in signals.items() if weights or name != "weight"}

    there = (to_x - 150) / 10
    rows = [
        *stand(0, 200, 0, load="empty", **t(weight=0.3)),
        *stand(210, 400, 0, load="full", **t(weight=14.8)),
        *drive((410, 150), (410 + there, to_x), load="full", **t(weight=15.2)),
        *stand(420 + there, 480 + there, to_x, load="full", lift=True, **t(weight=9.0)),
        *stand(490 + there, 600 + there, to_x, load="empty", **t(weight=0.2)),
        *drive((610 + there, to_x), (610 + 2 * there, 150), load="empty", **t(weight=0.2)),
        at(620 + 2 * there, 0, v=10.0, load="empty"),
    ]
    return [row._replace(second=row.second + begins_s) for row in rows]


async def taken(store, world: World, rows, *, device_id: str = "D1") -> LateIngest:
    ingest = LateIngest(world.ruleset(), store)
    await ingest.take([position(world, row, device_id) for row in rows])
    return ingest


async def count(store, world: World, at_s: float = SETTLED_S) -> int:
    versions = Versions(Timeline.of(world.ruleset()))
    await offer_days(store, world.ruleset(), world.ms(at_s))
    return await count_days_over(store, versions, world.ms(at_s), rest=0)


async def count_today(store, world: World, at_s: float) -> int:
    versions = Versions(Timeline.of(world.ruleset()))
    return await count_so_far(store, versions, world.ms(at_s), rest=0)


@pytest.fixture
def haulers() -> World:
    world = permitted_world()
    world.vehicles[0] = replace(world.vehicles[0], max_load_t=14.0)
    return world


async def hauled(store, by="permit"):
    return await Work(store).hauls(DAY, DAY, by)


async def test_a_day_is_counted_once_and_only_when_it_is_over(store, haulers):
    await taken(store, haulers, chain(haul(), haul(2000)))
    assert await count(store, haulers, SETTLED_S - 1) == 0
    assert await count(store, haulers) == 1
    assert await count(store, haulers) == 0
    (line,) = await Work(store).days(DAY, DAY)
    assert (line.vehicle_id, line.trips, line.is_late) == ("V1", 2, False)
    assert line.driven_m == pytest.approx(4 * 6000, rel=0.01)


async def test_trips_have_their_permit_field_and_measured_tonnes(store, haulers):
    await taken(store, haulers, chain(haul(), haul(2000)))
    await count(store, haulers)
    (found,) = await hauled(store)
    assert (found.key, found.trips, found.measured_trips) == ("P1", 2, 2)
    assert found.tonnes == pytest.approx(30.4)
    assert found.rated_t == 28.0
    assert (found.elsewhere_trips, found.nowhere_trips) == (0, 0)
    assert [one.key for one in await hauled(store, "field")] == ["DSP"]
    assert [one.key for one in await hauled(store, "site")] == ["SRC"]
    assert [one.key for one in await hauled(store, "day")] == ["2026-03-02"]


async def test_without_a_scale_tonnes_are_those_of_the_registry(store, haulers):
    await taken(store, haulers, haul(weights=False))
    await count(store, haulers)
    (found,) = await hauled(store)
    assert (found.trips, found.measured_trips, found.weightless_trips, found.tonnes) == (1, 0, 0, 14.0)


async def test_where_nothing_is_known_of_the_weight_only_the_trip_counts(store):
    world = permitted_world()
    await taken(store, world, haul(weights=False))
    await count(store, world)
    (found,) = await hauled(store)
    assert (found.trips, found.weightless_trips, found.tonnes) == (1, 1, 0.0)


async def test_unloading_in_a_field_of_no_permit_is_counted_and_nowhere_known_apart(store, haulers):
    haulers.square("OTHER", "disposal_site", 3000)
    await taken(store, haulers, chain(haul(), haul(2000, to_x=3000), haul(4000, to_x=4500)))
    await count(store, haulers)
    (found,) = await hauled(store)
    assert (found.trips, found.elsewhere_trips, found.nowhere_trips) == (3, 1, 1)
    assert {one.key: one.trips for one in await hauled(store, "field")} == {"": 1, "DSP": 1, "OTHER": 1}


async def test_a_trip_over_midnight_counts_on_the_day_it_ends(store, haulers):
    await taken(store, haulers, haul(NOON_TO_MIDNIGHT_S - 700))
    await count(store, haulers, NOON_TO_MIDNIGHT_S + 86_400 + 600)
    assert await hauled(store) == []
    (found,) = await Work(store).hauls(date(2026, 3, 3), date(2026, 3, 3), "permit")
    assert (found.trips, found.tonnes) == (1, pytest.approx(15.2))


async def test_what_comes_late_is_counted_again(store, haulers):
    ingest = await taken(store, haulers, chain(haul(), haul(4000)))
    await count(store, haulers)
    late = [row.but(received=SETTLED_S + 3600) for row in haul(2000)]
    await ingest.take([position(haulers, row) for row in late])
    await ingest.catch_up()
    assert await count(store, haulers, SETTLED_S + 7200) == 1
    (line,) = await Work(store).days(DAY, DAY)
    assert (line.trips, line.is_late) == (3, True)
    assert (await hauled(store))[0].trips == 3


async def test_what_a_device_held_back_over_midnight_is_counted_again(store, haulers):
    """In order, so that no judging again shows it: the day was counted without it."""
    ingest = await taken(store, haulers, haul())
    await count(store, haulers)
    held = [row.but(received=SETTLED_S + 3600) for row in haul(2000)]
    await ingest.take([position(haulers, row) for row in held])
    assert await count(store, haulers, SETTLED_S + 7200) == 1
    (line,) = await Work(store).days(DAY, DAY)
    assert (line.trips, line.is_late) == (2, True)


def cleaners(*, zone: bool = False) -> World:
    world = World().vehicle(kind="sprinkler").square("Z", "other", 0, half_m=1800)
    plan = WorkPlan(id="W1", zone_ids=("Z",) if zone else (), km_per_year=3650.0, rounds_per_day=2.0)
    made = world.registry()
    world.registry = lambda: replace(made, work_plans=(plan,))  # type: ignore[method-assign]
    return world


@pytest.mark.parametrize(("zone", "worked_m"), [(False, 5400), (True, 3600)], ids=["anywhere", "in its zone"])
async def test_working_kilometres_and_rounds_are_counted_by_plan(store, zone, worked_m):
    world = cleaners(zone=zone)
    rows = chain(
        drive((0, 0), (900, 2700), v=10.8),
        stand(910, 1800, 2700),
        drive((1810, 2700), (2710, 0), v=10.8),
    )
    await taken(store, world, rows)
    await count(store, world)
    (found,) = await Work(store).cleaned(DAY, DAY, "plan")
    assert (found.key, found.rounds, found.worked_days, found.vehicles) == ("W1", 2, 1, 1)
    assert found.working_m == pytest.approx(worked_m, rel=0.03)
    assert found.driven_m == pytest.approx(5400, rel=0.02)
    assert await Work(store).hauls(DAY, DAY, "vehicle") == []


async def test_stops_tie_with_the_alerts_about_them(store):
    world = (
        World()
        .vehicle(kind="refuse_truck")
        .run(
            stop("IN", 1000, "12:10", "12:20"),
            stop("LATE", 2000, "12:10", "12:20"),
            stop("MISSED", 3000, "12:10", "12:20"),
            stop("UNKNOWN", 4000, "20:00", "20:30"),
            stop("TOMORROW", 1000, "23:30", "01:00"),
            days=("mon",),
        )
    )
    rows = chain(
        stand(0, 690, 0, every=30),
        stand(700, 760, 1000),
        stand(800, 1500, 0, every=30),
        stand(1600, 1700, 2000),
        stand(1800, 3000, 0, every=30),
    )
    ingest = await taken(store, world, rows)
    await ingest.tick(world.ms(SETTLED_S))
    await count(store, world)
    (found,) = await Work(store).collected(DAY, DAY, "run")
    assert (found.served, found.late, found.missed, found.unknown) == (1, 1, 1, 1)
    told = await store.alerts(rule="missed_collection")
    assert len(told) == found.late + found.missed + found.unknown


@pytest.mark.parametrize("is_counted_so_far", [False, True])
async def test_the_stops_of_a_truck_that_is_silent_all_day_are_not_left_out(store, is_counted_so_far):
    world = World().vehicle(kind="refuse_truck").run(stop("ST", 1000, "12:10", "12:20"))
    next_day = DAY + timedelta(days=1)
    ingest = await taken(store, world, stand(0, 1200, 1000, every=30))
    await ingest.tick(world.ms(24 * 3600 + NOON_TO_MIDNIGHT_S - 60))
    if is_counted_so_far:
        assert await count_today(store, world, 24 * 3600 + NOON_TO_MIDNIGHT_S - 50) == 1
    await ingest.tick(world.ms(24 * 3600 + SETTLED_S))
    await count(store, world, 24 * 3600 + SETTLED_S)
    found = await Work(store).collected(DAY, next_day, "day")
    assert {one.key: (one.served, one.missed, one.unknown) for one in found} == {
        DAY.isoformat(): (1, 0, 0),
        next_day.isoformat(): (0, 0, 1),
    }


@pytest.mark.parametrize(
    ("rows", "state"),
    [
        (chain(stand(0, 700, 0, every=30), stand(710, 760, 1000)), "served"),
        (chain(stand(0, 1300, 0, every=30), stand(1500, 1560, 1000)), "late"),
        (stand(0, 3000, 0, every=30), "missed"),
        (stand(0, 500, 0, every=30), "unknown"),
        (chain(stand(0, 700, 0, every=30), [at(710, 1000, v=0.0)], [at(1110, 1000, v=0.0)]), "missed"),
        (chain(stand(0, 700, 0, every=30), [at(710, 1000, v=0.0, acc=90)], stand(720, 800, 0)), "missed"),
        (chain(stand(0, 700, 0, every=30), drive((710, 900), (730, 1100)), stand(740, 800, 0)), "missed"),
    ],
    ids=[
        "in time",
        "later that day",
        "not at all",
        "not heard",
        "across a gap",
        "by a poor fix",
        "driven past",
    ],
)
async def test_without_the_rule_stops_are_told_by_the_positions(store, rows, state):
    world = World().vehicle(kind="refuse_truck").run(stop("ST", 1000, "12:10", "12:20")).rule("speeding")
    await taken(store, world, rows)
    await count(store, world)
    (found,) = await Work(store).collected(DAY, DAY, "run")
    assert {name: getattr(found, name) for name in ("served", "late", "missed", "unknown")} == {
        **dict.fromkeys(("served", "late", "missed", "unknown"), 0),
        state: 1,
    }


async def test_days_are_counted_as_they_end_until_it_is_stopped(store, haulers):
    await taken(store, haulers, haul())
    stop_it = asyncio.Event()
    asked = []

    def time_judged_ms():
        asked.append(1)
        return None if len(asked) == 1 else haulers.ms(SETTLED_S)

    versions = Versions(Timeline.of(haulers.ruleset()))
    task = asyncio.create_task(
        count_days_whenever_over(
            store, versions, slot=ALL, time_judged_ms=time_judged_ms, stop=stop_it, every_s=0.01
        )
    )
    async with asyncio.timeout(60):
        while not await Work(store).days(DAY, DAY):  # noqa: ASYNC110 -- the other task's work is waited for
            await asyncio.sleep(0.01)
    stop_it.set()
    await task
    assert len(asked) > 1


async def test_a_vehicle_that_is_no_longer_registered_holds_up_nobody(store, haulers):
    await taken(store, haulers, haul())
    await offer_days(store, haulers.ruleset(), haulers.ms(SETTLED_S))
    gone = World().vehicle(VehicleId("V2"), "D2")
    versions = Versions(Timeline.of(gone.ruleset()))
    assert await count_days_over(store, versions, haulers.ms(SETTLED_S), rest=0) == 1
    assert await Work(store).days(DAY, DAY) == []


async def test_what_is_judged_again_while_its_day_is_counted_is_counted_again(store, haulers):
    await taken(store, haulers, haul())
    await offer_days(store, haulers.ruleset(), haulers.ms(SETTLED_S))
    again = LateWork(device_id=DeviceId("D1"), since_ms=haulers.ms(0), revision=1)

    class Counting:
        """In the midst of which the device is judged again."""

        def reads_from_ms(self, _facts: object) -> int:
            return haulers.ms(0)

        async def count(self, *_read: object) -> WorkDay | None:
            self.judging = asyncio.create_task(store.commit(Batch(late_done=(again,))))
            await asyncio.wait({self.judging}, timeout=0.5)  # it waits for the day that is being counted
            return None

    counting = Counting()
    zone = haulers.ruleset().time_zone
    assert await store.count_work_day(DeviceId("D1"), DAY, zone, counting, at_ms=haulers.ms(SETTLED_S))
    await counting.judging
    assert await count(store, haulers) == 1
    assert [line.trips for line in await Work(store).days(DAY, DAY)] == [1]


@pytest.mark.parametrize(
    ("now", "settled"),
    [
        ("2026-10-25T23:30", "2026-10-24"),
        ("2026-10-26T00:09", "2026-10-24"),
        ("2026-10-26T00:10", "2026-10-25"),
        ("2026-03-30T00:09", "2026-03-28"),
        ("2026-03-30T00:10", "2026-03-29"),
    ],
)
def test_a_day_is_over_by_the_calendar_also_where_clocks_are_moved(now, settled):
    world = World().vehicle()
    made = replace(world.registry(), timezone="Europe/Berlin")
    world.registry = lambda: made  # type: ignore[method-assign]
    ruleset = world.ruleset()
    at_ms = round(datetime.fromisoformat(now).replace(tzinfo=ruleset.time_zone).timestamp() * 1000)
    assert last_day_settled(at_ms, ruleset) == date.fromisoformat(settled)


async def test_today_is_counted_up_to_now_and_again_after_a_while(store, haulers):
    await taken(store, haulers, chain(haul(), haul(2000)))
    assert await count_today(store, haulers, 1900) == 1
    (line,) = await Work(store).days(DAY, DAY)
    assert (line.trips, line.is_whole, line.counted_ms) == (1, False, haulers.ms(1900))
    assert line.driven_m == pytest.approx(2 * 6000, rel=0.01)
    assert (await hauled(store))[0].trips == 1
    assert await count_today(store, haulers, 1900 + SO_FAR_EVERY_MS / 1000 - 1) == 0
    assert await count_today(store, haulers, 4000) == 1
    (line,) = await Work(store).days(DAY, DAY)
    assert (line.trips, line.is_whole) == (2, False)


async def test_a_day_so_far_becomes_the_whole_day_that_it_would_have_been_without(store, haulers):
    await taken(store, haulers, chain(haul(), haul(2000)))
    await count_today(store, haulers, 1900)
    assert await count(store, haulers, SETTLED_S - 1) == 0
    assert await count(store, haulers) == 1
    (line,) = await Work(store).days(DAY, DAY)
    assert (line.trips, line.is_whole, line.is_late) == (2, True, False)
    assert (await hauled(store))[0].trips == 2
    assert await count_today(store, haulers, SETTLED_S) == 0
    assert await Work(store).days(DAY, DAY) == [line]


async def test_what_is_counted_of_today_leaves_whole_days_as_they_are(store, haulers):
    await taken(store, haulers, chain(haul(), haul(NOON_TO_MIDNIGHT_S + 2000)))
    await count(store, haulers)
    before = await Work(store).days(DAY, DAY)
    now_s = NOON_TO_MIDNIGHT_S + 6000
    assert await count_today(store, haulers, now_s) == 1
    assert await Work(store).days(DAY, DAY) == before
    (today,) = await Work(store).days(date(2026, 3, 3), date(2026, 3, 3))
    assert (today.trips, today.is_whole) == (1, False)
    counted = await Work(store).counted(DAY, date(2026, 3, 3))
    assert (counted.counted_to, counted.waiting) == (DAY, 0)
    assert (counted.running_from, counted.so_far_ms) == (date(2026, 3, 3), haulers.ms(now_s))
    whole = await Work(store).counted(DAY, DAY)
    assert (whole.running_from, whole.so_far_ms) == (None, None)


async def test_a_vehicle_that_is_registered_no_longer_does_not_hold_back_the_time_that_today_is_counted_to(
    store, haulers
):
    await taken(store, haulers, haul())
    await count_today(store, haulers, 1900)
    gone = World().vehicle(VehicleId("V2"), "D2")
    assert await count_today(store, gone, 4000) == 1
    assert (await Work(store).counted(DAY, DAY)).so_far_ms == gone.ms(4000)


@pytest.mark.parametrize(
    ("at_s", "state"), [(1100, None), (1260, "missed"), (1800, "late")], ids=["before", "after", "later"]
)
async def test_of_today_s_stops_only_those_whose_window_is_over_are_due(store, at_s, state):
    world = World().vehicle(kind="refuse_truck").run(stop("ST", 1000, "12:10", "12:20")).rule("speeding")
    await taken(
        store, world, chain(stand(0, 1300, 0, every=30), stand(1500, 1560, 1000), stand(1700, 1900, 0))
    )
    assert await count_today(store, world, at_s) == 1
    found = await Work(store).collected(DAY, DAY, "run")
    assert [(one.served, one.late, one.missed, one.unknown) for one in found] == (
        [] if state is None else [(0, int(state == "late"), int(state == "missed"), 0)]
    )


async def test_kilometres_and_rounds_of_today_grow_with_it(store):
    world = cleaners()
    rows = chain(
        drive((0, 0), (900, 2700), v=10.8),
        stand(910, 1800, 2700),
        drive((1810, 2700), (2710, 0), v=10.8),
    )
    await taken(store, world, rows)
    sums = []
    for at_s in (600, 1200, 2800):
        assert await count_today(store, world, at_s) == 1
        (found,) = await Work(store).cleaned(DAY, DAY, "plan")
        sums.append((found.working_m, found.rounds))
    assert [rounds for _, rounds in sums] == [1, 1, 2]
    assert [metres for metres, _ in sums] == pytest.approx([1800, 2700, 5400], rel=0.03)
