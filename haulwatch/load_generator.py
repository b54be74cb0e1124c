"""Sends reports of the bench world to a broker at QoS 1 and counts what the broker acknowledges.

Run as a process of its own. Packets are made before the clock starts, and the loop is one socket, so that
it leaves the cores to what is measured. Prints one JSON line when it is done.
"""

import json
import select
import socket
import struct
import sys
import time
from collections.abc import Callable, Iterator
from urllib.parse import unquote, urlsplit

from haulwatch.bench_world import BenchWorld, device_id

WINDOW = 8_000
AT_ONCE = 100
CHUNK = 1 << 18
TIMEOUT_S = 60.0
STEP_MS = 5_000


class Connection:
    """A bare MQTT 3.1.1 connection that publishes and counts acknowledgements."""

    def __init__(self, url: str, client_id: str) -> None:
        parts = urlsplit(url)
        self._socket = socket.create_connection((parts.hostname or "", parts.port or 1883), timeout=10)
        self._socket.sendall(_connect(client_id, parts.username, parts.password))
        if self._socket.recv(4)[3:4] != b"\x00":
            raise ConnectionError("the broker refused the client")
        self._socket.setblocking(False)
        self._odd_bytes = 0
        self.sent = 0
        self.acknowledged = 0

    @property
    def in_flight(self) -> int:
        """How many messages wait for their acknowledgement."""
        return self.sent - self.acknowledged

    def send(self, packets: bytes, count: int) -> None:
        """Send packets, reading acknowledgements meanwhile."""
        view = memoryview(packets)
        while view:
            _, writable, _ = select.select([self._socket], [self._socket], [], TIMEOUT_S)
            if writable:
                view = view[self._socket.send(view) :]
            self.read(0)
        self.sent += count

    def read(self, timeout_s: float) -> None:
        """Count the acknowledgements that have come, waiting for some at most so long."""
        if timeout_s and not select.select([self._socket], [], [], timeout_s)[0]:
            return
        try:
            data = self._socket.recv(CHUNK)
        except BlockingIOError:
            return
        if not data:
            raise ConnectionError("the broker closed the connection")
        # Nothing but PUBACK comes: four bytes each.
        whole, self._odd_bytes = divmod(self._odd_bytes + len(data), 4)
        self.acknowledged += whole

    def drain(self) -> None:
        """Wait until everything is acknowledged; raises TimeoutError."""
        deadline = time.monotonic() + TIMEOUT_S
        while self.in_flight:
            if time.monotonic() > deadline:
                raise TimeoutError(f"{self.in_flight} messages were not acknowledged")
            self.read(0.2)


def publish_packet(topic: bytes, payload: bytes, number: int) -> bytes:
    """A PUBLISH at QoS 1; packet ids go round long after their acknowledgement."""
    body = struct.pack(">H", len(topic)) + topic + struct.pack(">H", number % 65_535 + 1) + payload
    return b"\x32" + _length(len(body)) + body


def _connect(client_id: str, user: str | None, password: str | None) -> bytes:
    texts = [client_id]
    flags = 0x02  # a clean session
    if user:
        flags |= 0x80 | (0x40 if password else 0)
        texts += [unquote(user), *([unquote(password)] if password else [])]
    body = b"\x00\x04MQTT\x04" + bytes([flags]) + b"\x00\x00"
    for text in texts:
        body += struct.pack(">H", len(text.encode())) + text.encode()
    return b"\x10" + _length(len(body)) + body


def _length(size: int) -> bytes:
    out = bytearray()
    while True:
        size, byte = divmod(size, 128)
        out.append(byte | (0x80 if size else 0))
        if not size:
            return bytes(out)


def flood(
    url: str, prefix: str, world: BenchWorld, count: int, say: Callable[[str], None]
) -> dict[str, float]:
    """Send `count` reports as fast as they are acknowledged."""
    # The last round is of about now: older ones would be silences, and nobody measures those.
    first_ms = time.time_ns() // 1_000_000 - (count // world.devices + 1) * STEP_MS
    packets = list(_packets(prefix, world, count, first_ms))
    connection = Connection(url, "haulwatch-bench-load")
    say("ready")
    began_s, began_cpu_s = time.time(), time.process_time()
    for at in range(0, count, AT_ONCE):
        block = packets[at : at + AT_ONCE]
        while connection.in_flight + len(block) > WINDOW:
            connection.read(1.0)
        connection.send(b"".join(block), len(block))
    connection.drain()
    return {
        "sent": connection.sent,
        "acknowledged": connection.acknowledged,
        "began_s": began_s,
        "ended_s": time.time(),
        "cpu_s": time.process_time() - began_cpu_s,
    }


def pace(
    url: str, prefix: str, world: BenchWorld, rate: float, seconds: float, say: Callable[[str], None]
) -> dict[str, float]:
    """Send `rate` reports a second for a while, timed by the clock; every fiftieth device speeds."""
    connection = Connection(url, "haulwatch-bench-pace")
    say("ready")
    began_s, began_cpu_s = time.time(), time.process_time()
    while (elapsed_s := time.time() - began_s) < seconds:
        due = int(elapsed_s * rate)
        if due > connection.sent:
            first = connection.sent
            block = [_paced(prefix, world, n, elapsed_s) for n in range(first, min(due, first + AT_ONCE))]
            connection.send(b"".join(block), len(block))
        else:
            connection.read(0.002)
    connection.drain()
    return {
        "sent": connection.sent,
        "acknowledged": connection.acknowledged,
        "began_s": began_s,
        "ended_s": time.time(),
        "cpu_s": time.process_time() - began_cpu_s,
    }


def _packets(prefix: str, world: BenchWorld, count: int, first_ms: int) -> Iterator[bytes]:
    topics = [f"{prefix}/{device_id(i)}/position".encode() for i in range(world.devices)]
    for n, (i, payload) in enumerate(world.payloads(count, first_ms=first_ms, step_ms=STEP_MS)):
        yield publish_packet(topics[i], payload, n)


def _paced(prefix: str, world: BenchWorld, n: int, elapsed_s: float) -> bytes:
    i = n % world.devices
    payload = world.payload(i, time.time_ns() // 1_000_000, after_s=elapsed_s, is_fast=i % 50 == 0)
    return publish_packet(f"{prefix}/{device_id(i)}/position".encode(), payload, n)


def main() -> None:
    """Read what to do as JSON from the first argument, wait for a line on standard input, do it."""
    order = json.loads(sys.argv[1])
    world = BenchWorld(devices=order["devices"], zones=0, routes=0)

    def say(word: str) -> None:
        print(word, flush=True)
        sys.stdin.readline()

    if "rate" in order:
        done = pace(order["url"], order["prefix"], world, order["rate"], order["seconds"], say)
    else:
        done = flood(order["url"], order["prefix"], world, order["count"], say)
    print(json.dumps(done), flush=True)


if __name__ == "__main__":
    main()
