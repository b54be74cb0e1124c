"""One `up` a directory, children that come back, and a guard that leaves nothing behind."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from haulwatch.guard import end_all, started_at
from haulwatch.ports import claim, free_port
from haulwatch.problem import CommandError
from haulwatch.running import Running, demo_directory, find_running, read_running, the_only_up, write_running
from haulwatch.supervisor import SERVICE_STAGE, Child, Guard, loud_line

HERE = Running(
    pid=os.getpid(),
    page_url="http://127.0.0.1:1",
    broker_url="mqtt://127.0.0.1:2",
    database_url="postgresql://x",
)


def sleeper() -> "subprocess.Popen[bytes]":
    return subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])


def wait_until(claim_holds: object, timeout_s: float = 20.0) -> None:
    assert callable(claim_holds)
    deadline = time.monotonic() + timeout_s
    while not claim_holds():
        assert time.monotonic() < deadline, "waited too long"
        time.sleep(0.02)


def test_a_second_up_in_one_directory_is_refused_and_told_of_the_first(tmp_path: Path):
    with the_only_up(tmp_path):
        write_running(tmp_path, HERE)
        with pytest.raises(CommandError, match="already runs") as caught, the_only_up(tmp_path):
            pass
    assert HERE.page_url in str(caught.value)


def test_a_directory_is_free_again_after_an_up(tmp_path: Path):
    with the_only_up(tmp_path):
        write_running(tmp_path, HERE)
        assert read_running(tmp_path) == HERE
    assert read_running(tmp_path) is None
    with the_only_up(tmp_path):
        assert read_running(tmp_path) is None


def test_where_an_up_runs_is_for_the_owner_only(tmp_path: Path):
    write_running(tmp_path, HERE)
    assert (tmp_path / "up.json").stat().st_mode & 0o077 == 0


def test_an_up_that_was_killed_is_not_running(tmp_path: Path):
    process = sleeper()
    process.kill()
    process.wait()
    write_running(tmp_path, Running(pid=process.pid, page_url="", broker_url="", database_url=""))
    assert read_running(tmp_path) is None


def test_the_demo_is_found_where_nothing_else_runs(tmp_path: Path):
    demo = demo_directory(tmp_path)
    demo.mkdir()
    write_running(demo, HERE)
    assert find_running(tmp_path) == HERE


def test_a_busy_port_names_the_setting_that_takes_another():
    with socket.socket() as busy:
        busy.bind(("127.0.0.1", 0))
        busy.listen()
        port = busy.getsockname()[1]
        with pytest.raises(CommandError, match="HAULWATCH_HTTP_PORT"):
            claim("127.0.0.1", port, what="The page", variable="HAULWATCH_HTTP_PORT")


def test_port_0_takes_a_free_one():
    assert claim("127.0.0.1", 0, what="The page", variable="X") > 0


def test_a_port_that_is_free_is_taken():
    port = free_port()
    assert claim("127.0.0.1", port, what="The page", variable="X") == port


def test_the_guard_ends_its_wards_when_its_pipe_closes():
    ward = sleeper()
    guard = subprocess.Popen([sys.executable, "-m", "haulwatch.guard"], stdin=subprocess.PIPE, text=True)
    assert guard.stdin is not None
    guard.stdin.write(f"{ward.pid} {started_at(ward.pid)} {signal.SIGTERM:d} 1\n")
    guard.stdin.close()
    assert ward.wait(60) == -signal.SIGTERM
    assert guard.wait(60) == 0


def test_the_guard_leaves_its_wards_alone_when_all_is_done():
    with Guard() as guard:
        ward = sleeper()
        guard.ward(ward.pid, signal.SIGTERM, SERVICE_STAGE)
    assert ward.poll() is None
    ward.kill()
    ward.wait()


def test_a_process_that_has_the_number_of_a_ward_later_is_left_alone():
    stranger = sleeper()
    end_all({stranger.pid: ("12345", signal.SIGTERM, 1)})
    assert stranger.poll() is None
    stranger.kill()
    stranger.wait()


def test_a_ward_that_does_not_stop_is_killed(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("haulwatch.guard.PATIENCE_S", 0.3)
    code = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print(1, flush=True); time.sleep(60)"
    ward = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE)
    assert ward.stdout is not None
    ward.stdout.readline()
    end_all({ward.pid: (started_at(ward.pid), signal.SIGTERM, 1)})
    assert ward.wait(60) == -signal.SIGKILL
    ward.stdout.close()


async def test_a_child_that_dies_is_started_again_and_ends_when_asked(tmp_path: Path):
    said: list[str] = []
    stop = asyncio.Event()
    with Guard() as guard:
        child = Child(
            "sleeper",
            ["ingest"],
            environ={"HAULWATCH_DATA_DIR": str(tmp_path), "HAULWATCH_HTTP_PORT": "wrong"},
            log_dir=tmp_path / "logs",
            guard=guard,
            notice=lambda name, line: said.append(f"{name}: {line}"),
        )
        running = asyncio.create_task(child.run(stop))
        async with asyncio.timeout(30):
            while sum("starting again" in line for line in said) < 2:  # noqa: ASYNC110 -- what is said is only a list
                await asyncio.sleep(0.02)
        stop.set()
        await asyncio.wait_for(running, 10)
    assert any("HAULWATCH_HTTP_PORT=wrong" in line for line in said)
    assert "HAULWATCH_HTTP_PORT=wrong" in (tmp_path / "logs" / "sleeper.log").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ('{"level": "info", "message": "fine"}', None),
        ('{"level": "warning", "message": "look", "action": "a", "n": 1}', "look action=a n=1"),
        (
            '{"level": "error", "message": "no", "exception": "Traceback\\nValueError: x"}',
            "no  ValueError: x",
        ),
        ("haulwatch: something", "haulwatch: something"),
        ("Traceback (most recent call last):", None),
        ('  File "x.py", line 1', None),
        ("", None),
        ("[1, 2]", None),
    ],
)
def test_of_a_log_only_what_a_person_should_see_is_shown(line: str, shown: str | None):
    assert loud_line(line) == shown
