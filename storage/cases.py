"""Cases in the database: opened by the first act, changed by acts that the table of `alerts.case_flow` allows.

Every act is one transaction: the case is locked, the act checked against its state, the case changed and a
row appended to the log, numbered in the order of commit. Whoever saw an older version is refused.
"""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import msgspec

from alerts.case_flow import VERIFY_WITHIN_MS, Act, CaseRefused, CaseState, after
from domain.person import Person, Scope
from storage.case_acts import NewAct, changed, facts_of, log_detail
from storage.case_alerts import join, part
from storage.case_records import Attachment, CaseAct, CaseRow, Unit, act_from, attachment_from, case_from
from storage.errors import NotThere
from storage.sql import queries
from storage.verbs import Verbs, districts

MOST_FILES = 200
"""Files of one case."""

ENDS_LINKS = frozenset({Act.ASSIGN, Act.TAKE_BACK, Act.CLOSE, Act.DISMISS})
"""Acts after which what was given to the field opens the case no more."""


class CaseChanged(Exception):  # noqa: N818 -- says what happened
    """Somebody was quicker; `case` is what it is now."""

    def __init__(self, case: CaseRow) -> None:
        super().__init__(f"case {case.id} is at version {case.version}")
        self.case = case


class Warned(msgspec.Struct, frozen=True, kw_only=True):
    """A warning from outside: who sent it, under which number of theirs, what about, and until when."""

    title: str
    sender: str | None = None
    reference: str | None = None
    text: str = ""
    district_id: str | None = None
    lon: float | None = None
    lat: float | None = None
    plate: str | None = None
    close_due_ms: int | None = None


