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
from storage.case_list import CaseFilter, CaseLists
from storage.cases import CaseChanged, Cases, NewAct, Warned
from storage.errors import NotThere
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


@pytest.fixture
def lists(store: Store) -> CaseLists:
    return CaseLists(store)


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
        ("acknowledge", "new", "acknowledged", "li"),
        ("assign", "acknowledged", "assigned", "li"),
        ("answer", "assigned", "answered", "zhao"),
        ("close", "answered", "closed", "li"),
    ]
    assert [row.number for row in log] == [1, 2, 3, 4]


async def test_an_act_the_table_does_not_know_changes_nothing(store: Store, cases: Cases) -> None:
    case = await cases.act_on_alert(LI, await alert(store), assigned(), at_ms=NOW_MS)
    with pytest.raises(CaseRefused, match="is_assigned"):
        await cases.act(LI, case.id, NewAct(act=Act.CLOSE, reason="x"), at_ms=NOW_MS)
    assert await cases.case(EVERYTHING, case.id) == case
    assert len(await cases.log(EVERYTHING, case.id)) == 2


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


async def test_an_assignment_of_a_new_alert_is_taken_back_whole(store: Store, cases: Cases) -> None:
    case = await cases.act_on_alert(LI, await alert(store), assigned(), at_ms=NOW_MS)
    back = await cases.act(LI, case.id, NewAct(act=Act.TAKE_BACK), at_ms=NOW_MS + 9_000)
    assert (back.state, back.assignee) == ("new", None)


async def test_reassigning_keeps_the_deadline_and_cannot_put_it_off(store: Store, cases: Cases) -> None:
    case = await cases.act_on_alert(LI, await alert(store), assigned(), at_ms=NOW_MS)
    other = NewAct(act=Act.ASSIGN, assignee="二中队", default_due_ms=NOW_MS + 99 * HOUR_MS)
    again = await cases.act(LI, case.id, other, at_ms=NOW_MS + HOUR_MS)
    assert (again.assignee, again.close_due_ms) == ("二中队", case.close_due_ms)
    later = structs.replace(other, close_due_ms=NOW_MS + 49 * HOUR_MS)
    with pytest.raises(CaseRefused, match="extend_instead"):
        await cases.act(LI, case.id, later, at_ms=NOW_MS + HOUR_MS)


async def test_alerts_that_join_a_case_are_handled_with_it(store: Store, cases: Cases) -> None:
    first, second = await alert(store), await alert(store, 1)
    case = await cases.act_on_alert(LI, first, NewAct(act=Act.ACKNOWLEDGE), at_ms=NOW_MS)
    case = await cases.act(LI, case.id, NewAct(act=Act.JOIN, alert_ids=(second,)), at_ms=NOW_MS)
    assert set(case.alert_ids) == {first, second}
    assert (await cases.act_on_alert(LI, second, assigned(), at_ms=NOW_MS)).id == case.id


async def test_an_alert_is_drawn_from_a_case_nobody_works_on_and_the_empty_one_ends(
    store: Store, cases: Cases
) -> None:
    first, second = await alert(store), await alert(store, 1)
    acknowledged = NewAct(act=Act.ACKNOWLEDGE)
    one = await cases.act_on_alert(LI, first, acknowledged, at_ms=NOW_MS)
    other = await cases.act_on_alert(LI, second, acknowledged, at_ms=NOW_MS)
    one = await cases.act(LI, one.id, NewAct(act=Act.JOIN, alert_ids=(second,)), at_ms=NOW_MS)
    other = await cases.case(EVERYTHING, other.id)
    assert (set(one.alert_ids), other.alert_ids, other.state) == ({first, second}, (), "dismissed")
    told = (await cases.log(EVERYTHING, other.id))[-1]
    assert (told.act, f'"joined_to":{one.id}' in told.detail) == ("part", True)


async def test_an_alert_whose_case_is_with_a_unit_stays_there(store: Store, cases: Cases) -> None:
    first, second = await alert(store), await alert(store, 1)
    one = await cases.act_on_alert(LI, first, NewAct(act=Act.ACKNOWLEDGE), at_ms=NOW_MS)
    other = await cases.act_on_alert(LI, second, assigned(), at_ms=NOW_MS)
    with pytest.raises(CaseRefused, match="in_another_case"):
        await cases.act(LI, one.id, NewAct(act=Act.JOIN, alert_ids=(second,)), at_ms=NOW_MS)
    assert (await cases.case(EVERYTHING, other.id)).alert_ids == (second,)


