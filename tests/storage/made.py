"""Reports, rejections and findings with only what a test speaks of."""

from datetime import date
from hashlib import sha256

from alerts.evidence import SpeedEvidence
from alerts.finding import Finding
from domain.identifiers import AreaId, DeviceId, RuleId
from domain.report import BackgroundReport, DustReport, PositionReport, Rejection, RejectReason
from domain.rule import RuleKind
from domain.station import Severity
from storage.batch import JudgedFinding
from storage.store import LossRow, Store

T0 = 1_795_000_000_000
"""2026-11-18 11:06:40 UTC."""

FIRST, LAST = date(2000, 1, 1), date(2100, 1, 1)


def position(device_id: str = "T1", at_s: float = 0, content: str = "", **fields) -> PositionReport:
    time_ms = T0 + round(at_s * 1000)
    return PositionReport(
        **{
            "device_id": DeviceId(device_id),
            "time_ms": time_ms,
            "received_ms": time_ms + 500,
            "digest": sha256(f"{time_ms} {content} {sorted(fields.items())}".encode()).digest(),
            "lon": 114.3,
            "lat": 30.6,
            **fields,
        }
    )


def positions(count: int, device_id: str = "T1", start_s: float = 0) -> tuple[PositionReport, ...]:
    return tuple(position(device_id, start_s + i) for i in range(count))


def dust(device_id: str = "D1", at_s: float = 0, **fields) -> DustReport:
    time_ms = T0 + round(at_s * 1000)
    digest = sha256(f"{time_ms} {fields}".encode()).digest()
    return DustReport(
        device_id=DeviceId(device_id), time_ms=time_ms, received_ms=time_ms + 500, digest=digest, **fields
    )


def background(area_id: str = "A1", at_s: float = 0, **fields) -> BackgroundReport:
    time_ms = T0 + round(at_s * 1000)
    digest = sha256(f"{time_ms} {fields}".encode()).digest()
    return BackgroundReport(
        area_id=AreaId(area_id), time_ms=time_ms, received_ms=time_ms + 500, digest=digest, **fields
    )


def rejection(payload: bytes = b"{", device_id: str | None = "T1", **fields) -> Rejection:
    return Rejection(
        **{
            "reason": RejectReason.BAD_JSON,
            "detail": "no JSON",
            "topic": f"haulwatch/v1/{device_id}/position",
            "payload": payload,
            "received_ms": T0,
            "device_id": device_id,
            **fields,
        }
    )


def finding(
    subject: str = "vehicle:V1", start_s: float = 0, *, late: bool = False, version: int = 1, **fields
):
    start_ms = T0 + round(start_s * 1000)
    made = Finding(
        **{
            "rule": RuleKind.SPEEDING,
            "rule_id": RuleId("speeding"),
            "subject": subject,
            "severity": Severity.MINOR,
            "first_started_ms": start_ms,
            "started_ms": start_ms,
            "detected_ms": start_ms + 10_000,
            "device_id": DeviceId("T1"),
            "evidence": SpeedEvidence(top_speed_kmh=80.0, limit_kmh=60.0, zone_ids=()),
            **fields,
        }
    )
    return JudgedFinding(finding=made, ruleset_version=version, found_late=late)


def key(report: PositionReport | DustReport | BackgroundReport) -> tuple[str, int, bytes]:
    owner = report.area_id if isinstance(report, BackgroundReport) else report.device_id
    return (owner, report.time_ms, report.digest)


async def account(store: Store) -> dict[str, LossRow]:
    """The account by device, of a test that stays within one day."""
    return {row.device_id: row for row in await store.loss_account(first=FIRST, last=LAST)}


async def restored(store: Store) -> list[PositionReport | DustReport | BackgroundReport]:
    """All that a restart would fold again."""
    return [report async for reports in store.reports_after_checkpoints() for report in reports]
