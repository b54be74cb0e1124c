"""The bulletin over a real database: its figures are those of the statement, within what somebody may see."""

import httpx

from alerts.case_flow import Act
from domain.instant import DAY_MS
from domain.period import read_period
from domain.person import Person, Role, Scope
from exports.book_reader import BookReader
from exports.bulletin.bulletin import bulletin
from exports.statements import Statements
from storage.cases import Cases, NewAct
from tests.api import district
from tests.api.serving import SIGNED_IN, SOMEBODY, make_app, serve, sign_in
from tests.api.test_reports import FOUND, NOW_MS, OUTSIDE, week

WEEK = "2026-W10"


async def asked(
    store, path: str, person: Person | None = None, *, now_ms: int = NOW_MS, organ: str = "", **query: str
):
    app = make_app(store, clock=lambda: now_ms, bulletin_organ=organ)
    async with serve(app) as url:
        headers = await sign_in(store, person or Person(user_id="all", name="", role=Role.VIEWER))
        async with httpx.AsyncClient(base_url=url, headers=headers, timeout=60) as client:
            return await client.get(path, params=query)


async def told(store, period: str = WEEK, **given) -> dict:
    answer = await asked(store, f"/api/statements/{period}/bulletin", **given)
    assert answer.status_code == 200, answer.text
    return answer.json()


def statements(store) -> Statements:
    return Statements(store, BookReader(store))


async def test_a_week_that_was_issued_is_told_as_its_statement_says(store):
    await week(store)
    issued = await statements(store).issue(read_period(WEEK), NOW_MS, "test")
    found = await told(store, organ="市城管委")
    violations = [one for one in issued.alerts if one.counts]
    assert (found["period"], found["issue"], found["organ"]) == (WEEK, 10, "市城管委")
    assert (found["first"], found["last"], found["is_provisional"]) == ("2026-03-02", "2026-03-08", False)
    head = found["headline"]
    assert head["alerts"]["n"] == len(issued.alerts) == len(FOUND)
    assert head["violations"]["n"] == len(violations)
    assert head["withdrawn"]["n"] + head["dismissed"]["n"] == len(issued.alerts) - len(violations)
    assert sum(one["count"]["n"] for one in found["companies"]["rows"]) == len(violations)
    assert found["before"] is None
    same = bulletin([issued], (), districts=None)
    assert {one["name"]: (one["n"], one["of"]) for one in found["rates"]} == {
        one.name: (one.n, one.of) for one in same.rates
    }
    assert "无上一期数据可比" in found["summary"]["zh"][0]


async def test_a_week_is_compared_with_the_one_before_where_that_was_issued(store):
    await week(store)
    await statements(store).issue(read_period("2026-W09"), NOW_MS, "test")
    found = await told(store)
    assert found["before"] == "2026-W09"
    assert found["headline"]["violations"]["before"] == 1  # the one just before midnight
    assert found["is_provisional"]
    assert "暂定" in found["summary"]["zh"][0]


async def test_a_week_that_is_issued_after_the_next_one_changes_nothing_of_it(store):
    await week(store)
    kept = statements(store)
    await kept.issue(read_period(WEEK), NOW_MS, "test")
    found = await told(store)
    await kept.issue(read_period("2026-W09"), NOW_MS + DAY_MS, "test")
    assert await told(store, now_ms=NOW_MS + 2 * DAY_MS) == found
    assert found["before"] is None


async def test_what_people_decide_after_the_issue_is_an_amendment_and_no_other_figure(store):
    await week(store)
    kept = statements(store)
    await kept.issue(read_period(WEEK), NOW_MS, "test")
    before = await told(store)
    await Cases(store).act_on_alert(
        SOMEBODY, FOUND[4].id, NewAct(act=Act.DISMISS, reason="authorised"), at_ms=NOW_MS + 1
    )
    await kept.issue(read_period(WEEK), NOW_MS + DAY_MS, "test")
    after = await told(store)
    (amended,) = after["amendments"]
    assert (amended["number"], amended["gone"], amended["added"], amended["changed"]) == (1, 1, 0, 0)
    assert amended["violations"]["n"] == before["headline"]["violations"]["n"] - 1
    same = ("headline", "companies", "offenders", "rates", "cases", "stated_at")
    assert {name: after[name] for name in same} == {name: before[name] for name in same}


async def test_a_month_is_told_too(store):
    await week(store)
    found = await told(store, "2026-03")
    assert (found["kind"], found["issue"], len(found["headline"]["by_day"])) == ("month", 3, 31)
    assert found["headline"]["alerts"]["n"] == len(FOUND) + len(OUTSIDE)


async def test_somebody_of_one_district_gets_the_bulletin_of_that_district(store):
    await week(store)
    person = Person(user_id="d2", name="", role=Role.VIEWER, scope=Scope(frozenset({"D2"})))
    found = await told(store, person=person)
    assert found["within"] == ["东区"]
    assert found["headline"]["alerts"]["n"] == 1
    assert found["arrivals"] is None
    assert await told(store, district="D2") == found
    answer = await asked(store, f"/api/statements/{WEEK}/bulletin", person, district="D1")
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "not_found")


async def test_periods_before_the_first_report_are_empty_and_those_to_come_or_that_are_none_are_refused(
    store,
):
    async with (
        serve(make_app(store, clock=lambda: NOW_MS)) as url,
        httpx.AsyncClient(base_url=url, headers=SIGNED_IN, timeout=60) as client,
    ):

        async def ask(period: str) -> tuple[int, dict]:
            answer = await client.get(f"/api/statements/{period}/bulletin")
            return answer.status_code, answer.json()

        status, found = await ask(WEEK)
        assert (status, found["error"]["code"]) == (409, "no_registry")
        await district.save_registry(store)
        for period in ("0001-W01", "0001-01", "1969-12"):
            status, found = await ask(period)
            assert status == 200, period
            assert (found["headline"]["alerts"]["n"], found["is_provisional"]) == (0, True)
        for period in ("2026-W12", "2040-W01", "9999-12", "9999-W51"):
            for what in ("bulletin", "bulletin.docx", "violations.xlsx"):
                answer = await client.get(f"/api/statements/{period}/{what}")
                assert (answer.status_code, answer.json()["error"]["code"]) == (409, "not_begun"), period
        for period in ("2026-W60", "2026-13", "last-week", "9999-W52"):
            status, found = await ask(period)
            assert (status, found["error"]["code"]) == (422, "invalid_request"), period
