"""Publishing at QoS 1 from the event loop: whoever publishes is told whether the broker has it.

paho makes and keeps the connection; PUBLISH goes past it in one piece a round of the loop, and PUBACK is cut out
of what comes, as the subscriber does. What is not acknowledged is sent again on the next connection, and given
up after a bound: the device then sends it again, and the same report twice is harmless.
"""

import asyncio
import contextlib
import random
from collections.abc import Callable

import structlog
from msgspec import Struct
from paho.mqtt.client import Client, ConnectFlags
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode, MQTTProtocolVersion
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from ingest.broker_url import address, authenticate
from ingest.publish_stream import packet_end, publish
from ingest.read_ahead import ReadAhead, ReadAheadClient
from runtime.clock import monotonic_s

KEEPALIVE_S = 30
LONGEST_DELAY_S = 5.0
PATIENCE_S = 10.0
"""As long as a terminal waits for an answer before it sends again."""
LOOK_EVERY_S = 0.25
MOST_IN_FLIGHT = 20_000
"""Packet numbers have 16 bits; as many of these as a broker takes a few seconds for."""
MOST_BYTES = 64 * 1024 * 1024

Done = Callable[[bool], None]

_PUBACK = 0x40
_DUP = 0x08

_log = structlog.get_logger(__name__)


class _Pending(Struct, gc=False):
    """A message on its way; `done` is None once it was given up."""

    packet: bytes
    since_s: float
    done: Done | None


