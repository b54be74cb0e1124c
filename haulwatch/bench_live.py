"""`haulwatch bench live`: the whole way of a report, and each part of it in the same run.

The load generator and ingest are processes of their own, as in service. What is sent, acknowledged and
stored is counted and has to agree: a fast bench that loses something is no bench.
"""

import asyncio
import time
from pathlib import Path

import psycopg
from msgspec.structs import replace

from domain.report import PositionReport
from haulwatch import bench_parts
from haulwatch.bench_null import receive_all
from haulwatch.bench_place import empty_database, put_in_force, servers
from haulwatch.bench_processes import WAIT_S, Ingest, Load, Place, spent_s
from haulwatch.bench_report import Measured, Stages, missed, report
from haulwatch.bench_world import BenchWorld
from haulwatch.problem import CommandError
from haulwatch.startup import open_store
from runtime.settings import Settings
from storage.store import Store

GUESSED_RATE = 10_000
PACED_RATE = 2_200.0
HOLD_S = 10.0
AFTER_KILL_RATE = 500.0
CORES = 2


def run_bench_live(
    settings: Settings, *, seconds: float, devices: int, zones: int, routes: int, json_file: Path | None
) -> None:
    """Measure everything, print it, and write it where asked."""
    world = BenchWorld(devices=devices, zones=zones, routes=routes)
    count = max(devices, int(seconds * GUESSED_RATE))
    stage = Stages(7)
    stage("starting the servers")
    with servers(settings) as place:
        stage(f"decoding, placing and judging {count:,} reports alone")
        registry = world.registry()
        reports, decoding = bench_parts.reports_of(world, registry, count)
        parts = [decoding, *bench_parts.judged(registry, reports)]
        stage("storing them alone")
        with empty_database(place) as dsn:
            parts.append(asyncio.run(_stored(dsn, reports)))
        del reports
        stage("null subscriber: the same reports from the same generator")
        null = _null_rate(place, world, count)
        with empty_database(place) as dsn:
            whole = _whole_path(replace(place, database_url=dsn), world, count, seconds, stage)
    measured = [*_measured(whole, null, devices), *parts]
    counts = {
        name: whole[name] for name in ("sent", "acknowledged", "accounted", "flood", "alerts", "paced_per_s")
    }
    report("live", measured, counts, [*missed(measured), *_where(whole, parts)], json_file)


def _measured(whole: dict[str, float], null: float, devices: int) -> list[Measured]:
    rate = whole["flood"] / whole["seconds"]
    spent = {name: us for name, us in whole.items() if name.startswith("spent by ")}
    return [
        Measured(what="whole path: sent to stored", value=rate, unit="fixes/s", bound=20_000),
        Measured(what="whole path / null subscriber", value=rate / null, unit="", bound=0.7),
        Measured(
            what="lost (sent, not stored)",
            value=whole["sent"] - whole["accounted"],
            unit="reports",
            bound=0,
            at_least=False,
        ),
        Measured(
            what="report to stream, p99", value=whole["p99_ms"] / 1000, unit="s", bound=1.0, at_least=False
        ),
        Measured(what="report to stream, p50", value=whole["p50_ms"] / 1000, unit="s"),
        Measured(
            what=f"memory of ingest, {devices:,} devices",
            value=whole["memory_bytes"] / 2**20,
            unit="MiB",
            bound=1024,
            at_least=False,
        ),
        Measured(what="restart after kill -9", value=whole["restart_s"], unit="s", bound=10, at_least=False),
        Measured(what="null subscriber (paho)", value=null, unit="fixes/s"),
        *(Measured(what=name, value=us, unit="µs/fix") for name, us in spent.items()),
    ]


def _where(whole: dict[str, float], parts: list[Measured]) -> list[str]:
    """Where the time of the whole path goes, in words."""
    a_report_us = whole["seconds"] / whole["flood"] * 1e6
    spent = {name.removeprefix("spent by "): us for name, us in whole.items() if name.startswith("spent by ")}
    each = ", ".join(f"{name} {us:.0f} µs" for name, us in spent.items())
    alone = ", ".join(f"{one.what.removesuffix(' alone')} {1e6 / one.value:.0f} µs" for one in parts)
    whole_way = (
        f"A report took {a_report_us:.0f} µs of the clock, which is {CORES * a_report_us:.0f} µs of {CORES} cores; "
        f"of these {each}. What is missing was idle, or went to others on the machine."
    )
    return [whole_way, f"Alone in one process: {alone}."]


async def _stored(dsn: str, reports: list[PositionReport]) -> Measured:
    async with open_store(dsn):
        return await bench_parts.stored(dsn, reports)


def _null_rate(place: Place, world: BenchWorld, count: int) -> float:
    load = Load(place, world, count=count)
    with receive_all(place.broker_url, f"{place.prefix}/#", count) as receiver:
        load.go()
        ended_s = receiver.wait(WAIT_S)
        done = load.done()
    return count / (ended_s - done["began_s"])


