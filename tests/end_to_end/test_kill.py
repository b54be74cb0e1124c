"""Kill -9 of ingest, broker and database under load: nothing acknowledged is lost, no alert lost or doubled."""

import asyncio
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from domain.registry import Registry, check
from ingest.backtest import backtest
from ingest.embedded import EmbeddedBroker
from storage.embedded import EmbeddedPostgres
from storage.migrate import migrate
from storage.store import LossRow, Store
from tests.end_to_end.fleet import messages, registry_document, write_capture
from tests.support.brokers import Publisher, free_port

TRUCKS = 30
FIXES = 200
ROOT = Path(__file__).parents[2]


class IngestProcess:
    """`python -m ingest`, started again after each kill."""

    def __init__(self, dsn: str, broker_url: str, log: Path) -> None:
        self._command = [sys.executable, "-m", "ingest", "--database", dsn, "--broker", broker_url]
        self._log = log
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(self._command, cwd=ROOT, stdout=log, stderr=log)

    def kill(self) -> None:
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    def restart(self) -> None:
        self.kill()
        self.start()

    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def wait_for(self, action: str, timeout_s: float = 20) -> None:
        deadline = time.monotonic() + timeout_s
        while action not in self.log():
            assert time.monotonic() < deadline, f"no {action}: {self.log()[-3000:]}"
            assert self.is_running(), self.log()[-3000:]
            time.sleep(0.05)

    def log(self) -> str:
        return self._log.read_text() if self._log.exists() else ""


class Site:
    """The three processes and what happens to them."""

    def __init__(self, directory: Path) -> None:
        self.broker = EmbeddedBroker(directory / "broker")
        self.postgres = EmbeddedPostgres(directory / "postgres", port=free_port())
        self.broker.start()
        self.dsn = self.postgres.start()
        migrate(self.dsn)
        self.ingest = IngestProcess(self.dsn, self.broker.url, directory / "ingest.log")

    def kill_ingest(self) -> None:
        self.ingest.restart()

    def kill_broker(self) -> None:
        self.broker.kill()
        self.broker.start()

    def kill_database(self) -> None:
        self.postgres.kill()
        self.postgres.start()

    def close(self) -> None:
        if self.ingest.is_running():
            self.ingest.kill()
        self.broker.stop()
        self.postgres.stop()


@contextmanager
def site(directory: Path) -> Iterator[Site]:
    running = Site(directory)
    try:
        yield running
    finally:
        running.close()


async def _account(dsn: str) -> tuple[list[LossRow], set[tuple[object, ...]]]:
    store = await Store.connect(dsn)
    try:
        today = datetime.now(UTC).date()
        rows = await store.loss_account(first=today - timedelta(days=1), last=today + timedelta(days=1))
        alerts = await store.alerts(limit=10_000)
        keys = {
            (a.rule, a.subject, a.started_ms, a.ended_ms, a.severity) for a in alerts if a.withdrawn is None
        }
        return list(rows), keys
    finally:
        await store.close()


def _wait_until_stored(site: Site, expected: int, timeout_s: float) -> None:
    deadline = time.monotonic() + timeout_s
    done = -1
    while done < expected and time.monotonic() < deadline:
        time.sleep(0.3)
        assert site.ingest.is_running(), site.ingest.log()[-3000:]
        rows, _ = asyncio.run(_account(site.dsn))
        done = sum(row.stored + row.rejected for row in rows)
    assert done == expected, f"{done} of {expected}: {site.ingest.log()[-2000:]}"


KILLS: dict[str, list[Callable[[Site], None]]] = {
    "ingest": [Site.kill_ingest] * 4,
    "broker": [Site.kill_broker] * 4,
    "database": [Site.kill_database] * 4,
    "all": [Site.kill_ingest, Site.kill_database, Site.kill_broker, Site.kill_ingest],
}


@pytest.mark.slow
@pytest.mark.timeout(120)
@pytest.mark.parametrize("what", KILLS)
def test_nothing_acknowledged_is_lost_when_it_is_killed_under_load(what: str, tmp_path: Path) -> None:
    document = registry_document(TRUCKS)
    registry = check(document)
    assert isinstance(registry, Registry)
    sent = messages(TRUCKS, FIXES)
    capture = tmp_path / "capture.ndjson"
    write_capture(capture, sent)
    undisturbed = backtest(registry, capture)
    expected = {
        (a.rule, a.subject, a.started_ms, a.ended_ms, a.severity)
        for a in undisturbed.alerts
        if a.withdrawn is None
    }
    assert len(expected) > TRUCKS, "the fleet must break rules for this test to mean something"

    with site(tmp_path) as running:
        asyncio.run(_save_registry(running.dsn, document))
        running.ingest.start()
        running.ingest.wait_for("broker_connected")
        time.sleep(0.5)  # SUBSCRIBE follows CONNACK
        kills = list(KILLS[what])
        every = len(sent) // (len(kills) + 1)
        with Publisher(running.broker.url) as publisher:
            for number, message in enumerate(sent, start=1):
                publisher.send(message.topic, message.payload)
                if number % 40 == 0:
                    time.sleep(0.02)
                if kills and number % every == 0:
                    kills.pop(0)(running)
            publisher.finish()
            assert publisher.acknowledged == len(sent)
            _wait_until_stored(running, len(sent), 40)
            time.sleep(1.0)
            rows, alerts = asyncio.run(_account(running.dsn))
            repeated = publisher.repeated
        log = running.ingest.log()

    assert sum(row.stored for row in rows) == undisturbed.stored
    assert sum(row.rejected for row in rows) == undisturbed.rejected
    assert sum(row.received for row in rows) == sum(row.stored + row.rejected + row.duplicate for row in rows)
    assert alerts == expected
    if what not in {"broker", "all"}:
        assert sum(row.duplicate for row in rows) <= repeated
    # A traceback at a line's start is an exception that ended the process; logged ones stand within JSON.
    assert "\nTraceback" not in log


async def _save_registry(dsn: str, document: bytes) -> None:
    store = await Store.connect(dsn)
    try:
        await store.save_registry(document, author="test", effective_from_ms=0)
    finally:
        await store.close()
