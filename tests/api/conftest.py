"""The API on a real database, behind a real server."""

from collections.abc import AsyncIterator

import httpx
import pytest_asyncio

from runtime.metrics import Metrics
from storage.store import Store
from tests.api.serving import SIGNED_IN, make_app, serve


@pytest_asyncio.fixture
async def url(store: Store) -> AsyncIterator[str]:
    """The base URL of the API over `store`."""
    async with serve(make_app(store, metrics=Metrics())) as url:
        yield url


@pytest_asyncio.fixture
async def client(url: str) -> AsyncIterator[httpx.AsyncClient]:
    """A client of that API."""
    async with httpx.AsyncClient(base_url=url, timeout=60, headers=SIGNED_IN) as client:
        yield client
