"""Targets over the API: for administrators alone, their secrets told once, everything that is done written down."""

import httpx
import msgspec
import pytest
import pytest_asyncio

from domain.identifiers import DistrictId
from domain.person import Person, Role, Scope
from storage.people import People
from tests.api.serving import SIGNED_IN, make_app, serve, sign_in
from tests.docking.delivering import delivering, raise_states, until, until_target
from tests.docking.receiver import accepting, answer, receiving

CITY = {"name": "市平台", "url": "http://127.0.0.1:9/hook"}


@pytest_asyncio.fixture
async def client(store):
    async with (
        serve(make_app(store)) as url,
        httpx.AsyncClient(base_url=url, headers=SIGNED_IN, timeout=60) as client,
    ):
        yield client


async def test_a_secret_is_told_when_it_is_made_and_never_again(client):
    made = (await client.post("/api/webhooks", json=CITY)).raise_for_status().json()
    secret, target_id = made["secret"], made["target"]["id"]
    assert secret.startswith("whsec_")
    listed = await client.get("/api/webhooks")
    assert secret not in listed.text
    assert listed.json()["is_delivering"] is False
    rotated = (await client.post(f"/api/webhooks/{target_id}/secret")).raise_for_status().json()
    assert rotated["secret"] != secret
    assert rotated["target"]["former_secret_until"] is not None
    audit = (await client.get("/api/audit")).json()["items"]
    assert [one["act"] for one in audit] == ["rotate_webhook_secret", "add_webhook"]
    assert secret not in msgspec.json.encode(audit).decode()


@pytest.mark.parametrize(
    ("url", "why"),
    [
        pytest.param("ftp://city.example/", "scheme", id="no http"),
        pytest.param("javascript:alert(1)", "scheme", id="no http at all"),
        pytest.param("http://169.254.169.254/latest", "address", id="metadata"),
        pytest.param("http://[fe80::1]/", "address", id="link-local of IPv6"),
        pytest.param("http://[::ffff:169.254.169.254]/", "address", id="metadata, as IPv6 writes it"),
        pytest.param("http://100.100.100.200/", "address", id="metadata of Alibaba Cloud"),
        pytest.param("http://0.0.0.0/", "address", id="no address"),
        pytest.param("https://me:word@city.example/", "credentials", id="a password"),
        pytest.param("https://city.example/#a", "fragment", id="a fragment"),
        pytest.param("https://", "host", id="no host"),
        pytest.param("http://a b/", "unreadable", id="a blank"),
        pytest.param("http://[1/", "unreadable", id="half an address"),
        pytest.param("http://city:99999/", "unreadable", id="no port"),
    ],
)
async def test_an_address_that_nothing_can_be_sent_to_is_refused_with_its_reason(client, url, why):
    answered = await client.post("/api/webhooks", json=CITY | {"url": url})
    assert answered.status_code == 422
    assert answered.json()["error"]["details"][0]["message"] == why


@pytest.mark.parametrize(
    "url",
    ["http://10.1.2.3:8080/x", "https://192.168.0.9/", "http://localhost/", "https://平台.example/a?b=c"],
)
async def test_addresses_of_an_intranet_are_fit(client, url):
    assert (await client.post("/api/webhooks", json=CITY | {"url": url})).status_code == 201


async def test_a_ping_needs_a_process_that_delivers_and_shows_the_answer(client, store):
    async with receiving() as receiver:
        made = await client.post("/api/webhooks", json=CITY | {"url": receiver.url})
        at = f"/api/webhooks/{made.json()['target']['id']}/ping"
        silent = await client.post(at)
        assert (silent.status_code, silent.json()["error"]["code"]) == (409, "not_delivering")
        async with delivering(store):
            told = await until(lambda: client.post(at), lambda answered: answered.status_code != 409)
            assert (told.json()["ok"], told.json()["status"]) == (True, 204)
            await receiver.stop()
            told = (await client.post(at)).json()
            await receiver.start()
    assert (told["ok"], told["status"], told["error"]) == (False, None, "unreachable")


