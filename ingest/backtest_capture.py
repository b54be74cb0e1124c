"""A share of a capture: its devices' reports in their own order, whatever the order of arrival.

One pass judges as it reads. A device of which an older report turns up after a newer one is left aside;
a second pass collects all it sent and judges that in order.
"""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from zlib import crc32

import msgspec

from alerts.device_state import Order
from domain.identifiers import DeviceId
from domain.instant import from_rfc3339
from domain.report import BackgroundReport, DustReport, PositionReport
from ingest.backtest_fold import Fold
from ingest.backtest_shares import Account, Progress
from ingest.capture import head_of, read_capture
from ingest.known import known_to_any
from ingest.wire import DEFAULT_PREFIX, Decoded, decode

CHUNK = 50_000

Report = PositionReport | DustReport


class CaptureShare(msgspec.Struct, kw_only=True, frozen=True):
    """A share of a capture's devices: every `of`th, beginning with `number`."""

    capture: Path
    number: int = 0
    of: int = 1
    prefix: str = DEFAULT_PREFIX

    def judge(self, folds: Sequence[Fold], on_progress: Progress) -> Account:
        """Read and judge; raises ValueError that names a bad line of the capture."""
        return _Reading(self, folds, on_progress).run()


class _Reading:
    """The two passes over the capture."""

    def __init__(self, share: CaptureShare, folds: Sequence[Fold], on_progress: Progress) -> None:
        self._share = share
        self._folds = folds
        self._known = known_to_any([fold.ruleset for fold in folds], share.prefix)
        self._judged = frozenset(device_id for fold in folds for device_id in fold.ruleset.profiles)
        self._on_progress = on_progress
        self._account = Account()
        self._newest: dict[DeviceId, Order] = {}
        self._stored: dict[DeviceId, int] = {}
        self._disordered: set[DeviceId] = set()
        self._background: dict[tuple[str, int, bytes], BackgroundReport] = {}
        self._unjudged: set[tuple[str, int, bytes]] = set()
        self._last_ms = 0
        self._last_foreign = b""
        self._ours: dict[bytes, bool] = {}

    def run(self) -> Account:
        """Judge everything, then let time pass to the last arrival."""
        for chunk in self._chunks():
            self._judge_chunk(chunk)
        if self._disordered:
            self._judge_disordered()
        if self._last_foreign:
            self._last_ms = max(self._last_ms, from_rfc3339(self._last_foreign.decode()))
        for fold in self._folds:
            fold.end_all(self._last_ms)
        account = self._account
        account.until_ms = self._last_ms
        account.stored = sum(self._stored.values()) + len(self._unjudged)
        if self._share.number == 0:
            account.stored += len(self._background)
        self._tell(1.0)
        return account

    def _tell(self, done: float) -> None:
        self._on_progress(done, self._account.received)

    def _chunks(self) -> Iterator[list[Decoded]]:
        chunk: list[Decoded] = []
        size = 0
        for message in read_capture(
            self._share.capture,
            on_progress=lambda done: self._tell(done * 0.8),
            leave_out=self._is_foreign if self._share.of > 1 else lambda _: False,
        ):
            self._last_ms = max(self._last_ms, message.received_ms)
            decoded = decode(message.topic, message.payload, message.received_ms, self._known)
            chunk.append(decoded)
            size += decoded.elements
            if size >= CHUNK:
                yield chunk
                chunk, size = [], 0
        yield chunk

    def _is_foreign(self, line: bytes) -> bool:
        """Whether a line is another share's; such lines tell only how late it is."""
        arrival, topic = head_of(line)
        ours = self._ours.get(topic)
        if ours is None:
            ours = self._ours[topic] = self._is_ours(topic)
        if not ours and arrival > self._last_foreign:  # texts of one form sort as the instants do
            self._last_foreign = arrival
        return not ours

    def _is_ours(self, topic: bytes) -> bool:
        """Every share needs the background values; they are counted by the first."""
        prefix = self._share.prefix.encode()
        if topic.startswith(prefix + b"/background/"):
            return True
        device_id = topic.removeprefix(prefix + b"/").partition(b"/")[0]
        return crc32(device_id) % self._share.of == self._share.number

    def _judge_chunk(self, chunk: list[Decoded]) -> None:
        account = self._account
        by_device: dict[DeviceId, list[Report]] = {}
        background: list[BackgroundReport] = []
        for decoded in chunk:
            if decoded.background or (decoded.rejections and "/background/" in decoded.rejections[0].topic):
                background.extend(decoded.background)
                if self._share.number:
                    continue
            account.received += decoded.elements
            account.rejected += len(decoded.rejections)
            for position in decoded.positions:
                by_device.setdefault(position.device_id, []).append(position)
            for reading in decoded.dust:
                by_device.setdefault(reading.device_id, []).append(reading)
        self._judge_background(background)
        positions: list[PositionReport] = []
        for device_id, reports in by_device.items():
            if device_id not in self._judged:
                self._unjudged.update((one.device_id, one.time_ms, one.digest) for one in reports)
            elif device_id not in self._disordered:
                for report in self._in_order(device_id, reports):
                    if isinstance(report, PositionReport):
                        positions.append(report)
                    else:
                        self._judge_station(device_id, report)
        self._judge_positions(positions)

    def _in_order(self, device_id: DeviceId, reports: list[Report]) -> list[Report]:
        """A device's new reports in its order without repetitions; none if an older one shows up among them."""
        reports.sort(key=lambda report: report.order)
        newest = self._newest.get(device_id)
        fresh: list[Report] = []
        for report in reports:
            order = report.order
            if newest is not None and order < newest:
                self._disordered.add(device_id)
                return []
            if order != newest:
                newest = order
                fresh.append(report)
        if newest is not None:
            self._newest[device_id] = newest
        self._stored[device_id] = self._stored.get(device_id, 0) + len(fresh)
        return fresh

    def _judge_background(self, values: Iterable[BackgroundReport]) -> None:
        for value in sorted(values, key=lambda one: (one.time_ms, one.digest)):
            key = (value.area_id, value.time_ms, value.digest)
            if key in self._background:
                continue
            self._background[key] = value
            for fold in self._folds:
                for device_id in fold.ruleset.stations_of_area.get(value.area_id, ()):
                    if device_id not in self._disordered:
                        fold.judge_station(device_id, value)

    def _judge_disordered(self) -> None:
        """Forget what was judged of these devices, collect all of their reports, and judge them in order."""
        reports: dict[DeviceId, list[Report]] = {device_id: [] for device_id in self._disordered}
        for device_id in self._disordered:
            self._newest.pop(device_id, None)
            self._stored.pop(device_id, None)
            for fold in self._folds:
                fold.forget(device_id)
        prefix = f"{self._share.prefix}/"
        topics = frozenset(f"{prefix}{device_id}".encode() for device_id in self._disordered)
        for message in read_capture(
            self._share.capture,
            on_progress=lambda done: self._tell(0.8 + done * 0.15),
            leave_out=lambda line: head_of(line)[1].rpartition(b"/")[0] not in topics,
        ):
            own = reports.get(DeviceId(message.topic.removeprefix(prefix).partition("/")[0]))
            if own is not None:
                decoded = decode(message.topic, message.payload, message.received_ms, self._known)
                own.extend(decoded.positions)
                own.extend(decoded.dust)
        for device_id, own in reports.items():
            self._judge_device(device_id, own)
            own.clear()

    def _judge_device(self, device_id: DeviceId, reports: list[Report]) -> None:
        in_order = self._in_order(device_id, reports)
        self._judge_positions([one for one in in_order if isinstance(one, PositionReport)])
        readings = [one for one in in_order if isinstance(one, DustReport)]
        for fold in self._folds:
            items: list[DustReport | BackgroundReport] = [
                *readings,
                *(
                    value
                    for value in self._background.values()
                    if device_id in fold.ruleset.stations_of_area.get(value.area_id, ())
                ),
            ]
            for item in sorted(items, key=lambda one: (one.time_ms, one.digest)):
                fold.judge_station(device_id, item)

    def _judge_positions(self, positions: Sequence[PositionReport]) -> None:
        for fold in self._folds:
            fold.judge_positions(positions)

    def _judge_station(self, device_id: DeviceId, reading: DustReport) -> None:
        for fold in self._folds:
            fold.judge_station(device_id, reading)
