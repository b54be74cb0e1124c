"""What every suite shares: a real database of its own for each test, and how long property tests look.

`HYPOTHESIS_PROFILE` is `brisk` unless set: `glance` for a quick try, `thorough` for a long look. In CI the
examples are the same in every run, so that a failure there can be had again here.
"""

import os
import signal
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
import pytest_asyncio
import structlog
from hypothesis import HealthCheck, Phase, settings

from storage.store import Store
from tests.support.postgres import TestServer, plain_server

# An exception is told without the values of all its frames, which takes minutes where one of them is a city.
*before, _console = structlog.get_config()["processors"]
structlog.configure(
    processors=[*before, structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)]
)

# A shell has Ctrl-C ignored in what it starts in the background, and what tests start would inherit that.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

COMMON: dict[str, Any] = {
    "deadline": None,  # a busy machine is no failure
    "suppress_health_check": [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
    # Explaining a failure traces every line and takes minutes on a fold.
    "phases": (Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink),
    "derandomize": os.environ.get("CI") == "true",
}
if COMMON["derandomize"]:
    COMMON["database"] = None

settings.register_profile("glance", max_examples=8, **COMMON)
settings.register_profile("brisk", max_examples=60, **COMMON)
settings.register_profile("thorough", max_examples=500, **COMMON)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "brisk"))


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
