"""The registry's versions as ingest knows them: which there are, and those at hand compiled.

One object a process; several judges may share it. A version that passed the checks when it was stored but
cannot be used is logged as an error, and the one before it stays in force.
"""

import asyncio
import contextlib
from collections.abc import Callable
from typing import Protocol

import structlog

from alerts.ruleset import Ruleset, Starts
from alerts.timeline import Timeline
from domain.registry import Registry, check
from storage.errors import StorageUnavailable
from storage.store import RegistryVersion, Store

LOOK_EVERY_S = 0.5

_log = structlog.get_logger(__name__)


class Rulesets(Protocol):
    """The versions of the ruleset, for who only asks for one."""

    async def ready_at(self, time_ms: int) -> None:
        """See to it that the version in force at an instant is at hand."""
        ...

    def nearest(self, time_ms: int) -> Ruleset:
        """The version in force at an instant if it is at hand, else the one in force now."""
        ...


class RegistryUnusable(RuntimeError):  # noqa: N818 -- says what is wrong
    """No version of the registry can be judged by."""


class Versions:
    """The versions of one database. `timeline` is replaced by another whenever there are others."""

    def __init__(self, store: Store, *, now_ms: Callable[[], int]) -> None:
        """Know nothing yet: `timeline` and `in_force` are there once `look` said so."""
        self.timeline: Timeline
        self.in_force: Ruleset
        self._store = store
        self._now_ms = now_ms
        self._stamp: tuple[int, int] | None = None
        self._compiling = asyncio.Lock()

    async def look(self) -> bool:
        """Take over what versions there are now, and what is in force by the clock; False without any."""
        timeline = None if self._stamp is None else self.timeline
        stamp = await self._store.registry_stamp()
        if stamp != self._stamp:
            starts = [(one.version, one.effective_from_ms) for one in await self._store.registry_timeline()]
            if not starts:
                return False
            timeline = Timeline(starts, _missing) if timeline is None else timeline.with_starts(starts)
        if timeline is None:
            return False
        now_ms = self._now_ms()
        number = timeline.number_at(now_ms)
        following = timeline.numbers[timeline.numbers.index(number) + 1 :][:1]
        timeline.pin((number, *following))
        for needed in (number, *following):
            await self._compile(timeline, needed)
        is_first = self._stamp is None
        if is_first or timeline.version(number) is not self.in_force:
            self.in_force = timeline.version(number)
            _log.info("registry in force", action="registry_in_force", version=self.in_force.version)
        if stamp != self._stamp:
            self.timeline, self._stamp = timeline, stamp
            _log.info("registry taken over", action="registry_taken_over", newest=timeline.numbers[-1])
        return True

    async def ready(self, number: int) -> None:
        """See to it that a version is compiled."""
        if not self.timeline.is_compiled(number):
            await self._compile(self.timeline, number)

    async def ready_at(self, time_ms: int) -> None:
        """See to it that the version in force at an instant is compiled."""
        await self.ready(self.timeline.number_at(time_ms))

    def nearest(self, time_ms: int) -> Ruleset:
        """The version in force at an instant if it is at hand, else the one in force now."""
        number = self.timeline.number_at(time_ms)
        return self.timeline.version(number) if self.timeline.is_compiled(number) else self.in_force

    async def watch(self, stop: asyncio.Event) -> None:
        """Look again and again until stopped."""
        while not stop.is_set():
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), LOOK_EVERY_S)
            with contextlib.suppress(StorageUnavailable):
                await self.look()

    async def _compile(self, timeline: Timeline, number: int) -> None:
        """Compile a version; for one that is unusable the nearest before it, else after it, stands in."""
        async with self._compiling:
            if timeline.is_compiled(number):
                return
            at = timeline.numbers.index(number)
            for candidate in (number, *reversed(timeline.numbers[:at]), *timeline.numbers[at + 1 :]):
                ruleset = await self._usable(timeline, candidate)
                if ruleset is not None:
                    timeline.keep(candidate, ruleset)
                    timeline.keep(number, ruleset)
                    return
        raise RegistryUnusable("no version of the registry can be judged by")

    async def _usable(self, timeline: Timeline, number: int) -> Ruleset | None:
        if timeline.is_compiled(number):
            return timeline.version(number)
        version = await self._store.registry_version(number)
        if version is None:
            return None
        try:
            return await asyncio.to_thread(compiled, version, timeline.starts)
        except ValueError as error:
            _log.error(
                "registry unusable", action="registry_unusable", version=version.version, error=str(error)
            )
            return None


def compiled(version: RegistryVersion, starts: Starts) -> Ruleset:
    """The ruleset of a stored version; raises ValueError if it does not pass the checks of this release."""
    registry = check(version.document)
    if not isinstance(registry, Registry):
        raise ValueError(f"{registry[0].path} {registry[0].message}")
    return Ruleset.build(registry, version=version.version, starts=starts)


def _missing(number: int) -> Ruleset:
    raise LookupError(f"version {number} of the registry is not compiled")
