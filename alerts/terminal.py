"""Terminals that cannot be believed: terminal_tamper, position_fault, identity_conflict, signal_fault."""

from msgspec import Struct
from msgspec.structs import replace

from alerts.calm import ANY, NEVER_MS, Bounds, Setting
from alerts.episode import NONE, Findings, ended, is_ongoing, vehicle_finding
from alerts.evidence import ConflictEvidence, Outlier, PositionFaultEvidence, TamperEvidence, sighting
from alerts.finding import Finding
from alerts.observation import Observation, VehicleContext
from alerts.ruleset import JudgedRule
from domain.station import Severity
from geofence.tracks import Tracks
from geofence.usable import Fix, FixUse, distance_m, fix_of, implied_kmh

TAMPER_ALARMS = frozenset({"power_cut", "antenna_cut", "antenna_short", "removed"})
TAMPER_END_MS = 60_000
OUTLIERS = 3
OUTLIER_SPAN_MS = 600_000
STUCK_MS = 300_000
NOT_STUCK = Bounds(stuck_ms=STUCK_MS)
POSITION_END_MS = 600_000


class TamperState(Struct, frozen=True, array_like=True, tag=True):
    """The first of successive reports with an alarm, or without while an alert is ongoing; and the alert."""

    first_ms: int | None = None
    place: Fix | None = None
    reports: int = 0
    clean_ms: int | None = None
    alert: Finding | None = None


def terminal_tamper(
    rule: JudgedRule, state: TamperState | None, seen: Observation, context: VehicleContext
) -> tuple[TamperState | None, Findings]:
    """Judge one report: power or antenna cut, or terminal removed, at two successive reports with alarms."""
    if seen.report.alarms is None:
        if state is not None and seen.gap and state.clean_ms is not None:
            return TamperState(alert=state.alert), NONE
        return state, NONE
    state = TamperState() if state is None else state
    if seen.gap and state.clean_ms is not None:
        state = TamperState(alert=state.alert)
    alarms = tuple(sorted(TAMPER_ALARMS.intersection(seen.report.alarms)))
    alert = state.alert
    if not alarms:
        if alert is None or not is_ongoing(alert):
            return (None if alert is None else TamperState(alert=alert)), NONE
        clean_ms = seen.at_ms if state.clean_ms is None else state.clean_ms
        if seen.at_ms - clean_ms < TAMPER_END_MS:
            return TamperState(clean_ms=clean_ms, alert=alert), NONE
        alert = ended(alert, clean_ms)
        return TamperState(alert=alert), (alert,)
    if alert is not None and is_ongoing(alert):
        known = alert.evidence.alarms if isinstance(alert.evidence, TamperEvidence) else ()
        if set(alarms) <= set(known):
            return TamperState(alert=alert), NONE
        alert = replace(alert, evidence=TamperEvidence(alarms=tuple(sorted({*known, *alarms}))))
        return TamperState(alert=alert), (alert,)
    if state.first_ms is None:
        return TamperState(seen.at_ms, seen.place, 1, alert=alert), NONE
    alert = vehicle_finding(
        context,
        rule,
        severity=Severity.MAJOR,
        started_ms=state.first_ms,
        detected_ms=seen.at_ms,
        place=state.place,
        evidence=TamperEvidence(alarms=alarms),
    )
    return TamperState(alert=alert), (alert,)


def terminal_tamper_calm(
    rule: JudgedRule, state: TamperState | None, setting: Setting, context: VehicleContext
) -> Bounds | None:
    """Quiet without an alarm, where none is pending."""
    del rule, setting, context
    if state is None:
        return ANY
    is_ended = state.alert is not None and not is_ongoing(state.alert)
    return ANY if is_ended and state == TamperState(alert=state.alert) else None


class Jump(Struct, frozen=True, array_like=True):
    """An outlier, and whether it joined one of the tracks that a conflict of two devices is told by."""

    outlier: Outlier
    joined: bool

    @property
    def at_ms(self) -> int:
        """When it came."""
        return self.outlier.at_ms


class PositionState(Struct, frozen=True, array_like=True, tag=True):
    """Outliers of the last 10 min; the last fault; the alert."""

    outliers: tuple[Jump, ...] = ()
    last_ms: int = 0
    alert: Finding | None = None


def position_fault(
    rule: JudgedRule, state: PositionState | None, seen: Observation, context: VehicleContext
) -> tuple[PositionState | None, Findings]:
    """Judge one report: three outliers within 10 min, or standing still on the map at speed for 5 min."""
    is_outlier = _counts(seen)
    stuck = _long_stuck(seen)
    if state is None and stuck is None and not is_outlier:
        return None, NONE
    state = PositionState() if state is None else state
    outliers = tuple(one for one in state.outliers if seen.at_ms - one.at_ms <= OUTLIER_SPAN_MS)
    if is_outlier:
        outliers = (*outliers, Jump(_outlier(seen), seen.tracks.joined))
    conflict_ms = seen.tracks.conflict_ms
    if conflict_ms is not None:
        outliers = tuple(one for one in outliers if one.at_ms < conflict_ms or not one.joined)
        is_outlier = is_outlier and not seen.tracks.joined
    alert, findings = state.alert, list[Finding]()
    if alert is not None and _was_conflict(alert, outliers, conflict_ms):
        alert = replace(alert, withdrawn="two devices on one id, not one at fault")
        return PositionState(outliers), (alert,)
    if alert is not None and is_ongoing(alert) and seen.at_ms - state.last_ms >= POSITION_END_MS:
        alert = ended(alert, state.last_ms)
        findings.append(alert)
    shows = stuck is not None or (is_outlier and (len(outliers) >= OUTLIERS or is_ongoing(alert)))
    last_ms = seen.at_ms if shows else state.last_ms
    if shows and not is_ongoing(alert):
        alert = _position_alert(rule, seen, context, outliers, stuck)
        findings.append(alert)
    if alert is None and not outliers:
        return None, tuple(findings)
    return PositionState(outliers, last_ms, alert), tuple(findings)


