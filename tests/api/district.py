"""A small district to serve: a registry document, moving trucks and alerts, as ingest would commit them."""

import hashlib
import json
import math
from uuid import UUID

from alerts.evidence import DumpingEvidence, Evidence, ForbiddenEvidence, Sign, SignKind, SpeedEvidence
from alerts.finding import Finding
from domain.identifiers import DeviceId, DistrictId, RuleId, VehicleId, ZoneId
from domain.report import Load, PositionReport, Rejection, RejectReason
from domain.rule import RuleKind
from domain.station import Severity
from storage.batch import Batch, JudgedFinding
from storage.store import Store

LON, LAT = 104.06, 30.66
START_MS = 1_795_000_000_000
COLORS = ("yellow", "blue", "green", "yellow_green")


def box(lon: float, lat: float, half_deg: float) -> dict:
    west, east, south, north = lon - half_deg, lon + half_deg, lat - half_deg, lat + half_deg
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return {"type": "Polygon", "coordinates": [ring]}


def registry(vehicles: int = 3) -> dict:
    zones = [
        ("Z-source", "锦江工地", "source_site", box(LON - 0.02, LAT, 0.004)),
        ("Z-dump", "城北消纳场", "disposal_site", box(LON + 0.03, LAT + 0.02, 0.005)),
        ("Z-no-go", "学校禁行区", "no_go", box(LON, LAT - 0.02, 0.004)),
        ("Z-slow", "老城限速区", "speed_zone", box(LON + 0.015, LAT - 0.01, 0.006)),
        ("Z-transfer", "东区转运站", "transfer_station", box(LON + 0.04, LAT - 0.03, 0.003)),
        ("Z-wash", "洗车台", "wash_bay", box(LON - 0.018, LAT + 0.002, 0.0006)),
    ]
    return {
        "version": 1,
        "timezone": "Asia/Shanghai",
        "districts": [{"id": "D1", "name": "锦江区", "geometry": box(LON, LAT, 0.07)}],
        "companies": [{"id": "C1", "name": "蓉城运输"}],
        "vehicles": [
            {
                "id": f"V{i}",
                "plate": f"川A{10000 + i}" + ("D" if COLORS[i % 4].endswith("green") else ""),
                "plate_color": COLORS[i % 4],
                "kind": "muck_truck" if i % 3 else "refuse_truck",
                "company_id": "C1",
                "device_id": f"T{i:04d}",
            }
            for i in range(vehicles)
        ],
        "stations": [
            {
                "id": "S1",
                "name": "锦江1号",
                "district_id": "D1",
                "device_id": "D0001",
                "lon": LON - 0.021,
                "lat": LAT - 0.005,
            }
        ],
        "zones": [
            {"id": id_, "name": name, "kind": kind, "geometry": geometry, "district_id": "D1"}
            | ({"speed_limit_kmh": 40} if kind == "speed_zone" else {})
            for id_, name, kind, geometry in zones
        ],
        "routes": [
            {
                "id": "R1",
                "name": "环线",
                "geometry": {
                    "type": "LineString",
                    "coordinates": [[LON - 0.02, LAT], [LON, LAT + 0.005], [LON + 0.03, LAT + 0.02]],
                },
                "half_width_m": 60,
            }
        ],
    }


async def save_registry(store: Store, vehicles: int = 3, **changes: object) -> bytes:
    document = json.dumps(registry(vehicles) | changes, ensure_ascii=False).encode()
    await store.save_registry(document, author="test", effective_from_ms=START_MS)
    return document


def fix(vehicle: int, time_ms: int, *, east: float = 0.0, **changes: object) -> PositionReport:
    """A truck on a circle around the centre, moved east by some degrees."""
    angle = 2 * math.pi * vehicle / 17
    fields = {
        "device_id": DeviceId(f"T{vehicle:04d}"),
        "time_ms": time_ms,
        "received_ms": time_ms,
        "digest": hashlib.sha256(f"{vehicle} {time_ms} {east}".encode()).digest(),
        "lon": LON + 0.03 * math.cos(angle) + east,
        "lat": LAT + 0.02 * math.sin(angle),
        "speed_kmh": 0.0 if vehicle % 5 == 4 else 36.0,
        "heading_deg": 90.0,
        "ignition": True,
        "load": (Load.FULL, Load.EMPTY, None)[vehicle % 3],
    }
    return PositionReport(**fields | changes)


RULES: tuple[tuple[RuleKind, Severity, Evidence], ...] = (
    (
        RuleKind.ILLEGAL_DUMPING,
        Severity.CRITICAL,
        DumpingEvidence(
            signs=(
                Sign(kind=SignKind.LIFT, at_ms=START_MS),
                Sign(kind=SignKind.WEIGHT, at_ms=START_MS, weight_before_t=28.4, weight_after_t=9.1),
            ),
            load_before="loaded",
            nearest_allowed_m=1820.0,
        ),
    ),
    (RuleKind.FORBIDDEN_ZONE, Severity.MAJOR, ForbiddenEvidence(zone_id=ZoneId("Z-no-go"))),
    (RuleKind.SPEEDING, Severity.MINOR, SpeedEvidence(top_speed_kmh=83.0, limit_kmh=40.0, zone_ids=())),
)


def finding(number: int, time_ms: int, *, vehicle: int = 0, **changes: object) -> Finding:
    kind, severity, evidence = RULES[number % len(RULES)]
    angle = 2 * math.pi * vehicle / 17
    fields = {
        "rule": kind,
        "rule_id": RuleId(kind.value),
        "subject": f"vehicle:V{vehicle}|{number}",
        "severity": severity,
        "first_started_ms": time_ms,
        "started_ms": time_ms,
        "detected_ms": time_ms,
        "device_id": DeviceId(f"T{vehicle:04d}"),
        "vehicle_id": VehicleId(f"V{vehicle}"),
        "district_id": DistrictId("D1"),
        "lon": LON + 0.03 * math.cos(angle),
        "lat": LAT + 0.02 * math.sin(angle),
        "zone_ids": (ZoneId("Z-no-go"),) if kind is RuleKind.FORBIDDEN_ZONE else (),
        "evidence": evidence,
    }
    return Finding(**fields | changes)


def raised(*findings: Finding) -> Batch:
    return Batch(findings=tuple(JudgedFinding(finding=one, ruleset_version=1) for one in findings))


async def raise_alerts(store: Store, count: int, *, first: int = 0, vehicles: int = 3) -> list[UUID]:
    """Raise alerts one second apart, in one batch; give their ids in that order."""
    found = [finding(n, START_MS + n * 1000, vehicle=n % vehicles) for n in range(first, first + count)]
    await store.commit(raised(*found))
    return [one.id for one in found]


def rejection(number: int, payload: bytes = b"{") -> Rejection:
    return Rejection(
        reason=RejectReason.BAD_JSON,
        detail="cut off",
        topic="haulwatch/v1/T0001/position",
        payload=payload,
        received_ms=START_MS + number,
        device_id="T0001",
    )
