"""How the devices are, over HTTP: counts over everything, whatever the page shows."""

import json
from datetime import UTC, datetime

import httpx
import pytest

from domain.identifiers import DeviceId
from domain.person import Person, Role, Scope
from domain.report import Rejection, RejectReason
from runtime.clock import now_ms
from storage.batch import Batch
from tests.api import district
from tests.api.serving import make_app, serve, sign_in

MIN_MS = 60_000


def today(at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms / 1000 + 8 * 3600, UTC).date().isoformat()


def unknown(device_id: str, at_ms: int, number: int = 0) -> Rejection:
    return Rejection(
        reason=RejectReason.UNKNOWN_DEVICE,
        detail="the registry has no such source of position",
        topic=f"haulwatch/v1/{device_id}/position",
        payload=f'{{"n": {number}}}'.encode(),
        received_ms=at_ms,
        device_id=DeviceId(device_id),
    )


@pytest.fixture
async def at_ms(store):
    """Now, in a district whose four trucks are each in a state of their own."""
    await district.save_registry(store, 4)
    now = now_ms()
    await store.commit(
        Batch(
            positions=(
                district.fix(0, now - MIN_MS, bad_fields=("speed_kmh", "load")),
                district.fix(1, now - 5 * MIN_MS, bad_fields=("load",)),
                district.fix(2, now - 60 * MIN_MS),
                district.fix(3, now - 90 * MIN_MS, ignition=False, speed_kmh=0.0),
            ),
            rejections=(
                unknown("X1", now - 9000),
                unknown("X1", now - 3000, 1),
                unknown("X2", now - 6000),
                district.rejection(1),
            ),
        )
    )
    return now


async def test_devices_are_listed_longest_silent_first_with_the_counts_of_all(client, at_ms):
    items, cursor = [], None
    for _ in range(9):
        more = {} if cursor is None else {"cursor": cursor}
        page = (await client.get("/api/devices", params={"limit": 2} | more)).json()
        assert page["counts"] == {"reporting": 1, "quiet": 1, "silent": 1, "parked": 1, "never": 1}
        assert page["total"] == 5
        items += page["items"]
        cursor = page["next"]
        if cursor is None:
            break
    assert [(one["device_id"], one["state"]) for one in items] == [
        ("D0001", "never"),
        ("T0003", "parked"),
        ("T0002", "silent"),
        ("T0001", "quiet"),
        ("T0000", "reporting"),
    ]
    assert items[0]["heard_at"] is None
    only = (await client.get("/api/devices", params={"state": "silent"})).json()
    assert [one["label"] for one in only["items"]] == ["川A10002D"]


async def test_a_truck_that_never_said_its_ignition_is_off_is_silent_not_parked(client, store):
    await district.save_registry(store, 1)
    await store.commit(Batch(positions=(district.fix(0, now_ms() - 60 * MIN_MS, ignition=None),)))
    assert (await client.get("/api/devices")).json()["counts"]["silent"] == 1


async def test_unknown_devices_are_told_until_the_registry_has_them(client, store, at_ms):
    found = (await client.get("/api/devices/unknown", params={"limit": 1})).json()
    assert (found["devices"], found["messages"]) == (2, 3)
    (newest,) = found["items"]
    assert (newest["device_id"], newest["count"]) == ("X1", 2)
    assert newest["first_at"] < newest["last_at"]
    known = district.registry(4)
    known["vehicles"][0]["device_id"] = "X1"
    await store.save_registry(json.dumps(known).encode(), author="test", effective_from_ms=district.START_MS)
    found = (await client.get("/api/devices/unknown")).json()
    assert [one["device_id"] for one in found["items"]] == ["X2"]


async def test_bad_fields_come_most_frequent_first_with_their_total(client, store, at_ms):
    await store.commit(Batch(positions=(district.fix(1, at_ms - 4 * MIN_MS, bad_fields=("load",)),)))
    days = {"first": today(at_ms - 10 * MIN_MS), "last": today(at_ms)}
    found = (await client.get("/api/devices/bad-fields", params=days | {"limit": 1})).json()
    assert found["total"] == 4
    assert found["items"][0]["field"] == "load"
    assert found["items"][0]["device_id"] == "T0001"


