"""Versions of the registry: numbered, in the order they take effect, cancelled only before anything was judged."""

import asyncio
import shutil
import time

import msgspec
import psycopg
import pytest

from storage.errors import VersionRefused
from storage.migrate import DIRECTORY, migrate
from storage.records import VersionInForce
from storage.registry_versions import CANCELLED_UNTIL_MS, TAKES_EFFECT_AFTER_MS, in_force_at
from storage.store import Store
from tests.storage.made import T0

HOUR_MS = 3_600_000


def document(*zones: str) -> bytes:
    return msgspec.json.encode({"version": 1, "zones": zones, "roads": {"type": "FeatureCollection"}})


def now_ms() -> int:
    return time.time_ns() // 1_000_000


async def numbers(store) -> list[int]:
    return [one.version for one in await store.registry_timeline()]


async def test_before_the_first_version_there_is_none(store):
    assert await store.newest_registry() is None
    assert await store.registry_at(T0) is None
    assert await store.registry_timeline() == []
    assert await store.registry_version(1) is None
    assert await store.registry_versions() == []


async def test_a_version_is_kept_with_author_times_note_and_counts(store):
    before_ms = now_ms()
    await store.save_registry(document("渣土", "b"), author="li", effective_from_ms=T0, note="第一版")
    kept = await store.registry_version(1)
    assert (kept.version, kept.effective_from_ms, kept.author, kept.note) == (1, T0, "li", "第一版")
    assert kept.document == document("渣土", "b")
    assert kept.counts == {"zones": 2}
    assert before_ms - 1000 <= kept.saved_ms <= now_ms() + 1000
    assert (kept.cancelled_ms, kept.cancelled_by) == (None, None)


async def test_from_now_on_is_as_soon_as_ingest_can_know(store):
    before_ms = now_ms()
    await store.save_registry(document(), author="li")
    (first,) = await store.registry_timeline()
    assert before_ms <= first.effective_from_ms - TAKES_EFFECT_AFTER_MS <= now_ms()


async def test_the_same_again_is_no_new_version_but_what_it_goes_back_to_is(store):
    saved = [
        await store.save_registry(document(*zones), author="li", effective_from_ms=T0 + n)
        for n, zones in enumerate(["a", "a", "b", "b", "a"])
    ]
    assert saved == [1, 1, 2, 2, 3]


async def test_a_version_may_take_effect_with_the_one_before_but_not_earlier(store):
    await store.save_registry(document("a"), author="li", effective_from_ms=T0)
    await store.save_registry(document("b"), author="li", effective_from_ms=T0)
    with pytest.raises(VersionRefused, match="cancel version 2 first"):
        await store.save_registry(document("c"), author="li", effective_from_ms=T0 - 1)
    assert await numbers(store) == [1, 2]
    assert (await store.registry_at(T0)).version == 2


async def test_saved_at_once_versions_are_numbered_one_after_another(store):
    saved = await asyncio.gather(*(store.save_registry(document(name), author="li") for name in "abcdef"))
    timeline = await store.registry_timeline()
    assert sorted(saved) == [one.version for one in timeline] == [1, 2, 3, 4, 5, 6]
    times = [one.effective_from_ms for one in timeline]
    assert times == sorted(times)


async def test_what_is_in_force_may_be_saved_again_while_another_is_planned(store):
    await store.save_registry(document("a"), author="li", effective_from_ms=T0)
    await store.save_registry(document("b"), author="li", effective_from_ms=now_ms() + HOUR_MS)
    assert await store.save_registry(document("a"), author="li") == 1
    with pytest.raises(VersionRefused, match="cancel version 2 first"):
        await store.save_registry(document("b"), author="li")


async def test_a_cancelled_version_is_as_if_it_had_never_been_but_keeps_its_number(store):
    await store.save_registry(document("a"), author="li", effective_from_ms=T0)
    await store.save_registry(document("b"), author="li", effective_from_ms=now_ms() + HOUR_MS)
    await store.cancel_registry(2, author="wang")
    assert await numbers(store) == [1]
    assert (await store.newest_registry()).version == 1
    assert (await store.registry_at(now_ms() + 2 * HOUR_MS)).version == 1
    assert await store.save_registry(document("c"), author="li") == 3
    cancelled = await store.registry_version(2)
    assert (cancelled.document, cancelled.cancelled_by) == (document("b"), "wang")
    assert abs(cancelled.cancelled_ms - now_ms()) < 60_000


