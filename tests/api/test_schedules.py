"""Schedules over HTTP: given, changed, run and told; for administrators who may see every district."""

from zoneinfo import ZoneInfo

import httpx
import pytest

from domain.localtime import local_day
from domain.period import PeriodKind, period_of
from domain.person import Person, Role, Scope
from tests.api.serving import make_app, serve, sign_in
from tests.api.test_reports import NOW_MS, week

GIVEN = {
    "name": "渣土周小结", "kind": "week", "after_days": 1, "at": "08:30", "formats": ["xlsx", "docx"], "language": "zh",
    "district_ids": ["D1"], "recipients": ["boss@city.example"],
}  # fmt: skip
ADMINISTRATOR = Person(user_id="root", name="Root", role=Role.ADMINISTRATOR)


async def asked(store, person: Person, *requests: tuple[str, str, object]) -> list[httpx.Response]:
    async with serve(make_app(store, clock=lambda: NOW_MS)) as url:
        headers = await sign_in(store, person)
        async with httpx.AsyncClient(base_url=url, headers=headers, timeout=60) as client:
            return [await client.request(method, path, json=body) for method, path, body in requests]


async def test_a_schedule_is_added_changed_run_and_removed(store):
    await week(store)
    (made,) = await asked(store, ADMINISTRATOR, ("POST", "/api/schedules", GIVEN))
    assert made.status_code == 201
    told = made.json()
    assert {name: told[name] for name in GIVEN} == GIVEN
    assert (told["is_active"], told["created_by"], told["runs"]) == (True, "root", [])
    assert told["next_at"].endswith("T00:30:00.000Z")
    number = told["id"]
    changed, wrong, run, listed, gone, missing = await asked(
        store,
        ADMINISTRATOR,
        ("PUT", f"/api/schedules/{number}", GIVEN | {"is_active": False, "district_ids": None}),
        ("POST", f"/api/schedules/{number}/runs/2026-03", None),
        ("POST", f"/api/schedules/{number}/runs/2026-W10", None),
        ("GET", "/api/schedules", None),
        ("DELETE", f"/api/schedules/{number}", None),
        ("DELETE", f"/api/schedules/{number}", None),
    )
    assert (changed.json()["is_active"], changed.json()["next_period"]) == (False, None)
    assert (wrong.status_code, "weeks" in wrong.json()["error"]["message"]) == (422, True)
    (item,) = run.json()["runs"]
    assert (item["period"], item["state"], item["attempts"], item["sent_to"]) == ("2026-W10", "due", 0, [])
    assert (listed.json()["has_mail_server"], listed.json()["is_working"]) == (False, False)
    assert [one["id"] for one in listed.json()["items"]] == [number]
    assert (gone.status_code, missing.status_code) == (204, 404)
    async with store.connection() as connection:
        acts = [row["act"] for row in await connection.fetch("select act from audit order by id")]
    assert acts[-4:] == ["add_schedule", "change_schedule", "run_schedule", "remove_schedule"]


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"recipients": ["boss"]}, "recipients"),
        ({"recipients": ["Boss <boss@city.example>"]}, "recipients"),
        ({"recipients": ["a@b.example\r\nBcc: c@d.example"]}, "recipients"),
        ({"name": "a\r\nBcc: x@y.example"}, "name"),
        ({"at": "24:00"}, "at"),
        ({"formats": []}, "formats"),
        ({"formats": ["pdf"]}, "formats"),
        ({"kind": "day"}, "kind"),
        ({"after_days": 28}, "after_days"),
        ({"district_ids": ["D1", "D9"]}, "D9"),
    ],
    ids=str,
)
async def test_what_cannot_be_is_refused_by_name(store, change: dict, named: str):
    await week(store)
    (answer,) = await asked(store, ADMINISTRATOR, ("POST", "/api/schedules", GIVEN | change))
    assert (answer.status_code, named in answer.text) == (422, True)


async def test_a_period_that_is_not_over_is_refused_at_once(store):
    await week(store)
    (made,) = await asked(store, ADMINISTRATOR, ("POST", "/api/schedules", GIVEN))
    runs = f"/api/schedules/{made.json()['id']}/runs"
    running = period_of(PeriodKind.WEEK, local_day(NOW_MS, ZoneInfo("Asia/Shanghai")))
    over, *refused, listed = await asked(
        store,
        ADMINISTRATOR,
        ("POST", f"{runs}/{running.before.name}", None),
        ("POST", f"{runs}/{running.name}", None),
        ("POST", f"{runs}/2999-W01", None),
        ("GET", "/api/schedules", None),
    )
    assert [(one.status_code, one.json()["error"]["code"]) for one in refused] == [(409, "running")] * 2
    assert over.json()["runs"] == listed.json()["items"][0]["runs"]


async def test_a_wrong_address_is_named_with_its_place(store):
    await week(store)
    given = GIVEN | {"recipients": ["boss@city.example", "team.city.example"]}
    (answer,) = await asked(store, ADMINISTRATOR, ("POST", "/api/schedules", given))
    (detail,) = answer.json()["error"]["details"]
    assert detail["where"] == "body.recipients.1"
    assert "team.city.example" in detail["message"]


@pytest.mark.parametrize(
    "person",
    [
        Person(user_id="analyst", name="", role=Role.ANALYST),
        Person(
            user_id="theirs", name="", role=Role.ADMINISTRATOR, scope=Scope(district_ids=frozenset({"D1"}))
        ),
    ],
    ids=lambda one: one.user_id,
)
async def test_others_may_not(store, person: Person):
    await week(store)
    answers = await asked(
        store,
        person,
        ("GET", "/api/schedules", None),
        ("POST", "/api/schedules", GIVEN),
        ("POST", "/api/schedules/1/runs/2026-W10", None),
    )
    assert [one.status_code for one in answers] == [403, 403, 403]
