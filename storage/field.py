"""Links by which the field opens the form of one case, and who has a case open in the centre.

A link is a secret that the database knows by its digest alone. It opens its case while that is open, and ends
with another assignment, with the case, or when somebody takes it back.
"""

import secrets
from collections.abc import Sequence

from msgspec import Struct

from domain.instant import DAY_MS
from domain.person import Person
from storage.case_records import Looker
from storage.people import digest
from storage.verbs import Verbs

LINK_PREFIX = "hwf_"
LINK_MS = 90 * DAY_MS
"""The longest that a link counts, however long its case stays open."""

SEEN_FOR_MS = 25_000
"""Who has not said so for this long has the case open no more."""


class FieldLink(Struct, frozen=True, kw_only=True):
    """Whom a link lets in."""

    id: int
    unit: str


class Field(Verbs):
    """The links and the lookers of one database."""

    QUERIES = "cases"

    async def make_link(self, case_id: int, *, unit: str, made_by: str, now_ms: int) -> str:
        """A secret that opens a case; the ones before open it no more. It is kept nowhere."""
        secret = LINK_PREFIX + secrets.token_urlsafe(32)
        async with self._connections.connection() as connection, connection.transaction():
            await connection.execute(self._sql["lock_case"], case_id)
            await connection.execute(self._sql["revoke_links"], case_id)
            await connection.execute(
                self._sql["make_link"], case_id, digest(secret), unit, made_by, now_ms + LINK_MS
            )
        return secret

    async def revoke_links(self, case_id: int) -> int:
        """Let no link open a case any more; gives how many did."""
        return len(await self._fetch("revoke_links", case_id))

    async def has_link(self, case_id: int) -> bool:
        """Tell whether some link opens a case."""
        return bool((await self._fetch("has_link", case_id))[0]["exists"])

    async def link(self, secret: str, case_id: int) -> FieldLink | None:
        """Whom a secret lets in to a case; None for nobody."""
        rows = await self._fetch("link", digest(secret), case_id)
        return FieldLink(**rows[0]) if rows else None

    async def look(self, person: Person, case_id: int, *, now_ms: int) -> Sequence[Looker]:
        """Note that somebody has a case open; gives who else has."""
        await self._fetch("look_at_case", case_id, person.user_id, person.name, now_ms)
        rows = await self._fetch("lookers", case_id, person.user_id, now_ms - SEEN_FOR_MS)
        return [Looker(**row) for row in rows]

    async def stop_looking(self, person: Person, case_id: int, *, now_ms: int) -> None:
        """Note that somebody has closed a case."""
        await self._fetch("stop_looking", case_id, person.user_id, now_ms - SEEN_FOR_MS)
