"""A commit that fails leaves nothing behind and says whether to try again; what was acknowledged survives kill -9."""

import asyncio
import os
import signal
from collections.abc import Callable

import asyncpg
import psycopg
import pytest

from storage.batch import Batch
from storage.embedded import EmbeddedPostgres
from storage.errors import StorageError, StorageRefused, StorageUnavailable, ValueRefused, driver_errors
from storage.migrate import migrate
from storage.store import Store
from tests.storage.made import account, background, dust, finding, position, positions, rejection, restored


def everything(start_s: float = 0, rows: int = 60) -> Batch:
    return Batch(
        positions=positions(rows, start_s=start_s),
        dust=(dust(at_s=start_s),),
        background=(background(at_s=start_s),),
        rejections=(rejection(b"%d" % start_s),),
        findings=(finding(start_s=start_s),),
    )


@pytest.mark.parametrize(
    "table", ["dust", "latest_positions", "rejections", "loss_account", "alerts", "alert_changes"]
)
async def test_a_connection_cut_in_the_middle_of_a_commit_leaves_nothing(store, database, table):
    with psycopg.connect(database, autocommit=True) as other, other.transaction():
        other.execute(f"lock table {table} in access exclusive mode")
        committing = asyncio.create_task(store.commit(everything()))
        query = (
            "select pid from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()"
        )
        with psycopg.connect(database, autocommit=True) as watcher:
            await until(lambda: watcher.execute(query).fetchall())
            watcher.execute(f"select pg_terminate_backend(pid) from ({query}) blocked")
        with pytest.raises(StorageUnavailable):
            await committing
    assert (await restored(store), await account(store), await store.rejections()) == ([], {}, [])
    assert (await store.alerts(open_only=True), await store.change_bounds()) == ([], (1, 0))
    assert (await store.commit(everything())).stored == 62


async def test_a_number_lost_with_its_transaction_is_given_out_again(store, database):
    await store.commit(Batch(findings=(finding(),)))
    with psycopg.connect(database) as other:
        other.execute("update change_counter set newest = newest + 5")
        other.rollback()
    committed = await store.commit(Batch(findings=(finding("vehicle:V2"),)))
    assert committed.changes == (2,)


async def test_bad_data_is_refused_and_leaves_nothing(store):
    with pytest.raises(StorageRefused):
        await store.commit(Batch(positions=(*positions(3), position("T2", seq=2**70))))
    assert (await restored(store), await account(store)) == ([], {})


async def test_a_database_that_is_not_there_is_refused(database):
    with pytest.raises(StorageRefused):
        await Store.connect(database + "_not")


async def test_a_server_that_is_not_there_is_unavailable(database):
    with pytest.raises(StorageUnavailable):
        await Store.connect("postgresql://nobody@127.0.0.1:1/nothing")
    with pytest.raises(StorageUnavailable):
        migrate("postgresql://nobody@127.0.0.1:1/nothing")


@pytest.mark.parametrize(
    ("raised", "expected"),
    [
        (asyncpg.DeadlockDetectedError("x"), StorageUnavailable),
        (asyncpg.SerializationError("x"), StorageUnavailable),
        (asyncpg.DiskFullError("x"), StorageUnavailable),
        (asyncpg.TooManyConnectionsError("x"), StorageUnavailable),
        (asyncpg.CannotConnectNowError("x"), StorageUnavailable),
        (asyncpg.AdminShutdownError("x"), StorageUnavailable),
        (asyncpg.ConnectionDoesNotExistError("x"), StorageUnavailable),
        (asyncpg.InterfaceError("connection is closed"), StorageUnavailable),
        (asyncpg.InternalClientError("cannot switch to state 15"), StorageUnavailable),
        (ConnectionResetError("x"), StorageUnavailable),
        (TimeoutError("x"), StorageUnavailable),
        (asyncpg.CheckViolationError("x"), StorageRefused),
        (asyncpg.UndefinedTableError("x"), StorageRefused),
        (asyncpg.DataError("x"), ValueRefused),
        (psycopg.errors.DeadlockDetected("x"), StorageUnavailable),
        (psycopg.errors.SyntaxError("x"), StorageRefused),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else "",
)
def test_a_drivers_error_says_whether_to_try_again_and_keeps_its_cause(raised, expected):
    with pytest.raises(StorageError) as caught, driver_errors():
        raise raised
    assert type(caught.value) is expected
    assert caught.value.__cause__ is raised


async def test_whoever_waits_for_changes_is_told_when_the_connection_is_lost(store, database):
    waiting = store.wait_for_changes()
    assert await anext(waiting) == 0
    with psycopg.connect(database, autocommit=True) as other:
        other.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity"
            " where datname = current_database() and pid <> pg_backend_pid() and query ilike '%change_counter%'"
        )
    with pytest.raises(StorageUnavailable):
        await asyncio.wait_for(anext(waiting), 10)


@pytest.mark.parametrize("victim", ["postmaster", "backend"])
async def test_what_was_acknowledged_survives_kill_9_of_the_server(tmp_path, victim):
    server = EmbeddedPostgres(tmp_path)
    dsn = server.start()
    migrate(dsn)
    store = await Store.connect(dsn)
    acknowledged: list[int] = []

    async def work(store: Store) -> None:
        while True:
            await store.commit(everything(start_s=len(acknowledged) * 100))
            acknowledged.append(1)

    for _ in range(3):
        begun = len(acknowledged)
        working = asyncio.create_task(work(store))
        await until(lambda: len(acknowledged) >= begun + 5 or working.done())  # noqa: B023 - awaited at once
        if victim == "postmaster":
            server.kill()
        else:
            # A backend that crashes takes all others with it, and the server recovers by itself.
            with psycopg.connect(dsn, autocommit=True) as other:
                query = "select pid from pg_stat_activity where backend_type = 'client backend' and pid <> pg_backend_pid()"
                os.kill(other.execute(query).fetchall()[0][0], signal.SIGKILL)
        with pytest.raises(StorageUnavailable):
            await working
        await store.close()
        if victim == "postmaster":
            dsn = server.start()
        store = await connect_when_ready(dsn)
        stored = await account(store)
        # The batch in flight may have been committed without our hearing of it: whole or not at all.
        whole, part = divmod(stored["T1"].stored, 60)
        assert part == 0
        assert whole in (len(acknowledged), len(acknowledged) + 1)
        assert (await store.change_bounds())[1] == len(await store.alert_changes(0)) == whole
        assert len(await store.rejections(limit=10_000)) == whole == stored["D1"].stored
        again = await store.commit(everything(start_s=len(acknowledged) * 100))
        assert again.duplicate in (0, 62)
        acknowledged.append(1)
    await store.close()
    server.stop()


async def until(is_so: Callable[[], object]) -> None:
    deadline = asyncio.get_running_loop().time() + 30
    while not is_so():
        assert asyncio.get_running_loop().time() < deadline
        await asyncio.sleep(0.005)


async def connect_when_ready(dsn: str) -> Store:
    deadline = asyncio.get_running_loop().time() + 30
    while True:
        try:
            return await Store.connect(dsn)
        except StorageUnavailable:
            assert asyncio.get_running_loop().time() < deadline
            await asyncio.sleep(0.05)
