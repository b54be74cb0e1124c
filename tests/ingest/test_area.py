"""The area step over a real database: what it finds, corrects and leaves alone, whatever the order of arrival."""

import asyncio
import random

import msgspec
import pytest
from msgspec.structs import replace

from alerts.dump_site import judge
from alerts.facts import Fact, FactKind
from alerts.finding import Finding
from alerts.station_evidence import DustEvidence, DustWindow
from domain.identifiers import DeviceId, LimitId, RuleId, StationId, VehicleId
from domain.quantity import Quantity
from domain.rule import RuleKind
from domain.station import Severity
from ingest.area import judge_areas, judge_areas_whenever_new
from storage.batch import Batch, FactsAgain, JudgedFinding
from storage.errors import ClaimLost
from storage.records import AlertRow
from storage.sole import Held
from storage.store import Store
from tests.alerts.test_dump_site import dump, found, stay, world
from tests.support.factories import World

HOUR = 3600.0
FAR_MS = 1 << 45


async def say(store: Store, *members: Finding | Fact, late: bool = False) -> None:
    """Store dumpings and facts as a worker does."""
    findings = tuple(
        JudgedFinding(finding=one, ruleset_version=1, found_late=late)
        for one in members
        if isinstance(one, Finding)
    )
    facts = tuple(one for one in members if isinstance(one, Fact))
    again = tuple(FactsAgain(device_id=one.device_id, after_ms=FAR_MS, facts=(one,)) for one in facts)
    await store.commit(Batch(findings=findings, **({"facts_again": again} if late else {"facts": facts})))


async def look(store: Store, made: World, at_s: float) -> int:
    return await judge_areas(store, lambda _: made.ruleset(), made.ms(at_s))


async def places(store: Store) -> list[AlertRow]:
    rows = await store.alerts(rule="suspected_dump_site", limit=1000)
    return sorted(rows, key=lambda row: (row.started_ms, row.subject))


async def test_a_place_is_flagged_with_the_member_that_completes_it_and_told_once(store: Store) -> None:
    made = world()
    await say(store, dump(made, 1, 0), stay(made, 2, 600))
    assert await look(store, made, 1000) == 0
    await say(store, dump(made, 3, 1200))
    assert (await look(store, made, 1300), await look(store, made, 1301)) == (1, 0)
    (place,) = await places(store)
    assert (made.seconds(place.started_ms), place.ended_ms, place.found_late, place.revision) == (
        0,
        None,
        False,
        1,
    )
    assert (place.area, place.subject) == ("114.00,38.00", "place:114.00,38.00")


async def test_it_grows_under_its_id_and_ends_by_the_clock(store: Store) -> None:
    made = world()
    await say(store, *(dump(made, n, 0, n) for n in (1, 2, 3)))
    await look(store, made, 100)
    (small,) = await places(store)
    await say(store, dump(made, 4, 10 * HOUR))
    await look(store, made, 10 * HOUR + 100)
    await look(store, made, 34 * HOUR)
    (grown,) = await places(store)
    assert (grown.id, grown.ended_ms, grown.revision) == (small.id, None, 1)
    assert msgspec.json.decode(grown.evidence)["vehicles"] == 4
    assert await look(store, made, 34 * HOUR + 1) == 1
    (over,) = await places(store)
    assert made.seconds(over.ended_ms) == 34 * HOUR


async def test_a_late_member_from_before_keeps_the_id_and_says_that_it_came_late(store: Store) -> None:
    made = world()
    await say(store, *(dump(made, n, 1000 + n) for n in (1, 2, 3)))
    await look(store, made, 2000)
    (before,) = await places(store)
    await say(store, stay(made, 4, 200), late=True)
    await look(store, made, 3000)
    (after,) = await places(store)
    assert (after.id, after.subject, after.revision, after.found_late) == (before.id, before.subject, 2, True)
    assert made.seconds(after.started_ms) == 200
    assert after.first_started_ms == before.first_started_ms


async def test_a_place_that_loses_a_member_is_withdrawn_with_a_reason_and_stands_again(store: Store) -> None:
    made = world()
    third = dump(made, 3, 20)
    await say(store, dump(made, 1, 0), dump(made, 2, 10), third)
    await look(store, made, 100)
    await say(store, replace(third, withdrawn="reports that came late contradict it"), late=True)
    await look(store, made, 200)
    (gone,) = await places(store)
    assert (gone.withdrawn, gone.found_late) == ("reports that came late contradict it", True)
    await say(store, dump(made, 4, 30))
    await look(store, made, 300)
    (again,) = await places(store)
    assert (again.id, again.withdrawn) == (gone.id, None)


async def test_a_dumping_whose_start_moved_away_is_taken_out_of_its_old_place(store: Store) -> None:
    made = world()
    moved = dump(made, 3, 0)
    await say(store, dump(made, 1, 0), dump(made, 2, 10), moved)
    await look(store, made, 100)
    await say(store, replace(moved, started_ms=made.ms(60 * HOUR), detected_ms=made.ms(60 * HOUR)), late=True)
    await look(store, made, 61 * HOUR)
    assert [row.withdrawn is None for row in await places(store)] == [False]


