"""Cases past their deadline are marked once and told to every page, whoever is looking."""

import asyncio
from collections.abc import Callable

import structlog

from storage.cases import Cases
from storage.errors import StorageError

EVERY_S = 30.0

log = structlog.get_logger()


async def escalate_for_ever(cases: Cases, now_ms: Callable[[], int], *, every_s: float = EVERY_S) -> None:
    """Look for cases that have become overdue until cancelled; outlives a database that is away."""
    while True:
        try:
            for case_id in await cases.escalate_overdue(now_ms=now_ms()):
                log.info("case overdue", action="api.case_overdue", case=case_id)
        except StorageError as error:
            log.warning("overdue cases not looked for", action="api.escalation_waits", cause=str(error))
        await asyncio.sleep(every_s)
