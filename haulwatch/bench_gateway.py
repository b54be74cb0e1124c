"""`haulwatch bench gateway`: thousands of terminals on the JT/T 808 gateway, and all that stands behind it.

Terminals, gateway, broker, ingest and database share the machine, as in service. What terminals were told is
taken has to be stored.
"""

import asyncio
from pathlib import Path

from msgspec.structs import replace

from haulwatch.bench_place import empty_database, put_in_force, servers
from haulwatch.bench_processes import Gateway, Generator, Ingest, Place, spent_s
from haulwatch.bench_report import Measured, Stages, missed, report
from haulwatch.bench_world import BenchWorld
from haulwatch.enrolling import enrol
from haulwatch.startup import open_store
from haulwatch.terminal_load import enrolments
from runtime.settings import Settings

ZONES, ROUTES = 1_000, 200


def run_bench_gateway(
    settings: Settings, *, connections: int, every_s: float, seconds: float, json_file: Path | None
) -> None:
    """Measure, print it, and write it where asked."""
    world = BenchWorld(devices=connections, zones=ZONES, routes=ROUTES)
    stage = Stages(4)
    stage("starting the servers")
    with servers(settings) as place, empty_database(place) as dsn:
        found = _through(replace(place, database_url=dsn), world, every_s, seconds, stage)
    measured = _measured(found, connections, every_s)
    counts = {name: found[name] for name in ("sent", "answered", "refused", "stored")}
    report("gateway", measured, counts, missed(measured), json_file)


def _through(
    place: Place, world: BenchWorld, every_s: float, seconds: float, stage: Stages
) -> dict[str, float]:
    asyncio.run(_prepared(place.database_url, world))
    ingest, gateway = Ingest(place), Gateway(place, world.devices)
    try:
        ingest.wait_ready()
        gateway.wait_ready()
        idle_bytes = gateway.memory_bytes()
        stage(f"{world.devices:,} terminals register and sign on")
        order = {"port": gateway.port, "devices": world.devices, "every_s": every_s, "seconds": seconds}
        terminals = Generator("haulwatch.terminal_load", order)
        stage(f"a report each every {every_s:g} s, for {seconds:g} s")
        pids = {"gateway": gateway.pid, "ingest": ingest.pid, **place.servers}
        before = spent_s(pids)
        terminals.go()
        done = terminals.done()
        stage("waiting until all is stored")
        ingest.wait_stored(int(done["sent"]))
        after = spent_s(pids)
        memory_bytes, stored = gateway.memory_bytes(), ingest.stored()
    finally:
        gateway.stop()
        ingest.stop()
    spent = {name: after[name] - before[name] for name in pids} | {"terminals": done["cpu_s"]}
    return {
        **done,
        "stored": float(stored),
        "memory_bytes": float(memory_bytes),
        "grown_bytes": float(memory_bytes - idle_bytes),
        **{f"cores of {name}": cpu_s / seconds for name, cpu_s in spent.items()},
    }


async def _prepared(dsn: str, world: BenchWorld) -> None:
    await put_in_force(dsn, world)
    async with open_store(dsn) as store:
        await enrol(store, enrolments(world), by="bench")


def _measured(found: dict[str, float], connections: int, every_s: float) -> list[Measured]:
    return [
        Measured(what=f"reports of {connections:,} terminals", value=connections / every_s, unit="1/s"),
        Measured(
            what="lost (answered, not stored)",
            value=found["answered"] - found["stored"],
            unit="reports",
            bound=0,
            at_least=False,
        ),
        Measured(
            what="unanswered",
            value=found["sent"] - found["answered"],
            unit="reports",
            bound=0,
            at_least=False,
        ),
        Measured(what="report to answer, p50", value=found["p50_ms"], unit="ms"),
        Measured(what="report to answer, p99", value=found["p99_ms"], unit="ms"),
        Measured(what="report to answer, longest", value=found["longest_ms"], unit="ms"),
        Measured(what="all registered and signed on", value=found["signed_on_s"], unit="s"),
        Measured(what="memory of the gateway", value=found["memory_bytes"] / 2**20, unit="MiB"),
        Measured(what="of it a connection", value=found["grown_bytes"] / connections / 1024, unit="KiB"),
        *(
            Measured(what=name, value=value, unit="cores")
            for name, value in found.items()
            if name.startswith("cores of ")
        ),
    ]
