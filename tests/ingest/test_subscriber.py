"""The subscriber against real brokers: nothing is dropped, and only what is stored is acknowledged."""

import threading
import time
from collections.abc import Callable
from pathlib import Path

import paho.mqtt.client as paho
import pytest

from ingest.embedded import EmbeddedBroker
from ingest.subscriber import Message, Subscriber
from tests.support.brokers import Publisher

PREFIX = "haulwatch/v1"


def now_ms() -> int:
    return time.time_ns() // 1_000_000


def subscriber(url: str, *, wait_s: float = 4.0) -> Subscriber:
    made = Subscriber(url, prefix=PREFIX, client_id="test-ingest", now_ms=now_ms, redelivery_wait_s=wait_s)
    made.start()
    wait_until(lambda: made.is_connected and made.has_session)
    return made


def collect(source: Subscriber, count: int, timeout_s: float = 60) -> list[Message]:
    found: list[Message] = []
    wait_until(lambda: len(found) >= count or bool(found.extend(source.take(1000))), timeout_s)
    return found


def wait_until(is_done: Callable[[], bool], timeout_s: float = 60) -> None:
    deadline = time.monotonic() + timeout_s
    while not is_done():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.01)


def test_messages_arrive_in_order_and_once(broker_url: str) -> None:
    source = subscriber(broker_url)
    with Publisher(broker_url) as publisher:
        for n in range(3000):
            publisher.send(f"{PREFIX}/T{n % 7}/position", b"%d" % n)
        publisher.finish()
    found = collect(source, 3000)
    source.acknowledge(found)
    assert [int(one.payload) for one in found] == list(range(3000))
    assert not any(one.redelivered for one in found)
    source.stop()


def test_what_was_not_acknowledged_comes_again_first_and_marked(broker_url: str) -> None:
    source = subscriber(broker_url)
    with Publisher(broker_url) as publisher:
        for n in range(20):
            publisher.send(f"{PREFIX}/T1/position", b"%d" % n)
        publisher.finish()
        found = collect(source, 20)
        source.acknowledge(found[:5])
        source.stop()
        for n in range(20, 30):
            publisher.send(f"{PREFIX}/T1/position", b"%d" % n)
        publisher.finish()
    again = subscriber(broker_url)
    found = collect(again, 25)
    again.acknowledge(found)
    assert [int(one.payload) for one in found] == list(range(5, 30))
    assert [one.redelivered for one in found[:15]] == [True] * 15
    again.stop()
    last = subscriber(broker_url, wait_s=0.0)
    time.sleep(4)
    assert last.take(10) == []
    last.stop()


def test_our_own_alerts_are_not_received_but_a_device_named_alerts_is(broker_url: str) -> None:
    source = subscriber(broker_url)
    with Publisher(broker_url) as publisher:
        publisher.send(f"{PREFIX}/alerts/D1/major", b"{}")
        publisher.send(f"{PREFIX}/alerts/position", b"{}")
        publisher.send(f"{PREFIX}/T1/a/b/c", b"{}")
        publisher.finish()
    found = collect(source, 2)
    assert [one.topic for one in found] == [f"{PREFIX}/alerts/position", f"{PREFIX}/T1/a/b/c"]
    source.stop()


def test_a_retained_status_is_received_by_a_new_session(broker_url: str) -> None:
    client = paho.Client(paho.CallbackAPIVersion.VERSION2, client_id="device")
    host, port = broker_url.removeprefix("mqtt://").split(":")
    client.connect(host, int(port))
    client.loop_start()
    client.publish(f"{PREFIX}/T1/status", b'{"online": true}', qos=1, retain=True).wait_for_publish(60)
    client.disconnect()
    client.loop_stop()
    source = subscriber(broker_url)
    found = collect(source, 1)
    assert (found[0].topic, found[0].payload, found[0].retained) == (
        f"{PREFIX}/T1/status",
        b'{"online": true}',
        True,
    )
    source.stop()


