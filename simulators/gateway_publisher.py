"""Traffic that reaches the service through its gateways: each enrolled device on a connection of its own.

It has the verbs of `Publisher`, so that a demo or a replay needs not know which way its messages go. What no
gateway takes (background values, a device's status, devices that are not enrolled) goes to the broker.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, Protocol, Self

import msgspec
from msgspec import Struct

from domain.instant import from_rfc3339
from protocols.enrolment import Enrolment
from protocols.jt808.model import TerminalModel, ready_made
from simulators.device_line import DeviceLine
from simulators.dust_monitor import DustMonitor
from simulators.enrolled import USUAL_MODEL
from simulators.publisher import Publisher
from simulators.vehicle_terminal import VehicleTerminal

_KINDS = {"position": "jt808", "dust": "hj212"}


class Publishes(Protocol):
    """What a demo or a replay needs of either way."""

    @property
    def published(self) -> int:
        """Messages and frames given out."""

    @property
    def acknowledged(self) -> int:
        """Those of them that are answered."""

    async def publish(self, topic: str, payload: bytes, *, retain: bool = False) -> None:
        """Send one message."""

    async def flush(self) -> None:
        """Hand over what is buffered."""

    async def drain(self) -> None:
        """Wait for every answer."""


class Gateways(Struct, frozen=True, kw_only=True):
    """Where the gateways listen, as (host, port), and who may speak there; `plates` by device."""

    enrolments: tuple[Enrolment, ...]
    addresses: Mapping[str, tuple[str, int]]
    plates: Mapping[str, str] = {}

    def publisher(self, broker: Publisher) -> "GatewayPublisher":
        """A publisher of which only what no gateway takes goes to the broker."""
        models = ready_made()
        lines: dict[tuple[str, str], DeviceLine] = {
            (one.protocol, one.device_id): _line(one, *self.addresses[one.protocol], self.plates, models)
            for one in self.enrolments
            if one.protocol in self.addresses
        }
        return GatewayPublisher(broker, lines)


@asynccontextmanager
async def publisher_for(
    broker_url: str, client_id: str, gateways: Gateways | None
) -> AsyncIterator[Publishes]:
    """Publish to the broker, or through gateways where there are some."""
    async with Publisher(broker_url, client_id) as broker:
        if gateways is None:
            yield broker
            return
        async with gateways.publisher(broker) as through:
            yield through


class GatewayPublisher:
    """Publishes as `Publisher` does; a device connects with its first message."""

    def __init__(self, broker: Publisher, lines: Mapping[tuple[str, str], DeviceLine]) -> None:
        self._broker = broker
        self._lines = lines
        self._opened: dict[tuple[str, str], DeviceLine] = {}

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await asyncio.gather(*(line.close() for line in self._opened.values()))

    @property
    def published(self) -> int:
        """Messages given to the broker, and frames to gateways."""
        return self._broker.published + sum(line.sent for line in self._opened.values())

    @property
    def acknowledged(self) -> int:
        """Messages that the broker has, and frames that gateways have taken."""
        return self._broker.acknowledged + sum(line.answered for line in self._opened.values())

    @property
    def refused(self) -> int:
        """Frames that a gateway would not take."""
        return sum(line.refused for line in self._opened.values())

    async def publish(self, topic: str, payload: bytes, *, retain: bool = False) -> None:
        """Send one message; waits while too many of the device are unanswered."""
        device_id, kind = topic.split("/")[-2:]
        key = (_KINDS.get(kind, ""), device_id)
        line = self._lines.get(key)
        if line is None:
            await self._broker.publish(topic, payload, retain=retain)
            return
        if key not in self._opened:
            line.open()
            self._opened[key] = line
        content = msgspec.json.decode(payload)
        await line.send([_timed(one) for one in (content if isinstance(content, list) else [content])])

    async def flush(self) -> None:
        """Hand what is buffered for the broker to the network; frames are not buffered."""
        await self._broker.flush()

    async def drain(self) -> None:
        """Wait until everything is answered; raises NotLetIn where a device is not."""
        await self._broker.drain()
        await asyncio.gather(*(line.drain() for line in self._opened.values()))


def _timed(element: dict[str, Any]) -> dict[str, Any]:
    """The element with its time in ms, however it was written."""
    time = element["time"]
    return {**element, "time": from_rfc3339(time) if isinstance(time, str) else time}


def _line(
    one: Enrolment, host: str, port: int, plates: Mapping[str, str], models: Mapping[str, TerminalModel]
) -> DeviceLine:
    if one.protocol == "hj212":
        return DustMonitor(host, port, mn=one.terminal_id)
    model = models[one.model or USUAL_MODEL]
    return VehicleTerminal(
        host, port, phone=one.terminal_id, plate=plates.get(one.device_id, ""), model=model
    )