class Confirmer:
    """One connection to the broker. All of it runs in the event loop, but for the making of the connection."""

    def __init__(
        self,
        broker_url: str,
        *,
        client_id: str,
        on_room: Callable[[], None] = lambda: None,
        patience_s: float = PATIENCE_S,
        most_in_flight: int = MOST_IN_FLIGHT,
    ) -> None:
        """`on_room` is called when there is room again after there was none."""
        self._address = address(broker_url)
        self._client = ReadAheadClient(
            CallbackAPIVersion.VERSION2, client_id=client_id, protocol=MQTTProtocolVersion.MQTTv311
        )
        authenticate(self._client, broker_url)
        self._client.on_connect = self._on_connect
        self.on_room = on_room
        self._patience_s = patience_s
        self._most_in_flight = most_in_flight
        self._pending: dict[int, _Pending] = {}
        self._bytes = 0
        self._number = 0
        self._wire: ReadAhead | None = None
        self._is_connected = False
        self._lost = asyncio.Event()
        self._flush_is_due = False
        self._had_room = False
        self.confirmed = 0
        self.given_up = 0

    @property
    def is_connected(self) -> bool:
        """Whether the broker has let us in."""
        return self._is_connected

    @property
    def has_room(self) -> bool:
        """Whether a message may be published now; without a broker there is no room for any."""
        return self._is_connected and len(self._pending) < self._most_in_flight and self._bytes < MOST_BYTES

    @property
    def in_flight(self) -> int:
        """How many messages somebody still waits for."""
        return sum(one.done is not None for one in self._pending.values())

    def publish(self, topic: str, payload: bytes, done: Done) -> None:
        """Send a message; `done` is told True once the broker has it, False after the bound.

        Whoever publishes asks `has_room` before; what is published without is told of False all the same.
        """
        number = self._next_number()
        packet = publish(topic, payload, number)
        self._pending[number] = _Pending(packet, monotonic_s(), done)
        self._bytes += len(packet)
        if self._is_connected and self._wire is not None:
            self._wire.send(packet)
            self._flush_soon()
        self._had_room = self.has_room

    async def run(self, stop: asyncio.Event) -> None:
        """Keep the connection until stopped."""
        looking = asyncio.create_task(self._give_up_for_ever())
        try:
            await self._stay_connected(stop)
        finally:
            looking.cancel()

    async def drained(self, timeout_s: float) -> bool:
        """Wait until nothing is in flight; False if that takes longer."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(timeout_s):
                while self.in_flight:  # noqa: ASYNC110 -- once, at the end
                    await asyncio.sleep(0.02)
        return self.in_flight == 0

    async def _stay_connected(self, stop: asyncio.Event) -> None:
        delay_s = 0.1
        while not stop.is_set():
            began_s = monotonic_s()
            try:
                await asyncio.to_thread(self._client.connect, *self._address, keepalive=KEEPALIVE_S)
                await self._serve(stop)
            except OSError as error:
                _log.warning("broker away", action="gateway_broker_away", error=str(error))
            if monotonic_s() - began_s > LONGEST_DELAY_S:
                delay_s = 0.1
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), random.uniform(delay_s / 2, delay_s))
            delay_s = min(delay_s * 2, LONGEST_DELAY_S)

    async def _serve(self, stop: asyncio.Event) -> None:
        """Run one connection to its end."""
        wire = self._wire = self._client.wire
        assert wire is not None, "paho has connected"
        loop = asyncio.get_running_loop()
        self._lost.clear()
        loop.add_reader(wire.fileno(), self._readable)
        descriptor = wire.fileno()
        self._flush_soon()
        stopping = asyncio.create_task(stop.wait())
        try:
            while not self._lost.is_set() and not stop.is_set():
                losing = asyncio.create_task(self._lost.wait())
                await asyncio.wait({losing, stopping}, timeout=1, return_when=asyncio.FIRST_COMPLETED)
                losing.cancel()
                if self._client.loop_misc() != MQTTErrorCode.MQTT_ERR_SUCCESS:
                    break
                self._flush_soon()
        finally:
            stopping.cancel()
            loop.remove_reader(descriptor)
            loop.remove_writer(descriptor)
            was_connected, self._is_connected, self._wire = self._is_connected, False, None
            self._had_room = False
            if stop.is_set():
                await asyncio.to_thread(self._say_goodbye)
            else:
                wire.is_closed = True  # closing waits for nothing then
                wire.close()
                if was_connected:
                    _log.warning("broker lost", action="gateway_broker_lost", in_flight=self.in_flight)

    def _say_goodbye(self) -> None:
        self._client.disconnect()
        while self._client.want_write():
            self._client.loop_write()

    def _on_connect(
        self, _client: Client, _userdata: object, _flags: ConnectFlags, code: ReasonCode, _: Properties | None
    ) -> None:
        # Called by paho from `_readable`.
        if code.is_failure:
            _log.error("broker refuses", action="gateway_broker_refuses", reason=str(code))
            self._lost.set()
            return
        assert self._wire is not None
        for number, one in list(self._pending.items()):
            if one.done is None:
                self._forget(number)
            else:
                self._wire.send(bytes((one.packet[0] | _DUP,)) + one.packet[1:])
        self._is_connected = True
        self._flush_soon()
        _log.info("broker connected", action="gateway_broker_connected", sent_again=len(self._pending))
        self._tell_of_room()

    def _readable(self) -> None:
        wire = self._wire
        if wire is None:
            return
        wire.fill()
        while wire.received and not self._lost.is_set():
            if wire.received[0] == _PUBACK:
                size = self._acknowledged(wire.received)
                if size == 0:
                    break
                wire.drop(size)
            elif packet_end(wire.received, 0) is None:
                break
            elif self._client.loop_read() != MQTTErrorCode.MQTT_ERR_SUCCESS:
                self._lost.set()
        if wire.is_closed:
            self._lost.set()
        self._tell_of_room()

    def _acknowledged(self, buffer: bytes) -> int:
        """Deal with the PUBACKs that the buffer begins with, four bytes each; gives how many bytes they take."""
        at, size = 0, len(buffer)
        while at + 4 <= size and buffer[at] == _PUBACK:
            one = self._forget(buffer[at + 2] << 8 | buffer[at + 3])
            at += 4
            if one is not None and one.done is not None:
                self.confirmed += 1
                one.done(True)
        return at

    def _forget(self, number: int) -> _Pending | None:
        one = self._pending.pop(number, None)
        if one is not None:
            self._bytes -= len(one.packet)
        return one

    def _tell_of_room(self) -> None:
        if not self._had_room and self.has_room:
            self._had_room = True
            self.on_room()

    def _flush_soon(self) -> None:
        if not self._flush_is_due:
            self._flush_is_due = True
            asyncio.get_running_loop().call_soon(self._flush)

    def _flush(self) -> None:
        self._flush_is_due = False
        wire = self._wire
        if wire is None or self._lost.is_set():
            return
        wire.flush()
        loop = asyncio.get_running_loop()
        if wire.is_closed:
            self._lost.set()
        elif wire.unsent:
            loop.add_writer(wire.fileno(), self._flush)
        else:
            loop.remove_writer(wire.fileno())

    async def _give_up_for_ever(self) -> None:
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            before_s = monotonic_s() - self._patience_s
            late = [one for one in self._pending.values() if one.done is not None and one.since_s <= before_s]
            for one in late:
                done, one.done = one.done, None
                self.given_up += 1
                if done is not None:
                    done(False)

    def _next_number(self) -> int:
        number = self._number
        while True:
            number = number % 65_535 + 1
            if number not in self._pending:
                self._number = number
                return number
