"""`overload`: heavier than allowed on a trip. The truck may carry 10 t; departure is at 30, known at 40."""

import pytest

from tests.support.factories import World, haul_world
from tests.support.tracks import At, at, chain, drive, judge, loaded_departure, stand

RULE = "overload"
HEAVY_T = 11.0


def world(max_load_t: float | None = 10.0, **vehicle) -> World:
    bare = World().vehicle(max_load_t=max_load_t, **vehicle)
    return bare.square("SRC", "source_site", 0).square("DSP", "disposal_site", 6000)


def weighed(*weights: float | None, from_s: float = 50, every: float = 10) -> list[At]:
    """After departure: one weight every 10 s from 50 on."""
    rows = [
        at(from_s + every * n, 400 + 10 * every * n, v=36.0, **({} if weight is None else {"weight": weight}))
        for n, weight in enumerate(weights)
    ]
    return chain(loaded_departure(), rows)


@pytest.mark.parametrize(
    ("weights", "expected"),
    [
        pytest.param([HEAVY_T] * 2, [], id="two reports"),
        pytest.param([HEAVY_T] * 3, [(50, None, "minor")], id="three"),
        pytest.param([HEAVY_T] * 4, [(50, None, "minor")], id="four"),
        pytest.param([10.0] * 4, [], id="as allowed"),
        pytest.param([10.49] * 4, [], id="just under 1.05 times"),
        pytest.param([10.5] * 4, [], id="exactly 1.05 times"),
        pytest.param([10.51] * 4, [(50, None, "minor")], id="just over 1.05 times"),
        pytest.param([12.99] * 4, [(50, None, "minor")], id="just under 1.3 times"),
        pytest.param([13.0] * 4, [(50, None, "major")], id="exactly 1.3 times"),
        pytest.param([13.01] * 4, [(50, None, "major")], id="just over 1.3 times"),
        pytest.param([HEAVY_T, HEAVY_T, 10.0, HEAVY_T, HEAVY_T], [], id="allowed between"),
        pytest.param([HEAVY_T, None, HEAVY_T, None, HEAVY_T], [(50, None, "minor")], id="unknown between"),
        pytest.param([10.0, HEAVY_T, HEAVY_T, HEAVY_T], [(60, None, "minor")], id="from the second on"),
        pytest.param([None] * 5, [], id="unknown"),
    ],
)
def test_three_successive_weights_over_1_05_times_the_load_are_flagged(weights, expected):
    assert judge(world(), weighed(*weights)).of(RULE) == expected


def test_it_is_detected_at_the_third():
    assert judge(world(), weighed(HEAVY_T, HEAVY_T, HEAVY_T, HEAVY_T)).detected(RULE) == [70]


def test_severity_rises_with_the_weight():
    verdict = judge(world(), weighed(HEAVY_T, HEAVY_T, HEAVY_T, 13.5, 13.5, 13.5))
    assert verdict.of(RULE) == [(50, None, "major")]
    assert verdict.first_said(RULE).severity == "minor"


def test_severity_stays_once_it_was_major():
    assert judge(world(), weighed(*[13.5] * 3, *[HEAVY_T] * 3)).of(RULE) == [(50, None, "major")]


def test_a_lighter_weight_does_not_end_it():
    assert judge(world(), weighed(*[HEAVY_T] * 3, *[10.0] * 9)).of(RULE) == [(50, None, "minor")]


def test_heavy_again_on_the_same_trip_is_the_same_alert():
    weights = [*[HEAVY_T] * 3, *[10.0] * 3, *[HEAVY_T] * 5]
    assert judge(world(), weighed(*weights)).of(RULE) == [(50, None, "minor")]


# From the departure on.


@pytest.mark.parametrize(
    ("weights", "expected"),
    [
        pytest.param([None, None, None, HEAVY_T, HEAVY_T, HEAVY_T], [(30, None, "minor")], id="from it on"),
        pytest.param([None, None, None, HEAVY_T, HEAVY_T, None], [], id="only two from it on"),
        pytest.param([HEAVY_T, HEAVY_T, HEAVY_T, None, None, None], [], id="only before it"),
        pytest.param([None, None, HEAVY_T, HEAVY_T, HEAVY_T, None], [], id="one before it, two after"),
        pytest.param([HEAVY_T] * 6, [(30, None, "minor")], id="before and after"),
    ],
)
def test_only_weights_from_the_departure_on_count(weights, expected):
    rows = chain(loaded_departure(), [at(50, 400, v=36.0)])
    rows = [
        row if weight is None else row.but(weight=weight) for row, weight in zip(rows, weights, strict=True)
    ]
    assert judge(world(), rows).of(RULE) == expected


