"""`replay`: publishes a capture to a broker as it happened, faster, or as fast as it goes, and counts.

Times may be moved, because ingest refuses reports that are more than 30 days old or in the future:
`Shift.DAYS` moves them by whole days, so that hours and permits still fit and nothing lies ahead of now;
`Shift.NOW` lets the capture begin now at speed 1, and end when the replay ends at any other speed (a
device's clock that runs faster than ours would be in the future within minutes).
"""

import asyncio
import math
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path

import msgspec
from msgspec import Struct

from domain.capture import Captured
from simulators.capture_file import read_capture
from simulators.encode import DEFAULT_PREFIX
from simulators.gateway_publisher import Gateways, Publishes, publisher_for

DAY_MS = 86_400_000
_TICK_S = 0.02


class Shift(StrEnum):
    """Whether and how times are moved."""

    NONE = "none"
    DAYS = "days"
    NOW = "now"


class ReplayCount(Struct, frozen=True, kw_only=True):
    """What was sent: messages, the elements in them, acknowledgements, and how long it took."""

    messages: int
    elements: int
    acknowledged: int
    seconds: float
    shifted_ms: int

    @property
    def messages_per_s(self) -> float:
        """Acknowledged messages a second."""
        return self.acknowledged / self.seconds if self.seconds else 0.0


def replay(
    capture: Path,
    *,
    broker_url: str,
    speed: float | None = None,
    prefix: str = DEFAULT_PREFIX,
    shift_to_now: bool = False,
    shift: Shift | None = None,
    gateways: Gateways | None = None,
    on_progress: Callable[[float], None] | None = None,
) -> ReplayCount:
    """Publish a capture at `speed` times real time (None: as fast as it goes) and wait for every acknowledgement.

    With `gateways`, enrolled devices speak to those. Raises CaptureError, ValueError for a speed that is not above 0, and ConnectionError.
    """
    return asyncio.run(
        replay_async(
            capture,
            broker_url=broker_url,
            speed=speed,
            prefix=prefix,
            shift=shift or (Shift.NOW if shift_to_now else Shift.NONE),
            gateways=gateways,
            on_progress=on_progress,
        )
    )


async def replay_async(
    capture: Path,
    *,
    broker_url: str,
    speed: float | None = None,
    prefix: str = DEFAULT_PREFIX,
    shift: Shift = Shift.NONE,
    gateways: Gateways | None = None,
    on_progress: Callable[[float], None] | None = None,
    now_ms: Callable[[], int] = lambda: time.time_ns() // 1_000_000,
) -> ReplayCount:
    """The same inside a running event loop."""
    if speed is not None and not (speed > 0 and math.isfinite(speed)):
        raise ValueError("speed must be above 0")
    first_ms, last_ms, total = await asyncio.to_thread(_span, capture)
    shift_ms = _shift_ms(shift, speed, first_ms, last_ms, now_ms())
    begun = time.perf_counter()
    elements = done = 0
    client_id = f"haulwatch-replay-{time.time_ns() % 1_000_000_000:x}"
    async with publisher_for(broker_url, client_id, gateways) as publisher:
        for message in read_capture(capture):
            if speed is not None:
                await _wait_until(begun + (message.received_ms - first_ms) / 1000 / speed, publisher)
            payload, count = _moved(message.payload, shift_ms)
            await publisher.publish(_topic(prefix, message), payload)
            elements += count
            done += 1
            if on_progress is not None and done % 1000 == 0:
                on_progress(done / total)
        await publisher.drain()
        seconds = time.perf_counter() - begun
        acknowledged = publisher.acknowledged
    if on_progress is not None:
        on_progress(1.0)
    return ReplayCount(
        messages=done, elements=elements, acknowledged=acknowledged, seconds=seconds, shifted_ms=shift_ms
    )


async def _wait_until(due: float, publisher: Publishes) -> None:
    wait_s = due - time.perf_counter()
    if wait_s > _TICK_S:
        await publisher.flush()
        await asyncio.sleep(wait_s)


def _span(capture: Path) -> tuple[int, int, int]:
    """First and last arrival, and the number of messages (at least 1)."""
    first = last = None
    total = 0
    for message in read_capture(capture):
        first = message.received_ms if first is None else first
        last = message.received_ms
        total += 1
    return first or 0, last or 0, max(total, 1)


def _shift_ms(shift: Shift, speed: float | None, first_ms: int, last_ms: int, now_ms: int) -> int:
    if shift is Shift.NONE:
        return 0
    if shift is Shift.DAYS:
        return (now_ms - last_ms) // DAY_MS * DAY_MS
    if speed == 1:
        return now_ms - first_ms
    lasts_ms = 0 if speed is None else (last_ms - first_ms) / speed
    return round(now_ms + lasts_ms) - last_ms


def _topic(prefix: str, message: Captured) -> str:
    """The message's topic under another prefix: the last two levels say device and kind."""
    levels = message.topic.split("/")
    return "/".join((prefix, *levels[-2:])) if len(levels) > 1 else message.topic


def _moved(payload: bytes, shift_ms: int) -> tuple[bytes, int]:
    """A payload with its times moved, and how many elements it holds; what is no JSON goes as it is."""
    if not shift_ms and payload[:1] == b"{":
        return payload, 1
    try:
        content = msgspec.json.decode(payload)
    except (msgspec.DecodeError, RecursionError):
        return payload, 1
    elements = content if isinstance(content, list) else [content]
    if not shift_ms:
        return payload, len(elements)
    for element in elements:
        if isinstance(element, dict) and "time" in element:
            element["time"] = _moved_time(element["time"], shift_ms)
    return msgspec.json.encode(content), len(elements)


def _moved_time(written: object, shift_ms: int) -> object:
    """A time moved, in the form it had; what is no time stays."""
    if isinstance(written, int) and not isinstance(written, bool):
        return written + shift_ms
    if isinstance(written, str):
        try:
            at = datetime.fromisoformat(written) + timedelta(milliseconds=shift_ms)
        except (ValueError, OverflowError):
            return written
        return at.isoformat(timespec="milliseconds" if at.microsecond else "seconds")
    return written
