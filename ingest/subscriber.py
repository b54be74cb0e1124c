"""The MQTT subscriber: paho's thread to a bounded queue, acknowledgement after storing, reconnecting.

Nothing is dropped: what is not acknowledged the broker keeps. A full queue makes the network thread wait,
and the broker stops at its limit of unacknowledged messages. Of messages and times it knows no more than
bytes; whoever takes them says when they are stored.
"""

import contextlib
import random
import socket
import ssl
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable
from urllib.parse import unquote, urlsplit

import msgspec
import structlog
from paho.mqtt.client import Client, ConnectFlags, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode, MQTTProtocolVersion
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

KEEPALIVE_S = 60
LONGEST_DELAY_S = 5.0
MAX_WAITING = 65_535
MAX_WAITING_BYTES = 64 * 1024 * 1024
# NATS redelivers what a session left unacknowledged once its ack_wait has passed, after newer messages;
# a session that is resumed therefore waits for it, so that devices' reports stay in order.
REDELIVERY_WAIT_S = 4.0

_log = structlog.get_logger(__name__)


class Message(msgspec.Struct, frozen=True, gc=False):
    """One message as it arrived; `connection` tells which connection's `mid` it has."""

    topic: str
    payload: bytes
    received_ms: int
    redelivered: bool
    retained: bool
    qos: int
    mid: int
    connection: int


class Subscriber:
    """One persistent MQTT 3.1.1 session that receives everything below the prefix but our own alerts.

    `start` and `stop` are called by the owner's thread, as are `take` and `acknowledge`; callbacks run in
    the network thread. `on_arrival` is called in the network thread whenever the queue was empty.
    """

    def __init__(
        self,
        broker_url: str,
        *,
        prefix: str,
        client_id: str,
        now_ms: Callable[[], int],
        on_arrival: Callable[[], None] = lambda: None,
        redelivery_wait_s: float = REDELIVERY_WAIT_S,
        topic_filter: str | None = None,
    ) -> None:
        self._prefix = prefix
        self._filter = topic_filter or f"{prefix}/#"
        self._now_ms = now_ms
        self._on_arrival = on_arrival
        self._redelivery_wait_s = redelivery_wait_s
        self._client = _client(broker_url, client_id)
        self._client.on_connect = self._on_connect
        self._client.on_disconnect = self._on_disconnect
        self._client.on_message = self._on_message
        self._address = _address(broker_url)
        self._lock = threading.Lock()
        self._room = threading.Condition(self._lock)
        self._queue: deque[Message] = deque()
        self._queued_bytes = 0
        self._held: set[int] = set()
        self._connection = 0
        self._connected = False
        self._open_at_s = 0.0
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="mqtt-subscriber", daemon=True)

    @property
    def is_connected(self) -> bool:
        """Whether the subscription stands at this moment."""
        return self._connected

    @property
    def waiting(self) -> int:
        """How many messages wait to be taken."""
        return len(self._queue)

    def start(self) -> None:
        """Connect, and keep connecting, in a thread of its own."""
        self._thread.start()

    def stop(self) -> None:
        """Disconnect; what was not acknowledged stays with the broker."""
        self._stopping.set()
        with self._room:
            self._room.notify_all()
        self._thread.join()

    def take(self, limit: int) -> list[Message]:
        """Up to `limit` waiting messages, oldest first; none while redeliveries are awaited."""
        with self._room:
            if not self._queue or time.monotonic() < self._open_at_s:
                return []
            queue = self._queue
            taken = [queue.popleft() for _ in range(min(limit, len(queue)))]
            self._queued_bytes -= sum(len(message.payload) for message in taken)
            self._room.notify_all()
            return taken

    def acknowledge(self, messages: Iterable[Message]) -> None:
        """Acknowledge what is stored; what came by an earlier connection is redelivered, and known then."""
        # A worker's thread hands the acknowledgements to paho's out queue; the lock keeps a new connection
        # from beginning in between, on which the same numbers would stand for other messages.
        with self._lock:
            for message in messages:
                if message.qos and message.connection == self._connection and self._connected:
                    self._held.discard(message.mid)
                    self._client.ack(message.mid, message.qos)

    def publish(self, topic: str, payload: bytes) -> bool:
        """Publish at QoS 1 and wait for the broker's acknowledgement; False if it does not come."""
        if not self._connected:
            return False
        info = self._client.publish(topic, payload, qos=1)
        with contextlib.suppress(RuntimeError, ValueError):
            info.wait_for_publish(timeout=5.0)
            return info.is_published()
        return False

    def _run(self) -> None:
        delay_s = 0.1
        while not self._stopping.is_set():
            started_s = time.monotonic()
            try:
                self._client.connect(*self._address, keepalive=KEEPALIVE_S)
                self._serve()
            except OSError as error:
                _log.warning("broker away", action="broker_away", error=str(error))
            if self._stopping.is_set():
                break
            if time.monotonic() - started_s > LONGEST_DELAY_S:
                delay_s = 0.1
            # Random, so that many clients of a broker that comes back do not come back as one.
            self._stopping.wait(random.uniform(delay_s / 2, delay_s))
            delay_s = min(delay_s * 2, LONGEST_DELAY_S)
        self._client.disconnect()
        self._client.loop(timeout=0.1)

    def _serve(self) -> None:
        """Run paho until the connection ends or we stop."""
        client = self._client
        while not self._stopping.is_set():
            if client.loop(timeout=0.2) != MQTTErrorCode.MQTT_ERR_SUCCESS:
                return

    def _on_connect(
        self, client: Client, _data: object, flags: ConnectFlags, code: ReasonCode, _properties: Properties | None
    ) -> None:
        if code.is_failure:
            _log.error("broker refuses", action="broker_refuses", reason=str(code))
            return
        with self._lock:
            self._connected = True
            if flags.session_present and self._redelivery_wait_s:
                self._open_at_s = time.monotonic() + self._redelivery_wait_s
        # Renewed on every connection: a broker that lost its sessions would else send nothing for ever.
        client.subscribe(self._filter, qos=1)
        _log.info("connected", action="broker_connected", session_present=flags.session_present)

    def _on_disconnect(self, *_: object) -> None:
        with self._room:
            self._connected = False
            self._connection += 1
            self._held.clear()
            # The broker sends these again. Dropping them here keeps memory bounded and the order right.
            self._queue = deque(message for message in self._queue if not message.qos)
            self._queued_bytes = sum(len(message.payload) for message in self._queue)
            self._room.notify_all()

    def _on_message(self, _client: Client, _data: object, message: MQTTMessage) -> None:
        topic = _topic_text(message)
        if _is_alert(topic, self._prefix):
            self._client.ack(message.mid, message.qos)
            return
        payload = message.payload
        with self._room:
            while self._is_full() and not self._stopping.is_set():
                self._room.wait(0.5)
            if message.qos:
                # Redelivered while we hold it (a slow database): the number is still in use.
                if message.mid in self._held:
                    return
                self._held.add(message.mid)
            self._put(
                Message(
                    topic,
                    payload,
                    self._now_ms(),
                    message.dup,
                    message.retain,
                    message.qos,
                    message.mid,
                    self._connection,
                )
            )
            first = len(self._queue) == 1
        if first:
            self._on_arrival()

    def _put(self, message: Message) -> None:
        self._queued_bytes += len(message.payload)
        self._queue.append(message)

    def _is_full(self) -> bool:
        return len(self._queue) >= MAX_WAITING or self._queued_bytes >= MAX_WAITING_BYTES


