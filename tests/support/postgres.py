"""Database servers for tests, and databases on them: one server a run, one template, a database per test."""

import atexit
import itertools
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from storage.embedded import EmbeddedPostgres
from storage.migrate import migrate

TEMPLATE = "haulwatch_template"

LARGE_BYTES = 4 * 1024 * 1024
"""A database whose tables have grown by more is not emptied but dropped, so that nobody reads through its dead rows."""

_SHAPE = """
select (select array_agg((oid, relname, reltype, relfilenode) order by oid) from pg_class where oid >= 16384)::text,
       (select array_agg((attrelid, attnum, attname, atttypid, attnotnull) order by attrelid, attnum)
          from pg_attribute where attrelid >= 16384)::text,
       (select array_agg((oid, conname) order by oid) from pg_constraint where oid >= 16384)::text,
       (select array_agg((oid, tgname, tgenabled) order by oid) from pg_trigger where oid >= 16384)::text,
       (select array_agg((oid, proname) order by oid) from pg_proc where oid >= 16384)::text
"""

_numbers = itertools.count(1)


class TestServer:
    """A running server with a migrated template; `dsn_of` gives the URL of a database on it."""

    __test__ = False

    def __init__(self, admin_dsn: str) -> None:
        self._admin_dsn = admin_dsn
        self._emptied: list[str] = []
        self._run("create database {}", TEMPLATE)
        migrate(self.dsn_of(TEMPLATE))
        with psycopg.connect(self.dsn_of(TEMPLATE), autocommit=True) as connection:
            self._pristine = _Pristine(connection)
        # TimescaleDB's background workers visit every database that lets them in, and one being copied
        # may have no visitors.
        self._run("alter database {} allow_connections false", TEMPLATE)
        self._run(
            f"select pg_terminate_backend(pid, 5000) from pg_stat_activity where datname = '{TEMPLATE}'"
        )

    def dsn_of(self, database: str) -> str:
        return f"{self._admin_dsn.rpartition('/')[0]}/{database}"

    def _run(self, statement: str, *names: str) -> None:
        with psycopg.connect(self._admin_dsn, autocommit=True) as connection:
            connection.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))

    @contextmanager
    def empty_database(self) -> Iterator[str]:
        """A database without our schema."""
        name = f"empty_{os.getpid()}_{next(_numbers)}"
        self._run("create database {}", name)
        try:
            yield self.dsn_of(name)
        finally:
            self._run("drop database {} with (force)", name)

    @contextmanager
    def database(self) -> Iterator[str]:
        """A migrated, empty database of one's own, under a name that nobody has known before."""
        name = f"test_{os.getpid()}_{next(_numbers)}"
        if self._emptied:
            self._run("alter database {} rename to {}", self._emptied.pop(), name)
        else:
            self._run("create database {} template {}", name, TEMPLATE)
        try:
            yield self.dsn_of(name)
        finally:
            if self._is_empty_again(name):
                self._emptied.append(name)
            else:
                self._run("drop database if exists {} with (force)", name)

    def _is_empty_again(self, name: str) -> bool:
        """Make a database as the template is, where that is less work than another copy; tells whether it is."""
        try:
            with psycopg.connect(self.dsn_of(name), autocommit=True) as connection:
                return self._pristine.restore(connection)
        except psycopg.Error:
            return False


class _Pristine:
    """What a migrated, empty database holds, and the way back to it."""

    def __init__(self, connection: "psycopg.Connection[Any]") -> None:
        self._shape = connection.execute(_SHAPE).fetchall()
        of_kind = "select c.oid::regclass::text from pg_class c where relnamespace = 'public'::regnamespace and relkind = %s"
        self._tables = [name for (name,) in connection.execute(of_kind, ("r",))]
        self._sequences = [name for (name,) in connection.execute(of_kind, ("S",))]
        self._rows = {table: rows for table in self._tables if (rows := _rows_of(connection, table))}
        self._size = self._size_of(connection)

    def restore(self, connection: "psycopg.Connection[Any]") -> bool:
        """Take away whatever was added; False where the schema is another by now or much was added."""
        connection.execute(
            "select pg_terminate_backend(pid, 5000) from pg_stat_activity"
            " where datname = current_database() and pid <> pg_backend_pid()"
        )
        if connection.execute(_SHAPE).fetchall() != self._shape:
            return False
        if self._size_of(connection) > self._size + LARGE_BYTES:
            return False
        changed = [t for t in self._tables if t not in self._rows or _rows_of(connection, t) != self._rows[t]]
        starts = [f"select setval('{name}', 1, false)" for name in self._sequences]
        clear = [f"delete from {name}" for name in changed]
        with connection.transaction():
            connection.execute("set local session_replication_role = replica")  # in any order
            connection.execute(";".join(clear + starts))
            for table in set(changed) & set(self._rows):
                for row in self._rows[table]:
                    places = sql.SQL(", ").join(sql.Placeholder() * len(row))
                    connection.execute(
                        sql.SQL("insert into {} values ({})").format(sql.Identifier(table), places), row
                    )
        return True

    def _size_of(self, connection: "psycopg.Connection[Any]") -> int:
        sizes = connection.execute(
            "select sum(pg_total_relation_size(c)) from unnest(%s::text[]::regclass[]) c", (self._tables,)
        )
        return int(sizes.fetchall()[0][0])


def _rows_of(connection: "psycopg.Connection[Any]", table: str) -> Sequence[tuple[Any, ...]]:
    return connection.execute(f"select * from {table} order by 1").fetchall()


@contextmanager
def plain_server(directory: Path) -> Iterator[TestServer]:
    """The embedded server without fsync: tests that kill it start their own."""
    with EmbeddedPostgres(directory, fsync=False) as server:
        yield TestServer(server.dsn("postgres"))


def copy_migrated_cluster(directory: Path) -> None:
    """Lay out the files of a server whose database is migrated, for an `EmbeddedPostgres` of one's own there."""
    subprocess.run(["cp", "-a", str(_migrated_cluster()), str(directory)], check=True)


@cache
def _migrated_cluster() -> Path:
    made = Path(tempfile.mkdtemp(prefix="haulwatch-cluster-"))
    atexit.register(shutil.rmtree, made, ignore_errors=True)
    with EmbeddedPostgres(made / "server", fsync=False) as server:
        migrate(server.dsn())
    return made / "server"
