"""speeding: reported speed over the limit by a tenth, held; the limit is the lowest of zones and vehicle."""

from msgspec import Struct
from msgspec.structs import replace

from alerts.calm import Bounds, Setting
from alerts.episode import NONE, Findings, ended, is_ongoing, raised, vehicle_finding
from alerts.evidence import LimitFrom, SpeedEvidence, SpeedReading
from alerts.finding import Finding
from alerts.observation import Observation, VehicleContext
from alerts.ruleset import JudgedRule
from domain.identifiers import ZoneId
from domain.station import Severity
from domain.zone import ZoneKind
from geofence.usable import Fix
from geofence.zone_state import ZoneState

END_MS = 10_000
MIN_REPORTS = 2
TELL_AGAIN_KMH = 5.0
JUST_UNDER = 1.0999
"""So much of the limit is surely not over it."""
ONSET_FIRST = 4


class Top(Struct, frozen=True, array_like=True, gc=False):
    """The highest speed relative to its limit so far, and the speed zones that set that limit."""

    speed_kmh: float
    limit_kmh: float
    zone_ids: tuple[ZoneId, ...]
    at_ms: int | None

    @property
    def is_major(self) -> bool:
        """From one and a half times the limit."""
        return self.speed_kmh * 2 >= self.limit_kmh * 3


class SpeedState(Struct, frozen=True, array_like=True, tag=True):
    """The hold over the limit or, while an alert is ongoing, the hold back under it.

    `onset` holds the first speeds of a hold.
    """

    over_ms: int | None = None
    over_place: Fix | None = None
    reports: int = 0
    under_ms: int | None = None
    top: Top | None = None
    alert: Finding | None = None
    onset: tuple[SpeedReading, ...] = ()


def step(
    rule: JudgedRule, state: SpeedState | None, seen: Observation, context: VehicleContext
) -> tuple[SpeedState | None, Findings]:
    """Judge one report."""
    speed_kmh = seen.report.speed_kmh
    if speed_kmh is None:
        return (_broken(state) if seen.gap else state), NONE
    limit_kmh, zone_ids = limit_in_force(rule, seen.zones, context)
    if seen.gap:
        state = _broken(state)
    # tenths, so that exactly 1.1 times the limit is not over it whatever the floating point
    if speed_kmh * 10 > limit_kmh * 11:
        top = Top(speed_kmh, limit_kmh, zone_ids, seen.at_ms)
        return _over(rule, state or SpeedState(), seen, context, top)
    if state is None:
        return None, NONE
    alert = state.alert
    if alert is None or not is_ongoing(alert):
        return (None if alert is None else SpeedState(alert=alert)), NONE
    if speed_kmh > limit_kmh:
        return SpeedState(top=state.top, alert=alert), NONE
    under_ms = seen.at_ms if state.under_ms is None else state.under_ms
    if seen.at_ms - under_ms < END_MS:
        return SpeedState(under_ms=under_ms, top=state.top, alert=alert), NONE
    alert = ended(alert, under_ms, None if state.top is None else _with_top(alert, state.top, context))
    return SpeedState(top=state.top, alert=alert), (alert,)


def calm(
    rule: JudgedRule, state: SpeedState | None, setting: Setting, context: VehicleContext
) -> Bounds | None:
    """Nothing held: quiet at every speed that is not over the limit."""
    if state is not None:
        is_ended = state.alert is not None and not is_ongoing(state.alert)
        if not is_ended or state != SpeedState(alert=state.alert):
            return None
    return Bounds(max_kmh=limit_in_force(rule, setting.zones, context)[0] * JUST_UNDER)


def limit_in_force(
    rule: JudgedRule, zones: tuple[ZoneState, ...], context: VehicleContext
) -> tuple[float, tuple[ZoneId, ...]]:
    """The lowest of the speed zones it is inside and the vehicle's own, else the default; in km/h."""
    limits: list[tuple[float, ZoneId]] = []
    for zone in zones:
        if zone.since_ms is not None and context.ruleset.kind_of(zone.zone_id) is ZoneKind.SPEED_ZONE:
            zone_limit_kmh = context.ruleset.zones[zone.zone_id].speed_limit_kmh
            if zone_limit_kmh is not None:
                limits.append((zone_limit_kmh, zone.zone_id))
    own_kmh = context.profile.vehicle.speed_limit_kmh
    if not limits:
        return (rule.params["default_limit_kmh"] if own_kmh is None else own_kmh), ()
    lowest_kmh = min(limit for limit, _ in limits)
    if own_kmh is not None:
        lowest_kmh = min(own_kmh, lowest_kmh)
    return lowest_kmh, tuple(zone_id for limit, zone_id in limits if limit == lowest_kmh)