class Cases(Verbs):
    """The cases of one database, each verb within somebody's scope."""

    QUERIES = "cases"

    async def case(self, scope: Scope, case_id: int) -> CaseRow:
        """One case; raises NotThere."""
        rows = await self._fetch("case", districts(scope), [case_id])
        if not rows:
            raise NotThere(f"there is no case {case_id}")
        return case_from(rows[0])

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

    async def units(
        self, scope: Scope, district_id: str | None, alert_ids: Sequence[UUID] = ()
    ) -> Sequence[Unit]:
        """Who has been assigned cases, the last choice for such alerts in a district first."""
        rows = await self._fetch("units", districts(scope), list(alert_ids), district_id)
        return [Unit(**row) for row in rows]

    async def of_alerts(self, alert_ids: Sequence[UUID]) -> Mapping[UUID, tuple[int, str, str | None, int]]:
        """By alert: its case, the case's state, assignee and version. Only for alerts that are in one."""
        rows = await self._fetch("cases_of_alerts", list(alert_ids))
        return {
            UUID(bytes=row["alert_id"].bytes): (row["case_id"], row["state"], row["assignee"], row["version"])
            for row in rows
        }

    async def open_external(self, person: Person, warning: Warned, *, at_ms: int) -> tuple[CaseRow, bool]:
        """A warning from outside as a case; the same number of a sender again is the case there is, and False.

        Raises NotThere where it lies outside the person's scope.
        """
        if not person.scope.covers(warning.district_id):
            raise NotThere(f"district {warning.district_id} is not in your scope")
        async with self._connections.connection() as connection, connection.transaction():
            number = await connection.fetchval(self._sql["lock_cases"])
            row = await connection.fetchrow(
                self._sql["open_case"], "external", warning.title, warning.reference, warning.district_id, warning.lon,
                warning.lat, at_ms, at_ms + VERIFY_WITHIN_MS, warning.sender, warning.plate, warning.close_due_ms,
            )  # fmt: skip
            is_new = row is not None
            if row is None:
                row = await connection.fetchrow(
                    self._sql["case_by_reference"], warning.sender, warning.reference
                )
            case = await self._locked(connection, person.scope, int(row["id"]))
            if is_new:
                await self._append(
                    connection, number, case, person, act="open", to=CaseState.NEW, at_ms=at_ms,
                    detail={"text": warning.text},
                )  # fmt: skip
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

    async def deliver(
        self, person: Person, case_id: int, new: NewAct, *, key: UUID, link_id: int, at_ms: int
    ) -> int:
        """What the field sent, once for each key; gives when it was delivered (ms). Raises as `act`.

        Where the case was answered meanwhile it is a note beside the answer: what somebody saw on site is kept.
        """
        async with self._connections.connection() as connection, connection.transaction():
            number = await connection.fetchval(self._sql["lock_cases"])
            known = await connection.fetchrow(self._sql["delivery"], key)
            if known is not None:
                if known["case_id"] != case_id:
                    raise NotThere("this key was used for another case")
                return int(known["delivered_ms"])
            case = await self._locked(connection, person.scope, case_id)
            if case.state != CaseState.ASSIGNED:
                new = msgspec.structs.replace(new, act=Act.COMMENT)
            await self._act(connection, number, person, case_id, new, at_ms)
            await connection.execute(self._sql["note_delivery"], key, case_id, link_id, at_ms)
        return at_ms

    async def attach(
        self,
        person: Person,
        case_id: int,
        *,
        name: str,
        media_type: str,
        sha256: bytes,
        content: bytes,
        key: UUID | None = None,
    ) -> Attachment:
        """Keep a file with a case, once for each `key`; raises NotThere, and CaseRefused where there are too many."""
        await self.case(person.scope, case_id)
        key = key or uuid4()
        if (await self._fetch("count_attachments", case_id))[0]["count"] >= MOST_FILES:
            raise CaseRefused("too_many_files")
        await self._fetch(
            "add_attachment", key, case_id, person.user_id, name, media_type, len(content), sha256, content
        )
        kept = [one for one in await self.attachments(person.scope, case_id) if one.id == key]
        if not kept:
            raise NotThere("this key was used for a file of another case")
        return kept[0]

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
                alert["detected_ms"] + VERIFY_WITHIN_MS, None, None, None,
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
        if new.act is Act.ASSIGN and case.state in (CaseState.NEW, CaseState.REOPENED):
            # Whoever assigns what nobody has taken yet has taken it.
            first = NewAct(act=Act.ACKNOWLEDGE, expected_version=case.version)
            new = msgspec.structs.replace(new, was=CaseState(case.state))
            case = await self._act(connection, number, person, case_id, first, at_ms)
            number += 1
        log = [act_from(row) for row in await connection.fetch(self._sql["case_log"], case_id)]
        to = after(facts_of(case, log), new.act, person, reason=new.reason, at_ms=at_ms)
        made = changed(case, log, new, to, at_ms)
        if new.act is Act.JOIN:
            number = await self._join(connection, number, person, case, new, at_ms)
        if new.act is Act.PART:
            await part(connection, case, new.alert_ids)
        if new.act in ENDS_LINKS:
            await connection.execute(self._sql["revoke_links"], case_id)
        await connection.execute(
            self._sql["save_case"], case_id, made.state, made.assignee, made.assigned_ms, made.close_due_ms,
            made.was_extended, made.finding, made.verified_ms, made.closed_ms, made.disputed, made.supervised,
            made.review, made.message,
        )  # fmt: skip
        await self._append(
            connection, number, case, person, act=new.act.value, to=to, at_ms=at_ms, reason=new.reason,
            detail=log_detail(case, made, new),
        )  # fmt: skip
        return await self._locked(connection, person.scope, case_id)

    async def _join(
        self,
        connection: "asyncpg.Connection[Any]",
        number: int,
        person: Person,
        case: CaseRow,
        new: NewAct,
        at_ms: int,
    ) -> int:
        """Draw alerts into a case, told in the logs of those they were in; gives the newest number."""
        for left in await join(connection, person.scope, case, new.alert_ids):
            other = await self._locked(connection, person.scope, left.case_id)
            to = CaseState.DISMISSED if left.is_empty else CaseState(other.state)
            if left.is_empty:
                await connection.execute(self._sql["dismiss_joined"], other.id, at_ms)
            else:
                await connection.execute(self._sql["touch_case"], other.id)
            await self._append(
                connection, number, other, person, act=Act.PART.value, to=to, at_ms=at_ms,
                detail={"alert_ids": [str(one) for one in left.alert_ids], "joined_to": case.id},
            )  # fmt: skip
            number += 1
        return number

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


__all__ = ["CaseChanged", "CaseRefused", "Cases", "NewAct", "NotThere", "Warned", "districts", "facts_of"]
