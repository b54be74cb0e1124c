"""The only place that reads the clock. Time goes from here into the core as data."""

import asyncio
import time
from collections.abc import AsyncIterator


def now_ms() -> int:
    """The time of day in ms since 1970 UTC."""
    return time.time_ns() // 1_000_000


def monotonic_s() -> float:
    """Seconds on a clock that never jumps, for measuring durations."""
    return time.monotonic()


async def ticks(period_s: float, stop: asyncio.Event) -> AsyncIterator[int]:
    """Yield the time in ms every `period_s` seconds until `stop` is set; late ticks are not made up for."""
    while not stop.is_set():
        yield now_ms()
        try:
            await asyncio.wait_for(stop.wait(), timeout=period_s)
        except TimeoutError:
            continue
