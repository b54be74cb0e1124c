"""Facts: what is kept of a vehicle's way for the questions that span devices, read off two successive states.

A *visit* of a place to be, a *stay* that has lasted long enough while loaded far from every such place, a
*trip*. Each has a key of its own (device, kind, what, start), so folding the same reports again tells the
same facts. What is made of them is in `alerts/dump_site.py` and `alerts/on_site.py`.
"""

from collections.abc import Iterator
from enum import StrEnum

from msgspec import Struct
from msgspec.structs import replace

from alerts.device_state import DeviceState, VehicleState
from alerts.load import LoadValue
from alerts.ruleset import Ruleset, VehicleProfile
from alerts.trip import Trip
from domain.identifiers import DeviceId, PermitId, VehicleId
from domain.zone import PLACES_TO_BE, ZoneKind
from geofence.route_state import off_every_route_m
from geofence.zone_state import ZoneState

FAR_FROM_ZONES_M = 200.0
_LOADED, _EMPTY = LoadValue.LOADED, LoadValue.EMPTY


class FactKind(StrEnum):
    """What a fact is about."""

    VISIT = "visit"
    STAY = "stay"
    TRIP = "trip"


FactKey = tuple[DeviceId, FactKind, str, int]


class Fact(Struct, frozen=True, kw_only=True, gc=False):
    """One fact as far as it is known; times are ms since 1970 UTC, `known_ms` is that of the report that told it.

    A visit: `about` is the zone, from entering to leaving. A stay: `about` is the seconds it had to last while
    loaded, `ended_ms` when it had, lon and lat its mean place until then. A trip: `about` is the source site,
    from the departure to its end. `ended_ms` is None while a visit or trip lasts.
    """

    device_id: DeviceId
    vehicle_id: VehicleId
    kind: FactKind
    about: str
    started_ms: int
    ended_ms: int | None = None
    known_ms: int
    permit_id: PermitId | None = None
    lon: float | None = None
    lat: float | None = None

    @property
    def key(self) -> FactKey:
        """Its identity."""
        return (self.device_id, self.kind, self.about, self.started_ms)


Facts = tuple[Fact, ...]
NO_FACTS: Facts = ()


def facts(ruleset: Ruleset, before: DeviceState, after: DeviceState) -> Facts:
    """What a report told that is a fact: began, ended, or lasted long enough; `before` and `after` it."""
    if type(after) is not VehicleState:
        return NO_FACTS
    # Called with every report: what is not the same object as before is looked at, and no more.
    assert isinstance(before, VehicleState)
    stay = after.stay
    lingers = (
        stay is not None
        and stay.outside
        and after.load.value is _LOADED
        and stay.last_ms - stay.first.time_ms >= ruleset.shortest_linger_ms
    )
    crossed = after.zones is not before.zones and _crossed(before.zones, after.zones)
    if not lingers and not crossed and after.trip is before.trip:
        return NO_FACTS
    profile = ruleset.profiles.get(after.device_id)
    if not isinstance(profile, VehicleProfile):
        return NO_FACTS
    told = _Teller(
        ruleset, profile, 0 if after.order is None else after.order[0], _vehicle_of(before, profile)
    )
    found: list[Fact] = []
    if crossed:
        found.extend(told.visits(before.zones, after.zones))
    if after.trip is not before.trip:
        found.extend(told.trips(before, after))
    if lingers:
        found.extend(told.stays(before, after))
    return tuple(found)


def open_facts(ruleset: Ruleset, state: DeviceState) -> Facts:
    """The visits and the trip that last, as a state knows them."""
    profile = ruleset.profiles.get(state.device_id)
    if not isinstance(state, VehicleState) or not isinstance(profile, VehicleProfile) or state.order is None:
        return NO_FACTS
    vehicle_id = _vehicle_of(state, profile)
    told = _Teller(ruleset, profile, state.order[0], vehicle_id)
    trip = () if state.trip is None else (told.trip(state.trip, None),)
    return tuple(replace(fact, vehicle_id=vehicle_id) for fact in (*told.visits((), state.zones), *trip))


def _vehicle_of(state: VehicleState, profile: VehicleProfile) -> VehicleId:
    """The vehicle that the device was in at the newest report of a state."""
    kind, _, name = ("", "", "") if state.judged_by is None else state.judged_by.subject.partition(":")
    return VehicleId(name) if kind == "vehicle" else profile.vehicle.id


def _crossed(before: tuple[ZoneState, ...], after: tuple[ZoneState, ...]) -> bool:
    """Tell whether a vehicle is inside other zones than before."""
    if len(before) != len(after):
        return True
    for one, other in zip(before, after):  # noqa: B905 -- of one length
        if one is not other and (one.since_ms != other.since_ms or one.zone_id != other.zone_id):
            return True
    return False


