"""The tags of a bulletin's template: what each part of a bulletin is called there, written out in one language.

Counts are numbers, so that a template may compare them; changes, shares and times are texts, "—" where unknown.
A field here is a tag there: whoever renames one breaks the templates of cities.
"""

from msgspec import Struct


class Figure(Struct, frozen=True, kw_only=True):
    """A number beside the one of the period before: `before`, the change in number and in per cent."""

    n: int = 0
    before: str
    change: str
    change_share: str


class Severities(Figure, frozen=True, kw_only=True):
    """A figure by severity; `share` is its part of all violations."""

    critical: int
    major: int
    minor: int
    info: int
    share: str


class DayLine(Severities, frozen=True, kw_only=True):
    """One day of the period."""

    date: str
    weekday: str


class RuleLine(Severities, frozen=True, kw_only=True):
    """One kind of rule."""

    name: str


class RankLine(Severities, frozen=True, kw_only=True):
    """One company or district: `serious` are critical and major ones, `rules` its kinds with how often."""

    rank: int
    name: str
    serious: int
    rules: str
    vehicles: str
    per_vehicle: str
    rank_per_vehicle: str
    online: str


class OffenderLine(Severities, frozen=True, kw_only=True):
    """A vehicle that did it again: `again` are the kinds that it was found with in the period before, too."""

    number: int
    plate: str
    company: str
    rules: str
    again: str


class SpotLine(Severities, frozen=True, kw_only=True):
    """A place where violations recur; `number` is its number on the map."""

    number: int
    place: str
    district: str
    lon: str
    lat: str
    radius_m: int
    vehicles: int
    days: int
    rules: str


class DustLine(Struct, frozen=True, kw_only=True):
    """A site whose dust was over a limit, and for how many hours."""

    number: int
    name: str
    stations: str
    district: str
    alerts: int
    hours: str
    before: str


class RateLine(Struct, frozen=True, kw_only=True):
    """A share, `n` of `of`, both in `count`; `change` is in percentage points, `means` its definition."""

    name: str
    share: str
    n: int
    of: int
    count: str
    before: str
    change: str
    means: str


class CasesTag(Struct, frozen=True, kw_only=True):
    """The cases opened in the period; `overdue`, `carried` and `disputed` are of all that are open."""

    opened: int
    before: str
    open: int
    closed: int
    dismissed: int
    overdue: int
    carried: int
    disputed: int


class ArrivalsTag(Struct, frozen=True, kw_only=True):
    """What arrived, as texts: received = stored + duplicate + rejected; `silent` names the days without anything."""

    received: str
    stored: str
    duplicate: str
    rejected: str
    late: str
    silent: str


class AmendmentLine(Struct, frozen=True, kw_only=True):
    """What a later issue counts otherwise."""

    number: int
    stated: str
    n: int
    added: int
    gone: int
    changed: int


class ChartsTag(Struct, frozen=True, kw_only=True):
    """The pictures; `map` is "" where there is nothing to draw it of."""

    by_day: object
    by_rule: object
    companies: object
    rates: object
    map: object


class Tags(Struct, frozen=True, kw_only=True):
    """Everything that a template may name."""

    organ: str
    title: str
    issue: str
    period: str
    period_name: str
    stated: str
    stated_date: str
    within: str
    compared: str
    provisional: bool
    summary: tuple[str, ...]
    violations: Severities
    alerts: Figure
    withdrawn: Figure
    dismissed: Figure
    found_late: Figure
    severities: tuple[RuleLine, ...]
    days: tuple[DayLine, ...]
    rules: tuple[RuleLine, ...]
    companies: tuple[RankLine, ...]
    companies_none: int
    districts: tuple[RankLine, ...]
    districts_none: int
    offenders: tuple[OffenderLine, ...]
    hot_spots: tuple[SpotLine, ...]
    dust: tuple[DustLine, ...]
    rates: tuple[RateLine, ...]
    response: tuple[RateLine, ...]
    cases: CasesTag
    arrivals: ArrivalsTag | None
    amendments: tuple[AmendmentLine, ...]
    charts: ChartsTag
    font_notice: str
