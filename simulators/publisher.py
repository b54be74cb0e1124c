"""A small MQTT 3.1.1 publisher: QoS 1, many messages in flight, every acknowledgement waited for.

Written for replays, where a general client spends most of its time on bookkeeping for each message. A
broken connection is made anew and what was not acknowledged is sent again in the same order, so nothing
is lost and a device's messages keep their order.
"""

import asyncio
import ssl
import struct
from typing import Self
from urllib.parse import SplitResult, unquote, urlsplit

DEFAULT_WINDOW = 4000
_CONNECT_TIMEOUT_S = 10.0
_RETRY_S = (0.2, 0.5, 1.0, 2.0, 5.0)
_FLUSH_BYTES = 64 * 1024


class BrokerUnreachableError(ConnectionError):
    """The broker refused the connection, or did not come back."""


class Publisher:
    """Publishes to one broker, given as `mqtt://[user:password@]host[:port]` or `mqtts://…`."""

    def __init__(self, broker_url: str, client_id: str, *, window: int = DEFAULT_WINDOW) -> None:
        self._url: SplitResult = urlsplit(broker_url)
        if self._url.scheme not in ("mqtt", "mqtts", "tcp") or not self._url.hostname:
            raise ValueError(f"not a broker URL: {self._url.scheme}://{self._url.hostname}")
        self._client_id = client_id
        self._window = window
        self._unacknowledged: dict[int, bytes] = {}
        self._next_id = 1
        self._room = asyncio.Event()
        self._empty = asyncio.Event()
        self._failure: Exception | None = None
        self._out = bytearray()
        self._writer: asyncio.StreamWriter | None = None
        self._reading: asyncio.Task[None] | None = None
        self.published = 0
        self.acknowledged = 0

    async def __aenter__(self) -> Self:
        reader, self._writer = await self._connect()
        self._reading = asyncio.create_task(self._read(reader), name="publisher acknowledgements")
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._reading is not None:
            self._reading.cancel()
            await asyncio.gather(self._reading, return_exceptions=True)
        if self._writer is not None:
            self._writer.write(b"\xe0\x00")
            self._writer.close()

    async def publish(self, topic: str, payload: bytes, *, retain: bool = False) -> None:
        """Send one message at QoS 1; waits while too many are in flight."""
        while len(self._unacknowledged) >= self._window:
            self._room.clear()
            await self.flush()
            await self._room.wait()
            self._raise_failure()
        packet_id = self._next_id
        while packet_id in self._unacknowledged:
            packet_id = packet_id % 65_535 + 1
        self._next_id = packet_id % 65_535 + 1
        name = topic.encode()
        body = struct.pack(">H", len(name)) + name + struct.pack(">H", packet_id) + payload
        packet = bytes([0x33 if retain else 0x32]) + _length(len(body)) + body
        self._unacknowledged[packet_id] = packet
        self._empty.clear()
        self.published += 1
        self._out += packet
        if len(self._out) >= _FLUSH_BYTES:
            await self.flush()

    async def flush(self) -> None:
        """Hand what is buffered to the network."""
        self._raise_failure()
        if self._writer is None or not self._out:
            return
        data, self._out = bytes(self._out), bytearray()
        try:
            self._writer.write(data)
            await self._writer.drain()
        except OSError:
            await asyncio.sleep(0)  # the reader notices too, reconnects and sends it again

    async def drain(self) -> None:
        """Wait until everything published is acknowledged."""
        await self.flush()
        while self._unacknowledged:
            await self._empty.wait()
            self._raise_failure()

    def _raise_failure(self) -> None:
        if self._failure is not None:
            raise BrokerUnreachableError(f"the broker at {self._url.hostname} is gone") from self._failure

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        tls = ssl.create_default_context() if self._url.scheme == "mqtts" else None
        port = self._url.port or (8883 if tls else 1883)
        async with asyncio.timeout(_CONNECT_TIMEOUT_S):
            reader, writer = await asyncio.open_connection(self._url.hostname, port, ssl=tls)
            try:
                writer.write(self._hello())
                answer = await reader.readexactly(4)
            except BaseException:
                writer.close()
                raise
        if answer[0] != 0x20 or answer[3] != 0:
            writer.close()
            raise BrokerUnreachableError(f"the broker refused the connection with code {answer[3]}")
        return reader, writer

    def _hello(self) -> bytes:
        flags, tail = 0x02, _text(self._client_id)
        if self._url.username is not None:
            flags |= 0xC0
            tail += _text(unquote(self._url.username)) + _text(unquote(self._url.password or ""))
        body = _text("MQTT") + bytes([4, flags, 0, 0]) + tail  # keep-alive 0: the socket tells
        return b"\x10" + _length(len(body)) + body

    async def _read(self, reader: asyncio.StreamReader) -> None:
        while True:
            try:
                await self._take_acknowledgements(reader)
            except (OSError, asyncio.IncompleteReadError) as lost:
                try:
                    reader = await self._reconnect()
                except OSError:
                    self._failure = lost
                    self._room.set()
                    self._empty.set()
                    return

    async def _take_acknowledgements(self, reader: asyncio.StreamReader) -> None:
        rest = b""
        while True:
            data = await reader.read(65_536)
            if not data:
                raise ConnectionResetError("the broker closed the connection")
            data = rest + data
            whole = len(data) // 4 * 4
            for at in range(0, whole, 4):
                kind, _, packet_id = struct.unpack_from(">BBH", data, at)
                if kind == 0x40 and self._unacknowledged.pop(packet_id, None) is not None:
                    self.acknowledged += 1
            rest = data[whole:]
            if len(self._unacknowledged) < self._window:
                self._room.set()
            if not self._unacknowledged:
                self._empty.set()

    async def _reconnect(self) -> asyncio.StreamReader:
        if self._writer is not None:
            self._writer.close()
            self._writer = None
        for wait_s in _RETRY_S:
            await asyncio.sleep(wait_s)
            try:
                reader, writer = await self._connect()
            except (OSError, TimeoutError, asyncio.IncompleteReadError):
                continue
            again = b"".join(bytes([p[0] | 0x08]) + p[1:] for p in self._unacknowledged.values())
            self._out.clear()
            writer.write(again)
            self._writer = writer
            return reader
        raise BrokerUnreachableError("the broker did not come back")


def _text(value: str) -> bytes:
    data = value.encode()
    return struct.pack(">H", len(data)) + data


def _length(size: int) -> bytes:
    coded = bytearray()
    while True:
        size, digit = divmod(size, 128)
        coded.append(digit | 0x80 if size else digit)
        if not size:
            return bytes(coded)
