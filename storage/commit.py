"""One batch, one transaction: reports, what they make the latest, the account, checkpoints, then alerts."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from typing import Any, TypeVar

import asyncpg
from msgspec import structs

from domain.identifiers import AreaId
from domain.report import BackgroundReport, DustReport, PositionReport, StatusReport
from storage.account import Account, DayOf, Key, key_of
from storage.alert_log import save_findings
from storage.batch import Batch, Committed
from storage.copying import COLUMNS, copy_positions
from storage.dust_days import note_days
from storage.errors import ClaimLost
from storage.facts import keep_facts, replace_facts
from storage.late import finish_late, note_late
from storage.rows import (
    Columns,
    background_columns,
    checkpoint_columns,
    dust_columns,
    equal_to,
    latest_dust_columns,
    latest_position_columns,
    position_columns,
    rejection_columns,
)
from storage.sole import Claim
from storage.sql import queries
from storage.work_days import note_judged_again, note_late_days

R = TypeVar("R", PositionReport, DustReport)


class Habits:
    """What one process does now and then rather than with every batch.

    COPY stores all rows or fails at the first that is there already, and then the same rows are inserted.
    So it is tried where duplicates are unlikely, and not for a while after it failed. The account of the
    batches is added up at the first batch, for those of a process before, and then after so many.
    """

    _FEWEST_ROWS = 50
    _INSERTS_AFTER_FAILURE = 20
    _BATCHES_ADDED_UP = 50

    def __init__(self) -> None:
        """Begin by trying, and by adding up."""
        self._inserts_left = 0
        self._batches_left = 0

    def is_copy_worth_it(self, rows: int, redelivered: int) -> bool:
        """Tell whether to try, and count down to the next try."""
        if rows < self._FEWEST_ROWS or redelivered:
            return False
        self._inserts_left -= 1
        return self._inserts_left < 0

    def copy_failed(self) -> None:
        """Insert for a while."""
        self._inserts_left = self._INSERTS_AFTER_FAILURE

    def is_account_due(self) -> bool:
        """Tell whether to add up, and count down to the next time."""
        self._batches_left -= 1
        if self._batches_left >= 0:
            return False
        self._batches_left = self._BATCHES_ADDED_UP
        return True


async def commit(
    connection: "asyncpg.Connection[Any]",
    batch: Batch,
    day_of: DayOf,
    habits: Habits,
    claim: Claim | None = None,
    at_ms: int | None = None,
) -> Committed:
    """Store a batch in one transaction of its own; driver errors are the caller's to translate.

    Alerts change at `at_ms` (ms since 1970 UTC), or now.
    Raises ClaimLost where the claim is no longer the newest of its name.
    """
    account = Account(day_of)
    async with connection.transaction():
        if claim is not None:
            await check_claim(connection, claim)
        transaction = _Transaction(connection, batch, account, day_of, habits)
        await transaction.store()
        late_work = await note_late(connection, transaction.late_stored)
        changes = await save_findings(connection, batch.findings, at_ms=at_ms) if batch.findings else ()
    return structs.replace(account.total(changes), late_work=late_work)


async def check_claim(connection: "asyncpg.Connection[Any]", claim: Claim) -> None:
    """Raise ClaimLost unless the claim is the newest; whoever claims the name from here on waits for this transaction's end."""
    epoch = await connection.fetchval(queries("claims")["check_claim"], claim.name)
    if epoch != claim.epoch:
        raise ClaimLost(f"{claim.name} was claimed by another")


