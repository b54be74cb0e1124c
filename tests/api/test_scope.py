"""Somebody of district A gets nothing of district B, by any route, filter, stream or link.

Whatever belongs to B carries the mark; a route that is added later is asked too, with B's own ids.
"""

import json
from datetime import date
from hashlib import sha256
from zoneinfo import ZoneInfo

import httpx
import pytest_asyncio

from alerts.case_flow import Act
from alerts.demerit_examples import PLAIN
from domain.localtime import local_day
from domain.period import PeriodKind, period_of
from domain.person import Person, Role, Scope
from runtime.clock import now_ms
from storage.backtests import Backtests, NewBacktest
from storage.batch import Batch
from storage.cases import Cases, NewAct
from storage.demerits import Demerits
from storage.drafts import Drafts
from storage.reports import Reports
from storage.schedules import ScheduleGiven, Schedules
from storage.shelves import Shelves
from storage.webhooks import TargetGiven, Webhooks
from tests.api import district
from tests.api.serving import SOMEBODY, make_app, serve, sign_in
from tests.api.stream import listening

MARK = "Only-B"
EAST = 0.5
"""How far east district B lies, in degrees."""

SHANGHAI = ZoneInfo("Asia/Shanghai")
OF_A = Scope(frozenset({"D1"}))


def registry() -> dict:
    known = district.registry(vehicles=2)
    known["districts"].append(
        {"id": MARK, "name": MARK, "geometry": district.box(district.LON + EAST, district.LAT, 0.07)}
    )
    known["vehicles"].append(
        {
            "id": f"V-{MARK}",
            "plate": f"川B{MARK}",
            "plate_color": "blue",
            "kind": "muck_truck",
            "company_id": f"C-{MARK}",
            "device_id": f"T-{MARK}",
        }
    )
    known["companies"].append({"id": f"C-{MARK}", "name": MARK})
    known["stations"].append(
        {"id": f"S-{MARK}", "name": MARK, "district_id": MARK, "device_id": f"D-{MARK}",
         "lon": district.LON + EAST, "lat": district.LAT}
    )  # fmt: skip
    # One names its district, the other lies in it.
    for name, named in (("named", {"district_id": MARK}), ("lying", {})):
        known["zones"].append(
            {"id": f"Z-{MARK}-{name}", "name": MARK, "kind": "no_go",
             "geometry": district.box(district.LON + EAST, district.LAT, 0.01)} | named
        )  # fmt: skip
    line = [[district.LON + EAST, district.LAT], [district.LON + EAST + 0.01, district.LAT]]
    known["routes"].append(
        {"id": f"R-{MARK}", "name": MARK, "geometry": {"type": "LineString", "coordinates": line}}
    )
    return known


@pytest_asyncio.fixture
async def world(store):
    return await two_districts(store)


async def two_districts(store) -> dict:
    """Two districts with the same in each; gives what B's things are called."""
    await store.save_registry(
        json.dumps(registry()).encode(), author="test", effective_from_ms=district.START_MS
    )
    at_ms = now_ms()
    ours, theirs = district.fix(0, at_ms), district.fix(1, at_ms, east=EAST, device_id=f"T-{MARK}")
    rejected = [district.rejection(1), district.rejection(2)]
    rejected[1] = type(rejected[1])(
        **{**{name: getattr(rejected[1], name) for name in rejected[1].__struct_fields__},
           "device_id": f"T-{MARK}", "topic": f"haulwatch/v1/T-{MARK}/position"}
    )  # fmt: skip
    await store.commit(Batch(positions=(ours, theirs), rejections=tuple(rejected)))
    found = [
        district.finding(0, at_ms),
        district.finding(
            1,
            at_ms,
            subject=f"vehicle:V-{MARK}",
            vehicle_id=f"V-{MARK}",
            device_id=f"T-{MARK}",
            district_id=MARK,
        ),
        district.finding(2, at_ms, subject=f"vehicle:V-{MARK}-nowhere", district_id=None),
    ]
    await store.commit(district.raised(*found))
    cases = Cases(store)
    opened = []
    for one in found[:2]:
        act = NewAct(act=Act.ACKNOWLEDGE, reason=MARK if one is found[1] else "")
        opened.append(await cases.act_on_alert(SOMEBODY, one.id, act, at_ms=at_ms))
    file = await cases.attach(
        SOMEBODY, opened[1].id, name=MARK, media_type="image/png", sha256=sha256(b"b").digest(), content=b"b"
    )
    theirs_stored = await store.alert(found[1].id)
    shelf = await Shelves(store).shelve(
        SOMEBODY, theirs_stored, until_ms=at_ms + 60_000, until_ended=False, reason=MARK, at_ms=at_ms
    )
    draft_id = await Drafts(store).begin(author="test", note=MARK, base_version=1)
    tried = NewBacktest(from_ms=at_ms - 3_600_000, to_ms=at_ms, version=1)
    backtest_id = await Backtests(store).ask(MARK, tried)
    nothing = {"total": 0, "items": []}
    left = dict.fromkeys(("untaken", "overdue", "review", "shelved", "silent"), nothing)
    left |= {"at": "2026-11-22T08:00:00.000Z", "ongoing": 0, "open": 0, "devices": 0}
    handover = await Reports(store).hand_over(
        SOMEBODY, handed_to=MARK, note=MARK, state=json.dumps(left), at_ms=at_ms
    )
    appeal_id, listing_id = await scored(store, found[1], at_ms)
    await worked(store)
    target = TargetGiven(name=MARK, url="http://127.0.0.1:9/", state="paused")
    target_id = await Webhooks(store).add(target, b"secret" * 6, by="test")
    mailed = ScheduleGiven(
        name=MARK, kind="week", after_days=0, at_minute=0, formats=("csv",), language="zh", district_ids=None,
        recipients=(), is_active=False,
    )  # fmt: skip
    schedule_id = await Schedules(store).add(mailed, by="test", at_ms=at_ms)
    return {
        "target_id": target_id, "schedule_id": schedule_id,
        "appeal_id": appeal_id, "listing_id": listing_id, "company_id": f"C-{MARK}",
        "alert_id": found[1].id, "case_id": opened[1].id, "attachment_id": file.id, "device_id": f"T-{MARK}",
        "vehicle_id": f"V-{MARK}", "station_id": f"S-{MARK}", "zone_id": f"Z-{MARK}-named", "version": 1, "number": 1,
        "shelf_id": shelf.id, "user_id": "test", "token_id": 1, "draft_id": draft_id,
        "backtest_id": backtest_id, "handover_id": handover.id,
        "section": "vehicles", "protocol": "jt808", "terminal_id": MARK,
        "lang": "zh", "layer": "vec", "zoom": 1, "x": 0, "y": 0, "period": period_of(PeriodKind.WEEK, local_day(at_ms, SHANGHAI)).name,
    }  # fmt: skip