class _Teller(Struct, frozen=True, gc=False):
    """Facts of one device, told by a report at `at_ms`; what it ended is of the vehicle that it was in before."""

    ruleset: Ruleset
    profile: VehicleProfile
    at_ms: int
    before_id: VehicleId

    def visits(self, before: tuple[ZoneState, ...], after: tuple[ZoneState, ...]) -> Iterator[Fact]:
        """The visits that ended or began. A zone that the registry no longer has is left now."""
        was = {zone.zone_id: zone for zone in before if zone.since_ms is not None}
        known = {zone.zone_id: zone for zone in after}
        for zone_id in sorted(was.keys() | known.keys()):
            if self.ruleset.kind_of(zone_id) not in _VISITED:
                continue
            left, now = was.get(zone_id), known.get(zone_id)
            since_ms = None if now is None else now.since_ms
            if left is not None and left.since_ms != since_ms:
                is_out = now is None or now.in_since_ms is None
                left_ms = left.pending_ms if is_out and left.pending_ms is not None else self.at_ms
                yield self._visit(left, left_ms)
            if now is not None and since_ms is not None and (left is None or left.since_ms != since_ms):
                yield self._visit(now, None)

    def _visit(self, zone: ZoneState, left_ms: int | None) -> Fact:
        assert zone.since_ms is not None
        return self._fact(FactKind.VISIT, zone.zone_id, zone.since_ms, left_ms)

    def trips(self, before: VehicleState, after: VehicleState) -> Iterator[Fact]:
        """The trip that ended, and the one that began."""
        if before.trip is not None:
            yield self.trip(before.trip, self._trip_end_ms(before.trip, before, after))
        if after.trip is not None:
            yield self.trip(after.trip, None)

    def trip(self, trip: Trip, ended_ms: int | None) -> Fact:
        """One trip."""
        left = trip.departure
        return self._fact(FactKind.TRIP, left.site, left.at_ms, ended_ms, permit_id=trip.permit_id)

    def _trip_end_ms(self, trip: Trip, before: VehicleState, after: VehicleState) -> int:
        """The earliest of unloading, load gone and entering a source site; without them, the next departure."""
        ends: list[int] = []
        unloading, last = after.unloading, before.unloading
        if unloading is not None and (last is None or unloading.at_ms != last.at_ms):
            ends.append(unloading.at_ms)
        if after.load.value is _EMPTY is not before.load.value and after.load.since_ms is not None:
            ends.append(after.load.since_ms)
        was = {zone.zone_id: zone.since_ms for zone in before.zones}
        ends += [
            zone.since_ms
            for zone in after.zones
            if zone.since_ms is not None
            and was.get(zone.zone_id) != zone.since_ms
            and self.ruleset.kind_of(zone.zone_id) is ZoneKind.SOURCE_SITE
        ]
        if not ends:
            ends.append(self.at_ms if after.trip is None else after.trip.departure.at_ms)
        return max(min(ends), trip.departure.at_ms)

    def stays(self, before: VehicleState, after: VehicleState) -> Iterator[Fact]:
        """The stay, where this report made it long enough for a rule of the vehicle."""
        for stay_s in self.profile.linger_s:
            since_ms = _loaded_since_ms(after, stay_s)
            if since_ms is None or since_ms == _loaded_since_ms(before, stay_s):
                continue
            stay = after.stay
            assert stay is not None
            x_m, y_m = stay.mean_m
            if self._is_odd_place(x_m, y_m, after.trip):
                lon, lat = self.ruleset.index.to_degrees(x_m, y_m)
                yield self._fact(FactKind.STAY, f"{stay_s:g}", since_ms, stay.last_ms, lon=lon, lat=lat)

    def _is_odd_place(self, x_m: float, y_m: float, trip: Trip | None) -> bool:
        """Tell whether a place is far from every place to be and off the trip's own routes."""
        ruleset, index = self.ruleset, self.ruleset.index
        for zone_id, distance_m in index.zones_within(x_m, y_m, FAR_FROM_ZONES_M):
            is_there = ruleset.is_place_to_be(zone_id) and ruleset.is_zone_open(zone_id, self.at_ms)
            if distance_m < FAR_FROM_ZONES_M and is_there:
                return False
        permit = None if trip is None or trip.permit_id is None else ruleset.permits.get(trip.permit_id)
        if permit is None or not permit.route_ids:
            return True
        distances = [(route_id, index.route_m(route_id, x_m, y_m)) for route_id in permit.route_ids]
        return off_every_route_m(distances, ruleset.half_widths_m, None) is not None

    def _fact(
        self,
        kind: FactKind,
        about: str,
        started_ms: int,
        ended_ms: int | None,
        *,
        permit_id: PermitId | None = None,
        lon: float | None = None,
        lat: float | None = None,
    ) -> Fact:
        is_stay = kind is FactKind.STAY  # its end is no leaving
        return Fact(
            device_id=self.profile.device_id,
            vehicle_id=self.profile.vehicle.id if ended_ms is None or is_stay else self.before_id,
            kind=kind,
            about=about,
            started_ms=started_ms,
            ended_ms=ended_ms,
            known_ms=self.at_ms,
            permit_id=permit_id,
            lon=lon,
            lat=lat,
        )


_VISITED: frozenset[ZoneKind | None] = PLACES_TO_BE | {None}


def _loaded_since_ms(state: VehicleState, stay_s: float) -> int | None:
    """The start of the loaded part of the stay under way, where that has lasted long enough outside all zones."""
    stay, load = state.stay, state.load
    if stay is None or not stay.outside or load.value is not _LOADED:
        return None
    since_ms = stay.first.time_ms
    if load.since_ms is not None and load.since_ms > since_ms:
        since_ms = load.since_ms
    until_ms = stay.last_ms
    if load.candidate is _EMPTY and load.candidate_ms is not None:
        until_ms = min(until_ms, load.candidate_ms - 1)  # it may turn out to have been empty from then on
    return since_ms if until_ms - since_ms >= stay_s * 1000 else None
