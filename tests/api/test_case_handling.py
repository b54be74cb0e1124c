"""Cases by the many over the API: lists with filters, one act on several, warnings from outside, two people at once."""

import httpx
import pytest
import pytest_asyncio

from domain.instant import from_rfc3339
from domain.person import Person, Role, Scope
from runtime.clock import now_ms
from tests.api import district
from tests.api.serving import make_app, serve, sign_in

ELSEWHERE = {"lon": district.LON + 1, "lat": district.LAT}


async def new_alert(store, number: int = 0, **changes) -> str:
    found = district.finding(number, now_ms() - 1000 * number, **changes)
    await store.commit(district.raised(found))
    return str(found.id)


async def act(client: httpx.AsyncClient, path: str, what: str, **more) -> dict:
    answer = await client.post(f"/api{path}/acts", json={"act": what, **more})
    assert answer.status_code == 200, answer.text
    return answer.json()


@pytest_asyncio.fixture
async def registry(store):
    await district.save_registry(store)


async def test_one_act_on_many_says_of_each_what_became_of_it(registry, client, store):
    opened = [
        (await act(client, f"/alerts/{await new_alert(store, number)}", "acknowledge"))["case"]["id"]
        for number in range(2)
    ]
    fresh = await new_alert(store, 2)
    await act(client, f"/cases/{opened[1]}", "assign", assignee="二中队")
    await act(client, f"/cases/{opened[1]}", "answer", found="confirmed")
    given = {
        "act": "assign", "assignee": "一中队", "case_ids": [*opened, 999], "on_alert_ids": [fresh],
        "close_within_hours": 40, "message": "请核查", "messages": {str(opened[0]): "城北路口，请核查"},
    }  # fmt: skip
    results = (await client.post("/api/cases/acts", json=given)).json()
    assert [one["code"] for one in results] == [None, "is_answered", "not_found", None]
    assert [one["case"] and one["case"]["state"] for one in results] == ["assigned", None, None, "assigned"]
    assert results[3]["alert_id"] == fresh
    assert [results[at]["case"]["message"] for at in (0, 3)] == ["城北路口，请核查", "请核查"]
    # Of those assigned already, each keeps its deadline.
    again = (await client.post("/api/cases/acts", json=given | {"assignee": "三中队"})).json()
    assert [one["case"] and one["case"]["assignee"] for one in again] == ["三中队", None, None, "三中队"]
    assert again[0]["case"]["close_due_at"] == results[0]["case"]["close_due_at"]
    assert (await client.get(f"/api/cases/{opened[1]}")).json()["case"]["assignee"] == "二中队"


@pytest.mark.parametrize("ids", [[], list(range(1, 202))], ids=["none", "201"])
async def test_between_one_and_two_hundred_are_acted_on_at_once(client, ids):
    answer = await client.post("/api/cases/acts", json={"act": "acknowledge", "case_ids": ids})
    assert answer.status_code == 422


async def test_a_filter_narrows_the_list_its_total_and_the_tabs_alike(registry, client, store):
    for number in range(6):
        alert = await new_alert(
            store, number, vehicle_id=f"V{number % 3}", subject=f"vehicle:V{number % 3}|{number}"
        )
        await act(client, f"/alerts/{alert}", "assign", assignee="一中队" if number % 2 else "二中队")
    for query, total in (
        ({}, 6),
        ({"assignee": "一中队"}, 3),
        ({"rule": "illegal_dumping"}, 2),
        ({"rule": "speeding", "assignee": "一中队"}, 1),
        ({"company": "C1"}, 6),
        ({"company": "nobody"}, 0),
        ({"district": "D1"}, 6),
        ({"district": "D9"}, 0),
        ({"text": "a10001"}, 2),
        ({"text": "#3"}, 1),
        ({"text": "二中"}, 3),
        ({"mine": "true"}, 6),
        ({"handled_by": "nobody"}, 0),
    ):
        page = (await client.get("/api/cases", params=query | {"tab": "open", "limit": 2})).json()
        counts = (await client.get("/api/cases/counts", params=query)).json()
        assert (page["total"], counts["open"], counts["awaiting_answer"]) == (total, total, total), query
        assert len(page["items"]) == min(2, total)


