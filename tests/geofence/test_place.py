"""Placing batches: every number as from shapely one fix at a time, and the same alone as in any batch."""

import math

import msgspec
import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Geod

from domain.registry import Registry
from domain.report import PositionReport
from domain.zone import Circle, Polygons, Route, Zone, ZoneKind
from geofence.index import NO_GO_REACH_M, PlaceIndex
from geofence.place import Placed
from geofence.projection import plane_for
from geofence.shape import Disc, route_shape, zone_shape

LON, LAT = 121.0, 31.0
PLANE = plane_for(LON)
X_M, Y_M = PLANE.to_plane(LON, LAT)
GEOD = Geod(ellps="WGS84")


def degrees(x_m, y_m):
    """Metres from the origin as degrees."""
    return PLANE.to_degrees(X_M + x_m, Y_M + y_m)


def report_at(x_m, y_m, device_id="d"):
    lon, lat = degrees(x_m, y_m)
    return PositionReport(device_id=device_id, time_ms=0, received_ms=0, digest=b"", lon=lon, lat=lat)


NO_FIX = PositionReport(device_id="d", time_ms=0, received_ms=0, digest=b"", fix=False)


def circle(x_m, y_m, radius_m):
    lon, lat = degrees(x_m, y_m)
    return Circle(lon=lon, lat=lat, radius_m=radius_m)


def polygon(*places):
    return Polygons(polygons=((tuple(degrees(*place) for place in places),),))


def route(route_id, *places):
    return Route(id=route_id, line=tuple(degrees(*place) for place in places))


def no_go(zone_id, shape):
    return Zone(id=zone_id, kind=ZoneKind.NO_GO, shape=shape)


def index_of(*zones, routes=()):
    return PlaceIndex.build(Registry(zones=zones, routes=routes))


def placed_at(index, x_m, y_m, routes=()):
    (placed,) = index.place([report_at(x_m, y_m)], {"d": routes})
    return placed


def test_a_batch_comes_back_in_its_order_with_its_own_reports():
    reports = [report_at(30.0, 0.0), NO_FIX, report_at(0.0, 0.0), NO_FIX, report_at(60.0, 0.0)]
    placed = index_of(no_go("z", circle(0, 0, 5))).place(reports, {})
    assert [each.report for each in placed] == reports
    assert [each.x_m - X_M for each in placed] == pytest.approx(
        [30.0, math.nan, 0.0, math.nan, 60.0], nan_ok=True, abs=1e-6
    )


def test_no_reports_are_no_placed_reports():
    assert index_of().place([], {}) == []


def test_a_report_without_a_fix_has_no_place_and_is_near_nothing():
    index = index_of(no_go("z", circle(0, 0, 5)), routes=(route("r", (0, 0), (100, 0)),))
    (placed,) = index.place([NO_FIX], {"d": ("r",)})
    assert (placed.near, placed.routes, placed.no_go_clearance_m) == ((), (), math.inf)
    assert math.isnan(placed.x_m)
    assert math.isnan(placed.y_m)


def test_a_placed_report_survives_encoding_and_decoding():
    placed = placed_at(index_of(no_go("z", circle(0, 0, 5))), 10.0, 0.0)
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(placed), type=Placed) == placed


@pytest.mark.parametrize(
    ("x_m", "y_m", "distance_m"),
    [(50.0, 0.0, 0.0), (50.0, 40.0, 40.0), (-30.0, 40.0, 50.0), (100.0, 250.0, 50.0), (5000.0, 0.0, 4900.0)],
    ids=["on it", "beside it", "short of its start", "past its end", "far off"],
)
def test_a_route_is_as_far_as_its_nearest_point(x_m, y_m, distance_m):
    index = index_of(routes=(route("r", (0, 0), (100, 0), (100, 200)),))
    assert placed_at(index, x_m, y_m, ("r",)).routes == (("r", pytest.approx(distance_m, abs=1e-3)),)


def test_only_the_routes_of_the_own_device_are_named_in_the_order_of_their_ids():
    index = index_of(
        routes=tuple(
            route(route_id, (0, y_m), (100, y_m)) for route_id, y_m in (("r2", 20), ("r1", 10), ("r3", 30))
        )
    )
    reports = [report_at(50.0, 0.0, device_id) for device_id in ("a", "b", "c", "a")]
    placed = index.place(reports, {"a": ("r3", "r1"), "b": ("r2",)})
    assert [[route_id for route_id, _ in each.routes] for each in placed] == [
        ["r1", "r3"],
        ["r2"],
        [],
        ["r1", "r3"],
    ]
    assert [distance_m for _, distance_m in placed[0].routes] == pytest.approx([10.0, 30.0], abs=1e-6)


