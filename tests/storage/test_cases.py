"""Cases on a real database: acts, their log, scopes, and two people at once."""

import asyncio
from collections.abc import AsyncIterator
from hashlib import sha256
from uuid import UUID, uuid4

import asyncpg
import pytest
import pytest_asyncio
from msgspec import structs

from alerts.case_flow import VERIFY_WITHIN_MS, Act, CaseRefused, CaseState, Found
from domain.person import EVERYTHING, Person, Role, Scope
from storage.cases import CaseChanged, Cases, NewAct, NotThere
from storage.store import Store
from tests.api.district import START_MS, finding, raised

NOW_MS = START_MS + 60_000
HOUR_MS = 3_600_000
LI = Person(user_id="li", name="李", role=Role.DISPATCHER)
ZHAO = Person(user_id="zhao", name="赵", role=Role.DISPATCHER)
OF_D2 = Person(user_id="qian", name="钱", role=Role.DISPATCHER, scope=Scope(frozenset({"D2"})))


@pytest_asyncio.fixture
async def store(database: str) -> AsyncIterator[Store]:
    store = await Store.connect(database)
    yield store
    await store.close()


@pytest.fixture
def cases(store: Store) -> Cases:
    return Cases(store)


async def alert(store: Store, number: int = 0, **changes: object) -> UUID:
    found = finding(number, START_MS + number * 1000, **changes)
    await store.commit(raised(found))
    return found.id


def assigned(**changes: object) -> NewAct:
    return NewAct(act=Act.ASSIGN, assignee="一中队", close_due_ms=NOW_MS + 48 * HOUR_MS, **changes)


async def test_the_first_act_on_an_alert_opens_its_case(store: Store, cases: Cases) -> None:
    one = await alert(store)
    assert await cases.of_alerts([one]) == {}
    case = await cases.act_on_alert(LI, one, NewAct(act=Act.ACKNOWLEDGE), at_ms=NOW_MS)
    assert (case.state, case.alert_ids, case.district_id) == ("acknowledged", (one,), "D1")
    assert case.verify_due_ms == START_MS + VERIFY_WITHIN_MS
    assert (await cases.of_alerts([one]))[one][:2] == (case.id, "acknowledged")


async def test_from_the_alert_to_the_closed_case_every_act_is_in_the_log(store: Store, cases: Cases) -> None:
    one = await alert(store)
    case = await cases.act_on_alert(LI, one, assigned(), at_ms=NOW_MS)
    await cases.act(ZHAO, case.id, NewAct(act=Act.ANSWER, found=Found.CONFIRMED), at_ms=NOW_MS + HOUR_MS)
    case = await cases.act(LI, case.id, NewAct(act=Act.CLOSE, reason="已清运"), at_ms=NOW_MS + 2 * HOUR_MS)
    assert (case.state, case.finding, case.verified_ms) == ("closed", "confirmed", NOW_MS + HOUR_MS)
    log = await cases.log(EVERYTHING, case.id)
    assert [(row.act, row.from_state, row.to_state, row.user_id) for row in log] == [
        ("assign", "new", "assigned", "li"),
        ("answer", "assigned", "answered", "zhao"),
        ("close", "answered", "closed", "li"),
    ]
    assert [row.number for row in log] == [1, 2, 3]


async def test_an_act_the_table_does_not_know_changes_nothing(store: Store, cases: Cases) -> None:
    case = await cases.act_on_alert(LI, await alert(store), assigned(), at_ms=NOW_MS)
    with pytest.raises(CaseRefused, match="is_assigned"):
        await cases.act(LI, case.id, NewAct(act=Act.CLOSE, reason="x"), at_ms=NOW_MS)
    assert await cases.case(EVERYTHING, case.id) == case
    assert len(await cases.log(EVERYTHING, case.id)) == 1


