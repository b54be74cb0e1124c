"""Backtests that people ask for, as rows: asked, taken by the one process that runs them, ended, read.

Whoever runs one writes under the number of its attempt and learns from each write whether it still counts:
once it was cancelled, or taken up by another, nothing more is stored.
"""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any

import msgspec

from storage.verbs import Verbs

MOST_WAITING = 20
KEPT = 100
"""Of those that ended, the newest are kept."""
LOST_OFTEN = 3
"""A backtest is tried again after its process was lost, but not for ever."""


class BacktestState(StrEnum):
    """How far a backtest has come."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


class NewBacktest(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be tried: a stored version, or a draft with its document; against a version, or None for the
    alerts as they were judged. The span is [from, to) in ms since 1970 UTC.
    """

    from_ms: int
    to_ms: int
    version: int | None = None
    draft_id: int | None = None
    document: bytes | None = None
    against_version: int | None = None


class BacktestRow(msgspec.Struct, frozen=True, kw_only=True):
    """A backtest without its result; `ahead` is how many come before a queued one."""

    id: int
    state: BacktestState
    asked_ms: int
    asked_by: str
    draft_id: int | None
    version: int | None
    against_version: int | None
    from_ms: int
    to_ms: int
    started_ms: int | None
    ended_ms: int | None
    done_share: float
    reports: int
    reports_per_s: float | None
    left_s: float | None
    reason: str
    detail: str
    ahead: int | None


class Taken(msgspec.Struct, frozen=True, kw_only=True):
    """A backtest to be run now."""

    id: int
    attempt: int
    document: bytes | None
    version: int | None
    against_version: int | None
    from_ms: int
    to_ms: int


class Pace(msgspec.Struct, frozen=True, kw_only=True):
    """How far a running backtest is, from 0 to 1, how fast it reads, and how long it takes still."""

    done_share: float
    reports: int
    reports_per_s: float | None
    left_s: float | None


class KeptChange(msgspec.Struct, frozen=True, kw_only=True):
    """One difference to be kept: by what it can be found, and its JSON object."""

    change: str
    rule: str
    severity: str
    line: bytes


class TooManyWait(Exception):  # noqa: N818 -- says what happened
    """So many backtests wait that one more would only make them wait longer."""


class Backtests(Verbs):
    """The backtests of one database. Raises the errors of `storage.errors`, and its own where it says so."""

    QUERIES = "backtests"

    async def ask(self, asked_by: str, new: NewBacktest) -> int:
        """Put one in the queue and give its number; raises TooManyWait. The oldest that ended are forgotten."""
        if (await self._fetch("count_unfinished"))[0]["count"] >= MOST_WAITING:
            raise TooManyWait(f"{MOST_WAITING} backtests wait already")
        await self._fetch("forget_oldest", KEPT)
        rows = await self._fetch(
            "ask",
            asked_by,
            new.draft_id,
            new.version,
            new.document,
            new.against_version,
            new.from_ms,
            new.to_ms,
        )
        return int(rows[0]["id"])

    async def backtests(self, *, before: int | None = None, limit: int = 50) -> Sequence[BacktestRow]:
        """All of them, newest first; `before` continues after the last of a page."""
        return [_row(row) for row in await self._fetch("backtests", None, before, limit)]

    async def backtest(self, backtest_id: int) -> BacktestRow | None:
        """One of them."""
        rows = await self._fetch("backtests", backtest_id, None, 1)
        return _row(rows[0]) if rows else None

    async def result(self, backtest_id: int) -> bytes | None:
        """The JSON that was stored as the result of one that is done."""
        rows = await self._fetch("result", backtest_id)
        return rows[0]["result"].encode() if rows and rows[0]["result"] is not None else None

    async def changes(
        self,
        backtest_id: int,
        *,
        after: int = 0,
        change: str | None = None,
        rule: str | None = None,
        severity: str | None = None,
        limit: int = 100,
    ) -> Sequence[tuple[int, bytes]]:
        """What differs, in order, each with its number and as JSON; `after` continues after a number."""
        rows = await self._fetch("changes", backtest_id, after, change, rule, severity, limit)
        return [(row["number"], row["line"].encode()) for row in rows]

    async def cancel(self, backtest_id: int) -> bool:
        """End one that has not ended; False where there is none such."""
        return bool(await self._fetch("cancel", backtest_id))

    async def take(self) -> Taken | None:
        """The next one to be run, if any waits; no other takes it."""
        rows = await self._fetch("take")
        return Taken(**rows[0]) if rows else None

    async def note_progress(self, taken: Taken, pace: Pace) -> bool:
        """Say how far it is; False where it is not wanted any more."""
        rows = await self._fetch(
            "note_progress",
            taken.id,
            taken.attempt,
            pace.done_share,
            pace.reports,
            pace.reports_per_s,
            pace.left_s,
        )
        return bool(rows)

    async def finish(
        self,
        taken: Taken,
        result: bytes,
        changes: Sequence[KeptChange],
        *,
        reports: int,
        reports_per_s: float,
    ) -> bool:
        """Store what came of it, whole; False where it is not wanted any more."""
        async with self._connections.connection() as connection, connection.transaction():
            text = result.decode()
            arguments = (taken.id, taken.attempt, reports, reports_per_s, text)
            if not await connection.fetch(self._sql["finish"], *arguments):
                return False
            await connection.executemany(
                self._sql["keep_change"],
                [
                    (taken.id, number, one.change, one.rule, one.severity, one.line.decode())
                    for number, one in enumerate(changes, start=1)
                ],
            )
        return True

    async def fail(self, taken: Taken, reason: str, detail: str) -> bool:
        """End it without a result: a stable word, and what a person should read."""
        return bool(await self._fetch("fail", taken.id, taken.attempt, reason, detail))

    async def give_back(self, taken: Taken) -> None:
        """Let it wait again, as whoever runs it stops."""
        await self._fetch("give_back", taken.id, taken.attempt)

    async def take_up_again(self) -> Sequence[tuple[int, BacktestState]]:
        """Let those wait again, or fail, that are running and run by nobody; only for whoever alone may run any."""
        rows = await self._fetch("take_up_again", LOST_OFTEN)
        return [(row["id"], BacktestState(row["state"])) for row in rows]


def _row(row: Mapping[str, Any]) -> BacktestRow:
    return BacktestRow(**{**row, "state": BacktestState(row["state"])})
