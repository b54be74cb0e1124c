"""forbidden_zone: inside a no-go zone, or through it between two fixes. One alert a zone."""

from msgspec import Struct

from alerts.calm import ANY, Bounds, Setting
from alerts.episode import NONE, Findings, ended, is_ongoing, raised, vehicle_finding
from alerts.evidence import ForbiddenEvidence
from alerts.finding import Finding
from alerts.observation import Observation, VehicleContext
from alerts.ruleset import JudgedRule
from domain.identifiers import ZoneId
from domain.station import Severity
from domain.zone import ZoneKind


class ForbiddenState(Struct, frozen=True, array_like=True, tag=True):
    """The last alert of each zone, where there was one."""

    alerts: dict[ZoneId, Finding]


def step(
    rule: JudgedRule, state: ForbiddenState | None, seen: Observation, context: VehicleContext
) -> tuple[ForbiddenState | None, Findings]:
    """Judge one report."""
    if not seen.entered and not seen.left and not seen.passed:
        return state, NONE
    alerts: dict[ZoneId, Finding] = {} if state is None else dict(state.alerts)
    findings: list[Finding] = []
    for leave in seen.left:
        alert = alerts.get(leave.zone_id)
        if alert is not None and is_ongoing(alert):
            alerts[leave.zone_id] = ended(alert, leave.at_ms)
            findings.append(alerts[leave.zone_id])
    for enter in seen.entered:
        if context.ruleset.kind_of(enter.zone_id) is ZoneKind.NO_GO:
            evidence = ForbiddenEvidence(
                zone_id=enter.zone_id,
                depth_m=_depth_m(seen, enter.zone_id),
                accuracy_m=seen.report.accuracy_m,
                windows=context.ruleset.zones[enter.zone_id].windows,
            )
            alert = _raise(rule, alerts, seen, context, evidence, enter.at_ms, None)
            findings.append(alert)
    for passed in seen.passed:
        evidence = ForbiddenEvidence(
            zone_id=passed.zone_id,
            passed_through_m=round(passed.length_m, 1),
            windows=context.ruleset.zones[passed.zone_id].windows,
        )
        alert = _raise(rule, alerts, seen, context, evidence, passed.from_ms, passed.to_ms)
        findings.append(alert)
    if not findings:
        return state, NONE
    return ForbiddenState(alerts), tuple(findings)


def calm(rule: JudgedRule, state: ForbiddenState | None, setting: Setting, context: VehicleContext) -> Bounds:
    """It speaks where a zone is entered, left or passed through."""
    del rule, state, setting, context
    return ANY


def _depth_m(seen: Observation, zone_id: ZoneId) -> float | None:
    """How far within a zone the report's fix lies, less than 0 outside; None where it is far from it."""
    edge_m = dict(seen.placed.near).get(zone_id)
    return None if edge_m is None else round(-edge_m, 1)


def _raise(
    rule: JudgedRule,
    alerts: dict[ZoneId, Finding],
    seen: Observation,
    context: VehicleContext,
    evidence: ForbiddenEvidence,
    started_ms: int,
    ended_ms: int | None,
) -> Finding:
    zone_id = evidence.zone_id
    new = vehicle_finding(
        context,
        rule,
        severity=Severity.MAJOR,
        started_ms=started_ms,
        detected_ms=seen.at_ms,
        ended_ms=ended_ms,
        place=seen.fix,
        about=f"|zone:{zone_id}",
        zone_ids=(zone_id,),
        evidence=evidence,
    )
    last = alerts.get(zone_id)
    alerts[zone_id] = raised(last, new)
    return alerts[zone_id]
