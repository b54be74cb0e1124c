"""What a drawn area would have seen of vehicles: inside, passing through, staying; by the rules' own steps.

The area counts as a no-go zone, so that passing through is found as well; its hours are the caller's.
"""

from collections.abc import Callable, Sequence
from itertools import groupby

from msgspec import Struct

from domain.identifiers import DeviceId, ZoneId
from domain.report import PositionReport
from domain.zone import Polygons, Zone, ZoneKind
from geofence.index import PlaceIndex
from geofence.motion import Motion, motion_after, speed_of
from geofence.passing import PassState, passes_after
from geofence.place import Placed
from geofence.projection import Plane
from geofence.shape import Area, Disc, RegistryShapes
from geofence.stay import Stay, stay_after
from geofence.usable import Fix, FixUse, UsableState, is_gap, use_fix
from geofence.zone_state import ZoneState, zones_after

LONG_STAY_MS = 120_000
DRAWN = ZoneId("drawn")
_ZONE = Zone(id=DRAWN, kind=ZoneKind.NO_GO, shape=Polygons(polygons=()))


class Effect(Struct, frozen=True, kw_only=True):
    """Which devices were inside, which only passed through between two fixes, and how many stays were long."""

    inside: frozenset[DeviceId]
    passed: frozenset[DeviceId]
    stays: int


class _Visits(Struct, kw_only=True):
    """One device's way so far, and what the area has seen of it."""

    usable: UsableState
    placed: Placed
    motion: Motion = Motion.UNKNOWN
    zones: tuple[ZoneState, ...] = ()
    passing: tuple[PassState, ...] = ()
    stay: Stay | None = None
    was_inside: bool = False
    has_passed: bool = False
    stays: set[int]


def effect_of(
    area: Area | Disc,
    plane: Plane,
    reports: Sequence[PositionReport],
    *,
    is_open: Callable[[int], bool],
    buffer_m: float,
) -> Effect:
    """Judge reports, each device's together and in its order, by an area of the plane.

    `is_open` tells whether the area exists at an instant, `buffer_m` how far beyond it one must be to leave.
    """
    index = PlaceIndex(
        RegistryShapes(plane=plane, zones=((_ZONE, area),), routes=(), districts=()), margin_m=buffer_m
    )
    inside, passed, stays = set[DeviceId](), set[DeviceId](), 0
    for device_id, of_device in groupby(index.place(reports, {}), key=lambda placed: placed.report.device_id):
        first = next(of_device)
        visits = _Visits(usable=UsableState(), placed=first, stays=set())
        for placed in (first, *of_device):
            _step(visits, index, placed, is_open=is_open, buffer_m=buffer_m)
        if visits.was_inside:
            inside.add(device_id)
        elif visits.has_passed:
            passed.add(device_id)
        stays += len(visits.stays)
    return Effect(inside=frozenset(inside), passed=frozenset(passed), stays=stays)


def _step(
    visits: _Visits, index: PlaceIndex, placed: Placed, *, is_open: Callable[[int], bool], buffer_m: float
) -> None:
    before = visits.usable.last
    visits.usable, use = use_fix(visits.usable, placed)
    fix = visits.usable.last
    if use is not FixUse.USABLE or fix is None:
        return
    gap = before is not None and is_gap(before.time_ms, fix.time_ms)
    speed_kmh = speed_of(placed.report, before, fix)
    visits.motion = motion_after(Motion.UNKNOWN if gap else visits.motion, speed_kmh)
    visits.zones = zones_after(
        visits.zones, placed.near, fix.time_ms,
        is_open=lambda _, at_ms: is_open(at_ms), buffers_m={DRAWN: buffer_m},
    ).states  # fmt: skip
    since_ms = next((zone.since_ms for zone in visits.zones if zone.since_ms is not None), None)
    visits.was_inside = visits.was_inside or since_ms is not None
    visits.has_passed = _passes(visits, index, before, fix, placed, is_open) or visits.has_passed
    visits.placed = placed
    _stay(visits, fix, since_ms, gap=gap)


def _passes(
    visits: _Visits,
    index: PlaceIndex,
    before: Fix | None,
    fix: Fix,
    placed: Placed,
    is_open: Callable[[int], bool],
) -> bool:
    """Add the line from the last usable fix to this one; tell whether it ends a way through the area."""
    in_polygon = frozenset(zone_id for zone_id, edge_m in placed.near if edge_m <= 0)
    in_polygon_before = frozenset(zone_id for zone_id, edge_m in visits.placed.near if edge_m <= 0)

    def crossings(one: Fix, other: Fix) -> tuple[tuple[ZoneId, float], ...]:
        if not (is_open(one.time_ms) and is_open(other.time_ms)):
            return ()
        return index.no_go_crossings(one.x_m, one.y_m, other.x_m, other.y_m)

    visits.passing, passed = passes_after(
        visits.passing,
        before,
        fix,
        clearance_m=visits.placed.no_go_clearance_m + placed.no_go_clearance_m,
        crossings=crossings,
        in_polygon_before=in_polygon_before,
        in_polygon=in_polygon,
        inside=frozenset(zone.zone_id for zone in visits.zones if zone.since_ms is not None),
    )
    return bool(passed)


def _stay(visits: _Visits, fix: Fix, since_ms: int | None, *, gap: bool) -> None:
    """Note a stay once it has lasted long enough inside."""
    if gap or visits.motion is not Motion.STANDING:
        visits.stay = None
    if visits.motion is Motion.STANDING:
        visits.stay, _ = stay_after(visits.stay, fix, outside=True, at_site=False)
    if visits.stay is not None and since_ms is not None and visits.stay.since_ms(since_ms) >= LONG_STAY_MS:
        visits.stays.add(visits.stay.first.time_ms)
