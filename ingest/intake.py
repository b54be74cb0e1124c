"""Messages from the subscriber to a decoded batch. Decoding needs no state, so it goes on while a batch is stored."""

import asyncio
import contextlib
from collections import Counter, deque
from collections.abc import Callable
from typing import Protocol

import msgspec

from domain.report import BackgroundReport, DustReport, PositionReport, Rejection, StatusReport
from ingest.batching import BatchLimits, Filling, complete_ms, is_complete
from ingest.slots import ALL, Slot
from ingest.subscriber import Message
from ingest.wire import Decoded, KnownDevices, decode

AT_ONCE = 100


class Source(Protocol):
    """Where messages come from and are acknowledged: the subscriber."""

    def take(self, limit: int) -> list[Message]:
        """Up to `limit` waiting messages, oldest first."""
        ...

    def acknowledge(self, messages: list[Message]) -> None:
        """Say that messages are stored."""
        ...


class Gathered(msgspec.Struct, kw_only=True):
    """A batch of messages and what each of them held."""

    messages: list[Message]
    decoded: list[Decoded]

    def of(self, start: int, end: int) -> "Gathered":
        """A part of the batch, by messages."""
        return Gathered(messages=self.messages[start:end], decoded=self.decoded[start:end])

    @property
    def positions(self) -> list[PositionReport]:
        """All positions, in order of arrival."""
        return [report for one in self.decoded for report in one.positions]

    @property
    def dust(self) -> list[DustReport]:
        """All dust reports."""
        return [report for one in self.decoded for report in one.dust]

    @property
    def background(self) -> list[BackgroundReport]:
        """All background values."""
        return [report for one in self.decoded for report in one.background]

    @property
    def statuses(self) -> list[StatusReport]:
        """All statuses."""
        return [one.status for one in self.decoded if one.status is not None]

    def rejections(self, *, redelivered: bool) -> list[Rejection]:
        """Rejections of messages that were, or were not, delivered before."""
        return [
            rejection
            for message, one in zip(self.messages, self.decoded, strict=True)
            if one.rejections and message.may_be_repeated is redelivered
            for rejection in one.rejections
        ]

    def redelivered_keys(self) -> dict[tuple[str, int, bytes], int]:
        """Keys of the reports of messages that were delivered before, and how often each is among them."""
        keys: Counter[tuple[str, int, bytes]] = Counter()
        for message, one in zip(self.messages, self.decoded, strict=True):
            if message.may_be_repeated:
                keys.update((r.device_id, r.time_ms, r.digest) for r in one.positions)
                keys.update((r.device_id, r.time_ms, r.digest) for r in one.dust)
                keys.update((r.area_id, r.time_ms, r.digest) for r in one.background)
        return dict(keys)


class Intake:
    """Fills one batch at a time."""

    def __init__(
        self,
        source: Source,
        *,
        limits: BatchLimits,
        now_ms: Callable[[], int],
        known: KnownDevices,
        slot: Slot = ALL,
    ) -> None:
        """Begin with an empty batch; `known` may be replaced between messages."""
        self.known = known
        self._slot = slot
        self._source = source
        self._limits = limits
        self._now_ms = now_ms
        self._arrival = asyncio.Event()
        self._backlog: deque[Gathered] = deque()
        self._clear()

    @property
    def holds_messages(self) -> bool:
        """Whether there are messages that were taken from the source and not yet given away."""
        return bool(self._messages or self._backlog)

    def arrived(self) -> None:
        """Wake up: there is something to take (called in the loop's thread)."""
        self._arrival.set()

    async def gather(self, *, timeout_s: float) -> Gathered | None:
        """The next complete batch, None if there is none within the time."""
        give_up_ms = self._now_ms() + int(timeout_s * 1000)
        while True:
            self._decode_waiting()
            if self._backlog:
                return self._backlog.popleft()
            now_ms = self._now_ms()
            if is_complete(self._filling, self._limits, now_ms):
                gathered = Gathered(messages=self._messages, decoded=self._decoded)
                self._clear()
                return gathered
            until_ms = complete_ms(self._filling, self._limits) if self._filling.elements else give_up_ms
            if now_ms >= give_up_ms and not self._filling.elements:
                return None
            await self._wait_for_arrival(max(until_ms - now_ms, 1) / 1000)

    async def decode_during(self, task: "asyncio.Task[object]") -> None:
        """Decode what arrives until the task is done; its outcome is its owner's business."""
        while not task.done():
            self._decode_waiting()
            waiting = asyncio.create_task(self._wait_for_arrival(0.05))
            await asyncio.wait({task, waiting}, return_when=asyncio.FIRST_COMPLETED)
            waiting.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await waiting

    def _clear(self) -> None:
        self._filling = Filling()
        self._messages: list[Message] = []
        self._decoded: list[Decoded] = []

    def _decode_waiting(self) -> None:
        self._arrival.clear()
        while self._filling.elements < self._limits.full and not self._backlog:
            limit = min(AT_ONCE, self._limits.full - self._filling.elements)
            taken = self._source.take(limit)
            if not taken:
                return
            if len(taken) > limit:
                self._put_in_order(taken)
                return
            now_ms, elements = self._now_ms(), 0
            for message in taken:
                decoded = self._decode(message)
                self._messages.append(message)
                self._decoded.append(decoded)
                elements += max(1, decoded.elements)
            self._filling = self._filling.add(elements, now_ms)

    def _decode(self, message: Message) -> Decoded:
        decoded = decode(message.topic, message.payload, message.received_ms, self.known)
        if decoded.rejections and not self._slot.has_topic(message.topic, self.known.prefix):
            return Decoded(background=decoded.background)  # its refused elements are another slot's to count
        return decoded

    def _put_in_order(self, messages: list[Message]) -> None:
        """What a resumed session held, by device time, in batches; what was gathered before goes before it."""
        if self._messages:
            self._backlog.append(Gathered(messages=self._messages, decoded=self._decoded))
            self._clear()
        pairs = [(one, self._decode(one)) for one in messages]
        pairs.sort(key=lambda pair: _first_time_ms(pair[1]))
        for start in range(0, len(pairs), self._limits.full):
            part = pairs[start : start + self._limits.full]
            self._backlog.append(
                Gathered(messages=[message for message, _ in part], decoded=[decoded for _, decoded in part])
            )

    async def _wait_for_arrival(self, timeout_s: float) -> None:
        if self._backlog or self._filling.elements >= self._limits.full:
            await asyncio.sleep(timeout_s)
            return
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._arrival.wait(), timeout_s)


def _first_time_ms(decoded: Decoded) -> int:
    """The oldest device time in a message; one without reports goes first."""
    return min(
        (
            report.time_ms
            for reports in (decoded.positions, decoded.dust, decoded.background)
            for report in reports
        ),
        default=0,
    )
