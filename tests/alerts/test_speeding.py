"""`speeding`: more than 1.1 times the limit. Where neither zone nor vehicle has one it is 60 km/h."""

import pytest

from tests.support.factories import World
from tests.support.tracks import At, at, judge

RULE = "speeding"


def world(**vehicle) -> World:
    return World().vehicle(kind="other", **vehicle)


def speeds(*pairs: tuple[float, float | None]) -> list[At]:
    """(second, km/h); the place moves 10 m a second, which no rule here looks at."""
    return [at(second, 10 * second, v=speed) for second, speed in pairs]


@pytest.mark.parametrize(
    ("speed_kmh", "expected"),
    [
        pytest.param(65.9, [], id="65.9"),
        pytest.param(66.0, [], id="66, 1.1 times"),
        pytest.param(66.1, [(10, None, "minor")], id="66.1"),
        pytest.param(89.9, [(10, None, "minor")], id="89.9"),
        pytest.param(90.0, [(10, None, "major")], id="90, 1.5 times"),
        pytest.param(90.1, [(10, None, "major")], id="90.1"),
    ],
)
def test_it_is_flagged_above_1_1_and_major_from_1_5_times_the_limit(speed_kmh, expected):
    assert judge(world(), speeds((0, 50), (10, speed_kmh), (20, speed_kmh))).of(RULE) == expected


@pytest.mark.parametrize(
    ("pairs", "expected"),
    [
        pytest.param([(10, 70), (19.9, 70)], [], id="9.9 s"),
        pytest.param([(10, 70), (20, 70)], [(10, None, "minor")], id="10 s, 2 reports"),
        pytest.param([(10, 70), (20.1, 70)], [(10, None, "minor")], id="10.1 s"),
        pytest.param([(10, 70)], [], id="1 report"),
        pytest.param([(10, 70), (15, 66), (20, 70), (29, 70)], [], id="slower between"),
        pytest.param([(10, 70), (15, None), (20, 70)], [(10, None, "minor")], id="unknown between"),
        pytest.param([(10, None), (20, None)], [], id="unknown"),
    ],
)
def test_it_takes_10_s_and_2_reports(pairs, expected):
    assert judge(world(), speeds((0, 50), *pairs)).of(RULE) == expected


FAST = [(0, 50), (10, 70), (20, 70)]


@pytest.mark.parametrize(
    ("pairs", "end_s"),
    [
        pytest.param([(30, 60), (39.9, 60)], None, id="9.9 s at the limit"),
        pytest.param([(30, 60), (40, 60)], 30, id="10 s at the limit"),
        pytest.param([(30, 60.1), (40, 60.1), (60, 60.1)], None, id="just over the limit"),
        pytest.param([(30, 60), (35, 61), (40, 60), (45, 59)], None, id="over it between"),
        pytest.param([(30, 60), (35, 61), (40, 60), (50, 59)], 40, id="under it again"),
        pytest.param([(30, 60), (50, 70)], None, id="one report under it"),
    ],
)
def test_it_ends_at_the_first_report_of_10_s_at_or_under_the_limit(pairs, end_s):
    assert judge(world(), speeds(*FAST, *pairs)).of(RULE) == [(10, end_s, "minor")]


def test_it_is_detected_when_the_hold_is_complete():
    assert judge(world(), speeds((0, 50), (10, 70), (15, 70), (20, 70), (30, 70))).detected(RULE) == [20]


def test_severity_rises_with_the_speed_and_does_not_fall():
    verdict = judge(world(), speeds(*FAST, (30, 95), (40, 70), (50, 60), (60, 60)))
    assert verdict.of(RULE) == [(10, 50, "major")]
    assert verdict.first_said(RULE).severity == "minor"


@pytest.mark.parametrize(
    ("again_s", "expected"),
    [
        pytest.param(329, [(10, None, "minor")], id="299 s"),
        pytest.param(330, [(10, None, "minor")], id="300 s"),
        pytest.param(331, [(10, 30, "minor"), (331, None, "minor")], id="301 s"),
    ],
)
def test_speeding_again_within_300_s_of_the_end_is_the_same_alert(again_s, expected):
    slow = [(second, 50) for second in range(30, 330, 20)]
    rows = speeds(*FAST, *slow, (again_s, 70), (again_s + 10, 70))
    assert judge(world(), rows).of(RULE) == expected


def test_the_alert_that_came_back_ends_at_its_second_end():
    pairs = [*FAST, (30, 50), (40, 50), (100, 70), (110, 70), (120, 50), (130, 50)]
    assert judge(world(), speeds(*pairs)).of(RULE) == [(10, 120, "minor")]


