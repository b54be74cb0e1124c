"""Fleet work as the API tells it: sums that tie with each other, permits against volumes, plans against kilometres."""

import json
from datetime import date, timedelta
from zoneinfo import ZoneInfo

import httpx
import pytest_asyncio

from domain.instant import HOUR_MS
from domain.localtime import day_start_ms
from domain.person import Person, Role, Scope
from tests.api import district
from tests.api.serving import make_app, serve, sign_in
from tests.api.worked import keep, registry

DAY = date(2026, 3, 2)
NEXT = DAY + timedelta(days=1)
SPAN = {"first": str(DAY), "last": str(NEXT)}


@pytest_asyncio.fixture
async def client(store):
    await store.save_registry(
        json.dumps(registry()).encode(), author="test", effective_from_ms=district.START_MS
    )
    await keep(store, day=DAY, vehicle=0, hauls=[("P1", "F1", 2, 31.0, 0), ("P1", "", 1, 15.0, 0)])
    await keep(store, day=NEXT, vehicle=0, hauls=[("P2", "F1", 1, 14.5, 1)], late=True)
    await keep(store, day=NEXT, vehicle=1, hauls=[("", "F1", 1, 13.0, 0)])
    await keep(store, day=DAY, vehicle=2, cleaned=(30, 12.5, 2))
    await keep(store, day=NEXT, vehicle=2, cleaned=(10, 5.5, 1))
    await keep(store, day=DAY, vehicle=3, runs=[("RUN1", (5, 1, 1, 1))])
    async with (
        serve(make_app(store)) as url,
        httpx.AsyncClient(base_url=url, headers=await sign_in(store), timeout=60) as client,
    ):
        client.url = url
        yield client


async def asked(client, what: str, **params) -> dict:
    answer = await client.get(f"/api/work/{what}", params=SPAN | params)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_trips_come_to_the_same_by_vehicle_permit_site_field_and_day(client):
    sums = {by: await asked(client, "trips", by=by) for by in ("vehicle", "permit", "site", "field")}
    for by, found in sums.items():
        assert sum(row["trips"] for row in found["items"]) == found["total"]["trips"] == 5, by
        assert sum(row["tonnes"] for row in found["items"]) == found["total"]["tonnes"] == 73.5, by
        assert sum(day["trips"] for day in found["days"]) == 5
        assert found["total"]["vehicles"] == 2
    assert sums["vehicle"]["total"]["elsewhere_trips"] == 1
    assert sums["vehicle"]["total"]["nowhere_trips"] == 1
    assert [row["label"] for row in sums["site"]["items"]] == ["一号工地"]


async def test_a_permit_with_more_hauled_than_declared_is_named_first(client):
    rows = (await asked(client, "trips"))["items"]
    assert [row["id"] for row in rows] == ["P1", "P2", ""]
    assert rows[0]["volume"] == {
        "declared_t": 40.0, "hauled_t": 46.0, "rated_t": 45.0, "trips": 3, "share": 1.15, "under_declared": True,
    }  # fmt: skip
    assert rows[1]["volume"]["share"] == 0.0145
    assert rows[1]["volume"]["under_declared"] is False
    assert rows[2]["volume"] is None


async def test_what_was_hauled_so_far_counts_from_the_permit_s_beginning(client):
    found = await asked(client, "trips", first=str(NEXT))
    (row,) = [one for one in found["items"] if one["id"] == "P1"]
    assert (row["trips"], row["volume"]["trips"]) == (0, 3)


async def test_a_permit_is_shown_while_it_is_in_force_or_something_is_hauled_under_it(client, store):
    known = registry()
    known["permits"][0]["valid_to"] = f"{DAY}T12:00:00+08:00"
    known["permits"][1]["valid_from"] = f"{NEXT + timedelta(days=1)}T00:00:00+08:00"
    await store.save_registry(json.dumps(known).encode(), author="test", effective_from_ms=district.START_MS)
    spans = {
        "the day on which P1 ends": (DAY, DAY),
        "the day after": (NEXT, NEXT),
        "later": (NEXT + timedelta(days=1), NEXT + timedelta(days=3)),
    }
    shown = {
        name: [row["id"] for row in (await asked(client, "trips", first=str(first), last=str(last)))["items"]]
        for name, (first, last) in spans.items()
    }
    assert shown == {"the day on which P1 ends": ["P1"], "the day after": ["P2", ""], "later": ["P2"]}


