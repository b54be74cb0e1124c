"""The shapes of the bulletin: its figures beside those of the period before, and its sentences in both languages."""

from datetime import date
from typing import Literal

from pydantic import ConfigDict, Field

from api.schemas import Instant, Shape

Severities = dict[str, int]


class Told(Shape):
    """Made from a value that has the same names."""

    model_config = ConfigDict(frozen=True, extra="forbid", from_attributes=True)


class Words(Told):
    """The same in both languages."""

    zh: str
    en: str


class Sentences(Told):
    """The same sentences in both languages."""

    zh: list[str]
    en: list[str]


class CountedView(Told):
    """How many now and in the period before; null where that one was never stated."""

    n: int
    before: int | None
    change: int | None
    change_share: float | None = Field(
        description="Of what was before; null where that was nothing, or is unknown"
    )


class DeviceDays(Told):
    """`n` of `of`."""

    n: int
    of: int


class RateView(Told):
    """A rate and what it means; `share` lies between 0 and 1, null where there is nothing to be a share of."""

    name: str
    n: int
    of: int
    share: float | None
    share_before: float | None
    means: Words


class RuleRowView(Told):
    """The violations of one kind of rule."""

    rule: str
    count: CountedView
    by_severity: Severities


class DayRowView(Told):
    """The violations found on one local day, beside the day at the same place in the period before."""

    day: date
    count: CountedView
    by_severity: Severities


class HeadlineView(Told):
    """Alerts of the period and what became of them: violations + withdrawn + dismissed = alerts."""

    alerts: CountedView
    violations: CountedView
    withdrawn: CountedView
    dismissed: CountedView
    found_late: CountedView = Field(description="Of the violations")
    by_severity: dict[str, CountedView]
    by_rule: list[RuleRowView]
    by_day: list[DayRowView]


class RankedView(Told):
    """A company or district: `rank` by critical and major violations, then by all; equal ones share one."""

    rank: int
    id: str
    name: str
    count: CountedView
    serious: int = Field(description="Critical and major ones")
    by_severity: Severities
    by_rule: dict[str, int]
    vehicles: int | None = Field(description="Registered ones; null where unknown: a district has none")
    per_vehicle: float | None = Field(description="Violations for each registered vehicle")
    rank_per_vehicle: int | None
    online: DeviceDays | None = Field(description="Device-days heard")


class RankingView(Told):
    """A ranking, and what belongs to none: together they are all violations."""

    rows: list[RankedView]
    of_none: CountedView


class OffenderView(Told):
    """A vehicle with three violations or more, or with one kind (`again`) in both periods."""

    vehicle_id: str
    plate: str
    vehicle_kind: str | None
    company_id: str | None
    company: str
    count: CountedView
    by_severity: Severities
    by_rule: dict[str, int]
    again: list[str]
    is_frequent: bool


class HotSpotView(Told):
    """A place where violations recur: at least three, of several vehicles or days."""

    rank: int
    lon: float
    lat: float
    radius_m: int
    count: CountedView
    vehicles: int
    days: int
    by_severity: Severities
    by_rule: dict[str, int]
    place: str = Field(description="The site that most of them name; empty for none")
    district: str


class DustHoursView(Told):
    """How long a site was over a limit; several limits at once count once."""

    id: str
    name: str
    stations: list[str]
    district: str
    alerts: int
    over_ms: int
    before_ms: int | None


class BulletinCases(Told):
    """Cases opened in the period as they stood when it was stated, and all that were overdue then."""

    opened: int
    open: int
    closed: int
    dismissed: int
    opened_before: int | None
    overdue: int
    carried: int = Field(description="Those of the overdue ones that were opened before the period")
    disputed: int


class ArrivalsView(Told):
    """What arrived: received = stored + duplicate + rejected."""

    received: int
    stored: int
    duplicate: int
    rejected: int
    late: int
    silent_days: list[date] = Field(description="Nothing was received: no reports is not no violation")


class AmendedView(Told):
    """What a later issue counts otherwise; `violations` beside those of the issue before it."""

    number: int
    stated_at: str = Instant
    violations: CountedView
    added: int
    gone: int
    changed: int


class BulletinView(Told):
    """The bulletin of a week or month, from its statement as first issued; later ones are amendments."""

    period: str = Field(examples=["2026-W46"])
    kind: Literal["week", "month"]
    first: date
    last: date
    year: int
    issue: int = Field(description="The number of the week or month in its year (期号)")
    title: Words
    period_words: Words
    organ: str = Field(description="Who publishes it; empty where that is not set")
    timezone: str
    stated_at: str = Instant
    is_provisional: bool = Field(description="The period goes on: kept nowhere, and may change")
    within: list[str] | None = Field(
        description="The districts it is limited to, by name; null for the whole city"
    )
    before: str | None = Field(description="The period that it is compared with; null where none was issued")
    summary: Sentences
    headline: HeadlineView
    companies: RankingView
    districts: RankingView
    offenders: list[OffenderView]
    hot_spots: list[HotSpotView]
    rates: list[RateView]
    dust: list[DustHoursView]
    cases: BulletinCases
    arrivals: ArrivalsView | None
    amendments: list[AmendedView]
