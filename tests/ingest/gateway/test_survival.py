"""What a gateway survives, and that nothing that it has acknowledged is lost: by counting."""

import asyncio
import contextlib
import os
import signal
import socket
import sys

import pytest

from ingest.embedded import EmbeddedBroker
from ingest.gateway.connections import Limits
from protocols.jt808.answers import Result
from protocols.jt808.sign_on import Heartbeat
from storage.people import digest
from storage.terminals import Terminals
from tests.ingest.gateway.conftest import DEVICE, PHONE, approve, eventually, gateway, hearing
from tests.support.ports import free_port
from tests.support.terminals import START_MS, TestTerminal, location

CODE = "the-code"
HURRIED = Limits(connections=100, sign_on_s=0.5, idle_s=0.5, refused_in_a_row=50)


async def let_in(terminals: Terminals, phone: str = PHONE, device_id: str = DEVICE) -> None:
    """A terminal that has registered and signs on with `CODE`."""
    await terminals.knock("jt808", phone, {}, "test")
    await approve(terminals, phone, device_id)
    await terminals.issue_code("jt808", phone, digest(CODE), {})


async def sending(terminal: TestTerminal, numbers, sent: dict[int, int]) -> None:
    """Report again and again; `sent` has the report of each serial."""
    for number in numbers:
        sent[terminal.send(location(number))] = number
        await asyncio.sleep(0.002)


def all_of(heard, numbers) -> bool:
    return {START_MS + number * 1000 for number in numbers} <= set(heard.times())


async def test_a_terminal_cut_off_at_any_byte_loses_nothing_that_was_acknowledged(known, broker):
    await let_in(Terminals(known))
    acknowledged = set()
    async with gateway(known, broker) as running:
        with hearing(broker) as heard:
            async with TestTerminal(running.port) as terminal:
                assert await terminal.authenticate(CODE) is Result.OK
                length = len(terminal.frames(location(0))[0])
            for cut in range(1, length + 1, 3):
                async with TestTerminal(running.port) as terminal:
                    assert await terminal.authenticate(CODE) is Result.OK
                    whole = terminal.send(location(1000 + cut))
                    terminal.send_raw(terminal.frames(location(cut))[0][:cut])
                    assert await terminal.answer_to(whole) is Result.OK
                    acknowledged.add(1000 + cut)
                    assert terminal.answered() == [whole]
                await eventually(lambda: _closed(running) >= len(acknowledged))
            await eventually(lambda: all_of(heard, acknowledged))
            rows = await eventually(lambda: _refused(running, 1))
    assert {one.reason for one in rows} == {"cut_off"}


def _closed(running) -> float:
    return sum(running.counted("closed_total", why=why) for why in ("reset", "by_peer"))


async def _refused(running, least: int):
    rows = await running.terminals.refused("jt808", PHONE, limit=500)
    return rows if len(rows) >= least else None


async def test_a_broker_that_is_killed_loses_nothing_that_was_acknowledged(known, tmp_path):
    await let_in(Terminals(known))
    server = EmbeddedBroker(tmp_path / "nats", port=free_port(), nats_port=free_port())
    server.start()
    sent: dict[int, int] = {}
    try:
        async with gateway(known, server.url) as running:
            with hearing(server.url) as heard:
                async with TestTerminal(running.port) as terminal:
                    await terminal.authenticate(CODE)
                    work = asyncio.create_task(sending(terminal, range(600), sent))
                    await eventually(lambda: len(terminal.answered()) > 100)
                    os.kill(server.pid, signal.SIGKILL)
                    await work
                    before = len(terminal.answered())
                    assert before < 600
                    await asyncio.to_thread(server.start)
                    # What was taken is sent again to the broker that came back, and what waited is taken then.
                    await eventually(lambda: len(terminal.answered()) > before)
                    done = [sent[serial] for serial in terminal.answered()]
                    await eventually(lambda: all_of(heard, done))
    finally:
        server.stop()


async def test_without_a_broker_nothing_is_read_and_nothing_acknowledged(known, tmp_path):
    await let_in(Terminals(known))
    server = EmbeddedBroker(tmp_path / "nats", port=free_port(), nats_port=free_port())
    server.start()
    try:
        async with gateway(known, server.url) as running, TestTerminal(running.port) as terminal:
            await terminal.authenticate(CODE)
            await asyncio.to_thread(server.stop)
            read = running.counted("frames_total")
            frames = b"".join(terminal.frames(location(0))[0] for _ in range(20_000))
            for _ in range(10):
                terminal.send_raw(frames)
            await asyncio.sleep(1)
            assert running.counted("frames_total") - read <= Limits().in_flight
            assert terminal.answered() == []
            await asyncio.to_thread(server.start)
            await eventually(lambda: len(terminal.answered()) > 1000)
    finally:
        server.stop()


