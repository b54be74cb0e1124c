"""The field's form of one case over the API: its link opens this case and nothing else, and what it sends arrives once."""

import asyncio
from uuid import uuid4

import httpx
import pytest_asyncio

from runtime.clock import now_ms
from tests.api import district
from tests.api.serving import make_app, serve

JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF" + bytes(400)
WRITTEN = "2026-11-22T06:03:00Z"


async def assigned(client: httpx.AsyncClient, store, number: int = 0, **changes) -> dict:
    """An assigned case over the API, with the link that the assignment made."""
    found = district.finding(number, now_ms() - 1000 * number)
    await store.commit(district.raised(found))
    given = {
        "act": "assign",
        "assignee": "一中队",
        "message": "城北路口倾倒，请核查",
        "close_within_hours": 8,
    }
    answer = await client.post(f"/api/alerts/{found.id}/acts", json=given | changes)
    assert answer.status_code == 200, answer.text
    return answer.json()


def secret_of(detail: dict) -> dict[str, str]:
    return {"authorization": f"Bearer {detail['link']['url'].split('#')[1]}"}


@pytest_asyncio.fixture
async def case(client, store):
    await district.save_registry(store)
    return await assigned(client, store)


@pytest_asyncio.fixture
async def phone(url):
    """Somebody who is not signed in."""
    async with httpx.AsyncClient(base_url=url, timeout=60) as client:
        yield client


def answer(**changes) -> dict:
    return {"key": str(uuid4()), "found": "confirmed", "text": "已清理", "written_at": WRITTEN} | changes


async def test_the_field_reads_what_whoever_assigned_saw(case, phone):
    number = case["case"]["id"]
    assert case["link"]["url"].startswith(str(phone.base_url).rstrip("/") + f"/f/{number}#hwf_")
    assert case["link"]["qr"].startswith("data:image/svg+xml")
    read = (await phone.get(f"/api/field/{number}", headers=secret_of(case))).json()
    assert (read["message"], read["unit"], read["state"]) == ("城北路口倾倒，请核查", "一中队", "assigned")
    assert read["close_due_at"] == case["case"]["close_due_at"]


async def test_an_answer_with_photos_arrives_once_however_often_it_is_sent(case, client, phone):
    number, secret = case["case"]["id"], secret_of(case)
    photo = str(uuid4())
    for _ in range(2):
        kept = await phone.put(f"/api/field/{number}/photos/{photo}", headers=secret, content=JPEG)
        assert kept.status_code == 200
    given = answer(photo_ids=[photo], lon=104.06, lat=30.66, accuracy_m=12.0)
    sent = await asyncio.gather(
        *(phone.post(f"/api/field/{number}/answer", headers=secret, json=given) for _ in range(4))
    )
    assert {one.status_code for one in sent} == {200}
    assert len({one.json()["delivered_at"] for one in sent}) == 1
    detail = (await client.get(f"/api/cases/{number}")).json()
    assert [row["act"] for row in detail["log"]] == ["acknowledge", "assign", "answer"]
    told = detail["log"][-1]
    assert (told["user_name"], told["detail"]["found"]) == ("一中队", "confirmed")
    assert told["detail"]["on_site"]["lon"] == 104.06
    assert [file["id"] for file in detail["attachments"]] == [photo]
    assert detail["case"]["verified_at"] is not None


async def test_what_comes_after_another_answer_is_kept_as_a_note(case, client, phone):
    number, secret = case["case"]["id"], secret_of(case)
    await client.post(f"/api/cases/{number}/acts", json={"act": "answer", "found": "not_confirmed"})
    late = await phone.post(f"/api/field/{number}/answer", headers=secret, json=answer())
    assert late.status_code == 200
    detail = (await client.get(f"/api/cases/{number}")).json()
    assert (detail["case"]["finding"], detail["log"][-1]["act"]) == ("not_confirmed", "comment")
    assert detail["log"][-1]["reason"] == "已清理"


