"""The MQTT subscriber: a network thread to a bounded queue, acknowledgement after storing, reconnecting.

Nothing is dropped: what is not acknowledged the broker keeps. While the queue is full nothing is read,
and the broker stops at its limit of unacknowledged messages. All of paho runs in the network thread;
acknowledgements are handed to it.
"""

import random
import select
import socket
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable
from typing import Any

import msgspec
import structlog
from paho.mqtt.client import Client, ConnectFlags, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode, MQTTProtocolVersion
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from ingest.broker_url import address, authenticate
from ingest.publish_stream import cut_publishes, packet_end, puback
from ingest.read_ahead import ReadAheadClient

KEEPALIVE_S = 60
LONGEST_DELAY_S = 5.0
# Packet numbers have 16 bits, so this bounds the messages; the bytes need a bound of their own.
MAX_WAITING_BYTES = 64 * 1024 * 1024
# NATS redelivers what a session left unacknowledged once its ack_wait has passed, after newer messages;
# a session that is resumed waits for that, so that each device's reports stay in order.
REDELIVERY_WAIT_S = 4.0

_log = structlog.get_logger(__name__)


class Message(msgspec.Struct, frozen=True, gc=False):
    """One message as it arrived; `connection` tells which connection's `mid` it has (0: QoS 0)."""

    topic: str
    payload: bytes
    received_ms: int
    redelivered: bool
    retained: bool
    mid: int
    connection: int

    @property
    def may_be_repeated(self) -> bool:
        """Whether it may have been stored before: a retained message comes again with every connection."""
        return self.redelivered or self.retained


