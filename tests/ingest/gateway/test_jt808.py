"""The JT/T 808 gateway: who is let in, what is answered, and what becomes of reports."""

import asyncio
import random

import pytest

from protocols.jt808.answers import PlatformAsksParts, Result, TerminalAnswer
from protocols.jt808.batch import batch_of
from protocols.jt808.framing import Header, encode_frame
from protocols.jt808.location import AskLocation, LocationAnswer
from protocols.jt808.parameters import SetParameters, meaning
from protocols.jt808.sign_on import AskTime, LogOut, RegisterResult, ServerTime
from protocols.jt808.version import Version
from storage.people import digest
from tests.ingest.gateway.conftest import DEVICE, PHONE, approve, eventually, hearing
from tests.support.terminals import START_MS, TestTerminal, location


async def code_of(running, phone: str = PHONE, device_id: str = DEVICE, **more) -> str:
    """Register, be approved, register again: the code."""
    async with TestTerminal(running.port, phone, **more) as terminal:
        assert (await terminal.register()).result is RegisterResult.TERMINAL_UNKNOWN
        await approve(running.terminals, phone, device_id)
        answer = await eventually(lambda: registered(terminal))
        return answer.code


async def registered(terminal):
    answer = await terminal.register()
    return answer if answer.result is RegisterResult.OK else None


async def refusals(running, phone: str = PHONE) -> list[str]:
    return [one.reason for one in await running.terminals.refused("jt808", phone, limit=100)]


@pytest.mark.parametrize("version", [Version.V2011, Version.V2013, Version.V2019])
async def test_a_terminal_waits_is_approved_signs_on_and_reports(running, broker, version):
    code = await code_of(running, version=version)
    with hearing(broker) as heard:
        async with TestTerminal(running.port, version=version) as terminal:
            assert await terminal.authenticate(code) is Result.OK
            assert await terminal.answer_to(terminal.send(location(1))) is Result.OK
            assert await terminal.beat() is Result.OK
            (report,) = await eventually(heard.reports)
    assert (report["time"], report["lon"], report["speed_kmh"]) == (START_MS + 1000, 121.47, 36.0)
    row = await eventually(lambda: _seen(running))
    assert (row.said["plate"], row.has_code, row.device_id) == ("川A12345", True, DEVICE)


async def _seen(running):
    row = await running.terminals.terminal("jt808", PHONE)
    return row if row.frames and row.connected_ms is None else None


async def test_an_unknown_terminal_waits_whatever_it_says_first(running):
    async with TestTerminal(running.port) as terminal:
        assert await terminal.authenticate("anything") is Result.FAILED
        assert await terminal.answer_to(terminal.send(location(1))) is Result.FAILED
    row = await running.terminals.terminal("jt808", PHONE)
    assert (row.state, row.address) == ("waiting", "127.0.0.1")


async def test_a_wrong_code_is_refused_and_kept_without_the_code(running):
    await code_of(running)
    async with TestTerminal(running.port) as terminal:
        assert await terminal.authenticate("not-the-code") is Result.FAILED
        assert await terminal.answer_to(terminal.send(location(1))) is Result.FAILED
        found = await eventually(lambda: _refused(running, 2))
    assert [one.reason for one in found] == ["not_signed_on", "wrong_code"]
    assert b"not-the-code" not in found[1].payload
    row = await eventually(lambda: _counted(running, 2))
    assert row.refused_reason == "not_signed_on"


async def _refused(running, least: int, phone: str = PHONE):
    found = await running.terminals.refused("jt808", phone, limit=100)
    return found if len(found) >= least else None


async def _counted(running, least: int):
    row = await running.terminals.terminal("jt808", PHONE)
    return row if row.refused >= least else None


async def test_the_code_of_one_terminal_is_nothing_to_another(running):
    code = await code_of(running)
    async with TestTerminal(running.port, "200") as other:
        await other.register()
        await approve(running.terminals, "200", "T2")
        assert await other.authenticate(code) is Result.FAILED


async def test_a_plate_that_the_registry_does_not_have_is_refused(running):
    async with TestTerminal(running.port) as terminal:
        await terminal.register()
        await approve(running.terminals)
        answer = await eventually(lambda: _other_than_waiting(terminal, plate="川A99999"))
        assert answer.result is RegisterResult.VEHICLE_UNKNOWN
        assert (await terminal.register(plate="LSVVIN", plate_color=0)).result is RegisterResult.OK
        found = await eventually(lambda: _refused(running, 1))
    assert found[-1].reason == "other_plate"


