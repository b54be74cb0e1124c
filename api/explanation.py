"""An alert explained: what is stored about it, put beside the registry version that judged it."""

import asyncio
from collections.abc import Iterable
from uuid import UUID

from alerts.evidence_refs import ids_in
from alerts.rule_words import rule_words
from alerts.ruleset import rule_of
from api.alerts import alert_object
from api.explanation_shapes import (
    ExplainedRegistry,
    ExplainedRule,
    Explanation,
    ReportedPosition,
    ReportedPositions,
    ReportedReading,
    ReportedReadings,
    RuleInWords,
    StoredChange,
)
from api.loss import account_view
from api.registry_view import read_registry, station_view, vehicle_view
from api.schemas import Alert, FeatureCollection
from domain.identifiers import LimitId
from domain.instant import to_rfc3339
from domain.legal_limits import LEGAL_LIMITS
from domain.limit_document import limit_document
from domain.permit import Permit
from domain.permit_document import permit_document
from domain.registry import Registry
from domain.report import DustReport, PositionReport
from domain.station import Limit
from geofence.geojson import route_feature, zone_feature
from storage.explaining import Around, Case, Span
from storage.records import AlertRow, RegistryVersion
from storage.store import Store


async def explain(store: Store, alert_id: UUID) -> Explanation | None:
    """The whole case of one alert; None where there is no such alert."""
    case = await store.case(alert_id)
    # A city's registry takes a while to read; the live stream goes on meanwhile.
    return None if case is None else await asyncio.to_thread(explanation, case)


def explanation(case: Case) -> Explanation:
    """The case as the API shows it."""
    alert, registry = case.alert, Registry()
    if case.registry is not None:
        registry = read_registry(case.registry)
    permits = _permits(case, registry)
    zone_ids = {*alert.zone_ids, *ids_in(case.evidence, "zone")}
    route_ids = {*ids_in(case.evidence, "route")}
    for permit in permits:
        zone_ids.update((*permit.source_zone_ids, *permit.disposal_zone_ids))
        route_ids.update(permit.route_ids)
    limit = next((registry.limit_terms.get(LimitId(one)) for one in ids_in(case.evidence, "limit")), None)
    companies = {company.id: company.name for company in registry.companies}
    return Explanation(
        alert=_alert(alert),
        registry=None if case.registry is None else _registry(case.registry, registry.timezone),
        rule=_rule(registry, alert),
        vehicle=next(
            (vehicle_view(v, companies) for v in registry.vehicles if v.id == alert.vehicle_id), None
        ),
        station=next((station_view(s) for s in registry.stations if s.id == alert.station_id), None),
        permits=[permit_document(permit) for permit in permits],
        limit=None if limit is None else limit_document(limit),
        limit_source=_source(limit),
        zones=FeatureCollection(features=[zone_feature(z) for z in registry.zones if z.id in zone_ids]),
        routes=FeatureCollection(features=[route_feature(r) for r in registry.routes if r.id in route_ids]),
        positions=None if case.positions is None else _positions(case.positions, case.span),
        readings=None if case.readings is None else _readings(case.readings, case.span),
        changes=[
            StoredChange(number=change.number, at=to_rfc3339(change.at_ms), alert=_alert(change.alert))
            for change in case.changes
        ],
        account=[account_view(row) for row in case.account],
    )


def _alert(row: AlertRow) -> Alert:
    return Alert.model_validate(alert_object(row))


def _registry(found: RegistryVersion, timezone: str) -> ExplainedRegistry:
    return ExplainedRegistry(
        version=found.version,
        effective_from=to_rfc3339(found.effective_from_ms),
        author=found.author,
        note=found.note,
        timezone=timezone,
    )


def _rule(registry: Registry, alert: AlertRow) -> ExplainedRule | None:
    rule = rule_of(registry, alert.rule_id)
    if rule is None:
        return None
    return ExplainedRule(
        id=rule.id,
        kind=rule.kind,
        severity=rule.severity,
        params=dict(rule.params),
        words={
            language: RuleInWords(holds=words.holds, ends=words.ends)
            for language, words in rule_words(rule.kind, rule.params).items()
        },
    )


def _source(limit: Limit | None) -> str | None:
    """What lays down a limit that is the ready-made one of its id, not one of the registry's own."""
    ready_made = None if limit is None else LEGAL_LIMITS.get(limit.id)
    return None if ready_made is None or ready_made.terms != limit else ready_made.source


def _permits(case: Case, registry: Registry) -> list[Permit]:
    """The permits that the evidence names, in its order."""
    known = {str(permit.id): permit for permit in registry.permits}
    return [known[permit_id] for permit_id in ids_in(case.evidence, "permit") if permit_id in known]


def _positions(around: Around[PositionReport], span: Span) -> ReportedPositions:
    return ReportedPositions(
        first=to_rfc3339(span.from_ms),
        last=to_rfc3339(span.to_ms),
        total=around.total,
        items=[_position(report, span.decisive_ms) for report in around.reports],
    )


def _position(report: PositionReport, decisive_ms: Iterable[int]) -> ReportedPosition:
    return ReportedPosition(
        time=to_rfc3339(report.time_ms),
        received_at=to_rfc3339(report.received_ms),
        decisive=report.time_ms in decisive_ms,
        fix=report.fix,
        lon=report.lon,
        lat=report.lat,
        accuracy_m=report.accuracy_m,
        speed_kmh=report.speed_kmh,
        heading_deg=report.heading_deg,
        ignition=report.ignition,
        load=report.load,
        weight_t=report.weight_t,
        lift=report.lift,
        cover=report.cover,
        alarms=None if report.alarms is None else list(report.alarms),
    )


def _readings(around: Around[DustReport], span: Span) -> ReportedReadings:
    return ReportedReadings(
        first=to_rfc3339(span.from_ms),
        last=to_rfc3339(span.to_ms),
        total=around.total,
        items=[
            ReportedReading(
                time=to_rfc3339(report.time_ms),
                received_at=to_rfc3339(report.received_ms),
                decisive=report.time_ms in span.decisive_ms,
                interval_s=report.interval_s,
                values={quantity.value: value for quantity, value in report.values.items()},
                flags={quantity.value: flag.value for quantity, flag in report.flags.items()},
            )
            for report in around.reports
        ],
    )
