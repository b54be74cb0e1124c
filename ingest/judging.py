"""The fold over a batch: which reports are news to their device, what they find, what is to be kept.

Judging changes nothing: it gives new states, and `adopt` takes them over once they are stored. A report
not newer than what its device was judged by is late: stored and counted, judged elsewhere.
"""

import heapq
from collections.abc import Iterable, Sequence
from typing import TypeVar

import msgspec

from alerts import engine
from alerts.device_state import DeviceState
from alerts.finding import Finding
from alerts.ruleset import Ruleset
from domain.identifiers import DeviceId
from domain.report import BackgroundReport, DustReport, PositionReport
from storage.batch import Checkpoint

# A restart folds again what came after the checkpoints: a dozen reports a device, half of that on average.
REPORTS_PER_CHECKPOINT = 12

Key = tuple[str, int, bytes]
Ordered = TypeVar("Ordered", PositionReport, DustReport)


class Judged(msgspec.Struct, kw_only=True):
    """What judging gave: new states by device, findings, keys of late reports, reports folded by device."""

    states: dict[DeviceId, DeviceState] = {}
    findings: list[Finding] = []
    late: set[Key] = set()
    folded: dict[DeviceId, int] = {}
    settled: set[DeviceId] = set()
    """Devices whose checkpoint must be stored with this: they found something."""


class Judge:
    """The states of all devices under one ruleset."""

    def __init__(self, ruleset: Ruleset) -> None:
        """Begin knowing no device."""
        self.ruleset = ruleset
        self.states: dict[DeviceId, DeviceState] = {}
        self._since_checkpoint: dict[DeviceId, int] = {}
        self._due: dict[DeviceId, int] = {}
        self._heap: list[tuple[int, DeviceId]] = []

    def judge(
        self,
        positions: Sequence[PositionReport] = (),
        dust: Sequence[DustReport] = (),
        background: Sequence[BackgroundReport] = (),
    ) -> Judged:
        """Fold a batch, each device in its own order."""
        judged = Judged(states={}, findings=[], late=set(), folded={}, settled=set())
        fresh = self._fresh(positions, judged, self.ruleset.vehicle_devices)
        for placed in self.ruleset.index.place(fresh, self.ruleset.routes_of) if fresh else ():
            self._step(judged, placed.report.device_id, placed)
        for value in sorted(background, key=lambda report: (report.time_ms, report.digest)):
            for device_id in self.ruleset.stations_of_area.get(value.area_id, ()):
                self._step(judged, device_id, value)
        for reading in self._fresh(dust, judged, self.ruleset.station_devices):
            self._step(judged, reading.device_id, reading)
        return judged

    def tick(self, at_ms: int) -> Judged:
        """Judge the passing of time for every device of which it could show something."""
        judged = Judged(states={}, findings=[], late=set(), folded={}, settled=set())
        while self._heap and self._heap[0][0] <= at_ms:
            due_ms, device_id = heapq.heappop(self._heap)
            if self._due.get(device_id) != due_ms:
                continue  # a later report has moved it
            del self._due[device_id]
            before = self.states[device_id]
            after, findings = engine.tick(self.ruleset, before, at_ms)
            if after is not before:
                judged.states[device_id] = after
            if findings:
                judged.findings.extend(findings)
                judged.settled.add(device_id)
            if after is before:
                self._plan_tick(device_id, before, not_before_ms=at_ms + 1)
        return judged

    def checkpoints(self, judged: Judged) -> list[Checkpoint]:
        """The states to be stored in the same transaction as what was judged."""
        return [
            self._checkpoint(device_id, state)
            for device_id, state in judged.states.items()
            if device_id in judged.settled
            or self._since_checkpoint.get(device_id, 0) + judged.folded.get(device_id, 0)
            >= REPORTS_PER_CHECKPOINT
        ]

    def adopt(self, judged: Judged, stored: Iterable[Checkpoint]) -> None:
        """Take over what has been committed."""
        for device_id, count in judged.folded.items():
            self._since_checkpoint[device_id] = self._since_checkpoint.get(device_id, 0) + count
        for checkpoint in stored:
            self._since_checkpoint[checkpoint.device_id] = 0
        self.states.update(judged.states)
        for device_id, state in judged.states.items():
            self._plan_tick(device_id, state)

    def use(self, ruleset: Ruleset) -> None:
        """Judge by another version from now on; a device that became another kind of device begins anew."""
        self.ruleset = ruleset
        kept = {
            device_id: state
            for device_id, state in self.states.items()
            if device_id in ruleset.profiles and type(state) is type(engine.new_state(ruleset, device_id))
        }
        self.states = kept
        self._due.clear()
        self._heap.clear()
        for device_id, state in kept.items():
            self._plan_tick(device_id, state)

    def _step(self, judged: Judged, device_id: DeviceId, item: engine.Item) -> None:
        before = judged.states.get(device_id) or self.states.get(device_id)
        if before is None:
            before = engine.new_state(self.ruleset, device_id)
        after, findings = engine.step(self.ruleset, before, item)
        judged.states[device_id] = after
        judged.folded[device_id] = judged.folded.get(device_id, 0) + 1
        if findings:
            judged.findings.extend(findings)
            judged.settled.add(device_id)

    def _fresh(
        self, reports: Sequence[Ordered], judged: Judged, judged_devices: frozenset[DeviceId]
    ) -> list[Ordered]:
        """Reports newer than their device's state, by device and in its order, repetitions left out."""
        by_device: dict[DeviceId, list[Ordered]] = {}
        for report in reports:
            by_device.setdefault(report.device_id, []).append(report)
        fresh: list[Ordered] = []
        for device_id, own in by_device.items():
            if device_id not in judged_devices:
                continue  # known to the registry, but of no vehicle and no station: nothing to judge
            state = self.states.get(device_id)
            newest = None if state is None else state.order
            if len(own) > 1:
                own.sort(key=lambda report: report.order)
            for report in own:
                order = report.order
                if newest is None or order > newest:
                    newest = order
                    fresh.append(report)
                elif order < newest:
                    judged.late.add((report.device_id, report.time_ms, report.digest))
        return fresh

    def _checkpoint(self, device_id: DeviceId, state: DeviceState) -> Checkpoint:
        time_ms, has_seq, seq, digest = state.order or (None, False, 0, None)
        return Checkpoint(
            device_id=device_id,
            judged_time_ms=time_ms,
            judged_seq=seq if has_seq else None,
            judged_digest=digest,
            ruleset_version=self.ruleset.version,
            state=engine.encode_state(state),
        )

    def _plan_tick(
        self, device_id: DeviceId, state: DeviceState, *, not_before_ms: int | None = None
    ) -> None:
        due_ms = engine.due_ms(self.ruleset, state)
        if due_ms is None:
            self._due.pop(device_id, None)
            return
        if not_before_ms is not None:
            # Found nothing though it was due: looking again at once would be looking for ever.
            due_ms = max(due_ms, not_before_ms + 1000)
        if self._due.get(device_id) != due_ms:
            self._due[device_id] = due_ms
            heapq.heappush(self._heap, (due_ms, device_id))