async def test_the_cases_of_my_unit_are_mine_too(registry, store):
    async with serve(make_app(store)) as url:
        administrator = await sign_in(store)
        li = await sign_in(store, Person(user_id="li", name="李", role=Role.DISPATCHER))
        async with (
            httpx.AsyncClient(base_url=url, headers=administrator, timeout=60) as other,
            httpx.AsyncClient(base_url=url, headers=li, timeout=60) as mine,
        ):
            for number, unit in enumerate(("一中队", "二中队")):
                await act(other, f"/alerts/{await new_alert(store, number)}", "assign", assignee=unit)
            given = {"name": "李", "role": "dispatcher", "district_ids": None, "disabled": False}
            before = (await mine.get("/api/cases?mine=true")).json()["total"]
            changed = await other.put("/api/users/li", json=given | {"unit": "二中队"})
            page = (await mine.get("/api/cases?mine=true")).json()
    assert (before, changed.json()["unit"]) == (0, "二中队")
    assert [one["assignee"] for one in page["items"]] == ["二中队"]


async def test_units_are_suggested_for_the_site_then_the_rule_then_the_district(registry, client, store):
    async def given(unit: str, number: int, **changes) -> None:
        await act(client, f"/alerts/{await new_alert(store, number, **changes)}", "assign", assignee=unit)

    # A subject of its own each, so that none corrects another.
    await given("工地队", 1, subject="a", zone_ids=("Z-source",))
    await given("同类队", 0, subject="b", zone_ids=())
    await given("辖区队", 2, subject="c", zone_ids=())
    await given("别区队", 2, subject="d", zone_ids=(), district_id="D2")
    asked = await new_alert(store, 3, subject="e", zone_ids=("Z-source",))
    units = (await client.get("/api/cases/units", params={"district": "D1", "alert": asked})).json()
    assert [(one["unit"], one["because"]) for one in units] == [
        ("工地队", "site"), ("同类队", "rule"), ("辖区队", "district"), ("别区队", None),
    ]  # fmt: skip
    assert units[0]["open"] == 1


async def test_a_warning_from_outside_goes_to_the_closed_case(registry, client):
    warning = {
        "title": "群众反映夜间倾倒渣土", "sender": "12345", "reference": "2026-1122-07", "text": "南三路口",
        "plate": "川A10001", "lon": district.LON, "lat": district.LAT, "close_due_at": "2036-11-24T10:00:00Z",
    }  # fmt: skip
    case = (await client.post("/api/cases", json=warning)).json()
    assert (case["district_id"], case["source"], case["sender"]) == ("D1", "external", "12345")
    assert [one["id"] for one in (await client.get("/api/cases?tab=placed")).json()["items"]] == [case["id"]]
    path = f"/cases/{case['id']}"
    given = await act(client, path, "assign", assignee="一中队")
    assert given["case"]["close_due_at"] == "2036-11-24T10:00:00.000Z"
    await act(client, path, "answer", found="confirmed", reason="已清理")
    closed = await act(client, path, "close", reason="已清理")
    assert [row["act"] for row in closed["log"]] == ["open", "acknowledge", "assign", "answer", "close"]
    assert (await client.get("/api/cases?tab=placed")).json()["items"] == []


async def test_a_place_in_gcj_02_is_kept_in_wgs_84(registry, client):
    given = {"title": "x", "lon": 104.0668, "lat": 30.6574, "crs": "GCJ02"}
    case = (await client.post("/api/cases", json=given)).json()
    assert case["lon"] == pytest.approx(104.0643, abs=0.0005)
    assert case["lat"] == pytest.approx(30.6598, abs=0.0005)
    half = await client.post("/api/cases", json={"title": "x", "lon": 104.0})
    assert half.status_code == 422


