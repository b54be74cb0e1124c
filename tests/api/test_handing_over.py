"""Shifts handed over: what is open is kept as it was, for those who may see it, and never changed."""

import httpx
import pytest
from asyncpg import RaiseError

from alerts.case_flow import Act
from api.handing_over import MOST_ITEMS
from domain.instant import DAY_MS, MINUTE_MS
from domain.person import Person, Role, Scope
from domain.station import Severity
from runtime.clock import now_ms
from storage.batch import Batch
from storage.cases import Cases, NewAct
from storage.people import People
from tests.api import district
from tests.api.serving import SIGNED_IN, SOMEBODY, make_app, serve, sign_in


async def night(store) -> None:
    """One alert untaken, one taken and overdue by now, a truck silent since an hour, one that was never heard."""
    await district.save_registry(store, vehicles=2)
    at_ms = now_ms()
    await store.commit(Batch(positions=(district.fix(0, at_ms - 60 * MINUTE_MS),)))
    old, new = district.finding(0, at_ms - 2 * DAY_MS), district.finding(1, at_ms - MINUTE_MS, vehicle=1)
    await store.commit(district.raised(old, new))
    acknowledged = NewAct(act=Act.ACKNOWLEDGE)
    await Cases(store).act_on_alert(SOMEBODY, old.id, acknowledged, at_ms=at_ms - 2 * DAY_MS)


async def test_what_is_handed_over_is_what_was_open_and_the_next_shift_reads_it(store):
    await night(store)
    async with (
        serve(make_app(store)) as url,
        httpx.AsyncClient(base_url=url, headers=SIGNED_IN, timeout=60) as client,
    ):
        now = (await client.get("/api/handovers/now")).json()
        assert (now["ongoing"], now["untaken"]["total"], now["open"]) == (2, 1, 1)
        assert [one["subject"] for one in now["untaken"]["items"]] == ["川A10001"]
        assert (now["overdue"]["total"], now["review"]["total"], now["shelved"]["total"]) == (1, 0, 0)
        assert now["overdue"]["items"][0]["rule"] == "illegal_dumping"
        assert [one["device_id"] for one in now["silent"]["items"]] == ["T0000"]
        assert now["devices"] == 3

        given = {"handed_to": "李娜", "note": "东门的车还没有核实"}
        answer = await client.post("/api/handovers", json=given)
        assert answer.status_code == 201
        kept = answer.json()
        newest = (await client.get("/api/handovers")).json()["items"][0]
        assert newest == kept
        assert (newest["handed_to"], newest["note"]) == ("李娜", "东门的车还没有核实")
        assert newest["state"]["untaken"] == now["untaken"]
    assert (await People(store).audit())[0].act == "hand_over"


async def test_the_worst_of_what_is_untaken_is_listed_first_and_left_out_last(store):
    await district.save_registry(store, vehicles=2)
    at_ms = now_ms()
    worst_is_oldest = [
        district.finding(n, at_ms - n * MINUTE_MS, severity=severity) for n, severity in enumerate(Severity)
    ]
    newer = [district.finding(10 + n, at_ms, severity=Severity.MINOR) for n in range(MOST_ITEMS)]
    await store.commit(district.raised(*worst_is_oldest, *newer))
    async with (
        serve(make_app(store)) as url,
        httpx.AsyncClient(base_url=url, headers=SIGNED_IN, timeout=60) as client,
    ):
        untaken = (await client.get("/api/handovers/now")).json()["untaken"]
    listed = [one["severity"] for one in untaken["items"]]
    assert (untaken["total"], len(listed)) == (MOST_ITEMS + 4, MOST_ITEMS)
    assert listed == ["critical", "major", *["minor"] * (MOST_ITEMS - 2)]


async def test_nobody_changes_a_hand_over(store):
    await night(store)
    async with (
        serve(make_app(store)) as url,
        httpx.AsyncClient(base_url=url, headers=SIGNED_IN, timeout=60) as client,
    ):
        await client.post("/api/handovers", json={"handed_to": "x"})
    async with store.connection() as connection:
        with pytest.raises(RaiseError):
            await connection.execute("update handovers set note = 'y'")


async def test_a_viewer_reads_and_does_not_hand_over(store):
    await night(store)
    async with serve(make_app(store)) as url:
        headers = await sign_in(store, Person(user_id="v", name="V", role=Role.VIEWER))
        async with httpx.AsyncClient(base_url=url, headers=headers, timeout=60) as client:
            assert (await client.get("/api/handovers/now")).status_code == 200
            assert (await client.post("/api/handovers", json={"handed_to": "x"})).status_code == 403


async def test_a_hand_over_is_read_by_those_who_may_see_all_that_it_speaks_of(store):
    await night(store)
    one, both = Scope(frozenset({"D1"})), Scope(frozenset({"D1", "D2"}))
    async with serve(make_app(store)) as url:
        ids = {}
        for user, scope in (("all", Scope(None)), ("both", both), ("one", one)):
            headers = await sign_in(store, Person(user_id=user, name=user, role=Role.DISPATCHER, scope=scope))
            async with httpx.AsyncClient(base_url=url, headers=headers, timeout=60) as client:
                ids[user] = (await client.post("/api/handovers", json={"handed_to": "x"})).json()["id"]
                seen = [each["id"] for each in (await client.get("/api/handovers")).json()["items"]]
                assert seen == [ids["one"]] if user == "one" else ids[user] in seen
                for whose, number in ids.items():
                    covers = user == "all" or whose == "one" or whose == user
                    answer = await client.get(f"/api/handovers/{number}")
                    assert answer.status_code == (200 if covers else 404)
