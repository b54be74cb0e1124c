"""Statements put together, issued and read back: the one way by which a period's files come to be."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import date, timedelta, tzinfo
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from domain.localtime import local_day
from domain.period import Period, PeriodKind, period_of
from exports.amendments import changes_between
from exports.book_reader import BookReader
from exports.comparing import Comparing, unpacked
from exports.statement import StatedAlert, StatedDay, Statement
from exports.stating import stated_alerts, stated_cases, stated_fleets
from storage.people import People
from storage.statements import Issued, Snapshot, StatementStore
from storage.store import Store

Counts = Mapping[str, tuple[int, int]]
"""Alerts and violations of each district, "" for those of none."""


class NotToBeStated(Exception):  # noqa: N818 -- says what is so
    """What cannot be stated: "not_begun", "running" (issuing), "nothing" (nothing is known of it), "no_registry"."""

    def __init__(self, code: str, message: str) -> None:
        """Say why by a code, and to people."""
        super().__init__(message)
        self.code = code


class PeriodState(StrEnum):
    """How far a period is."""

    RUNNING = "running"
    OVER = "over"
    ISSUED = "issued"


class StatedPeriod(Struct, frozen=True, kw_only=True):
    """A period, what was issued of it, and what it counts now (as stated last where it was issued).

    `has_changed`: it was issued and counts otherwise by now, so that it is amended when it is issued again.
    """

    period: Period
    state: PeriodState
    issued: tuple[Issued, ...]
    counts: Counts
    has_changed: bool = False


class Statements:
    """The statements of one database."""

    def __init__(self, store: Store, books: BookReader) -> None:
        """Stand on a store."""
        self._store = store
        self._kept = StatementStore(store)
        self._books = books
        self._comparing = Comparing(self._kept, books)
        self._people = People(store)
        # One at a time: each holds a connection while it reads books over another.
        self._stating = asyncio.Lock()

    async def provisional(self, period: Period, now_ms: int, zone: tzinfo | None = None) -> Statement:
        """The period as the database has it now, kept nowhere; raises NotToBeStated before the first registry or its begin.

        Its days are those of `zone`, else of the time zone in force.
        """
        version = await self._books.version_at(now_ms)
        if version is None:
            raise NotToBeStated("no_registry", "No registry has been loaded yet")
        zone = zone or (await self._books.book(version)).zone
        from_ms, to_ms = period.from_ms(zone), period.to_ms(zone)
        if now_ms < from_ms:
            raise NotToBeStated("not_begun", f"{period.name} has not begun yet")
        # As the period's last instant had it: what is registered later was not there to be heard.
        version = await self._books.version_at(min(now_ms, to_ms - 1))
        assert version is not None
        book = await self._books.book(version)
        begun = (min(period.last, local_day(now_ms, zone)) - period.first).days + 1
        async with self._stating, self._kept.snapshot() as seen:
            alerts = await self._alerts(seen, version, from_ms, to_ms)
            lines = await seen.cases(from_ms, to_ms, now_ms)
            days = await seen.days(period.first, period.last)
            heard = await seen.devices(period.first, period.last)
        books = await self._books.books(version, (line.ruleset_version for line in lines))
        return Statement(
            period=period,
            timezone=str(zone),
            stated_ms=now_ms,
            registry_version=version,
            is_provisional=True,
            alerts=tuple(alerts),
            cases=tuple(stated_cases(lines, books, from_ms, to_ms, now_ms)),
            account=_account(days, period, begun),
            fleets=tuple(stated_fleets(book, heard, begun, alerts)),
        )

    async def _alerts(self, seen: Snapshot, version: int, from_ms: int, to_ms: int) -> list[StatedAlert]:
        alerts: list[StatedAlert] = []
        async for some in seen.alerts(from_ms, to_ms):
            books = await self._books.books(version, (one.line.ruleset_version for one in some))
            # Ten thousand sentences take a second; whoever watches the stream does not wait for them.
            alerts += await asyncio.to_thread(stated_alerts, some, books)
        return alerts

    async def issue(self, period: Period, now_ms: int, issued_by: str) -> Statement:
        """Issue a period that is over, as number 0 or as an amendment where what counts has changed since.

        Gives what is issued last, which is what was there already where nothing has changed. Raises
        NotToBeStated. What is new is noted in the audit log.
        """
        await self.check_is_over(period, now_ms)
        while True:
            # In this order: what another issues meanwhile is in the way of keeping, and all is looked at again.
            known = await self.issued(period)
            # By the days of its first issue: a clock set otherwise since is no correction.
            found = await self.provisional(period, now_ms, ZoneInfo(known[0].timezone) if known else None)
            if not (found.alerts or found.cases or any(day.received for day in found.account)):
                raise NotToBeStated("nothing", f"Nothing is known of {period.name}")
            if known and not changes_between(known[-1], found):
                return known[-1]
            made = replace(found, number=len(known), is_provisional=False)
            if await self._keep(made, issued_by):
                detail = {"number": made.number, "alerts": len(made.alerts)}
                await self._people.note(
                    issued_by, "issue_statement", f"statement:{period.name}", detail=detail
                )
                return made

    async def check_is_over(self, period: Period, now_ms: int) -> None:
        """Raise NotToBeStated for a period that is running or to come, and before the first registry."""
        version = await self._books.version_at(now_ms)
        if version is None:
            raise NotToBeStated("no_registry", "No registry has been loaded yet")
        if period.to_ms((await self._books.book(version)).zone) > now_ms:
            raise NotToBeStated("running", f"{period.name} is not over yet")

    async def issued(self, period: Period) -> tuple[Statement, ...]:
        """The statements of a period in order of number."""
        contents = await self._kept.contents(period.name)
        return tuple([await asyncio.to_thread(unpacked, one) for one in contents])

    async def of(self, period: Period, now_ms: int) -> tuple[Statement, ...]:
        """What files are made of: the statements issued, else a provisional one; raises NotToBeStated."""
        return await self.issued(period) or (await self.provisional(period, now_ms),)

    async def periods(self, kind: PeriodKind, limit: int, now_ms: int) -> Sequence[StatedPeriod]:
        """The last periods back to the first of which anything is known, newest first; none before a registry."""
        zone_of = await self._books.version_at(now_ms)
        first_ms = await self._kept.first_known_ms()
        if zone_of is None or first_ms is None:
            return []
        zone = (await self._books.book(zone_of)).zone
        first = local_day(min(first_ms, now_ms), zone)
        found = [period_of(kind, local_day(now_ms, zone))]
        while len(found) < limit and found[-1].first > max(first, date.min + timedelta(days=40)):
            found.append(found[-1].before)
        return await self.described(found, now_ms)

    async def described(self, periods: Sequence[Period], now_ms: int) -> Sequence[StatedPeriod]:
        """How far each of these periods is; raises NotToBeStated before the first registry."""
        version = await self._books.version_at(now_ms)
        if version is None:
            raise NotToBeStated("no_registry", "No registry has been loaded yet")
        zone = (await self._books.book(version)).zone
        heads = await self._kept.heads([one.name for one in periods])
        issued = {one.name: tuple(head for head in heads if head.name == one.name) for one in periods}
        counts = await self._kept.counts([(one.from_ms(zone), one.to_ms(zone)) for one in periods])
        counted = {one.name: count for one, count in zip(periods, counts, strict=True)}
        return [
            StatedPeriod(
                period=one,
                state=PeriodState.ISSUED
                if issued[one.name]
                else PeriodState.RUNNING
                if one.to_ms(zone) > now_ms
                else PeriodState.OVER,
                issued=issued[one.name],
                counts=issued[one.name][-1].by_district if issued[one.name] else counted[one.name],
                has_changed=bool(issued[one.name])
                and await self._comparing.differs(one, issued[one.name][-1]),
            )
            for one in periods
        ]

    async def _keep(self, made: Statement, issued_by: str) -> bool:
        return await self._kept.keep(
            made.period.name,
            made.number,
            kind=made.period.kind.value,
            stated_ms=made.stated_ms,
            issued_by=issued_by,
            by_district=_by_district(made),
            content=await asyncio.to_thread(msgspec.json.encode, made),
        )


def _account(rows: Sequence[Mapping[str, Any]], period: Period, begun: int) -> tuple[StatedDay, ...]:
    """Every day that has begun, also those on which nothing arrived."""
    by_day = {row["day"]: row for row in rows}
    nothing = dict.fromkeys((name for name in StatedDay.__struct_fields__ if name != "day"), 0)
    return tuple(StatedDay(**{**nothing, **by_day.get(day, {}), "day": day}) for day in period.days[:begun])


def _by_district(made: Statement) -> dict[str, tuple[int, int]]:
    found: dict[str, tuple[int, int]] = {}
    for one in made.alerts:
        alerts, violations = found.get(one.district_id or "", (0, 0))
        found[one.district_id or ""] = (alerts + 1, violations + one.counts)
    return found
