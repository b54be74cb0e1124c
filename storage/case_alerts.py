"""Which alerts are in a case: several may join one, and be taken out again, within an act's transaction.

An alert is in one case at most. One that nobody works on yet may be drawn over; the case that it leaves empty is
dismissed, and both logs say so.
"""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import asyncpg
from msgspec import Struct

from alerts.case_flow import CaseRefused, CaseState
from domain.person import Scope
from storage.case_records import CaseRow
from storage.errors import NotThere
from storage.sql import queries

FREE = frozenset({CaseState.NEW, CaseState.ACKNOWLEDGED, CaseState.REOPENED})
"""States of a case from which an alert may still be drawn over to another."""


class Left(Struct, frozen=True, kw_only=True):
    """A case that alerts were drawn from."""

    case_id: int
    alert_ids: tuple[UUID, ...]
    is_empty: bool


async def join(
    connection: "asyncpg.Connection[Any]", scope: Scope, case: CaseRow, alert_ids: Sequence[UUID]
) -> list[Left]:
    """Put alerts into a case; gives the cases that they were in. Raises NotThere and CaseRefused."""
    sql = queries("cases")
    if not alert_ids:
        raise CaseRefused("alerts_needed")
    drawn: dict[int, list[UUID]] = {}
    for alert_id in alert_ids:
        alert = await connection.fetchrow(queries("reading")["alert_for_case"], alert_id)
        if alert is None or not scope.covers(alert["district_id"]):
            raise NotThere(f"there is no alert {alert_id}")
        # Whoever may see a case may see all of it.
        if alert["district_id"] != case.district_id:
            raise CaseRefused("other_district")
        for row in await connection.fetch(sql["cases_of_alerts"], [alert_id]):
            if row["case_id"] == case.id:
                continue
            if CaseState(row["state"]) not in FREE:
                raise CaseRefused("in_another_case")
            drawn.setdefault(int(row["case_id"]), []).append(alert_id)
        await connection.execute(sql["put_alert"], alert_id, case.id)
    return [
        Left(
            case_id=case_id,
            alert_ids=tuple(moved),
            is_empty=not await connection.fetch(sql["alerts_of_case"], case_id),
        )
        for case_id, moved in sorted(drawn.items())
    ]


async def part(connection: "asyncpg.Connection[Any]", case: CaseRow, alert_ids: Sequence[UUID]) -> None:
    """Take alerts out of a case, which keeps one at least: they are nobody's again. Raises CaseRefused."""
    if not alert_ids:
        raise CaseRefused("alerts_needed")
    if not set(alert_ids) <= set(case.alert_ids):
        raise CaseRefused("not_in_case")
    if len(set(alert_ids)) == len(case.alert_ids):
        raise CaseRefused("only_alert")
    for alert_id in alert_ids:
        await connection.execute(queries("cases")["take_alert_out"], alert_id, case.id)