async def _other_than_waiting(terminal, **said):
    answer = await terminal.register(**said)
    return None if answer.result is RegisterResult.TERMINAL_UNKNOWN else answer


async def test_another_terminal_under_the_same_number_gets_no_code(running):
    code = await code_of(running)
    async with TestTerminal(running.port) as other:
        assert (await other.register(terminal_id="7654321")).result is RegisterResult.TERMINAL_REGISTERED
        await eventually(lambda: _refused(running, 1))
    async with TestTerminal(running.port) as terminal:
        assert await terminal.authenticate(code) is Result.OK


async def test_a_terminal_that_registers_anew_signs_on_with_its_new_code_alone(running):
    old = await code_of(running)
    async with TestTerminal(running.port) as terminal:
        new = (await terminal.register()).code
        assert await terminal.authenticate(old) is Result.FAILED
        assert await terminal.authenticate(new) is Result.OK
        (row,) = await running.terminals.of_protocol("jt808")
    assert row.code_digest == digest(new)


async def test_a_copy_is_refused_while_the_terminal_answers_and_both_are_seen(running, broker, monkeypatch):
    monkeypatch.setattr("ingest.gateway.jt808_sign_on.RIVAL_S", 120)
    code = await code_of(running)
    with hearing(broker) as heard:
        async with TestTerminal(running.port) as terminal, TestTerminal(running.port) as copy:
            assert await terminal.authenticate(code) is Result.OK
            signing_on = asyncio.create_task(copy.authenticate(code))
            await terminal.until(lambda one: isinstance(one, AskLocation))
            assert await terminal.beat() is Result.OK
            assert await signing_on is Result.FAILED
            assert await copy.answer_to(copy.send(location(7))) is Result.FAILED
            assert await terminal.answer_to(terminal.send(location(1))) is Result.OK
            row = await eventually(lambda: _in_conflict(running))
            assert row.conflict_address == "127.0.0.1"
            assert await eventually(heard.times) == [START_MS + 1000]


async def _in_conflict(running):
    row = await running.terminals.terminal("jt808", PHONE)
    return row if row.conflict_ms else None


async def test_a_terminal_that_comes_again_replaces_its_own_dead_connection(running, monkeypatch):
    monkeypatch.setattr("ingest.gateway.jt808_sign_on.RIVAL_S", 0.3)
    code = await code_of(running)
    async with TestTerminal(running.port) as dead, TestTerminal(running.port) as terminal:
        assert await dead.authenticate(code) is Result.OK
        assert await terminal.authenticate(code) is Result.OK
        await dead.over()
        assert await terminal.beat() is Result.OK
    assert (await running.terminals.terminal("jt808", PHONE)).conflict_ms is None


@pytest.mark.parametrize("act", ["block", "reset", "other_device"])
async def test_what_is_decided_reaches_a_terminal_that_is_connected(running, act):
    code = await code_of(running)
    async with TestTerminal(running.port) as terminal:
        assert await terminal.authenticate(code) is Result.OK
        if act == "block":
            await running.terminals.decide("jt808", PHONE, "blocked", by="test")
        elif act == "reset":
            await running.terminals.reset_code("jt808", PHONE)
        else:
            await running.terminals.decide("jt808", PHONE, "approved", by="test", device_id="T2")
        await terminal.over()
    async with TestTerminal(running.port) as terminal:
        assert await terminal.authenticate(code) is Result.FAILED


async def test_a_batch_is_published_and_answered_once_with_what_is_damaged_kept(running, broker):
    code = await code_of(running)
    with hearing(broker) as heard:
        async with TestTerminal(running.port) as terminal:
            await terminal.authenticate(code)
            batch = batch_of(tuple(location(number) for number in range(10)))
            assert await terminal.answer_to(terminal.send(batch)) is Result.OK
            assert sorted(await eventually(heard.times)) == [START_MS + number * 1000 for number in range(10)]
            header = Header(message_id=0x0704, phone=PHONE, serial=77)
            terminal.send_raw(encode_frame(header, b"\x00\x02\x00\x00\x1c" + bytes(5)))
            assert await terminal.answer_to(77) is Result.OK
            found = await eventually(lambda: _refused(running, 1))
    assert found[0].payload.endswith(bytes(5))


