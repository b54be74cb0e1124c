"""Database servers for tests, and databases on them: one server a run, one template, a clone per test."""

import itertools
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from psycopg import sql

from storage.embedded import EmbeddedPostgres
from storage.migrate import migrate

TEMPLATE = "haulwatch_template"

_numbers = itertools.count(1)


class TestServer:
    """A running server with a migrated template; `dsn_of` gives the URL of a database on it."""

    __test__ = False

    def __init__(self, admin_dsn: str) -> None:
        self._admin_dsn = admin_dsn
        self._run("create database {}", TEMPLATE)
        migrate(self.dsn_of(TEMPLATE))
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
        """A migrated database of one's own."""
        name = f"test_{os.getpid()}_{next(_numbers)}"
        self._run("create database {} template {}", name, TEMPLATE)
        try:
            yield self.dsn_of(name)
        finally:
            self._run("drop database {} with (force)", name)


@contextmanager
def plain_server(directory: Path) -> Iterator[TestServer]:
    """The embedded server without fsync: tests that kill it start their own."""
    with EmbeddedPostgres(directory, fsync=False) as server:
        yield TestServer(server.dsn("postgres"))
