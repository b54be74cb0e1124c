"""Statements over a real database: put together, issued once, amended by what changes, never rewritten."""

import asyncio
import json
from uuid import UUID

import asyncpg
import pytest

from alerts.case_flow import Act
from alerts.evidence import SpeedEvidence
from domain.instant import DAY_MS, HOUR_MS
from domain.period import PeriodKind, read_period
from domain.station import Severity
from exports.book_reader import BookReader
from exports.statement import StatedAlert, Statement
from exports.statements import NotToBeStated, PeriodState, Statements
from storage.batch import Batch
from storage.cases import Cases, NewAct
from storage.people import People
from storage.store import Store
from tests.api.serving import SOMEBODY
from tests.api.test_reports import FOUND, NOW_MS, document, week
from tests.api.test_stations import MIDNIGHT_MS
from tests.storage.made import finding

WEEK = read_period("2026-W10")
OVER_MS = MIDNIGHT_MS + 7 * DAY_MS
BEGAN_MS = OVER_MS - HOUR_MS
FASTER = SpeedEvidence(top_speed_kmh=99.0, limit_kmh=60.0, zone_ids=())


def statements(store: Store) -> Statements:
    return Statements(store, BookReader(store))


def by_id(statement: Statement) -> dict[UUID, StatedAlert]:
    return {UUID(one.id): one for one in statement.alerts}


async def test_a_statement_holds_what_the_week_came_to(store):
    await week(store)
    found = await statements(store).provisional(WEEK, NOW_MS)
    assert (found.is_provisional, found.timezone, found.registry_version) == (True, "Asia/Shanghai", 1)
    assert [UUID(one.id) for one in found.alerts] == [
        one.id for one in sorted(FOUND, key=lambda one: (one.detected_ms, str(one.id)))
    ]
    alert = by_id(found)[FOUND[0].id]
    assert (alert.company, alert.site_id, alert.site, alert.district) == (
        "蓉城运输",
        "site-1",
        "锦江工地",
        "锦江区",
    )
    assert (alert.plate, alert.vehicle_kind, alert.case_state) == ("川A10001", "muck_truck", "acknowledged")
    assert alert.what == {"zh": "驶出锦江工地，无有效准运证", "en": "left 锦江工地 without a permit in force"}
    # One of five is withdrawn, one dismissed.
    assert sum(one.counts for one in found.alerts) == 3
    assert [(one.state, one.is_of_period, one.is_overdue, one.company) for one in found.cases] == [
        ("acknowledged", True, True, "蓉城运输"),
        ("dismissed", True, False, "锦城渣土"),
    ]  # fmt: skip
    assert [day.stored for day in found.account] == [1, 0, 0, 1, 0, 0, 1]
    assert all(day.received == day.stored + day.duplicate + day.rejected for day in found.account)
    fleets = {(one.kind, one.id): (one.devices, one.days, one.days_heard, one.heard) for one in found.fleets}
    assert fleets == {
        ("vehicle", "C1"): (3, 21, 3, 2), ("vehicle", "C2"): (1, 7, 0, 0), ("station", "D1"): (1, 7, 0, 0)
    }  # fmt: skip


async def test_a_case_that_was_opened_before_is_stated_while_it_is_open_and_overdue(store):
    await week(store)
    told = statements(store)
    after = read_period("2026-W11")
    found = await told.provisional(after, OVER_MS + 7 * DAY_MS)
    assert [(one.state, one.is_of_period, one.is_overdue) for one in found.cases] == [
        ("acknowledged", False, True)
    ]


async def test_a_truck_that_changes_its_company_leaves_what_it_did_before(store):
    await week(store)
    sold = document()
    sold["vehicles"][1]["company_id"] = "C2"
    await store.save_registry(
        json.dumps(sold).encode(), author="test", effective_from_ms=MIDNIGHT_MS + 4 * DAY_MS
    )
    after = finding(
        "vehicle:V1|sold", version=2, vehicle_id="V1", device_id="T0001", started_ms=MIDNIGHT_MS + 5 * DAY_MS,
        first_started_ms=MIDNIGHT_MS + 5 * DAY_MS, detected_ms=MIDNIGHT_MS + 5 * DAY_MS,
    )  # fmt: skip
    await store.commit(Batch(findings=(after,)))
    found = by_id(await statements(store).provisional(WEEK, NOW_MS))
    assert (found[FOUND[0].id].company_id, found[after.finding.id].company_id) == ("C1", "C2")


async def test_a_week_that_runs_is_not_issued_and_neither_is_one_of_which_nothing_is_known(store):
    told = statements(store)
    with pytest.raises(NotToBeStated) as none:
        await told.issue(WEEK, OVER_MS, "li")
    await week(store)
    with pytest.raises(NotToBeStated) as running:
        await told.issue(WEEK, OVER_MS - 1, "li")
    with pytest.raises(NotToBeStated) as empty:
        await told.issue(read_period("2020-W10"), OVER_MS, "li")
    assert (none.value.code, running.value.code, empty.value.code) == ("no_registry", "running", "nothing")
    assert await told.issued(WEEK) == ()


