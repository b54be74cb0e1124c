"""`haulwatch bench backtest`: how many fixes a second a capture is read, placed and judged, and by which parts."""

import tempfile
import time
from pathlib import Path

from domain.capture import Captured, encode_captured
from haulwatch import bench_parts
from haulwatch.bench_report import Measured, Stages, missed, report
from haulwatch.bench_world import BenchWorld, device_id
from haulwatch.load_generator import STEP_MS
from ingest.backtest import PROCESSES, backtest
from ingest.wire import DEFAULT_PREFIX
from runtime.clock import now_ms

PARTS = 50_000


def run_bench_backtest(*, fixes: int, devices: int, zones: int, routes: int, json_file: Path | None) -> None:
    """Measure a backtest over `fixes` reports of a made-up world."""
    world = BenchWorld(devices=devices, zones=zones, routes=routes)
    registry = world.registry()
    stage = Stages(3)
    with tempfile.TemporaryDirectory(prefix="haulwatch-bench-") as name:
        capture = Path(name) / "capture.ndjson"
        stage(f"writing {fixes:,} fixes")
        _write(capture, world, fixes)
        stage("decoding, placing and judging alone")
        reports, decoding = bench_parts.reports_of(world, registry, min(fixes, PARTS))
        parts = [decoding, *bench_parts.judged(registry, reports)]
        stage("backtest")
        began_s = time.perf_counter()
        result = backtest(registry, capture)
        rate = fixes / (time.perf_counter() - began_s)
    measured = [
        Measured(what="backtest, two processes", value=rate, unit="fixes/s", bound=1_000_000),
        Measured(what="a city-day of 47.5 M fixes", value=47.5e6 / rate, unit="s", bound=60, at_least=False),
        *parts,
    ]
    counts = {
        "fixes": float(fixes),
        "judged": float(result.stored),
        "alerts": float(len(result.alerts)),
    }
    report("backtest", measured, counts, [*missed(measured), _where(parts, 1e6 / rate)], json_file)


def _where(parts: list[Measured], us: float) -> str:
    alone = ", ".join(f"{one.what.removesuffix(' alone')} {1e6 / one.value:.0f} µs" for one in parts)
    return (
        f"A fix took {us:.0f} µs of the clock, {PROCESSES * us:.0f} µs of {PROCESSES} cores. Alone: {alone}; the "
        "rest is reading the capture, putting each device's reports in order, and starting the second process."
    )


def _write(path: Path, world: BenchWorld, fixes: int) -> None:
    first_ms = now_ms() - (fixes // world.devices + 1) * STEP_MS
    topics = [f"{DEFAULT_PREFIX}/{device_id(i)}/position" for i in range(world.devices)]
    with path.open("wb") as file:
        for n, (i, payload) in enumerate(world.payloads(fixes, first_ms=first_ms, step_ms=STEP_MS)):
            received_ms = first_ms + n // world.devices * STEP_MS + 200
            file.write(encode_captured(Captured(received_ms=received_ms, topic=topics[i], payload=payload)))
