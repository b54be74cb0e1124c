"""EMQX as a source: its terminals are approved as ours are, and nothing of what it publishes is lost."""

import asyncio
import contextlib
from contextlib import asynccontextmanager

import paho.mqtt.client as mqtt
import pytest
from msgspec.structs import replace

from ingest.broker_url import address
from ingest.gateway.emqx import run_emqx
from runtime.clock import now_ms
from runtime.metrics import Metrics
from storage.terminals import Terminals
from tests.ingest.gateway.conftest import DEVICE, PHONE, PREFIX, approve, eventually, hearing
from tests.protocols.jt808.test_emqx import PUBLISHED, place, published
from tests.support.brokers import nats


@asynccontextmanager
async def source(store, broker_url: str):
    """The source, until the block ends."""
    stop = asyncio.Event()
    running = asyncio.create_task(
        run_emqx(
            store=store,
            broker_url=broker_url,
            stop=stop,
            now_ms=now_ms,
            prefix=PREFIX,
            client_id="test",
            metrics=Metrics(),
        )
    )
    try:
        yield Terminals(store)
        assert not running.done() or running.result() is None
    finally:
        stop.set()
        await running


@contextlib.contextmanager
def emqx(broker_url: str):
    """Publishes as EMQX does."""
    client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2, client_id="emqx")
    host, port = address(broker_url)
    client.connect(host, port)
    client.loop_start()

    def say(number: int, *, phone: str = PHONE, topic: str = f"jt808/{PHONE}/up") -> None:
        location = replace(PUBLISHED, direction_deg=number)
        client.publish(topic, published(512, place(location), phone), qos=1).wait_for_publish(60)

    say.raw = lambda payload: client.publish(f"jt808/{PHONE}/up", payload, qos=1).wait_for_publish(60)
    try:
        yield say
    finally:
        client.disconnect()
        client.loop_stop()


@pytest.fixture
def clean_broker(tmp_path):
    with nats(tmp_path) as url:
        yield url


async def test_a_terminal_of_emqx_waits_is_approved_and_reports(known, clean_broker):
    with hearing(clean_broker) as heard, emqx(clean_broker) as say:
        async with source(known, clean_broker) as terminals:
            await eventually(lambda: _waits(terminals, say))
            await approve(terminals, model="generic-load")
            (report, *_) = await eventually(lambda: _reports(heard, say))
            say.raw(b"rubbish")
            say(3, topic=f"jt808/{PHONE}/dn")
            refused = await eventually(lambda: terminals.refused("jt808", "EMQX", limit=10))
    assert (report["lon"], report["lat"], report["seq"]) == (121.473701, 31.230416, 7)
    assert report["load"] == "full"
    assert [one.reason for one in refused] == ["bad_field"]
    row = await terminals.terminal("jt808", PHONE)
    assert (row.state, row.device_id, row.refused_reason) == ("approved", DEVICE, "unknown_terminal")


async def _waits(terminals, say) -> bool:
    await asyncio.to_thread(say, 1)
    row = await terminals.terminal("jt808", PHONE)
    return row is not None and row.state == "waiting"


async def _reports(heard, say):
    await asyncio.to_thread(say, 2)
    return heard.reports(DEVICE)


async def test_what_came_while_the_source_was_away_is_published_once_it_is_back(known, clean_broker):
    terminals = Terminals(known)
    await terminals.knock("jt808", PHONE, {}, "")
    await approve(terminals)
    with hearing(clean_broker) as heard, emqx(clean_broker) as say:
        async with source(known, clean_broker):
            await eventually(lambda: _reports(heard, say))
        for number in range(100, 200):
            await asyncio.to_thread(say, number)
        async with source(known, clean_broker):
            await eventually(lambda: {one["heading_deg"] for one in heard.reports()} >= set(range(100, 200)))
    told = [one["heading_deg"] for one in heard.reports() if one["heading_deg"] >= 100]
    assert sorted(set(told)) == list(range(100, 200))
