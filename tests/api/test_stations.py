"""Stations by the API: windows computed by hand, and the same ones as the alert's evidence has them."""

import hashlib
import json

import httpx
import pytest

from alerts import engine
from alerts.facts import Fact, FactKind
from alerts.ruleset import Ruleset
from alerts.station_evidence import DustEvidence
from domain.identifiers import AreaId, DeviceId, VehicleId
from domain.instant import to_rfc3339
from domain.person import Person, Role, Scope
from domain.quantity import Flag, Quantity
from domain.registry import Registry, check
from domain.report import BackgroundReport, DustReport
from storage.batch import Batch, JudgedFinding
from storage.facts import keep_facts
from tests.api import district
from tests.api.serving import make_app, serve, sign_in

HOUR_MS, MINUTE_MS = 3_600_000, 60_000
MIDNIGHT_MS = 1_772_380_800_000
"""2026-03-02 00:00 in Shanghai."""
LIMIT = {
    "id": "L1", "quantity": "pm10_ugm3", "window_s": 3600, "limit": 80, "minus_background": True,
    "background_cap": 150, "exceedances_allowed_per_day": 1,
}  # fmt: skip


def document(*limits: dict, **changes: object) -> dict:
    known = district.registry(1)
    known["stations"][0] |= {"limit_ids": [limit["id"] for limit in limits], "site_id": "site-1"}
    known["zones"][0]["site_id"] = "site-1"
    return known | {"limits": list(limits), "sites": [{"id": "site-1", "name": "锦江工地"}]} | changes


def reading(at_ms: int, pm10: float, flag: Flag | None = None) -> DustReport:
    return DustReport(
        device_id=DeviceId("D0001"),
        time_ms=at_ms,
        received_ms=at_ms,
        digest=hashlib.sha256(f"{at_ms} {pm10} {flag}".encode()).digest(),
        values={Quantity.PM10: pm10},
        flags={} if flag is None else {Quantity.PM10: flag},
    )


def hour(number: int, pm10: float, minutes: int = 60) -> list[DustReport]:
    start_ms = MIDNIGHT_MS + number * HOUR_MS
    return [reading(start_ms + minute * MINUTE_MS, pm10) for minute in range(1, minutes + 1)]


def ambient(number: int, pm10: float) -> BackgroundReport:
    """The value of the hour of this number."""
    end_ms = MIDNIGHT_MS + (number + 1) * HOUR_MS
    return BackgroundReport(
        area_id=AreaId("D1"), time_ms=end_ms, received_ms=end_ms, pm10_ugm3=pm10,
        digest=hashlib.sha256(f"{end_ms}".encode()).digest(),
    )  # fmt: skip


DAY = [
    *hour(0, 100.0), *hour(1, 190.0), *hour(2, 400.0), *hour(3, 300.0, minutes=30), *hour(4, 500.0),
    *hour(5, 90.0, minutes=1),
]  # fmt: skip
AMBIENT = [ambient(0, 40.0), ambient(1, 60.0), ambient(2, 200.0), ambient(3, 40.0)]


async def save(store, known: dict, effective_from_ms: int = 1) -> None:
    await store.save_registry(json.dumps(known).encode(), author="test", effective_from_ms=effective_from_ms)


async def asked(store, now_ms: int, path: str, headers=None, **query: str) -> httpx.Response:
    async with serve(make_app(store, clock=lambda: now_ms)) as url:
        headers = headers or await sign_in(store, Person(user_id="all", name="", role=Role.VIEWER))
        async with httpx.AsyncClient(base_url=url, headers=headers, timeout=60) as client:
            return await client.get(path, params=query)


def span(first_h: float, last_h: float) -> dict[str, str]:
    return {
        "from": to_rfc3339(MIDNIGHT_MS + round(first_h * HOUR_MS)),
        "to": to_rfc3339(MIDNIGHT_MS + round(last_h * HOUR_MS)),
    }


