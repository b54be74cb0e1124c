"""The registry's versions as the API shows them, and the difference of two, made beside the event loop."""

import asyncio
from collections.abc import Sequence
from typing import Any

import msgspec

from api.errors import ApiError
from api.schemas import Ruleset, RulesetState
from domain.difference import difference
from domain.instant import to_rfc3339, to_rfc3339_if_known
from domain.registry import Registry, check
from storage.registry_versions import in_force_at
from storage.store import RegistryHead, RegistryVersion, Store, VersionInForce


def ruleset(head: RegistryHead, timeline: Sequence[VersionInForce], now_ms: int) -> Ruleset:
    """A version without its document, and what it is at this moment."""
    return Ruleset(
        version=head.version,
        state=_state(head, timeline, now_ms),
        effective_from=to_rfc3339(head.effective_from_ms),
        saved_at=to_rfc3339(head.saved_ms),
        author=head.author,
        note=head.note,
        counts=head.counts,
        cancelled_at=to_rfc3339_if_known(head.cancelled_ms),
        cancelled_by=head.cancelled_by,
    )


def _state(head: RegistryHead, timeline: Sequence[VersionInForce], now_ms: int) -> RulesetState:
    if head.cancelled_ms is not None:
        return "cancelled"
    current = in_force_at(timeline, now_ms)
    if current is None or head.version > current.version:
        return "planned"
    return "in_force" if head.version == current.version else "past"


async def version_of(store: Store, number: int) -> RegistryVersion:
    """A version by number; raises ApiError 404 where there is none."""
    found = await store.registry_version(number)
    if found is None:
        raise ApiError(404, "not_found", f"There is no version {number} of the registry")
    return found


async def version_before(store: Store, number: int) -> RegistryVersion:
    """The newest version before one that was not cancelled; raises ApiError 404 for the first."""
    earlier = [one.version for one in await store.registry_timeline() if one.version < number]
    if not earlier:
        raise ApiError(404, "not_found", f"There is no version before {number} to compare with")
    return await version_of(store, earlier[-1])


async def difference_body(old: RegistryVersion, new: RegistryVersion) -> bytes:
    """The structured difference of two versions as JSON."""
    # A city's registry takes a while to read; the stream goes on meanwhile.
    return await asyncio.to_thread(_difference_body, old, new)


def _difference_body(old: RegistryVersion, new: RegistryVersion) -> bytes:
    told: dict[str, Any] = msgspec.to_builtins(difference(_read(old), _read(new)))
    return msgspec.json.encode({"from": old.version, "to": new.version, **told})


def _read(version: RegistryVersion) -> Registry:
    found = check(version.document)
    if isinstance(found, Registry):
        return found
    raise ApiError(
        409,
        "not_comparable",
        f"Version {version.version} was saved by a release with other checks: {found[0].path} {found[0].message}",
    )
