"""Scores over a real database: standings are the sums of ledgers, appeals give back, and who may do what."""

import asyncio
import csv
import io
import json
from contextlib import asynccontextmanager
from copy import deepcopy
from datetime import date

import asyncpg
import httpx
import pytest

from alerts.case_flow import Act, Found
from alerts.demerit_examples import JINAN, PLAIN
from api import score_book
from api.scores import dates, scores
from domain.identifiers import DistrictId
from domain.instant import DAY_MS, MINUTE_MS
from domain.person import Person, Role, Scope
from storage.cases import Cases, NewAct
from storage.demerits import Demerits
from storage.errors import NotThere, VersionRefused
from tests.api import district
from tests.api.serving import SOMEBODY, make_app, serve, sign_in
from tests.api.test_stations import MIDNIGHT_MS

MONDAY = date(2026, 3, 2)
NOW_MS = MIDNIGHT_MS + 20 * DAY_MS
COMPANY = "/api/scores/companies/C1/ledger"

# Dumping 10, speeding 1 by either ready-made table; a no-go area 3.
FOUND = [
    district.finding(0, MIDNIGHT_MS + DAY_MS, vehicle=0),
    district.finding(3, MIDNIGHT_MS + 2 * DAY_MS, vehicle=1),
    district.finding(1, MIDNIGHT_MS + 3 * DAY_MS, vehicle=1, district_id=DistrictId("D2")),
    district.finding(2, MIDNIGHT_MS + 18 * DAY_MS, vehicle=2),
    district.finding(6, MIDNIGHT_MS + 4 * DAY_MS, vehicle=1, withdrawn="late data"),
    district.finding(9, MIDNIGHT_MS + 4 * DAY_MS, vehicle=1),  # its case is dismissed
    district.finding(12, MIDNIGHT_MS + 4 * DAY_MS, vehicle=3),  # of no company
]
DISMISSED = FOUND[5]


def document() -> dict:
    known = district.registry(vehicles=4)
    known["companies"].append({"id": "C2", "name": "锦城渣土"})
    del known["vehicles"][3]["company_id"]
    known["districts"].append({"id": "D2", "name": "东区", "geometry": district.box(104.6, 30.66, 0.07)})
    return known


async def half_year(store, scheme: dict | None = JINAN) -> None:
    await store.save_registry(json.dumps(document()).encode(), author="test", effective_from_ms=1)
    await store.commit(district.raised(*FOUND))
    dismiss = NewAct(act=Act.DISMISS, reason="authorised")
    await Cases(store).act_on_alert(SOMEBODY, DISMISSED.id, dismiss, at_ms=DISMISSED.detected_ms + MINUTE_MS)
    if scheme is not None:
        await Demerits(store).put_scheme(
            json.dumps(scheme), effective_from=date(2026, 1, 1), author="test", note=""
        )


def somebody(role: Role, *districts: str) -> Person:
    scope = Scope(frozenset(map(DistrictId, districts)) if districts else None)
    return Person(user_id=f"{role}-{len(districts)}", name=f"A {role}", role=role, scope=scope)


@asynccontextmanager
async def asking(store, *people: Person):
    """Clients of one service, one for each person."""
    async with serve(make_app(store, clock=lambda: NOW_MS)) as url:
        clients = [
            httpx.AsyncClient(base_url=url, headers=await sign_in(store, one), timeout=60) for one in people
        ]
        try:
            yield clients[0] if len(clients) == 1 else clients
        finally:
            for one in clients:
                await one.aclose()


@pytest.fixture
def boss() -> Person:
    return somebody(Role.ADMINISTRATOR)