async def test_parts_come_in_any_order_and_are_answered_when_the_whole_is_published(running, broker):
    code = await code_of(running)
    order = random.Random(5)
    with hearing(broker) as heard:
        async with TestTerminal(running.port) as terminal:
            await terminal.authenticate(code)
            frames = terminal.frames(batch_of(tuple(location(n) for n in range(40))), longest_body=200)
            order.shuffle(frames)
            terminal.send_raw(b"".join(frames[:-1]) + frames[0])
            assert await terminal.beat() is Result.OK
            assert terminal.answered(0x0704) == []
            terminal.send_raw(frames[-1])
            await eventually(lambda: len(terminal.answered(0x0704)) == len(frames))
            assert len(await eventually(heard.times)) == 40


async def test_a_part_that_is_missing_is_asked_for(running, monkeypatch):
    code = await code_of(running)
    async with TestTerminal(running.port) as terminal:
        await terminal.authenticate(code)
        first, second, third = terminal.frames(batch_of((location(1), location(2))), longest_body=30)[:3]
        terminal.send_raw(first + third)
        asked = await terminal.until(lambda one: isinstance(one, PlatformAsksParts))
        assert asked.indices == (2,)
        terminal.send_raw(second)
        await eventually(lambda: len(terminal.answered(0x0704)) == 3)


async def test_the_time_is_told_and_a_log_out_ends_the_connection(running):
    code = await code_of(running, version=Version.V2019)
    async with TestTerminal(running.port, version=Version.V2019) as terminal:
        await terminal.authenticate(code)
        terminal.send(AskTime())
        assert isinstance(await terminal.until(lambda one: isinstance(one, ServerTime)), ServerTime)
        assert await terminal.answer_to(terminal.send(LogOut())) is Result.OK
        await terminal.over()


async def test_a_report_interval_reaches_the_terminal_and_its_answer_comes_back(running):
    code = await code_of(running)
    await running.terminals.ask("jt808", PHONE, "report_interval", interval_s=15, by="test")
    async with TestTerminal(running.port) as terminal:
        await terminal.authenticate(code)
        asked = await terminal.until(lambda one: isinstance(one, SetParameters))
        assert [(one.id, meaning(one)) for one in asked.parameters] == [(0x0029, 15)]
        # Its serial is the one after the answer to the sign-on.
        terminal.send(TerminalAnswer(answered_serial=1, answered_id=0x8103, result=Result.OK))
        command = await eventually(lambda: _answered(running))
        assert (command.result, command.interval_s) == ("done", 15)
        await running.terminals.ask("jt808", PHONE, "locate", interval_s=None, by="test")
        await terminal.until(lambda one: isinstance(one, AskLocation))
        terminal.send(LocationAnswer(answered_serial=2, location=location(3)))
        await eventually(lambda: _answered(running, 2))


async def _answered(running, least: int = 1):
    commands = await running.terminals.commands("jt808", PHONE)
    done = [one for one in commands if one.result]
    return done[0] if len(done) >= least else None


async def test_one_connection_is_one_terminal(running):
    code = await code_of(running)
    async with TestTerminal(running.port) as terminal:
        await terminal.authenticate(code)
        terminal.phone = "200"
        assert await terminal.answer_to(terminal.send(location(1))) is Result.FAILED
        found = await eventually(lambda: _refused(running, 1, "200"))
    assert found[0].reason == "another_terminal"


async def test_what_is_no_message_of_ours_is_answered_and_kept_and_the_stream_goes_on(running):
    code = await code_of(running)
    async with TestTerminal(running.port) as terminal:
        await terminal.authenticate(code)
        terminal.send_raw(encode_frame(Header(message_id=0x0900, phone=PHONE, serial=500), b"x"))
        assert await terminal.answer_to(500) is Result.NOT_SUPPORTED
        terminal.send_raw(encode_frame(Header(message_id=0x0200, phone=PHONE, serial=501), b"short"))
        assert await terminal.answer_to(501) is Result.BAD_MESSAGE
        encrypted = Header(message_id=0x0200, phone=PHONE, serial=502, encryption=1)
        terminal.send_raw(encode_frame(encrypted, bytes(28)))
        assert await terminal.answer_to(502) is Result.NOT_SUPPORTED
        terminal.send_raw(b"rubbish\x7e\x02\x00broken\x7e")
        assert await terminal.answer_to(terminal.send(location(1))) is Result.OK
        await eventually(lambda: _refused(running, 5))
