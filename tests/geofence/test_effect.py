"""What a drawn area would have seen: tables of (second, metres east of its middle) for a circle of 100 m."""

import math

import pytest
from shapely import Polygon

from domain.report import PositionReport
from geofence.effect import effect_of
from geofence.projection import plane_for
from geofence.shape import Disc

LON, LAT = 121.0, 31.0
PLANE = plane_for(LON)
X_M, Y_M = PLANE.to_plane(LON, LAT)
CIRCLE = Disc(x_m=X_M, y_m=Y_M, radius_m=100.0)


def reports(*places, device_id="T1", speed_kmh=36.0, **changes):
    made = []
    for second, east_m in places:
        lon, lat = PLANE.to_degrees(X_M + east_m, Y_M)
        fields = {"device_id": device_id, "time_ms": second * 1000, "received_ms": 0, "digest": b"",
                  "lon": lon, "lat": lat, "speed_kmh": speed_kmh}  # fmt: skip
        made.append(PositionReport(**fields | changes))
    return made


def seen(*given, is_open=lambda _: True):
    found = effect_of(CIRCLE, PLANE, [one for each in given for one in each], is_open=is_open, buffer_m=20.0)
    return len(found.inside), len(found.passed), found.stays


@pytest.mark.parametrize(
    ("places", "expected"),
    [
        pytest.param([(0, -300), (20, -50), (40, 150), (60, 350)], (0, 1, 0), id="one fix in it is passing through"),
        pytest.param([(0, -300), (20, -50), (40, 50), (60, 350)], (1, 0, 0), id="two fixes inside"),
        pytest.param([(0, -200), (20, 200), (40, 600)], (0, 1, 0), id="through between two fixes"),
        pytest.param([(0, -300), (20, -200), (40, -300)], (0, 0, 0), id="beside it"),
        pytest.param([(0, -50), (20, 50), (40, 250), (60, -250)], (1, 0, 0), id="inside, then through: counted once"),
    ],
)  # fmt: skip
def test_a_vehicle_is_inside_or_passes_as_the_rules_have_it(places, expected):
    assert seen(reports(*places)) == expected


def test_a_hole_is_no_part_of_the_area_however_many_corners_it_has():
    def ring(half_m, corners):
        turns = [2 * math.pi * corner / corners for corner in range(corners)]
        return [(X_M + half_m * math.cos(turn), Y_M + half_m * math.sin(turn)) for turn in turns]

    area = Polygon(ring(200, 4), [ring(80, 3)])
    found = [
        effect_of(area, PLANE, reports((0, east_m), (10, east_m)), is_open=lambda _: True, buffer_m=20.0)
        for east_m in (150, 0, 300)
    ]
    assert [len(each.inside) for each in found] == [1, 0, 0]


@pytest.mark.parametrize(("seconds", "stays"), [(119, 0), (120, 1), (300, 1)])
def test_a_stay_counts_from_two_minutes_on(seconds, stays):
    assert seen(reports((0, 10), (1, 10), (seconds, 10), speed_kmh=0.0)) == (1, 0, stays)


def test_a_stay_is_over_when_the_vehicle_moves_and_the_next_one_counts_again():
    standing = reports((0, 10), (1, 10), (130, 10), speed_kmh=0.0)
    moving = reports((140, 40))
    assert seen(standing, moving, reports((150, 70), (280, 70), speed_kmh=0.0)) == (1, 0, 2)


def test_nothing_is_known_across_a_gap():
    assert seen(reports((0, 10), (1, 10), (302, 10), speed_kmh=0.0)) == (1, 0, 0)


def test_each_vehicle_is_counted_by_itself_and_a_fix_too_inexact_not_at_all():
    assert seen(
        reports((0, 0), (10, 0)),
        reports((0, 0), (10, 0), device_id="T2"),
        reports((0, 0), (10, 0), device_id="T3", accuracy_m=51.0),
    ) == (2, 0, 0)


@pytest.mark.parametrize("places", [[(0, -50), (20, 50)], [(0, -200), (20, 200)]])
def test_an_area_that_is_closed_sees_nobody(places):
    assert seen(reports(*places), is_open=lambda _: False) == (0, 0, 0)
