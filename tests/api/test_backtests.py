"""Backtests over the API: asked for, followed, cancelled, read; by whom; and what cannot be asked."""

import asyncio
import json

import httpx
import pytest

from alerts.ruleset import Ruleset
from domain.instant import to_rfc3339
from domain.person import Person, Role, Scope
from domain.registry import Registry, check
from ingest.backtest_jobs import BacktestJobs
from ingest.known import known_devices
from ingest.wire import DEFAULT_PREFIX, decode
from runtime.clock import now_ms
from storage.batch import Batch
from storage.people import People
from tests.api import district
from tests.api.serving import sign_in
from tests.end_to_end.fleet import messages, registry_document

TRUCKS, FIXES = 3, 200
HOUR_MS = 3_600_000


async def a_fleet_has_driven(store) -> None:
    """Version 1 judges it by a speed limit of 60 km/h; version 2 allows 100."""
    first = registry_document(TRUCKS)
    registry = check(first)
    assert isinstance(registry, Registry)
    known = known_devices(Ruleset.build(registry, version=1), DEFAULT_PREFIX)
    positions = [
        position
        for one in messages(TRUCKS, FIXES)
        for position in decode(one.topic, one.payload, one.received_ms, known).positions
    ]
    await store.commit(Batch(positions=tuple(positions)))
    for document in (first, first.replace(b'"speed_limit_kmh": 60', b'"speed_limit_kmh": 100')):
        await store.save_registry(document, author="test", effective_from_ms=0)


def last_hours(hours: float = 2, **more: object) -> dict:
    to_ms = now_ms()
    return {"from": to_rfc3339(to_ms - int(hours * HOUR_MS)), "to": to_rfc3339(to_ms)} | more


async def run(store, client: httpx.AsyncClient, backtest_id: int) -> dict:
    """The backtest once it has ended, run by a runner for the while."""
    stop = asyncio.Event()
    work = asyncio.create_task(BacktestJobs(store, store._dsn, processes=1).run(stop))
    try:
        async with asyncio.timeout(60):
            while True:
                told = (await client.get(f"/api/backtests/{backtest_id}")).json()
                if told["state"] not in ("queued", "running"):
                    return told
                await asyncio.sleep(0.05)
    finally:
        stop.set()
        await work


async def test_a_version_is_tried_and_its_difference_read_page_by_page(client, store):
    await a_fleet_has_driven(store)
    asked = await client.post("/api/backtests", json=last_hours(version=2, against=1))
    assert asked.status_code == 201, asked.text
    given = asked.json()
    assert (given["state"], given["ahead"], given["version"], given["against"]) == ("queued", 0, 2, 1)
    told = await run(store, client, given["id"])
    assert (told["state"], told["done_share"]) == ("done", 1.0)
    result = told["result"]
    assert result["coverage"]["vehicles_heard"] == TRUCKS
    assert TRUCKS * FIXES * 0.9 < result["reports"] <= TRUCKS * FIXES
    (speeding,) = [row for row in result["comparison"]["by_rule"] if row["name"] == "speeding"]
    assert speeding["before"] == speeding["vanish"] == result["changes"] > 1
    assert speeding["after"] == 0
    numbers, cursor = [], 0
    while cursor is not None:
        page = (
            await client.get(
                f"/api/backtests/{given['id']}/difference", params={"cursor": cursor, "limit": 1}
            )
        ).json()
        numbers += [one["number"] for one in page["items"]]
        cursor = page["next"]
    assert numbers == list(range(1, result["changes"] + 1))
    assert {one["change"] for one in page["items"]} == {"vanishes"}
    assert page["items"][0]["after"] is None
    assert page["items"][0]["before"]["rule"] == "speeding"
    none = await client.get(f"/api/backtests/{given['id']}/difference", params={"rule": "overload"})
    assert none.json() == {"items": [], "next": None}
    listed = (await client.get("/api/backtests")).json()
    assert [one["id"] for one in listed["items"]] == [given["id"]]


async def test_a_draft_is_tried_against_the_version_in_force(client, store):
    await a_fleet_has_driven(store)
    draft = (await client.post("/api/drafts", json={})).json()
    rule = {"id": "speeding", "kind": "speeding", "enabled": False}
    changed = await client.put(f"/api/drafts/{draft['id']}/edits/rules/speeding", json={"entry": rule})
    assert changed.status_code == 200, changed.text
    given = (await client.post("/api/backtests", json=last_hours(draft_id=draft["id"]))).json()
    assert (given["draft_id"], given["version"], given["against"]) == (draft["id"], None, 2)
    told = await run(store, client, given["id"])
    assert told["state"] == "done", told
    assert "speeding" not in [row["name"] for row in told["result"]["comparison"]["by_rule"] if row["after"]]


