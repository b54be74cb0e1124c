"""`illegal_dumping`: signs of an unloading, where a vehicle may unload, and the suspicious stay.

SRC reaches from x = -100 to 100, DSP from 5900 to 6100; x = 2000 is nowhere.
"""

import pytest

from alerts.evidence import SignKind
from tests.support.factories import World, daily, haul_world
from tests.support.tracks import At, at, chain, drive, judge, loaded_departure, stand

RULE = "illegal_dumping"
NOWHERE = 2000.0


def loaded(x: float = NOWHERE, **signals) -> list[At]:
    """Loaded by sensor, at 0 and 10, standing."""
    return stand(0, 10, x, load="full", **signals)


def lifts(*pairs: tuple[float, bool | None], v: float | None = 0.0, x: float = NOWHERE) -> list[At]:
    return [at(second, x, v=v, lift=lift) for second, lift in pairs]


# The lift sign.


@pytest.mark.parametrize(
    ("pairs", "expected"),
    [
        pytest.param([(100, True), (109.9, True), (110, False)], [], id="9.9 s"),
        pytest.param([(100, True), (110, True)], [(100, None, "major")], id="10 s"),
        pytest.param([(100, True), (110.1, True)], [(100, None, "major")], id="10.1 s"),
        pytest.param([(100, True), (399.9, True)], [(100, None, "major")], id="299.9 s"),
        pytest.param([(100, True), (400, True)], [(100, None, "major")], id="300 s"),
        pytest.param([(100, True), (400.1, True)], [], id="300.1 s"),
        pytest.param([(100, True), (105, True), (110, True)], [(100, None, "major")], id="three reports"),
        pytest.param([(100, True), (105, False), (110, True)], [], id="down between"),
        pytest.param([(100, True), (105, None), (110, True)], [(100, None, "major")], id="unknown between"),
        pytest.param([(100, True)], [], id="one report"),
        pytest.param([(100, None), (110, None)], [], id="unknown"),
        pytest.param(
            [(100, True), (105, False), (106, True), (116, True)], [(106, None, "major")], id="up again"
        ),
    ],
)
def test_the_body_raised_at_two_reports_10_to_300_s_apart_is_a_sign(pairs, expected):
    assert judge(haul_world(), [*loaded(), *lifts(*pairs)]).of(RULE) == expected


@pytest.mark.parametrize(
    ("speeds", "flagged"),
    [
        pytest.param((7.9, 7.9), True, id="7.9 km/h"),
        pytest.param((8.0, 8.0), False, id="8 km/h"),
        pytest.param((0.0, 8.1), False, id="8.1 km/h at the second"),
        pytest.param((8.1, 0.0), False, id="8.1 km/h at the first"),
    ],
)
def test_the_body_raised_below_8_kmh_is_a_sign(speeds, flagged):
    rows = [at(100 + 10 * n, NOWHERE, v=speed, lift=True) for n, speed in enumerate(speeds)]
    assert bool(judge(haul_world(), [*loaded(), *rows]).of(RULE)) is flagged


def test_driving_fast_with_the_body_raised_between_is_not_below_8_kmh():
    rows = [
        at(100, NOWHERE, v=0.0, lift=True),
        at(105, NOWHERE, v=20.0, lift=True),
        at(110, NOWHERE, v=0.0, lift=True),
    ]
    assert judge(haul_world(), [*loaded(), *rows]).of(RULE) == []


def test_it_starts_at_the_onset_and_is_detected_at_the_report_that_settles_it():
    verdict = judge(haul_world(), [*loaded(), *lifts((100, True), (105, True), (112, True))])
    assert verdict.of(RULE) == [(100, None, "major")]
    assert verdict.detected(RULE) == [112]


def test_a_sign_that_lasts_is_not_a_new_one():
    rows = [*loaded(), *stand(100, 2000, NOWHERE, lift=True)]
    assert judge(haul_world(), rows).of(RULE) == [(100, None, "major")]


# The load sign.


@pytest.mark.parametrize(
    ("loads", "expected"),
    [
        pytest.param(("full", "empty", "empty"), [(110, None, "major")], id="full to empty"),
        pytest.param(("partial", "partial", "empty", "empty"), [(120, None, "major")], id="partial to empty"),
        pytest.param(("full", "partial", "partial"), [], id="full to partial"),
        pytest.param(("full", "empty", "full"), [], id="empty at one report"),
        pytest.param(("full", "empty", None, "empty"), [(110, None, "major")], id="unknown between"),
        pytest.param(("full", None, None), [], id="unknown"),
    ],
)
def test_the_load_from_loaded_to_empty_is_a_sign(loads, expected):
    rows = [at(100 + 10 * n, NOWHERE, v=0.0, load=load) for n, load in enumerate(loads)]
    assert judge(haul_world(), [*loaded(), *rows]).of(RULE) == expected


