"""A worker's seat: the connection by which it is seen among the workers of a database, and holds its slots."""

from collections.abc import Iterable, Sequence

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

    async def slots(self) -> int:
        """The number of slots in force; 0 before the first start of ingest."""
        return int(await self._fetch("count_slots"))

    async def workers(self) -> int:
        """How many workers there are."""
        return len(await self._workers())

    async def company(self) -> tuple[int, int]:
        """The rank of this worker by age, and how many there are."""
        are_self = await self._workers()
        return are_self.index(True), len(are_self)

    async def _workers(self) -> list[bool]:
        """The workers by age; which of them is this."""
        async with self._one_at_a_time:
            with driver_errors():
                rows = await self._connection.fetch(self._sql["workers"])
        return [row["is_self"] for row in rows]

    async def note_sessions(self, slots: Iterable[int]) -> bool:
        """Note that the broker keeps sessions for these slots; tell whether it does for all."""
        await self._fetch("note_sessions", list(slots))
        return int(await self._fetch("missing_sessions")) == 0

    async def divide(self, slots: int, former: Sequence[str]) -> None:
        """Put another number of slots in force, of which all have sessions; the former slots' commits are refused."""
        async with self._one_at_a_time:
            with driver_errors():
                async with self._connection.transaction():
                    await self._connection.execute(self._sql["end_epochs"], former)
                    await self._connection.execute(self._sql["remove_slots"])
                    await self._connection.execute(self._sql["lay_out_slots"], slots)

    async def newest_rejection(self) -> int:
        """The number of the newest rejection, 0 without any."""
        return int(await self._fetch("newest_rejection"))

    async def marks_stored(self, mark: bytes, after: int) -> int:
        """On how many topics a payload was rejected after a rejection's number."""
        return int(await self._fetch("marks_stored", mark, after))
