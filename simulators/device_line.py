"""One device's TCP connection to a gateway: what is not answered is sent again when the connection is made anew.

That is what terminals and monitors are built to do, and what makes "nothing acknowledged is lost" worth
something: a device forgets a report once it is answered, and no sooner.
"""

import asyncio
import contextlib
from abc import ABC, abstractmethod
from collections.abc import Hashable, Iterable, Sequence
from typing import Any

from msgspec import Struct

CHUNK = 65_536
MOST_UNANSWERED = 50
_CONNECT_TIMEOUT_S = 30.0
_ANSWER_TIMEOUT_S = 60.0
_RETRY_S = (0.2, 0.5, 1.0, 2.0, 5.0)


class NotLetIn(ConnectionError):  # noqa: N818 -- says what happened
    """The gateway does not take this device; the message says why."""


class Answer(Struct, frozen=True):
    """What the gateway said of a frame: the frame's key, and whether it was taken."""

    key: Hashable
    is_taken: bool


class DeviceLine(ABC):
    """A device's side of a connection. A protocol says how to sign on, and which frames an answer is for."""

    def __init__(self, host: str, port: int) -> None:
        self._host, self._port = host, port
        self._unanswered: dict[Hashable, bytes] = {}
        self._writer: asyncio.StreamWriter | None = None
        self._running: asyncio.Task[None] | None = None
        self._moved = asyncio.Event()
        self.sent = 0
        self.answered = 0
        self.refused = 0

    @abstractmethod
    async def sign_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Say who it is, on a connection that is new; raises NotLetIn."""

    @abstractmethod
    def frames_of(self, elements: Sequence[dict[str, Any]]) -> Iterable[tuple[Hashable, bytes]]:
        """Wire objects as frames, each under the key by which it is answered."""

    @abstractmethod
    def answers_in(self, data: bytes) -> Iterable[Answer]:
        """The answers that end in these bytes."""

    def open(self) -> None:
        """Begin to connect, and to connect again whenever the connection is lost."""
        if self._running is None:
            self._running = asyncio.create_task(self._run(), name="device line")

    async def close(self) -> None:
        """Part with the gateway."""
        if self._running is not None:
            self._running.cancel()
            await asyncio.gather(self._running, return_exceptions=True)
        await self._hang_up()

    async def connected(self) -> None:
        """Wait until it is connected and signed on; raises what ended the line."""
        while self._writer is None:
            await self._wait()

    async def send(self, elements: Sequence[dict[str, Any]]) -> None:
        """Send, or keep until there is a connection; waits while too much is unanswered."""
        while len(self._unanswered) >= MOST_UNANSWERED:
            await self._wait()
        for key, frame in self.frames_of(elements):
            self._unanswered[key] = frame
            self.sent += 1
            if self._writer is not None and not self._writer.is_closing():
                self._writer.write(frame)

    async def drain(self) -> None:
        """Wait until all is answered."""
        while self._unanswered:
            await self._wait()

    async def _wait(self) -> None:
        """Wait for an answer, or for the connection; raises what ended the line."""
        self._moved.clear()
        assert self._running is not None
        moved = asyncio.ensure_future(self._moved.wait())
        try:
            await asyncio.wait({moved, self._running}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            moved.cancel()
        if self._running.done():
            self._running.result()

    async def _run(self) -> None:
        """Connect, sign on, send again what is unanswered, and take answers; from the beginning where it breaks."""
        failures = 0
        while True:
            try:
                async with asyncio.timeout(_CONNECT_TIMEOUT_S):
                    reader, writer = await asyncio.open_connection(self._host, self._port)
                    try:
                        await self.sign_on(reader, writer)
                    except BaseException:
                        writer.close()
                        raise
                failures = 0
                writer.writelines(list(self._unanswered.values()))
                self._writer = writer
                self._moved.set()
                await self._take_answers(reader)
            except NotLetIn:
                raise
            except (OSError, TimeoutError, asyncio.IncompleteReadError):
                await self._hang_up()
                await asyncio.sleep(_RETRY_S[min(failures, len(_RETRY_S) - 1)])
                failures += 1

    async def _take_answers(self, reader: asyncio.StreamReader) -> None:
        while True:
            # A frame that the gateway could not keep is not answered: only a new connection sends it again.
            async with asyncio.timeout(_ANSWER_TIMEOUT_S if self._unanswered else None):
                data = await reader.read(CHUNK)
            if not data:
                raise ConnectionResetError("the gateway closed the connection")
            for answer in self.answers_in(data):
                if self._unanswered.pop(answer.key, None) is not None:
                    self.answered += answer.is_taken
                    self.refused += not answer.is_taken
            self._moved.set()

    async def _hang_up(self) -> None:
        writer, self._writer = self._writer, None
        if writer is not None:
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()
