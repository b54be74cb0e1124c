"""What is shelved, on a real database: until when, in whose scope, and what it is over by."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from msgspec import structs

from alerts.finding import Finding
from domain.instant import HOUR_MS
from domain.person import EVERYTHING, Person, Role, Scope
from storage.errors import NotThere
from storage.records import AlertRow
from storage.shelves import LONGEST_MS, REMEMBERED_MS, Shelf, Shelves
from storage.store import Store
from tests.api.district import START_MS, finding, raised

NOW_MS = START_MS + 60_000
LI = Person(user_id="li", name="李", role=Role.DISPATCHER)
OF_D2 = Person(user_id="qian", name="钱", role=Role.DISPATCHER, scope=Scope(frozenset({"D2"})))


@pytest_asyncio.fixture
async def store(database: str) -> AsyncIterator[Store]:
    store = await Store.connect(database)
    yield store
    await store.close()


@pytest.fixture
def shelves(store: Store) -> Shelves:
    return Shelves(store)


async def stored(store: Store, found: Finding) -> AlertRow:
    await store.commit(raised(found))
    alert = await store.alert(found.id)
    assert alert is not None
    return alert


async def put(shelves: Shelves, alert: AlertRow, *, until_ended: bool = False, **changes: int) -> Shelf:
    at_ms = changes.get("at_ms", NOW_MS)
    return await shelves.shelve(
        LI, alert, until_ms=changes.get("until_ms", at_ms + HOUR_MS), until_ended=until_ended, reason="检修", at_ms=at_ms
    )  # fmt: skip


async def over(shelves: Shelves, at_ms: int) -> list[str | None]:
    return [one.over_because for one in await shelves.shelves(EVERYTHING, at_ms=at_ms)]


async def test_a_shelf_names_subject_rule_district_and_how_severe_the_alert_was(
    store: Store, shelves: Shelves
) -> None:
    alert = await stored(store, finding(1, START_MS))
    shelf = await put(shelves, alert)
    assert (shelf.subject, shelf.rule_id, shelf.district_id) == ("vehicle:V0", "forbidden_zone", "D1")
    assert (shelf.severity, shelf.alert_id, shelf.user_name) == ("major", alert.id, "李")
    assert await shelves.shelves(EVERYTHING, at_ms=NOW_MS) == [shelf]


async def test_it_is_over_at_its_end_and_told_for_a_day(store: Store, shelves: Shelves) -> None:
    await put(shelves, await stored(store, finding(1, START_MS)))
    assert await over(shelves, NOW_MS + HOUR_MS - 1) == [None]
    assert await over(shelves, NOW_MS + HOUR_MS) == ["time"]
    assert await over(shelves, NOW_MS + REMEMBERED_MS) == []


async def test_it_stands_for_twelve_hours_at_most(store: Store, shelves: Shelves) -> None:
    shelf = await put(shelves, await stored(store, finding(1, START_MS)), until_ms=NOW_MS + 2 * LONGEST_MS)
    assert shelf.until_ms == NOW_MS + LONGEST_MS


@pytest.mark.parametrize("change", [{"ended_ms": START_MS + 5000}, {"withdrawn": "late data"}], ids=str)
async def test_one_until_the_alert_ends_is_over_with_it(
    store: Store, shelves: Shelves, change: dict[str, object]
) -> None:
    one = finding(1, START_MS)
    await put(shelves, await stored(store, one), until_ended=True)
    await stored(store, structs.replace(one, **change))
    assert await over(shelves, NOW_MS) == ["ended"]


async def test_one_for_a_time_outlives_the_alert_it_was_made_for(store: Store, shelves: Shelves) -> None:
    one = finding(1, START_MS)
    await put(shelves, await stored(store, one))
    await stored(store, structs.replace(one, ended_ms=START_MS + 5000))
    assert await over(shelves, NOW_MS) == [None]


async def test_it_is_taken_back_once(store: Store, shelves: Shelves) -> None:
    shelf = await put(shelves, await stored(store, finding(1, START_MS)))
    back = await shelves.unshelve(LI, shelf.id, at_ms=NOW_MS + 1)
    assert (back.over_because, back.taken_back_by, back.taken_back_ms) == ("taken_back", "li", NOW_MS + 1)
    with pytest.raises(NotThere):
        await shelves.unshelve(LI, shelf.id, at_ms=NOW_MS + 2)


async def test_a_new_shelf_for_the_same_stands_in_for_the_one_before(store: Store, shelves: Shelves) -> None:
    alert = await stored(store, finding(1, START_MS))
    await put(shelves, alert)
    await put(shelves, alert, at_ms=NOW_MS + 1000)
    assert await over(shelves, NOW_MS + 2000) == [None, "taken_back"]


async def test_another_district_neither_sees_nor_shelves_nor_takes_back(
    store: Store, shelves: Shelves
) -> None:
    alert = await stored(store, finding(1, START_MS))
    shelf = await put(shelves, alert)
    assert await shelves.shelves(OF_D2.scope, at_ms=NOW_MS) == []
    with pytest.raises(NotThere):
        await shelves.unshelve(OF_D2, shelf.id, at_ms=NOW_MS)
    with pytest.raises(NotThere):
        await shelves.shelve(
            OF_D2, alert, until_ms=NOW_MS + HOUR_MS, until_ended=False, reason="x", at_ms=NOW_MS
        )
