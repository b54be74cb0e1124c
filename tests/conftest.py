"""Fixtures that every suite shares: a real database of its own for each test, on one server a run."""

from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio

from storage.store import Store
from tests.support.postgres import TestServer, plain_server


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestServer]:
    """The embedded PostgreSQL of this run."""
    with plain_server(tmp_path_factory.mktemp("postgres")) as server:
        yield server


@pytest.fixture
def database(postgres: TestServer) -> Iterator[str]:
    """The URL of a migrated, empty database."""
    with postgres.database() as dsn:
        yield dsn


@pytest_asyncio.fixture
async def store(database: str) -> AsyncIterator[Store]:
    """An open store on `database`."""
    store = await Store.connect(database)
    yield store
    await store.close()