def test_a_route_nobody_drew_is_a_fault_of_the_caller():
    with pytest.raises(KeyError):
        placed_at(index_of(), 0.0, 0.0, ("r",))


@pytest.mark.parametrize(
    ("x_m", "clearance_m"),
    [
        (0.0, 0.0),
        (99.9, 0.0),
        (300.0, 200.0),
        (100.0 + NO_GO_REACH_M - 0.01, NO_GO_REACH_M - 0.01),
        (100.0 + NO_GO_REACH_M + 0.01, math.inf),
        (50_000.0, math.inf),
    ],
    ids=["in the middle", "inside", "outside", "just within reach", "just out of reach", "far off"],
)
@pytest.mark.parametrize(
    "shape",
    [circle(0, 0, 100), polygon((-100, -100), (100, -100), (100, 100), (-100, 100))],
    ids=["circle", "polygon"],
)
def test_clearance_is_the_distance_to_the_nearest_no_go_zone_within_reach(shape, x_m, clearance_m):
    assert placed_at(index_of(no_go("z", shape)), x_m, 0.0).no_go_clearance_m == pytest.approx(
        clearance_m, abs=1e-6
    )


def test_zones_of_other_kinds_do_not_count_for_clearance():
    zones = [
        Zone(id=kind, kind=kind, shape=circle(0, 0, 50), speed_limit_kmh=30.0)
        for kind in ZoneKind
        if kind is not ZoneKind.NO_GO
    ]
    assert placed_at(index_of(*zones), 0.0, 0.0).no_go_clearance_m == math.inf


def test_the_fix_of_a_device_at_the_null_island_is_placed_far_away():
    report = PositionReport(device_id="d", time_ms=0, received_ms=0, digest=b"", lon=0.0, lat=0.0)
    (placed,) = index_of(no_go("z", circle(0, 0, 50)), routes=(route("r", (0, 0), (9, 9)),)).place(
        [report], {"d": ("r",)}
    )
    assert placed.near == ()
    assert placed.no_go_clearance_m == math.inf
    assert placed.routes[0][1] > 1e6


@given(azimuth=st.floats(0.0, 360.0), along_m=st.floats(0.0, 1000.0))
def test_the_distance_to_a_route_is_the_distance_on_the_ground(azimuth, along_m):
    end_lon, end_lat, _ = GEOD.fwd(LON, LAT, azimuth, 1000.0)
    foot_lon, foot_lat, back = GEOD.fwd(LON, LAT, azimuth, along_m)
    lon, lat, _ = GEOD.fwd(foot_lon, foot_lat, back - 90.0, 60.0)
    index = index_of(routes=(Route(id="r", line=((LON, LAT), (end_lon, end_lat))),))
    report = PositionReport(device_id="d", time_ms=0, received_ms=0, digest=b"", lon=lon, lat=lat)
    (placed,) = index.place([report], {"d": ("r",)})
    assert placed.routes[0][1] == pytest.approx(60.0, abs=0.01)


# Everything below: one random district, against shapely and against itself in other batches.


def _district():
    random = np.random.default_rng(20261122)

    def blob(x_m, y_m, radius_m, corners):
        angles = (np.arange(corners) + random.uniform(0.0, 0.8, corners)) * 2.0 * np.pi / corners
        radii = radius_m * random.uniform(0.5, 1.0, corners)
        return polygon(
            *zip(
                (x_m + radii * np.cos(angles)).tolist(), (y_m + radii * np.sin(angles)).tolist(), strict=True
            )
        )

    kinds = [kind for kind in ZoneKind if kind is not ZoneKind.NO_GO]
    zones = []
    for number in range(120):
        x_m, y_m, radius_m = *random.uniform(-6000.0, 6000.0, 2).tolist(), float(random.uniform(20.0, 400.0))
        corners = int(random.choice([3, 6, 15, 40, 120]))
        shape = circle(x_m, y_m, radius_m) if number % 4 == 0 else blob(x_m, y_m, radius_m, corners)
        kind = ZoneKind.NO_GO if number < 12 else kinds[number % len(kinds)]
        zones.append(Zone(id=f"z{number * 37 % 120:03}", kind=kind, shape=shape))
    routes = []
    for number in range(8):
        heading = random.uniform(0.0, 6.28) + np.cumsum(random.normal(0.0, 0.3, 20 * number + 1))
        x_m, y_m = (
            random.uniform(-3000.0, 3000.0) + np.cumsum(80.0 * turn(heading)) for turn in (np.cos, np.sin)
        )
        line = zip([0.0, *x_m.tolist()], [0.0, *y_m.tolist()], strict=True)
        routes.append(route(f"r{number}", *line))
    return Registry(zones=tuple(zones), routes=tuple(routes))