def _whole_path(
    place: Place, world: BenchWorld, count: int, seconds: float, stage: Stages
) -> dict[str, float]:
    stage("whole path, as fast as it goes")
    asyncio.run(put_in_force(place.database_url, world))
    ingest = Ingest(place)
    try:
        ingest.wait_ready()
        flood = _flood(place, world, count, ingest)
        stage(f"whole path, {PACED_RATE:,.0f} reports a second")
        paced = asyncio.run(_paced(place, world, seconds))
        ingest.wait_stored(count + int(paced["sent"]))
        memory_bytes = ingest.memory_bytes()
        stage("kill -9, and the way back")
        ingest.kill()
        ingest = Ingest(place)
        restart_s, again = _until_judging(place, world, ingest)
    finally:
        ingest.stop()
    accounted, alerts = _accounted(place.database_url)
    return {
        **flood,
        "sent": flood["sent"] + paced["sent"] + again["sent"],
        "acknowledged": flood["acknowledged"] + paced["acknowledged"] + again["acknowledged"],
        "flood": float(count),
        "accounted": float(accounted),
        "alerts": float(alerts),
        "memory_bytes": float(memory_bytes),
        "restart_s": restart_s,
        "p50_ms": paced["p50_ms"],
        "p99_ms": paced["p99_ms"],
        "paced_per_s": paced["per_s"],
    }


def _flood(place: Place, world: BenchWorld, count: int, ingest: Ingest) -> dict[str, float]:
    """Send as fast as the broker acknowledges; wait until all is stored."""
    load = Load(place, world, count=count)
    pids = {"ingest": ingest.pid, **place.servers}
    before = spent_s(pids)
    load.go()
    done = load.done()
    ended_s = ingest.wait_stored(count)
    after = spent_s(pids)
    spent = {name: after[name] - before[name] for name in pids} | {"load generator": done["cpu_s"]}
    return {
        "sent": done["sent"],
        "acknowledged": done["acknowledged"],
        "seconds": ended_s - done["began_s"],
        **{f"spent by {name}": cpu_s / count * 1e6 for name, cpu_s in spent.items()},
    }


def _until_judging(place: Place, world: BenchWorld, ingest: Ingest) -> tuple[float, dict[str, float]]:
    """Seconds from the start of a killed ingest until it has judged and stored a report that came after it."""
    load = Load(place, world, rate=AFTER_KILL_RATE, seconds=2.0)
    load.go()
    ingest.wait_ready()
    ended_s = ingest.wait_stored(1)
    again = load.done()
    ingest.wait_stored(int(again["sent"]))
    return ended_s - ingest.began_s, again


async def _paced(place: Place, world: BenchWorld, seconds: float) -> dict[str, float]:
    """Send at the pace of a city and see how long after its last report an alert is in the stream."""
    rate = min(PACED_RATE, float(world.devices))
    lasts_s = HOLD_S + 2 * world.devices / rate + seconds
    store = await Store.connect(place.database_url, pool_size=2)
    delays_ms: list[float] = []
    following = asyncio.create_task(_follow(store, delays_ms))
    try:
        load = await asyncio.to_thread(lambda: Load(place, world, rate=rate, seconds=lasts_s))
        load.go()
        done = await asyncio.to_thread(load.done)
        await asyncio.sleep(2)
    finally:
        following.cancel()
        await asyncio.gather(following, return_exceptions=True)
        await store.close()
    if not delays_ms:
        raise CommandError("no alert came while reports were sent at the pace of a city")
    delays_ms.sort()
    return {
        **done,
        "per_s": done["sent"] / lasts_s,
        "p50_ms": delays_ms[len(delays_ms) // 2],
        "p99_ms": delays_ms[min(len(delays_ms) - 1, int(len(delays_ms) * 0.99))],
    }


async def _follow(store: Store, delays_ms: list[float]) -> None:
    """Read the numbered changes as the live stream does; the first change of a speeding alert is timed."""
    number = (await store.change_bounds())[1]
    seen: set[object] = set()
    async for _ in store.wait_for_changes():
        for change in await store.alert_changes(number, limit=10_000):
            number = change.number
            if change.alert.rule == "speeding" and change.alert.id not in seen:
                seen.add(change.alert.id)
                delays_ms.append(time.time() * 1000 - change.alert.detected_ms)


def _accounted(dsn: str) -> tuple[int, int]:
    """What the loss account says was stored, and how many alerts there are."""
    with psycopg.connect(dsn) as connection:
        stored = connection.execute("select coalesce(sum(stored), 0) from loss_account").fetchone()
        alerts = connection.execute("select count(*) from alerts").fetchone()
    assert stored is not None
    assert alerts is not None
    return int(stored[0]), int(alerts[0])
