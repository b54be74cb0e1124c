"""The first figures of a bulletin: alerts and what became of them, by severity, kind and day, and the same before."""

from collections.abc import Mapping, Sequence
from datetime import date
from zoneinfo import ZoneInfo

from msgspec import Struct

from domain.localtime import local_day
from exports.counted import Counted, by_rule, by_severity, counted, grouped
from exports.figures import SEVERITIES
from exports.statement import StatedAlert, Statement


class RuleRow(Struct, frozen=True, kw_only=True):
    """The violations of one kind of rule."""

    rule: str
    count: Counted
    by_severity: Mapping[str, int]


class DayRow(Struct, frozen=True, kw_only=True):
    """The violations found on one local day; `before` is the day at the same place in the period before."""

    day: date
    by_severity: Mapping[str, int]
    count: Counted


class Headline(Struct, frozen=True, kw_only=True):
    """Alerts of the period and what became of them: violations + withdrawn + dismissed = alerts."""

    alerts: Counted
    violations: Counted
    withdrawn: Counted
    dismissed: Counted
    found_late: Counted
    by_severity: Mapping[str, Counted]
    by_rule: tuple[RuleRow, ...]
    by_day: tuple[DayRow, ...]


def headline(now: Statement, before: Statement | None) -> Headline:
    """Count a period beside the one before."""
    alerts, earlier = now.alerts, None if before is None else before.alerts
    violations, violations_before = violations_of(now), None if before is None else violations_of(before)

    def severe(severity: str) -> Counted:
        return counted(violations, violations_before, lambda one: one.severity == severity)

    return Headline(
        alerts=counted(alerts, earlier, lambda _: True),
        violations=counted(violations, violations_before, lambda _: True),
        withdrawn=counted(alerts, earlier, lambda one: one.withdrawn is not None),
        dismissed=counted(alerts, earlier, lambda one: one.withdrawn is None and not one.counts),
        found_late=counted(violations, violations_before, lambda one: one.found_late),
        by_severity={one.value: severe(one.value) for one in SEVERITIES},
        by_rule=_by_rule(violations, violations_before),
        by_day=_by_day(now, before),
    )


def violations_of(statement: Statement) -> tuple[StatedAlert, ...]:
    """The alerts of it that count."""
    return tuple(one for one in statement.alerts if one.counts)


def _by_rule(now: Sequence[StatedAlert], before: Sequence[StatedAlert] | None) -> tuple[RuleRow, ...]:
    mine, theirs = by_rule(now), by_rule(before or ())
    of_kind = grouped(now, lambda one: one.rule)
    return tuple(
        RuleRow(
            rule=kind,
            count=Counted(n=mine.get(kind, 0), before=None if before is None else theirs.get(kind, 0)),
            by_severity=by_severity(of_kind.get(kind, ())),
        )
        for kind in dict.fromkeys([*mine, *theirs])
    )


def _by_day(now: Statement, before: Statement | None) -> tuple[DayRow, ...]:
    mine = _daily(now)
    theirs = [] if before is None else [len(alerts) for alerts in _daily(before).values()]
    return tuple(
        DayRow(
            day=day,
            by_severity=by_severity(alerts),
            count=Counted(n=len(alerts), before=theirs[place] if place < len(theirs) else None),
        )
        for place, (day, alerts) in enumerate(mine.items())
    )


def _daily(statement: Statement) -> dict[date, list[StatedAlert]]:
    """The violations of each day of the period, by the day on which they were detected."""
    zone = ZoneInfo(statement.timezone)
    found = grouped(violations_of(statement), lambda one: local_day(one.detected_ms, zone))
    return {day: found.get(day, []) for day in statement.period.days}
