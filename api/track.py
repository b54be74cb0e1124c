"""A stored track as the API shows it."""

from collections.abc import Sequence

from alerts.facts import Fact, FactKind
from api.alerts import alert_object
from api.schemas import Alert
from api.track_shapes import Track, TrackFact, TrackGap, TrackPoint, TrackStop, TrackTotals
from domain.instant import to_rfc3339, to_rfc3339_if_known
from domain.report import PositionReport
from geofence.thinning import thinned
from geofence.way import Run, Way, way_of
from storage.records import AlertRow
from storage.tracks import StoredTrack


def track_view(
    found: StoredTrack, *, vehicle_id: str, device_id: str, from_ms: int, to_ms: int, most: int
) -> Track:
    """A stored track with its totals, thinned to `most` points besides those that must be kept."""
    reports = found.reports
    way = way_of(reports, found.breaks)
    kept = thinned(reports, way, _instants(found.alerts), found.breaks, most=most)
    return Track(
        vehicle_id=vehicle_id,
        device_id=device_id,
        first=to_rfc3339(from_ms),
        last=to_rfc3339(to_ms),
        total=len(reports),
        points=[_point(reports[at]) for at in kept],
        gaps=_gaps(reports, way, found.breaks),
        stops=[_stop(reports, run) for run in way.stops],
        facts=[_fact(fact) for fact in found.facts],
        alerts=[Alert.model_validate(alert_object(row)) for row in found.alerts],
        totals=_totals(way, found.facts),
    )


def _instants(alerts: Sequence[AlertRow]) -> list[int]:
    ends = [row.ended_ms for row in alerts if row.ended_ms is not None]
    return [row.started_ms for row in alerts] + ends


def _point(report: PositionReport) -> TrackPoint:
    return TrackPoint(
        time=to_rfc3339(report.time_ms),
        lon=report.lon,
        lat=report.lat,
        accuracy_m=report.accuracy_m,
        speed_kmh=report.speed_kmh,
        heading_deg=report.heading_deg,
        ignition=report.ignition,
        load=None if report.load is None else report.load.value,
        weight_t=report.weight_t,
        lift=report.lift,
        cover=None if report.cover is None else report.cover.value,
    )


def _gaps(reports: Sequence[PositionReport], way: Way, breaks: frozenset[int]) -> list[TrackGap]:
    silent = {gap.last for gap in way.gaps} - breaks
    return [
        TrackGap(
            started_at=to_rfc3339(reports[at - 1].time_ms),
            ended_at=to_rfc3339(reports[at].time_ms),
            why="no_reports" if at in silent else "other_district",
        )
        for at in sorted(silent | breaks)
    ]


def _stop(reports: Sequence[PositionReport], run: Run) -> TrackStop:
    first = reports[run.first]
    return TrackStop(
        started_at=to_rfc3339(first.time_ms),
        ended_at=to_rfc3339(reports[run.last].time_ms),
        lon=first.lon,
        lat=first.lat,
    )


def _fact(fact: Fact) -> TrackFact:
    return TrackFact(
        kind=fact.kind.value,
        about=fact.about,
        started_at=to_rfc3339(fact.started_ms),
        ended_at=to_rfc3339_if_known(fact.ended_ms),
        permit_id=fact.permit_id,
        lon=fact.lon,
        lat=fact.lat,
    )


def _totals(way: Way, facts: Sequence[Fact]) -> TrackTotals:
    return TrackTotals(
        distance_km=round(way.distance_m / 1000, 3),
        moving_s=way.moving_ms / 1000,
        standing_s=way.standing_ms / 1000,
        stops=len(way.stops),
        trips=sum(fact.kind is FactKind.TRIP for fact in facts),
    )
