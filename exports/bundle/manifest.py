"""What a bundle says of itself: what it was made from, how it can be judged again, and the SHA-256 of every file.

`SHA256SUMS` has the form that `sha256sum -c` reads, and covers the manifest too. Its own SHA-256 is the bundle's
number: whoever made the bundle keeps it.
"""

from collections.abc import Mapping
from hashlib import sha256

import msgspec
from msgspec import Struct

FORMAT = "haulwatch evidence"
FORMAT_VERSION = 1
MANIFEST, SUMS = "manifest.json", "SHA256SUMS"


class FileSum(Struct, frozen=True, kw_only=True):
    """One file of a bundle."""

    name: str
    size: int
    sha256: str


class VersionSum(Struct, frozen=True, kw_only=True):
    """One version of the registry: since when it is in force, the digest of the whole document as it was given, and
    the file of what of it concerns the alert; versions without one judged none of these reports.
    """

    version: int
    effective_from: str
    sha256: str | None = None
    file: str | None = None


class Judging(Struct, frozen=True, kw_only=True):
    """How the alert can be judged again: from the checkpoint (or from nothing) over the reports, time passing to an
    instant. `how`: "fold", "days", "members", or "none", with the reason. `agreed`: whether it gave the same alert when
    the bundle was made.
    """

    how: str
    reason: str = ""
    agreed: bool = False
    ticked_to: str | None = None
    checkpoint: str | None = None
    checkpoint_format: str | None = None
    checkpoint_judged_to: str | None = None


class Manifest(Struct, frozen=True, kw_only=True):
    """The manifest. `digest` is the SHA-256 over the lines of `files` in the form of SHA256SUMS."""

    format: str
    format_version: int
    alert_id: str
    rule: str
    subject: str
    first_started_at: str
    revision: int
    language: str
    device_id: str | None
    first_report: str | None
    last_report: str | None
    judging: Judging
    registry: tuple[VersionSum, ...]
    files: tuple[FileSum, ...]
    digest: str


def sums_of(files: Mapping[str, bytes]) -> tuple[FileSum, ...]:
    """The sums of files, by name."""
    return tuple(
        FileSum(name=name, size=len(files[name]), sha256=sha256(files[name]).hexdigest())
        for name in sorted(files)
    )


def lines_of(sums: tuple[FileSum, ...]) -> bytes:
    """Sums as `sha256sum` writes them for files read as bytes."""
    return "".join(f"{one.sha256} *{one.name}\n" for one in sums).encode()


def digest_of(sums: tuple[FileSum, ...]) -> str:
    """One digest for all."""
    return sha256(lines_of(sums)).hexdigest()


def number_of(files: Mapping[str, bytes]) -> str:
    """The bundle's number: the SHA-256 of its SHA256SUMS."""
    return sha256(files[SUMS]).hexdigest()


def encode_manifest(manifest: Manifest) -> bytes:
    """As it is written, for people too."""
    return msgspec.json.format(msgspec.json.encode(manifest), indent=2) + b"\n"


def decode_manifest(data: bytes) -> Manifest:
    """Read one; raises ValueError where it is none."""
    return msgspec.json.decode(data, type=Manifest)
