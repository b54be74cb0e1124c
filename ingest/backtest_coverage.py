"""How much a backtest of history had to look at: that nothing was found means little where nothing was heard.

A gap is a silence that says something: of a vehicle after a report with its ignition on or at speed, of a
station after any reading.
"""

from collections.abc import Sequence

import msgspec

from alerts.difference import Span
from alerts.station_health import SILENT_MS
from domain.instant import HOUR_MS
from domain.report import DustReport, PositionReport
from geofence.motion import MOVING_KMH
from geofence.usable import GAP_MS

VEHICLE_GAP_MS = GAP_MS
STATION_GAP_MS = SILENT_MS


class Heard(msgspec.Struct, kw_only=True):
    """What one share heard in the span: devices, the hours of it in which any was, and gaps."""

    vehicles: int = 0
    stations: int = 0
    hours: set[int] = set()
    gaps: int = 0
    gap_ms: int = 0


class Coverage(msgspec.Struct, frozen=True, kw_only=True):
    """What was heard in a span, of all that could have been."""

    vehicles: int
    vehicles_heard: int
    stations: int
    stations_heard: int
    hours: int
    hours_heard: int
    gaps: int
    gap_s: int


class Ear:
    """Listens to one device's reports, in their order."""

    def __init__(self, span: Span, heard: Heard, gap_ms: int) -> None:
        """Note in `heard` what lies in the span."""
        self._span = span
        self._heard = heard
        self._gap_ms = gap_ms
        self._last_ms: int | None = None
        self._is_awake = False
        self.has_heard = False

    def listen(self, reports: Sequence[PositionReport | DustReport]) -> None:
        """Take in the next reports; those of before the span tell from when on there was silence."""
        from_ms, hours = self._span.from_ms, self._heard.hours
        for report in reports:
            time_ms = report.time_ms
            if time_ms >= from_ms:
                self.has_heard = True
                hours.add((time_ms - from_ms) // HOUR_MS)
                self._note_gap(time_ms)
            self._last_ms = time_ms
            self._is_awake = _is_awake(report)

    def end(self) -> None:
        """Nothing more comes: a silence may last to the end of the span."""
        self._note_gap(self._span.to_ms)

    def _note_gap(self, until_ms: int) -> None:
        if self._last_ms is not None and self._is_awake and until_ms - self._last_ms > self._gap_ms:
            self._heard.gaps += 1
            self._heard.gap_ms += until_ms - max(self._last_ms, self._span.from_ms)


def _is_awake(report: PositionReport | DustReport) -> bool:
    if isinstance(report, DustReport):
        return True
    return report.ignition is True or (report.speed_kmh is not None and report.speed_kmh >= MOVING_KMH)


def coverage(shares: Sequence[Heard], span: Span, *, vehicles: int, stations: int) -> Coverage:
    """Bring together what the shares heard, of so many devices that were asked for."""
    return Coverage(
        vehicles=vehicles,
        vehicles_heard=sum(one.vehicles for one in shares),
        stations=stations,
        stations_heard=sum(one.stations for one in shares),
        hours=-(-(span.to_ms - span.from_ms) // HOUR_MS),
        hours_heard=len(set().union(*(one.hours for one in shares))),
        gaps=sum(one.gaps for one in shares),
        gap_s=sum(one.gap_ms for one in shares) // 1000,
    )
