"""The short way for a quiet report: one that changes nothing but what is merely followed.

`quiet_after` gives what `observe` gives, and the rules that still have to look, at a fraction of the cost; or
None where a report is not surely quiet, and `observe` is to be asked. What is followed: the newest order and
usable fix, tracks, stay, a stuck place, weights. All else stays as it is: zones, motion, load, trip, and the
states of all rules that the envelope leaves out. A law in `tests/laws` holds both ways to be the same.
"""

from collections.abc import Iterable
from math import hypot, inf

from msgspec import Struct
from msgspec.structs import replace

from alerts.calm import SLOW_KMH
from alerts.device_state import VehicleState
from alerts.envelope import Envelope, envelope_of, hang
from alerts.observation import Observation, VehicleContext
from alerts.ruleset import JudgedRule
from alerts.unloading import SignState, weight_after
from alerts.weight_run import weight_run_after
from domain.identifiers import RouteId
from domain.report import DEFAULT_ACCURACY_M, PositionReport
from geofence.motion import derived_kmh
from geofence.place import Placed
from geofence.stay import STAY_RADIUS_M, Stay
from geofence.stuck import stuck_after
from geofence.tracks import TRACK_MAX_AGE_MS, Tracks
from geofence.usable import MAX_ACCURACY_M, OUTLIER_KMH, Fix, FixUse, UsableState

BELIEVABLE_KMH = OUTLIER_KMH * 0.999
"""Surely no outlier, whatever the rounding."""


class Quiet(Struct, frozen=True, gc=False):
    """The state after a quiet report, and the rules that look at it, if any, with what it shows."""

    after: VehicleState
    busy: tuple[JudgedRule, ...]
    seen: Observation | None


def quiet_after(context: VehicleContext, state: VehicleState, placed: Placed) -> Quiet | None:
    """Take in one report, if it is quiet."""
    report = placed.report
    last = state.usable.last
    if last is None or not report.fix or report.lon is None or report.lat is None:
        return None
    envelope = envelope_of(context, state)
    if envelope is None or not _signals_keep(envelope, state, report):
        return None
    at_ms = report.time_ms
    fix = Fix(at_ms, placed.x_m, placed.y_m, report.lon, report.lat)
    moved_m = hypot(last.x_m - fix.x_m, last.y_m - fix.y_m)
    speed_kmh = report.speed_kmh
    if speed_kmh is None:
        speed_kmh = derived_kmh(last, fix)
    bounds = envelope.bounds
    if (
        (speed_kmh is not None and not envelope.min_kmh <= speed_kmh <= bounds.max_kmh)
        or at_ms >= bounds.until_ms
        or at_ms - last.time_ms > bounds.within_ms
        or moved_m * 3600.0 > BELIEVABLE_KMH * max(at_ms - last.time_ms, 1000)
        or moved_m >= state.clearance_m + placed.no_go_clearance_m
        or not _place_keeps(envelope, placed, fix, speed_kmh)
    ):
        return None
    tracks = _tracks(state.tracks, last, fix, moved_m)
    stuck = stuck_after(state.stuck, fix, report.speed_kmh, gap=False)
    signs = _signs(state.signs, report)
    if tracks is None or signs is None or (stuck is not None and at_ms - stuck.time_ms >= bounds.stuck_ms):
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
        weight_run=weight_run_after(state.weight_run, report.weight_t, None, at_ms),
        signs=signs,
        was_active=envelope.moving or report.ignition is True,
    )
    hang(envelope, after)
    seen = _observation(envelope, state, after, placed, speed_kmh) if envelope.busy else None
    return Quiet(after, envelope.busy, seen)


def _signals_keep(envelope: Envelope, state: VehicleState, report: PositionReport) -> bool:
    """Tell whether a report's signals are those of a quiet one."""
    if report.load not in envelope.loads or report.cover not in envelope.bounds.covers or report.alarms:
        return False
    if report.lift or (report.lift is not None and not state.has_lift):
        return False
    if report.accuracy_m is not None and report.accuracy_m > MAX_ACCURACY_M:
        return False
    weight_t = report.weight_t
    return weight_t is None or (state.has_weight and weight_t <= envelope.bounds.max_weight_t)


def _place_keeps(envelope: Envelope, placed: Placed, fix: Fix, speed_kmh: float | None) -> bool:
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
    bounds = envelope.bounds
    reach_m = bounds.reach_m
    if speed_kmh is not None and speed_kmh < SLOW_KMH:
        reach_m = min(reach_m, bounds.slow_reach_m)
    if reach_m != inf and hypot(fix.x_m - envelope.x_m, fix.y_m - envelope.y_m) >= reach_m:
        return False
    return bounds.routes_m is None or _is_on_one(bounds.routes_m, placed)


def _is_on_one(routes_m: Iterable[tuple[RouteId, float]], placed: Placed) -> bool:
    """Tell whether a fix is no farther from a route than its half-width and the fix's accuracy."""
    accuracy_m = placed.report.accuracy_m
    if accuracy_m is None:
        accuracy_m = DEFAULT_ACCURACY_M
    distances_m = dict(placed.routes)
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
        weight_run=after.weight_run,
        unloading=None,
        is_new_unloading=False,
        departure=None,
        trip=after.trip,
        permit=envelope.permit,
        trip_ended_ms=None,
        has_signals=after.has_lift or after.has_weight or after.load.has_sensor,
    )