def _broken(state: SpeedState | None) -> SpeedState | None:
    """Break every hold, keep the alert."""
    if state is None or (state.over_ms is None and state.under_ms is None):
        return state
    return SpeedState(top=state.top if is_ongoing(state.alert) else None, alert=state.alert)


def _over(
    rule: JudgedRule, state: SpeedState, seen: Observation, context: VehicleContext, now: Top
) -> tuple[SpeedState, Findings]:
    """One report over the limit."""
    top = now
    fresh = state.over_ms is None and not is_ongoing(state.alert)
    if (
        not fresh
        and state.top is not None
        and now.speed_kmh / now.limit_kmh <= (state.top.speed_kmh / state.top.limit_kmh)
    ):
        top = state.top
    severity = Severity.MAJOR if top.is_major else Severity.MINOR
    over_ms = seen.at_ms if state.over_ms is None else state.over_ms
    place = seen.place if state.over_ms is None else state.over_place
    after = SpeedState(over_ms, place, state.reports + 1, None, top, state.alert)
    reading = SpeedReading(at_ms=seen.at_ms, speed_kmh=now.speed_kmh)
    if state.alert is not None and is_ongoing(state.alert):
        severity = max(rule.at_least(severity), state.alert.severity, key=lambda each: each.rank)
        if severity is state.alert.severity and top.speed_kmh < _told_kmh(state.alert) + TELL_AGAIN_KMH:
            return after, NONE
        alert = replace(state.alert, severity=severity, evidence=_with_top(state.alert, top, context))
        return replace(after, alert=alert), (alert,)
    onset = (*state.onset, reading) if state.over_ms is not None else (reading,)
    if seen.at_ms - over_ms < rule.params["hold_s"] * 1000 or after.reports < MIN_REPORTS:
        return replace(after, onset=onset[:ONSET_FIRST]), NONE
    new = vehicle_finding(
        context,
        rule,
        severity=severity,
        started_ms=over_ms,
        detected_ms=seen.at_ms,
        place=place,
        zone_ids=top.zone_ids,
        evidence=_evidence(top, context, onset),
    )
    alert = raised(state.alert, new)
    if alert is not new and state.alert is not None:
        earlier = state.alert.evidence
        assert isinstance(earlier, SpeedEvidence)
        if earlier.top_speed_kmh / earlier.limit_kmh > top.speed_kmh / top.limit_kmh:
            top = Top(earlier.top_speed_kmh, earlier.limit_kmh, earlier.zone_ids, earlier.top_at_ms)
        alert = replace(alert, evidence=_with_top(state.alert, top, context))
    return replace(after, top=top, alert=alert), (alert,)


def _told_kmh(alert: Finding) -> float:
    return alert.evidence.top_speed_kmh if isinstance(alert.evidence, SpeedEvidence) else 0.0


def _evidence(top: Top, context: VehicleContext, onset: tuple[SpeedReading, ...]) -> SpeedEvidence:
    has_own = context.profile.vehicle.speed_limit_kmh is not None
    limit_from = LimitFrom.VEHICLE if has_own else LimitFrom.DEFAULT
    return SpeedEvidence(
        top_speed_kmh=top.speed_kmh,
        limit_kmh=top.limit_kmh,
        zone_ids=top.zone_ids,
        limit_from=LimitFrom.SPEED_ZONE if top.zone_ids else limit_from,
        top_at_ms=top.at_ms,
        onset=onset,
    )


def _with_top(alert: Finding, top: Top, context: VehicleContext) -> SpeedEvidence:
    """An alert's evidence with another highest speed; what raised it stays."""
    assert isinstance(alert.evidence, SpeedEvidence)
    return _evidence(top, context, alert.evidence.onset)
