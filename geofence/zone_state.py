"""Inside a zone as a state: entered at two successive fixes in it, left at two beyond the buffer; and passing through.

The transition is dated at the first of the two. A zone does not exist outside its windows and validity:
the geometric state runs on, and what is *inside* needs the zone to be open as well.
"""

from collections.abc import Callable, Mapping, Sequence

from msgspec import Struct

from domain.identifiers import ZoneId

EXIT_BUFFER_M = 20.0
PASS_MS = 60_000
PASS_M = 20.0
FAR_M = float("inf")


class ZoneState(Struct, frozen=True, array_like=True, gc=False):
    """One vehicle and one zone it is in or at the edge of.

    `in_since_ms`: the date of geometric entering, None while outside. `pending_ms`: the first of the
    two fixes that would change that. `since_ms`: since when it is inside an open zone, None if not.
    `longest_stay_ms`: the longest stay of this visit, the one under way left out.
    """

    zone_id: ZoneId
    in_since_ms: int | None = None
    pending_ms: int | None = None
    since_ms: int | None = None
    longest_stay_ms: int = 0

    @property
    def is_inside(self) -> bool:
        """The state that rules speak of."""
        return self.since_ms is not None


class Transition(Struct, frozen=True, gc=False):
    """Entering or leaving a zone, dated at the first of the two fixes.

    For leaving: the visit's longest stay and when it had entered. `by_hours`: the zone opened or closed
    around the vehicle, which itself crossed nothing.
    """

    zone_id: ZoneId
    at_ms: int
    longest_stay_ms: int = 0
    entered_ms: int | None = None
    by_hours: bool = False


class ZonesAfter(Struct, frozen=True):
    """The zone states after a fix, and what changed."""

    states: tuple[ZoneState, ...]
    entered: tuple[Transition, ...] = ()
    left: tuple[Transition, ...] = ()


def _geometric(state: ZoneState, distance_m: float, at_ms: int, buffer_m: float) -> ZoneState:
    """Apply one fix to the state that knows no opening hours."""
    if state.in_since_ms is None:
        crossed = distance_m <= 0
        since = state.pending_ms
    else:
        crossed = distance_m > buffer_m
        since = None
    if not crossed:
        if state.pending_ms is None:
            return state
        return ZoneState(state.zone_id, state.in_since_ms, None, state.since_ms, state.longest_stay_ms)
    if state.pending_ms is None:
        return ZoneState(state.zone_id, state.in_since_ms, at_ms, state.since_ms, state.longest_stay_ms)
    return ZoneState(state.zone_id, since, None, state.since_ms, state.longest_stay_ms)


def zones_after(
    states: tuple[ZoneState, ...],
    near: Sequence[tuple[ZoneId, float]],
    at_ms: int,
    *,
    is_open: Callable[[ZoneId, int], bool],
    buffers_m: Mapping[ZoneId, float],
) -> ZonesAfter:
    """Apply one usable fix. `near` names the zones at hand with signed distances; all others are far."""
    if not states and not near:
        return ZonesAfter(states)
    known = {state.zone_id: state for state in states}
    distances = dict(near)
    after: list[ZoneState] = []
    entered: list[Transition] = []
    left: list[Transition] = []
    for zone_id in sorted(known.keys() | distances.keys()):
        before = known.get(zone_id) or ZoneState(zone_id)
        pending_ms = before.pending_ms
        state = _geometric(
            before, distances.get(zone_id, FAR_M), at_ms, buffers_m.get(zone_id, EXIT_BUFFER_M)
        )
        state = _effective(before, state, pending_ms, at_ms, is_open, entered, left)
        if state.in_since_ms is not None or state.pending_ms is not None:
            after.append(state)
    return ZonesAfter(tuple(after), tuple(entered), tuple(left))


def _effective(
    before: ZoneState,
    state: ZoneState,
    pending_ms: int | None,
    at_ms: int,
    is_open: Callable[[ZoneId, int], bool],
    entered: list[Transition],
    left: list[Transition],
) -> ZoneState:
    """Decide whether the vehicle is inside an open zone, and record entering and leaving."""
    zone_id = state.zone_id
    if state.in_since_ms is None:
        if before.since_ms is not None and pending_ms is not None:
            left.append(Transition(zone_id, pending_ms, before.longest_stay_ms, before.since_ms))
        return ZoneState(zone_id, None, state.pending_ms) if before.since_ms is not None else state
    opened = is_open(zone_id, at_ms)
    if before.since_ms is None and opened:
        dated_ms = state.in_since_ms
        by_hours = before.in_since_ms is not None
        if by_hours or not is_open(zone_id, dated_ms):
            dated_ms = at_ms  # it opened around the vehicle: inside from this, its first fix in the window
        entered.append(Transition(zone_id, dated_ms, by_hours=by_hours))
        return ZoneState(zone_id, state.in_since_ms, state.pending_ms, dated_ms)
    if before.since_ms is not None and not opened:
        left.append(Transition(zone_id, at_ms, before.longest_stay_ms, before.since_ms, by_hours=True))
        return ZoneState(zone_id, state.in_since_ms, state.pending_ms)
    return state
