"""device_silent: a terminal that went quiet. It is judged on the time between reports, or by a tick."""

from alerts.calm import ANY, Bounds, Setting
from alerts.episode import NONE, Findings, vehicle_finding
from alerts.evidence import SilenceEvidence
from alerts.finding import Finding
from alerts.observation import VehicleContext
from alerts.ruleset import JudgedRule
from domain.station import Severity
from geofence.usable import GAP_MS, Fix

PARKED_SILENT_S = 86_400.0


def allowed_ms(rule: JudgedRule, *, was_active: bool) -> int:
    """How long a vehicle may say nothing: short after a report with its ignition on or moving."""
    return round((rule.params["silent_s"] if was_active else PARKED_SILENT_S) * 1000)


def calm(rule: JudgedRule, state: None, setting: Setting, context: VehicleContext) -> Bounds:
    """Quiet as long as reports come soon enough after one another."""
    del state, setting, context
    quiet_ms = allowed_ms(rule, was_active=True)
    return ANY if quiet_ms > GAP_MS else Bounds(within_ms=quiet_ms - 1)


def silence(
    rule: JudgedRule,
    context: VehicleContext,
    *,
    last_ms: int,
    was_active: bool,
    place: Fix | None,
    at_ms: int,
    heard: bool,
) -> Findings:
    """The silence since the last report, if it is too long at `at_ms`; `heard` when a report ends it there."""
    quiet_ms = allowed_ms(rule, was_active=was_active)
    if at_ms - last_ms < quiet_ms:
        return NONE
    finding: Finding = vehicle_finding(
        context,
        rule,
        severity=Severity.MINOR,
        started_ms=last_ms,
        detected_ms=last_ms + quiet_ms,
        ended_ms=at_ms if heard else None,
        place=place,
        evidence=SilenceEvidence(
            allowed_s=quiet_ms / 1000,
            was_active=was_active,
            place_ms=None if place is None else place.time_ms,
        ),
    )
    return (finding,)
