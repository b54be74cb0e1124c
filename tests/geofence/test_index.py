"""The index of a registry against shapely on the same shapes, one place at a time."""

import math

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Geod

from domain.registry import Registry
from domain.zone import Circle, Crs, District, Polygons, Zone, ZoneKind
from geofence.crs import from_wgs84
from geofence.index import PlaceIndex
from geofence.projection import plane_for
from geofence.shape import Disc, zone_shape

LON, LAT = 121.0, 31.0
PLANE = plane_for(LON)
X_M, Y_M = PLANE.to_plane(LON, LAT)
GEOD = Geod(ellps="WGS84")


def degrees(x_m, y_m):
    """Metres from the origin as degrees."""
    return PLANE.to_degrees(X_M + x_m, Y_M + y_m)


def polygon(*rings):
    return Polygons(polygons=(tuple(tuple(degrees(*place) for place in ring) for ring in rings),))


def square(west_m, south_m, side_m):
    east_m, north_m = west_m + side_m, south_m + side_m
    return ((west_m, south_m), (east_m, south_m), (east_m, north_m), (west_m, north_m), (west_m, south_m))


def circle(x_m, y_m, radius_m):
    lon, lat = degrees(x_m, y_m)
    return Circle(lon=lon, lat=lat, radius_m=radius_m)


def zone(zone_id, shape, kind=ZoneKind.OTHER):
    return Zone(id=zone_id, kind=kind, shape=shape)


def index_of(*zones, margin_m=100.0, **more):
    return PlaceIndex.build(Registry(zones=zones, **more), margin_m=margin_m)


def near(index, x_m, y_m):
    return index.near(X_M + x_m, Y_M + y_m)


def distance_to(index, x_m, y_m):
    ((_, distance_m),) = near(index, x_m, y_m)
    return distance_m


def crossing_m(index, zone_id, x0_m, y0_m, x1_m, y1_m):
    return index.crossing_m(zone_id, X_M + x0_m, Y_M + y0_m, X_M + x1_m, Y_M + y1_m)


# A place and its signed distance to a square of 100 m with a hole of 40 m in its middle.
@pytest.mark.parametrize(
    ("x_m", "y_m", "signed_m"),
    [
        (-30.0, 50.0, 30.0),
        (0.0, 50.0, 0.0),
        (10.0, 50.0, -10.0),
        (25.0, 50.0, -5.0),
        (35.0, 50.0, 5.0),
        (50.0, 50.0, 20.0),
        (130.0, 140.0, 50.0),
        (-100.0, 50.0, 100.0),
    ],
    ids=[
        "outside",
        "on the edge",
        "inside",
        "near the hole",
        "in the hole",
        "its middle",
        "off a corner",
        "margin",
    ],
)
def test_distances_are_negative_inside_and_to_the_nearest_edge(x_m, y_m, signed_m):
    index = index_of(zone("z", polygon(square(0, 0, 100), square(30, 30, 40))), margin_m=100.01)
    assert distance_to(index, x_m, y_m) == pytest.approx(signed_m, abs=1e-6)


@pytest.mark.parametrize(
    ("x_m", "signed_m"), [(0.0, -50.0), (30.0, -20.0), (50.0, 0.0), (80.0, 30.0), (149.9, 99.9)], ids=str
)
def test_a_circle_is_as_far_as_its_middle_less_its_radius(x_m, signed_m):
    index = index_of(zone("z", circle(0, 0, 50)))
    assert distance_to(index, x_m * 0.6, x_m * 0.8) == pytest.approx(signed_m, abs=1e-6)


@pytest.mark.parametrize(
    ("margin_m", "x_m", "is_near"),
    [(50, 49.99, True), (50, 50.01, False), (150, 149.99, True), (150, 150.01, False)],
)
@pytest.mark.parametrize(
    "shape", [polygon(square(-100, -50, 100)), circle(-50, 0, 50)], ids=["polygon", "circle"]
)
def test_a_zone_is_near_up_to_the_margin(shape, margin_m, x_m, is_near):
    index = index_of(zone("z", shape), margin_m=float(margin_m))
    assert bool(near(index, x_m, 0.0)) is is_near


