"""A bundle that anybody changed is told from the one that was made, and nothing that is no bundle ends the program."""

import io
import json
import warnings
import zipfile
from collections.abc import Callable, Mapping

import pytest
import pytest_asyncio
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from domain.instant import from_rfc3339
from domain.rule import RuleKind
from exports.bundle.checking import Outcome, Verdict, check_bundle
from exports.bundle.container import BundleError, is_safe, pack, unpack
from exports.bundle.making import make_bundle
from exports.bundle.manifest import (
    MANIFEST,
    SUMS,
    decode_manifest,
    digest_of,
    encode_manifest,
    lines_of,
    sums_of,
)
from scripts.rule_pictures.catalogue import CASES
from storage.store import Store
from tests.support.stored_worlds import alert_of, store_side

AT_MS = from_rfc3339("2026-03-02T12:00:00Z")

_made: dict[RuleKind, bytes] = {}


async def made(store: Store, kind: RuleKind) -> bytes:
    await store_side(store, CASES[kind]().flagged)
    exhibit = await store.exhibit((await alert_of(store, kind)).id)
    assert exhibit is not None
    return make_bundle(exhibit, "en").content


@pytest_asyncio.fixture
async def bundle(store: Store) -> bytes:
    """A bundle of an alert about speed; made once."""
    if RuleKind.SPEEDING not in _made:
        _made[RuleKind.SPEEDING] = await made(store, RuleKind.SPEEDING)
    return _made[RuleKind.SPEEDING]


def altered(data: bytes) -> Verdict:
    verdict = check_bundle(data)
    assert verdict.outcome is Outcome.ALTERED
    assert len(verdict.reasons) == 1
    assert verdict.reasons[0]
    return verdict


def again(files: Mapping[str, bytes]) -> bytes:
    """Files packed as a bundle is, whatever they are."""
    return pack(files, from_rfc3339(json.loads(files["alert.json"])["started_at"]))


def summed_again(files: Mapping[str, bytes]) -> bytes:
    """Files with a manifest and sums that are right for them: what a forger who knows the format does."""
    listed = sums_of({name: data for name, data in files.items() if name not in (MANIFEST, SUMS)})
    manifest = replace(decode_manifest(files[MANIFEST]), files=listed, digest=digest_of(listed))
    named = {name: files[name] for name in (one.name for one in listed)} | {
        MANIFEST: encode_manifest(manifest)
    }
    return again(named | {SUMS: lines_of(sums_of(named))})


