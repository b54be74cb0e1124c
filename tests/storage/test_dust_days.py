"""Stations' local days: noted with the readings, offered once they are over, counted once, again when more came."""

import asyncio
from datetime import date, timedelta

import pytest
from msgspec.structs import replace

from alerts.capped import Tally
from domain.identifiers import DeviceId
from domain.quantity import Flag, Quantity
from domain.rule import RuleKind
from storage.batch import Batch
from storage.store import Store
from tests.storage.made import T0, dust, finding
from tests.support.factories import SHANGHAI, local_ms

DAY = date(2026, 11, 18)
NEXT = DAY + timedelta(days=1)
STATION = DeviceId("D1")


def reading(at: str, value: float = 50.0, *, day: date = DAY, received: str | None = None, **fields):
    time_ms = local_ms(f"{day} {at}")
    values = {Quantity.PM10: value, **fields.pop("values", {})}
    made = dust(STATION, (time_ms - T0) / 1000, values=values, **fields)
    return made if received is None else replace(made, received_ms=local_ms(received))


async def keep(store: Store, *readings) -> None:
    await store.commit(Batch(dust=readings))


async def judged(store: Store, until: date = DAY, say=()):
    """The days and alerts that judging was shown; None where nothing was to be judged."""
    shown = []

    def judge(days, stored):
        shown.append((days, stored))
        return say

    await store.judge_days(STATION, until, SHANGHAI, judge)
    return shown[0] if shown else None


def _counts(tally: Tally) -> dict[float, int]:
    return dict(zip(tally.values, tally.counts, strict=True))


async def pm10(store: Store, until: date = DAY):
    """By day: what was read of PM10, whether that is news, whether some came late."""
    shown = await judged(store, until)
    return shown and {
        day.day: (_counts(day.tally[Quantity.PM10]), day.is_new, day.is_late) for day in shown[0]
    }


async def test_a_day_is_offered_with_its_readings_and_only_once(store):
    await keep(store, reading("08:00"), reading("09:00"), reading("10:00", 60.0))
    assert await store.devices_with_days_to_judge(DAY) == [(STATION, DAY)]
    days, stored = await judged(store)
    assert [(day.day, day.tally, day.is_new, day.is_late) for day in days] == [
        (DAY, {Quantity.PM10: Tally((50.0, 60.0), (2, 1))}, True, False)
    ]
    assert stored == []
    assert await store.devices_with_days_to_judge(DAY) == []
    assert await judged(store) is None


async def test_a_day_that_is_not_over_is_not_offered(store):
    await keep(store, reading("08:00", day=NEXT))
    assert await store.devices_with_days_to_judge(DAY) == []
    assert await judged(store) is None
    assert await store.devices_with_days_to_judge(NEXT) == [(STATION, NEXT)]


async def test_a_reading_at_midnight_is_of_the_day_that_ends(store):
    await keep(store, reading("00:00", 1.0), reading("00:00:01", 2.0), reading("00:00", 3.0, day=NEXT))
    assert await pm10(store) == {
        DAY - timedelta(days=1): ({1.0: 1}, True, False),
        DAY: ({2.0: 1, 3.0: 1}, True, False),
    }


@pytest.mark.parametrize("flag", list(Flag), ids=str)
async def test_only_readings_of_flag_n_are_counted(store, flag):
    await keep(store, reading("08:00", flags={Quantity.PM10: flag}), reading("09:00", 60.0))
    counts = (await pm10(store))[DAY][0]
    assert counts == ({50.0: 1, 60.0: 1} if flag is Flag.NORMAL else {60.0: 1})


