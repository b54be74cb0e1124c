"""Unloadings, by their signs: body raised, load gone, weight gone.

An unloading is the first sign and all further signs within 10 min and 200 m of it. A sign is dated at
its onset, and its place is where the vehicle was then; one that lasts is not a new one.
"""

import math

from msgspec import Struct
from msgspec.structs import replace

from alerts.evidence import Sign, SignKind
from domain.identifiers import PermitId, ZoneId
from geofence.usable import Fix

LIFT_MIN_MS = 10_000
LIFT_MAX_MS = 300_000
LIFT_BELOW_KMH = 8.0
WEIGHT_SPAN_MS = 600_000
WEIGHT_DROP_T = 2.0
SAME_MS = 600_000
SAME_M = 200.0


class Spot(Struct, frozen=True, array_like=True):
    """Where a vehicle was at the onset of a sign: the fix, the zones it was inside, those close by."""

    fix: Fix
    inside: tuple[ZoneId, ...]
    near: tuple[tuple[ZoneId, float], ...]


class SignState(Struct, frozen=True, array_like=True):
    """Signs under way. `weights` holds those of the last 10 min that may still be the highest, falling."""

    lift_ms: int | None = None
    lift_last_ms: int | None = None
    lift_spot: Spot | None = None
    lift_told: bool = False
    empty_ms: int | None = None
    empty_spot: Spot | None = None
    weights: tuple[tuple[int, float], ...] = ()
    drop: Sign | None = None
    drop_spot: Spot | None = None
    drop_told: bool = False


class Unloading(Struct, frozen=True, array_like=True):
    """One unloading so far. All but its signs is settled at the first: the permit is the trip's, if any."""

    spot: Spot
    at_ms: int
    signs: tuple[Sign, ...]
    allowed: bool
    load_before: str
    permit_id: PermitId | None

    def takes(self, sign: Sign, spot: Spot) -> bool:
        """Tell whether a further sign belongs to this unloading."""
        apart_m = math.hypot(spot.fix.x_m - self.spot.fix.x_m, spot.fix.y_m - self.spot.fix.y_m)
        return abs(sign.at_ms - self.at_ms) <= SAME_MS and apart_m <= SAME_M


FoundSign = tuple[Sign, Spot | None]


def lift_after(
    state: SignState, *, lift: bool | None, speed_kmh: float | None, at_ms: int, spot: Spot | None
) -> tuple[SignState, FoundSign | None]:
    """Apply a report's `lift` and speed: raised at two reports 10 to 300 s apart, slow all the while."""
    if lift is False:
        return _lift(state, None, None, None, told=False), None
    if speed_kmh is not None and speed_kmh >= LIFT_BELOW_KMH:
        return _lift(state, None, None, None, told=state.lift_told), None
    if lift is None or speed_kmh is None or state.lift_told:
        return state, None
    if state.lift_ms is None or state.lift_last_ms is None or at_ms - state.lift_last_ms > LIFT_MAX_MS:
        return _lift(state, at_ms, at_ms, spot, told=False), None
    if at_ms - state.lift_ms >= LIFT_MIN_MS:
        # reports of one run lie less than 10 s apart until one completes it: where the first is too
        # old, the last is the other of the pair
        onset_ms = state.lift_ms if at_ms - state.lift_ms <= LIFT_MAX_MS else state.lift_last_ms
        sign = Sign(kind=SignKind.LIFT, at_ms=onset_ms, confirmed_ms=at_ms)
        return _lift(state, None, None, None, told=True), (sign, state.lift_spot)
    return _lift(state, state.lift_ms, at_ms, state.lift_spot, told=False), None


def _lift(
    state: SignState, first_ms: int | None, last_ms: int | None, spot: Spot | None, *, told: bool
) -> SignState:
    if first_ms is state.lift_ms is None and state.lift_told == told:
        return state
    return SignState(
        first_ms, last_ms, spot, told,
        state.empty_ms, state.empty_spot, state.weights, state.drop, state.drop_spot, state.drop_told,
    )  # fmt: skip


def weight_after(
    state: SignState, *, weight_t: float, at_ms: int, spot: Spot | None
) -> tuple[SignState, FoundSign | None]:
    """Apply a report's weight: lower by 30 % and 2 t than the highest of the previous 10 min, twice running."""
    recent = tuple(entry for entry in state.weights if at_ms - entry[0] <= WEIGHT_SPAN_MS)
    highest_t = recent[0][1] if recent else None
    weights = (*(entry for entry in recent if entry[1] > weight_t), (at_ms, weight_t))
    found: FoundSign | None = None
    drop, drop_spot, told = state.drop, state.drop_spot, state.drop_told
    # 30 % as tenths, so that a fall of exactly 30 % counts whatever the floating point
    has_dropped = (
        highest_t is not None
        and weight_t * 10 <= highest_t * 7
        and round(highest_t - weight_t, 9) >= WEIGHT_DROP_T
    )
    if not has_dropped:
        drop, drop_spot, told = None, None, False
    elif drop is None and not told:
        drop = Sign(kind=SignKind.WEIGHT, at_ms=at_ms, weight_before_t=highest_t, weight_after_t=weight_t)
        drop_spot = spot
    elif drop is not None:
        found = (replace(drop, confirmed_ms=at_ms), drop_spot)
        drop, drop_spot, told = None, None, True
    after = SignState(
        state.lift_ms, state.lift_last_ms, state.lift_spot, state.lift_told,
        state.empty_ms, state.empty_spot, weights, drop, drop_spot, told,
    )  # fmt: skip
    return after, found


def empty_after(
    state: SignState, *, candidate_ms: int | None, emptied_ms: int | None, spot: Spot | None, at_ms: int
) -> tuple[SignState, FoundSign | None]:
    """Apply the load sensor: `candidate_ms` dates a first `empty` of a loaded truck, `emptied_ms` its confirmation."""
    found: FoundSign | None = None
    empty_ms, empty_spot = state.empty_ms, state.empty_spot
    if emptied_ms is not None:
        sign = Sign(kind=SignKind.LOAD, at_ms=emptied_ms, confirmed_ms=at_ms)
        found = (sign, empty_spot if empty_ms == emptied_ms else None)
    if candidate_ms is None:
        empty_ms, empty_spot = None, None
    elif empty_ms != at_ms:  # a candidate is as new as the report, or it would be confirmed by it
        empty_ms, empty_spot = at_ms, spot
    if empty_ms == state.empty_ms and found is None:
        return state, None
    after = SignState(
        state.lift_ms, state.lift_last_ms, state.lift_spot, state.lift_told,
        empty_ms, empty_spot, state.weights, state.drop, state.drop_spot, state.drop_told,
    )  # fmt: skip
    return after, found
