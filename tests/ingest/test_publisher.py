"""The publisher against real brokers."""

import time
from pathlib import Path

from ingest.embedded import EmbeddedBroker
from ingest.publisher import Publisher

TOPIC = "haulwatch/v1/alerts/none/major"


def published_within(publisher: Publisher, timeout_s: float) -> bool:
    deadline = time.monotonic() + timeout_s
    while time.monotonic() < deadline:
        if publisher.publish(TOPIC, b"{}"):
            return True
        time.sleep(0.05)
    return False


def test_publishing_waits_for_the_broker(broker_url: str) -> None:
    publisher = Publisher(broker_url, "test-alerts")
    assert not publisher.publish(TOPIC, b"{}")
    publisher.start()
    assert published_within(publisher, 5)
    publisher.stop()
    assert not publisher.publish(TOPIC, b"{}")


def test_a_broker_that_died_is_found_again(tmp_path: Path) -> None:
    with EmbeddedBroker(tmp_path / "broker") as broker:
        publisher = Publisher(broker.url, "test-alerts")
        publisher.start()
        assert published_within(publisher, 5)
        broker.kill()
        assert not publisher.publish(TOPIC, b"{}")
        broker.start()
        assert published_within(publisher, 15)
        publisher.stop()
