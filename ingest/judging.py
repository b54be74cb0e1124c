"""The fold over a batch: which reports are news to their device, what they find, what is to be kept.

Judging changes nothing: it gives new states, and `adopt` takes them over. The next batch is judged from
them while this one is being stored; `take_back` undoes them where the database refuses it. A report not
newer than what its device was judged by is late: stored and counted, judged elsewhere.
"""

import heapq
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from typing import TypeVar
from zlib import crc32

import msgspec

from alerts import engine
from alerts.device_state import DeviceState
from alerts.facts import Fact, FactKey, facts
from alerts.finding import Finding
from alerts.ruleset import Ruleset
from alerts.timeline import Timeline
from domain.identifiers import DeviceId
from domain.report import BackgroundReport, DustReport, PositionReport
from ingest.slots import ALL, Slot
from storage.batch import Checkpoint, JudgedFinding

# A restart folds again what came after the checkpoints: up to eight reports a device, half of that on average,
# as devices begin to count at different numbers.
REPORTS_PER_CHECKPOINT = 8
# Some 5 ms of judging, after which whoever stores the batch before may go on.
REPORTS_AT_A_STRETCH = 200
# Some 0.2 s: what time shows of them by another version takes as long as ten reports.
PLANNED_AT_A_TICK = 2_000

Key = tuple[str, int, bytes]
Ordered = TypeVar("Ordered", PositionReport, DustReport)
Report = TypeVar("Report", PositionReport, DustReport, BackgroundReport)


class Judged(msgspec.Struct, kw_only=True):
    """What judging gave: new states by device, findings, facts, keys of late reports, reports folded by device.

    `before` holds the states that `adopt` replaced, None for a device that had none.
    """

    states: dict[DeviceId, DeviceState] = {}
    before: dict[DeviceId, DeviceState | None] = {}
    findings: list[JudgedFinding] = []
    late: set[Key] = set()
    folded: dict[DeviceId, int] = {}
    facts: dict[FactKey, Fact] = {}
    settled: set[DeviceId] = set()
    """Devices whose checkpoint must be stored with this: they found something."""


async def _at_hand(_: int) -> None:
    """Every version can be had at once."""


