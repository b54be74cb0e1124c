"""A simulated capture replayed through broker, ingest and database gives the alerts of the backtest."""

import asyncio
import time
from pathlib import Path

import pytest

from domain.capture import Captured, encode_captured
from domain.registry import Registry, check
from ingest.backtest import backtest
from ingest.capture import read_capture
from simulators.replay import replay
from simulators.simulate import SimulationSummary, simulate
from tests.end_to_end.site import Site, account_and_alerts, save_registry, site, wait_until_stored

HOURS = 10
VEHICLES = 20
Alerts = set[tuple[object, ...]]


def now_ms() -> int:
    return time.time_ns() // 1_000_000


def simulated(directory: Path) -> SimulationSummary:
    """Ten hours that end about now, so that no clock raises what the capture does not."""
    start_ms = now_ms() - HOURS * 3_600_000 - 10_000
    return simulate(seed=5, hours=HOURS, vehicles=VEHICLES, out=directory, start_ms=start_ms)


def backtested(registry: Registry, capture: Path, until_ms: int) -> Alerts:
    """What the backtest makes of it when the clock has come to `until_ms`, as an arrival of nothing tells it."""
    told = capture.with_name("told.ndjson")
    said = Captured(received_ms=until_ms, topic="haulwatch/v1/T0001/status", payload=b'{"online": true}')
    told.write_bytes(b"".join(map(encode_captured, [*read_capture(capture), said])))
    return {
        (a.rule, a.subject, a.started_ms, a.ended_ms, a.severity)
        for a in backtest(registry, told).alerts
        if a.withdrawn is None
    }


def at_the_same_instant(running: Site, registry: Registry, capture: Path) -> tuple[Alerts, Alerts]:
    """Live alerts and those of the backtest; once again where a second passed between the two clocks."""
    deadline = time.monotonic() + 60
    while True:
        live = asyncio.run(account_and_alerts(running.dsn))[1]
        expected = backtested(registry, capture, now_ms())
        if live == expected or time.monotonic() > deadline:
            return live, expected
        time.sleep(1.0)


@pytest.mark.slow
def test_a_replay_at_full_speed_gives_the_alerts_of_the_backtest(tmp_path: Path) -> None:
    made = simulated(tmp_path)
    document = made.registry.read_bytes()
    registry = check(document)
    assert isinstance(registry, Registry)
    with site(tmp_path) as running:
        asyncio.run(save_registry(running.dsn, document))
        running.ingest.start()
        running.ingest.wait_for("ingest_ready")
        sent = replay(made.capture, broker_url=running.broker.url)
        assert (sent.acknowledged, sent.elements) == (made.messages, made.elements)
        wait_until_stored(running, made.elements)
        live, expected = at_the_same_instant(running, registry, made.capture)
        rows, _ = asyncio.run(account_and_alerts(running.dsn))

    assert live == expected
    assert len({rule for rule, *_ in expected}) > 4, (
        "the fleet must break rules for this test to mean something"
    )
    assert sum(row.stored for row in rows) == made.elements == sum(row.received for row in rows)
