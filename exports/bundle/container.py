"""The zip around a bundle: entries as they are, uncompressed, in order of name, each with one given time.

So the same files give the same bytes on every machine, nothing can unpack to more than it is, and whoever looks
with an editor finds the files in it. Reading takes nothing but such a zip: it is written again and compared.
"""

import io
import re
import struct
import zipfile
import zlib
from collections.abc import Mapping
from datetime import timedelta

from domain.instant import EPOCH

MOST_FILES = 2_000
MOST_BYTES = 1 << 30
LONGEST_NAME = 120

_SAFE = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*")
_DEVICES = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\.|$)", re.IGNORECASE)
_FROM_MS, _TO_MS = 315_532_800_000, 4_354_819_198_000
"""What a zip's times can be: 1980 to 2107."""
_MODE = 0o644 << 16
_UNIX = 3


class BundleError(Exception):
    """Why something is no bundle as it was made: one plain sentence that names the file."""


def pack(files: Mapping[str, bytes], at_ms: int) -> bytes:
    """Files as a zip; every entry is of `at_ms`, to two seconds. Raises ValueError for an unsafe name."""
    unsafe = [name for name in files if not is_safe(name)]
    if unsafe:
        raise ValueError(f"not a safe name: {unsafe[0]!r}")
    moment = EPOCH + timedelta(milliseconds=min(max(at_ms, _FROM_MS), _TO_MS))
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_STORED) as archive:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name, moment.timetuple()[:6])
            entry.create_system, entry.external_attr = _UNIX, _MODE
            archive.writestr(entry, files[name])
    return written.getvalue()


def is_safe(name: str) -> bool:
    """Tell whether a name can be a file's on every system: a few plain letters, at most one folder deep."""
    parts = name.split("/")
    return (
        len(name) <= LONGEST_NAME
        and len(parts) <= 2
        and all(
            _SAFE.fullmatch(part) and not part.endswith(".") and not _DEVICES.match(part) for part in parts
        )
    )


def unpack(data: bytes) -> dict[str, bytes]:
    """The files of a zip, by name. Raises BundleError where it is damaged, packed by others, or too large."""
    if len(data) > MOST_BYTES:
        raise BundleError(f"the file has {len(data):,} bytes, a bundle at most {MOST_BYTES:,}")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return _files(archive, len(data))
    except BundleError:
        raise
    except (
        zipfile.BadZipFile,
        EOFError,
        OSError,
        struct.error,
        zlib.error,
        RuntimeError,
        ValueError,
    ) as error:
        # What the library raises for bytes that are no zip; NotImplementedError is a RuntimeError.
        raise BundleError(f"the file is no zip, or is cut off or damaged: {error}") from error


def _files(archive: zipfile.ZipFile, size: int) -> dict[str, bytes]:
    entries = archive.infolist()
    if len(entries) > MOST_FILES:
        raise BundleError(f"the zip has {len(entries):,} files, a bundle at most {MOST_FILES:,}")
    files: dict[str, bytes] = {}
    left = size
    for entry in entries:
        name = entry.filename
        if not is_safe(name):
            raise BundleError(f"{name!r}: a bundle has no file of such a name")
        if name in files:
            raise BundleError(f"{name}: is in the zip twice")
        if entry.compress_type != zipfile.ZIP_STORED or entry.flag_bits & 1:
            raise BundleError(
                f"{name}: is compressed or encrypted, which no bundle's file is: the zip was packed again"
            )
        left -= max(entry.file_size, entry.compress_size)
        if left < 0:
            raise BundleError(f"{name}: says to be larger than the whole zip")
        try:
            files[name] = archive.read(entry)
        except (zipfile.BadZipFile, EOFError, OSError, struct.error, RuntimeError, ValueError) as error:
            raise BundleError(f"{name}: was changed or damaged ({error})") from error
    return files


def first_difference(data: bytes, files: Mapping[str, bytes], at_ms: int) -> str | None:
    """Where a zip differs from what `pack` makes of its files, though these are right; None where it does not."""
    again = pack(files, at_ms)
    if data == again:
        return None
    at = next((n for n, (one, other) in enumerate(zip(data, again, strict=False)) if one != other), None)
    at = min(len(data), len(again)) if at is None else at
    name = _entry_at(again, at)
    return f"the zip around {name} differs from byte {at:,} on, though the files in it are unchanged: packed again?"


def _entry_at(data: bytes, at: int) -> str:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        before = [entry.filename for entry in archive.infolist() if entry.header_offset <= at]
    return before[-1] if before else "its files"
