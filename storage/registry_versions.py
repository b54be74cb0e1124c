"""The registry's versions: appended in the order they take effect, cancelled before that, read.

A version's `effective_from` never falls from one to the next, so the one in force at an instant is the last
that had taken effect by then; the first is in force for all time before it too. Judging relies on both.
"""

from collections.abc import Sequence
from typing import Any, TypeAlias

import asyncpg

from domain.instant import to_rfc3339
from storage.errors import VersionRefused
from storage.records import RegistryHead, RegistryVersion, VersionInForce, head_from, version_from
from storage.sql import queries

Connection: TypeAlias = "asyncpg.Connection[Any]"

TAKES_EFFECT_AFTER_MS = 2_000
"""How long "from now" is away: by then ingest knows of it, so that no report is judged by the one before."""

CANCELLED_UNTIL_MS = 300_000
"""How long before its time a version may be cancelled: devices' clocks may be that far ahead."""


def in_force_at(timeline: Sequence[VersionInForce], time_ms: int) -> VersionInForce | None:
    """The version in force at an instant, of a timeline in order; None where there is none at all."""
    begun = [one for one in timeline if one.effective_from_ms <= time_ms]
    return begun[-1] if begun else next(iter(timeline), None)


async def timeline(connection: Connection) -> Sequence[VersionInForce]:
    """All versions but the cancelled ones, in order."""
    rows = await connection.fetch(queries("registry")["registry_timeline"])
    return [VersionInForce(**row) for row in rows]


async def stamp(connection: Connection) -> tuple[int, int]:
    """The last number, and how many versions are cancelled."""
    row = await connection.fetchrow(queries("registry")["registry_stamp"])
    return row["last"], row["cancelled"]


async def save(
    connection: Connection, document: bytes, *, author: str, effective_from_ms: int | None, note: str
) -> int:
    """Append a version, unless the one in force from then on says the same; gives the number of either.

    Raises VersionRefused where a later one is planned already.
    """
    sql = queries("registry")
    async with connection.transaction():
        await connection.execute(sql["lock_registry"])
        known = await timeline(connection)
        from_ms = await _soon(connection) if effective_from_ms is None else effective_from_ms
        current = in_force_at(known, from_ms)
        if current is not None and await connection.fetchval(sql["has_document"], current.version, document):
            return current.version
        if known and from_ms < known[-1].effective_from_ms:
            raise VersionRefused(_planned(known[-1], from_ms))
        version = int(await connection.fetchval(sql["last_number"])) + 1
        await connection.execute(sql["insert_registry"], version, from_ms, author, note, document)
        return version


async def cancel(connection: Connection, version: int, *, author: str) -> None:
    """Call off the newest version before it takes effect; raises VersionRefused for any other."""
    sql = queries("registry")
    async with connection.transaction():
        await connection.execute(sql["lock_registry"])
        known = await timeline(connection)
        now_ms = int(await connection.fetchval(sql["registry_now"]))
        reason = _not_cancellable(known, version, now_ms)
        if reason is not None:
            raise VersionRefused(reason)
        await connection.execute(sql["cancel_registry"], version, author)


async def load(connection: Connection, version: int) -> RegistryVersion | None:
    """One version with its document, also a cancelled one."""
    row = await connection.fetchrow(queries("registry")["registry_version"], version)
    return None if row is None else version_from(row)


async def heads(connection: Connection, limit: int, before: int | None) -> Sequence[RegistryHead]:
    """Versions without their documents, cancelled ones too, newest first, below the number `before`."""
    rows = await connection.fetch(queries("registry")["registry_heads"], before, limit)
    return [head_from(row) for row in rows]


async def _soon(connection: Connection) -> int:
    return int(await connection.fetchval(queries("registry")["registry_now"])) + TAKES_EFFECT_AFTER_MS


def _planned(newest: VersionInForce, from_ms: int) -> str:
    return (
        f"registry version {newest.version} takes effect at {to_rfc3339(newest.effective_from_ms)}, after the "
        f"{to_rfc3339(from_ms)} of this one: cancel version {newest.version} first, or let this one take effect then"
    )


def _not_cancellable(known: Sequence[VersionInForce], version: int, now_ms: int) -> str | None:
    """Why a version cannot be cancelled; None if it can."""
    numbers = [one.version for one in known]
    if version not in numbers:
        return f"there is no registry version {version}, or it is cancelled already"
    if version == numbers[0]:
        return f"registry version {version} is the first, in force from the beginning: load another instead"
    if version != numbers[-1]:
        return f"only the newest registry version can be cancelled, and that is {numbers[-1]}"
    starts_ms = known[-1].effective_from_ms
    if starts_ms - CANCELLED_UNTIL_MS > now_ms:
        return None
    return (
        f"registry version {version} takes effect at {to_rfc3339(starts_ms)} and may have judged already, as devices' "
        f"clocks may be {CANCELLED_UNTIL_MS // 60_000} min ahead: load the document that is to be in force instead"
    )
