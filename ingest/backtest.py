"""The backtest: what the rules would have said of a capture, without database or broker.

Each device is judged in its own time order, whatever the order of arrival. Two processes share the
devices of a large file.
"""

from pathlib import Path

import msgspec

from alerts.alert_json import finding_json
from alerts.finding import Finding
from domain.registry import Registry
from ingest.backtest_capture import CaptureShare
from ingest.backtest_shares import PROCESSES, Judges, Progress, judge_shares
from ingest.wire import DEFAULT_PREFIX
from runtime.clock import monotonic_s

__all__ = ["PROCESSES", "BacktestResult", "backtest"]

# Starting a process and building the ruleset again costs a second or so.
WORTH_TWO_PROCESSES_BYTES = 4 * 1024 * 1024


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
    on_progress: Progress = lambda _done, _reports: None,
    processes: int | None = None,
) -> BacktestResult:
    """Judge a capture and write its alerts, one a line; raises ValueError that names a bad line."""
    started_s = monotonic_s()
    if processes is None:
        processes = PROCESSES if capture.stat().st_size >= WORTH_TWO_PROCESSES_BYTES else 1
    shares = [CaptureShare(capture=capture, number=n, of=processes, prefix=prefix) for n in range(processes)]
    judged = judge_shares([Judges(registry=registry)], shares, on_progress)
    (found,) = judged.alerts
    if alerts is not None:
        with alerts.open("wb") as out:
            out.writelines(finding_json(one, ruleset_version=1) + b"\n" for one in found)
    account = judged.account
    return BacktestResult(
        received=account.received,
        stored=account.stored,
        duplicate=account.received - account.stored - account.rejected,
        rejected=account.rejected,
        seconds=monotonic_s() - started_s,
        alerts=found,
    )