class Subscriber:
    """One persistent MQTT 3.1.1 session that receives everything below the prefix but our own alerts.

    `on_arrival` is called in the network thread whenever messages came. What `takes` does not want is
    acknowledged unread, once `drop_others` has said that there are sessions to take it.
    """

    def __init__(
        self,
        broker_url: str,
        *,
        prefix: str,
        client_id: str,
        now_ms: Callable[[], int],
        on_arrival: Callable[[], None] = lambda: None,
        takes: Callable[[str], bool] | None = None,
        redelivery_wait_s: float = REDELIVERY_WAIT_S,
    ) -> None:
        self._prefix = prefix
        self._takes = takes
        self._now_ms = now_ms
        self._on_arrival = on_arrival
        self._redelivery_wait_s = redelivery_wait_s
        self._address = address(broker_url)
        self._client = _client(broker_url, client_id)
        self._client.on_connect = self._on_connect
        self._client.on_disconnect = self._on_disconnect
        self._client.on_message = self._on_message
        self._client.on_subscribe = self._on_subscribe
        self._lock = threading.Lock()
        self._queue: deque[Message] = deque()
        self._queued_bytes = 0
        self._held: set[int] = set()
        self._connection = 1
        self._connected = threading.Event()
        self._subscribed = threading.Event()
        self._others: deque[Message] = deque()
        self._may_drop = False
        self._open_at_s: float | None = None
        self._to_acknowledge: deque[Message] = deque()
        self._stopping = threading.Event()
        self._wake_in, self._wake_out = socket.socketpair()
        self._wake_in.setblocking(False)
        self._wake_out.setblocking(False)
        self._thread = threading.Thread(target=self._run, name="mqtt-subscriber", daemon=True)

    @property
    def is_connected(self) -> bool:
        """Whether the connection stands at this moment."""
        return self._connected.is_set()

    @property
    def is_listening(self) -> bool:
        """Whether the connection stands and no redelivery is awaited."""
        return self._connected.is_set() and self._open_at_s is None

    @property
    def has_session(self) -> bool:
        """Whether the broker keeps for us, from now on, what comes."""
        return self._subscribed.is_set()

    @property
    def waiting(self) -> int:
        """How many messages wait to be taken."""
        return len(self._queue)

    def start(self) -> None:
        """Connect, and keep connecting, in a thread of its own."""
        self._thread.start()

    def stop(self) -> None:
        """Send the acknowledgements given so far and disconnect; the broker keeps what was not acknowledged."""
        self._stopping.set()
        self._wake()
        self._thread.join()
        self._wake_in.close()
        self._wake_out.close()

    def take(self, limit: int) -> list[Message]:
        """Up to `limit` waiting messages, oldest first; none while redeliveries are awaited.

        Then all that came meanwhile is given at once, however much: a broker that was killed may have sent
        older messages after newer ones, unmarked, and only who decodes them can put them in order.
        """
        with self._lock:
            if self._open_at_s is not None:
                if time.monotonic() < self._open_at_s:
                    return []
                # What was delivered before goes first again, as it did the first time.
                self._queue = deque(sorted(self._queue, key=lambda message: not message.redelivered))
                self._open_at_s = None
                limit = len(self._queue)
            queue = self._queue
            taken = [queue.popleft() for _ in range(min(limit, len(queue)))]
            self._queued_bytes -= sum(len(message.payload) for message in taken)
            return taken

    def acknowledge(self, messages: Iterable[Message]) -> None:
        """Acknowledge what is stored."""
        # From the worker's thread to the network thread, which alone knows which connection stands.
        self._to_acknowledge.extend(messages)
        self._wake()

    def drop_others(self) -> None:
        """Let go of what is not wanted: others take it."""
        with self._lock:
            self._may_drop = True
            self._to_acknowledge.extend(self._others)
            self._others.clear()
        self._wake()

    def _wake(self) -> None:
        try:
            self._wake_in.send(b"\0")
        except (BlockingIOError, OSError):  # full: awake already; closed: nobody to wake
            return

    # From here on everything runs in the network thread.

    def _run(self) -> None:
        delay_s = 0.1
        while not self._stopping.is_set():
            started_s = time.monotonic()
            try:
                self._client.connect(*self._address, keepalive=KEEPALIVE_S)
                self._serve()
            except OSError as error:
                _log.warning("broker away", action="broker_away", error=str(error))
            if time.monotonic() - started_s > LONGEST_DELAY_S:
                delay_s = 0.1
            # Random, so that the many clients of a broker that comes back do not come as one.
            self._stopping.wait(random.uniform(delay_s / 2, delay_s))
            delay_s = min(delay_s * 2, LONGEST_DELAY_S)

    def _serve(self) -> None:
        """Run one connection to its end."""
        wire = self._client.wire
        assert wire is not None
        while True:
            reading: list[Any] = (
                [self._wake_out] if self._queued_bytes >= MAX_WAITING_BYTES else [wire, self._wake_out]
            )
            readable, _, _ = select.select(reading, [wire] if wire.unsent else [], [], 0.5)
            if self._wake_out in readable:
                self._wake_out.recv(4096)
            if wire in readable:
                wire.fill()
                if not self._consume():
                    return
            self._send_acknowledgements()
            if self._client.want_write():  # paho only queues what a callback asks for, such as SUBSCRIBE
                self._client.loop_write()
            wire.flush()
            if self._stopping.is_set():
                self._client.disconnect()
                return
            if self._client.loop_misc() != MQTTErrorCode.MQTT_ERR_SUCCESS:
                return

    def _consume(self) -> bool:
        """Deal with what was received; False at the connection's end."""
        wire = self._client.wire
        assert wire is not None
        while wire.received:
            published, size = cut_publishes(wire.received)
            if published:
                wire.drop(size)
                now_ms, connection = self._now_ms(), self._connection
                self._arrived(
                    [
                        Message(
                            one.topic, one.payload, now_ms, one.redelivered, one.retained, one.mid, connection
                        )
                        for one in published
                    ]
                )
            elif packet_end(wire.received, 0) is None:
                break  # paho gets whole packets only, so that it never stands in the middle of one
            elif self._client.loop_read() != MQTTErrorCode.MQTT_ERR_SUCCESS:
                return False
        return not wire.is_closed or self._client.loop_read() == MQTTErrorCode.MQTT_ERR_SUCCESS

    def _arrived(self, messages: list[Message]) -> None:
        takes, wanted = self._takes, 0
        with self._lock:
            for message in messages:
                if message.connection:
                    # Redelivered while we still hold it (a slow database): the number is in use until then.
                    if message.mid in self._held:
                        continue
                    self._held.add(message.mid)
                if _is_alert(message.topic, self._prefix):
                    self._to_acknowledge.append(message)
                    continue
                if takes is not None and not takes(message.topic):
                    (self._to_acknowledge if self._may_drop else self._others).append(message)
                    continue
                wanted += 1
                self._queue.append(message)
                self._queued_bytes += len(message.payload)
        if wanted:
            self._on_arrival()

    def _send_acknowledgements(self) -> None:
        wire, acknowledged = self._client.wire, []
        while self._to_acknowledge:
            message = self._to_acknowledge.popleft()
            # What came by an earlier connection is redelivered; its number now stands for another message.
            if message.connection == self._connection and message.mid in self._held:
                self._held.discard(message.mid)
                acknowledged.append(puback(message.mid))
        if acknowledged and wire is not None and self._connected.is_set():
            # Past paho, in one piece: it would take a lock and a system call for each.
            wire.send(b"".join(acknowledged))

    def _on_connect(
        self,
        client: Client,
        _data: object,
        flags: ConnectFlags,
        code: ReasonCode,
        _properties: Properties | None,
    ) -> None:
        if code.is_failure:
            _log.error("broker refuses", action="broker_refuses", reason=str(code))
            return
        # Renewed on every connection: a broker that lost its sessions would else send nothing for ever.
        client.subscribe(f"{self._prefix}/#", qos=1)
        with self._lock:
            waits = flags.session_present and self._redelivery_wait_s > 0
            self._open_at_s = time.monotonic() + self._redelivery_wait_s if waits else None
        self._connected.set()
        _log.info("connected", action="broker_connected", session_present=flags.session_present)

    def _on_subscribe(
        self, _client: Client, _data: object, _mid: int, codes: list[ReasonCode], *_: object
    ) -> None:
        if any(code.is_failure for code in codes):
            _log.error("broker refuses", action="broker_refuses", reason=str(codes))
            return
        self._subscribed.set()
        _log.info("subscribed", action="broker_subscribed")

    def _on_disconnect(self, *_: object) -> None:
        self._connected.clear()
        with self._lock:
            self._connection += 1
            self._held.clear()
            self._others.clear()
            # The broker sends these again; keeping them too would put them before what it sends first.
            self._queue = deque(message for message in self._queue if message.connection == 0)
            self._queued_bytes = sum(len(message.payload) for message in self._queue)
        if not self._stopping.is_set():
            _log.warning("connection lost", action="broker_lost")

    def _on_message(self, _client: Client, _data: object, message: MQTTMessage) -> None:
        """Only what is not QoS 1 comes this way."""
        topic = message._topic.decode("utf-8", "replace")  # noqa: SLF001 -- `topic` raises for bad UTF-8
        self._arrived(
            [Message(topic, bytes(message.payload), self._now_ms(), message.dup, message.retain, 0, 0)]
        )


def _is_alert(topic: str, prefix: str) -> bool:
    """Our own alerts have two levels after `alerts`; a device may bear that name."""
    return topic.startswith(f"{prefix}/alerts/") and topic.count("/", len(prefix) + 1) == 2


def _client(broker_url: str, client_id: str) -> ReadAheadClient:
    client = ReadAheadClient(
        CallbackAPIVersion.VERSION2,
        client_id=client_id,
        clean_session=False,
        protocol=MQTTProtocolVersion.MQTTv311,
        manual_ack=True,
    )
    authenticate(client, broker_url)
    return client
