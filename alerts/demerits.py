"""What violations cost: the ledger line by line, and where companies and vehicles stand by it.

Every violation is judged by the scheme of its day. The first ones of a day take what the day may cost at most;
what an appeal gives back is not charged to another violation of that day instead.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from enum import StrEnum
from uuid import UUID

from msgspec import Struct

from alerts.demerit_scheme import (
    About,
    Band,
    Counts,
    DatedScheme,
    Follows,
    Scheme,
    Special,
    Timeline,
    Within,
    Worth,
    in_force,
)
from domain.rule import RuleKind
from domain.station import Severity


class AppealState(StrEnum):
    """What became of an appeal (申诉)."""

    OPEN = "open"
    UPHELD = "upheld"
    PARTLY = "partly"
    REFUSED = "refused"


class Violation(Struct, frozen=True, kw_only=True, gc=False):
    """An alert of a vehicle that stands and is not dismissed, on its local day; `is_confirmed`: found so on site."""

    alert_id: UUID
    rule: RuleKind
    severity: Severity
    at_ms: int
    day: date
    vehicle_id: str
    company_id: str | None = None
    district_id: str | None = None
    is_confirmed: bool = False


class Appeal(Struct, frozen=True, kw_only=True, gc=False):
    """An appeal against an alert as it stands; `back` is what a partly upheld one gives back."""

    id: int
    alert_id: UUID
    state: AppealState
    decided_ms: int | None = None
    back: Worth | None = None


class Points(Struct, frozen=True, kw_only=True, gc=False):
    """Of one line, for the company or for the vehicle: by the table, charged within the day's most, given back."""

    entry: int
    charged: int
    back: int

    @property
    def net(self) -> int:
        """What is left of it."""
        return self.charged - self.back


class Line(Struct, frozen=True, kw_only=True, gc=False):
    """One violation in the ledger; `scheme_version` is the one whose table was looked up."""

    violation: Violation
    scheme_version: int
    company: Points
    vehicle: Points
    appeal: Appeal | None = None

    def of(self, about: About) -> Points:
        """The points of one of them."""
        return self.company if about == "company" else self.vehicle

    def subject(self, about: About) -> str | None:
        """Whose line it is."""
        return self.violation.company_id if about == "company" else self.violation.vehicle_id

    @property
    def is_struck(self) -> bool:
        """Tell whether an upheld appeal took it off altogether."""
        return self.appeal is not None and self.appeal.state is AppealState.UPHELD


class Fired(Struct, frozen=True, kw_only=True):
    """A special rule that holds: so many violations, since the first day of their month or of the cycle."""

    special: Special
    count: int
    since: date


class Standing(Struct, frozen=True, kw_only=True):
    """Where a company or a vehicle stands: `points` is the sum of its lines, `week_points` what the last week changed."""

    about: About
    id: str
    points: int
    back: int
    violations: int
    week_points: int
    band: Band
    fired: tuple[Fired, ...] = ()

    @property
    def follows(self) -> Follows:
        """The worst of what its band and special rules have follow."""
        return max(
            (self.band.follows, *(one.special.follows for one in self.fired)), key=lambda each: each.rank
        )

    def score(self, scheme: Scheme) -> int | None:
        """What is left of the full score; None where the scheme has none."""
        return None if scheme.full is None else max(0, scheme.full.of(self.about) - self.points)


def ledger(timeline: Timeline, violations: Iterable[Violation], appeals: Iterable[Appeal]) -> list[Line]:
    """The lines of violations in order of time, whatever order they come in.

    What no scheme speaks of has no line: days before the first, unconfirmed ones where only confirmed ones
    count, kinds and severities that neither the table nor a special rule names.
    """
    by_alert = {one.alert_id: one for one in sorted(appeals, key=lambda each: each.id)}
    scheme_of: dict[date, DatedScheme | None] = {}
    spent: dict[tuple[str, RuleKind, date], Worth] = {}
    lines: list[Line] = []
    for one in sorted(violations, key=lambda each: (each.at_ms, each.alert_id)):
        if one.day not in scheme_of:
            scheme_of[one.day] = in_force(timeline, one.day)
        dated = scheme_of[one.day]
        if dated is None or not _is_named(dated.scheme, one):
            continue
        worth = dated.scheme.worth(one.rule, one.severity) or Worth(company=0, vehicle=0)
        key = (one.vehicle_id, one.rule, one.day)
        before = spent.get(key, Worth(company=0, vehicle=0))
        charged = _within_most(worth, before, dated.scheme.most_a_day)
        spent[key] = Worth(company=before.company + charged.company, vehicle=before.vehicle + charged.vehicle)
        lines.append(_line(one, dated.version, worth, charged, by_alert.get(one.alert_id)))
    return lines


