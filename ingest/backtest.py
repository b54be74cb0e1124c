"""The fold over a capture file, without database or broker: what the rules would have said of it.

Each device is judged in its own time order, whatever the order of arrival. Two processes share the
devices of a large file.
"""

import multiprocessing
from collections.abc import Callable
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path

import msgspec

from alerts.alert_json import finding_json
from alerts.finding import Finding
from alerts.ruleset import Ruleset
from domain.registry import Registry
from ingest.backtest_fold import Outcome, Part, PartialBacktest
from ingest.wire import DEFAULT_PREFIX
from runtime.clock import monotonic_s

# Starting a process and building the ruleset again costs a second or so.
WORTH_TWO_PROCESSES_BYTES = 4 * 1024 * 1024
PROCESSES = 2

Progress = Callable[[float], None]


class BacktestResult(msgspec.Struct, kw_only=True, frozen=True):
    """The loss account by element, and every alert in its final state (withdrawn ones too, so marked)."""

    received: int
    stored: int
    duplicate: int
    rejected: int
    seconds: float
    alerts: tuple[Finding, ...]

    def __str__(self) -> str:
        """One line for people."""
        standing = sum(one.withdrawn is None for one in self.alerts)
        return (
            f"{self.received:,} received = {self.stored:,} judged + {self.duplicate:,} duplicate + "
            f"{self.rejected:,} rejected; {standing:,} alerts; "
            f"{self.seconds:.1f} s, {self.received / max(self.seconds, 0.001):,.0f} reports/s"
        )


def backtest(
    registry: Registry,
    capture: Path,
    alerts: Path | None = None,
    *,
    prefix: str = DEFAULT_PREFIX,
    on_progress: Progress = lambda _: None,
    processes: int | None = None,
) -> BacktestResult:
    """Judge a capture and write its alerts, one a line; raises ValueError that names a bad line."""
    started_s = monotonic_s()
    if processes is None:
        processes = PROCESSES if capture.stat().st_size >= WORTH_TWO_PROCESSES_BYTES else 1
    outcomes = _judge_parts(registry, capture, processes, prefix, on_progress)
    found = sorted((one for outcome in outcomes for one in outcome.alerts), key=_order)
    if alerts is not None:
        with alerts.open("wb") as out:
            out.writelines(finding_json(one, ruleset_version=1) + b"\n" for one in found)
    received = sum(outcome.received for outcome in outcomes)
    stored = sum(outcome.stored for outcome in outcomes)
    rejected = sum(outcome.rejected for outcome in outcomes)
    return BacktestResult(
        received=received,
        stored=stored,
        duplicate=received - stored - rejected,
        rejected=rejected,
        seconds=monotonic_s() - started_s,
        alerts=tuple(found),
    )


def _order(finding: Finding) -> tuple[int, str, str]:
    return (finding.started_ms, finding.rule, finding.subject)


def _judge_parts(
    registry: Registry, capture: Path, processes: int, prefix: str, on_progress: Progress
) -> list[Outcome]:
    """Judge every part, the first of them in this process."""
    # Spawned, not forked: the caller may have threads.
    context = multiprocessing.get_context("spawn")
    children: list[tuple[BaseProcess, Connection]] = []
    try:
        for number in range(1, processes):
            ours, theirs = context.Pipe(duplex=False)
            part = Part(number=number, of=processes, prefix=prefix)
            process: BaseProcess = context.Process(
                target=_child, args=(theirs, registry, capture, part), daemon=True
            )
            process.start()
            theirs.close()
            children.append((process, ours))
        ruleset = Ruleset.build(registry, version=1)
        first = PartialBacktest(ruleset, capture, Part(of=processes, prefix=prefix), on_progress)
        return [first.run(), *(_answer(ours) for _, ours in children)]
    finally:
        for process, ours in children:
            ours.close()
            process.kill()
            process.join()


def _answer(ours: Connection) -> Outcome:
    try:
        answer: Outcome | Exception = ours.recv()
    except EOFError as error:
        raise RuntimeError("a backtest process died") from error
    if isinstance(answer, Exception):
        raise answer
    return answer


def _child(theirs: Connection, registry: Registry, capture: Path, part: Part) -> None:
    try:
        ruleset = Ruleset.build(registry, version=1)
        theirs.send(PartialBacktest(ruleset, capture, part, lambda _: None).run())
    except (ValueError, OSError) as error:
        theirs.send(error)
