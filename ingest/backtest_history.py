"""A share of stored history: its devices one after the other, each in its own order, in slices of hours.

Judging begins some time before the span, so that states are right when it begins, and from the last
report before that, so that a vehicle long parked is no stranger.
"""

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence

import msgspec

from alerts.difference import Span
from alerts.ruleset import StationProfile
from domain.identifiers import AreaId, DeviceId
from domain.instant import DAY_MS, HOUR_MS
from domain.report import BackgroundReport, DustReport, PositionReport
from ingest.backtest_coverage import STATION_GAP_MS, VEHICLE_GAP_MS, Ear, Heard
from ingest.backtest_fold import Fold
from ingest.backtest_shares import Account, Progress
from storage.history import History

WARM_UP_MS = DAY_MS
DAYS_MS = 7 * DAY_MS
"""How far back readings are counted for the rules that look at whole days."""
SLICE_MS = 6 * HOUR_MS
"""Some 4,000 positions at one in 5 s: a moment's work for the server, and little to hold."""


class HistoryShare(msgspec.Struct, kw_only=True, frozen=True):
    """Some devices of a database; a device may be a vehicle's to one ruleset and a station's to another."""

    dsn: str
    span: Span
    vehicle_devices: tuple[DeviceId, ...]
    station_devices: tuple[DeviceId, ...]
    warm_up_ms: int = WARM_UP_MS

    def judge(self, folds: Sequence[Fold], on_progress: Progress) -> Account:
        """Read and judge; raises StorageError."""
        with History.open(self.dsn) as history:
            return _Reading(self, history, folds, on_progress).run()


class _Reading:
    def __init__(
        self, share: HistoryShare, history: History, folds: Sequence[Fold], on_progress: Progress
    ) -> None:
        self._share = share
        self._history = history
        self._folds = folds
        self._on_progress = on_progress
        self._heard = Heard()
        self._account = Account(until_ms=share.span.to_ms, heard=[self._heard])
        self._begin_ms = share.span.from_ms - share.warm_up_ms
        self._ended = 0

    def run(self) -> Account:
        """Judge everything; time passes to the end of the span."""
        for device_id in self._share.vehicle_devices:
            self._judge_vehicle(device_id)
            self._end(device_id)
        for device_id in self._share.station_devices:
            self._judge_station(device_id)
            self._end(device_id)
        self._tell(0.0)
        return self._account

    def _judge_vehicle(self, device_id: DeviceId) -> None:
        last = self._history.last_position_before(device_id, self._begin_ms)
        ear = Ear(self._share.span, self._heard, VEHICLE_GAP_MS)
        if last is not None:
            self._judge_positions([last], ear)
        for from_ms, to_ms in self._slices():
            self._judge_positions(self._history.positions(device_id, from_ms, to_ms), ear)
        ear.end()
        self._heard.vehicles += ear.has_heard

    def _judge_positions(self, reports: Sequence[PositionReport], ear: Ear) -> None:
        self._count(reports)
        ear.listen(reports)
        for fold in self._folds:
            fold.judge_positions(reports)

    def _judge_station(self, device_id: DeviceId) -> None:
        last = self._count_days(device_id)
        if last is not None:
            for fold in self._folds:
                fold.judge_station(device_id, last)
        ear = Ear(self._share.span, self._heard, STATION_GAP_MS)
        areas = {area for fold in self._folds if (area := _area_of(fold, device_id)) is not None}
        for from_ms, to_ms in self._slices():
            # the hour that contains the last window of the span may end after it
            until_ms = to_ms + HOUR_MS if to_ms == self._share.span.to_ms else to_ms
            values = {area: self._history.background(area, from_ms, until_ms) for area in areas}
            readings = self._history.dust(device_id, from_ms, to_ms)
            ear.listen(readings)
            self._judge_readings(device_id, readings, values)
        ear.end()
        self._heard.stations += ear.has_heard

    def _count_days(self, device_id: DeviceId) -> DustReport | None:
        """Count the readings of the days before; the last of them is given, to be judged."""
        first_ms = self._begin_ms - DAYS_MS
        last = self._history.last_dust_before(device_id, first_ms)
        for from_ms in range(first_ms, self._begin_ms, DAY_MS):
            readings = self._history.dust(device_id, from_ms, min(from_ms + DAY_MS, self._begin_ms))
            self._count(readings)
            for reading in readings:
                for fold in self._folds:
                    if last is not None:
                        fold.count_reading(device_id, last)
                last = reading
        return last

    def _judge_readings(
        self,
        device_id: DeviceId,
        readings: Sequence[DustReport],
        values: Mapping[AreaId, Sequence[BackgroundReport]],
    ) -> None:
        self._count(readings)
        for fold in self._folds:
            area = _area_of(fold, device_id)
            items: list[DustReport | BackgroundReport] = [*readings]
            if area is not None:
                items += values.get(area, ())
                items.sort(key=lambda one: one.time_ms)
            for item in items:
                fold.judge_station(device_id, item)

    def _slices(self) -> Iterator[tuple[int, int]]:
        """The warm-up and the span in turn, telling how far this is."""
        to_ms = self._share.span.to_ms
        for from_ms in range(self._begin_ms, to_ms, SLICE_MS):
            self._tell((from_ms - self._begin_ms) / (to_ms - self._begin_ms))
            yield from_ms, min(from_ms + SLICE_MS, to_ms)

    def _end(self, device_id: DeviceId) -> None:
        for fold in self._folds:
            fold.end(device_id, self._share.span.to_ms)
        self._ended += 1

    def _tell(self, of_device: float) -> None:
        devices = len(self._share.vehicle_devices) + len(self._share.station_devices)
        account = self._account
        self._on_progress((self._ended + of_device) / max(devices, 1), account.received + account.warm_up)

    def _count(self, reports: Sequence[PositionReport | DustReport]) -> None:
        from_ms = self._share.span.from_ms
        early = bisect_left(reports, from_ms, key=lambda report: report.time_ms)
        self._account.warm_up += early
        self._account.received += len(reports) - early
        self._account.stored += len(reports) - early


def _area_of(fold: Fold, device_id: DeviceId) -> AreaId | None:
    """The area whose background values a station uses under a ruleset."""
    profile = fold.ruleset.profiles.get(device_id)
    return profile.station.area_id if isinstance(profile, StationProfile) else None