async def test_a_gateway_that_is_killed_loses_nothing_that_was_acknowledged(
    known, database, broker, tmp_path
):
    await let_in(Terminals(known))
    port, sent = free_port(), {}
    environ = {
        **os.environ,
        "HAULWATCH_DATABASE_URL": database,
        "HAULWATCH_BROKER_URL": broker,
        "HAULWATCH_DATA_DIR": str(tmp_path),
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "haulwatch", "gateway", "jt808", "--port", str(port), env=environ
    )
    try:
        await eventually(lambda: _listens(port), timeout_s=120)
        with hearing(broker) as heard:
            async with TestTerminal(port) as terminal:
                assert await terminal.authenticate(CODE) is Result.OK
                work = asyncio.create_task(sending(terminal, range(5000), sent))
                await eventually(lambda: len(terminal.answered()) > 50)
                process.kill()
                await terminal.over()
                work.cancel()
                done = [sent[serial] for serial in terminal.answered()]
            assert len(done) > 50
            await eventually(lambda: all_of(heard, done))
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()


def _listens(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


async def test_a_gateway_that_is_stopped_confirms_what_is_in_flight(known, broker):
    await let_in(Terminals(known))
    sent: dict[int, int] = {}
    with hearing(broker) as heard:
        async with contextlib.AsyncExitStack() as stack:
            terminal = None
            async with gateway(known, broker) as running:
                terminal = await stack.enter_async_context(TestTerminal(running.port))
                await terminal.authenticate(CODE)
                await sending(terminal, range(200), sent)
            await terminal.over()
            done = [sent[serial] for serial in terminal.answered()]
            await eventually(lambda: all_of(heard, done))
            # What was published was acknowledged, too: the broker has nothing that the terminal does not know of.
            assert len(heard.times()) == len(done)


@pytest.mark.parametrize(
    "rubbish",
    [
        b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(300),
        b"##0101QN=20160801085857223;ST=32;CN=1062;\r\n",
        b"\x30\x31\x63\x64" + bytes(2000),
        b"\x7e" * 5000,
        bytes(range(256)) * 200,
        b"\x7e\x01\x02",
        b"",
    ],
    ids=["http", "tls", "hj212", "jt1078", "marks", "bytes", "half-a-frame", "silence"],
)
async def test_strangers_who_never_sign_on_are_parted_with(known, broker, rubbish):
    async with gateway(known, broker, HURRIED) as running:
        reader, writer = await asyncio.open_connection("127.0.0.1", running.port)
        writer.write(rubbish)
        async with asyncio.timeout(120):
            with contextlib.suppress(ConnectionError):
                assert await reader.read() == b""
        writer.close()
        assert running.counted("faults_total") == 0


async def test_who_drips_bytes_is_parted_with(known, broker):
    await let_in(Terminals(known))
    async with gateway(known, broker, Limits(connections=100, idle_s=2)) as running:
        async with TestTerminal(running.port) as terminal:
            frame = terminal.frames(location(1))[0][1:-1]
            while not terminal.is_over.is_set():
                terminal.send_raw(frame[:1])
                await asyncio.sleep(0.02)
        await running.counts("closed_total", 1, why="silent")
    assert terminal.answered() == []


async def test_who_reads_nothing_is_parted_with(known, broker):
    await let_in(Terminals(known))
    limits = Limits(connections=100, blocked_s=0.5)
    async with (
        gateway(known, broker, limits) as running,
        TestTerminal(running.port, receive_bytes=4096) as terminal,
    ):
        assert await terminal.authenticate(CODE) is Result.OK
        terminal.read_no_more()
        beats = b"".join(terminal.frames(Heartbeat())[0] for _ in range(20_000))
        for _ in range(10):
            terminal.send_raw(beats)
        await running.counts("closed_total", 1, why="reads_nothing")


async def test_a_flood_of_rubbish_ends_its_connection_and_no_other(known, broker):
    await let_in(Terminals(known))
    limits = Limits(connections=100, refused_in_a_row=50)
    async with gateway(known, broker, limits) as running, TestTerminal(running.port) as terminal:
        assert await terminal.authenticate(CODE) is Result.OK
        async with TestTerminal(running.port) as stranger:
            stranger.send_raw(b"\x7erubbish" * 200)
            await stranger.over()
        assert await terminal.beat() is Result.OK
        await running.counts("closed_total", 1, why="rubbish")


async def test_more_connections_than_allowed_are_refused_and_those_there_stay(known, broker):
    await let_in(Terminals(known))
    limits = Limits(connections=4, strangers_per_address=2)
    async with gateway(known, broker, limits) as running, TestTerminal(running.port) as terminal:
        assert await terminal.authenticate(CODE) is Result.OK
        async with (
            TestTerminal(running.port),
            TestTerminal(running.port),
            TestTerminal(running.port) as third,
        ):
            await third.over()
            await running.counts("closed_total", 1, why="too_many_of_address")
        assert await terminal.beat() is Result.OK
