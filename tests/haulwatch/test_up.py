"""`haulwatch up --demo`, the real thing: from nothing to an alert, and back to nothing."""

import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.haulwatch.test_commands import CLEAN

START_TIMEOUT_S = 90.0
ALERT_TIMEOUT_S = 60.0


@pytest.fixture
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("up")


@pytest.fixture
def up(data_dir: Path) -> Iterator["subprocess.Popen[str]"]:
    with (data_dir / "out.txt").open("w") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "haulwatch", "up", "--demo", "--port", "0"],
            env={**CLEAN, "HAULWATCH_DATA_DIR": str(data_dir), "HAULWATCH_DEMO_VEHICLES": "12"},
            stdout=out,
            stderr=subprocess.STDOUT,
            text=True,
        )
    yield process
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
        process.wait(120)


def wait_for(what: Callable[[], Any], timeout_s: float, saying: Callable[[], str]) -> Any:
    deadline = time.monotonic() + timeout_s
    while not (found := what()):
        assert time.monotonic() < deadline, saying()
        time.sleep(0.2)
    return found


def printed(data_dir: Path) -> str:
    return (data_dir / "out.txt").read_text(encoding="utf-8")


def page_url(data_dir: Path) -> str:
    found = wait_for(
        lambda: re.search(r"Haulwatch runs at (http://\S+)", printed(data_dir)),
        START_TIMEOUT_S,
        lambda: printed(data_dir),
    )
    return str(found[1])


def alerts(url: str) -> list[dict[str, Any]]:
    opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
    body = json.dumps({"user": "demo", "password": "demo"}).encode()
    opener.open(
        urllib.request.Request(f"{url}/api/session", body, {"content-type": "application/json"}), timeout=60
    ).close()
    with opener.open(f"{url}/api/alerts", timeout=60) as answer:
        found: list[dict[str, Any]] = json.load(answer)["items"]
    return found


def started_in(data_dir: Path) -> list[psutil.Process]:
    """Every process of this run, by its directory in its command line or environment."""
    found = []
    for process in psutil.process_iter():
        try:
            known = [*process.cmdline(), *process.environ().values()]
        except psutil.Error:
            continue
        if any(str(data_dir) in text for text in known) and process.pid != os.getpid():
            found.append(process)
    return found


@pytest.mark.alone
@pytest.mark.slow
def test_the_demo_raises_an_alert_within_a_minute_and_leaves_no_process_behind(
    up: "subprocess.Popen[str]", data_dir: Path
):
    url = page_url(data_dir)
    first = wait_for(lambda: alerts(url), ALERT_TIMEOUT_S, lambda: printed(data_dir))[0]
    assert {"id", "rule", "severity", "started_at", "evidence"} <= set(first)
    wait_for(
        lambda: re.search(r"\d\d:\d\d:\d\d  (critical|major|minor|info) ", printed(data_dir)),
        60,
        lambda: printed(data_dir),
    )
    assert len(started_in(data_dir)) >= 5
    up.send_signal(signal.SIGINT)
    assert up.wait(120) == 0, printed(data_dir)
    assert started_in(data_dir) == []


@pytest.mark.slow
def test_an_up_that_is_killed_leaves_no_process_behind_and_can_be_started_again(
    up: "subprocess.Popen[str]", data_dir: Path
):
    page_url(data_dir)
    up.kill()
    up.wait()
    wait_for(lambda: not started_in(data_dir), 90, lambda: f"still there: {started_in(data_dir)}")
