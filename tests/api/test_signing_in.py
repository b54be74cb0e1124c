"""Who is let in, and who is not."""

import httpx
import pytest

from domain.person import Person, Role, Scope
from storage.people import People, hash_password
from tests.api.district import save_registry
from tests.api.serving import SIGNED_IN, make_app, serve, sign_in
from tests.api.stream import listening

PASSWORD = "correct horse battery"
LI = {"user": "li", "password": PASSWORD}


@pytest.fixture
async def people(store):
    people = People(store)
    await people.add_user(
        "li", name="李", role=Role.DISPATCHER, district_ids=None, password_hash=hash_password(PASSWORD)
    )
    return people


@pytest.fixture
async def stranger(url):
    async with httpx.AsyncClient(base_url=url, timeout=60) as client:
        yield client


async def test_without_signing_in_nothing_but_health_and_the_door_opens(stranger):
    document = (await stranger.get("/openapi.json")).json()
    opened = set()
    for path, methods in document["paths"].items():
        for method in methods:
            at = path.replace("{case_id}", "1").replace("{token_id}", "1").replace("{user_id}", "li")
            for name in ("alert_id", "attachment_id", "version"):
                at = at.replace(f"{{{name}}}", "00000000-0000-0000-0000-000000000000")
            answer = await stranger.request(method.upper(), at, json={})
            if answer.status_code != 401:
                opened.add((method, path))
    assert opened == {
        ("get", "/api/health"),
        ("get", "/api/session/door"),
        ("post", "/api/session"),
        ("get", "/metrics"),
    }


async def test_the_stream_refuses_a_stranger(url):
    async with listening(url, headers={"cookie": "haulwatch_session=made-up"}) as listener:
        assert (await listener.next())["error"]["code"] == "not_signed_in"
        assert await listener.until_closed() == 1008


async def test_the_stream_refuses_the_page_of_another_site(url):
    async with listening(url, headers={"origin": "https://evil.example"}) as listener:
        assert (await listener.next())["error"]["code"] == "other_site"


async def test_signing_in_begins_a_session_and_signing_out_ends_it(stranger, people):
    answer = await stranger.post("/api/session", json=LI)
    assert answer.json()["permissions"] == ["see", "handle"]
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    assert (await stranger.get("/api/session")).json()["name"] == "李"
    assert (await stranger.get("/api/alerts")).status_code == 200
    assert (await stranger.delete("/api/session")).status_code == 204
    assert (await stranger.get("/api/session")).status_code == 401
    assert [row.act for row in await people.audit()] == ["sign_out", "sign_in"]


async def test_a_wrong_password_and_an_unknown_user_are_refused_alike(stranger, people):
    wrong = await stranger.post("/api/session", json=LI | {"password": "wrong"})
    unknown = await stranger.post("/api/session", json={"user": "nobody", "password": "wrong"})
    assert (wrong.status_code, wrong.json()) == (401, unknown.json())


async def test_after_five_wrong_passwords_the_right_one_waits_too(stranger, people):
    for _ in range(5):
        await stranger.post("/api/session", json=LI | {"password": "wrong"})
    answer = await stranger.post("/api/session", json=LI)
    assert (answer.status_code, answer.json()["error"]["code"]) == (429, "locked")
    assert 0 < int(answer.headers["retry-after"]) <= 61


async def test_another_sites_page_changes_nothing_with_our_cookie(client, people):
    for headers in ({"origin": "https://evil.example"}, {"sec-fetch-site": "cross-site"}):
        answer = await client.post(
            "/api/users",
            headers=headers,
            json={"id": "eve", "name": "Eve", "role": "administrator", "password": "0123456789"},
        )
        assert (answer.status_code, answer.json()["error"]["code"]) == (403, "other_site")
    assert [user.id for user in await people.users()] == ["li", "test"]


async def test_a_role_does_what_it_may_and_no_more(store):
    async with serve(make_app(store)) as url:
        viewer = await sign_in(store, Person(user_id="wang", name="王", role=Role.VIEWER))
        async with httpx.AsyncClient(base_url=url, headers=viewer, timeout=60) as client:
            assert (await client.get("/api/alerts")).status_code == 200
            for method, path in (
                ("post", "/api/cases"),
                ("post", "/api/cases/1/acts"),
                ("post", "/api/cases/1/attachments?name=x"),
                ("get", "/api/users"),
                ("get", "/api/audit"),
                ("post", "/api/tokens"),
                ("get", "/api/registry/document"),
            ):
                answer = await client.request(
                    method, path, json={"act": "acknowledge"} if "acts" in path else {"title": "x"}
                )
                assert answer.status_code == 403, path


