"""One process's share of a backtest: two passes over the capture, and the passing of time at its end."""

import gc
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from uuid import UUID
from zlib import crc32

import msgspec

from alerts import engine
from alerts.device_state import DeviceState
from alerts.finding import Finding
from alerts.ruleset import Ruleset
from domain.identifiers import DeviceId
from domain.instant import from_rfc3339
from domain.report import BackgroundReport, DustReport, PositionReport
from geofence.place import Placed
from ingest.capture import head_of, read_capture
from ingest.known import known_devices
from ingest.wire import DEFAULT_PREFIX, Decoded, decode

CHUNK = 50_000

Progress = Callable[[float], None]
Report = PositionReport | DustReport


class Part(msgspec.Struct, kw_only=True, frozen=True):
    """A share of the devices: every `of`th, beginning with `number`."""

    number: int = 0
    of: int = 1
    prefix: str = DEFAULT_PREFIX


class Outcome(msgspec.Struct, kw_only=True):
    """The loss account by element, and every alert in its final state."""

    received: int = 0
    stored: int = 0
    rejected: int = 0
    alerts: list[Finding] = []


class PartialBacktest:
    """The fold over the devices of one part."""

    def __init__(self, ruleset: Ruleset, capture: Path, part: Part, on_progress: Progress) -> None:
        """Nothing is read before `run`."""
        self._ruleset = ruleset
        self._known = known_devices(ruleset, part.prefix)
        self._capture = capture
        self._part = part
        self._on_progress = on_progress
        self._outcome = Outcome(alerts=[])
        self._states: dict[DeviceId, DeviceState] = {}
        self._stored: dict[DeviceId, int] = {}
        self._alerts: dict[DeviceId, dict[UUID, Finding]] = {}
        self._disordered: set[DeviceId] = set()
        self._background: dict[tuple[str, int, bytes], BackgroundReport] = {}
        self._unjudged: set[tuple[str, int, bytes]] = set()
        self._last_ms = 0
        self._last_foreign = b""
        self._ours: dict[bytes, bool] = {}

    def run(self) -> Outcome:
        """Judge everything; raises ValueError that names a bad line of the capture."""
        # States make no cycles: a twentieth of the time goes into looking for them.
        threshold = gc.get_threshold()
        gc.set_threshold(50_000, 20, 20)
        try:
            return self._run()
        finally:
            gc.set_threshold(*threshold)

    def _run(self) -> Outcome:
        for chunk in self._chunks():
            self._judge_chunk(chunk)
        if self._disordered:
            self._judge_disordered()
        if self._last_foreign:
            self._last_ms = max(self._last_ms, from_rfc3339(self._last_foreign.decode()))
        for device_id, state in self._states.items():
            self._note(device_id, engine.tick(self._ruleset, state, self._last_ms)[1])
        self._on_progress(1.0)
        outcome = self._outcome
        outcome.stored = sum(self._stored.values()) + len(self._unjudged)
        if self._part.number == 0:
            outcome.stored += len(self._background)
        outcome.alerts = [finding for own in self._alerts.values() for finding in own.values()]
        return outcome

    def _chunks(self) -> Iterator[list[Decoded]]:
        chunk: list[Decoded] = []
        size = 0
        for message in read_capture(
            self._capture,
            on_progress=lambda done: self._on_progress(done * 0.8),
            leave_out=self._is_foreign if self._part.of > 1 else lambda _: False,
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
        """Whether a line is another part's; such lines tell only how late it is."""
        arrival, topic = head_of(line)
        ours = self._ours.get(topic)
        if ours is None:
            ours = self._ours[topic] = self._is_ours(topic)
        if not ours and arrival > self._last_foreign:  # texts of one form sort as the instants do
            self._last_foreign = arrival
        return not ours

    def _is_ours(self, topic: bytes) -> bool:
        """Every part needs the background values; they are counted by the first."""
        prefix = self._part.prefix.encode()
        if topic.startswith(prefix + b"/background/"):
            return True
        device_id = topic.removeprefix(prefix + b"/").partition(b"/")[0]
        return crc32(device_id) % self._part.of == self._part.number

    def _judge_chunk(self, chunk: list[Decoded]) -> None:
        outcome = self._outcome
        by_device: dict[DeviceId, list[Report]] = {}
        background: list[BackgroundReport] = []
        for decoded in chunk:
            if decoded.background or (decoded.rejections and "/background/" in decoded.rejections[0].topic):
                background.extend(decoded.background)
                if self._part.number:
                    continue
            outcome.received += decoded.elements
            outcome.rejected += len(decoded.rejections)
            for position in decoded.positions:
                by_device.setdefault(position.device_id, []).append(position)
            for reading in decoded.dust:
                by_device.setdefault(reading.device_id, []).append(reading)
        self._judge_background(background)
        positions: list[PositionReport] = []
        for device_id, reports in by_device.items():
            if device_id not in self._ruleset.profiles:
                self._unjudged.update((one.device_id, one.time_ms, one.digest) for one in reports)
            elif device_id not in self._disordered:
                for report in self._in_order(device_id, reports):
                    if isinstance(report, PositionReport):
                        positions.append(report)
                    else:
                        self._step(device_id, report)
        for placed in self._place(positions):
            self._step(placed.report.device_id, placed)

    def _in_order(self, device_id: DeviceId, reports: list[Report]) -> list[Report]:
        """A device's new reports in its order without repetitions; none if an older one shows up among them."""
        reports.sort(key=lambda report: report.order)
        state = self._states.get(device_id)
        newest = None if state is None else state.order
        fresh: list[Report] = []
        for report in reports:
            order = report.order
            if newest is not None and order < newest:
                self._disordered.add(device_id)
                return []
            if order != newest:
                newest = order
                fresh.append(report)
        return fresh

    def _judge_background(self, values: Iterable[BackgroundReport]) -> None:
        for value in sorted(values, key=lambda one: (one.time_ms, one.digest)):
            key = (value.area_id, value.time_ms, value.digest)
            if key in self._background:
                continue
            self._background[key] = value
            for device_id in self._ruleset.stations_of_area.get(value.area_id, ()):
                if device_id not in self._disordered:
                    self._step(device_id, value)

    def _judge_disordered(self) -> None:
        """Forget what was judged of these devices, collect all of their reports, and judge them in order."""
        reports: dict[DeviceId, list[Report]] = {device_id: [] for device_id in self._disordered}
        for device_id in self._disordered:
            self._states.pop(device_id, None)
            self._stored.pop(device_id, None)
            self._alerts.pop(device_id, None)
        prefix = f"{self._part.prefix}/"
        topics = frozenset(f"{prefix}{device_id}".encode() for device_id in self._disordered)
        for message in read_capture(
            self._capture,
            on_progress=lambda done: self._on_progress(0.8 + done * 0.15),
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
        if device_id in self._ruleset.vehicle_devices:
            for placed in self._place([one for one in in_order if isinstance(one, PositionReport)]):
                self._step(device_id, placed)
            return
        items: list[DustReport | BackgroundReport] = [one for one in in_order if isinstance(one, DustReport)]
        items += [
            value
            for value in self._background.values()
            if device_id in self._ruleset.stations_of_area.get(value.area_id, ())
        ]
        for item in sorted(items, key=lambda one: (one.time_ms, one.digest)):
            self._step(device_id, item)

    def _place(self, positions: list[PositionReport]) -> list[Placed]:
        return self._ruleset.index.place(positions, self._ruleset.routes_of) if positions else []

    def _step(self, device_id: DeviceId, item: engine.Item) -> None:
        state = self._states.get(device_id)
        if state is None:
            state = engine.new_state(self._ruleset, device_id)
        self._states[device_id], findings = engine.step(self._ruleset, state, item)
        if not isinstance(item, BackgroundReport):
            self._stored[device_id] = self._stored.get(device_id, 0) + 1
        if findings:
            self._note(device_id, findings)

    def _note(self, device_id: DeviceId, findings: Iterable[Finding]) -> None:
        for finding in findings:
            self._alerts.setdefault(device_id, {})[finding.id] = finding
