"""The versions of the registry over HTTP: pages, one with its document, the difference of two."""

import json

import pytest

from runtime.clock import now_ms
from tests.api import district
from tests.api.stream import listening

HOUR_MS = 3_600_000


async def planned(store, vehicles: int) -> int:
    document = json.dumps(district.registry(vehicles)).encode()
    return await store.save_registry(document, author="li", effective_from_ms=now_ms() + HOUR_MS)


async def test_versions_come_in_pages_with_what_they_are_now(client, store):
    for vehicles in (1, 2, 3):
        await district.save_registry(store, vehicles)
    await planned(store, 4)
    await store.cancel_registry(4, author="wang")
    await planned(store, 5)
    items, before = [], None
    for _ in range(9):
        page = (
            await client.get("/api/rulesets", params={"limit": 2} | ({"before": before} if before else {}))
        ).json()
        items += page["items"]
        before = page["next"]
        if before is None:
            break
    assert [(item["version"], item["state"], item["counts"]["vehicles"]) for item in items] == [
        (5, "planned", 5),
        (4, "cancelled", 4),
        (3, "in_force", 3),
        (2, "past", 2),
        (1, "past", 1),
    ]
    assert items[1]["cancelled_by"] == "wang"
    assert items[2]["effective_from"] == "2026-11-18T11:06:40.000Z"


async def test_before_the_first_version_the_list_is_empty(client):
    assert (await client.get("/api/rulesets")).json() == {"items": [], "next": None}


async def test_a_version_comes_with_its_document(client, store):
    given = await district.save_registry(store)
    found = (await client.get("/api/rulesets/1")).json()
    assert found["document"] == json.loads(given)
    assert (found["ruleset"]["version"], found["ruleset"]["state"]) == (1, "in_force")


async def test_the_difference_is_told_against_the_version_before_or_any_other(client, store):
    for vehicles in (2, 3):
        await district.save_registry(store, vehicles)
    zones = district.registry()["zones"]
    zones[3]["speed_limit_kmh"] = 30
    await district.save_registry(store, 3, zones=zones)
    told = (await client.get("/api/rulesets/3/difference")).json()
    assert (told["from"], told["to"], told["fields"]) == (2, 3, [])
    (section,) = told["sections"]
    (entry,) = section["entries"]
    assert (section["section"], entry["id"], entry["act"]) == ("zones", "Z-slow", "changed")
    assert entry["fields"] == [{"path": "speed_limit_kmh", "old": 40.0, "new": 30.0}]
    far = (await client.get("/api/rulesets/1/difference", params={"against": 3})).json()
    assert {(one["section"], entry["act"]) for one in far["sections"] for entry in one["entries"]} == {
        ("vehicles", "removed"),
        ("zones", "changed"),
    }


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/api/rulesets/7", 404, "not_found"),
        ("/api/rulesets/1/difference", 404, "not_found"),
        ("/api/rulesets/1/difference?against=7", 404, "not_found"),
        ("/api/rulesets/2/difference", 409, "not_comparable"),
        ("/api/rulesets/0", 422, "invalid_request"),
        ("/api/rulesets/99999999999", 422, "invalid_request"),
        ("/api/rulesets?before=0", 422, "invalid_request"),
    ],
)
async def test_what_cannot_be_had_is_an_error_of_the_one_shape(client, store, path, status, code):
    await district.save_registry(store)
    await store.save_registry(
        b'{"version": 1, "zones": 7}', author="test", effective_from_ms=district.START_MS
    )
    response = await client.get(path)
    assert (response.status_code, response.json()["error"]["code"]) == (status, code)


async def test_the_page_is_shown_what_is_in_force_not_what_is_planned(client, store):
    await district.save_registry(store, 3)
    await planned(store, 4)
    view = (await client.get("/api/registry")).json()
    assert (view["version"], len(view["vehicles"])) == (1, 3)


async def test_the_stream_tells_which_version_is_in_force_and_the_registry_who_said_what_of_it(
    client, url, store
):
    await district.save_registry(store)
    async with listening(url) as listener:
        await listener.until(lambda one: one["type"] == "heartbeat" and one["registry_version"] == 1)
        changed = json.dumps(district.registry(vehicles=2)).encode()
        await store.save_registry(changed, author="li", note="少一辆车")
        await listener.until(lambda one: one["type"] == "heartbeat" and one["registry_version"] == 2)
    view = (await client.get("/api/registry")).json()
    assert (view["version"], view["author"], view["note"]) == (2, "li", "少一辆车")
