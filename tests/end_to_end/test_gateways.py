"""A district that speaks JT/T 808 and HJ 212 through the gateways: the alerts of MQTT, and nothing lost."""

import asyncio
import os
import subprocess
import sys
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest

from domain.capture import Captured, encode_captured
from domain.instant import from_rfc3339
from domain.registry import Registry, check
from domain.zone import Crs
from geofence.crs import to_wgs84
from haulwatch.enrolling import enrol
from ingest.backtest import backtest
from ingest.capture import read_capture
from protocols.enrolment import Enrolment, read_enrolments
from simulators.gateway_publisher import Gateways
from simulators.replay import replay
from simulators.simulate import simulate
from storage.store import Store
from tests.end_to_end.site import ROOT, Site, account_and_alerts, save_registry, site, wait_until_stored
from tests.support.ports import free_port

HOURS = 6
VEHICLES = 14
Alerts = set[tuple[object, ...]]


def now_ms() -> int:
    return time.time_ns() // 1_000_000


def as_a_terminal_knows_it(element: dict[str, Any], *, alone: bool, number: int) -> dict[str, Any]:
    """A position of the simulation without what JT/T 808 cannot say: fractions of seconds, accuracy, another system."""
    lon, lat = to_wgs84(Crs(element.get("crs", "WGS84")), element["lon"], element["lat"])
    kept = {name: element.get(name) for name in ("speed_kmh", "heading_deg", "load", "weight_t", "lift", "cover", "alarms")}  # fmt: skip
    return kept | {
        "time": element["time"] // 1000 * 1000,
        "lon": round(lon, 6),
        "lat": round(lat, 6),
        "ignition": bool(element.get("ignition")),
        "seq": number if alone else None,  # the frame's serial number; locations of a batch have none
    }


def over_mqtt(capture: Path, until_ms: int) -> Path:
    """The capture as MQTT devices would have sent what terminals can know."""
    told = capture.with_name("told.ndjson")
    lines = []
    for number, message in enumerate(read_capture(capture)):
        payload = message.payload
        if message.topic.endswith("/position"):
            content = msgspec.json.decode(payload)
            elements = content if isinstance(content, list) else [content]
            alone = len(elements) == 1
            payload = msgspec.json.encode(
                [as_a_terminal_knows_it(timed(one), alone=alone, number=number) for one in elements]
            )
        lines.append(Captured(received_ms=message.received_ms, topic=message.topic, payload=payload))
    said = Captured(received_ms=until_ms, topic="haulwatch/v1/T0001/status", payload=b'{"online": true}')
    told.write_bytes(b"".join(map(encode_captured, [*lines, said])))
    return told


def timed(element: dict[str, Any]) -> dict[str, Any]:
    time_ = element["time"]
    return element | {"time": from_rfc3339(time_) if isinstance(time_, str) else time_}


def backtested(registry: Registry, capture: Path, until_ms: int) -> Alerts:
    return {
        (a.rule, a.subject, a.started_ms, a.ended_ms, a.severity)
        for a in backtest(registry, over_mqtt(capture, until_ms)).alerts
        if a.withdrawn is None
    }


