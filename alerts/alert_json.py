"""The alert object of the wire format: its one JSON encoding, for the API, MQTT and files of alerts.

A stored alert and a finding of the engine give the same object; where a finding has no history yet, its
revision is 1. Times become RFC 3339; what evidence holds stays as its struct names it.
"""

from typing import Any, Protocol
from uuid import UUID

import msgspec

from alerts.finding import Finding
from domain.instant import to_rfc3339, to_rfc3339_if_known

_ENCODER = msgspec.json.Encoder()


class _Shared(Protocol):
    """The fields that a stored alert and a finding have alike."""

    @property
    def rule(self) -> str: ...
    @property
    def rule_id(self) -> str: ...
    @property
    def severity(self) -> str: ...
    @property
    def started_ms(self) -> int: ...
    @property
    def detected_ms(self) -> int: ...
    @property
    def ended_ms(self) -> int | None: ...
    @property
    def device_id(self) -> str | None: ...
    @property
    def vehicle_id(self) -> str | None: ...
    @property
    def station_id(self) -> str | None: ...
    @property
    def area(self) -> str | None: ...
    @property
    def district_id(self) -> str | None: ...
    @property
    def lon(self) -> float | None: ...
    @property
    def lat(self) -> float | None: ...
    @property
    def zone_ids(self) -> tuple[str, ...]: ...
    @property
    def withdrawn(self) -> str | None: ...


class AlertFields(_Shared, Protocol):
    """A stored alert; `evidence` and `on_site` are JSON text, times are ms since 1970 UTC."""

    @property
    def id(self) -> UUID: ...
    @property
    def revision(self) -> int: ...
    @property
    def ruleset_version(self) -> int: ...
    @property
    def found_late(self) -> bool: ...
    @property
    def evidence(self) -> str: ...
    @property
    def on_site(self) -> str | None: ...


def alert_json(alert: AlertFields) -> bytes:
    """Encode a stored alert as one line of JSON, without the line's end."""
    return _ENCODER.encode(
        _object(
            alert,
            alert_id=alert.id,
            revision=alert.revision,
            ruleset_version=alert.ruleset_version,
            found_late=alert.found_late,
            evidence=msgspec.Raw(_evidence(alert).encode()),
        )
    )


def _evidence(alert: AlertFields) -> str:
    """The evidence of the rule, with the vehicles on site where there were any."""
    if alert.on_site is None:
        return alert.evidence
    return f'{alert.evidence[:-1]},"vehicles_on_site":{alert.on_site}}}'


def finding_json(
    finding: Finding, *, ruleset_version: int, revision: int = 1, found_late: bool = False
) -> bytes:
    """Encode a finding as the alert it is, one line of JSON without the line's end."""
    return _ENCODER.encode(
        _object(
            finding,
            alert_id=finding.id,
            revision=revision,
            ruleset_version=ruleset_version,
            found_late=found_late,
            evidence=finding.evidence,
        )
    )


def _object(
    alert: _Shared, *, alert_id: UUID, revision: int, ruleset_version: int, found_late: bool, evidence: object
) -> dict[str, Any]:
    said: dict[str, Any] = {
        "id": str(alert_id),
        "revision": revision,
        "rule": alert.rule,
        "rule_id": alert.rule_id,
        "ruleset_version": ruleset_version,
        "severity": alert.severity,
        "device_id": alert.device_id,
    }
    for name in ("vehicle_id", "station_id", "area"):
        if (subject := getattr(alert, name)) is not None:
            said[name] = subject
    said |= {
        "district_id": alert.district_id,
        "started_at": to_rfc3339(alert.started_ms),
        "detected_at": to_rfc3339(alert.detected_ms),
        "ended_at": to_rfc3339_if_known(alert.ended_ms),
        "found_late": found_late,
        "withdrawn": alert.withdrawn is not None,
        "lon": alert.lon,
        "lat": alert.lat,
        "zone_ids": list(alert.zone_ids),
        "evidence": evidence,
    }
    if alert.withdrawn is not None:
        said["withdrawn_because"] = alert.withdrawn
    return said
