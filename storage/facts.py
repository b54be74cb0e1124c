"""Facts of vehicles in the database, and what the area step reads and writes."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeAlias
from uuid import UUID

import asyncpg
from msgspec import Struct

from alerts.facts import Fact, FactKind
from domain.identifiers import DeviceId, PermitId, VehicleId, ZoneId
from storage.alert_log import save_findings, save_on_site
from storage.batch import FactsAgain, JudgedFinding
from storage.records import AlertRow, alert_from
from storage.sql import queries

Connection: TypeAlias = "asyncpg.Connection[Any]"

MOST_NEW = 5_000
AREA_PROGRESS = "area"
"""Under this name is kept up to which alert change the area step has looked."""


class NewFact(Struct, frozen=True, kw_only=True):
    """A fact that the area step has not looked at; `withdrawn` says that late data contradicts it."""

    fact: Fact
    withdrawn: bool
    found_late: bool


class AreaNews(Struct, frozen=True, kw_only=True):
    """What the area step found, and what it has looked at: facts, and alert changes up to `looked_to`."""

    findings: tuple[JudgedFinding, ...] = ()
    on_site: Mapping[UUID, str | None] = {}
    found_late: frozenset[UUID] = frozenset()
    looked_at: tuple[NewFact, ...] = ()
    looked_to: int


async def keep_facts(connection: Connection, facts: Sequence[Fact], *, found_late: bool = False) -> None:
    """Store facts, one a key, within the caller's transaction."""
    if facts:
        rows = sorted(facts, key=lambda fact: fact.key)
        await connection.execute(queries("facts")["keep_facts"], *_columns(rows), found_late)


async def replace_facts(connection: Connection, again: Iterable[FactsAgain]) -> None:
    """Store what judging devices again told, and withdraw what it did not, within the caller's transaction."""
    for one in sorted(again, key=lambda each: each.device_id):
        keys = [(fact.kind.value, fact.about, fact.started_ms) for fact in one.facts]
        await connection.execute(
            queries("facts")["withdraw_facts"],
            one.device_id,
            one.after_ms,
            [kind for kind, _, _ in keys],
            [about for _, about, _ in keys],
            [started_ms for _, _, started_ms in keys],
        )
        await keep_facts(connection, one.facts, found_late=True)


async def new_facts(connection: Connection) -> list[NewFact]:
    """Facts that nobody has looked at, a bounded number of them."""
    rows = await connection.fetch(queries("facts")["new_facts"], MOST_NEW)
    return [
        NewFact(fact=fact_from(row), withdrawn=row["withdrawn"], found_late=row["found_late"]) for row in rows
    ]


async def stays_between(connection: Connection, from_ms: int, to_ms: int) -> list[Fact]:
    """Loaded stays that began in [from, to]."""
    return [
        fact_from(row) for row in await connection.fetch(queries("facts")["stays_between"], from_ms, to_ms)
    ]


async def visits_during(
    connection: Connection, zones: Sequence[ZoneId], from_ms: int, to_ms: int
) -> list[Fact]:
    """Visits of these zones that overlap [from, to)."""
    rows = await connection.fetch(queries("facts")["visits_during"], list(zones), from_ms, to_ms)
    return [fact_from(row) for row in rows]


async def alerts_of_rule(connection: Connection, kind: str, from_ms: int, to_ms: int) -> list[AlertRow]:
    """Alerts of a kind that were not over at `from_ms` or began since, and no later than `to_ms`; withdrawn ones too."""
    rows = await connection.fetch(queries("facts")["alerts_of_rule"], kind, from_ms, to_ms)
    return [alert_from(row) for row in rows]


async def earliest_starts(connection: Connection, ids: Sequence[UUID]) -> dict[UUID, int]:
    """The earliest start (ms) that each alert ever had."""
    rows = await connection.fetch(queries("facts")["earliest_starts"], list(ids))
    return {UUID(bytes=row["id"].bytes): row["started_ms"] for row in rows}


async def save_area(connection: Connection, news: AreaNews, at_ms: int | None) -> tuple[int, ...]:
    """Store what the area step found and that it has looked, in the caller's transaction."""
    if news.looked_at:
        seen = sorted(news.looked_at, key=lambda each: each.fact.key)
        await connection.execute(
            queries("facts")["take_facts"],
            [one.fact.device_id for one in seen],
            [one.fact.kind.value for one in seen],
            [one.fact.about for one in seen],
            [one.fact.started_ms for one in seen],
            [one.fact.known_ms for one in seen],
            [one.withdrawn for one in seen],
        )
    await connection.execute(queries("reading")["set_forwarded"], AREA_PROGRESS, news.looked_to)
    changes: tuple[int, ...] = ()
    if news.findings:
        changes = await save_findings(connection, news.findings, at_ms=at_ms)
    if news.on_site:
        changes += await save_on_site(connection, news.on_site, found_late=news.found_late, at_ms=at_ms)
    return changes


def _columns(facts: Sequence[Fact]) -> tuple[Sequence[Any], ...]:
    return (
        [fact.device_id for fact in facts],
        [fact.kind.value for fact in facts],
        [fact.about for fact in facts],
        [fact.started_ms for fact in facts],
        [fact.ended_ms for fact in facts],
        [fact.known_ms for fact in facts],
        [fact.vehicle_id for fact in facts],
        [fact.permit_id for fact in facts],
        [fact.lon for fact in facts],
        [fact.lat for fact in facts],
    )


def fact_from(row: Mapping[str, Any]) -> Fact:
    """A row of facts."""
    return Fact(
        device_id=DeviceId(row["device_id"]),
        vehicle_id=VehicleId(row["vehicle_id"]),
        kind=FactKind(row["kind"]),
        about=row["about"],
        started_ms=row["started_ms"],
        ended_ms=row["ended_ms"],
        known_ms=row["known_ms"],
        permit_id=None if row["permit_id"] is None else PermitId(row["permit_id"]),
        lon=row["lon"],
        lat=row["lat"],
    )
