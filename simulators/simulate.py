"""`simulate`: a district's registry, the messages of its devices as a capture, and the truth about its violations.

The same arguments give the same bytes. Streams are merged by arrival, so memory does not grow with the
length of the run. Which truth lines are written is decided in `truth_listing`.
"""

import gzip
import heapq
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec
import numpy as np
from msgspec import Struct

from domain.capture import Captured, encode_captured
from protocols.enrolment import write_enrolments
from simulators import encode
from simulators.city import City, build_city
from simulators.driver import Driver
from simulators.enrolled import enrolments_of
from simulators.faults import PRESETS, FaultCount, FaultyLink, Preset
from simulators.fleet import MUCK, Worker, build_fleet
from simulators.muck_truck import MuckTruckDriver
from simulators.registry_document import registry_document
from simulators.reporting import Sent, Terminal
from simulators.sanitation import SanitationDriver
from simulators.sensor import Monitor, StationLife, background_messages, build_monitors
from simulators.truth import Violation
from simulators.truth_listing import Watched, all_listed, truth_line
from simulators.violations import NEVER, TRIPS_PER_DEED, Conduct, Deed

TIMEZONE = ZoneInfo("Asia/Shanghai")
START_MS = 1_794_758_400_000  # 2026-11-16T00:00:00+08:00, a Monday
STATION_SHARE = 0.15
SANITATION_ROUNDS_PER_DEED = 3
STUCK_FROM_HOURS = 36
"""Only longer runs have weights that never change: the rule asks for 24 hours of one."""


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


def driver_of(
    world: World, worker: Worker, *, horizon_s: int, midnight_s: int, conduct: Conduct = Conduct.ALL
) -> Driver:
    """The driver that suits a vehicle."""
    is_muck = worker.kind == MUCK
    kind = MuckTruckDriver if is_muck else SanitationDriver
    every = TRIPS_PER_DEED if is_muck else SANITATION_ROUNDS_PER_DEED
    return kind(
        world.city,
        worker,
        horizon_s=horizon_s,
        midnight_s=midnight_s,
        every=NEVER if conduct is Conduct.NONE else every,
    )


def simulate(
    *,
    seed: int,
    hours: float,
    vehicles: int,
    out: Path,
    start_ms: int | None = None,
    faults: str = "none",
    violations: str = "all",
    on_progress: Callable[[float], None] | None = None,
) -> SimulationSummary:
    """Write `registry.json`, `terminals.csv`, `capture.ndjson.gz` and `truth.ndjson` into `out`.

    Raises ValueError for a bad argument. `violations` "none": everyone keeps the law and no device or station is broken, whatever the faults of
    the network.
    """
    if hours <= 0:
        raise ValueError("hours must be more than 0")
    world = build_world(seed, vehicles)
    begin_ms = START_MS if start_ms is None else start_ms // 1000 * 1000
    horizon_s = int(hours * 3600)
    count = FaultCount()
    watched, streams = _streams(world, begin_ms, horizon_s, Preset(faults), Conduct(violations), count)
    out.mkdir(parents=True, exist_ok=True)
    registry, capture, truth_file = out / "registry.json", out / "capture.ndjson.gz", out / "truth.ndjson"
    registry.write_bytes(world.registry())
    terminals = write_enrolments(enrolments_of(world.fleet, world.monitors))
    (out / "terminals.csv").write_text(terminals, encoding="utf-8")
    merged = heapq.merge(*streams, key=lambda message: message.received_ms)
    messages, elements = _write_capture(capture, merged, begin_ms, horizon_s, on_progress)
    lines, unseen = all_listed(watched, horizon_s)
    truth_file.write_bytes(b"".join(truth_line(v, world.city.plane, begin_ms, horizon_s) for v in lines))
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
    world: World, start_ms: int, horizon_s: int, preset: Preset, conduct: Conduct, count: FaultCount
) -> tuple[list[Watched], list[Iterator[Sent]]]:
    midnight_s = seconds_since_midnight(start_ms)
    sources: list[tuple[Iterator[Sent], list[Violation]]] = []
    for worker in world.fleet:
        driver = driver_of(world, worker, horizon_s=horizon_s, midnight_s=midnight_s, conduct=conduct)
        stuck_s = 0 if conduct is Conduct.NONE else _weight_stuck_s(worker, horizon_s)
        if stuck_s and isinstance(driver, MuckTruckDriver):
            driver.without = frozenset({Deed.OVERLOAD})
            driver.list_violation("signal_fault", 0, stuck_s, "weight never changes")
        terminal = Terminal(world.city, worker, start_ms, weight_stuck_s=stuck_s)
        sources.append((terminal.messages(driver.life(), horizon_s), driver.violations))
    for monitor in world.monitors:
        life = StationLife(
            monitor, start_ms=start_ms, horizon_s=horizon_s, midnight_s=midnight_s, conduct=conduct
        )
        sources.append((life.messages(), life.violations))
    background = background_messages(
        world.seed, start_ms=start_ms, horizon_s=horizon_s, midnight_s=midnight_s
    )
    sources.append((background, []))
    watched, streams = [], []
    for n, (messages, violations) in enumerate(sources):
        rng = np.random.default_rng(np.random.SeedSequence(world.seed, spawn_key=(5, n)))
        link = FaultyLink(PRESETS[preset], rng, count, start_ms=start_ms, horizon_s=horizon_s)
        watch = Watched(violations, start_ms)
        watched.append(watch)
        streams.append(watch.count(link.carry(messages)))
    return watched, streams


def _weight_stuck_s(worker: Worker, horizon_s: int) -> int:
    """Until when a truck's weight sensor shows one value; 0 where it works.

    Only from the start, while the truck is empty: a fall of the weight would be the sign of an unloading.
    """
    model = worker.model
    if horizon_s < STUCK_FROM_HOURS * 3600 or not (model.weight and model.load) or worker.number % 4:
        return 0
    return int(worker.rng(2).integers(26 * 3600, 34 * 3600))


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
