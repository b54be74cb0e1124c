"""The made-up week of `bench export`: a city of companies and districts, its violations, its cases, and who was heard."""

from collections.abc import Iterator
from hashlib import sha256
from random import Random

import msgspec

from alerts.case_flow import Act
from alerts.evidence import (
    CoverEvidence,
    Evidence,
    LimitFrom,
    NoPermitEvidence,
    OffRouteEvidence,
    SpeedEvidence,
)
from alerts.finding import Finding
from domain.identifiers import DeviceId, DistrictId, PermitId, RouteId, RuleId, VehicleId, ZoneId
from domain.instant import DAY_MS, HOUR_MS, MINUTE_MS
from domain.period import Period
from domain.person import Person, Role
from domain.report import PositionReport
from domain.rule import RuleKind
from domain.station import Severity
from storage.batch import Batch, JudgedFinding
from storage.cases import Cases, NewAct
from storage.store import Store

VEHICLES, COMPANIES, DISTRICTS, SITES = 1_200, 60, 12, 240
CASES = 500
LON, LAT = 121.2, 31.1
AT_ONCE = 2_000
PERSON = Person(user_id="bench", name="Bench", role=Role.ADMINISTRATOR)


def document() -> bytes:
    """The registry of the city."""
    return msgspec.json.encode(
        {
            "version": 1,
            "companies": [{"id": f"C{n}", "name": f"第{n}渣土运输有限公司"} for n in range(COMPANIES)],
            "districts": [
                {"id": f"D{n}", "name": f"第{n}区", "geometry": _box(LON + 0.05 * n, LAT)} for n in range(DISTRICTS)
            ],
            "vehicles": [
                {"id": f"V{n}", "plate": f"沪A{n:05d}", "kind": "muck_truck", "company_id": f"C{n % COMPANIES}",
                 "device_id": f"T{n}"}
                for n in range(VEHICLES)
            ],
            "zones": [
                {"id": f"S{n}", "name": f"{n}号工地", "kind": "source_site", "radius_m": 100,
                 "geometry": {"type": "Point", "coordinates": [LON + 0.002 * n, LAT + 0.01]}}
                for n in range(SITES)
            ],
        }
    )  # fmt: skip


def _box(lon: float, lat: float) -> dict[str, object]:
    ring = [
        [lon, lat - 0.1],
        [lon + 0.05, lat - 0.1],
        [lon + 0.05, lat + 0.1],
        [lon, lat + 0.1],
        [lon, lat - 0.1],
    ]
    return {"type": "Polygon", "coordinates": [ring]}


async def fill(store: Store, from_ms: int, period: Period, violations: int) -> int:
    """Store a week that begins at `from_ms`; gives how many cases it has."""
    found = list(findings(violations, from_ms, len(period.days) * DAY_MS))
    for at in range(0, len(found), AT_ONCE):
        await store.commit(Batch(findings=tuple(found[at : at + AT_ONCE])))
    heard = [
        _heard(n, from_ms + day * DAY_MS + HOUR_MS)
        for n in range(VEHICLES)
        for day in range(len(period.days))
    ]
    for at in range(0, len(heard), AT_ONCE):
        await store.commit(Batch(positions=tuple(heard[at : at + AT_ONCE])))
    cases = Cases(store)
    taken = found[:: max(1, len(found) // CASES)]
    for one in taken:
        at_ms = one.finding.detected_ms + MINUTE_MS
        await cases.act_on_alert(PERSON, one.finding.id, NewAct(act=Act.ACKNOWLEDGE), at_ms=at_ms)
    return len(taken)


def findings(count: int, from_ms: int, span_ms: int) -> Iterator[JudgedFinding]:
    """So many violations of four kinds, spread over a span."""
    random = Random(count)
    for n in range(count):
        vehicle, place = random.randrange(VEHICLES), random.randrange(DISTRICTS)
        started_ms = from_ms + n * (span_ms - HOUR_MS) // count
        rule, severity, evidence = _judged(n, random)
        yield JudgedFinding(
            finding=Finding(
                rule=rule,
                rule_id=RuleId(rule.value),
                subject=f"vehicle:V{vehicle}|{n}",
                severity=severity,
                first_started_ms=started_ms,
                started_ms=started_ms,
                detected_ms=started_ms + 40_000,
                ended_ms=started_ms + random.randrange(1, 50) * MINUTE_MS,
                device_id=DeviceId(f"T{vehicle}"),
                vehicle_id=VehicleId(f"V{vehicle}"),
                district_id=DistrictId(f"D{place}"),
                lon=LON + 0.05 * place + 0.02,
                lat=LAT,
                evidence=evidence,
            ),
            ruleset_version=1,
            found_late=n % 50 == 0,
        )


def _judged(n: int, random: Random) -> tuple[RuleKind, Severity, Evidence]:
    if n % 4 == 0:
        route = OffRouteEvidence(
            permit_id=PermitId("P1"),
            route_ids=(RouteId("R1"),),
            farthest_m=random.uniform(60, 900),
            held_s=240.0,
        )
        return RuleKind.OFF_ROUTE, Severity.MAJOR, route
    if n % 4 == 1:
        return RuleKind.NO_PERMIT, Severity.MAJOR, NoPermitEvidence(site_zone_id=ZoneId(f"S{n % SITES}"))
    if n % 4 == 2:
        return RuleKind.UNCOVERED_LOAD, Severity.MINOR, CoverEvidence(moving_s=300.0, reports=60, load="full")
    speed = SpeedEvidence(
        top_speed_kmh=random.uniform(65, 110), limit_kmh=60.0, zone_ids=(), limit_from=LimitFrom.VEHICLE
    )
    return RuleKind.SPEEDING, Severity.MINOR, speed


def _heard(n: int, at_ms: int) -> PositionReport:
    return PositionReport(
        device_id=DeviceId(f"T{n}"),
        time_ms=at_ms,
        received_ms=at_ms + 500,
        digest=sha256(f"{n} {at_ms}".encode()).digest(),
        lon=LON,
        lat=LAT,
    )
