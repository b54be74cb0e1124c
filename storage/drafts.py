"""Drafts of the registry: edits by entry over a version, kept until they are put in force or thrown away.

Every verb is one transaction on the locked draft, so that a revision never hides somebody else's change.
What the edits mean, and whether the document passes, is for those who put it in force.
"""

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, TypeAlias

import asyncpg
import msgspec
from msgspec import Struct

from domain.registry_edits import Edit
from storage import registry_versions
from storage.errors import NotThere
from storage.sql import queries
from storage.verbs import Verbs

Connection: TypeAlias = "asyncpg.Connection[Any]"
EditKey: TypeAlias = tuple[str, str]
"""The kind and id of an entry."""


class KeptEdit(Edit, frozen=True, kw_only=True):
    """An edit, and who made it when."""

    author: str
    at_ms: int


class DraftHead(Struct, frozen=True, kw_only=True):
    """A draft without its edits."""

    id: int
    base_version: int
    author: str
    note: str
    revision: int
    created_ms: int
    updated_ms: int
    edit_count: int


class Draft(Struct, frozen=True, kw_only=True):
    """A draft; `version` is what it was put in force as, `ended_ms` when that was or when it was thrown away."""

    id: int
    base_version: int
    author: str
    note: str
    revision: int
    created_ms: int
    updated_ms: int
    ended_ms: int | None
    version: int | None
    edits: tuple[KeptEdit, ...]


class DraftChanged(Exception):  # noqa: N818 -- says what happened
    """Somebody was quicker: the draft is at another revision than the one that was seen, or has ended."""


class BaseIsStale(Exception):  # noqa: N818 -- says what happened
    """The newest version of the registry is another than the one that the draft was made on."""

    def __init__(self, newest: int) -> None:
        super().__init__(f"the newest version of the registry is {newest}")
        self.newest = newest


class Drafts(Verbs):
    """The drafts of one database."""

    QUERIES = "drafts"

    async def begin(self, *, author: str, note: str, base_version: int) -> int:
        """A new draft without edits; gives its number."""
        async with self._connections.connection() as connection:
            return int(await connection.fetchval(self._sql["begin_draft"], base_version, author, note))

    async def open(self) -> Sequence[DraftHead]:
        """Those that have not ended, the one touched last first."""
        async with self._connections.connection() as connection:
            return [DraftHead(**row) for row in await connection.fetch(self._sql["open_drafts"])]

    async def draft(self, draft_id: int) -> Draft:
        """One draft with its edits, also when it has ended; raises NotThere."""
        async with (
            self._connections.connection() as connection,
            connection.transaction(isolation="repeatable_read", readonly=True),
        ):
            row = await connection.fetchrow(self._sql["draft"], draft_id)
            if row is None:
                raise NotThere(f"there is no draft {draft_id}")
            edits = await connection.fetch(self._sql["draft_edits"], draft_id)
        return Draft(**row, edits=tuple(_edit(edit) for edit in edits))

    async def change(
        self,
        draft_id: int,
        *,
        author: str,
        edits: Sequence[Edit] = (),
        reverted: Collection[EditKey] = (),
        revision: int | None = None,
    ) -> None:
        """Put edits in the place of those of the same entries, and take some out.

        Raises NotThere, and DraftChanged where the draft is not at the revision given.
        """
        async with self._changing(draft_id, revision) as connection:
            await self._drop(connection, draft_id, reverted)
            await connection.execute(
                self._sql["put_edits"],
                draft_id,
                [edit.kind for edit in edits],
                [edit.id for edit in edits],
                [_written(edit) for edit in edits],
                author,
            )

    async def rebase(
        self, draft_id: int, *, base_version: int, reverted: Collection[EditKey], revision: int
    ) -> None:
        """Put a draft on another version, without some of its edits; raises NotThere and DraftChanged."""
        async with self._changing(draft_id, revision) as connection:
            await self._drop(connection, draft_id, reverted)
            await connection.execute(self._sql["rebase_draft"], draft_id, base_version)

    async def take_over(self, draft_id: int, *, author: str) -> None:
        """Make a draft somebody's own; raises NotThere, and DraftChanged where it has ended."""
        async with self._changing(draft_id, None) as connection:
            await connection.execute(self._sql["take_over_draft"], draft_id, author)

    async def discard(self, draft_id: int) -> None:
        """Throw a draft away; raises NotThere, and DraftChanged where it has ended."""
        async with self._changing(draft_id, None) as connection:
            await connection.execute(self._sql["end_draft"], draft_id, None)

    async def put_in_force(
        self,
        draft_id: int,
        *,
        revision: int,
        base_version: int,
        document: bytes,
        author: str,
        note: str,
        effective_from_ms: int | None,
    ) -> int:
        """Save the document of this very revision as a version, with which the draft ends; gives its number.

        Raises NotThere, DraftChanged, BaseIsStale, and VersionRefused where a later version is planned.
        """
        async with self._changing(draft_id, revision) as connection:
            version = await save_after(
                connection,
                base_version,
                document,
                author=author,
                note=note,
                effective_from_ms=effective_from_ms,
            )
            await connection.execute(self._sql["end_draft"], draft_id, version)
        return version

    async def go_back(
        self, document: bytes, *, newest: int, author: str, note: str, effective_from_ms: int | None
    ) -> int:
        """Save a former version's document again, over the newest that was seen; raises as `put_in_force`."""
        async with self._connections.connection() as connection, connection.transaction():
            return await save_after(
                connection, newest, document, author=author, note=note, effective_from_ms=effective_from_ms
            )

    @asynccontextmanager
    async def _changing(self, draft_id: int, revision: int | None) -> AsyncIterator[Connection]:
        """A transaction that holds an open draft and makes another revision of it."""
        async with self._connections.connection() as connection, connection.transaction():
            row = await connection.fetchrow(self._sql["lock_draft"], draft_id)
            if row is None:
                raise NotThere(f"there is no draft {draft_id}")
            if row["has_ended"]:
                raise DraftChanged(f"draft {draft_id} has ended")
            if revision is not None and revision != row["revision"]:
                raise DraftChanged(f"draft {draft_id} is at revision {row['revision']}, not {revision}")
            await connection.execute(self._sql["touch_draft"], draft_id)
            yield connection

    async def _drop(self, connection: Connection, draft_id: int, keys: Collection[EditKey]) -> None:
        kinds, ids = [kind for kind, _ in keys], [name for _, name in keys]
        await connection.fetch(self._sql["drop_edits"], draft_id, kinds, ids)


async def save_after(
    connection: Connection,
    newest: int,
    document: bytes,
    *,
    author: str,
    note: str,
    effective_from_ms: int | None,
) -> int:
    """Append a version, within the caller's transaction, if the newest is still the one that was seen (0: none)."""
    await connection.execute(queries("registry")["lock_registry"])
    known = await registry_versions.timeline(connection)
    found = known[-1].version if known else 0
    if found != newest:
        raise BaseIsStale(found)
    return await registry_versions.save(
        connection, document, author=author, note=note, effective_from_ms=effective_from_ms
    )


def _edit(row: Mapping[str, Any]) -> KeptEdit:
    entry = None if row["entry"] is None else msgspec.json.decode(row["entry"])
    return KeptEdit(kind=row["kind"], id=row["id"], entry=entry, author=row["author"], at_ms=row["at_ms"])


def _written(edit: Edit) -> str | None:
    return None if edit.entry is None else msgspec.json.encode(edit.entry).decode()