@pytest.mark.parametrize(
    ("apart_s", "expected"),
    [pytest.param(300, [(10, None, "minor")], id="300 s"), pytest.param(301, [], id="a gap")],
)
def test_no_hold_runs_across_a_gap(apart_s, expected):
    assert judge(world(), speeds((0, 50), (10, 70), (10 + apart_s, 70))).of(RULE) == expected


def test_a_gap_does_not_end_it():
    assert judge(world(), speeds(*FAST, (400, 70))).of(RULE) == [(10, None, "minor")]
    assert judge(world(), speeds(*FAST, (400, 50), (410, 50))).of(RULE) == [(10, 400, "minor")]


# Which limit.


@pytest.mark.parametrize(
    ("speed_kmh", "flagged"), [(44.0, False), (44.1, True)], ids=["1.1 times 40", "just over"]
)
def test_the_vehicles_own_limit_counts(speed_kmh, flagged):
    rows = speeds((0, 20), (10, speed_kmh), (20, speed_kmh))
    assert bool(judge(world(speed_limit_kmh=40), rows).of(RULE)) is flagged


def zone_track(speed_kmh: float) -> list[At]:
    """Inside the zone round x = 1000 from 10 on."""
    return [at(s, 850 + 10 * s, v=30.0 if s < 30 else speed_kmh) for s in range(0, 50, 5)]


def in_zone(limit_kmh: float, **vehicle) -> World:
    return world(**vehicle).square("Z30", "speed_zone", 1100, half_m=200, speed_limit_kmh=limit_kmh)


@pytest.mark.parametrize(
    ("zone_kmh", "own_kmh", "speed_kmh", "limit_kmh"),
    [
        pytest.param(30, None, 33.1, 30, id="the zone's"),
        pytest.param(30, 40, 33.1, 30, id="the lower: the zone's"),
        pytest.param(50, 40, 44.1, 40, id="the lower: its own"),
        pytest.param(80, None, 88.1, 80, id="a zone above the default"),
        pytest.param(30, None, 32.9, None, id="under the zone's"),
        pytest.param(80, None, 87.9, None, id="no default in a zone"),
    ],
)
def test_the_lowest_limit_of_zones_and_vehicle_counts(zone_kmh, own_kmh, speed_kmh, limit_kmh):
    verdict = judge(in_zone(zone_kmh, speed_limit_kmh=own_kmh), zone_track(speed_kmh))
    assert [each.evidence.limit_kmh for each in verdict.findings(RULE)] == (
        [] if limit_kmh is None else [limit_kmh]
    )


def test_of_two_speed_zones_the_lower_counts():
    both = in_zone(40).square("Z20", "speed_zone", 1100, half_m=200, speed_limit_kmh=20)
    found = judge(both, zone_track(25)).only(RULE)
    assert found.evidence.limit_kmh == 20
    assert "Z20" in found.evidence.zone_ids


def test_evidence_has_the_top_speed_and_the_limit_then():
    found = judge(world(), speeds(*FAST, (30, 81), (40, 72), (50, 60), (60, 60))).only(RULE)
    assert (found.evidence.top_speed_kmh, found.evidence.limit_kmh) == (81, 60)


# Parameters.


def test_the_default_limit_is_a_parameter():
    assert judge(world().rule(RULE, default_limit_kmh=80), speeds(*FAST)).of(RULE) == []
    assert judge(world().rule(RULE, default_limit_kmh=50), speeds((0, 40), (10, 56), (20, 56))).of(RULE) == [
        (10, None, "minor")
    ]


@pytest.mark.parametrize(("last_s", "flagged"), [(29.9, False), (30, True)], ids=["19.9 s", "20 s"])
def test_the_hold_is_a_parameter(last_s, flagged):
    rows = speeds((0, 50), (10, 70), (last_s, 70))
    assert bool(judge(world().rule(RULE, hold_s=20), rows).of(RULE)) is flagged


def test_two_rules_of_one_kind_are_two_alerts():
    both = world().rule(RULE, "fast", default_limit_kmh=60).rule(RULE, "very-fast", default_limit_kmh=100)
    verdict = judge(both, speeds((0, 50), (10, 112), (20, 112)))
    assert verdict.of(RULE, rule_id="fast") == [(10, None, "major")]
    assert verdict.of(RULE, rule_id="very-fast") == [(10, None, "minor")]
    assert len(verdict.by_id) == 2


def test_a_rules_own_severity_replaces_the_lowest():
    strict = world().rule(RULE, severity="major")
    assert judge(strict, speeds(*FAST)).of(RULE) == [(10, None, "major")]
