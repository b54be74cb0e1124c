"""One device judged again: from the checkpoint before its first late report, over all that is stored, to the present.

It is done in slices, between which live judging goes on. The last slice, what is stored of it and the
adoption of its state belong together: no batch may be judged between them.
"""

from collections.abc import Iterable, Sequence
from typing import Protocol
from uuid import UUID

import structlog
from msgspec import Struct
from msgspec.structs import replace

from alerts import engine
from alerts.device_state import DeviceState, Order
from alerts.finding import Finding
from alerts.reconcile import Reconciled, StoredAlert, reconcile
from alerts.renaming import alerts_in, renamed
from alerts.ruleset import Ruleset, StationProfile
from domain.identifiers import AreaId, DeviceId
from domain.report import BackgroundReport, DustReport, PositionReport
from storage.batch import Batch, Checkpoint, Committed, LateWork

REPORTS_A_SLICE = 1_000
_HOUR_MS = 3_600_000
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
    """What judging again came to: the state to go on from, the states by hour, and what is to be done."""

    state: DeviceState
    hourly: tuple[DeviceState, ...]
    reconciled: Reconciled


class Refold:
    """The fold of one device under way."""

    def __init__(
        self,
        ruleset: Ruleset,
        work: LateWork,
        checkpoint: Checkpoint | None,
        *,
        slice_size: int = REPORTS_A_SLICE,
    ) -> None:
        """Begin at the checkpoint, or without one at the first stored report."""
        self._slice_size = slice_size
        self.ruleset = ruleset
        self.work = work
        self.device_id = work.device_id
        self.reports = 0
        self._profile = ruleset.profiles[self.device_id]
        self._state = _begin(ruleset, self.device_id, checkpoint)
        self._held = alerts_in(self._state)
        self._after_ms = None if self._state.order is None else self._state.order[0]
        self._background_ms: int | None = None
        self._found: dict[UUID, Finding] = {}
        self._hourly: dict[int, DeviceState] = {}

    @property
    def area_id(self) -> AreaId | None:
        """The area whose background values it uses."""
        return self._profile.station.area_id if isinstance(self._profile, StationProfile) else None

    async def advance(self, store: LateStore) -> bool:
        """Judge the next slice; tell whether it was the last."""
        if isinstance(self._profile, StationProfile):
            return await self._advance_station(store)
        reports = await store.positions_after(self.device_id, self._state.order, limit=self._slice_size)
        self._count(reports)
        self._fold(self.ruleset.index.place(reports, self.ruleset.routes_of) if reports else ())
        return len(reports) < self._slice_size

    async def finish(self, store: LateStore, *, ticked_ms: int) -> Refolded:
        """Let time pass as far as it has been judged, and compare with the stored alerts."""
        if self._state.order is not None and ticked_ms > self._state.order[0]:
            self._state, news = engine.tick(self.ruleset, self._state, ticked_ms)
            self._note(news)
        ids = [*self._held, *self._found]
        stored = [
            finding
            for finding in await store.alerts_since(self.device_id, self._after_ms or 0, ids)
            if self._is_judged_here(finding)
        ]
        known = {finding.id for finding in stored}
        found = {key: finding for key, finding in self._held.items() if key in known} | self._found
        reconciled = reconcile([StoredAlert(finding=finding) for finding in stored], found.values())
        names = reconciled.first_started_ms
        state = renamed(self._state, names)
        self._hourly.pop(self._hour(), None)
        hourly = tuple(renamed(one, names) for one in self._hourly.values())
        return Refolded(state=state, hourly=(*hourly, state), reconciled=reconciled)

    async def _advance_station(self, store: LateStore) -> bool:
        readings = await store.dust_after(self.device_id, self._state.order, limit=self._slice_size)
        self._count(readings)
        is_last = len(readings) < self._slice_size
        until_ms = _FAR_MS if is_last else readings[-1].time_ms
        values: list[BackgroundReport] = []
        if self.area_id is not None and self._after_ms is not None:
            if self._background_ms is None:
                # values of the time before may have come since
                self._background_ms = self._after_ms - engine.BACKGROUND_KEPT_MS
            values = [
                value
                for value in await store.background_after(self.area_id, self._background_ms)
                if value.time_ms <= until_ms
            ]
        self._background_ms = until_ms
        items: list[DustReport | BackgroundReport] = [*readings, *values]
        items.sort(key=lambda item: item.time_ms)
        self._fold(items)
        return is_last

    def _count(self, reports: Sequence[PositionReport | DustReport]) -> None:
        self.reports += len(reports)
        if self._after_ms is None and reports:
            self._after_ms = reports[0].time_ms

    def _fold(self, items: Iterable[engine.Item]) -> None:
        for item in items:
            self._state, findings = engine.step(self.ruleset, self._state, item)
            if self._state.order is not None:
                self._hourly[self._hour()] = self._state
            if findings:
                self._note(findings)

    def _hour(self) -> int:
        return 0 if self._state.order is None else self._state.order[0] // _HOUR_MS

    def _note(self, findings: Iterable[Finding]) -> None:
        self._found.update({finding.id: finding for finding in findings})

    def _is_judged_here(self, finding: Finding) -> bool:
        """Leave alone what a rule found that is no more, or about a vehicle the device was in before."""
        profile = self._profile
        subject = (
            f"station:{profile.station.id}"
            if isinstance(profile, StationProfile)
            else f"vehicle:{profile.vehicle.id}"
        )
        has_rule = any(rule.id == finding.rule_id for rule in profile.rules)
        return has_rule and finding.subject.partition("|")[0] == subject


def _begin(ruleset: Ruleset, device_id: DeviceId, checkpoint: Checkpoint | None) -> DeviceState:
    """The state of the checkpoint without what ticks found; they are done again in the end."""
    new = engine.new_state(ruleset, device_id)
    if checkpoint is None:
        return new
    try:
        state = engine.decode_state(checkpoint.state)
    except ValueError as error:
        _log.error(
            "checkpoint unreadable", action="checkpoint_unreadable", device=device_id, error=str(error)
        )
        return new
    if type(state) is not type(new):
        return new
    bare: DeviceState = replace(state, tentative=(), ticked_ms=None)
    return bare
