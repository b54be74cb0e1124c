"""Alerts against truth: which were found, which were missed, which should not have been raised.

Pure. An alert matches a truth line of the same rule and subject when their spans, each widened by
`SLACK_MS`, overlap; matching is one to one and as large as it can be. What a rule means is not decided
here, nor where the lines come from.
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime
from statistics import median
from typing import TypeVar

import msgspec
from msgspec import Struct

from domain.rule import RuleKind

SLACK_MS = 120_000
AREA_RADIUS_M = 300.0
_METRES_PER_DEGREE = 111_195.0  # mean Earth radius of 6,371 km; good enough for a 300 m circle


class ScoredAlert(Struct, frozen=True, kw_only=True):
    """What scoring needs of an alert; times in ms since 1970 UTC, `ended_ms` None while it lasts."""

    rule: RuleKind
    started_ms: int
    detected_ms: int
    device_id: str | None = None
    ended_ms: int | None = None
    withdrawn: bool = False
    lon: float | None = None
    lat: float | None = None


class TruthLine(Struct, frozen=True, kw_only=True):
    """One violation that really happened; a line without `device_id` is for an area at (lon, lat)."""

    rule: RuleKind
    started_ms: int
    device_id: str | None = None
    ended_ms: int | None = None
    lon: float | None = None
    lat: float | None = None


class RuleScore(Struct, frozen=True, kw_only=True):
    """One rule's score, with the truth it missed and the alerts it raised without cause.

    `median_delay_s` is from the true start to the detection, over the matched pairs; None without any.
    """

    rule: RuleKind
    matched: int
    missed: tuple[TruthLine, ...]
    unfounded: tuple[ScoredAlert, ...]
    median_delay_s: float | None

    @property
    def precision(self) -> float | None:
        """The share of alerts that match a truth line; None without alerts."""
        alerts = self.matched + len(self.unfounded)
        return self.matched / alerts if alerts else None

    @property
    def recall(self) -> float | None:
        """The share of truth lines that an alert matches; None without truth."""
        truth = self.matched + len(self.missed)
        return self.matched / truth if truth else None


def score(alerts: Iterable[ScoredAlert], truth: Iterable[TruthLine]) -> tuple[RuleScore, ...]:
    """Score every rule that has an alert or a truth line, in the order of the rule kinds."""
    alerts_of: dict[RuleKind, list[ScoredAlert]] = defaultdict(list)
    truth_of: dict[RuleKind, list[TruthLine]] = defaultdict(list)
    for alert in alerts:
        if not alert.withdrawn:
            alerts_of[alert.rule].append(alert)
    for line in truth:
        truth_of[line.rule].append(line)
    kinds = [kind for kind in RuleKind if kind in alerts_of or kind in truth_of]
    return tuple(_score_rule(kind, alerts_of[kind], truth_of[kind]) for kind in kinds)


def _score_rule(kind: RuleKind, alerts: list[ScoredAlert], truth: list[TruthLine]) -> RuleScore:
    alerts = sorted(alerts, key=lambda alert: (alert.started_ms, alert.device_id or ""))
    truth = sorted(truth, key=lambda line: (line.started_ms, line.device_id or ""))
    pairs = _match(alerts, truth)
    delays_s = [(alerts[i].detected_ms - truth[j].started_ms) / 1000 for j, i in pairs.items()]
    found = set(pairs.values())
    return RuleScore(
        rule=kind,
        matched=len(pairs),
        missed=tuple(line for j, line in enumerate(truth) if j not in pairs),
        unfounded=tuple(alert for i, alert in enumerate(alerts) if i not in found),
        median_delay_s=median(delays_s) if delays_s else None,
    )


def _match(alerts: list[ScoredAlert], truth: list[TruthLine]) -> dict[int, int]:
    """A largest one-to-one matching, truth index → alert index, by augmenting paths."""
    subjects: dict[str | None, list[int]] = defaultdict(list)
    for i, alert in enumerate(alerts):
        subjects[alert.device_id].append(i)
    areas = [i for i, alert in enumerate(alerts) if alert.lon is not None]
    options = [
        [i for i in (areas if line.device_id is None else subjects[line.device_id]) if fits(alerts[i], line)]
        for line in truth
    ]
    taken_by: dict[int, int] = {}
    for j in range(len(truth)):
        _augment(j, options, taken_by)
    return {j: i for i, j in taken_by.items()}


def _augment(start: int, options: list[list[int]], taken_by: dict[int, int]) -> None:
    """Give truth line `start` an alert, moving others to their alternatives (breadth first)."""
    came_from: dict[int, int] = {}  # alert → the truth line that reached it
    frontier = [start]
    while frontier:
        reached: list[int] = []
        for j in frontier:
            for i in options[j]:
                if i in came_from:
                    continue
                came_from[i] = j
                if i not in taken_by:
                    _flip(i, start, came_from, taken_by)
                    return
                reached.append(taken_by[i])
        frontier = reached


def _flip(alert: int, start: int, came_from: dict[int, int], taken_by: dict[int, int]) -> None:
    held = {j: i for i, j in taken_by.items()}
    while True:
        j = came_from[alert]
        taken_by[alert] = j
        if j == start:
            return
        alert = held[j]


def fits(alert: ScoredAlert, line: TruthLine) -> bool:
    """Tell whether an alert may stand for a truth line: same rule and subject, overlapping spans."""
    if alert.rule != line.rule or not _overlap(alert, line):
        return False
    if line.device_id is not None:
        return alert.device_id == line.device_id
    if line.lon is None or line.lat is None or alert.lon is None or alert.lat is None:
        return False
    return _distance_m(alert.lon, alert.lat, line.lon, line.lat) <= AREA_RADIUS_M


def _overlap(alert: ScoredAlert, line: TruthLine) -> bool:
    alert_end = math.inf if alert.ended_ms is None else alert.ended_ms
    line_end = math.inf if line.ended_ms is None else line.ended_ms
    return alert.started_ms - line_end <= 2 * SLACK_MS and line.started_ms - alert_end <= 2 * SLACK_MS


def _distance_m(lon_a: float, lat_a: float, lon_b: float, lat_b: float) -> float:
    east = (lon_b - lon_a) * _METRES_PER_DEGREE * math.cos(math.radians((lat_a + lat_b) / 2))
    return math.hypot(east, (lat_b - lat_a) * _METRES_PER_DEGREE)


class _AlertRow(Struct, frozen=True):
    rule: RuleKind
    started_at: datetime
    detected_at: datetime
    device_id: str | None = None
    ended_at: datetime | None = None
    withdrawn: bool = False
    lon: float | None = None
    lat: float | None = None


class _TruthRow(Struct, frozen=True):
    rule: RuleKind
    started_at: datetime
    device_id: str | None = None
    ended_at: datetime | None = None
    lon: float | None = None
    lat: float | None = None


def read_alerts(lines: Iterable[bytes | str]) -> Iterator[ScoredAlert]:
    """Read the lines of an alert file; raises ValueError with the number of a line that is none."""
    for number, row in _rows(lines, _AlertRow):
        yield ScoredAlert(
            rule=row.rule,
            started_ms=_ms(row.started_at, number),
            detected_ms=_ms(row.detected_at, number),
            device_id=row.device_id,
            ended_ms=None if row.ended_at is None else _ms(row.ended_at, number),
            withdrawn=row.withdrawn,
            lon=row.lon,
            lat=row.lat,
        )


def read_truth(lines: Iterable[bytes | str]) -> Iterator[TruthLine]:
    """Read the lines of a truth file; raises ValueError with the number of a line that is none."""
    for number, row in _rows(lines, _TruthRow):
        if row.device_id is None and (row.lon is None or row.lat is None):
            raise ValueError(f"line {number}: neither device_id nor lon and lat")
        if row.ended_at is not None and _ms(row.ended_at, number) < _ms(row.started_at, number):
            raise ValueError(f"line {number}: ended_at is before started_at")
        yield TruthLine(
            rule=row.rule,
            started_ms=_ms(row.started_at, number),
            device_id=row.device_id,
            ended_ms=None if row.ended_at is None else _ms(row.ended_at, number),
            lon=row.lon,
            lat=row.lat,
        )


_Row = TypeVar("_Row", _AlertRow, _TruthRow)


def _rows(lines: Iterable[bytes | str], kind: type[_Row]) -> Iterator[tuple[int, _Row]]:
    decoder = msgspec.json.Decoder(kind)
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        if number == 1 and line[:1] in {b"\xef", "\ufeff"}:
            raise ValueError("line 1: begins with a byte order mark: save the file as UTF-8 without one")
        try:
            yield number, decoder.decode(line)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as problem:
            raise ValueError(f"line {number}: {problem}") from problem


def _ms(at: datetime, number: int) -> int:
    if at.tzinfo is None:
        raise ValueError(f"line {number}: a time without offset")
    return round(at.timestamp() * 1000)
