"""`off_route`: a haul off its approved route. The route runs along y = 0 and is 50 m wide to each side.

A fix without accuracy counts as 10 m, so beyond y = 60 a truck is off. Departure is at 30.
"""

import pytest

from tests.support.factories import World, haul_world, permitted_world
from tests.support.tracks import At, at, judge, loaded_departure, stand

RULE = "off_route"
OFF_M = 80.0


def haul(*points: tuple[float, float]) -> list[At]:
    """After departure: (second, y); x goes on at 5 m/s so that no place is a stay."""
    return [*loaded_departure(), *(at(second, 300 + 5 * (second - 40), y, v=36.0) for second, y in points)]


def off(from_s: float, to_s: float, y: float = OFF_M, every: float = 10) -> list[tuple[float, float]]:
    points = []
    second = from_s
    while second < to_s:
        points.append((second, y))
        second += every
    return [*points, (to_s, y)]


@pytest.mark.parametrize(
    ("points", "expected"),
    [
        pytest.param([(50, 0), *off(60, 119), (125, 0)], [], id="59 s"),
        pytest.param([(50, 0), *off(60, 120)], [(60, None, "minor")], id="60 s"),
        pytest.param([(50, 0), *off(60, 130)], [(60, None, "minor")], id="70 s"),
        pytest.param([(50, 0), (60, OFF_M), (120, OFF_M), (125, 0)], [], id="2 fixes"),
        pytest.param([(50, 0), (60, OFF_M), (90, OFF_M), (120, OFF_M)], [(60, None, "minor")], id="3 fixes"),
        pytest.param(
            [(50, 0), *off(60, 100), (105, 0), *off(110, 160), (165, 0)], [], id="once back on it between"
        ),
    ],
)
def test_it_takes_60_s_and_3_fixes(points, expected):
    assert judge(permitted_world(), haul(*points)).of(RULE) == expected


def test_it_is_detected_when_the_hold_is_complete():
    verdict = judge(permitted_world(), haul((50, 0), *off(60, 200)))
    assert verdict.detected(RULE) == [120]


@pytest.mark.parametrize(
    ("y", "accuracy_m", "flagged"),
    [
        pytest.param(59.9, None, False, id="59.9 m, accuracy absent"),
        pytest.param(60.0, None, False, id="60 m, accuracy absent"),
        pytest.param(60.1, None, True, id="60.1 m, accuracy absent"),
        pytest.param(80.0, 30.0, False, id="80 m, accuracy 30 m"),
        pytest.param(80.1, 30.0, True, id="80.1 m, accuracy 30 m"),
        pytest.param(50.0, 0.0, False, id="50 m, accuracy 0"),
        pytest.param(50.1, 0.0, True, id="50.1 m, accuracy 0"),
        pytest.param(-60.1, None, True, id="the other side"),
        pytest.param(500.0, 51.0, False, id="too vague to use"),
    ],
)
def test_off_is_farther_than_half_width_and_accuracy(y, accuracy_m, flagged):
    rows = [row.but(acc=accuracy_m) if row.y else row for row in haul((50, 0), *off(60, 130, y))]
    assert bool(judge(permitted_world(), rows).of(RULE)) is flagged


def test_each_route_has_its_own_half_width():
    world = haul_world().route("R1", (0, 0), (6000, 0), half_width_m=100)
    world.permit(sources=("SRC",), routes=("R1",))
    assert judge(world, haul((50, 0), *off(60, 130, 110))).of(RULE) == []
    assert judge(world, haul((50, 0), *off(60, 130, 110.1))).of(RULE) == [(60, None, "minor")]


def test_it_must_be_off_each_of_the_routes():
    world = haul_world().route("R1", (0, 0), (6000, 0)).route("R2", (0, 150), (6000, 150))
    world.permit(sources=("SRC",), routes=("R1", "R2"))
    assert judge(world, haul((50, 0), *off(60, 130, 90))).of(RULE) == []
    assert judge(world, haul((50, 0), *off(60, 130, 211))).of(RULE) == [(60, None, "minor")]


