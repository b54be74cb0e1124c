"""Cases in the database: opened by the first act, changed by acts that the table of `alerts.case_flow` allows.

Every act is one transaction: the case is locked, the act checked against its state, the case changed and a
row appended to the log, numbered in the order of commit. Whoever saw an older version is refused.
"""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import msgspec

from alerts.case_flow import (
    VERIFY_WITHIN_MS,
    Act,
    CaseRefused,
    CaseState,
    after,
)
from domain.person import Person, Scope
from storage.case_acts import NewAct, changed, facts_of, log_detail
from storage.case_records import (
    Attachment,
    CaseAct,
    CaseCounts,
    CaseRow,
    Shelf,
    act_from,
    attachment_from,
    case_from,
)
from storage.people import Connections
from storage.sql import queries


class NotThere(LookupError):  # noqa: N818 -- says what happened
    """No such case, alert or file, or none that this person may see."""


class CaseChanged(Exception):  # noqa: N818 -- says what happened
    """Somebody was quicker; `case` is what it is now."""

    def __init__(self, case: CaseRow) -> None:
        super().__init__(f"case {case.id} is at version {case.version}")
        self.case = case


class Cases:
    """The cases of one database, each verb within somebody's scope."""

    def __init__(self, connections: Connections) -> None:
        """Stand on a store's pool."""
        self._connections = connections
        self._sql = queries("cases")

    async def _fetch(self, name: str, *arguments: object) -> Sequence[Mapping[str, Any]]:
        async with self._connections.connection() as connection:
            rows: Sequence[Mapping[str, Any]] = await connection.fetch(self._sql[name], *arguments)
        return rows

    async def case(self, scope: Scope, case_id: int) -> CaseRow:
        """One case; raises NotThere."""
        rows = await self._fetch("case", districts(scope), [case_id])
        if not rows:
            raise NotThere(f"there is no case {case_id}")
        return case_from(rows[0])

    async def cases(
        self,
        scope: Scope,
        *,
        states: Sequence[CaseState] | None = None,
        assignee: str | None = None,
        review_only: bool = False,
        overdue_at_ms: int | None = None,
        after_key: tuple[int, int] | None = None,
        limit: int = 100,
    ) -> Sequence[CaseRow]:
        """Cases by the nearer deadline; `after_key` (deadline, id) continues after the last row of a page."""
        due_ms, case_id = after_key or (None, None)
        rows = await self._fetch(
            "cases",
            districts(scope),
            None if states is None else [state.value for state in states],
            assignee,
            review_only,
            overdue_at_ms is not None,
            overdue_at_ms or 0,
            due_ms,
            case_id,
            limit,
        )
        return [case_from(row) for row in rows]

    async def counts(self, scope: Scope, *, now_ms: int) -> CaseCounts:
        """How many cases each tab holds."""
        return CaseCounts(**(await self._fetch("count_cases", districts(scope), now_ms))[0])

    async def log(self, scope: Scope, case_id: int) -> Sequence[CaseAct]:
        """All that was done with a case, in order; raises NotThere."""
        await self.case(scope, case_id)
        return [act_from(row) for row in await self._fetch("case_log", case_id)]

    async def acts(self, scope: Scope, after_number: int, *, limit: int = 1000) -> Sequence[CaseAct]:
        """What was done with any case after a number, in order."""
        return [
            act_from(row) for row in await self._fetch("case_acts", districts(scope), after_number, limit)
        ]

    async def newest_act(self) -> int:
        """The number of the newest act."""
        return int((await self._fetch("newest_act"))[0]["newest"])

    async def units(self, scope: Scope, district_id: str | None) -> Sequence[str]:
        """Who has been assigned cases, the last choice for a district first."""
        return [row["assignee"] for row in await self._fetch("units", districts(scope), district_id)]

    async def of_alerts(self, alert_ids: Sequence[UUID]) -> Mapping[UUID, tuple[int, str, str | None, int]]:
        """By alert: its case, the case's state, assignee and version. Only for alerts that are in one."""
        rows = await self._fetch("cases_of_alerts", list(alert_ids))
        return {
            UUID(bytes=row["alert_id"].bytes): (row["case_id"], row["state"], row["assignee"], row["version"])
            for row in rows
        }

    async def open_external(
        self,
        person: Person,
        *,
        title: str,
        reference: str | None,
        district_id: str | None,
        lon: float | None,
        lat: float | None,
        at_ms: int,
        detail: object,
    ) -> tuple[CaseRow, bool]:
        """A warning from outside as a case; the same reference again is the case there is, and False.

        Raises NotThere where it lies outside the person's scope.
        """
        if not person.scope.covers(district_id):
            raise NotThere(f"district {district_id} is not in your scope")
        async with self._connections.connection() as connection, connection.transaction():
            number = await connection.fetchval(self._sql["lock_cases"])
            row = await connection.fetchrow(
                self._sql["open_case"], "external", title, reference, district_id, lon, lat, at_ms,
                at_ms + VERIFY_WITHIN_MS,
            )  # fmt: skip
            is_new = row is not None
            if row is None:
                row = await connection.fetchrow(self._sql["case_by_reference"], reference)
            case = await self._locked(connection, person.scope, int(row["id"]))
            if is_new:
                await self._append(
                    connection, number, case, person, act="open", to=CaseState.NEW, at_ms=at_ms, detail=detail
                )
        return case, is_new

    async def act_on_alert(self, person: Person, alert_id: UUID, new: NewAct, *, at_ms: int) -> CaseRow:
        """Act on the case of an alert, which this opens where there is none; raises as `act`."""
        async with self._connections.connection() as connection, connection.transaction():
            number = await connection.fetchval(self._sql["lock_cases"])
            case_id = await connection.fetchval(self._sql["case_of_alert"], alert_id)
            if case_id is None:
                case_id = await self._opened_for(connection, person, alert_id, at_ms)
            return await self._act(connection, number, person, int(case_id), new, at_ms)

    async def act(self, person: Person, case_id: int, new: NewAct, *, at_ms: int) -> CaseRow:
        """Do something with a case; raises NotThere, CaseRefused, or CaseChanged where somebody was quicker."""
        async with self._connections.connection() as connection, connection.transaction():
            number = await connection.fetchval(self._sql["lock_cases"])
            return await self._act(connection, number, person, case_id, new, at_ms)

    async def attach(
        self, person: Person, case_id: int, *, name: str, media_type: str, sha256: bytes, content: bytes
    ) -> Attachment:
        """Keep a file with a case; raises NotThere."""
        await self.case(person.scope, case_id)
        key = uuid4()
        await self._fetch(
            "add_attachment", key, case_id, person.user_id, name, media_type, len(content), sha256, content
        )
        return next(one for one in await self.attachments(person.scope, case_id) if one.id == key)

    async def attachments(self, scope: Scope, case_id: int) -> Sequence[Attachment]:
        """The files of a case; raises NotThere."""
        await self.case(scope, case_id)
        return [attachment_from(row) for row in await self._fetch("attachments", case_id)]

    async def attachment(self, scope: Scope, attachment_id: UUID) -> tuple[Attachment, bytes]:
        """A file and its content; raises NotThere."""
        rows = await self._fetch("attachment", districts(scope), attachment_id)
        if not rows:
            raise NotThere(f"there is no file {attachment_id}")
        return attachment_from(rows[0]), bytes(rows[0]["content"])

    async def shelve(
        self,
        person: Person,
        *,
        subject: str,
        rule_id: str,
        district_id: str | None,
        until_ms: int,
        reason: str,
    ) -> int:
        """Keep a subject's alerts of a rule off the list until an instant at most 12 hours away."""
        if not person.scope.covers(district_id):
            raise NotThere("there is no such alert")
        rows = await self._fetch("shelve", subject, rule_id, district_id, until_ms, reason, person.user_id)
        return int(rows[0]["id"])

    async def shelves(self, scope: Scope) -> Sequence[Shelf]:
        """What is shelved now."""
        return [Shelf(**row) for row in await self._fetch("shelves", districts(scope))]

    async def unshelve(self, person: Person, shelf_id: int) -> None:
        """Take something back from the shelf; raises NotThere."""
        if not await self._fetch("unshelve", districts(person.scope), shelf_id, person.user_id):
            raise NotThere(f"there is no shelf {shelf_id}")

    async def escalate_overdue(self, *, now_ms: int) -> Sequence[int]:
        """Mark the open cases whose deadline has passed, each once; gives their ids."""
        async with self._connections.connection() as connection, connection.transaction():
            number = await connection.fetchval(self._sql["lock_cases"])
            rows = await connection.fetch(self._sql["overdue_cases"], now_ms)
            for row in rows:
                await connection.execute(self._sql["escalate"], row["id"], now_ms)
                number += 1
                await connection.execute(
                    self._sql["append_act"], number, now_ms, row["id"], "haulwatch", "Haulwatch", "escalate",
                    row["state"], row["state"], "", "{}",
                )  # fmt: skip
            if rows:
                await connection.execute(self._sql["set_newest_act"], number)
        return [int(row["id"]) for row in rows]

    async def _locked(self, connection: "asyncpg.Connection[Any]", scope: Scope, case_id: int) -> CaseRow:
        await connection.execute(self._sql["lock_case"], case_id)
        row = await connection.fetchrow(self._sql["case"], districts(scope), [case_id])
        if row is None:
            raise NotThere(f"there is no case {case_id}")
        return case_from(row)

    async def _opened_for(
        self, connection: "asyncpg.Connection[Any]", person: Person, alert_id: UUID, at_ms: int
    ) -> int:
        """Open the case of an alert that has none."""
        alert = await connection.fetchrow(queries("reading")["alert_for_case"], alert_id)
        if alert is None or not person.scope.covers(alert["district_id"]):
            raise NotThere(f"there is no alert {alert_id}")
        case_id = int(
            await connection.fetchval(
                self._sql["open_case"], "alert", "", None, alert["district_id"], alert["lon"], alert["lat"], at_ms,
                alert["detected_ms"] + VERIFY_WITHIN_MS,
            )
        )  # fmt: skip
        await connection.execute(self._sql["put_alert"], alert_id, case_id)
        return case_id

    async def _act(
        self,
        connection: "asyncpg.Connection[Any]",
        number: int,
        person: Person,
        case_id: int,
        new: NewAct,
        at_ms: int,
    ) -> CaseRow:
        case = await self._locked(connection, person.scope, case_id)
        if new.expected_version is not None and new.expected_version != case.version:
            raise CaseChanged(case)
        log = [act_from(row) for row in await connection.fetch(self._sql["case_log"], case_id)]
        to = after(facts_of(case, log), new.act, person, reason=new.reason, at_ms=at_ms)
        after_act = changed(case, log, new, to, at_ms)
        if new.act is Act.JOIN:
            await self._join(connection, person.scope, case_id, new.alert_ids)
        await connection.execute(
            self._sql["save_case"], case_id, after_act.state, after_act.assignee, after_act.assigned_ms,
            after_act.close_due_ms, after_act.was_extended, after_act.finding, after_act.verified_ms, after_act.closed_ms,
            after_act.disputed, after_act.supervised, after_act.review,
        )  # fmt: skip
        await self._append(
            connection, number, case, person, act=new.act.value, to=to, at_ms=at_ms, reason=new.reason,
            detail=log_detail(case, new),
        )  # fmt: skip
        return await self._locked(connection, person.scope, case_id)

    async def _join(
        self, connection: "asyncpg.Connection[Any]", scope: Scope, case_id: int, alert_ids: Sequence[UUID]
    ) -> None:
        """Put further alerts into a case; one that is in another open case moves here."""
        if not alert_ids:
            raise CaseRefused("alerts_needed")
        for alert_id in alert_ids:
            alert = await connection.fetchrow(queries("reading")["alert_for_case"], alert_id)
            if alert is None or not scope.covers(alert["district_id"]):
                raise NotThere(f"there is no alert {alert_id}")
            await connection.execute(self._sql["put_alert"], alert_id, case_id)

    async def _append(
        self,
        connection: "asyncpg.Connection[Any]",
        number: int,
        case: CaseRow,
        person: Person,
        *,
        act: str,
        to: CaseState,
        at_ms: int,
        reason: str = "",
        detail: object = None,
    ) -> None:
        text = msgspec.json.encode({} if detail is None else detail).decode()
        await connection.execute(
            self._sql["append_act"], number + 1, at_ms, case.id, person.user_id, person.name, act, case.state,
            to.value, reason, text,
        )  # fmt: skip
        await connection.execute(self._sql["set_newest_act"], number + 1)


def districts(scope: Scope) -> list[str] | None:
    """A scope as a query's parameter."""
    return None if scope.district_ids is None else sorted(scope.district_ids)


__all__ = ["CaseChanged", "CaseRefused", "Cases", "NewAct", "NotThere", "districts", "facts_of"]