async def scored(store, theirs, at_ms: int) -> tuple[int, int]:
    """A scheme, an appeal against B's alert, and B's vehicle on a list by hand."""
    demerits = Demerits(store)
    await demerits.put_scheme(json.dumps(PLAIN), effective_from=date(2020, 1, 1), author="test", note=MARK)
    appeal_id = await demerits.file(
        SOMEBODY, theirs.id, company_id=f"C-{MARK}", vehicle_id=theirs.vehicle_id, district_id=MARK,
        file_number=MARK, reason=MARK, at_ms=at_ms,
    )  # fmt: skip
    listing_id = await demerits.enter(
        SOMEBODY, "vehicle", theirs.vehicle_id, "blacklist", until=None, reason=MARK, at_ms=at_ms
    )
    return appeal_id, listing_id


async def worked(store) -> None:
    """A day of B's vehicle: a trip from B's site, a stop in B."""
    async with store.connection() as connection:
        await connection.execute(
            f"""insert into work_days (device_id, day, counted_at, vehicle_id, district_id, plan_id, reports, driven_m,
                    moving_s, working_m, working_s, rounds, trips)
                values ('T-{MARK}', '2020-06-01', now(), 'V-{MARK}', '{MARK}', 'P-{MARK}', 1, 1, 1, 1, 1, 1, 1);
            insert into work_hauls (device_id, day, source_id, permit_id, unloaded_id, vehicle_id, trips,
                    measured_trips, weightless_trips, elsewhere_trips, tonnes, rated_t)
                values ('T-{MARK}', '2020-06-01', 'Z-{MARK}-named', 'P-{MARK}', '', 'V-{MARK}', 1, 0, 0, 0, 9, 9);
            insert into work_runs values ('T-{MARK}', '2020-06-01', 'R-{MARK}', '{MARK}', 'V-{MARK}', 1, 1, 1, 1)"""
        )


async def answers(url: str, headers: dict[str, str], world: dict) -> dict[str, httpx.Response]:
    async with httpx.AsyncClient(base_url=url, headers=headers, timeout=60) as client:
        document = (await client.get("/openapi.json")).json()
        given = {}
        for path, methods in document["paths"].items():
            if "get" not in methods or path == "/metrics":
                continue
            at = path
            for name, value in world.items():
                at = at.replace(f"{{{name}}}", str(value))
            assert "{" not in at, f"say what {path} of district B would be"
            asks = [one for one in methods["get"].get("parameters", []) if one["in"] == "query"]
            query = {one["name"]: _value(one["name"]) for one in asks if one.get("required")}
            for more in ({}, {"limit": 500}, {"device": f"T-{MARK}"}, {"district": MARK}, {"tab": "all"}):
                if not more.keys() <= {one["name"] for one in asks}:
                    continue  # refused with 422, whoever asks
                given[f"{at}?{more}"] = await client.get(at, params=query | more)
        return given


def _value(name: str) -> str:
    return {"first": "2020-01-01", "last": "2020-12-01"}.get(name, "2026-01-01T00:00:00Z")


