"""What a vehicle drove and worked: known ways in metres and seconds, with noise, drift, gaps and wild fixes.

Second 0 is noon. A sprinkler works at 5 to 25 km/h; 3 m/s is 10.8 km/h, 15 m/s is 54 km/h.
"""

from random import Random

import pytest
from msgspec.structs import replace

from domain.vehicle import VehicleKind
from domain.work_plan import WORKING_KMH, SpeedRange
from geofence.driven import Driven, WorkTerms, driven
from tests.support.factories import World
from tests.support.tracks import At, at, chain, drive, place, position, stand

WORLD = World().vehicle(kind="sprinkler")
WORKS = WorkTerms(speed_kmh=WORKING_KMH[VehicleKind.SPRINKLER])
HOUR_S = 3600


def counted(
    rows: list[At], *, from_s: float = 0, to_s: float = 24 * HOUR_S, terms: WorkTerms | None = WORKS
) -> Driven:
    placed = place(WORLD, [position(WORLD, row) for row in rows])
    placed.sort(key=lambda each: each.report.order)
    return driven(placed, WORLD.ms(from_s), WORLD.ms(to_s), terms)


def work(from_s: float, to_s: float, x: float = 0.0, **signals) -> list[At]:
    """Cleaning at 10.8 km/h."""
    return drive((from_s, x), (to_s, x + 3 * (to_s - from_s)), v=10.8, **signals)


def noisy(rows: list[At], sigma_m: float, seed: int = 1) -> list[At]:
    rng = Random(seed)
    return [
        row._replace(x=(row.x or 0.0) + rng.gauss(0, sigma_m), y=row.y + rng.gauss(0, sigma_m))
        for row in rows
    ]


@pytest.mark.parametrize("every", [5, 10, 30])
def test_kilometres_are_right_within_two_percent_under_noise(every):
    way = drive((0, 0), (3000, 9000), every=every, v=10.8)
    found = counted(noisy(way, 3.0))
    assert found.driven_m == pytest.approx(9000, rel=0.02)
    assert found.working_m == pytest.approx(9000, rel=0.02)


def test_noise_does_not_lengthen_a_fast_way():
    way = drive((0, 0), (600, 9000), v=54.0)
    assert counted(noisy(way, 5.0)).driven_m == pytest.approx(9000, rel=0.01)


@pytest.mark.parametrize(("speed", "sigma_m"), [(0.0, 8.0), (None, 4.0)], ids=["speed 0", "no speed"])
def test_a_vehicle_that_stands_drives_nothing_however_its_fixes_wander(speed, sigma_m):
    wander = noisy(stand(0, 6 * HOUR_S, 0.0, v=speed), sigma_m)
    found = counted(wander)
    assert (found.driven_m, found.working_m, found.rounds) == (0.0, 0.0, 0)


def test_slow_drift_of_a_parked_vehicle_is_no_distance():
    drift = [at(s, s * 0.05, v=0.0) for s in range(0, 2 * HOUR_S, 10)]
    assert counted(drift).driven_m == 0.0


def test_over_a_gap_nothing_is_driven():
    found = counted(chain(work(0, 600), work(1200, 1800, x=3600)))
    assert found.driven_m == pytest.approx(3600, abs=60)
    assert found.moving_ms == pytest.approx(1200_000, abs=20_000)


def test_a_wild_fix_adds_nothing():
    rows = work(0, 1200)
    rows[40] = rows[40]._replace(x=90_000.0)
    assert counted(rows).driven_m == pytest.approx(3600, abs=60)


@pytest.mark.parametrize(
    ("metres_a_second", "works"),
    [(1.0, False), (1.5, True), (6.9, True), (7.0, False), (15.0, False)],
    ids=["3.6 km/h", "5.4 km/h", "24.8 km/h", "25.2 km/h", "54 km/h"],
)
def test_only_at_working_speed_a_vehicle_works(metres_a_second, works):
    found = counted(drive((0, 0), (1000, metres_a_second * 1000), v=metres_a_second * 3.6))
    assert bool(found.working_m) is works


@pytest.mark.parametrize(("lasts_s", "works"), [(50, False), (60, True), (70, True)])
def test_a_stretch_of_work_lasts_a_minute(lasts_s, works):
    rows = chain(
        drive((0, 0), (300, 4500), v=54.0),
        work(310, 300 + lasts_s, x=4530),
        drive((310 + lasts_s, 4800), (900, 13_000), v=54.0),
    )
    assert bool(counted(rows).working_m) is works


