"""Reading capture files, plain or gzipped: messages in order of arrival, with progress by bytes."""

import gzip
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

from domain.capture import Captured, decode_captured

LINES_PER_PROGRESS = 2_000


def read_capture(path: Path, *, on_progress: Callable[[float], None] = lambda _: None) -> Iterator[Captured]:
    """Read a capture; raises ValueError that names the line, and OSError. Progress is a share from 0 to 1."""
    size = max(path.stat().st_size, 1)
    number = 0
    with path.open("rb") as raw:
        lines = gzip.GzipFile(fileobj=raw) if path.suffix == ".gz" else raw
        try:
            for number, line in enumerate(lines, start=1):
                if line.strip():
                    yield decode_captured(line)
                if number % LINES_PER_PROGRESS == 0:
                    on_progress(raw.tell() / size)
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise ValueError(f"{path} is damaged after line {number}: {error}") from error
        except ValueError as error:
            raise ValueError(f"{path}, line {number}: {error}") from error
    on_progress(1.0)
