"""One alert with evidence of every type, as the engine tells it."""

from collections.abc import Iterator

from alerts.evidence import (
    CollectionEvidence,
    ConflictEvidence,
    CoverEvidence,
    DistrictEvidence,
    DumpingEvidence,
    DumpSiteEvidence,
    Evidence,
    ForbiddenEvidence,
    HoursEvidence,
    NoPermitEvidence,
    OffRouteEvidence,
    Outlier,
    OverdueEvidence,
    OverloadEvidence,
    PermitSeen,
    PermitWhyNot,
    PositionFaultEvidence,
    Sighting,
    Sign,
    SignalEvidence,
    SignalRun,
    SignKind,
    SilenceEvidence,
    SiteMember,
    SpeedEvidence,
    SpeedReading,
    StopEvidence,
    TamperEvidence,
    WashEvidence,
    Weighing,
    ZoneNear,
)
from alerts.finding import Finding
from alerts.station_evidence import (
    CappedEvidence,
    CappedParticulate,
    DustEvidence,
    DustWindow,
    SensorEvidence,
    SensorRun,
)
from domain.identifiers import DeviceId, LimitId, PermitId, RouteId, RuleId, StationId, VehicleId, ZoneId
from domain.instant import MINUTE_MS
from domain.quantity import Quantity
from domain.rule import RuleKind
from domain.timewindow import window_between
from tests.api import district

K = RuleKind
SITE, DUMP, NO_GO = ZoneId("Z-source"), ZoneId("Z-dump"), ZoneId("Z-no-go")
PERMIT = PermitId("P1")
STATION_KINDS = frozenset(
    {K.DUST_EXCEEDANCE, K.NOISE_EXCEEDANCE, K.SENSOR_FAULT, K.CAPPED_READINGS, K.STATION_SILENT}
)


