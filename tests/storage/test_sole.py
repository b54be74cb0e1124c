"""A name has one holder; it is free when the holder's connection ends; a holder that was replaced cannot commit."""

import asyncio
import time

import psycopg
import pytest

from storage.batch import Batch
from storage.errors import ClaimLost, StorageUnavailable
from storage.seat import Seat
from storage.sole import Held, Holder
from tests.storage.made import positions, restored


def cut_holders(database: str) -> None:
    with psycopg.connect(database, autocommit=True) as other:
        other.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity"
            " where application_name = 'haulwatch holder' and datname = current_database()"
        )


async def test_a_name_has_one_holder_and_the_next_follows_at_once(store):
    order = []

    async def hold(who: str) -> None:
        async with store.sole("area"):
            order.append(f"{who} in")
            await asyncio.sleep(0.3)
            order.append(f"{who} out")

    await asyncio.gather(hold("A"), hold("B"))
    assert order in (["A in", "A out", "B in", "B out"], ["B in", "B out", "A in", "A out"])


async def test_different_names_are_held_side_by_side(store):
    async with store.sole("area") as one, store.sole("alert forwarding") as other:
        assert one.claim.name != other.claim.name
        assert not one.is_lost


async def test_who_loses_the_connection_is_told_and_the_next_has_the_name(store, database):
    async with store.sole("area") as first:
        cut_holders(database)
        await asyncio.wait_for(first.wait_lost(), 60)
        async with asyncio.timeout(60), store.sole("area") as second:
            assert second.claim.epoch == first.claim.epoch + 1


async def test_a_silent_holder_is_replaced(store, database):
    frozen = await Holder.connect(database, silent_s=1)
    frozen._beating.cancel()  # what SIGSTOP does to it
    assert await frozen.try_claim("area") is not None
    started_s = time.monotonic()
    async with asyncio.timeout(60), store.sole("area"):
        assert time.monotonic() - started_s > 0.5
    await frozen.close()


async def test_a_commit_under_a_claim_that_was_replaced_is_refused_and_stores_nothing(store, database):
    async with store.sole("slot") as first:
        fenced = store.under(first.claim)
        assert (await fenced.commit(Batch(positions=positions(3)))).stored == 3
    async with store.sole("slot") as second:
        with pytest.raises(ClaimLost):
            await fenced.commit(Batch(positions=positions(3, start_s=1000)))
        assert len(await restored(store)) == 3
        await store.under(second.claim).commit(Batch(positions=positions(3, start_s=1000)))
    assert len(await restored(store)) == 6
    assert (await store.commit(Batch(positions=positions(1, start_s=2000)))).stored == 1


async def test_claiming_waits_for_what_the_holder_before_is_committing(store, database):
    async with store.sole("slot") as first:
        with psycopg.connect(database, autocommit=True) as other, other.transaction():
            other.execute("lock table latest_positions in access exclusive mode")
            committing = asyncio.create_task(store.under(first.claim).commit(Batch(positions=positions(3))))
            waits = "select exists (select from pg_locks where not granted)"
            async with asyncio.timeout(60):
                while other.execute(waits).fetchone() != (True,):  # noqa: ASYNC110 -- the server tells nobody
                    await asyncio.sleep(0.02)
            cut_holders(database)
            claiming = asyncio.create_task(claim_once(store))
            await asyncio.sleep(0.7)
            assert not claiming.done()
        assert (await committing).stored == 3
        assert await asyncio.wait_for(claiming, 60) == first.claim.epoch + 1


async def claim_once(store) -> int:
    async with store.sole("slot") as held:
        return held.claim.epoch


async def test_a_lost_name_is_held_again_only_if_nobody_claimed_it_since(database):
    first, second = await Holder.connect(database), await Holder.connect(database)
    claim = await first.try_claim("slot")
    assert claim is not None
    assert not await second.try_resume(claim)
    await first.close()
    async with asyncio.timeout(60):
        while not await second.try_resume(claim):  # noqa: ASYNC110 -- the server notices by itself
            await asyncio.sleep(0.05)
    await second.release("slot")
    assert await second.try_claim("slot") is not None
    await second.release("slot")
    assert not await second.try_resume(claim)
    assert await second.try_claim("slot") is not None, "a failed resumption leaves the name free"
    await second.close()


async def test_what_is_given_up_in_order_is_free_at_once(database):
    for _ in range(20):
        holder = await Holder.connect(database)
        claim = await holder.try_claim("slot")
        await holder.close()
        assert claim is not None, "the one before still held it"


async def test_workers_are_ranked_by_age_and_the_first_lays_out_the_slots(database):
    seats = [await Seat.connect(database) for _ in range(3)]
    assert [await seat.join(wanted) for seat, wanted in zip(seats, (2, None, 5), strict=True)] == [2, 2, 2]
    assert [await seat.company() for seat in seats] == [(0, 3), (1, 3), (2, 3)]
    await seats[0].close()
    async with asyncio.timeout(60):
        while await seats[1].company() != (0, 2):  # noqa: ASYNC110 -- the server notices by itself
            await asyncio.sleep(0.05)
    for seat in seats[1:]:
        await seat.close()


async def test_sessions_are_known_until_the_last_worker_is_gone(database):
    first, second = await Seat.connect(database), await Seat.connect(database)
    await first.join(2)
    assert not await first.note_sessions([0])
    await second.join(None)
    assert await second.note_sessions([1])
    assert await first.note_sessions([])
    await first.close()
    await second.close()
    third = await Seat.connect(database)
    async with asyncio.timeout(60):
        await third.join(None)
        while await third.note_sessions([]):
            await third.close()
            third = await Seat.connect(database)
            await third.join(None)
    await third.close()


async def test_work_is_done_by_one_at_a_time_and_goes_on_elsewhere_when_the_name_is_lost(store, database):
    stop, again = asyncio.Event(), asyncio.Event()
    running: list[int] = []

    async def work(held: Held) -> None:
        again.set()
        running.append(held.claim.epoch)
        assert len(running) == 1
        try:
            await asyncio.sleep(60)
        finally:
            running.remove(held.claim.epoch)

    workers = [asyncio.create_task(store.while_sole("area", work, stop=stop)) for _ in range(2)]
    async with asyncio.timeout(60):
        await again.wait()
        again.clear()
        cut_holders(database)
        await again.wait()
        stop.set()
        await asyncio.gather(*workers)
    assert running == []


async def test_what_the_work_raises_is_raised_and_a_database_that_is_away_is_waited_out(store):
    async def fail(_: Held) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await store.while_sole("area", fail, stop=asyncio.Event())

    stop = asyncio.Event()
    tries = 0

    async def away(_: Held) -> None:
        nonlocal tries
        tries += 1
        if tries == 2:
            stop.set()
        raise StorageUnavailable("away")

    await asyncio.wait_for(store.while_sole("area", away, stop=stop), 60)
    assert tries == 2
