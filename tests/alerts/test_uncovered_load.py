"""`uncovered_load`: loaded and moving with the cover open, outside the sites. The cover opens at 100."""

import pytest

from tests.support.factories import World, haul_world
from tests.support.tracks import At, at, chain, drive, judge, stand

RULE = "uncovered_load"


def x_at(second: float) -> float:
    return 2000 + second


def closed(load: str | None = "full") -> list[At]:
    return drive((0, x_at(0)), (90, x_at(90)), cover="closed", load=load)


def opened(from_s: float, to_s: float, every: float = 10, **signals) -> list[At]:
    return drive((from_s, x_at(from_s)), (to_s, x_at(to_s)), every=every, **{"cover": "open", **signals})


def halt(from_s: float, to_s: float, cover: str | None = "open") -> list[At]:
    return stand(from_s, to_s, x_at(from_s), cover=cover)


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        pytest.param(opened(100, 129), [], id="29 s"),
        pytest.param(opened(100, 130), [(100, None, "minor")], id="30 s"),
        pytest.param(opened(100, 131), [(100, None, "minor")], id="31 s"),
        pytest.param(opened(100, 130, every=30), [], id="2 reports"),
        pytest.param(opened(100, 130, every=15), [(100, None, "minor")], id="3 reports"),
        pytest.param(opened(100, 160, cover=None), [], id="cover unknown"),
        pytest.param(opened(100, 160, cover="closed"), [], id="cover closed"),
    ],
)
def test_it_takes_30_s_of_moving_and_3_reports(rows, expected):
    assert (
        judge(haul_world(), [*closed(), *rows, at(170, x_at(170), v=36.0, cover="closed")][:-1]).of(RULE)
        == expected
    )


def test_it_is_detected_when_moving_has_added_up():
    assert judge(haul_world(), [*closed(), *opened(100, 200)]).detected(RULE) == [130]


@pytest.mark.parametrize(
    ("load", "flagged"), [("full", True), ("partial", True), ("empty", False), (None, False)]
)
def test_it_must_be_known_to_be_loaded(load, flagged):
    assert bool(judge(haul_world(), [*closed(load), *opened(100, 200)]).of(RULE)) is flagged


@pytest.mark.parametrize(
    ("kind", "flagged"),
    [
        ("muck_truck", True),
        ("refuse_truck", True),
        ("sweeper", False),
        ("sprinkler", False),
        ("fog_cannon", False),
        ("other", False),
    ],
)
def test_it_concerns_muck_and_refuse_trucks(kind, flagged):
    assert bool(judge(haul_world(kind=kind), [*closed(), *opened(100, 200)]).of(RULE)) is flagged


@pytest.mark.parametrize(
    ("halt_until_s", "expected"),
    [
        pytest.param(184, [(100, None, "minor")], id="halt of 59 s"),
        pytest.param(185, [], id="halt of 60 s"),
    ],
)
def test_halts_shorter_than_60_s_do_not_break_the_stretch(halt_until_s, expected):
    # 20 s of moving, a halt, 20 s of moving.
    rows = [*opened(100, 120), *halt(125, halt_until_s), *opened(halt_until_s + 0.5, halt_until_s + 20.5)]
    assert judge(haul_world(), [*closed(), *rows]).of(RULE) == expected


def test_closing_the_cover_breaks_the_stretch():
    rows = [*opened(100, 120), at(125, x_at(125), v=36.0, cover="closed"), *opened(130, 150)]
    assert judge(haul_world(), [*closed(), *rows]).of(RULE) == []


@pytest.mark.parametrize(
    ("rows", "end_s"),
    [
        pytest.param(drive((150, x_at(150)), (160, x_at(160)), cover="closed"), 150, id="closed"),
        pytest.param(halt(150, 209), None, id="standing 59 s"),
        pytest.param(halt(150, 210), 150, id="standing 60 s"),
        pytest.param(opened(150, 170, load="empty"), 150, id="empty"),
        pytest.param(opened(150, 155, load="empty", every=10)[:1], None, id="one report of empty"),
        pytest.param(opened(150, 170, cover=None), None, id="cover unknown"),
    ],
)
def test_it_ends_when_closed_standing_60_s_or_empty(rows, end_s):
    assert judge(haul_world(), [*closed(), *opened(100, 140), *rows]).of(RULE) == [(100, end_s, "minor")]


@pytest.mark.parametrize(
    ("again_s", "expected"),
    [
        pytest.param(449, [(100, None, "minor")], id="299 s"),
        pytest.param(450, [(100, None, "minor")], id="300 s"),
        pytest.param(451, [(100, 150, "minor"), (451, None, "minor")], id="301 s"),
    ],
)
def test_uncovered_again_within_300_s_of_the_end_is_the_same_alert(again_s, expected):
    shut = drive((150, x_at(150)), (440, x_at(440)), cover="closed")
    rows = [*closed(), *opened(100, 140), *shut, *opened(again_s, again_s + 40)]
    assert judge(haul_world(), rows).of(RULE) == expected


@pytest.mark.parametrize("kind", ["source_site", "disposal_site", "transfer_station"])
def test_in_a_site_the_cover_may_be_open(kind):
    world = haul_world().square("Z", kind, 2200, half_m=150)
    assert judge(world, [*closed(), *opened(100, 180)]).of(RULE) == []


@pytest.mark.parametrize("kind", ["parking", "wash_bay", "other"])
def test_elsewhere_it_may_not(kind):
    world = haul_world().square("Z", kind, 2200, half_m=150)
    assert judge(world, [*closed(), *opened(100, 180)]).of(RULE) == [(100, None, "minor")]


@pytest.mark.parametrize(
    ("gap_s", "start_s"), [pytest.param(300, 100, id="300 s"), pytest.param(301, 421, id="a gap")]
)
def test_no_stretch_runs_across_a_gap(gap_s, start_s):
    rows = [*opened(100, 120), *opened(120 + gap_s, 120 + gap_s + 40)]
    assert judge(haul_world(), [*closed(), *rows]).of(RULE) == [(start_s, None, "minor")]


def test_a_gap_does_not_end_it():
    rows = [*opened(100, 140), *opened(600, 610)]
    assert judge(haul_world(), [*closed(), *rows]).of(RULE) == [(100, None, "minor")]


def test_a_truck_without_a_load_sensor_is_loaded_by_place():
    rows = chain(
        stand(0, 120, 0, cover="open"),
        drive((130, 150), (200, 900), cover="open"),
    )
    # Left at 130, as known from the fix at 140 on.
    assert judge(haul_world(), rows).of(RULE) == [(140, None, "minor")]


def test_evidence_says_how_long_and_how_loaded():
    shut = drive((170, x_at(170)), (180, x_at(180)), cover="closed")
    found = judge(haul_world(), [*closed(), *opened(100, 160), *shut]).only(RULE)
    assert (found.evidence.moving_s, found.evidence.reports, found.evidence.load) == (60, 7, "loaded")


@pytest.mark.parametrize(("until_s", "flagged"), [(159, False), (160, True)], ids=["59 s", "60 s"])
def test_the_hold_is_a_parameter(until_s, flagged):
    world: World = haul_world().rule(RULE, hold_s=60)
    assert bool(judge(world, [*closed(), *opened(100, until_s)]).of(RULE)) is flagged