def test_weights_before_a_load_change_that_is_settled_later_count_from_the_departure_on():
    # Loaded at 20 by a change that the report at 60 settles: the departure at 30 is known at 60.
    rows = [at(0, 0, v=0.0, load="empty"), at(10, 0, v=0.0, load="empty"), at(20, 0, v=0.0, load="full")]
    rows += [at(30 + 10 * n, 150 + 150 * n, v=40.0, weight=HEAVY_T) for n in range(3)]
    assert judge(world(), rows).of(RULE) == []
    settled = judge(world(), [*rows, at(60, 700, v=40.0, load="full")])
    assert settled.of(RULE) == [(30, None, "minor")]


# The end, and what is no trip.


def test_it_ends_with_the_trip_at_the_unloading():
    rows = chain(weighed(*[HEAVY_T] * 4), drive((100, 900), (590, 5800), weight=HEAVY_T))
    tipping = stand(600, 640, 6000, lift=True, weight=0.0)
    assert judge(world(), chain(rows, tipping)).of(RULE) == [(50, 600, "minor")]


def test_it_ends_with_the_trip_when_the_load_becomes_empty():
    rows = chain(weighed(*[HEAVY_T] * 4), stand(100, 120, 900, load="empty"))
    assert judge(world(), rows).of(RULE) == [(50, 100, "minor")]


def test_the_next_trip_is_another_alert():
    back = [at(100, 150, v=20.0, load="full"), at(110, 0, v=20.0, load="full"), at(120, 0, v=0.0)]
    again = [at(200, 150, v=40.0), *(at(210 + 10 * n, 300 + 100 * n, v=40.0, weight=12.0) for n in range(4))]
    verdict = judge(world(), chain(weighed(*[HEAVY_T] * 4), back, again))
    assert verdict.of(RULE) == [(50, 110, "minor"), (210, None, "minor")]


def test_weights_of_two_trips_do_not_add_up():
    back = [at(100, 0, v=20.0), at(110, 0, v=20.0), at(120, 0, v=0.0)]
    again = [at(200, 150, v=40.0), at(210, 300, v=40.0, weight=HEAVY_T), at(220, 400, v=40.0, weight=HEAVY_T)]
    rows = chain(weighed(HEAVY_T, HEAVY_T), back, again)
    assert judge(world(), rows).of(RULE) == []


def test_a_truck_that_is_on_no_trip_may_weigh_what_it_likes():
    rows = [row.but(load="empty") for row in weighed(*[HEAVY_T] * 5)]
    assert judge(world(), rows).of(RULE) == []
    unknown = drive((0, 1000), (100, 2000), weight=HEAVY_T)
    assert judge(world(), unknown).of(RULE) == []


def test_without_a_known_load_limit_there_is_nothing_to_exceed():
    assert judge(world(None), weighed(*[50.0] * 5)).of(RULE) == []
    assert judge(haul_world(), weighed(*[50.0] * 5)).of(RULE) == []


def test_trips_concern_muck_trucks_only():
    assert judge(world(kind="refuse_truck"), weighed(*[HEAVY_T] * 5)).of(RULE) == []


# What is not known.


def test_weights_without_a_fix_count():
    rows = [row._replace(x=None) if row.second >= 50 else row for row in weighed(*[HEAVY_T] * 3)]
    assert judge(world(), rows).of(RULE) == [(50, None, "minor")]


def test_three_weights_are_successive_also_across_a_gap():
    rows = chain(
        weighed(HEAVY_T),
        [at(1000, 3000, v=36.0, weight=HEAVY_T), at(1010, 3100, v=36.0, weight=HEAVY_T)],
    )
    assert judge(world(), rows).of(RULE) == [(50, None, "minor")]


def test_a_gap_does_not_end_it():
    rows = chain(weighed(*[HEAVY_T] * 4), [at(1000, 3000, v=36.0), at(1010, 3100, v=36.0)])
    assert judge(world(), rows).of(RULE) == [(50, None, "minor")]


def test_evidence_has_the_weights_and_what_is_allowed():
    evidence = judge(world(), weighed(HEAVY_T, 12.0, 11.5)).only(RULE).evidence
    assert (evidence.weight_t, evidence.max_load_t) == (12.0, 10.0)


def test_evidence_has_the_highest_weight_of_the_trip():
    rows = chain(weighed(HEAVY_T, HEAVY_T, HEAVY_T, 12.5, 12.0), stand(200, 220, 1500, load="empty"))
    assert judge(world(), rows).only(RULE).evidence.weight_t == 12.5


def test_many_weights_before_a_departure_that_is_settled_late_begin_at_the_departure():
    # A weight every 5 s, but a load only every 5 min: loaded at 20, which the report at 320 settles.
    rows = [at(0, 0, v=0.0, load="empty"), at(10, 0, v=0.0, load="empty"), at(20, 0, v=0.0, load="full")]
    rows += [at(30 + 5 * n, 150 + 20 * n, v=15.0, weight=HEAVY_T) for n in range(58)]
    verdict = judge(world(), [*rows, at(320, 1400, v=15.0, load="full")])
    assert verdict.of(RULE) == [(30, None, "minor")]
