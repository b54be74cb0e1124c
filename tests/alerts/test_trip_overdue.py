"""`trip_overdue`: a haul that never arrives. Departure is at 30; the permit allows 10 min, so until 630."""

import pytest

from alerts import engine
from domain.identifiers import DeviceId
from tests.support.factories import World, haul_world
from tests.support.tracks import At, at, chain, drive, fold, in_order, judge, loaded_departure, stand

RULE = "trip_overdue"
DUE_S = 630


def world(max_trip_min: float = 10) -> World:
    return haul_world().permit(sources=("SRC",), disposals=("DSP",), max_trip_min=max_trip_min)


def haul(until_s: float = 600) -> list[At]:
    return chain(loaded_departure(), drive((50, 400), (until_s, 3000), load="full"))


def emptied(second: float) -> list[At]:
    return [at(second, 3100, v=0.0, load="empty"), at(second + 10, 3100, v=0.0, load="empty")]


@pytest.mark.parametrize(
    ("tick_s", "expected"),
    [
        pytest.param(DUE_S - 0.001, [], id="just before"),
        pytest.param(DUE_S + 0.001, [(DUE_S, None, "minor")], id="just after"),
        pytest.param(5000, [(DUE_S, None, "minor")], id="long after"),
    ],
)
def test_it_is_found_by_the_clock_once_the_time_is_over(tick_s, expected):
    verdict = judge(world(), haul(), ticks=[tick_s])
    assert verdict.of(RULE) == expected
    assert verdict.detected(RULE) == [DUE_S for _ in expected]


TICKS = pytest.mark.parametrize(
    "ticks", [(), (DUE_S - 1, DUE_S + 1), range(0, 3000, 7)], ids=["no tick", "few", "many"]
)


@TICKS
@pytest.mark.parametrize(
    ("end_s", "expected"),
    [
        pytest.param(DUE_S - 1, [], id="a second early"),
        pytest.param(DUE_S, [], id="just in time is no longer than allowed"),
        pytest.param(DUE_S + 1, [(DUE_S, DUE_S + 1, "minor")], id="a second late"),
        pytest.param(2000, [(DUE_S, 2000, "minor")], id="late"),
    ],
)
def test_it_is_found_by_the_next_report_and_ends_with_the_trip(ticks, end_s, expected):
    verdict = judge(world(), chain(haul(), emptied(end_s)), ticks=ticks)
    assert verdict.of(RULE) == expected
    assert verdict.detected(RULE) == [DUE_S for _ in expected]


@TICKS
def test_an_end_that_is_settled_after_the_time_but_dated_before_it_is_no_delay(ticks):
    # Empty at 625 and 635: the trip ended at 625.
    assert judge(world(), chain(haul(), emptied(625)), ticks=ticks).of(RULE) == []


@TICKS
def test_it_goes_on_while_the_trip_does(ticks):
    late = drive((700, 3100), (900, 5000), load="full")
    assert judge(world(), chain(haul(), late), ticks=[t for t in ticks if t <= 900]).of(RULE) == [
        (DUE_S, None, "minor")
    ]


@TICKS
def test_an_unloading_ends_it(ticks):
    rows = chain(haul(), drive((610, 3100), (690, 4900)), stand(700, 730, 6000, lift=True))
    assert judge(world(), rows, ticks=ticks).of(RULE) == [(DUE_S, 700, "minor")]


@TICKS
def test_entering_a_source_site_ends_it(ticks):
    rows = chain(haul(), [at(900, 0, v=20.0), at(910, 0, v=20.0), at(920, 0, v=0.0)])
    assert judge(world(), rows, ticks=ticks).of(RULE) == [(DUE_S, 900, "minor")]


def test_each_trip_has_its_own_time():
    back = [at(300, 0, v=20.0, load="full"), at(310, 0, v=0.0, load="full")]
    again = [at(320, 150, v=40.0), at(330, 300, v=40.0)]
    rows = chain(loaded_departure(), drive((50, 400), (290, 160)), back, again)
    assert judge(world(), rows, ticks=[919.999]).of(RULE) == []
    assert judge(world(), rows, ticks=[920.001]).of(RULE) == [(920, None, "minor")]


def test_a_silent_device_is_overdue_all_the_same():
    assert judge(world(), loaded_departure(), ticks=[DUE_S + 1]).of(RULE) == [(DUE_S, None, "minor")]


@TICKS
def test_a_gap_neither_ends_nor_excuses_it(ticks):
    rows = chain(loaded_departure(), drive((2000, 3000), (2050, 3500)))
    assert judge(world(), rows, ticks=ticks).of(RULE) == [(DUE_S, None, "minor")]


