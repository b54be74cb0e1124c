"""`simulate`: a district's registry, the messages of its devices as a capture, and the truth about its violations.

The same arguments give the same bytes. Streams are merged by arrival, so memory does not grow with the
length of the run.

A truth line is left out in two cases only: its condition was not over its hold before the run ended, or
the faults lost every report of the device from its start to its end, so that nothing could know (a
closed area crossed between two fixes at most 60 s apart is still known).
"""

import gzip
import heapq
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import numpy as np
from msgspec import Struct

from domain.capture import Captured, encode_captured
from domain.instant import to_rfc3339
from simulators import encode
from simulators.city import City, build_city
from simulators.driver import Driver
from simulators.faults import PRESETS, FaultCount, FaultyLink, Preset
from simulators.fleet import MUCK, Worker, build_fleet
from simulators.muck_truck import MuckTruckDriver
from simulators.registry_document import registry_document
from simulators.reporting import Sent, Terminal
from simulators.sanitation import SanitationDriver
from simulators.sensor import Monitor, StationLife, background_messages, build_monitors
from simulators.truth import Violation

TIMEZONE = ZoneInfo("Asia/Shanghai")
START_MS = 1_794_758_400_000  # 2026-11-16T00:00:00+08:00, a Monday
STATION_SHARE = 0.15
SKEW_S = 5
SETTLE_S = 240
"""A condition needs so long after its start to be found; later ones are not in the truth."""


class SimulationSummary(Struct, frozen=True, kw_only=True):
    """What was written: counts by kind, and what the faults did."""

    vehicles: int
    stations: int
    messages: int
    elements: int
    truth: dict[str, int]
    unseen_truth: int
    """Truth lines left out because the faults lost all their reports."""
    faults: FaultCount
    registry: Path
    capture: Path
    truth_file: Path


class World(Struct, frozen=True, kw_only=True):
    """A district with its vehicles and stations, before anything moves."""

    seed: int
    city: City
    fleet: list[Worker]
    monitors: list[Monitor]

    def registry(self) -> bytes:
        """The registry document as JSON."""
        document = registry_document(self.city, self.fleet, self.monitors)
        return msgspec.json.format(msgspec.json.encode(document), indent=1)


def build_world(seed: int, vehicles: int, *, around_the_clock: bool = False) -> World:
    """Draw a district and its fleet; raises ValueError for less than one vehicle."""
    if vehicles < 1:
        raise ValueError("a district needs at least one vehicle")
    city = build_city(seed, vehicles=vehicles)
    return World(
        seed=seed,
        city=city,
        fleet=build_fleet(seed, city, vehicles, around_the_clock=around_the_clock),
        monitors=build_monitors(seed, city, max(2, round(vehicles * STATION_SHARE))),
    )


def seconds_since_midnight(start_ms: int) -> int:
    """Whole seconds from the last local midnight to an instant."""
    local = datetime.fromtimestamp(start_ms / 1000, TIMEZONE)
    return local.hour * 3600 + local.minute * 60 + local.second


def driver_of(world: World, worker: Worker, *, horizon_s: int, midnight_s: int) -> Driver:
    """The driver that suits a vehicle."""
    kind = MuckTruckDriver if worker.kind == MUCK else SanitationDriver
    return kind(world.city, worker, horizon_s=horizon_s, midnight_s=midnight_s)


class _Watched:
    """A device's violations, and whether the reports that were delivered could show each."""

    def __init__(self, violations: list[Violation], start_ms: int) -> None:
        self._violations, self._start_ms = violations, start_ms
        self.seen: Counter[int] = Counter()
        self._before: dict[int, float] = {}
        self._after: dict[int, float] = {}

    def count(self, messages: Iterator[Sent]) -> Iterator[Sent]:
        """Pass the delivered messages on."""
        for message in messages:
            first = max(0, len(self._violations) - 8)
            for i, violation in enumerate(self._violations[first:], first):
                for fields in message.elements:
                    self._look(i, violation, (fields["time"] - self._start_ms) / 1000, "fix" not in fields)
            yield message

    def _look(self, i: int, violation: Violation, at_s: float, has_fix: bool) -> None:
        end_s = np.inf if violation.end_s is None else violation.end_s
        if violation.rule == "sensor_fault":
            end_s -= 20  # its end is the first good reading, which shows nothing
        if violation.start_s - SKEW_S <= at_s <= end_s:
            self.seen[i] += 1
        elif has_fix and at_s > end_s:
            self._after[i] = min(at_s, self._after.get(i, np.inf))
        elif has_fix:
            self._before[i] = max(at_s, self._before.get(i, -np.inf))

    def _could_show(self, i: int, violation: Violation) -> bool:
        if self.seen[i] or violation.rule == "device_silent":
            return True
        # A zone is also passed through between two fixes outside it, at most 60 s apart.
        apart_s = self._after.get(i, np.inf) - self._before.get(i, -np.inf)
        return violation.rule == "forbidden_zone" and apart_s <= 60

    def listed(self, horizon_s: int) -> tuple[list[Violation], int]:
        """The lines that belong in the truth, and how many nothing could know of."""
        due = [(i, v) for i, v in enumerate(self._violations) if v.start_s + _settle_s(v) < horizon_s]
        known = [v for i, v in due if self._could_show(i, v)]
        return known, len(due) - len(known)


