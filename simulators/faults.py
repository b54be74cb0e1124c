"""What goes wrong between a device and the broker: a layer over a clean stream of messages.

Nothing is invented that a network or a receiver does not do: messages are lost, delayed, doubled and
overtaken, devices drop off and send everything later in a burst, clocks are off by seconds, receivers
lose their fix or give a wild one. Each device has its own generator. Everything done is counted.
"""

import heapq
from collections.abc import Iterator
from enum import StrEnum
from typing import Any

import numpy as np
from msgspec import Struct, structs

from simulators.reporting import Sent

BURST_ELEMENTS = 100
LAST_ARRIVAL_MS = 10_000
"""What is still under way arrives so long after the run: a later arrival would make all else look silent."""
DAY_MS = 86_400_000


class Preset(StrEnum):
    """Ready-made sets of faults."""

    NONE = "none"
    REALISTIC = "realistic"
    HARSH = "harsh"


class Faults(Struct, frozen=True, kw_only=True):
    """Shares are per message (`loss`, `delay`, `duplicate`) or per position (`outlier`, `no_fix`)."""

    loss: float = 0.0
    duplicate: float = 0.0
    delay: float = 0.0
    delay_max_s: float = 0.0
    outages_per_day: float = 0.0
    outage_max_s: float = 0.0
    outlier: float = 0.0
    no_fix: float = 0.0
    skew_max_ms: int = 0


PRESETS = {
    Preset.NONE: Faults(),
    Preset.REALISTIC: Faults(
        loss=0.003,
        duplicate=0.005,
        delay=0.02,
        delay_max_s=60.0,
        outages_per_day=0.5,
        outage_max_s=1200.0,
        outlier=0.0003,
        no_fix=0.003,
        skew_max_ms=1500,
    ),
    Preset.HARSH: Faults(
        loss=0.05,
        duplicate=0.03,
        delay=0.08,
        delay_max_s=180.0,
        outages_per_day=1.0,
        outage_max_s=7200.0,
        outlier=0.001,
        no_fix=0.01,
        skew_max_ms=3000,
    ),
}


class FaultCount(Struct, kw_only=True):
    """What was done, in elements: `sent` − `lost` + `doubled` = `delivered`."""

    sent: int = 0
    lost: int = 0
    doubled: int = 0
    delivered: int = 0
    delayed: int = 0
    backfilled: int = 0
    outliers: int = 0
    without_fix: int = 0


class FaultyLink:
    """One device's way to the broker."""

    def __init__(
        self, faults: Faults, rng: np.random.Generator, count: FaultCount, *, start_ms: int, horizon_s: int
    ) -> None:
        self._faults, self._rng, self._count = faults, rng, count
        self._queue: list[tuple[int, int, Sent]] = []
        self._number = 0
        self._last_ms = start_ms + horizon_s * 1000 + LAST_ARRIVAL_MS
        self._outages = self._draw_outages(start_ms, horizon_s)
        self._skew_ms = int(rng.integers(-faults.skew_max_ms, faults.skew_max_ms + 1))
        self._held: list[Sent] = []
        self._back_ms = 0

    def _draw_outages(self, start_ms: int, horizon_s: int) -> list[tuple[int, int]]:
        faults, rng = self._faults, self._rng
        outages: list[tuple[int, int]] = []
        for day_ms in range(start_ms, start_ms + horizon_s * 1000, DAY_MS):
            if rng.random() < faults.outages_per_day:
                from_ms = day_ms + int(rng.uniform(0, DAY_MS - faults.outage_max_s * 1000))
                outages.append((from_ms, from_ms + int(rng.uniform(0.3, 1.0) * faults.outage_max_s * 1000)))
        return outages

    def carry(self, messages: Iterator[Sent]) -> Iterator[Sent]:
        """The messages as they arrive, in order of arrival."""
        for message in messages:
            self._count.sent += len(message.elements)
            now_ms = message.received_ms
            yield from self._arrived(now_ms)
            if self._held and now_ms >= self._back_ms:
                self._send_held()
            self._send(message)
        if self._held:
            self._send_held()
        yield from self._arrived(None)

    def _arrived(self, until_ms: int | None) -> Iterator[Sent]:
        while self._queue and (until_ms is None or self._queue[0][0] <= until_ms):
            message = heapq.heappop(self._queue)[2]
            self._count.delivered += len(message.elements)
            yield message

    def _send(self, message: Sent) -> None:
        faults, rng, count = self._faults, self._rng, self._count
        draws = rng.random(3)
        if message.kind == "background":
            if draws[1] < faults.delay:
                message = structs.replace(
                    message, received_ms=message.received_ms + int(rng.uniform(0, 2400) * 1000)
                )
            self._push(message)
            return
        if self._skew_ms or faults.outlier or faults.no_fix:
            message = self._changed(message)
        if draws[0] < faults.loss:
            count.lost += len(message.elements)
            return
        outage = next((o for o in self._outages if o[0] <= message.received_ms < o[1]), None)
        if outage is not None:
            self._held.append(message)
            self._back_ms = outage[1]
            return
        if draws[1] < faults.delay:
            count.delayed += len(message.elements)
            late_ms = int(rng.uniform(0, faults.delay_max_s) * 1000)
            message = structs.replace(message, received_ms=message.received_ms + late_ms)
        self._push(message)
        if draws[2] < faults.duplicate:
            count.doubled += len(message.elements)
            again_ms = message.received_ms + int(rng.uniform(200, 30_000))
            self._push(structs.replace(message, received_ms=again_ms))

    def _push(self, message: Sent) -> None:
        self._number += 1
        if message.received_ms > self._last_ms:
            message = structs.replace(message, received_ms=self._last_ms)
        heapq.heappush(self._queue, (message.received_ms, self._number, message))

    def _send_held(self) -> None:
        """Everything of an outage in a burst of full arrays."""
        elements: list[dict[str, Any]] = []
        for message in self._held:
            elements += message.elements
        self._count.backfilled += len(elements)
        last_ms = self._held[-1].received_ms
        at_ms = max(self._back_ms, last_ms)
        for n, first in enumerate(range(0, len(elements), BURST_ELEMENTS)):
            part = elements[first : first + BURST_ELEMENTS]
            burst = structs.replace(
                self._held[0], received_ms=at_ms + 40 * (n + 1), elements=part, as_array=True
            )
            self._push(burst)
        self._held = []

    def _changed(self, message: Sent) -> Sent:
        """The message with the device's clock error and what its receiver got wrong."""
        elements = []
        for fields in message.elements:
            changed = {**fields, "time": fields["time"] + self._skew_ms}
            if message.kind == "position":
                self._disturb_fix(changed)
            elements.append(changed)
        return structs.replace(message, elements=elements)

    def _disturb_fix(self, fields: dict[str, Any]) -> None:
        wild, blind = self._rng.random(2)
        if blind < self._faults.no_fix:
            self._count.without_fix += 1
            for name in ("lon", "lat", "accuracy_m"):
                fields.pop(name, None)
            fields["fix"] = False
        elif wild < self._faults.outlier:
            self._count.outliers += 1
            east, north = self._rng.normal(0, 1, 2)
            size = max(0.6, float(np.hypot(east, north)))
            fields["lon"] = round(fields["lon"] + float(east) / size * 0.09, 6)
            fields["lat"] = round(fields["lat"] + float(north) / size * 0.09, 6)
