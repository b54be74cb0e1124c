"""The short way for a quiet report: one that changes nothing but what is merely followed.

`quiet_after` gives what `observe` gives, and the rules that still have to look, at a fraction of the cost; or
None where a report is not surely quiet, and `observe` is to be asked. What makes it quiet: no zone is entered
or left, motion, load and trip stay as they are, nothing is unloaded, and each rule left out keeps its own
bounds (`CALM`; a rule that is not in it always looks). A law in `tests/laws` holds both ways to be the same.
"""

from collections.abc import Callable, Iterable
from math import hypot, inf
from typing import TypeVar

from msgspec import Struct
from msgspec.structs import replace

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
from alerts.calm import ANY, NEVER_MS, SLOW_KMH, Bounds, Setting
from alerts.device_state import VehicleState
from alerts.load import LoadState, LoadValue
from alerts.observation import Observation, VehicleContext
from alerts.observe import SITES
from alerts.ruleset import JudgedRule, Ruleset
from alerts.unloading import SignState, weight_after
from domain.identifiers import RouteId, ZoneId
from domain.permit import Permit
from domain.report import DEFAULT_ACCURACY_M, Cover, Load, PositionReport
from domain.rule import RuleKind
from domain.timewindow import same_until_ms
from geofence.motion import MOVING_KMH, STANDING_KMH, Motion, derived_kmh
from geofence.place import Placed
from geofence.stay import STAY_RADIUS_M, Stay
from geofence.stuck import stuck_after
from geofence.tracks import TRACK_MAX_AGE_MS, Tracks
from geofence.usable import MAX_ACCURACY_M, OUTLIER_KMH, Fix, FixUse, UsableState
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
BELIEVABLE_KMH = OUTLIER_KMH * 0.999
_MOVING = Motion.MOVING


class Envelope(Struct, frozen=True, kw_only=True):
    """How far a state reaches: a report within it is quiet. It hangs on the state and is no part of it.

    `buffers_m`: the zones it is in, with how far out it may be. `x_m`, `y_m`: where `reach_m` counts from.
    `busy`: the rules that look at every report nevertheless.
    """

    context: VehicleContext
    busy: tuple[JudgedRule, ...]
    moving: bool
    min_kmh: float
    max_kmh: float
    until_ms: int
    within_ms: int
    stuck_ms: int
    buffers_m: dict[ZoneId, float]
    outside: bool
    at_site: bool
    loads: frozenset[Load | None]
    covers: frozenset[Cover | None]
    max_weight_t: float
    x_m: float
    y_m: float
    reach_m: float
    slow_reach_m: float
    routes_m: tuple[tuple[RouteId, float], ...] | None
    permit: Permit | None


class Quiet(Struct, frozen=True, gc=False):
    """The state after a quiet report, rules not yet judged; and what it shows, for the rules that look."""

    after: VehicleState
    seen: Observation | None
    busy: tuple[JudgedRule, ...]


def quiet_after(context: VehicleContext, state: VehicleState, placed: Placed) -> Quiet | None:
    """Take in one report, if it is quiet."""
    report, at_ms = placed.report, placed.report.time_ms
    last = state.usable.last
    if (
        last is None
        or not report.fix
        or report.lon is None
        or report.lat is None
        or report.lift
        or report.alarms
    ):
        return None
    accuracy_m = DEFAULT_ACCURACY_M if report.accuracy_m is None else report.accuracy_m
    if accuracy_m > MAX_ACCURACY_M:
        return None
    envelope = envelope_of(context, state)
    if envelope is None or not _signals_keep(envelope, state, report):
        return None
    fix = Fix(at_ms, placed.x_m, placed.y_m, report.lon, report.lat)
    moved_m = hypot(last.x_m - fix.x_m, last.y_m - fix.y_m)
    speed_kmh = report.speed_kmh
    if speed_kmh is None:
        speed_kmh = derived_kmh(last, fix)
    if speed_kmh is not None and not envelope.min_kmh <= speed_kmh <= envelope.max_kmh:
        return None
    if (
        at_ms >= envelope.until_ms
        or at_ms - last.time_ms > envelope.within_ms
        or moved_m * 3600.0 > BELIEVABLE_KMH * max(at_ms - last.time_ms, 1000)
        or moved_m >= state.clearance_m + placed.no_go_clearance_m
        or not _place_keeps(envelope, placed, fix, speed_kmh, accuracy_m)
    ):
        return None
    tracks = _tracks(state.tracks, last, fix, moved_m)
    stuck = stuck_after(state.stuck, fix, report.speed_kmh, gap=False)
    signs = _signs(state.signs, report)
    if tracks is None or signs is None or (stuck is not None and at_ms - stuck.time_ms >= envelope.stuck_ms):
        return None
    stay = state.stay
    if stay is not None:
        if hypot(stay.first.x_m - fix.x_m, stay.first.y_m - fix.y_m) > STAY_RADIUS_M:
            return None
        stay = Stay(
            stay.first, at_ms, stay.outside and envelope.outside, envelope.at_site,
            stay.fixes + 1, stay.sum_x_m + fix.x_m, stay.sum_y_m + fix.y_m,
        )  # fmt: skip
    after = replace(
        state,
        order=report.order,
        usable=UsableState(fix),
        near=placed.near,
        clearance_m=placed.no_go_clearance_m,
        stay=stay,
        tracks=tracks,
        stuck=stuck,
        signs=signs,
        was_active=envelope.moving or report.ignition is True,
    )
    after.__dict__["envelope"] = envelope
    seen = _observation(envelope, state, after, placed, speed_kmh) if envelope.busy else None
    return Quiet(after, seen, envelope.busy)


