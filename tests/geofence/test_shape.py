import math

import pytest
from shapely import MultiPolygon, Polygon

from domain.permit import CollectionRun, RunStop
from domain.registry import Registry
from domain.station import Station
from domain.timewindow import Window
from domain.zone import Circle, Crs, District, Polygons, Route, Zone, ZoneKind
from geofence.crs import from_wgs84
from geofence.projection import plane_for
from geofence.shape import (
    Disc,
    RegistryShapes,
    district_shape,
    registry_plane,
    registry_shapes,
    route_shape,
    shape_problems,
    zone_shape,
)

LON, LAT = 120.0, 31.0
PLANE = plane_for(LON)
X_M, Y_M = PLANE.to_plane(LON, LAT)


def ring(*metres):
    """Places in metres from the origin, as degrees."""
    return tuple(PLANE.to_degrees(X_M + x, Y_M + y) for x, y in metres)


def polygon(*rings):
    return Polygons(polygons=(tuple(ring(*metres) for metres in rings),))


def zone(shape, crs=Crs.WGS84, zone_id="z"):
    return Zone(id=zone_id, kind=ZoneKind.OTHER, shape=shape, crs=crs)


SQUARE = ((0, 0), (100, 0), (100, 100), (0, 100), (0, 0))
HOLE = ((40, 40), (60, 40), (60, 60), (40, 60), (40, 40))
BOW_TIE = ((0, 0), (100, 100), (100, 0), (0, 100), (0, 0))


def test_a_polygon_has_its_area_in_square_metres():
    assert zone_shape(zone(polygon(SQUARE)), PLANE).area == pytest.approx(10_000.0, abs=1e-3)


def test_a_hole_is_no_part_of_the_area():
    assert zone_shape(zone(polygon(SQUARE, HOLE)), PLANE).area == pytest.approx(9_600.0, abs=1e-3)


def test_a_ring_may_run_either_way_and_be_left_open():
    shape = zone_shape(zone(polygon(tuple(reversed(SQUARE[:-1])))), PLANE)
    assert shape.area == pytest.approx(10_000.0, abs=1e-3)


def test_parts_apart_are_one_area_of_two_parts():
    far = tuple((x + 500, y) for x, y in SQUARE)
    shape = zone_shape(zone(Polygons(polygons=((ring(*SQUARE),), (ring(*far),)))), PLANE)
    assert isinstance(shape, MultiPolygon)
    assert shape.area == pytest.approx(20_000.0, abs=1e-3)


def test_parts_that_overlap_are_one_area_without_an_edge_between():
    beside = tuple((x + 50, y) for x, y in SQUARE)
    shape = zone_shape(zone(Polygons(polygons=((ring(*SQUARE),), (ring(*beside),)))), PLANE)
    assert isinstance(shape, Polygon)
    assert shape.area == pytest.approx(15_000.0, abs=1e-3)


def test_a_circle_stays_a_circle():
    assert zone_shape(zone(Circle(lon=LON, lat=LAT, radius_m=80.0)), PLANE) == Disc(
        x_m=X_M, y_m=Y_M, radius_m=80.0
    )


@pytest.mark.parametrize("crs", [Crs.GCJ02, Crs.BD09])
def test_a_shape_drawn_on_a_shifted_map_lies_where_it_is_on_the_ground(crs):
    lon, lat = from_wgs84(crs, LON, LAT)
    disc = zone_shape(zone(Circle(lon=lon, lat=lat, radius_m=80.0), crs), PLANE)
    drawn = Polygons(polygons=((tuple(from_wgs84(crs, *place) for place in ring(*SQUARE)),),))
    route = Route(id="r", line=tuple(from_wgs84(crs, *place) for place in ring((0, 0), (300, 400))), crs=crs)
    assert math.hypot(disc.x_m - X_M, disc.y_m - Y_M) < 1e-3
    assert zone_shape(zone(drawn, crs), PLANE).area == pytest.approx(10_000.0, abs=0.5)
    assert route_shape(route, PLANE).length == pytest.approx(500.0, abs=2e-3)


def test_a_route_has_its_length_in_metres():
    assert route_shape(Route(id="r", line=ring((0, 0), (300, 400))), PLANE).length == pytest.approx(
        500.0, abs=1e-4
    )


def test_a_district_is_an_area():
    shape = district_shape(District(id="d", shape=polygon(SQUARE)), PLANE)
    assert shape.area == pytest.approx(10_000.0, abs=1e-3)