DISTRICT = _district()
INDEX = PlaceIndex.build(DISTRICT)
SHAPES = {zone.id: (zone.kind, zone_shape(zone, PLANE)) for zone in DISTRICT.zones}
LINES = {each.id: route_shape(each, PLANE) for each in DISTRICT.routes}
ROUTES_OF = {
    f"d{number}": tuple(f"r{number * step % 8}" for step in range(1, 1 + number % 3)) for number in range(9)
}

fixes = st.builds(
    report_at,
    st.floats(-9000.0, 9000.0),
    st.floats(-9000.0, 9000.0),
    st.sampled_from([*sorted(ROUTES_OF), "stranger"]),
)
batches = st.lists(st.one_of(fixes, fixes, fixes, st.just(NO_FIX)), max_size=60)


def plainly_signed_m(shape, place):
    if isinstance(shape, Disc):
        return place.distance(shapely.Point(shape.x_m, shape.y_m)) - shape.radius_m
    edge_m = place.distance(shape.boundary)
    return -edge_m if shape.covers(place) else edge_m


@given(fixes)
def test_a_fix_is_placed_as_shapely_would(report):
    (placed,) = INDEX.place([report], ROUTES_OF)
    place = shapely.Point(*PLANE.to_plane(report.lon, report.lat))
    signed_m = {zone_id: plainly_signed_m(shape, place) for zone_id, (_, shape) in SHAPES.items()}
    nearest_m = min(
        max(signed_m[zone_id], 0.0) for zone_id, (kind, _) in SHAPES.items() if kind is ZoneKind.NO_GO
    )
    assert (placed.x_m, placed.y_m) == (place.x, place.y)
    assert dict(placed.near) == pytest.approx({z: m for z, m in signed_m.items() if m <= 100.0}, abs=1e-6)
    assert [zone_id for zone_id, _ in placed.near] == sorted(zone_id for zone_id, _ in placed.near)
    assert placed.no_go_clearance_m == pytest.approx(
        nearest_m if nearest_m <= NO_GO_REACH_M else math.inf, abs=1e-6
    )
    assert dict(placed.routes) == pytest.approx(
        {route_id: place.distance(LINES[route_id]) for route_id in ROUTES_OF.get(report.device_id, ())},
        abs=1e-6,
    )


@given(batches)
def test_a_fix_alone_and_in_any_batch_is_placed_the_same_to_the_bit(reports):
    alone = [INDEX.place([report], ROUTES_OF)[0] for report in reports]
    assert repr(INDEX.place(reports, ROUTES_OF)) == repr(alone)


@given(batches, st.randoms(use_true_random=False))
def test_the_order_of_a_batch_does_not_matter(reports, random):
    order = list(range(len(reports)))
    random.shuffle(order)
    placed = INDEX.place(reports, ROUTES_OF)
    shuffled = INDEX.place([reports[at] for at in order], ROUTES_OF)
    assert repr(shuffled) == repr([placed[at] for at in order])


@given(batches)
def test_one_place_asked_for_alone_is_near_the_same_zones_to_the_bit(reports):
    placed = INDEX.place(reports, {})
    assert [INDEX.near(each.x_m, each.y_m) for each in placed] == [each.near for each in placed]


@given(fixes, fixes)
def test_a_line_shorter_than_the_two_clearances_cuts_through_no_no_go_zone(first, second):
    one, other = INDEX.place([first, second], {})
    length_m = math.hypot(other.x_m - one.x_m, other.y_m - one.y_m)
    crossed_m = [
        INDEX.crossing_m(zone_id, one.x_m, one.y_m, other.x_m, other.y_m)
        for zone_id, (kind, _) in SHAPES.items()
        if kind is ZoneKind.NO_GO
    ]
    clear_m = sum(min(each.no_go_clearance_m, NO_GO_REACH_M) for each in (one, other))
    assert length_m >= clear_m or max(crossed_m) < 1e-6


def test_a_hundred_thousand_fixes_at_once_are_the_same_as_in_small_batches():
    random = np.random.default_rng(3)
    x_m, y_m = random.uniform(-9000.0, 9000.0, (2, 100_000))
    places = [PLANE.to_degrees(*at) for at in zip(X_M + x_m, Y_M + y_m, strict=True)]
    reports = [
        PositionReport(
            device_id=f"d{at % 12}", time_ms=at, received_ms=at, digest=b"", lon=place[0], lat=place[1]
        )
        for at, place in enumerate(places)
    ]
    whole = INDEX.place(reports, ROUTES_OF)
    parts = [
        each for at in range(0, len(reports), 777) for each in INDEX.place(reports[at : at + 777], ROUTES_OF)
    ]
    assert whole == parts
