"""One condition, one alert: raising a finding, and taking up the last one where the condition comes back."""

from collections.abc import Iterable

from msgspec import Struct
from msgspec.structs import replace

from alerts.evidence import Evidence
from alerts.finding import Finding
from alerts.observation import VehicleContext
from alerts.ruleset import JudgedRule
from domain.identifiers import DeviceId, DistrictId, StationId, ZoneId
from domain.station import Severity, Station
from geofence.usable import Fix

BACK_WITHIN_MS = 300_000
TELL_AGAIN_S = 60.0
"""How much an ongoing alert's time must have grown before its evidence is told again: once a minute."""
Findings = tuple[Finding, ...]
NONE: Findings = ()


def vehicle_finding(
    context: VehicleContext,
    rule: JudgedRule,
    *,
    severity: Severity,
    started_ms: int,
    detected_ms: int,
    place: Fix | None,
    evidence: Evidence,
    ended_ms: int | None = None,
    about: str = "",
    zone_ids: Iterable[ZoneId] = (),
) -> Finding:
    """A new finding about a vehicle; `about` names what else belongs to its subject."""
    vehicle = context.profile.vehicle
    return Finding(
        rule=rule.kind,
        rule_id=rule.id,
        subject=f"vehicle:{vehicle.id}{about}",
        severity=rule.at_least(severity),
        first_started_ms=started_ms,
        started_ms=started_ms,
        detected_ms=detected_ms,
        ended_ms=ended_ms,
        device_id=context.profile.device_id,
        vehicle_id=vehicle.id,
        district_id=None if place is None else context.ruleset.index.district_at(place.x_m, place.y_m),
        lon=None if place is None else place.lon,
        lat=None if place is None else place.lat,
        zone_ids=tuple(zone_ids),
        evidence=evidence,
    )


class StationPlace(Struct, frozen=True, array_like=True):
    """What an alert says of the station it is about."""

    station_id: StationId
    district_id: DistrictId | None
    lon: float | None
    lat: float | None


def place_of(station: Station) -> StationPlace:
    """The place of a station."""
    return StationPlace(station.id, station.district_id, station.lon, station.lat)


def station_finding(
    rule: JudgedRule,
    place: StationPlace,
    device_id: DeviceId,
    *,
    severity: Severity,
    started_ms: int,
    detected_ms: int,
    evidence: Evidence,
    ended_ms: int | None = None,
    about: str = "",
) -> Finding:
    """A new finding about a station; `severity` is the rule's by now, for a limit may have one of its own."""
    return Finding(
        rule=rule.kind,
        rule_id=rule.id,
        subject=f"station:{place.station_id}{about}",
        severity=severity,
        first_started_ms=started_ms,
        started_ms=started_ms,
        detected_ms=detected_ms,
        ended_ms=ended_ms,
        device_id=device_id,
        station_id=place.station_id,
        district_id=place.district_id,
        lon=place.lon,
        lat=place.lat,
        evidence=evidence,
    )


def is_ongoing(finding: Finding | None) -> bool:
    """Tell whether a finding's condition still holds."""
    return finding is not None and finding.ended_ms is None


def raised(last: Finding | None, new: Finding) -> Finding:
    """The finding of a condition that holds (again): within 300 s of the last one's end it is the same alert."""
    if last is None or last.ended_ms is None or new.started_ms - last.ended_ms > BACK_WITHIN_MS:
        return new
    return replace(
        last,
        ended_ms=new.ended_ms,
        severity=max(last.severity, new.severity, key=lambda severity: severity.rank),
        evidence=new.evidence,
    )


def ended(finding: Finding, at_ms: int, evidence: Evidence | None = None) -> Finding:
    """The finding once its condition ended; an end never lies before the start."""
    return replace(
        finding,
        ended_ms=max(at_ms, finding.started_ms),
        evidence=finding.evidence if evidence is None else evidence,
    )