def test_messages_of_qos_0_arrive_too(broker_url: str) -> None:
    source = subscriber(broker_url)
    client = paho.Client(paho.CallbackAPIVersion.VERSION2, client_id="device")
    host, port = broker_url.removeprefix("mqtt://").split(":")
    client.connect(host, int(port))
    client.loop_start()
    client.publish(f"{PREFIX}/T1/position", b"0", qos=0).wait_for_publish(60)
    found = collect(source, 1)
    source.acknowledge(found)
    assert found[0].payload == b"0"
    client.disconnect()
    client.loop_stop()
    source.stop()


def test_what_is_not_wanted_is_let_go_once_others_have_sessions_and_not_before(broker_url: str) -> None:
    def wanting() -> Subscriber:
        made = Subscriber(
            broker_url,
            prefix=PREFIX,
            client_id="test-ingest",
            now_ms=now_ms,
            redelivery_wait_s=0,
            takes=lambda topic: "/T1/" in topic,
        )
        made.start()
        wait_until(lambda: made.has_session)
        return made

    source = wanting()
    with Publisher(broker_url) as publisher:
        for n in range(20):
            publisher.send(f"{PREFIX}/T{n % 2}/position", b"%d" % n)
        publisher.finish()
        found = collect(source, 10)
        assert [int(one.payload) for one in found] == list(range(1, 20, 2))
        source.acknowledge(found)
        time.sleep(0.3)
        source.stop()
    everything = subscriber(broker_url, wait_s=0)
    assert sorted(int(one.payload) for one in collect(everything, 10)) == list(range(0, 20, 2))
    everything.stop()
    source = wanting()
    source.drop_others()
    with Publisher(broker_url) as publisher:
        publisher.send(f"{PREFIX}/T0/position", b"20")
        publisher.send(f"{PREFIX}/T1/position", b"21")
        publisher.finish()
    assert [one.payload for one in collect(source, 1)] == [b"21"]
    time.sleep(4)  # the broker delivers again what was not acknowledged
    source.stop()
    everything = subscriber(broker_url, wait_s=0)
    left = collect(everything, 1)
    time.sleep(4)
    assert [one.payload for one in [*left, *everything.take(100)]] == [b"21"]
    everything.stop()


def test_a_broker_that_died_is_found_again_with_all_it_had_acknowledged(tmp_path: Path) -> None:
    with EmbeddedBroker(tmp_path / "broker") as broker:
        source = subscriber(broker.url)
        with Publisher(broker.url) as publisher:
            for n in range(500):
                publisher.send(f"{PREFIX}/T1/position", b"%d" % n)
            publisher.finish()
            collect(source, 500)
            broker.kill()
            broker.start()
            for n in range(500, 1000):
                publisher.send(f"{PREFIX}/T1/position", b"%d" % n)
            publisher.finish()
        found = collect(source, 1000, timeout_s=60)
        source.acknowledge(found)
        assert list(dict.fromkeys(int(one.payload) for one in found)) == list(range(1000))
        source.stop()


def test_a_message_held_long_is_not_queued_again(tmp_path: Path) -> None:
    with EmbeddedBroker(tmp_path / "broker", ack_wait="1s") as broker:
        source = subscriber(broker.url)
        with Publisher(broker.url) as publisher:
            publisher.send(f"{PREFIX}/T1/position", b"1")
            publisher.finish()
        held = collect(source, 1)
        time.sleep(2.5)
        assert source.take(10) == []
        source.acknowledge(held)
        source.stop()


def test_no_thread_is_left_behind(nats_url: str) -> None:
    before = threading.active_count()
    subscriber(nats_url).stop()
    assert threading.active_count() == before


@pytest.mark.parametrize("level", ["position", "dust"])
def test_a_broker_keeps_what_comes_while_nobody_listens(nats_url: str, level: str) -> None:
    subscriber(nats_url).stop()
    with Publisher(nats_url) as publisher:
        for n in range(100):
            publisher.send(f"{PREFIX}/T1/{level}", b"%d" % n)
        publisher.finish()
    source = subscriber(nats_url)
    found = collect(source, 100)
    source.acknowledge(found)
    assert [int(one.payload) for one in found] == list(range(100))
    source.stop()