def test_empty_from_the_first_report_on_is_no_sign():
    assert judge(haul_world(), stand(0, 300, NOWHERE, load="empty")).of(RULE) == []


# The weight sign.


def weights(*pairs: tuple[float, float | None]) -> list[At]:
    return [at(second, NOWHERE, v=0.0, weight=weight) for second, weight in pairs]


@pytest.mark.parametrize(
    ("before_t", "after_t", "flagged"),
    [
        pytest.param(10.0, 7.1, False, id="29 %"),
        pytest.param(10.0, 7.0, True, id="30 %"),
        pytest.param(10.0, 6.9, True, id="31 %"),
        pytest.param(5.0, 3.1, False, id="1.9 t"),
        pytest.param(5.0, 3.0, True, id="2 t"),
        pytest.param(5.0, 2.9, True, id="2.1 t"),
        pytest.param(20.0, 15.0, False, id="5 t but 25 %"),
    ],
)
def test_a_weight_lower_by_30_percent_and_2_t_is_a_sign(before_t, after_t, flagged):
    rows = weights((0, before_t), (10, before_t), (20, after_t), (30, after_t))
    assert judge(haul_world(), rows).of(RULE) == ([(20, None, "major")] if flagged else [])


@pytest.mark.parametrize(
    ("pairs", "expected"),
    [
        pytest.param([(20, 6.0), (30, 10.0)], [], id="one report"),
        pytest.param([(20, 6.0), (30, None), (40, 6.0)], [(20, None, "major")], id="unknown between"),
        pytest.param([(20, 6.0), (30, 9.0), (40, 6.0), (50, 9.0)], [], id="never two successive"),
        pytest.param([(20, None), (30, None)], [], id="unknown"),
    ],
)
def test_the_weight_must_be_lower_at_two_successive_reports(pairs, expected):
    assert judge(haul_world(), weights((0, 10.0), (10, 10.0), *pairs)).of(RULE) == expected


@pytest.mark.parametrize(
    ("last_s", "flagged"), [(609, True), (610, True), (611, False)], ids=["9:59", "10:00", "10:01"]
)
def test_the_weight_is_held_against_the_highest_of_the_previous_10_min(last_s, flagged):
    rows = weights((0, 10.0), (10, 10.0), (last_s - 5, 6.0), (last_s, 6.0))
    assert judge(haul_world(), rows).of(RULE) == ([(last_s - 5, None, "major")] if flagged else [])


def test_a_slow_loss_counts_against_the_highest_not_the_last():
    rows = weights((0, 10.0), (60, 9.0), (120, 8.0), (180, 7.0), (240, 7.0))
    assert judge(haul_world(), rows).of(RULE) == [(180, None, "major")]


def test_evidence_has_the_weights():
    found = judge(haul_world(), weights((0, 10.0), (10, 10.0), (20, 6.0), (30, 6.0))).only(RULE)
    (sign,) = found.evidence.signs
    assert (sign.kind, sign.weight_before_t, sign.weight_after_t) == (SignKind.WEIGHT, 10.0, 6.0)


# One unloading of several signs.


def empties(from_s: float, x: float = NOWHERE, y: float = 0.0) -> list[At]:
    return [at(from_s, x, y, v=0.0, load="empty"), at(from_s + 10, x, y, v=0.0, load="empty")]


def test_two_kinds_of_sign_are_critical():
    verdict = judge(haul_world(), [*loaded(), *lifts((100, True), (110, True)), *empties(120)])
    assert verdict.of(RULE) == [(100, None, "critical")]
    found = verdict.only(RULE)
    assert [sign.kind for sign in found.evidence.signs] == [SignKind.LIFT, SignKind.LOAD]
    assert verdict.first_said(RULE).severity == "major"
    assert verdict.detected(RULE) == [110]


def test_two_signs_of_one_kind_are_major():
    rows = lifts((100, True), (110, True), (120, False), (130, True), (140, True))
    verdict = judge(haul_world(), [*loaded(), *rows])
    assert verdict.of(RULE) == [(100, None, "major")]


