"""Terminals: who waits, who may speak as whom, and what they are asked."""

import asyncio
import contextlib

import pytest

from storage.terminals import DeviceTaken, RefusedCount, Seen, Terminals

PROTOCOL = "jt808"
ID = "13912345678"


async def waiting(terminals: Terminals, terminal_id: str = ID) -> None:
    assert await terminals.knock(PROTOCOL, terminal_id, {"plate": "川A12345"}, "10.0.0.1")


async def approved(terminals: Terminals, terminal_id: str = ID, device_id: str = "T1") -> None:
    await waiting(terminals, terminal_id)
    assert await terminals.decide(
        PROTOCOL, terminal_id, "approved", by="test", device_id=device_id, model="m"
    )


async def test_one_that_nobody_knows_waits_with_what_it_said(store):
    terminals = Terminals(store)
    await waiting(terminals)
    row = await terminals.terminal(PROTOCOL, ID)
    assert (row.state, row.device_id, row.said, row.address) == (
        "waiting",
        None,
        {"plate": "川A12345"},
        "10.0.0.1",
    )
    assert await terminals.counts() == {"waiting": 1}


async def test_an_approved_terminal_gets_a_code_and_a_waiting_one_does_not(store):
    terminals = Terminals(store)
    await waiting(terminals)
    assert not await terminals.issue_code(PROTOCOL, ID, b"digest", {})
    await approved(terminals)
    assert await terminals.issue_code(PROTOCOL, ID, b"digest", {"plate": "川A1"})
    (found,) = await terminals.of_protocol(PROTOCOL)
    assert (found.is_approved, found.device_id, found.code_digest, found.model) == (
        True,
        "T1",
        b"digest",
        "m",
    )


async def test_two_terminals_are_never_one_device(store):
    terminals = Terminals(store)
    await approved(terminals)
    await waiting(terminals, "200")
    with pytest.raises(DeviceTaken):
        await terminals.decide(PROTOCOL, "200", "approved", by="test", device_id="T1")
    assert await terminals.decide(PROTOCOL, ID, "blocked", by="test")
    assert await terminals.decide(PROTOCOL, "200", "approved", by="test", device_id="T1")
    with pytest.raises(DeviceTaken):
        await terminals.decide(PROTOCOL, ID, "approved", by="test")


async def test_of_two_who_approve_one_device_at_the_same_instant_one_is_told(store):
    terminals = Terminals(store)
    for name in ("100", "200", "300"):
        await waiting(terminals, name)
    ended = await asyncio.gather(
        *(
            terminals.decide(PROTOCOL, name, "approved", by="test", device_id="T1")
            for name in ("100", "200", "300")
        ),
        return_exceptions=True,
    )
    assert sorted(type(one).__name__ for one in ended) == ["DeviceTaken", "DeviceTaken", "bool"]
    assert await terminals.counts() == {"approved": 1, "waiting": 2}


@pytest.mark.parametrize(
    ("state", "device_id", "is_kept"),
    [("approved", "T1", True), ("approved", "T2", False), ("blocked", None, False), ("waiting", None, False)],
)
async def test_a_code_is_good_as_long_as_the_terminal_speaks_as_the_same_device(
    store, state, device_id, is_kept
):
    terminals = Terminals(store)
    await approved(terminals)
    await terminals.issue_code(PROTOCOL, ID, b"digest", {})
    assert await terminals.decide(PROTOCOL, ID, state, by="test", device_id=device_id)
    assert (await terminals.terminal(PROTOCOL, ID)).has_code is is_kept


async def test_what_it_says_now_does_not_replace_what_it_said_when_it_got_its_code(store):
    terminals = Terminals(store)
    await approved(terminals)
    await terminals.issue_code(PROTOCOL, ID, b"digest", {"plate": "first"})
    await terminals.knock(PROTOCOL, ID, {"plate": "other"}, "10.0.0.9")
    row = await terminals.terminal(PROTOCOL, ID)
    assert (row.said, row.address) == ({"plate": "first"}, "10.0.0.9")


