"""suspected_dump_site: unlisted places where loaded trucks of several owners unload or linger.

Judged beside the fold, from what the devices' folds found: illegal dumpings and facts of stays. A pure
function of the set of members, whatever the order in which they came to be known.
"""

import math
from collections.abc import Iterable, Sequence

from msgspec import Struct

from alerts.evidence import DumpSiteEvidence, SiteMember
from alerts.facts import Fact, FactKind
from alerts.finding import Finding
from alerts.ruleset import JudgedRule, Ruleset
from domain.identifiers import VehicleId
from domain.instant import DAY_MS, HOUR_MS
from domain.rule import RuleKind
from domain.station import Severity

NOTHING_NEW_MS = DAY_MS
ONLY_STAYED = 6
EVIDENCE_MEMBERS = 100


class Member(Struct, frozen=True, kw_only=True, gc=False):
    """One dumping or loaded stay: when it began, when that was settled, and where it was in the plane."""

    seen: SiteMember
    known_ms: int
    x_m: float
    y_m: float

    @property
    def order(self) -> tuple[int, str, str]:
        """Members of one time are taken in one order, whatever the order of arrival."""
        return (self.seen.at_ms, self.seen.kind, self.seen.vehicle_id)


def open_ms(rule: JudgedRule) -> int:
    """How long after its newest member a place may still grow, in ms."""
    return max(NOTHING_NEW_MS, span_ms(rule))


def span_ms(rule: JudgedRule) -> int:
    """The span in which the members that make a place lie, in ms."""
    return round(rule.params["span_h"] * HOUR_MS)


def judge(
    ruleset: Ruleset, dumpings: Sequence[Finding], stays: Sequence[Fact], until_ms: int
) -> tuple[Finding, ...]:
    """Every place that the area rules flag, as it stands at `until_ms`, from all that could be a member."""
    return tuple(
        finding
        for rule in ruleset.area_rules
        for finding in judge_rule(ruleset, rule, members(ruleset, rule, dumpings, stays), until_ms)
    )


def judge_rule(
    ruleset: Ruleset, rule: JudgedRule, found: Iterable[Member], until_ms: int
) -> tuple[Finding, ...]:
    """The places that one rule flags among its members."""
    named = _named(_places(rule, found))
    findings = (_finding(ruleset, rule, place, name, until_ms) for name, place in named)
    return tuple(one for one in findings if rule.district_ids is None or one.district_id in rule.district_ids)


def members(
    ruleset: Ruleset, rule: JudgedRule, dumpings: Iterable[Finding], stays: Iterable[Fact]
) -> list[Member]:
    """What counts for a rule, in order; the same dumping found by two rules is one."""
    unique: dict[tuple[int, str, str], Member] = {}
    for finding in dumpings:
        vehicle_id = finding.vehicle_id
        if vehicle_id is not None and ruleset.concerns(rule, vehicle_id) and _is_nowhere(ruleset, finding):
            member = _dumping(ruleset, finding, vehicle_id)
            unique.setdefault(member.order, member)
    by_length = [(float(one.about), one) for one in stays if one.kind is FactKind.STAY]
    for stay_s, stay in sorted(by_length, key=lambda each: each[0]):  # the shortest that is long enough
        if stay_s >= rule.params["stay_s"] and ruleset.concerns(rule, stay.vehicle_id):
            member = _stay(ruleset, stay)
            unique.setdefault(member.order, member)
    return sorted(unique.values(), key=lambda member: member.order)


def _is_nowhere(ruleset: Ruleset, finding: Finding) -> bool:
    return (
        finding.rule is RuleKind.ILLEGAL_DUMPING
        and finding.withdrawn is None
        and finding.lon is not None
        and not any(map(ruleset.is_place_to_be, finding.zone_ids))
    )


def _dumping(ruleset: Ruleset, finding: Finding, vehicle_id: VehicleId) -> Member:
    assert finding.lon is not None
    assert finding.lat is not None
    seen = SiteMember(
        kind="dumping", vehicle_id=vehicle_id, at_ms=finding.started_ms, lon=finding.lon, lat=finding.lat
    )
    return _member(ruleset, seen, finding.detected_ms)


def _stay(ruleset: Ruleset, fact: Fact) -> Member:
    assert fact.lon is not None
    assert fact.lat is not None
    seen = SiteMember(
        kind="stay", vehicle_id=fact.vehicle_id, at_ms=fact.started_ms, lon=fact.lon, lat=fact.lat
    )
    return _member(ruleset, seen, fact.known_ms)


def _member(ruleset: Ruleset, seen: SiteMember, known_ms: int) -> Member:
    x_m, y_m = ruleset.index.to_plane(seen.lon, seen.lat)
    return Member(seen=seen, known_ms=known_ms, x_m=x_m, y_m=y_m)


class _Place(Struct, kw_only=True, gc=False):
    """A place that was flagged; `detected_ms` is when enough was known, `joined_ms` when another took it over."""

    members: list[Member]
    detected_ms: int
    joined_ms: int | None = None

    @property
    def started_ms(self) -> int:
        return self.members[0].seen.at_ms

    @property
    def newest_ms(self) -> int:
        return self.members[-1].seen.at_ms


