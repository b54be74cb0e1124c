"""`record`: everything devices publish from now on, as a capture file."""

import queue
import threading
import time
from pathlib import Path
from urllib.parse import unquote, urlsplit

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

from domain.capture import Captured, encode_captured
from simulators.capture_file import created
from simulators.encode import DEFAULT_PREFIX

_POLL_S = 0.2
_CONNECT_TIMEOUT_S = 10.0


def record(
    *,
    broker_url: str,
    out: Path,
    prefix: str = DEFAULT_PREFIX,
    seconds: float | None = None,
    stop: threading.Event | None = None,
) -> int:
    """Write what arrives to `out` for `seconds`, or until `stop` is set; returns the number of messages.

    Raises ConnectionError if the broker cannot be reached.
    """
    arrived: queue.SimpleQueue[Captured] = queue.SimpleQueue()
    client, subscribed = _client(broker_url, prefix, arrived)
    stop = stop or threading.Event()
    try:
        if not subscribed.wait(_CONNECT_TIMEOUT_S):
            raise ConnectionError(f"no answer from the broker within {_CONNECT_TIMEOUT_S:.0f} s")
        return _write(out, arrived, seconds, stop)
    finally:
        client.disconnect()
        client.loop_stop()


def _client(
    broker_url: str, prefix: str, arrived: "queue.SimpleQueue[Captured]"
) -> tuple[mqtt.Client, threading.Event]:
    url = urlsplit(broker_url)
    client = mqtt.Client(CallbackAPIVersion.VERSION2, protocol=mqtt.MQTTv311)
    if url.username is not None:
        client.username_pw_set(unquote(url.username), unquote(url.password or ""))
    if url.scheme == "mqtts":
        client.tls_set()
    subscribed = threading.Event()
    topics = [(f"{prefix}/+/{kind}", 1) for kind in ("position", "dust", "status")]
    topics.append((f"{prefix}/background/+", 1))

    # These run on paho's own thread; the queue is the only thing both threads touch.
    def on_connect(client: mqtt.Client, *_: object) -> None:
        client.subscribe(topics)

    def on_subscribe(*_: object) -> None:
        subscribed.set()

    def on_message(_client: mqtt.Client, _data: object, message: mqtt.MQTTMessage) -> None:
        received_ms = time.time_ns() // 1_000_000
        arrived.put(Captured(received_ms=received_ms, topic=message.topic, payload=bytes(message.payload)))

    client.on_connect = on_connect
    client.on_subscribe = on_subscribe
    client.on_message = on_message
    client.connect(url.hostname or "", url.port or (8883 if url.scheme == "mqtts" else 1883))
    client.loop_start()
    return client, subscribed


def _write(
    out: Path, arrived: "queue.SimpleQueue[Captured]", seconds: float | None, stop: threading.Event
) -> int:
    ends = None if seconds is None else time.monotonic() + seconds
    count = 0
    with created(out) as file:
        while not stop.is_set() and (ends is None or time.monotonic() < ends):
            count += _write_waiting(file.write, arrived, _POLL_S)
        count += _write_waiting(file.write, arrived, 0.0)
    return count


def _write_waiting(write: object, arrived: "queue.SimpleQueue[Captured]", wait_s: float) -> int:
    assert callable(write)
    count = 0
    try:
        while True:
            message = arrived.get(timeout=wait_s) if wait_s and not count else arrived.get_nowait()
            write(encode_captured(message))
            count += 1
    except queue.Empty:
        return count
