import math
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Geod

from geofence.projection import FAR_M, Plane, plane_for

GEOD = Geod(ellps="WGS84")
SHANGHAI = Plane(central_meridian_deg=120.0)

lons = st.floats(118.0, 122.0)
lats = st.floats(18.0, 54.0)


@pytest.mark.parametrize(
    ("lon", "meridian"),
    [
        (121.47, 120.0),
        (121.49, 120.0),
        (121.51, 123.0),
        (114.3, 114.0),
        (-74.05, -75.0),
        (0.2, 0.0),
        (-1.4, 0.0),
    ],
    ids=str,
)
def test_the_central_meridian_is_the_nearest_multiple_of_three_degrees(lon, meridian):
    assert plane_for(lon).central_meridian_deg == meridian


def test_the_middle_of_the_plane_is_where_the_meridian_cuts_the_equator():
    assert SHANGHAI.to_plane(120.0, 0.0) == pytest.approx((0.0, 0.0), abs=1e-9)


def test_along_the_central_meridian_metres_are_metres_on_the_ground():
    _, south_m = SHANGHAI.to_plane(120.0, 31.0)
    _, north_m = SHANGHAI.to_plane(120.0, 32.0)
    assert north_m - south_m == pytest.approx(GEOD.inv(120.0, 31.0, 120.0, 32.0)[2], abs=1e-6)


@given(lon=lons, lat=lats)
def test_there_and_back_is_the_same_place_to_a_hundredth_of_a_millimetre(lon, lat):
    back_lon, back_lat = SHANGHAI.to_degrees(*SHANGHAI.to_plane(lon, lat))
    assert GEOD.inv(lon, lat, back_lon, back_lat)[2] < 1e-5


@given(lon=lons, lat=lats, azimuth=st.floats(0.0, 360.0), distance_m=st.floats(1.0, 1000.0))
def test_distances_are_too_long_by_the_stated_scale_and_no_more(lon, lat, azimuth, distance_m):
    x_m, y_m = SHANGHAI.to_plane(lon, lat)
    there_lon, there_lat, _ = GEOD.fwd(lon, lat, azimuth, distance_m)
    there_x_m, there_y_m = SHANGHAI.to_plane(there_lon, there_lat)
    in_plane_m = math.hypot(there_x_m - x_m, there_y_m - y_m)
    stated = 1.0 + (max(abs(x_m), abs(there_x_m)) ** 2) / (2.0 * 6_335_000.0**2)
    assert distance_m - 1e-4 <= in_plane_m <= distance_m * stated * (1.0 + 1e-6) + 1e-4


@given(st.lists(st.tuples(lons, lats), min_size=1, max_size=40))
def test_a_place_alone_and_in_any_batch_has_the_same_bits(places):
    lon, lat = (np.array(column) for column in zip(*places, strict=True))
    x_m, y_m = SHANGHAI.to_plane_array(lon, lat)
    assert list(zip(x_m.tolist(), y_m.tolist(), strict=True)) == [
        SHANGHAI.to_plane(*place) for place in places
    ]


def test_the_given_arrays_stay_as_they_were():
    lon, lat = np.array([121.0, 121.5]), np.array([31.0, 31.5])
    SHANGHAI.to_plane_array(lon, lat)
    assert (lon.tolist(), lat.tolist()) == ([121.0, 121.5], [31.0, 31.5])


def test_no_places_give_no_places():
    x_m, y_m = SHANGHAI.to_plane_array(np.empty(0), np.empty(0))
    assert (len(x_m), len(y_m)) == (0, 0)


@given(lon=st.floats(-180.0, 180.0), lat=st.floats(-90.0, 90.0))
def test_every_place_on_earth_has_finite_metres(lon, lat):
    x_m, y_m = SHANGHAI.to_plane(lon, lat)
    xs_m, ys_m = SHANGHAI.to_plane_array(np.array([lon]), np.array([lat]))
    assert math.isfinite(x_m)
    assert math.isfinite(y_m)
    assert (xs_m.tolist(), ys_m.tolist()) == ([x_m], [y_m])


@pytest.mark.parametrize(("lon", "far_m"), [(30.0, -FAR_M), (-150.0, FAR_M)], ids=["west", "east"])
def test_a_place_the_projection_cannot_show_goes_far_away(lon, far_m):
    assert SHANGHAI.to_plane(lon, 0.0)[0] == far_m


def test_the_null_island_is_nowhere_near():
    x_m, y_m = SHANGHAI.to_plane(0.0, 0.0)
    assert math.hypot(x_m, y_m) > 5e6


def test_threads_share_a_plane():
    lon, lat = np.linspace(119.0, 121.0, 5000), np.linspace(30.0, 32.0, 5000)
    expected = [column.tolist() for column in SHANGHAI.to_plane_array(lon, lat)]
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _: SHANGHAI.to_plane_array(lon, lat), range(40)))
    assert all([x_m.tolist(), y_m.tolist()] == expected for x_m, y_m in found)