@pytest.mark.parametrize(
    ("sign_s", "expected"),
    [
        pytest.param(699, [(100, 200, "critical")], id="9:59 later"),
        pytest.param(700, [(100, 200, "critical")], id="10 min later"),
        pytest.param(701, [(100, 200, "major"), (701, None, "major")], id="10:01 later"),
    ],
)
def test_further_signs_within_10_min_belong_to_the_first(sign_s, expected):
    # It drives off and comes back, so that the first alert is over.
    away = [at(200, NOWHERE + 250, v=20.0, lift=False), *stand(400, 690, NOWHERE + 100)]
    rows = [*loaded(), *lifts((100, True), (110, True)), *away, *empties(sign_s, NOWHERE + 100)]
    assert judge(haul_world(), rows).of(RULE) == expected


def test_an_unloading_at_a_place_whose_alert_still_goes_on_joins_it():
    between = stand(120, 790, NOWHERE, lift=False)
    rows = [*loaded(), *lifts((100, True), (110, True)), *between, *empties(800)]
    (span,) = judge(haul_world(), rows).of(RULE)
    assert span[:2] == (100, None)


@pytest.mark.parametrize(
    ("metres", "expected"),
    [
        pytest.param(199, [(100, None, "critical")], id="199 m"),
        pytest.param(200, [(100, 120, "critical")], id="200 m"),
        pytest.param(201, [(100, 120, "major"), (120, None, "major")], id="201 m"),
    ],
)
def test_further_signs_within_200_m_belong_to_the_first(metres, expected):
    rows = [*loaded(), *lifts((100, True), (110, True)), *empties(120, NOWHERE, metres)]
    assert judge(haul_world(), rows).of(RULE) == expected


@pytest.mark.parametrize(
    ("metres", "end_s"), [(199.9, None), (200, 200), (200.1, 200)], ids=["199.9 m", "200 m", "200.1 m"]
)
def test_it_ends_200_m_from_its_place(metres, end_s):
    rows = [*loaded(), *lifts((100, True), (110, True)), at(200, NOWHERE + metres, v=20.0)]
    assert judge(haul_world(), rows).of(RULE) == [(100, end_s, "major")]


def test_a_second_unloading_elsewhere_is_an_alert_of_its_own():
    # Between the two it was not seen on its way: the first is over once the second is known.
    rows = [
        *loaded(),
        *lifts((100, True), (110, True), (120, False)),
        *lifts((300, True), (310, True), x=NOWHERE + 1000),
    ]
    assert judge(haul_world(), rows).of(RULE) == [(100, 300, "major"), (300, None, "major")]


# The load state before.


@pytest.mark.parametrize(
    ("before", "flagged"),
    [
        pytest.param(["full", "full"], True, id="loaded"),
        pytest.param(["partial", "partial"], True, id="partly"),
        pytest.param(["empty", "empty"], False, id="empty"),
        pytest.param([None, None], True, id="unknown"),
        pytest.param(["empty", "empty", "full"], False, id="one report of full is no change"),
        pytest.param(["empty", "full"], True, id="no two reports that agree"),
        pytest.param(["empty"], True, id="one report of empty"),
    ],
)
def test_raising_an_empty_body_is_no_dumping(before, flagged):
    rows = [at(10 * n, NOWHERE, v=0.0, load=load) for n, load in enumerate(before)]
    assert bool(judge(haul_world(), [*rows, *lifts((100, True), (110, True))]).of(RULE)) is flagged


# Its place.


@pytest.mark.parametrize(
    ("onset_s", "flagged"),
    [
        pytest.param(309, True, id="299 s old"),
        pytest.param(310, True, id="300 s old"),
        pytest.param(311, False, id="301 s old"),
    ],
)
def test_without_a_fix_the_last_one_up_to_300_s_old_is_its_place(onset_s, flagged):
    blind = [at(onset_s, None, v=0.0, lift=True), at(onset_s + 10, None, v=0.0, lift=True)]
    verdict = judge(haul_world(), [*loaded(), *blind])
    assert verdict.of(RULE) == ([(onset_s, None, "major")] if flagged else [])