def places_in(data: bytes) -> list[tuple[str, int, int]]:
    """Where each file's bytes lie in the zip."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return [
            (entry.filename, entry.header_offset + 30 + len(entry.filename), entry.file_size)
            for entry in archive.infolist()
        ]


async def test_a_byte_changed_in_any_file_is_found_and_the_file_named(bundle: bytes):
    for name, start, size in places_in(bundle):
        for at in {start, start + size // 2, start + size - 1} if size else ():
            changed = bytearray(bundle)
            changed[at] ^= 0x20
            assert name in altered(bytes(changed)).reasons[0]


async def test_a_byte_changed_in_any_place_of_the_zip_is_found(bundle: bytes):
    @settings(max_examples=150)
    @given(at=st.integers(0, len(bundle) - 1), to=st.integers(0, 255))
    def changed_at(at: int, to: int) -> None:
        changed = bytearray(bundle)
        changed[at] = to
        if bytes(changed) != bundle:
            altered(bytes(changed))

    changed_at()


async def test_every_byte_between_the_files_counts(bundle: bytes):
    inside = {at for _, start, size in places_in(bundle) for at in range(start, start + size)}
    for at in sorted(set(range(len(bundle))) - inside)[::7]:
        changed = bytearray(bundle)
        changed[at] ^= 0x01
        altered(bytes(changed))


async def test_a_zip_that_is_cut_off_anywhere_is_none(bundle: bytes):
    for share in range(0, 100, 7):
        altered(bundle[: len(bundle) * share // 100])
    altered(bundle[:-1])
    altered(bundle + b"\n")


@pytest.mark.parametrize("name", ["positions.ndjson", "manifest.json", "SHA256SUMS", "index.html"])
async def test_a_missing_file_is_named(bundle: bytes, name: str):
    files = unpack(bundle)
    del files[name]
    assert name in altered(again(files)).reasons[0]


async def test_a_file_too_many_is_named(bundle: bytes):
    assert "more.txt" in altered(again(unpack(bundle) | {"more.txt": b"!"})).reasons[0]


async def test_the_same_files_packed_otherwise_are_told_as_that(bundle: bytes):
    files = unpack(bundle)
    at_another_time = pack(files, AT_MS + 86_400_000)
    assert "packed again" in altered(at_another_time).reasons[0]
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    assert "packed again" in altered(written.getvalue()).reasons[0]


def forged(change: Callable[[dict[str, bytes]], None], data: bytes) -> Verdict:
    files = unpack(data)
    change(files)
    return check_bundle(summed_again(files))


async def test_reports_changed_with_all_sums_made_anew_give_another_alert(bundle: bytes):
    def slower(files: dict[str, bytes]) -> None:
        lines = [json.loads(line) for line in files["positions.ndjson"].splitlines()]
        slowed = [line | {"speed_kmh": 30.0} for line in lines]
        files["positions.ndjson"] = b"".join(json.dumps(line).encode() + b"\n" for line in slowed)

    verdict = forged(slower, bundle)
    assert verdict.outcome is Outcome.DIFFERENT
    assert "not found" in verdict.reasons[0]


async def test_an_alert_changed_with_all_sums_made_anew_is_not_what_the_reports_show(bundle: bytes):
    def graver(files: dict[str, bytes]) -> None:
        files["alert.json"] = json.dumps(json.loads(files["alert.json"]) | {"severity": "critical"}).encode()

    verdict = forged(graver, bundle)
    assert verdict.outcome is Outcome.DIFFERENT
    assert verdict.reasons[0].startswith("severity: the bundle says")


async def test_a_rule_changed_with_all_sums_made_anew_is_not_what_judged(bundle: bytes):
    def stricter(files: dict[str, bytes]) -> None:
        registry = json.loads(files["registry/v1.json"])
        registry["rules"] = [{"id": "speeding", "kind": "speeding", "params": {"default_limit_kmh": 5}}]
        files["registry/v1.json"] = json.dumps(registry).encode()

    assert forged(stricter, bundle).outcome is Outcome.DIFFERENT


async def test_only_the_number_tells_that_a_whole_consistent_bundle_is_another_one(bundle: bytes):
    """What digests cannot prove: the limit that docs/EVIDENCE.md names."""

    def renamed(files: dict[str, bytes]) -> None:
        files["refused.ndjson"] = b""
        files["index.html"] = files["index.html"].replace(b"V1", b"V9")

    verdict = forged(renamed, bundle)
    assert verdict.outcome is Outcome.VERIFIED
    assert verdict.number != check_bundle(bundle).number


@pytest.mark.parametrize("name", ["registry/v1.json", "positions.ndjson", "alert.json"])
async def test_rubbish_with_right_sums_ends_in_a_verdict(bundle: bytes, name: str):
    started_ms = from_rfc3339(json.loads(unpack(bundle)["alert.json"])["started_at"])
    for rubbish in (b"", b"{}", b"[]", b"\xff\x00", b"null", b'{"version":1}', b"[" * 100_000):
        files = unpack(bundle) | {name: rubbish}
        listed = sums_of({key: data for key, data in files.items() if key not in (MANIFEST, SUMS)})
        manifest = replace(decode_manifest(files[MANIFEST]), files=listed, digest=digest_of(listed))
        files[MANIFEST] = encode_manifest(manifest)
        files[SUMS] = lines_of(sums_of({key: data for key, data in files.items() if key != SUMS}))
        assert not check_bundle(pack(files, started_ms)).holds


async def test_a_bundle_of_a_later_format_asks_for_its_release(bundle: bytes):
    files = unpack(bundle)
    files[MANIFEST] = files[MANIFEST].replace(b'"format_version": 1', b'"format_version": 2')
    assert "use the release that made it" in altered(again(files)).reasons[0]


@given(st.binary(max_size=400))
def test_bytes_of_any_kind_get_a_verdict(data: bytes):
    altered(data)


@given(st.dictionaries(st.text(max_size=12), st.binary(max_size=40), max_size=5))
def test_zips_of_any_kind_get_a_verdict(files: dict[str, bytes]):
    written = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(written, "w") as archive:
        warnings.simplefilter("ignore", UserWarning)  # two names may come to the same
        for name, data in files.items():
            archive.writestr(zipfile.ZipInfo(name or "_"), data)
    altered(written.getvalue())


def test_a_zip_that_would_unpack_to_much_is_refused_unread():
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("manifest.json", b"0" * 50_000_000)
    assert len(written.getvalue()) < 100_000
    with pytest.raises(BundleError, match="compressed"):
        unpack(written.getvalue())


@pytest.mark.parametrize(
    "name",
    ["../up.txt", "/etc/passwd", "a/b/c.txt", "c:\\x", "con", "files/nul.jpg", "LPT1.txt", "a.", "a b", "", "ä.txt", ".x",
     "x" * 121],
)  # fmt: skip
def test_names_that_some_system_cannot_have_are_refused(name: str):
    assert not is_safe(name)
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        archive.writestr(zipfile.ZipInfo(name or "x y"), b"!")
    altered(written.getvalue())


def test_two_files_of_one_name_are_refused():
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        archive.writestr("alert.json", b"1")
        with pytest.warns(UserWarning, match="Duplicate"):
            archive.writestr("alert.json", b"2")
    assert "twice" in altered(written.getvalue()).reasons[0]