async def test_each_particulate_is_counted_with_its_own_flags_and_nothing_else_is(store):
    both = {Quantity.TSP: 90.0, Quantity.NOISE: 55.0}
    await keep(
        store,
        reading("08:00", values=both, flags={Quantity.PM10: Flag.FAULT}),
        reading("09:00", values=both, flags={Quantity.TSP: Flag.FAULT}),
        reading("10:00", values=both),
        reading("11:00", 5000.1),
        reading("12:00", -0.1),
    )
    days, _ = await judged(store)
    assert days[0].tally == {Quantity.PM10: Tally((50.0,), (2,)), Quantity.TSP: Tally((90.0,), (2,))}


async def test_readings_after_a_day_was_judged_have_it_counted_again_as_late(store):
    await keep(store, reading("08:00"))
    assert await judged(store) is not None
    await keep(store, reading("09:00", 60.0))
    assert await pm10(store) == {DAY: ({50.0: 1, 60.0: 1}, True, True)}


@pytest.mark.parametrize(
    ("received", "is_late"),
    [("2026-11-19 00:01:59", False), ("2026-11-19 00:02:00", True)],
    ids=["before it is judged", "when it is to be judged"],
)
async def test_readings_of_a_day_that_is_over_when_they_come_are_late(store, received, is_late):
    await keep(store, reading("08:00", received=received))
    assert (await pm10(store))[DAY][2] is is_late


async def test_the_six_days_before_and_after_a_changed_one_are_at_hand_as_they_were_counted(store):
    for n in range(-8, 9):
        await keep(store, reading("08:00", 100.0 + n, day=DAY + timedelta(days=n)))
    until = DAY + timedelta(days=7)
    assert len((await judged(store, until))[0]) == 16
    await keep(store, reading("09:00", 60.0))
    shown = await pm10(store, until)
    assert list(shown) == [DAY + timedelta(days=n) for n in range(-6, 7)]
    assert {day for day, (_, is_new, _) in shown.items() if is_new} == {DAY}
    assert shown[DAY - timedelta(days=6)] == ({94.0: 1}, False, False)


async def test_a_reading_stored_while_its_day_is_counted_is_not_missed(store, database):
    await keep(store, reading("08:00"))
    other = await Store.connect(database, pool_size=1)
    loop, waiting = asyncio.get_running_loop(), []

    def judge(days, stored):
        waiting.append(asyncio.run_coroutine_threadsafe(keep(other, reading("09:00", 60.0)), loop))
        return ()

    await store.judge_days(STATION, DAY, SHANGHAI, judge)
    await asyncio.wrap_future(waiting[0])
    assert await pm10(store) == {DAY: ({50.0: 1, 60.0: 1}, True, True)}
    await other.close()


async def test_what_judging_says_is_stored_with_the_counts_and_shown_the_next_time(store):
    start_s = (local_ms(f"{DAY} 00:00") - T0) / 1000
    made = finding(
        "station:S1",
        start_s,
        rule=RuleKind.CAPPED_READINGS,
        device_id=STATION,
        ended_ms=local_ms(f"{NEXT} 00:00"),
    )
    await keep(store, reading("08:00"))
    await judged(store, say=[made])
    assert [row.id for row in await store.alerts()] == [made.finding.id]
    await keep(store, reading("09:00"))
    _, stored = await judged(store)
    assert [each.id for each in stored] == [made.finding.id]


async def test_where_storing_fails_the_day_stays_to_be_judged(store):
    await keep(store, reading("08:00"))

    def judge(days, stored):
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await store.judge_days(STATION, DAY, SHANGHAI, judge)
    assert await store.devices_with_days_to_judge(DAY) == [(STATION, DAY)]


async def test_devices_are_offered_a_page_at_a_time(store):
    await keep(store, *(dust(f"D{n}", values={Quantity.PM10: 1.0}) for n in range(5)))
    until = date(2100, 1, 1)
    first = [each for each, _ in await store.devices_with_days_to_judge(until, limit=3)]
    rest = [each for each, _ in await store.devices_with_days_to_judge(until, after=first[-1], limit=3)]
    assert (first, rest) == (["D0", "D1", "D2"], ["D3", "D4"])