def test_without_a_usable_fix_the_last_one_is_its_place():
    vague = [
        at(100, NOWHERE + 400, v=0.0, lift=True, acc=80.0),
        at(110, NOWHERE + 400, v=0.0, lift=True, acc=80.0),
    ]
    verdict = judge(
        haul_world(), [*loaded(), *vague, at(120, NOWHERE + 199, v=10.0), at(130, NOWHERE + 200, v=10.0)]
    )
    assert verdict.of(RULE) == [(100, 130, "major")]


def test_a_device_without_any_fix_is_not_judged():
    rows = stand(0, 100, None, lift=True)
    assert judge(haul_world(), rows).of(RULE) == []


def test_the_alert_lies_where_it_was_unloaded():
    found = judge(haul_world(), [*loaded(), *lifts((100, True), (110, True)), at(200, 2150, v=30.0)]).only(
        RULE
    )
    assert found.lon == pytest.approx(114 + 2000 / 87_700, abs=1e-4)


# Where it may unload.


def tip(x: float, *, before: list[At] | None = None, **signals) -> list[At]:
    first = loaded(x) if before is None else before
    last_s = first[-1].second
    return [*first, *stand(last_s + 20, last_s + 40, x, lift=True, **signals)]


@pytest.mark.parametrize(
    ("x", "flagged"),
    [
        pytest.param(6000, False, id="in the disposal site"),
        pytest.param(5870.1, False, id="29.9 m from it"),
        pytest.param(5870.0, False, id="30 m from it"),
        pytest.param(5869.9, True, id="30.1 m from it"),
        pytest.param(0, False, id="in the source site"),
        pytest.param(NOWHERE, True, id="nowhere"),
    ],
)
def test_without_a_permit_any_disposal_site_will_do(x, flagged):
    assert bool(judge(haul_world(), tip(x)).of(RULE)) is flagged


def world_with_two() -> World:
    return haul_world().square("DSP2", "disposal_site", 4000)


@pytest.mark.parametrize(
    ("permits", "flagged"),
    [
        pytest.param([], False, id="no permit"),
        pytest.param([{"disposals": ("DSP",)}], False, id="names it"),
        pytest.param([{"disposals": ("DSP2",)}], True, id="names another"),
        pytest.param([{"disposals": ()}], False, id="names none, so every one"),
        pytest.param(
            [{"disposals": ("DSP2",)}, {"disposals": ("DSP",)}], False, id="the other permit names it"
        ),
        pytest.param([{"disposals": ("DSP2",), "valid": (None, 30)}], False, id="ran out: as without"),
        pytest.param([{"disposals": ("DSP2",), "valid": (None, 30.001)}], True, id="runs out just after"),
        pytest.param([{"disposals": ("DSP2",), "vehicles": ("V2",)}], False, id="of another vehicle"),
        pytest.param(
            [{"disposals": ("DSP2",), "windows": (daily("20:00", "22:00"),)}],
            True,
            id="windows do not matter",
        ),
    ],
)
def test_the_permits_in_force_say_where_it_may_unload(permits, flagged):
    world = world_with_two().vehicle("V2", "D2")
    for number, permit in enumerate(permits):
        world.permit(f"P{number}", **permit)
    verdict = judge(world, tip(6000))  # the lift sets in at 30
    assert bool(verdict.of(RULE)) is flagged


def trip_to(x: float) -> list[At]:
    return tip(x, before=chain(loaded_departure(), drive((50, 400), (590, x - 200), load="full")))


def test_the_trips_permit_serves_even_if_it_ran_out_under_way():
    world = world_with_two().permit("P1", disposals=("DSP",), valid=(None, 100))
    assert judge(world, trip_to(6000)).of(RULE) == []
    assert judge(world, trip_to(4000)).of(RULE) == [(610, None, "major")]


def test_evidence_names_the_permit_and_where_it_may_have_gone():
    world = world_with_two().permit("P1", disposals=("DSP",))
    found = judge(world, trip_to(4000)).only(RULE)
    assert found.evidence.permit_id == "P1"
    assert found.evidence.allowed_zone_ids == ("DSP",)
    assert found.evidence.load_before == "loaded"