class GatewayProcess:
    """`haulwatch gateway …`, started again on its port after each kill."""

    def __init__(self, running: Site, protocol: str, log: Path) -> None:
        self.address = ("127.0.0.1", free_port())
        self._command = [
            sys.executable,
            "-m",
            "haulwatch",
            "gateway",
            protocol,
            "--port",
            str(self.address[1]),
        ]
        self._environ = {
            "HAULWATCH_DATABASE_URL": running.dsn,
            "HAULWATCH_BROKER_URL": running.broker.url,
            "HAULWATCH_LOG_FORMAT": "json",
        }
        self._log = log
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start, and wait until it listens."""
        with self._log.open("wb") as out:
            environ = os.environ | self._environ
            self._process = subprocess.Popen(self._command, cwd=ROOT, env=environ, stdout=out, stderr=out)
        deadline = time.monotonic() + 90
        while '"gateway_ready"' not in self._log.read_text():
            self.check()
            assert time.monotonic() < deadline, self._log.read_text()[-3000:]
            time.sleep(0.05)

    def check(self) -> None:
        """Fail if it has ended by itself."""
        assert self._process is not None
        assert self._process.poll() is None, self._log.read_text()[-3000:]

    def kill(self) -> None:
        assert self._process is not None
        self._process.kill()
        self._process.wait()


@contextmanager
def gateways(running: Site, directory: Path) -> Iterator[dict[str, GatewayProcess]]:
    """Both gateways as processes, once they listen."""
    started = {name: GatewayProcess(running, name, directory / f"{name}.log") for name in ("jt808", "hj212")}
    try:
        for one in started.values():
            one.start()
        yield started
        for one in started.values():
            one.check()
    finally:
        for one in started.values():
            one.kill()


async def put_in_force(dsn: str, document: bytes, enrolments: list[Enrolment]) -> None:
    """The registry, and its terminals approved."""
    await save_registry(dsn, document)
    store = await Store.connect(dsn)
    try:
        assert await enrol(store, enrolments, by="test") == []
    finally:
        await store.close()


def through(started: dict[str, GatewayProcess], enrolments: list[Enrolment]) -> Gateways:
    return Gateways(
        enrolments=tuple(enrolments), addresses={name: one.address for name, one in started.items()}
    )


@pytest.mark.slow
def test_terminals_and_monitors_get_the_alerts_of_their_reports_over_mqtt(tmp_path: Path) -> None:
    start_ms = now_ms() - HOURS * 3_600_000 - 10_000
    made = simulate(seed=3, hours=HOURS, vehicles=VEHICLES, out=tmp_path, start_ms=start_ms)
    document = made.registry.read_bytes()
    registry = check(document)
    assert isinstance(registry, Registry)
    enrolments = read_enrolments((tmp_path / "terminals.csv").read_text())
    with site(tmp_path) as running:
        asyncio.run(put_in_force(running.dsn, document, enrolments))
        running.ingest.start()
        running.ingest.wait_for("ingest_ready")
        with gateways(running, tmp_path) as started:
            way = through(started, enrolments)
            sent = replay(made.capture, broker_url=running.broker.url, gateways=way)
            assert sent.elements == made.elements
            wait_until_stored(running, made.elements)
        deadline = time.monotonic() + 60
        while (live := asyncio.run(account_and_alerts(running.dsn))[1]) != (
            expected := backtested(registry, made.capture, now_ms())
        ) and time.monotonic() < deadline:
            time.sleep(1.0)
        rows, _ = asyncio.run(account_and_alerts(running.dsn))

    assert live == expected
    assert len({rule for rule, *_ in expected}) > 4, "the fleet must break rules for this test to mean something"  # fmt: skip
    assert sum(row.stored for row in rows) == made.elements == sum(row.received for row in rows)


@pytest.mark.slow
def test_nothing_is_lost_when_gateways_and_broker_are_killed_under_load(tmp_path: Path) -> None:
    start_ms = now_ms() - (HOURS + 1) * 3_600_000
    made = simulate(seed=4, hours=HOURS, vehicles=VEHICLES, out=tmp_path, start_ms=start_ms)
    enrolments = read_enrolments((tmp_path / "terminals.csv").read_text())
    with site(tmp_path) as running:
        asyncio.run(put_in_force(running.dsn, made.registry.read_bytes(), enrolments))
        running.ingest.start()
        running.ingest.wait_for("ingest_ready")
        with gateways(running, tmp_path) as started:
            kills = deque([(0.1, "jt808"), (0.25, "broker"), (0.4, "hj212"), (0.55, "jt808")])

            def kill(share_sent: float) -> None:
                if kills and kills[0][0] <= share_sent < 1:
                    _, name = kills.popleft()
                    if name == "broker":
                        running.kill_broker()
                    else:
                        started[name].kill()
                        started[name].start()

            way = through(started, enrolments)
            sent = replay(made.capture, broker_url=running.broker.url, gateways=way, on_progress=kill)
            assert not kills
            assert sent.elements == made.elements
            wait_until_stored(running, made.elements)
        rows, _ = asyncio.run(account_and_alerts(running.dsn))

    assert sum(row.stored for row in rows) == made.elements
    assert sum(row.rejected for row in rows) == 0
