"""Publishing that is told what the broker has."""

import asyncio
import contextlib

import pytest

from ingest.embedded import EmbeddedBroker
from ingest.gateway.confirm import Confirmer
from ingest.publish_stream import cut_publishes, publish
from tests.ingest.gateway.conftest import eventually, hearing
from tests.support.ports import free_port


@contextlib.asynccontextmanager
async def confirming(url: str, **more):
    """A confirmer that runs."""
    stop = asyncio.Event()
    confirmer = Confirmer(url, client_id=f"confirm-{free_port()}", **more)
    running = asyncio.create_task(confirmer.run(stop))
    try:
        yield confirmer
    finally:
        stop.set()
        await running


async def test_each_message_is_told_of_once_the_broker_has_it(broker):
    told = []
    with hearing(broker) as heard:
        async with confirming(broker) as confirmer:
            await eventually(lambda: confirmer.has_room)
            for number in range(3000):
                confirmer.publish("haulwatch/v1/T1/position", b'{"time": %d}' % number, told.append)
            await eventually(lambda: len(told) == 3000)
            assert set(told) == {True}
            assert await confirmer.drained(1.0)
        await eventually(lambda: sorted(heard.times()) == list(range(3000)))


async def test_without_a_broker_a_message_is_given_up_after_the_bound():
    told = []
    async with confirming(f"mqtt://127.0.0.1:{free_port()}", patience_s=0.2) as confirmer:
        assert not confirmer.has_room
        confirmer.publish("haulwatch/v1/T1/position", b"{}", told.append)
        await eventually(lambda: told)
    assert told == [False]


async def test_what_was_in_flight_when_the_broker_died_is_sent_again_to_the_one_that_comes(tmp_path):
    server = EmbeddedBroker(tmp_path / "nats", port=free_port(), nats_port=free_port())
    server.start()
    told = []
    try:
        async with confirming(server.url, patience_s=120) as confirmer:
            await eventually(lambda: confirmer.has_room)
            server.kill()
            for number in range(100):
                confirmer.publish("haulwatch/v1/T1/position", b'{"time": %d}' % number, told.append)
            await eventually(lambda: not confirmer.is_connected)
            assert told == []
            await asyncio.to_thread(server.start)
            await eventually(lambda: len(told) == 100)
    finally:
        server.stop()
    assert set(told) == {True}


async def test_there_is_no_more_room_than_so_many_messages_and_it_is_told_when_there_is(broker):
    room, told = [], []
    async with confirming(broker, most_in_flight=10, on_room=lambda: room.append(1)) as confirmer:
        await eventually(lambda: confirmer.has_room)
        before = len(room)
        for _ in range(10):
            confirmer.publish("haulwatch/v1/T1/position", b"{}", told.append)
        assert not confirmer.has_room
        await eventually(lambda: len(told) == 10)
        assert confirmer.has_room
        assert len(room) == before + 1


@pytest.mark.parametrize("size", [0, 1, 100, 127, 128, 20_000, 3_000_000])
def test_a_packet_is_read_as_it_was_written(size):
    packet = publish("a/b", bytes(size), 65_535)
    (found,), taken = cut_publishes(packet)
    assert (found.topic, len(found.payload), found.mid, taken) == ("a/b", size, 65_535, len(packet))
