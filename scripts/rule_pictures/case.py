"""A case of a picture: a track that is flagged and a near miss, each judged by the engine before anything is drawn."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from alerts import dump_site, engine
from alerts.device_state import DeviceState, VehicleState
from alerts.facts import Fact, FactKey, facts
from alerts.finding import Finding
from alerts.parameters import KINDS
from alerts.ruleset import DAY_KINDS
from domain.identifiers import DeviceId
from domain.quantity import Quantity
from domain.report import DustReport, PositionReport
from domain.rule import RuleKind
from geofence.place import Placed
from tests.support.days import judge_days
from tests.support.factories import World
from tests.support.tracks import At, Item, fold, in_order, judge


class WrongVerdictError(Exception):
    """The engine does not say of a track what its picture would say."""


@dataclass(frozen=True, kw_only=True)
class Row:
    """One report with its second, what geometry says of it, and the state of the device after it."""

    second: float
    placed: Placed
    state: VehicleState

    @property
    def report(self) -> PositionReport:
        """The report itself."""
        return self.placed.report


@dataclass(frozen=True, kw_only=True)
class Numbers:
    """A lane with a scale: a number of each row (None where unknown), and the levels that matter."""

    label: str
    value: Callable[[Row], float | None]
    top: float
    bottom: float = 0.0
    levels: Sequence[tuple[float, str]] = ()
    levels_named_right: bool = False


@dataclass(frozen=True, kw_only=True)
class Strip:
    """A lane of states: a word of each row, None where unknown, empty where there is nothing to say."""

    label: str
    word: Callable[[Row], str | None]


@dataclass(frozen=True, kw_only=True)
class Spans:
    """A lane of spans that no report carries, as (from second, to second, word)."""

    label: str
    spans: Sequence[tuple[float, float, str]]


@dataclass(frozen=True, kw_only=True)
class Readings:
    """A panel of a station's readings; with windows of its one limit, if it has one."""

    label: str
    value: Callable[[DustReport], float | None]
    top: float
    bottom: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Tenths:
    """A panel of a station's day of readings, and how many lie in the upper two tenths from median to maximum."""

    label: str
    quantity: Quantity
    top: float


Lane = Numbers | Strip | Spans | Readings | Tenths


@dataclass(frozen=True, kw_only=True)
class Side:
    """One half of a picture: what is judged, and the number that decides; `others` are the tracks of further devices."""

    world: World
    rows: Sequence[At | Item]
    caption: str
    others: Mapping[str, Sequence[At]] = field(default_factory=dict)
    ticks: Sequence[float] = ()
    lanes: Sequence[Lane] = ()


@dataclass(frozen=True, kw_only=True)
class Case:
    """A rule kind's two sides on one scale; `view_m` is (west, south, east, north) of the map, None without one."""

    kind: RuleKind
    flagged: Side
    near_miss: Side
    lanes: Sequence[Lane]
    view_m: tuple[float, float, float, float] | None = None
    span_s: tuple[float, float] = (0.0, 600.0)
    minutes: bool = False
    marks_s: Sequence[tuple[float, str]] = ()


@dataclass(frozen=True, kw_only=True)
class JudgedSide:
    """A side with what the engine said: the alerts of the kind, and each row with the state after it."""

    side: Side
    findings: Sequence[Finding]
    rows: Sequence[Row]
    others: Sequence[Sequence[Row]] = ()


def judge_side(kind: RuleKind, side: Side) -> JudgedSide:
    """Judge one side with the real engine."""
    device_id = DeviceId("M1" if side.world.stations else "D1")
    if kind in DAY_KINDS:
        readings = [each for each in side.rows if isinstance(each, DustReport)]
        return JudgedSide(
            side=side, findings=judge_days(side.world, readings, max(side.ticks)).findings(kind), rows=[]
        )
    rows = rows_of(side, side.rows, device_id)
    if KINDS[kind].for_areas:
        tracks = {"D1": side.rows, **side.others}
        others = [rows_of(side, track, DeviceId(device)) for device, track in side.others.items()]
        return JudgedSide(side=side, findings=judge_area(side, tracks), rows=rows, others=others)
    findings = judge(side.world, side.rows, device_id=device_id, ticks=side.ticks).findings(kind)
    return JudgedSide(side=side, findings=findings, rows=rows)


def rows_of(side: Side, track: Sequence[At | Item], device_id: DeviceId) -> list[Row]:
    """Each report of one device with the state after it."""
    state: DeviceState = engine.new_state(side.world.ruleset(), device_id)
    rows: list[Row] = []
    for item in in_order(side.world, track, device_id):
        state, _ = fold(side.world, state, [item])
        if isinstance(item, Placed) and isinstance(state, VehicleState):
            second: Any = side.world.seconds(item.report.time_ms)
            rows.append(Row(second=second, placed=item, state=state))
    return rows


def judge_area(side: Side, tracks: Mapping[str, Sequence[At | Item]]) -> Sequence[Finding]:
    """What the area rules find of the alerts and facts of all tracks."""
    ruleset = side.world.ruleset()
    dumpings: list[Finding] = []
    stays: dict[FactKey, Fact] = {}
    for device, track in tracks.items():
        dumpings += judge(side.world, track, device_id=device).findings(RuleKind.ILLEGAL_DUMPING)
        state = engine.new_state(ruleset, DeviceId(device))
        for item in in_order(side.world, track, device):
            after, _ = fold(side.world, state, [item])
            stays |= {fact.key: fact for fact in facts(ruleset, state, after)}
            state = after
    return dump_site.judge(ruleset, dumpings, list(stays.values()), side.world.ms(max(side.ticks)))


def judge_case(case: Case) -> tuple[JudgedSide, JudgedSide]:
    """Judge both sides; raises WrongVerdictError unless the first is flagged once and the other is not."""
    flagged, near_miss = judge_side(case.kind, case.flagged), judge_side(case.kind, case.near_miss)
    if len(flagged.findings) != 1:
        raise WrongVerdictError(f"{case.kind}: the flagged track has {len(flagged.findings)} alerts, not one")
    if near_miss.findings:
        raise WrongVerdictError(f"{case.kind}: the near miss is flagged")
    return flagged, near_miss
