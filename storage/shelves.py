"""What is shelved: one subject's alerts of one rule, kept off the list of alerts for at most twelve hours.

A shelf hides and does nothing else: rules judge on, cases and exports are as they were.
"""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from msgspec import Struct

from domain.instant import HOUR_MS
from domain.person import Person, Scope
from storage.errors import NotThere
from storage.records import AlertRow
from storage.verbs import Verbs, districts

LONGEST_MS = 12 * HOUR_MS
REMEMBERED_MS = 24 * HOUR_MS
"""How long a shelf that is over is still told, so that what comes back from it is marked."""


class Shelf(Struct, frozen=True, kw_only=True):
    """Alerts of one subject and rule that are, or were, kept off the list. `over_because`: None while it stands.

    `until_ended`: until the alert it was made for has ended, and `until_ms` at the latest.
    """

    id: int
    subject: str
    rule_id: str
    severity: str
    district_id: str | None
    alert_id: UUID | None
    at_ms: int
    until_ms: int
    until_ended: bool
    reason: str
    user_id: str
    user_name: str
    taken_back_ms: int | None
    taken_back_by: str | None
    over_because: str | None


def subject_of(alert: AlertRow) -> str:
    """Whom an alert is about, as its shelf names it."""
    for kind in ("vehicle", "station"):
        if (found := getattr(alert, f"{kind}_id")) is not None:
            return f"{kind}:{found}"
    return f"area:{alert.area}" if alert.area is not None else f"device:{alert.device_id}"


class Shelves(Verbs):
    """The shelves of one database, each verb within somebody's scope."""

    QUERIES = "shelves"

    async def shelve(
        self, person: Person, alert: AlertRow, *, until_ms: int, until_ended: bool, reason: str, at_ms: int
    ) -> Shelf:
        """Keep off the list what is like this alert: its subject's, its rule's, in its district, no more severe.

        Until an instant at most twelve hours away. Raises NotThere.
        """
        if not person.scope.covers(alert.district_id):
            raise NotThere(f"there is no alert {alert.id}")
        rows = await self._fetch(
            "shelve", subject_of(alert), alert.rule_id, alert.district_id, min(until_ms, at_ms + LONGEST_MS),
            until_ended, reason, person.user_id, person.name, at_ms, alert.id, alert.severity,
        )  # fmt: skip
        return await self._one(person.scope, int(rows[0]["id"]), at_ms)

    async def shelves(self, scope: Scope, *, at_ms: int) -> Sequence[Shelf]:
        """What is shelved, or was within the last day, newest first."""
        rows = await self._fetch("shelves", districts(scope), at_ms - REMEMBERED_MS, at_ms)
        return [_shelf(row) for row in rows]

    async def unshelve(self, person: Person, shelf_id: int, *, at_ms: int) -> Shelf:
        """Take something back from the shelf before its time; raises NotThere where nothing stands on it."""
        if not await self._fetch("unshelve", districts(person.scope), shelf_id, person.user_id, at_ms):
            raise NotThere(f"there is no shelf {shelf_id}")
        return await self._one(person.scope, shelf_id, at_ms)

    async def _one(self, scope: Scope, shelf_id: int, at_ms: int) -> Shelf:
        return next(one for one in await self.shelves(scope, at_ms=at_ms) if one.id == shelf_id)


def _shelf(row: Mapping[str, Any]) -> Shelf:
    values = {name: row[name] for name in Shelf.__struct_fields__}
    alert_id = row["alert_id"]
    return Shelf(**values | {"alert_id": None if alert_id is None else UUID(bytes=alert_id.bytes)})
