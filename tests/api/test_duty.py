"""Shelving, and what a seat counts, over the API."""

from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest

from alerts.case_flow import Act
from alerts.facts import Fact, FactKind
from domain.identifiers import DeviceId, VehicleId
from domain.instant import from_rfc3339, to_rfc3339
from domain.person import Person, Role, Scope
from domain.shift import end_of_shift_ms
from runtime.clock import now_ms
from storage.batch import Batch, JudgedFinding
from storage.cases import Cases, NewAct
from tests.api import district
from tests.api.serving import SOMEBODY, make_app, serve, sign_in
from tests.api.stream import listening

SHANGHAI = ZoneInfo("Asia/Shanghai")
REASON = "施工方已报备"


async def new_alert(store, number: int, time_ms: int | None = None, **changes: object) -> str:
    found = district.finding(number, now_ms() if time_ms is None else time_ms, **changes)
    await store.commit(district.raised(found))
    return str(found.id)


async def shelve(client: httpx.AsyncClient, alert_id: str, until: str = "1h", **more: Any) -> httpx.Response:
    return await client.post(
        "/api/shelves", json={"alert_id": alert_id, "until": until, "reason": REASON} | more
    )


async def as_role(store, url: str, role: Role, scope: Scope | None = None) -> httpx.AsyncClient:
    person = Person(user_id=f"a-{role}", name="A", role=role, scope=scope or Scope())
    return httpx.AsyncClient(base_url=url, headers=await sign_in(store, person), timeout=60)


async def test_what_is_shelved_is_told_with_reason_and_end_until_it_is_taken_back(client, store):
    alert = await new_alert(store, 1)
    made = (await shelve(client, alert)).json()
    assert (made["subject"], made["rule_id"], made["severity"]) == ("vehicle:V0", "forbidden_zone", "major")
    assert (made["reason"], made["alert_id"], made["over_because"]) == (REASON, alert, None)
    assert (await client.get("/api/shelves")).json() == [made]
    back = await client.delete(f"/api/shelves/{made['id']}")
    assert back.json()["over_because"] == "taken_back"
    assert (await client.delete(f"/api/shelves/{made['id']}")).status_code == 404


async def test_shelving_is_in_the_audit_log(client, store):
    made = (await shelve(client, await new_alert(store, 1))).json()
    await client.delete(f"/api/shelves/{made['id']}")
    acts = [(row["act"], row["subject"]) for row in (await client.get("/api/audit")).json()["items"]]
    assert acts[:2] == [("unshelve", "vehicle:V0"), ("shelve", "vehicle:V0")]


async def test_shelving_hides_and_does_nothing_else(client, store):
    alert = await new_alert(store, 1)
    await shelve(client, alert)
    assert [one["id"] for one in (await client.get("/api/alerts")).json()["items"]] == [alert]
    answer = await client.post(f"/api/alerts/{alert}/acts", json={"act": "acknowledge"})
    assert answer.json()["case"]["state"] == "acknowledged"


@pytest.mark.parametrize("missing", [{"reason": ""}, {"reason": "  "}, {"until": "2d"}], ids=str)
async def test_a_shelf_needs_a_reason_and_one_of_the_lengths(client, store, missing):
    assert (await shelve(client, await new_alert(store, 1), **missing)).status_code == 422


@pytest.mark.parametrize(
    ("role", "severe", "status"),
    [
        (Role.VIEWER, "minor", 403),
        (Role.DISPATCHER, "major", 201),
        (Role.DISPATCHER, "critical", 403),
        (Role.ANALYST, "critical", 201),
        (Role.ADMINISTRATOR, "critical", 201),
    ],
    ids=str,
)
async def test_critical_alerts_are_shelved_by_analysts_and_administrators_alone(store, role, severe, status):
    alert = await new_alert(store, ("critical", "major", "minor").index(severe))
    async with serve(make_app(store)) as url, await as_role(store, url, role) as client:
        assert (await shelve(client, alert)).status_code == status


async def test_the_end_of_the_shift_is_that_of_the_registry_s_clock(client, store):
    await district.save_registry(store)
    alert = await new_alert(store, 1)
    before_ms = end_of_shift_ms(now_ms(), SHANGHAI)
    made = (await shelve(client, alert, "shift")).json()
    assert from_rfc3339(made["until"]) in {before_ms, end_of_shift_ms(now_ms(), SHANGHAI)}


async def test_somebody_of_another_district_neither_shelves_nor_sees_it(store):
    alert = await new_alert(store, 1)
    async with (
        serve(make_app(store)) as url,
        await as_role(store, url, Role.ADMINISTRATOR, Scope(frozenset({"D2"}))) as other,
        await as_role(store, url, Role.DISPATCHER) as client,
    ):
        assert (await shelve(other, alert)).status_code == 404
        made = (await shelve(client, alert)).json()
        assert (await other.get("/api/shelves")).json() == []
        assert (await other.delete(f"/api/shelves/{made['id']}")).status_code == 404


