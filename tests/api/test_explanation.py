"""An alert explained, over a real database: in the terms of the registry version that judged it."""

import json
import uuid

from alerts.evidence import LimitFrom, OffRouteEvidence, SpeedEvidence, SpeedReading
from alerts.finding import Finding
from alerts.station_evidence import DustEvidence, DustWindow
from domain.identifiers import DeviceId, LimitId, PermitId, RouteId, RuleId, StationId
from domain.legal_limits import LEGAL_LIMITS
from domain.permit import Permit
from domain.permit_document import permit_document
from domain.quantity import Quantity
from domain.report import DustReport
from domain.rule import RuleKind
from domain.timewindow import ALWAYS
from storage.batch import Batch, JudgedFinding
from tests.api import district
from tests.api.district import START_MS, finding, fix, raised

PERMIT = {
    "id": "P1",
    "vehicle_ids": ["V1"],
    "source_zone_ids": ["Z-source"],
    "disposal_zone_ids": ["Z-dump"],
    "route_ids": ["R1"],
    "windows": [{"days": ["mon", "sat"], "from": "20:00", "to": "04:00"}],
    "valid_from": "2026-01-01T00:00:00.000Z",
    "max_trip_min": 90.0,
}
OFF_ROUTE = OffRouteEvidence(
    permit_id=PermitId("P1"), route_ids=(RouteId("R1"),), farthest_m=240.0, held_s=70.0
)


async def explained(client, store, *findings, version: int = 1, **batch) -> dict:
    judged = tuple(JudgedFinding(finding=one, ruleset_version=version) for one in findings)
    await store.commit(Batch(findings=judged, **batch))
    answer = await client.get(f"/api/alerts/{findings[-1].id}/explanation")
    assert answer.status_code == 200, answer.text
    return answer.json()


def off_route(**changes):
    kind = RuleKind.OFF_ROUTE
    return finding(0, START_MS, vehicle=1, rule=kind, rule_id=RuleId("off"), evidence=OFF_ROUTE, **changes)


def over_limit(limit_id: str) -> Finding:
    window = DustWindow(start_ms=START_MS, mean=120.0, value=90.0, coverage=1.0, verdict="over")
    evidence = DustEvidence(
        limit_id=LimitId(limit_id),
        quantity=Quantity.PM10,
        limit=80.0,
        window_s=3600,
        peak=90.0,
        windows_over=1,
        allowed_per_day=0,
        windows=(window,),
    )
    return finding(
        0,
        START_MS,
        rule=RuleKind.DUST_EXCEEDANCE,
        rule_id=RuleId("dust_exceedance"),
        evidence=evidence,
        device_id=DeviceId("D0001"),
        vehicle_id=None,
        station_id=StationId("S1"),
    )


def rules(hold_s: int) -> list[dict]:
    return [{"id": "off", "kind": "off_route", "severity": "major", "params": {"hold_s": hold_s}}]


async def test_an_alert_that_is_not_there_cannot_be_explained(client):
    answer = await client.get(f"/api/alerts/{uuid.UUID(int=3)}/explanation")
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "not_found")


async def test_the_rule_is_told_with_the_numbers_that_judged_and_not_todays(client, store):
    await district.save_registry(store, permits=[PERMIT], rules=rules(45))
    await district.save_registry(store, permits=[], rules=rules(300))
    case = await explained(client, store, off_route())
    assert case["registry"]["version"] == 1
    assert case["rule"]["params"] == {"hold_s": 45.0}
    assert case["rule"]["severity"] == "major"
    assert "at least 45 s" in case["rule"]["words"]["en"]["holds"]
    assert "不少于 45 秒" in case["rule"]["words"]["zh"]["holds"]
    assert [permit["id"] for permit in case["permits"]] == ["P1"]


async def test_an_alert_that_a_version_ended_is_told_by_the_version_that_raised_it(client, store):
    await district.save_registry(store, permits=[PERMIT], rules=rules(45))
    ended_ms = START_MS + 300_000
    document = json.dumps(district.registry() | {"permits": [], "rules": []}).encode()
    await store.save_registry(document, author="li", effective_from_ms=ended_ms)
    case = await explained(client, store, off_route(ended_ms=ended_ms), version=2)
    assert (case["alert"]["ruleset_version"], case["registry"]["version"]) == (2, 1)
    assert case["rule"]["params"] == {"hold_s": 45.0}
    assert [permit["id"] for permit in case["permits"]] == ["P1"]


