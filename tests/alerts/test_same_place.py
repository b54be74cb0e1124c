"""Which stored alert a suspected dump site is after it was judged again: ids and names that people know are kept."""

from msgspec.structs import replace

from alerts.evidence import DumpSiteEvidence, SiteMember, TamperEvidence
from alerts.finding import Finding
from alerts.reconcile import CONTRADICTED
from alerts.same_place import correct, member_keys
from domain.identifiers import RuleId, VehicleId
from domain.rule import RuleKind
from domain.station import Severity

DAY_MS = 86_400_000


def member(vehicle: int, at_ms: int) -> SiteMember:
    return SiteMember(kind="dumping", vehicle_id=VehicleId(f"V{vehicle}"), at_ms=at_ms, lon=114.0, lat=38.0)


def place(*members: SiteMember, rule_id: str = "sites") -> Finding:
    """A site that lasts a day after its last member, named after its first."""
    first, last = members[0], members[-1]
    return Finding(
        rule=RuleKind.SUSPECTED_DUMP_SITE,
        rule_id=RuleId(rule_id),
        subject=f"place:{first.vehicle_id}:{first.at_ms}",
        severity=Severity.MAJOR,
        first_started_ms=first.at_ms,
        started_ms=first.at_ms,
        detected_ms=last.at_ms,
        ended_ms=last.at_ms + DAY_MS,
        lon=first.lon,
        lat=first.lat,
        evidence=DumpSiteEvidence(vehicles=len(members), dumpings=len(members), stays=0, members=members),
    )


A, B, C, D, E, F, G = (member(number, 1000 * number) for number in range(1, 8))


def test_a_place_that_nothing_is_stored_of_is_new():
    assert correct([], [place(A, B, C)]) == (place(A, B, C),)


def test_a_place_that_says_what_is_stored_is_no_news():
    assert correct([place(A, B, C)], [place(A, B, C)]) == ()


def test_a_place_with_an_earlier_member_keeps_its_id_and_its_name():
    stored = place(B, C, D)
    (news,) = correct([stored], [place(A, B, C, D)])
    assert (news.id, news.subject) == (stored.id, stored.subject)
    assert (news.started_ms, news.evidence) == (A.at_ms, place(A, B, C, D).evidence)


def test_a_place_that_is_none_any_more_is_withdrawn_with_a_reason():
    stored = place(A, B, C)
    assert correct([stored], []) == (replace(stored, withdrawn=CONTRADICTED),)


def test_of_two_places_that_turn_out_to_be_one_the_one_with_more_members_goes_on():
    small, large = place(B, C), place(D, E, F)
    news = correct([small, large], [place(A, B, C, D, E, F)])
    assert {(one.id, one.withdrawn) for one in news} == {(small.id, CONTRADICTED), (large.id, None)}


def test_a_place_that_falls_apart_goes_on_in_one_part_only():
    stored = place(A, B, C, D, E, F)
    news = correct([stored], [place(B, C), place(D, E, F)])
    assert [one.withdrawn for one in news] == [None, None]
    assert [one.id == stored.id for one in sorted(news, key=lambda one: one.started_ms)] == [True, False]


def test_one_that_stands_goes_on_rather_than_one_that_was_withdrawn():
    gone, stands = replace(place(B, C, D), withdrawn=CONTRADICTED), place(E, F)
    (news,) = correct([gone, stands], [place(A, B, C, D, E, F)])
    assert (news.id, news.withdrawn) == (stands.id, None)


def test_the_same_id_is_the_same_place_whatever_it_shares_with_others():
    own, other = place(A, B), place(C, D, E)
    news = correct([own, other], [place(A, C, D, E)])
    assert {(one.id, one.withdrawn) for one in news} == {(own.id, None), (other.id, CONTRADICTED)}


def test_a_place_of_another_rule_or_with_no_member_in_common_is_another():
    stored = place(B, C, D, rule_id="others")
    news = correct([stored], [place(A, B, C)])
    assert {(one.id, one.withdrawn) for one in news} == {
        (stored.id, CONTRADICTED),
        (place(A, B, C).id, None),
    }
    stored = place(E, F, G)
    news = correct([stored], [place(A, B, C)])
    assert {(one.id, one.withdrawn) for one in news} == {
        (stored.id, CONTRADICTED),
        (place(A, B, C).id, None),
    }


def test_what_is_no_place_has_no_members():
    assert member_keys(replace(place(A), evidence=TamperEvidence(alarms=("removed",)))) == frozenset()
