"""Tracks in metres and seconds, judged by the real engine, and what came of it in seconds.

The natural input of a test is a list of `at(second, x, y, …)`; the natural output a list of
(start, end, severity) per rule. Places are rounded to a micrometre after *place*, so that "exactly
on" a bound means exactly on it.
"""

import hashlib
import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple
from uuid import UUID

import msgspec

from alerts import engine
from alerts.device_state import DeviceState
from alerts.finding import Finding
from domain.identifiers import AreaId, DeviceId
from domain.quantity import Flag, Quantity
from domain.report import BackgroundReport, Cover, DustReport, Load, PositionReport
from geofence.place import Placed
from tests.support.factories import World, degrees

Item = PositionReport | DustReport | BackgroundReport
Span = tuple[float | None, float | None, str]

NAMES: Mapping[str, str] = {
    "v": "speed_kmh",
    "acc": "accuracy_m",
    "lift": "lift",
    "weight": "weight_t",
    "ign": "ignition",
    "seq": "seq",
    "alarms": "alarms",
}


class At(NamedTuple):
    """One report in the making: when, where, and what its sensors say."""

    second: float
    x: float | None
    y: float
    signals: Mapping[str, Any]

    def but(self, **signals: Any) -> "At":
        """The same report with other signals."""
        return self._replace(signals={**self.signals, **signals})


def at(second: float, x: float | None, y: float = 0.0, **signals: Any) -> At:
    """A report at x, y; x None is without a fix. Signals: v, acc, load, lift, cover, weight, ign, seq, alarms."""
    return At(second, x, y, signals)


def drive(
    start: tuple[float, float], end: tuple[float, float], *, every: float = 10, y: float = 0.0, **signals: Any
) -> list[At]:
    """Reports from (second, x) to (second, x), both included, at an even speed; v 36 unless given."""
    (from_s, from_x), (to_s, to_x) = start, end
    steps = math.ceil((to_s - from_s) / every)
    seconds = [min(from_s + step * every, to_s) for step in range(steps + 1)]
    slope = (to_x - from_x) / (to_s - from_s)
    return [at(s, from_x + slope * (s - from_s), y, **{"v": 36.0, **signals}) for s in seconds]


def stand(
    from_s: float, to_s: float, x: float | None, y: float = 0.0, *, every: float = 10, **signals: Any
) -> list[At]:
    """Reports of a truck standing still, first and last second included; v 0 unless given."""
    steps = math.ceil((to_s - from_s) / every)
    seconds = [min(from_s + step * every, to_s) for step in range(steps + 1)]
    return [at(s, x, y, **{"v": 0.0, **signals}) for s in seconds]


def with_signals(rows: Iterable[At], **signals: Any) -> list[At]:
    """The same rows with more signals; a signal a row already has stays."""
    return [row._replace(signals={**signals, **row.signals}) for row in rows]


def position(world: World, row: At, device_id: str = "D1") -> PositionReport:
    """The report of a row, with a digest of its content."""
    lon, lat = (None, None) if row.x is None else degrees(row.x, row.y)
    fields: dict[str, Any] = {NAMES[name]: value for name, value in row.signals.items() if name in NAMES}
    if "load" in row.signals and row.signals["load"] is not None:
        fields["load"] = Load(row.signals["load"])
    if "cover" in row.signals and row.signals["cover"] is not None:
        fields["cover"] = Cover(row.signals["cover"])
    unknown = set(row.signals) - set(NAMES) - {"load", "cover", "received"}
    if unknown:
        raise TypeError(f"no such signal: {sorted(unknown)}")
    time_ms = world.ms(row.second)
    return PositionReport(
        device_id=DeviceId(device_id),
        time_ms=time_ms,
        received_ms=world.ms(row.signals.get("received", row.second)),
        digest=_digest(device_id, time_ms, lon, lat, fields),
        lon=lon,
        lat=lat,
        fix=row.x is not None,
        **fields,
    )