@pytest.mark.parametrize(
    ("back", "expected"),
    [
        pytest.param([(130, 0), (159, 0)], [(60, None, "minor")], id="29 s back"),
        pytest.param([(130, 0), (160, 0)], [(60, 130, "minor")], id="30 s back"),
        pytest.param([(130, 0), (140, 0), (150, OFF_M), (160, 0)], [(60, None, "minor")], id="off between"),
        pytest.param(
            [(130, 0), (140, 0), (150, OFF_M), (160, 0), (190, 0)], [(60, 160, "minor")], id="back again"
        ),
    ],
)
def test_it_ends_at_the_first_fix_of_30_s_back_on_the_route(back, expected):
    assert judge(permitted_world(), haul((50, 0), *off(60, 120), *back)).of(RULE) == expected


@pytest.mark.parametrize(
    ("until_s", "severity"),
    [(959, "minor"), (960, "major"), (961, "major")],
    ids=["899 s", "900 s", "901 s"],
)
def test_from_15_min_on_it_is_major(until_s, severity):
    # Along a route long enough that the truck does not arrive meanwhile.
    verdict = judge(permitted_world(), haul((50, 0), *off(60, until_s)))
    assert verdict.of(RULE) == [(60, None, severity)]
    assert verdict.first_said(RULE).severity == "minor"


def test_severity_stays_once_it_was_major():
    verdict = judge(permitted_world(), haul((50, 0), *off(60, 960), (970, 0), (1000, 0)))
    assert verdict.of(RULE) == [(60, 970, "major")]


def test_it_ends_with_the_trip_at_the_unloading():
    rows = haul((50, 0), *off(60, 120))
    tipping = [at(second, 700, OFF_M, v=0.0, lift=True) for second in (130, 140, 150)]
    assert judge(permitted_world(), [*rows, *tipping]).of(RULE) == [(60, 130, "minor")]


def test_it_ends_with_the_trip_when_a_source_site_is_entered():
    world = permitted_world().square("SRC2", "source_site", 1200, 80)
    rows = haul((50, 0), *off(60, 120), *off(200, 220))
    assert judge(world, rows).of(RULE) == [(60, 200, "minor")]


@pytest.mark.parametrize(
    ("again_s", "expected"),
    [
        pytest.param(429, [(60, None, "minor")], id="299 s"),
        pytest.param(430, [(60, None, "minor")], id="300 s"),
        pytest.param(431, [(60, 130, "minor"), (431, None, "minor")], id="301 s"),
    ],
)
def test_off_again_within_300_s_of_the_end_is_the_same_alert(again_s, expected):
    points = [(50, 0), *off(60, 120), *off(130, 420, 0), *off(again_s, again_s + 70)]
    assert judge(permitted_world(), haul(*points)).of(RULE) == expected


def test_off_again_too_shortly_is_nothing():
    points = [(50, 0), *off(60, 120), *off(130, 200, 0), *off(210, 260), *off(270, 300, 0)]
    assert judge(permitted_world(), haul(*points)).of(RULE) == [(60, 130, "minor")]


@pytest.mark.parametrize(
    ("gap_s", "start_s"),
    [pytest.param(300, 60, id="300 s"), pytest.param(301, 361, id="a gap")],
)
def test_no_hold_runs_across_a_gap(gap_s, start_s):
    points = [(50, 0), (60, OFF_M), *off(60 + gap_s, 60 + gap_s + 60)]
    assert judge(permitted_world(), haul(*points)).of(RULE) == [(start_s, None, "minor")]


def test_a_gap_does_not_end_it_but_the_first_fix_after_it_that_is_back_does():
    points = [(50, 0), *off(60, 120), *off(600, 640, 0)]
    assert judge(permitted_world(), haul(*points)).of(RULE) == [(60, 600, "minor")]


def test_still_off_after_a_gap_it_goes_on():
    points = [(50, 0), *off(60, 120), *off(600, 640)]
    assert judge(permitted_world(), haul(*points)).of(RULE) == [(60, None, "minor")]


def test_inside_a_place_to_be_it_is_not_off():
    world = permitted_world().square("PARK", "parking", 650, 150, half_m=300)
    assert judge(world, haul((50, 0), *off(60, 160))).of(RULE) == []


@pytest.mark.parametrize("kind", ["speed_zone", "no_go"])
def test_speed_zones_and_no_go_zones_are_no_places_to_be(kind):
    limit = 60.0 if kind == "speed_zone" else None
    world = permitted_world().square("Z", kind, 650, 150, half_m=300, speed_limit_kmh=limit)
    assert judge(world, haul((50, 0), *off(60, 160))).of(RULE) == [(60, None, "minor")]


