"""Waiting out a database that is away."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import TypeVar

import structlog

from storage.errors import StorageUnavailable

RETRY_S = 1.0

T = TypeVar("T")

_log = structlog.get_logger(__name__)


async def until_done(attempt: Callable[[], Awaitable[T]], stop: asyncio.Event) -> T | None:
    """Try until the database is there; None once stopped."""
    while not stop.is_set():
        try:
            return await attempt()
        except StorageUnavailable as error:
            _log.warning("database away", action="database_away", error=str(error))
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), RETRY_S)
    return None