def test_reports_without_a_fix_find_it_too():
    rows = chain(haul(), [at(700, None, v=36.0)])
    assert judge(world(), rows).of(RULE) == [(DUE_S, None, "minor")]


# How long a trip may take.


@pytest.mark.parametrize(
    ("tick_s", "flagged"), [(10_829, False), (10_831, True)], ids=["before 180 min", "after 180 min"]
)
def test_a_permit_that_says_nothing_allows_180_min(tick_s, flagged):
    said_nothing = haul_world().permit(sources=("SRC",))
    assert bool(judge(said_nothing, haul(), ticks=[tick_s]).of(RULE)) is flagged


@pytest.mark.parametrize(
    ("tick_s", "flagged"), [(10_829, False), (10_831, True)], ids=["before 180 min", "after 180 min"]
)
def test_a_haul_without_a_permit_is_allowed_as_long(tick_s, flagged):
    assert bool(judge(haul_world(), haul(), ticks=[tick_s]).of(RULE)) is flagged


def test_the_trips_own_permit_counts():
    two = haul_world().permit("P1", sources=("SRC",), max_trip_min=5, valid=(-1000, None))
    two.permit("P2", sources=("SRC",), max_trip_min=20, valid=(-500, None))
    assert judge(two, haul(), ticks=[1229]).of(RULE) == []
    assert judge(two, haul(), ticks=[1231]).of(RULE) == [(1230, None, "minor")]


def test_a_permit_that_runs_out_under_way_still_says_how_long():
    runs_out = haul_world().permit(sources=("SRC",), max_trip_min=10, valid=(None, 100))
    assert judge(runs_out, haul(), ticks=[DUE_S + 1]).of(RULE) == [(DUE_S, None, "minor")]


# What is no trip.


def test_an_empty_or_unknown_truck_is_never_overdue():
    empty = [row.but(load="empty") for row in haul()]
    unknown = [row._replace(signals={"v": 36.0}) for row in haul()]
    assert judge(world(), empty, ticks=[50_000]).of(RULE) == []
    assert judge(world(), unknown, ticks=[50_000]).of(RULE) == []


def test_trips_concern_muck_trucks_only():
    refuse = haul_world(kind="refuse_truck").permit(sources=("SRC",), max_trip_min=10)
    assert judge(refuse, haul(), ticks=[5000]).of(RULE) == []


# Ticks.


def test_a_tick_is_due_when_the_time_is_over():
    world_ = world()
    world_.rule(RULE)
    ruleset = world_.ruleset()
    state, _ = fold(world_, engine.new_state(ruleset, DeviceId("D1")), in_order(world_, haul()))
    due_ms = engine.due_ms(ruleset, state)
    assert due_ms is not None
    assert world_.ms(DUE_S) <= due_ms <= world_.ms(DUE_S + 1)
    after, found = engine.tick(ruleset, state, due_ms)
    assert [each.rule for each in found] == [RULE]
    assert engine.due_ms(ruleset, after) is None


def test_many_ticks_are_no_news():
    verdict = judge(world(), haul(), ticks=range(600, 5000, 10))
    assert verdict.of(RULE) == [(DUE_S, None, "minor")]
    assert len([each for each in verdict.said if each.rule == RULE]) == 1


def test_a_report_that_arrives_late_but_in_order_takes_a_tentative_alert_back():
    # Empty at 620 and 625, which arrived at 700: at 640 the trip looked overdue.
    rows = [
        at(620, 3100, v=0.0, load="empty", received=700),
        at(625, 3100, v=0.0, load="empty", received=700),
    ]
    verdict = judge(world(), chain(haul(), rows), ticks=[640])
    assert verdict.of(RULE) == []
    assert len(verdict.withdrawn(RULE)) == 1


def test_evidence_names_the_permit_and_the_time_allowed():
    evidence = judge(world(), haul(), ticks=[DUE_S + 1]).only(RULE).evidence
    assert evidence.permit_id == "P1"
    assert evidence.max_trip_min == 10


@TICKS
def test_a_second_haul_after_an_overdue_one_may_be_overdue_too(ticks):
    back = [at(700, 0, v=20.0, load="full"), at(710, 0, v=0.0, load="full")]
    again = [at(720, 150, v=40.0), at(730, 300, v=40.0), *drive((740, 400), (1400, 3000), load="full")]
    rows = chain(loaded_departure(), drive((50, 400), (690, 160)), back, again)
    verdict = judge(world(), rows, ticks=[each for each in ticks if each <= 1400])
    assert verdict.of(RULE) == [(DUE_S, 700, "minor"), (1320, None, "minor")]