async def test_what_nobody_has_taken_is_found_however_old_and_ended(client, store):
    old = await new_alert(store, 0, now_ms() - 40 * 86_400_000, vehicle=1)
    ended = await new_alert(store, 1, now_ms() - 5000, ended_ms=now_ms() - 1000)
    taken = await new_alert(store, 1, vehicle=2)
    await new_alert(store, 2, vehicle=3, withdrawn="late data")
    await Cases(store).act_on_alert(SOMEBODY, taken, NewAct(act=Act.ACKNOWLEDGE), at_ms=now_ms())
    page = await client.get("/api/alerts", params={"unacknowledged": True})
    assert [one["id"] for one in page.json()["items"]] == [ended, old]
    only = await client.get("/api/alerts", params={"unacknowledged": True, "severity": ["critical", "minor"]})
    assert [one["id"] for one in only.json()["items"]] == [old]
    counts = (await client.get("/api/alerts/counts")).json()
    assert counts["unacknowledged"] == {"critical": 1, "major": 1, "minor": 0, "info": 0}
    assert counts["ongoing"] == {"critical": 1, "major": 1, "minor": 0, "info": 0}
    assert counts["all"] == {"critical": 1, "major": 2, "minor": 1, "info": 0}


async def test_the_budget_counts_what_was_called_out_and_the_time_in_flood(client, store):
    at_ms = now_ms()
    found = [
        district.finding(0, at_ms - (n + 1) * 1000, vehicle=n, subject=f"vehicle:V{n}") for n in range(11)
    ]
    minor = [district.finding(2, at_ms - 1000, vehicle=n, subject=f"vehicle:V{n}") for n in range(4)]
    old = district.finding(0, at_ms - 30 * 3_600_000)
    await store.commit(district.raised(*found, *minor, old))
    late = district.finding(0, at_ms - 500, vehicle=12, subject="late")
    await store.commit(Batch(findings=(JudgedFinding(finding=late, ruleset_version=1, found_late=True),)))
    budget = (await client.get("/api/alerts/budget")).json()
    assert (budget["annunciated"], budget["last_10_min"]) == (11, 11)
    assert budget["per_10_min"] == pytest.approx(11 / 144, abs=0.001)
    assert budget["by_severity"] == {"critical": 11, "major": 0, "minor": 4, "info": 0}
    assert 1 <= budget["flood_s"] < 60
    assert (len(budget["by_10_min"]), sum(budget["by_10_min"])) == (144, 11)
    assert (budget["acceptable_per_10_min"], budget["most_per_10_min"]) == (1, 2)


async def test_what_one_seat_shelves_every_seat_of_the_scope_is_told(store):
    started_ms = now_ms()
    alert = await new_alert(store, 1, started_ms)
    of_d2 = Person(user_id="d2", name="D2", role=Role.DISPATCHER, scope=Scope(frozenset({"D2"})))
    async with (
        serve(make_app(store)) as url,
        await as_role(store, url, Role.DISPATCHER) as client,
        listening(url) as other,
        listening(url, headers=await sign_in(store, of_d2)) as stranger,
    ):
        await other.until_type("heartbeat")
        await stranger.until_type("heartbeat")
        made = (await shelve(client, alert, "ended")).json()
        assert (await other.until_type("shelf"))["shelf"] == made
        await new_alert(store, 1, started_ms, ended_ms=started_ms + 1000)
        told = await other.until_type("shelf")
        assert (told["shelf"]["id"], told["shelf"]["over_because"]) == (made["id"], "ended")
        await client.delete(f"/api/shelves/{made['id']}")
        assert (await other.until_type("shelf"))["shelf"]["over_because"] == "taken_back"
        await stranger.until_type("heartbeat")
    assert [one for one in stranger.messages if one["type"] == "shelf"] == []


async def test_alerts_of_one_trip_are_told_with_its_departure(client, store, url):
    at_ms = now_ms()
    departure = at_ms - 600_000
    trip = Fact(
        device_id=DeviceId("T0000"), vehicle_id=VehicleId("V0"), kind=FactKind.TRIP, about="Z-source",
        started_ms=departure, known_ms=departure,
    )  # fmt: skip
    await store.commit(Batch(facts=(trip,)))
    async with listening(url) as listener:
        await listener.until_type("heartbeat")
        on_the_way = await new_alert(store, 0, at_ms)
        before = await new_alert(store, 1, departure - 1000)
        told = [(await listener.until_type("alert"))["alert"] for _ in range(2)]
    assert {one["id"]: one["trip_started_at"] for one in told} == {
        on_the_way: to_rfc3339(departure),
        before: None,
    }
    page = (await client.get("/api/alerts")).json()["items"]
    assert [one["trip_started_at"] for one in page] == [to_rfc3339(departure), None]
