"""An alert judged again from a bundle: its device's reports through the same engine, by the same versions.

Pure. A report is judged by the version in force at its time; where reports alone do not show the alert (a silence,
a trip that is overdue) time passes, by the instants at which the engine says that it could show something.
"""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from itertools import groupby
from typing import Any
from uuid import UUID

from msgspec import Struct, to_builtins
from msgspec.structs import replace

from alerts import capped, dump_site, engine
from alerts.device_state import DeviceState
from alerts.evidence import SiteMember
from alerts.finding import Finding
from alerts.pairing import paired
from alerts.ruleset import Ruleset
from alerts.station_evidence import DustEvidence
from alerts.timeline import Timeline
from domain.identifiers import DeviceId
from domain.quantity import PARTICULATES, Quantity
from domain.report import BackgroundReport, DustReport, PositionReport

Report = PositionReport | DustReport | BackgroundReport

MOST_TICKS = 1_000
COMPARED = (
    "severity", "started_ms", "ended_ms", "device_id", "vehicle_id", "station_id", "area", "district_id", "lon", "lat",
    "zone_ids", "evidence",
)  # fmt: skip
"""What must be the same, besides rule and subject. When it was complete is left out: a value that came late dates
that differently."""
CLOSE = 1e-9
"""How far numbers may differ, relatively: machines round distances differently in the last place."""


class SeenMember(Struct, frozen=True, kw_only=True):
    """What a suspected dump site is made of: a dumping or a loaded stay, and when that was settled."""

    seen: SiteMember
    known_ms: int


class Fold:
    """One device under judgement: its state, and the last word on every alert found."""

    def __init__(self, timeline: Timeline, device_id: DeviceId, state: DeviceState | None) -> None:
        """Begin at a checkpoint's state, or knowing nothing; what ticks had found then is found again."""
        self._timeline = timeline
        self._device_id = device_id
        self._state: DeviceState | None = (
            None if state is None else replace(state, tentative=(), ticked_ms=None)
        )
        self.found: dict[UUID, Finding] = {}
        self._has_news = False

    def take(self, reports: Sequence[Report]) -> bool:
        """Judge reports, in the device's order; tell whether they found anything."""
        self._has_news = False
        for number, of_version in groupby(reports, key=lambda one: self._timeline.number_at(one.time_ms)):
            ruleset = self._timeline.version(number)
            run = list(of_version)
            if self._device_id in ruleset.vehicle_devices:
                positions = [one for one in run if isinstance(one, PositionReport)]
                for placed in ruleset.index.place(positions, ruleset.routes_of) if positions else ():
                    self._step(ruleset, placed)
            elif self._device_id in ruleset.station_devices:
                for one in run:
                    if not isinstance(one, PositionReport):
                        self._step(ruleset, one)
        return self._has_news

    def ticks(self, to_ms: int) -> Iterator[int]:
        """Let time pass up to an instant, by those that could show something, each as it has passed."""
        if self._state is None or self._state.order is None:
            return
        left = MOST_TICKS
        for number in self._timeline.numbers_between(self._state.order[0], to_ms):
            ruleset = self._timeline.version(number)
            while left and (due_ms := engine.due_ms(ruleset, self._state)) is not None and due_ms <= to_ms:
                before = self._state
                self._state, findings = engine.tick(ruleset, before, due_ms)
                self.found.update((one.id, one) for one in findings)
                yield due_ms
                if self._state is before:
                    break
                left -= 1

    def _step(self, ruleset: Ruleset, item: engine.Item) -> None:
        state = self._state or engine.new_state(ruleset, self._device_id)
        self._state, findings = engine.step(ruleset, state, item)
        self._has_news = self._has_news or bool(findings)
        self.found.update((one.id, one) for one in findings)


def judge_day(
    timeline: Timeline, device_id: DeviceId, readings: Iterable[DustReport], end_ms: int
) -> list[Finding]:
    """What the local day that ends at an instant shows, from the readings of the seven days to it."""
    zone = timeline.at(end_ms).time_zone
    values: dict[date, dict[Quantity, list[float]]] = {}
    for reading in readings:
        day = values.setdefault(capped.day_of(reading.time_ms, zone), {})
        for quantity in PARTICULATES:
            value = reading.values.get(quantity)
            if value is not None and capped.is_counted(value, reading.flag(quantity)):
                day.setdefault(quantity, []).append(value)
    tallies = {
        day: {quantity: capped.tally(own) for quantity, own in read.items()} for day, read in values.items()
    }
    days = [capped.day_of(end_ms, zone)]
    return [one for _, one in capped.judge_days(timeline.at, device_id, tallies, days, zone)]


def judge_place(ruleset: Ruleset, alert: Finding, members: Sequence[SeenMember]) -> list[Finding]:
    """What these members make, as it stands at the alert's end, or with the newest of them."""
    rule = next((one for one in ruleset.area_rules if one.id == alert.rule_id), None)
    if rule is None or not members:
        return []
    placed = []
    for one in members:
        x_m, y_m = ruleset.index.to_plane(one.seen.lon, one.seen.lat)
        placed.append(dump_site.Member(seen=one.seen, known_ms=one.known_ms, x_m=x_m, y_m=y_m))
    newest_ms = max(one.seen.at_ms for one in members)
    until_ms = newest_ms if alert.ended_ms is None else newest_ms + dump_site.open_ms(rule) + 1
    return list(dump_site.judge_rule(ruleset, rule, placed, until_ms))


def differences(alert: Finding, found: Iterable[Finding]) -> dict[str, tuple[Any, Any]]:
    """What of an alert is not what was found, as (bundle, found); nothing where it is the same.

    Of an alert that was withdrawn nothing may stand.
    """
    standing = [one for one in found if one.withdrawn is None]
    pairs = paired([alert], standing, lambda one: (one.rule_id, one.subject))
    same = next((one for one in standing if one.id in pairs), None)
    if same is None or alert.withdrawn is not None:
        is_agreed = (same is None) is (alert.withdrawn is not None)
        return {} if is_agreed else {"alert": _stand(same is None)}
    pairs_of = ((name, _plain(getattr(alert, name)), _plain(getattr(same, name))) for name in COMPARED)
    return {name: (said, told) for name, said, told in pairs_of if not _alike(said, told)}


def _stand(is_missing: bool) -> tuple[str, str]:
    return ("stands", "not found") if is_missing else ("withdrawn", "stands")


def _plain(value: Any) -> Any:
    # Who was on site is added beside the fold, from other vehicles' visits.
    return to_builtins(replace(value, vehicles_on_site=()) if isinstance(value, DustEvidence) else value)


def _alike(one: Any, other: Any) -> bool:
    if isinstance(one, float) and isinstance(other, float):
        return math.isclose(one, other, rel_tol=CLOSE, abs_tol=CLOSE)
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return one.keys() == other.keys() and all(_alike(value, other[name]) for name, value in one.items())
    if isinstance(one, list | tuple) and isinstance(other, list | tuple):
        return len(one) == len(other) and all(map(_alike, one, other))
    return bool(one == other)
