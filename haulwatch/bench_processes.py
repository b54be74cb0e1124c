"""The processes of a bench: an ingest under measurement, a load generator, and what they and the servers spend."""

import json
import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import ClassVar

import psutil
from msgspec import Struct

from haulwatch.bench_world import BenchWorld
from haulwatch.ports import free_port
from haulwatch.problem import CommandError
from runtime.settings import variable_name

WAIT_S = 120.0


class Place(Struct, frozen=True, kw_only=True):
    """Where the bench runs: its servers, its topics, its files; `servers` are the process ids of those it started."""

    database_url: str
    broker_url: str
    prefix: str
    directory: Path
    servers: Mapping[str, int] = {}


class Service:
    """One of the service's processes under measurement."""

    NAME: ClassVar[str]

    def __init__(self, place: Place, arguments: Sequence[str], **settings: object) -> None:
        self._log = place.directory / f"{self.NAME}.log"
        given = {
            "database_url": place.database_url,
            "broker_url": place.broker_url,
            "topic_prefix": place.prefix,
            "log_format": "json",
            **settings,
        }
        environ = {variable_name(name): str(value) for name, value in given.items()}
        self.began_s = time.time()
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "haulwatch", *arguments],
                env={**os.environ, **environ},
                stderr=log,
                stdout=log,
            )

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    def wait_for(self, action: str) -> float:
        """Seconds from the start of the process until it has logged an action."""
        while f'"{action}"' not in self._log.read_text(encoding="utf-8", errors="replace"):
            self.check_alive()
            if time.time() - self.began_s > WAIT_S:
                raise CommandError(f"{self.NAME} was not ready within {WAIT_S:.0f} s; see {self._log}")
            time.sleep(0.02)
        return time.time() - self.began_s

    def memory_bytes(self) -> int:
        """What the process has resident."""
        return int(psutil.Process(self._process.pid).memory_info().rss)

    def kill(self) -> None:
        """Kill -9."""
        self._process.kill()
        self._process.wait()

    def stop(self) -> None:
        """End in order."""
        self._process.terminate()
        try:
            self._process.wait(30)
        except subprocess.TimeoutExpired:
            self.kill()

    def check_alive(self) -> None:
        """Raise CommandError with its last words if it has ended."""
        if self._process.poll() is not None:
            last = self._log.read_text(encoding="utf-8", errors="replace").strip().splitlines()[-1:]
            raise CommandError(f"{self.NAME} ended with {self._process.returncode}: {' '.join(last)}")


class Ingest(Service):
    """An ingest process under measurement."""

    NAME = "ingest"

    def __init__(self, place: Place) -> None:
        self._metrics_port = free_port()
        super().__init__(
            place, ["ingest"], client_id="haulwatch-bench-ingest", metrics_port=self._metrics_port
        )

    def wait_ready(self) -> float:
        """Seconds from the start of the process until it judges."""
        return self.wait_for("ingest_ready")

    def stored(self) -> int:
        """How many elements this process has stored."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self._metrics_port}/metrics", timeout=5) as answer:
            for line in answer.read().decode().splitlines():
                if line.startswith("haulwatch_stored_total "):
                    return int(float(line.split()[1]))
        return 0

    def wait_stored(self, count: int) -> float:
        """The time of day in s at which `count` elements were stored."""
        deadline = time.monotonic() + WAIT_S
        while self.stored() < count:
            self.check_alive()
            if time.monotonic() > deadline:
                raise CommandError(
                    f"{self.stored():,} of {count:,} reports were stored within {WAIT_S:.0f} s"
                )
            time.sleep(0.05)
        return time.time()


class Gateway(Service):
    """A JT/T 808 gateway under measurement."""

    NAME = "gateway"

    def __init__(self, place: Place, connections: int) -> None:
        self.port = free_port()
        arguments = ["gateway", "jt808", "--port", str(self.port)]
        # Twice as many: those that come again are there before those that went are noticed.
        super().__init__(place, arguments, gateway_connections=2 * connections)

    def wait_ready(self) -> float:
        """Seconds from the start of the process until it listens."""
        return self.wait_for("gateway_ready")


class Api(Service):
    """The API with the page, as a process of its own."""

    NAME = "api"

    def __init__(self, place: Place) -> None:
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        super().__init__(place, ["api"], http_port=port)

    def wait_ready(self) -> None:
        """Wait until it answers."""
        deadline = time.monotonic() + WAIT_S
        while time.monotonic() < deadline:
            self.check_alive()
            try:
                with urllib.request.urlopen(f"{self.url}/api/session/door", timeout=5):  # noqa: S310
                    return
            except OSError:
                time.sleep(0.1)
        raise CommandError(f"the API was not ready within {WAIT_S:.0f} s; see {self._log}")


class Generator:
    """A process that makes load: it gets its order as JSON, says "ready", waits for the word, and says what it did."""

    def __init__(self, module: str, order: Mapping[str, object]) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", module, json.dumps(order)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout is not None
        if self._process.stdout.readline().strip() != "ready":
            raise CommandError(f"{module} did not get ready")

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    def go(self) -> None:
        """Let it begin."""
        assert self._process.stdin is not None
        self._process.stdin.write("go\n")
        self._process.stdin.flush()

    def stop(self) -> None:
        """End it before its time; nothing is counted then."""
        self._process.kill()
        self._process.communicate()

    def done(self) -> dict[str, float]:
        """What it sent and what was acknowledged, once it has ended."""
        out, _ = self._process.communicate(timeout=WAIT_S + 60)
        if self._process.returncode != 0:
            raise CommandError("the load generator failed")
        sent: dict[str, float] = json.loads(out)
        return sent


class Load(Generator):
    """Reports over MQTT."""

    def __init__(self, place: Place, world: BenchWorld, **order: float) -> None:
        whole = {"url": place.broker_url, "prefix": place.prefix, "devices": world.devices, **order}
        super().__init__("haulwatch.load_generator", whole)


def spent_s(pids: Mapping[str, int]) -> dict[str, float]:
    """The seconds of a core that processes and their children have spent so far, by name."""
    return {name: _spent_s(pid) for name, pid in pids.items()}


def _spent_s(pid: int) -> float:
    total_s = 0.0
    process = psutil.Process(pid)
    for one in (process, *process.children(recursive=True)):
        try:
            times = one.cpu_times()
        except psutil.NoSuchProcess:
            continue
        total_s += times.user + times.system
    return total_s
