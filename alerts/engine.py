"""The fold: the only entry the shells call. Live judging, restart, late data and backtests all run it.

`step` takes one report in its device's order; `tick` says what the mere passing of time shows. A tick
never changes what a later report finds: what it finds is tentative, and the next report confirms or
withdraws it, so the alerts depend on the reports alone.
"""

from collections.abc import Iterable

from msgspec.structs import replace

from alerts import station_fold, vehicle_fold
from alerts.carry_over import carried_over, judged_by
from alerts.device_state import (
    DeviceState,
    StationState,
    VehicleState,
    decode_state,
    encode_state,
)
from alerts.episode import NONE, Findings
from alerts.finding import Finding
from alerts.observation import StationContext, VehicleContext
from alerts.renaming import alerts_in, kept_ids, rename, renamed
from alerts.ruleset import Ruleset, StationProfile, VehicleProfile
from alerts.station_fold import BACKGROUND_KEPT_MS
from domain.identifiers import DeviceId
from domain.report import BackgroundReport, DustReport
from geofence.place import Placed

__all__ = [
    "BACKGROUND_KEPT_MS",
    "KINDS",
    "Findings",
    "Item",
    "decode_state",
    "due_ms",
    "encode_state",
    "is_due_no_sooner",
    "is_late",
    "new_state",
    "step",
    "tick",
]

Item = Placed | DustReport | BackgroundReport
KINDS = vehicle_fold.KINDS | station_fold.KINDS
"""The kinds that the fold judges; others have steps of their own."""


def new_state(ruleset: Ruleset, device_id: DeviceId) -> DeviceState:
    """The state of a device never heard of; raises KeyError if the ruleset does not know it."""
    if isinstance(ruleset.profiles[device_id], VehicleProfile):
        return VehicleState(device_id=device_id, judged_by=judged_by(ruleset, device_id))
    return StationState(device_id=device_id, judged_by=judged_by(ruleset, device_id))


def is_late(state: DeviceState, item: Item) -> bool:
    """Tell whether an item is not newer than the newest one judged (a background value never is)."""
    if state.order is None:
        return False
    if isinstance(item, Placed):  # asked first: nearly every item is one
        return item.report.order <= state.order
    return not isinstance(item, BackgroundReport) and item.order <= state.order


def step(ruleset: Ruleset, state: DeviceState, item: Item) -> tuple[DeviceState, Findings]:
    """Judge one item that is not late, by the version in force at its time.

    Raises ValueError if it is late, or if it is of the other kind of device.
    """
    if isinstance(item, BackgroundReport):
        return _step_background(ruleset, state, item)
    if is_late(state, item):
        raise ValueError(f"{state.device_id}: not newer than what is judged")
    findings: Findings = NONE
    after: DeviceState
    if state.judged_by is None or state.judged_by.version != ruleset.version:
        state, findings = carried_over(ruleset, state)
    if isinstance(state, VehicleState):
        if not isinstance(item, Placed):
            raise ValueError(f"{state.device_id} is a vehicle's device")
        after, news = vehicle_fold.step_report(_vehicle(ruleset, state), state, item)
    elif isinstance(item, Placed):
        raise ValueError(f"{state.device_id} is a station's device")
    else:
        after, news = station_fold.step_reading(_station(ruleset, state), state, item)
    if findings:
        news = (*findings, *news)
    if after.tentative:
        return _settle(ruleset, after, news)
    if after.ticked_ms is not None:
        after = replace(after, ticked_ms=None)  # it may have come late: what it shows may be due already
    return after, news


def _step_background(
    ruleset: Ruleset, state: DeviceState, value: BackgroundReport
) -> tuple[DeviceState, Findings]:
    """Judge the windows that waited for a value, by their own terms; that of another area is none of its business."""
    if not isinstance(state, StationState):
        raise ValueError(f"{state.device_id} is a vehicle's device")
    profile = ruleset.profiles.get(state.device_id)
    if not isinstance(profile, StationProfile) or value.area_id != profile.station.area_id:
        return state, NONE
    after, findings = station_fold.step_background(state, value)
    if after is state:
        return state, NONE
    kept = kept_ids(findings, state.tentative)
    named: DeviceState = renamed(after, kept) if kept else after
    if named.ticked_ms is not None and named.order is not None:
        named = replace(named, ticked_ms=named.order[0])  # what a tick is to show now may be due already
    return named, tuple(rename(finding, kept) for finding in findings)


def tick(ruleset: Ruleset, state: DeviceState, at_ms: int) -> tuple[DeviceState, Findings]:
    """Judge the passing of time up to `at_ms`, by the version then in force; only what is new is given."""
    shown = _as_told(state, _shown(ruleset, state, at_ms))
    if not shown and not state.tentative:
        due = due_ms(ruleset, state)
        # noted, so that what was looked at is not due again
        return (state if due is None or due > at_ms else replace(state, ticked_ms=at_ms)), NONE
    known = {finding.id: finding for finding in state.tentative}
    news = [finding for finding in shown if known.get(finding.id) != finding]
    ids = {finding.id for finding in shown}
    kept = tuple(finding for finding in state.tentative if finding.id not in ids)
    if kept and at_ms >= (state.ticked_ms or 0):
        news += _taken_back(state, kept, "the ruleset now in force does not show it")
        kept = ()
    return replace(state, tentative=(*kept, *shown), ticked_ms=at_ms), tuple(news)


