"""The bulletin (通报) of a week or a month: what is said of it to companies, bureaus and the leadership.

A pure function of the statements of the period and of the one before, as they were first issued; what was issued
later stands beside the figures as amendments and changes none of them.
"""

from collections.abc import Sequence
from datetime import date
from itertools import pairwise
from zoneinfo import ZoneInfo

from msgspec import Struct

from domain.period import Period
from exports.amendments import GAINED, LOST, Change, changes_between
from exports.bulletin.dust_hours import DustHours, Told, dust_hours
from exports.bulletin.headline import Headline, headline, violations_of
from exports.bulletin.hot_spots import HotSpot, hot_spots
from exports.bulletin.offenders import Offender, offenders
from exports.bulletin.ranking import Ranking, ranking
from exports.bulletin.rates import Basis, rates
from exports.counted import Counted, Rate
from exports.figures import CaseFigures, case_figures
from exports.statement import Statement
from exports.within import within


class CaseReport(Struct, frozen=True, kw_only=True):
    """Cases opened in the period as they stood when it was stated; `overdue` and `disputed` are of all that it names.

    `carried` are those of the overdue ones that were opened before the period.
    """

    figures: CaseFigures
    before: CaseFigures | None
    overdue: int
    carried: int
    disputed: int


class Arrivals(Struct, frozen=True, kw_only=True):
    """What arrived in the period: received = stored + duplicate + rejected. `silent_days`: nothing came on them."""

    received: int
    stored: int
    duplicate: int
    rejected: int
    late: int
    silent_days: tuple[date, ...]


class Amended(Struct, frozen=True, kw_only=True):
    """What a later issue counts otherwise: `violations` = those of the issue before it + `added` - `gone`."""

    number: int
    stated_ms: int
    violations: Counted
    changes: tuple[Change, ...]

    @property
    def added(self) -> int:
        """Violations that were none before."""
        return sum(one.kind in GAINED for one in self.changes)

    @property
    def gone(self) -> int:
        """Violations of before that are none any more."""
        return sum(one.kind in LOST for one in self.changes)

    @property
    def changed(self) -> int:
        """Violations before and after of which something else is said."""
        return len(self.changes) - self.added - self.gone


class Bulletin(Struct, frozen=True, kw_only=True):
    """Everything that a bulletin says. `within` are the districts it is limited to, by name; None for the whole city.

    `before` is the period before where a statement of it is there to compare with. `rates`
    come in the order they are told in; `arrivals` is None where a part of the city is asked for.
    `registry_version` is the one whose districts a map of it shows.
    """

    period: Period
    timezone: str
    stated_ms: int
    registry_version: int
    is_provisional: bool
    within: tuple[str, ...] | None
    before: Period | None
    headline: Headline
    companies: Ranking
    districts: Ranking
    offenders: tuple[Offender, ...]
    hot_spots: tuple[HotSpot, ...]
    rates: tuple[Rate, ...]
    dust: tuple[DustHours, ...]
    cases: CaseReport
    arrivals: Arrivals | None
    amendments: tuple[Amended, ...]

    @property
    def issue(self) -> int:
        """Which of its year it is (期号): the number of the week or of the month."""
        return self.period.first.isocalendar().week if self.period.kind == "week" else self.period.first.month

    @property
    def year(self) -> int:
        """The year that the issue is of."""
        return int(self.period.name[:4])

    def rate(self, name: str) -> Rate:
        """One of the rates; raises KeyError."""
        return {one.name: one for one in self.rates}[name]


def bulletin(
    statements: Sequence[Statement], before: Sequence[Statement], *, districts: frozenset[str] | None
) -> Bulletin:
    """The bulletin of a period from its statements in order of number and those of the period before, if any.

    `districts` limits it to what lies in these; raises IndexError without a statement.
    """
    issued = [within(one, districts) for one in statements]
    now, earlier = issued[0], within(before[0], districts) if before else None
    zone = ZoneInfo(now.timezone)
    violations, violations_before = violations_of(now), None if earlier is None else violations_of(earlier)
    cases = _case_report(now, earlier)
    vehicles, stations = ([one for one in now.fleets if one.kind == kind] for kind in ("vehicle", "station"))
    return Bulletin(
        period=now.period,
        timezone=now.timezone,
        stated_ms=now.stated_ms,
        registry_version=now.registry_version,
        is_provisional=now.is_provisional,
        within=None if districts is None else _names(now, districts),
        before=None if earlier is None else earlier.period,
        headline=headline(now, earlier),
        companies=ranking(violations, violations_before, vehicles, lambda one: (one.company_id, one.company)),
        districts=ranking(
            violations, violations_before, stations, lambda one: (one.district_id, one.district)
        ),
        offenders=offenders(violations, violations_before),
        hot_spots=hot_spots(violations, violations_before, zone),
        rates=rates(
            Basis(fleets=now.fleets, cases=cases.figures),
            None
            if earlier is None or cases.before is None
            else Basis(fleets=earlier.fleets, cases=cases.before),
        ),
        dust=dust_hours(_told(now), None if earlier is None else _told(earlier)),
        cases=cases,
        arrivals=_arrivals(now) if districts is None else None,
        amendments=tuple(_amended(first, then) for first, then in pairwise(issued)),
    )


def _names(statement: Statement, districts: frozenset[str]) -> tuple[str, ...]:
    """What districts are called in a statement; one that it never speaks of keeps its id."""
    named = {one.id: one.name for one in statement.fleets if one.kind == "station"}
    named |= {one.district_id: one.district for one in statement.alerts}
    return tuple(named.get(one) or one for one in sorted(districts))


def _case_report(now: Statement, before: Statement | None) -> CaseReport:
    overdue = [one for one in now.cases if one.is_overdue]
    return CaseReport(
        figures=_figures(now),
        before=None if before is None else _figures(before),
        overdue=len(overdue),
        carried=sum(not one.is_of_period for one in overdue),
        disputed=sum(one.disputed for one in now.cases),
    )


def _figures(statement: Statement) -> CaseFigures:
    return case_figures([one for one in statement.cases if one.is_of_period], statement.stated_ms)


def _told(statement: Statement) -> Told:
    zone = ZoneInfo(statement.timezone)
    span = (statement.period.from_ms(zone), statement.period.to_ms(zone))
    return Told(alerts=violations_of(statement), span=span, until_ms=statement.stated_ms)


def _arrivals(statement: Statement) -> Arrivals:
    account = statement.account
    return Arrivals(
        received=sum(one.received for one in account),
        stored=sum(one.stored for one in account),
        duplicate=sum(one.duplicate for one in account),
        rejected=sum(one.rejected for one in account),
        late=sum(one.late for one in account),
        silent_days=tuple(one.day for one in account if one.received == 0),
    )


def _amended(first: Statement, then: Statement) -> Amended:
    return Amended(
        number=then.number,
        stated_ms=then.stated_ms,
        violations=Counted(n=len(violations_of(then)), before=len(violations_of(first))),
        changes=tuple(changes_between(first, then)),
    )
