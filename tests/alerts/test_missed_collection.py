"""`missed_collection`: a stop of a refuse run that was not served.

Second 0 is noon on a Monday. The stop at x = 1000 is due from 12:10 to 12:20, so from 600 to 1200,
within 50 m and for 10 s. `elsewhere` fills the time with reports from x = 0.
"""

import pytest

from alerts import engine
from domain.identifiers import DeviceId
from tests.support.factories import World, stop
from tests.support.tracks import At, at, fold, in_order, judge, stand

RULE = "missed_collection"
X = 1000.0
MISSED = [(1200, 1200, "minor")]
DAY_S = 86_400


def world(*, start: str = "2026-03-02 12:00", from_: str = "12:10", to: str = "12:20", **terms) -> World:
    run = {name: terms.pop(name) for name in ("days", "vehicle_id") if name in terms}
    return World(start).vehicle(kind="refuse_truck").run(stop("ST1", X, from_, to, **terms), **run)


def elsewhere(from_s: float, to_s: float) -> list[At]:
    return stand(from_s, to_s, 0, every=60)


def day(*visits: list[At], until_s: float = 2000, **world_terms):
    """The spans of a day of one vehicle that is elsewhere but for the visits."""
    return judge(world(**world_terms), rows(*visits, until_s=until_s)).of(RULE)


def rows(*visits: list[At], until_s: float = 2000) -> list[At]:
    made, second = [], 0.0
    for visit in visits:
        if second < visit[0].second - 30:
            made += elsewhere(second, visit[0].second - 30)
        made += visit
        second = visit[-1].second + 30
    return [*made, *elsewhere(second, until_s)]


def test_a_stop_without_a_visit_is_missed_at_the_end_of_its_window():
    verdict = judge(world(), rows())
    assert verdict.of(RULE) == MISSED
    assert verdict.detected(RULE) == [1200]


def test_a_stop_that_is_visited_is_served():
    assert day(stand(700, 760, X)) == []


# What a visit is.


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [(9, MISSED), (10, []), (11, [])],
    ids=["9 s", "10 s", "11 s"],
)
def test_a_visit_lasts_10_s(seconds, expected):
    assert day(stand(700, 700 + seconds, X, every=3)) == expected


@pytest.mark.parametrize(
    ("min_stay_s", "seconds", "expected"),
    [
        pytest.param(60, 59, MISSED, id="60: 59 s"),
        pytest.param(60, 60, [], id="60: 60 s"),
        pytest.param(0, 0, [], id="0: one report"),
    ],
)
def test_how_long_is_the_stops_own(min_stay_s, seconds, expected):
    visit = stand(700, 700 + seconds, X) if seconds else [at(700, X, v=5.0)]
    assert day(visit, min_stay_s=min_stay_s) == expected


@pytest.mark.parametrize(
    ("speed", "expected"),
    [(9.9, []), (10.0, MISSED), (10.1, MISSED)],
    ids=["9.9 km/h", "10 km/h", "10.1 km/h"],
)
def test_a_visit_is_below_10_kmh(speed, expected):
    assert day([at(700 + 5 * n, X - 20 + 10 * n, v=speed) for n in range(4)]) == expected


@pytest.mark.parametrize(("metres", "expected"), [(49.9, []), (50.1, MISSED)], ids=["49.9 m", "50.1 m"])
def test_a_visit_is_within_the_stops_radius(metres, expected):
    assert day(stand(700, 760, X, metres)) == expected
    assert day(stand(700, 760, X - metres)) == expected


def test_the_radius_is_the_stops_own():
    assert day(stand(700, 760, X, 79), radius_m=80) == []
    assert day(stand(700, 760, X, 81), radius_m=80) == MISSED


def test_driving_off_between_breaks_a_visit():
    assert day([at(700, X, v=0.0), at(705, X, v=15.0), at(710, X, v=0.0)]) == MISSED


def test_being_outside_between_breaks_a_visit():
    assert day([at(700, X, v=0.0), at(705, X + 60, v=0.0), at(710, X, v=0.0)]) == MISSED


def test_one_report_is_no_visit():
    assert day([at(700, X, v=0.0)]) == MISSED


