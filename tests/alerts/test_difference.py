"""Two judgements of one span: what appears, vanishes, changes, and what is not worth telling."""

import pytest
from msgspec.structs import replace

from alerts.difference import Span, difference
from alerts.evidence import SpeedEvidence
from alerts.finding import Finding
from domain.identifiers import RuleId
from domain.rule import RuleKind
from domain.station import Severity

SPAN = Span(from_ms=100, to_ms=200)


def finding(start: int, end: int | None, **fields) -> Finding:
    made = Finding(
        rule=RuleKind.SPEEDING,
        rule_id=RuleId("speeding"),
        subject="vehicle:V1",
        severity=Severity.MINOR,
        first_started_ms=start,
        started_ms=start,
        detected_ms=start + 10,
        ended_ms=end,
        evidence=SpeedEvidence(top_speed_kmh=80.0, limit_kmh=60.0, zone_ids=()),
    )
    return replace(made, **fields)


def told(before: list[Finding], after: list[Finding], *, knows_more: bool = False) -> list[tuple]:
    return [
        (
            change.kind.value,
            None if change.before is None else (change.before.started_ms, change.before.ended_ms),
            None if change.after is None else (change.after.started_ms, change.after.ended_ms),
        )
        for change in difference(before, after, SPAN, knows_more=knows_more)
    ]


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        pytest.param([(110, 120)], [(110, 120)], [], id="the same"),
        pytest.param([], [(110, 120)], [("appears", None, (110, 120))], id="appears"),
        pytest.param([(110, 120)], [], [("vanishes", (110, 120), None)], id="vanishes"),
        pytest.param([(110, 120)], [(112, 120)], [("changes", (110, 120), (112, 120))], id="starts later"),
        pytest.param([(110, None)], [(110, 150)], [("changes", (110, None), (110, 150))], id="ends"),
        pytest.param(
            [(110, 115), (120, 130)],
            [(110, 130)],
            [("changes", (110, 115), (110, 130)), ("vanishes", (120, 130), None)],
            id="two become one",
        ),
        pytest.param(
            [(110, 115)],
            [(116, 120)],
            [("vanishes", (110, 115), None), ("appears", None, (116, 120))],
            id="apart",
        ),
        pytest.param([(80, 95)], [], [], id="detected before the span"),
        pytest.param([(195, 199)], [], [], id="detected after it"),
        pytest.param([(89, 120)], [(89, 120)], [], id="across its begin"),
    ],
)
def test_what_becomes_of_alerts(before, after, expected):
    assert told([finding(*one) for one in before], [finding(*one) for one in after]) == expected


def test_another_severity_is_a_change_and_another_number_in_the_evidence_is_none():
    one = finding(110, 120)
    assert told([one], [replace(one, severity=Severity.MAJOR)])
    other = SpeedEvidence(top_speed_kmh=80.0, limit_kmh=50.0, zone_ids=())
    assert told([one], [replace(one, evidence=other, detected_ms=119)]) == []


@pytest.mark.parametrize(("detected_ms", "is_told"), [(99, False), (100, True), (199, True), (200, False)])
def test_an_alert_belongs_to_the_span_in_which_it_was_detected(detected_ms: int, is_told: bool):
    assert bool(told([], [finding(90, 250, detected_ms=detected_ms)])) is is_told


def test_an_alert_detected_on_the_other_side_of_the_spans_bound_is_still_the_same():
    assert told([finding(95, 130, detected_ms=99)], [finding(95, 130, detected_ms=105)]) == []


def test_other_rules_and_subjects_are_other_alerts_and_another_rule_of_one_kind_is_not():
    one = finding(110, 120)
    assert len(told([one], [replace(one, subject="vehicle:V2")])) == 2
    assert len(told([one], [replace(one, rule=RuleKind.OFF_ROUTE, rule_id=RuleId("off"))])) == 2
    assert told([one], [replace(one, rule_id=RuleId("speeding-2"))]) == []


@pytest.mark.parametrize(
    ("before", "after", "is_told"),
    [
        pytest.param((110, 260), (110, None), False, id="ended after the span"),
        pytest.param((110, 150), (110, None), True, id="ended in it"),
        pytest.param((110, 260), (110, 150), True, id="now ends in it"),
    ],
)
def test_what_came_after_the_span_is_not_held_against_who_did_not_see_it(before, after, is_told):
    stored = replace(finding(*before), severity=Severity.MAJOR)
    found = replace(finding(*after), severity=Severity.MAJOR)
    assert bool(told([stored], [found], knows_more=True)) is is_told


def test_a_severity_that_may_have_grown_after_the_span_is_not_compared():
    stored, found = replace(finding(110, 260), severity=Severity.MAJOR), finding(110, None)
    assert told([stored], [found], knows_more=True) == []
    assert len(told([replace(stored, ended_ms=150)], [replace(found, ended_ms=150)], knows_more=True)) == 1


def test_a_span_without_length_is_refused():
    with pytest.raises(ValueError, match="ends after"):
        Span(from_ms=5, to_ms=5)