async def test_windows_are_as_computed_by_hand(store):
    await save(store, document(LIMIT))
    await store.commit(Batch(dust=tuple(DAY), background=tuple(AMBIENT)))
    now_ms = MIDNIGHT_MS + 5 * HOUR_MS + 10 * MINUTE_MS
    answer = await asked(store, now_ms, "/api/stations/S1/windows", **span(0, 24))
    found = answer.json()["limits"][0]
    told = [
        (one["mean"], one["value"], one["background"], one["coverage"], one["verdict"], one["closed"])
        for one in found["windows"]
    ]
    assert told == [
        (pytest.approx(100), pytest.approx(60), 40, 1, "under", True),
        (pytest.approx(190), pytest.approx(130), 60, 1, "over", True),
        (pytest.approx(400), pytest.approx(250), 200, 1, "over", True),  # no more than 150 is taken off
        (pytest.approx(300), pytest.approx(300), None, 0.5, "none", True),
        (pytest.approx(500), pytest.approx(500), None, 1, "provisional", True),
        (pytest.approx(90), pytest.approx(90), None, pytest.approx(1 / 60), "none", False),
    ]
    assert found["windows"][1]["start"] == to_rfc3339(MIDNIGHT_MS + HOUR_MS)
    assert found["limit"]["limit"] == 80
    assert [(day["over"], day["allowed"]) for day in found["days"]] == [(2, 1)]


async def test_windows_are_those_of_the_alert_s_evidence(store):
    known = document(LIMIT | {"background_cap": 150, "exceedances_allowed_per_day": 0})
    await save(store, known)
    await store.commit(Batch(dust=tuple(DAY), background=tuple(AMBIENT)))
    registry = check(json.dumps(known).encode())
    assert isinstance(registry, Registry)
    ruleset = Ruleset.build(registry, version=1)
    state, alerts = engine.new_state(ruleset, DeviceId("D0001")), {}
    for report in sorted([*AMBIENT, *DAY], key=lambda one: (one.time_ms, isinstance(one, DustReport))):
        state, findings = engine.step(ruleset, state, report)
        alerts |= {finding.id: finding for finding in findings}
    over = [one for one in alerts.values() if isinstance(one.evidence, DustEvidence)]
    assert len(over) == 1
    await store.commit(Batch(findings=(JudgedFinding(finding=over[0], ruleset_version=1),)))
    answer = await asked(store, MIDNIGHT_MS + 6 * HOUR_MS, "/api/stations/S1/windows", **span(0, 6))
    told = {one["start"]: one for one in answer.json()["limits"][0]["windows"]}
    assert len(over[0].evidence.windows) == 2
    for window in over[0].evidence.windows:
        same = told[to_rfc3339(window.start_ms)]
        for name in ("mean", "value", "coverage", "background", "verdict", "lower_bound"):
            assert same[name] == getattr(window, name)
    assert [alert["id"] for alert in answer.json()["alerts"]] == [str(over[0].id)]


async def test_a_window_is_judged_by_the_terms_in_force_when_it_begins(store):
    await save(store, document(LIMIT | {"minus_background": False}))
    later = LIMIT | {"minus_background": False, "limit": 1000}
    await save(store, document(later), effective_from_ms=MIDNIGHT_MS + 2 * HOUR_MS + 1)
    await store.commit(Batch(dust=tuple(DAY)))
    answer = await asked(store, MIDNIGHT_MS + 6 * HOUR_MS, "/api/stations/S1/windows", **span(0, 5))
    told = [
        (each["limit"]["limit"], [one["verdict"] for one in each["windows"]])
        for each in answer.json()["limits"]
    ]
    assert told == [(80, ["over", "over", "over"]), (1000, ["none", "under"])]


async def test_vehicles_on_the_site_are_named(store):
    await save(store, document(LIMIT))
    visit = Fact(
        device_id=DeviceId("T0000"), vehicle_id=VehicleId("V0"), kind=FactKind.VISIT, about="Z-source",
        started_ms=MIDNIGHT_MS + HOUR_MS, ended_ms=MIDNIGHT_MS + 2 * HOUR_MS, known_ms=MIDNIGHT_MS + 2 * HOUR_MS,
    )  # fmt: skip
    async with store.connection() as connection:
        await keep_facts(connection, [visit])
    there = await asked(store, MIDNIGHT_MS + 6 * HOUR_MS, "/api/stations/S1/windows", **span(0, 5))
    assert [(one["plate"], one["entered_at"]) for one in there.json()["vehicles"]] == [
        ("川A10000", to_rfc3339(MIDNIGHT_MS + HOUR_MS))
    ]
    later = await asked(store, MIDNIGHT_MS + 6 * HOUR_MS, "/api/stations/S1/windows", **span(3, 5))
    assert later.json()["vehicles"] == []