def evidence(at_ms: int) -> dict[RuleKind, Evidence]:
    """What each kind tells of something that began at `at_ms`."""
    here = Sighting(at_ms=at_ms, lon=district.LON, lat=district.LAT)
    later_ms = at_ms + MINUTE_MS
    window = DustWindow(
        start_ms=at_ms, mean=190.0, value=130.0, coverage=0.9, background=60.0, verdict="over"
    )
    return {
        K.ILLEGAL_DUMPING: DumpingEvidence(
            signs=(
                Sign(kind=SignKind.LIFT, at_ms=at_ms, confirmed_ms=later_ms),
                Sign(kind=SignKind.LOAD, at_ms=at_ms),
                Sign(kind=SignKind.WEIGHT, at_ms=at_ms, weight_before_t=28.4, weight_after_t=9.1),
            ),
            load_before="loaded", place_ms=at_ms, permit_id=PERMIT, in_force_permit_ids=(PERMIT,),
            allowed_zone_ids=(DUMP,), nearest_allowed_m=1820.0,
        ),
        K.OFF_ROUTE: OffRouteEvidence(
            permit_id=PERMIT, route_ids=(RouteId("R1"),), farthest_m=240.0, held_s=70.0, half_width_m=60.0,
            nearest_route_id=RouteId("R1"), accuracy_m=8.0, farthest=here,
        ),
        K.OUT_OF_HOURS: HoursEvidence(
            permit_id=PERMIT, moving_s=95.0, windows=(window_between(1200, 240),),
            started_local="2026-03-02T12:00:00+08:00",
        ),
        K.NO_PERMIT: NoPermitEvidence(
            site_zone_id=SITE, permits_known=1,
            permits=(PermitSeen(permit_id=PERMIT, why=PermitWhyNot.OVER, valid_from_ms=1, valid_to_ms=2),),
        ),
        K.FORBIDDEN_ZONE: ForbiddenEvidence(zone_id=NO_GO, depth_m=31.0, accuracy_m=6.0),
        K.CROSS_DISTRICT: DistrictEvidence(
            permit_id=PERMIT, held_s=80.0, disposal_zone_ids=(DUMP,), site_zone_id=SITE, departed_ms=at_ms
        ),
        K.UNCOVERED_LOAD: CoverEvidence(moving_s=40.0, reports=4, load="full", load_since_ms=at_ms),
        K.OVERLOAD: OverloadEvidence(
            weight_t=21.0, max_load_t=15.0, weights=(Weighing(at_ms=at_ms, weight_t=21.0),)
        ),
        K.SPEEDING: SpeedEvidence(
            top_speed_kmh=83.0, limit_kmh=40.0, zone_ids=(ZoneId("Z-slow"),), top_at_ms=at_ms,
            onset=(SpeedReading(at_ms=at_ms, speed_kmh=70.0),),
        ),
        K.UNEXPECTED_STOP: StopEvidence(
            stay_s=700.0, permit_id=None, site_zone_id=SITE, departed_ms=at_ms,
            near=(ZoneNear(zone_id=NO_GO, distance_m=44.0),),
        ),
        K.TRIP_OVERDUE: OverdueEvidence(
            departed_ms=at_ms, max_trip_min=90.0, site_zone_id=SITE, permit_id=PERMIT
        ),
        K.WASH_SKIPPED: WashEvidence(
            site_zone_id=SITE, bay_zone_ids=(ZoneId("Z-wash"),), last_wash_ms=None, entered_ms=at_ms
        ),
        K.MISSED_COLLECTION: CollectionEvidence(
            run_id="RUN1", stop_id="ST1", window_from_ms=at_ms, window_to_ms=later_ms, heard=False,
            radius_m=30.0, min_stay_s=10.0,
        ),
        K.DEVICE_SILENT: SilenceEvidence(allowed_s=900.0, was_active=True, place_ms=at_ms),
        K.TERMINAL_TAMPER: TamperEvidence(alarms=("power_cut", "removed")),
        K.POSITION_FAULT: PositionFaultEvidence(
            outliers=(Outlier(at_ms=at_ms, lon=104.0, lat=30.0, jump_m=9000.0, implied_kmh=900.0),),
            stuck_since_ms=at_ms, stuck_kmh=42.0,
        ),
        K.SIGNAL_FAULT: SignalEvidence(
            signals=(
                SignalRun(signal="cover", from_ms=at_ms, moving_s=3700.0),
                SignalRun(signal="lift", from_ms=at_ms, speed_kmh=47.0),
                SignalRun(signal="weight", from_ms=at_ms, value=12.0, value_to=12.04, stays=3),
            )
        ),
        K.IDENTITY_CONFLICT: ConflictEvidence(
            alternations_ms=(at_ms, later_ms), apart_m=1360.0, tracks=(here, here)
        ),
        K.SUSPECTED_DUMP_SITE: DumpSiteEvidence(
            vehicles=3, dumpings=1, stays=4,
            members=(SiteMember(kind="dumping", vehicle_id=VehicleId("V1"), at_ms=at_ms, lon=104.0, lat=30.0),),
        ),
        K.DUST_EXCEEDANCE: DustEvidence(
            limit_id=LimitId("L1"), quantity=Quantity.PM10, limit=80.0, window_s=3600, peak=130.0,
            windows_over=1, allowed_per_day=2, windows=(window,), minus_background=True, background_cap=50.0,
        ),
        K.NOISE_EXCEEDANCE: DustEvidence(
            limit_id=LimitId("L2"), quantity=Quantity.NOISE, limit=70.0, window_s=600, peak=81.0,
            windows_over=1, allowed_per_day=0, windows=(window,),
        ),
        K.SENSOR_FAULT: SensorEvidence(
            runs=(
                SensorRun(kind="stuck", quantity=Quantity.PM10, from_ms=at_ms, readings=45, value=55.5),
                SensorRun(kind="pm25_above_pm10", quantity=Quantity.PM25, from_ms=at_ms, readings=12, value=90.0, beside=60.0),
                SensorRun(kind="flag", quantity=None, from_ms=at_ms, readings=31, flag="D"),
                SensorRun(kind="out_of_range", quantity=Quantity.PM10, from_ms=at_ms, readings=2, value=6000.0),
            )
        ),
        K.CAPPED_READINGS: CappedEvidence(
            particulates=(
                CappedParticulate(quantity=Quantity.PM10, readings=9000, median=40.0, maximum=100.0, top=300, below=90),
            )
        ),
        K.STATION_SILENT: SilenceEvidence(allowed_s=1800.0, was_active=False),
    }  # fmt: skip


def findings(at_ms: int) -> Iterator[Finding]:
    """An alert of each kind: about a truck, the station or, for a dump site, an area."""
    for number, (kind, told) in enumerate(evidence(at_ms).items()):
        about = {"rule": kind, "rule_id": RuleId(kind.value), "evidence": told, "subject": kind.value}
        if kind in STATION_KINDS:
            about |= {"vehicle_id": None, "station_id": StationId("S1"), "device_id": DeviceId("D0001")}
        elif kind is K.SUSPECTED_DUMP_SITE:
            about |= {"vehicle_id": None, "device_id": None, "area": "104.06,30.66"}
        yield district.finding(number, at_ms + number * 1000, vehicle=1, **about)
