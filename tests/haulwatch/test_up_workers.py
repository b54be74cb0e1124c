"""`haulwatch up --workers`: each worker has its share, and more workers than slots are refused with what to do."""

import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.haulwatch.test_commands import CLEAN
from tests.haulwatch.test_up import wait_for


@contextmanager
def command(data_dir: Path, *arguments: str) -> Iterator["subprocess.Popen[str]"]:
    environ = {**CLEAN, "HAULWATCH_DATA_DIR": str(data_dir), "HAULWATCH_EMBEDDED_BROKER_PORT": "0"}
    with (data_dir / "out.txt").open("w") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "haulwatch", *arguments],
            env=environ,
            stdout=out,
            stderr=subprocess.STDOUT,
            text=True,
        )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
            process.wait(120)


def printed(data_dir: Path) -> str:
    return re.sub(r"\s+", " ", (data_dir / "out.txt").read_text(encoding="utf-8"))


def held(data_dir: Path, name: str) -> int:
    log = (data_dir / "logs" / f"{name}.log").read_text(encoding="utf-8")
    return log.count('"slot_claimed"') - log.count('"slot_given_up"')


@pytest.mark.slow
def test_workers_share_the_slots_and_others_are_divided_while_they_run(tmp_path: Path):
    with command(tmp_path, "up", "--port", "0", "--workers", "2") as up:
        wait_for(lambda: "Haulwatch runs at" in printed(tmp_path), 90, lambda: printed(tmp_path))
        wait_for(
            lambda: [held(tmp_path, name) for name in ("ingest", "ingest-2")] == [1, 1],
            90,
            lambda: printed(tmp_path),
        )
        environ = {**CLEAN, "HAULWATCH_DATA_DIR": str(tmp_path)}
        divided = subprocess.run(
            [sys.executable, "-m", "haulwatch", "slots", "4"],
            env=environ,
            capture_output=True,
            text=True,
            timeout=180,
            check=False,
        )
        assert (divided.returncode, divided.stdout.split()) == (0, ["slots", "4", "workers", "2"]), (
            divided.stderr
        )
        wait_for(
            lambda: [held(tmp_path, name) for name in ("ingest", "ingest-2")] == [2, 2],
            90,
            lambda: printed(tmp_path),
        )
        up.send_signal(signal.SIGINT)
        assert up.wait(120) == 0, printed(tmp_path)
    with command(tmp_path, "up", "--port", "0", "--workers", "5") as up:
        assert up.wait(120) == 1, printed(tmp_path)
    assert "5 workers cannot share 4 ingest slots: run `haulwatch slots 5`" in printed(tmp_path)
