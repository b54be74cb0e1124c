import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Geod

from domain.zone import Circle, Crs, District, Polygons, Route, Zone, ZoneKind
from geofence.crs import from_wgs84, to_wgs84
from geofence.geojson import (
    CIRCLE_CORNERS,
    circle_ring,
    district_feature,
    point,
    route_feature,
    track,
    zone_feature,
    zone_outline,
)

GEOD = Geod(ellps="WGS84")
TRIANGLE = ((121.0, 31.0), (121.01, 31.0), (121.0, 31.01), (121.0, 31.0))
OTHER = ((121.1, 31.0), (121.11, 31.0), (121.1, 31.01), (121.1, 31.0))


def zone(shape, **more):
    return Zone(id="z1", kind=ZoneKind.NO_GO, shape=shape, **more)


def as_lists(ring):
    return [list(place) for place in ring]


def test_a_polygon_comes_out_as_it_was_drawn():
    shape = Polygons(polygons=((TRIANGLE,),))
    assert zone_outline(zone(shape)) == {"type": "Polygon", "coordinates": [as_lists(TRIANGLE)]}


def test_several_polygons_are_a_multipolygon():
    shape = Polygons(polygons=((TRIANGLE,), (OTHER,)))
    assert zone_outline(zone(shape)) == {
        "type": "MultiPolygon",
        "coordinates": [[as_lists(TRIANGLE)], [as_lists(OTHER)]],
    }


@pytest.mark.parametrize("crs", list(Crs))
def test_what_was_drawn_in_a_system_comes_out_in_it_to_the_last_digit(crs):
    shape = Polygons(polygons=((TRIANGLE,),))
    assert zone_outline(zone(shape, crs=crs), crs)["coordinates"] == [as_lists(TRIANGLE)]


@pytest.mark.parametrize("crs", [Crs.GCJ02, Crs.BD09])
def test_a_zone_drawn_on_a_shifted_map_comes_out_in_wgs_84(crs):
    shape = Polygons(polygons=((TRIANGLE,),))
    expected = [list(to_wgs84(crs, *place)) for place in TRIANGLE]
    assert zone_outline(zone(shape, crs=crs))["coordinates"] == [expected]


@given(
    lon=st.floats(75.0, 134.0),
    lat=st.floats(3.0, 53.0),
    radius_m=st.floats(5.0, 1000.0),
)
def test_the_corners_of_a_circle_lie_on_it(lon, lat, radius_m):
    ring = circle_ring(lon, lat, radius_m)
    distances_m = GEOD.inv([lon] * len(ring), [lat] * len(ring), *zip(*ring, strict=True))[2]
    assert len(ring) == CIRCLE_CORNERS + 1
    assert ring[0] == ring[-1]
    assert all(math.isclose(distance_m, radius_m, rel_tol=4e-4) for distance_m in distances_m)


def test_a_circle_runs_anticlockwise():
    (east, north), (next_east, next_north) = circle_ring(121.0, 31.0, 100.0)[:2]
    assert (east - 121.0) * (next_north - 31.0) > (north - 31.0) * (next_east - 121.0)


def test_a_zone_feature_says_what_a_map_needs_and_leaves_out_what_is_unknown():
    feature = zone_feature(zone(Polygons(polygons=((TRIANGLE,),)), name="学校", district_id="d1"))
    assert (feature["type"], feature["id"]) == ("Feature", "z1")
    assert feature["properties"] == {
        "id": "z1",
        "kind": "no_go",
        "name": "学校",
        "drawn_in": "WGS84",
        "district_id": "d1",
    }


def test_a_circle_feature_keeps_its_centre_and_radius():
    lon, lat = from_wgs84(Crs.GCJ02, 121.0, 31.0)
    feature = zone_feature(zone(Circle(lon=lon, lat=lat, radius_m=50.0), crs=Crs.GCJ02))
    assert feature["geometry"]["type"] == "Polygon"
    assert feature["properties"]["radius_m"] == 50.0
    assert feature["properties"]["centre"] == pytest.approx([121.0, 31.0], abs=1e-8)
    assert feature["properties"]["drawn_in"] == "GCJ02"


def test_a_route_feature_is_a_line_with_its_half_width():
    feature = route_feature(Route(id="r1", line=TRIANGLE[:3], half_width_m=30.0))
    assert feature["geometry"] == {"type": "LineString", "coordinates": as_lists(TRIANGLE[:3])}
    assert feature["properties"] == {"id": "r1", "name": "", "drawn_in": "WGS84", "half_width_m": 30.0}


def test_a_district_feature_is_an_area():
    feature = district_feature(District(id="d1", shape=Polygons(polygons=((TRIANGLE,),)), name="海门区"))
    assert feature["geometry"] == {"type": "Polygon", "coordinates": [as_lists(TRIANGLE)]}
    assert feature["properties"] == {"id": "d1", "name": "海门区"}


@pytest.mark.parametrize("crs", list(Crs))
def test_places_and_tracks_are_shifted_for_the_map_they_go_to(crs):
    places = ((121.0, 31.0), (121.1, 31.2))
    shifted = [list(from_wgs84(crs, *place)) for place in places]
    assert point(*places[0], crs) == {"type": "Point", "coordinates": shifted[0]}
    assert track(places, crs) == {"type": "LineString", "coordinates": shifted}
