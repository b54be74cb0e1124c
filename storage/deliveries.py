"""What the process that delivers webhooks reads and notes: a target's place, its failures, its dead letters.

Every note is refused once another process has claimed the task (ClaimLost), and comes to nothing (False) where a
person has changed the target since it was read: the next look finds it as it is then.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
from msgspec import Struct

from storage.commit import check_claim
from storage.feed import Place, Told, Wanted
from storage.sole import Claim
from storage.verbs import Connections, Verbs


class Work(Struct, frozen=True, kw_only=True):
    """What may be done for a target now."""

    id: int
    has_events: bool
    wants_ping: bool


class Door(Struct, frozen=True, kw_only=True):
    """Where to send to, and what to sign with: the secret in force first, then the one that it replaced."""

    target_id: int
    url: str
    secrets: tuple[bytes, ...]


class Target(Struct, frozen=True, kw_only=True):
    """An active target as it was read: at `edit`, told of everything up to `place`."""

    door: Door
    wanted: Wanted
    edit: int
    place: Place
    failures: int
    set_aside: int
    aside_wanted: bool


class LetterToSend(Struct, frozen=True, kw_only=True):
    """A dead letter that is sent again."""

    id: int
    event_id: str
    body: bytes
    tries: int


class Attempt(Struct, frozen=True, kw_only=True):
    """How a sending ended, for people to read: an error's code, the status and the answer's beginning."""

    at_ms: int
    error: str | None = None
    status: int | None = None
    answer: str | None = None


class NewLetter(Struct, frozen=True, kw_only=True):
    """An event that becomes a dead letter; `attempt` is None for one that was not sent, as it waits behind another."""

    told: Told
    event_id: str
    body: bytes
    tries: int = 0
    attempt: Attempt | None = None


class Deliveries(Verbs):
    """The notes of the one process that delivers, under its claim."""

    QUERIES = "webhooks"

    def __init__(self, connections: Connections, claim: Claim) -> None:
        """Stand on a store's pool."""
        super().__init__(connections)
        self._claim = claim

    async def work(self, now_ms: int) -> Sequence[Work]:
        """All targets, and what may be done for each."""
        return [Work(**row) for row in await self._fetch("work", now_ms)]

    async def target(self, target_id: int, now_ms: int) -> Target | None:
        """A target; None where it is not active."""
        rows = await self._fetch("target", target_id, now_ms)
        if not rows:
            return None
        row = rows[0]
        names = ("events", "district_ids", "severities", "rules")
        return Target(
            door=_door(row),
            wanted=Wanted(**{name: row[name] for name in names}),
            edit=row["edit"],
            place=Place(row["change"], row["act"]),
            failures=row["failures"],
            set_aside=row["set_aside"],
            aside_wanted=row["aside_wanted"],
        )

    async def door(self, target_id: int, now_ms: int) -> Door | None:
        """Where a target is, whatever its state."""
        rows = await self._fetch("door", target_id, now_ms)
        return _door(rows[0]) if rows else None

    async def blocked(self, target_id: int, events: Sequence[Told]) -> frozenset[int]:
        """Which of these events, by their index, are about what a dead letter is about."""
        subjects = [" ".join(one.subjects) for one in events]
        return frozenset(
            int(row["place"]) - 1 for row in await self._fetch("are_blocked", target_id, subjects)
        )

    async def next_letter(self, target_id: int) -> LetterToSend | None:
        """The dead letter that is to be sent next."""
        rows = await self._fetch("next_letter", target_id)
        return LetterToSend(**{**rows[0], "body": rows[0]["body"].encode()}) if rows else None

    async def passed(self, target: Target, place: Place) -> bool:
        """Nothing up to here is for the target."""
        return await self._noted("note_passed", target, place.change, place.act)

    async def accepted(self, target: Target, place: Place, attempt: Attempt) -> bool:
        """The target has everything up to here."""
        return await self._noted("note_accepted", target, place.change, place.act, attempt.at_ms)

    async def failed(self, target: Target, attempt: Attempt, *, next_try_ms: int) -> bool:
        """It is tried again, then and not before."""
        return await self._noted(
            "note_failed", target, next_try_ms, attempt.at_ms, attempt.error, attempt.status, attempt.answer
        )

    async def off(self, target: Target, attempt: Attempt) -> bool:
        """The target wants nothing more."""
        return await self._noted(
            "note_off", target, attempt.at_ms, attempt.error, attempt.status, attempt.answer
        )

    async def skipped(self, target: Target, place: Place) -> bool:
        """What came before this place is not kept any more; the target was told."""
        return await self._noted("note_skipped", target, place.change, place.act)

    async def set_aside(self, target: Target, letter: NewLetter) -> bool:
        """An event becomes a dead letter, because it was refused or waits behind one that was."""
        place, attempt = letter.told.place, letter.attempt
        async with self._under_claim() as connection:
            passed: tuple[Any, ...] = ("note_passed", place.change, place.act)
            note = passed if attempt is None else _refused(place, attempt)
            if not await self._note(connection, target, *note):
                return False
            await connection.execute(
                self._sql["add_letter"], target.door.target_id, letter.event_id, list(letter.told.subjects),
                letter.body.decode(), "behind" if attempt is None else "refused", letter.tries,
                None if attempt is None else attempt.at_ms, None if attempt is None else attempt.status,
                None if attempt is None else attempt.answer,
            )  # fmt: skip
            # A person may have dropped what it was to wait behind.
            await connection.execute(self._sql["free_letters"], target.door.target_id)
        return True

    async def letter_accepted(self, target: Target, letter: LetterToSend, attempt: Attempt) -> bool:
        """A dead letter is none any more, and what waited behind it alone is to be sent."""
        async with self._under_claim() as connection:
            place = target.place
            if not await self._note(
                connection, target, "note_accepted", place.change, place.act, attempt.at_ms
            ):
                return False
            await connection.execute(self._sql["remove_letter"], letter.id)
            await connection.execute(self._sql["free_letters"], target.door.target_id)
        return True

    async def letter_refused(self, target: Target, letter: LetterToSend, attempt: Attempt) -> bool:
        """A dead letter was refused again, and waits for a person."""
        async with self._under_claim() as connection:
            if not await self._note(connection, target, *_refused(target.place, attempt)):
                return False
            await connection.execute(
                self._sql["try_letter"], letter.id, letter.tries + 1, attempt.at_ms, attempt.status, attempt.answer, "refused"
            )  # fmt: skip
        return True

    async def answer_ping(self, target_id: int, attempt: Attempt, *, took_ms: int) -> None:
        """What came of a ping."""
        await self._fetch(
            "answer_ping", target_id, attempt.at_ms, attempt.error, attempt.status, attempt.answer, took_ms
        )

    @asynccontextmanager
    async def _under_claim(self) -> "AsyncIterator[asyncpg.Connection[Any]]":
        async with self._connections.connection() as connection, connection.transaction():
            await check_claim(connection, self._claim)
            yield connection

    async def _noted(self, query: str, target: Target, *arguments: object) -> bool:
        async with self._under_claim() as connection:
            return await self._note(connection, target, query, *arguments)

    async def _note(
        self, connection: "asyncpg.Connection[Any]", target: Target, query: str, *arguments: object
    ) -> bool:
        row = await connection.fetchrow(self._sql[query], target.door.target_id, target.edit, *arguments)
        return row is not None


def _refused(place: Place, attempt: Attempt) -> tuple[Any, ...]:
    return (
        "note_refused",
        place.change,
        place.act,
        attempt.at_ms,
        attempt.error,
        attempt.status,
        attempt.answer,
    )


def _door(row: Any) -> Door:
    known = (row["secret"], row["former_secret"])
    return Door(
        target_id=row["id"], url=row["url"], secrets=tuple(bytes(one) for one in known if one is not None)
    )