def test_zones_near_are_named_in_the_order_of_their_ids():
    zones = [
        zone(zone_id, circle(0, 0, radius))
        for zone_id, radius in (("b", 10), ("c", 20), ("a10", 30), ("a9", 40))
    ]
    assert [zone_id for zone_id, _ in near(index_of(*zones), 0.0, 0.0)] == ["a10", "a9", "b", "c"]


def test_a_zone_is_near_whatever_system_it_was_drawn_in():
    lon, lat = from_wgs84(Crs.BD09, LON, LAT)
    drawn = Zone(id="z", kind=ZoneKind.OTHER, shape=Circle(lon=lon, lat=lat, radius_m=30.0), crs=Crs.BD09)
    assert distance_to(index_of(drawn), 0.0, 0.0) == pytest.approx(-30.0, abs=0.001)


@pytest.mark.parametrize(
    ("x_m", "y_m"), [(math.nan, math.nan), (math.inf, 0.0), (1e9, -1e9)], ids=["nan", "inf", "far"]
)
def test_nowhere_is_near_nothing(x_m, y_m):
    index = index_of(
        zone("z", circle(0, 0, 50)), districts=(District(id="d", shape=polygon(square(0, 0, 9))),)
    )
    assert index.near(x_m, y_m) == ()
    assert index.district_at(x_m, y_m) is None


def test_a_registry_without_shapes_can_be_asked():
    index = PlaceIndex.build(Registry())
    assert index.near(0.0, 0.0) == ()
    assert index.district_at(0.0, 0.0) is None
    assert index.central_meridian_deg == 120.0


def test_a_shape_that_is_none_stops_the_building_and_is_named():
    bow_tie = polygon(((0, 0), (100, 100), (100, 0), (0, 100), (0, 0)))
    with pytest.raises(ValueError, match=r"\$\.zones\[1\]\.geometry: Self-intersection"):
        index_of(zone("a", circle(0, 0, 5)), zone("b", bow_tie))


@pytest.mark.parametrize(
    ("line", "inside_m"),
    [
        ((-50, 50, 150, 50), 60.0),
        ((-50, 10, 150, 10), 100.0),
        ((10, 50, 20, 50), 10.0),
        ((40, 40, 60, 60), 0.0),
        ((-50, 50, 20, 50), 20.0),
        ((-50, 50, -10, 50), 0.0),
        ((110, 50, 150, 50), 0.0),
        ((-50, 200, 150, 200), 0.0),
        ((-50, -50, 150, 150), 60.0 * math.sqrt(2.0)),
        ((10, 10, 10, 10), 0.0),
    ],
    ids=[
        "through zone and hole",
        "beside the hole",
        "wholly inside",
        "wholly in the hole",
        "from outside to inside",
        "short of it",
        "past it",
        "beside it",
        "through the corners",
        "no line",
    ],
)
def test_only_the_metres_in_the_zone_count_as_crossing(line, inside_m):
    index = index_of(zone("z", polygon(square(0, 0, 100), square(30, 30, 40))))
    assert crossing_m(index, "z", *line) == pytest.approx(inside_m, abs=1e-6)


@pytest.mark.parametrize(
    ("line", "inside_m"),
    [
        ((-200, 0, 200, 0), 100.0),
        ((-200, 30, 200, 30), 80.0),
        ((0, 0, 200, 0), 50.0),
        ((-10, 0, 15, 0), 25.0),
        ((-200, 50.001, 200, 50.001), 0.0),
        ((60, 0, 200, 0), 0.0),
        ((0, 0, 0, 0), 0.0),
    ],
    ids=["through", "a chord", "from the middle", "wholly inside", "beside", "away from it", "no line"],
)
def test_a_circle_is_crossed_along_its_chord(line, inside_m):
    index = index_of(zone("z", circle(0, 0, 50)))
    assert crossing_m(index, "z", *line) == pytest.approx(inside_m, abs=1e-5)