async def test_standings_are_the_sums_of_their_ledgers_by_every_path(store, boss):
    await half_year(store)
    async with asking(store, boss) as client:
        told = (await client.get("/api/scores")).json()
        assert (told["cycle"]["first"], told["cycle"]["last"], told["whole_city"]) == (
            "2026-01-01",
            "2026-06-30",
            True,
        )
        companies = {one["id"]: one for one in told["companies"]}
        assert {one: companies[one]["points"] for one in companies} == {"C1": 24, "C2": 0}
        assert (companies["C1"]["score"], companies["C1"]["week_points"], companies["C1"]["violations"]) == (
            76,
            1,
            4,
        )
        ledger = (await client.get(COMPANY)).json()
        assert sum(one["points"] for one in ledger["items"]) == ledger["standing"]["points"] == 24
        vehicles = (await client.get("/api/scores/vehicles")).json()["items"]
        assert {one["id"]: one["points"] for one in vehicles} == {"V0": 10, "V1": 13, "V2": 1, "V3": 10}
        ofcompany = (await client.get("/api/scores/vehicles", params={"company": "C1"})).json()["items"]
        assert sum(one["points"] for one in ofcompany) == 24
        for path, column, expected in (
            ("/api/scores/standings.csv?lang=en", "Demerit points", {"蓉城运输": 24, "锦城渣土": 0}),
            (
                "/api/scores/standings.csv?lang=en&about=vehicle",
                "Demerit points",
                {"川A10000": 10, "川A10001": 13},
            ),
        ):
            rows = list(csv.DictReader(io.StringIO((await client.get(path)).content.decode("utf-8-sig"))))
            assert {row["Name"]: int(row[column]) for row in rows}.items() >= expected.items()
        file = (await client.get(f"{COMPANY}.csv", params={"lang": "en"})).content.decode("utf-8-sig")
        rows = list(csv.DictReader(io.StringIO(file)))
        assert [row["Alert"] for row in rows] == [one["alert_id"] for one in ledger["items"]]
        assert sum(int(row["Demerit points"]) for row in rows) == 24


async def test_points_are_of_ones_districts_and_that_is_said(store):
    await half_year(store)
    async with asking(store, somebody(Role.VIEWER, "D2")) as client:
        told = (await client.get("/api/scores")).json()
        assert told["whole_city"] is False
        assert [(one["id"], one["points"]) for one in told["companies"]] == [("C1", 3)]
        assert [one["id"] for one in (await client.get("/api/scores/vehicles")).json()["items"]] == ["V1"]
        assert (await client.get("/api/scores/vehicles/V0/ledger")).status_code == 404
        assert (await client.get("/api/scores/companies/C2/ledger")).status_code == 404


async def test_a_vehicle_that_was_blacklisted_elsewhere_is_shown_so_to_whoever_sees_it(store, boss):
    harsh = deepcopy(JINAN)
    harsh["bands"]["vehicle"][2]["from"] = 13
    await half_year(store, harsh)
    async with asking(store, boss, somebody(Role.DISPATCHER, "D2")) as (all_of_it, east):
        everyone = (await all_of_it.get("/api/scores/lists")).json()["items"]
        assert [(one["id"], one["list"], one["by"]) for one in everyone] == [("V1", "blacklist", "points")]
        assert [one["id"] for one in (await east.get("/api/scores/lists")).json()["items"]] == ["V1"]
        standing = (await east.get("/api/scores/vehicles")).json()["items"][0]
        assert (standing["points"], standing["follows"], standing["listed"]) == (3, "none", "blacklist")


async def test_cycles_before_the_first_alert_are_not_offered_though_the_scheme_is_older(store, boss):
    await half_year(store, None)
    await Demerits(store).put_scheme(
        json.dumps(JINAN), effective_from=date(2021, 1, 1), author="test", note=""
    )
    async with asking(store, boss) as client:
        told = (await client.get("/api/scores")).json()
        assert [one["first"] for one in told["cycles"]] == ["2026-01-01"]


async def test_without_a_scheme_there_is_no_cycle_and_that_is_no_failure(store, boss):
    await half_year(store, None)
    async with asking(store, boss) as client:
        told = (await client.get("/api/scores")).json()
        assert (told["cycle"], told["cycles"], told["companies"]) == (None, [], [])
        assert (await client.get("/api/scores/vehicles")).json()["error"]["code"] == "no_scheme"
        assert (await client.get("/api/scores/lists")).json()["items"] == []
        filed = await client.post("/api/scores/appeals", json={"alert_id": str(FOUND[0].id), "reason": "x"})
        assert (filed.status_code, filed.json()["error"]["code"]) == (409, "no_points")


