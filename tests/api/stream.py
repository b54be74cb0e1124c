"""A client of the live stream that waits with deadlines."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from tests.api.serving import SIGNED_IN

EVERYWHERE = [-180.0, -90.0, 180.0, 90.0]
Message = dict[str, Any]


class Listener:
    """Keeps what came."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket
        self.messages: list[Message] = []

    async def look(self, *, bbox: list[float] | None = EVERYWHERE, devices: Sequence[str] = ()) -> None:
        """Say what it looks at: everything everywhere, unless told."""
        view = {"type": "view", "bbox": bbox, "devices": list(devices)}
        await self.socket.send(json.dumps(view))

    async def positions(self) -> dict[str, list[Any]]:
        """The rows of the next positions message that has some, by device id."""
        message = await self.until(lambda one: one["type"] == "positions" and bool(one["rows"]))
        return self.by_id(message)

    def by_id(self, message: Message) -> dict[str, list[Any]]:
        """The rows of a positions message, by the ids that were told so far."""
        told = [one["devices"] for one in self.messages if one["type"] == "positions"]
        names = {index: name for devices in told for index, name in devices}
        return {names[row[0]]: row for row in message["rows"]}

    async def next(self, *, within_s: float = 60) -> Message:
        async with asyncio.timeout(within_s):
            self.messages.append(json.loads(await self.socket.recv()))
        return self.messages[-1]

    async def until(self, wanted: Callable[[Message], bool], *, within_s: float = 60) -> Message:
        async with asyncio.timeout(within_s):
            while not wanted(message := await self.next(within_s=within_s)):
                pass
        return message

    async def until_type(self, kind: str, *, within_s: float = 60) -> Message:
        return await self.until(lambda message: message["type"] == kind, within_s=within_s)

    async def until_number(self, number: int) -> Message:
        return await self.until(lambda message: message["type"] == "alert" and message["number"] >= number)

    async def until_closed(self, *, within_s: float = 60) -> int | None:
        async with asyncio.timeout(within_s):
            try:
                while True:
                    await self.next(within_s=within_s)
            except ConnectionClosed as closed:
                return closed.rcvd.code if closed.rcvd else None

    @property
    def numbers(self) -> list[int]:
        return [message["number"] for message in self.messages if message["type"] == "alert"]


@asynccontextmanager
async def listening(
    url: str, after: object = None, headers: dict[str, str] | None = None, **options: Any
) -> AsyncIterator[Listener]:
    address = url.replace("http", "ws", 1) + "/api/live" + ("" if after is None else f"?after={after}")
    async with connect(address, additional_headers=SIGNED_IN | (headers or {}), **options) as socket:
        yield Listener(socket)
