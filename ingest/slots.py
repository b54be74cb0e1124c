"""Slots: the parts that devices are divided into, and how many of them each worker holds. Pure.

A device's slot hangs on its id and on the number of slots alone, so that every worker agrees and each
device is judged by one at a time. A background area has a slot too, which counts its values; the stations
of all slots use them.
"""

from functools import lru_cache
from zlib import crc32

from msgspec import Struct

from ingest.wire import read_topic


class SlotsDiffer(RuntimeError):  # noqa: N818 -- says what is wrong
    """Another number of slots is set than the one in force."""

    def __init__(self, in_force: int, wanted: int) -> None:
        """Say what to do about it."""
        super().__init__(
            f"the devices of this database are divided into {in_force} ingest slot{'s' * (in_force > 1)}, and "
            f"{wanted} are set: set HAULWATCH_INGEST_SLOTS={in_force}, or leave it empty; "
            f"`haulwatch slots {wanted}` divides them anew"
        )


class Slot(Struct, frozen=True):
    """Number `number` of `of` slots, from 0."""

    number: int = 0
    of: int = 1

    @property
    def name(self) -> str:
        """The name its holder claims."""
        return f"ingest slot {self.number} of {self.of}"

    def has(self, owner_id: str) -> bool:
        """Whether a device, or a background area, belongs to it."""
        return self.of == 1 or crc32(owner_id.encode("utf-8", "replace")) % self.of == self.number

    def has_topic(self, topic: str, prefix: str) -> bool:
        """Whether what comes on a topic is its to count; a topic of another shape belongs somewhere by its text."""
        owner_id, _ = read_topic(topic, prefix)
        return self.has(topic if owner_id is None else owner_id)

    def takes(self, topic: str, prefix: str) -> bool:
        """Whether it has to read what comes on a topic: its own, and every background value."""
        return _takes(self, topic, prefix)


ALL = Slot()


@lru_cache(maxsize=65_536)
def _takes(slot: Slot, topic: str, prefix: str) -> bool:
    return read_topic(topic, prefix)[1] == "background" or slot.has_topic(topic, prefix)


def client_id_of(slot: Slot, client_id: str) -> str:
    """The MQTT client id of a slot's session; of a single slot it is the one that is set."""
    return client_id if slot.of == 1 else f"{client_id}-{slot.number + 1}-of-{slot.of}"


def fair_share(slots: int, *, rank: int, workers: int) -> int:
    """How many slots a worker holds of right; those that joined first hold what does not divide evenly."""
    return slots // workers + (rank < slots % workers)
