"""The two editions of TimescaleDB that can be had without Docker: Debian's in a root folder, and WebAssembly."""

import fcntl
import os
import secrets
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from tests.support.ports import free_port

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / ".timescaledb"
PGLITE = Path(__file__).parent / "pglite"

_BIN = "/usr/lib/postgresql/17/bin"


def why_no_apache() -> str | None:
    """The reason to skip the Apache edition here, or None."""
    if os.geteuid() != 0:
        return "TimescaleDB Apache edition needs root (it runs in a root folder)"
    if not (FOLDER / ".complete").exists():
        return "no .timescaledb/ here; `make timescaledb` makes it on Debian"
    return None


def apache_is_required() -> bool:
    """CI as root on Debian must have made it."""
    return os.environ.get("CI") == "true" and os.geteuid() == 0 and Path("/etc/debian_version").exists()


def why_no_community() -> str | None:
    """The reason to skip the WebAssembly build here, or None."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        return "TimescaleDB Community in WebAssembly needs node and npm"
    return None


def wait_for(dsn: str, process: "subprocess.Popen[bytes]", log: Path) -> None:
    """Wait until the server answers; fails with its log."""
    deadline = time.monotonic() + 120
    while True:
        try:
            psycopg.connect(dsn, connect_timeout=5).close()
        except psycopg.OperationalError:
            if process.poll() is not None or time.monotonic() > deadline:
                raise AssertionError(
                    f"the server does not answer: {log.read_text(errors='replace')[-2000:]}"
                ) from None
            time.sleep(0.05)
        else:
            return


@contextmanager
def apache_server() -> Iterator[str]:
    """Run Debian's PostgreSQL 17 with TimescaleDB; gives the URL of its database `postgres`."""
    data = f"/var/lib/postgresql/test-{os.getpid()}-{secrets.token_hex(4)}"
    chroot = ["chroot", "--userspec=postgres:postgres", str(FOLDER)]
    environment = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8", "TZ": "UTC"}
    # The root folder has no /dev/shm of its own.
    memory = "dynamic_shared_memory_type=mmap"
    settings = {
        "fsync": "off",
        "unix_socket_directories": "",
        "listen_addresses": "127.0.0.1",
        "shared_preload_libraries": "timescaledb",
        "timescaledb.telemetry_level": "off",
        "timezone": "UTC",
    }
    initdb = [f"{_BIN}/initdb", "-D", data, "-U", "postgres", "--auth=trust", "--no-sync", "-c", memory]
    subprocess.run([*chroot, *initdb], check=True, capture_output=True, env=environment, cwd="/")
    port = free_port()
    log = FOLDER / f"{data}/server.log".lstrip("/")
    with log.open("wb") as output:
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        process = subprocess.Popen(
            [*chroot, f"{_BIN}/postgres", "-D", data, "-p", str(port), *options],
            stdout=output,
            stderr=output,
            env=environment,
            cwd="/",
        )
    dsn = f"postgresql://postgres@127.0.0.1:{port}/postgres"
    try:
        wait_for(dsn, process, log)
        yield dsn
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(60)
        shutil.rmtree(FOLDER / data.lstrip("/"), ignore_errors=True)


def install_pglite() -> None:
    """Install the two npm packages where they are missing; a test process beside this one waits for it."""
    with (PGLITE / "package.json").open("rb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (PGLITE / "node_modules" / "@unni-craftsman").exists():
            subprocess.run(
                ["npm", "ci", "--loglevel=error"], cwd=PGLITE, check=True, capture_output=True, timeout=300
            )


@contextmanager
def community_server() -> Iterator[str]:
    """Run TimescaleDB Community in WebAssembly, in memory; one connection at a time. Gives its URL."""
    install_pglite()
    port = free_port()
    process = subprocess.Popen(
        ["node", "server.mjs", str(port)], cwd=PGLITE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    stuck = threading.Timer(180, process.kill)
    stuck.start()
    try:
        assert process.stdout is not None
        said = process.stdout.readline()
        assert said.strip() == b"ready", said + process.stdout.read()
        stuck.cancel()
        dsn = f"postgresql://postgres:postgres@127.0.0.1:{port}/postgres?sslmode=disable"
        with psycopg.connect(dsn, autocommit=True) as connection:
            # It cannot be preloaded here, so migrating would not look for it.
            connection.execute("create extension if not exists timescaledb")
        yield dsn
    finally:
        stuck.cancel()
        process.terminate()
        process.wait(10)
        process.stdout.close()
