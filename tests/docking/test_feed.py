"""The feed that higher platforms pull: nothing missed, nothing doubled, nothing of another district."""

import asyncio

import httpx
import pytest
import pytest_asyncio

from alerts.case_flow import Act
from domain.identifiers import DistrictId
from domain.instant import DAY_MS
from domain.person import Role
from runtime.clock import now_ms
from storage.cases import Cases, NewAct
from storage.maintenance import Retention, maintain
from storage.people import People
from tests.api import district
from tests.api.serving import SECRET, SIGNED_IN, SOMEBODY, make_app, serve, sign_in
from tests.docking.delivering import raise_states, states


@pytest_asyncio.fixture
async def client(store):
    async with (
        serve(make_app(store)) as url,
        httpx.AsyncClient(base_url=url, headers=SIGNED_IN, timeout=60) as client,
    ):
        yield client


async def now(client) -> str:
    """A cursor after everything there is."""
    return (await client.get("/api/feed")).raise_for_status().json()["next"]


async def read_all(client, cursor: str, *, limit: int = 100) -> tuple[list[dict], str]:
    events = []
    while True:
        page = (
            (await client.get("/api/feed", params={"after": cursor, "limit": limit}))
            .raise_for_status()
            .json()
        )
        events += page["items"]
        cursor = page["next"]
        if not page["more"]:
            return events, cursor


async def test_changes_and_acts_come_in_the_order_in_which_they_were_stored(client, store):
    cursor = await now(client)
    await raise_states(store, 2, 1)
    first, second = sorted(await store.alerts(), key=lambda one: one.subject)
    act = NewAct(act=Act.ACKNOWLEDGE)
    await Cases(store).act_on_alert(SOMEBODY, first.id, act, at_ms=now_ms())
    await raise_states(store, 2, 2)
    await Cases(store).act_on_alert(SOMEBODY, second.id, act, at_ms=now_ms())
    for limit in (1, 2, 100):
        events, _ = await read_all(client, cursor, limit=limit)
        told = [one["data"].get("change", one["data"].get("act")) for one in events]
        assert told == [1, 2, "acknowledge", 3, 4, "acknowledge"]
        assert len({one["id"] for one in events}) == 6
    assert events[0]["data"]["id"] == str(first.id)
    assert events[2]["data"]["case"]["alert_ids"] == [str(first.id)]


async def test_nothing_is_missed_or_doubled_while_many_write_at_once(client, store):
    cursor, is_done = await now(client), asyncio.Event()
    await raise_states(store, 4, 1)
    alerts = [one.id for one in await store.alerts()]

    async def write_changes(vehicle: int) -> None:
        for second in range(25):
            found = district.finding(
                2, district.START_MS + second, vehicle=vehicle, subject=f"v{vehicle}|{second}"
            )
            await store.commit(district.raised(found))

    async def write_acts(number: int) -> None:
        for _ in range(25):
            comment = NewAct(act=Act.COMMENT, reason="seen")
            await Cases(store).act_on_alert(SOMEBODY, alerts[number], comment, at_ms=now_ms())

    async def read() -> list[dict]:
        events, at = [], cursor
        while True:
            was_done = is_done.is_set()
            more, at = await read_all(client, at, limit=7)
            events += more
            if was_done:
                return events

    reading = asyncio.create_task(read())
    await asyncio.gather(*(write_changes(n) for n in range(4)), *(write_acts(n) for n in range(4)))
    is_done.set()
    events = await reading
    changes = [one["data"]["change"] for one in events if one["type"] == "alert.changed"]
    acts = [one["data"]["act_number"] for one in events if one["type"] == "case.acted"]
    assert changes == list(range(1, 105))
    assert acts == list(range(1, 101))
    seen: set[str] = set()
    for one in events:
        if one["type"] == "alert.changed":
            seen.add(one["data"]["id"])
        else:
            assert seen.issuperset(one["data"]["case"]["alert_ids"])


async def test_who_waits_is_answered_as_soon_as_something_is_stored(client, store):
    cursor = await now(client)
    waiting = asyncio.create_task(client.get("/api/feed", params={"after": cursor, "wait_s": 30}))
    await asyncio.sleep(0)
    await raise_states(store, 1, 1)
    page = (await waiting).json()
    assert [one["data"]["change"] for one in page["items"]] == [1]
    waiting = asyncio.create_task(client.get("/api/feed", params={"after": page["next"], "wait_s": 30}))
    (alert,) = await store.alerts()
    await Cases(store).act_on_alert(SOMEBODY, alert.id, NewAct(act=Act.ACKNOWLEDGE), at_ms=now_ms())
    assert [one["type"] for one in (await waiting).json()["items"]] == ["case.acted"]


async def test_who_waits_for_nothing_is_answered_in_the_end(client):
    cursor = await now(client)
    page = (await client.get("/api/feed", params={"after": cursor, "wait_s": 1})).json()
    assert page == {"items": [], "next": cursor, "more": False}


