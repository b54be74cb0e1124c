"""What is read back from the store, and how a row becomes it. Times are ms since 1970 UTC."""

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

import msgspec
from msgspec import Struct


class VersionInForce(Struct, frozen=True, kw_only=True):
    """From when on a version of the registry is in force; the first one is so before that too."""

    version: int
    effective_from_ms: int


class RegistryHead(Struct, frozen=True, kw_only=True):
    """A version of the registry without its document; `counts` are the entries of each section."""

    version: int
    effective_from_ms: int
    saved_ms: int
    author: str
    note: str
    counts: dict[str, int]
    cancelled_ms: int | None
    cancelled_by: str | None


class RegistryVersion(RegistryHead, frozen=True, kw_only=True):
    """One immutable version of the registry; `document` is the JSON as it was given."""

    document: bytes


class AlertRow(Struct, frozen=True, kw_only=True):
    """An alert as it is stored: exactly the fields of the alert object of the wire format, plus `district_id`.

    Times are ms since 1970 UTC. `evidence` is JSON text; so is `on_site`, the vehicles on the site of a dust
    alert, which the area step adds.
    """

    id: UUID
    revision: int
    rule: str
    rule_id: str
    ruleset_version: int
    severity: str
    subject: str
    first_started_ms: int
    started_ms: int
    detected_ms: int
    ended_ms: int | None
    device_id: str | None
    vehicle_id: str | None
    station_id: str | None
    area: str | None
    district_id: str | None
    lon: float | None
    lat: float | None
    zone_ids: tuple[str, ...]
    found_late: bool
    withdrawn: str | None
    evidence: str
    on_site: str | None = None


class AlertChange(Struct, frozen=True, kw_only=True):
    """One numbered change of one alert; numbers are handed out in commit order, without gaps seen by a reader."""

    number: int
    at_ms: int
    alert: AlertRow


class LatestPosition(Struct, frozen=True, kw_only=True):
    """The newest known position of a device (WGS-84) and its signals."""

    device_id: str
    time_ms: int
    received_ms: int
    lon: float | None
    lat: float | None
    speed_kmh: float | None
    heading_deg: float | None
    ignition: bool | None
    load: str | None
    lift: bool | None
    cover: str | None
    online: bool | None


class LossRow(Struct, frozen=True, kw_only=True):
    """The loss account of one device and local day of arrival: received = stored + duplicate + rejected."""

    device_id: str
    day: date
    received: int
    stored: int
    duplicate: int
    rejected: int
    late: int
    redelivered: int


def head_from(row: Mapping[str, Any]) -> RegistryHead:
    """A row of registry_versions without its document."""
    return RegistryHead(**{**row, "counts": msgspec.json.decode(row["counts"])})


def version_from(row: Mapping[str, Any]) -> RegistryVersion:
    """A row of registry_versions."""
    return RegistryVersion(**{**row, "counts": msgspec.json.decode(row["counts"])})


def alert_from(row: Mapping[str, Any]) -> AlertRow:
    """A row of alerts or alert_changes."""
    values = {name: row[name] for name in AlertRow.__struct_fields__}
    # The driver has a UUID class of its own, which msgspec does not encode.
    values["id"] = UUID(bytes=row["id"].bytes)
    values["zone_ids"] = tuple(row["zone_ids"])
    return AlertRow(**values)


def change_from(row: Mapping[str, Any]) -> AlertChange:
    """A row of alert_changes."""
    return AlertChange(number=row["number"], at_ms=row["at_ms"], alert=alert_from(row))
