"""Evidence, typed per rule: the values, limits and observations that make the case.

Every struct encodes to the `evidence` object of the alert (its `type` names the struct).
Times are ms since 1970 UTC, `_m` metres, `_kmh` km/h, `_s` seconds, `_ugm3` µg/m³.
"""

from enum import StrEnum

from msgspec import Struct

from domain.identifiers import LimitId, PermitId, RouteId, VehicleId, ZoneId
from domain.quantity import Quantity


class SignKind(StrEnum):
    """Signs of an unloading."""

    LIFT = "lift"
    LOAD = "load"
    WEIGHT = "weight"


class Sign(Struct, frozen=True, kw_only=True):
    """One sign of an unloading: when it set in, and the weights where it is one of weight."""

    kind: SignKind
    at_ms: int
    weight_before_t: float | None = None
    weight_after_t: float | None = None


class DumpingEvidence(Struct, frozen=True, kw_only=True, tag="illegal_dumping", tag_field="type"):
    """An unloading where it may not be, or (no signs) a suspicious stay while loaded."""

    signs: tuple[Sign, ...]
    load_before: str
    stay_s: float | None = None
    permit_id: PermitId | None = None
    allowed_zone_ids: tuple[ZoneId, ...] = ()
    nearest_allowed_m: float | None = None


class OffRouteEvidence(Struct, frozen=True, kw_only=True, tag="off_route", tag_field="type"):
    """How far beside which routes, and for how long."""

    permit_id: PermitId
    route_ids: tuple[RouteId, ...]
    farthest_m: float
    held_s: float


class HoursEvidence(Struct, frozen=True, kw_only=True, tag="out_of_hours", tag_field="type"):
    """Moving outside the windows of the trip's permit; `moving_s` is what added up."""

    permit_id: PermitId
    moving_s: float


class NoPermitEvidence(Struct, frozen=True, kw_only=True, tag="no_permit", tag_field="type"):
    """Which site was left, and the permits the vehicle had that did not name it or were not in force."""

    site_zone_id: ZoneId
    permit_ids: tuple[PermitId, ...]


class ForbiddenEvidence(Struct, frozen=True, kw_only=True, tag="forbidden_zone", tag_field="type"):
    """Entered (inside for a while) or only passed through, then with the metres run in the zone."""

    zone_id: ZoneId
    passed_through_m: float | None = None


class CoverEvidence(Struct, frozen=True, kw_only=True, tag="uncovered_load", tag_field="type"):
    """Loaded and moving with the cover open."""

    moving_s: float
    reports: int
    load: str


class SpeedEvidence(Struct, frozen=True, kw_only=True, tag="speeding", tag_field="type"):
    """The highest speed while it held, and the limit in force at that moment."""

    top_speed_kmh: float
    limit_kmh: float
    zone_ids: tuple[ZoneId, ...]


class SilenceEvidence(Struct, frozen=True, kw_only=True, tag="silence", tag_field="type"):
    """The last report before the silence and what was allowed after it."""

    allowed_s: float
    was_active: bool


class DustWindow(Struct, frozen=True, kw_only=True):
    """One averaging window; `value` is what was compared with the limit, `mean` what was measured.

    `lower_bound` says that over-range readings make the value a lower bound. `verdict` is "over",
    "between" (not over, but not below `clear_below`), "under", "none" (no verdict) or
    "provisional" (the background it needs has not come).
    """

    start_ms: int
    mean: float | None
    value: float | None
    coverage: float
    lower_bound: bool = False
    background: float | None = None
    aqi: float | None = None
    verdict: str


class DustEvidence(Struct, frozen=True, kw_only=True, tag="dust_exceedance", tag_field="type"):
    """The windows of one run over a limit, and the limit's terms."""

    limit_id: LimitId
    quantity: Quantity
    limit: float
    window_s: int
    peak: float
    windows_over: int
    allowed_per_day: int
    windows: tuple[DustWindow, ...]


class SensorRun(Struct, frozen=True, kw_only=True):
    """One run of unbelievable readings: "stuck", "pm25_above_pm10", "flag" or "out_of_range"."""

    kind: str
    quantity: Quantity | None
    from_ms: int
    readings: int
    value: float | None = None
    flag: str | None = None


class SensorEvidence(Struct, frozen=True, kw_only=True, tag="sensor_fault", tag_field="type"):
    """The runs that touch and so make one alert."""

    runs: tuple[SensorRun, ...]


class CappedParticulate(Struct, frozen=True, kw_only=True):
    """How one particulate's readings (µg/m³) crowd in the top tenth between median and maximum, and in the one below."""

    quantity: Quantity
    readings: int
    median: float
    maximum: float
    top: int
    below: int


class CappedEvidence(Struct, frozen=True, kw_only=True, tag="capped_readings", tag_field="type"):
    """The particulates whose readings of seven days look trimmed or made up."""

    particulates: tuple[CappedParticulate, ...]


class DistrictEvidence(Struct, frozen=True, kw_only=True, tag="cross_district", tag_field="type"):
    """On a haul outside every district; the permit names no disposal site out there."""

    permit_id: PermitId | None
    held_s: float


class OverloadEvidence(Struct, frozen=True, kw_only=True, tag="overload", tag_field="type"):
    """The highest weight of the haul against the load the vehicle may carry, in tonnes."""

    weight_t: float
    max_load_t: float


class StopEvidence(Struct, frozen=True, kw_only=True, tag="unexpected_stop", tag_field="type"):
    """How long a loaded truck stood outside all zones."""

    stay_s: float
    permit_id: PermitId | None


class OverdueEvidence(Struct, frozen=True, kw_only=True, tag="trip_overdue", tag_field="type"):
    """When the haul left and what time it was given."""

    departed_ms: int
    max_trip_min: float
    site_zone_id: ZoneId
    permit_id: PermitId | None


class WashEvidence(Struct, frozen=True, kw_only=True, tag="wash_skipped", tag_field="type"):
    """The site left, its wash bays, and the last wash there since entering, if any."""

    site_zone_id: ZoneId
    bay_zone_ids: tuple[ZoneId, ...]
    last_wash_ms: int | None


class CollectionEvidence(Struct, frozen=True, kw_only=True, tag="missed_collection", tag_field="type"):
    """The stop, its window, whether the device was heard in it, and a later visit that day."""

    run_id: str
    stop_id: str
    window_from_ms: int
    window_to_ms: int
    heard: bool
    visited_later_ms: int | None = None


class TamperEvidence(Struct, frozen=True, kw_only=True, tag="terminal_tamper", tag_field="type"):
    """The device alarms that held."""

    alarms: tuple[str, ...]


class PositionFaultEvidence(Struct, frozen=True, kw_only=True, tag="position_fault", tag_field="type"):
    """The outliers' times, and since when the place stood still at speed."""

    outlier_ms: tuple[int, ...]
    stuck_since_ms: int | None = None


class SignalRun(Struct, frozen=True, kw_only=True):
    """One signal that cannot be believed: "cover", "lift" or "weight", and what it kept saying."""

    signal: str
    from_ms: int
    value: float | None = None


class SignalEvidence(Struct, frozen=True, kw_only=True, tag="signal_fault", tag_field="type"):
    """The signals whose runs touch and so make one alert."""

    signals: tuple[SignalRun, ...]


class ConflictEvidence(Struct, frozen=True, kw_only=True, tag="identity_conflict", tag_field="type"):
    """How often the id changed between two tracks, and how far apart they were."""

    alternations_ms: tuple[int, ...]
    apart_m: float


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
