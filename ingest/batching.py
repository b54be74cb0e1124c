"""When a batch is complete: full, old enough, or nothing more is coming. Pure: times are arguments.

A broker that allows few unacknowledged messages sends no more until these are stored, so waiting out the
age for them would be waiting for nobody: a short quiet also completes a batch.
"""

from msgspec import Struct

FULL = 2_000
OLD_MS = 200
QUIET_MS = 40


class BatchLimits(Struct, frozen=True, kw_only=True):
    """`full` in elements; a batch may wait `old_ms` from its first message and `quiet_ms` from its last."""

    full: int = FULL
    old_ms: int = OLD_MS
    quiet_ms: int = QUIET_MS


class Filling(Struct, frozen=True, kw_only=True):
    """A batch being filled: what it holds so far, and when its first and last message came."""

    elements: int = 0
    first_ms: int = 0
    last_ms: int = 0

    def add(self, elements: int, at_ms: int) -> "Filling":
        """The batch with one more message; one of no elements fills a place too, as it is acknowledged."""
        return Filling(
            elements=self.elements + max(1, elements),
            first_ms=at_ms if self.elements == 0 else self.first_ms,
            last_ms=at_ms,
        )


def is_complete(filling: Filling, limits: BatchLimits, at_ms: int) -> bool:
    """Tell whether the batch is to be stored at `at_ms`; an empty one never is."""
    if filling.elements == 0:
        return False
    return filling.elements >= limits.full or at_ms >= complete_ms(filling, limits)


def complete_ms(filling: Filling, limits: BatchLimits) -> int:
    """When a batch that is not full becomes complete if nothing more comes."""
    return min(filling.first_ms + limits.old_ms, filling.last_ms + limits.quiet_ms)
