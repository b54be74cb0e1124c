"""Old alerts and new findings: which is which, and what is to be added, changed, withdrawn or looked at."""

import pytest
from msgspec.structs import replace

from alerts.evidence import SpeedEvidence
from alerts.finding import Finding
from alerts.reconcile import CONTRADICTED, Reconciled, StoredAlert, reconcile
from domain.identifiers import RuleId
from domain.rule import RuleKind
from domain.station import Severity


def finding(start: int, end: int | None, *, rule: str = "speeding", subject: str = "vehicle:V1", **fields):
    made = Finding(
        rule=RuleKind.SPEEDING,
        rule_id=RuleId(rule),
        subject=subject,
        severity=Severity.MINOR,
        first_started_ms=start,
        started_ms=start,
        detected_ms=start + 10,
        ended_ms=end,
        evidence=SpeedEvidence(top_speed_kmh=80.0, limit_kmh=60.0, zone_ids=()),
    )
    return replace(made, **fields)


def stored(*findings: Finding, acted_on: bool = False) -> list[StoredAlert]:
    return [StoredAlert(finding=one, acted_on=acted_on) for one in findings]


def outcome(result: Reconciled) -> dict[str, list[tuple[int, int, int | None]]]:
    """(first start, start, end) of what is to be done, by what it is; empty lists left out."""
    named = {
        "added": result.added,
        "changed": result.changed,
        "withdrawn": result.withdrawn,
        "review": result.review,
    }
    return {
        name: [(one.first_started_ms, one.started_ms, one.ended_ms) for one in findings]
        for name, findings in named.items()
        if findings
    }


@pytest.mark.parametrize(
    ("old", "found", "expected"),
    [
        pytest.param([(0, 9)], [(0, 9)], {}, id="nothing new"),
        pytest.param([], [(0, 9)], {"added": [(0, 0, 9)]}, id="found"),
        pytest.param([(0, 9)], [], {"withdrawn": [(0, 0, 9)]}, id="gone"),
        pytest.param([(0, None)], [(0, 9)], {"changed": [(0, 0, 9)]}, id="ended"),
        pytest.param([(5, 9)], [(3, 9)], {"changed": [(5, 3, 9)]}, id="begins earlier, keeps its id"),
        pytest.param([(5, 9)], [(9, 12)], {"changed": [(5, 9, 12)]}, id="touches"),
        pytest.param([(5, 9)], [(10, 12)], {"added": [(10, 10, 12)], "withdrawn": [(5, 5, 9)]}, id="apart"),
        pytest.param(
            [(5, 30)], [(3, 9), (20, 30)], {"changed": [(5, 3, 9)], "added": [(20, 20, 30)]}, id="splits"
        ),
        pytest.param(
            [(5, 30)],
            [(3, 4), (5, 9)],
            {"changed": [(5, 5, 9)], "added": [(3, 3, 4)]},
            id="the id goes first",
        ),
        pytest.param(
            [(5, 9), (20, 30)], [(4, 30)], {"changed": [(5, 4, 30)], "withdrawn": [(20, 20, 30)]}, id="joins"
        ),
        pytest.param(
            [(5, 9), (7, 30)],
            [(4, 8), (6, None)],
            {"changed": [(5, 4, 8), (7, 6, None)]},
            id="one to one, earliest first",
        ),
    ],
)
def test_a_finding_is_the_alert_of_its_id_or_the_earliest_that_it_overlaps(old, found, expected):
    result = reconcile(stored(*(finding(*span) for span in old)), [finding(*span) for span in found])
    assert outcome(result) == expected


@pytest.mark.parametrize("other", [{"rule": "speeding-2"}, {"subject": "vehicle:V2"}])
def test_another_rule_or_subject_is_another_alert(other):
    result = reconcile(stored(finding(5, 9)), [finding(4, 9, **other)])
    assert outcome(result) == {"added": [(4, 4, 9)], "withdrawn": [(5, 5, 9)]}


def test_a_corrected_alert_keeps_its_id_and_says_under_which_the_engine_knows_it():
    old, new = finding(5, 9), finding(3, 9)
    result = reconcile(stored(old), [new])
    assert result.changed[0].id == old.id
    assert result.first_started_ms == {new.id: 5}


def test_an_alert_that_is_gone_is_withdrawn_with_a_reason_and_otherwise_as_it_was():
    old = finding(5, None)
    (gone,) = reconcile(stored(old), []).withdrawn
    assert gone == replace(old, withdrawn=CONTRADICTED)


def test_the_engines_own_reason_is_kept():
    old = finding(5, 9)
    (gone,) = reconcile(stored(old), [replace(old, withdrawn="a background value came late")]).withdrawn
    assert gone.withdrawn == "a background value came late"


def test_what_the_engine_raised_and_took_back_is_no_news():
    assert outcome(reconcile([], [replace(finding(5, 9), withdrawn="later reports contradict it")])) == {}


def test_what_was_withdrawn_stays_so_without_being_told_again():
    assert outcome(reconcile(stored(replace(finding(5, 9), withdrawn="why")), [])) == {}


@pytest.mark.parametrize("start", [5, 3], ids=["same start", "overlapping"])
def test_a_withdrawn_alert_that_holds_again_stands_again(start):
    result = reconcile(stored(replace(finding(5, 9), withdrawn="why")), [finding(start, 9)])
    assert outcome(result) == {"changed": [(5, start, 9)]}
    assert result.changed[0].withdrawn is None


def test_one_that_stands_goes_before_one_that_was_withdrawn():
    old = [replace(finding(5, 9), withdrawn="why"), finding(8, 12)]
    assert outcome(reconcile(stored(*old), [finding(7, 12)])) == {"changed": [(8, 7, 12)]}


def test_an_alert_withdrawn_while_it_went_on_does_not_claim_what_came_hours_later():
    old = replace(finding(5, None), withdrawn="why")
    assert outcome(reconcile(stored(old), [finding(500, 600)])) == {"added": [(500, 500, 600)]}


def test_when_it_was_complete_alone_is_no_news():
    assert outcome(reconcile(stored(finding(5, 9)), [finding(5, 9, detected_ms=12)])) == {}


@pytest.mark.parametrize("found", [[], [(5, 7)]], ids=["gone", "changed"])
def test_what_a_person_has_acted_on_is_put_up_for_review(found):
    result = reconcile(stored(finding(5, 9), acted_on=True), [finding(*span) for span in found])
    assert set(outcome(result)) == {"review"}
    assert result.news == ()