def test_braking_for_lights_is_no_work():
    rows: list[At] = []
    for n in range(20):
        begins, x = n * 90, n * 750.0
        rows += drive((begins, x), (begins + 50, x + 690), v=50.0)
        rows += [at(begins + 60, x + 740, v=15.0), *stand(begins + 65, begins + 80, x + 745)]
        rows += [at(begins + 85, x + 748, v=15.0)]
    found = counted(rows)
    assert found.driven_m == pytest.approx(15_000, rel=0.03)
    assert found.working_m == 0.0


def test_a_light_in_the_middle_ends_no_stretch_and_no_round():
    rows = chain(work(0, 40), stand(50, 130, 120), work(140, 180, x=120))
    assert counted(rows).working_ms == 90_000


def test_work_counts_only_where_the_plan_says():
    here = WorkTerms(speed_kmh=WORKS.speed_kmh, counts_at=lambda x_m, _: x_m - origin < 1800.0)
    (origin,) = (one.x_m for one in place(WORLD, [position(WORLD, at(0, 0))]))
    found = counted(work(0, 1200), terms=here)
    assert found.working_m == pytest.approx(1800, abs=40)
    assert found.driven_m == pytest.approx(3600, abs=40)


@pytest.mark.parametrize(("stands_s", "rounds"), [(590, 1), (600, 2), (1200, 2)])
def test_standing_ten_minutes_begins_another_round(stands_s, rounds):
    rows = chain(
        work(0, 600),
        stand(610, 610 + stands_s - 10, 1800),
        work(610 + stands_s, 1210 + stands_s, x=1800),
    )
    assert counted(rows).rounds == rounds


def test_a_round_works_three_hundred_metres():
    short = chain(work(0, 80), stand(90, 900, 240), work(910, 1000, x=240))
    assert counted(short).rounds == 0
    assert counted(work(0, 130)).rounds == 1


def test_a_terminal_that_sleeps_while_parked_ends_a_round():
    rows = chain(work(0, 600), work(4200, 4800, x=1800))
    assert counted(rows).rounds == 2


def test_silence_on_the_way_ends_no_round():
    rows = chain(work(0, 600), work(4200, 4800, x=9000))
    assert counted(rows).rounds == 1


def test_a_vehicle_without_terms_drives_but_does_not_work():
    found = counted(work(0, 600), terms=None)
    assert found.driven_m > 0
    assert (found.working_m, found.working_ms, found.rounds) == (None, None, None)


def test_engine_time_is_unknown_where_no_report_says():
    assert counted(work(0, 600)).engine_ms is None
    assert counted(work(0, 600, ign=False)).engine_ms == 0
    assert counted(chain(stand(0, 600, 0, ign=True), stand(610, 900, 0, ign=False))).engine_ms == 610_000


def test_a_counter_that_falls_to_nothing_and_comes_back_has_driven_nothing_meanwhile():
    told = [120_000.0, 120_000.1, 0.0, 120_000.2, 120_000.3]
    reports = [
        replace(position(WORLD, row), odometer_km=km) for row, km in zip(work(0, 40), told, strict=False)
    ]
    found = driven(place(WORLD, reports), WORLD.ms(0), WORLD.ms(HOUR_S), WORKS)
    assert found.odometer_m == pytest.approx(200)


def test_the_odometer_is_added_up_and_a_new_one_begins_anew():
    world = WORLD
    told = [None, 100.0, 100.4, None, 101.0, 3.0, 3.5]
    reports = [
        replace(position(world, row), odometer_km=km) for row, km in zip(work(0, 60), told, strict=True)
    ]
    found = driven(place(world, reports), world.ms(0), world.ms(HOUR_S), None)
    assert found.odometer_m == pytest.approx(1500)
    assert counted(work(0, 60)).odometer_m is None


def test_days_add_up_to_the_whole():
    rows = noisy(chain(work(0, 4000), stand(4010, 4900, 12_000), work(4910, 9000, x=12_000)), 3.0)
    whole = counted(rows)
    parts = [counted(rows, from_s=a, to_s=b) for a, b in ((0, 3000), (3000, 6000), (6000, 9001))]
    assert sum(each.driven_m for each in parts) == pytest.approx(whole.driven_m, abs=1e-6)
    assert sum(each.moving_ms for each in parts) == whole.moving_ms
    assert sum(each.rounds or 0 for each in parts) == whole.rounds == 2
    assert sum(each.reports for each in parts) == whole.reports


def test_the_order_of_arrival_does_not_matter():
    rows = noisy(work(0, 2000), 3.0)
    shuffled = rows.copy()
    Random(3).shuffle(shuffled)
    assert counted(shuffled) == counted(rows)


def test_a_plan_may_have_its_own_speeds():
    slow = WorkTerms(speed_kmh=SpeedRange(from_kmh=2.0, to_kmh=6.0))
    assert counted(work(0, 600), terms=slow).working_m == 0.0
