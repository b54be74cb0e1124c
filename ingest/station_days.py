"""The local days of stations that are over: counted and judged by their slot, and never in a hurry.

Each station is a transaction of its own and is followed by a rest, so that a night of thousands of stations
takes minutes of a fraction of a core, and no more memory than one station's week.
"""

import asyncio
from collections.abc import Callable, Sequence
from datetime import date, timedelta, tzinfo
from typing import Protocol

import structlog
from msgspec.structs import replace

from alerts import capped
from alerts.finding import Finding
from alerts.reconcile import CONTRADICTED
from alerts.ruleset import Ruleset, StationProfile
from domain.identifiers import DeviceId
from domain.localtime import day_end_ms
from ingest.in_turn import in_turn, rested
from ingest.registry_watch import Rulesets
from ingest.slots import ALL, Slot
from runtime.clock import monotonic_s, ticks
from storage.batch import JudgedFinding
from storage.dust_days import DustDay, JudgeDays
from storage.store import NO_DEVICE

LOOK_EVERY_S = 10.0
REST = 4.0
"""How many times longer than the work is the rest after it."""

_log = structlog.get_logger(__name__)


class DaysStore(Protocol):
    """The verbs of the store that judging days needs."""

    async def devices_with_days_to_judge(
        self, until: date, *, after: DeviceId = NO_DEVICE, limit: int = 100
    ) -> Sequence[tuple[DeviceId, date]]:
        """Stations' devices with local days up to `until` that are not counted, and the first such day, by id."""
        ...

    async def judge_days(
        self, device_id: DeviceId, until: date, zone: tzinfo, judge: JudgeDays
    ) -> tuple[int, ...]:
        """Count a device's days and store what `judge` says of them."""
        ...


async def judge_days_whenever_over(
    store: DaysStore,
    rulesets: Rulesets,
    *,
    slot: Slot,
    time_judged_ms: Callable[[], int | None],
    stop: asyncio.Event,
) -> None:
    """Judge days as they end, until stopped; while `time_judged_ms` is None it waits. Raises StorageUnavailable."""
    async for _ in ticks(LOOK_EVERY_S, stop):
        if (at_ms := time_judged_ms()) is not None:
            await judge_days_over(store, rulesets, at_ms, slot=slot, stop=stop)


async def judge_days_over(
    store: DaysStore,
    rulesets: Rulesets,
    at_ms: int,
    *,
    slot: Slot = ALL,
    stop: asyncio.Event | None = None,
) -> int:
    """Judge the days that are over at a time and have news; gives the number of stations. Raises StorageUnavailable."""
    zone = rulesets.nearest(at_ms).time_zone
    until = capped.last_day_over(at_ms, zone)
    stations, changes, began_s = 0, 0, monotonic_s()
    async for device_id, first in in_turn(
        lambda after: store.devices_with_days_to_judge(until, after=after), slot
    ):
        if stop is not None and stop.is_set():
            return stations
        for n in range((until - first).days + 1):
            await rulesets.ready_at(day_end_ms(first + timedelta(days=n), zone))
        async with rested(REST):
            judging = _judging(rulesets.nearest, device_id, zone)
            changes += len(await store.judge_days(device_id, until, zone, judging))
        stations += 1
    if stations:
        _log.info(
            "station days judged",
            action="station_days_judged",
            until=until.isoformat(),
            stations=stations,
            alert_changes=changes,
            took_s=round(monotonic_s() - began_s, 3),
        )
    return stations


def _judging(ruleset_at: Callable[[int], Ruleset], device_id: DeviceId, zone: tzinfo) -> JudgeDays:
    def judge(days: Sequence[DustDay], stored: Sequence[Finding]) -> list[JudgedFinding]:
        return _news(ruleset_at, device_id, days, stored, zone)

    return judge


def _news(
    ruleset_at: Callable[[int], Ruleset],
    device_id: DeviceId,
    days: Sequence[DustDay],
    stored: Sequence[Finding],
    zone: tzinfo,
) -> list[JudgedFinding]:
    """What judging these days again adds, changes and takes back."""
    tallies = {day.day: day.tally for day in days}
    looked_at = capped.days_to_judge([day.day for day in days if day.is_new], tallies, days[-1].day)
    in_time = {day.day for day in days if day.is_new and not day.is_late}
    known = {finding.id: finding for finding in stored}
    news: list[JudgedFinding] = []
    for ruleset, finding in capped.judge_days(ruleset_at, device_id, tallies, looked_at, zone):
        if known.pop(finding.id, None) != finding:
            is_in_time = capped.day_of(finding.detected_ms, zone) in in_time
            news.append(
                JudgedFinding(finding=finding, ruleset_version=ruleset.version, found_late=not is_in_time)
            )
    for finding in known.values():
        ruleset = ruleset_at(finding.detected_ms)
        if (
            finding.withdrawn is None
            and _is_judged(ruleset, finding)
            and (capped.day_of(finding.detected_ms, zone) in looked_at)
        ):
            gone = replace(finding, withdrawn=CONTRADICTED)
            news.append(JudgedFinding(finding=gone, ruleset_version=ruleset.version, found_late=True))
    return news


def _is_judged(ruleset: Ruleset, finding: Finding) -> bool:
    """Tell whether a rule of the station could find this again; what others found is left alone."""
    profile = None if finding.device_id is None else ruleset.profiles.get(finding.device_id)
    return (
        isinstance(profile, StationProfile)
        and profile.station.id == finding.station_id
        and any(rule.id == finding.rule_id for rule in profile.day_rules)
    )
