"""A worker's seat: the connection by which it is seen among the workers of a database, and holds its slots."""

from collections.abc import Iterable

from storage.errors import driver_errors
from storage.sole import Holder


class Seat(Holder):
    """A holder that has joined the workers, from `join` until it is closed or lost."""

    async def join(self, wanted: int | None) -> int:
        """Join the workers; give the number of slots in force, which is `wanted` (None: one) at the very first start."""
        await self._fetch("begin_joining")
        await self._fetch("join")
        slots = int(await self._fetch("count_slots"))
        if not slots:
            slots = wanted or 1
            await self._fetch("lay_out_slots", slots)
        if await self.company() == (0, 1):
            # Nobody else works: the broker may be another one now, and none of the sessions be there.
            await self._fetch("forget_sessions")
        await self._fetch("end_joining")
        return slots

    async def company(self) -> tuple[int, int]:
        """The rank of this worker by age, and how many there are."""
        async with self._one_at_a_time:
            with driver_errors():
                rows = await self._connection.fetch(self._sql["workers"])
        return [row["is_self"] for row in rows].index(True), len(rows)

    async def note_sessions(self, slots: Iterable[int]) -> bool:
        """Note that the broker keeps sessions for these slots; tell whether it does for all."""
        await self._fetch("note_sessions", list(slots))
        return int(await self._fetch("missing_sessions")) == 0
