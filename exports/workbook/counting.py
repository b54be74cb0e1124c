"""Alerts of a statement counted by whatever they are grouped by."""

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Mapping
from datetime import date, tzinfo
from typing import TypeVar

from msgspec import Struct

from alerts.case_flow import CaseState
from domain.localtime import local_day
from exports.counted import grouped
from exports.figures import SEVERITIES
from exports.statement import StatedAlert, Statement

K = TypeVar("K", bound=Hashable)

_NAMES = tuple(one.value for one in SEVERITIES)


class Count(Struct, frozen=True, kw_only=True):
    """Alerts of one group: those that count by severity (gravest first), and those that do not.

    `subjects` are the vehicles, stations and areas that the violations are of.
    """

    by_severity: tuple[int, ...]
    subjects: int
    dismissed: int
    withdrawn: int

    @property
    def violations(self) -> int:
        """Those that count."""
        return sum(self.by_severity)

    @property
    def alerts(self) -> int:
        """Those that count and those that do not."""
        return self.violations + self.dismissed + self.withdrawn

    @property
    def order(self) -> tuple[int, ...]:
        """Most violations first, of as many the graver ones first."""
        return (-self.violations, *(-one for one in self.by_severity))


def count(alerts: Iterable[StatedAlert]) -> Count:
    """Count the alerts of one group; one that was withdrawn is not counted as dismissed, too."""
    severities = dict.fromkeys(_NAMES, 0)
    subjects = set()
    dismissed = withdrawn = 0
    for one in alerts:
        if one.counts:
            severities[one.severity] += 1
            subjects.add(one.subject)
        elif one.withdrawn is not None:
            withdrawn += 1
        else:
            dismissed += 1
    return Count(
        by_severity=tuple(severities.values()),
        subjects=len(subjects),
        dismissed=dismissed,
        withdrawn=withdrawn,
    )


def counted(alerts: Iterable[StatedAlert], of: Callable[[StatedAlert], K]) -> dict[K, Count]:
    """Alerts counted by group, most violations first."""
    counts = {key: count(lines) for key, lines in grouped(alerts, of).items()}
    return dict(sorted(counts.items(), key=lambda item: (*item[1].order, str(item[0]))))


def by_day(statement: Statement, zone: tzinfo) -> dict[date, Count]:
    """Alerts by the local day on which they were detected, days without any too."""
    groups = grouped(statement.alerts, lambda one: local_day(one.detected_ms, zone))
    return {day: count(groups.get(day, ())) for day in statement.period.days}


def by_state(statement: Statement) -> Mapping[str, int]:
    """How many cases of the period are in each state."""
    states = Counter(one.state for one in statement.cases if one.is_of_period)
    return {state.value: states[state.value] for state in CaseState}


def share(n: int, of: int) -> float | None:
    """A share of something; None of nothing."""
    return n / of if of else None
