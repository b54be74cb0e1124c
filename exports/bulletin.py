"""The bulletin (通报) of a week or a month: what is said of it to companies, bureaus and the leadership.

A pure function of the statements of the period and of the one before, as they were first issued; what was issued
later stands beside the figures as amendments and changes none of them.
"""

from collections.abc import Mapping
from datetime import date

from msgspec import Struct

from domain.period import Period
from exports.counted import Counted, Rate
from exports.dust_hours import DustHours
from exports.figures import CaseFigures
from exports.hot_spots import HotSpot
from exports.offenders import Offender
from exports.ranking import Ranking


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
    added: int
    gone: int
    changed: int


class Bulletin(Struct, frozen=True, kw_only=True):
    """Everything that a bulletin says. `within` are the districts it is limited to, by name; None for the whole city.

    `before` is the period before where a statement of it is there to compare with. `summary` are its sentences in
    each language, `rates` come in the order they are told in, `arrivals` is None where a part of the city is asked for.
    """

    period: Period
    timezone: str
    stated_ms: int
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
    summary: Mapping[str, tuple[str, ...]]

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
