"""How the devices are: last heard, what arrived and what was wrong with it, who is unknown, who is loud."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from msgspec import Struct

from storage.verbs import Verbs


class Heard(Struct, frozen=True, kw_only=True):
    """A device that was heard: its newest report's own time, the newest arrival, and what it said of itself."""

    device_id: str
    time_ms: int | None
    heard_ms: int | None
    ignition: bool | None
    speed_kmh: float | None
    online: bool | None


class LossDay(Struct, frozen=True, kw_only=True):
    """The loss account of one local day over all `devices` of which something arrived."""

    day: date
    devices: int
    received: int
    stored: int
    duplicate: int
    rejected: int
    late: int
    redelivered: int


class BadField(Struct, frozen=True, kw_only=True):
    """How often a field of a device could not be read on a local day of arrival."""

    device_id: str
    day: date
    field: str
    count: int


class UnknownDevice(Struct, frozen=True, kw_only=True):
    """A device that is not in the registry, by the messages of it that were refused and are still kept."""

    device_id: str
    count: int
    first_ms: int
    last_ms: int


class Noisy(Struct, frozen=True, kw_only=True):
    """A subject with its alerts; `rule` is the one that it has most of."""

    kind: str
    subject_id: str
    alerts: int
    withdrawn: int
    rule: str


class BadFields(Struct, frozen=True, kw_only=True):
    """The most frequent bad fields; `lines` and `total` count all of them."""

    items: tuple[BadField, ...]
    lines: int
    total: int


class UnknownDevices(Struct, frozen=True, kw_only=True):
    """The unknown devices seen last; `devices` and `messages` count all of them."""

    items: tuple[UnknownDevice, ...]
    devices: int
    messages: int


class Noisiest(Struct, frozen=True, kw_only=True):
    """The subjects with most alerts; `subjects` and `total` count all of them."""

    items: tuple[Noisy, ...]
    subjects: int
    total: int


Ids = Sequence[str] | None


class Devices(Verbs):
    """The devices of one database; `ids` are those of a scope, None for all."""

    QUERIES = "devices"

    async def heard(self) -> Mapping[str, Heard]:
        """Every device that was ever heard, by id."""
        return {row["device_id"]: Heard(**row) for row in await self._fetch("heard")}

    async def loss_days(self, *, first: date, last: date, ids: Ids) -> Sequence[LossDay]:
        """The account of each local day on which something arrived, both ends included, newest first."""
        return [LossDay(**row) for row in await self._fetch("loss_days", first, last, ids)]

    async def bad_fields(self, *, first: date, last: date, ids: Ids, limit: int) -> BadFields:
        """The most frequent bad fields of these local days."""
        rows = await self._fetch("bad_fields", first, last, ids, limit)
        return BadFields(
            items=tuple(_made(BadField, row) for row in rows),
            lines=rows[0]["lines"] if rows else 0,
            total=rows[0]["total"] if rows else 0,
        )

    async def unknown(self, *, ids: Ids, known: Sequence[str], limit: int) -> UnknownDevices:
        """Devices that were refused as unknown and are not among the known ones now."""
        rows = await self._fetch("unknown_devices", ids, known, limit)
        return UnknownDevices(
            items=tuple(_made(UnknownDevice, row) for row in rows),
            devices=rows[0]["devices"] if rows else 0,
            messages=rows[0]["messages"] if rows else 0,
        )

    async def noisiest(self, *, from_ms: int, to_ms: int, districts: Ids, limit: int) -> Noisiest:
        """The subjects with most alerts detected in [from, to]."""
        rows = await self._fetch("noisiest", from_ms, to_ms, districts, limit)
        return Noisiest(
            items=tuple(_made(Noisy, row) for row in rows),
            subjects=rows[0]["subjects"] if rows else 0,
            total=rows[0]["total"] if rows else 0,
        )


def _made(kind: type[Any], row: Mapping[str, Any]) -> Any:
    return kind(**{name: row[name] for name in kind.__struct_fields__})