async def test_a_draft_with_problems_is_refused_with_them(client, store):
    await a_fleet_has_driven(store)
    draft = (await client.post("/api/drafts", json={})).json()
    rule = {"id": "speeding", "kind": "speeding", "params": {"hold_s": -1}}
    await client.put(f"/api/drafts/{draft['id']}/edits/rules/speeding", json={"entry": rule})
    refused = await client.post("/api/backtests", json=last_hours(draft_id=draft["id"]))
    assert (refused.status_code, refused.json()["error"]["code"]) == (422, "problems")
    (problem,) = refused.json()["error"]["details"]
    assert (problem["kind"], problem["id"]) == ("rules", "speeding")
    assert problem["path"].endswith(".params.hold_s")


async def test_one_is_cancelled_once_and_that_is_in_the_log(client, store):
    await district.save_registry(store)
    given = (await client.post("/api/backtests", json=last_hours(version=1))).json()
    assert (await client.delete(f"/api/backtests/{given['id']}")).status_code == 204
    told = (await client.get(f"/api/backtests/{given['id']}")).json()
    assert (told["state"], told["result"]) == ("cancelled", None)
    again = await client.delete(f"/api/backtests/{given['id']}")
    assert (again.status_code, again.json()["error"]["code"]) == (409, "ended")
    acts = [(row.act, row.subject) for row in await People(store).audit()]
    assert acts == [
        ("cancel_backtest", f"backtest:{given['id']}"),
        ("ask_backtest", f"backtest:{given['id']}"),
    ]


@pytest.mark.parametrize(
    ("given", "status", "code"),
    [
        pytest.param(last_hours(), 422, "invalid_request", id="nothing to try"),
        pytest.param(last_hours(version=1, draft_id=1), 422, "invalid_request", id="two things to try"),
        pytest.param(last_hours(version=9), 404, "not_found", id="no such version"),
        pytest.param(last_hours(draft_id=9), 404, "not_found", id="no such draft"),
        pytest.param(last_hours(version=1, against=9), 404, "not_found", id="nothing to compare with"),
        pytest.param(last_hours(40 * 24, version=1), 422, "span", id="too long"),
        pytest.param(
            {"version": 1, "from": "2999-01-01T00:00:00Z", "to": "2999-01-02T00:00:00Z"}, 422, "span",
            id="to come",
        ),
        pytest.param({"version": 1, "from": "soon", "to": "later"}, 422, "invalid_request", id="no instant"),
        pytest.param(last_hours(version=1, mood="good"), 422, "invalid_request", id="more than is known"),
    ],
)  # fmt: skip
async def test_what_cannot_be_asked_is_an_error_of_the_one_shape(client, store, given, status, code):
    await district.save_registry(store)
    response = await client.post("/api/backtests", json=given)
    assert (response.status_code, response.json()["error"]["code"]) == (status, code)


@pytest.mark.parametrize(
    ("role", "scope", "status"),
    [
        (Role.VIEWER, None, 403),
        (Role.DISPATCHER, None, 403),
        (Role.ANALYST, None, 201),
        (Role.ANALYST, frozenset({"D1"}), 403),
        (Role.ADMINISTRATOR, frozenset({"D1"}), 403),
    ],
)
async def test_it_is_for_those_who_change_rules_and_see_every_district(url, store, role, scope, status):
    await district.save_registry(store)
    headers = await sign_in(store, Person(user_id="li", name="Li", role=role, scope=Scope(scope)))
    async with httpx.AsyncClient(base_url=url, headers=headers, timeout=60) as client:
        assert (await client.post("/api/backtests", json=last_hours(version=1))).status_code == status
        read = 200 if status == 201 else 403
        assert (await client.get("/api/backtests")).status_code == read
        assert (await client.get("/api/backtests/1")).status_code == read
        assert (await client.get("/api/backtests/1/difference")).status_code == read
        assert (await client.delete("/api/backtests/1")).status_code == (204 if read == 200 else 403)


async def test_so_many_wait_and_the_next_is_told(client, store):
    await district.save_registry(store)
    answers = [await client.post("/api/backtests", json=last_hours(version=1)) for _ in range(21)]
    assert [one.status_code for one in answers] == [201] * 20 + [409]
    assert json.loads(answers[-1].text)["error"]["code"] == "too_many_wait"
