"""Evidence, typed per rule: the values, limits and observations that make the case.

Every struct encodes to the `evidence` object of the alert (its `type` names the struct). It holds what was
measured and what it was measured against, in the terms in force then, so that a case can be read without
the registry. Times are ms since 1970 UTC, `_m` metres, `_kmh` km/h, `_s` seconds. What stations show has its
own in `alerts/station_evidence.py`.
"""

from enum import StrEnum

from msgspec import Struct

from alerts.station_evidence import CappedEvidence, DustEvidence, SensorEvidence
from domain.identifiers import PermitId, RouteId, VehicleId, ZoneId
from domain.timewindow import Window
from geofence.usable import Fix


class Sighting(Struct, frozen=True, kw_only=True):
    """A usable fix that the case rests on."""

    at_ms: int
    lon: float
    lat: float


def sighting(fix: Fix) -> Sighting:
    """A fix as evidence gives it."""
    return Sighting(at_ms=fix.time_ms, lon=fix.lon, lat=fix.lat)


class SignKind(StrEnum):
    """Signs of an unloading."""

    LIFT = "lift"
    LOAD = "load"
    WEIGHT = "weight"


class Sign(Struct, frozen=True, kw_only=True):
    """One sign of an unloading: when it set in and was borne out, and the weights where it is one of weight."""

    kind: SignKind
    at_ms: int
    confirmed_ms: int | None = None
    weight_before_t: float | None = None
    weight_after_t: float | None = None


class DumpingEvidence(Struct, frozen=True, kw_only=True, tag="illegal_dumping", tag_field="type"):
    """An unloading where it may not be, or (no signs) a suspicious stay while loaded.

    `place_ms` is the time of the fix that its place is taken from. `permit_id` is the trip's permit,
    `in_force_permit_ids` are those of the vehicle at that time. `allowed_zone_ids`: where it might have
    unloaded, the nearest first, ten at most; `nearest_allowed_m` is the distance to the first of them.
    """

    signs: tuple[Sign, ...]
    load_before: str
    stay_s: float | None = None
    place_ms: int | None = None
    permit_id: PermitId | None = None
    in_force_permit_ids: tuple[PermitId, ...] = ()
    allowed_zone_ids: tuple[ZoneId, ...] = ()
    nearest_allowed_m: float | None = None


class OffRouteEvidence(Struct, frozen=True, kw_only=True, tag="off_route", tag_field="type"):
    """How far beside the nearest of the permit's routes, where, and for how long.

    Off a route is farther than `half_width_m` and `accuracy_m` together; both, and `nearest_route_id`, are
    those of the farthest fix.
    """

    permit_id: PermitId
    route_ids: tuple[RouteId, ...]
    farthest_m: float
    held_s: float
    nearest_route_id: RouteId | None = None
    half_width_m: float | None = None
    accuracy_m: float | None = None
    farthest: Sighting | None = None


class HoursEvidence(Struct, frozen=True, kw_only=True, tag="out_of_hours", tag_field="type"):
    """Moving outside the windows of the trip's permit; `moving_s` is what added up.

    `started_local` is the start on the registry's clock, with its offset.
    """

    permit_id: PermitId
    moving_s: float
    windows: tuple[Window, ...] = ()
    started_local: str = ""


class PermitWhyNot(StrEnum):
    """Why a permit does not cover a departure."""

    OTHER_SITE = "other_site"
    NOT_YET = "not_yet_in_force"
    OVER = "no_longer_in_force"


class PermitSeen(Struct, frozen=True, kw_only=True):
    """A permit of the vehicle that does not cover the departure, and why."""

    permit_id: PermitId
    why: PermitWhyNot
    valid_from_ms: int | None = None
    valid_to_ms: int | None = None


