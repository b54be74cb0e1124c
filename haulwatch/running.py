"""What runs in a data directory: one `up` at a time, and where its servers are for the other commands."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
from msgspec import Struct

from haulwatch.problem import CommandError


class Running(Struct, frozen=True, kw_only=True):
    """Where a running `up` can be reached."""

    pid: int
    page_url: str
    broker_url: str
    database_url: str


def _state_path(data_dir: Path) -> Path:
    return data_dir / "up.json"


@contextmanager
def the_only_up(data_dir: Path) -> Iterator[None]:
    """Hold the data directory; raises CommandError if another `up` holds it. A killed holder holds nothing."""
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(data_dir / "up.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise CommandError(
            f"cannot write in {data_dir} ({error.strerror}); set HAULWATCH_DATA_DIR to a directory of your own"
        ) from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        there = read_running(data_dir)
        place = f" at {there.page_url} (process {there.pid})" if there else ""
        raise CommandError(
            f"haulwatch up already runs in {data_dir}{place}; stop it, or set HAULWATCH_DATA_DIR to another directory"
        ) from None
    try:
        yield
    finally:
        _state_path(data_dir).unlink(missing_ok=True)
        os.close(descriptor)


def write_running(data_dir: Path, running: Running) -> None:
    """Say where we are; the file holds a password and is for the owner only."""
    path = _state_path(data_dir)
    path.unlink(missing_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(msgspec.json.encode(running))


def read_running(data_dir: Path) -> Running | None:
    """The `up` that runs in a data directory, or None."""
    try:
        running = msgspec.json.decode(_state_path(data_dir).read_bytes(), type=Running)
        os.kill(running.pid, 0)
    except PermissionError:
        return None
    except (OSError, msgspec.DecodeError):
        return None
    return running


def find_running(data_dir: Path) -> Running | None:
    """The `up` of a data directory, else the demo of it."""
    return read_running(data_dir) or read_running(demo_directory(data_dir))


def demo_directory(data_dir: Path) -> Path:
    """Where a demo keeps its data: never among real data."""
    return data_dir / "demo"