@pytest.mark.parametrize(
    ("new", "code"),
    [
        (NewAct(act=Act.ASSIGN, close_due_ms=NOW_MS + 1), "assignee_needed"),
        (NewAct(act=Act.ASSIGN, assignee="一中队", close_due_ms=NOW_MS), "deadline_needed"),
        (NewAct(act=Act.JOIN), "alerts_needed"),
    ],
)
async def test_an_act_that_lacks_something_says_what(
    store: Store, cases: Cases, new: NewAct, code: str
) -> None:
    with pytest.raises(CaseRefused, match=code):
        await cases.act_on_alert(LI, await alert(store), new, at_ms=NOW_MS)
    assert await cases.newest_act() == 0


async def test_whoever_saw_an_older_version_is_refused_and_shown_the_newer(
    store: Store, cases: Cases
) -> None:
    case = await cases.act_on_alert(LI, await alert(store), NewAct(act=Act.ACKNOWLEDGE), at_ms=NOW_MS)
    await cases.act(ZHAO, case.id, assigned(expected_version=case.version), at_ms=NOW_MS)
    with pytest.raises(CaseChanged) as refused:
        await cases.act(LI, case.id, assigned(expected_version=case.version), at_ms=NOW_MS)
    assert refused.value.case.state == "assigned"


async def test_of_two_at_once_one_is_first_and_nothing_is_lost(store: Store, cases: Cases) -> None:
    one = await alert(store)
    acts = [cases.act_on_alert(who, one, NewAct(act=Act.ACKNOWLEDGE), at_ms=NOW_MS) for who in (LI, ZHAO)]
    done = await asyncio.gather(*acts, return_exceptions=True)
    assert sorted(type(result).__name__ for result in done) == ["CaseRefused", "CaseRow"]
    assert await cases.newest_act() == 1


async def test_an_assignment_taken_back_leaves_the_case_as_it_was(store: Store, cases: Cases) -> None:
    case = await cases.act_on_alert(LI, await alert(store), NewAct(act=Act.ACKNOWLEDGE), at_ms=NOW_MS)
    await cases.act(LI, case.id, assigned(), at_ms=NOW_MS)
    back = await cases.act(LI, case.id, NewAct(act=Act.TAKE_BACK), at_ms=NOW_MS + 9_000)
    assert (back.state, back.assignee, back.close_due_ms) == ("acknowledged", None, None)
    assert [row.act for row in await cases.log(EVERYTHING, case.id)] == ["acknowledge", "assign", "take_back"]


async def test_alerts_that_join_a_case_are_handled_with_it(store: Store, cases: Cases) -> None:
    first, second = await alert(store), await alert(store, 1)
    case = await cases.act_on_alert(LI, first, NewAct(act=Act.ACKNOWLEDGE), at_ms=NOW_MS)
    case = await cases.act(LI, case.id, NewAct(act=Act.JOIN, alert_ids=(second,)), at_ms=NOW_MS)
    assert set(case.alert_ids) == {first, second}
    assert (await cases.act_on_alert(LI, second, assigned(), at_ms=NOW_MS)).id == case.id


async def test_nobody_sees_or_touches_what_lies_in_another_district(store: Store, cases: Cases) -> None:
    one = await alert(store)
    case = await cases.act_on_alert(LI, one, NewAct(act=Act.ACKNOWLEDGE), at_ms=NOW_MS)
    file = await cases.attach(
        LI, case.id, name="照片.jpg", media_type="image/jpeg", sha256=sha256(b"x").digest(), content=b"x"
    )
    scope = OF_D2.scope
    assert await cases.cases(scope) == []
    assert (await cases.counts(scope, now_ms=NOW_MS)).all == 0
    assert await cases.acts(scope, 0) == []
    for attempt in (
        cases.case(scope, case.id),
        cases.log(scope, case.id),
        cases.attachments(scope, case.id),
        cases.attachment(scope, file.id),
        cases.act(OF_D2, case.id, NewAct(act=Act.COMMENT), at_ms=NOW_MS),
        cases.act_on_alert(OF_D2, one, NewAct(act=Act.COMMENT), at_ms=NOW_MS),
        cases.act_on_alert(OF_D2, await alert(store, 1), NewAct(act=Act.ACKNOWLEDGE), at_ms=NOW_MS),
    ):
        with pytest.raises(NotThere):
            await attempt