def _shown(ruleset: Ruleset, state: DeviceState, at_ms: int) -> Findings:
    """What the passing of time shows, another version's coming into force too."""
    changed = NONE
    if _is_others(ruleset, state):
        state, changed = carried_over(ruleset, state)
    passed = _peek(ruleset, state, at_ms) if state.device_id in ruleset.profiles else NONE
    return tuple({finding.id: finding for finding in (*changed, *passed)}.values())


def _is_others(ruleset: Ruleset, state: DeviceState) -> bool:
    """Tell whether another version judged the newest report."""
    return (
        state.order is not None and state.judged_by is not None and state.judged_by.version != ruleset.version
    )


def due_ms(ruleset: Ruleset, state: DeviceState) -> int | None:
    """The earliest time at which `tick` by this version could find something new; None if never."""
    if state.order is None:
        return None
    after_ms, change_ms = state.ticked_ms, None
    if _is_others(ruleset, state):
        assert state.judged_by is not None
        began_ms = max(ruleset.superseded_ms(state.judged_by.version), ruleset.effective_from_ms)
        told = {finding.id: finding for finding in state.tentative}
        is_stale = after_ms is not None and after_ms < began_ms
        state, ended = carried_over(ruleset, state)
        if (is_stale and told) or any(told.get(finding.id) != finding for finding in ended):
            change_ms = began_ms
        after_ms = None if is_stale else after_ms
    dues = [change_ms]
    if state.device_id not in ruleset.profiles:
        pass
    elif isinstance(state, VehicleState):
        dues.append(vehicle_fold.due_ms(_vehicle(ruleset, state), state, after_ms))
    else:
        dues.append(station_fold.due_ms(_station(ruleset, state), state, after_ms))
    return min((due for due in dues if due is not None), default=None)


def is_due_no_sooner(before: DeviceState, after: DeviceState) -> bool:
    """Tell whether a report surely made nothing due sooner by the version that judged it and the one before."""
    return (
        isinstance(before, VehicleState)
        and isinstance(after, VehicleState)
        and vehicle_fold.is_due_no_sooner(before, after)
    )


def _vehicle(ruleset: Ruleset, state: VehicleState) -> VehicleContext:
    profile = ruleset.profiles[state.device_id]
    if not isinstance(profile, VehicleProfile):
        raise ValueError(f"{state.device_id} is a station's device")
    return VehicleContext(ruleset, profile)


def _station(ruleset: Ruleset, state: StationState) -> StationContext:
    profile = ruleset.profiles[state.device_id]
    if not isinstance(profile, StationProfile):
        raise ValueError(f"{state.device_id} is a vehicle's device")
    return StationContext(ruleset, profile)


def _peek(ruleset: Ruleset, state: DeviceState, at_ms: int) -> Findings:
    """What the passing of time up to `at_ms` shows of a state."""
    if isinstance(state, VehicleState):
        return vehicle_fold.peek(_vehicle(ruleset, state), state, at_ms)
    return station_fold.peek(_station(ruleset, state), state, at_ms)


def _as_told(state: DeviceState, shown: Findings) -> Findings:
    """What time shows, under the ids that late data has left the alerts of the same start."""
    if not shown:
        return NONE
    kept = kept_ids(shown, (*alerts_in(state).values(), *state.tentative))
    return tuple(rename(finding, kept) for finding in shown) if kept else shown


def _settle(ruleset: Ruleset, state: DeviceState, findings: Findings) -> tuple[DeviceState, Findings]:
    """Confirm or take back what ticks found, now that a report has come."""
    kept = kept_ids(findings, state.tentative)
    if kept:
        state, findings = renamed(state, kept), tuple(rename(finding, kept) for finding in findings)
    assert state.ticked_ms is not None
    shown = {finding.id: finding for finding in _as_told(state, _shown(ruleset, state, state.ticked_ms))}
    told = {finding.id: finding for finding in state.tentative} | {
        finding.id: finding for finding in findings
    }
    corrections = [finding for finding in shown.values() if told.get(finding.id) != finding]
    found = {finding.id for finding in findings}
    gone = [f for f in state.tentative if f.id not in shown and f.id not in found]
    corrections += _taken_back(state, gone, "later reports contradict it")
    ticked_ms = state.ticked_ms if shown else None
    return replace(state, tentative=tuple(shown.values()), ticked_ms=ticked_ms), (*findings, *corrections)


def _taken_back(state: DeviceState, gone: Iterable[Finding], reason: str) -> list[Finding]:
    """What ticks found and is so no more: as the reports alone left it, else withdrawn."""
    gone = tuple(gone)
    standing = alerts_in(state) if gone else {}
    return [standing.get(finding.id) or replace(finding, withdrawn=reason) for finding in gone]