async def test_an_alert_of_another_district_does_not_join(store: Store, cases: Cases) -> None:
    one = await cases.act_on_alert(LI, await alert(store), NewAct(act=Act.ACKNOWLEDGE), at_ms=NOW_MS)
    elsewhere = await alert(store, 1, district_id="D2")
    with pytest.raises(CaseRefused, match="other_district"):
        await cases.act(LI, one.id, NewAct(act=Act.JOIN, alert_ids=(elsewhere,)), at_ms=NOW_MS)


async def test_an_alert_taken_out_is_nobodys_and_the_last_one_stays(store: Store, cases: Cases) -> None:
    first, second = await alert(store), await alert(store, 1)
    case = await cases.act_on_alert(LI, first, NewAct(act=Act.ACKNOWLEDGE), at_ms=NOW_MS)
    await cases.act(LI, case.id, NewAct(act=Act.JOIN, alert_ids=(second,)), at_ms=NOW_MS)
    case = await cases.act(LI, case.id, NewAct(act=Act.PART, alert_ids=(second,)), at_ms=NOW_MS)
    assert case.alert_ids == (first,)
    assert await cases.of_alerts([second]) == {}
    with pytest.raises(CaseRefused, match="only_alert"):
        await cases.act(LI, case.id, NewAct(act=Act.PART, alert_ids=(first,)), at_ms=NOW_MS)


async def test_nobody_sees_or_touches_what_lies_in_another_district(
    store: Store, cases: Cases, lists: CaseLists
) -> None:
    one = await alert(store)
    case = await cases.act_on_alert(LI, one, NewAct(act=Act.ACKNOWLEDGE), at_ms=NOW_MS)
    file = await cases.attach(
        LI, case.id, name="照片.jpg", media_type="image/jpeg", sha256=sha256(b"x").digest(), content=b"x"
    )
    scope = OF_D2.scope
    assert await lists.page(scope) == ([], 0)
    assert (await lists.counts(scope, now_ms=NOW_MS)).all == 0
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


async def test_the_tabs_count_what_they_list(store: Store, cases: Cases, lists: CaseLists) -> None:
    for number in range(5):
        case = await cases.act_on_alert(
            LI, await alert(store, number), NewAct(act=Act.ACKNOWLEDGE), at_ms=NOW_MS
        )
        if number >= 2:
            await cases.act(LI, case.id, assigned(), at_ms=NOW_MS)
        if number >= 4:
            await cases.act(LI, case.id, NewAct(act=Act.ANSWER, found=Found.CONFIRMED), at_ms=NOW_MS)
    counts = await lists.counts(EVERYTHING, now_ms=NOW_MS)
    assert (counts.to_assign, counts.awaiting_answer, counts.to_close, counts.all) == (2, 2, 1, 5)
    page, total = await lists.page(EVERYTHING, states=[CaseState.ASSIGNED], limit=1)
    assert (len(page), total) == (1, 2)
    assert (await lists.page(EVERYTHING, CaseFilter(assignee="一中队")))[1] == 3


async def test_pages_hold_every_case_once_by_the_nearer_deadline(
    store: Store, cases: Cases, lists: CaseLists
) -> None:
    for number in range(7):
        await cases.act_on_alert(LI, await alert(store, number), NewAct(act=Act.ACKNOWLEDGE), at_ms=NOW_MS)
    seen, key = [], None
    while page := (await lists.page(EVERYTHING, after_key=key, limit=3))[0]:
        seen += page
        key = (page[-1].sort_ms, page[-1].id)
    assert len({case.id for case in seen}) == 7
    assert [case.due_ms for case in seen] == sorted(case.due_ms for case in seen)


async def test_answering_stops_the_clock_of_the_check_on_site(
    store: Store, cases: Cases, lists: CaseLists
) -> None:
    one = await alert(store)
    late_ms = START_MS + VERIFY_WITHIN_MS + 1
    case = await cases.act_on_alert(LI, one, assigned(), at_ms=NOW_MS)
    assert (await lists.counts(EVERYTHING, now_ms=late_ms)).overdue == 1
    await cases.act(LI, case.id, NewAct(act=Act.ANSWER, found=Found.CANNOT_VERIFY), at_ms=late_ms)
    assert (await lists.counts(EVERYTHING, now_ms=late_ms)).overdue == 0
    assert (await lists.counts(EVERYTHING, now_ms=NOW_MS + 49 * HOUR_MS)).overdue == 1


