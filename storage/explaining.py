"""What explains one alert, read in one piece: its changes, the registry that raised it, its device's reports
around it, and how complete that device's data are.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Generic, TypeAlias, TypeVar
from uuid import UUID

import asyncpg
from msgspec import Struct

from alerts.evidence import Evidence
from alerts.evidence_refs import instants_in
from alerts.station_evidence import DustEvidence
from domain.instant import DAY_MS, MINUTE_MS
from domain.report import DustReport, PositionReport
from storage import registry_versions
from storage.account import DayOf
from storage.alert_log import evidence_of
from storage.records import AlertChange, AlertRow, LossRow, RegistryVersion, alert_from, change_from
from storage.rows import dust_from, position_of
from storage.sql import queries

Connection: TypeAlias = "asyncpg.Connection[Any]"
Report = TypeVar("Report", PositionReport, DustReport)

MARGIN_MS = 10 * MINUTE_MS
LONGEST_BEFORE_MS = DAY_MS
"""How long before its start what an alert's evidence names is still looked at."""
MOST_REPORTS = 500


class Span(Struct, frozen=True, kw_only=True):
    """The time to look at, both ends included, and the instants in it that the case rests on."""

    from_ms: int
    to_ms: int
    decisive_ms: tuple[int, ...]


class Around(Struct, Generic[Report], frozen=True, kw_only=True):
    """A device's reports in a span, in its order; there are `total`, and more than 500 are thinned out."""

    total: int
    reports: tuple[Report, ...]


class Case(Struct, frozen=True, kw_only=True):
    """All that is stored about one alert; `registry` is the version that raised it.

    Of positions and readings one is there, by what the device is; neither where the alert is about a place.
    """

    alert: AlertRow
    evidence: Evidence
    changes: Sequence[AlertChange]
    registry: RegistryVersion | None
    span: Span
    positions: Around[PositionReport] | None
    readings: Around[DustReport] | None
    account: Sequence[LossRow]


def span_around(alert: AlertRow, evidence: Evidence) -> Span:
    """From 10 min before an alert, and what its evidence names, to 10 min after its end or detection."""
    begins_ms = alert.started_ms - LONGEST_BEFORE_MS
    ends_ms = max(alert.detected_ms, alert.started_ms if alert.ended_ms is None else alert.ended_ms)
    named = [at_ms for at_ms in instants_in(evidence) if at_ms >= begins_ms]
    decisive = {alert.started_ms, alert.detected_ms, ends_ms, *named}
    return Span(
        from_ms=min(decisive) - MARGIN_MS,
        to_ms=max(decisive) + MARGIN_MS,
        decisive_ms=tuple(sorted(decisive)),
    )


async def load_case(
    connection: Connection, alert_id: UUID, day_of: DayOf, most: int = MOST_REPORTS
) -> Case | None:
    """All that is stored about one alert; None where there is no such alert.

    Raises ValueError if its evidence is of a kind that this release does not know.
    """
    sql = queries("explaining")
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        row = await connection.fetchrow(queries("reading")["alerts_by_id"], [alert_id])
        if row is None:
            return None
        alert = alert_from(row)
        evidence = evidence_of(alert)
        span = span_around(alert, evidence)
        changes = [change_from(one) for one in await connection.fetch(sql["changes_of_alert"], alert_id)]
        told_ms = max((change.at_ms for change in changes), default=span.to_ms)
        days = day_of(span.from_ms), day_of(max(span.to_ms, told_ms))
        account = await connection.fetch(sql["account_of_device"], alert.device_id, *days)
        reports = alert.device_id, span.from_ms, span.to_ms, span.decisive_ms, most
        is_station = alert.station_id is not None
        return Case(
            alert=alert,
            evidence=evidence,
            changes=changes,
            registry=await _raised_by(connection, alert, evidence),
            span=span,
            positions=None
            if is_station or alert.device_id is None
            else _around(await connection.fetch(sql["positions_around"], *reports), _position),
            readings=_around(await connection.fetch(sql["dust_around"], *reports), dust_from)
            if is_station
            else None,
            account=[LossRow(**one) for one in account],
        )


async def _raised_by(connection: Connection, alert: AlertRow, evidence: Evidence) -> RegistryVersion | None:
    """The version by which an alert was raised: the one it names may only have ended it, by other terms.

    A limit is judged by the terms that were in force when its window began, others when they are found.
    """
    judged_ms = alert.started_ms if isinstance(evidence, DustEvidence) else alert.detected_ms
    then = registry_versions.in_force_at(await registry_versions.timeline(connection), judged_ms)
    numbers = [alert.ruleset_version, *([] if then is None else [then.version])]
    return await registry_versions.load(connection, min(numbers))


def _around(
    rows: Sequence[Mapping[str, Any]], made_of: Callable[[Mapping[str, Any]], Report]
) -> Around[Report]:
    return Around(total=rows[0]["total"] if rows else 0, reports=tuple(made_of(row) for row in rows))


def _position(row: Mapping[str, Any]) -> PositionReport:
    return position_of(value for name, value in row.items() if name not in {"total", "at"})