class _Transaction:
    def __init__(
        self,
        connection: "asyncpg.Connection[Any]",
        batch: Batch,
        account: Account,
        day_of: DayOf,
        habits: Habits,
    ) -> None:
        self._habits = habits
        self._day_of = day_of
        self._connection = connection
        self._batch = batch
        self._account = account
        self._sql: Mapping[str, str] = queries("commit")
        self.late_stored: list[Key] = []

    async def store(self) -> None:
        """Everything but the alerts."""
        batch = self._batch
        positions = await self._insert("insert_positions", batch.positions, position_columns)
        dust = await self._insert("insert_dust", batch.dust, dust_columns)
        await self._insert_background(batch.background, batch.counted_elsewhere)
        if positions:
            await self._run("keep_latest_positions", latest_position_columns(_newest_positions(positions)))
            await note_late_days(self._connection, positions, self._day_of)
        if dust:
            await self._run("keep_latest_dust", latest_dust_columns(_newest_dust(dust)))
            await note_days(self._connection, dust, self._day_of)
        if batch.statuses:
            await self._run("keep_status", _status_columns(batch.statuses))
        if batch.rejections or batch.redelivered_rejections:
            await self._reject()
        if rows := self._account.rows():
            await self._connection.executemany(self._sql["append_to_account"], rows)
        if self._habits.is_account_due():
            await self._connection.execute(self._sql["add_up_account"])
        bad_fields = self._account.bad_field_columns()
        if bad_fields is not None:
            await self._run("add_bad_fields", bad_fields)
        if batch.late_done:
            await finish_late(self._connection, batch.late_done)
            await note_judged_again(self._connection, batch.late_done, self._day_of)
        if batch.checkpoints:
            await self._run("keep_checkpoints", checkpoint_columns(batch.checkpoints))
        await keep_facts(self._connection, batch.facts)
        await replace_facts(self._connection, batch.facts_again)

    async def _run(self, name: str, columns: Columns) -> None:
        if columns[0]:
            await self._connection.execute(self._sql[name], *columns)

    async def _insert(
        self,
        name: str,
        reports: Sequence[R],
        columns_of: Callable[[Sequence[R]], Columns],
    ) -> list[R]:
        """Insert reports, count what became of each, and give them without repetitions, in the order of their keys."""
        if not reports:
            return []
        keyed = [(key_of(report), report) for report in reports]
        unique: dict[Key, R] = dict(reversed(keyed))
        rows = [unique[key] for key in sorted(unique)]
        if columns_of is position_columns and await self._copy(rows):
            new = set(unique)
        else:
            new = await self._keys(name, columns_of(rows))
        if self._batch.late:
            self.late_stored.extend(new & self._batch.late)
        self._account.count_reports(
            keyed,
            new=new,
            late=self._batch.late,
            redelivered=self._batch.redelivered,
        )
        return rows

    async def _insert_background(
        self, reports: Sequence[BackgroundReport], elsewhere: frozenset[AreaId]
    ) -> None:
        """Insert background values, and count those that are ours to count, whoever has stored them first.

        All in one statement and in the order of their keys: other slots store the same values.
        """
        if not reports:
            return
        keyed = [(key_of(report), report) for report in reports]
        unique: dict[Key, BackgroundReport] = dict(reversed(keyed))
        rows = [unique[key] for key in sorted(unique)]
        new = await self._keys("insert_background", background_columns(rows))
        others = sorted(key for key in new if key[0] in elsewhere)
        if others:
            await self._run("note_uncounted", tuple(map(list, zip(*others, strict=True))))
        known = sorted(key for key in unique if key not in new and key[0] not in elsewhere)
        if known:
            new |= await self._keys("count_uncounted", tuple(map(list, zip(*known, strict=True))))
        self._account.count_reports(
            [(key, report) for key, report in keyed if key[0] not in elsewhere],
            new=new,
            late=self._batch.late,
            redelivered=self._batch.redelivered,
            prefix="background/",
        )

    async def _keys(self, name: str, columns: Columns) -> set[Key]:
        rows = await self._connection.fetch(self._sql[name], *columns)
        return {(owner, time_ms, digest) for owner, time_ms, digest in rows}

    async def _copy(self, rows: Sequence[PositionReport]) -> bool:
        """Copy rows that are in all likelihood new; False, with nothing stored, where one was not."""
        if not self._habits.is_copy_worth_it(len(rows), len(self._batch.redelivered)):
            return False
        try:
            async with self._connection.transaction():
                await self._connection.copy_to_table(
                    "positions", source=_once(copy_positions(rows)), columns=COLUMNS, format="binary"
                )
        except asyncpg.UniqueViolationError:
            self._habits.copy_failed()
            return False
        return True

    async def _reject(self) -> None:
        redelivered = self._batch.redelivered_rejections
        known: set[bytes] = set()
        if redelivered:
            rows = await self._connection.fetch(
                self._sql["stored_rejections"], [equal_to(r) for r in redelivered]
            )
            known = {row[0] for row in rows}
        again = [r for r in redelivered if equal_to(r) in known]
        new = [*self._batch.rejections, *(r for r in redelivered if equal_to(r) not in known)]
        await self._run("insert_rejections", rejection_columns(new))
        self._account.count_rejections(new)
        self._account.count_redelivered_rejections(again)


async def _once(data: bytes) -> AsyncIterator[bytes]:
    yield data


def _newest(reports: Sequence[R]) -> list[R]:
    """The newest report of each device; the reports come ordered by device."""
    newest: dict[str, R] = {}
    for report in reports:
        known = newest.get(report.device_id)
        if known is None or known.order < report.order:
            newest[report.device_id] = report
    return list(newest.values())


def _newest_dust(reports: Sequence[DustReport]) -> list[DustReport]:
    """As _newest; a newest report without values takes those of the newest one that has some."""
    measured = {report.device_id: report for report in _newest([r for r in reports if r.values])}
    return [
        structs.replace(report, values=measured[report.device_id].values)
        if not report.values and report.device_id in measured
        else report
        for report in _newest(reports)
    ]


def _newest_positions(reports: Sequence[PositionReport]) -> list[PositionReport]:
    """As _newest; a newest report without a fix takes the place of the newest one that has it."""
    places = {report.device_id: report for report in _newest([r for r in reports if r.lon is not None])}
    return [
        structs.replace(report, lon=places[report.device_id].lon, lat=places[report.device_id].lat)
        if report.lon is None and report.device_id in places
        else report
        for report in _newest(reports)
    ]


def _status_columns(statuses: Sequence[StatusReport]) -> Columns:
    newest = {status.device_id: status for status in statuses}
    rows = [newest[device_id] for device_id in sorted(newest)]
    return ([r.device_id for r in rows], [r.online for r in rows], [r.received_ms for r in rows])
