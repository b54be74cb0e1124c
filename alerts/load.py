"""Load state: empty, loaded or unknown; from the load sensor, or by place while a device has sent no `load`.

A sensor's change counts when two successive reports agree, and is dated at the first of them.
"""

from enum import IntEnum

from msgspec import Struct

from domain.report import Load

LOADED_AFTER_STAY_MS = 120_000
EMPTY_AFTER_STAY_MS = 60_000


class LoadValue(IntEnum):
    """What is known of a vehicle's load."""

    UNKNOWN = 0
    EMPTY = 1
    LOADED = 2

    @property
    def word(self) -> str:
        """The value as evidence says it."""
        return self.name.lower()


class LoadState(Struct, frozen=True, array_like=True, gc=False):
    """The load, since when, what it was before; and the one report that may begin a change."""

    value: LoadValue = LoadValue.UNKNOWN
    since_ms: int | None = None
    before: LoadValue = LoadValue.UNKNOWN
    candidate: LoadValue | None = None
    candidate_ms: int | None = None
    has_sensor: bool = False

    def just_before(self, at_ms: int) -> LoadValue:
        """The load just before an instant, by the dates of its last change."""
        return self.value if self.since_ms is None or self.since_ms < at_ms else self.before

    def at(self, at_ms: int) -> LoadValue:
        """The load at an instant, changes dated at it included."""
        return self.value if self.since_ms is None or self.since_ms <= at_ms else self.before


def changed_to(state: LoadState, value: LoadValue, at_ms: int) -> LoadState:
    """The load became `value` at an instant."""
    if state.value is value:
        return state
    return LoadState(value, at_ms, state.value, None, None, state.has_sensor)


def load_after(state: LoadState, load: Load | None, at_ms: int) -> LoadState:
    """Apply a report's `load`; an absent one says nothing."""
    if load is None:
        return state
    value = LoadValue.EMPTY if load is Load.EMPTY else LoadValue.LOADED
    if value is state.value:
        if state.candidate is None and state.has_sensor:
            return state
        return LoadState(state.value, state.since_ms, state.before, None, None, has_sensor=True)
    if state.candidate is value and state.candidate_ms is not None:
        return LoadState(value, state.candidate_ms, state.value, None, None, has_sensor=True)
    return LoadState(state.value, state.since_ms, state.before, value, at_ms, has_sensor=True)