async def test_an_upheld_appeal_gives_back_the_points_and_leaves_the_alert(store):
    await half_year(store)
    dispatcher, analyst = somebody(Role.DISPATCHER), somebody(Role.ANALYST)
    async with asking(store, dispatcher, analyst) as (desk, office):
        alert = (await desk.get(f"/api/alerts/{FOUND[0].id}")).json()
        given = {
            "alert_id": str(FOUND[0].id),
            "reason": "经核实为消纳场临时出口",
            "file_number": "申〔2026〕12号",
        }
        filed = await desk.post("/api/scores/appeals", json=given)
        assert (filed.status_code, filed.json()["state"], filed.json()["company"]) == (
            201,
            "open",
            "蓉城运输",
        )
        (waiting,) = (await desk.get("/api/scores/appeals", params={"state": "open"})).json()["items"]
        assert (waiting["company_cost"], waiting["vehicle_cost"]) == (10, 10)
        again = await desk.post("/api/scores/appeals", json=given)
        assert (again.status_code, again.json()["error"]["code"]) == (409, "appealed")
        decide = f"/api/scores/appeals/{filed.json()['id']}/decisions"
        upheld = {"state": "upheld", "reason": "属实"}
        assert (await desk.post(decide, json=upheld)).status_code == 403
        assert (await office.post(decide, json=upheld)).json()["state"] == "upheld"
        assert (await desk.get(COMPANY)).json()["standing"]["points"] == 14
        assert (await desk.get("/api/scores/vehicles/V0/ledger")).json()["standing"]["points"] == 0
        assert (await desk.get(f"/api/alerts/{FOUND[0].id}")).json() == alert
        partly = {"state": "partly", "reason": "部分", "company_points": 4, "vehicle_points": 10}
        assert len((await office.post(decide, json=partly)).json()["log"]) == 2
        ledger = (await desk.get(COMPANY)).json()
        assert (ledger["standing"]["points"], ledger["standing"]["back"]) == (20, 4)
        for wrong in (
            {"company_points": 11},
            {"company_points": 0, "vehicle_points": 0},
            {"company_points": None},
        ):
            assert (await office.post(decide, json=partly | wrong)).status_code == 422
        assert (await office.post(decide, json=upheld | {"company_points": 1})).status_code == 422
        listed = (await desk.get("/api/scores/appeals", params={"state": "partly"})).json()["items"]
        assert [(one["decided_by"], one["company_points"]) for one in listed] == [("A analyst", 4)]
        assert listed[0]["company_cost"] == 10
        assert (await desk.get("/api/scores/appeals", params={"state": "open"})).json()["items"] == []


async def test_after_a_refusal_an_appeal_may_be_filed_again(store, boss):
    await half_year(store)
    async with asking(store, boss) as client:
        given = {"alert_id": str(FOUND[1].id), "reason": "x"}
        first = (await client.post("/api/scores/appeals", json=given)).json()
        await client.post(
            f"/api/scores/appeals/{first['id']}/decisions", json={"state": "refused", "reason": "no"}
        )
        assert (await client.post("/api/scores/appeals", json=given)).status_code == 201
        for unknown in (FOUND[4], DISMISSED):
            answer = await client.post(
                "/api/scores/appeals", json={"alert_id": str(unknown.id), "reason": "x"}
            )
            assert answer.json()["error"]["code"] == "no_points"


async def test_a_refused_appeal_is_not_decided_anew_once_another_was_filed(store, boss):
    await half_year(store)
    async with asking(store, boss) as client:
        given = {"alert_id": str(FOUND[1].id), "reason": "x"}
        asked, told = [], {}
        for state in ("refused", "upheld"):
            filed = (await client.post("/api/scores/appeals", json=given)).json()
            asked.append(f"/api/scores/appeals/{filed['id']}/decisions")
            told = (await client.post(asked[-1], json={"state": state, "reason": "no"})).json()
        assert told["state"] == "upheld"
        late = await client.post(
            asked[0], json={"state": "partly", "reason": "x", "company_points": 1, "vehicle_points": 1}
        )
        assert (late.status_code, late.json()["error"]["code"]) == (409, "superseded")
        assert (await client.post(asked[1], json={"state": "refused", "reason": "x"})).status_code == 200