def test_an_unknown_zone_is_a_fault_of_the_caller():
    index = index_of(zone("z", circle(0, 0, 50)))
    with pytest.raises(KeyError):
        crossing_m(index, "y", 0, 0, 1, 1)
    with pytest.raises(KeyError):
        index.distance_m("y", X_M, Y_M)


@pytest.mark.parametrize(
    ("x_m", "signed_m"), [(0.0, -50.0), (60.0, 10.0), (150.0, 100.0), (4_000.0, 3_950.0)], ids=str
)
def test_the_distance_to_one_zone_is_known_beyond_the_margin_too(x_m, signed_m):
    index = index_of(zone("z", circle(0, 0, 50)))
    assert index.distance_m("z", X_M + x_m, Y_M) == pytest.approx(signed_m, abs=1e-6)


def test_of_all_zones_only_the_no_go_zones_a_line_runs_in_are_crossed_in_the_order_of_their_ids():
    index = index_of(
        zone("c", circle(0, 0, 50), ZoneKind.NO_GO),
        zone("a", polygon(square(200, -50, 100)), ZoneKind.NO_GO),
        zone("b", circle(400, 0, 20), ZoneKind.PARKING),
        zone("d", circle(600, 0, 20), ZoneKind.NO_GO),
        zone("e", circle(100, 80, 50), ZoneKind.NO_GO),
    )
    crossed = index.no_go_crossings(X_M - 100.0, Y_M, X_M + 500.0, Y_M)
    assert [zone_id for zone_id, _ in crossed] == ["a", "c"]
    assert [length_m for _, length_m in crossed] == pytest.approx([100.0, 100.0], abs=1e-5)


def test_without_no_go_zones_nothing_is_crossed():
    assert index_of(zone("z", circle(0, 0, 50))).no_go_crossings(X_M - 100.0, Y_M, X_M + 100.0, Y_M) == ()


def test_the_district_is_the_one_around_a_place_and_the_smallest_id_of_several():
    districts = tuple(
        District(id=district_id, shape=polygon(square(west_m, 0, 1000)))
        for district_id, west_m in (("b", 0), ("a", 500), ("c", 5000))
    )
    index = index_of(districts=districts)
    found = [index.district_at(X_M + x_m, Y_M + 500.0) for x_m in (-1.0, 250.0, 750.0, 1250.0, 5500.0)]
    assert found == [None, "b", "a", "a", "c"]


def test_one_may_surely_go_as_far_as_the_edge_of_the_district():
    index = index_of(districts=(District(id="a", shape=polygon(square(0, 0, 1000))),))
    reaches = [index.district_reach_m(X_M + x_m, Y_M + 500.0) for x_m in (-1.0, 30.0, 500.0, 800.0)]
    assert reaches == [None, *(pytest.approx(reach_m - 0.001, abs=1e-4) for reach_m in (30.0, 500.0, 200.0))]


def test_degrees_and_the_plane_are_inverse():
    index = index_of(zone("z", circle(0, 0, 50)))
    assert index.to_degrees(*index.to_plane(121.3, 31.2)) == pytest.approx((121.3, 31.2), abs=1e-11)


# Everything below: random zones, against shapely and the geodesic.

seeds = st.integers(0, 2**32 - 1)


def blob(random, x_m, y_m, radius_m, corners):
    angles = (np.arange(corners) + random.uniform(0.0, 0.8, corners)) * 2.0 * np.pi / corners
    radii = radius_m * random.uniform(0.5, 1.0, corners)
    return tuple(
        zip((x_m + radii * np.cos(angles)).tolist(), (y_m + radii * np.sin(angles)).tolist(), strict=True)
    )


