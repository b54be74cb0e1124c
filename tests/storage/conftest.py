"""Every test here runs on each server edition that is present; plain PostgreSQL always is."""

from collections.abc import Iterator

import pytest

from tests.support.postgres import TestServer
from tests.support.timescaledb import apache_is_required, apache_server, why_no_apache


@pytest.fixture(scope="session")
def apache() -> Iterator[TestServer]:
    """TimescaleDB Apache edition; skipped with the reason where it is not there, unless CI must have it."""
    reason = why_no_apache()
    if reason is not None and apache_is_required():
        pytest.fail(reason)
    if reason is not None:
        pytest.skip(reason)
    with apache_server() as dsn:
        yield TestServer(dsn)


@pytest.fixture(params=["postgres", pytest.param("apache", marks=pytest.mark.timescaledb)])
def server(request: pytest.FixtureRequest) -> TestServer:
    """A server of each edition in turn."""
    return request.getfixturevalue(request.param)


@pytest.fixture
def database(server: TestServer) -> Iterator[str]:
    """A migrated, empty database on it."""
    with server.database() as dsn:
        yield dsn