async def test_the_permit_its_zones_and_routes_and_the_vehicle_are_there(client, store):
    await district.save_registry(store, permits=[PERMIT])
    case = await explained(client, store, off_route())
    assert case["permits"] == [PERMIT]
    assert {zone["properties"]["id"] for zone in case["zones"]["features"]} == {"Z-source", "Z-dump"}
    assert [route["properties"]["id"] for route in case["routes"]["features"]] == ["R1"]
    assert (case["vehicle"]["plate"], case["vehicle"]["company_name"]) == ("川A10001", "蓉城运输")
    assert (case["station"], case["limit"]) == (None, None)


async def test_a_rule_of_no_list_is_the_default_one(client, store):
    await district.save_registry(store)
    case = await explained(client, store, finding(2, START_MS, vehicle=1))
    assert case["rule"]["params"] == {"hold_s": 10.0, "default_limit_kmh": 60.0, "exit_buffer_m": 20.0}


async def test_without_the_version_the_rest_is_still_told(client, store):
    case = await explained(client, store, off_route(), version=9, positions=(fix(1, START_MS),))
    assert (case["registry"], case["rule"], case["vehicle"], case["permits"]) == (None, None, None, [])
    assert case["positions"]["total"] == 1


async def test_reports_say_what_they_said_and_which_of_them_the_case_rests_on(client, store):
    evidence = SpeedEvidence(
        top_speed_kmh=83.0,
        limit_kmh=40.0,
        zone_ids=(),
        limit_from=LimitFrom.VEHICLE,
        onset=(SpeedReading(at_ms=START_MS + 20_000, speed_kmh=83.0),),
    )
    reports = tuple(fix(1, START_MS + 10_000 * n, weight_t=12.5) for n in range(4))
    case = await explained(
        client, store, finding(2, START_MS, vehicle=1, evidence=evidence), positions=reports
    )
    assert [item["decisive"] for item in case["positions"]["items"]] == [True, False, True, False]
    first = case["positions"]["items"][0]
    assert (first["time"], first["weight_t"], first["load"], first["lift"]) == (
        "2026-11-18T11:06:40.000Z",
        12.5,
        "empty",
        None,
    )
    assert case["readings"] is None


async def test_changes_are_told_with_numbers_and_times_each_as_it_stood(client, store):
    one = off_route()
    await store.commit(raised(one))
    case = await explained(client, store, off_route(ended_ms=START_MS + 60_000))
    assert [change["number"] for change in case["changes"]] == [1, 2]
    assert [change["alert"]["ended_at"] is None for change in case["changes"]] == [True, False]
    assert case["alert"] == case["changes"][-1]["alert"]
    assert all(change["at"].endswith("Z") for change in case["changes"])


async def test_how_complete_the_data_were_is_the_devices_account(client, store):
    reports = tuple(fix(1, START_MS + 10_000 * n) for n in range(3))
    case = await explained(client, store, off_route(), positions=(*reports, reports[0]))
    (line,) = case["account"]
    assert (line["received"], line["stored"], line["duplicate"], line["rejected"]) == (4, 3, 1, 0)


async def test_a_stations_case_has_its_readings_and_its_limit(client, store):
    limits = [{"id": "L1", "quantity": "pm10_ugm3", "window_s": 3600, "limit": 80, "minus_background": True}]
    stations = [dict(district.registry()["stations"][0], limit_ids=["L1"])]
    await district.save_registry(store, limits=limits, stations=stations)
    over = over_limit("L1")
    reading = DustReport(
        device_id=DeviceId("D0001"),
        time_ms=START_MS,
        received_ms=START_MS,
        digest=b"1",
        interval_s=60.0,
        values={Quantity.PM10: 120.0},
    )
    case = await explained(client, store, over, dust=(reading,))
    assert (case["limit"]["id"], case["limit"]["limit"], case["limit"]["minus_background"]) == (
        "L1",
        80.0,
        True,
    )
    assert case["station"]["name"] == "锦江1号"
    assert case["readings"]["items"][0]["values"] == {"pm10_ugm3": 120.0}
    assert case["positions"] is None


async def test_a_ready_made_limit_is_told_with_what_lays_it_down(client, store):
    name, entry = next(iter(LEGAL_LIMITS.items()))
    await district.save_registry(
        store, stations=[dict(district.registry()["stations"][0], limit_ids=[str(name)])]
    )
    case = await explained(client, store, over_limit(name))
    assert (case["limit"]["id"], case["limit_source"]) == (name, entry.source)


def test_a_permit_is_written_as_the_registry_file_has_it():
    bare = Permit(id=PermitId("P9"), validity=ALWAYS)
    assert permit_document(bare) == {"id": "P9", "max_trip_min": 180.0}
