"""Schedules: what is issued and mailed by itself once a period is over, and what came of each time."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from msgspec import Struct

from storage.verbs import Verbs

MOST_RUNS = 50
AT_ONCE = 10


class ScheduleGiven(Struct, frozen=True, kw_only=True):
    """What a person says of a schedule.

    It is due `after_days` whole local days after the period's end, at `at_minute` of that day (minutes since
    midnight). `formats` are those of `exports.period_file` and `docx`; `district_ids` None for all. One that
    `amends` issues and mails by itself what counts otherwise later.
    """

    name: str
    kind: str
    after_days: int
    at_minute: int
    formats: Sequence[str]
    language: str
    district_ids: Sequence[str] | None
    recipients: Sequence[str]
    is_active: bool = True
    amends: bool = False

    @property
    def districts(self) -> frozenset[str] | None:
        """Those that it is of; None for all."""
        return None if self.district_ids is None else frozenset(self.district_ids)


class Schedule(ScheduleGiven, frozen=True, kw_only=True):
    """A schedule; it is for periods that come due from `since_ms` on."""

    id: int
    created_by: str
    created_ms: int
    since_ms: int


class Run(Struct, frozen=True, kw_only=True):
    """One time of a schedule: due, done or failed. `number` is that of the statement, `error` a code.

    It has been seen to count otherwise than what was sent since `differs_since_ms`.
    `answers` are the code and text by which the mail server did not take it, by recipient that does not have it.
    """

    schedule_id: int
    period: str
    due_ms: int
    state: str
    attempts: int
    next_try_ms: int
    number: int | None
    done_ms: int | None
    sent_to: tuple[str, ...]
    answers: Mapping[str, tuple[int, str]]
    error: str | None
    detail: str
    differs_since_ms: int | None = None


class Outcome(Struct, frozen=True, kw_only=True):
    """What came of an attempt: `state` due again at `next_try_ms`, done or failed; `sent_to` in this attempt."""

    state: str
    next_try_ms: int
    number: int | None = None
    done_ms: int | None = None
    sent_to: Sequence[str] = ()
    answers: Mapping[str, tuple[int, str]] = {}
    error: str | None = None
    detail: str = ""


class Schedules(Verbs):
    """The schedules of one database."""

    QUERIES = "schedules"

    async def schedules(self, schedule_id: int | None = None) -> Sequence[Schedule]:
        """All, by name, or one."""
        return [
            Schedule(
                **{
                    **row,
                    "formats": tuple(row["formats"]),
                    "district_ids": None if row["district_ids"] is None else tuple(row["district_ids"]),
                    "recipients": tuple(row["recipients"]),
                }
            )
            for row in await self._fetch("schedules", schedule_id)
        ]

    async def add(self, given: ScheduleGiven, *, by: str, at_ms: int) -> int:
        """Add one; gives its number."""
        rows = await self._fetch("add_schedule", *_columns(given), by, at_ms)
        return int(rows[0]["id"])

    async def change(self, schedule_id: int, given: ScheduleGiven, *, at_ms: int) -> bool:
        """Change one; False where there is none. What came due during a pause that ends so does not go out."""
        return bool(await self._fetch("change_schedule", schedule_id, *_columns(given), at_ms))

    async def remove(self, schedule_id: int) -> bool:
        """Forget one and its runs; what was issued stays issued. False where there is none."""
        return bool(await self._fetch("delete_schedule", schedule_id))

    async def make_due(self, schedule_id: int, period: str, due_ms: int) -> bool:
        """Note that a period is due; False where it was noted before."""
        return bool(await self._fetch("make_due", schedule_id, period, due_ms))

    async def run_again(self, schedule_id: int, period: str, now_ms: int) -> bool:
        """Let a period go out now, whatever came of it before; False where there is no such schedule."""
        return bool(await self._fetch("run_again", schedule_id, period, now_ms, True))

    async def send_again(self, run: Run, now_ms: int) -> bool:
        """Let a period that went out go out as its amendment, unless the schedule is paused before it does."""
        return bool(await self._fetch("run_again", run.schedule_id, run.period, now_ms, False))

    async def note_differs(self, run: Run, *, since_ms: int | None, number: int | None = None) -> None:
        """Note since when a period that went out counts otherwise, or that it does not; with the statement it is as."""
        await self._fetch("note_differs", run.schedule_id, run.period, since_ms, number)

    async def due(self, now_ms: int) -> Sequence[Run]:
        """Runs whose time has come, of active schedules or asked for, the oldest first."""
        return [_run(row) for row in await self._fetch("runs_due", now_ms, AT_ONCE)]

    async def runs(self, schedule_id: int, limit: int = MOST_RUNS) -> Sequence[Run]:
        """The runs of a schedule, newest first."""
        return [_run(row) for row in await self._fetch("runs", schedule_id, limit)]

    async def note(self, run: Run, outcome: Outcome) -> bool:
        """Note what came of an attempt; False where somebody has asked for another one meanwhile."""
        rows = await self._fetch(
            "note_run", run.schedule_id, run.period, run.attempts, outcome.state, outcome.next_try_ms, outcome.number,
            outcome.done_ms, list(outcome.sent_to), msgspec.json.encode(outcome.answers).decode(), outcome.error,
            outcome.detail,
        )  # fmt: skip
        return bool(rows)


def _columns(given: ScheduleGiven) -> tuple[Any, ...]:
    return (
        given.name, given.kind, given.after_days, given.at_minute, list(given.formats), given.language,
        None if given.district_ids is None else list(given.district_ids), list(given.recipients), given.is_active,
        given.amends,
    )  # fmt: skip


def _run(row: Any) -> Run:
    answers = msgspec.json.decode(row["answers"], type=dict[str, tuple[int, str]])
    return Run(**{**row, "sent_to": tuple(row["sent_to"]), "answers": answers})
