"""A gateway with a real database and a real broker."""

import asyncio
import contextlib
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import uuid4

import msgspec
import pytest
import pytest_asyncio

from ingest.gateway.connections import Limits
from ingest.gateway.jt808 import run_jt808
from ingest.subscriber import Subscriber
from runtime.clock import now_ms
from runtime.metrics import Metrics
from storage.terminals import Terminals
from tests.support.brokers import nats

PREFIX = "haulwatch/v1"
PHONE = "13912345678"
PLATE = "川A12345"
DEVICE = "T1"
REGISTRY = {
    "version": 1,
    "vehicles": [
        {"id": "V1", "plate": PLATE, "plate_color": "yellow", "kind": "muck_truck", "device_id": DEVICE},
        {"id": "V2", "plate": "川A22222", "plate_color": "yellow", "kind": "muck_truck", "device_id": "T2"},
    ],
}


class Running:
    """A gateway that runs."""

    def __init__(self, port: int, metrics: Metrics, terminals: Terminals) -> None:
        self.port = port
        self.terminals = terminals
        self._metrics = metrics

    def counted(self, name: str, **labels: str) -> float:
        return self._metrics.registry.get_sample_value(f"haulwatch_gateway_{name}", labels) or 0.0

    async def counts(self, name: str, least: float, **labels: str) -> None:
        """Wait until so much is counted."""
        await eventually(lambda: self.counted(name, **labels) >= least)


async def eventually(holds, timeout_s: float = 120.0):
    """Wait until something holds; gives what it gave."""
    async with asyncio.timeout(timeout_s):
        while True:
            found = holds()
            if asyncio.iscoroutine(found):
                found = await found
            if found:
                return found
            await asyncio.sleep(0.02)


@asynccontextmanager
async def gateway(store, broker_url: str, limits: Limits | None = None, port: int = 0, run=run_jt808):
    """A gateway, of JT/T 808 where no other is given."""
    stop, metrics = asyncio.Event(), Metrics()
    listening: asyncio.Future[int] = asyncio.get_running_loop().create_future()
    running = asyncio.create_task(
        run(
            store=store,
            broker_url=broker_url,
            host="127.0.0.1",
            port=port,
            stop=stop,
            now_ms=now_ms,
            prefix=PREFIX,
            client_id="test",
            limits=limits or Limits(connections=100),
            metrics=metrics,
            listening=listening.set_result,
        )
    )
    try:
        await asyncio.wait({running, listening}, return_when=asyncio.FIRST_COMPLETED)
        if running.done():
            await running
        yield Running(listening.result(), metrics, Terminals(store))
    finally:
        stop.set()
        await running


class Heard:
    """What a subscriber has heard at the broker."""

    def __init__(self, subscriber: Subscriber) -> None:
        self._subscriber = subscriber
        self._reports: list[dict] = []

    def reports(self, device_id: str = DEVICE) -> list[dict]:
        taken = self._subscriber.take(100_000)
        for message in taken:
            given = msgspec.json.decode(message.payload)
            for one in given if isinstance(given, list) else [given]:
                self._reports.append({"device_id": message.topic.split("/")[-2]} | one)
        self._subscriber.acknowledge(taken)
        return [one for one in self._reports if one["device_id"] == device_id]

    def times(self, device_id: str = DEVICE) -> list[int]:
        return [one["time"] for one in self.reports(device_id)]


@contextlib.contextmanager
def hearing(broker_url: str):
    """A persistent session of ingest's kind, that the broker keeps messages for from now on."""
    subscriber = Subscriber(
        broker_url, prefix=PREFIX, client_id=f"hearing-{uuid4()}", now_ms=now_ms, redelivery_wait_s=0.0
    )
    subscriber.start()
    try:
        ends_s = time.monotonic() + 120
        while not subscriber.has_session:
            assert time.monotonic() < ends_s, "the broker lets nobody in"
            time.sleep(0.01)
        yield Heard(subscriber)
    finally:
        subscriber.stop()


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory):
    """A broker for the tests of a file."""
    with nats(Path(tmp_path_factory.mktemp("nats"))) as url:
        yield url


@pytest_asyncio.fixture
async def known(store):
    """A store with a registry of two trucks."""
    await store.save_registry(json.dumps(REGISTRY).encode(), author="test", effective_from_ms=now_ms() - 1000)
    return store


@pytest_asyncio.fixture
async def running(known, broker) -> AsyncIterator[Running]:
    """A gateway that runs."""
    async with gateway(known, broker) as one:
        yield one


async def approve(terminals: Terminals, phone: str = PHONE, device_id: str = DEVICE, **more) -> None:
    """Wait until a terminal waits, and approve it."""
    await eventually(lambda: terminals.terminal("jt808", phone))
    assert await terminals.decide("jt808", phone, "approved", by="test", device_id=device_id, **more)