def envelope_of(context: VehicleContext, state: VehicleState) -> Envelope | None:
    """The envelope of a state, None where no report could be quiet; found once for a state and its quiet successors."""
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


def _envelope(context: VehicleContext, state: VehicleState) -> Envelope | None:
    """What a quiet report must keep to, by the vehicle's own state and by each rule."""
    last, tracks = state.usable.last, state.tracks
    moving = state.motion is _MOVING
    if (
        state.order is None
        or last is None
        or state.motion is Motion.UNKNOWN
        or (state.stay is None) is not moving
        or state.passing
        or state.tentative
        or tracks.alternations
        or tracks.conflict_ms is not None
        or not _is_settled(state.load, state.signs)
    ):
        return None
    ruleset = context.ruleset
    until_ms, buffers_m = _zones_until_ms(context, state), {}
    for zone in state.zones:
        if zone.pending_ms is not None:
            return None
        buffers_m[zone.zone_id] = context.profile.buffers_m.get(zone.zone_id, EXIT_BUFFER_M)
    inside = [zone.zone_id for zone in state.zones if zone.since_ms is not None]
    outside = not any(map(ruleset.is_place_to_be, inside))
    trip = state.trip
    permit = None if trip is None or trip.permit_id is None else ruleset.permits.get(trip.permit_id)
    setting = Setting(
        at_ms=state.order[0],
        place=last,
        motion=state.motion,
        zones=state.zones,
        outside=outside,
        stay=state.stay,
        load=state.load,
        trip=trip,
        permit=permit,
    )
    bounds, busy = _bounds(context, state, setting)
    return Envelope(
        context=context,
        busy=busy,
        moving=moving,
        min_kmh=STANDING_KMH if moving else -inf,
        max_kmh=bounds.max_kmh if moving else min(bounds.max_kmh, MOVING_KMH - 0.001),
        until_ms=min(until_ms, bounds.until_ms),
        within_ms=bounds.within_ms,
        stuck_ms=bounds.stuck_ms,
        buffers_m=buffers_m,
        outside=outside,
        at_site=not outside and any(ruleset.kind_of(zone_id) in SITES for zone_id in inside),
        loads=LOADS[state.load.value] if state.load.has_sensor else frozenset({None}),
        covers=bounds.covers,
        max_weight_t=bounds.max_weight_t,
        x_m=last.x_m,
        y_m=last.y_m,
        reach_m=bounds.reach_m,
        slow_reach_m=bounds.slow_reach_m,
        routes_m=bounds.routes_m,
        permit=permit,
    )


def _bounds(
    context: VehicleContext, state: VehicleState, setting: Setting
) -> tuple[Bounds, tuple[JudgedRule, ...]]:
    """The bounds of all rules that have any, and the rules that have none."""
    bounds, busy = ANY, []
    for rule in context.profile.rules:
        calm = CALM.get(rule.kind)
        more = None if calm is None else calm(rule, state.rules.get(rule.id), setting, context)
        if more is None:
            busy.append(rule)
        elif more is not ANY:
            bounds = more if bounds is ANY else bounds.and_(more)
    return bounds, tuple(busy)


def _is_settled(load: LoadState, signs: SignState) -> bool:
    """Tell whether no change of load and no sign of an unloading has begun."""
    return (
        load.candidate is None
        and signs.lift_ms is None
        and not signs.lift_told
        and signs.empty_ms is None
        and signs.drop is None
        and not signs.drop_told
    )


