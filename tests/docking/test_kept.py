"""What is kept for a target that is away, for how long, and what it is told when that is over."""

import asyncio

from domain.instant import DAY_MS
from runtime.clock import now_ms
from storage.feed import Feed, Place
from storage.maintenance import HELD_DAYS, Retention, maintain
from storage.people import People
from storage.webhooks import TargetGiven, Webhooks
from tests.docking.delivering import add_target, delivering, raise_states, until_target
from tests.docking.receiver import accepting, always, answer, receiving

ONE_DAY = Retention(changes_days=1)


async def kept(store) -> int:
    return len(await store.alert_changes(0))


async def test_changes_are_kept_for_a_target_that_is_away_and_then_no_more(store, database):
    target_id = await add_target(store, "http://127.0.0.1:9/", state="paused")
    await raise_states(store, 3, 1)

    async def after_days(days: int) -> int:
        await asyncio.to_thread(maintain, database, now_ms=now_ms() + days * DAY_MS, retention=ONE_DAY)
        return await kept(store)

    assert await after_days(2) == 3
    assert await after_days(HELD_DAYS) == 3
    assert await after_days(HELD_DAYS + 2) == 0
    await raise_states(store, 3, 2)
    off = TargetGiven(name="City", url="http://127.0.0.1:9/", state="off")
    await Webhooks(store).change(target_id, off)
    assert await after_days(2) == 0


async def test_a_target_that_was_away_for_too_long_is_told_so_and_goes_on_with_what_is_kept(store, database):
    async with receiving() as receiver:
        target_id = await add_target(store, receiver.url, state="paused")
        await raise_states(store, 3, 1)
        late_ms = now_ms() + (HELD_DAYS + 2) * DAY_MS
        await asyncio.to_thread(maintain, database, now_ms=late_ms, retention=ONE_DAY)
        await raise_states(store, 4, 1)
        await Webhooks(store).change(target_id, TargetGiven(name="City", url=receiver.url))
        async with delivering(store):
            target = await until_target(store, target_id, lambda one: one.behind == 0)
    assert target.skipped_changes == 3
    skipped, *others = [one.event for one in receiver.accepted]
    assert skipped["type"] == "feed.skipped"
    assert skipped["data"] == {"first_change": 1, "last_change": 3, "snapshot": "/api/feed/snapshot"}
    assert [one["data"]["change"] for one in others] == [4]
    assert await Feed(store).newest() == Place(4, 0)


async def test_a_dead_letter_is_kept_for_its_time_and_told_when_it_goes_and_what_waited_behind_it_goes_out(
    store, database
):
    webhooks = Webhooks(store)
    async with receiving(always(answer(422))) as receiver:
        target_id = await add_target(store, receiver.url)
        await raise_states(store, 1, 2)
        async with delivering(store):
            await until_target(store, target_id, lambda one: one.behind == 0)
        refused, behind = await webhooks.letters(target_id)
        async with store.connection() as connection:
            await connection.execute(
                "update webhook_letters set at = at + interval '30 days' where id = $1", behind.id
            )

        async def after_days(days: int) -> int:
            given = {"now_ms": now_ms() + days * DAY_MS, "retention": Retention(letters_days=365)}
            done = await asyncio.to_thread(maintain, database, **given)
            return done.done["letters"]

        assert await after_days(364) == 0
        assert await after_days(370) == 1
        target = await webhooks.target(target_id)
        assert (target.expired_letters, target.letters) == (1, 1)
        receiver.says = accepting
        async with delivering(store):
            await until_target(store, target_id, lambda one: one.letters == 0)
    assert [one.event["data"]["change"] for one in receiver.accepted] == [2]
    (noted,) = await People(store).audit()
    assert (noted.act, noted.user_id, noted.subject) == ("expire_letters", None, f"webhook:{target_id}")
    assert refused.event_id in noted.detail
    assert behind.event_id not in noted.detail
