"""`haulwatch bench live`: the whole way of a report, and each part of it in the same run.

The load generator and ingest are processes of their own, as in service. What is sent, acknowledged and
stored is counted and has to agree: a fast bench that loses something is no bench.
"""

import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import psutil
import psycopg
from msgspec import Struct
from rich.console import Console

from domain.report import PositionReport
from haulwatch import bench_parts
from haulwatch.bench_null import receive_all
from haulwatch.bench_report import Measured, report
from haulwatch.bench_world import BenchWorld
from haulwatch.guard import started_at
from haulwatch.ports import free_port
from haulwatch.problem import CommandError
from haulwatch.registries import save
from haulwatch.startup import open_store
from ingest.embedded import EmbeddedBroker
from runtime.settings import Settings, variable_name
from storage.embedded import EmbeddedPostgres
from storage.store import Store

GUESSED_RATE = 10_000
PACED_RATE = 2_200.0
HOLD_S = 10.0
WAIT_S = 120.0


class Place(Struct, frozen=True, kw_only=True):
    """Where the bench runs: its servers, its topics, its files."""

    database_url: str
    broker_url: str
    prefix: str
    directory: Path


class Ingest:
    """An ingest process under measurement."""

    def __init__(self, place: Place) -> None:
        self._log = place.directory / "ingest.log"
        self._metrics_port = free_port()
        environ = {
            variable_name("database_url"): place.database_url,
            variable_name("broker_url"): place.broker_url,
            variable_name("topic_prefix"): place.prefix,
            variable_name("client_id"): "haulwatch-bench-ingest",
            variable_name("metrics_port"): str(self._metrics_port),
            variable_name("log_format"): "json",
        }
        self.began_s = time.monotonic()
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "haulwatch", "ingest"],
                env={**os.environ, **environ},
                stderr=log,
                stdout=log,
            )

    def wait_ready(self) -> float:
        """Seconds from the start of the process until it judges."""
        while '"ingest_ready"' not in self._log.read_text(encoding="utf-8", errors="replace"):
            self._check_alive()
            if time.monotonic() - self.began_s > WAIT_S:
                raise CommandError(f"ingest was not ready within {WAIT_S:.0f} s; see {self._log}")
            time.sleep(0.02)
        return time.monotonic() - self.began_s

    def stored(self) -> int:
        """How many elements this process has stored."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self._metrics_port}/metrics", timeout=5) as answer:
            for line in answer.read().decode().splitlines():
                if line.startswith("haulwatch_stored_total "):
                    return int(float(line.split()[1]))
        return 0

    def wait_stored(self, count: int) -> float:
        """The time of day in s at which `count` elements were stored."""
        deadline = time.monotonic() + WAIT_S
        while self.stored() < count:
            self._check_alive()
            if time.monotonic() > deadline:
                raise CommandError(
                    f"{self.stored():,} of {count:,} reports were stored within {WAIT_S:.0f} s"
                )
            time.sleep(0.05)
        return time.time()

    def memory_bytes(self) -> int:
        """What the process has resident."""
        return int(psutil.Process(self._process.pid).memory_info().rss)

    def kill(self) -> None:
        """Kill -9."""
        self._process.kill()
        self._process.wait()

    def stop(self) -> None:
        """End in order."""
        self._process.terminate()
        try:
            self._process.wait(30)
        except subprocess.TimeoutExpired:
            self.kill()

    def _check_alive(self) -> None:
        if self._process.poll() is not None:
            last = self._log.read_text(encoding="utf-8", errors="replace").strip().splitlines()[-1:]
            raise CommandError(f"ingest ended with {self._process.returncode}: {' '.join(last)}")


class Load:
    """A load generator, waiting for the word."""

    def __init__(self, place: Place, world: BenchWorld, **order: float) -> None:
        self._process = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "haulwatch.load_generator",
                json.dumps(
                    {"url": place.broker_url, "prefix": place.prefix, "devices": world.devices, **order}
                ),
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout is not None
        if self._process.stdout.readline().strip() != "ready":
            raise CommandError("the load generator could not reach the broker")

    def go(self) -> None:
        """Let it begin."""
        assert self._process.stdin is not None
        self._process.stdin.write("go\n")
        self._process.stdin.flush()

    def done(self) -> dict[str, float]:
        """What it sent and what was acknowledged, once it has ended."""
        out, _ = self._process.communicate(timeout=WAIT_S + 60)
        if self._process.returncode != 0:
            raise CommandError("the load generator failed")
        sent: dict[str, float] = json.loads(out)
        return sent


def run_bench_live(
    settings: Settings, *, seconds: float, devices: int, zones: int, routes: int, json_file: Path | None
) -> None:
    """Measure everything, print it, and write it where asked."""
    world = BenchWorld(devices=devices, zones=zones, routes=routes)
    count = max(devices, int(seconds * GUESSED_RATE))
    console = Console(stderr=True)
    with _servers(settings) as place, console.status("") as status:
        status.update("decoding, placing and judging alone")
        registry = world.registry()
        reports, decoding = bench_parts.reports_of(world, registry, count)
        parts = [decoding, *bench_parts.judged(registry, reports)]
        status.update("storing alone")
        with _empty_database(place) as dsn:
            parts.append(asyncio.run(_stored(dsn, reports)))
        del reports
        status.update("null subscriber")
        null = _null_rate(place, world, count)
        status.update("whole path")
        with _empty_database(place) as dsn:
            own = Place(
                database_url=dsn, broker_url=place.broker_url, prefix=place.prefix, directory=place.directory
            )
            whole = _whole_path(own, world, count, seconds)
    rate = whole["stored"] / whole["seconds"]
    measured = [
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
        *parts,
    ]
    counts = {
        name: whole[name] for name in ("sent", "acknowledged", "stored", "accounted", "alerts", "paced_per_s")
    }
    report("live", measured, counts, json_file)


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


def _whole_path(place: Place, world: BenchWorld, count: int, seconds: float) -> dict[str, float]:
    asyncio.run(_put_in_force(place.database_url, world))
    ingest = Ingest(place)
    try:
        ingest.wait_ready()
        load = Load(place, world, count=count)
        load.go()
        done = load.done()
        ended_s = ingest.wait_stored(count)
        memory_bytes = ingest.memory_bytes()
        paced = asyncio.run(_paced(place, world, seconds))
        stored = count + int(paced["sent"])
        ingest.wait_stored(stored)
        ingest.kill()
        ingest = Ingest(place)
        restart_s = ingest.wait_ready()
    finally:
        ingest.stop()
    accounted, alerts = _accounted(place.database_url)
    return {
        "sent": done["sent"] + paced["sent"],
        "acknowledged": done["acknowledged"] + paced["acknowledged"],
        "stored": float(count),
        "seconds": ended_s - done["began_s"],
        "accounted": float(accounted),
        "alerts": float(alerts),
        "memory_bytes": float(memory_bytes),
        "restart_s": restart_s,
        "p50_ms": paced["p50_ms"],
        "p99_ms": paced["p99_ms"],
        "paced_per_s": paced["per_s"],
    }


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


async def _put_in_force(dsn: str, world: BenchWorld) -> None:
    async with open_store(dsn) as store:
        await save(store, world.document(), author="bench")


def _accounted(dsn: str) -> tuple[int, int]:
    """What the loss account says was stored, and how many alerts there are."""
    with psycopg.connect(dsn) as connection:
        stored = connection.execute("select coalesce(sum(stored), 0) from loss_account").fetchone()
        alerts = connection.execute("select count(*) from alerts").fetchone()
    assert stored is not None
    assert alerts is not None
    return int(stored[0]), int(alerts[0])


@contextmanager
def _servers(settings: Settings) -> Iterator[Place]:
    """The configured servers, else embedded ones in a directory that is removed afterwards."""
    with tempfile.TemporaryDirectory(prefix="haulwatch-bench-") as name:
        directory = Path(name)
        directory.chmod(0o755)
        postgres = None if settings.database_url else EmbeddedPostgres(directory / "postgres")
        broker = None if settings.broker_url else EmbeddedBroker(directory / "broker")
        try:
            yield Place(
                database_url=settings.database_url.reveal() if postgres is None else postgres.start(),
                broker_url=settings.broker_url.reveal() if broker is None else _started(broker),
                prefix=f"haulwatch-bench/{started_at(os.getpid()) or os.getpid()}",
                directory=directory,
            )
        finally:
            if broker is not None:
                broker.stop()
            if postgres is not None:
                postgres.stop()


def _started(broker: EmbeddedBroker) -> str:
    broker.start()
    return broker.url


@contextmanager
def _empty_database(place: Place) -> Iterator[str]:
    """A database of the bench's own on the server, dropped afterwards."""
    name = f"haulwatch_bench_{os.getpid()}"
    with psycopg.connect(place.database_url, autocommit=True) as admin:
        admin.execute(f'drop database if exists "{name}" with (force)'.encode())
        admin.execute(f'create database "{name}"'.encode())
    try:
        yield urlsplit(place.database_url)._replace(path=f"/{name}").geturl()
    finally:
        with psycopg.connect(place.database_url, autocommit=True) as admin:
            admin.execute(f'drop database if exists "{name}" with (force)'.encode())
