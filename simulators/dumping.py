"""Loads that end where they may not: beside the route, far from it, at a tip that others use, too.

Each function drives from the wash bay to the place and back to the site, lists the dumping and what the
way to it makes of itself, and returns the end of the trip in seconds; 0 and nothing done where no place
is fit or the truth would be doubtful.
"""

import shapely

from simulators.city import ROUTE_HALF_WIDTH_M
from simulators.driver import IDLING, Script
from simulators.fleet import far_from_lots
from simulators.hauling import Hauler, outside_of
from simulators.motion import Signals, drive, stand
from simulators.plane import at_distance, cut, lengths
from simulators.roads import Path, walk
from simulators.truth import leaves_after_s, off_route


def dump_beside(driver: Hauler, script: Script, carried: Signals) -> int:
    """Unload at the roadside of the route and go back to the site."""
    found = driver.roadside()
    if found is None:
        return 0
    spot, s = found
    out = walk(driver.spot, driver.home.gate) + driver.route_to(s, spot)
    return _dump(driver, script, carried, out, "beside the route")


def dump_away(driver: Hauler, script: Script, carried: Signals) -> int:
    """Leave the route, unload by a distant road and go back to the site."""
    graph = driver.city.graph
    line = shapely.LineString(driver.route.places)
    for node in driver.rng.permutation(driver.city.corners)[:25]:
        place = graph.places[int(node)]
        far = float(line.distance(shapely.Point(place))) >= 700
        if not far or not far_from_lots(driver.city, place, 300):
            continue
        path = graph.trace(graph.way(driver.home.node, int(node)))
        total = float(lengths(path.places)[-1])
        if total < 1500:
            continue
        short = cut(path.places, 0.0, total - 90.0)
        spot = short[-1] + at_distance(path.places, total - 90.0)[1] * 7.0
        road = Path(places=short, limits_kmh=path.limits_kmh[: len(short) - 1]) + walk(short[-1], spot)
        out = walk(driver.spot, driver.home.gate, graph.places[driver.home.node]) + road
        if ended_s := _dump(driver, script, carried, out, "far from the route"):
            return ended_s
    return 0


def dump_at_wild_tip(driver: Hauler, script: Script, carried: Signals) -> int:
    """Unload where others of the fleet do, too, and go back to the site."""
    number = driver.worker.wild_tip
    if number is None:
        return 0
    tip = driver.city.wild_tips[number]
    graph = driver.city.graph
    nodes = graph.way(driver.home.node, tip.node)
    if len(nodes) < 2:
        return 0
    spot = tip.place + tip.along * float(driver.rng.uniform(-15, 15))
    out = walk(driver.spot, driver.home.gate, graph.places[driver.home.node]) + graph.trace(nodes)
    out = out + walk(graph.places[tip.node], spot, limit_kmh=tip.limit_kmh)
    return _dump(driver, script, carried, out, "wild tip")


def _dump(driver: Hauler, script: Script, carried: Signals, out: Path, note: str) -> int:
    """Drive out, unload, drive back to the site."""
    seen = driver.worker.model.sees_unloading
    came_from = driver.spot
    trial = Script(script.now_s)
    trial.add(drive(out, driver.manner(out)), carried, "hauling")
    driver.spot = out.places[-1]
    arrived_s = trial.now_s
    linger_s = 20 if seen else int(driver.rng.integers(150, 260))
    trial.add(stand(driver.spot, linger_s), carried, "looking round")
    rose_s = driver.tip_out(trial, carried)
    back = out.reverse()
    back = back + walk(back.places[-1], driver.home.spot(0.0, 110.0))
    home = trial.add(drive(back, driver.manner(back)), IDLING, "back to the site")
    # Seen to unload, it is on its trip until the body rises: under way, looking round, opening the cover.
    legs = trial.legs[:3] if seen else trial.legs
    beside = off_route(
        [outside_of(leg, driver.home) for leg in legs],
        driver.route.places,
        ROUTE_HALF_WIDTH_M,
        driver.worker.model.interval_s,
    )
    if beside is None:
        driver.spot = came_from
        return 0
    for leg in trial.legs:
        script.add(leg.motion, leg.signals, leg.what)
    gone_s = home.start_s + leaves_after_s(home.motion, out.places[-1], 200.0)
    note = note if seen else f"{note}, suspected"
    start_s = rose_s if seen else arrived_s
    driver.list_violation("illegal_dumping", start_s, gone_s, note, out.places[-1])
    for start_s, end_s in beside:
        driver.list_violation("off_route", start_s, end_s, note)
    driver.lot, driver.spot = driver.home, driver.home.spot(0.0, 110.0)
    driver.must_behave = True
    return rose_s if seen else script.now_s
