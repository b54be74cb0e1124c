"""What the verbs over a database stand on: a store's pool, and one file of named queries."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, ClassVar, Protocol

import asyncpg

from domain.person import Scope
from storage.sql import queries


class Connections(Protocol):
    """Where connections come from."""

    def connection(self) -> AbstractAsyncContextManager["asyncpg.Connection[Any]"]:
        """One of the pool; driver errors become those of `storage.errors`."""
        ...


class Verbs:
    """Verbs over one database, of the queries in `queries/{QUERIES}.sql`."""

    QUERIES: ClassVar[str]

    def __init__(self, connections: Connections) -> None:
        """Stand on a store's pool."""
        self._connections = connections
        self._sql = queries(self.QUERIES)

    async def _fetch(self, name: str, *arguments: object) -> Sequence[Mapping[str, Any]]:
        async with self._connections.connection() as connection:
            rows: Sequence[Mapping[str, Any]] = await connection.fetch(self._sql[name], *arguments)
        return rows


def districts(scope: Scope) -> list[str] | None:
    """A scope as a query's parameter."""
    return None if scope.district_ids is None else sorted(scope.district_ids)
