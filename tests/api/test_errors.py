"""Every failure has the one shape, whatever route and whatever cause."""

import json
import re

import asyncpg
import httpx

from api.app import openapi_document
from storage.store import Store
from tests.api.serving import SIGNED_IN, make_app, serve

PATHS = openapi_document()["paths"]
GET_PATHS = sorted(path for path, verbs in PATHS.items() if "get" in verbs)
METHODS = {path: {verb.upper() for verb in verbs} for path, verbs in PATHS.items()}
SPAN = {
    "vehicle": "V1",
    "first": "2026-11-16",
    "last": "2026-11-17",
    "from": "2026-11-16T00:00:00Z",
    "to": "2026-11-17T00:00:00Z",
}
UUIDS = {"{alert_id}", "{attachment_id}"}
UNKNOWN_ID = "00000000-0000-0000-0000-000000000000"


def at(path: str) -> str:
    """A documented path with its parameters filled in, so that it is served."""
    filled = re.sub("{[a-z_]+}", lambda name: UNKNOWN_ID if name[0] in UUIDS else "1", path)
    needed = [
        f"{one['name']}={SPAN[one['name']]}"
        for one in PATHS[path].get("get", {}).get("parameters", [])
        if one["in"] == "query" and one.get("required")
    ]
    return f"{filled}?{'&'.join(needed)}" if needed else filled


def assert_error(response: httpx.Response, status: int, code: str) -> None:
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/json"
    body = response.json()
    assert set(body) == {"error"}
    assert set(body["error"]) <= {"code", "message", "details"}
    assert body["error"]["code"] == code
    assert body["error"]["message"]


async def test_what_is_not_there_is_404_in_the_one_shape(client):
    assert_error(await client.get("/api/nothing"), 404, "not_found")
    assert_error(await client.get("/nothing"), 404, "not_found")
    assert_error(await client.get("/api/registry"), 404, "no_registry")
    assert_error(await client.get("/api/registry/document"), 404, "no_registry")


async def test_an_unknown_alert_is_404_in_the_one_shape(client):
    assert_error(await client.get(f"/api/alerts/{UNKNOWN_ID}"), 404, "not_found")


async def test_a_method_that_is_not_possible_is_405_in_the_one_shape(client):
    for path in GET_PATHS:
        for method in {"POST", "PUT", "DELETE"} - METHODS[path]:
            response = await client.request(method, at(path))
            assert_error(response, 405, "method_not_allowed")
            assert response.headers["allow"]


UNUSABLE = (
    "/api/alerts?severity=terrible",
    "/api/alerts?rule=none",
    "/api/alerts?limit=0",
    "/api/alerts?limit=501",
    "/api/alerts?open=perhaps",
    "/api/alerts?cursor=%00",
    "/api/alerts?device=%00",
    "/api/alerts?device=%ff",
    "/api/alerts?device=",
    "/api/alerts/%00",
    "/api/alerts?cursor=bm90aGluZw",
    "/api/alerts?cursor=OTk5OTk5OTk5OTk5OTk5OTk5OTk5OjAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAw",
    "/api/alerts/not-an-id",
    "/api/loss",
    "/api/loss?first=2026-11-16&last=2026-11-15",
    "/api/loss?first=2026-11-16&last=2027-11-17",
    "/api/loss?first=16.11.2026&last=2026-11-17",
    "/api/rejections?before=-1",
    "/api/rejections?before=99999999999999999999",
    "/api/rejections?limit=many",
)


async def test_an_unusable_parameter_is_422_in_the_one_shape(client):
    for path in UNUSABLE:
        assert_error(await client.get(path), 422, "invalid_request")


async def test_an_unusable_parameter_is_named(client):
    body = (await client.get("/api/alerts?limit=0")).json()
    assert body["error"]["details"][0]["where"] == "query.limit"


async def test_a_text_that_cannot_be_kept_is_422_in_the_one_shape(client):
    for name in ("\x00", "\ud800"):
        body = json.dumps({"handed_to": name}).encode()
        response = await client.post(
            "/api/handovers", content=body, headers={"content-type": "application/json"}
        )
        assert_error(response, 422, "invalid_request")


async def test_a_parameter_that_a_route_does_not_know_is_refused_by_name(client):
    for path in GET_PATHS:
        if path != "/metrics":
            response = await client.get(at(path), params={"unheard_of": "1"})
            assert_error(response, 422, "invalid_request")
            named = [one["where"] for one in response.json()["error"]["details"]]
            assert "query.unheard_of" in named
    refused = (await client.get("/api/alerts?vehicle=V1")).json()["error"]["details"][0]["message"]
    assert "device" in refused


async def test_a_database_that_is_away_is_503_in_the_one_shape(client, store):
    await store.close()
    for path in GET_PATHS:
        if path != "/metrics" and "/field/" not in path:  # without its link nothing is looked up
            response = await client.get(at(path))
            assert_error(response, 503, "database_unavailable")
            assert response.headers["retry-after"] == "2"


async def test_a_fault_of_ours_is_500_in_the_one_shape_and_tells_nothing_of_the_inside(database, store, url):
    connection = await asyncpg.connect(database)
    await connection.execute("drop table rejections cascade")
    await connection.close()
    async with httpx.AsyncClient(base_url=url, headers=SIGNED_IN, timeout=60) as client:
        response = await client.get("/api/rejections")
    assert_error(response, 500, "internal_error")
    assert "rejections" not in response.text


async def test_a_registry_that_cannot_be_read_is_500_in_the_one_shape(client, store):
    await store.save_registry(b'{"version": 1, "zones": 7}', author="test", effective_from_ms=0)
    assert_error(await client.get("/api/registry"), 500, "internal_error")


async def test_without_counters_there_are_no_metrics(store: Store):
    async with (
        serve(make_app(store)) as url,
        httpx.AsyncClient(base_url=url, headers=SIGNED_IN, timeout=60) as client,
    ):
        assert_error(await client.get("/metrics"), 404, "not_found")
