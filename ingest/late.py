"""Late data: which devices are to be judged again, when, and for how long at a time.

A device waits until its late reports have stopped coming for a while. The worker calls `run` between two
batches, with nothing on its way to the database; a bounded time of each turn goes to late data, so that
other devices' alerts are not delayed by it.
"""

from collections import deque
from collections.abc import Callable, Iterable, Sequence

import structlog
from msgspec import Struct

from alerts.device_state import DeviceState
from alerts.timeline import Timeline
from domain.identifiers import AreaId, DeviceId
from ingest.judging import Judge, Judged
from ingest.refold import REPORTS_A_SLICE, LateStore, Refold, Refolded
from runtime.metrics import Metrics
from storage.batch import Batch, Checkpoint, JudgedFinding, LateWork
from storage.errors import StorageUnavailable

QUIET_S = 2.0
LONGEST_WAIT_S = 10.0
TURN_S = 0.1
RETRY_S = 1.0
# A report that is a little late is judged from one of the newest checkpoints, not from that of the hour before.
RECENT = 4

_log = structlog.get_logger(__name__)


class Waiting(Struct):
    """A device to be judged again: since when (device time), and when that was noted (seconds of the clock)."""

    work: LateWork
    first_s: float
    last_s: float

    @property
    def due_s(self) -> float:
        """When it has waited long enough."""
        return min(self.first_s + LONGEST_WAIT_S, self.last_s + QUIET_S)


class Done(Struct, frozen=True):
    """A device that has been judged again, not stored yet."""

    work: LateWork
    refolded: Refolded
    checkpoints: tuple[Checkpoint, ...]