async def test_a_link_opens_its_case_and_nothing_else(case, client, phone, store):
    other = await assigned(client, store, 1)
    secret = secret_of(case)
    assert (await phone.get(f"/api/field/{other['case']['id']}", headers=secret)).status_code == 401
    for path in (
        "/api/cases",
        f"/api/cases/{case['case']['id']}",
        "/api/alerts",
        "/api/registry",
        "/api/positions",
    ):
        assert (await phone.get(path, headers=secret)).status_code == 401, path
    acted = await phone.post(
        f"/api/cases/{case['case']['id']}/acts", headers=secret, json={"act": "comment", "reason": "x"}
    )
    assert acted.status_code == 401
    # Nor does a session of the centre open the form: who answers for the unit has its link.
    assert (await client.get(f"/api/field/{case['case']['id']}")).status_code == 401


async def test_a_link_ends_with_another_assignment_with_the_case_and_when_taken_back(case, client, phone):
    number = case["case"]["id"]

    async def opens(detail_or_link: dict) -> bool:
        link = detail_or_link.get("link") or detail_or_link
        given = {"authorization": f"Bearer {link['url'].split('#')[1]}"}
        return (await phone.get(f"/api/field/{number}", headers=given)).status_code == 200

    acts = f"/api/cases/{number}/acts"
    again = (await client.post(acts, json={"act": "assign", "assignee": "二中队"})).json()
    assert (await opens(case), await opens(again)) == (False, True)
    newer = (await client.post(f"/api/cases/{number}/link")).json()
    assert (await opens(again), await opens(newer)) == (False, True)
    await client.delete(f"/api/cases/{number}/link")
    assert not await opens(newer)
    last = (await client.post(f"/api/cases/{number}/link")).json()
    await client.post(acts, json={"act": "answer", "found": "confirmed"})
    assert await opens(last)
    await client.post(acts, json={"act": "close", "reason": "已清理"})
    assert not await opens(last)
    refused = await client.post(f"/api/cases/{number}/link")
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "is_closed")


async def test_the_database_does_not_know_the_secret(case, store):
    secret = case["link"]["url"].split("#")[1]
    async with store.connection() as connection:
        rows = await connection.fetch("select l::text as text from case_links l")
    assert len(rows) == 1
    assert secret not in rows[0]["text"]


async def test_whoever_guesses_links_has_to_wait(case, phone):
    number = case["case"]["id"]
    guessed = {"authorization": "Bearer hwf_" + "x" * 43}
    codes = [(await phone.get(f"/api/field/{number}", headers=guessed)).status_code for _ in range(31)]
    assert codes == [401] * 30 + [429]


async def test_a_script_is_no_photo(case, phone):
    number, secret = case["case"]["id"], secret_of(case)
    sent = await phone.put(
        f"/api/field/{number}/photos/{uuid4()}?name=photo.jpg",
        headers=secret,
        content=b"<script>alert(1)</script>",
    )
    assert sent.status_code == 415


async def test_a_key_or_a_photo_of_another_case_is_refused(case, client, phone, store):
    other = await assigned(client, store, 1)
    photo, given = str(uuid4()), answer()
    for detail, status in ((case, 200), (other, 404)):
        number, secret = detail["case"]["id"], secret_of(detail)
        sent = await phone.post(f"/api/field/{number}/answer", headers=secret, json=given)
        kept = await phone.put(f"/api/field/{number}/photos/{photo}", headers=secret, content=JPEG)
        assert (sent.status_code, kept.status_code) == (status, status)


async def test_the_page_of_the_form_is_there_without_signing_in(store, tmp_path):
    (tmp_path / "index.html").write_text("<!doctype html>", encoding="utf-8")
    (tmp_path / "field.html").write_text("<!doctype html><title>form</title>", encoding="utf-8")
    async with (
        serve(make_app(store, web_dir=tmp_path)) as url,
        httpx.AsyncClient(base_url=url, timeout=60) as client,
    ):
        page = await client.get("/f/17")
    assert (page.status_code, page.headers["referrer-policy"]) == (200, "no-referrer")
    assert "form" in page.text
