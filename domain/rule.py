"""The rules of a registry: which kind, with which parameters, for whom.

What each kind means and its default parameters are in `alerts/ruleset.py`.
"""

from enum import StrEnum
from typing import Any

from msgspec import Struct, field

from domain.identifiers import CompanyId, DistrictId, RuleId, StationId, VehicleId
from domain.station import Severity
from domain.vehicle import VehicleKind


class RuleKind(StrEnum):
    """Every kind of rule that a registry may name."""

    ILLEGAL_DUMPING = "illegal_dumping"
    OFF_ROUTE = "off_route"
    OUT_OF_HOURS = "out_of_hours"
    NO_PERMIT = "no_permit"
    FORBIDDEN_ZONE = "forbidden_zone"
    CROSS_DISTRICT = "cross_district"
    UNCOVERED_LOAD = "uncovered_load"
    OVERLOAD = "overload"
    SPEEDING = "speeding"
    UNEXPECTED_STOP = "unexpected_stop"
    TRIP_OVERDUE = "trip_overdue"
    WASH_SKIPPED = "wash_skipped"
    MISSED_COLLECTION = "missed_collection"
    DEVICE_SILENT = "device_silent"
    TERMINAL_TAMPER = "terminal_tamper"
    POSITION_FAULT = "position_fault"
    SIGNAL_FAULT = "signal_fault"
    IDENTITY_CONFLICT = "identity_conflict"
    SUSPECTED_DUMP_SITE = "suspected_dump_site"
    DUST_EXCEEDANCE = "dust_exceedance"
    NOISE_EXCEEDANCE = "noise_exceedance"
    SENSOR_FAULT = "sensor_fault"
    CAPPED_READINGS = "capped_readings"
    STATION_SILENT = "station_silent"


class AppliesTo(Struct, frozen=True, kw_only=True):
    """Whom a rule is for; an absent list means all, several lists must all match."""

    vehicle_kinds: tuple[VehicleKind, ...] | None = None
    vehicle_ids: tuple[VehicleId, ...] | None = None
    company_ids: tuple[CompanyId, ...] | None = None
    district_ids: tuple[DistrictId, ...] | None = None
    station_ids: tuple[StationId, ...] | None = None


class Rule(Struct, frozen=True, kw_only=True):
    """One rule of the registry; `severity` replaces the kind's lowest, `params` its default numbers."""

    id: RuleId
    kind: RuleKind
    enabled: bool = True
    severity: Severity | None = None
    params: dict[str, Any] = field(default_factory=dict)
    applies_to: AppliesTo = AppliesTo()
