"""The part of the fold that all vehicle rules share: motion, zones, stay, load, signs, trip."""

from collections.abc import Sequence

from msgspec import Struct
from msgspec.structs import replace

from alerts.device_state import VehicleState
from alerts.evidence import Sign
from alerts.load import (
    EMPTY_AFTER_STAY_MS,
    LOADED_AFTER_STAY_MS,
    LoadState,
    LoadValue,
    changed_to,
    load_after,
)
from alerts.observation import Observation, VehicleContext
from alerts.trip import Departure, Trip, may_unload_at, may_unload_in, permit_at, permit_of
from alerts.unloading import (
    FoundSign,
    SignState,
    Spot,
    Unloading,
    empty_after,
    lift_after,
    weight_after,
)
from alerts.weight_run import weight_run_after
from domain.identifiers import ZoneId
from domain.report import Load, PositionReport
from domain.zone import ZoneKind
from geofence.motion import Motion, motion_after, speed_of
from geofence.passing import Passed, PassState, passes_after
from geofence.place import Placed
from geofence.stay import Stay, stay_after
from geofence.stuck import stuck_after
from geofence.tracks import tracks_after
from geofence.usable import GAP_MS, Fix, FixUse, distance_m, fix_of, is_gap, use_fix
from geofence.zone_state import Transition, ZonesAfter, ZoneState, zones_after

NO_SIGNS: tuple[FoundSign, ...] = ()
SITES = frozenset({ZoneKind.SOURCE_SITE, ZoneKind.DISPOSAL_SITE})


def observe(context: VehicleContext, state: VehicleState, placed: Placed) -> tuple[VehicleState, Observation]:
    """Take in one report: the state after it, rules not yet judged, and what it shows."""
    ruleset, report, at_ms = context.ruleset, placed.report, placed.report.time_ms
    before = state.usable.last
    usable, use = use_fix(state.usable, placed)
    fix = usable.last if use is FixUse.USABLE else None
    gap = (state.order is not None and at_ms - state.order[0] > GAP_MS) or (
        fix is not None and before is not None and is_gap(before.time_ms, at_ms)
    )
    speed_kmh = speed_of(report, before, fix)
    motion = motion_after(Motion.UNKNOWN if gap else state.motion, speed_kmh)

    near, clearance_m = state.near, state.clearance_m
    zones, passing = ZonesAfter(state.zones), state.passing
    passed: tuple[Passed, ...] = ()
    if fix is not None:
        near, clearance_m = placed.near, placed.no_go_clearance_m
        zones = zones_after(
            state.zones, near, at_ms,
            is_open=ruleset.is_zone_open, buffers_m=context.profile.buffers_m,
        )  # fmt: skip
        passing, passed = _passes(context, state, placed, fix, zones.states)
    inside = [zone.zone_id for zone in zones.states if zone.since_ms is not None]
    outside = not any(map(ruleset.is_place_to_be, inside))
    at_site = not outside and any(ruleset.kind_of(zone_id) in SITES for zone_id in inside)
    stay, ended_stay = _stay(state.stay, fix, motion, gap=gap, outside=outside, at_site=at_site)
    any_fix = fix if use is not FixUse.OUTLIER else fix_of(placed)
    tracks = state.tracks if any_fix is None else tracks_after(state.tracks, any_fix)
    stuck = stuck_after(state.stuck, fix, report.speed_kmh, gap=gap)
    weight_run = weight_run_after(state.weight_run, report.weight_t, ended_stay, at_ms)
    known_since_ms = at_ms if gap else state.known_since_ms
    zone_states, left = zones.states, zones.left
    if ended_stay is not None and zone_states:
        zone_states = tuple(_with_stay(zone, ended_stay) for zone in zone_states)
    if left and state.stay is not None:
        left = tuple(_left_after_stay(leave, state.stay) for leave in left)

    load = load_after(state.load, report.load, at_ms)
    signs, found = _signs(state, report, load, speed_kmh, usable.last, zone_states, near)
    load = _load_by_place(context, state.trip, load, left)
    unloading, new_unloading = _unloading(context, state, load, found)
    if new_unloading is not None and not load.has_sensor and context.profile.makes_trips:
        load = changed_to(load, LoadValue.EMPTY, new_unloading.at_ms)

    haul = _haul(context, state, load, zones, new_unloading, before, fix)
    after = VehicleState(
        device_id=state.device_id,
        order=report.order,
        usable=usable,
        near=near,
        clearance_m=clearance_m,
        motion=motion,
        zones=zone_states,
        passing=passing,
        stay=stay,
        tracks=tracks,
        stuck=stuck,
        weight_run=weight_run,
        known_since_ms=known_since_ms,
        load=load,
        has_lift=state.has_lift or report.lift is not None,
        has_weight=state.has_weight or report.weight_t is not None,
        signs=signs,
        unloading=unloading if unloading is not None else state.unloading,
        trip=haul.trip,
        awaiting_load=haul.awaiting,
        was_active=report.ignition is True or motion is Motion.MOVING,
        rules=state.rules,
        tentative=state.tentative,
        ticked_ms=state.ticked_ms,
        judged_by=state.judged_by,
    )
    trip = haul.trip
    seen = Observation(
        report=report,
        placed=placed,
        at_ms=at_ms,
        before_ms=None if state.order is None else state.order[0],
        gap=gap,
        fix=fix,
        place=usable.last,
        use=use,
        motion=motion,
        speed_kmh=speed_kmh,
        zones=zone_states,
        entered=zones.entered,
        left=left,
        passed=passed,
        outside=outside,
        stay=stay,
        ended_stay=ended_stay,
        tracks=tracks,
        stuck=stuck,
        load=load,
        weight_run=weight_run,
        unloading=unloading,
        is_new_unloading=new_unloading is not None,
        departure=haul.departure,
        trip=trip,
        permit=None if trip is None or trip.permit_id is None else ruleset.permits.get(trip.permit_id),
        trip_ended_ms=haul.ended_ms,
        has_signals=after.has_lift or after.has_weight or load.has_sensor,
    )
    return after, seen


