"""The job that keeps the database from growing for ever: retention, thinning, roll-ups, compression.

Safe at any moment and any number of times; a second one at once finds the first and does nothing. The
server's own policies (TimescaleDB Community) do some of it too; what they have done is not done again.
"""

from collections.abc import Callable
from typing import Any

import psycopg
from msgspec import Struct, structs

from domain.instant import DAY_MS
from storage.edition import Server, detect
from storage.errors import driver_errors
from storage.sql import queries

Progress = Callable[[str, int], None]

_LOCK = 7_231_480_116
_SLICE = 20_000
_LETTERS_TOGETHER = 100
"""Their names stand together in one line of the audit log."""
_HOURLY_CHECKPOINTS_DAYS = 2
_LATE_DAYS = 31  # reports older than 30 days are refused
_DAYS_JUDGED_TOGETHER = 7
HELD_DAYS = 30
"""For how much longer alert changes are kept for a webhook's target that has not had them."""
_COMPRESS_AFTER_DAYS = {"positions": 7, "dust": 30}
_ROLLED_UP_DAYS = 31  # reports older than 30 days are refused, so older buckets never change

# What is newer is summed while reading; a row that comes late below this line waits for the next refresh.
_ROLLED_UP_AFTER_MS = {"dust_5min": 600_000, "positions_hourly": 7_200_000}


class Retention(Struct, frozen=True, kw_only=True):
    """For how many days each kind is kept; alerts themselves are kept for ever."""

    reports_days: int = 400
    rejections_days: int = 90
    changes_days: int = 90
    account_days: int = 800
    letters_days: int = 365

    def __post_init__(self) -> None:
        """Refuse what would delete what has just come."""
        if min(structs.astuple(self)) < 1:
            raise ValueError("a retention is at least one day")


class Maintained(Struct, frozen=True, kw_only=True):
    """What was done, by name: rows deleted, chunks dropped or compressed, roll-ups refreshed.

    `is_busy` says that another maintenance was running and this one left it alone.
    """

    server: Server
    done: dict[str, int]
    is_busy: bool = False


def _ignore(what: str, count: int) -> None:
    """Report to nobody."""


def maintain(
    dsn: str, *, now_ms: int, retention: Retention | None = None, progress: Progress = _ignore
) -> Maintained:
    """Do what is due at `now_ms` (ms since 1970 UTC); `progress` hears of each step with its count.

    Raises the errors of `storage.errors`; what was done before one stays done.
    """
    with driver_errors(), psycopg.connect(dsn, autocommit=True, connect_timeout=10) as connection:
        server = detect(connection)
        row = connection.execute("select pg_try_advisory_lock(%s)", (_LOCK,)).fetchone()
        if row is None or not row[0]:
            return Maintained(server=server, done={}, is_busy=True)
        job = _Job(connection, now_ms, progress)
        job.run(server, retention or Retention())
        connection.execute("select pg_advisory_unlock(%s)", (_LOCK,))
        return Maintained(server=server, done=job.done)


class _Job:
    def __init__(self, connection: psycopg.Connection[Any], now_ms: int, progress: Progress) -> None:
        self._connection = connection
        self._now_ms = now_ms
        self._progress = progress
        self._sql = queries("maintenance")
        self.done: dict[str, int] = {}

    def run(self, server: Server, keep: Retention) -> None:
        """Roll up before dropping: what is gone cannot be summed."""
        if server.has_compression:
            self._refresh(keep)
        if server.has_hypertables:
            for table in ("positions", "dust"):
                self._drop_chunks(table, keep.reports_days)
        else:
            self._delete("positions", keep.reports_days)
            self._delete("dust", keep.reports_days)
        self._delete("background", keep.reports_days)
        self._delete("rejections", keep.rejections_days)
        self._delete("changes", keep.changes_days)
        self._delete("checkpoints", _HOURLY_CHECKPOINTS_DAYS)
        self._delete("account", keep.account_days)
        self._delete("bad_fields", keep.account_days)
        self._delete("facts", keep.account_days)
        self._delete("dust_days", _LATE_DAYS + _DAYS_JUDGED_TOGETHER)
        self._delete("sessions", 0)
        self._expire_letters(keep.letters_days)
        if server.has_compression:
            self._compress()

    def _before(self, days: int) -> int:
        return self._now_ms - days * DAY_MS

    def _note(self, what: str, count: int) -> None:
        self.done[what] = self.done.get(what, 0) + count
        self._progress(what, self.done[what])

    def _delete(self, what: str, days: int) -> None:
        arguments = {
            "before_ms": self._before(days),
            "late_before_ms": self._before(_LATE_DAYS),
            "held_before_ms": self._before(days + HELD_DAYS),
            "slice": _SLICE,
        }
        self._note(what, 0)
        while count := self._connection.execute(self._text(f"delete_old_{what}"), arguments).rowcount:
            self._note(what, count)

    def _expire_letters(self, days: int) -> None:
        """Delete dead letters and count them, each target's in one transaction with what waited behind them."""
        old = {"before_ms": self._before(days), "slice": _LETTERS_TOGETHER}
        self._note("letters", 0)
        for (target_id,) in self._connection.execute(self._text("targets_of_old_letters"), old).fetchall():
            given, count = old | {"target_id": target_id}, 1
            while count:
                with self._connection.transaction():
                    # The target's row first: whoever makes a letter holds it, too.
                    self._connection.execute(self._text("lock_target"), given)
                    count = len(self._connection.execute(self._text("expire_letters"), given).fetchall())
                    self._connection.execute(self._text("free_letters_of"), given)
                self._note("letters", count)

    def _drop_chunks(self, table: str, days: int) -> None:
        arguments = {"table": table, "before_ms": self._before(days)}
        row = self._connection.execute(self._text("drop_old_chunks"), arguments).fetchone()
        self._note(f"{table}_chunks", 0 if row is None else int(row[0]))

    def _refresh(self, keep: Retention) -> None:
        days = min(_ROLLED_UP_DAYS, keep.reports_days)
        for rollup, lag_ms in _ROLLED_UP_AFTER_MS.items():
            arguments = {"from_ms": self._before(days), "to_ms": self._now_ms - lag_ms}
            self._connection.execute(self._text(f"refresh_{rollup}"), arguments)
            self._note(rollup, 1)

    def _compress(self) -> None:
        for table, days in _COMPRESS_AFTER_DAYS.items():
            arguments = {"table": table, "before_ms": self._before(days)}
            chunks = self._connection.execute(self._text("chunks_to_compress"), arguments).fetchall()
            self._note(f"{table}_compressed", 0)
            for (chunk,) in chunks:
                self._connection.execute(self._text("compress_chunk"), {"chunk": chunk})
                self._note(f"{table}_compressed", 1)

    def _text(self, name: str) -> bytes:
        # Our own files; bytes, because psycopg's types take a literal only.
        return self._sql[name].encode()