async def test_readings_keep_what_stands_out_and_their_gaps(store):
    await save(store, document(LIMIT))
    spike, fault = reading(MIDNIGHT_MS + 90 * MINUTE_MS + 1, 4000.0), [
        reading(MIDNIGHT_MS + minute * MINUTE_MS, 0.0, Flag.FAULT) for minute in range(400, 405)
    ]  # fmt: skip
    await store.commit(Batch(dust=(*hour(0, 50.0), *hour(1, 50.0), *hour(2, 50.0), spike, *fault)))
    answer = await asked(
        store, MIDNIGHT_MS + 8 * HOUR_MS, "/api/stations/S1/readings", max_points="100", **span(0, 7)
    )
    found = answer.json()
    assert found["total"] == 186
    assert len(found["items"]) <= 100
    assert max(one["values"]["pm10_ugm3"] for one in found["items"]) == 4000
    assert found["flags"] == [
        {
            "quantity": "pm10_ugm3", "flag": "D",
            "from": to_rfc3339(MIDNIGHT_MS + 399 * MINUTE_MS), "to": to_rfc3339(MIDNIGHT_MS + 404 * MINUTE_MS),
        }
    ]  # fmt: skip
    minutes = [(399 - 180, 180), (420 - 404, 404)]
    assert found["gaps"] == [
        {
            "from": to_rfc3339(MIDNIGHT_MS + first * MINUTE_MS),
            "to": to_rfc3339(MIDNIGHT_MS + (first + length) * MINUTE_MS),
        }
        for length, first in minutes
    ]


@pytest.mark.parametrize(
    ("hours", "at_min", "look"),
    [
        pytest.param([(4, 170.0)], 303, "over", id="over"),
        pytest.param([(4, 105.0)], 303, "near", id="over 80 % of the limit"),
        pytest.param([(4, 50.0)], 303, "fine", id="fine"),
        pytest.param([(3, 500.0), (4, 50.0)], 301, "over", id="the newest is not settled yet"),
        pytest.param([(4, 50.0)], 330, "silent", id="silent for 30 min"),
        pytest.param([], 303, "silent", id="never heard"),
    ],
)
async def test_how_a_station_stands_is_told_by_its_newest_closed_window(store, hours, at_min, look):
    await save(store, document(LIMIT))
    readings = [one for number, mean in hours for one in hour(number, mean)]
    await store.commit(Batch(dust=tuple(readings), background=(ambient(3, 40.0), ambient(4, 40.0))))
    found = (await asked(store, MIDNIGHT_MS + at_min * MINUTE_MS, "/api/stations")).json()["items"]
    assert [(one["station"]["id"], one["look"]) for one in found] == [("S1", look)]


async def test_a_station_without_a_verdict_is_not_fine(store):
    await save(store, document(LIMIT))
    await store.commit(Batch(dust=tuple(hour(4, 50.0, minutes=60)[-20:])))
    found = (await asked(store, MIDNIGHT_MS + 303 * MINUTE_MS, "/api/stations")).json()["items"]
    assert found[0]["look"] == "no_verdict"


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ({"from": "yesterday", "to": "2026-11-20T00:00:00Z"}, 422),
        ({"from": "2026-11-20T00:00:00Z", "to": "2026-11-20T00:00:00Z"}, 422),
        ({"from": "2026-10-01T00:00:00Z", "to": "2026-11-20T00:00:00Z"}, 422),
        (span(0, 1) | {"limit": "L9"}, 404),
        (span(0, 1), 200),
    ],
)
async def test_what_cannot_be_answered_is_said(store, query, status):
    await save(store, document(LIMIT))
    answer = await asked(store, MIDNIGHT_MS + HOUR_MS, "/api/stations/S1/windows", **query)
    assert answer.status_code == status, answer.text


async def test_a_station_of_another_district_is_not_there(store):
    await save(store, document(LIMIT))
    elsewhere = await sign_in(
        store, Person(user_id="b", name="B", role=Role.DISPATCHER, scope=Scope(frozenset({"D2"})))
    )
    now_ms = MIDNIGHT_MS + HOUR_MS
    assert (await asked(store, now_ms, "/api/stations", elsewhere)).json()["items"] == []
    for what in ("windows", "readings"):
        answer = await asked(store, now_ms, f"/api/stations/S1/{what}", elsewhere, **span(0, 1))
        assert answer.status_code == 404