def _passes(
    context: VehicleContext,
    state: VehicleState,
    placed: Placed,
    fix: Fix,
    zones: tuple[ZoneState, ...],
) -> tuple[tuple[PassState, ...], tuple[Passed, ...]]:
    """Add the line from the last usable fix to this one."""
    before = state.usable.last
    clearance_m = state.clearance_m + placed.no_go_clearance_m
    if before is None or (not state.passing and distance_m(before, fix) < clearance_m):
        return (), ()
    ruleset = context.ruleset

    def crossings(one: Fix, other: Fix) -> tuple[tuple[ZoneId, float], ...]:
        return tuple(
            (zone_id, length_m)
            for zone_id, length_m in ruleset.index.no_go_crossings(one.x_m, one.y_m, other.x_m, other.y_m)
            if ruleset.is_zone_open(zone_id, one.time_ms) and ruleset.is_zone_open(zone_id, other.time_ms)
        )

    return passes_after(
        state.passing,
        before,
        fix,
        clearance_m=clearance_m,
        crossings=crossings,
        in_polygon_before=frozenset(zone_id for zone_id, edge_m in state.near if edge_m <= 0),
        in_polygon=frozenset(zone_id for zone_id, edge_m in placed.near if edge_m <= 0),
        inside=frozenset(zone.zone_id for zone in zones if zone.since_ms is not None),
    )


def _stay(
    stay: Stay | None, fix: Fix | None, motion: Motion, *, gap: bool, outside: bool, at_site: bool
) -> tuple[Stay | None, Stay | None]:
    """The stay after a report, and the one that it ended."""
    ended = None
    if stay is not None and (gap or motion is not Motion.STANDING):
        ended, stay = stay, None
    if motion is Motion.STANDING and fix is not None:
        stay, left_behind = stay_after(stay, fix, outside=outside, at_site=at_site)
        ended = ended or left_behind
    return stay, ended


