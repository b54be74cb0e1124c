"""What a draft comes to: its document, its problems, what it changes, and where others were quicker.

A version never changes, so what was read of one is kept until another is asked for. Reading a city's
registry takes a while, so it is done beside the event loop.
"""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from msgspec import Struct

from alerts.registry_check import check_whole
from domain.difference import Difference, difference
from domain.instant import to_rfc3339
from domain.problem import Message, Problem
from domain.registry import Registry, check
from domain.registry_edits import (
    Conflict,
    Document,
    Edit,
    Entry,
    act_of,
    applied,
    conflicts,
    entries_of,
    owner_of,
)
from storage.drafts import Draft
from storage.store import Store

EMPTY = b'{"version":1}'
"""The document before there is any version."""
VERSIONS_KEPT = 3


class Base(Struct, frozen=True, kw_only=True):
    """A version to build on; its registry is None where an earlier release took what today's checks refuse."""

    version: int
    document: Document
    registry: Registry | None


class Outcome(Struct, frozen=True, kw_only=True):
    """A draft's document and what is wrong with it, or what it changes."""

    document: bytes
    problems: tuple[dict[str, str | None], ...] = ()
    difference: Difference | None = None


class Drafting:
    """Reads versions and works drafts out on them."""

    def __init__(self, store: Store) -> None:
        """Stand on a store."""
        self._store = store
        self._bases: dict[int, Base] = {}

    async def newest(self) -> int:
        """The newest version that is not cancelled; 0 before the first."""
        timeline = await self._store.registry_timeline()
        return timeline[-1].version if timeline else 0

    async def base(self, version: int) -> Base:
        """A version by number, 0 for the empty document."""
        if version not in self._bases:
            found = None if version == 0 else await self._store.registry_version(version)
            document = EMPTY if found is None else found.document
            self._bases[version] = await asyncio.to_thread(_read, version, document)
            for oldest in list(self._bases)[:-VERSIONS_KEPT]:
                del self._bases[oldest]
        return self._bases[version]

    async def outcome(self, draft: Draft) -> Outcome:
        """The document with the edits in it, checked and compared with its base."""
        return await asyncio.to_thread(_outcome, await self.base(draft.base_version), draft.edits)

    async def document(self, draft: Draft) -> bytes:
        """The document with the edits in it, passing the checks or not."""
        base = await self.base(draft.base_version)
        return msgspec.json.encode(applied(base.document, draft.edits))

    async def conflicts(self, draft: Draft, newest: int) -> tuple[Conflict, ...]:
        """The entries that the draft and the versions since its base changed differently."""
        if newest == draft.base_version:
            return ()
        base, now = await self.base(draft.base_version), await self.base(newest)
        return conflicts(base.document, now.document, draft.edits)

    async def told(self, draft: Draft) -> bytes:
        """The draft as the API tells it, as JSON."""
        newest = await self.newest()
        outcome, base = await self.outcome(draft), await self.base(draft.base_version)
        last, _ = await self._store.registry_stamp()
        changes = outcome.difference
        return msgspec.json.encode(
            {
                "id": draft.id,
                "state": _state(draft),
                "base_version": draft.base_version,
                "newest_version": newest,
                "version": draft.version,
                "author": draft.author,
                "note": draft.note,
                "revision": draft.revision,
                "created_at": to_rfc3339(draft.created_ms),
                "updated_at": to_rfc3339(draft.updated_ms),
                "edits": _edits(base.document, draft),
                "difference": None
                if changes is None
                else {"from": draft.base_version, "to": last + 1, **msgspec.to_builtins(changes)},
                "problems": outcome.problems,
                "conflicts": await self.conflicts(draft, newest),
            }
        )


def _read(version: int, document: bytes) -> Base:
    registry = check(document)
    return Base(
        version=version,
        document=msgspec.json.decode(document),
        registry=registry if isinstance(registry, Registry) else None,
    )


def _outcome(base: Base, edits: Sequence[Edit]) -> Outcome:
    document = applied(base.document, edits)
    written = msgspec.json.encode(document)
    found = check_whole(written)
    if not isinstance(found, Registry):
        return Outcome(document=written, problems=placed(document, found))
    changes = None if base.registry is None else difference(base.registry, found)
    return Outcome(document=written, difference=changes)


def placed(document: Document, problems: Sequence[Problem]) -> tuple[dict[str, str | None], ...]:
    """Problems with the entry that each is in, beside its JSON path."""
    return tuple(
        {"kind": kind, "id": name, **told_problem(one)}
        for one in problems
        for kind, name in [owner_of(document, one.path) or (None, None)]
    )


def told_problem(problem: Problem) -> dict[str, str]:
    """A problem as the API tells it: its message by code and in both languages."""
    return {"path": problem.path, **told_message(problem.message)}


def told_message(message: Message) -> dict[str, str]:
    """A message as the API tells it."""
    return {"code": message.code, "message": message.said("en"), "message_zh": message.said("zh")}


def _state(draft: Draft) -> str:
    if draft.ended_ms is None:
        return "open"
    return "discarded" if draft.version is None else "in_force"


def _edits(base: Document, draft: Draft) -> list[dict[str, Any]]:
    before = {kind: entries_of(base, kind) for kind in {edit.kind for edit in draft.edits}}
    return [
        {
            "kind": edit.kind,
            "id": edit.id,
            "entry": edit.entry,
            "act": act_of(was := before[edit.kind].get(edit.id), edit.entry) or "changed",
            "label": _label(edit.entry or was or {}),
            "author": edit.author,
            "at": to_rfc3339(edit.at_ms),
        }
        for edit in draft.edits
    ]


def _label(entry: Entry | Mapping[str, Any]) -> str:
    return str(entry.get("plate") or entry.get("name") or "")