def test_without_a_reported_speed_the_fixes_tell_it():
    assert day([at(700 + 10 * n, X, v=None) for n in range(6)]) == []
    assert day([at(700 + 10 * n, X - 45 + 30 * n, v=None) for n in range(4)]) == MISSED


def test_reports_without_a_fix_do_not_break_a_visit():
    assert day([at(700, X, v=0.0), at(705, None, v=0.0), at(710, X, v=0.0)]) == []


def test_without_a_fix_there_is_no_visit():
    assert day(stand(700, 760, None)) == MISSED


@pytest.mark.parametrize(("gap_s", "expected"), [(300, []), (301, MISSED)], ids=["300 s", "a gap"])
def test_no_visit_runs_across_a_gap(gap_s, expected):
    assert day([at(700, X, v=0.0), at(700 + gap_s, X, v=0.0)]) == expected


# When.


@pytest.mark.parametrize(
    ("from_s", "to_s", "expected"),
    [
        pytest.param(500, 599, MISSED, id="over a second before"),
        pytest.param(500, 600, [], id="until it begins"),
        pytest.param(500, 620, [], id="from before into it"),
        pytest.param(595, 605, [], id="half of the 10 s in it"),
        pytest.param(600, 610, [], id="from its first second"),
        pytest.param(1180, 1190, [], id="near its end"),
        pytest.param(1199, 1209, [], id="from its last second on"),
        pytest.param(1200, 1260, MISSED, id="from its end on"),
        pytest.param(1201, 1260, MISSED, id="a second after"),
        pytest.param(500, 1300, [], id="all the time"),
    ],
)
@pytest.mark.parametrize("ticks", [(), (1200,), range(0, 2000, 7)], ids=["no tick", "one", "many"])
def test_a_visit_overlaps_the_window_its_end_left_out(from_s, to_s, expected, ticks):
    visit = stand(from_s, to_s, X, every=5)
    verdict = judge(world(), rows(visit), ticks=ticks)
    assert verdict.of(RULE) == expected


@pytest.mark.parametrize(
    ("tick_s", "expected"),
    [(1199.999, []), (1201, MISSED), (DAY_S - 1, MISSED)],
    ids=["before its end", "after it", "hours later"],
)
def test_it_is_found_by_the_clock(tick_s, expected):
    assert judge(world(), elsewhere(0, 1140), ticks=[tick_s]).of(RULE) == expected


@pytest.mark.parametrize(
    ("next_s", "expected"), [(1199, []), (1201, MISSED)], ids=["before its end", "after it"]
)
def test_it_is_found_by_the_next_report(next_s, expected):
    assert judge(world(), [*elsewhere(0, 1140), at(next_s, 0, v=0.0)]).of(RULE) == expected


def test_a_tick_is_due_at_the_end_of_the_window():
    world_ = world()
    world_.rule(RULE)
    ruleset = world_.ruleset()
    items = in_order(world_, elsewhere(0, 1140))
    state, _ = fold(world_, engine.new_state(ruleset, DeviceId("D1")), items)
    due_ms = engine.due_ms(ruleset, state)
    assert due_ms == world_.ms(1200)
    after, found = engine.tick(ruleset, state, due_ms)
    assert [each.rule for each in found] == [RULE]
    next_ms = engine.due_ms(ruleset, after)
    assert next_ms is None or next_ms > due_ms


def test_a_visit_that_arrives_late_but_in_order_takes_it_back():
    visit = [row.but(received=1300) for row in stand(1150, 1170, X)]
    verdict = judge(world(), [*elsewhere(0, 1100), *visit, *elsewhere(1310, 1500)], ticks=[1210])
    assert verdict.of(RULE) == []
    assert len(verdict.withdrawn(RULE)) == 1


# The days.


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        pytest.param(("mon",), MISSED, id="today"),
        pytest.param(("tue", "wed"), [], id="other days"),
        pytest.param((), [], id="no day"),
    ],
)
def test_a_run_is_due_on_its_days(days, expected):
    assert day(days=days) == expected


def test_every_day_it_is_due_is_judged():
    rows_ = stand(0, 3 * DAY_S, 0, every=280)
    verdict = judge(world(days=("mon", "wed", "thu")), rows_)
    assert verdict.of(RULE) == [
        (1200, 1200, "minor"),
        (2 * DAY_S + 1200, 2 * DAY_S + 1200, "minor"),
    ]
    assert len({each.id for each in verdict.findings(RULE)}) == 2