def dust(
    world: World,
    second: float,
    *,
    device_id: str = "M1",
    interval_s: float = 60.0,
    flags: Mapping[Quantity, str] | None = None,
    values: Mapping[Quantity, float] | None = None,
    **named: float,
) -> DustReport:
    """A reading that ends at `second`; values by short name: pm10, pm25, tsp, noise."""
    short = {"pm10": Quantity.PM10, "pm25": Quantity.PM25, "tsp": Quantity.TSP, "noise": Quantity.NOISE}
    all_values = {**(values or {}), **{short[name]: value for name, value in named.items()}}
    all_flags = {quantity: Flag(flag) for quantity, flag in (flags or {}).items()}
    time_ms = world.ms(second)
    return DustReport(
        device_id=DeviceId(device_id),
        time_ms=time_ms,
        received_ms=time_ms,
        digest=_digest(device_id, time_ms, interval_s, all_values, all_flags),
        interval_s=interval_s,
        values=all_values,
        flags=all_flags,
    )


def background(
    world: World, second: float, *, area_id: str = "A1", received: float | None = None, **values: float
) -> BackgroundReport:
    """The hourly background value of the hour that ends at `second`: pm10, pm25, tsp, aqi."""
    names = {"pm10": "pm10_ugm3", "pm25": "pm25_ugm3", "tsp": "tsp_ugm3", "aqi": "aqi"}
    fields = {names[name]: value for name, value in values.items()}
    time_ms = world.ms(second)
    return BackgroundReport(
        area_id=AreaId(area_id),
        time_ms=time_ms,
        received_ms=world.ms(second if received is None else received),
        digest=_digest(area_id, time_ms, fields),
        **fields,
    )


def _digest(*content: object) -> bytes:
    return hashlib.sha256(msgspec.json.encode(content, order="deterministic")).digest()


def place(world: World, reports: Sequence[PositionReport], *, rounded: bool = True) -> list[Placed]:
    """Place a batch and round what it says to a micrometre, or leave it bit for bit as ingest has it."""
    ruleset = world.ruleset()
    placed = ruleset.index.place(reports, ruleset.routes_of)
    return [_rounded(each) for each in placed] if rounded else placed


def _rounded(placed: Placed) -> Placed:
    return msgspec.structs.replace(
        placed,
        x_m=round(placed.x_m, 6),
        y_m=round(placed.y_m, 6),
        near=tuple((zone, round(metres, 6)) for zone, metres in placed.near),
        routes=tuple((route, round(metres, 6)) for route, metres in placed.routes),
    )


class Verdict:
    """All findings of one device, the last word on each, in seconds of its world."""

    def __init__(self, world: World, state: DeviceState, findings: Sequence[Finding]) -> None:
        self.world = world
        self.state = state
        self.said = tuple(findings)
        self.by_id: dict[UUID, Finding] = {finding.id: finding for finding in findings}

    def findings(self, kind: str, *, rule_id: str | None = None) -> list[Finding]:
        """The alerts of a kind that stand, by start."""
        found = [
            each
            for each in self.by_id.values()
            if each.rule == kind and each.withdrawn is None and rule_id in {None, each.rule_id}
        ]
        return sorted(found, key=lambda each: (each.started_ms, each.subject, each.rule_id))

    def of(self, kind: str, *, rule_id: str | None = None) -> list[Span]:
        """(start, end, severity) of the alerts of a kind that stand, by start."""
        seconds = self.world.seconds
        return [
            (seconds(each.started_ms), seconds(each.ended_ms), each.severity.value)
            for each in self.findings(kind, rule_id=rule_id)
        ]

    def only(self, kind: str) -> Finding:
        """The one alert of a kind."""
        (finding,) = self.findings(kind)
        return finding

    def detected(self, kind: str) -> list[float | None]:
        """When the alerts of a kind that stand were complete."""
        return [self.world.seconds(each.detected_ms) for each in self.findings(kind)]

    def withdrawn(self, kind: str) -> list[Finding]:
        """The alerts of a kind that were taken back."""
        return [each for each in self.by_id.values() if each.rule == kind and each.withdrawn is not None]

    def first_said(self, kind: str) -> Finding:
        """The first finding of a kind, as it was first said."""
        return next(each for each in self.said if each.rule == kind)

    def standing(self) -> dict[UUID, Finding]:
        """Every alert that stands, in its final state."""
        return {key: each for key, each in self.by_id.items() if each.withdrawn is None}