def position_fault_calm(
    rule: JudgedRule, state: PositionState | None, setting: Setting, context: VehicleContext
) -> Bounds | None:
    """No alert: quiet until an outlier is forgotten, and until it has been stuck too long."""
    del rule, setting, context
    if state is None:
        return NOT_STUCK
    if is_ongoing(state.alert) or (state.alert is None and not state.outliers):
        return None
    first_ms = state.outliers[0].at_ms if state.outliers else NEVER_MS
    return Bounds(stuck_ms=STUCK_MS, until_ms=first_ms + OUTLIER_SPAN_MS + 1)


def _long_stuck(seen: Observation) -> Fix | None:
    """Where the vehicle has been at speed for 5 min without leaving, if a report with fix and speed shows that."""
    stuck = seen.stuck
    if stuck is None or seen.at_ms - stuck.time_ms < STUCK_MS:
        return None
    return None if seen.fix is None or seen.report.speed_kmh is None else stuck


def _counts(seen: Observation) -> bool:
    """Tell whether a report is an outlier that says something against the device.

    One with the very time of the last usable fix does not: it comes of a clock coarser than the reports,
    and nothing is known of its speed.
    """
    return seen.use is FixUse.OUTLIER and seen.place is not None and seen.at_ms != seen.place.time_ms


def _outlier(seen: Observation) -> Outlier:
    fix, last = fix_of(seen.placed), seen.place
    assert fix is not None
    assert last is not None
    return Outlier(
        at_ms=fix.time_ms,
        lon=fix.lon,
        lat=fix.lat,
        jump_m=round(distance_m(last, fix), 1),
        implied_kmh=round(implied_kmh(last, fix), 1),
    )


def _was_conflict(alert: Finding, outliers: tuple[Jump, ...], conflict_ms: int | None) -> bool:
    """Tell whether a fault of outliers began within what now is a conflict of two devices."""
    evidence = alert.evidence
    if conflict_ms is None or not isinstance(evidence, PositionFaultEvidence) or not is_ongoing(alert):
        return False
    if evidence.stuck_since_ms is not None or alert.started_ms < conflict_ms - OUTLIER_SPAN_MS:
        return False
    left = {one.at_ms for one in outliers}
    return sum(one.at_ms < conflict_ms or one.at_ms in left for one in evidence.outliers) < OUTLIERS


def _position_alert(
    rule: JudgedRule,
    seen: Observation,
    context: VehicleContext,
    outliers: tuple[Jump, ...],
    stuck: Fix | None,
) -> Finding:
    begins = [one.at_ms for one in outliers] if len(outliers) >= OUTLIERS else []
    if stuck is not None:
        begins.append(stuck.time_ms)
    return vehicle_finding(
        context,
        rule,
        severity=Severity.MINOR,
        started_ms=min(begins),
        detected_ms=seen.at_ms,
        place=seen.place,
        evidence=PositionFaultEvidence(
            outliers=tuple(one.outlier for one in outliers),
            stuck_since_ms=None if stuck is None else stuck.time_ms,
            stuck_kmh=None if stuck is None else seen.report.speed_kmh,
        ),
    )


class ConflictState(Struct, frozen=True, array_like=True, tag=True):
    """The alert about two devices on one id, as it was told, and what its evidence has grown to since."""

    alert: Finding
    grown: ConflictEvidence


def identity_conflict(
    rule: JudgedRule, state: ConflictState | None, seen: Observation, context: VehicleContext
) -> tuple[ConflictState | None, Findings]:
    """Judge one report: four alternations between two tracks within 10 min; over after 30 min without."""
    tracks = seen.tracks
    findings: list[Finding] = []
    if state is not None and is_ongoing(state.alert) and tracks.conflict_ms != state.alert.started_ms:
        alert = ended(state.alert, state.grown.alternations_ms[-1], state.grown)
        state = ConflictState(alert, state.grown)
        findings.append(alert)
    if tracks.conflict_ms is None:
        return state, tuple(findings)
    if state is not None and state.alert.started_ms == tracks.conflict_ms:
        if tracks.last_ms != state.grown.alternations_ms[-1]:
            state = ConflictState(state.alert, _conflict_evidence(tracks))  # told at the end
        return state, tuple(findings)
    if not tracks.alternations:  # the rule came into force after the last of them
        return state, tuple(findings)
    evidence = _conflict_evidence(tracks)
    alert = vehicle_finding(
        context,
        rule,
        severity=Severity.MAJOR,
        started_ms=tracks.conflict_ms,
        detected_ms=seen.at_ms,
        place=seen.place,
        evidence=evidence,
    )
    return ConflictState(alert, evidence), (*findings, alert)


def identity_conflict_calm(
    rule: JudgedRule, state: ConflictState | None, setting: Setting, context: VehicleContext
) -> Bounds | None:
    """Quiet as long as there is no conflict."""
    del rule, setting, context
    return None if state is not None and is_ongoing(state.alert) else ANY


def _conflict_evidence(tracks: Tracks) -> ConflictEvidence:
    one, other = tracks.one, tracks.other
    assert one is not None  # a conflict has two tracks
    assert other is not None
    # which of them was first depends on where the fold began
    newest, older = sorted((one, other), key=lambda fix: (fix.time_ms, fix.lon, fix.lat), reverse=True)
    return ConflictEvidence(
        alternations_ms=tracks.alternations,
        apart_m=round(distance_m(one, other), 1),
        tracks=(sighting(newest), sighting(older)),
    )
