"""What people do to a gateway who know phone numbers, plates and the protocol, and what busy days do to it."""

import asyncio

import msgspec
import pytest

from ingest.gateway import book, jt808_commands, jt808_sign_on
from ingest.gateway.connections import Limits
from ingest.gateway.directory import Directory
from ingest.gateway.payloads import payloads
from ingest.wire import MAX_BYTES, MAX_ELEMENTS
from protocols.jt808.answers import Result
from protocols.jt808.batch import batch_of
from protocols.jt808.location import AskLocation, Item, located
from protocols.jt808.model import ready_made
from protocols.jt808.parameters import SetParameters
from protocols.jt808.position import to_position
from protocols.jt808.sign_on import Heartbeat, RegisterResult
from storage.terminals import Terminals
from tests.ingest.gateway.conftest import PHONE, eventually, gateway, hearing
from tests.ingest.gateway.test_survival import CODE, let_in
from tests.support.terminals import START_MS, TestTerminal, location

ALL_BITS = 0xFFFF_FFFF


def loud(number: int, items=()):
    """A location with every alarm, which makes twenty times as much JSON as it has bytes."""
    return located(
        time_ms=START_MS + number * 1000, lon=121.47, lat=31.23, status=ALL_BITS, alarm=ALL_BITS, items=items
    )


async def test_a_batch_that_makes_more_than_a_message_may_have_is_published_in_several(known, broker):
    await let_in(Terminals(known))
    with hearing(broker) as heard:
        async with gateway(known, broker) as running, TestTerminal(running.port) as terminal:
            assert await terminal.authenticate(CODE) is Result.OK
            batch = batch_of(tuple(loud(number) for number in range(600)))
            assert await terminal.answer_to(terminal.send(batch)) is Result.OK
        await eventually(lambda: len(set(heard.times())) == 600)


@pytest.mark.parametrize("items", [(), (Item(id=0x77, value=bytes(200)),)], ids=["many", "long"])
@pytest.mark.parametrize("count", [1, 2, 499, 500, 501, 1100])
def test_no_message_has_more_elements_or_bytes_than_ingest_takes(count, items):
    model = ready_made()["generic"]
    positions = [to_position(loud(number, items), model, serial=None) for number in range(count)]
    found = []
    for payload in payloads(positions):
        one = msgspec.json.decode(payload)
        assert len(payload) <= MAX_BYTES
        found += one if isinstance(one, list) else [one]
        assert len(found) == 1 or len(one) <= MAX_ELEMENTS
    assert found == positions


async def test_what_a_terminal_never_answers_holds_up_nothing_else_it_is_asked(known, broker, monkeypatch):
    monkeypatch.setattr(jt808_commands, "ASK_AGAIN_MS", 0)
    terminals = Terminals(known)
    await let_in(terminals)
    async with gateway(known, broker) as running, TestTerminal(running.port) as terminal:
        await terminals.ask("jt808", PHONE, "locate", interval_s=None, by="test")
        await terminals.ask("jt808", PHONE, "report_interval", interval_s=15, by="test")
        assert await terminal.authenticate(CODE) is Result.OK
        await terminal.until(lambda one: isinstance(one, SetParameters))
        assert sum(isinstance(one, AskLocation) for one in terminal.messages) == jt808_commands.MOST_ASKED
        newer, older = await terminals.commands("jt808", PHONE)
        assert (newer.result, older.result) == (None, "failed")


async def test_a_stranger_who_floods_with_whole_frames_is_parted_with_and_others_stay(known, broker):
    await let_in(Terminals(known))
    limits = Limits(connections=100, refused_in_a_row=50)
    async with gateway(known, broker, limits) as running, TestTerminal(running.port) as terminal:
        assert await terminal.authenticate(CODE) is Result.OK
        for phone in (PHONE, "200"):
            async with TestTerminal(running.port, phone) as stranger:
                stranger.send_raw(b"".join(stranger.frames(Heartbeat())[0] for _ in range(100)))
                await stranger.over()
        await running.counts("closed_total", 2, why="rubbish")
        terminal.send_raw(b"".join(terminal.frames(Heartbeat())[0] for _ in range(100)))
        assert await terminal.beat() is Result.OK


async def test_frames_under_made_up_names_crowd_out_no_terminals(known, broker, monkeypatch):
    monkeypatch.setattr(book, "KEPT_OF_ALL", 3)
    await let_in(Terminals(known))
    async with gateway(known, broker) as running, TestTerminal(running.port) as terminal:
        assert await terminal.authenticate(CODE) is Result.OK
        for number in range(5):
            async with TestTerminal(running.port) as stranger:
                stranger.send_raw(b"\x7e" + bytes([number + 1]) * 21 + b"\x7e")
                await running.counts("refused_total", number + 1, reason="bad_checksum")
        terminal.send_raw(b"\x7ebad\x7e")
        rows = await eventually(lambda: running.terminals.refused("jt808", PHONE, limit=10))
    assert [one.reason for one in rows] == ["bad_length"]


class SlowTerminals(Terminals):
    """The terminals of a database whose answers to the first asking are long on their way."""

    def __init__(self, store) -> None:
        super().__init__(store)
        self.arrived = asyncio.Event()
        self.asked = 0

    async def of_protocol(self, protocol, ids=None):
        self.asked += 1
        is_first = self.asked == 1
        rows = await super().of_protocol(protocol, ids)
        if is_first:
            await self.arrived.wait()
        return rows


@pytest.mark.parametrize("later", ["refresh", "load"])
async def test_an_answer_that_comes_late_undoes_no_block(known, later):
    slow = SlowTerminals(known)
    await let_in(slow)
    directory = Directory(slow, "jt808")
    first = asyncio.create_task(directory.refresh(PHONE))
    await eventually(lambda: slow.asked == 1)
    await asyncio.sleep(0.05)  # its answer is on its way
    await slow.decide("jt808", PHONE, "blocked", by="test")
    await (directory.load() if later == "load" else directory.refresh(PHONE))
    slow.arrived.set()
    await first
    assert directory.get(PHONE).state == "blocked"


async def test_a_copy_that_knows_number_and_plate_gets_no_code_and_is_seen(known, broker, monkeypatch):
    monkeypatch.setattr(jt808_sign_on, "RIVAL_S", 120.0)
    terminals = Terminals(known)
    await let_in(terminals)
    async with gateway(known, broker) as running:
        async with TestTerminal(running.port) as owner:
            code = (await owner.register()).code
            assert await owner.authenticate(code) is Result.OK
            async with TestTerminal(running.port) as copy:
                answer = await copy.register(terminal_id="7654321")
                assert (answer.result, answer.code) == (RegisterResult.TERMINAL_REGISTERED, "")
                # One that has even the terminal's own number, while the terminal answers.
                asking = asyncio.create_task(copy.register())
                await owner.until(lambda one: isinstance(one, AskLocation))
                assert await owner.beat() is Result.OK
                assert (await asking).result is RegisterResult.TERMINAL_REGISTERED
            assert await owner.answer_to(owner.send(location(1))) is Result.OK
        async with TestTerminal(running.port) as owner:
            assert await owner.authenticate(code) is Result.OK
        row = await eventually(lambda: _in_conflict(terminals))
        assert row.conflict_address == "127.0.0.1"


async def _in_conflict(terminals):
    row = await terminals.terminal("jt808", PHONE)
    return row if row.conflict_ms is not None else None