class NoPermitEvidence(Struct, frozen=True, kw_only=True, tag="no_permit", tag_field="type"):
    """Which site was left, and why none of the vehicle's permits covers that.

    `permits` gives those that name the site first, ten at most, of `permits_known`.
    """

    site_zone_id: ZoneId
    permits: tuple[PermitSeen, ...] = ()
    permits_known: int = 0


class ForbiddenEvidence(Struct, frozen=True, kw_only=True, tag="forbidden_zone", tag_field="type"):
    """Entered (inside for a while) or only passed through, then with the metres run in the zone.

    Entered: `depth_m` is how far within its edge the fix lay that bore the entry out (less than 0 where the
    zone opened while the vehicle was at its edge), `accuracy_m` how sure it was. `windows`: when the zone
    exists, always where there are none.
    """

    zone_id: ZoneId
    passed_through_m: float | None = None
    depth_m: float | None = None
    accuracy_m: float | None = None
    windows: tuple[Window, ...] = ()


class CoverEvidence(Struct, frozen=True, kw_only=True, tag="uncovered_load", tag_field="type"):
    """Loaded and moving with the cover open; `load_by` says whether its sensor or its places tell the load."""

    moving_s: float
    reports: int
    load: str
    load_since_ms: int | None = None
    load_by: str = "sensor"


class LimitFrom(StrEnum):
    """Where a speed limit comes from."""

    SPEED_ZONE = "speed_zone"
    VEHICLE = "vehicle"
    DEFAULT = "default"


class SpeedReading(Struct, frozen=True, kw_only=True):
    """One reported speed."""

    at_ms: int
    speed_kmh: float


class SpeedEvidence(Struct, frozen=True, kw_only=True, tag="speeding", tag_field="type"):
    """The highest speed against its limit while it held, and the limit in force at that moment.

    `onset` gives the reports that raised the alert: the first four and the one that completed it.
    """

    top_speed_kmh: float
    limit_kmh: float
    zone_ids: tuple[ZoneId, ...]
    limit_from: LimitFrom = LimitFrom.DEFAULT
    top_at_ms: int | None = None
    onset: tuple[SpeedReading, ...] = ()


class SilenceEvidence(Struct, frozen=True, kw_only=True, tag="silence", tag_field="type"):
    """The last report before the silence and what was allowed after it.

    `was_active`: its ignition was on or it was moving. `place_ms` dates the last place known.
    """

    allowed_s: float
    was_active: bool
    place_ms: int | None = None


class DistrictEvidence(Struct, frozen=True, kw_only=True, tag="cross_district", tag_field="type"):
    """On a haul outside every district; none of the permit's `disposal_zone_ids` lies out there."""

    permit_id: PermitId | None
    held_s: float
    disposal_zone_ids: tuple[ZoneId, ...] = ()
    site_zone_id: ZoneId | None = None
    departed_ms: int | None = None


class Weighing(Struct, frozen=True, kw_only=True):
    """One reported weight."""

    at_ms: int
    weight_t: float


class OverloadEvidence(Struct, frozen=True, kw_only=True, tag="overload", tag_field="type"):
    """The highest weight of the haul against the load the vehicle may carry, in tonnes.

    `weights` are the three successive ones that raised the alert.
    """

    weight_t: float
    max_load_t: float
    weights: tuple[Weighing, ...] = ()


class ZoneNear(Struct, frozen=True, kw_only=True):
    """A zone nearby, and the metres to its edge."""

    zone_id: ZoneId
    distance_m: float


class StopEvidence(Struct, frozen=True, kw_only=True, tag="unexpected_stop", tag_field="type"):
    """How long a loaded truck stood outside all zones; `near` are those within 100 m, the nearest first."""

    stay_s: float
    permit_id: PermitId | None
    site_zone_id: ZoneId | None = None
    departed_ms: int | None = None
    near: tuple[ZoneNear, ...] = ()


class OverdueEvidence(Struct, frozen=True, kw_only=True, tag="trip_overdue", tag_field="type"):
    """When the haul left and what time it was given."""

    departed_ms: int
    max_trip_min: float
    site_zone_id: ZoneId
    permit_id: PermitId | None