@pytest.mark.parametrize(
    ("kind", "zone", "flagged"),
    [
        pytest.param("muck_truck", "transfer_station", True, id="muck truck, transfer station"),
        pytest.param("muck_truck", "disposal_site", False, id="muck truck, disposal site"),
        pytest.param("refuse_truck", "transfer_station", False, id="refuse truck, transfer station"),
        pytest.param("refuse_truck", "disposal_site", False, id="refuse truck, disposal site"),
        pytest.param("refuse_truck", "parking", True, id="refuse truck, parking"),
        pytest.param("muck_truck", "parking", True, id="muck truck, parking"),
        pytest.param("sweeper", "parking", False, id="sweeper"),
        pytest.param("other", "parking", False, id="other"),
    ],
)
def test_each_kind_of_vehicle_has_its_places(kind, zone, flagged):
    world = haul_world(kind=kind).square("Z", zone, 3000)
    assert bool(judge(world, tip(3000)).of(RULE)) is flagged


def test_a_closed_disposal_site_does_not_exist():
    world = World().vehicle().square("DSP", "disposal_site", 6000, windows=(daily("20:00", "22:00"),))
    assert bool(judge(world, tip(6000)).of(RULE))


# Without any sign: the suspicious stay.


def unequipped(stay_s: float = 120) -> list[At]:
    """A truck without sensors, loaded by its stay at the site, at x = 1900 when 300 s are over."""
    return chain(stand(0, stay_s, 0), drive((stay_s + 10, 150), (290, 1900)))


def suspicious(stay_s: float, x: float = NOWHERE) -> list[At]:
    return chain(
        unequipped(),
        stand(300, 300 + stay_s, x),
        [at(310 + stay_s, x + 50, v=20.0), at(320 + stay_s, x + 150, v=30.0)],
    )


@pytest.mark.parametrize(
    ("stay_s", "flagged"), [(179, False), (180, True), (181, True)], ids=["179 s", "180 s", "181 s"]
)
def test_a_loaded_stay_of_180_s_outside_all_zones_is_suspected(stay_s, flagged):
    verdict = judge(haul_world(), suspicious(stay_s))
    assert verdict.of(RULE) == ([(300, None, "minor")] if flagged else [])
    if flagged:
        assert verdict.detected(RULE) == [310 + stay_s]
        assert verdict.only(RULE).evidence.stay_s == stay_s
        assert verdict.only(RULE).evidence.signs == ()


def test_it_is_not_settled_before_it_moves_on():
    rows = chain(unequipped(), stand(300, 2000, NOWHERE))
    assert judge(haul_world(), rows).of(RULE) == []


def test_a_suspected_dumping_ends_200_m_away_too():
    rows = [*suspicious(200), at(530, 2199, v=30.0), at(540, 2200, v=30.0)]
    assert judge(haul_world(), rows).of(RULE) == [(300, 540, "minor")]


def test_load_state_and_trip_go_on_after_a_suspected_dumping():
    verdict = judge(haul_world(), suspicious(200))
    assert verdict.of("no_permit") == [(130, None, "major")]


def test_each_such_stay_is_suspected():
    again = [*stand(600, 800, 3000), at(810, 3100, v=30.0)]
    rows = [*suspicious(200), *drive((540, 2300), (590, 2900)), *again]
    assert judge(haul_world(), rows).of(RULE) == [(300, 540, "minor"), (600, None, "minor")]


@pytest.mark.parametrize(
    ("step_m", "flagged"), [(49.9, True), (50.0, True), (50.1, False)], ids=["49.9 m", "50 m", "50.1 m"]
)
def test_a_stay_keeps_within_50_m_of_its_first_fix(step_m, flagged):
    rows = chain(
        unequipped(),
        stand(300, 400, NOWHERE),
        stand(410, 500, NOWHERE + step_m),
        [at(510, NOWHERE + 150, v=30.0)],
    )
    assert bool(judge(haul_world(), rows).of(RULE)) is flagged


def test_the_stay_is_measured_from_its_first_fix_not_from_the_one_before():
    # Creeping 40 m each: the third fix is 80 m from the first.
    rows = chain(
        unequipped(),
        stand(300, 380, NOWHERE),
        stand(390, 440, NOWHERE + 40),
        stand(450, 500, NOWHERE + 80),
        [at(510, NOWHERE + 200, v=30.0)],
    )
    assert judge(haul_world(), rows).of(RULE) == []


@pytest.mark.parametrize(
    ("gap_s", "flagged"), [pytest.param(300, True, id="300 s"), pytest.param(301, False, id="a gap")]
)
def test_no_stay_runs_across_a_gap(gap_s, flagged):
    rows = chain(
        unequipped(),
        [at(300, NOWHERE, v=0.0), at(300 + gap_s, NOWHERE, v=0.0), at(310 + gap_s, NOWHERE + 60, v=30.0)],
    )
    assert bool(judge(haul_world(), rows).of(RULE)) is flagged