async def test_an_overdue_case_is_escalated_once(store: Store, cases: Cases) -> None:
    case = await cases.act_on_alert(LI, await alert(store), NewAct(act=Act.ACKNOWLEDGE), at_ms=NOW_MS)
    late_ms = START_MS + VERIFY_WITHIN_MS + 1
    assert await cases.escalate_overdue(now_ms=late_ms - 2) == []
    assert await cases.escalate_overdue(now_ms=late_ms) == [case.id]
    assert await cases.escalate_overdue(now_ms=late_ms) == []
    assert [row.act for row in await cases.log(EVERYTHING, case.id)] == ["acknowledge", "escalate"]


async def test_each_deadline_is_told_once(store: Store, cases: Cases) -> None:
    case = await cases.act_on_alert(LI, await alert(store), assigned(), at_ms=NOW_MS)
    assert case.close_due_ms is not None
    verify_ms, close_ms = START_MS + VERIFY_WITHIN_MS, case.close_due_ms
    moments = (verify_ms + 1, close_ms - 1, close_ms + 1, close_ms + HOUR_MS)
    told = [len(await cases.escalate_overdue(now_ms=at_ms)) for at_ms in moments]
    assert told == [1, 0, 1, 0]
    later = case.close_due_ms + 8 * HOUR_MS
    put_off = NewAct(act=Act.EXTEND, reason="暴雨", close_due_ms=later)
    await cases.act(LI, case.id, put_off, at_ms=case.close_due_ms + HOUR_MS)
    assert await cases.escalate_overdue(now_ms=later - 1) == []
    assert await cases.escalate_overdue(now_ms=later + 1) == [case.id]


async def test_the_same_warning_from_outside_is_one_case(cases: Cases) -> None:
    warning = Warned(
        title="市级平台预警", sender="市平台", reference="EW-1", district_id="D1", lon=104.0, lat=30.6
    )
    case, is_new = await cases.open_external(LI, warning, at_ms=NOW_MS)
    again, is_new_again = await cases.open_external(LI, warning, at_ms=NOW_MS)
    assert (is_new, is_new_again, again.id) == (True, False, case.id)
    assert case.verify_due_ms == NOW_MS + VERIFY_WITHIN_MS
    with pytest.raises(NotThere):
        await cases.open_external(OF_D2, structs.replace(warning, reference="EW-2"), at_ms=NOW_MS)


async def test_two_senders_may_count_alike(cases: Cases) -> None:
    ids = {
        (await cases.open_external(LI, Warned(title="x", sender=sender, reference="7"), at_ms=NOW_MS))[0].id
        for sender in ("12345", "市平台", None)
    }
    assert len(ids) == 3


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


async def test_an_alert_taken_back_after_people_acted_puts_its_case_up_for_review(
    store: Store, cases: Cases, lists: CaseLists
) -> None:
    touched, untouched = finding(0, START_MS), finding(1, START_MS + 1000)
    await store.commit(raised(touched, untouched))
    case = await cases.act_on_alert(LI, touched.id, assigned(), at_ms=NOW_MS)
    await store.commit(
        raised(*(structs.replace(one, withdrawn="late data shows otherwise") for one in (touched, untouched)))
    )
    after = await cases.case(EVERYTHING, case.id)
    assert (after.state, after.review, after.version) == ("assigned", "withdrawn", case.version + 1)
    told = [row.act for row in await cases.log(EVERYTHING, case.id)]
    assert told == ["acknowledge", "assign", "review_withdrawn"]
    assert (await lists.counts(EVERYTHING, now_ms=NOW_MS)).review == 1
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
    ids = [case.id for case in (await CaseLists(store).page(EVERYTHING))[0]]
    await asyncio.gather(
        *(store.commit(raised(structs.replace(one, withdrawn="late"))) for one in found),
        *(cases.act(ZHAO, case_id, NewAct(act=Act.COMMENT, reason="到场"), at_ms=NOW_MS) for case_id in ids),
    )
    numbers = [row.number for row in await cases.acts(EVERYTHING, 0)]
    assert numbers == list(range(1, 4 * len(found) + 1))
