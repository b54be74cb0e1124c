"""Logs, metrics, the clock and shutting down."""

import asyncio
import io
import json
import logging
import os
import signal
import subprocess
import sys
import urllib.request

import structlog

from haulwatch.ports import free_port
from runtime.clock import now_ms, ticks
from runtime.logs import configure_logs
from runtime.metrics import Metrics
from runtime.settings import LogFormat, LogLevel


def logged(level: LogLevel, log_format: LogFormat, write: object) -> str:
    root = logging.getLogger()
    handlers, before = root.handlers[:], root.level
    stream = io.StringIO()
    try:
        configure_logs(level, log_format, stream)
        assert callable(write)
        write()
    finally:
        root.handlers[:] = handlers
        root.setLevel(before)
        structlog.reset_defaults()
    return stream.getvalue()


def test_a_line_is_json_with_its_action_level_time_and_fields():
    line = json.loads(
        logged(
            LogLevel.INFO,
            LogFormat.JSON,
            lambda: structlog.get_logger().info("stored", action="batch", stored=3),
        )
    )
    assert (line["action"], line["message"], line["level"], line["stored"]) == ("batch", "stored", "info", 3)
    assert line["timestamp"].endswith("Z")


def test_lines_of_libraries_go_the_same_way():
    line = json.loads(
        logged(LogLevel.INFO, LogFormat.JSON, lambda: logging.getLogger("library").warning("look %d", 7))
    )
    assert (line["message"], line["level"]) == ("look 7", "warning")


def test_a_failure_is_logged_with_its_trace_on_one_line():
    def fail():
        try:
            int("why")
        except ValueError:
            structlog.get_logger().exception("broken", action="x")

    text = logged(LogLevel.INFO, LogFormat.JSON, fail)
    assert text.count("\n") == 1
    assert "ValueError: invalid literal" in json.loads(text)["exception"]


def test_below_the_level_nothing_is_written():
    assert logged(LogLevel.WARNING, LogFormat.JSON, lambda: structlog.get_logger().info("quiet")) == ""


def test_pretty_lines_are_no_json():
    assert not logged(
        LogLevel.INFO, LogFormat.PRETTY, lambda: structlog.get_logger().info("hello")
    ).startswith("{")


def test_two_sets_of_metrics_share_nothing():
    one, other = Metrics(), Metrics()
    one.received.inc(5)
    assert one.registry.get_sample_value("haulwatch_received_total") == 5
    assert other.registry.get_sample_value("haulwatch_received_total") == 0


def test_metrics_are_shown_over_http():
    metrics = Metrics()
    metrics.rejected.labels(reason="bad_json").inc()
    port = free_port()
    stop = metrics.serve(port)
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=60) as answer:
            assert b'haulwatch_rejected_total{reason="bad_json"} 1.0' in answer.read()
    finally:
        stop()


async def test_ticks_come_until_stopped_and_give_the_time():
    stop = asyncio.Event()
    before_ms, seen = now_ms(), []
    async for at_ms in ticks(0.001, stop):
        seen.append(at_ms)
        if len(seen) == 3:
            stop.set()
    assert len(seen) == 3
    assert before_ms <= seen[0] <= seen[-1] <= now_ms()


STUBBORN = """
import asyncio
from runtime.shutdown import stop_on_signals
async def main():
    stop = stop_on_signals()
    print("ready", flush=True)
    await stop.wait()
    print("asked", flush=True)
    await asyncio.sleep({rest})
    print("done", flush=True)
asyncio.run(main())
"""


def started(rest: float) -> "subprocess.Popen[str]":
    process = subprocess.Popen(
        [sys.executable, "-c", STUBBORN.format(rest=rest)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


def test_the_first_signal_asks_and_the_work_is_finished():
    with started(0.1) as process:
        os.kill(process.pid, signal.SIGTERM)
        assert process.stdout is not None
        assert process.stdout.read() == "asked\ndone\n"
    assert process.returncode == 0


def test_the_second_signal_does_not_wait():
    with started(60) as process:
        os.kill(process.pid, signal.SIGTERM)
        assert process.stdout is not None
        assert process.stdout.readline() == "asked\n"
        os.kill(process.pid, signal.SIGINT)
        assert process.wait(60) == 128 + signal.SIGINT
