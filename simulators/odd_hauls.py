"""Hauls that go wrong on the way: detours, open covers, out of the district, a long halt, an arrival that never comes.

Each function drives from the wash bay to the end of the trip, lists what the true motion makes of it by
RULES.md, and returns that end in seconds; 0 and nothing done where the truth would be doubtful.
"""

import itertools

import numpy as np

from simulators.city import ROUTE_HALF_WIDTH_M
from simulators.driver import Script
from simulators.fleet import MAX_TRIP_MIN
from simulators.hauling import Hauler, outside_of
from simulators.motion import Leg, Signals, drive, stand
from simulators.plane import lengths
from simulators.roads import MINOR_KMH, Path, walk
from simulators.truth import Span, departure_s, lasting, leaves_after_s, off_route, outside_m, spans

BEYOND_M = 900.0
"""The district reaches so far beyond its outermost crossings."""
CROSS_DISTRICT_HOLD_S = 60


def detour(driver: Hauler, script: Script, carried: Signals) -> int:
    """Haul by roads far from the route."""
    graph, nodes = driver.city.graph, list(driver.worker.route_nodes)
    on_route = frozenset((min(p, q), max(p, q)) for p, q in itertools.pairwise(nodes))
    for via in driver.rng.permutation(driver.city.corners)[:12]:
        if int(via) in nodes:
            continue
        first = graph.way(nodes[0], int(via), on_route)
        ways = [*first, *graph.way(int(via), nodes[-1], on_route)[1:]]
        road = driver.city.from_nodes(driver.home, ways, driver.worker.drop)
        if float(lengths(road.places)[-1]) > 2.5 * float(lengths(driver.route.places)[-1]) + 3000:
            continue
        standing = (driver.lot, driver.spot)
        trial = Script(script.now_s)
        haul = driver.go(trial, driver.worker.drop, carried, "hauling by a detour", road)
        beside = _beside(driver, haul)
        if not beside:
            driver.lot, driver.spot = standing
            continue
        script.add(haul.motion, carried, haul.what)
        for start_s, end_s in beside:
            driver.list_violation("off_route", start_s, end_s, "detour")
        return driver.unload(script, carried)
    return 0


def go_abroad(driver: Hauler, script: Script, carried: Signals) -> int:
    """Haul out of the district over one of its outer crossings, turn, and come back to the disposal site."""
    rim = driver.city.rim
    for i in driver.rng.permutation(len(rim))[:8]:
        node, outwards = rim[int(i)]
        beyond = driver.city.graph.places[node] + outwards * (BEYOND_M + float(driver.rng.uniform(900, 1300)))
        road = _road_by(driver, node, walk(driver.city.graph.places[node], beyond, limit_kmh=MINOR_KMH))
        if road is None:
            continue
        standing = (driver.lot, driver.spot)
        trial = Script(script.now_s)
        haul = driver.go(trial, driver.worker.drop, carried, "hauling abroad", road)
        beside = _beside(driver, haul)
        out = spans(outside_m(driver.city.outline, haul.motion.x_m, haul.motion.y_m) > 0, haul.start_s)
        abroad = lasting(out, CROSS_DISTRICT_HOLD_S, driver.worker.model.interval_s)
        if beside is None or not abroad:
            driver.lot, driver.spot = standing
            continue
        script.add(haul.motion, carried, haul.what)
        for start_s, end_s in abroad:
            driver.list_violation("cross_district", start_s, end_s, "out and back")
        for start_s, end_s in beside:
            driver.list_violation("off_route", start_s, end_s, "abroad")
        return driver.unload(script, carried)
    return 0


def _road_by(driver: Hauler, node: int, excursion: Path) -> Path | None:
    graph, home, drop = driver.city.graph, driver.home, driver.worker.drop
    there, back = graph.way(home.node, node), graph.way(node, drop.node)
    if min(len(there), len(back)) < 2:
        return None
    first = walk(home.gate, graph.places[home.node]) + graph.trace(there)
    last = graph.trace(back) + walk(graph.places[drop.node], drop.gate)
    return first + excursion + excursion.reverse() + last


def _beside(driver: Hauler, haul: Leg) -> list[Span] | None:
    """When a haul to the disposal site is off its route; None where that is doubtful."""
    return off_route(
        [outside_of(outside_of(haul, driver.home), driver.worker.drop)],
        driver.route.places,
        ROUTE_HALF_WIDTH_M,
        driver.worker.model.interval_s,
    )


def halt(driver: Hauler, script: Script, carried: Signals) -> int:
    """Stand by the road for a quarter of an hour, loaded; a device without sensors for it is suspected of dumping."""
    found = driver.roadside()
    if found is None:
        return 0
    spot, s = found
    out = walk(driver.spot, driver.home.gate) + driver.route_to(s, spot)
    script.add(drive(out, driver.manner(out)), carried, "hauling")
    driver.spot = spot
    stop = script.add(stand(spot, int(driver.rng.integers(800, 1200))), carried, "halting")
    goal = driver.spot_in(driver.worker.drop)
    on = (
        walk(spot, driver.route.part(s).places[0])
        + driver.route.part(s)
        + walk(driver.worker.drop.gate, goal)
    )
    rest = script.add(drive(on, driver.manner(on)), carried, "hauling on")
    driver.lot, driver.spot = driver.worker.drop, goal
    driver.list_violation("unexpected_stop", stop.start_s, stop.end_s, "halt")
    if not driver.worker.model.sees_unloading:
        gone_s = rest.start_s + leaves_after_s(rest.motion, spot, 200.0)
        driver.list_violation("illegal_dumping", stop.start_s, gone_s, "halt, suspected", spot)
    return driver.unload(script, carried)


def arrive_overdue(driver: Hauler, script: Script, carried: Signals) -> int:
    """Haul by the route, and stand loaded in the disposal site until long after the permitted time."""
    haul = driver.go(script, driver.worker.drop, carried, "hauling", driver.route)
    left_s = departure_s(haul, driver.home.corners)
    overdue_s = left_s + MAX_TRIP_MIN * 60
    until_s = overdue_s + int(driver.rng.integers(900, 2400))
    script.add(stand(driver.spot, until_s - script.now_s), carried, "not unloading")
    rose_s = driver.unload(script, carried)
    # A device without sensors for it has unloaded when it leaves the place.
    ended_s = rose_s if driver.worker.model.sees_unloading else script.now_s
    driver.list_violation("trip_overdue", overdue_s, ended_s, "waits to unload")
    return rose_s


def drive_uncovered(driver: Hauler, script: Script, carried: Signals) -> int:
    """Haul with the cover open all the way."""
    haul = driver.go(script, driver.worker.drop, carried, "hauling uncovered", driver.route)
    out = outside_m(driver.worker.drop.corners, haul.motion.x_m, haul.motion.y_m) > 0
    arrived_s = haul.start_s + int(np.argmin(out))
    driver.list_violation("uncovered_load", departure_s(haul, driver.home.corners), arrived_s, "never closed")
    return driver.unload(script, carried)