async def test_the_tabs_count_what_they_list(store: Store, cases: Cases) -> None:
    for number in range(5):
        case = await cases.act_on_alert(
            LI, await alert(store, number), NewAct(act=Act.ACKNOWLEDGE), at_ms=NOW_MS
        )
        if number >= 2:
            await cases.act(LI, case.id, assigned(), at_ms=NOW_MS)
        if number >= 4:
            await cases.act(LI, case.id, NewAct(act=Act.ANSWER, found=Found.CONFIRMED), at_ms=NOW_MS)
    counts = await cases.counts(EVERYTHING, now_ms=NOW_MS)
    assert (counts.to_assign, counts.awaiting_answer, counts.to_close, counts.all) == (2, 2, 1, 5)
    assert len(await cases.cases(EVERYTHING, states=[CaseState.ASSIGNED])) == 2
    assert len(await cases.cases(EVERYTHING, assignee="一中队")) == 3


async def test_pages_hold_every_case_once_by_the_nearer_deadline(store: Store, cases: Cases) -> None:
    for number in range(7):
        await cases.act_on_alert(LI, await alert(store, number), NewAct(act=Act.ACKNOWLEDGE), at_ms=NOW_MS)
    seen, key = [], None
    while page := await cases.cases(EVERYTHING, after_key=key, limit=3):
        seen += page
        key = (page[-1].due_ms, page[-1].id)
    assert len({case.id for case in seen}) == 7
    assert [case.due_ms for case in seen] == sorted(case.due_ms for case in seen)


async def test_answering_stops_the_clock_of_the_check_on_site(store: Store, cases: Cases) -> None:
    one = await alert(store)
    late_ms = START_MS + VERIFY_WITHIN_MS + 1
    case = await cases.act_on_alert(LI, one, assigned(), at_ms=NOW_MS)
    assert (await cases.counts(EVERYTHING, now_ms=late_ms)).overdue == 1
    await cases.act(LI, case.id, NewAct(act=Act.ANSWER, found=Found.CANNOT_VERIFY), at_ms=late_ms)
    assert (await cases.counts(EVERYTHING, now_ms=late_ms)).overdue == 0
    assert (await cases.counts(EVERYTHING, now_ms=NOW_MS + 49 * HOUR_MS)).overdue == 1


async def test_an_overdue_case_is_escalated_once(store: Store, cases: Cases) -> None:
    case = await cases.act_on_alert(LI, await alert(store), NewAct(act=Act.ACKNOWLEDGE), at_ms=NOW_MS)
    late_ms = START_MS + VERIFY_WITHIN_MS + 1
    assert await cases.escalate_overdue(now_ms=late_ms - 2) == []
    assert await cases.escalate_overdue(now_ms=late_ms) == [case.id]
    assert await cases.escalate_overdue(now_ms=late_ms) == []
    assert [row.act for row in await cases.log(EVERYTHING, case.id)] == ["acknowledge", "escalate"]


async def test_the_same_warning_from_outside_is_one_case(cases: Cases) -> None:
    warning = {
        "title": "市级平台预警", "reference": "EW-1", "district_id": "D1", "lon": 104.0, "lat": 30.6,
        "at_ms": NOW_MS, "detail": {},
    }  # fmt: skip
    case, is_new = await cases.open_external(LI, **warning)
    again, is_new_again = await cases.open_external(LI, **warning)
    assert (is_new, is_new_again, again.id) == (True, False, case.id)
    assert case.verify_due_ms == NOW_MS + VERIFY_WITHIN_MS
    with pytest.raises(NotThere):
        await cases.open_external(OF_D2, **warning | {"reference": "EW-2"})


async def test_the_log_cannot_be_rewritten(store: Store, cases: Cases, database: str) -> None:
    await cases.act_on_alert(LI, await alert(store), NewAct(act=Act.ACKNOWLEDGE), at_ms=NOW_MS)
    connection = await asyncpg.connect(database)
    try:
        with pytest.raises(asyncpg.PostgresError, match="never changed"):
            await connection.execute("update case_log set reason = 'nothing happened'")
    finally:
        await connection.close()


