"""A platform that receives webhooks, over a socket of its own: it answers as it is told to, or not at all."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from tests.support.ports import free_port


@dataclass(frozen=True)
class Got:
    """One request, as it came."""

    headers: dict[str, str]
    body: bytes

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]

    @property
    def event(self) -> dict[str, Any]:
        return json.loads(self.body)

    @property
    def subject(self) -> str:
        """The alert that a change is of."""
        return self.event["data"]["id"]


def answer(status: int, text: str = "", **headers: str) -> bytes:
    """An answer on the wire."""
    lines = [f"HTTP/1.1 {status} Said", f"content-length: {len(text.encode())}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return ("\r\n".join(lines) + "\r\n\r\n" + text).encode()


OK = answer(204)
Says = Callable[[Got], bytes | None]


def always(said: bytes | None) -> Says:
    """Answer everything like this."""

    def says(_got: Got) -> bytes | None:
        return said

    return says


accepting = always(OK)


@dataclass
class Receiver:
    """What came and what was accepted. `says` gives the bytes of an answer; None never answers."""

    port: int = field(default_factory=free_port)
    says: Says = accepting
    got: list[Got] = field(default_factory=list)
    accepted: list[Got] = field(default_factory=list)
    pause_s: float = 0.0
    """How long it waits before each byte of an answer; 0 sends it at once."""
    _server: asyncio.Server | None = None
    _talks: set[asyncio.Task[None]] = field(default_factory=set)
    _news: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook"

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._talk, "127.0.0.1", self.port)

    async def stop(self) -> None:
        """Be gone, as if killed: every connection is cut."""
        assert self._server is not None
        self._server.close()
        for task in self._talks:
            task.cancel()
        await asyncio.gather(*self._talks, return_exceptions=True)
        self._talks.clear()

    async def until(self, is_so: Callable[[], bool], *, within_s: float = 60) -> None:
        """Wait for what comes to make it so."""
        async with asyncio.timeout(within_s):
            while not is_so():
                self._news.clear()
                await self._news.wait()

    def ids(self) -> list[str]:
        """What was accepted, each once, in the order in which it first was."""
        return list(dict.fromkeys(one.id for one in self.accepted))

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._talks.add(task)
        try:
            with suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
                while await self._answer(reader, writer):
                    pass
        finally:
            self._talks.discard(task)
            writer.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        lines = head.split("\r\n")[1:]
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines if line)}
        got = Got(headers, await reader.readexactly(int(headers.get("content-length", 0))))
        self.got.append(got)
        said = self.says(got)
        if said is None:
            self._news.set()
            await asyncio.sleep(3600)
            return False
        if said.startswith((b"HTTP/1.1 20",)):
            self.accepted.append(got)
        self._news.set()
        for part in (said[at : at + 1] for at in range(len(said))) if self.pause_s else (said,):
            writer.write(part)
            await writer.drain()
            await asyncio.sleep(self.pause_s)
        # An answer that breaks off, or is none, ends the connection.
        return said.startswith(b"HTTP/1.1") and b"cut" not in said


@asynccontextmanager
async def receiving(says: Says = accepting) -> AsyncIterator[Receiver]:
    receiver = Receiver(says=says)
    await receiver.start()
    try:
        yield receiver
    finally:
        await receiver.stop()