def standings(
    scheme: Scheme,
    about: About,
    lines: Sequence[Line],
    *,
    now_ms: int,
    week_ms: int,
    others: Iterable[str] = (),
) -> list[Standing]:
    """Where everybody stands by their lines of one cycle, worst first; `others` have none and stand at 0.

    `scheme` is the one whose bands and special rules hold; the last week is [now − week, now).
    """
    of_each: dict[str, list[Line]] = {one: [] for one in others}
    for line in lines:
        if (subject := line.subject(about)) is not None:
            of_each.setdefault(subject, []).append(line)
    found = [
        _standing(scheme, about, subject, theirs, now_ms - week_ms) for subject, theirs in of_each.items()
    ]
    return worst_first(found)


def worst_first(these: Iterable[Standing]) -> list[Standing]:
    """By points, then by what follows, then by violations."""
    return sorted(these, key=lambda one: (-one.points, -one.follows.rank, -one.violations, one.id))


def _is_named(scheme: Scheme, one: Violation) -> bool:
    if scheme.counts is Counts.CONFIRMED and not one.is_confirmed:
        return False
    in_table = scheme.worth(one.rule, one.severity) is not None
    return in_table or any(one.rule in special.rules for special in scheme.specials)


def _within_most(worth: Worth, spent: Worth, most: Worth | None) -> Worth:
    if most is None:
        return worth
    return Worth(
        company=min(worth.company, max(0, most.company - spent.company)),
        vehicle=min(worth.vehicle, max(0, most.vehicle - spent.vehicle)),
    )


def _line(one: Violation, version: int, worth: Worth, charged: Worth, appeal: Appeal | None) -> Line:
    back = _given_back(charged, appeal)
    return Line(
        violation=one,
        scheme_version=version,
        company=Points(entry=worth.company, charged=charged.company, back=back.company),
        vehicle=Points(entry=worth.vehicle, charged=charged.vehicle, back=back.vehicle),
        appeal=appeal,
    )


def _given_back(charged: Worth, appeal: Appeal | None) -> Worth:
    if appeal is not None and appeal.state is AppealState.UPHELD:
        return charged
    if appeal is not None and appeal.state is AppealState.PARTLY and appeal.back is not None:
        return Worth(
            company=min(charged.company, appeal.back.company),
            vehicle=min(charged.vehicle, appeal.back.vehicle),
        )
    return Worth(company=0, vehicle=0)


def _standing(scheme: Scheme, about: About, subject: str, lines: Sequence[Line], since_ms: int) -> Standing:
    points = sum(line.of(about).net for line in lines)
    return Standing(
        about=about,
        id=subject,
        points=points,
        back=sum(line.of(about).back for line in lines),
        violations=sum(not line.is_struck for line in lines),
        week_points=sum(_since(line, about, since_ms) for line in lines),
        band=scheme.band(about, points),
        fired=tuple(
            fired
            for special in scheme.specials
            if special.about == about and (fired := _fired(special, lines)) is not None
        ),
    )


def _since(line: Line, about: About, since_ms: int) -> int:
    """What a line changed since an instant: charged since, less what was given back since."""
    points, appeal = line.of(about), line.appeal
    decided_ms = None if appeal is None else appeal.decided_ms
    charged = points.charged if line.violation.at_ms >= since_ms else 0
    return charged - (points.back if decided_ms is not None and decided_ms >= since_ms else 0)


def _fired(special: Special, lines: Sequence[Line]) -> Fired | None:
    """The month, or the cycle, with the most violations where they are enough; of equal ones the latest."""
    of_span: Mapping[date, list[date]] = defaultdict(list)
    begins = _span_of(special)
    for line in lines:
        if line.violation.rule in special.rules and not line.is_struck:
            of_span[begins(line.violation.day)].append(line.violation.day)
    worst = max(of_span.values(), key=lambda days: (len(days), days), default=[])
    if len(worst) < special.count:
        return None
    return Fired(special=special, count=len(worst), since=min(worst))


def _span_of(special: Special) -> Callable[[date], date]:
    if special.within is Within.MONTH:
        return lambda day: day.replace(day=1)
    return lambda _: date.min
