import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Geod

from domain.zone import Crs
from geofence.crs import from_wgs84, is_shifted, to_wgs84

GEOD = Geod(ellps="WGS84")
SHIFTED = (Crs.GCJ02, Crs.BD09)

inside_lons = st.floats(75.0, 134.0)
inside_lats = st.floats(3.0, 53.0)


@pytest.mark.parametrize(
    ("crs", "lon", "lat"),
    [
        # Computed once with the published constants in 40-digit arithmetic.
        (Crs.GCJ02, 116.410244499169383, 39.9164042815016404),
        (Crs.BD09, 116.416627243787321, 39.9226995522162035),
    ],
    ids=SHIFTED,
)
def test_a_known_place_of_beijing_is_shifted_as_published(crs, lon, lat):
    assert from_wgs84(crs, 116.404, 39.915) == pytest.approx((lon, lat), abs=1e-11)


@given(crs=st.sampled_from(SHIFTED), lon=inside_lons, lat=inside_lats)
def test_there_and_back_is_the_same_place_to_a_millimetre(crs, lon, lat):
    assert GEOD.inv(lon, lat, *to_wgs84(crs, *from_wgs84(crs, lon, lat)))[2] < 1e-3


@given(crs=st.sampled_from(SHIFTED), lon=inside_lons, lat=inside_lats)
def test_back_and_there_is_the_same_place_to_a_millimetre(crs, lon, lat):
    assert GEOD.inv(lon, lat, *from_wgs84(crs, *to_wgs84(crs, lon, lat)))[2] < 1e-3


@given(lon=st.floats(75.0, 134.0), lat=st.floats(20.0, 49.0))
def test_gcj_02_moves_a_place_by_tens_to_hundreds_of_metres(lon, lat):
    assert 10.0 < GEOD.inv(lon, lat, *from_wgs84(Crs.GCJ02, lon, lat))[2] < 700.0


@given(lon=inside_lons, lat=inside_lats)
def test_bd_09_moves_the_gcj_02_place_by_about_a_kilometre(lon, lat):
    gcj02, bd09 = from_wgs84(Crs.GCJ02, lon, lat), from_wgs84(Crs.BD09, lon, lat)
    assert 600.0 < GEOD.inv(*gcj02, *bd09)[2] < 1200.0


@given(lon=st.floats(-180.0, 180.0), lat=st.floats(-90.0, 90.0))
def test_wgs_84_stays_as_it_is_everywhere(lon, lat):
    assert to_wgs84(Crs.WGS84, lon, lat) == from_wgs84(Crs.WGS84, lon, lat) == (lon, lat)


@pytest.mark.parametrize("crs", SHIFTED)
@pytest.mark.parametrize(
    ("lon", "lat"), [(-74.04, 40.72), (139.7, 35.7), (72.0, 40.0), (104.0, 0.82), (104.0, 55.83)]
)
def test_outside_the_box_nothing_is_shifted(crs, lon, lat):
    assert to_wgs84(crs, lon, lat) == from_wgs84(crs, lon, lat) == (lon, lat)


@pytest.mark.parametrize(
    ("lon", "lat", "shifted"),
    [
        (72.0039, 40.0, False),
        (72.004, 40.0, True),
        (72.0041, 40.0, True),
        (137.8346, 40.0, True),
        (137.8347, 40.0, True),
        (137.8348, 40.0, False),
        (100.0, 0.8292, False),
        (100.0, 0.8293, True),
        (100.0, 0.8294, True),
        (100.0, 55.827, True),
        (100.0, 55.8271, True),
        (100.0, 55.8272, False),
    ],
)
def test_the_box_includes_its_edges(lon, lat, shifted):
    assert is_shifted(lon, lat) is shifted


@given(crs=st.sampled_from(SHIFTED), lon=st.floats(-180.0, 180.0), lat=st.floats(-90.0, 90.0))
def test_every_place_on_earth_converts_to_finite_degrees(crs, lon, lat):
    assert all(math.isfinite(number) for number in (*to_wgs84(crs, lon, lat), *from_wgs84(crs, lon, lat)))
