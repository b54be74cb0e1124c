"""Reports over a real database: each figure against its rows counted by hand, its list and its file."""

import csv
import io
import json
from collections import Counter
from datetime import date, timedelta

import httpx
import pytest

from alerts.case_flow import Act
from alerts.evidence import NoPermitEvidence
from domain.identifiers import DistrictId, RuleId, ZoneId
from domain.instant import DAY_MS, MINUTE_MS
from domain.person import Person, Role, Scope
from domain.rule import RuleKind
from domain.station import Severity
from storage.batch import Batch
from storage.cases import Cases, NewAct
from tests.api import district
from tests.api.serving import SOMEBODY, make_app, serve, sign_in
from tests.api.test_stations import MIDNIGHT_MS

MONDAY = date(2026, 3, 2)
SUNDAY = MONDAY + timedelta(days=6)
NOW_MS = MIDNIGHT_MS + 8 * DAY_MS
WEEK = {"first": MONDAY.isoformat(), "last": SUNDAY.isoformat()}


def document() -> dict:
    known = district.registry(vehicles=4)
    known["vehicles"][3] |= {"company_id": "C2", "plate": "=川A"}
    known["companies"].append({"id": "C2", "name": "锦城渣土"})
    known["zones"][0] |= {"site_id": "site-1"}
    known["stations"][0] |= {"site_id": "site-1"}
    known["districts"].append({"id": "D2", "name": "东区", "geometry": district.box(104.6, 30.66, 0.07)})
    return known


def left_unpermitted(number: int, at_ms: int, **changes: object):
    evidence = NoPermitEvidence(site_zone_id=ZoneId("Z-source"))
    about = {"rule": RuleKind.NO_PERMIT, "rule_id": RuleId("no_permit"), "severity": Severity.MAJOR}
    return district.finding(number, at_ms, evidence=evidence, **about | changes)


FOUND = [
    left_unpermitted(1, MIDNIGHT_MS, vehicle=1),  # the first instant of the week
    left_unpermitted(2, MIDNIGHT_MS + 7 * DAY_MS - 1, vehicle=3),  # the last one
    district.finding(2, MIDNIGHT_MS + DAY_MS, vehicle=3),
    district.finding(5, MIDNIGHT_MS + DAY_MS, vehicle=1, withdrawn="late data"),
    district.finding(0, MIDNIGHT_MS + 2 * DAY_MS, vehicle=1, district_id=DistrictId("D2")),
]
OUTSIDE = [
    district.finding(6, MIDNIGHT_MS - 1, vehicle=1),
    district.finding(9, MIDNIGHT_MS + 7 * DAY_MS, vehicle=1),
]


async def week(store) -> None:
    known = json.dumps(document()).encode()
    await store.save_registry(known, author="test", effective_from_ms=1)
    await store.commit(district.raised(*FOUND, *OUTSIDE))
    # Two devices were heard: one on two days of the week, one on a day of it and one beyond.
    days = [(0, 0), (0, 3), (1, 6), (1, 7)]
    heard = [district.fix(device, MIDNIGHT_MS + day * DAY_MS + MINUTE_MS) for device, day in days]
    await store.commit(Batch(positions=tuple(heard)))
    cases = Cases(store)
    for one, acts in (
        (FOUND[0], [NewAct(act=Act.ACKNOWLEDGE)]),
        (FOUND[2], [NewAct(act=Act.DISMISS, reason="authorised")]),
    ):
        for act in acts:
            await cases.act_on_alert(SOMEBODY, one.id, act, at_ms=one.detected_ms + MINUTE_MS)


async def asked(store, path: str, person: Person | None = None, **query: str) -> httpx.Response:
    async with serve(make_app(store, clock=lambda: NOW_MS)) as url:
        headers = await sign_in(store, person or Person(user_id="all", name="", role=Role.VIEWER))
        async with httpx.AsyncClient(base_url=url, headers=headers, timeout=60) as client:
            return await client.get(path, params=query)


def by_id(tallies: list[dict]) -> dict[str | None, int]:
    return {one["id"]: one["total"] for one in tallies}


