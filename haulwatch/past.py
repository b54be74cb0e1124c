"""`capture store` and the demo's past: recordings into the database, by the clock of then."""

import asyncio
import os
import signal
import sys
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

from domain.capture import Captured
from domain.instant import DAY_MS, MINUTE_MS
from domain.localtime import day_start_ms, local_day
from domain.person import Person, Role
from haulwatch.problem import CommandError
from haulwatch.progress import rate_bar
from haulwatch.startup import database, open_store
from haulwatch.supervisor import SERVICE_STAGE, Guard
from ingest.history import IngestRuns, NoRegistry, TakenIn, take_in
from runtime.clock import now_ms
from runtime.logs import configure_logs
from runtime.settings import LogLevel, Settings
from storage.cases import Cases
from storage.store import Store

_OFFICE = Person(user_id="demo-office", name="演示值班室 Demo office", role=Role.ADMINISTRATOR)
_CHANGES_AT_ONCE = 1_000
_GAP_MS = 6 * MINUTE_MS
"""The fleet that drives on begins elsewhere: after a gap nothing is made of the jump."""


def run_store_capture(settings: Settings, capture: Path) -> None:
    """Take a capture into the database as it arrived then; raises CommandError."""
    _quiet(settings)
    from ingest.capture import read_capture

    async def store_it(dsn: str) -> TakenIn:
        async with open_store(dsn) as store:
            with rate_bar("Storing", "messages") as show:
                share = [0.0]
                messages = read_capture(capture, on_progress=lambda done: share.__setitem__(0, done))
                return await _take_in(store, messages, settings, lambda count, _: show(share[0], count))

    with database(settings) as dsn:
        taken = asyncio.run(store_it(dsn))
    until = (
        ""
        if taken.last_ms is None
        else f", the last of {datetime.fromtimestamp(taken.last_ms / 1000, UTC):%Y-%m-%d %H:%M} UTC"
    )
    print(f"{taken.messages:,} messages taken in{until}")


async def live_through(days: int, environ: Mapping[str, str], guard: Guard, stop: asyncio.Event) -> None:
    """Let a process give the demo its past, shown on this terminal; raises CommandError where it fails."""
    command = [sys.executable, "-m", "haulwatch", "demo-past", str(days)]
    process = await asyncio.create_subprocess_exec(*command, env={**os.environ, **environ})
    guard.ward(process.pid, signal.SIGTERM, SERVICE_STAGE)
    stopping, ended = asyncio.create_task(stop.wait()), asyncio.create_task(process.wait())
    await asyncio.wait({stopping, ended}, return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    if not ended.done():
        process.terminate()
    if await ended and not stop.is_set():
        raise CommandError(
            "the demo's past could not be made; remove its data directory and try again, or leave --past-days away"
        )


async def run_demo_past(settings: Settings, *, days: int) -> None:
    """Give an empty demo its past: whole local days up to now, and what an office did about their alerts."""
    _quiet(settings)
    from simulators.past import past_messages
    from simulators.simulate import TIMEZONE

    with database(settings) as dsn:
        async with open_store(dsn) as store:
            if await store.devices():
                print(
                    "No past is added: the demo has run before; remove its data directory to begin anew with one"
                )
                return
            to_ms = now_ms() - _GAP_MS
            from_ms = day_start_ms(local_day(to_ms - days * DAY_MS, TIMEZONE), TIMEZONE)
            messages = past_messages(
                seed=settings.demo_seed,
                vehicles=settings.demo_vehicles,
                from_ms=from_ms,
                to_ms=to_ms,
                prefix=settings.topic_prefix,
            )
            with rate_bar(f"Living through {days} days", "messages") as show:
                span_ms = to_ms - from_ms
                await _take_in(
                    store, messages, settings, lambda count, at_ms: show((at_ms - from_ms) / span_ms, count)
                )
            await _work_cases(store, settings.demo_seed, to_ms)


def _quiet(settings: Settings) -> None:
    """The bar says how far it is; a line of log for each batch would hide it."""
    configure_logs(max(settings.log_level, LogLevel.WARNING, key=list(LogLevel).index), settings.log_format)


async def _work_cases(store: Store, seed: int, until_ms: int) -> None:
    """Do what the office did, in the order of time."""
    from simulators.office import deeds

    done = sorted(
        (
            (deed.at_ms, alert_id, deed.act)
            for alert_id, known_ms in (await _standing(store)).items()
            for deed in deeds(alert_id, known_ms, seed=seed, until_ms=until_ms)
        ),
        key=lambda one: one[0],
    )
    cases = Cases(store)
    with rate_bar("Working the cases", "acts") as show:
        for number, (at_ms, alert_id, act) in enumerate(done, start=1):
            await cases.act_on_alert(_OFFICE, alert_id, act, at_ms=at_ms)
            show(number / len(done), number)


async def _standing(store: Store) -> dict[UUID, int]:
    """The alerts that were not withdrawn, and since when each was known (ms since 1970 UTC)."""
    known_ms: dict[UUID, int] = {}
    is_withdrawn: dict[UUID, bool] = {}
    after = 0
    while page := await store.alert_changes(after, limit=_CHANGES_AT_ONCE):
        for change in page:
            known_ms.setdefault(change.alert.id, change.at_ms)
            is_withdrawn[change.alert.id] = change.alert.withdrawn is not None
        after = page[-1].number
    return {alert_id: at_ms for alert_id, at_ms in known_ms.items() if not is_withdrawn[alert_id]}


async def _take_in(
    store: Store, messages: Iterable[Captured], settings: Settings, show: Callable[[int, int], None]
) -> TakenIn:
    try:
        return await take_in(store, messages, prefix=settings.topic_prefix, on_progress=show)
    except (IngestRuns, NoRegistry, ValueError) as error:
        raise CommandError(str(error)) from error
