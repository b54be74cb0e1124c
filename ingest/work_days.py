"""The local days of vehicles: counted by their slot, one device and day at a time, never in a hurry.

A day that is over is counted once; what is counted again because data came late costs the same once more. The day
that runs is counted so far, every ten minutes or as often as a tenth of a core allows. Each device's day is a
transaction of its own, counted beside the event loop, and is followed by a rest.
"""

import asyncio
from collections.abc import Callable, Sequence
from datetime import date, timedelta, tzinfo
from typing import Protocol

import structlog

from alerts import work_day
from alerts.facts import Fact
from alerts.finding import Finding
from alerts.ruleset import Ruleset, VehicleProfile
from alerts.work_day import WorkDay
from domain.identifiers import DeviceId
from domain.localtime import day_end_ms, day_start_ms, local_day
from domain.report import PositionReport
from ingest.in_turn import in_turn, rested
from ingest.registry_watch import Rulesets
from ingest.slots import ALL, Slot
from runtime.clock import monotonic_s, ticks
from storage.store import NO_DEVICE
from storage.work_days import Counting

LOOK_EVERY_S = 30.0
LOOK_BACK_DAYS = 31
"""Older reports are refused, so older days change no more."""
REST = 2.0
"""How many times longer than the work is the rest after it."""
SO_FAR_EVERY_MS = 600_000
SO_FAR_REST = 4.0
"""The same while counting what a day came to so far; between two looks, there is a rest as long as that, too."""

_log = structlog.get_logger(__name__)


class WorkStore(Protocol):
    """The verbs of the store that counting days of work needs."""

    async def seed_work_days(
        self, devices: Sequence[DeviceId], first: date, last: date, zone: tzinfo
    ) -> None:
        """Offer the local days, both included, on which these devices said something or left a stop, and all that ran till then."""
        ...

    async def running_work_days(
        self, devices: Sequence[DeviceId], day: date, zone: tzinfo, *, before_ms: int
    ) -> Sequence[DeviceId]:
        """Offer a day that runs, and give the devices whose line was last counted by then, the longest ago first."""
        ...

    async def work_days_to_count(
        self, until: date, *, after: DeviceId = NO_DEVICE, limit: int = 100
    ) -> Sequence[tuple[DeviceId, Sequence[date]]]:
        """Devices with local days of work up to `until` that are not counted, by id, and these days."""
        ...

    async def count_work_day(
        self, device_id: DeviceId, day: date, zone: tzinfo, counting: Counting, *, at_ms: int
    ) -> bool:
        """Count a device's local day and keep what it came to."""
        ...


async def count_days_whenever_over(
    store: WorkStore,
    rulesets: Rulesets,
    *,
    slot: Slot,
    time_judged_ms: Callable[[], int | None],
    stop: asyncio.Event,
    every_s: float = LOOK_EVERY_S,
) -> None:
    """Count days as they end, and today so far, until stopped; while `time_judged_ms` is None it waits. Raises StorageUnavailable."""
    seeded: tuple[date, int] | None = None
    async for _ in ticks(every_s, stop):
        if (at_ms := time_judged_ms()) is not None:
            ruleset = rulesets.nearest(at_ms)
            offered = (work_day.last_day_settled(at_ms, ruleset), ruleset.version)
            if offered != seeded:
                await offer_days(store, ruleset, at_ms, slot=slot)
                seeded = offered
            await count_days_over(store, rulesets, at_ms, slot=slot, stop=stop)
            await count_so_far(store, rulesets, at_ms, slot=slot, stop=stop)


async def offer_days(store: WorkStore, ruleset: Ruleset, at_ms: int, *, slot: Slot = ALL) -> None:
    """Note the days that are over and on which a vehicle said something or left a stop."""
    until = work_day.last_day_settled(at_ms, ruleset)
    first = until - timedelta(days=LOOK_BACK_DAYS - 1)
    await store.seed_work_days(_vehicle_devices(ruleset, slot), first, until, ruleset.time_zone)