async def test_the_figures_of_a_week_are_those_of_its_rows(store):
    await week(store)
    told = (await asked(store, "/api/reports", **WEEK)).json()
    assert (told["week"], told["timezone"]) == ("2026-W10", "Asia/Shanghai")
    assert (told["alerts"]["total"], told["alerts"]["withdrawn"]) == (5, 1)
    assert told["alerts"]["by_severity"] == {"critical": 1, "major": 2, "minor": 1, "info": 0}
    assert by_id(told["by_rule"]) == {"no_permit": 2, "speeding": 2, "illegal_dumping": 1}
    assert by_id(told["by_company"]) == {"C1": 3, "C2": 2}
    assert by_id(told["by_site"]) == {"site-1": 2, None: 3}
    assert by_id(told["by_district"]) == {"D1": 4, "D2": 1}
    assert {one["label"] for one in told["by_site"]} == {"锦江工地", ""}
    assert told["taken"] == {"n": 2, "of": 4}
    cases = told["cases"]
    assert (cases["opened"], cases["open"], cases["dismissed"], cases["overdue"]) == (2, 1, 1, 1)
    assert cases["answered_in_time"] == {"n": 0, "of": 1}
    assert told["online"] == {
        "days": 7, "vehicles": {"n": 3, "of": 4 * 7}, "stations": {"n": 0, "of": 7}
    }  # fmt: skip


async def test_a_week_that_goes_on_counts_the_days_that_have_begun(store):
    await week(store)
    next_week = {"first": "2026-03-09", "last": "2026-03-15"}
    told = (await asked(store, "/api/reports", **next_week)).json()
    assert told["online"]["days"] == 2
    assert told["online"]["vehicles"] == {"n": 1, "of": 8}
    assert told["alerts"]["total"] == 1


@pytest.mark.parametrize(
    ("filters", "count"),
    [
        ({}, 5),
        ({"rule": "no_permit"}, 2),
        ({"company": "C2"}, 2),
        ({"site": "site-1"}, 2),
        ({"site": ""}, 3),
        ({"district": "D2"}, 1),
        ({"severity": "minor"}, 1),
        ({"company": "C2", "rule": "speeding"}, 1),
    ],
    ids=str,
)
async def test_figure_list_and_file_hold_the_same_alerts(store, filters, count):
    await week(store)
    listed = (await asked(store, "/api/reports/alerts", **WEEK, **filters)).json()
    assert (listed["total"], len(listed["items"])) == (count, count)
    answer = await asked(store, "/api/reports/alerts.csv", **WEEK, **filters, lang="en")
    assert answer.content.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"), newline="")))
    assert [row["Alert"] for row in rows] == [one["id"] for one in listed["items"]]
    states = Counter(row["State"] for row in rows)
    assert states["withdrawn"] == sum(one["state"] == "withdrawn" for one in listed["items"])
    assert not [row for row in rows if row["Plate"].startswith("=")]


async def test_the_pages_of_the_list_hold_each_alert_once(store):
    await week(store)
    first = (await asked(store, "/api/reports/alerts", **WEEK, limit="3")).json()
    second = (await asked(store, "/api/reports/alerts", **WEEK, limit="3", offset=str(first["next"]))).json()
    ids = [one["id"] for one in first["items"] + second["items"]]
    assert (len(set(ids)), second["next"]) == (5, None)


async def test_the_file_of_cases_holds_as_many_as_the_figure_says(store):
    await week(store)
    for of, count in (("all", 2), ("open", 1), ("dismissed", 1), ("overdue", 1), ("closed", 0)):
        answer = await asked(store, "/api/reports/cases.csv", **WEEK, of=of, lang="zh")
        rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"), newline="")))
        assert len(rows) == count, of
        assert {row["超期"] for row in rows} <= {"是", ""}


async def test_somebody_of_one_district_gets_the_figures_of_that_district_alone(store):
    await week(store)
    person = Person(user_id="d2", name="", role=Role.VIEWER, scope=Scope(frozenset({"D2"})))
    told = (await asked(store, "/api/reports", person, **WEEK)).json()
    assert (told["alerts"]["total"], told["cases"]["opened"]) == (1, 0)
    assert by_id(told["by_district"]) == {"D2": 1}
    assert told["online"]["vehicles"] == {"n": 0, "of": 0}
    assert len((await asked(store, "/api/reports/alerts.csv", person, **WEEK)).text.splitlines()) == 2


async def test_a_span_that_ends_before_it_begins_or_is_too_long_is_refused(store):
    await week(store)
    for last in ("2026-03-01", "2026-12-31"):
        answer = await asked(store, "/api/reports", first="2026-03-02", last=last)
        assert (answer.status_code, answer.json()["error"]["code"]) == (422, "invalid_request")