async def test_places_long_over_are_left_alone(store: Store) -> None:
    made = world()
    await say(store, *(dump(made, n, 0, n) for n in (1, 2, 3)))
    await look(store, made, 30 * HOUR)
    (old,) = await places(store)
    await say(store, *(dump(made, n, 40 * HOUR, n) for n in (4, 5, 6)))
    assert await look(store, made, 41 * HOUR) == 1
    assert (await places(store))[0] == old


async def test_two_processes_at_once_find_the_same_once(store: Store) -> None:
    made = world()
    await say(store, *(dump(made, n, 0, n) for n in (1, 2, 3)))
    assert await look(store, made, 100) == 1
    await store.set_forwarded("area", 0)  # as a process that has not seen what the other did
    assert await look(store, made, 100) == 0
    assert len(await places(store)) == 1


async def test_steps_at_the_very_same_time_find_it_once_too(store: Store) -> None:
    made = world()
    await say(store, *(dump(made, n, 0, n) for n in (1, 2, 3)))
    assert sorted(await asyncio.gather(*(look(store, made, 100) for _ in range(3)))) == [0, 0, 1]
    assert [change.number for change in await store.alert_changes(3)] == [4]


async def test_it_looks_again_and_again_until_stopped_and_only_as_the_holder(store: Store) -> None:
    made, stop = world(), asyncio.Event()

    async def work(held: Held) -> None:
        await judge_areas_whenever_new(
            store.under(held.claim), lambda _: made.ruleset(), now_ms=lambda: made.ms(100), stop=stop
        )

    steps = [asyncio.create_task(store.while_sole("areas", work, stop=stop)) for _ in range(2)]
    await say(store, *(dump(made, n, 0, n) for n in (1, 2)))
    await say(store, dump(made, 3, 1))
    async with asyncio.timeout(60):
        while not await places(store):  # noqa: ASYNC110 -- another task stores it
            await asyncio.sleep(0.05)
    stop.set()
    await asyncio.gather(*steps)
    assert len(await places(store)) == 1


async def test_a_holder_that_was_replaced_stores_nothing(store: Store) -> None:
    made = world()
    await say(store, *(dump(made, n, 0, n) for n in (1, 2, 3)))
    async with store.sole("areas") as first:
        old = store.under(first.claim)
    async with store.sole("areas"):
        with pytest.raises(ClaimLost):
            await judge_areas(old, lambda _: made.ruleset(), made.ms(100))
    assert await places(store) == []


@pytest.mark.parametrize("seed", range(8))
async def test_the_alerts_in_the_end_are_those_of_all_members_at_once(store: Store, seed: int) -> None:
    made = world()
    rng = random.Random(seed)
    members: list[Finding | Fact] = [
        rng.choice((dump, stay))(
            made, rng.randint(1, 9), 600.0 * rng.randint(0, 600), 70.0 * rng.randint(0, 4)
        )
        for _ in range(40)
    ]
    members = list({(one.started_ms, one.vehicle_id, type(one)): one for one in members}.values())
    withdrawn: list[Finding | Fact] = []
    for one in rng.sample(members, len(members)):
        late = rng.random() < 0.3
        await say(store, one, late=late)
        if rng.random() < 0.5:
            await look(store, made, (one.started_ms - made.start_ms) / 1000 + 400)
        if rng.random() < 0.2 and isinstance(one, Finding):
            withdrawn.append(one)
            await say(store, replace(one, withdrawn="no longer"), late=late)
    await look(store, made, 120 * HOUR)
    left = [one for one in members if not any(one is gone for gone in withdrawn)]
    assert [
        (row.started_ms, row.ended_ms, row.lon, row.lat, msgspec.json.decode(row.evidence))
        for row in await places(store)
        if row.withdrawn is None
    ] == [
        (
            one.started_ms,
            one.ended_ms,
            one.lon,
            one.lat,
            msgspec.json.decode(msgspec.json.encode(one.evidence)),
        )
        for one in sorted(
            found(made, *left, until_s=120 * HOUR), key=lambda one: (one.started_ms, one.subject)
        )
    ]


# Vehicles on site.


def dusty_world() -> World:
    made = world().square("SITE", "source_site", 0, site_id="G1")
    made.station("L1", station_id="S1")
    made.stations[-1] = replace(made.stations[-1], site_id="G1")
    return made.limit("L1")