async def test_cleaning_is_held_against_its_plan(client):
    found = await asked(client, "cleaning")
    (row,) = found["items"]
    assert (row["label"], row["working_km"], row["rounds"], row["driven_km"]) == ("主干道洒水", 18.0, 3, 40.0)
    plan = row["plan"]
    assert (plan["planned_km"], plan["planned_rounds"], plan["vehicles"]) == (20.0, 6.0, 1)
    assert (plan["year_km"], plan["year_planned_km"]) == (18.0, 620.0)
    assert [(day["working_km"], day["planned_km"]) for day in found["days"]] == [(12.5, 10.0), (5.5, 10.0)]
    by_vehicle = await asked(client, "cleaning", by="vehicle")
    assert [(one["id"], one["working_km"], one["plan_id"]) for one in by_vehicle["items"]] == [
        ("V2", 18.0, "W1")
    ]


async def test_plans_ask_for_nothing_of_days_to_come(store):
    await store.save_registry(
        json.dumps(registry()).encode(), author="test", effective_from_ms=district.START_MS
    )
    noon_ms = day_start_ms(NEXT, ZoneInfo("Asia/Shanghai")) + 12 * HOUR_MS
    async with (
        serve(make_app(store, clock=lambda: noon_ms)) as url,
        httpx.AsyncClient(base_url=url, headers=await sign_in(store), timeout=60) as client,
    ):
        found = await asked(client, "cleaning", last=str(DAY + timedelta(days=6)))
        assert found["planned_km"] == found["items"][0]["plan"]["planned_km"] == 20.0
        later = {"first": str(NEXT + timedelta(days=1)), "last": str(NEXT + timedelta(days=2))}
        assert (await asked(client, "cleaning", **later))["planned_km"] == 0.0


async def test_stops_are_told_by_what_became_of_them(client):
    found = await asked(client, "collection")
    assert found["total"] == {
        "due": 8, "served": 5, "late": 1, "missed": 1, "unknown": 1, "cleared": 0.75
    }  # fmt: skip
    assert [row["id"] for row in found["items"]] == ["RUN1"]
    assert found["days"][1]["cleared"] is None


async def test_the_days_of_one_vehicle_are_told(client):
    found = await asked(client, "days", vehicle="V0")
    assert [(one["day"], one["trips"], one["is_late"]) for one in found["items"]] == [
        (str(DAY), 3, False),
        (str(NEXT), 1, True),
    ]
    assert (found["counted_to"], found["late"]) == (str(NEXT), 1)


async def test_the_file_has_a_line_a_vehicle_and_day(client):
    answer = await client.get("/api/work/days.csv", params=SPAN | {"lang": "zh"})
    head, *lines = answer.content.decode("utf-8-sig").splitlines()
    assert head.startswith("日期,车牌,车辆编号,车辆类型")
    assert len(lines) == 6
    assert lines == sorted(lines)


async def test_the_day_that_runs_is_told_apart_and_its_file_is_provisional(client, store):
    today = NEXT + timedelta(days=1)
    await keep(store, day=today, vehicle=0, so_far="2026-03-04T05:55:00Z", hauls=[("P1", "F1", 1, 15.0, 0)])
    await keep(store, day=today, vehicle=2, so_far="2026-03-04T06:05:00Z", cleaned=(4, 3.5, 1))
    so_far = {"first": str(today), "at": "2026-03-04T05:55:00.000Z"}
    for what in ("trips", "cleaning", "collection"):
        whole, running = await asked(client, what), await asked(client, what, last=str(today))
        assert (whole["so_far"], running["so_far"]) == (None, so_far), what
        assert running["counted_to"] == str(NEXT)
        assert running["days"][:2] == whole["days"]
    days = (await asked(client, "days", vehicle="V0", last=str(today)))["items"]
    assert [one["is_whole"] for one in days] == [True, True, False]
    names = {}
    for last in (NEXT, today):
        answer = await client.get("/api/work/days.csv", params=SPAN | {"lang": "zh", "last": str(last)})
        names[last] = answer.headers["content-disposition"].partition("filename=")[2]
    assert names[today] == '"haulwatch-work-2026-03-02-2026-03-04-provisional.csv"'
    assert names[NEXT] == '"haulwatch-work-2026-03-02-2026-03-03.csv"'
    head, *lines = answer.content.decode("utf-8-sig").splitlines()
    assert head.endswith("暂定，截至")
    assert [line.rpartition(",")[2] for line in lines if line.startswith(str(today))] == [
        "2026-03-04 13:55:00",
        "2026-03-04 14:05:00",
    ]


async def test_only_those_who_see_a_district_are_told_of_its_work(client, store):
    elsewhere = Person(user_id="x", name="X", role=Role.ANALYST, scope=Scope(frozenset({"D9"})))
    headers = await sign_in(store, elsewhere)
    for what in ("trips", "cleaning", "collection"):
        answer = await client.get(f"/api/work/{what}", params=SPAN, headers=headers)
        assert answer.json()["items"] == [], what


async def test_more_than_a_year_is_refused(client):
    answer = await client.get("/api/work/trips", params={"first": "2026-01-01", "last": "2027-06-01"})
    assert answer.status_code == 422
