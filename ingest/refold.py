"""One device judged again: from the checkpoint before its first late report, over all that is stored, to the present.

It is done in slices, between which live judging goes on. The last slice, what is stored of it and the
adoption of its state belong together: no batch may be judged between them.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from itertools import groupby
from typing import Protocol
from uuid import UUID

import structlog
from msgspec import Struct
from msgspec.structs import replace

from alerts import engine
from alerts.device_state import DeviceState, Order, StationState
from alerts.facts import Fact, FactKey, facts, open_facts
from alerts.finding import Finding
from alerts.reconcile import Reconciled, StoredAlert, reconcile
from alerts.renaming import alerts_in, rename, renamed
from alerts.ruleset import Ruleset, StationProfile
from alerts.timeline import Timeline
from domain.identifiers import AreaId, DeviceId
from domain.instant import HOUR_MS
from domain.report import BackgroundReport, DustReport, PositionReport
from storage.batch import Batch, Checkpoint, Committed, FactsAgain, LateWork

REPORTS_A_SLICE = 1_000
_FAR_MS = 1 << 62

_log = structlog.get_logger(__name__)


class LateStore(Protocol):
    """The verbs of the store that judging again needs."""

    async def commit(self, batch: Batch) -> Committed:
        """Store a batch in one transaction."""
        ...

    async def late_work(self) -> Sequence[LateWork]:
        """Devices to be judged again."""
        ...

    async def note_late_work(self, since_ms: Mapping[DeviceId, int]) -> Sequence[LateWork]:
        """Note that devices are to be judged again since these times."""
        ...

    async def checkpoint_before(self, device_id: DeviceId, time_ms: int) -> Checkpoint | None:
        """The newest checkpoint whose newest report is older than this."""
        ...

    async def positions_after(
        self, device_id: DeviceId, order: Order | None, *, limit: int
    ) -> Sequence[PositionReport]:
        """The next positions of a device."""
        ...

    async def dust_after(
        self, device_id: DeviceId, order: Order | None, *, limit: int
    ) -> Sequence[DustReport]:
        """The next readings of a device."""
        ...

    async def background_after(self, area_id: AreaId, time_ms: int | None) -> Sequence[BackgroundReport]:
        """An area's values of the hours that end after an instant."""
        ...

    async def alerts_since(self, device_id: DeviceId, time_ms: int, ids: Sequence[UUID]) -> Sequence[Finding]:
        """A device's alerts that were not over, or not found yet, at an instant, and those named."""
        ...


class Refolded(Struct, frozen=True, kw_only=True):
    """What judging again came to: the state to go on from, the states by hour, and what is to be done.

    `state` is None for a device that no version knew at the time of its reports. `versions`: by which version
    an alert was found.
    """

    state: DeviceState | None
    hourly: tuple[DeviceState, ...]
    reconciled: Reconciled
    versions: Mapping[UUID, int]
    facts: FactsAgain

    def version_of(self, finding: Finding) -> int:
        """The version that found an alert; of one that does not hold, the version of the newest report."""
        version = self.versions.get(finding.id)
        if version is not None or self.state is None or self.state.judged_by is None:
            return version or 0
        return self.state.judged_by.version


