"""Judge, database and late driver without a broker: batches in, alerts out, restarts in between."""

import json
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from alerts.ruleset import Ruleset
from alerts.timeline import Timeline
from domain.report import BackgroundReport, DustReport, PositionReport
from ingest.judging import Judge, Judged
from ingest.late import LateDriver
from ingest.refold import REPORTS_A_SLICE
from ingest.restart import restore
from storage.batch import Batch
from storage.records import AlertRow
from storage.store import Store

Report = PositionReport | DustReport | BackgroundReport
Ready = Callable[[int], Awaitable[None]]
Said = tuple[str, str, int, int | None, str, Any]

TABLES = (
    "case_alerts",  # before the alerts they name
    "alert_changes",
    "alerts",
    "positions",
    "dust",
    "background",
    "latest_positions",
    "latest_dust",
    "checkpoints",
    "late_work",
    "facts",
)


class LateIngest:
    """What a worker does with batches; its clock moves by hand."""

    def __init__(
        self,
        versions: Ruleset | Timeline,
        store: Store,
        *,
        slice_size: int = REPORTS_A_SLICE,
        slice_s: float = 0.0,
        ready: Ready | None = None,
    ) -> None:
        """`slice_s` is what the clock moves whenever it is read, so that a turn ends after few slices."""
        self.timeline = versions if isinstance(versions, Timeline) else Timeline.of(versions)
        self.store = store
        self.now_s = 1000.0
        self.ticked_ms = 0
        self.slice_size = slice_size
        self.slice_s = slice_s
        self.ready = ready
        self.judge = self._judge()
        self.late = self._driver()

    def _judge(self) -> Judge:
        return Judge(self.timeline) if self.ready is None else Judge(self.timeline, ready=self.ready)

    def _driver(self) -> LateDriver:
        return LateDriver(self.judge, self.store, clock_s=self._clock_s, slice_size=self.slice_size)

    def _clock_s(self) -> float:
        self.now_s += self.slice_s
        return self.now_s

    async def take(self, reports: Sequence[Report]) -> None:
        """Judge and store a batch."""
        await self.late.keep()
        positions = [one for one in reports if isinstance(one, PositionReport)]
        dust = [one for one in reports if isinstance(one, DustReport)]
        background = [one for one in reports if isinstance(one, BackgroundReport)]
        judged = Judged()
        for version in self.judge.judging(judged, positions, dust, background):
            await self.judge.ready(version)
        checkpoints = self.judge.checkpoints(judged)
        committed = await self.store.commit(
            Batch(
                positions=tuple(positions),
                dust=tuple(dust),
                background=tuple(background),
                late=frozenset(judged.late),
                findings=tuple(judged.findings),
                facts=tuple(judged.facts.values()),
                checkpoints=tuple(checkpoints),
            )
        )
        self.judge.adopt(judged, checkpoints)
        self.late.note(committed.late_work)
        self.late.remember(checkpoints)
        self.late.background_came(value.area_id for value in background)

    def use(self, timeline: Timeline) -> None:
        """Learn of other versions, as between two batches."""
        self.timeline = timeline
        self.late.use(timeline)

    async def tick(self, at_ms: int) -> None:
        """Let time pass."""
        self.ticked_ms = max(self.ticked_ms, at_ms)
        judged = self.judge.tick(at_ms)
        checkpoints = self.judge.checkpoints(judged)
        findings = tuple(judged.findings)
        if findings:
            await self.store.commit(Batch(findings=findings, checkpoints=tuple(checkpoints)))
        self.judge.adopt(judged, checkpoints if findings else ())

    async def turn(self, after_s: float = 0.0) -> None:
        """One turn of late data, some seconds later."""
        self.now_s += after_s
        if self.late.is_due:
            await self.late.run(ticked_ms=self.ticked_ms)

    async def catch_up(self) -> None:
        """Judge again until nothing is left to be."""
        for _ in range(2_000):
            await self.turn(after_s=10.0)
            if not await self.store.late_work():
                return
        raise AssertionError("late work never ends")

    async def restart(self) -> None:
        """Forget everything that is not in the database."""
        self.judge = self._judge()
        self.ticked_ms = 0
        work = await restore(self.judge, self.store)
        self.late = self._driver()
        self.late.note(work, at_once=True)

    async def alerts(self) -> list[Said]:
        """What stands."""
        return standing(await self.store.alerts(limit=10_000))


def standing(alerts: Sequence[AlertRow]) -> list[Said]:
    """Rule, subject, start, end, severity and evidence of the alerts that were not taken back."""
    return sorted(
        (
            (a.rule, a.subject, a.started_ms, a.ended_ms, a.severity, json.loads(a.evidence))
            for a in alerts
            if a.withdrawn is None
        ),
        key=repr,
    )


async def emptied(store: Store) -> None:
    """Begin with a database without reports or alerts."""
    async with store.connection() as connection:
        # Not `truncate`, which makes every file of every table anew.
        await connection.execute("; ".join(f"delete from {table}" for table in TABLES))
