"""Late work: noted with the reports, finished with what it came to, and what judging again reads."""

import random

import pytest

from storage.batch import Batch, LateWork
from storage.store import Store
from tests.storage.made import T0, background, dust, finding, key, position, positions, restored
from tests.storage.test_restart import checkpoint


def order(report):
    return report.order


async def work(store: Store) -> dict[str, tuple[int, int]]:
    return {one.device_id: ((one.since_ms - T0) // 1000, one.revision) for one in await store.late_work()}


@pytest.mark.parametrize("others", [0, 100], ids=["inserted", "copied"])
async def test_late_reports_are_noted_with_the_oldest_of_them(store, others):
    late = [position("T1", 30), position("T1", 20), position("T2", 5), dust("S1", 9)]
    batch = Batch(
        positions=(*late[:3], position("T1", 90), *positions(others, "T9")),
        dust=(late[3],),
        late=frozenset(key(report) for report in late),
    )
    committed = await store.commit(batch)
    assert await work(store) == {"T1": (20, 1), "T2": (5, 1), "S1": (9, 1)}
    assert sorted(one.device_id for one in committed.late_work) == ["S1", "T1", "T2"]
    assert committed.late == 4


async def test_more_late_reports_move_it_back_but_never_forward(store):
    for at_s in (50, 70, 40):
        report = position("T1", at_s)
        committed = await store.commit(Batch(positions=(report,), late=frozenset({key(report)})))
    assert committed.late_work == (LateWork(device_id="T1", since_ms=T0 + 40_000, revision=3),)
    assert await work(store) == {"T1": (40, 3)}


async def test_a_late_report_that_is_stored_already_is_no_work(store):
    report = position("T1", 5)
    await store.commit(Batch(positions=(report,)))
    committed = await store.commit(Batch(positions=(report,), late=frozenset({key(report)})))
    assert committed.late_work == ()
    assert await store.late_work() == ()


async def test_finished_work_is_struck_off_with_the_checkpoints_that_did_not_know_of_it(store):
    hours = [position("T1", 3600 * n) for n in range(4)]
    for report in (*hours, position("T2", 0)):
        await store.commit(Batch(positions=(report,), checkpoints=(checkpoint(report, b"old"),)))
    late = position("T1", 5000)
    (noted,) = (await store.commit(Batch(positions=(late,), late=frozenset({key(late)})))).late_work
    again = checkpoint(hours[2], b"new")
    await store.commit(Batch(late_done=(noted,), checkpoints=(again,), findings=(finding(late=True),)))
    assert await store.late_work() == ()
    states = {n: await store.checkpoint_before("T1", hours[n].time_ms + 1) for n in range(4)}
    assert [states[n].state for n in range(4)] == [b"old", b"old", b"new", b"new"]
    assert states[1].judged_time_ms == hours[1].time_ms
    assert await restored(store) == [hours[3]]
    assert [alert.found_late for alert in await store.alerts()] == [True]


async def test_work_that_was_noted_meanwhile_stays(store):
    first, second = position("T1", 50), position("T1", 60)
    (noted,) = (await store.commit(Batch(positions=(first,), late=frozenset({key(first)})))).late_work
    await store.commit(Batch(positions=(second,), late=frozenset({key(second)})))
    await store.commit(Batch(late_done=(noted,)))
    assert await work(store) == {"T1": (50, 2)}


async def test_the_checkpoint_is_strictly_before(store):
    report = position("T1", 100)
    await store.commit(Batch(checkpoints=(checkpoint(report),)))
    assert await store.checkpoint_before("T1", report.time_ms) is None
    assert await store.checkpoint_before("T1", report.time_ms + 1) == checkpoint(report)
    assert await store.checkpoint_before("T2", report.time_ms + 1) is None


async def test_positions_come_in_pages_in_the_devices_order(store):
    reports = sorted(
        (position("T1", n // 3, content=str(n), seq=[None, 0, 4][n % 3]) for n in range(30)), key=order
    )
    await store.commit(
        Batch(positions=(*random.Random(1).sample(reports, len(reports)), *positions(5, "T2")))
    )
    read, after = [], None
    while page := await store.positions_after("T1", after, limit=7):
        read += page
        after = page[-1].order
    assert read == reports


async def test_readings_come_in_pages_in_the_devices_order(store):
    readings = sorted((dust("S1", 60 * (n // 2), interval_s=float(n + 1)) for n in range(20)), key=order)
    await store.commit(Batch(dust=(*reversed(readings), dust("S2", 3))))
    read, after = [], None
    while page := await store.dust_after("S1", after, limit=7):
        read += page
        after = page[-1].order
    assert read == readings


async def test_background_comes_by_area_after_an_instant(store):
    values = [background("A1", 3600 * n, aqi=float(n)) for n in range(4)]
    await store.commit(Batch(background=(*values, background("A2", 7200))))
    assert await store.background_after("A1", values[1].time_ms) == values[2:]
    assert await store.background_after("A1", None) == values


async def test_alerts_not_over_or_not_yet_found_at_an_instant_come_as_they_were_found(store):
    def made(name: str, start_s: float, end_s: float | None, detected_s: float, **fields):
        ended_ms = None if end_s is None else T0 + round(end_s * 1000)
        detected_ms = T0 + round(detected_s * 1000)
        return finding(f"vehicle:{name}", start_s, ended_ms=ended_ms, detected_ms=detected_ms, **fields)

    over, open_, ends_later, found_later, elsewhere = (
        made("over", 0, 100, 10),
        made("open", 0, None, 10),
        made("ends later", 0, 101, 10, withdrawn="why", zone_ids=("Z1", "Z2"), lon=1.5, lat=2.5),
        made("found later", 50, 60, 101),
        made("elsewhere", 0, None, 10, device_id="T2"),
    )
    await store.commit(Batch(findings=(over, open_, ends_later, found_later, elsewhere)))
    since = await store.alerts_since("T1", T0 + 100_000)
    key_of = {one.subject: one for one in since}
    assert key_of == {one.finding.subject: one.finding for one in (open_, ends_later, found_later)}
    named = await store.alerts_since("T1", T0 + 200_000, [over.finding.id])
    assert {one.subject for one in named} == {"vehicle:over", "vehicle:open"}