def random_zones(random, count):
    zones = []
    for number in range(count):
        x_m, y_m, radius_m = *random.uniform(-1500.0, 1500.0, 2), random.uniform(20.0, 600.0)
        shape = (
            circle(x_m, y_m, float(radius_m))
            if number % 3 == 0
            else polygon(blob(random, x_m, y_m, radius_m, int(random.choice([3, 5, 12, 25, 90]))))
        )
        zones.append(zone(f"z{number:02}", shape, ZoneKind.NO_GO if number % 4 == 0 else ZoneKind.OTHER))
    return zones


def plainly_signed_m(shape, x_m, y_m):
    """What shapely says, the slow way."""
    place = shapely.Point(x_m, y_m)
    if isinstance(shape, Disc):
        return place.distance(shapely.Point(shape.x_m, shape.y_m)) - shape.radius_m
    edge_m = place.distance(shape.boundary)
    return -edge_m if shape.covers(place) else edge_m


# Fewer examples than usual where each builds an index.
@settings(max_examples=40)
@given(seed=seeds, margin_m=st.sampled_from([50.0, 100.0, 150.0]))
def test_near_is_what_shapely_says_of_every_zone(seed, margin_m):
    random = np.random.default_rng(seed)
    zones = random_zones(random, 20)
    index = index_of(*zones, margin_m=margin_m)
    shapes = {each.id: zone_shape(each, plane_for(index.central_meridian_deg)) for each in zones}
    for x_m, y_m in random.uniform(-2200.0, 2200.0, (25, 2)) + np.array([X_M, Y_M]):
        plain = {zone_id: plainly_signed_m(shape, x_m, y_m) for zone_id, shape in shapes.items()}
        expected = {zone_id: signed_m for zone_id, signed_m in plain.items() if signed_m <= margin_m}
        assert dict(index.near(float(x_m), float(y_m))) == pytest.approx(expected, abs=1e-6)


@settings(max_examples=40)
@given(seed=seeds)
def test_crossings_are_what_shapely_says(seed):
    random = np.random.default_rng(seed)
    zones = random_zones(random, 6)
    index = index_of(*zones)
    for each in zones:
        shape = zone_shape(each, plane_for(index.central_meridian_deg))
        x0, y0, x1, y1 = (random.uniform(-1500.0, 1500.0, 4) + np.array([X_M, Y_M, X_M, Y_M])).tolist()
        line = shapely.LineString([(x0, y0), (x1, y1)])
        if isinstance(shape, Disc):
            # 4,000 corners a quarter: short of the circle by less than 0.01 mm.
            shape = shapely.Point(shape.x_m, shape.y_m).buffer(shape.radius_m, quad_segs=4000)
        assert index.crossing_m(each.id, x0, y0, x1, y1) == pytest.approx(
            line.intersection(shape).length, abs=0.01
        )


@settings(max_examples=40)
@given(seed=seeds, far_m=st.floats(0.0, 100_000.0), azimuth=st.floats(0.0, 360.0))
def test_within_100_km_of_the_meridian_distances_on_the_ground_are_right_to_a_centimetre(
    seed, far_m, azimuth
):
    """Up to 80 m: the scale of the plane is 1.23 cm in 100 m at 100 km from its meridian."""
    random = np.random.default_rng(seed)
    lon, lat, _ = GEOD.fwd(120.0, LAT, azimuth, far_m)
    beside_lon, beside_lat, _ = GEOD.fwd(lon, lat, random.uniform(0.0, 360.0), 80.0)
    index = index_of(
        zone("middle", Circle(lon=120.0, lat=LAT, radius_m=1.0)),
        zone("z", Circle(lon=lon, lat=lat, radius_m=10.0)),
    )
    found = dict(index.near(*index.to_plane(beside_lon, beside_lat)))
    assert found["z"] == pytest.approx(70.0, abs=0.01)
