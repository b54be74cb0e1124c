"""What two judgements of one span come to in figures: by rule, severity and company, and how often it sounds.

The list of differences is made in `alerts/difference.py`; this counts it, beside all that did not change.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence

from msgspec import Struct

from alerts.difference import Alert, Change, ChangeKind, Span
from alerts.flood import ANNUNCIATED, BEGINS_ABOVE, WINDOW_MS
from domain.instant import HOUR_MS

NOBODY = ""
"""Stands for the company of what has none."""


class Row(Struct, frozen=True, kw_only=True):
    """One group of alerts: how many there were and are, and what became of them."""

    name: str
    before: int
    after: int
    appear: int
    vanish: int
    change: int


class Sounding(Struct, frozen=True, kw_only=True):
    """How often an alert is announced: in all, by hour of the span, the most in 10 min, and 10 min in flood."""

    alerts: int
    per_10_min: float
    most_in_10_min: int
    flooded_10_min: int
    by_hour: tuple[int, ...]


class Comparison(Struct, frozen=True, kw_only=True):
    """Two judgements beside each other. Rows are ordered by name, those without a difference among them."""

    by_rule: tuple[Row, ...]
    by_severity: tuple[Row, ...]
    by_company: tuple[Row, ...]
    sounding_before: Sounding
    sounding_after: Sounding


def compared(
    before: Sequence[Alert],
    after: Sequence[Alert],
    changes: Sequence[Change],
    span: Span,
    companies: Mapping[str, str],
) -> Comparison:
    """Count the alerts of a span, none of them withdrawn; `companies` are by vehicle."""

    def by(group: Callable[[Alert], str]) -> tuple[Row, ...]:
        return rows(group, before, after, changes)

    return Comparison(
        by_rule=by(rule_of),
        by_severity=by(lambda alert: str(alert.severity)),
        by_company=by(lambda alert: company_of(alert, companies)),
        sounding_before=sounding(before, span),
        sounding_after=sounding(after, span),
    )


def rule_of(alert: Alert) -> str:
    """The kind of its rule."""
    return str(alert.rule)


def company_of(alert: Alert, companies: Mapping[str, str]) -> str:
    """The company of its vehicle, NOBODY where it has none."""
    return companies.get(alert.vehicle_id or "", NOBODY)


def rows(
    group: Callable[[Alert], str],
    before: Iterable[Alert],
    after: Iterable[Alert],
    changes: Iterable[Change],
) -> tuple[Row, ...]:
    """A row for each group, by name. A change counts where its alert is after, or was before if it vanishes."""
    were, are = Counter(map(group, before)), Counter(map(group, after))
    became = Counter((group(one.alert), one.kind) for one in changes)
    return tuple(
        Row(
            name=name,
            before=were[name],
            after=are[name],
            appear=became[name, ChangeKind.APPEARS],
            vanish=became[name, ChangeKind.VANISHES],
            change=became[name, ChangeKind.CHANGES],
        )
        for name in sorted({*were, *are, *(name for name, _ in became)})
    )


def sounding(alerts: Iterable[Alert], span: Span) -> Sounding:
    """How often what was detected in a span is announced."""
    detected = [one.detected_ms - span.from_ms for one in alerts if one.severity in ANNUNCIATED]
    by_ten = Counter(at_ms // WINDOW_MS for at_ms in detected)
    by_hour = Counter(at_ms // HOUR_MS for at_ms in detected)
    length_ms = span.to_ms - span.from_ms
    return Sounding(
        alerts=len(detected),
        per_10_min=len(detected) * WINDOW_MS / length_ms,
        most_in_10_min=max(by_ten.values(), default=0),
        flooded_10_min=sum(count > BEGINS_ABOVE for count in by_ten.values()),
        by_hour=tuple(by_hour[hour] for hour in range(-(-length_ms // HOUR_MS))),
    )
