"""What a span of days comes to, as lines to be counted and exported; and how shifts handed over."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from msgspec import Struct

from domain.person import Person, Scope
from storage.errors import NotThere
from storage.verbs import Verbs, districts

MOST_LINES = 100_000
"""Alerts or cases of one report."""


class TooManyLines(Exception):  # noqa: N818 -- says what happened
    """More alerts or cases lie in the span than one report takes."""


class AlertLine(Struct, frozen=True, kw_only=True):
    """An alert as a report counts it; `withdrawn` is the reason, `site_zone_id` the site its evidence names."""

    id: UUID
    revision: int
    rule: str
    rule_id: str
    ruleset_version: int
    severity: str
    started_ms: int
    detected_ms: int
    ended_ms: int | None = None
    device_id: str | None = None
    vehicle_id: str | None = None
    station_id: str | None = None
    area: str | None = None
    district_id: str | None = None
    lon: float | None = None
    lat: float | None = None
    zone_ids: tuple[str, ...] = ()
    site_zone_id: str | None = None
    found_late: bool = False
    withdrawn: str | None = None
    case_id: int | None = None
    case_state: str | None = None
    assignee: str | None = None


class CaseLine(Struct, frozen=True, kw_only=True):
    """A case as a report counts it, with rule, subject and registry version of the first of its `alerts`.

    `plate` is what a warning from outside named.
    """

    id: int
    state: str
    source: str
    opened_ms: int
    verify_due_ms: int
    verified_ms: int | None = None
    close_due_ms: int | None = None
    closed_ms: int | None = None
    title: str = ""
    reference: str | None = None
    district_id: str | None = None
    assignee: str | None = None
    finding: str | None = None
    disputed: bool = False
    review: str | None = None
    rule: str | None = None
    severity: str | None = None
    vehicle_id: str | None = None
    station_id: str | None = None
    plate: str | None = None
    ruleset_version: int | None = None
    alerts: int = 0


class Handover(Struct, frozen=True, kw_only=True):
    """One shift's word to the next; `state` is what was open then, as JSON."""

    id: int
    at_ms: int
    user_id: str
    user_name: str
    handed_to: str
    note: str
    district_ids: tuple[str, ...] | None
    state: str


class Reports(Verbs):
    """The reports over one database, each verb within somebody's scope."""

    QUERIES = "reports"

    async def alert_lines(self, scope: Scope, from_ms: int, to_ms: int) -> Sequence[AlertLine]:
        """The alerts detected in [from, to), withdrawn ones too, in that order; raises TooManyLines."""
        rows = await self._lines("alert_lines", scope, from_ms, to_ms)
        return [alert_line(row) for row in rows]

    async def case_lines(self, scope: Scope, from_ms: int, to_ms: int) -> Sequence[CaseLine]:
        """The cases opened in [from, to), in that order; raises TooManyLines."""
        return [CaseLine(**row) for row in await self._lines("case_lines", scope, from_ms, to_ms)]

    async def heard_days(self, *, first: date, last: date, ids: Sequence[str] | None) -> Mapping[str, int]:
        """By device: on how many of these local days something of it was stored. None: of every device."""
        rows = await self._fetch("heard_days", first, last, ids)
        return {row["device_id"]: int(row["days"]) for row in rows}

    async def hand_over(
        self, person: Person, *, handed_to: str, note: str, state: str, at_ms: int
    ) -> Handover:
        """Keep what one shift leaves to the next, for those who may see what it speaks of."""
        rows = await self._fetch(
            "hand_over", at_ms, person.user_id, person.name, handed_to, note, districts(person.scope), state
        )
        return await self.handover(person.scope, int(rows[0]["id"]))

    async def handovers(
        self, scope: Scope, *, before: int | None = None, limit: int = 20
    ) -> Sequence[Handover]:
        """The hand-overs that speak of nothing beyond a scope, newest first."""
        return [_handover(row) for row in await self._fetch("handovers", districts(scope), before, limit)]

    async def handover(self, scope: Scope, handover_id: int) -> Handover:
        """One hand-over; raises NotThere."""
        rows = await self._fetch("handover", districts(scope), handover_id)
        if not rows:
            raise NotThere(f"there is no hand-over {handover_id}")
        return _handover(rows[0])

    async def _lines(self, name: str, scope: Scope, from_ms: int, to_ms: int) -> Sequence[Mapping[str, Any]]:
        rows = await self._fetch(name, districts(scope), from_ms, to_ms, MOST_LINES + 1)
        if len(rows) > MOST_LINES:
            raise TooManyLines
        return rows


def alert_line(row: Mapping[str, Any]) -> AlertLine:
    """A row of `alert_line_columns`."""
    values = {name: row[name] for name in AlertLine.__struct_fields__}
    return AlertLine(**values | {"id": UUID(bytes=row["id"].bytes), "zone_ids": tuple(row["zone_ids"])})


def _handover(row: Mapping[str, Any]) -> Handover:
    named = row["district_ids"]
    return Handover(**{**row, "district_ids": None if named is None else tuple(named)})
