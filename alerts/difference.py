"""Two judgements of the same span compared: which alerts appear, vanish or change.

Alerts are one where rule kind and subject agree and their spans overlap, one to one, earliest first, as
when late data is reconciled. A change is one of start, end or severity: what evidence quotes (a limit, a
duration) moves with every threshold and would bury what matters.
"""

from collections.abc import Sequence
from enum import StrEnum
from typing import Protocol

from msgspec import Struct

from alerts.pairing import Spanned, paired

_FAR_MS = 1 << 62


class Alert(Spanned, Protocol):
    """What a finding and a stored alert have alike, as far as they are compared."""

    @property
    def rule(self) -> str: ...
    @property
    def subject(self) -> str: ...
    @property
    def severity(self) -> str: ...
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
    pairs = paired(before, after, _subject)
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


def _differ(before: Alert, after: Alert, known_until_ms: int | None) -> bool:
    """Tell whether start, end or severity differ, as far as they were known at an instant (None: in all)."""
    until_ms = _FAR_MS if known_until_ms is None else known_until_ms
    end_ms = _end_ms(before, until_ms)
    if before.started_ms != after.started_ms or end_ms != _end_ms(after, until_ms):
        return True
    return (known_until_ms is None or end_ms < until_ms) and before.severity != after.severity


def _end_ms(alert: Alert, until_ms: int) -> int:
    return until_ms if alert.ended_ms is None else min(alert.ended_ms, until_ms)


def _subject(alert: Alert) -> tuple[str, str]:
    return (alert.rule, alert.subject)


def _order(change: Change) -> tuple[int, str, str]:
    return (change.alert.started_ms, change.alert.rule, change.alert.subject)
