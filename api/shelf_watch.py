"""Which shelves were made, taken back or are over since the last look: for the stream, so that every seat knows."""

from collections.abc import Callable, Sequence

from domain.person import EVERYTHING
from storage.shelves import Shelf, Shelves
from storage.verbs import Connections


class ShelfWatch:
    """Looks at the shelves of one database again and again."""

    def __init__(self, connections: Connections, now_ms: Callable[[], int]) -> None:
        """Stand on a store's pool."""
        self._shelves = Shelves(connections)
        self._now_ms = now_ms
        self._known: dict[int, Shelf] | None = None

    async def changed(self) -> Sequence[Shelf]:
        """Those that are not as they were at the last look; none at the first."""
        found = {one.id: one for one in await self._shelves.shelves(EVERYTHING, at_ms=self._now_ms())}
        known, self._known = self._known, found
        return () if known is None else [one for one in found.values() if known.get(one.id) != one]
