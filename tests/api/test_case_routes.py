"""Cases over the API, as the page asks for them."""

import asyncio

import httpx

from api.escalation import escalate_for_ever
from runtime.clock import now_ms
from tests.api import district
from tests.api.serving import make_app, serve, sign_in
from tests.api.stream import listening

PNG = b"\x89PNG\r\n\x1a\n" + bytes(200)


async def new_alert(store, number: int = 0) -> str:
    found = district.finding(number, now_ms() - 1000 * number)
    await store.commit(district.raised(found))
    return str(found.id)


async def act(client: httpx.AsyncClient, path: str, what: str, **more) -> httpx.Response:
    return await client.post(f"/api{path}/acts", json={"act": what, **more})


async def test_from_the_alert_to_the_closed_case(client, store):
    await district.save_registry(store)
    alert = await new_alert(store)
    opened = (await act(client, f"/alerts/{alert}", "acknowledge")).json()
    case = opened["case"]["id"]
    assert opened["case"]["state"] == "acknowledged"
    given = (await act(client, f"/cases/{case}", "assign", assignee="一中队")).json()
    assert given["case"]["close_due_at"] > given["case"]["assigned_at"]
    photo = (
        await client.post(f"/api/cases/{case}/attachments", params={"name": "../现场.png"}, content=PNG)
    ).json()
    assert (photo["name"], photo["media_type"]) == ("现场.png", "image/png")
    await act(
        client, f"/cases/{case}", "answer", found="confirmed", reason="已清理", attachment_ids=[photo["id"]]
    )
    closed = (await act(client, f"/cases/{case}", "close", reason="整改完成")).json()
    assert closed["case"]["state"] == "closed"
    assert [row["act"] for row in closed["log"]] == ["acknowledge", "assign", "answer", "close"]
    assert closed["log"][2]["detail"]["attachment_ids"] == [photo["id"]]
    file = await client.get(f"/api/attachments/{photo['id']}")
    assert file.content == PNG
    assert file.headers["content-security-policy"] == "default-src 'none'; sandbox"
    assert (await client.get("/api/cases/counts")).json()["all"] == 1


async def test_what_stands_in_the_way_is_said_in_a_code(client, store):
    alert = await new_alert(store)
    case = (await act(client, f"/alerts/{alert}", "acknowledge")).json()["case"]
    refused = await act(client, f"/cases/{case['id']}", "close", reason="x")
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "is_acknowledged")
    stale = await act(client, f"/cases/{case['id']}", "comment", version=case["version"] - 1)
    assert (stale.status_code, stale.json()["error"]["code"]) == (409, "changed")
    none = await act(client, f"/cases/{case['id']}", "assign")
    assert none.json()["error"]["code"] in {"no_registry", "assignee_needed"}


async def test_a_file_of_another_kind_or_too_large_is_refused(client, store):
    case = (await act(client, f"/alerts/{await new_alert(store)}", "acknowledge")).json()["case"]["id"]
    path = f"/api/cases/{case}/attachments"
    script = await client.post(path, params={"name": "photo.png"}, content=b"<script>alert(1)</script>")
    assert script.status_code == 415
    large = await client.post(path, params={"name": "x.png"}, content=PNG + bytes(11 * 1024 * 1024))
    assert large.status_code == 413
    assert (await client.get(f"/api/cases/{case}")).json()["attachments"] == []


async def test_the_pages_of_a_tab_hold_each_case_once(client, store):
    for number in range(5):
        await act(client, f"/alerts/{await new_alert(store, number)}", "acknowledge")
    seen, cursor = [], None
    while True:
        page = (
            await client.get("/api/cases", params={"limit": 2} | ({"cursor": cursor} if cursor else {}))
        ).json()
        seen += [case["id"] for case in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert len(seen) == len(set(seen)) == 5


async def test_the_same_warning_sent_twice_is_one_case(client):
    warning = {"title": "市平台预警", "reference": "EW-7", "text": "堆土未覆盖"}
    first = await client.post("/api/cases", json=warning)
    again = await client.post("/api/cases", json=warning)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json()["id"] == again.json()["id"]


async def test_what_one_seat_does_shows_on_the_other(store):
    async with serve(make_app(store)) as url:
        headers = await sign_in(store)
        async with (
            httpx.AsyncClient(base_url=url, headers=headers, timeout=60) as client,
            listening(url) as listener,
        ):
            await listener.until_type("heartbeat")
            alert = await new_alert(store)
            await act(client, f"/alerts/{alert}", "acknowledge")
            told = await listener.until_type("case")
    assert (told["case"]["state"], told["case"]["alert_ids"]) == ("acknowledged", [alert])


async def test_a_case_past_its_deadline_is_told_to_every_page_by_itself(store):
    ahead_ms = [0]
    app = make_app(store, clock=lambda: now_ms() + ahead_ms[0])
    escalating = asyncio.create_task(
        escalate_for_ever(app.state.services.cases, app.state.services.now_ms, every_s=0.05)
    )
    try:
        async with serve(app) as url, listening(url) as listener:
            await listener.until_type("heartbeat")
            async with httpx.AsyncClient(base_url=url, headers=await sign_in(store), timeout=60) as client:
                await act(client, f"/alerts/{await new_alert(store)}", "acknowledge")
            assert (await listener.until_type("case"))["case"]["escalated_at"] is None
            ahead_ms[0] = 25 * 3_600_000
            told = await listener.until_type("case")
            assert told["case"]["escalated_at"] is not None
    finally:
        escalating.cancel()
        await asyncio.gather(escalating, return_exceptions=True)