def _zones_until_ms(context: VehicleContext, state: VehicleState) -> int:
    """Until when no zone that the vehicle is in or at the edge of opens or closes."""
    ruleset = context.ruleset
    assert state.order is not None
    at_ms = state.order[0]
    until_ms = NEVER_MS
    for zone_state in state.zones:
        zone_id = zone_state.zone_id
        zone = ruleset.zones.get(zone_id)
        if ruleset.is_zone_open(zone_id, at_ms) != (zone_state.since_ms is not None):
            return at_ms  # what opened or closed since its last fix is told by the next
        if zone is None:
            continue
        if zone.windows:
            until_ms = min(until_ms, same_until_ms(zone.windows, at_ms, ruleset.time_zone))
        for edge_ms in (zone.validity.from_ms, zone.validity.to_ms):
            if edge_ms is not None and edge_ms > at_ms:
                until_ms = min(until_ms, edge_ms)
    return until_ms


def _signals_keep(envelope: Envelope, state: VehicleState, report: PositionReport) -> bool:
    """Tell whether a report's signals are those of a quiet one."""
    if report.load not in envelope.loads or report.cover not in envelope.covers:
        return False
    if report.lift is not None and not state.has_lift:
        return False
    weight_t = report.weight_t
    return weight_t is None or (state.has_weight and weight_t <= envelope.max_weight_t)


def _place_keeps(
    envelope: Envelope, placed: Placed, fix: Fix, speed_kmh: float | None, accuracy_m: float
) -> bool:
    """Tell whether a fix leaves no zone, enters none, and lies where the rules do not mind."""
    buffers_m = envelope.buffers_m
    still_in = 0
    for zone_id, distance_m in placed.near:
        buffer_m = buffers_m.get(zone_id)
        if buffer_m is None:
            if distance_m <= 0:
                return False
        elif distance_m > buffer_m:
            return False
        else:
            still_in += 1
    if still_in < len(buffers_m):
        return False
    reach_m = envelope.reach_m
    if speed_kmh is not None and speed_kmh < SLOW_KMH:
        reach_m = min(reach_m, envelope.slow_reach_m)
    if reach_m != inf and hypot(fix.x_m - envelope.x_m, fix.y_m - envelope.y_m) >= reach_m:
        return False
    return envelope.routes_m is None or _is_on_one(envelope.routes_m, placed.routes, accuracy_m)


def _is_on_one(
    routes_m: Iterable[tuple[RouteId, float]], placed: Iterable[tuple[RouteId, float]], accuracy_m: float
) -> bool:
    distances_m = dict(placed)
    return any(distances_m.get(route, inf) <= half_width_m + accuracy_m for route, half_width_m in routes_m)


def _tracks(tracks: Tracks, last: Fix, fix: Fix, moved_m: float) -> Tracks | None:
    """The tracks after a fix that goes on with the track the vehicle is on, None if it might be the other's."""
    on_other = tracks.on_other
    here, there = (tracks.other, tracks.one) if on_other else (tracks.one, tracks.other)
    if here != last:
        return None
    is_recent = there is not None and fix.time_ms - there.time_ms <= TRACK_MAX_AGE_MS
    if is_recent and there is not None and hypot(there.x_m - fix.x_m, there.y_m - fix.y_m) <= moved_m:
        return None
    return Tracks(tracks.one if on_other else fix, fix if on_other else tracks.other, on_other, True)


def _signs(signs: SignState, report: PositionReport) -> SignState | None:
    """The highest weights after a report, None where one shows a fall."""
    if report.weight_t is None:
        return signs
    after, _ = weight_after(signs, weight_t=report.weight_t, at_ms=report.time_ms, spot=None)
    return after if after.drop is None else None


def _observation(
    envelope: Envelope, before: VehicleState, after: VehicleState, placed: Placed, speed_kmh: float | None
) -> Observation:
    """What a quiet report shows: nothing but itself."""
    fix = after.usable.last
    assert before.order is not None
    return Observation(
        report=placed.report,
        placed=placed,
        at_ms=placed.report.time_ms,
        before_ms=before.order[0],
        gap=False,
        fix=fix,
        place=fix,
        use=FixUse.USABLE,
        motion=after.motion,
        speed_kmh=speed_kmh,
        zones=after.zones,
        entered=(),
        left=(),
        passed=(),
        outside=envelope.outside,
        stay=after.stay,
        ended_stay=None,
        tracks=after.tracks,
        stuck=after.stuck,
        load=after.load,
        unloading=None,
        is_new_unloading=False,
        departure=None,
        trip=after.trip,
        permit=envelope.permit,
        trip_ended_ms=None,
        has_signals=after.has_lift or after.has_weight or after.load.has_sensor,
    )
