"""The alert object: what is stored beside the evidence is told in it, as a backtest tells it."""

import json

import msgspec
import pytest
from msgspec.structs import replace

from alerts.alert_json import alert_json, finding_json
from alerts.finding import Finding
from alerts.on_site import on_site_json
from alerts.station_evidence import DustEvidence, OnSite
from domain.identifiers import LimitId, RuleId, StationId, VehicleId
from domain.quantity import Quantity
from domain.rule import RuleKind
from domain.station import Severity
from storage.alert_log import alert_of
from storage.batch import JudgedFinding

EVIDENCE = DustEvidence(
    limit_id=LimitId("L1"),
    quantity=Quantity.PM10,
    limit=150.0,
    window_s=900,
    peak=200.0,
    windows_over=1,
    allowed_per_day=0,
    windows=(),
)
DUST = Finding(
    rule=RuleKind.DUST_EXCEEDANCE,
    rule_id=RuleId("dust"),
    subject="station:S1|limit:L1",
    severity=Severity.MINOR,
    first_started_ms=0,
    started_ms=0,
    detected_ms=900_000,
    station_id=StationId("S1"),
    evidence=EVIDENCE,
)
TWO = (
    OnSite(vehicle_id=VehicleId("V1"), plate="鄂A12345", entered_ms=1, left_ms=2),
    OnSite(vehicle_id=VehicleId("V2"), entered_ms=3),
)


@pytest.mark.parametrize("vehicles", [(), TWO[:1], TWO], ids=["nobody", "one", "two"])
def test_vehicles_on_site_are_told_alike_live_and_by_a_backtest(vehicles):
    stored = replace(alert_of(JudgedFinding(finding=DUST, ruleset_version=1)), on_site=on_site_json(vehicles))
    whole = replace(DUST, evidence=replace(EVIDENCE, vehicles_on_site=vehicles))
    told = json.loads(alert_json(stored))
    assert told == json.loads(finding_json(whole, ruleset_version=1))
    assert told["evidence"].get("vehicles_on_site", []) == msgspec.to_builtins(list(vehicles))
