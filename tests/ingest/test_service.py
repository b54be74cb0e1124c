"""The whole of ingest in one process: from a publisher to alerts on MQTT, with a registry that changes."""

import asyncio
import json
import random
import time
from collections.abc import Callable
from zoneinfo import ZoneInfo

import paho.mqtt.client as paho

from domain.identifiers import DeviceId
from domain.instant import DAY_MS
from domain.localtime import local_midnight_ms
from domain.quantity import Quantity
from domain.report import DustReport
from ingest.service import run_ingest
from storage.batch import Batch
from storage.store import Store
from tests.support.brokers import Publisher

PREFIX = "haulwatch/v1"


def now_ms() -> int:
    return time.time_ns() // 1_000_000


def document(*devices: str) -> bytes:
    return json.dumps(
        {
            "version": 1,
            "vehicles": [
                {"id": f"V{name}", "kind": "muck_truck", "device_id": name, "speed_limit_kmh": 60}
                for name in devices
            ],
        }
    ).encode()


async def until(is_done: Callable[[], bool], timeout_s: float = 90) -> None:
    deadline = time.monotonic() + timeout_s
    while not is_done():
        assert time.monotonic() < deadline, "waited in vain"
        await asyncio.sleep(0.05)


async def known_by_sending(store: Store, publisher: Publisher, device_id: str, payload: bytes) -> None:
    """Send the same until ingest listens and knows the device; what comes twice changes nothing."""
    deadline = time.monotonic() + 90
    while device_id not in {one.device_id for one in await store.latest_positions()}:
        assert time.monotonic() < deadline
        publisher.send(f"{PREFIX}/{device_id}/position", payload)
        await asyncio.sleep(0.1)


def fix(second: int, speed_kmh: float) -> bytes:
    return json.dumps(
        {"time": now_ms() - 200_000 + second * 1000, "lon": 114.0, "lat": 38.0, "speed_kmh": speed_kmh}
    ).encode()


async def test_a_speeding_truck_is_an_alert_on_mqtt_and_a_new_registry_is_taken_over(
    store: Store, nats_url: str
) -> None:
    heard: list[dict[str, object]] = []
    topics: list[str] = []
    host, port = nats_url.removeprefix("mqtt://").split(":")
    client = paho.Client(paho.CallbackAPIVersion.VERSION2, client_id="listener")

    def on_message(_client: object, _data: object, message: paho.MQTTMessage) -> None:
        topics.append(message.topic)
        heard.append(json.loads(message.payload))

    client.on_message = on_message
    client.connect(host, int(port))
    client.subscribe(f"{PREFIX}/alerts/#", qos=1)
    client.loop_start()

    stop = asyncio.Event()
    await store.save_registry(document("T1"), author="test", effective_from_ms=0)
    ingest = asyncio.create_task(
        run_ingest(store=store, broker_url=nats_url, stop=stop, now_ms=now_ms, client_id="test")
    )
    with Publisher(nats_url) as publisher:
        await known_by_sending(store, publisher, "T1", fix(-5, 90.0))
        for second in range(0, 40, 5):
            publisher.send(f"{PREFIX}/T1/position", fix(second, 90.0))
        await until(lambda: bool(heard) or ingest.done())
        assert heard[0]["rule"] == "speeding"
        assert heard[0]["ended_at"] is None
        assert topics[0] == f"{PREFIX}/alerts/none/{heard[0]['severity']}"
        for second in range(40, 70, 5):
            publisher.send(f"{PREFIX}/T1/position", fix(second, 20.0))
        await until(lambda: any(one["ended_at"] for one in heard))
        assert len({one["id"] for one in heard if one["rule"] == "speeding"}) == 1

        version = await store.save_registry(document("T1", "T2"), author="test", effective_from_ms=0)
        assert version == 2
        await known_by_sending(store, publisher, "T2", fix(100, 20.0))
        publisher.finish()
    assert not ingest.done()
    before = {(one["device_id"], one["reason"]) for one in await store.rejections()}
    assert before <= {("T2", "unknown_device")}, "until the new registry is taken over"

    stop.set()
    await ingest
    assert await store.forwarded("mqtt") == (await store.change_bounds())[1]
    client.disconnect()
    client.loop_stop()


async def test_the_days_of_stations_that_are_over_are_judged(store: Store, nats_url: str) -> None:
    zone = ZoneInfo("Asia/Shanghai")
    midnight_ms = local_midnight_ms(now_ms() - 2 * DAY_MS, zone)
    levels = [150.0] * 60 + [50.0] * 2000
    random.Random(1).shuffle(levels)
    readings = [
        DustReport(
            device_id=DeviceId("M1"),
            time_ms=midnight_ms + 40_000 * (n + 1),
            received_ms=midnight_ms + 40_000 * (n + 1),
            digest=n.to_bytes(32, "big"),
            values={Quantity.PM10: level},
        )
        for n, level in enumerate(levels)
    ]
    await store.commit(Batch(dust=tuple(readings)))
    station = {"id": "S1", "device_id": "M1", "lon": 114.0, "lat": 38.0}
    registry = json.dumps({"version": 1, "stations": [station]}).encode()
    await store.save_registry(registry, author="test", effective_from_ms=0)
    stop = asyncio.Event()
    ingest = asyncio.create_task(
        run_ingest(store=store, broker_url=nats_url, stop=stop, now_ms=now_ms, client_id="test")
    )
    deadline = time.monotonic() + 60
    while not (found := await store.alerts(rule="capped_readings")):
        assert time.monotonic() < deadline
        assert not ingest.done()
        await asyncio.sleep(0.2)
    assert (found[0].started_ms, found[0].ended_ms) == (midnight_ms, midnight_ms + DAY_MS)
    assert not found[0].found_late
    stop.set()
    await ingest
