"""Statements by HTTP: counts that tie with the list and the rows, files, issuing, amendments, and who may what."""

import asyncio
import csv
import io
import json
from collections.abc import AsyncIterator

import httpx
import openpyxl
import pytest
import pytest_asyncio

from alerts.case_flow import Act
from domain.identifiers import DistrictId
from domain.instant import DAY_MS, HOUR_MS
from domain.person import Person, Role, Scope
from storage.batch import Batch
from storage.cases import Cases, NewAct
from storage.people import People
from tests.api import district
from tests.api.serving import SIGNED_IN, SOMEBODY, make_app, serve, sign_in
from tests.api.test_reports import FOUND, NOW_MS, WEEK, document, week
from tests.api.test_stations import MIDNIGHT_MS

OVER_MS = MIDNIGHT_MS + 7 * DAY_MS
PATH = "/api/statements/2026-W10"
ANALYST = Person(user_id="analyst", name="", role=Role.ANALYST)
VIEWER = Person(user_id="viewer", name="", role=Role.VIEWER)
OF_D2 = Scope(frozenset({DistrictId("D2")}))


class Asking:
    """A running service, asked as different people."""

    def __init__(self, store, url: str) -> None:
        self._store = store
        self._client = httpx.AsyncClient(base_url=url, timeout=60)
        self._headers: dict[str, dict[str, str]] = {}

    async def __call__(
        self, path: str, person: Person = VIEWER, *, method: str = "GET", **query: str
    ) -> httpx.Response:
        if person.user_id not in self._headers:
            self._headers[person.user_id] = await sign_in(self._store, person)
        return await self._client.request(method, path, params=query, headers=self._headers[person.user_id])

    async def issue(self) -> httpx.Response:
        return await self(f"{PATH}/issue", ANALYST, method="POST")

    async def close(self) -> None:
        await self._client.aclose()


@pytest_asyncio.fixture
async def asked(store) -> AsyncIterator[Asking]:
    async with serve(make_app(store, clock=lambda: NOW_MS)) as url:
        asking = Asking(store, url)
        yield asking
        await asking.close()


def lines(answer: httpx.Response) -> list[dict[str, str]]:
    assert answer.status_code == 200, answer.text
    return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"), newline="")))


async def added_late(store):
    """Late data finds another one, after all is over."""
    found = district.finding(2, OVER_MS - HOUR_MS, vehicle=1, subject="vehicle:V1|late")
    await store.commit(district.raised(found))
    return found


async def test_statement_list_file_and_rows_hold_the_same_number(store, asked):
    await week(store)
    sold = document()
    sold["vehicles"][1]["company_id"] = "C2"
    at_ms = MIDNIGHT_MS + 4 * DAY_MS
    await store.save_registry(json.dumps(sold).encode(), author="test", effective_from_ms=at_ms)
    after = district.finding(8, at_ms + HOUR_MS, vehicle=1)
    judged = type(district.raised(after).findings[0])(finding=after, ruleset_version=2)
    await store.commit(Batch(findings=(judged,)))
    told = (await asked.issue()).json()
    report = (await asked("/api/reports", **WEEK)).json()
    listed = (await asked("/api/reports/alerts", **WEEK)).json()
    rows = lines(await asked(f"{PATH}/violations.csv", lang="en"))
    points = (await asked(f"{PATH}/violations.geojson")).json()["features"]
    async with store.connection() as connection:
        counted = await connection.fetchval(
            "select count(*) from alerts where detected_at >= at_ms($1) and detected_at < at_ms($2)",
            MIDNIGHT_MS, OVER_MS,
        )  # fmt: skip
    assert told["alerts"] == report["alerts"]["total"] == listed["total"] == len(rows) == counted == 6
    assert told["violations"] == sum(int(row["Counts"]) for row in rows) == len(points) == 4
    # Of the truck that was sold in mid-week each company has what it did for it.
    by_company = {one["label"]: one["total"] for one in report["by_company"]}
    assert by_company == {"蓉城运输": 3, "锦城渣土": 3}
    assert {name: sum(row["Company"] == name for row in rows) for name in by_company} == by_company
    assert [one["company"] for one in listed["items"] if one["id"] == str(after.id)] == ["锦城渣土"]
    filtered = (await asked("/api/reports/alerts", **WEEK, company="C1")).json()
    assert filtered["total"] == 3


@pytest.mark.filterwarnings(
    "ignore:Unknown extension:UserWarning"
)  # of Excel's newer bars, which openpyxl leaves out
async def test_the_workbook_opens_and_holds_the_week(store, asked):
    await week(store)
    await asked.issue()
    answer = await asked(f"{PATH}/violations.xlsx", lang="zh")
    assert 'filename="haulwatch-violations-2026-W10-zh.xlsx"' in answer.headers["content-disposition"]
    book = openpyxl.load_workbook(io.BytesIO(answer.content))
    cells = {str(cell.value) for sheet in book for row in sheet.iter_rows() for cell in row}
    assert "川A10001" in cells


async def test_a_period_is_over_then_issued_and_files_say_which(store, asked):
    await week(store)
    before = (await asked(PATH)).json()
    assert (before["state"], before["issued"], before["alerts"], before["violations"]) == ("over", [], 5, 3)
    rows = lines(await asked(f"{PATH}/violations.csv", lang="en"))
    assert {row["Line"] for row in rows} == {"Provisional"}
    assert (
        (await asked(f"{PATH}/violations.csv"))
        .headers["content-disposition"]
        .endswith('"haulwatch-violations-2026-W10-provisional-zh.csv"')
    )
    told = (await asked.issue()).json()
    assert (told["state"], [one["number"] for one in told["issued"]]) == ("issued", [0])
    assert told["issued"][0]["issued_by"] == "analyst"
    rows = lines(await asked(f"{PATH}/violations.csv", lang="en"))
    assert {row["Line"] for row in rows} == {"As issued"}
    audit = [(row.user_id, row.act, row.subject) for row in await People(store).audit()]
    assert audit.count(("analyst", "issue_statement", "statement:2026-W10")) == 1