async def test_the_account_of_a_day_ties_over_all_devices(client, at_ms):
    days = {"first": "2026-11-01", "last": today(at_ms + 24 * 60 * MIN_MS)}
    items = (await client.get("/api/loss/days", params=days)).json()["items"]
    for one in items:
        assert one["received"] == one["stored"] + one["duplicate"] + one["rejected"]
    by_device = (await client.get("/api/loss", params=days)).json()["items"]
    for name in ("received", "stored", "rejected", "late"):
        assert sum(one[name] for one in items) == sum(one[name] for one in by_device)
    assert sum(one["rejected"] for one in items) >= 3


async def test_the_noisiest_are_those_of_the_last_hours_with_the_total_of_all(client, store):
    now = now_ms()
    old = district.finding(9, now - 30 * 60 * MIN_MS, vehicle=1)
    loud = [district.finding(3 * n, now - 1000 * (n + 1), vehicle=2) for n in range(3)]
    await store.commit(district.raised(old, district.finding(1, now - 1000, vehicle=1), *loud))
    found = (await client.get("/api/devices/noisiest", params={"limit": 1})).json()
    assert (found["subjects"], found["total"]) == (2, 4)
    assert found["items"] == [
        {"kind": "vehicle", "subject_id": "V2", "alerts": 3, "withdrawn": 0, "rule": "illegal_dumping"}
    ]
    wider = (await client.get("/api/devices/noisiest", params={"hours": 48})).json()
    assert wider["total"] == 5


async def test_of_a_scope_only_its_devices_count(store, at_ms):
    elsewhere = Person(user_id="b", name="B", role=Role.VIEWER, scope=Scope(frozenset({"D9"})))
    days = {"first": "2026-11-01", "last": today(at_ms)}
    async with serve(make_app(store)) as url:
        headers = await sign_in(store, elsewhere)
        async with httpx.AsyncClient(base_url=url, headers=headers, timeout=60) as client:
            devices = (await client.get("/api/devices")).json()
            assert (devices["total"], devices["items"]) == (0, [])
            assert (await client.get("/api/devices/unknown")).json()["devices"] == 0
            assert (await client.get("/api/devices/bad-fields", params=days)).json()["total"] == 0
            assert (await client.get("/api/loss/days", params=days)).json()["items"] == []


async def test_the_rejections_of_a_scope_go_on_past_those_of_others(store):
    await district.save_registry(store, 2)
    now = now_ms()
    mine = [unknown("T0000", now - 9000 + n, n) for n in range(3)]
    others = [unknown("X9", now - 5000 + n, n) for n in range(3)]
    await store.commit(Batch(positions=(district.fix(0, now - MIN_MS),), rejections=tuple(mine + others)))
    person = Person(user_id="a", name="A", role=Role.VIEWER, scope=Scope(frozenset({"D1"})))
    async with serve(make_app(store)) as url:
        headers = await sign_in(store, person)
        async with httpx.AsyncClient(base_url=url, headers=headers, timeout=60) as client:
            first = (await client.get("/api/rejections", params={"limit": 2})).json()
            rest = (await client.get("/api/rejections", params={"limit": 2, "before": first["next"]})).json()
    assert [one["device_id"] for one in first["items"] + rest["items"]] == ["T0000"] * 3
    assert rest["next"] is None


@pytest.mark.parametrize(
    "path",
    [
        "/api/devices?state=sleeping",
        "/api/devices?cursor=yesterday",
        "/api/devices?limit=0",
        "/api/devices/bad-fields",
        "/api/devices/bad-fields?first=2026-11-02&last=2026-11-01",
        "/api/loss/days?first=2020-01-01&last=2026-11-01",
        "/api/devices/noisiest?hours=0",
    ],
)
async def test_what_cannot_be_asked_is_an_error_of_the_one_shape(client, path):
    answer = await client.get(path)
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "invalid_request")


async def test_before_the_first_registry_nothing_is_known(client):
    found = (await client.get("/api/devices")).json()
    assert (found["total"], found["items"], found["next"]) == (0, [], None)