class Judge:
    """The states of all devices under the versions of one timeline.

    `ready` sees to it that a version is compiled; shells await it where judging names one.
    """

    def __init__(
        self, timeline: Timeline, slot: Slot = ALL, *, ready: Callable[[int], Awaitable[None]] = _at_hand
    ) -> None:
        """Begin knowing no device; those of other slots are judged elsewhere."""
        self.timeline = timeline
        self.slot = slot
        self.ready = ready
        self.states: dict[DeviceId, DeviceState] = {}
        self._since_checkpoint: dict[DeviceId, int] = {}
        # When a tick could show something of a device; and when to look at that, which is never later.
        # A report moves the one and leaves the other, so that a device has one place in the heap, not one a report.
        self._due: dict[DeviceId, int] = {}
        self._looks: dict[DeviceId, int] = {}
        self._heap: list[tuple[int, DeviceId]] = []
        # The version by which time passes; none before the first tick, when nothing is planned yet. Where it
        # is another, devices are planned anew, a bounded number in a tick.
        self._passing: Ruleset | None = None
        self._unplanned: dict[DeviceId, None] = {}

    def judge(
        self,
        positions: Sequence[PositionReport] = (),
        dust: Sequence[DustReport] = (),
        background: Sequence[BackgroundReport] = (),
    ) -> Judged:
        """Fold a batch, each device in its own order."""
        judged = Judged()
        for _ in self.judging(judged, positions, dust, background):
            pass
        return judged

    def judging(
        self,
        judged: Judged,
        positions: Sequence[PositionReport],
        dust: Sequence[DustReport],
        background: Sequence[BackgroundReport],
    ) -> Iterator[int]:
        """As `judge`, into `judged`, giving way now and then with the version that it goes on with."""
        for number, part in self._by_version(positions):
            yield number
            ruleset = self.timeline.version(number)
            fresh = self._fresh(part, judged, ruleset.vehicle_devices)
            placed = ruleset.index.place(fresh, ruleset.routes_of) if fresh else []
            for start in range(0, len(placed), REPORTS_AT_A_STRETCH):
                for one in placed[start : start + REPORTS_AT_A_STRETCH]:
                    self._step(judged, ruleset, one.report.device_id, one)
                yield number
        for number, values in self._by_version(background):
            yield number
            ruleset = self.timeline.version(number)
            for value in sorted(values, key=lambda report: (report.time_ms, report.digest)):
                for device_id in ruleset.stations_of_area.get(value.area_id, ()):
                    if self.slot.has(device_id):
                        self._step(judged, ruleset, device_id, value)
                yield number
        for number, readings in self._by_version(dust):
            yield number
            ruleset = self.timeline.version(number)
            news = self._fresh(readings, judged, ruleset.station_devices)
            for start in range(0, len(news), REPORTS_AT_A_STRETCH):
                for reading in news[start : start + REPORTS_AT_A_STRETCH]:
                    self._step(judged, ruleset, reading.device_id, reading)
                yield number

    def _by_version(self, reports: Sequence[Report]) -> Iterable[tuple[int, Sequence[Report]]]:
        """The reports by the version in force at their time, in order."""
        if not reports:
            return ()
        times_ms = [report.time_ms for report in reports]
        numbers = self.timeline.numbers_between(min(times_ms), max(times_ms))
        if len(numbers) == 1:
            return ((numbers[0], reports),)
        parts: dict[int, list[Report]] = {}
        for report in reports:
            parts.setdefault(self.timeline.number_at(report.time_ms), []).append(report)
        return sorted(parts.items())

    def tick(self, at_ms: int) -> Judged:
        """Judge the passing of time for every device of which it could show something."""
        judged = Judged()
        number = self.timeline.number_at(at_ms)
        if self.timeline.is_compiled(number) and self.timeline.version(number) is not self._passing:
            self._passing = self.timeline.version(number)
            self._plan_anew()
        for _ in range(min(len(self._unplanned), PLANNED_AT_A_TICK)):
            device_id = next(iter(self._unplanned))
            self._plan_tick(device_id, self.states[device_id])
        while self._heap and self._heap[0][0] <= at_ms:
            looked_ms, device_id = heapq.heappop(self._heap)
            if self._looks.get(device_id) != looked_ms:
                continue  # it is looked at sooner
            del self._looks[device_id]
            due_ms = self._due.get(device_id)
            if due_ms is None:
                continue
            if due_ms > at_ms:
                self._look(device_id, due_ms)
                continue
            self._tick_one(judged, device_id, at_ms)
        return judged

    def _tick_one(self, judged: Judged, device_id: DeviceId, at_ms: int) -> None:
        before = self.states[device_id]
        ruleset = self._ruleset_after(before)
        assert ruleset is not None
        after, findings = engine.tick(ruleset, before, at_ms)
        if after is before:
            # Found nothing though it was due: looking again at once would be looking for ever.
            self._plan_tick(device_id, before, not_before_ms=at_ms + 1001)
            return
        del self._due[device_id]
        judged.states[device_id] = after
        self._note(judged, device_id, ruleset, findings)

    def checkpoints(self, judged: Judged) -> list[Checkpoint]:
        """The states to be stored in the same transaction as what was judged."""
        return [
            self.checkpoint(device_id, state)
            for device_id, state in judged.states.items()
            if device_id in judged.settled
            or self._since(device_id) + judged.folded.get(device_id, 0) >= REPORTS_PER_CHECKPOINT
        ]

    def adopt(self, judged: Judged, stored: Iterable[Checkpoint]) -> None:
        """Take over what was judged, of which `stored` are or will be the stored checkpoints."""
        for device_id, count in judged.folded.items():
            self._since_checkpoint[device_id] = self._since(device_id) + count
        for checkpoint in stored:
            self._since_checkpoint[checkpoint.device_id] = 0
        for device_id, state in judged.states.items():
            before = judged.before[device_id] = self.states.get(device_id)
            self.states[device_id] = state
            if before is None or device_id in self._unplanned or not self._is_planned(before, state):
                self._plan_tick(device_id, state)

    def _is_planned(self, before: DeviceState, state: DeviceState) -> bool:
        """Whether what is planned for the state before is soon enough; looking too soon finds nothing, and plans."""
        judged_by, passing = state.judged_by, self._passing
        if judged_by is None or passing is None or judged_by.version != passing.version:
            return False
        return engine.is_due_no_sooner(before, state)

    def take_back(self, judged: Judged) -> None:
        """Undo the last `adopt`."""
        for device_id, state in judged.before.items():
            if state is None:
                self.states.pop(device_id, None)
                self._due.pop(device_id, None)
                self._unplanned.pop(device_id, None)
            else:
                self.states[device_id] = state
                self._plan_tick(device_id, state)
            self._since_checkpoint[device_id] = REPORTS_PER_CHECKPOINT

    def use(self, timeline: Timeline) -> None:
        """Judge by the versions of another timeline from now on."""
        self.timeline = timeline
        self._passing = None  # the next tick begins to plan
        self._plan_anew()

    def judged_otherwise(self) -> dict[DeviceId, int]:
        """Devices whose newest report another version judged than the timeline has for it, and since when (ms).

        It became known after a report of its time, for instance of a device whose clock is ahead.
        """
        since_ms: dict[DeviceId, int] = {}
        for device_id, state in self.states.items():
            if state.order is None or state.judged_by is None:
                continue
            number, judged_by = self.timeline.number_at(state.order[0]), state.judged_by.version
            if number <= judged_by or (
                self.timeline.is_compiled(number) and self.timeline.version(number).version <= judged_by
            ):
                continue
            since_ms[device_id] = next(from_ms for key, from_ms in self.timeline.starts if key > judged_by)
        return since_ms

    def _plan_anew(self) -> None:
        self._due.clear()
        self._looks.clear()
        self._heap.clear()
        self._unplanned = dict.fromkeys(self.states)

    def _ruleset_after(self, state: DeviceState) -> Ruleset | None:
        """The version by which time passes for a device: not one before that of its newest report."""
        passing, judged_by = self._passing, state.judged_by
        if passing is None or judged_by is None or judged_by.version <= passing.version:
            return passing
        is_at_hand = self.timeline.is_compiled(judged_by.version)
        return self.timeline.version(judged_by.version) if is_at_hand else passing

    def _step(self, judged: Judged, ruleset: Ruleset, device_id: DeviceId, item: engine.Item) -> None:
        before = judged.states.get(device_id) or self.states.get(device_id)
        if before is None:
            before = engine.new_state(ruleset, device_id)
        after, findings = engine.step(ruleset, before, item)
        judged.states[device_id] = after
        judged.folded[device_id] = judged.folded.get(device_id, 0) + 1
        if findings:
            self._note(judged, device_id, ruleset, findings)
        if told := facts(ruleset, before, after):
            judged.facts.update((fact.key, fact) for fact in told)

    @staticmethod
    def _note(judged: Judged, device_id: DeviceId, ruleset: Ruleset, findings: Iterable[Finding]) -> None:
        news = [JudgedFinding(finding=one, ruleset_version=ruleset.version) for one in findings]
        if news:
            judged.findings.extend(news)
            judged.settled.add(device_id)

    def _fresh(
        self, reports: Sequence[Ordered], judged: Judged, judged_devices: frozenset[DeviceId]
    ) -> list[Ordered]:
        """Reports newer than their device's state, by device and in its order, repetitions left out.

        Of other devices than `judged_devices` nothing is judged at that time.
        """
        by_device: dict[DeviceId, list[Ordered]] = {}
        for report in reports:
            by_device.setdefault(report.device_id, []).append(report)
        fresh: list[Ordered] = []
        for device_id, own in by_device.items():
            if device_id not in judged_devices:
                continue  # known to the registry, but of no vehicle and no station: nothing to judge
            state = judged.states.get(device_id) or self.states.get(device_id)
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

    def checkpoint(self, device_id: DeviceId, state: DeviceState) -> Checkpoint:
        """A state as it is stored."""
        time_ms, has_seq, seq, digest = state.order or (None, False, 0, None)
        return Checkpoint(
            device_id=device_id,
            judged_time_ms=time_ms,
            judged_seq=seq if has_seq else None,
            judged_digest=digest,
            ruleset_version=0 if state.judged_by is None else state.judged_by.version,
            state=engine.encode_state(state),
        )

    def _since(self, device_id: DeviceId) -> int:
        """Reports since a device's checkpoint; before its first, a number of its own."""
        since = self._since_checkpoint.get(device_id)
        # Its upper bits: by the lower ones the devices are divided into slots.
        return (crc32(device_id.encode()) >> 16) % REPORTS_PER_CHECKPOINT if since is None else since

    def _plan_tick(
        self, device_id: DeviceId, state: DeviceState, *, not_before_ms: int | None = None
    ) -> None:
        ruleset = self._ruleset_after(state)
        if ruleset is None:
            self._unplanned[device_id] = None
            return
        self._unplanned.pop(device_id, None)
        due_ms = engine.due_ms(ruleset, state)
        if due_ms is None:
            self._due.pop(device_id, None)
            return
        if not_before_ms is not None:
            due_ms = max(due_ms, not_before_ms)
        self._due[device_id] = due_ms
        look_ms = self._looks.get(device_id)
        if look_ms is None or due_ms < look_ms:
            self._look(device_id, due_ms)

    def _look(self, device_id: DeviceId, at_ms: int) -> None:
        self._looks[device_id] = at_ms
        heapq.heappush(self._heap, (at_ms, device_id))
