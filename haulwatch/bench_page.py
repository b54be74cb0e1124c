"""`haulwatch bench page`: a real browser at the real page, with the vehicles of a city moving.

The world of the benches at its pace, ingest, database and API as processes of their own, and Chromium beside
them on the same cores. Without a graphics card the browser draws in software, so frames a second say nothing
of a desk; script per frame, tasks, updates and messages carry over.
"""

import asyncio
import socket
import struct
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from api.signed_in import COOKIE
from domain.person import Role
from haulwatch.bench_browser import Browsing, Look, browsing
from haulwatch.bench_place import empty_database, put_in_force, servers
from haulwatch.bench_processes import Api, Ingest, Load, Place
from haulwatch.bench_report import Measured, Stages, missed, report
from haulwatch.bench_world import BenchWorld
from haulwatch.problem import CommandError
from haulwatch.startup import web_directory
from runtime.clock import now_ms
from runtime.settings import Settings
from storage.people import SESSION_MS, People
from storage.store import Store

REPORT_EVERY_S = 5.0
ALERTS_S = 30.0
PAN_S = 20.0
LISTEN_S = 10.0
# Where the kernel keeps the bytes a socket has received, in its answer to TCP_INFO (linux/tcp.h).
TCP_BYTES_RECEIVED = 128


def run_bench_page(
    settings: Settings, *, vehicles: int, zones: int, routes: int, heap_s: float, json_file: Path | None
) -> None:
    """Measure everything, print it, and write it where asked."""
    if web_directory() is None:
        raise CommandError("the page is not built; `make web` builds it")
    world = BenchWorld(devices=vehicles, zones=zones, routes=routes)
    stage = Stages(6)
    stage("starting the servers")
    with servers(settings) as place, empty_database(place) as dsn:
        measured, counts = asyncio.run(_measure(replace(place, database_url=dsn), world, heap_s, stage))
    report("page", measured, counts, missed(measured), json_file)


async def _measure(
    place: Place, world: BenchWorld, heap_s: float, stage: Stages
) -> tuple[list[Measured], dict[str, float]]:
    await put_in_force(place.database_url, world)
    secret = await _session(place.database_url)
    ingest, api = Ingest(place), Api(place)
    try:
        await asyncio.to_thread(ingest.wait_ready)
        await asyncio.to_thread(api.wait_ready)
        async with browsing(api.url, COOKIE, secret) as browser:
            load = await asyncio.to_thread(_load, place, world, heap_s)
            try:
                return await _at_the_page(load, world, browser, heap_s, stage)
            finally:
                await asyncio.to_thread(load.stop)  # before the broker that it speaks to
    finally:
        await asyncio.to_thread(api.stop)
        await asyncio.to_thread(ingest.stop)


def _load(place: Place, world: BenchWorld, heap_s: float) -> Load:
    lasts_s = ALERTS_S + PAN_S + LISTEN_S + heap_s + 90.0
    return Load(place, world, rate=world.devices / REPORT_EVERY_S, seconds=lasts_s)


