"""Scoring: spans widened by two minutes, one to one, the largest matching, areas within 300 m."""

import pytest

from alerts.scoring import ScoredAlert, TruthLine, read_alerts, read_truth, score
from domain.rule import RuleKind

MIN = 60_000


def an_alert(start, end, *, device="T1", rule=RuleKind.SPEEDING, **more):
    return ScoredAlert(
        rule=rule, device_id=device, started_ms=start, detected_ms=start + 30_000, ended_ms=end, **more
    )


def a_truth(start, end, *, device="T1", rule=RuleKind.SPEEDING, **more):
    return TruthLine(rule=rule, device_id=device, started_ms=start, ended_ms=end, **more)


@pytest.mark.parametrize(
    ("gap_ms", "matched"),
    [(0, 1), (239_999, 1), (240_000, 1), (240_001, 0)],
    ids=["touching", "just under twice the slack", "exactly twice the slack", "just over"],
)
def test_spans_match_when_they_overlap_after_both_are_widened(gap_ms, matched):
    truth = [a_truth(0, 10 * MIN)]
    before = [an_alert(-5 * MIN, -gap_ms)]
    after = [an_alert(10 * MIN + gap_ms, 20 * MIN + gap_ms)]
    assert score(before, truth)[0].matched == matched
    assert score(after, truth)[0].matched == matched


@pytest.mark.parametrize("change", [{"device": "T2"}, {"rule": RuleKind.OFF_ROUTE}], ids=["device", "rule"])
def test_another_device_or_rule_is_no_match(change):
    assert all(part.matched == 0 for part in score([an_alert(0, MIN, **change)], [a_truth(0, MIN)]))


def test_a_span_without_end_reaches_to_the_end_of_time():
    assert score([an_alert(0, None)], [a_truth(600 * MIN, 601 * MIN)])[0].matched == 1
    assert score([an_alert(600 * MIN, 601 * MIN)], [a_truth(0, None)])[0].matched == 1


def test_two_alerts_for_one_truth_line_cost_precision():
    (part,) = score([an_alert(0, MIN), an_alert(2 * MIN, 3 * MIN)], [a_truth(0, 3 * MIN)])
    assert (part.matched, part.precision, part.recall) == (1, 0.5, 1.0)


def test_the_matching_is_the_largest_one():
    # The first truth line could take either alert, the second only the first alert.
    truth = [a_truth(0, 30 * MIN), a_truth(0, 1 * MIN)]
    alerts = [an_alert(0, 2 * MIN), an_alert(20 * MIN, 21 * MIN)]
    for order in (truth, truth[::-1]):
        (part,) = score(alerts, order)
        assert (part.matched, part.missed, part.unfounded) == (2, (), ())


def test_a_chain_of_alternatives_is_followed():
    truth = [a_truth(i * 10 * MIN, (i + 1) * 10 * MIN) for i in range(6)]
    alerts = [an_alert((i + 1) * 10 * MIN, (i + 1) * 10 * MIN + 1) for i in range(6)]
    assert score(alerts, truth)[0].matched == 6


def test_withdrawn_alerts_count_for_nothing():
    (part,) = score([an_alert(0, MIN, withdrawn=True)], [a_truth(0, MIN)])
    assert (part.matched, part.precision, part.recall) == (0, None, 0.0)


def test_alerts_without_truth_have_precision_but_no_recall():
    (part,) = score([an_alert(0, MIN)], [])
    assert (part.precision, part.recall, part.median_delay_s) == (0.0, None, None)


@pytest.mark.parametrize(("north_deg", "matched"), [(0.0026, 1), (0.0028, 0)], ids=["290 m", "311 m"])
def test_an_area_matches_within_three_hundred_metres(north_deg, matched):
    rule = RuleKind.SUSPECTED_DUMP_SITE
    alert = an_alert(0, MIN, device=None, rule=rule, lon=120.0, lat=31.0 + north_deg)
    assert (
        score([alert], [a_truth(0, MIN, device=None, rule=rule, lon=120.0, lat=31.0)])[0].matched == matched
    )


def test_the_delay_is_the_median_from_true_start_to_detection():
    alerts = [an_alert(k * 60 * MIN, k * 60 * MIN + MIN) for k in range(3)]
    truth = [a_truth(k * 60 * MIN - k * 10_000, k * 60 * MIN) for k in range(3)]
    assert score(alerts, truth)[0].median_delay_s == 40.0


def test_files_are_read_with_further_fields_ignored():
    (alert,) = read_alerts(
        [
            (
                b'{"rule":"speeding","device_id":"T1","started_at":"2026-11-16T00:00:00Z","severity":"minor",'
                b'"detected_at":"2026-11-16T08:00:10.500+08:00","ended_at":null,"withdrawn":false}'
            )
        ]
    )
    assert alert.detected_ms - alert.started_ms == 10_500
    (line,) = read_truth(
        ['{"rule":"speeding","device_id":"T1","started_at":"2026-11-16T00:00:00Z","why":"x"}']
    )
    assert line.started_ms == alert.started_ms


@pytest.mark.parametrize(
    "bad",
    [
        b"{",
        b'{"rule":"flying","device_id":"T1","started_at":"2026-11-16T00:00:00Z"}',
        b'{"rule":"speeding","device_id":"T1","started_at":"2026-11-16T00:00:00"}',
        b'{"rule":"speeding","started_at":"2026-11-16T00:00:00Z"}',
        b"\xff",
    ],
    ids=["no JSON", "unknown rule", "no offset", "no subject", "not UTF-8"],
)
def test_a_line_that_cannot_be_read_is_named_by_its_number(bad):
    good = b'{"rule":"speeding","device_id":"T1","started_at":"2026-11-16T00:00:00Z"}'
    with pytest.raises(ValueError, match="line 3"):
        list(read_truth([good, b"", bad]))


def test_a_place_is_no_match_for_an_alert_without_one():
    truth = [a_truth(0, MIN, device=None, lon=114.0, lat=30.0)]
    assert score([an_alert(0, MIN)], truth)[0].matched == 0


def test_a_truth_that_ends_before_it_starts_is_named_by_its_line():
    line = b'{"rule":"speeding","device_id":"T1","started_at":"2026-01-02T00:00:00Z","ended_at":"2026-01-01T00:00:00Z"}'
    with pytest.raises(ValueError, match="line 2: ended_at is before started_at"):
        list(read_truth([b"", line]))