async def test_a_token_opens_until_it_is_revoked(client, url):
    made = (await client.post("/api/tokens", json={"name": "city", "role": "viewer"})).json()
    async with httpx.AsyncClient(
        base_url=url, headers={"authorization": f"Bearer {made['secret']}"}, timeout=60
    ) as program:
        assert (await program.get("/api/alerts")).status_code == 200
        assert (await program.get("/api/users")).status_code == 403
        assert (await client.delete(f"/api/tokens/{made['id']}")).status_code == 204
        assert (await program.get("/api/alerts")).json()["error"]["code"] == "token_unusable"
    assert made["secret"] not in (await client.get("/api/tokens")).text
    assert made["secret"] not in (await client.get("/api/audit")).text


async def test_the_last_administrator_stays(client):
    change = {"name": "Test", "role": "viewer", "district_ids": None, "disabled": False}
    answer = await client.put("/api/users/test", json=change)
    assert answer.json()["error"]["code"] == "last_administrator"
    await client.post(
        "/api/users",
        json={"id": "next", "name": "N", "role": "administrator", "password": "0123456789"},
    )
    assert (await client.put("/api/users/test", json=change)).status_code == 200
    assert (await client.get("/api/users")).status_code == 403


async def test_the_door_says_whether_there_is_anybody_to_let_in(store):
    async with serve(make_app(store)) as url, httpx.AsyncClient(base_url=url, timeout=60) as stranger:
        assert (await stranger.get("/api/session/door")).json() == {"has_users": True, "demo_user": None}
    assert SIGNED_IN["cookie"]


async def test_an_administrator_of_a_district_makes_nobody_who_may_see_more(store):
    async with serve(make_app(store)) as url:
        of_d1 = Person(user_id="chen", name="陈", role=Role.ADMINISTRATOR, scope=Scope(frozenset({"D1"})))
        async with httpx.AsyncClient(base_url=url, headers=await sign_in(store, of_d1), timeout=60) as client:
            new = {"id": "eve", "name": "E", "role": "viewer", "password": "0123456789"}
            change = {"name": "T", "role": "viewer", "district_ids": ["D1"], "disabled": True}
            for method, path, body in (
                ("post", "/api/users", new),
                ("post", "/api/users", new | {"district_ids": ["D1", "D2"]}),
                ("put", "/api/users/chen", change | {"district_ids": None}),
                ("put", "/api/users/test", change),
                ("put", "/api/users/test/password", {"password": "0123456789"}),
                ("post", "/api/tokens", {"name": "x", "role": "viewer"}),
            ):
                answer = await client.request(method, path, json=body)
                assert (answer.status_code, answer.json()["error"]["code"]) == (403, "scope"), path
            made = await client.post("/api/users", json=new | {"district_ids": ["D1"]})
            assert made.status_code == 201


async def test_nobody_gets_a_district_that_is_not_in_the_registry_and_keeps_one_that_was(store):
    async with (
        serve(make_app(store)) as url,
        httpx.AsyncClient(base_url=url, headers=SIGNED_IN, timeout=60) as client,
    ):
        new = {"id": "eve", "name": "E", "role": "viewer", "password": "0123456789"}
        before_any = await client.post("/api/users", json=new | {"district_ids": ["D8"]})
        assert before_any.status_code == 201
        await save_registry(store)
        change = {"name": "E", "role": "viewer", "disabled": False}
        for method, path, body in (
            ("post", "/api/users", new | {"id": "fay", "district_ids": ["D1", "D9"]}),
            ("put", "/api/users/eve", change | {"district_ids": ["D8", "D9"]}),
            ("post", "/api/tokens", {"name": "x", "role": "viewer", "district_ids": ["D9"]}),
        ):
            answer = await client.request(method, path, json=body)
            error = answer.json()["error"]
            assert (answer.status_code, error["code"]) == (422, "invalid_request"), path
            assert error["details"] == [{"where": "body.district_ids", "message": "There is no district D9"}]
        kept = await client.put("/api/users/eve", json=change | {"district_ids": ["D8", "D1"]})
        assert kept.json()["district_ids"] == ["D8", "D1"]
        assert [one["id"] for one in (await client.get("/api/users")).json()] == ["eve", "test"]
