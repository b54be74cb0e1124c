"""What the `registry` commands do with the stored versions: save one, find two to compare, call one off."""

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from msgspec import Struct

from domain.difference import Difference, difference
from domain.registry import Registry, check
from haulwatch.problem import USAGE, CommandError
from haulwatch.registries import parse_registry, save
from haulwatch.written_times import instant_typed
from runtime.clock import now_ms
from storage.errors import VersionRefused
from storage.registry_versions import in_force_at
from storage.store import RegistryHead, RegistryVersion, Store

NONE_YET = "there is no registry yet; `haulwatch registry load FILE` puts one in force"


class Saved(Struct, frozen=True, kw_only=True):
    """What saving came to; `before` is the version it follows, `changes` what differs from that."""

    version: RegistryVersion
    is_new: bool
    before: int | None
    changes: Difference | None


class Listed(Struct, frozen=True, kw_only=True):
    """The versions, newest first, the one in force now, and those to come."""

    heads: Sequence[RegistryHead]
    in_force: int
    planned: set[int]
    zone: ZoneInfo


class Compared(Struct, frozen=True, kw_only=True):
    """Two versions and what differs."""

    old: int
    new: int
    changes: Difference
    zone: ZoneInfo


def effective_ms(written: str, zone: ZoneInfo) -> int | None:
    """When a version is to take effect: None for "now", else an instant to come, local if it has no offset."""
    if written == "now":
        return None
    time_ms = instant_typed(written, zone, option="--from")
    if time_ms < now_ms():
        raise CommandError(
            f"--from {written} is past: what was judged stays judged; leave it out for now", code=USAGE
        )
    return time_ms


async def save_version(
    store: Store, document: bytes, registry: Registry, *, author: str, from_ms: int | None, note: str
) -> Saved:
    """Save a checked registry, and tell what differs from the version it follows."""
    before = await store.registry_at(now_ms() if from_ms is None else from_ms)
    number = await save(store, document, author=author, effective_from_ms=from_ms, note=note)
    version = await store.registry_version(number)
    assert version is not None
    known = None if before is None else check(before.document)
    return Saved(
        version=version,
        is_new=before is None or version.version > before.version,
        before=None if before is None else before.version,
        # One that an earlier release took may not pass today's checks: then there is nothing to compare with.
        changes=difference(known, registry) if isinstance(known, Registry) else None,
    )


async def list_versions(store: Store, limit: int) -> Listed:
    """The newest versions and what they are at the moment."""
    heads = await store.registry_versions(limit=limit)
    timeline = await store.registry_timeline()
    current = in_force_at(timeline, now_ms())
    if current is None:
        raise CommandError(NONE_YET)
    return Listed(
        heads=heads,
        in_force=current.version,
        planned={one.version for one in timeline if one.version > current.version},
        zone=await zone_of(store),
    )


async def zone_of(store: Store) -> ZoneInfo:
    """The time zone of the registry in force."""
    return _registry(await version_asked_for(store, None)).zone_info


async def version_asked_for(store: Store, number: int | None) -> RegistryVersion:
    """A version by number, or the one in force now; raises CommandError where there is none."""
    version = await (store.registry_at(now_ms()) if number is None else store.registry_version(number))
    if version is None:
        raise CommandError(NONE_YET if number is None else f"there is no registry version {number}")
    return version


async def compare(store: Store, first: int | None, second: int | None) -> Compared:
    """Two versions, or one with the one before it; without numbers the newest with the one before it."""
    if first is None or second is None:
        first, second = await _with_the_one_before(store, first)
    old, new = await version_asked_for(store, first), await version_asked_for(store, second)
    registry = _registry(new)
    return Compared(
        old=old.version,
        new=new.version,
        changes=difference(_registry(old), registry),
        zone=registry.zone_info,
    )


async def _with_the_one_before(store: Store, number: int | None) -> tuple[int, int]:
    numbers = [one.version for one in await store.registry_timeline()]
    if not numbers:
        raise CommandError(NONE_YET)
    chosen = numbers[-1] if number is None else number
    earlier = [one for one in numbers if one < chosen]
    if not earlier:
        raise CommandError(f"there is no version before {chosen} to compare with")
    return earlier[-1], chosen


async def cancel(store: Store, number: int, *, author: str) -> None:
    """Call off a planned version; raises CommandError where it is too late."""
    try:
        await store.cancel_registry(number, author=author)
    except VersionRefused as error:
        raise CommandError(str(error)) from error


def _registry(version: RegistryVersion) -> Registry:
    return parse_registry(version.document, name=f"registry version {version.version}")