async def _at_the_page(
    load: Load, world: BenchWorld, browser: Browsing, heap_s: float, stage: Stages
) -> tuple[list[Measured], dict[str, float]]:
    stage(f"{world.devices / REPORT_EVERY_S:,.0f} reports a second; alerts as they are shown")
    async with browser.page() as page:
        await page.until_shown(vehicles=0)
        load.go()
        await asyncio.sleep(ALERTS_S)
        shown_ms = sorted((await page.perf())["shown"])
    stage("opening the page, all vehicles in view")
    async with browser.page() as page:
        opened = await page.until_shown(vehicles=int(world.devices * 0.9))
        stage(f"panning for {PAN_S:.0f} s")
        look = await page.pan(PAN_S)
        stage("listening to the stream")
        bytes_s = await _bytes_per_s(browser)
        stage(f"{heap_s:.0f} s of stream, for the heap")
        before = await page.heap_bytes()
        await asyncio.sleep(heap_s)
        after = await page.heap_bytes()
    counts = {
        "vehicles": float(len(look.tracks)),
        "alerts": float(len(shown_ms)),
        "frames": float(len(look.frames_ms)),
    }
    return [
        Measured(what="first paint", value=opened.paint_s, unit="s", bound=2.0, at_least=False),
        Measured(what="list shown", value=opened.list_s, unit="s"),
        Measured(what="map with the vehicles", value=opened.map_s, unit="s"),
        *_drawing(look),
        Measured(what="stream to a client that sees all", value=bytes_s / 1000, unit="kB/s"),
        Measured(what="the same, before compression", value=look.received_per_s / 1000, unit="kB/s"),
        Measured(what="heap after the pan", value=before / 2**20, unit="MiB"),
        Measured(what=f"heap grown in {heap_s:.0f} s", value=(after - before) / 2**20, unit="MiB"),
        *_delays(shown_ms),
    ], counts


def _drawing(look: Look) -> list[Measured]:
    updates = look.updates_ms or [0.0]
    return [
        Measured(what="frames while panning", value=look.frames_per_s, unit="/s", bound=50.0),
        Measured(what="script a frame, median", value=_part(look.frames_ms, 0.5), unit="ms"),
        Measured(
            what="script a frame, p95",
            value=_part(look.frames_ms, 0.95),
            unit="ms",
            bound=20.0,
            at_least=False,
        ),
        Measured(
            what="longest task", value=max(look.tasks_ms, default=0.0), unit="ms", bound=100.0, at_least=False
        ),
        Measured(what="one update of the map, median", value=_part(updates, 0.5), unit="ms"),
        Measured(
            what="one update of the map, longest", value=max(updates), unit="ms", bound=300.0, at_least=False
        ),
    ]


def _delays(shown_ms: list[float]) -> list[Measured]:
    if not shown_ms:
        raise CommandError("no alert was shown while reports came at the pace of a city")
    return [
        Measured(what="report to page, p50", value=_part(shown_ms, 0.5) / 1000, unit="s"),
        Measured(
            what="report to page, p99",
            value=_part(shown_ms, 0.99) / 1000,
            unit="s",
            bound=1.0,
            at_least=False,
        ),
    ]


def _part(values: list[float], part: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * part))] if ordered else 0.0


async def _session(dsn: str) -> str:
    """Somebody to look at the page; gives the secret of their cookie."""
    store = await Store.connect(dsn, pool_size=1)
    try:
        people = People(store)
        # No password has this hash: nobody can sign in by one.
        await people.add_user(
            "bench",
            name="Bench",
            role=Role.ADMINISTRATOR,
            district_ids=None,
            password_hash="none",  # noqa: S106
        )
        return await people.begin_session("bench", expires_ms=now_ms() + SESSION_MS, address="bench")
    finally:
        await store.close()


async def _bytes_per_s(browser: Browsing) -> float:
    """What the stream costs on the wire for a client that sees everything, compressed as for a browser."""
    from websockets.asyncio.client import connect

    address = browser.url.replace("http", "ws", 1) + "/api/live"
    async with connect(address, additional_headers={"cookie": browser.cookie}, max_size=None) as stream:
        await stream.send('{"type":"view","bbox":[-180,-90,180,90],"devices":[]}')
        reading = asyncio.create_task(_read(stream))
        await asyncio.sleep(3)  # the first picture is no rate
        wire = stream.transport.get_extra_info("socket")
        before = _received(wire)
        await asyncio.sleep(LISTEN_S)
        after = _received(wire)
        reading.cancel()
        await asyncio.gather(reading, return_exceptions=True)
    return (after - before) / LISTEN_S


async def _read(stream: Any) -> None:
    async for _ in stream:
        pass


def _received(wire: Any) -> int:
    info = wire.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 256)
    received: int = struct.unpack_from("Q", info, TCP_BYTES_RECEIVED)[0]
    return received
