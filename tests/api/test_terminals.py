"""Terminals by the API: who waits, who may speak as which device, and what they are asked."""

import json

import httpx
import pytest
import pytest_asyncio

from domain.person import Person, Role, Scope
from runtime.clock import now_ms
from storage.people import People
from storage.terminals import Terminals
from tests.api import district
from tests.api.serving import SIGNED_IN, make_app, serve, sign_in

ID = "13912345678"
AT = f"/api/terminals/jt808/{ID}"
DEVICE = "T0000"


@pytest_asyncio.fixture
async def terminals(store):
    await store.save_registry(
        json.dumps(district.registry(vehicles=2)).encode(), author="test", effective_from_ms=now_ms() - 1000
    )
    found = Terminals(store)
    await found.knock("jt808", ID, {"plate": "川A12345"}, "10.0.0.1")
    return found


@pytest_asyncio.fixture
async def client(store, terminals):
    async with (
        serve(make_app(store)) as url,
        httpx.AsyncClient(base_url=url, headers=SIGNED_IN, timeout=60) as client,
    ):
        yield client


async def test_one_that_waits_is_listed_and_approved_and_what_was_done_is_kept(store, client):
    page = (await client.get("/api/terminals", params={"state": "waiting"})).json()
    assert page["counts"] == {"waiting": 1}
    assert [(one["terminal_id"], one["said"]) for one in page["items"]] == [(ID, {"plate": "川A12345"})]
    answer = await client.put(AT, json={"state": "approved", "device_id": DEVICE, "model": "generic-load"})
    assert answer.status_code == 200, answer.text
    assert (answer.json()["state"], answer.json()["device_id"]) == ("approved", DEVICE)
    (audit, *_) = await People(store).audit(limit=1)
    assert (audit.act, audit.subject) == ("decide_terminal", f"terminal:jt808/{ID}")


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"state": "approved"}, "unknown_device"),
        ({"state": "approved", "device_id": "nobody"}, "unknown_device"),
        ({"state": "approved", "device_id": DEVICE, "model": "none"}, "unknown_model"),
        ({"state": "approved", "device_id": DEVICE, "settings": {"unit": "mg"}}, "invalid_settings"),
    ],
)
async def test_an_approval_that_cannot_be_is_refused(client, given, code):
    answer = await client.put(AT, json=given)
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, code)
    assert (await client.get(AT)).json()["terminal"]["state"] == "waiting"


async def test_two_terminals_are_never_one_device(client, terminals):
    await terminals.knock("jt808", "200", {}, "10.0.0.2")
    await client.put(AT, json={"state": "approved", "device_id": DEVICE})
    answer = await client.put("/api/terminals/jt808/200", json={"state": "approved", "device_id": DEVICE})
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "device_taken")


async def test_a_monitors_settings_are_checked_and_its_password_is_told_to_nobody(client, terminals):
    await terminals.knock("hj212", "MN1", {}, "10.0.0.3")
    wrong = await client.put(
        "/api/terminals/hj212/MN1", json={"state": "waiting", "settings": {"unit": "kg"}}
    )
    assert (wrong.status_code, wrong.json()["error"]["code"]) == (422, "invalid_settings")
    secret = {"unit": "mg", "password": "123456"}
    answer = await client.put("/api/terminals/hj212/MN1", json={"state": "waiting", "settings": secret})
    shown = answer.json()["settings"]
    assert shown == {"unit": "mg", "password": "***"}
    await client.put(
        "/api/terminals/hj212/MN1", json={"state": "waiting", "settings": shown | {"unit": "ug"}}
    )
    (kept,) = await terminals.of_protocol("hj212")
    assert kept.settings == {"unit": "ug", "password": "123456"}


async def test_a_command_is_for_an_approved_terminal(client):
    command = {"kind": "report_interval", "interval_s": 15}
    assert (await client.post(f"{AT}/commands", json=command)).status_code == 409
    await client.put(AT, json={"state": "approved", "device_id": DEVICE})
    assert (await client.post(f"{AT}/commands", json=command)).status_code == 201
    assert (await client.post(f"{AT}/commands", json={"kind": "report_interval"})).status_code == 422
    (asked,) = (await client.get(AT)).json()["commands"]
    assert (asked["kind"], asked["interval_s"], asked["asked_by"], asked["result"]) == (
        "report_interval", 15, "test", None,
    )  # fmt: skip


async def test_a_code_is_reset_and_what_is_blocked_can_be_forgotten(client, terminals):
    await client.put(AT, json={"state": "approved", "device_id": DEVICE})
    await terminals.issue_code("jt808", ID, b"digest", {})
    assert (await client.delete(AT)).status_code == 409
    assert (await client.post(f"{AT}/code-reset")).status_code == 204
    assert (await client.get(AT)).json()["terminal"]["has_code"] is False
    await client.put(AT, json={"state": "blocked"})
    assert (await client.delete(AT)).status_code == 204
    assert (await client.get(AT)).status_code == 404


async def test_pages_of_terminals_go_on_after_the_last(client, terminals):
    for number in range(4):
        await terminals.knock("jt808", str(number), {}, "10.0.0.4")
    found, cursor = [], None
    while True:
        page = (
            await client.get("/api/terminals", params={"limit": 2, **({"cursor": cursor} if cursor else {})})
        ).json()
        found += [one["terminal_id"] for one in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert sorted(found) == ["0", "1", ID, "2", "3"]
    assert (await client.get("/api/terminals", params={"cursor": "x"})).status_code == 422


async def test_the_models_are_listed_with_their_signals(client):
    models = {one["id"]: one["signals"] for one in (await client.get("/api/terminals/models")).json()}
    assert models["generic-load"] == ["load"]
    assert "cover" not in models["generic"]


@pytest.mark.parametrize(
    "person",
    [
        Person(user_id="a", name="A", role=Role.ANALYST),
        Person(user_id="b", name="B", role=Role.ADMINISTRATOR, scope=Scope(frozenset({"D1"}))),
    ],
    ids=["analyst", "administrator-of-a-district"],
)
async def test_terminals_are_for_administrators_of_everything(store, client, person):
    client.headers.update(await sign_in(store, person))
    for method, path, body in (
        ("GET", "/api/terminals", None),
        ("GET", AT, None),
        ("GET", f"{AT}/refused", None),
        ("GET", "/api/terminals/models", None),
        ("PUT", AT, {"state": "blocked"}),
        ("DELETE", AT, None),
        ("POST", f"{AT}/code-reset", None),
        ("POST", f"{AT}/commands", {"kind": "locate"}),
    ):
        answer = await client.request(method, path, json=body)
        assert answer.status_code == 403, (method, path)
