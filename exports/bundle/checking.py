"""A bundle checked: that nothing was changed since it was made, and that judging it again gives the same alert.

Whatever the bytes are, the answer is a verdict with plain sentences, never a failure of the program.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

import msgspec
from msgspec import Struct

from domain.instant import from_rfc3339
from exports.bundle.container import BundleError, first_difference, unpack
from exports.bundle.contents import Contents, Version, read_contents
from exports.bundle.judging import differences
from exports.bundle.manifest import (
    FORMAT,
    FORMAT_VERSION,
    MANIFEST,
    SUMS,
    Manifest,
    decode_manifest,
    digest_of,
    lines_of,
    number_of,
    sums_of,
)


class Outcome(StrEnum):
    """What came of checking: `altered` and `different` speak against a bundle."""

    VERIFIED = "verified"
    UNCHANGED = "unchanged"
    DIFFERENT = "different"
    ALTERED = "altered"


class Verdict(Struct, frozen=True, kw_only=True):
    """What came of it and why. `number` is the bundle's own, None where that cannot be said."""

    outcome: Outcome
    reasons: tuple[str, ...] = ()
    number: str | None = None
    alert_id: str | None = None
    rule: str | None = None
    files: int = 0

    @property
    def holds(self) -> bool:
        """Whether nothing speaks against the bundle."""
        return self.outcome in (Outcome.VERIFIED, Outcome.UNCHANGED)


def check_bundle(data: bytes) -> Verdict:
    """Check a bundle's bytes, and judge it again."""
    try:
        files = unpack(data)
        manifest = _unchanged(data, files)
    except BundleError as error:
        return Verdict(outcome=Outcome.ALTERED, reasons=(str(error),))
    outcome, reasons = _judged(files, manifest)
    return Verdict(
        outcome=outcome,
        reasons=reasons,
        number=number_of(files),
        alert_id=manifest.alert_id,
        rule=manifest.rule,
        files=len(files),
    )


def _unchanged(data: bytes, files: Mapping[str, bytes]) -> Manifest:
    """The manifest, if every file is as it was; raises BundleError for the first that is not."""
    for name in (MANIFEST, SUMS):
        if name not in files:
            raise BundleError(f"{name}: is missing")
    manifest = _manifest(files[MANIFEST])
    _same_files(files, manifest)
    if digest_of(manifest.files) != manifest.digest:
        raise BundleError(f"{MANIFEST}: its digest is not that of the files it lists")
    summed = sums_of({name: data for name, data in files.items() if name != SUMS})
    if files[SUMS] != lines_of(summed):
        raise BundleError(_wrong_sum(files[SUMS], lines_of(summed)))
    try:
        at_ms = from_rfc3339(_text(msgspec.json.decode(files["alert.json"]), "started_at"))
    except (ValueError, KeyError, RecursionError) as error:
        raise BundleError(f"alert.json: is no alert ({error})") from error
    if (told := first_difference(data, files, at_ms)) is not None:
        raise BundleError(told)
    return manifest


def _manifest(data: bytes) -> Manifest:
    try:
        kind = msgspec.json.decode(data, type=dict[str, msgspec.Raw])
        if kind.get("format") is None or msgspec.json.decode(kind["format"]) != FORMAT:
            raise BundleError(f"{MANIFEST}: is not that of a bundle of evidence")
        version = msgspec.json.decode(kind.get("format_version", msgspec.Raw(b"null")))
        if version != FORMAT_VERSION:
            raise BundleError(
                f"{MANIFEST}: the bundle is of format {version!r}, this release reads {FORMAT_VERSION}: use the release "
                "that made it"
            )
        return decode_manifest(data)
    except (ValueError, RecursionError) as error:
        raise BundleError(f"{MANIFEST}: cannot be read ({error})") from error


def _same_files(files: Mapping[str, bytes], manifest: Manifest) -> None:
    listed = {one.name: one for one in manifest.files}
    if len(listed) != len(manifest.files):
        raise BundleError(f"{MANIFEST}: lists a file twice")
    for name in sorted(listed.keys() - files.keys()):
        raise BundleError(f"{name}: is missing")
    for name in sorted(files.keys() - listed.keys() - {MANIFEST, SUMS}):
        raise BundleError(f"{name}: is in the zip and not in {MANIFEST}")
    for one in sums_of({name: files[name] for name in listed}):
        if one != listed[one.name]:
            raise BundleError(
                f"{one.name}: was changed: its SHA-256 is {one.sha256}, not {listed[one.name].sha256}"
            )


def _wrong_sum(said: bytes, right: bytes) -> str:
    """Which of the sums is wrong: the manifest's, which nothing else covers, or how they are written."""
    mine = next(line for line in right.splitlines() if line.endswith(MANIFEST.encode()))
    if mine not in said.splitlines():
        return f"{MANIFEST}: is not the one that {SUMS} was made with: one of the two was changed"
    return f"{SUMS}: was changed"


def _judged(files: Mapping[str, bytes], manifest: Manifest) -> tuple[Outcome, tuple[str, ...]]:
    judging = manifest.judging
    if judging.how == "none":
        return Outcome.UNCHANGED, (f"the alert cannot be judged again from a bundle: {judging.reason}",)
    try:
        contents = _contents(files, manifest)
        if (reason := _unreadable(contents)) is not None:
            return Outcome.UNCHANGED, (reason,)
        ticked_ms = None if judging.ticked_to is None else from_rfc3339(judging.ticked_to)
        other = differences(contents.alert, contents.judged(ticked_ms))
    except Exception as error:  # noqa: BLE001 -- whoever sent it may have put anything into it
        return Outcome.DIFFERENT, (f"judging the bundle again fails: {type(error).__name__}: {error}",)
    if not other:
        return Outcome.VERIFIED, ()
    return Outcome.DIFFERENT, tuple(
        f"{name}: the bundle says {_short(said)}, judging it again gives {_short(found)}"
        for name, (said, found) in other.items()
    )


def _unreadable(contents: Contents) -> str | None:
    """Why the checkpoint is another release's; None where it is of this one, or there is none."""
    try:
        contents.state()
    except ValueError as error:
        return f"this release cannot judge the bundle again, use the one that made it: {error}"
    return None


def _contents(files: Mapping[str, bytes], manifest: Manifest) -> Contents:
    versions = [
        Version(
            number=one.version,
            effective_from_ms=from_rfc3339(one.effective_from),
            document=None if one.file is None else files[one.file],
        )
        for one in manifest.registry
    ]
    return read_contents(
        files,
        subject=manifest.subject,
        first_started_ms=from_rfc3339(manifest.first_started_at),
        versions=versions,
    )


def _text(said: Any, name: str) -> str:
    value = said[name] if isinstance(said, dict) else None
    if not isinstance(value, str):
        raise ValueError(f"no {name}")
    return value


def _short(value: Any) -> str:
    text = msgspec.json.encode(value).decode()
    return text if len(text) <= 300 else f"{text[:300]}…"