def test_a_window_over_midnight_belongs_to_the_day_it_starts():
    # From 23:30 on a Monday: seconds -1800 to 1800 round midnight.
    night = {"start": "2026-03-03 00:00", "from_": "23:30", "to": "00:30"}
    around = [*stand(-3600, 1900, 0, every=60)]
    assert judge(world(days=("mon",), **night), around).of(RULE) == [(1800, 1800, "minor")]
    assert judge(world(days=("tue",), **night), around).of(RULE) == []
    visited = [*stand(-3600, -60, 0, every=60), *stand(0, 60, X), *stand(120, 1900, 0, every=60)]
    assert judge(world(days=("mon",), **night), visited).of(RULE) == []


# What is not known.


@pytest.mark.parametrize(
    ("first_s", "expected"),
    [
        pytest.param(599, MISSED, id="heard of a second before"),
        pytest.param(600, MISSED, id="as it begins"),
        pytest.param(601, [], id="begun before the first report"),
        pytest.param(5000, [], id="over before it"),
    ],
)
def test_a_window_begun_before_the_first_report_is_not_judged(first_s, expected):
    verdict = judge(world(), elsewhere(first_s, first_s + 1500), ticks=[first_s + 1500])
    assert verdict.of(RULE) == expected


def test_a_first_report_without_a_fix_is_one_too():
    assert judge(world(), [at(500, None), *elsewhere(700, 1500)]).of(RULE) == MISSED


def test_a_device_never_heard_of_misses_nothing():
    assert judge(world(), [], ticks=[1300, DAY_S + 1300]).of(RULE) == []


@pytest.mark.parametrize("ticks", [(), (1201,), range(0, 3000, 70)], ids=["no tick", "one", "many"])
def test_no_data_in_the_window_counts_as_missed_and_evidence_says_so(ticks):
    silent = judge(world(), [*elsewhere(0, 540), *elsewhere(2400, 2460)], ticks=ticks)
    heard = judge(world(), rows(), ticks=ticks)
    assert silent.of(RULE) == heard.of(RULE) == MISSED
    assert silent.only(RULE).evidence.heard is False
    assert heard.only(RULE).evidence.heard is True


def test_days_without_any_data_are_missed_one_by_one():
    silent = [*elsewhere(0, 540), *elsewhere(2 * DAY_S + 2000, 2 * DAY_S + 2060)]
    expected = [(n * DAY_S + 1200, n * DAY_S + 1200, "minor") for n in range(3)]
    assert judge(world(), silent).of(RULE) == expected
    ticked = judge(world(), elsewhere(0, 540), ticks=[2 * DAY_S + 2000])
    assert ticked.of(RULE) == expected


# A later visit.


def test_a_later_visit_that_day_is_noted_on_the_alert():
    verdict = judge(world(), rows(stand(1500, 1560, X)))
    assert verdict.of(RULE) == MISSED
    assert verdict.only(RULE).evidence.visited_later_ms == verdict.world.ms(1500)
    assert verdict.first_said(RULE).evidence.visited_later_ms is None


def test_a_visit_on_another_day_is_not():
    # Midnight is at 43,200.
    rows_ = [*elsewhere(0, 43_000), *stand(43_200, 43_260, X), *elsewhere(43_300, 43_400)]
    assert judge(world(), rows_).only(RULE).evidence.visited_later_ms is None
    rows_ = [*elsewhere(0, 43_000), *stand(43_180, 43_190, X), *elsewhere(43_300, 43_400)]
    assert judge(world(), rows_).only(RULE).evidence.visited_later_ms is not None


def test_an_earlier_visit_that_day_is_not():
    assert judge(world(), rows(stand(300, 400, X))).only(RULE).evidence.visited_later_ms is None


def test_the_first_of_several_later_visits_is_noted():
    verdict = judge(world(), rows(stand(1500, 1560, X), stand(1700, 1760, X)))
    assert verdict.only(RULE).evidence.visited_later_ms == verdict.world.ms(1500)


