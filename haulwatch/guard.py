"""Ends what `up` started when `up` itself is killed: runs beside it and waits for its pipe to close.

Each line on standard input is `pid start signal stage`: which process, when it began (so that a number
that was given to another process is left alone), and how it is asked to end. Higher stages go last.
The line `done` says that `up` ended everything itself. Standard library only: it must outlive everything.
"""

import os
import signal
import sys
import time
from pathlib import Path

PATIENCE_S = 10.0


def started_at(pid: int) -> str:
    """What tells this process from another that has its number later; empty if it is gone."""
    try:
        fields = (
            Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
        )
    except OSError:
        return ""
    return "" if fields[0] == "Z" else fields[19]


def end_all(wards: dict[int, tuple[str, int, int]]) -> None:
    """Ask every ward to end, stage by stage, and kill those that do not."""
    for stage in sorted({stage for _, _, stage in wards.values()}):
        ours = {pid: start for pid, (start, _, s) in wards.items() if s == stage}
        for pid, start in ours.items():
            _send(pid, start, wards[pid][1])
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline and any(started_at(pid) == start for pid, start in ours.items()):
            time.sleep(0.05)
        for pid, start in ours.items():
            _send(pid, start, signal.SIGKILL)


def _send(pid: int, start: str, number: int) -> None:
    if start and started_at(pid) == start:
        try:
            os.kill(pid, number)
        except OSError:
            return


def main() -> None:
    """Read wards until the pipe closes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    wards: dict[int, tuple[str, int, int]] = {}
    for line in sys.stdin:
        if line.strip() == "done":
            return
        pid, start, number, stage = line.split()
        wards[int(pid)] = (start, int(number), int(stage))
    end_all(wards)


if __name__ == "__main__":
    main()
