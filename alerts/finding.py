"""What the engine says: a finding is one alert in its present state, as far as the rules know it.

A finding is whole, not a difference: emitting it again is no news. Its identity is a name-based UUID
over rule id, subject and the start as first found, so folding the same reports twice finds the same.
"""

from functools import lru_cache
from uuid import UUID, uuid5

from msgspec import Struct

from alerts.evidence import Evidence
from domain.identifiers import DeviceId, DistrictId, RuleId, StationId, VehicleId, ZoneId
from domain.rule import RuleKind
from domain.station import Severity

NAMESPACE = UUID("5d8d5cf0-6f5c-5a0a-8a83-0c8b6a1f2d11")


class Finding(Struct, frozen=True, kw_only=True):
    """One alert as the engine sees it now. All times are device times in ms since 1970 UTC.

    `subject` is the text that identifies what the alert is about within its rule ("vehicle:V1",
    "vehicle:V1|zone:Z3", "station:S1|limit:L2"). `ended_ms` is None while the condition holds.
    `withdrawn` holds the reason once the condition turned out never to have held.
    """

    rule: RuleKind
    rule_id: RuleId
    subject: str
    severity: Severity
    first_started_ms: int
    started_ms: int
    detected_ms: int
    ended_ms: int | None = None
    device_id: DeviceId | None = None
    vehicle_id: VehicleId | None = None
    station_id: StationId | None = None
    area: str | None = None
    district_id: DistrictId | None = None
    lon: float | None = None
    lat: float | None = None
    zone_ids: tuple[ZoneId, ...] = ()
    evidence: Evidence
    withdrawn: str | None = None

    @property
    def id(self) -> UUID:
        """The alert's identity; it stays when late data moves the start."""
        return _id(self.rule_id, self.subject, self.first_started_ms)


@lru_cache(maxsize=16_384)
def _id(rule_id: RuleId, subject: str, first_started_ms: int) -> UUID:
    # Remembered: whoever compares findings asks for the same few again and again, and hashing is dear.
    return uuid5(NAMESPACE, f"{rule_id}\n{subject}\n{first_started_ms}")
