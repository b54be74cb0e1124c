"""Broker, ingest and database as processes of their own, and what the account and the alerts come to."""

import asyncio
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from ingest.embedded import EmbeddedBroker
from storage.embedded import EmbeddedPostgres
from storage.store import LossRow, Store
from tests.support.ports import free_port
from tests.support.postgres import copy_migrated_cluster

ROOT = Path(__file__).parents[2]


class IngestProcess:
    """`python -m ingest`, started again after each kill."""

    def __init__(self, dsn: str, broker_url: str, log: Path, *arguments: str) -> None:
        self._command = [sys.executable, "-m", "ingest", "--database", dsn, "--broker", broker_url]
        self._command += arguments
        self._log = log
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(self._command, cwd=ROOT, stdout=log, stderr=log)

    def kill(self) -> None:
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    def send_signal(self, number: signal.Signals) -> None:
        assert self._process is not None
        self._process.send_signal(number)

    def wait_for_end(self, timeout_s: float = 180) -> int:
        """Wait until it has ended by itself."""
        assert self._process is not None
        return self._process.wait(timeout_s)

    def end(self, timeout_s: float = 180) -> int:
        """Ask it to stop, and wait until it has."""
        self.send_signal(signal.SIGTERM)
        return self.wait_for_end(timeout_s)

    def restart(self) -> None:
        self.kill()
        self.start()

    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def wait_for(self, action: str, timeout_s: float = 180) -> None:
        deadline = time.monotonic() + timeout_s
        while action not in self.log():
            assert time.monotonic() < deadline, f"no {action}: {self.log()[-3000:]}"
            assert self.is_running(), self.log()[-3000:]
            time.sleep(0.05)

    def log(self) -> str:
        return self._log.read_text() if self._log.exists() else ""


class Site:
    """The three processes and what happens to them."""

    def __init__(self, directory: Path, broker_url: str | None) -> None:
        self.broker = EmbeddedBroker(directory / "broker", port=free_port(), nats_port=free_port())
        copy_migrated_cluster(directory / "postgres")
        # Without fsync: what is killed here is a process, never the machine.
        self.postgres = EmbeddedPostgres(directory / "postgres", port=free_port(), fsync=False)
        if broker_url is None:
            self.broker.start()
        self.broker_url = broker_url or self.broker.url
        self.dsn = self.postgres.start()
        self._directory = directory
        self.workers: list[IngestProcess] = []
        self.ingest = self.worker()

    def worker(self, *arguments: str) -> IngestProcess:
        """One more ingest process, not started yet."""
        log = self._directory / f"ingest{len(self.workers) or ''}.log"
        self.workers.append(IngestProcess(self.dsn, self.broker_url, log, *arguments))
        return self.workers[-1]

    def kill_ingest(self) -> None:
        self.ingest.restart()

    def kill_broker(self) -> None:
        self.broker.kill()
        self.broker.start()

    def kill_database(self) -> None:
        self.postgres.kill()
        self.postgres.start()

    def close(self) -> None:
        for worker in self.workers:
            if worker.is_running():
                worker.kill()
        self.broker.stop()
        self.postgres.stop()


@contextmanager
def site(directory: Path, broker_url: str | None = None) -> Iterator[Site]:
    """A site with the embedded broker, or with a broker that runs already."""
    running = Site(directory, broker_url)
    try:
        yield running
    finally:
        running.close()


async def account_and_alerts(dsn: str) -> tuple[list[LossRow], set[tuple[object, ...]]]:
    """The loss account of yesterday to tomorrow, and the alerts that stand by what makes them the same."""
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


def wait_until_stored(site: Site, expected: int, timeout_s: float = 300) -> None:
    """Wait until so many elements are stored or rejected; fails if ingest ends meanwhile."""
    deadline = time.monotonic() + timeout_s
    done = -1
    while done < expected and time.monotonic() < deadline:
        time.sleep(0.3)
        assert any(worker.is_running() for worker in site.workers), site.ingest.log()[-3000:]
        rows, _ = asyncio.run(account_and_alerts(site.dsn))
        done = sum(row.stored + row.rejected for row in rows)
    assert done == expected, f"{done} of {expected}: {site.ingest.log()[-2000:]}"


Rows = list[LossRow]
Alerts = set[tuple[object, ...]]


def settled(site: Site, is_settled: Callable[[Rows, Alerts], bool]) -> tuple[Rows, Alerts]:
    """The account and the alerts once they are as they should be, else as they are after a while."""
    deadline = time.monotonic() + 240
    while True:
        rows, alerts = asyncio.run(account_and_alerts(site.dsn))
        if is_settled(rows, alerts) or time.monotonic() > deadline:
            return rows, alerts
        time.sleep(0.3)


async def save_registry(dsn: str, document: bytes) -> None:
    """Put a registry in force."""
    store = await Store.connect(dsn)
    try:
        await store.save_registry(document, author="test", effective_from_ms=0)
    finally:
        await store.close()