async def test_counts_add_up_and_the_last_reason_stays(store):
    terminals = Terminals(store)
    await waiting(terminals)
    seen = Seen(terminal_id=ID, seen_ms=5_000_000_000_000, address="10.0.0.2", connected_ms=4, frames=3)
    refused = RefusedCount(terminal_id=ID, count=2, at_ms=7, reason="bad_checksum")
    for _ in range(2):
        await terminals.note(PROTOCOL, [seen], [refused])
    row = await terminals.terminal(PROTOCOL, ID)
    assert (row.frames, row.refused, row.refused_reason, row.connected_ms) == (6, 4, "bad_checksum", 4)
    assert (row.last_seen_ms, row.address) == (5_000_000_000_000, "10.0.0.2")
    await terminals.nobody_connected(PROTOCOL)
    assert (await terminals.terminal(PROTOCOL, ID)).connected_ms is None


async def test_a_newer_command_of_a_kind_takes_the_place_of_one_without_an_answer(store):
    terminals = Terminals(store)
    await approved(terminals)
    await terminals.ask(PROTOCOL, ID, "report_interval", interval_s=30, by="test")
    second = await terminals.ask(PROTOCOL, ID, "report_interval", interval_s=10, by="test")
    (found,) = await terminals.of_protocol(PROTOCOL, [ID])
    assert (found.command.id, found.command.interval_s) == (second, 10)
    await terminals.command_answered(second, "done")
    assert [one.result for one in await terminals.commands(PROTOCOL, ID)] == ["done", "superseded"]
    (found,) = await terminals.of_protocol(PROTOCOL, [ID])
    assert found.command is None


async def test_pages_go_on_after_their_last_row(store):
    terminals = Terminals(store)
    for number in range(5):
        await waiting(terminals, str(number))
    first = await terminals.terminals(limit=2)
    last = first[-1]
    rest = await terminals.terminals(before=(last.last_seen_ms, last.protocol, last.terminal_id), limit=9)
    assert sorted(one.terminal_id for one in (*first, *rest)) == ["0", "1", "2", "3", "4"]


async def test_names_that_have_gone_quiet_make_room_where_too_many_wait(store, monkeypatch):
    monkeypatch.setattr("storage.terminals.MOST_WAITING", 2)
    terminals = Terminals(store)
    for made_up in ("1", "2"):
        await waiting(terminals, made_up)
    assert not await terminals.knock(PROTOCOL, "3", {}, "")
    await waiting(terminals, "1")  # one that waits may go on knocking
    async with store.connection() as connection:
        await connection.execute(
            "update terminals set last_seen_at = now() - interval '2 hours' where terminal_id = '2'"
        )
    assert not await terminals.knock(PROTOCOL, "3", {}, "")
    assert await terminals.knock(PROTOCOL, "3", {}, "")
    assert {one.terminal_id for one in await terminals.terminals()} == {"1", "3"}


async def test_only_what_is_not_approved_can_be_forgotten(store):
    terminals = Terminals(store)
    await approved(terminals)
    assert not await terminals.forget(PROTOCOL, ID)
    await terminals.decide(PROTOCOL, ID, "blocked", by="test")
    assert await terminals.forget(PROTOCOL, ID)
    assert await terminals.terminal(PROTOCOL, ID) is None


async def test_who_listens_is_told_of_every_decision(store):
    terminals = Terminals(store)
    await waiting(terminals)
    told: asyncio.Queue = asyncio.Queue()

    async def listen() -> None:
        async for name in terminals.told(PROTOCOL):
            told.put_nowait(name)

    listening = asyncio.create_task(listen())
    async with asyncio.timeout(30):
        assert await told.get() is None
        await terminals.decide("hj212", "nobody", "blocked", by="test")
        await terminals.decide(PROTOCOL, ID, "approved", by="test", device_id="T1")
        assert await told.get() == ID
        await terminals.reset_code(PROTOCOL, ID)
        assert await told.get() == ID
    listening.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await listening