async def test_what_changes_after_issuing_shows_as_an_amendment_and_the_file_of_then_stays(store, asked):
    await week(store)
    await asked.issue()
    before = {kind: (await asked(f"{PATH}/violations.{kind}")).content for kind in ("csv", "geojson")}
    late = await added_late(store)
    await Cases(store).act_on_alert(
        SOMEBODY, FOUND[0].id, NewAct(act=Act.DISMISS, reason="false_alarm"), at_ms=NOW_MS
    )
    # Nobody has issued it again: the files are the same, and the list is what it was.
    for kind, content in before.items():
        assert (await asked(f"{PATH}/violations.{kind}")).content == content
    assert (await asked(f"{PATH}/amendments")).json()["items"] == []
    told = (await asked.issue()).json()
    assert [(one["number"], one["violations"]) for one in told["issued"]] == [(0, 3), (1, 3)]
    (amendment,) = (await asked(f"{PATH}/amendments")).json()["items"]
    assert {(one["kind"], one["alert_id"]) for one in amendment["changes"]} == {
        ("added", str(late.id)), ("dismissed", str(FOUND[0].id))
    }  # fmt: skip
    reasons = {one["kind"]: one["dismissed"] for one in amendment["changes"]}
    assert reasons == {"added": None, "dismissed": "false_alarm"}
    rows = lines(await asked(f"{PATH}/violations.csv", lang="en"))
    as_issued = before["csv"].decode("utf-8-sig").splitlines()
    assert len(rows) == len(as_issued) - 1 + 2
    again = [(await asked(f"{PATH}/violations.csv")).content for _ in range(2)]
    assert again[0] == again[1]
    assert [one["number"] for one in (await asked.issue()).json()["issued"]] == [0, 1]


async def test_the_list_goes_from_the_running_week_back_to_the_first(store, asked):
    await week(store)
    found = (await asked("/api/statements")).json()["items"]
    assert [(one["name"], one["state"], one["alerts"]) for one in found] == [
        ("2026-W11", "running", 1), ("2026-W10", "over", 5), ("2026-W09", "over", 1)
    ]  # fmt: skip
    months = (await asked("/api/statements", kind="month")).json()["items"]
    assert [(one["name"], one["alerts"]) for one in months] == [("2026-03", 7)]


async def test_somebody_of_one_district_gets_that_district_alone(store, asked):
    await week(store)
    await asked.issue()
    await added_late(store)
    await asked.issue()
    person = Person(user_id="d2", name="", role=Role.ANALYST, scope=OF_D2)
    told = (await asked(PATH, person)).json()
    assert (told["alerts"], told["violations"], told["issued"][0]["alerts"]) == (1, 1, 1)
    assert [row["Alert"] for row in lines(await asked(f"{PATH}/violations.csv", person, lang="en"))] == [
        str(FOUND[4].id)
    ]
    for file in ("violations.csv", "violations.xlsx", "violations.geojson"):
        for who, elsewhere in ((person, "D1"), (VIEWER, "nowhere")):
            refused = await asked(f"{PATH}/{file}", who, district=elsewhere)
            assert (refused.status_code, refused.json()["error"]["code"]) == (404, "not_found"), file
    (amendment,) = (await asked(f"{PATH}/amendments", person)).json()["items"]
    assert amendment["changes"] == []
    refused = await asked(f"{PATH}/issue", person, method="POST")
    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "scope")
    one_district = lines(await asked(f"{PATH}/violations.csv", lang="en", district="D2"))
    assert [row["Alert"] for row in one_district] == [str(FOUND[4].id)]


async def test_files_are_made_one_after_the_other(store):
    await week(store)
    app = make_app(store, clock=lambda: NOW_MS)
    async with (
        serve(app) as url,
        httpx.AsyncClient(base_url=url, headers=SIGNED_IN, timeout=60) as client,
    ):
        paths = (
            f"{PATH}/violations.xlsx",
            f"{PATH}/violations.csv",
            f"/api/alerts/{FOUND[0].id}/evidence.zip",
        )
        async with app.state.services.drawing:
            asked_for = [asyncio.create_task(client.get(path)) for path in paths]
            done, _ = await asyncio.wait(asked_for, timeout=0.5)
            assert not done
        assert [answer.status_code for answer in await asyncio.gather(*asked_for)] == [200, 200, 200]


@pytest.mark.parametrize("role", [Role.VIEWER, Role.DISPATCHER])
async def test_issuing_is_for_analysts(store, asked, role):
    await week(store)
    answer = await asked(f"{PATH}/issue", Person(user_id="u", name="", role=role), method="POST")
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "role")


@pytest.mark.parametrize(
    ("period", "status", "code"),
    [
        ("2026-W11", 409, "running"),
        ("2020-W10", 409, "nothing"),
        ("0001-W01", 409, "nothing"),
        ("9999-12", 409, "running"),
        ("2026-W99", 422, "invalid_request"),
        ("lately", 422, "invalid_request"),
    ],
)
async def test_what_cannot_be_issued_is_refused_with_its_reason(store, asked, period, status, code):
    await week(store)
    answer = await asked(f"/api/statements/{period}/issue", ANALYST, method="POST")
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)


async def test_before_the_first_registry_there_is_nothing_to_state(store, asked):
    answer = await asked(f"{PATH}/violations.csv")
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "no_registry")
    assert (await asked("/api/statements")).json() == {"items": []}
