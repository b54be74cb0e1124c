"""What violations cost, as it is kept: schemes, the violations to judge by them, appeals, and lists made by hand."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from msgspec import Struct

from alerts.demerit_scheme import SCORED, About
from alerts.demerits import AppealState
from domain.person import Person, Scope
from storage.errors import NotThere, VersionRefused
from storage.verbs import Verbs, districts

MOST_VIOLATIONS = 1_000_000
"""Of one cycle."""


class AlreadyAppealed(Exception):  # noqa: N818 -- says what happened
    """There is an appeal against this alert that is open, or that gave points back."""


class AppealSuperseded(Exception):  # noqa: N818 -- says what happened
    """Another appeal against the same alert was filed since, and counts in place of this one."""


class Stamp(Struct, frozen=True, kw_only=True):
    """Numbers of which one grows with whatever could change a ledger."""

    changes: int
    acts: int
    schemes: int
    appeals: int
    decisions: int

    @property
    def entered(self) -> tuple[int, int, int]:
        """Those that grow when somebody enters something about scores."""
        return self.schemes, self.appeals, self.decisions


class SchemeRow(Struct, frozen=True, kw_only=True):
    """A scheme as it was entered."""

    version: int
    effective_from: date
    author: str
    note: str
    at_ms: int
    document: str


class ViolationRow(Struct, frozen=True, kw_only=True, gc=False):
    """An alert of a vehicle that stands and is not dismissed, and the version of the registry that judged it."""

    alert_id: UUID
    rule: str
    severity: str
    at_ms: int
    vehicle_id: str
    station_id: str | None = None
    district_id: str | None
    ruleset_version: int
    is_confirmed: bool


class AppealRow(Struct, frozen=True, kw_only=True):
    """An appeal as it stands; what is None of a decision is not decided yet."""

    id: int
    alert_id: UUID
    company_id: str | None
    vehicle_id: str
    district_id: str | None
    at_ms: int
    user_id: str
    user_name: str
    file_number: str
    reason: str
    state: AppealState
    company_points: int | None
    vehicle_points: int | None
    decided_ms: int | None
    decided_by: str | None
    decision: str | None
    rule: str
    severity: str
    detected_ms: int


class DecisionRow(Struct, frozen=True, kw_only=True):
    """One decision on an appeal."""

    at_ms: int
    user_id: str
    user_name: str
    state: AppealState
    company_points: int | None
    vehicle_points: int | None
    reason: str


class ListingRow(Struct, frozen=True, kw_only=True):
    """A company or vehicle put on a list by hand, until the end of a local day or until it is taken off."""

    id: int
    about: About
    subject_id: str
    list: str
    at_ms: int
    until: date | None
    reason: str
    user_id: str
    user_name: str


class Demerits(Verbs):
    """Schemes, appeals and lists of one database."""

    QUERIES = "demerits"

    async def stamp(self) -> Stamp:
        """How far everything is that could change a ledger."""
        return Stamp(**(await self._fetch("stamp"))[0])

    async def schemes(self) -> Sequence[SchemeRow]:
        """All schemes by version."""
        return [SchemeRow(**row) for row in await self._fetch("schemes")]

    async def put_scheme(self, document: str, *, effective_from: date, author: str, note: str) -> int:
        """Append a scheme and give its version; raises VersionRefused where a later one begins after its day."""
        async with self._connections.connection() as connection, connection.transaction():
            await connection.execute(self._sql["lock_schemes"])
            newest = await connection.fetchrow(self._sql["newest_scheme"])
            last = newest["effective_from"]
            if last is not None and effective_from < last:
                raise VersionRefused(
                    f"scheme {newest['version']} begins on {last}, after the {effective_from} of this one"
                )
            version = int(newest["version"]) + 1
            await connection.execute(
                self._sql["insert_scheme"], version, effective_from, author, note, document
            )
        return version

    async def first_alert_ms(self) -> int | None:
        """When the first alert of all was detected; None before it."""
        found: int | None = (await self._fetch("first_alert"))[0]["first_ms"]
        return found

    async def violations(self, from_ms: int, to_ms: int) -> Sequence[ViolationRow]:
        """The violations detected in [from, to), in order."""
        rows = await self._fetch("violations", from_ms, to_ms, [str(one) for one in SCORED], MOST_VIOLATIONS)
        # Half a year of a city takes a second; the live stream goes on meanwhile.
        return await asyncio.to_thread(
            lambda: [ViolationRow(**{**row, "alert_id": UUID(bytes=row["alert_id"].bytes)}) for row in rows]
        )

    async def appeals(
        self,
        scope: Scope,
        *,
        before: int | None = None,
        state: str | None = None,
        alert_id: UUID | None = None,
        limit: int | None = None,
    ) -> Sequence[AppealRow]:
        """Appeals as they stand, newest first."""
        rows = await self._fetch("appeals", districts(scope), before, state, alert_id, None, limit)
        return [_appeal(row) for row in rows]

    async def appeal(self, scope: Scope, appeal_id: int) -> AppealRow:
        """One appeal; raises NotThere."""
        rows = await self._fetch("appeals", districts(scope), None, None, None, appeal_id, 1)
        if not rows:
            raise NotThere(f"there is no appeal {appeal_id}")
        return _appeal(rows[0])

    async def file(
        self,
        person: Person,
        alert_id: UUID,
        *,
        company_id: str | None,
        vehicle_id: str,
        district_id: str | None,
        file_number: str,
        reason: str,
        at_ms: int,
    ) -> int:
        """File an appeal against an alert; raises AlreadyAppealed unless all before it were refused."""
        async with self._connections.connection() as connection, connection.transaction():
            await connection.execute(self._sql["lock_alert"], alert_id)
            before = await connection.fetch(self._sql["appeals"], None, None, None, alert_id, None, None)
            if any(row["state"] != AppealState.REFUSED for row in before):
                raise AlreadyAppealed
            return int(
                await connection.fetchval(
                    self._sql["insert_appeal"], alert_id, company_id, vehicle_id, district_id, at_ms,
                    person.user_id, person.name, file_number, reason,
                )
            )  # fmt: skip

    async def decide(
        self,
        person: Person,
        appeal_id: int,
        state: AppealState,
        *,
        company_points: int | None,
        vehicle_points: int | None,
        reason: str,
        at_ms: int,
    ) -> None:
        """Decide an appeal, or decide it anew: what was decided before stays in its log. Raises AppealSuperseded."""
        async with self._connections.connection() as connection, connection.transaction():
            # Whoever files another one holds the alert, too.
            await connection.execute(self._sql["lock_appealed"], appeal_id)
            if await connection.fetchval(self._sql["is_superseded"], appeal_id):
                raise AppealSuperseded
            await connection.execute(
                self._sql["decide"], appeal_id, at_ms, person.user_id, person.name, state, company_points, vehicle_points,
                reason,
            )  # fmt: skip

    async def decisions(self, appeal_id: int) -> Sequence[DecisionRow]:
        """All that was ever decided on an appeal, in order."""
        return [
            DecisionRow(**{**row, "state": AppealState(row["state"])})
            for row in await self._fetch("decisions", appeal_id)
        ]

    async def listings(self, day: date) -> Sequence[ListingRow]:
        """Who is on a list by hand on a local day, newest first."""
        return [ListingRow(**row) for row in await self._fetch("listings", day)]

    async def enter(
        self,
        person: Person,
        about: About,
        subject_id: str,
        on: str,
        *,
        until: date | None,
        reason: str,
        at_ms: int,
    ) -> int:
        """Put somebody on a list by hand."""
        rows = await self._fetch(
            "enter", about, subject_id, on, at_ms, until, reason, person.user_id, person.name
        )
        return int(rows[0]["id"])

    async def take_off(self, person: Person, listing_id: int, *, reason: str, at_ms: int) -> None:
        """Take somebody off a list; raises NotThere where nobody stands on it."""
        if not await self._fetch("take_off", listing_id, at_ms, reason, person.user_id, person.name):
            raise NotThere(f"there is no entry {listing_id}")


def _appeal(row: Mapping[str, Any]) -> AppealRow:
    return AppealRow(
        **{**row, "alert_id": UUID(bytes=row["alert_id"].bytes), "state": AppealState(row["state"])}
    )
