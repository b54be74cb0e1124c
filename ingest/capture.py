"""Reading capture files, plain or gzipped: messages in order of arrival, with progress by bytes."""

import gzip
import re
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

from domain.capture import Captured, decode_captured
from domain.instant import to_rfc3339

LINES_PER_PROGRESS = 2_000
_HEAD = re.compile(
    rb'\s*\{\s*"received_at"\s*:\s*"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z)"\s*,\s*"topic"\s*:\s*"([^"\\]+)"'
)


def head_of(line: bytes) -> tuple[bytes, bytes]:
    """Arrival (in UTC with milliseconds) and topic of a line, at a tenth of decoding it; raises ValueError."""
    match = _HEAD.match(line)
    if match is not None:
        return match[1], match[2]
    captured = decode_captured(line)
    return to_rfc3339(captured.received_ms).encode(), captured.topic.encode()


def read_capture(
    path: Path,
    *,
    on_progress: Callable[[float], None] = lambda _: None,
    leave_out: Callable[[bytes], bool] = lambda _: False,
) -> Iterator[Captured]:
    """Read a capture; raises ValueError that names the line, and OSError. Progress is a share from 0 to 1.

    Lines of which `leave_out` is true are not decoded.
    """
    size = max(path.stat().st_size, 1)
    number = 0
    with path.open("rb") as raw:
        # By its first bytes: files get renamed.
        packed = raw.read(2) == b"\x1f\x8b"
        raw.seek(0)
        lines = gzip.GzipFile(fileobj=raw) if packed else raw
        try:
            for number, line in enumerate(lines, start=1):
                if line.strip() and not leave_out(line):
                    yield decode_captured(line)
                if number % LINES_PER_PROGRESS == 0:
                    on_progress(raw.tell() / size)
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise ValueError(f"{path} is damaged after line {number}: {error}") from error
        except ValueError as error:
            raise ValueError(f"{path}, line {number}: {error}") from error
    on_progress(1.0)
