"""The process that runs the backtests people ask for: one at a time, in the background of everything else.

One process at a time does it, whoever holds the name; if that one is killed, the next finds the row it left
and tries again. The judging itself runs in a thread (and a process beside it), and ends at its next sign of
progress once it is not wanted any more.
"""

import asyncio
from collections.abc import Callable
from typing import Final, Literal

import msgspec
import structlog

from alerts.difference import Span
from domain.registry import Registry, check
from ingest.backtest import AS_JUDGED, BacktestResult, Judges, NothingStored, backtest_history
from ingest.backtest_report import kept_changes, report
from runtime.clock import monotonic_s
from storage.backtests import Backtests, BacktestState, Pace, Taken
from storage.errors import StorageError
from storage.history import History
from storage.sole import Held, while_sole
from storage.store import Store

NAME: Final = "backtests"
LOOK_EVERY_S: Final = 0.5
TELL_EVERY_S: Final = 1.0
ESTIMATE_AFTER_S: Final = 2.0
"""Sooner than that, the time left is a guess."""
DRAFT: Final = 0
"""The version that alerts of a draft name, as they do of a file."""

log = structlog.get_logger(__name__)


class NotWanted(Exception):  # noqa: N818 -- says what happened
    """It was cancelled, or whoever ran it stops."""


class _Progress:
    """Passes on how far the judging is, from its thread to the event loop; and back that it is to end."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._began_s = clock()
        self._done = 0.0
        self._reports = 0
        self.is_wanted = True

    def tell(self, done: float, reports: int) -> None:
        """Called in the thread; raises NotWanted."""
        self._done, self._reports = done, reports
        if not self.is_wanted:
            raise NotWanted

    def pace(self) -> Pace:
        """How far it is by now."""
        took_s = self._clock() - self._began_s
        done, reports = self._done, self._reports
        is_known = took_s >= ESTIMATE_AFTER_S and done > 0
        return Pace(
            done_share=done,
            reports=reports,
            reports_per_s=reports / took_s if took_s > 0 else None,
            left_s=took_s * (1 - done) / done if is_known else None,
        )


class BacktestJobs:
    """Runs the backtests of one database, while this process is the one that may."""

    def __init__(
        self, store: Store, dsn: str, *, processes: int | None = None, tell_every_s: float = TELL_EVERY_S
    ) -> None:
        """Stand on an open store; `processes` share the devices of one backtest, else as many as are worth it."""
        self._backtests = Backtests(store)
        self._dsn = dsn
        self._processes = processes
        self._tell_every_s = tell_every_s

    async def run(self, stop: asyncio.Event) -> None:
        """Run what is asked for until stopped."""
        await while_sole(self._dsn, NAME, self._work, stop=stop)

    async def _work(self, _held: Held) -> None:
        for number, state in await self._backtests.take_up_again():
            log.warning(
                "a backtest had lost its process", action="backtest.lost", backtest=number, state=state.value
            )
        while True:
            taken = await self._backtests.take()
            if taken is None:
                await asyncio.sleep(LOOK_EVERY_S)
            else:
                await self._run(taken)

    async def _run(self, taken: Taken) -> None:
        log.info("backtest begins", action="backtest.begun", backtest=taken.id, attempt=taken.attempt)
        progress = _Progress(monotonic_s)
        judging = asyncio.create_task(asyncio.to_thread(self._judge, taken, progress), name="judging")
        try:
            await self._follow(taken, progress, judging)
            state = await self._end(taken, judging)
        except asyncio.CancelledError:
            progress.is_wanted = False
            await self._backtests.give_back(taken)
            raise
        finally:
            # A thread cannot be cancelled: the next backtest, or the end of this process, waits for it.
            progress.is_wanted = False
            await asyncio.gather(judging, return_exceptions=True)
        log.info("backtest ended", action="backtest.ended", backtest=taken.id, state=state.value)

    async def _follow(
        self, taken: Taken, progress: _Progress, judging: "asyncio.Task[BacktestResult]"
    ) -> None:
        """Tell how far it is until it ends, or is not wanted any more."""
        while not judging.done():
            await asyncio.wait({judging}, timeout=self._tell_every_s)
            if not judging.done() and not await self._backtests.note_progress(taken, progress.pace()):
                progress.is_wanted = False
                await asyncio.wait({judging})

    async def _end(self, taken: Taken, judging: "asyncio.Task[BacktestResult]") -> BacktestState:
        """Store what came of it; what is not wanted any more is stored by nobody."""
        try:
            result = judging.result()
        except NotWanted:
            return BacktestState.CANCELLED
        except NothingStored as error:
            wanted = await self._backtests.fail(taken, "nothing_stored", str(error))
        except ValueError as error:
            wanted = await self._backtests.fail(taken, "unusable", str(error))
        except StorageError:
            raise
        except Exception as error:  # one backtest must not end the process that runs the others
            log.exception("a backtest failed", action="backtest.failed", backtest=taken.id)
            wanted = await self._backtests.fail(taken, "internal", f"{type(error).__name__}: {error}")
        else:
            return await self._keep(taken, result)
        return BacktestState.FAILED if wanted else BacktestState.CANCELLED

    async def _keep(self, taken: Taken, result: BacktestResult) -> BacktestState:
        before, after = taken.against_version or DRAFT, taken.version or DRAFT
        wanted = await self._backtests.finish(
            taken,
            msgspec.json.encode(report(result, _span(taken))),
            kept_changes(result, versions=(before, after)),
            reports=result.received + result.warm_up,
            reports_per_s=result.reports_per_s,
        )
        return BacktestState.DONE if wanted else BacktestState.CANCELLED

    def _judge(self, taken: Taken, progress: _Progress) -> BacktestResult:
        with History.open(self._dsn) as history:
            judges = _judges(history, taken.version, taken.document)
            against: Judges | Literal["as-judged"] = (
                AS_JUDGED if taken.against_version is None else _judges(history, taken.against_version, None)
            )
        return backtest_history(
            self._dsn,
            _span(taken),
            judges,
            against=against,
            on_progress=progress.tell,
            processes=self._processes,
        )


def _span(taken: Taken) -> Span:
    return Span(from_ms=taken.from_ms, to_ms=taken.to_ms)


def _judges(history: History, version: int | None, document: bytes | None) -> Judges:
    """What a stored version or the document of a draft judges by; raises ValueError for what does not pass."""
    found = history.document(version) if document is None and version is not None else document
    assert found is not None, "a backtest names a version that is there, or brings its document"
    registry = check(found)
    if not isinstance(registry, Registry):
        raise ValueError(f"{registry[0].path}: {registry[0].message}")
    return Judges(registry=registry, version=DRAFT if version is None else version)
