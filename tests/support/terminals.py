"""A JT/T 808 terminal for tests: a plain socket that keeps what it was answered."""

import asyncio
import contextlib
import socket
from typing import Self

from protocols.jt808.answers import PlatformAnswer, Result
from protocols.jt808.framing import Frame, Reader
from protocols.jt808.location import Location, located
from protocols.jt808.messages import Message, decode_message, encode_message
from protocols.jt808.sign_on import Authenticate, Heartbeat, Register, RegisterAnswer
from protocols.jt808.version import Version

PATIENCE_S = 120.0  # bounds what hangs, not what is slow
LOCATION = 0x0200
AUTHENTICATE = 0x0102
START_MS = 1_789_000_000_000


def location(number: int, *, lon: float = 121.47, lat: float = 31.23) -> Location:
    return located(time_ms=START_MS + number * 1000, lon=lon, lat=lat, speed_kmh=36.0)


class TestTerminal:
    """One connection of one terminal."""

    __test__ = False

    def __init__(
        self,
        port: int,
        phone: str = "13912345678",
        version: Version = Version.V2013,
        *,
        receive_bytes: int | None = None,
    ) -> None:
        self.phone = phone
        self.version = version
        self.messages: list[Message] = []
        self.is_over = asyncio.Event()
        self._socket = socket.socket()
        if receive_bytes is not None:
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_bytes)
        self._port = port
        self._serial = 0
        self._came = asyncio.Event()
        self._writer: asyncio.StreamWriter | None = None
        self._reading: asyncio.Task | None = None

    async def __aenter__(self) -> Self:
        self._socket.setblocking(False)
        await asyncio.get_running_loop().sock_connect(self._socket, ("127.0.0.1", self._port))
        reader, self._writer = await asyncio.open_connection(sock=self._socket)
        self._reading = asyncio.create_task(self._read(reader))
        return self

    async def __aexit__(self, *_: object) -> None:
        self.cut()
        self._reading.cancel()
        with contextlib.suppress(asyncio.CancelledError, OSError):
            await self._reading

    def cut(self) -> None:
        """Be gone, without a word."""
        self._writer.transport.abort()

    def read_no_more(self) -> None:
        """Leave unread whatever comes."""
        self._writer.transport.pause_reading()

    def frames(self, message: Message, *, longest_body: int = 1023) -> list[bytes]:
        """The frames of a message, each with a serial of its own."""
        made = encode_message(
            message, phone=self.phone, serial=self._serial, version=self.version, longest_body=longest_body
        )
        self._serial = (self._serial + len(made)) % 0x10000
        return made

    def send_raw(self, data: bytes) -> None:
        self._writer.write(data)

    def send(self, message: Message) -> int:
        """Send; gives the serial."""
        serial = self._serial
        self.send_raw(b"".join(self.frames(message)))
        return serial

    async def until(self, wanted) -> Message:
        """The first message that is wanted."""
        async with asyncio.timeout(PATIENCE_S):
            while True:
                for message in self.messages:
                    if wanted(message):
                        return message
                assert not self.is_over.is_set(), f"the connection ended; came: {self.messages}"
                self._came.clear()
                await self._came.wait()

    async def answer_to(self, serial: int) -> Result:
        """What a message was answered."""
        found = await self.until(
            lambda one: isinstance(one, PlatformAnswer) and one.answered_serial == serial
        )
        return found.result

    def answered(self, message_id: int = LOCATION) -> list[int]:
        """The serials that were answered with "done" so far."""
        return [
            one.answered_serial
            for one in self.messages
            if isinstance(one, PlatformAnswer) and one.answered_id == message_id and one.result == Result.OK
        ]

    async def register(self, **said) -> RegisterAnswer:
        told = {"province": 51, "county": 107, "maker": "CVT", "model": "A1", "terminal_id": "1234567",
                "plate_color": 2, "plate": "川A12345"} | said  # fmt: skip
        serial = self.send(Register(**told))
        return await self.until(lambda one: isinstance(one, RegisterAnswer) and one.answered_serial == serial)

    async def authenticate(self, code: str) -> Result:
        return await self.answer_to(self.send(Authenticate(code=code)))

    async def beat(self) -> Result:
        return await self.answer_to(self.send(Heartbeat()))

    async def over(self) -> None:
        """Wait until the other side ends the connection."""
        async with asyncio.timeout(PATIENCE_S):
            await self.is_over.wait()

    async def _read(self, reader: asyncio.StreamReader) -> None:
        frames = Reader()
        with contextlib.suppress(OSError):
            while data := await reader.read(65_536):
                for frame in frames.feed(data):
                    assert isinstance(frame, Frame), frame
                    self.messages.append(decode_message(frame))
                self._came.set()
        self.is_over.set()
        self._came.set()