def _topic_text(message: MQTTMessage) -> str:
    try:
        return message.topic
    except UnicodeDecodeError:
        return message._topic.decode("utf-8", "replace")  # noqa: SLF001 -- paho gives no other way to it


def _is_alert(topic: str, prefix: str) -> bool:
    """Our own alerts have two levels after `alerts`; a device may bear that name."""
    return topic.startswith(f"{prefix}/alerts/") and topic.count("/", len(prefix) + 1) == 2


def _address(broker_url: str) -> tuple[str, int]:
    parts = urlsplit(broker_url)
    return parts.hostname or "127.0.0.1", parts.port or (8883 if parts.scheme == "mqtts" else 1883)


def _client(broker_url: str, client_id: str) -> Client:
    client = _BufferedClient(
        CallbackAPIVersion.VERSION2,
        client_id=client_id,
        clean_session=False,
        protocol=MQTTProtocolVersion.MQTTv311,
        manual_ack=True,
    )
    parts = urlsplit(broker_url)
    if parts.username is not None:
        client.username_pw_set(unquote(parts.username), unquote(parts.password or ""))
    if parts.scheme == "mqtts":
        client.tls_set()
    return client


class _BufferedClient(Client):
    """paho over a socket that reads ahead: else paho makes four system calls for each message."""

    def _create_socket(self) -> socket.socket:
        connection = super()._create_socket()
        return connection
