"""Which vehicles were on a station's site while its dust was over a limit, from the facts of visits.

Computed beside the fold, because a station's device knows nothing of vehicles; it is no part of what the
engine says of the alert, and is merged into its evidence where that is encoded.
"""

from collections.abc import Iterable, Mapping, Sequence

import msgspec
from msgspec.structs import replace

from alerts.averaging import Verdict
from alerts.facts import Fact, FactKind
from alerts.finding import Finding
from alerts.ruleset import Ruleset
from alerts.station_evidence import DustEvidence, OnSite
from domain.identifiers import StationId, VehicleId, ZoneId
from domain.rule import RuleKind

_ENCODER = msgspec.json.Encoder()


def site_zones(ruleset: Ruleset, station_id: StationId) -> tuple[ZoneId, ...]:
    """The source sites that belong to a station's site."""
    station = ruleset.stations.get(station_id)
    return (
        () if station is None or station.site_id is None else ruleset.source_sites_of.get(station.site_id, ())
    )


def over_ms(finding: Finding) -> tuple[tuple[int, int], ...]:
    """The spans [from, to) of the windows over the limit; those that the evidence no longer lists count as one."""
    evidence = finding.evidence
    if not isinstance(evidence, DustEvidence) or not evidence.windows:
        return ()
    length_ms = evidence.window_s * 1000
    spans = [
        (window.start_ms, window.start_ms + length_ms)
        for window in evidence.windows
        if window.verdict == Verdict.OVER
    ]
    if evidence.windows[0].start_ms > finding.started_ms:
        spans.insert(0, (finding.started_ms, evidence.windows[0].start_ms))
    return tuple(spans)


def vehicles_on_site(ruleset: Ruleset, finding: Finding, visits: Iterable[Fact]) -> tuple[OnSite, ...]:
    """The visits of the station's site during the windows over, by the time of entering.

    When a vehicle left is told only where that was within them, so that nothing changes once they are over.
    """
    if finding.rule is not RuleKind.DUST_EXCEEDANCE or finding.station_id is None:
        return ()
    zones, spans = site_zones(ruleset, finding.station_id), over_ms(finding)
    found = {
        (visit.started_ms, visit.vehicle_id): visit
        for visit in sorted(visits, key=lambda visit: visit.about)
        if visit.kind is FactKind.VISIT and visit.about in zones and _is_within(visit, spans)
    }
    return tuple(
        OnSite(
            vehicle_id=visit.vehicle_id,
            plate=_plate(ruleset, visit.vehicle_id),
            entered_ms=visit.started_ms,
            left_ms=None if visit.ended_ms is None or visit.ended_ms > spans[-1][1] else visit.ended_ms,
        )
        for _, visit in sorted(found.items())
    )


def with_vehicles(ruleset: Ruleset, finding: Finding, visits: Mapping[str, Sequence[Fact]]) -> Finding:
    """The finding with the vehicles on site in its evidence, from all visits by zone."""
    if not isinstance(finding.evidence, DustEvidence) or finding.station_id is None:
        return finding
    own = [visit for zone_id in site_zones(ruleset, finding.station_id) for visit in visits.get(zone_id, ())]
    vehicles = vehicles_on_site(ruleset, finding, own)
    return (
        replace(finding, evidence=replace(finding.evidence, vehicles_on_site=vehicles))
        if vehicles
        else finding
    )


def on_site_json(vehicles: Sequence[OnSite]) -> str | None:
    """The list as it is stored and told; None where there is nobody."""
    return _ENCODER.encode(vehicles).decode() if vehicles else None


def _plate(ruleset: Ruleset, vehicle_id: VehicleId) -> str | None:
    vehicle = ruleset.vehicles.get(vehicle_id)
    return None if vehicle is None else vehicle.plate or None


def _is_within(visit: Fact, spans: tuple[tuple[int, int], ...]) -> bool:
    return any(
        visit.started_ms < to_ms and (visit.ended_ms is None or visit.ended_ms > from_ms)
        for from_ms, to_ms in spans
    )
