"""Drafts in the database: changed one after another, put in force once, and only on the version that was seen."""

import asyncio

import pytest

from domain.registry_edits import Edit
from storage.drafts import BaseIsStale, DraftChanged, Drafts
from storage.errors import NotThere, VersionRefused
from storage.store import Store
from tests.storage.made import T0
from tests.storage.test_registry_versions import HOUR_MS, document, now_ms


def edit(name: str, **fields: object) -> Edit:
    return Edit(kind="permits", id=name, entry={"id": name, **fields})


@pytest.fixture
def drafts(store: Store) -> Drafts:
    return Drafts(store)


async def begun(store: Store, drafts: Drafts) -> int:
    await store.save_registry(document("a"), author="li", effective_from_ms=T0)
    return await drafts.begin(author="li", note="夜间", base_version=1)


async def in_force(drafts: Drafts, draft_id: int, revision: int, **changes: object) -> int:
    given = {
        "revision": revision, "base_version": 1, "document": document("b"), "author": "li", "note": "n",
        "effective_from_ms": None,
    }  # fmt: skip
    return await drafts.put_in_force(draft_id, **{**given, **changes})


async def test_a_draft_is_kept_with_its_edits_and_who_made_them(store, drafts):
    draft_id = await begun(store, drafts)
    removal = Edit(kind="zones", id="区", entry=None)
    await drafts.change(draft_id, author="li", edits=[edit("P1", max_trip_min=90), removal])
    await drafts.change(draft_id, author="wang", edits=[edit("P1", max_trip_min=60)], revision=2)
    found = await drafts.draft(draft_id)
    assert (found.base_version, found.author, found.note, found.revision) == (1, "li", "夜间", 3)
    assert [(one.kind, one.id, one.entry, one.author) for one in found.edits] == [
        ("permits", "P1", {"id": "P1", "max_trip_min": 60}, "wang"),
        ("zones", "区", None, "li"),
    ]
    assert [(head.id, head.edit_count) for head in await drafts.open()] == [(draft_id, 2)]


async def test_whoever_saw_another_revision_is_refused_and_changes_nothing(store, drafts):
    draft_id = await begun(store, drafts)
    await drafts.change(draft_id, author="li", edits=[edit("P1")])
    with pytest.raises(DraftChanged, match="at revision 2, not 1"):
        await drafts.change(draft_id, author="wang", edits=[edit("P2")], revision=1)
    found = await drafts.draft(draft_id)
    assert (found.revision, [one.id for one in found.edits]) == (2, ["P1"])


async def test_edits_at_the_same_moment_are_all_kept(store, drafts):
    draft_id = await begun(store, drafts)
    names = [f"P{number}" for number in range(12)]
    await asyncio.gather(*(drafts.change(draft_id, author="li", edits=[edit(name)]) for name in names))
    found = await drafts.draft(draft_id)
    assert found.revision == 13
    assert {one.id for one in found.edits} == set(names)


async def test_an_edit_is_taken_back_alone(store, drafts):
    draft_id = await begun(store, drafts)
    await drafts.change(draft_id, author="li", edits=[edit("P1"), edit("P2")])
    await drafts.change(draft_id, author="li", reverted=[("permits", "P1"), ("zones", "P2")])
    assert [one.id for one in (await drafts.draft(draft_id)).edits] == ["P2"]


async def test_putting_in_force_makes_a_version_and_ends_the_draft(store, drafts):
    draft_id = await begun(store, drafts)
    assert await in_force(drafts, draft_id, 1) == 2
    found = await drafts.draft(draft_id)
    assert (found.version, found.ended_ms is not None, await drafts.open()) == (2, True, [])
    assert (await store.registry_version(2)).document == document("b")
    with pytest.raises(DraftChanged, match="has ended"):
        await drafts.change(draft_id, author="li", edits=[edit("P1")])
    with pytest.raises(DraftChanged, match="has ended"):
        await in_force(drafts, draft_id, 2)


async def test_of_two_drafts_on_one_version_put_in_force_at_once_one_comes_too_late(store, drafts):
    first = await begun(store, drafts)
    second = await drafts.begin(author="wang", note="", base_version=1)
    done = await asyncio.gather(
        in_force(drafts, first, 1),
        in_force(drafts, second, 1, document=document("c")),
        return_exceptions=True,
    )
    assert sorted(type(one).__name__ for one in done) == ["BaseIsStale", "int"]
    assert [one.version for one in await store.registry_timeline()] == [1, 2]
    assert len(await drafts.open()) == 1


async def test_nothing_of_a_draft_that_comes_too_late_is_kept_but_the_draft(store, drafts):
    draft_id = await begun(store, drafts)
    await store.save_registry(document("z"), author="wang", effective_from_ms=T0 + 1)
    with pytest.raises(BaseIsStale) as refused:
        await in_force(drafts, draft_id, 1)
    assert refused.value.newest == 2
    assert (await drafts.draft(draft_id)).revision == 1


async def test_a_draft_can_be_planned_for_later_and_not_before_what_is_planned(store, drafts):
    draft_id = await begun(store, drafts)
    later_ms = now_ms() + HOUR_MS
    assert await in_force(drafts, draft_id, 1, effective_from_ms=later_ms) == 2
    another = await drafts.begin(author="li", note="", base_version=2)
    with pytest.raises(VersionRefused, match="cancel version 2 first"):
        await in_force(drafts, another, 1, base_version=2, document=document("c"))


async def test_a_draft_moved_to_another_version_loses_only_the_edits_named(store, drafts):
    draft_id = await begun(store, drafts)
    await drafts.change(draft_id, author="li", edits=[edit("P1"), edit("P2")])
    await drafts.rebase(draft_id, base_version=2, reverted=[("permits", "P1")], revision=2)
    found = await drafts.draft(draft_id)
    assert (found.base_version, found.revision, [one.id for one in found.edits]) == (2, 3, ["P2"])


async def test_a_discarded_draft_has_become_nothing_and_what_never_was_is_not_there(store, drafts):
    draft_id = await begun(store, drafts)
    await drafts.discard(draft_id)
    found = await drafts.draft(draft_id)
    assert (found.version, found.ended_ms is not None) == (None, True)
    for act in (drafts.discard(draft_id + 1), drafts.draft(draft_id + 1)):
        with pytest.raises(NotThere):
            await act


async def test_the_first_version_of_all_may_come_of_a_draft(store, drafts):
    draft_id = await drafts.begin(author="li", note="", base_version=0)
    assert await in_force(drafts, draft_id, 1, base_version=0) == 1


async def test_going_back_is_a_version_of_its_own_on_the_newest_that_was_seen(store, drafts):
    for name, from_ms in (("a", T0), ("b", T0 + 1)):
        await store.save_registry(document(name), author="li", effective_from_ms=from_ms)
    back = {"author": "wang", "note": "回退", "effective_from_ms": None}
    with pytest.raises(BaseIsStale):
        await drafts.go_back(document("a"), newest=1, **back)
    assert await drafts.go_back(document("a"), newest=2, **back) == 3
    kept = await store.registry_version(3)
    assert (kept.document, kept.author, kept.note) == (document("a"), "wang", "回退")