def _with_stay(zone: ZoneState, stay: Stay) -> ZoneState:
    """Note the part of an ended stay since entering a zone, where it is the longest of the visit."""
    if zone.since_ms is None:
        return zone
    length_ms = stay.since_ms(zone.since_ms)
    if length_ms <= zone.longest_stay_ms:
        return zone
    return ZoneState(zone.zone_id, zone.in_since_ms, zone.pending_ms, zone.since_ms, length_ms)


def _left_after_stay(leave: Transition, stay: Stay) -> Transition:
    """Count the stay that lasted until the vehicle left."""
    length_ms = 0 if leave.entered_ms is None else stay.since_ms(leave.entered_ms)
    return replace(leave, longest_stay_ms=length_ms) if length_ms > leave.longest_stay_ms else leave


def _signs(
    state: VehicleState,
    report: PositionReport,
    load: LoadState,
    speed_kmh: float | None,
    last: Fix | None,
    zones: tuple[ZoneState, ...],
    near: tuple[tuple[ZoneId, float], ...],
) -> tuple[SignState, Sequence[FoundSign]]:
    """The signs of an unloading that a report completes."""
    at_ms = report.time_ms
    signs = state.signs
    spot = None
    shows = report.lift or report.weight_t is not None or report.load is Load.EMPTY
    if shows and last is not None and at_ms - last.time_ms <= GAP_MS:
        spot = Spot(last, tuple(zone.zone_id for zone in zones if zone.since_ms is not None), near)
    found: list[FoundSign] = []
    if report.lift is not None or signs.lift_ms is not None:
        if report.speed_kmh is not None:
            speed_kmh = report.speed_kmh  # a report without a fix still carries its speed
        signs, sign = lift_after(signs, lift=report.lift, speed_kmh=speed_kmh, at_ms=at_ms, spot=spot)
        if sign is not None:
            found.append(sign)
    if report.load is not None:
        was_loaded = state.load.value is LoadValue.LOADED
        emptied = was_loaded and load.value is LoadValue.EMPTY
        begins = load.value is LoadValue.LOADED and load.candidate is LoadValue.EMPTY
        signs, sign = empty_after(
            signs,
            candidate_ms=load.candidate_ms if begins else None,
            emptied_ms=load.since_ms if emptied else None,
            spot=spot,
            at_ms=at_ms,
        )
        if sign is not None:
            found.append(sign)
    if report.weight_t is not None:
        signs, sign = weight_after(signs, weight_t=report.weight_t, at_ms=at_ms, spot=spot)
        if sign is not None:
            found.append(sign)
    return signs, sorted(found, key=lambda entry: (entry[0].at_ms, entry[0].kind)) if found else NO_SIGNS


def _load_by_place(
    context: VehicleContext, trip: Trip | None, load: LoadState, left: tuple[Transition, ...]
) -> LoadState:
    """Load by place, while the device has sent no `load`: after a stay, leaving a source or a place to unload."""
    if not left or load.has_sensor or not context.profile.makes_trips:
        return load
    for leave in left:
        if leave.by_hours:
            continue
        if context.ruleset.kind_of(leave.zone_id) is ZoneKind.SOURCE_SITE:
            if leave.longest_stay_ms >= LOADED_AFTER_STAY_MS:
                load = changed_to(load, LoadValue.LOADED, leave.at_ms)
        elif leave.longest_stay_ms >= EMPTY_AFTER_STAY_MS and may_unload_in(
            context.ruleset, context.profile, permit_of(trip), leave.zone_id, leave.at_ms
        ):
            load = changed_to(load, LoadValue.EMPTY, leave.at_ms)
    return load