def test_a_permit_without_routes_prescribes_none():
    assert judge(permitted_world(routes=()), haul((50, 0), *off(60, 160))).of(RULE) == []


def test_without_a_permit_there_is_no_route_to_leave():
    assert judge(haul_world(), haul((50, 0), *off(60, 160))).of(RULE) == []


def test_an_empty_truck_may_go_where_it_likes():
    rows = [row.but(load="empty") for row in haul((50, 0), *off(60, 160))]
    assert judge(permitted_world(), rows).of(RULE) == []


def test_a_truck_of_unknown_load_is_on_no_trip():
    rows = [row._replace(signals={"v": row.signals["v"]}) for row in haul((50, 0), *off(60, 160))]
    assert judge(permitted_world(), rows).of(RULE) == []


def test_without_fixes_nothing_is_known():
    rows = [row._replace(x=None) if row.y else row for row in haul((50, 0), *off(60, 160))]
    assert judge(permitted_world(), rows).of(RULE) == []


def test_reports_without_a_fix_do_not_break_a_hold():
    rows = [*haul((50, 0), (60, OFF_M), (90, OFF_M), (120, OFF_M)), at(70, None), at(100, None)]
    assert judge(permitted_world(), rows).of(RULE) == [(60, None, "minor")]


def test_an_outlier_does_not_break_a_hold():
    rows = [*haul((50, 0), *off(60, 120)), at(95, 60_000, 0.0)]
    assert judge(permitted_world(), rows).of(RULE) == [(60, None, "minor")]


def test_before_departure_it_is_no_haul():
    # Leaving the site sideways, loaded: the hold begins at the departure, not inside the site.
    world = permitted_world()
    site = [at(0, 0, 80, v=0.0, load="empty"), *stand(10, 100, 0, 80, load="full")]
    away = [at(110 + 10 * n, 0, 150 + 50 * n, v=30.0) for n in range(8)]
    # Out at 110, as known from the fix at 120 on.
    assert judge(world, [*site, *away]).of(RULE) == [(120, None, "minor")]


@pytest.mark.parametrize(
    ("params", "until_s", "flagged"),
    [
        pytest.param({"hold_s": 30}, 90, True, id="hold_s 30: 30 s"),
        pytest.param({"hold_s": 30}, 89, False, id="hold_s 30: 29 s"),
        pytest.param({"hold_s": 90}, 149, False, id="hold_s 90: 89 s"),
        pytest.param({"hold_s": 90}, 150, True, id="hold_s 90: 90 s"),
    ],
)
def test_the_hold_is_a_parameter(params, until_s, flagged):
    world = permitted_world().rule(RULE, **params)
    verdict = judge(world, haul((50, 0), *off(60, until_s), (until_s + 5, 0)))
    assert bool(verdict.of(RULE)) is flagged


def test_evidence_names_permit_routes_and_the_farthest_fix():
    points = [(50, 0), *off(60, 100), (110, 90), (120, 100), (130, 120), *off(140, 180), (190, 0), (220, 0)]
    found = judge(permitted_world(), haul(*points)).only(RULE)
    assert (found.evidence.permit_id, found.evidence.route_ids) == ("P1", ("R1",))
    assert found.evidence.farthest_m == pytest.approx(120, abs=0.01)
    assert found.evidence.held_s == 120


def two_permits() -> World:
    world = haul_world().route("R1", (0, 0), (6000, 0)).route("R2", (0, 80), (6000, 80))
    world.permit("P1", sources=("SRC",), routes=("R1",), valid=(-1000, None))
    return world.permit("P2", sources=("SRC",), routes=("R2",), valid=(-500, None))


def test_of_several_permits_the_latest_is_the_trips():
    # Along y = 80: on the route of P2, off that of P1.
    assert judge(two_permits(), haul((50, 80), *off(60, 160, 80))).of(RULE) == []
    along_p1 = judge(two_permits(), haul(*off(50, 160, 0)))
    assert along_p1.of(RULE) == [(40, None, "minor")]
    assert along_p1.only(RULE).evidence.permit_id == "P2"
