"""Receivers and circumstances that mean ill, or do it all the same: nothing is lost, and alerts keep their order."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email.utils import formatdate

import psycopg
import pytest

from docking.sender import Sender
from storage.deliveries import Door
from storage.store import Store
from storage.webhooks import Webhooks, new_secret, secret_text
from tests.docking.delivering import add_target, delivering, raise_states, until_target
from tests.docking.receiver import OK, Got, always, answer, receiving
from tests.docking.test_signature import guides_check
from tests.docking.test_webhooks import in_order

is_genuine = guides_check()


async def test_a_receiver_that_says_200_byte_by_byte_is_one_that_has_not_answered_and_holds_up_no_other(
    store,
):
    slow_answer = answer(200, "x" * 500)
    async with (
        receiving(always(slow_answer)) as slow, receiving() as quick, delivering(store, timeout_s=0.5),
    ):  # fmt: skip
        slow.pause_s = 0.02
        slow_id = await add_target(store, slow.url)
        await add_target(store, quick.url)
        await raise_states(store, 2, 3)
        await quick.until(lambda: len(quick.ids()) == 6)
        target = await until_target(store, slow_id, lambda one: one.failures >= 2)
        assert (target.error, target.status, target.behind) == ("timeout", None, 6)
        assert len({one.id for one in slow.got}) == 1
        slow.accepted.clear()
        slow.pause_s = 0.0
        await until_target(store, slow_id, lambda one: one.behind == 0)
    assert len(slow.ids()) == 6
    assert in_order(slow)


@pytest.mark.parametrize(
    "said",
    [
        pytest.param(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\nx: cut\r\n\r\n", id="before its body"),
        pytest.param(b"HTTP/1.1 200 OK\r\nx: cut\r\n", id="in mid-headers"),
        pytest.param(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\nx: cut\r\n\r\n5\r\nab", id="in mid-chunk"),
        pytest.param(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 100 Continue\r\n\r\ncut", id="having promised alone"),
        pytest.param(b"HTTP/1.1 204 OK\r\ncontent-length: -1\r\nx: cut\r\n\r\n", id="with a length below nothing"),
        pytest.param(b"HTTP/1.1 204 OK\r\nx: " + b"y" * 200_000 + b"cut\r\n\r\n", id="after headers without end"),
    ],
)  # fmt: skip
async def test_a_receiver_that_closes_in_mid_answer_gets_the_event_again(store, said):
    async with receiving() as receiver, delivering(store):
        receiver.says = lambda _: OK if len(receiver.got) > 3 else said
        target_id = await add_target(store, receiver.url)
        await raise_states(store, 1, 3)
        await until_target(store, target_id, lambda one: one.behind == 0)
    assert [one.event["data"]["change"] for one in receiver.got] == [1, 1, 1, 1, 2, 3]


async def test_an_answer_without_end_is_not_read_to_its_end(store):
    endless = b"HTTP/1.1 200 OK\r\nx: cut\r\n\r\n" + b"z" * 20_000_000
    async with receiving(always(endless)) as receiver, delivering(store, timeout_s=10.0):
        target_id = await add_target(store, receiver.url)
        await raise_states(store, 1, 2)
        target = await until_target(store, target_id, lambda one: one.behind == 0)
    assert (target.failures, len(receiver.got)) == (0, 2)


@pytest.mark.parametrize(
    "host",
    [
        "169.254.169.254", "100.100.100.200", "168.63.129.16", "2852039166", "0xa9fea9fe",
        "[::ffff:169.254.169.254]", "[64:ff9b::a9fe:a9fe]", "[2002:a9fe:a9fe::1]", "[fe80::1]", "[fd00:ec2::254]",
        "[fd20:ce::254]",
    ],
)  # fmt: skip
async def test_where_clouds_keep_their_credentials_is_not_sent_to_however_it_is_written(host):
    async with Sender(lambda: 0) as sender:
        door = Door(target_id=1, url=f"http://{host}/latest/meta-data", secrets=(b"secret",))
        outcome = await sender.send(door, "event", b"{}")
    assert outcome.error in {"url_address", "address_refused"}


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirection_is_not_followed_wherever_it_leads(store, status):
    async with receiving() as inside, receiving() as receiver, delivering(store):
        receiver.says = lambda _: OK if len(receiver.got) > 2 else answer(status, location=inside.url)
        target_id = await add_target(store, receiver.url)
        await raise_states(store, 1, 2)
        target = await until_target(store, target_id, lambda one: one.behind == 0)
    assert (target.status, inside.got, len(receiver.accepted)) == (status, [], 2)


async def test_a_receiver_whose_clock_is_ten_minutes_off_refuses_some_and_then_all_waits_until_it_is_set(
    store,
):
    secret = new_secret()
    off_s = 600

    def says(got: Got) -> bytes:
        theirs_s = time.time() + off_s
        if abs(theirs_s - int(got.headers["webhook-timestamp"])) <= 300:
            return OK
        return answer(401, "timestamp too old", date=formatdate(theirs_s, usegmt=True))

    async with receiving(says) as receiver, delivering(store):
        target_id = await add_target(store, receiver.url, secret=secret)
        await raise_states(store, 15, 2)
        target = await until_target(store, target_id, lambda one: one.failures >= 2)
        assert (target.letters, target.status, receiver.accepted) == (10, 401, [])
        assert target.error == "clocks", "its answer's Date says why"
        off_s = 0
        await Webhooks(store).resend(target_id, None)
        await until_target(store, target_id, lambda one: one.behind == 0 and one.letters == 0)
    assert len(receiver.ids()) == 30
    assert in_order(receiver)
    assert is_genuine(secret_text(secret), receiver.accepted[-1].headers, receiver.accepted[-1].body)


async def test_letters_that_waited_while_the_secret_was_changed_are_signed_with_the_new_one(store):
    known = new_secret()  # not the one that signs

    def says(got: Got) -> bytes:
        return OK if is_genuine(secret_text(known), got.headers, got.body) else REFUSED

    async with receiving(says) as receiver, delivering(store):
        target_id = await add_target(store, receiver.url)
        await raise_states(store, 4, 3)
        await until_target(store, target_id, lambda one: one.failures > 0 or one.behind == 0)
        assert receiver.accepted == []
        known = new_secret()
        assert await Webhooks(store).rotate(target_id, known, now_ms=round(time.time() * 1000))
        await Webhooks(store).resend(target_id, None)
        await until_target(store, target_id, lambda one: one.behind == 0 and one.letters == 0)
    assert len(receiver.ids()) == 12
    assert in_order(receiver)


async def test_a_database_that_goes_away_again_and_again_loses_nothing_and_nothing_comes_out_of_order(
    store, database
):
    async with receiving() as receiver:
        target_id = await add_target(store, receiver.url)
        await raise_states(store, 10, 5)
        async with another(database) as other, delivering(other):
            for held in (5, 15, 25):
                await receiver.until(lambda held=held: len(receiver.ids()) >= held)
                await asyncio.to_thread(cut_off, database)
            async with another(database) as asked:
                await until_target(asked, target_id, lambda one: one.behind == 0)
    assert len(receiver.ids()) == 50
    assert in_order(receiver)


async def test_of_two_that_deliver_at_once_while_everything_fails_each_alert_keeps_its_order(store, database):
    seen: dict[str, int] = {}

    def says(got: Got) -> bytes:
        seen[got.id] = seen.get(got.id, 0) + 1
        return OK if seen[got.id] > 2 else answer(503)

    async with receiving(says) as receiver, another(database) as other:
        target_id = await add_target(store, receiver.url)
        async with delivering(store), delivering(other):
            await raise_states(store, 5, 4)
            await until_target(store, target_id, lambda one: one.behind == 0)
    assert len(receiver.accepted) == 20, "and nothing twice"
    assert in_order(receiver)


@asynccontextmanager
async def another(database: str) -> AsyncIterator[Store]:
    """A store of another process."""
    store = await Store.connect(database)
    try:
        yield store
    finally:
        await store.close()


REFUSED = answer(401, "timestamp or signature")


def cut_off(database: str) -> None:
    """End every connection to the database but this one."""
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity"
            " where datname = current_database() and pid <> pg_backend_pid()"
        )