def dust(made: World, *windows_s: float, verdicts: tuple[str, ...] = (), **fields) -> Finding:
    """A dust alert of windows of 15 min; its start is that of the first."""
    said = verdicts or ("over",) * len(windows_s)
    windows = tuple(
        DustWindow(start_ms=made.ms(at_s), mean=200.0, value=200.0, coverage=1.0, verdict=verdict)
        for at_s, verdict in zip(windows_s, said, strict=True)
    )
    return Finding(
        **{
            "rule": RuleKind.DUST_EXCEEDANCE,
            "rule_id": RuleId("dust_exceedance"),
            "subject": "station:S1|limit:L1",
            "severity": Severity.MINOR,
            "first_started_ms": made.ms(windows_s[0]),
            "started_ms": made.ms(windows_s[0]),
            "detected_ms": made.ms(windows_s[-1] + 900),
            "device_id": DeviceId("M1"),
            "station_id": StationId("S1"),
            "evidence": DustEvidence(
                limit_id=LimitId("L1"),
                quantity=Quantity.PM10,
                limit=150.0,
                window_s=900,
                peak=200.0,
                windows_over=len(windows_s),
                allowed_per_day=0,
                windows=windows,
            ),
            **fields,
        }
    )


def visit(made: World, vehicle: int, from_s: float, to_s: float | None = None, zone: str = "SITE") -> Fact:
    return Fact(
        device_id=DeviceId(f"D{vehicle}"),
        vehicle_id=VehicleId(f"V{vehicle}"),
        kind=FactKind.VISIT,
        about=zone,
        started_ms=made.ms(from_s),
        ended_ms=None if to_s is None else made.ms(to_s),
        known_ms=made.ms(from_s if to_s is None else to_s),
    )


async def on_site(store: Store, made: World) -> list[tuple[str, float | None, float | None]] | None:
    (row,) = await store.alerts(rule="dust_exceedance")
    if row.on_site is None:
        return None
    return [
        (one["vehicle_id"], made.seconds(one["entered_ms"]), made.seconds(one.get("left_ms")))
        for one in msgspec.json.decode(row.on_site)
    ]


async def test_a_dust_alert_lists_who_was_on_the_site_during_its_windows_over(store: Store) -> None:
    made = dusty_world()
    await say(
        store,
        dust(made, 900, 1800, 2700, verdicts=("over", "between", "over")),
        visit(made, 1, 0, 901),
        visit(made, 2, 0, 900),
        visit(made, 3, 1800, 2700),
        visit(made, 4, 3000),
        visit(made, 5, 3600, 3700),
        visit(made, 6, 1000, 1100, zone="SRC"),
    )
    await look(store, made, 4000)
    assert await on_site(store, made) == [("V1", 0, 901), ("V4", 3000, None)]


async def test_the_list_changes_with_the_facts_and_never_twice_for_one(store: Store) -> None:
    made = dusty_world()
    await say(store, dust(made, 900), visit(made, 1, 1000))
    assert await look(store, made, 2000) == 1
    await say(store, visit(made, 1, 1000, 1500))
    assert (await look(store, made, 5000), await look(store, made, 5001)) == (1, 0)
    (row,) = await store.alerts(rule="dust_exceedance")
    assert (await on_site(store, made), row.revision, row.found_late) == ([("V1", 1000, 1500)], 1, False)


@pytest.mark.parametrize(("left_s", "told_s"), [(1799.9, 1799.9), (1800, 1800), (1800.1, None)])
async def test_leaving_after_the_windows_is_no_news(
    store: Store, left_s: float, told_s: float | None
) -> None:
    made = dusty_world()
    await say(store, dust(made, 900), visit(made, 1, 1000))
    await look(store, made, 1500)
    await say(store, visit(made, 1, 1000, left_s))
    assert await look(store, made, 2000) == (0 if told_s is None else 1)
    assert await on_site(store, made) == [("V1", 1000, told_s)]


async def test_late_visits_correct_the_alert(store: Store) -> None:
    made = dusty_world()
    await say(store, dust(made, 900))
    await look(store, made, 2000)
    assert await on_site(store, made) is None
    await say(store, visit(made, 1, 1000, 1100), late=True)
    await look(store, made, 3000)
    (row,) = await store.alerts(rule="dust_exceedance")
    assert (await on_site(store, made), row.revision, row.found_late) == ([("V1", 1000, 1100)], 2, True)
    gone = FactsAgain(device_id=DeviceId("D1"), after_ms=None, facts=())
    await store.commit(Batch(facts_again=(gone,)))
    await look(store, made, 3001)
    assert await on_site(store, made) is None


async def test_what_the_engine_says_later_leaves_the_list_and_extends_it(store: Store) -> None:
    made = dusty_world()
    await say(store, dust(made, 900), visit(made, 1, 1000, 1100), visit(made, 2, 1900, 2000))
    await look(store, made, 1900)
    await say(store, dust(made, 900, 1800, ended_ms=made.ms(2700)))
    assert await on_site(store, made) == [("V1", 1000, 1100)]
    await look(store, made, 2800)
    assert await on_site(store, made) == [("V1", 1000, 1100), ("V2", 1900, 2000)]


async def test_it_agrees_with_the_backtest(store: Store) -> None:
    made = world()
    members = [dump(made, n, 3000 * n, 20 * n) for n in range(1, 8)]
    await say(store, *members)
    await look(store, made, 50 * HOUR)
    (row,) = await places(store)
    (one,) = judge(made.ruleset(), members, [], made.ms(50 * HOUR))
    assert (row.id, row.subject, row.severity) == (one.id, one.subject, one.severity)