async def test_no_route_tells_somebody_of_a_anything_of_b(store, world):
    async with serve(make_app(store)) as url:
        for role in Role:
            if role is Role.ADMINISTRATOR:
                continue
            person = Person(user_id=f"a-{role}", name="A", role=role, scope=OF_A)
            given = await answers(url, await sign_in(store, person), world)
            for path, answer in given.items():
                echoed = answer.status_code in (404, 422)  # the id that was asked for is said back
                assert echoed or MARK not in answer.text, path
                assert answer.status_code < 500, (path, answer.text)


async def test_the_same_questions_tell_somebody_without_a_scope_of_b(store, world):
    async with serve(make_app(store)) as url:
        given = await answers(url, await sign_in(store), world)
        told = {path.split("?")[0] for path, answer in given.items() if MARK in answer.text}
    for path in (
        "/api/registry",
        "/api/positions",
        "/api/alerts",
        "/api/cases",
        "/api/rejections",
        "/api/scores",
        "/api/scores/lists",
        "/api/scores/appeals",
        f"/api/scores/vehicles/V-{MARK}/ledger",
        "/api/work/trips",
        "/api/work/cleaning",
        "/api/work/collection",
        "/api/work/days.csv",
    ):
        assert path in told


async def test_the_stream_tells_somebody_of_a_nothing_of_b(store, world):
    headers = None
    async with serve(make_app(store)) as url:
        headers = await sign_in(store, Person(user_id="a", name="A", role=Role.DISPATCHER, scope=OF_A))
        async with listening(url, after=0, headers=headers) as listener:
            await listener.look(devices=[f"T-{MARK}"])
            await listener.until_type("positions")
            at_ms = now_ms()
            theirs = district.fix(1, at_ms + 1, east=EAST, device_id=f"T-{MARK}")
            await store.commit(Batch(positions=(theirs, district.fix(0, at_ms + 1))))
            await Cases(store).act(
                SOMEBODY, world["case_id"], NewAct(act=Act.COMMENT, reason=MARK), at_ms=at_ms
            )
            await store.commit(
                district.raised(
                    district.finding(1, at_ms + 5, subject=f"vehicle:V-{MARK}-2", district_id=MARK),
                    district.finding(0, at_ms + 6, subject="vehicle:V0-2"),
                )
            )
            await listener.until(
                lambda one: (
                    one["type"] == "alert" and one["alert"]["vehicle_id"] == "V0" and one["number"] > 3
                )
            )
            await listener.until(
                lambda one: one["type"] == "positions" and any(row[1] == at_ms + 1 for row in one["rows"])
            ) if not any(
                row[1] == at_ms + 1 for one in listener.messages for row in one.get("rows", ())
            ) else None
        assert MARK not in json.dumps(listener.messages)
        numbers = [one["number"] for one in listener.messages if one["type"] in ("alert", "passed")]
        assert numbers == sorted(set(numbers))
        assert numbers[0] == 1


async def test_a_truck_that_drives_out_of_the_scope_is_told_as_gone(store, world):
    async with serve(make_app(store)) as url:
        headers = await sign_in(store, Person(user_id="a", name="A", role=Role.VIEWER, scope=OF_A))
        async with listening(url, headers=headers) as listener:
            await listener.look()
            held = (await listener.positions())["T0000"][0]
            await store.commit(Batch(positions=(district.fix(0, now_ms() + 1, east=EAST),)))
            told = await listener.until(lambda one: one["type"] == "positions" and one["gone"])
    assert told["gone"] == [held]
    assert told["rows"] == []


async def test_nothing_of_b_can_be_acted_on_from_a(store, world):
    async with serve(make_app(store)) as url:
        headers = await sign_in(store, Person(user_id="a", name="A", role=Role.DISPATCHER, scope=OF_A))
        async with httpx.AsyncClient(base_url=url, headers=headers, timeout=60) as client:
            for path in (
                f"/api/cases/{world['case_id']}/acts",
                f"/api/alerts/{world['alert_id']}/acts",
            ):
                assert (await client.post(path, json={"act": "comment"})).status_code == 404
            for method, path in (
                ("PUT", "presence"),
                ("DELETE", "presence"),
                ("POST", "link"),
                ("DELETE", "link"),
            ):
                answer = await client.request(method, f"/api/cases/{world['case_id']}/{path}")
                assert answer.status_code == 404, (method, path)
            many = {
                "act": "comment",
                "case_ids": [world["case_id"]],
                "on_alert_ids": [str(world["alert_id"])],
            }
            results = (await client.post("/api/cases/acts", json=many)).json()
            assert [one["code"] for one in results] == ["not_found", "not_found"]
            ours = await client.post("/api/cases", json={"title": "x", "district_id": "D1"})
            join = {"act": "join", "alert_ids": [str(world["alert_id"])]}
            answer = await client.post(f"/api/cases/{ours.json()['id']}/acts", json=join)
            assert answer.status_code == 404
            png = b"\x89PNG\r\n\x1a\n" + bytes(100)
            answer = await client.post(
                f"/api/cases/{world['case_id']}/attachments", params={"name": "x"}, content=png
            )
            assert answer.status_code == 404
            answer = await client.post("/api/cases", json={"title": "x", "district_id": MARK})
            assert answer.status_code == 404