async def test_dead_letters_are_listed_with_event_and_answer_and_sent_again_or_dropped_with_a_reason(
    client, store
):
    async with receiving() as receiver, delivering(store):
        receiver.says = lambda got: (
            answer(400, "no such truck") if got.event["data"]["change"] < 3 else answer(204)
        )
        made = await client.post("/api/webhooks", json=CITY | {"url": receiver.url})
        target_id = made.json()["target"]["id"]
        at = f"/api/webhooks/{target_id}/letters"
        await raise_states(store, 3, 2)
        await until_target(store, target_id, lambda one: one.behind == 0)
        listed = (await client.get(at)).json()["items"]
        assert [(one["state"], one["status"], one["answer"]) for one in listed] == [
            ("refused", 400, "no such truck"), ("refused", 400, "no such truck"), ("behind", None, None),
            ("behind", None, None),
        ]  # fmt: skip
        assert listed[0]["event"]["data"]["change"] == 1
        first_page = (await client.get(at, params={"limit": 3})).json()
        assert (first_page["total"], first_page["before"]) == (4, 0)
        last_page = (await client.get(at, params={"after": first_page["next"]})).json()
        assert [one["id"] for one in last_page["items"]] == [listed[3]["id"]]
        assert (last_page["total"], last_page["before"], last_page["next"]) == (4, 3, None)
        assert (await client.get("/api/health")).json()["dead_letters"] == 4
        dropped = await client.post(
            f"{at}/drop", json={"letter_ids": [listed[0]["id"]], "reason": "scrapped"}
        )
        assert dropped.json() == {"count": 1}
        receiver.says = accepting
        assert (await client.post(f"{at}/resend", json={})).json()["count"] >= 1
        await until_target(store, target_id, lambda one: one.letters == 0)
        assert (await client.post(f"{at}/drop", json={"reason": ""})).status_code == 422
    assert [one.event["data"]["change"] for one in receiver.accepted][:2] == [3, 6]
    assert sorted(one.event["data"]["change"] for one in receiver.accepted) == [2, 3, 4, 5, 6]
    audit = (await client.get("/api/audit")).json()["items"]
    assert [one["act"] for one in audit] == ["resend_letters", "drop_letters", "add_webhook"]
    assert "scrapped" in audit[1]["detail"]


async def test_a_target_is_paused_and_removed(client):
    made = (await client.post("/api/webhooks", json=CITY | {"severities": ["critical"]})).json()["target"]
    at = f"/api/webhooks/{made['id']}"
    paused = await client.put(at, json=CITY | {"state": "paused", "district_ids": ["D1"]})
    assert (paused.json()["state"], paused.json()["district_ids"], paused.json()["severities"]) == (
        "paused",
        ["D1"],
        None,
    )
    assert (await client.delete(at)).status_code == 204
    for method, path in (("PUT", at), ("DELETE", at), ("POST", f"{at}/secret"), ("POST", f"{at}/ping")):
        answered = await client.request(method, path, json=CITY if method == "PUT" else None)
        assert answered.status_code == 404
    assert (await client.get("/api/webhooks")).json()["items"] == []


@pytest.mark.parametrize(
    ("role", "scope"),
    [
        pytest.param(Role.ANALYST, Scope(), id="no administrator"),
        pytest.param(Role.ADMINISTRATOR, Scope(frozenset({DistrictId("D1")})), id="of one district"),
    ],
)
async def test_who_does_not_run_the_whole_service_sees_no_targets(client, store, role, scope):
    headers = await sign_in(store, Person(user_id="li", name="Li", role=role, scope=scope))
    for method, path in (("GET", ""), ("POST", ""), ("PUT", "/1"), ("DELETE", "/1"), ("POST", "/1/ping")):
        answered = await client.request(method, f"/api/webhooks{path}", headers=headers, json=CITY)
        assert answered.status_code == 403
    assert await People(store).audit() == []
