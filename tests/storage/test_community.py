"""TimescaleDB Community, in WebAssembly: what only it has, and the store's queries on it.

One server for the module, one connection at a time, and no answer when one parts: each test has its own
devices, and a store is closed without waiting.
"""

from collections.abc import AsyncIterator, Iterator

import psycopg
import pytest
import pytest_asyncio

from domain.quantity import Quantity
from storage.batch import Batch
from storage.edition import Edition
from storage.maintenance import Retention, maintain
from storage.migrate import migrate
from storage.store import Store
from tests.storage.made import T0, account, background, dust, finding, key, position, rejection, restored
from tests.support.timescaledb import community_server, why_no_community

DAY_S = 86_400
NOW_MS = T0 + 20 * DAY_S * 1000

pytestmark = pytest.mark.skipif(why_no_community() is not None, reason=why_no_community() or "")


@pytest.fixture(scope="module")
def community() -> Iterator[str]:
    with community_server() as dsn:
        migrate(dsn)
        yield dsn


@pytest.fixture
def database(community: str) -> str:
    return community


@pytest_asyncio.fixture
async def store(database: str) -> AsyncIterator[Store]:
    store = await Store.connect(database, pool_size=1)
    yield store
    await store.close(timeout_s=0.2)


def ask(dsn: str, query: str):
    with psycopg.connect(dsn, autocommit=True) as connection:
        return connection.execute(query).fetchall()


def test_all_its_migrations_are_applied(community):
    again = migrate(community)
    assert again.server.edition is Edition.COMMUNITY
    assert again.new == ()
    assert any(name.endswith(".community.sql") for name in again.old)
    assert not any(name.endswith(".views.sql") for name in again.old)
    hypertables = ask(
        community, "select hypertable_name::text from timescaledb_information.hypertables order by 1"
    )
    assert ("dust",) in hypertables
    assert ("positions",) in hypertables


def test_policies_of_compression_and_roll_ups_are_set(community):
    jobs = ask(community, "select proc_name::text, count(*) from timescaledb_information.jobs group by 1")
    found = dict(jobs)
    assert found["policy_compression"] == 2
    assert found["policy_refresh_continuous_aggregate"] == 2


async def test_the_verbs_of_the_store_work_on_it(store):
    batch = Batch(
        positions=(position("C1"), position("C1", 1)),
        dust=(dust("CD1", values={Quantity.PM10: 5.0}),),
        background=(background("CA1"),),
        rejections=(rejection(device_id="C1"),),
        findings=(finding("vehicle:C1", device_id="C1"),),
    )
    first, again = await store.commit(batch), await store.commit(batch)
    assert (first.received, first.stored, first.rejected, len(first.changes)) == (5, 4, 1, 1)
    assert (again.stored, again.duplicate, again.changes) == (0, 4, ())
    assert {"C1", "CD1", "background/CA1"} <= set(await account(store))
    assert [alert.subject for alert in await store.alerts(device_id="C1")] == ["vehicle:C1"]
    assert len([r for r in await restored(store) if getattr(r, "device_id", "") == "C1"]) == 2
    assert await store.load_checkpoints() == {}
    version = await store.save_registry(b"{}", author="a", effective_from_ms=T0)
    assert (await store.newest_registry()).version == version


async def test_late_and_duplicate_rows_into_a_compressed_chunk_lose_nothing(store, database):
    # Days that no other test writes to: their chunk is compressed with these rows in it.
    start_s = -9 * DAY_S
    old = [position("Z1", start_s + n * 10) for n in range(0, 400, 2)]
    other = [position("Z2", start_s + n * 10) for n in range(100)]
    for start in range(0, len(old), 40):
        await store.commit(Batch(positions=tuple(old[start : start + 40])))
    for start in range(0, len(other), 40):
        await store.commit(Batch(positions=tuple(other[start : start + 40])))
    await store.close(timeout_s=0.2)
    done = maintain(database, now_ms=NOW_MS).done
    assert done["positions_compressed"] >= 1
    compressed = ask(database, "select count(*) from timescaledb_information.chunks where is_compressed")
    assert compressed[0][0] >= 1

    # Every second one is new, and duplicates come first, between and last.
    store = await Store.connect(database, pool_size=1)
    again = [position("Z1", start_s + n * 10) for n in range(400)]
    again += [position("Z2", start_s + n * 10) for n in range(120)]
    stored = duplicate = 0
    for start in range(0, len(again), 40):
        batch = tuple(again[start : start + 40])
        committed = await store.commit(Batch(positions=batch, late=frozenset(map(key, batch))))
        assert committed.late == committed.stored
        stored += committed.stored
        duplicate += committed.duplicate
    assert (stored, duplicate) == (200 + 20, 200 + 100)
    read = [report for report in await restored(store) if getattr(report, "device_id", "") in {"Z1", "Z2"}]
    assert read == again
    lines = await account(store)
    assert (lines["Z1"].received, lines["Z1"].stored, lines["Z1"].duplicate) == (600, 400, 200)
    await store.close(timeout_s=0.2)


async def test_continuous_aggregates_give_what_the_views_give_also_for_late_readings(store, database):
    def rolled_up():
        query = (
            "select readings, pm10_ugm3, pm10_top_ugm3 from dust_5min where device_id = 'R1' order by bucket"
        )
        return ask(database, query)

    await store.commit(
        Batch(dust=tuple(dust("R1", n * 60, values={Quantity.PM10: 10.0 * n}) for n in range(3)))
    )
    await store.close(timeout_s=0.2)
    maintain(database, now_ms=NOW_MS)
    assert rolled_up() == [(3, 10.0, 20.0)]
    store = await Store.connect(database, pool_size=1)
    await store.commit(Batch(dust=(dust("R1", 30, values={Quantity.PM10: 90.0}),)))
    await store.close(timeout_s=0.2)
    maintain(database, now_ms=NOW_MS)
    assert rolled_up() == [(4, 30.0, 90.0)]


async def test_retention_drops_whole_chunks(store, database):
    await store.commit(Batch(positions=(position("O1", -90 * DAY_S), position("O1", 0))))
    await store.close(timeout_s=0.2)
    done = maintain(database, now_ms=NOW_MS, retention=Retention(reports_days=60)).done
    assert done["positions_chunks"] >= 1
    assert ask(database, "select count(*) from positions where device_id = 'O1'") == [(1,)]
