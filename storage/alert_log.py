"""Findings to alerts and their numbered changes: what is news, and what was known already.

Deciding is pure (`succession`); saving runs last in the batch's transaction, because from the moment it
takes the counter every other writer of alerts waits for this commit.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any
from uuid import UUID

import msgspec
from msgspec import structs

from alerts.evidence import Evidence
from alerts.finding import Finding
from domain.identifiers import DeviceId, DistrictId, RuleId, StationId, VehicleId, ZoneId
from domain.rule import RuleKind
from domain.station import Severity
from storage.batch import JudgedFinding
from storage.records import AlertRow, alert_from
from storage.review import put_up_for_review
from storage.sql import queries

if TYPE_CHECKING:
    import asyncpg

_ENCODER = msgspec.json.Encoder()
_EVIDENCE: msgspec.json.Decoder[Evidence] = msgspec.json.Decoder(Evidence)
_SEPARATOR = "\x1f"
# What may differ without being news: which ruleset judged it again, and how often it was corrected.
# Nor do findings know who was on site, which is kept as it is.
_NO_NEWS = frozenset({"revision", "ruleset_version", "found_late", "on_site"})
_NEWS = tuple(name for name in AlertRow.__struct_fields__ if name not in _NO_NEWS)


def alert_of(judged: JudgedFinding) -> AlertRow:
    """The alert that a finding describes, at its first revision."""
    finding = judged.finding
    return AlertRow(
        id=finding.id,
        revision=1,
        rule=finding.rule.value,
        rule_id=finding.rule_id,
        ruleset_version=judged.ruleset_version,
        severity=finding.severity.value,
        subject=finding.subject,
        first_started_ms=finding.first_started_ms,
        started_ms=finding.started_ms,
        detected_ms=finding.detected_ms,
        ended_ms=finding.ended_ms,
        device_id=finding.device_id,
        vehicle_id=finding.vehicle_id,
        station_id=finding.station_id,
        area=finding.area,
        district_id=finding.district_id,
        lon=finding.lon,
        lat=finding.lat,
        zone_ids=tuple(finding.zone_ids),
        found_late=judged.found_late,
        withdrawn=finding.withdrawn,
        evidence=_ENCODER.encode(finding.evidence).decode(),
    )


def evidence_of(alert: AlertRow) -> Evidence:
    """The evidence of a stored alert; raises ValueError if it is of no known kind."""
    return _EVIDENCE.decode(alert.evidence)


def finding_of(alert: AlertRow) -> Finding:
    """The finding that a stored alert was made of; raises ValueError if its evidence is of no known kind."""
    return Finding(
        rule=RuleKind(alert.rule),
        rule_id=RuleId(alert.rule_id),
        subject=alert.subject,
        severity=Severity(alert.severity),
        first_started_ms=alert.first_started_ms,
        started_ms=alert.started_ms,
        detected_ms=alert.detected_ms,
        ended_ms=alert.ended_ms,
        device_id=None if alert.device_id is None else DeviceId(alert.device_id),
        vehicle_id=None if alert.vehicle_id is None else VehicleId(alert.vehicle_id),
        station_id=None if alert.station_id is None else StationId(alert.station_id),
        area=alert.area,
        district_id=None if alert.district_id is None else DistrictId(alert.district_id),
        lon=alert.lon,
        lat=alert.lat,
        zone_ids=tuple(ZoneId(zone_id) for zone_id in alert.zone_ids),
        evidence=evidence_of(alert),
        withdrawn=alert.withdrawn,
    )


def _is_same(one: AlertRow, other: AlertRow) -> bool:
    return all(getattr(one, name) == getattr(other, name) for name in _NEWS)


def _corrects(one: AlertRow, current: AlertRow) -> bool:
    """Tell whether a state takes something back, rather than going on from the one before."""
    return (
        one.found_late
        or one.started_ms != current.started_ms
        or one.withdrawn != current.withdrawn
        or Severity(one.severity).rank < Severity(current.severity).rank
    )


def succession(stored: AlertRow | None, found: Sequence[AlertRow]) -> list[AlertRow]:
    """The states one alert passes through from the stored one on; a correction raises the revision.

    Where reports are folded again, `found` repeats states that led to the stored one: what comes after
    the last repetition of it is news, the rest is not.
    """
    known = [at for at, one in enumerate(found) if stored is not None and _is_same(one, stored)]
    current = stored
    states: list[AlertRow] = []
    for one in found[known[-1] + 1 if known else 0 :]:
        if current is None:
            current = one
        elif _is_same(one, current):
            continue
        else:
            current = structs.replace(
                one,
                revision=current.revision + _corrects(one, current),
                found_late=one.found_late or current.found_late,
                on_site=current.on_site,
            )
        states.append(current)
    return states


async def save_findings(
    connection: "asyncpg.Connection[Any]", findings: Sequence[JudgedFinding], *, at_ms: int | None = None
) -> tuple[int, ...]:
    """Store what is new in these findings, within the caller's transaction; gives the numbers of the changes.

    They change at `at_ms` (ms since 1970 UTC), or now.
    """
    newest: int = await connection.fetchval(queries("commit")["lock_changes"])
    stored = await _stored(connection, [judged.finding.id for judged in findings])
    return await _save(connection, newest, stored, _changes(stored, findings), at_ms)


async def save_on_site(
    connection: "asyncpg.Connection[Any]",
    lists: Mapping[UUID, str | None],
    *,
    found_late: frozenset[UUID],
    at_ms: int | None = None,
) -> tuple[int, ...]:
    """As `save_findings`, who was on site by alert, as JSON; it corrects the alert only where late data says so."""
    newest: int = await connection.fetchval(queries("commit")["lock_changes"])
    stored = await _stored(connection, list(lists))
    changes = [
        structs.replace(
            alert,
            on_site=lists[alert.id],
            revision=alert.revision + (alert.id in found_late),
            found_late=alert.found_late or alert.id in found_late,
        )
        for alert in stored.values()
        if alert.on_site != lists[alert.id]
    ]
    return await _save(connection, newest, stored, changes, at_ms)


async def _save(
    connection: "asyncpg.Connection[Any]",
    newest: int,
    stored: Mapping[UUID, AlertRow],
    changes: Sequence[AlertRow],
    at_ms: int | None,
) -> tuple[int, ...]:
    """Number and store changes of what is stored; the counter is held, and `newest` is what it says."""
    sql = queries("commit")
    if not changes:
        return ()
    numbers = tuple(range(newest + 1, newest + 1 + len(changes)))
    last = {change.id: change for change in changes}
    await connection.execute(sql["save_alerts"], *_columns([last[key] for key in sorted(last)]))
    await connection.execute(sql["append_changes"], at_ms, numbers, *_columns(changes))
    await connection.execute(sql["set_newest_change"], numbers[-1])
    await put_up_for_review(connection, stored, list(last.values()))
    return numbers


async def _stored(connection: "asyncpg.Connection[Any]", ids: Sequence[UUID]) -> Mapping[UUID, AlertRow]:
    rows = await connection.fetch(queries("reading")["alerts_by_id"], list(set(ids)))
    return {alert.id: alert for alert in map(alert_from, rows)}


def _changes(stored: Mapping[UUID, AlertRow], findings: Sequence[JudgedFinding]) -> list[AlertRow]:
    found: dict[UUID, list[AlertRow]] = {}
    for alert in map(alert_of, findings):
        found.setdefault(alert.id, []).append(alert)
    return [state for key, alerts in found.items() for state in succession(stored.get(key), alerts)]


def _columns(alerts: Sequence[AlertRow]) -> tuple[Sequence[Any], ...]:
    """The columns of save_alerts; PostgreSQL unnests a list of lists flat, so zone ids travel joined."""
    names = AlertRow.__struct_fields__
    return tuple(
        [_SEPARATOR.join(alert.zone_ids) for alert in alerts]
        if name == "zone_ids"
        else [getattr(alert, name) for alert in alerts]
        for name in names
    )