async def test_a_file_comes_back_as_it_was(store: Store, cases: Cases) -> None:
    case = await cases.act_on_alert(LI, await alert(store), NewAct(act=Act.ACKNOWLEDGE), at_ms=NOW_MS)
    content = bytes(range(256))
    kept = await cases.attach(
        LI, case.id, name="现场.png", media_type="image/png", sha256=sha256(content).digest(), content=content
    )
    found, body = await cases.attachment(EVERYTHING, kept.id)
    assert (found, body) == (kept, content)
    assert found.sha256 == sha256(content).hexdigest()
    with pytest.raises(NotThere):
        await cases.attachment(EVERYTHING, uuid4())


async def test_what_is_shelved_comes_back_by_itself_or_by_hand(cases: Cases) -> None:
    from runtime.clock import now_ms

    until_ms = now_ms() + HOUR_MS
    kept = await cases.shelve(
        LI, subject="vehicle:V1", rule_id="speeding", district_id="D1", until_ms=until_ms, reason="检修"
    )
    await cases.shelve(
        LI, subject="vehicle:V2", rule_id="speeding", district_id="D1", until_ms=now_ms() - 1, reason="检修"
    )
    assert [shelf.id for shelf in await cases.shelves(EVERYTHING)] == [kept]
    assert await cases.shelves(OF_D2.scope) == []
    with pytest.raises(NotThere):
        await cases.unshelve(OF_D2, kept)
    await cases.unshelve(LI, kept)
    assert await cases.shelves(EVERYTHING) == []


async def test_an_alert_taken_back_after_people_acted_puts_its_case_up_for_review(
    store: Store, cases: Cases
) -> None:
    touched, untouched = finding(0, START_MS), finding(1, START_MS + 1000)
    await store.commit(raised(touched, untouched))
    case = await cases.act_on_alert(LI, touched.id, assigned(), at_ms=NOW_MS)
    await store.commit(
        raised(*(structs.replace(one, withdrawn="late data shows otherwise") for one in (touched, untouched)))
    )
    after = await cases.case(EVERYTHING, case.id)
    assert (after.state, after.review, after.version) == ("assigned", "withdrawn", case.version + 1)
    assert [row.act for row in await cases.log(EVERYTHING, case.id)] == ["assign", "review_withdrawn"]
    assert (await cases.counts(EVERYTHING, now_ms=NOW_MS)).review == 1
    assert await cases.of_alerts([untouched.id]) == {}
    await cases.act(ZHAO, case.id, NewAct(act=Act.ANSWER, found=Found.NOT_CONFIRMED), at_ms=NOW_MS)
    assert (await cases.case(EVERYTHING, case.id)).review is None


async def test_an_alert_that_goes_on_puts_nothing_up_for_review(store: Store, cases: Cases) -> None:
    one = finding(0, START_MS)
    await store.commit(raised(one))
    case = await cases.act_on_alert(LI, one.id, assigned(), at_ms=NOW_MS)
    await store.commit(raised(structs.replace(one, ended_ms=START_MS + 60_000)))
    assert await cases.case(EVERYTHING, case.id) == case


async def test_corrections_and_acts_at_once_wait_for_each_other_and_both_are_done(
    store: Store, cases: Cases
) -> None:
    found = [finding(number, START_MS + number * 1000) for number in range(12)]
    await store.commit(raised(*found))
    for one in found:
        await cases.act_on_alert(LI, one.id, assigned(), at_ms=NOW_MS)
    ids = [case.id for case in await cases.cases(EVERYTHING)]
    await asyncio.gather(
        *(store.commit(raised(structs.replace(one, withdrawn="late"))) for one in found),
        *(cases.act(ZHAO, case_id, NewAct(act=Act.COMMENT, reason="到场"), at_ms=NOW_MS) for case_id in ids),
    )
    numbers = [row.number for row in await cases.acts(EVERYTHING, 0)]
    assert numbers == list(range(1, 37))
