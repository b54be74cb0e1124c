"""How far a state reaches: what a report must keep to, to be a quiet one.

An envelope is found from a vehicle's state: from what `alerts/observe.py` follows of it, and from the bounds
that each rule gives (`CALM`). A rule that gives none looks at every report, and so does one not in `CALM`.
"""

from collections.abc import Callable
from math import inf
from typing import TypeVar

from msgspec import Struct

from alerts import (
    collection,
    cover,
    device_health,
    dumping,
    haul,
    signal_fault,
    speeding,
    terminal,
    trip_rules,
    washing,
    zone_rules,
)
from alerts.calm import ANY, NEVER_MS, Bounds, Setting, tightest
from alerts.device_state import VehicleState
from alerts.load import LoadState, LoadValue
from alerts.observation import VehicleContext
from alerts.observe import SITES
from alerts.ruleset import JudgedRule, Ruleset
from alerts.unloading import SignState
from domain.identifiers import ZoneId
from domain.permit import Permit
from domain.report import Load
from domain.rule import RuleKind
from domain.timewindow import same_until_ms
from geofence.motion import MOVING_KMH, STANDING_KMH, Motion
from geofence.zone_state import EXIT_BUFFER_M

RuleState = TypeVar("RuleState")
RuleCalm = Callable[[JudgedRule, RuleState | None, Setting, VehicleContext], Bounds | None]

CALM: dict[RuleKind, RuleCalm] = {  # type: ignore[type-arg]  # each takes its own rule state
    RuleKind.ILLEGAL_DUMPING: dumping.calm,
    RuleKind.OFF_ROUTE: haul.off_route_calm,
    RuleKind.OUT_OF_HOURS: haul.out_of_hours_calm,
    RuleKind.NO_PERMIT: haul.no_permit_calm,
    RuleKind.FORBIDDEN_ZONE: zone_rules.calm,
    RuleKind.UNCOVERED_LOAD: cover.calm,
    RuleKind.SPEEDING: speeding.calm,
    RuleKind.CROSS_DISTRICT: trip_rules.cross_district_calm,
    RuleKind.OVERLOAD: trip_rules.overload_calm,
    RuleKind.UNEXPECTED_STOP: trip_rules.unexpected_stop_calm,
    RuleKind.TRIP_OVERDUE: trip_rules.trip_overdue_calm,
    RuleKind.WASH_SKIPPED: washing.calm,
    RuleKind.MISSED_COLLECTION: collection.calm,
    RuleKind.DEVICE_SILENT: device_health.calm,
    RuleKind.TERMINAL_TAMPER: terminal.terminal_tamper_calm,
    RuleKind.POSITION_FAULT: terminal.position_fault_calm,
    RuleKind.SIGNAL_FAULT: signal_fault.calm,
    RuleKind.IDENTITY_CONFLICT: terminal.identity_conflict_calm,
}
LOADS: dict[LoadValue, frozenset[Load | None]] = {
    LoadValue.UNKNOWN: frozenset({None}),
    LoadValue.EMPTY: frozenset({None, Load.EMPTY}),
    LoadValue.LOADED: frozenset({None, Load.PARTIAL, Load.FULL}),
}
NO_LOAD: frozenset[Load | None] = frozenset({None})
STILL_STANDING = Bounds(max_kmh=MOVING_KMH - 0.001)


class Envelope(Struct, frozen=True, kw_only=True):
    """What a quiet report keeps to. It hangs on the state it was found from, and is no part of it.

    `busy`: the rules that look at every report nevertheless. `buffers_m`: the zones it is in, with how far
    out it may be. `x_m`, `y_m`: where the reach counts from. `outside`, `at_site`, `permit`: as observed.
    """

    context: VehicleContext
    busy: tuple[JudgedRule, ...]
    bounds: Bounds
    moving: bool
    min_kmh: float
    loads: frozenset[Load | None]
    buffers_m: dict[ZoneId, float]
    x_m: float
    y_m: float
    outside: bool
    at_site: bool
    permit: Permit | None


def envelope_of(context: VehicleContext, state: VehicleState) -> Envelope | None:
    """The envelope of a state, None where no report could be quiet; found once for each state and ruleset."""
    known: dict[str, Envelope | Ruleset] = state.__dict__
    envelope = known.get("envelope")
    if isinstance(envelope, Envelope):
        if envelope.context.ruleset is context.ruleset:
            return envelope
    elif envelope is context.ruleset:
        return None  # the ruleset by which there is none
    made = _envelope(context, state)
    known["envelope"] = context.ruleset if made is None else made
    return made


