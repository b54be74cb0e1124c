"""The targets of webhooks as administrators see them, their dead letters, and pings to try them out.

A secret is kept as it is, because it signs; it is told once, when it is made.
"""

import base64
import secrets
from collections.abc import Sequence
from typing import Any

import asyncpg
from msgspec import Struct

from domain.instant import DAY_MS
from storage.verbs import Verbs

TASK = "docking"
"""The name that the one process which delivers holds."""

SECRET_PREFIX = "whsec_"  # noqa: S105 -- how Standard Webhooks 1.0.0 ("Signature scheme") writes a symmetric secret
SECRET_BYTES = 32
FORMER_SECRET_MS = DAY_MS
"""For how long a secret that was replaced signs beside the new one."""


class TargetGiven(Struct, frozen=True, kw_only=True):
    """What a person says of a target; filters of None let everything through."""

    name: str
    url: str
    events: Sequence[str] | None = None
    district_ids: Sequence[str] | None = None
    severities: Sequence[str] | None = None
    rules: Sequence[str] | None = None
    state: str = "active"


class TargetRow(Struct, frozen=True, kw_only=True):
    """A target and how it stands. `behind` counts changes and acts that come after its place, for it or not."""

    id: int
    name: str
    url: str
    events: tuple[str, ...] | None
    district_ids: tuple[str, ...] | None
    severities: tuple[str, ...] | None
    rules: tuple[str, ...] | None
    state: str
    created_by: str
    created_ms: int
    failures: int
    set_aside: int
    next_try_ms: int | None
    succeeded_ms: int | None
    failed_ms: int | None
    error: str | None
    status: int | None
    answer: str | None
    skipped_changes: int
    expired_letters: int
    former_until_ms: int | None
    behind: int
    behind_since_ms: int | None
    letters: int


class Letter(Struct, frozen=True, kw_only=True):
    """A dead letter: an event that a target refused, or that waits behind one (`state`)."""

    id: int
    event_id: str
    at_ms: int
    body: str
    state: str
    tries: int
    tried_ms: int | None
    status: int | None
    answer: str | None


class PingAnswer(Struct, frozen=True, kw_only=True):
    """What came of a ping: a status and the beginning of the answer, or an error as a code."""

    error: str | None
    status: int | None
    answer: str | None
    took_ms: int | None


def new_secret() -> bytes:
    """A secret to sign with."""
    return secrets.token_bytes(SECRET_BYTES)


def secret_text(secret: bytes) -> str:
    """A secret as a receiver is given it."""
    return SECRET_PREFIX + base64.b64encode(secret).decode()


class Webhooks(Verbs):
    """The targets of one database."""

    QUERIES = "webhooks"

    async def targets(self) -> Sequence[TargetRow]:
        """All targets, the oldest first."""
        return [_target(row) for row in await self._fetch("targets", None)]

    async def target(self, target_id: int) -> TargetRow | None:
        """One target."""
        rows = await self._fetch("targets", target_id)
        return _target(rows[0]) if rows else None

    async def add(self, given: TargetGiven, secret: bytes, *, by: str) -> int:
        """Add a target, which is told of everything from now on; gives its number."""
        rows = await self._fetch(
            "add_target", given.name, given.url, secret, given.events, given.district_ids, given.severities,
            given.rules, given.state, by,
        )  # fmt: skip
        return int(rows[0]["id"])

    async def change(self, target_id: int, given: TargetGiven) -> bool:
        """Change a target, and try it anew; False where there is none."""
        rows = await self._fetch(
            "change_target", target_id, given.name, given.url, given.events, given.district_ids, given.severities,
            given.rules, given.state,
        )  # fmt: skip
        return bool(rows)

    async def rotate(self, target_id: int, secret: bytes, *, now_ms: int) -> bool:
        """Put another secret in force; the former one signs beside it for a day. False where there is no such target."""
        return bool(await self._fetch("rotate_secret", target_id, secret, now_ms + FORMER_SECRET_MS))

    async def remove(self, target_id: int) -> bool:
        """Forget a target and its dead letters; False where there is none."""
        return bool(await self._fetch("remove_target", target_id))

    async def set_aside(self, target_id: int) -> bool:
        """Make a dead letter of the event that the target does not accept; False where nothing fails."""
        return bool(await self._fetch("want_aside", target_id))

    async def letters(self, target_id: int, *, after: int = 0, limit: int = 100) -> Sequence[Letter]:
        """Dead letters of a target in the order of events, after one."""
        return [Letter(**row) for row in await self._fetch("letters", target_id, after, limit)]

    async def count_letters(self, target_id: int | None = None, *, up_to: int | None = None) -> int:
        """How many dead letters a target has, up to one of them; None for all targets, and for all letters."""
        return int((await self._fetch("count_letters", target_id, up_to))[0]["count"])

    async def resend(self, target_id: int, letter_ids: Sequence[int] | None) -> Sequence[str]:
        """Send dead letters again (None: all of the target); gives the ids of their events."""
        async with self._connections.connection() as connection, connection.transaction():
            await connection.execute(self._sql["wake_target"], target_id)
            rows = await connection.fetch(self._sql["resend_letters"], target_id, _list(letter_ids))
        return [row["event_id"] for row in rows]

    async def drop(self, target_id: int, letter_ids: Sequence[int] | None) -> Sequence[str]:
        """Give dead letters up (None: all of the target); what waited behind them alone is sent."""
        async with self._connections.connection() as connection, connection.transaction():
            # The target's row first: whoever makes a letter holds it, too.
            await connection.execute(self._sql["wake_target"], target_id)
            rows = await connection.fetch(self._sql["drop_letters"], target_id, _list(letter_ids))
            await connection.execute(self._sql["free_letters"], target_id)
        return [row["event_id"] for row in rows]

    async def ask_ping(self, target_id: int, *, now_ms: int) -> bool:
        """Ask for a ping; False where there is no such target."""
        try:
            await self._fetch("ask_ping", target_id, now_ms)
        except Exception as error:
            if isinstance(error.__cause__, asyncpg.ForeignKeyViolationError):
                return False
            raise
        return True

    async def pinged(self, target_id: int, asked_ms: int) -> PingAnswer | None:
        """What came of the ping that was asked for then; None as long as nothing has."""
        rows = await self._fetch("ping", target_id, asked_ms)
        if not rows or rows[0]["answered_ms"] is None:
            return None
        return PingAnswer(**{name: rows[0][name] for name in PingAnswer.__struct_fields__})

    async def is_delivered(self) -> bool:
        """Whether some process delivers."""
        return bool((await self._fetch("is_delivered", TASK))[0]["is_held"])


def _target(row: Any) -> TargetRow:
    filters = ("events", "district_ids", "severities", "rules")
    lists = {name: None if row[name] is None else tuple(row[name]) for name in filters}
    return TargetRow(**{**row, **lists})


def _list(ids: Sequence[int] | None) -> list[int] | None:
    return None if ids is None else list(ids)