def _unloading(
    context: VehicleContext, state: VehicleState, load: LoadState, found: Sequence[FoundSign]
) -> tuple[Unloading | None, Unloading | None]:
    """The unloading that the signs found belong to, if any, and the same where it is a new one."""
    current, touched, new = state.unloading, None, None
    for sign, spot in found:
        if spot is None or _is_in_source(context, spot):
            continue
        if current is not None and current.takes(sign, spot):
            current = _with_sign(current, sign)
        else:
            allowed = may_unload_at(
                context.ruleset, context.profile, permit_of(state.trip),
                inside=spot.inside, near=spot.near, at_ms=sign.at_ms,
            )  # fmt: skip
            load_before = load.just_before(sign.at_ms)
            current = Unloading(spot, sign.at_ms, (sign,), allowed, load_before.word, permit_of(state.trip))
            new = current
        touched = current
    return touched, touched if new is not None else None


def _is_in_source(context: VehicleContext, spot: Spot) -> bool:
    return any(context.ruleset.kind_of(zone_id) is ZoneKind.SOURCE_SITE for zone_id in spot.inside)


def _with_sign(unloading: Unloading, sign: Sign) -> Unloading:
    return Unloading(
        unloading.spot,
        unloading.at_ms,
        (*unloading.signs, sign),
        unloading.allowed,
        unloading.load_before,
        unloading.permit_id,
    )


class _Haul(Struct, gc=False):
    """Where a report leaves the trip."""

    trip: Trip | None
    awaiting: Departure | None
    departure: Departure | None = None
    ended_ms: int | None = None


def _haul(
    context: VehicleContext,
    state: VehicleState,
    load: LoadState,
    zones: ZonesAfter,
    new_unloading: Unloading | None,
    before: Fix | None,
    fix: Fix | None,
) -> _Haul:
    """End the trip under way, begin the next."""
    haul = _Haul(state.trip, state.awaiting_load)
    if not context.profile.makes_trips or (
        load is state.load and not zones.entered and not zones.left and new_unloading is None
    ):
        return haul
    ends: list[int] = [] if new_unloading is None else [new_unloading.at_ms]
    if (
        load.value is LoadValue.EMPTY
        and state.load.value is not LoadValue.EMPTY
        and load.since_ms is not None
    ):
        ends.append(load.since_ms)
    for enter in zones.entered:
        if context.ruleset.kind_of(enter.zone_id) is ZoneKind.SOURCE_SITE:
            ends.append(enter.at_ms)
            haul.awaiting = None
    if ends and haul.trip is not None:
        haul.ended_ms = max(min(ends), haul.trip.departure.at_ms)
        haul.trip = None
    departure = _departed(context, zones.left, before, fix, state.known_since_ms)
    if departure is not None:
        haul.awaiting = departure
    if haul.awaiting is not None:
        _begin(context, haul, load)
    return haul


def _departed(
    context: VehicleContext,
    left: tuple[Transition, ...],
    before: Fix | None,
    fix: Fix | None,
    known_since_ms: int | None,
) -> Departure | None:
    """The vehicle's leaving of a source site, if it did; dated and placed at the first fix outside."""
    if fix is None:
        return None
    for leave in left:
        if context.ruleset.kind_of(leave.zone_id) is ZoneKind.SOURCE_SITE and not leave.by_hours:
            first = before if before is not None and before.time_ms == leave.at_ms else fix
            entered_ms = leave.at_ms if leave.entered_ms is None else leave.entered_ms
            return Departure(leave.zone_id, leave.at_ms, first, entered_ms, known_since_ms)
    return None


def _begin(context: VehicleContext, haul: _Haul, load: LoadState) -> None:
    """Begin the trip of a departure that was loaded, keep one whose load may yet be confirmed, drop others."""
    departure = haul.awaiting
    if departure is None:
        return
    if load.at(departure.at_ms) is LoadValue.LOADED:
        permit = permit_at(context.profile.permits, departure.site, departure.at_ms, context.ruleset)
        if haul.trip is not None:
            haul.ended_ms = departure.at_ms
        haul.trip = Trip(departure, None if permit is None else permit.id)
        haul.departure = departure
        haul.awaiting = None
    elif not (
        load.candidate is LoadValue.LOADED
        and load.candidate_ms is not None
        and load.candidate_ms <= departure.at_ms
    ):
        haul.awaiting = None
