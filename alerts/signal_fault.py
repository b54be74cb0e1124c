"""signal_fault: a truck's own sensor that cannot be believed; faults of several that touch are one alert."""

from msgspec import Struct
from msgspec.structs import replace

from alerts.calm import NEVER_MS, NOT_CLOSED, NOT_OPEN, Bounds, Setting
from alerts.episode import NONE, Findings, ended, is_ongoing, vehicle_finding
from alerts.evidence import SignalEvidence, SignalRun
from alerts.finding import Finding
from alerts.observation import Observation, VehicleContext
from alerts.ruleset import JudgedRule
from alerts.weight_run import WeightRun
from domain.report import Cover
from domain.station import Severity
from geofence.usable import GAP_MS

COVER_KMH = 40.0
JUST_UNDER_KMH = 39.999
COVER_MS = 3_600_000
LIFT_KMH = 30.0
LIFT_MS = 60_000
WEIGHT_MS = 86_400_000
WEIGHT_STAYS = 3


class CoverRun(Struct, frozen=True, array_like=True, gc=False):
    """Fast moving time with the cover open, since it opened."""

    first_ms: int | None = None
    moved_ms: int = 0
    fast_ms: int | None = None


class SignalState(Struct, frozen=True, array_like=True, tag=True):
    """The runs under way by signal, those of them that cannot be believed, and the alert.

    `weight_ms` is the first of a run of weights that cannot be believed.
    """

    cover: CoverRun | None = None
    lift_ms: int | None = None
    weight_ms: int | None = None
    faulty: tuple[str, ...] = ()
    alert: Finding | None = None


def step(
    rule: JudgedRule, state: SignalState | None, seen: Observation, context: VehicleContext
) -> tuple[SignalState | None, Findings]:
    """Judge one report."""
    before = SignalState() if state is None else state
    cover, lift_ms, weight = _cover(before.cover, seen), _lift(before.lift_ms, seen), seen.weight_run
    runs = _believable_no_more(cover, lift_ms, weight, seen)
    if state is None and cover is None and lift_ms is None and not runs:
        return None, NONE
    faulty = tuple(sorted({*(run.signal for run in runs), *_still(before, seen, cover, weight)}))
    weight_ms = weight.first_ms if weight is not None and "weight" in faulty else None
    alert, findings = before.alert, NONE
    new = [run for run in runs if run.signal not in before.faulty]
    if new:
        alert = _raised(rule, alert, new, seen, context)
        findings = (alert,)
    elif alert is not None and is_ongoing(alert) and not faulty:
        alert = ended(alert, seen.at_ms)
        findings = (alert,)
    after = SignalState(cover, lift_ms, weight_ms, faulty, alert)
    if after == before:
        return state, findings
    return (None if after == SignalState() else after), findings


def calm(
    rule: JudgedRule, state: SignalState | None, setting: Setting, context: VehicleContext
) -> Bounds | None:
    """No alert: quiet with the cover closed, or open at less than 40 km/h, until a weight stays too long."""
    del rule, context
    run = setting.weight_run
    until_ms = NEVER_MS if run is None or run.stays < WEIGHT_STAYS else run.first_ms + WEIGHT_MS
    if state is None:
        return Bounds(covers=NOT_OPEN, until_ms=until_ms)
    if is_ongoing(state.alert) or state.faulty or state.lift_ms is not None:
        return None
    if state.cover is None:
        return Bounds(covers=NOT_OPEN, until_ms=until_ms)
    if state.cover.fast_ms is not None:
        return None
    return Bounds(covers=NOT_CLOSED, max_kmh=JUST_UNDER_KMH, until_ms=until_ms)


def _cover(before: CoverRun | None, seen: Observation) -> CoverRun | None:
    """Add up moving time at 40 km/h and more between successive reports that carry the cover."""
    cover, speed_kmh = seen.report.cover, seen.any_speed_kmh
    if cover is None:
        return before
    if cover is Cover.CLOSED:
        return None
    run = CoverRun() if before is None else before
    if speed_kmh is None:
        return run
    if speed_kmh < COVER_KMH:
        return CoverRun(run.first_ms, run.moved_ms, None)
    moved_ms = 0 if run.fast_ms is None else seen.at_ms - run.fast_ms
    if moved_ms > GAP_MS:
        moved_ms = 0
    first_ms = seen.at_ms if run.first_ms is None else run.first_ms
    return CoverRun(first_ms, run.moved_ms + moved_ms, seen.at_ms)


def _lift(first_ms: int | None, seen: Observation) -> int | None:
    """Since when the body has been raised at 30 km/h and more, at every report that says."""
    lift, speed_kmh = seen.report.lift, seen.any_speed_kmh
    kept_ms = None if seen.gap else first_ms
    if lift is False or (speed_kmh is not None and speed_kmh < LIFT_KMH):
        return None
    if lift is None or speed_kmh is None:
        return kept_ms
    return seen.at_ms if kept_ms is None else kept_ms


def _believable_no_more(
    cover: CoverRun | None, lift_ms: int | None, weight: WeightRun | None, seen: Observation
) -> list[SignalRun]:
    """The runs that have become too long to be believed."""
    runs: list[SignalRun] = []
    at_ms = seen.at_ms
    if cover is not None and cover.first_ms is not None and cover.moved_ms >= COVER_MS:
        runs.append(SignalRun(signal="cover", from_ms=cover.first_ms, moving_s=cover.moved_ms / 1000))
    if lift_ms is not None and at_ms - lift_ms >= LIFT_MS:
        runs.append(SignalRun(signal="lift", from_ms=lift_ms, speed_kmh=seen.any_speed_kmh))
    if weight is not None and weight.stays >= WEIGHT_STAYS and at_ms - weight.first_ms >= WEIGHT_MS:
        runs.append(
            SignalRun(
                signal="weight",
                from_ms=weight.first_ms,
                value=weight.low_t,
                value_to=weight.high_t,
                stays=weight.stays,
            )
        )
    return runs


def _still(
    before: SignalState, seen: Observation, cover: CoverRun | None, weight: WeightRun | None
) -> list[str]:
    """The signals that were faulty and have not changed since."""
    same = {
        "cover": cover is not None,
        "lift": seen.report.lift is not False,
        "weight": weight is not None and weight.first_ms == before.weight_ms,
    }
    return [signal for signal in before.faulty if same[signal]]


def _raised(
    rule: JudgedRule,
    alert: Finding | None,
    new: list[SignalRun],
    seen: Observation,
    context: VehicleContext,
) -> Finding:
    """Raise the vehicle's one alert, or widen it by runs that touch it."""
    from_ms = min(run.from_ms for run in new)
    if alert is not None and (alert.ended_ms is None or from_ms <= alert.ended_ms):
        known = alert.evidence.signals if isinstance(alert.evidence, SignalEvidence) else ()
        return replace(
            alert,
            started_ms=min(alert.started_ms, from_ms),
            ended_ms=None,
            evidence=SignalEvidence(signals=(*known, *new)),
        )
    return vehicle_finding(
        context,
        rule,
        severity=Severity.MINOR,
        started_ms=from_ms,
        detected_ms=seen.at_ms,
        place=seen.place,
        evidence=SignalEvidence(signals=tuple(new)),
    )