def _vehicle_devices(ruleset: Ruleset, slot: Slot) -> list[DeviceId]:
    return [device_id for device_id in sorted(ruleset.vehicle_devices) if slot.has(device_id)]


async def count_days_over(
    store: WorkStore,
    rulesets: Rulesets,
    at_ms: int,
    *,
    slot: Slot = ALL,
    stop: asyncio.Event | None = None,
    rest: float = REST,
) -> int:
    """Count the days that are over at a time and are not counted; gives their number. Raises StorageUnavailable."""
    until = work_day.last_day_settled(at_ms, rulesets.nearest(at_ms))
    counted, began_s = 0, monotonic_s()
    async for device_id, days in in_turn(lambda after: store.work_days_to_count(until, after=after), slot):
        for day in days:
            if stop is not None and stop.is_set():
                return counted
            counted += await _count(store, rulesets, device_id, day, at_ms, rest)
    if counted:
        _log.info(
            "work days counted",
            action="work_days_counted",
            until=until.isoformat(),
            days=counted,
            took_s=round(monotonic_s() - began_s, 3),
        )
    return counted


async def count_so_far(
    store: WorkStore,
    rulesets: Rulesets,
    at_ms: int,
    *,
    slot: Slot = ALL,
    stop: asyncio.Event | None = None,
    rest: float = SO_FAR_REST,
) -> int:
    """Count what today came to until a time, for a while, those first who wait longest; gives their number.

    Raises StorageUnavailable.
    """
    ruleset = rulesets.nearest(at_ms)
    today = local_day(at_ms, ruleset.time_zone)
    devices = _vehicle_devices(ruleset, slot)
    waiting = await store.running_work_days(
        devices, today, ruleset.time_zone, before_ms=at_ms - SO_FAR_EVERY_MS
    )
    counted, began_s = 0, monotonic_s()
    for device_id in filter(slot.has, waiting):
        # Days that are over, and a fresh time to count up to, are not to wait for all the others.
        if (stop is not None and stop.is_set()) or monotonic_s() - began_s > LOOK_EVERY_S:
            break
        counted += await _count(store, rulesets, device_id, today, at_ms, rest)
    return counted


async def _count(
    store: WorkStore, rulesets: Rulesets, device_id: DeviceId, day: date, at_ms: int, rest: float
) -> bool:
    """Count one day of a device by the version in force at its end, or at `at_ms` before that, and rest."""
    async with rested(rest):
        to_ms = min(at_ms, day_end_ms(day, rulesets.nearest(at_ms).time_zone))
        await rulesets.ready_at(to_ms)
        counting = _Counting(rulesets.nearest(to_ms), device_id, day)
        return await store.count_work_day(device_id, day, counting.ruleset.time_zone, counting, at_ms=at_ms)


class _Counting:
    """How one device's day is counted by a version of the ruleset."""

    def __init__(self, ruleset: Ruleset, device_id: DeviceId, day: date) -> None:
        self.ruleset = ruleset
        self._day = day
        profile = ruleset.profiles.get(device_id)
        self._profile = profile if isinstance(profile, VehicleProfile) else None

    def reads_from_ms(self, facts: Sequence[Fact]) -> int:
        """From when on reports bear on the day."""
        if self._profile is None:
            return day_start_ms(self._day, self.ruleset.time_zone)
        return work_day.reads_from_ms(self.ruleset, self._profile, self._day, facts)

    async def count(
        self, reports: Sequence[PositionReport], facts: Sequence[Fact], alerts: Sequence[Finding], to_ms: int
    ) -> WorkDay | None:
        """What the day came to until an instant; None for a device that is no vehicle's."""
        if self._profile is None:
            return None
        return await asyncio.to_thread(
            work_day.work_day,
            self.ruleset,
            self._profile,
            self._day,
            reports=reports,
            facts=facts,
            alerts=alerts,
            to_ms=to_ms,
        )