def in_order(
    world: World, items: Iterable[At | Item], device_id: str = "D1", *, rounded: bool = True
) -> list[engine.Item]:
    """Rows and reports as items of the engine, in their device's one order, each once; background by arrival.

    `rounded` as in *place*: what is compared with ingest must not be.
    """
    made = [position(world, item, device_id) if isinstance(item, At) else item for item in items]
    made = list({(type(each), each.time_ms, each.digest): each for each in made}.values())
    positions = sorted(
        (each for each in made if isinstance(each, PositionReport)), key=lambda each: each.order
    )
    others = [each for each in made if not isinstance(each, PositionReport)]
    keyed: list[tuple[tuple[int, int, tuple[object, ...]], engine.Item]] = [
        ((placed.report.time_ms, 0, placed.report.order), placed)
        for placed in place(world, positions, rounded=rounded)
    ]
    keyed += [
        ((each.received_ms, 1, each.order if isinstance(each, DustReport) else (each.time_ms,)), each)
        for each in others
    ]
    return [item for _, item in sorted(keyed, key=lambda pair: pair[0])]


def fold(
    world: World, state: DeviceState, items: Iterable[engine.Item], ticks: Iterable[float] = ()
) -> tuple[DeviceState, list[Finding]]:
    """Fold items, with a tick at each of the given seconds between them; a tick comes before an item of its time."""
    ruleset = world.ruleset()
    findings: list[Finding] = []
    due = sorted(ticks)
    for item in items:
        arrival_ms = (item.report if isinstance(item, Placed) else item).received_ms
        while due and world.ms(due[0]) <= arrival_ms:
            state, found = engine.tick(ruleset, state, world.ms(due.pop(0)))
            findings += found
        state, found = engine.step(ruleset, state, item)
        findings += found
    for second in due:
        state, found = engine.tick(ruleset, state, world.ms(second))
        findings += found
    return state, findings


def judge(
    world: World, rows: Iterable[At | Item], *, device_id: str = "D1", ticks: Iterable[float] = ()
) -> Verdict:
    """Judge one device's rows from the start."""
    state = engine.new_state(world.ruleset(), DeviceId(device_id))
    return Verdict(world, *fold(world, state, in_order(world, rows, device_id), ticks))


def judge_station(
    world: World, items: Iterable[Item], *, device_id: str = "M1", ticks: Iterable[float] = ()
) -> Verdict:
    """Judge one station's readings and background values from the start."""
    return judge(world, items, device_id=device_id, ticks=ticks)


def chain(*parts: Iterable[At]) -> list[At]:
    """Several stretches of a track, one after another."""
    return [row for part in parts for row in part]


def shifted(rows: Iterable[At], by_s: float) -> list[At]:
    """The same rows some seconds later."""
    return [row._replace(second=row.second + by_s) for row in rows]


def loaded_departure(**signals: Any) -> list[At]:
    """Loaded by sensor at 10, out of SRC from 30 on (50 m outside), at x = 300 at 40: departure at 30."""
    return with_signals(
        [
            at(0, 0, v=0.0, load="empty"),
            at(10, 0, v=0.0, load="full"),
            at(20, 0, v=0.0, load="full"),
            at(30, 150, v=40.0, load="full"),
            at(40, 300, v=40.0, load="full"),
        ],
        **signals,
    )
