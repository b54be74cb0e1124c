"""The backtest: what the rules would have said of a capture, or of a span of stored history.

Each device is judged in its own time order by one ruleset, or by two over one reading, which are then
compared. Nothing is stored, and nobody hears of what is found. Two processes share the devices; what
`on_progress` raises ends them.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Final, Literal
from zoneinfo import ZoneInfo

import msgspec

from alerts.difference import Alert, Change, Span, difference
from alerts.finding import Finding
from domain.identifiers import CompanyId, DeviceId
from domain.instant import HOUR_MS
from domain.localtime import local_rfc3339
from domain.registry import Registry
from ingest.backtest_capture import CaptureShare
from ingest.backtest_coverage import Coverage, coverage
from ingest.backtest_history import WARM_UP_MS, HistoryShare
from ingest.backtest_scope import Scope, companies_of
from ingest.backtest_shares import PROCESSES, Judges, Progress, judge_shares
from ingest.wire import DEFAULT_PREFIX
from runtime.clock import monotonic_s
from storage.history import History

__all__ = [
    "AS_JUDGED",
    "PROCESSES",
    "BacktestResult",
    "Judges",
    "NothingStored",
    "Scope",
    "Span",
    "backtest",
    "backtest_history",
]

# Starting a process and building the rulesets again costs a second or so.
WORTH_TWO_PROCESSES_BYTES = 4 * 1024 * 1024
WORTH_TWO_PROCESSES_DEVICE_HOURS = 200

AS_JUDGED: Final = "as-judged"
"""Compare with the alerts that are stored."""

_EVER = Span(from_ms=-(1 << 62), to_ms=1 << 62)


class NothingStored(ValueError):  # noqa: N818 -- says what happened
    """In the span asked for nothing is stored of these devices."""


class BacktestResult(msgspec.Struct, kw_only=True, frozen=True):
    """The loss account by element, and every alert in its final state.

    Of a capture these are all, withdrawn ones too, so marked; of history those that stand and were detected
    in the span. `before` and `changes` are None where nothing is compared. `companies` are by vehicle, and
    `coverage` is of a span of history alone.
    """

    received: int
    stored: int
    duplicate: int
    rejected: int
    warm_up: int = 0
    seconds: float
    alerts: tuple[Finding, ...]
    before: tuple[Alert, ...] | None = None
    changes: tuple[Change, ...] | None = None
    companies: dict[str, CompanyId] = {}
    coverage: Coverage | None = None

    @property
    def reports_per_s(self) -> float:
        """How fast reports were read and judged."""
        return (self.received + self.warm_up) / max(self.seconds, 0.001)


def backtest(
    registry: Registry,
    capture: Path,
    *,
    against: Registry | None = None,
    prefix: str = DEFAULT_PREFIX,
    on_progress: Progress = lambda _done, _reports: None,
    processes: int | None = None,
) -> BacktestResult:
    """Judge a capture; raises ValueError that names a bad line."""
    started_s = monotonic_s()
    if processes is None:
        processes = PROCESSES if capture.stat().st_size >= WORTH_TWO_PROCESSES_BYTES else 1
    shares = [CaptureShare(capture=capture, number=n, of=processes, prefix=prefix) for n in range(processes)]
    registries = [registry] if against is None else [registry, against]
    judged = judge_shares([Judges(registry=one) for one in registries], shares, on_progress)
    before = None if against is None else _standing(judged.alerts[1])
    account = judged.account
    return BacktestResult(
        received=account.received,
        stored=account.stored,
        duplicate=account.received - account.stored - account.rejected,
        rejected=account.rejected,
        seconds=monotonic_s() - started_s,
        alerts=judged.alerts[0],
        before=before,
        changes=None if before is None else tuple(difference(before, _standing(judged.alerts[0]), _EVER)),
        companies=dict(companies_of(registries)),
    )


def backtest_history(
    dsn: str,
    span: Span,
    judges: Judges,
    *,
    against: Judges | Literal["as-judged"] | None = None,
    scope: Scope | None = None,
    on_progress: Progress = lambda _done, _reports: None,
    processes: int | None = None,
) -> BacktestResult:
    """Judge what is stored of a span, all of it by the same version, whenever that came into force.

    Raises ValueError for a scope that holds nothing, NothingStored for a span in which nothing is, StorageError.
    """
    started_s = monotonic_s()
    scope = scope or Scope()
    both = [judges] if against is None or against == AS_JUDGED else [judges, against]
    registries = [one.registry for one in both]
    chosen = scope.vehicles(registries)
    asked = scope.devices(registries)
    with History.open(dsn) as history:
        shares = _shares(dsn, history, span, asked, processes)
        # around the span too: what one side found just outside it is still the same alert
        stored: Sequence[Alert] = (
            history.alerts(span.from_ms - WARM_UP_MS, span.to_ms) if against == AS_JUDGED else ()
        )
    judged = judge_shares(both, shares, on_progress)
    if not judged.account.received:
        raise NothingStored(_nothing_stored(dsn, span, shares, judges.registry.zone_info))
    after = [one for one in _standing(judged.alerts[0]) if scope.holds(one, chosen)]
    before: list[Alert] | None = None
    if against is not None:
        known = stored if against == AS_JUDGED else _standing(judged.alerts[1])
        before = [one for one in known if scope.holds(one, chosen)]
    account = judged.account
    return BacktestResult(
        received=account.received,
        stored=account.stored,
        duplicate=0,
        rejected=0,
        warm_up=account.warm_up,
        seconds=monotonic_s() - started_s,
        alerts=tuple(one for one in after if one in span),
        before=None if before is None else tuple(one for one in before if one in span),
        changes=None
        if before is None
        else tuple(difference(before, after, span, knows_more=against == AS_JUDGED)),
        companies=dict(companies_of(registries)),
        coverage=coverage(account.heard, span, vehicles=len(asked[0]), stations=len(asked[1])),
    )


def _standing(alerts: Sequence[Finding]) -> tuple[Finding, ...]:
    return tuple(one for one in alerts if one.withdrawn is None)


def _shares(
    dsn: str,
    history: History,
    span: Span,
    asked: tuple[Sequence[DeviceId], Sequence[DeviceId]],
    processes: int | None,
) -> list[HistoryShare]:
    heard = history.heard()
    vehicles, stations = (_heard(devices, heard) for devices in asked)
    if processes is None:
        hours = (span.to_ms - span.from_ms) / HOUR_MS
        is_worth_it = (len(vehicles) + len(stations)) * hours >= WORTH_TWO_PROCESSES_DEVICE_HOURS
        processes = PROCESSES if is_worth_it else 1
    return [
        HistoryShare(
            dsn=dsn,
            span=span,
            vehicle_devices=vehicles[number::processes],
            station_devices=stations[number::processes],
        )
        for number in range(processes)
    ]


def _heard(devices: Sequence[DeviceId], heard: frozenset[str]) -> tuple[DeviceId, ...]:
    return tuple(device for device in devices if device in heard)


def _nothing_stored(dsn: str, span: Span, shares: Sequence[HistoryShare], zone: ZoneInfo) -> str:
    devices = [device for share in shares for device in (*share.vehicle_devices, *share.station_devices)]
    with History.open(dsn) as history:
        oldest_ms = history.oldest_ms(devices)
    told = (
        f"nothing is stored between {local_rfc3339(span.from_ms, zone)} and {local_rfc3339(span.to_ms, zone)}"
    )
    if oldest_ms is None:
        return f"{told}, nor at any other time, of these devices"
    return f"{told} of these devices; their oldest stored report is of {local_rfc3339(oldest_ms, zone)}"