@pytest.mark.parametrize(
    ("kind", "flagged"),
    [
        ("parking", False),
        ("fuel_station", False),
        ("wash_bay", False),
        ("transfer_station", False),
        ("other", False),
        ("speed_zone", True),
        ("no_go", True),
    ],
)
def test_in_a_place_to_be_a_stay_is_not_suspected(kind, flagged):
    limit = 60.0 if kind == "speed_zone" else None
    world = haul_world().square("Z", kind, NOWHERE, speed_limit_kmh=limit)
    assert bool(judge(world, suspicious(200)).of(RULE)) is flagged


def test_an_unloaded_truck_is_not_suspected():
    rows = chain(unequipped(119)[:-1], suspicious(200)[len(unequipped()) - 1 :])
    assert judge(haul_world(), rows).of(RULE) == []


@pytest.mark.parametrize(
    "signal", [{"lift": False}, {"load": "full"}, {"weight": 0.0}], ids=["lift", "load", "weight"]
)
def test_a_truck_that_has_sent_such_a_signal_is_judged_by_its_signs_alone(signal):
    rows = suspicious(200)
    assert judge(haul_world(), [rows[0].but(**signal), *rows[1:]]).of(RULE) == []


def test_the_dwell_is_a_parameter():
    world = haul_world().rule(RULE, dwell_s=300)
    assert judge(world, suspicious(299)).of(RULE) == []
    assert judge(world, suspicious(300)).of(RULE) == [(300, None, "minor")]


@pytest.mark.parametrize(
    ("speed_kmh", "flagged"), [(2.9, True), (3.0, False)], ids=["2.9 km/h stands", "3 km/h moves on"]
)
def test_a_stay_begins_below_3_kmh(speed_kmh, flagged):
    rows = chain(unequipped(), stand(300, 500, NOWHERE, v=speed_kmh), [at(510, NOWHERE + 60, v=30.0)])
    assert bool(judge(haul_world(), rows).of(RULE)) is flagged


def test_without_reported_speed_a_stay_is_told_by_the_fixes():
    # The first fix after driving implies driving still, so the stay is from 310 to 500.
    rows = [row.but(v=None) for row in chain(unequipped(140), suspicious(200)[len(unequipped()) :])]
    assert judge(haul_world(), rows).of(RULE) == [(310, None, "minor")]


def test_a_second_suspicious_stay_near_an_ongoing_one_belongs_to_it():
    rows = chain(
        stand(-200, -10, 0),
        [at(0, 150, v=40.0), at(10, 300, v=40.0), at(60, 1900, v=60.0)],
        stand(100, 400, 2000),
        [at(410, 2020, v=8.0)],
        stand(420, 700, 2090),
        [at(710, 2400, v=60.0)],
    )
    assert judge(haul_world(), rows).of(RULE) == [(100, 710, "minor")]


def test_a_late_sign_of_a_second_unloading_makes_the_alert_of_both_graver():
    # Two lifts 11 min apart are two unloadings and one alert; the weight of the second is borne out 250 m away.
    rows = [
        *stand(0, 90, NOWHERE, load="full", weight=20.0, every=30),
        *lifts((100, True), (115, True), (130, False)),
        *stand(140, 750, NOWHERE, weight=20.0, every=60),
        *lifts((760, True), (775, True), (780, False)),
        at(785, NOWHERE, v=5.0, weight=8.0),
        at(830, NOWHERE + 250, v=20.0, weight=8.0),
    ]
    found = judge(haul_world(), rows).only(RULE)
    assert [sign.kind.value for sign in found.evidence.signs] == ["lift", "lift", "weight"]
    assert found.severity == "critical"


def test_an_unloading_elsewhere_that_is_found_while_an_alert_lasts_ends_it():
    # The weight falls 300 m away, but that is borne out only after the way back, where a lift was flagged.
    rows = [
        *loaded(),
        at(90, NOWHERE, v=5.0, weight=20.0),
        at(100, NOWHERE, v=5.0, lift=True),
        at(180, NOWHERE + 300, v=5.0, weight=8.0),
        at(260, NOWHERE, v=5.0, lift=True),
        at(270, NOWHERE, v=5.0, weight=8.0),
    ]
    assert judge(haul_world(), rows).of(RULE) == [(100, 270, "major"), (180, 270, "major")]