async def test_a_large_ledger_rests_while_alerts_change_but_not_from_what_is_entered(
    store, boss, monkeypatch
):
    monkeypatch.setattr(score_book, "SHORT", 0)
    monkeypatch.setattr(score_book, "RESTS", 1e9)
    await half_year(store)
    async with asking(store, boss) as client:
        before = (await client.get("/api/scores")).json()
        await store.commit(district.raised(district.finding(15, MIDNIGHT_MS + 5 * DAY_MS, vehicle=0)))
        rests = (await client.get("/api/scores")).json()
        assert rests["companies"] == before["companies"]
        assert rests["at"] < before["at"], "as of when it was judged"
        appeal = {"alert_id": str(FOUND[0].id), "reason": "x"}
        assert (await client.post("/api/scores/appeals", json=appeal)).status_code == 201
        after = (await client.get("/api/scores")).json()
        assert after["at"] == before["at"]
        violations = [sum(one["violations"] for one in told["companies"]) for told in (before, after)]
        assert violations[1] == violations[0] + 1


async def test_all_who_ask_share_one_judging_of_each_cycle(store, monkeypatch):
    monkeypatch.setattr(score_book, "SHORT", 0)
    monkeypatch.setattr(score_book, "RESTS", 1e9)
    await half_year(store, None)
    await Demerits(store).put_scheme(
        json.dumps(JINAN), effective_from=date(2025, 1, 1), author="test", note=""
    )
    app = make_app(store, clock=lambda: NOW_MS)
    async with serve(app):
        services = app.state.services
        days = [await dates(services, day) for day in (None, date(2025, 10, 1))]
        assert days[0].cycle != days[1].cycle
        asked = await asyncio.gather(*(scores(services, found) for _ in range(4) for found in days))
        assert len({id(one.judged) for one in asked}) == len(days)


async def test_of_two_appeals_written_at_once_none_is_overlooked(store, database):
    await half_year(store)
    filing = """insert into appeals (alert_id, vehicle_id, at, user_id, user_name, reason)
        values ($1, 'V0', now(), 'u', 'A dispatcher', 'x')"""
    slow, quick = [await asyncpg.connect(database) for _ in range(2)]
    async with slow.transaction():
        await slow.execute(filing, FOUND[0].id)
        await quick.execute(filing, FOUND[1].id)
        before = await Demerits(store).stamp()
    assert await Demerits(store).stamp() != before
    await slow.close()
    await quick.close()


async def test_nobody_files_decides_or_sees_an_appeal_of_another_district(store, boss):
    await half_year(store)
    east = somebody(Role.DISPATCHER, "D2")
    async with asking(store, boss, east, somebody(Role.ANALYST, "D2")) as (all_of_it, desk, office):
        given = {"alert_id": str(FOUND[0].id), "reason": "x"}
        assert (await desk.post("/api/scores/appeals", json=given)).status_code == 404
        filed = (await all_of_it.post("/api/scores/appeals", json=given)).json()
        decide = f"/api/scores/appeals/{filed['id']}/decisions"
        assert (await office.post(decide, json={"state": "upheld", "reason": "x"})).status_code == 404
        assert (await office.get("/api/scores/appeals")).json()["items"] == []


async def test_a_list_by_hand_holds_until_its_day_or_until_taken_off(store, boss):
    await half_year(store)
    async with asking(store, boss, somebody(Role.DISPATCHER)) as (client, desk):
        given = {"about": "company", "id": "C2", "list": "watch", "reason": "督办", "until": "2026-03-22"}
        assert (await desk.post("/api/scores/lists", json=given)).status_code == 403
        assert (await client.post("/api/scores/lists", json=given | {"id": "C9"})).status_code == 404
        kept = (await client.post("/api/scores/lists", json=given)).json()["items"]
        assert [one["id"] for one in kept] == ["C2"]
        over = await client.post("/api/scores/lists", json=given | {"until": "2026-03-21"})
        assert over.json()["items"] == kept
        off = f"/api/scores/lists/{kept[0]['listing_id']}/removal"
        assert (await client.post(off, json={"reason": "整改完成"})).json()["items"] == []
        assert (await client.post(off, json={"reason": "整改完成"})).status_code == 404
        assert (await client.get("/api/scores/lists")).json()["items"] == []