def _settle_s(violation: Violation) -> float:
    return 900.0 + SETTLE_S if violation.rule == "device_silent" else SETTLE_S


def simulate(
    *,
    seed: int,
    hours: float,
    vehicles: int,
    out: Path,
    start_ms: int | None = None,
    faults: str = "none",
    on_progress: Callable[[float], None] | None = None,
) -> SimulationSummary:
    """Write `registry.json`, `capture.ndjson.gz` and `truth.ndjson` into `out`; raises ValueError for a bad argument."""
    if hours <= 0:
        raise ValueError("hours must be more than 0")
    world = build_world(seed, vehicles)
    begin_ms = START_MS if start_ms is None else start_ms // 1000 * 1000
    horizon_s = int(hours * 3600)
    count = FaultCount()
    watched, streams = _streams(world, begin_ms, horizon_s, Preset(faults), count)
    out.mkdir(parents=True, exist_ok=True)
    registry, capture, truth_file = out / "registry.json", out / "capture.ndjson.gz", out / "truth.ndjson"
    registry.write_bytes(world.registry())
    merged = heapq.merge(*streams, key=lambda message: message.received_ms)
    messages, elements = _write_capture(capture, merged, begin_ms, horizon_s, on_progress)
    lines, unseen = _truth(watched, horizon_s)
    truth_file.write_bytes(b"".join(_truth_line(v, begin_ms, horizon_s) for v in lines))
    return SimulationSummary(
        vehicles=len(world.fleet),
        stations=len(world.monitors),
        messages=messages,
        elements=elements,
        truth=dict(sorted(Counter(v.rule for v in lines).items())),
        unseen_truth=unseen,
        faults=count,
        registry=registry,
        capture=capture,
        truth_file=truth_file,
    )


def _streams(
    world: World, start_ms: int, horizon_s: int, preset: Preset, count: FaultCount
) -> tuple[list[_Watched], list[Iterator[Sent]]]:
    midnight_s = seconds_since_midnight(start_ms)
    sources: list[tuple[Iterator[Sent], list[Violation]]] = []
    for worker in world.fleet:
        driver = driver_of(world, worker, horizon_s=horizon_s, midnight_s=midnight_s)
        terminal = Terminal(world.city, worker, start_ms)
        sources.append((terminal.messages(driver.life(), horizon_s), driver.violations))
    for monitor in world.monitors:
        life = StationLife(monitor, start_ms=start_ms, horizon_s=horizon_s, midnight_s=midnight_s)
        sources.append((life.messages(), life.violations))
    background = background_messages(
        world.seed, start_ms=start_ms, horizon_s=horizon_s, midnight_s=midnight_s
    )
    sources.append((background, []))
    watched, streams = [], []
    for n, (messages, violations) in enumerate(sources):
        rng = np.random.default_rng(np.random.SeedSequence(world.seed, spawn_key=(5, n)))
        link = FaultyLink(PRESETS[preset], rng, count, start_ms=start_ms, horizon_s=horizon_s)
        watch = _Watched(violations, start_ms)
        watched.append(watch)
        streams.append(watch.count(link.carry(messages)))
    return watched, streams


def captured(message: Sent, prefix: str = encode.DEFAULT_PREFIX) -> Captured:
    """A message as it arrives."""
    return Captured(
        received_ms=message.received_ms,
        topic=encode.topic(prefix, message.device_id, message.kind),
        payload=encode.payload_bytes(
            message.elements, time_style=message.time_style, crs=message.crs, as_array=message.as_array
        ),
    )


def _write_capture(
    path: Path,
    merged: Iterator[Sent],
    start_ms: int,
    horizon_s: int,
    on_progress: Callable[[float], None] | None,
) -> tuple[int, int]:
    messages = elements = 0
    with (
        path.open("wb") as raw,
        gzip.GzipFile(fileobj=raw, mode="wb", compresslevel=2, mtime=0, filename="") as file,
    ):
        block: list[bytes] = []
        for message in merged:
            messages += 1
            elements += len(message.elements)
            block.append(encode_captured(captured(message)))
            if len(block) >= 2000:
                file.write(b"".join(block))
                block.clear()
                if on_progress is not None:
                    on_progress(min(1.0, (message.received_ms - start_ms) / (horizon_s * 1000)))
        file.write(b"".join(block))
    if on_progress is not None:
        on_progress(1.0)
    return messages, elements


def _truth(watched: list[_Watched], horizon_s: int) -> tuple[list[Violation], int]:
    lines: list[Violation] = []
    unseen = 0
    for watch in watched:
        listed, lost = watch.listed(horizon_s)
        lines += listed
        unseen += lost
    return sorted(lines, key=lambda v: (v.start_s, v.rule, v.device_id)), unseen


def _truth_line(violation: Violation, start_ms: int, horizon_s: int) -> bytes:
    ended = violation.end_s is not None and violation.end_s <= horizon_s
    row: dict[str, Any] = {
        "rule": violation.rule,
        "device_id": violation.device_id,
        "started_at": to_rfc3339(start_ms + round(violation.start_s * 1000)),
        "ended_at": to_rfc3339(start_ms + round((violation.end_s or 0) * 1000)) if ended else None,
        "note": violation.note,
    }
    return msgspec.json.encode(row) + b"\n"
