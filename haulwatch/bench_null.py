"""The null subscriber: an empty paho client that receives and acknowledges, and does nothing else.

What it receives from a broker is the most that any Python subscriber could; ingest is measured against it.
"""

import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import unquote, urlsplit

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

from haulwatch.problem import CommandError


class Receiver:
    """Counts what comes."""

    def __init__(self, count: int) -> None:
        self._left = count
        self._ended_s = 0.0
        self._done = threading.Event()

    def on_message(self, client: mqtt.Client, _: Any, message: mqtt.MQTTMessage) -> None:
        """Acknowledge, as ingest would after storing."""
        client.ack(message.mid, message.qos)
        self._left -= 1
        if self._left == 0:
            self._ended_s = time.time()
            self._done.set()

    def wait(self, timeout_s: float) -> float:
        """The time of day in s at which the last message came; raises CommandError if it does not come."""
        if not self._done.wait(timeout_s):
            raise CommandError(
                f"the null subscriber still waited for {self._left:,} messages after {timeout_s:.0f} s"
            )
        return self._ended_s


@contextmanager
def receive_all(url: str, topic: str, count: int) -> Iterator[Receiver]:
    """A persistent session that is listening; it is removed from the broker afterwards."""
    name = f"haulwatch-bench-null-{uuid.uuid4().hex[:8]}"
    receiver, subscribed = Receiver(count), threading.Event()
    client = _client(url, name, clean=False)
    client.on_connect = lambda c, *_: c.subscribe(topic, qos=1)
    client.on_subscribe = lambda *_: subscribed.set()
    client.on_message = receiver.on_message
    _connect(client, url)
    client.loop_start()
    try:
        if not subscribed.wait(10):
            raise CommandError("the null subscriber could not subscribe")
        yield receiver
    finally:
        client.disconnect()
        client.loop_stop()
        forgetting = _client(url, name, clean=True)
        _connect(forgetting, url)
        forgetting.loop_start()
        forgetting.disconnect()
        forgetting.loop_stop()


def _client(url: str, name: str, *, clean: bool) -> mqtt.Client:
    parts = urlsplit(url)
    client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id=name, clean_session=clean, manual_ack=True)
    if parts.username:
        client.username_pw_set(unquote(parts.username), unquote(parts.password or ""))
    return client


def _connect(client: mqtt.Client, url: str) -> None:
    parts = urlsplit(url)
    client.connect(parts.hostname or "", parts.port or 1883)
