"""uncovered_load: loaded, moving, the cover open, outside the places where loading and unloading happen."""

from msgspec import Struct
from msgspec.structs import replace

from alerts.calm import ANY, NOT_OPEN, Bounds, Setting
from alerts.episode import NONE, TELL_AGAIN_S, Findings, ended, is_ongoing, raised, vehicle_finding
from alerts.evidence import CoverEvidence
from alerts.finding import Finding
from alerts.load import LoadValue
from alerts.moving_time import MovingTime, moving_after
from alerts.observation import Observation, VehicleContext
from alerts.ruleset import JudgedRule
from domain.report import Cover
from domain.station import Severity
from domain.zone import ZoneKind
from geofence.motion import Motion

HALT_MS = 60_000
CLOSED = Bounds(covers=NOT_OPEN)
MIN_REPORTS = 3
WORK_PLACES = frozenset({ZoneKind.SOURCE_SITE, ZoneKind.DISPOSAL_SITE, ZoneKind.TRANSFER_STATION})


class CoverState(Struct, frozen=True, array_like=True, tag=True):
    """The moving time that adds up with the cover open, since when it stands, and the alert."""

    moving: MovingTime | None = None
    halt: MovingTime | None = None
    alert: Finding | None = None


def step(
    rule: JudgedRule, state: CoverState | None, seen: Observation, context: VehicleContext
) -> tuple[CoverState | None, Findings]:
    """Judge one report; what stands still with nothing added up is not remembered."""
    after, findings = _step(rule, state, seen, context)
    if after is None or is_ongoing(after.alert) or (after.moving is not None and after.moving.reports):
        return after, findings
    return None if after.alert is None else CoverState(alert=after.alert), findings


def calm(
    rule: JudgedRule, state: CoverState | None, setting: Setting, context: VehicleContext
) -> Bounds | None:
    """Nothing added up: quiet while standing or not loaded, and else as long as the cover is not open."""
    del rule, context
    if state is not None and (state.alert is None or is_ongoing(state.alert) or state.moving is not None):
        return None
    if setting.motion is Motion.STANDING or setting.load.value is not LoadValue.LOADED:
        return ANY
    return CLOSED


def _step(
    rule: JudgedRule, state: CoverState | None, seen: Observation, context: VehicleContext
) -> tuple[CoverState | None, Findings]:
    cover = seen.report.cover
    if state is None:
        if cover is not Cover.OPEN:
            return None, NONE
        state = CoverState()
    findings: list[Finding] = []
    halt = moving_after(state.halt, seen, halt_ms=HALT_MS, carries=False)
    state = CoverState(state.moving, halt, state.alert)
    over_ms = _over_at(state, seen)
    if over_ms is not None:
        state, news = _end(state, over_ms)
        findings.extend(news)
    if not _may_hold(seen, context):
        return CoverState(None, state.halt, state.alert), tuple(findings)
    moving = moving_after(state.moving, seen, halt_ms=HALT_MS, carries=cover is Cover.OPEN)
    state = CoverState(moving, state.halt, state.alert)
    if state.alert is not None and is_ongoing(state.alert):
        alert = _told_again(state.alert, moving)
        return (
            (state, tuple(findings))
            if alert is None
            else (
                CoverState(moving, state.halt, alert),
                (*findings, alert),
            )
        )
    if moving.first is None or moving.reports < MIN_REPORTS or moving.moved_ms < rule.params["hold_s"] * 1000:
        return state, tuple(findings)
    new = vehicle_finding(
        context,
        rule,
        severity=Severity.MINOR,
        started_ms=moving.first_ms,
        detected_ms=seen.at_ms,
        place=moving.first,
        evidence=CoverEvidence(
            moving_s=moving.moved_ms / 1000,
            reports=moving.reports,
            load=seen.load.value.word,
            load_since_ms=seen.load.since_ms,
            load_by="sensor" if seen.load.has_sensor else "place",
        ),
    )
    alert = raised(state.alert, new)
    return CoverState(moving, state.halt, alert), (*findings, alert)


def _over_at(state: CoverState, seen: Observation) -> int | None:
    """When the condition ended, if this report shows that it did: closed, standing long enough, or empty."""
    ends: list[int] = []
    if seen.report.cover is Cover.CLOSED:
        ends.append(seen.at_ms)
    if state.halt is not None and state.halt.halted_ms is not None:
        ends.append(state.halt.halted_ms)
    if seen.load.value is LoadValue.EMPTY:
        ends.append(seen.at_ms if seen.load.since_ms is None else seen.load.since_ms)
    return min(ends, default=None)


def _may_hold(seen: Observation, context: VehicleContext) -> bool:
    """Tell whether every part but moving and the cover itself holds; an unknown load or place does not."""
    if seen.report.cover is Cover.CLOSED or seen.load.value is not LoadValue.LOADED or seen.place is None:
        return False
    return not any(
        zone.since_ms is not None and context.ruleset.kind_of(zone.zone_id) in WORK_PLACES
        for zone in seen.zones
    )


def _told_again(alert: Finding, moving: MovingTime) -> Finding | None:
    """An ongoing alert with newer evidence, once that has grown enough."""
    evidence = alert.evidence
    moving_s = moving.moved_ms / 1000
    if not isinstance(evidence, CoverEvidence) or moving_s < evidence.moving_s + TELL_AGAIN_S:
        return None
    return replace(alert, evidence=replace(evidence, moving_s=moving_s, reports=moving.reports))


def _end(state: CoverState, at_ms: int) -> tuple[CoverState, Findings]:
    alert = state.alert
    if alert is None or not is_ongoing(alert):
        return CoverState(None, state.halt, alert), NONE
    evidence = alert.evidence
    if isinstance(evidence, CoverEvidence) and state.moving is not None:
        moving = state.moving
        if moving.moved_ms / 1000 > evidence.moving_s:
            evidence = replace(evidence, moving_s=moving.moved_ms / 1000, reports=moving.reports)
    alert = ended(alert, at_ms, evidence)
    return CoverState(None, state.halt, alert), (alert,)