async def test_a_warning_outside_the_senders_districts_is_refused(registry, store):
    async with serve(make_app(store)) as url:
        scope = Scope(frozenset({"D1"}))
        headers = await sign_in(store, Person(user_id="li", name="李", role=Role.DISPATCHER, scope=scope))
        async with httpx.AsyncClient(base_url=url, headers=headers, timeout=60) as client:
            here = await client.post(
                "/api/cases", json={"title": "x", "lon": district.LON, "lat": district.LAT}
            )
            there = await client.post("/api/cases", json={"title": "x"} | ELSEWHERE)
    assert (here.status_code, there.status_code) == (201, 404)


async def test_the_second_at_a_case_sees_the_first_and_is_told_of_the_newer_state(registry, store):
    async with serve(make_app(store)) as url:
        headers = [
            await sign_in(store, Person(user_id=name, name=name.upper(), role=Role.DISPATCHER))
            for name in ("li", "zhao")
        ]
        async with (
            httpx.AsyncClient(base_url=url, headers=headers[0], timeout=60) as li,
            httpx.AsyncClient(base_url=url, headers=headers[1], timeout=60) as zhao,
        ):
            case = (await act(li, f"/alerts/{await new_alert(store)}", "acknowledge"))["case"]
            path = f"/api/cases/{case['id']}/presence"
            assert (await li.put(path)).json() == []
            assert [one["name"] for one in (await zhao.put(path)).json()] == ["LI"]
            await li.delete(path)
            assert (await zhao.put(path)).json() == []
            await act(li, f"/cases/{case['id']}", "assign", assignee="一中队", version=case["version"])
            late = await zhao.post(
                f"/api/cases/{case['id']}/acts", json={"act": "comment", "version": case["version"]}
            )
            assert (late.status_code, late.json()["error"]["code"]) == (409, "changed")


async def test_a_false_alarm_names_the_evidence_that_was_wrong(registry, client, store):
    alert = await new_alert(store)
    done = await act(client, f"/alerts/{alert}", "dismiss", reason="误报", wrong_evidence=["weight", "lift"])
    assert done["log"][-1]["detail"]["wrong_evidence"] == ["weight", "lift"]


async def test_an_extension_counts_working_hours_from_the_deadline_there_was(registry, client, store):
    case = (await act(client, f"/alerts/{await new_alert(store)}", "assign", assignee="一中队"))["case"]
    longer = (await act(client, f"/cases/{case['id']}", "extend", reason="暴雨", close_within_hours=8))[
        "case"
    ]
    spans = (await client.get("/api/cases/working-hours")).json()["spans"]
    worked = [
        (max(start, case["close_due_at"]), min(end, longer["close_due_at"]))
        for start, end in spans
        if end > case["close_due_at"] and start < longer["close_due_at"]
    ]
    assert sum(_hours(start, end) for start, end in worked) == pytest.approx(8)


def _hours(start: str, end: str) -> float:
    return (from_rfc3339(end) - from_rfc3339(start)) / 3_600_000


async def test_only_pictures_are_shown_in_the_browser(registry, client, store):
    case = (await act(client, f"/alerts/{await new_alert(store)}", "acknowledge"))["case"]["id"]
    for name, content, how in (
        ("a.png", b"\x89PNG\r\n\x1a\n" + bytes(50), "inline"),
        ("a.pdf", b"%PDF-1.7\n" + bytes(50), "attachment"),
    ):
        kept = await client.post(f"/api/cases/{case}/attachments", params={"name": name}, content=content)
        file = await client.get(f"/api/attachments/{kept.json()['id']}")
        assert file.headers["content-disposition"].split(";")[0] == how
        assert file.headers["x-content-type-options"] == "nosniff"