async def test_a_token_of_a_district_is_told_of_that_district_alone(client, store):
    cursor = await now(client)
    people = People(store)
    _, secret = await people.add_token(
        name="D1", user_id="test", role=Role.VIEWER, district_ids=["D1"], expires_ms=now_ms() + 60_000
    )
    found = [
        district.finding(
            2, district.START_MS, vehicle=n, district_id=None if n == 2 else DistrictId(f"D{n + 1}")
        )
        for n in range(3)
    ]
    await store.commit(district.raised(*found))
    for one in found:
        await Cases(store).act_on_alert(SOMEBODY, one.id, NewAct(act=Act.ACKNOWLEDGE), at_ms=now_ms())
    bearer = {"authorization": f"Bearer {secret}"}
    async with httpx.AsyncClient(base_url=client.base_url, headers=bearer, timeout=60) as theirs:
        events, _ = await read_all(theirs, cursor, limit=1)
        snapshot = (await theirs.get("/api/feed/snapshot")).json()
    assert [(one["type"], one["data"].get("district_id")) for one in events] == [
        ("alert.changed", "D1"), ("case.acted", None),
    ]  # fmt: skip
    assert events[1]["data"]["case"]["district_id"] == "D1"
    assert [one["district_id"] for one in snapshot["alerts"]] == ["D1"]
    assert len((await read_all(client, cursor))[0]) == 6


async def test_a_snapshot_and_the_feed_after_it_give_everything(client, store):
    await raise_states(store, 5, 2)
    alerts = await store.alerts()
    for alert in alerts[:3]:
        await Cases(store).act_on_alert(SOMEBODY, alert.id, NewAct(act=Act.ACKNOWLEDGE), at_ms=now_ms())
    page, ids, cases, cursors = None, [], [], set()
    while True:
        asked = {"limit": 2} | ({} if page is None else {"page": page})
        got = (await client.get("/api/feed/snapshot", params=asked)).raise_for_status().json()
        ids += [one["id"] for one in got["alerts"]]
        cases += [one["id"] for one in got["cases"]]
        cursors.add(got["cursor"])
        page = got["next"]
        if page is None:
            break
        if len(ids) == 2:
            await store.commit(district.raised(*(states(vehicle, 3)[2] for vehicle in range(5))))
    assert sorted(ids) == sorted(str(one.id) for one in alerts)
    assert len(cases) == len(set(cases)) == 3
    (cursor,) = cursors
    events, _ = await read_all(client, cursor)
    assert [one["data"]["change"] for one in events] == [11, 12, 13, 14, 15]


async def test_a_cursor_whose_next_change_was_deleted_is_told_to_begin_with_a_snapshot(
    client, store, database
):
    cursor = await now(client)
    await raise_states(store, 1, 2)
    days = Retention(changes_days=1)
    await asyncio.to_thread(maintain, database, now_ms=now_ms() + 2 * DAY_MS, retention=days)
    await sign_in(store, secret=SECRET)  # two days later the session is over
    answer = await client.get("/api/feed", params={"after": cursor})
    assert answer.status_code == 410
    assert answer.json()["error"]["code"] == "cursor_gone"
    assert "/api/feed/snapshot" in answer.json()["error"]["message"]
    begun = (await client.get("/api/feed/snapshot")).json()
    assert len(begun["alerts"]) == 1
    assert (await client.get("/api/feed", params={"after": begun["cursor"]})).json()["items"] == []


@pytest.mark.parametrize("cursor", ["x", "AAAA", "MTI", "LTE6MA", "OTk5OTk5OTk5OTk5OTk5OTk5OTk6MA"])
async def test_a_cursor_of_somebody_else_is_refused(client, cursor):
    assert (await client.get("/api/feed", params={"after": cursor})).status_code == 422
    assert (await client.get("/api/feed/snapshot", params={"page": cursor})).status_code == 422


async def test_a_cursor_of_another_database_is_gone(client):
    answer = await client.get("/api/feed", params={"after": "MTI6MA"})
    assert answer.status_code == 410


async def test_the_sender_of_a_warning_hears_what_became_of_it(client, store):
    _, secret = await People(store).add_token(
        name="市平台", user_id="test", role=Role.DISPATCHER, district_ids=None, expires_ms=now_ms() + 60_000
    )
    bearer = {"authorization": f"Bearer {secret}"}
    async with httpx.AsyncClient(base_url=client.base_url, headers=bearer, timeout=60) as theirs:
        cursor = await now(theirs)
        warning = {"title": "PM10 高", "sender": "市生态环境平台", "reference": "W-17", "district_id": "D1"}
        first = await theirs.post("/api/cases", json=warning)
        again = await theirs.post("/api/cases", json=warning)
        assert (first.status_code, again.status_code) == (201, 200)
        assert first.json()["id"] == again.json()["id"]
        act = {"act": "acknowledge", "version": first.json()["version"], "reason": "马上去"}
        (await client.post(f"/api/cases/{first.json()['id']}/acts", json=act)).raise_for_status()
        events, _ = await read_all(theirs, cursor)
    assert [one["data"]["act"] for one in events] == ["open", "acknowledge"]
    assert {(one["data"]["case"]["sender"], one["data"]["case"]["reference"]) for one in events} == {
        ("市生态环境平台", "W-17")
    }
    assert events[1]["data"]["to_state"] == "acknowledged"