@pytest.mark.parametrize(
    ("shape", "why"),
    [
        (Polygons(polygons=()), "empty"),
        (Polygons(polygons=((),)), "empty"),
        (Polygons(polygons=(((),),)), "empty"),
        (polygon(((0, 0), (100, 0), (0, 0))), "three different places"),
        (polygon(((0, 0), (100, 0), (200, 0), (0, 0))), "no area"),
        (polygon(BOW_TIE), "Self-intersection near lon 120.000524, lat 31.000451"),
        (polygon(SQUARE, tuple((x + 300, y) for x, y in HOLE)), "Hole lies outside shell"),
        (polygon(SQUARE, BOW_TIE), "intersection"),
        (Polygons(polygons=((((200.0, 31.0), (120.0, 31.1), (120.1, 31.0)),),)), "no longitude and latitude"),
        (Polygons(polygons=((((120.0, 91.0), (120.0, 31.1), (120.1, 31.0)),),)), "no longitude and latitude"),
        (
            Polygons(polygons=((((120.0, math.nan), (120.0, 31.1), (120.1, 31.0)),),)),
            "no longitude and latitude",
        ),
        (Circle(lon=LON, lat=LAT, radius_m=0.0), "radius_m"),
        (Circle(lon=LON, lat=LAT, radius_m=-5.0), "radius_m"),
        (Circle(lon=LON, lat=LAT, radius_m=math.inf), "radius_m"),
        (Circle(lon=LON, lat=LAT, radius_m=math.nan), "radius_m"),
        (Circle(lon=181.0, lat=LAT, radius_m=10.0), "no longitude and latitude"),
    ],
)
def test_a_shape_that_is_none_says_why(shape, why):
    assert why in str(zone_shape(zone(shape), PLANE))


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ((), "two different places"),
        (((120.0, 31.0),), "two different places"),
        (((120.0, 31.0), (120.0, 31.0)), "two different places"),
        (((120.0, 31.0), (120.0, 99.0)), "no longitude and latitude"),
    ],
    ids=["empty", "one place", "the same place twice", "no place"],
)
def test_a_line_that_is_none_says_why(line, why):
    assert why in str(route_shape(Route(id="r", line=line), PLANE))


def test_every_bad_shape_of_a_registry_is_named_by_its_path():
    good, bad = polygon(SQUARE), polygon(BOW_TIE)
    registry = Registry(
        districts=(District(id="d0", shape=good), District(id="d1", shape=bad)),
        zones=(zone(bad, zone_id="a"), zone(good, zone_id="b"), zone(bad, zone_id="c")),
        routes=(Route(id="r0", line=ring((0, 0), (1, 1))), Route(id="r1", line=())),
    )
    assert [problem.path for problem in shape_problems(registry)] == [
        "$.districts[1].geometry",
        "$.zones[0].geometry",
        "$.zones[2].geometry",
        "$.routes[1].geometry",
    ]


def test_a_good_registry_gives_all_its_shapes_and_no_problem():
    registry = Registry(
        districts=(District(id="d", shape=polygon(SQUARE)),),
        zones=(zone(polygon(SQUARE)),),
        routes=(Route(id="r", line=ring((0, 0), (1, 1))),),
    )
    shapes = registry_shapes(registry)
    assert isinstance(shapes, RegistryShapes)
    assert [len(each) for each in (shapes.districts, shapes.zones, shapes.routes)] == [1, 1, 1]
    assert shape_problems(registry) == []


def circle_at(lon):
    return Circle(lon=lon, lat=LAT, radius_m=10.0)


@pytest.mark.parametrize(
    ("registry", "meridian"),
    [
        (Registry(zones=(zone(circle_at(113.9)), zone(circle_at(114.9)))), 114.0),
        (
            Registry(zones=(zone(Polygons(polygons=((((117.0, 31.0), (117.1, 31.0), (117.0, 31.1)),),))),)),
            117.0,
        ),
        (Registry(routes=(Route(id="r", line=((104.0, 30.0), (104.2, 30.1))),)), 105.0),
        (Registry(stations=(Station(id="s", lon=87.6, lat=43.8), Station(id="t"))), 87.0),
        (
            Registry(
                collection_runs=(
                    CollectionRun(
                        id="c",
                        vehicle_id="v",
                        days=(),
                        stops=(
                            RunStop(
                                id="s",
                                lon=-74.0,
                                lat=40.7,
                                radius_m=20.0,
                                window=Window(days=(), from_min=0, to_min=60),
                            ),
                        ),
                    ),
                )
            ),
            -75.0,
        ),
        (Registry(), 120.0),
        (Registry(timezone="America/New_York"), -75.0),
        (Registry(timezone="UTC"), 0.0),
    ],
    ids=["zones", "polygon", "routes", "stations", "run stops", "Shanghai time", "New York time", "UTC"],
)
def test_the_plane_is_chosen_by_what_the_registry_knows(registry, meridian):
    assert registry_plane(registry).central_meridian_deg == meridian