def hang(envelope: Envelope, state: VehicleState) -> None:
    """Hang an envelope on the state after a quiet report, which reaches as far."""
    state.__dict__["envelope"] = envelope


def take_down(state: VehicleState) -> None:
    """Have the envelope of a state found anew."""
    state.__dict__.pop("envelope", None)


def _envelope(context: VehicleContext, state: VehicleState) -> Envelope | None:
    """What a quiet report must keep to, by the vehicle's own state and by each rule."""
    last = state.usable.last
    if state.order is None or last is None or not _is_settled(state):
        return None
    ruleset, at_ms = context.ruleset, state.order[0]
    until_ms = _zones_until_ms(ruleset, state, at_ms)
    if until_ms <= at_ms:
        return None
    inside = [zone.zone_id for zone in state.zones if zone.since_ms is not None]
    outside = not any(map(ruleset.is_place_to_be, inside))
    trip = state.trip
    permit = None if trip is None or trip.permit_id is None else ruleset.permits.get(trip.permit_id)
    setting = Setting(
        at_ms=at_ms,
        place=last,
        motion=state.motion,
        zones=state.zones,
        outside=outside,
        stay=state.stay,
        load=state.load,
        weight_run=state.weight_run,
        trip=trip,
        permit=permit,
    )
    moving = state.motion is Motion.MOVING
    bounds = [] if moving else [STILL_STANDING]
    if until_ms < NEVER_MS:
        bounds.append(Bounds(until_ms=until_ms))
    buffer_m = context.profile.buffers_m.get
    return Envelope(
        context=context,
        busy=_busy(context, state, setting, bounds),
        bounds=tightest(bounds),
        moving=moving,
        min_kmh=STANDING_KMH if moving else -inf,
        loads=LOADS[state.load.value] if state.load.has_sensor else NO_LOAD,
        buffers_m={zone.zone_id: buffer_m(zone.zone_id, EXIT_BUFFER_M) for zone in state.zones},
        x_m=last.x_m,
        y_m=last.y_m,
        outside=outside,
        at_site=not outside and any(ruleset.kind_of(zone_id) in SITES for zone_id in inside),
        permit=permit,
    )


def _busy(
    context: VehicleContext, state: VehicleState, setting: Setting, bounds: list[Bounds]
) -> tuple[JudgedRule, ...]:
    """The rules that look at every report; what the others keep to is added to `bounds`."""
    busy: list[JudgedRule] = []
    state_of = state.rules.get
    for rule in context.profile.rules:
        calm = CALM.get(rule.kind)
        more = None if calm is None else calm(rule, state_of(rule.id), setting, context)
        if more is None:
            busy.append(rule)
        elif more is not ANY:
            bounds.append(more)
    return tuple(busy)


def _is_settled(state: VehicleState) -> bool:
    """Tell whether nothing has begun that the next report might complete, and nothing told that it might end."""
    tracks = state.tracks
    return (
        not state.passing
        and not state.tentative
        and not tracks.alternations
        and tracks.conflict_ms is None
        and state.motion is not Motion.UNKNOWN
        and (state.stay is None) is (state.motion is Motion.MOVING)
        and _is_load_settled(state.load, state.signs)
        and all(zone.pending_ms is None for zone in state.zones)
    )


def _is_load_settled(load: LoadState, signs: SignState) -> bool:
    return (
        load.candidate is None
        and signs.lift_ms is None
        and not signs.lift_told
        and signs.empty_ms is None
        and signs.drop is None
    )


def _zones_until_ms(ruleset: Ruleset, state: VehicleState, at_ms: int) -> int:
    """Until when no zone that the vehicle is in or at the edge of opens or closes; `at_ms` if one just did."""
    until_ms = NEVER_MS
    for zone_state in state.zones:
        zone = ruleset.zones.get(zone_state.zone_id)
        if ruleset.is_zone_open(zone_state.zone_id, at_ms) != (zone_state.since_ms is not None):
            return at_ms  # its next fix will tell
        if zone is None:
            continue
        if zone.windows:
            until_ms = min(until_ms, same_until_ms(zone.windows, at_ms, ruleset.time_zone))
        for edge_ms in (zone.validity.from_ms, zone.validity.to_ms):
            if edge_ms is not None and edge_ms > at_ms:
                until_ms = min(until_ms, edge_ms)
    return until_ms
