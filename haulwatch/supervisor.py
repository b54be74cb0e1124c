"""Child processes of `up`: started, logged to a file, restarted with back-off when they die, ended together.

A child is told to stop with SIGTERM. If `up` is killed, the guard ends the children in its place.
"""

import asyncio
import contextlib
import json
import logging
import logging.handlers
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Self

from haulwatch.guard import started_at
from runtime.clock import monotonic_s

FIRST_DELAY_S = 0.5
LONGEST_DELAY_S = 15.0
STEADY_S = 60.0
STOP_TIMEOUT_S = 20.0
LOG_BYTES = 10_000_000
LOUD = frozenset({"warning", "error", "critical"})

SERVICE_STAGE = 1
SERVER_STAGE = 2

Notice = Callable[[str, str], None]
"""Takes the name of a child and one line a person should see."""


class Guard:
    """The process that outlives a killed `up` just long enough to end its children."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "haulwatch.guard"],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            start_new_session=True,
            text=True,
        )

    def ward(self, pid: int, number: int, stage: int) -> None:
        """Watch over one more process."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{pid} {started_at(pid) or '-'} {int(number)} {stage}\n")
        self._process.stdin.flush()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        assert self._process.stdin is not None
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.write("done\n")
            self._process.stdin.close()
        self._process.wait(STOP_TIMEOUT_S)


class Child:
    """One supervised process: `python -m haulwatch <arguments>`."""

    def __init__(
        self,
        name: str,
        arguments: Sequence[str],
        *,
        environ: Mapping[str, str],
        log_dir: Path,
        guard: Guard,
        notice: Notice,
        ready_action: str | None = None,
    ) -> None:
        """Nothing is started yet; `is_ready` is set once the child has logged `ready_action`."""
        self.name = name
        self.pid: int | None = None
        self.is_ready = asyncio.Event()
        self._ready_action = ready_action
        self._command = [sys.executable, "-m", "haulwatch", *arguments]
        self._environ = {**os.environ, **environ}
        self._guard = guard
        self._notice = notice
        log_dir.mkdir(parents=True, exist_ok=True)
        self._log = logging.handlers.RotatingFileHandler(
            log_dir / f"{name}.log", maxBytes=LOG_BYTES, backupCount=3, encoding="utf-8"
        )

    async def run(self, stop: asyncio.Event) -> None:
        """Keep the process running until `stop` is set, then end it."""
        delay_s = FIRST_DELAY_S
        try:
            while not stop.is_set():
                began_s = monotonic_s()
                code = await self._run_once(stop)
                if stop.is_set():
                    return
                delay_s = (
                    FIRST_DELAY_S if monotonic_s() - began_s > STEADY_S else min(delay_s * 2, LONGEST_DELAY_S)
                )
                self._notice(self.name, f"ended with {_how(code)}; starting again in {delay_s:.1f} s")
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(stop.wait(), delay_s)
        finally:
            self._log.close()

    async def _run_once(self, stop: asyncio.Event) -> int:
        process = await asyncio.create_subprocess_exec(
            *self._command,
            env=self._environ,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            # Ctrl-C in the terminal is for `up`, which stops its children in order.
            start_new_session=True,
        )
        self.pid = process.pid
        self._guard.ward(process.pid, signal.SIGTERM, SERVICE_STAGE)
        reading = asyncio.create_task(self._read(process))
        stopping = asyncio.create_task(stop.wait())
        ended = asyncio.create_task(process.wait())
        await asyncio.wait({stopping, ended}, return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        if not ended.done():
            await self._end(process, ended)
        await reading
        self.pid = None
        return await ended

    async def _end(self, process: asyncio.subprocess.Process, ended: "asyncio.Task[int]") -> None:
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        done, _ = await asyncio.wait({ended}, timeout=STOP_TIMEOUT_S)
        if not done:
            self._notice(self.name, f"did not stop within {STOP_TIMEOUT_S:.0f} s and is killed")
            with contextlib.suppress(ProcessLookupError):
                process.kill()

    async def _read(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdout is not None
        rest = b""
        while chunk := await process.stdout.read(65_536):
            *lines, rest = (rest + chunk).split(b"\n")
            for line in lines:
                self._keep(line.decode("utf-8", "replace"))
        if rest:
            self._keep(rest.decode("utf-8", "replace"))

    def _keep(self, line: str) -> None:
        self._log.emit(logging.makeLogRecord({"msg": line}))
        if self._ready_action is not None and f'"{self._ready_action}"' in line:
            self.is_ready.set()
        said = loud_line(line)
        if said:
            self._notice(self.name, said)


def loud_line(line: str) -> str | None:
    """What a person should see of a child's log line: warnings and worse, and whatever is no log line."""
    try:
        entry = json.loads(line)
    except ValueError:
        # Of a traceback the last line says what happened; the log has the rest.
        inner = line[:1].isspace() or line.startswith("Traceback")
        return None if inner else line.rstrip() or None
    if not isinstance(entry, dict) or entry.get("level") not in LOUD:
        return None
    rest = " ".join(
        f"{key}={value}"
        for key, value in entry.items()
        if key not in {"level", "timestamp", "message", "exception"}
    )
    trace = str(entry.get("exception", "")).strip().splitlines()[-1:]
    return " ".join([str(entry.get("message", "")), rest, *trace]).strip()


def _how(code: int) -> str:
    if code >= 0:
        return f"code {code}"
    try:
        return signal.Signals(-code).name
    except ValueError:
        return f"signal {-code}"