@pytest.mark.parametrize(
    ("version", "why"),
    [
        (1, "is the first"),
        (2, "only the newest registry version can be cancelled, and that is 3"),
        (3, "may have judged already"),
        (4, "there is no registry version 4"),
    ],
)
async def test_only_the_newest_version_may_be_cancelled_and_only_before_it_may_have_judged(
    store, version, why
):
    # Two versions are yet to take effect, the newest too soon to be sure that it judged nothing.
    soon_ms = now_ms() + CANCELLED_UNTIL_MS - 5_000
    for name, from_ms in (("a", T0), ("b", soon_ms), ("c", soon_ms)):
        await store.save_registry(document(name), author="li", effective_from_ms=from_ms)
    with pytest.raises(VersionRefused, match=why):
        await store.cancel_registry(version, author="wang")
    assert await numbers(store) == [1, 2, 3]


async def test_planned_versions_are_cancelled_one_after_another_but_none_twice(store):
    for name, from_ms in (("a", T0), ("b", now_ms() + HOUR_MS), ("c", now_ms() + 2 * HOUR_MS)):
        await store.save_registry(document(name), author="li", effective_from_ms=from_ms)
    await store.cancel_registry(3, author="wang")
    with pytest.raises(VersionRefused, match="is cancelled already"):
        await store.cancel_registry(3, author="wang")
    await store.cancel_registry(2, author="wang")
    assert await numbers(store) == [1]


async def test_heads_come_in_pages_newest_first_with_the_cancelled_ones(store):
    for n in range(4):
        await store.save_registry(document(*"abcd"[:n]), author="li", effective_from_ms=T0 + n)
    await store.save_registry(document("e"), author="li", effective_from_ms=now_ms() + HOUR_MS)
    await store.cancel_registry(5, author="wang")
    first = await store.registry_versions(limit=3)
    rest = await store.registry_versions(limit=3, before=first[-1].version)
    assert [(head.version, head.counts["zones"]) for head in (*first, *rest)] == [
        (5, 1),
        (4, 3),
        (3, 2),
        (2, 1),
        (1, 0),
    ]
    assert [head.cancelled_by for head in first] == ["wang", None, None]


@pytest.mark.parametrize(
    ("time_ms", "version"),
    [(0, 1), (99, 1), (100, 1), (199, 1), (200, 3), (299, 3), (300, 4), (10**15, 4)],
)
def test_the_version_in_force_is_the_last_that_took_effect_and_the_first_before_it_too(time_ms, version):
    timeline = [
        VersionInForce(version=number, effective_from_ms=from_ms)
        for number, from_ms in ((1, 100), (2, 200), (3, 200), (4, 300))
    ]
    assert in_force_at(timeline, time_ms).version == version


async def test_versions_from_before_this_schema_are_counted_and_kept(server, tmp_path):
    files = shutil.copytree(DIRECTORY, tmp_path / "schema")
    for path in files.iterdir():
        if path.name >= "0012":
            path.unlink()
    with server.empty_database() as dsn:
        migrate(dsn, directory=files)
        with psycopg.connect(dsn) as connection:
            connection.execute(
                "insert into registry_versions (version, effective_from, author, document) values (1, at_ms(%s), 'li', %s)",
                (T0, document("a", "b")),
            )
        migrate(dsn)
        store = await Store.connect(dsn)
        kept = await store.registry_version(1)
        await store.close()
    assert (kept.document, kept.author, kept.note, kept.counts) == (
        document("a", "b"),
        "li",
        "",
        {"zones": 2},
    )


@pytest.mark.parametrize(
    ("loaded", "again", "kept"),
    [
        pytest.param([("a", "file a.json")], "a", 1, id="the same again"),
        pytest.param([("a", "file a.json"), ("b", "li")], "a", 1, id="changed by a person since"),
        pytest.param([("a", "file a.json"), ("b", "li")], "c", None, id="the file has changed"),
        pytest.param([("a", "file a.json"), ("b", "file b.json")], "a", None, id="another file since"),
        pytest.param([], "a", None, id="nothing yet"),
    ],
)
async def test_a_start_loads_a_file_again_only_where_another_start_had_another(store, loaded, again, kept):
    for number, (name, author) in enumerate(loaded):
        await store.save_registry(document(name), author=author, effective_from_ms=T0 + number)
    assert await store.kept_since_start(document(again), authors=("file %", "the demo")) == kept
