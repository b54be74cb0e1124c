"""Two judgements of the same span compared: which alerts appear, vanish or change.

Alerts are one where rule kind and subject agree and their spans overlap, one to one, earliest first, as
when late data is reconciled. A change is one of start, end or severity: what evidence quotes (a limit, a
duration) moves with every threshold and would bury what matters.
"""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Protocol
from uuid import UUID

from msgspec import Struct

_FAR_MS = 1 << 62


class Alert(Protocol):
    """What a finding and a stored alert have alike, as far as they are compared."""

    @property
    def id(self) -> UUID: ...
    @property
    def rule(self) -> str: ...
    @property
    def rule_id(self) -> str: ...
    @property
    def subject(self) -> str: ...
    @property
    def severity(self) -> str: ...
    @property
    def started_ms(self) -> int: ...
    @property
    def detected_ms(self) -> int: ...
    @property
    def ended_ms(self) -> int | None: ...
    @property
    def vehicle_id(self) -> str | None: ...


class ChangeKind(StrEnum):
    """What became of an alert."""

    APPEARS = "appears"
    VANISHES = "vanishes"
    CHANGES = "changes"


class Change(Struct, frozen=True, kw_only=True):
    """One difference; `before` is None where an alert appears, `after` where it vanishes."""

    kind: ChangeKind
    before: Alert | None = None
    after: Alert | None = None

    @property
    def alert(self) -> Alert:
        """The alert as it is after, or was before if it vanishes."""
        alert = self.after or self.before
        assert alert is not None, "a change is of something"
        return alert


class Span(Struct, frozen=True, kw_only=True):
    """An alert belongs to a span, [from, to) in ms since 1970 UTC, when it was detected in it."""

    from_ms: int
    to_ms: int

    def __post_init__(self) -> None:
        """Refuse a span without length."""
        if self.from_ms >= self.to_ms:
            raise ValueError("a span ends after it begins")

    def __contains__(self, alert: Alert) -> bool:
        """Tell whether an alert was detected in it."""
        return self.from_ms <= alert.detected_ms < self.to_ms


def difference(
    before: Sequence[Alert], after: Sequence[Alert], span: Span, *, knows_more: bool = False
) -> list[Change]:
    """What changes in a span, ordered by start, rule and subject. Neither side may hold withdrawn alerts.

    Both sides may hold alerts from around the span, so that one detected just outside it is still found to
    be the same; it is told only if either was detected inside. `knows_more`: `before` was judged with what
    came after the span, so of an alert that outlasts it neither end nor severity is compared.
    """
    pairs = paired(before, after)
    kept = {one.id for one in pairs.values()}
    changes = [
        Change(kind=ChangeKind.VANISHES, before=one) for one in before if one.id not in kept and one in span
    ]
    for one in after:
        old = pairs.get(one.id)
        if old is None:
            if one in span:
                changes.append(Change(kind=ChangeKind.APPEARS, after=one))
        elif (one in span or old in span) and _differ(old, one, span.to_ms if knows_more else None):
            changes.append(Change(kind=ChangeKind.CHANGES, before=old, after=one))
    return sorted(changes, key=_order)


def paired(before: Sequence[Alert], after: Sequence[Alert]) -> Mapping[UUID, Alert]:
    """The alert of before that each one of after is, by the latter's id: the same id first, then by overlap."""
    by_id = {one.id: one for one in before}
    pairs = {one.id: by_id[one.id] for one in after if one.id in by_id}
    free: dict[tuple[str, str], list[Alert]] = {}
    for one in sorted(before, key=_start):
        if one.id not in pairs:
            free.setdefault((one.rule, one.subject), []).append(one)
    for one in sorted(after, key=_start):
        candidates = free.get((one.rule, one.subject), [])
        if one.id in pairs:
            continue
        match = next((old for old in candidates if _overlap(old, one)), None)
        if match is not None:
            candidates.remove(match)
            pairs[one.id] = match
    return pairs


def _differ(before: Alert, after: Alert, known_until_ms: int | None) -> bool:
    """Tell whether start, end or severity differ, as far as they were known at an instant (None: in all)."""
    until_ms = _FAR_MS if known_until_ms is None else known_until_ms
    end_ms = _end_ms(before, until_ms)
    if before.started_ms != after.started_ms or end_ms != _end_ms(after, until_ms):
        return True
    return (known_until_ms is None or end_ms < until_ms) and before.severity != after.severity


def _overlap(one: Alert, other: Alert) -> bool:
    return one.started_ms <= _end_ms(other, _FAR_MS) and other.started_ms <= _end_ms(one, _FAR_MS)


def _end_ms(alert: Alert, until_ms: int) -> int:
    return until_ms if alert.ended_ms is None else min(alert.ended_ms, until_ms)


def _start(alert: Alert) -> int:
    return alert.started_ms


def _order(change: Change) -> tuple[int, str, str]:
    return (change.alert.started_ms, change.alert.rule, change.alert.subject)