async def test_a_scheme_is_checked_tried_and_put_in_force_by_who_may(store, boss):
    await half_year(store)
    dear = deepcopy(JINAN)
    dear["points"]["illegal_dumping"]["critical"]["company"] = 40
    new = {"document": dear, "effective_from": "2026-03-01", "note": "加重倾倒"}
    async with asking(store, boss, somebody(Role.DISPATCHER), somebody(Role.ANALYST, "D1")) as (
        client,
        desk,
        part,
    ):
        for other in (desk, part):
            assert (await other.post("/api/scores/schemes", json=new)).status_code == 403
            assert (await other.post("/api/scores/schemes/check", json={"document": dear})).status_code == 403
        tried = (await client.post("/api/scores/schemes/check", json={"document": dear})).json()
        row = next(one for one in tried["companies"] if one["id"] == "C1")
        assert (row["before"]["points"], row["after"]["points"], row["after"]["grade"]) == (24, 84, "poor")
        assert (await client.get(COMPANY)).json()["standing"]["points"] == 24
        wrong = dear | {"counts": "all"}
        assert (await client.post("/api/scores/schemes/check", json={"document": wrong})).json()["problems"][
            0
        ]["path"] == "$.counts"
        refused = await client.post("/api/scores/schemes", json=new | {"document": wrong})
        assert (refused.status_code, refused.json()["error"]["code"]) == (422, "invalid_scheme")
        assert refused.json()["error"]["details"][0]["path"] == "$.counts"
        assert (await client.post("/api/scores/schemes", json=new)).json()["is_in_force"] is True
        told = (await client.get("/api/scores")).json()
        assert [(part["version"], part["first"]) for part in told["parts"]] == [
            (1, "2026-01-01"),
            (2, "2026-03-01"),
        ]
        assert (await client.get(COMPANY)).json()["standing"]["points"] == 84
        early = await client.post("/api/scores/schemes", json=new | {"effective_from": "2026-02-01"})
        assert early.status_code == 409
        schemes = (await client.get("/api/scores/schemes")).json()["items"]
        assert [(one["version"], one["note"]) for one in schemes] == [(2, "加重倾倒"), (1, "")]
        assert {one["id"] for one in (await client.get("/api/scores/schemes/ready-made")).json()} == {
            "plain",
            "jinan",
        }
        acts = [one["act"] for one in (await client.get("/api/audit")).json()["items"]]
        assert "put_scheme" in acts


async def test_where_confirmed_ones_count_a_case_closed_with_a_finding_does(store, boss):
    await half_year(store, PLAIN | {"counts": "confirmed"})
    cases, at_ms = Cases(store), FOUND[0].detected_ms + MINUTE_MS
    for act in (
        NewAct(act=Act.ASSIGN, assignee="执法一队", close_due_ms=at_ms + DAY_MS),
        NewAct(act=Act.ANSWER, found=Found.CONFIRMED, reason="现场属实"),
        NewAct(act=Act.CLOSE, reason="已处罚"),
    ):
        await cases.act_on_alert(SOMEBODY, FOUND[0].id, act, at_ms=at_ms)
    async with asking(store, boss) as client:
        ledger = (await client.get(COMPANY)).json()
        assert [one["alert_id"] for one in ledger["items"]] == [str(FOUND[0].id)]
        assert ledger["standing"]["points"] == 10


async def test_a_company_is_charged_for_what_its_vehicle_did_when_it_was_its_own(store, boss):
    await half_year(store)
    sold = document()
    sold["vehicles"][0]["company_id"] = "C2"
    await store.save_registry(
        json.dumps(sold).encode(), author="test", effective_from_ms=MIDNIGHT_MS + 10 * DAY_MS
    )
    async with asking(store, boss) as client:
        assert (await client.get(COMPANY)).json()["standing"]["points"] == 24


async def test_schemes_never_begin_before_the_one_before_them(store):
    demerits = Demerits(store)
    for day in (date(2026, 1, 1), date(2026, 1, 1), date(2026, 5, 1)):
        await demerits.put_scheme(json.dumps(PLAIN), effective_from=day, author="test", note="")
    with pytest.raises(VersionRefused):
        await demerits.put_scheme(json.dumps(PLAIN), effective_from=date(2026, 4, 30), author="test", note="")
    assert [one.version for one in await demerits.schemes()] == [1, 2, 3]
    with pytest.raises(NotThere):
        await demerits.take_off(SOMEBODY, 7, reason="x", at_ms=0)