def test_a_visit_too_short_when_its_window_ends_and_cut_off_by_silence_is_none():
    # One report at the stop a few seconds before the end, then nothing: 300 s later no visit can grow from it.
    begun = [*elsewhere(0, 1140), at(1190, X, v=0.0)]
    assert judge(world(), [*begun, *elsewhere(6000, 6100)]).of(RULE) == MISSED
    assert judge(world(), begun, ticks=[5000]).of(RULE) == MISSED


# Several stops.


def test_a_visit_that_is_not_over_at_one_stop_delays_and_repeats_nothing_at_another():
    two = World().vehicle(kind="refuse_truck")
    two.run(stop("ST1", X, "12:10", "12:20", min_stay_s=60), stop("ST2", 3000, "12:10", "12:20"))
    verdict = judge(two, rows(stand(1195, 1275, X, every=5)))
    assert [each.evidence.stop_id for each in verdict.findings(RULE)] == ["ST2"]
    assert len([each for each in verdict.said if each.rule == RULE]) == 1


def test_each_stop_is_judged_for_itself():
    two = (
        World()
        .vehicle(kind="refuse_truck")
        .run(
            stop("ST1", X, "12:10", "12:20"),
            stop("ST2", 3000, "12:15", "12:30"),
            stop("ST3", 5000, "12:10", "12:20"),
        )
    )
    verdict = judge(two, rows(stand(700, 760, X)))
    assert verdict.of(RULE) == [(1200, 1200, "minor"), (1800, 1800, "minor")]
    assert {each.evidence.stop_id for each in verdict.findings(RULE)} == {"ST2", "ST3"}
    assert len({each.subject for each in verdict.findings(RULE)}) == 2


def test_a_stop_may_be_due_twice_a_day_in_two_runs():
    twice = World().vehicle(kind="refuse_truck")
    twice.run(stop("ST1", X, "12:10", "12:20"), run_id="EARLY").run(
        stop("ST1", X, "12:25", "12:30"), run_id="LATE"
    )
    verdict = judge(twice, rows(stand(700, 760, X)))
    assert verdict.of(RULE) == [(1800, 1800, "minor")]
    assert verdict.only(RULE).evidence.run_id == "LATE"


def test_one_visit_may_serve_two_runs():
    twice = World().vehicle(kind="refuse_truck")
    twice.run(stop("ST1", X, "12:10", "12:20"), run_id="A").run(stop("ST1", X, "12:15", "12:30"), run_id="B")
    assert judge(twice, rows(stand(1000, 1060, X))).of(RULE) == []


def test_the_runs_of_another_vehicle_do_not_matter():
    other = world(vehicle_id="V2").vehicle("V2", "D2", kind="refuse_truck")
    assert judge(other, rows()).of(RULE) == []
    assert judge(other, rows(), device_id="D2").of(RULE) == MISSED


def test_evidence_names_run_stop_and_window():
    verdict = judge(world(), rows())
    found = verdict.only(RULE)
    evidence = found.evidence
    assert (evidence.run_id, evidence.stop_id) == ("RUN1", "ST1")
    assert (verdict.world.seconds(evidence.window_from_ms), verdict.world.seconds(evidence.window_to_ms)) == (
        600,
        1200,
    )
    assert (found.vehicle_id, found.device_id) == ("V1", "D1")
    assert found.subject.startswith("vehicle:V1|")
    assert "ST1" in found.subject
    assert found.lon == pytest.approx(114 + X / 87_800, abs=0.0005)


def test_a_tick_is_due_when_a_visit_begun_in_time_can_no_longer_grow():
    world_ = world()
    world_.rule(RULE)
    ruleset = world_.ruleset()
    items = in_order(world_, [*elsewhere(0, 1140), at(1190, X, v=0.0)])
    state, _ = fold(world_, engine.new_state(ruleset, DeviceId("D1")), items)
    found, due_ms = [], engine.due_ms(ruleset, state)
    while due_ms is not None and due_ms <= world_.ms(2000):
        state, news = engine.tick(ruleset, state, due_ms)
        found += [(each.rule, world_.seconds(due_ms)) for each in news]
        due_ms = engine.due_ms(ruleset, state)
    assert [rule for rule, _ in found] == [RULE]
    assert found[0][1] <= 1491
