"""Cases whose alerts the engine has corrected or withdrawn after people had acted on them: put up for review.

The alert itself is corrected all the same; the case keeps its state, and somebody looks at both sides.
"""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import asyncpg

from storage.records import AlertRow
from storage.sql import queries

ENGINE = "haulwatch"
"""Who did it, in the log of a case."""


async def put_up_for_review(
    connection: "asyncpg.Connection[Any]", stored: Mapping[UUID, AlertRow], now: Sequence[AlertRow]
) -> None:
    """Mark the cases of the alerts that these states take something back of, within the caller's transaction."""
    for why, alerts in _taken_back(stored, now).items():
        await _mark(connection, why, alerts)


def _taken_back(stored: Mapping[UUID, AlertRow], now: Sequence[AlertRow]) -> dict[str, list[UUID]]:
    found: dict[str, list[UUID]] = {}
    for state in now:
        before = stored.get(state.id)
        if before is not None and state.revision > before.revision:
            found.setdefault("corrected" if state.withdrawn is None else "withdrawn", []).append(state.id)
    return found


async def _mark(connection: "asyncpg.Connection[Any]", why: str, alert_ids: Sequence[UUID]) -> None:
    sql = queries("cases")
    if not await connection.fetch(sql["cases_of_alerts"], alert_ids):
        return
    # Before the cases' rows, in the order in which acts take them: two that wait for each other are none.
    number = await connection.fetchval(sql["lock_cases"])
    for row in await connection.fetch(sql["mark_for_review"], alert_ids, why):
        number += 1
        await connection.execute(
            sql["append_act"], number, row["now_ms"], row["id"], ENGINE, "Haulwatch", f"review_{why}",
            row["state"], row["state"], "", "{}",
        )  # fmt: skip
    await connection.execute(sql["set_newest_act"], number)
