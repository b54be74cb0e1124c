"""The task that delivers, in the test's own event loop and in a hurry; and a target for it to tell."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from alerts.evidence import SpeedEvidence
from alerts.finding import Finding
from docking.service import run_docking
from runtime.clock import now_ms
from runtime.metrics import Metrics
from storage.store import Store
from storage.webhooks import TargetGiven, TargetRow, Webhooks, new_secret
from tests.api import district


@asynccontextmanager
async def delivering(
    store: Store, *, timeout_s: float = 30.0, first_delay_s: float = 0.02
) -> AsyncIterator[Metrics]:
    stop, metrics = asyncio.Event(), Metrics()
    working = asyncio.create_task(
        run_docking(
            store,
            stop=stop,
            now_ms=now_ms,
            metrics=metrics,
            timeout_s=timeout_s,
            first_delay_s=first_delay_s,
            look_every_s=0.02,
        )
    )
    try:
        yield metrics
    finally:
        stop.set()
        await working


async def add_target(store: Store, url: str, *, secret: bytes | None = None, **filters: object) -> int:
    given = TargetGiven(name="City", url=url, **filters)
    return await Webhooks(store).add(given, secret or new_secret(), by="test")


async def until(ask, is_so=bool, *, within_s: float = 60):
    """Ask until it is so; gives the answer."""
    async with asyncio.timeout(within_s):
        while not is_so(answer := await ask()):  # noqa: ASYNC110 -- the database tells nobody
            await asyncio.sleep(0.02)
    return answer


async def until_target(store: Store, target_id: int, is_so, *, within_s: float = 60) -> TargetRow:
    """Wait until a target stands like this."""
    return await until(lambda: Webhooks(store).target(target_id), is_so, within_s=within_s)


def states(vehicle: int, count: int) -> list[Finding]:
    """An alert of a vehicle that gets worse: so many changes of one alert."""
    return [
        district.finding(
            2, district.START_MS, vehicle=vehicle,
            evidence=SpeedEvidence(top_speed_kmh=60.0 + n, limit_kmh=40.0, zone_ids=()),
        )
        for n in range(count)
    ]  # fmt: skip


async def raise_states(store: Store, vehicles: int, count: int) -> None:
    """Changes of some alerts in turn: first one of each, then another of each."""
    of_each = [states(vehicle, count) for vehicle in range(vehicles)]
    for n in range(count):
        await store.commit(district.raised(*(one[n] for one in of_each)))
