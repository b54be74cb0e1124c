"""Every element that arrives is stored, duplicate or rejected, exactly once; redelivery counts apart."""

from datetime import date

import pytest

from domain.report import StatusReport
from storage.batch import Batch
from tests.storage.made import (
    FIRST,
    LAST,
    T0,
    account,
    background,
    dust,
    finding,
    key,
    position,
    positions,
    rejection,
    restored,
)


def counts(row):
    return (row.received, row.stored, row.duplicate, row.rejected, row.late, row.redelivered)


@pytest.mark.parametrize("rows", [10, 200], ids=["inserted", "copied"])
async def test_the_same_batch_again_is_all_duplicates(store, rows):
    batch = Batch(positions=positions(rows), dust=(dust(),), background=(background(),))
    first = await store.commit(batch)
    again = await store.commit(batch)
    assert (first.received, first.stored, first.duplicate) == (rows + 2, rows + 2, 0)
    assert (again.received, again.stored, again.duplicate) == (rows + 2, 0, rows + 2)
    assert len(await restored(store)) == rows + 2


@pytest.mark.parametrize("rows", [10, 200], ids=["inserted", "copied"])
async def test_a_batch_that_is_partly_known_stores_the_rest(store, rows):
    known = positions(rows // 2)
    await store.commit(Batch(positions=known))
    committed = await store.commit(Batch(positions=positions(rows)))
    assert (committed.stored, committed.duplicate) == (rows - rows // 2, rows // 2)
    assert len(await restored(store)) == rows


async def test_a_repetition_within_one_batch_is_a_duplicate(store):
    one = position()
    committed = await store.commit(Batch(positions=(one, one, one)))
    assert (committed.received, committed.stored, committed.duplicate) == (3, 1, 2)


async def test_two_devices_may_say_the_same_at_the_same_time(store):
    committed = await store.commit(Batch(positions=(position("T1"), position("T2"))))
    assert (committed.stored, committed.duplicate) == (2, 0)


async def test_two_reports_of_one_time_are_both_kept(store):
    committed = await store.commit(Batch(positions=(position(content="a"), position(content="b"))))
    assert committed.stored == 2


async def test_what_the_broker_delivers_again_counts_neither_as_received_nor_as_duplicate(store):
    old, new = position(at_s=0), position(at_s=1)
    await store.commit(Batch(positions=(old,)))
    committed = await store.commit(Batch(positions=(old, new), redelivered={key(old): 1, key(new): 1}))
    assert (committed.received, committed.stored, committed.duplicate, committed.redelivered) == (1, 1, 0, 1)
    assert counts((await account(store))["T1"]) == (2, 2, 0, 0, 0, 1)


async def test_only_stored_reports_are_late(store):
    known, new = position(at_s=0), position(at_s=1)
    await store.commit(Batch(positions=(known,)))
    committed = await store.commit(Batch(positions=(known, new), late=frozenset({key(known), key(new)})))
    assert (committed.late, committed.stored, committed.duplicate) == (1, 1, 1)


async def test_a_rejection_is_kept_whole_whatever_it_holds(store):
    bad = rejection(
        b"\x00\xff{not json",
        device_id="T\x00\ud800",
        topic="haulwatch/v1/T\x00\ud800/position",
        detail="at \x00 \udfff",
    )
    committed = await store.commit(Batch(rejections=(bad, rejection(device_id=None))))
    assert (committed.received, committed.rejected) == (2, 2)
    newest, oldest = await store.rejections()
    assert newest["device_id"] == ""
    assert oldest["payload"] == b"\x00\xff{not json"
    assert oldest["topic"] == "haulwatch/v1/T\x00\ud800/position".encode("utf-8", "surrogatepass")
    assert oldest["received_ms"] == T0
    assert "" in await account(store)


async def test_a_device_id_too_long_for_a_key_is_counted_under_its_beginning(store):
    await store.commit(Batch(rejections=(rejection(device_id="x" * 60_000),)))
    assert counts((await account(store))["x" * 200]) == (1, 0, 0, 1, 0, 0)


async def test_beside_a_redelivered_report_a_repetition_is_still_a_duplicate(store):
    report = position(at_s=0)
    await store.commit(Batch(positions=(report,)))
    committed = await store.commit(Batch(positions=(report, report), redelivered={key(report): 1}))
    assert (committed.received, committed.duplicate, committed.redelivered) == (1, 1, 1)


async def test_a_redelivered_rejection_is_stored_once(store):
    await store.commit(Batch(rejections=(rejection(b"a"),)))
    committed = await store.commit(Batch(redelivered_rejections=(rejection(b"a"), rejection(b"b"))))
    assert (committed.received, committed.rejected, committed.redelivered) == (1, 1, 1)
    assert [row["payload"] for row in await store.rejections()] == [b"b", b"a"]


async def test_rejections_are_read_in_pages(store):
    await store.commit(Batch(rejections=tuple(rejection(b"%d" % n) for n in range(5))))
    first = await store.rejections(limit=3)
    rest = await store.rejections(limit=3, before=first[-1]["id"])
    assert [row["payload"] for row in (*first, *rest)] == [b"4", b"3", b"2", b"1", b"0"]


async def test_a_day_begins_at_local_midnight_of_arrival(store):
    # 2026-11-18 16:00 UTC is midnight in Shanghai.
    midnight_ms = 1_795_017_600_000
    for late_ms in (-1, 0):
        await store.commit(
            Batch(positions=(position(at_s=late_ms / 1000, received_ms=midnight_ms + late_ms),))
        )
    rows = await store.loss_account(first=FIRST, last=LAST)
    assert [(row.day, row.stored) for row in rows] == [(date(2026, 11, 18), 1), (date(2026, 11, 19), 1)]


async def test_the_account_of_a_mixed_batch_ties_per_device(store):
    batch = Batch(
        positions=(
            *positions(3, "T1"),
            *positions(2, "T2"),
            position("T2", bad_fields=("heading_deg", "speed_kmh")),
        ),
        dust=(dust("D1"),),
        background=(background("A1"), background("A1")),
        rejections=(rejection(device_id="T1"), rejection(device_id=None)),
        statuses=(StatusReport(device_id="T1", online=True, received_ms=T0),),
        findings=(finding(),),
    )
    committed = await store.commit(batch)
    rows = await account(store)
    assert {name: counts(row)[:4] for name, row in rows.items()} == {
        "": (1, 0, 0, 1),
        "D1": (1, 1, 0, 0),
        "T1": (4, 3, 0, 1),
        "T2": (3, 3, 0, 0),
        "background/A1": (2, 1, 1, 0),
    }
    assert committed.received == committed.stored + committed.duplicate + committed.rejected == 11


async def test_bad_fields_are_counted_for_stored_reports_only(store, database):
    import psycopg

    one = position(bad_fields=("heading_deg", "speed_kmh"))
    await store.commit(Batch(positions=(one, one, position(at_s=1, bad_fields=("heading_deg",)))))
    with psycopg.connect(database) as connection:
        rows = connection.execute("select field, count from bad_fields order by field").fetchall()
    assert rows == [("heading_deg", 2), ("speed_kmh", 1)]


async def test_an_empty_batch_amounts_to_nothing(store):
    committed = await store.commit(Batch())
    assert (committed.received, committed.changes) == (0, ())


@pytest.mark.parametrize("owner_is_first", [True, False], ids=["owner first", "other first"])
async def test_a_background_value_that_several_slots_store_is_counted_once_by_its_own(store, owner_is_first):
    value, again = background("A1"), background("A1", at_s=3600)
    ours = Batch(background=(value, again))
    others = Batch(background=(value, again), counted_elsewhere=frozenset({"A1"}))
    for batch in (ours, others) if owner_is_first else (others, ours):
        await store.commit(batch)
    assert counts(await only(store, "background/A1")) == (2, 2, 0, 0, 0, 0)
    assert len(await restored(store)) == 2
    await store.commit(others)
    await store.commit(ours)
    assert counts(await only(store, "background/A1")) == (4, 2, 2, 0, 0, 0)


async def only(store, owner: str):
    return (await account(store))[owner]
