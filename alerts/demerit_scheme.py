"""A scheme of demerits (扣分办法): what a violation costs, over which cycle, and what a total means.

A scheme is data with a day it takes effect. Which one a day is judged by, and which cycle a day lies in, is
decided here; what violations come to is in `demerits`, reading a document in `demerit_document`.
"""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from enum import StrEnum
from typing import Literal

from msgspec import Struct

from alerts.parameters import KINDS
from domain.rule import RuleKind
from domain.station import Severity

About = Literal["company", "vehicle"]

SCORED = tuple(kind for kind, terms in KINDS.items() if not terms.for_stations and not terms.for_areas)
"""The kinds of rules that a vehicle can break; stations and areas belong to no company."""


class Grade(StrEnum):
    """How good a band is, from best to worst: gives it its place, shape and usual name."""

    EXCELLENT = "excellent"
    GOOD = "good"
    WATCH = "watch"
    POOR = "poor"


class Follows(StrEnum):
    """What follows from a band or a special rule, from least to most."""

    NONE = "none"
    WATCH = "watch"
    BLACKLIST = "blacklist"

    @property
    def rank(self) -> int:
        """Larger is worse."""
        return tuple(Follows).index(self)


class Counts(StrEnum):
    """Which violations cost anything: all that stand and are not dismissed, or those confirmed on site alone."""

    STANDING = "standing"
    CONFIRMED = "confirmed"


class Counting(StrEnum):
    """How a total is told: demerits added up, or what is left of the full score."""

    UP = "up"
    DOWN = "down"


class Within(StrEnum):
    """Over what a special rule counts."""

    MONTH = "month"
    CYCLE = "cycle"


class Named(Struct, frozen=True, kw_only=True):
    """What something is called in both languages."""

    zh: str
    en: str


class Worth(Struct, frozen=True, kw_only=True, gc=False):
    """Points of a company and of a vehicle."""

    company: int
    vehicle: int

    def of(self, about: About) -> int:
        """Those of one of them."""
        return self.company if about == "company" else self.vehicle


class Band(Struct, frozen=True, kw_only=True):
    """Totals from so many demerit points on; `name` replaces the grade's usual one."""

    from_points: int
    grade: Grade
    follows: Follows = Follows.NONE
    name: Named | None = None


class Special(Struct, frozen=True, kw_only=True):
    """So many violations of these kinds within a month or the cycle have a consequence of their own."""

    name: Named
    about: About
    rules: frozenset[RuleKind]
    count: int
    within: Within
    follows: Follows


class Scheme(Struct, frozen=True, kw_only=True):
    """A whole, checked scheme. `first` is the month and day that cycles are counted from.

    `most_a_day` bounds what one rule costs one vehicle in a day; None bounds nothing.
    """

    name: Named
    source: Named | None
    months: int
    first: tuple[int, int]
    counting: Counting
    counts: Counts
    full: Worth | None
    most_a_day: Worth | None
    points: Mapping[RuleKind, Mapping[Severity, Worth]]
    company_bands: tuple[Band, ...]
    vehicle_bands: tuple[Band, ...]
    specials: tuple[Special, ...]

    def worth(self, rule: RuleKind, severity: Severity) -> Worth | None:
        """What the table says of a violation; None where it says nothing."""
        return self.points.get(rule, {}).get(severity)

    def bands(self, about: About) -> tuple[Band, ...]:
        """The bands of companies or of vehicles."""
        return self.company_bands if about == "company" else self.vehicle_bands

    def band(self, about: About, points: int) -> Band:
        """The band that a total lies in."""
        bands = self.bands(about)
        return next((one for one in reversed(bands) if one.from_points <= points), bands[0])

    @property
    def rhythm(self) -> tuple[int, tuple[int, int]]:
        """What makes its cycles the same as another's."""
        return self.months, self.first


class DatedScheme(Struct, frozen=True, kw_only=True):
    """A scheme by its version, in force from a local day until the next one's."""

    version: int
    effective_from: date
    scheme: Scheme


class Cycle(Struct, frozen=True, kw_only=True):
    """Whole local days, both included. `is_cut`: a scheme with other cycles ends or begins it."""

    first: date
    last: date
    is_cut: bool = False


class Part(Struct, frozen=True, kw_only=True):
    """Days of a cycle that one scheme judges, both included."""

    dated: DatedScheme
    first: date
    last: date


Timeline = Sequence[DatedScheme]
"""Schemes by version; `effective_from` never falls from one to the next."""


def parts(timeline: Timeline, first: date, last: date) -> tuple[Part, ...]:
    """Which scheme judges which days; days before the first scheme are nobody's."""
    spans = (
        Part(dated=one, first=max(one.effective_from, first), last=min(end, last))
        for one, end in zip(timeline, _ends(timeline), strict=True)
    )
    return tuple(part for part in spans if part.first <= part.last)


def _ends(timeline: Timeline) -> list[date]:
    """The last day of each scheme; of the last one there is none."""
    return [after.effective_from - timedelta(days=1) for after in timeline[1:]] + [
        date.max for _ in timeline[-1:]
    ]


def in_force(timeline: Timeline, day: date) -> DatedScheme | None:
    """The scheme that judges a day; None before the first."""
    found = parts(timeline, day, day)
    return found[0].dated if found else None


def cycle_of(timeline: Timeline, day: date) -> Cycle | None:
    """The cycle that a day lies in; None before the first scheme.

    It runs on under a new scheme with the same cycles, and ends where one with others begins.
    """
    lived = parts(timeline, date.min, date.max)
    at = next((n for n, part in enumerate(lived) if part.first <= day <= part.last), None)
    if at is None:
        return None
    rhythm = lived[at].dated.scheme.rhythm
    first, last = _calendar(rhythm, day)
    begins = ends = at
    while begins > 0 and lived[begins - 1].dated.scheme.rhythm == rhythm:
        begins -= 1
    while ends + 1 < len(lived) and lived[ends + 1].dated.scheme.rhythm == rhythm:
        ends += 1
    from_day, to_day = max(first, lived[begins].first), min(last, lived[ends].last)
    return Cycle(first=from_day, last=to_day, is_cut=(from_day, to_day) != (first, last))


def cycles(timeline: Timeline, day: date, *, since: date, most: int = 24) -> tuple[Cycle, ...]:
    """The cycle of a day and those before it back to that of another day, newest first."""
    found: list[Cycle] = []
    while len(found) < most and (cycle := cycle_of(timeline, day)) is not None:
        found.append(cycle)
        if cycle.first <= since:
            break
        day = cycle.first - timedelta(days=1)
    return tuple(found)


def _calendar(rhythm: tuple[int, tuple[int, int]], day: date) -> tuple[date, date]:
    """The first and last day of the cycle that a day lies in by the calendar alone."""
    months, (month, first_day) = rhythm
    since = day.year * 12 + day.month - month - (day.day < first_day)
    begun = since - since % months + month - 1
    return _day(begun, first_day), _day(begun + months, first_day) - timedelta(days=1)


def _day(months: int, day: int) -> date:
    return date(months // 12, months % 12 + 1, day)