class WashEvidence(Struct, frozen=True, kw_only=True, tag="wash_skipped", tag_field="type"):
    """The site left, when it was entered, its wash bays, and the last stay at one of them, if any."""

    site_zone_id: ZoneId
    bay_zone_ids: tuple[ZoneId, ...]
    last_wash_ms: int | None
    last_wash_from_ms: int | None = None
    entered_ms: int | None = None


class CollectionEvidence(Struct, frozen=True, kw_only=True, tag="missed_collection", tag_field="type"):
    """The stop, its window, whether the device was heard in it, what a visit is, and a later one that day."""

    run_id: str
    stop_id: str
    window_from_ms: int
    window_to_ms: int
    heard: bool
    radius_m: float | None = None
    min_stay_s: float | None = None
    visited_later_ms: int | None = None


class TamperEvidence(Struct, frozen=True, kw_only=True, tag="terminal_tamper", tag_field="type"):
    """The device alarms that held."""

    alarms: tuple[str, ...]


class Outlier(Struct, frozen=True, kw_only=True):
    """A fix that cannot be true: how far from the last usable one, and the speed that would take."""

    at_ms: int
    lon: float
    lat: float
    jump_m: float
    implied_kmh: float


class PositionFaultEvidence(Struct, frozen=True, kw_only=True, tag="position_fault", tag_field="type"):
    """The outliers, and since when the place stood still at which speed."""

    outliers: tuple[Outlier, ...]
    stuck_since_ms: int | None = None
    stuck_kmh: float | None = None


class SignalRun(Struct, frozen=True, kw_only=True):
    """One signal that cannot be believed: "cover", "lift" or "weight", and what it kept saying.

    Cover: `moving_s` fast with it open. Lift: `speed_kmh` when it had lasted. Weight: from `value` to
    `value_to` in tonnes, over `stays` at sites.
    """

    signal: str
    from_ms: int
    value: float | None = None
    value_to: float | None = None
    stays: int | None = None
    moving_s: float | None = None
    speed_kmh: float | None = None


class SignalEvidence(Struct, frozen=True, kw_only=True, tag="signal_fault", tag_field="type"):
    """The signals whose runs touch and so make one alert."""

    signals: tuple[SignalRun, ...]


class ConflictEvidence(Struct, frozen=True, kw_only=True, tag="identity_conflict", tag_field="type"):
    """When the id changed between two tracks, the last fix of each, newest first, and how far apart those are."""

    alternations_ms: tuple[int, ...]
    apart_m: float
    tracks: tuple[Sighting, ...] = ()


class SiteMember(Struct, frozen=True, kw_only=True):
    """A dumping ("dumping") or a loaded stay ("stay") at a suspected dump site: whose, since when, where (WGS-84)."""

    kind: str
    vehicle_id: VehicleId
    at_ms: int
    lon: float
    lat: float


class DumpSiteEvidence(Struct, frozen=True, kw_only=True, tag="suspected_dump_site", tag_field="type"):
    """How many vehicles unloaded or lingered there, how often, and the newest hundred times."""

    vehicles: int
    dumpings: int
    stays: int
    members: tuple[SiteMember, ...]


Evidence = (
    DumpingEvidence
    | OffRouteEvidence
    | HoursEvidence
    | NoPermitEvidence
    | ForbiddenEvidence
    | CoverEvidence
    | SpeedEvidence
    | SilenceEvidence
    | DustEvidence
    | SensorEvidence
    | CappedEvidence
    | DistrictEvidence
    | OverloadEvidence
    | StopEvidence
    | OverdueEvidence
    | WashEvidence
    | CollectionEvidence
    | TamperEvidence
    | PositionFaultEvidence
    | SignalEvidence
    | ConflictEvidence
    | DumpSiteEvidence
)
