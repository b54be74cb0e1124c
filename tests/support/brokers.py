"""Brokers for tests: the embedded NATS server, Debian's Mosquitto, and a publisher that counts acknowledgements."""

import os
import shutil
import socket
import subprocess
import time
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

from ingest.embedded import EmbeddedBroker
from tests.support.ports import free_port


def why_no_mosquitto() -> str | None:
    """Why there is no Mosquitto here; None where there is one."""
    if shutil.which("mosquitto") or Path("/usr/sbin/mosquitto").exists():
        return None
    return "mosquitto is not installed (apt-get install mosquitto)"


def mosquitto_is_required() -> bool:
    """CI must have it."""
    return os.environ.get("CI") == "true"


@contextmanager
def mosquitto(directory: Path) -> Iterator[str]:
    """A Mosquitto with persistent sessions and no bound on what waits; its URL."""
    directory.mkdir(parents=True, exist_ok=True)
    port = free_port()
    config = directory / "mosquitto.conf"
    config.write_text(
        f"listener {port} 127.0.0.1\nallow_anonymous true\npersistence true\n"
        f"persistence_location {directory}/\nmax_inflight_messages 0\nmax_queued_messages 0\n"
        # As root it would become a user who may not write here.
        "user root\n"
    )
    program = shutil.which("mosquitto") or "/usr/sbin/mosquitto"
    with (directory / "mosquitto.log").open("wb") as log:
        process = subprocess.Popen([program, "-c", str(config)], stdout=log, stderr=log)
    try:
        deadline = time.monotonic() + 60
        while True:
            with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
                break
            assert time.monotonic() < deadline, "mosquitto did not start"
            time.sleep(0.02)
        yield f"mqtt://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(60)


@contextmanager
def nats(directory: Path) -> Iterator[str]:
    """The embedded broker; its URL."""
    with EmbeddedBroker(directory, port=free_port(), nats_port=free_port()) as broker:
        yield broker.url


class Publisher:
    """Publishes at QoS 1 in order, counts acknowledgements, and after a lost connection goes on with the oldest
    message that was not acknowledged.
    """

    def __init__(self, url: str, client_id: str = "test-publisher", window: int = 200) -> None:
        parts = urlsplit(url)
        self._address = (parts.hostname or "127.0.0.1", parts.port or 1883)
        self._client_id = client_id.encode()
        self._window = window
        self._socket: socket.socket | None = None
        self._waiting: OrderedDict[int, bytes] = OrderedDict()
        self._received = b""
        self._mid = 0
        self.sent = 0
        self.acknowledged = 0
        self.repeated = 0

    def send(self, topic: str, payload: bytes) -> None:
        """Send one message; waits while too many are not acknowledged, reconnecting as needed."""
        self._mid = self._mid % 65535 + 1
        name = topic.encode()
        body = len(name).to_bytes(2, "big") + name + self._mid.to_bytes(2, "big") + payload
        packet = _length(len(body)) + body
        self._waiting[self._mid] = packet
        self.sent += 1
        self._write(b"\x32" + packet)
        while len(self._waiting) >= self._window:
            self._read(1.0)
        self._read(0.0)

    def finish(self, timeout_s: float = 120.0) -> None:
        """Wait until everything is acknowledged."""
        deadline = time.monotonic() + timeout_s
        while self._waiting:
            assert time.monotonic() < deadline, f"{len(self._waiting)} messages were never acknowledged"
            self._read(0.5)

    def close(self) -> None:
        """Leave."""
        if self._socket is not None:
            with suppress(OSError):
                self._socket.sendall(b"\xe0\x00")
            self._socket.close()
            self._socket = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _write(self, data: bytes) -> None:
        if self._socket is None:
            self._connect()
            return  # connecting has sent everything that waits
        try:
            self._socket.settimeout(60.0)
            self._socket.sendall(data)
        except OSError:
            self._lost()

    def _read(self, timeout_s: float) -> None:
        if self._socket is None:
            self._connect()
        assert self._socket is not None
        try:
            self._socket.settimeout(timeout_s)
            data = self._socket.recv(65536)
        except (BlockingIOError, TimeoutError):
            return
        except OSError:
            data = b""
        if not data:
            self._lost()
            return
        self._received += data
        while len(self._received) >= 4:
            assert self._received[:2] == b"\x40\x02", self._received[:8]
            if self._waiting.pop(int.from_bytes(self._received[2:4], "big"), None) is not None:
                self.acknowledged += 1
            self._received = self._received[4:]

    def _lost(self) -> None:
        if self._socket is not None:
            self._socket.close()
        self._socket = None

    def _connect(self) -> None:
        deadline = time.monotonic() + 90
        while True:
            try:
                connection = socket.create_connection(self._address, timeout=30)
                head = (
                    b"\x00\x04MQTT\x04\x02\x00\x3c"
                    + len(self._client_id).to_bytes(2, "big")
                    + self._client_id
                )
                connection.sendall(b"\x10" + _length(len(head)) + head)
                connection.settimeout(30)
                if connection.recv(4) == b"\x20\x02\x00\x00":
                    break
                connection.close()
            except OSError:
                pass
            assert time.monotonic() < deadline, "the broker did not come back"
            time.sleep(0.05)
        self._socket, self._received = connection, b""
        waiting: Sequence[bytes] = list(self._waiting.values())
        self.repeated += max(0, len(waiting) - 1)
        with suppress(OSError):
            connection.sendall(b"".join(b"\x3a" + packet for packet in waiting))


def _length(length: int) -> bytes:
    out = bytearray()
    while True:
        out.append(length & 0x7F | (0x80 if length > 0x7F else 0))
        length >>= 7
        if not length:
            return bytes(out)