def _places(rule: JudgedRule, found: Iterable[Member]) -> list[_Place]:
    """Take the members in order of time: each joins the place it chains to, completes one, or waits."""
    chains = _Chains(rule)
    for member in found:
        chains.add(member)
    return chains.places


class _Chains:
    """The members so far, by square of the plane, and the places they have made."""

    def __init__(self, rule: JudgedRule) -> None:
        self._radius_m = rule.params["radius_m"]
        self._square_m = max(self._radius_m, 1.0)
        self._span_ms = span_ms(rule)
        self._open_ms = open_ms(rule)
        self._fewest = rule.params["min_vehicles"]
        self._squares: dict[tuple[int, int], list[Member]] = {}
        self._place_of: dict[tuple[int, str, str], _Place] = {}
        self.places: list[_Place] = []

    def add(self, member: Member) -> None:
        """Take in a member that is not older than those before."""
        self._squares.setdefault(self._square(member), []).append(member)
        chain = self._chain(member)
        places = {id(place): place for one in chain if (place := self._place_of.get(one.order)) is not None}
        if places:
            first, *others = sorted(places.values(), key=lambda place: place.members[0].order)
            for other in others:
                other.joined_ms = member.seen.at_ms
            self._settle(chain, first)
        elif self._is_enough(chain):
            place = _Place(members=[], detected_ms=max(one.known_ms for one in chain))
            self.places.append(place)
            self._settle(chain, place)

    def _settle(self, chain: list[Member], place: _Place) -> None:
        """Make the chain, with all that belonged to places in it, members of one place."""
        joined = {one.order: one for one in (*place.members, *chain)}
        place.members = [joined[order] for order in sorted(joined)]
        self._place_of.update(dict.fromkeys(joined, place))

    def _chain(self, member: Member) -> list[Member]:
        """All that chain to a member by steps of the radius: open places, and what waits inside the span."""
        at_ms = member.seen.at_ms
        known = {member.order: member}
        frontier = [member]
        while frontier:
            one = frontier.pop()
            for other in self._around(one):
                if other.order not in known and self._counts(other, at_ms):
                    known[other.order] = other
                    frontier.append(other)
        return list(known.values())

    def _counts(self, member: Member, at_ms: int) -> bool:
        place = self._place_of.get(member.order)
        if place is None:
            return at_ms - member.seen.at_ms <= self._span_ms
        return at_ms - place.newest_ms <= self._open_ms

    def _around(self, member: Member) -> Iterable[Member]:
        column, row = self._square(member)
        for x in (column - 1, column, column + 1):
            for y in (row - 1, row, row + 1):
                for other in self._squares.get((x, y), ()):
                    if math.hypot(other.x_m - member.x_m, other.y_m - member.y_m) <= self._radius_m:
                        yield other

    def _square(self, member: Member) -> tuple[int, int]:
        return math.floor(member.x_m / self._square_m), math.floor(member.y_m / self._square_m)

    def _is_enough(self, chain: list[Member]) -> bool:
        vehicles = {member.seen.vehicle_id for member in chain}
        dumped = any(member.seen.kind == "dumping" for member in chain)
        return len(vehicles) >= (self._fewest if dumped else max(ONLY_STAYED, self._fewest))


def _named(places: Iterable[_Place]) -> list[tuple[str, _Place]]:
    """Places by the square of a hundredth of a degree that their first member lay in; of one start in one square, marked."""
    named: dict[tuple[str, int], _Place] = {}
    for place in sorted(places, key=lambda place: place.members[0].order):
        first = place.members[0].seen
        name = f"{first.lon:.2f},{first.lat:.2f}"
        while (name, first.at_ms) in named:
            name += "'"
        named[name, first.at_ms] = place
    return [(name, place) for (name, _), place in named.items()]


def _finding(ruleset: Ruleset, rule: JudgedRule, place: _Place, name: str, until_ms: int) -> Finding:
    """One place as an alert."""
    count = len(place.members)
    x_m = sum(member.x_m for member in place.members) / count
    y_m = sum(member.y_m for member in place.members) / count
    lon, lat = ruleset.index.to_degrees(x_m, y_m)
    over_ms = place.newest_ms + open_ms(rule)
    return Finding(
        rule=rule.kind,
        rule_id=rule.id,
        subject=f"place:{name}",
        severity=rule.at_least(Severity.MAJOR),
        first_started_ms=place.started_ms,
        started_ms=place.started_ms,
        detected_ms=place.detected_ms,
        ended_ms=place.joined_ms if place.joined_ms is not None else over_ms if until_ms > over_ms else None,
        area=name,
        district_id=ruleset.index.district_at(x_m, y_m),
        lon=lon,
        lat=lat,
        evidence=_evidence(place),
    )


def _evidence(place: _Place) -> DumpSiteEvidence:
    seen = [member.seen for member in place.members]
    dumpings = sum(one.kind == "dumping" for one in seen)
    return DumpSiteEvidence(
        vehicles=len({one.vehicle_id for one in seen}),
        dumpings=dumpings,
        stays=len(seen) - dumpings,
        members=tuple(seen[-EVIDENCE_MEMBERS:]),
    )