class LateDriver:
    """The late work of the devices of one judge."""

    def __init__(
        self,
        judge: Judge,
        store: LateStore,
        *,
        clock_s: Callable[[], float],
        metrics: Metrics | None = None,
        slice_size: int = REPORTS_A_SLICE,
    ) -> None:
        """Begin with nothing to do; `clock_s` never jumps, `slice_size` is in reports."""
        self._slice_size = slice_size
        self._judge = judge
        self._store = store
        self._clock_s = clock_s
        self._metrics = metrics or Metrics()
        self._waiting: dict[DeviceId, Waiting] = {}
        self._recent: dict[DeviceId, deque[Checkpoint]] = {}
        self._refold: Refold | None = None
        self._again: dict[DeviceId, int] = {}
        self._is_unsure = False
        self._not_before_s = 0.0

    def note(self, work: Iterable[LateWork], *, at_once: bool = False) -> None:
        """Take in what a commit has noted, or what was left by the process before (`at_once`)."""
        now_s = self._clock_s()
        for one in work:
            if not self._judge.slot.has(one.device_id):
                continue
            waiting = self._waiting.get(one.device_id)
            if waiting is None:
                first_s = now_s - LONGEST_WAIT_S if at_once else now_s
                self._waiting[one.device_id] = Waiting(one, first_s, now_s)
            else:
                waiting.work = one
                waiting.last_s = now_s

    def remember(self, checkpoints: Iterable[Checkpoint]) -> None:
        """Keep a device's newest checkpoints at hand."""
        for checkpoint in checkpoints:
            if checkpoint.judged_time_ms is not None:
                kept = self._recent.setdefault(checkpoint.device_id, deque(maxlen=RECENT))
                kept.append(checkpoint)

    def background_came(self, area_ids: Iterable[AreaId]) -> None:
        """Begin anew with a station of such an area: the value may belong to what has been passed."""
        if self._refold is not None and not self._refold.area_ids.isdisjoint(area_ids):
            self._refold = None

    def use(self, timeline: Timeline) -> None:
        """Judge by the versions of this timeline from now on, and again what others judged; `keep` that before more is stored."""
        if timeline is not self._judge.timeline:
            self._judge.use(timeline)
            self._again.update(self._judge.judged_otherwise())

    async def keep(self) -> None:
        """Note in the database what `use` found; raises StorageUnavailable.

        Before the next batch is stored: its checkpoints would hide that reports before it were judged otherwise.
        """
        if self._again:
            self.note(await self._store.note_late_work(self._again))
            self._again = {}

    def doubt(self) -> None:
        """Look into the database at the next turn: a commit may have succeeded without saying so."""
        self._is_unsure = True

    @property
    def is_due(self) -> bool:
        """Whether `run` has something to do now."""
        now_s = self._clock_s()
        if now_s < self._not_before_s:
            return False
        return (
            self._is_unsure
            or bool(self._again)
            or any(waiting.due_s <= now_s for waiting in self._waiting.values())
        )

    async def run(self, *, ticked_ms: int = 0) -> None:
        """Judge again for one turn; time has been judged up to `ticked_ms`. A database that is away is waited out."""
        try:
            if self._is_unsure:
                self.note(await self._store.late_work())
                self._is_unsure = False
            await self.keep()
            await self._turn(ticked_ms)
        except StorageUnavailable as error:
            _log.warning("database away", action="database_away", error=str(error))
            self._refold = None
            self._is_unsure = True  # what was to be stored may be
            self._not_before_s = self._clock_s() + RETRY_S

    async def _turn(self, ticked_ms: int) -> None:
        done: list[Done] = []
        until_s = self._clock_s() + TURN_S
        while self._clock_s() < until_s:
            waiting = self._next({one.work.device_id for one in done})
            if waiting is None:
                break
            refold = self._refold
            if refold is None or refold.timeline is not self._judge.timeline:
                refold = await self._begun(waiting.work)
                self._refold = refold
            if await refold.advance(self._store):
                self._refold = None
                done.append(await self._finished(refold, ticked_ms))
        if done:
            await self._commit(done)

    def _next(self, done: set[DeviceId]) -> Waiting | None:
        """The device under way, else the one that has waited longest."""
        if self._refold is not None:
            waiting = self._waiting.get(self._refold.device_id)
            if waiting is not None:
                return waiting
            self._refold = None
        now_s = self._clock_s()
        due = [one for key, one in self._waiting.items() if key not in done and one.due_s <= now_s]
        return min(due, key=lambda waiting: waiting.first_s, default=None)

    async def _begun(self, work: LateWork) -> Refold:
        checkpoint = next(
            (one for one in reversed(self._recent.get(work.device_id, ())) if _is_before(one, work.since_ms)),
            None,
        )
        if checkpoint is None:
            checkpoint = await self._store.checkpoint_before(work.device_id, work.since_ms)
        judge = self._judge
        return Refold(judge.timeline, work, checkpoint, ready=judge.ready, slice_size=self._slice_size)

    async def _finished(self, refold: Refold, ticked_ms: int) -> Done:
        live = self._judge.states.get(refold.device_id)
        if live is not None and live.ticked_ms is not None:
            ticked_ms = max(ticked_ms, live.ticked_ms)
        refolded = await refold.finish(self._store, ticked_ms=ticked_ms)
        checkpoints = tuple(self._judge.checkpoint(refold.device_id, state) for state in refolded.hourly)
        _log.info(
            "judged again",
            action="late_judged",
            device=refold.device_id,
            since_ms=refold.work.since_ms,
            reports=refold.reports,
            added=len(refolded.reconciled.added),
            changed=len(refolded.reconciled.changed),
            withdrawn=len(refolded.reconciled.withdrawn),
        )
        return Done(refold.work, refolded, checkpoints)

    async def _commit(self, done: Sequence[Done]) -> None:
        """Store what all of them came to in one transaction, and go on from it."""
        checkpoints = tuple(checkpoint for one in done for checkpoint in one.checkpoints)
        committed = await self._store.commit(
            Batch(
                findings=tuple(
                    JudgedFinding(
                        finding=finding, ruleset_version=one.refolded.version_of(finding), found_late=True
                    )
                    for one in done
                    for finding in one.refolded.reconciled.news
                ),
                checkpoints=checkpoints,
                late_done=tuple(one.work for one in done),
                facts_again=tuple(one.refolded.facts for one in done),
            )
        )
        self._metrics.alert_changes.inc(len(committed.changes))
        states: dict[DeviceId, DeviceState] = {
            one.work.device_id: one.refolded.state for one in done if one.refolded.state is not None
        }
        self._judge.adopt(Judged(states=states), checkpoints)
        for one in done:
            self._finish(one)

    def _finish(self, one: Done) -> None:
        device_id = one.work.device_id
        waiting = self._waiting[device_id]
        if waiting.work.revision == one.work.revision:
            del self._waiting[device_id]
        else:
            # More came late meanwhile, perhaps before what had been read: it takes another turn, but this
            # one was not thrown away, so that a device that never stops is judged all the same.
            waiting.first_s = waiting.last_s
        kept = [kept for kept in self._recent.get(device_id, ()) if _is_before(kept, one.work.since_ms)]
        self._recent[device_id] = deque([*kept, *one.checkpoints[-1:]], maxlen=RECENT)


def _is_before(checkpoint: Checkpoint, time_ms: int) -> bool:
    return checkpoint.judged_time_ms is not None and checkpoint.judged_time_ms < time_ms