async def test_what_is_issued_stays_and_is_issued_again_only_where_what_counts_has_changed(store):
    await week(store)
    told = statements(store)
    first = await told.issue(WEEK, OVER_MS, "li")
    assert (first.number, first.is_provisional, first.stated_ms) == (0, False, OVER_MS)
    # People go on with a case: nothing counts otherwise.
    await Cases(store).act_on_alert(SOMEBODY, FOUND[4].id, NewAct(act=Act.ACKNOWLEDGE), at_ms=OVER_MS + 1)
    assert await told.issue(WEEK, OVER_MS + HOUR_MS, "li") == first
    assert [one.has_changed for one in await told.described([WEEK], OVER_MS)] == [False]
    # Late data finds another.
    late = finding(late=True, start_s=0, first_started_ms=OVER_MS - HOUR_MS, started_ms=OVER_MS - HOUR_MS,
                   detected_ms=OVER_MS - HOUR_MS)  # fmt: skip
    await store.commit(Batch(findings=(late,)))
    assert [one.has_changed for one in await told.described([WEEK], OVER_MS)] == [True]
    second = await told.issue(WEEK, OVER_MS + DAY_MS, "wang")
    assert [one.has_changed for one in await told.described([WEEK], OVER_MS)] == [False]
    assert (second.number, len(second.alerts)) == (1, 6)
    assert by_id(second)[late.finding.id].found_late
    assert await told.issued(WEEK) == (first, second)
    audit = [(row.user_id, row.act, row.subject) for row in await People(store).audit()]
    assert audit.count(("li", "issue_statement", "statement:2026-W10")) == 1
    assert audit.count(("wang", "issue_statement", "statement:2026-W10")) == 1


@pytest.mark.parametrize(
    ("changes", "has_changed"),
    [
        pytest.param({"severity": Severity.CRITICAL}, True, id="corrected with the counts alone"),
        pytest.param({"started_ms": BEGAN_MS - 60_000}, True, id="found to have begun earlier"),
        pytest.param({"evidence": FASTER}, False, id="said again as it goes on"),
        pytest.param({"evidence": FASTER, "ended_ms": OVER_MS - 1}, False, id="ended, having gone on"),
    ],
)
async def test_a_correction_that_leaves_the_counts_alone_shows_and_an_end_does_not(
    store, changes, has_changed
):
    await week(store)
    going_on = {"first_started_ms": BEGAN_MS, "started_ms": BEGAN_MS, "detected_ms": BEGAN_MS}
    await store.commit(Batch(findings=(finding(**going_on),)))
    told = statements(store)
    first = await told.issue(WEEK, OVER_MS, "li")
    await store.commit(Batch(findings=(finding(late=True, **going_on | changes),)))
    for _ in range(2):
        assert [one.has_changed for one in await told.described([WEEK], OVER_MS)] == [has_changed]
    second = await told.issue(WEEK, OVER_MS + DAY_MS, "li")
    assert (second.number - first.number, len(second.alerts)) == (has_changed, len(first.alerts))
    assert [one.has_changed for one in await told.described([WEEK], OVER_MS)] == [False]


async def test_a_time_zone_that_is_changed_later_amends_nothing(store):
    await week(store)
    told = statements(store)
    first = await told.issue(WEEK, OVER_MS, "li")
    moved = document() | {"timezone": "Asia/Kathmandu"}
    await store.save_registry(json.dumps(moved).encode(), author="test", effective_from_ms=OVER_MS + HOUR_MS)
    assert await told.issue(WEEK, OVER_MS + DAY_MS, "li") == first
    late = finding(late=True, start_s=0, first_started_ms=OVER_MS - HOUR_MS, started_ms=OVER_MS - HOUR_MS,
                   detected_ms=OVER_MS - HOUR_MS)  # fmt: skip
    await store.commit(Batch(findings=(late,)))
    second = await told.issue(WEEK, OVER_MS + DAY_MS, "li")
    assert [one.has_changed for one in await told.described([WEEK], OVER_MS + DAY_MS)] == [False]
    assert (second.timezone, len(second.alerts)) == (first.timezone, len(first.alerts) + 1)


async def test_of_two_that_issue_at_once_one_issues_and_both_get_the_same(store):
    await week(store)
    found = await asyncio.gather(
        *(statements(store).issue(WEEK, OVER_MS + at, f"user{at}") for at in range(4))
    )
    assert len({one.stated_ms for one in found}) == 1
    assert [one.number for one in await statements(store).issued(WEEK)] == [0]


async def test_nobody_rewrites_what_was_issued(store):
    await week(store)
    await statements(store).issue(WEEK, OVER_MS, "li")
    for act in ("update statements set number = 9", "delete from statements"):
        async with store._pool.acquire() as connection:
            with pytest.raises(asyncpg.RaiseError, match="never changed"):
                await connection.execute(act)


async def test_periods_are_told_from_the_running_one_back_to_the_first_known(store):
    await week(store)
    told = statements(store)
    await told.issue(WEEK, OVER_MS, "li")
    found = await told.periods(PeriodKind.WEEK, 10, NOW_MS)
    assert [(one.period.name, one.state) for one in found] == [
        ("2026-W11", PeriodState.RUNNING), ("2026-W10", PeriodState.ISSUED), ("2026-W09", PeriodState.OVER)
    ]  # fmt: skip
    assert found[1].counts == {"D1": (4, 2), "D2": (1, 1)}
    assert found[0].counts == {"D1": (1, 1)}
    assert [one.period.name for one in await told.periods(PeriodKind.MONTH, 1, NOW_MS)] == ["2026-03"]


async def test_before_anything_is_known_there_are_no_periods(store):
    assert await statements(store).periods(PeriodKind.WEEK, 10, OVER_MS) == []
    await store.save_registry(json.dumps(document()).encode(), author="test", effective_from_ms=1)
    assert await statements(store).periods(PeriodKind.WEEK, 10, OVER_MS) == []
