"""Capture files on disk: read line by line (errors name the line), written plain or gzipped."""

import gzip
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from domain.capture import Captured, decode_captured


class CaptureError(ValueError):
    """A capture file that cannot be read; the message names file and line."""


@contextmanager
def opened(path: Path) -> Iterator[IO[bytes]]:
    """A file for reading, unpacked if it is gzipped, whatever its name."""
    with path.open("rb") as file:
        packed = file.read(2) == b"\x1f\x8b"
    with gzip.open(path, "rb") if packed else path.open("rb") as file:
        yield file  # type: ignore[misc]  # gzip's file is no IO[bytes] by name


@contextmanager
def created(path: Path) -> Iterator[IO[bytes]]:
    """A file for writing, packed if its name ends in `.gz`; the same content gives the same bytes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as raw:
        if path.suffix != ".gz":
            yield raw
            return
        with gzip.GzipFile(fileobj=raw, mode="wb", compresslevel=3, mtime=0, filename="") as file:
            yield file  # type: ignore[misc]  # as above


def read_capture(path: Path) -> Iterator[Captured]:
    """The messages of a capture in order; raises CaptureError at a line that is none."""
    with opened(path) as file:
        number = 1
        try:
            for line in file:
                if line.strip():
                    yield decode_captured(line)
                number += 1
        except (ValueError, EOFError, zlib.error, gzip.BadGzipFile) as problem:
            raise CaptureError(f"{path}, line {number}: {problem}") from problem
