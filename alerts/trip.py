"""Trips of muck trucks and the permits they bind to; where a vehicle may unload.

A trip begins when a muck truck leaves a source site loaded (the departure) and ends at its next
unloading, when its load becomes empty, or when it enters a source site, whichever is first.
"""

from collections.abc import Sequence

from msgspec import Struct

from alerts.ruleset import MAY_UNLOAD_M, Ruleset, VehicleProfile
from domain.identifiers import PermitId, ZoneId
from domain.permit import Permit
from domain.timewindow import is_open
from domain.vehicle import VehicleKind
from domain.zone import ZoneKind
from geofence.usable import Fix


class Departure(Struct, frozen=True, array_like=True, gc=False):
    """A vehicle left a source site that it had entered at `entered_ms`; dated at the first fix outside.

    `known_since_ms`: the end of the last gap before it, if there was one.
    """

    site: ZoneId
    at_ms: int
    fix: Fix
    entered_ms: int
    known_since_ms: int | None


class Trip(Struct, frozen=True, array_like=True):
    """A haul under way and the permit it is bound to, if any."""

    departure: Departure
    permit_id: PermitId | None


def permit_of(trip: Trip | None) -> PermitId | None:
    """The permit that a trip is bound to, if any."""
    return None if trip is None else trip.permit_id


def permit_at(permits: Sequence[Permit], site: ZoneId, at_ms: int, ruleset: Ruleset) -> Permit | None:
    """The permit in force for a departure from a site.

    Of several: the one whose windows contain the departure, else any; among those the latest
    `valid_from`, then the smallest id.
    """
    in_force = [
        permit
        for permit in permits
        if permit.validity.contains(at_ms) and (not permit.source_zone_ids or site in permit.source_zone_ids)
    ]
    in_hours = [permit for permit in in_force if is_open(permit.windows, at_ms, ruleset.time_zone)]
    candidates = in_hours or in_force
    if not candidates:
        return None
    latest = max(_valid_from(permit) for permit in candidates)
    return min((permit for permit in candidates if _valid_from(permit) == latest), key=lambda p: p.id)


def _valid_from(permit: Permit) -> float:
    return float("-inf") if permit.validity.from_ms is None else permit.validity.from_ms


def unloading_zones(
    ruleset: Ruleset, profile: VehicleProfile, permit_id: PermitId | None, at_ms: int
) -> frozenset[ZoneId] | None:
    """The disposal sites a muck truck's permits allow, its trip's among them; None where any will do."""
    permits = [permit for permit in profile.permits if permit.validity.contains(at_ms)]
    if permit_id is not None and permit_id in ruleset.permits:
        permits.append(ruleset.permits[permit_id])
    if not permits or any(not permit.disposal_zone_ids for permit in permits):
        return None
    return frozenset(zone_id for permit in permits for zone_id in permit.disposal_zone_ids)


def may_unload_in(
    ruleset: Ruleset, profile: VehicleProfile, permit_id: PermitId | None, zone_id: ZoneId, at_ms: int
) -> bool:
    """Tell whether a zone, by its kind and the permits, is one to unload in at this time."""
    kind = ruleset.kind_of(zone_id)
    if not ruleset.is_zone_open(zone_id, at_ms):
        return False
    if profile.vehicle.kind is not VehicleKind.MUCK_TRUCK:
        return kind in {ZoneKind.TRANSFER_STATION, ZoneKind.DISPOSAL_SITE}
    allowed = unloading_zones(ruleset, profile, permit_id, at_ms)
    if allowed is None:
        return kind is ZoneKind.DISPOSAL_SITE
    return zone_id in allowed


def may_unload_at(
    ruleset: Ruleset,
    profile: VehicleProfile,
    permit_id: PermitId | None,
    *,
    inside: Sequence[ZoneId],
    near: Sequence[tuple[ZoneId, float]],
    at_ms: int,
) -> bool:
    """Tell whether a vehicle may unload at a place: inside, or within 30 m of, a zone that is for it."""
    close = [zone_id for zone_id, distance_m in near if distance_m <= MAY_UNLOAD_M]
    return any(
        may_unload_in(ruleset, profile, permit_id, zone_id, at_ms)
        for zone_id in dict.fromkeys((*inside, *close))
    )
