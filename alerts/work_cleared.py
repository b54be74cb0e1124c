"""Stops of refuse runs added up: how many were due, and how many of them were cleared the same day (日产日清)."""

from collections.abc import Iterable
from typing import Protocol

from msgspec import Struct


class StopsOf(Protocol):
    """What says what became of some stops that were due."""

    @property
    def served(self) -> int: ...
    @property
    def late(self) -> int: ...
    @property
    def missed(self) -> int: ...
    @property
    def unknown(self) -> int: ...


class StopCounts(Struct, frozen=True, kw_only=True):
    """How many stops were served in their window, after it on the same day, not at all, or nobody knows."""

    served: int = 0
    late: int = 0
    missed: int = 0
    unknown: int = 0

    @property
    def due(self) -> int:
        """All of them."""
        return self.served + self.late + self.missed + self.unknown

    @property
    def cleared(self) -> float | None:
        """The share served at all, in their window or after it; None where none was due."""
        return (self.served + self.late) / self.due if self.due else None


def stops_of(rows: Iterable[StopsOf]) -> StopCounts:
    """The stops of all rows."""
    served = late = missed = unknown = 0
    for row in rows:
        served += row.served
        late += row.late
        missed += row.missed
        unknown += row.unknown
    return StopCounts(served=served, late=late, missed=missed, unknown=unknown)
