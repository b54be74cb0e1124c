"""The figures of a span: alerts and cases counted, each share with what it is a share of.

Whoever counts the lines of the list or of the file by hand comes to the same figures.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Protocol

from msgspec import Struct

from alerts.case_flow import DONE, CaseState
from domain.station import Severity
from storage.reports import AlertLine

SEVERITIES = tuple(sorted(Severity, key=lambda one: one.rank, reverse=True))


class CaseTimes(Protocol):
    """What lines of cases say of their state and their deadlines."""

    @property
    def state(self) -> str: ...
    @property
    def verify_due_ms(self) -> int: ...
    @property
    def verified_ms(self) -> int | None: ...
    @property
    def close_due_ms(self) -> int | None: ...
    @property
    def closed_ms(self) -> int | None: ...


class Share(Struct, frozen=True, kw_only=True):
    """`n` of `of`."""

    n: int
    of: int


class Tally(Struct, frozen=True, kw_only=True):
    """Alerts of one group: those that stand by severity, those withdrawn, and both together."""

    id: str | None
    by_severity: Mapping[str, int]
    withdrawn: int
    total: int


class CaseFigures(Struct, frozen=True, kw_only=True):
    """The cases opened in a span as they stand at the moment of counting.

    `overdue` ones are open. `answered_in_time` is of those whose check on site was done or is over its time,
    those dismissed unchecked left out; `closed_in_time` of those with a closing limit that were closed or are over it.
    """

    opened: int
    by_state: Mapping[str, int]
    open: int
    closed: int
    dismissed: int
    overdue: int
    answered_in_time: Share
    closed_in_time: Share


def tallies(lines: Iterable[AlertLine], group_of: Callable[[AlertLine], str | None]) -> Sequence[Tally]:
    """Alerts by group, most alerts first; the group None holds what belongs to none."""
    groups: dict[str | None, list[AlertLine]] = {}
    for line in lines:
        groups.setdefault(group_of(line), []).append(line)
    found = [tally(group, of) for group, of in groups.items()]
    return sorted(found, key=lambda one: (one.id is None, -one.total, one.id or ""))


def tally(group: str | None, lines: Sequence[AlertLine]) -> Tally:
    """Alerts of one group."""
    standing = Counter(line.severity for line in lines if line.withdrawn is None)
    return Tally(
        id=group,
        by_severity={one.value: standing[one.value] for one in SEVERITIES},
        withdrawn=len(lines) - standing.total(),
        total=len(lines),
    )


def taken(lines: Iterable[AlertLine]) -> Share:
    """How many of the alerts that stand somebody has taken: theirs is a case that is not new."""
    standing = [line for line in lines if line.withdrawn is None]
    untaken = (None, CaseState.NEW.value, CaseState.REOPENED.value)
    return Share(n=sum(line.case_state not in untaken for line in standing), of=len(standing))


def is_overdue(case: CaseTimes, now_ms: int) -> bool:
    """Tell whether an open case has a deadline that runs and has passed."""
    if case.state in DONE:
        return False
    due = [case.verify_due_ms] if case.verified_ms is None else []
    if case.close_due_ms is not None:
        due.append(case.close_due_ms)
    return bool(due) and min(due) < now_ms


def case_figures(lines: Sequence[CaseTimes], now_ms: int) -> CaseFigures:
    """The cases of a span counted."""
    states = Counter(line.state for line in lines)
    to_verify = [
        line
        for line in lines
        if line.verified_ms is not None or (line.verify_due_ms < now_ms and line.state != CaseState.DISMISSED)
    ]
    to_close = [
        line
        for line in lines
        if line.close_due_ms is not None
        and (line.state == CaseState.CLOSED or (line.state not in DONE and line.close_due_ms < now_ms))
    ]
    return CaseFigures(
        opened=len(lines),
        by_state={state.value: states[state.value] for state in CaseState},
        open=sum(line.state not in DONE for line in lines),
        closed=states[CaseState.CLOSED],
        dismissed=states[CaseState.DISMISSED],
        overdue=sum(is_overdue(line, now_ms) for line in lines),
        answered_in_time=Share(
            n=sum(
                line.verified_ms is not None and line.verified_ms <= line.verify_due_ms for line in to_verify
            ),
            of=len(to_verify),
        ),
        closed_in_time=Share(
            n=sum(
                line.closed_ms is not None
                and line.close_due_ms is not None
                and line.closed_ms <= line.close_due_ms
                for line in to_close
            ),
            of=len(to_close),
        ),
    )


def online(devices: Iterable[str], heard_days: Mapping[str, int], days: int) -> Share:
    """Days on which something of a device was stored, of all the days of all these devices."""
    known = list(devices)
    return Share(n=sum(min(heard_days.get(one, 0), days) for one in known), of=len(known) * days)