class Refold:
    """The fold of one device under way, each report by the version in force at its time."""

    def __init__(
        self,
        timeline: Timeline,
        work: LateWork,
        checkpoint: Checkpoint | None,
        *,
        ready: Callable[[int], Awaitable[None]],
        slice_size: int = REPORTS_A_SLICE,
    ) -> None:
        """Begin at the checkpoint, or without one at the first stored report; `ready` compiles a version."""
        self._slice_size = slice_size
        self._ready = ready
        self.timeline = timeline
        self.work = work
        self.device_id = work.device_id
        self.reports = 0
        self.area_ids: set[AreaId] = set()
        self._state = None if checkpoint is None else _begin(checkpoint)
        self._held = {} if self._state is None else alerts_in(self._state)
        self._read_to = None if self._state is None else self._state.order
        self._after_ms = None if self._read_to is None else self._read_to[0]
        self._background_ms: int | None = None
        self._found: dict[UUID, tuple[Finding, int]] = {}
        self._hourly: dict[int, DeviceState] = {}
        self._facts: dict[FactKey, Fact] | None = None
        self._facts_after_ms = self._after_ms

    async def advance(self, store: LateStore) -> bool:
        """Judge the next slice; tell whether it was the last."""
        if await self._is_station():
            return await self._advance_station(store)
        reports = await store.positions_after(self.device_id, self._read_to, limit=self._slice_size)
        self._count(reports)
        for number, run in groupby(reports, key=lambda report: self.timeline.number_at(report.time_ms)):
            ruleset = await self._version(number)
            if self.device_id in ruleset.vehicle_devices:
                for placed in ruleset.index.place(list(run), ruleset.routes_of):
                    self._step(ruleset, placed)
        return len(reports) < self._slice_size

    async def finish(self, store: LateStore, *, ticked_ms: int) -> Refolded:
        """Let time pass as far as it has been judged, and compare with the stored alerts."""
        state = self._state
        if state is not None and state.order is not None and ticked_ms > state.order[0]:
            number = self.timeline.number_at(ticked_ms)
            ruleset = await self._version(number)
            self._state, news = engine.tick(ruleset, state, ticked_ms)
            self._note(ruleset, news)
        ids = [*self._held, *self._found]
        stored = [
            finding
            for finding in await store.alerts_since(self.device_id, self._after_ms or 0, ids)
            if finding.rule in engine.KINDS
        ]
        known = {finding.id for finding in stored}
        held = {key: finding for key, finding in self._held.items() if key in known}
        found = held | {key: finding for key, (finding, _) in self._found.items()}
        reconciled = reconcile([StoredAlert(finding=finding) for finding in stored], found.values())
        names = reconciled.first_started_ms
        versions = {rename(finding, names).id: number for finding, number in self._found.values()}
        if self._state is None:
            return Refolded(
                state=None, hourly=(), reconciled=reconciled, versions=versions, facts=self._facts_again()
            )
        self._hourly.pop(_hour(self._state), None)
        hourly = tuple(renamed(one, names) for one in (*self._hourly.values(), self._state))
        return Refolded(
            state=hourly[-1],
            hourly=hourly,
            reconciled=reconciled,
            versions=versions,
            facts=self._facts_again(),
        )

    async def _is_station(self) -> bool:
        """Whether readings are to be judged: by the state, else by who the device was, or is."""
        if self._state is not None:
            return isinstance(self._state, StationState)
        for number in (self.timeline.number_at(self.work.since_ms), self.timeline.numbers[-1]):
            ruleset = await self._version(number)
            if self.device_id in ruleset.profiles:
                return self.device_id in ruleset.station_devices
        return False

    async def _advance_station(self, store: LateStore) -> bool:
        readings = await store.dust_after(self.device_id, self._read_to, limit=self._slice_size)
        self._count(readings)
        is_last = len(readings) < self._slice_size
        until_ms = _FAR_MS if is_last else readings[-1].time_ms
        items: list[DustReport | BackgroundReport] = [
            *readings,
            *await self._values(store, readings, until_ms),
        ]
        items.sort(key=lambda item: item.time_ms)
        for item in items:
            ruleset = await self._version(self.timeline.number_at(item.time_ms))
            if self.device_id in ruleset.station_devices:
                self._step(ruleset, item)
        return is_last

    async def _values(
        self, store: LateStore, readings: Sequence[DustReport], until_ms: int
    ) -> list[BackgroundReport]:
        """The values up to an instant of the areas that the station was in; some of before may have come since."""
        if self._after_ms is None:
            return []
        if self._background_ms is None:
            self._background_ms = self._after_ms - engine.BACKGROUND_KEPT_MS
        times_ms = [self._after_ms, *(reading.time_ms for reading in readings)]
        for number in dict.fromkeys(map(self.timeline.number_at, times_ms)):
            profile = (await self._version(number)).profiles.get(self.device_id)
            if isinstance(profile, StationProfile) and profile.station.area_id is not None:
                self.area_ids.add(profile.station.area_id)
        after_ms, self._background_ms = self._background_ms, until_ms
        return [
            value
            for area_id in sorted(self.area_ids)
            for value in await store.background_after(area_id, after_ms)
            if value.time_ms <= until_ms
        ]

    async def _version(self, number: int) -> Ruleset:
        await self._ready(number)
        return self.timeline.version(number)

    def _count(self, reports: Sequence[PositionReport | DustReport]) -> None:
        self.reports += len(reports)
        if reports:
            self._read_to = reports[-1].order
            if self._after_ms is None:
                self._after_ms = reports[0].time_ms

    def _step(self, ruleset: Ruleset, item: engine.Item) -> None:
        state = self._state or engine.new_state(ruleset, self.device_id)
        self._state, findings = engine.step(ruleset, state, item)
        self._tell(ruleset, state, self._state)
        if self._state.order is not None:
            self._hourly[_hour(self._state)] = self._state
        if findings:
            self._note(ruleset, findings)

    def _tell(self, ruleset: Ruleset, before: DeviceState, after: DeviceState) -> None:
        """Note facts, those that lasted at the checkpoint first."""
        if self._facts is None:
            self._facts = {fact.key: fact for fact in open_facts(ruleset, before)}
        self._facts.update((fact.key, fact) for fact in facts(ruleset, before, after))

    def _facts_again(self) -> FactsAgain:
        told = () if self._facts is None else tuple(self._facts.values())
        return FactsAgain(device_id=self.device_id, after_ms=self._facts_after_ms, facts=told)

    def _note(self, ruleset: Ruleset, findings: Iterable[Finding]) -> None:
        self._found.update({finding.id: (finding, ruleset.version) for finding in findings})


def _hour(state: DeviceState) -> int:
    return 0 if state.order is None else state.order[0] // HOUR_MS


def _begin(checkpoint: Checkpoint) -> DeviceState | None:
    """The state of the checkpoint without what ticks found; they are done again in the end."""
    try:
        state = engine.decode_state(checkpoint.state)
    except ValueError as error:
        _log.error(
            "checkpoint unreadable",
            action="checkpoint_unreadable",
            device=checkpoint.device_id,
            error=str(error),
        )
        return None
    bare: DeviceState = replace(state, tentative=(), ticked_ms=None)
    return bare
