"""What counts otherwise in a later statement of a period than in the one before it.

Late data and decisions of people change what counts; how far people are with a case does not. An alert that went on
when it was first stated ends some time, which is no correction.
"""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from itertools import pairwise

from msgspec import Struct

from exports.statement import StatedAlert, Statement


class ChangeKind(StrEnum):
    """How an alert counts otherwise."""

    ADDED = "added"
    WITHDRAWN = "withdrawn"
    RESTORED = "restored"
    DISMISSED = "dismissed"
    REOPENED = "reopened"
    CORRECTED = "corrected"


GAINED = frozenset({ChangeKind.ADDED, ChangeKind.RESTORED, ChangeKind.REOPENED})
LOST = frozenset({ChangeKind.WITHDRAWN, ChangeKind.DISMISSED})

CORRECTED_FIELDS: Mapping[str, tuple[str, ...]] = {
    "severity": ("severity",),
    "started": ("started_ms",),
    "ended_at": ("ended_ms",),
    "place": ("lon", "lat", "site_id", "district_id"),
    "subject": ("vehicle_id", "station_id", "area", "device_id", "company_id"),
    "what": ("what",),
}
"""What may be corrected, and the fields of an alert that say it."""

ENDS_LATER = frozenset({"ended_at", "what"})
"""What an alert that went on says anew when it has ended."""


class Change(Struct, frozen=True, kw_only=True):
    """One alert that counts otherwise: as it was stated before (None: not at all) and as it is stated after.

    After is None where it is no longer of the period. `fields` are names of `CORRECTED_FIELDS`.
    """

    kind: ChangeKind
    before: StatedAlert | None
    after: StatedAlert | None
    fields: tuple[str, ...] = ()

    @property
    def alert(self) -> StatedAlert:
        """The alert as it was stated last."""
        found = self.after or self.before
        assert found is not None
        return found


class Amendment(Struct, frozen=True, kw_only=True):
    """What a statement of this number changed of the one before."""

    number: int
    stated_ms: int
    changes: tuple[Change, ...]


def amendments(statements: Sequence[Statement]) -> tuple[Amendment, ...]:
    """What each statement of a period after the first changed, in order of number."""
    return tuple(
        Amendment(
            number=after.number, stated_ms=after.stated_ms, changes=tuple(changes_between(before, after))
        )
        for before, after in pairwise(statements)
    )


def changes_between(before: Statement, after: Statement) -> list[Change]:
    """The alerts that count otherwise, in the order of their detection."""
    old = {one.id: one for one in before.alerts}
    new = {one.id: one for one in after.alerts}
    found = [
        change
        for alert_id in old | new
        if (change := _change(old.get(alert_id), new.get(alert_id))) is not None
    ]
    return sorted(found, key=lambda one: (one.alert.detected_ms, one.alert.id))


def _change(before: StatedAlert | None, after: StatedAlert | None) -> Change | None:
    counted, counts = before is not None and before.counts, after is not None and after.counts
    if counted and counts:
        assert before is not None
        assert after is not None
        fields = _corrected(before, after)
        return (
            Change(kind=ChangeKind.CORRECTED, before=before, after=after, fields=fields) if fields else None
        )
    if counted == counts:
        return None
    return Change(kind=_gained(before) if counts else _lost(after), before=before, after=after)


def _gained(before: StatedAlert | None) -> ChangeKind:
    if before is None:
        return ChangeKind.ADDED
    return ChangeKind.REOPENED if before.withdrawn is None else ChangeKind.RESTORED


def _lost(after: StatedAlert | None) -> ChangeKind:
    is_dismissed = after is not None and after.withdrawn is None
    return ChangeKind.DISMISSED if is_dismissed else ChangeKind.WITHDRAWN


def _corrected(before: StatedAlert, after: StatedAlert) -> tuple[str, ...]:
    if before.revision == after.revision:
        return ()  # the engine has said nothing new; other words of a later release are no correction
    went_on = ENDS_LATER if before.ended_ms is None else frozenset[str]()
    return tuple(
        name
        for name, fields in CORRECTED_FIELDS.items()
        if name not in went_on and any(getattr(before, one) != getattr(after, one) for one in fields)
    )
